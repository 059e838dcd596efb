// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Who the device says it is: version, queries of every size, register pages. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "gpu.h"
#include "vgpu.h"

/* A query, the first minor version that has it, its size then and now, and the least it accepts. */
static const struct query {
	const char *name;
	u32 type;
	int since;
	u32 old_size, size, min;
} queries[] = {
	{ "GPU_INFO", DRM_PANTHOR_DEV_QUERY_GPU_INFO, 0, 104, 112, 96 },
	{ "CSIF_INFO", DRM_PANTHOR_DEV_QUERY_CSIF_INFO, 0, 24, 24, 24 },
	{ "TIMESTAMP_INFO", DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO, 1, 24, 56, 16 },
	{ "GROUP_PRIORITIES_INFO", DRM_PANTHOR_DEV_QUERY_GROUP_PRIORITIES_INFO, 2, 4, 4, 4 },
	{ "MMU_INFO", DRM_PANTHOR_DEV_QUERY_MMU_INFO, 9, 8, 8, 8 },
};

static int query(struct gpu *gpu, u32 type, void *data, u32 *size)
{
	struct drm_panthor_dev_query q = { .type = type, .size = *size, .pointer = (uintptr_t)data };
	int ret = gpu_call(gpu, DEV_QUERY, &q);

	*size = q.size;
	return ret;
}

/* Is every byte of the range equal to @value? */
static bool all(const u8 *data, u32 from, u32 to, u8 value)
{
	for (; from < to; from++) {
		if (data[from] != value)
			return false;
	}
	return true;
}

static void known_query(struct gpu *gpu, const struct query *q)
{
	u32 want = gpu->id.minor >= 8 ? q->size : q->old_size;
	u32 size = 0;
	u8 data[256];

	is(query(gpu, q->type, NULL, &size), 0, "%s: without a pointer", q->name);
	is(size, want, "%s: tells its size", q->name);

	memset(data, 0xa5, sizeof(data));
	if (q->type == DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO)
		memset(data, 0, want); /* has an input field */
	size = want;
	is(query(gpu, q->type, data, &size), 0, "%s: exact size", q->name);
	ok(all(data, want, sizeof(data), 0xa5), "%s: writes no byte more", q->name);

	size = sizeof(data);
	memset(data + want, 0xa5, sizeof(data) - want);
	if (q->type == DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO)
		memset(data, 0, sizeof(data));
	is(query(gpu, q->type, data, &size), 0, "%s: more room than needed", q->name);
	ok(all(data, want, sizeof(data), 0), "%s: the rest is zeroed", q->name);
	is(size, sizeof(data), "%s: the size is left alone", q->name);

	size = q->min - 1;
	is(query(gpu, q->type, data, &size), -EINVAL, "%s: too short", q->name);
	size = want;
	is(query(gpu, q->type, (void *)8, &size), -EFAULT, "%s: bad pointer", q->name);
}

static void unknown_query(struct gpu *gpu, const char *name, u32 type)
{
	u8 data[64];
	u32 size = 0;

	is(query(gpu, type, NULL, &size), -EINVAL, "%s: unknown, size", name);
	size = sizeof(data);
	is(query(gpu, type, data, &size), -EINVAL, "%s: unknown, content", name);
}

static void protected_query(struct gpu *gpu)
{
	struct drm_panthor_protected_info info[2] = { { ~0u }, { ~0u } };
	u32 size = 0;

	is(query(gpu, gpu->protected_query, NULL, &size), 0,
	   "PROTECTED_INFO: without a pointer");
	is(size, 4, "PROTECTED_INFO: tells its size");
	size = 8;
	is(query(gpu, gpu->protected_query, info, &size), 0,
	   "PROTECTED_INFO: content");
	is(info[0].features & ~DRM_PANTHOR_PROTECTED_FEATURE_PROTM, 0,
	   "PROTECTED_INFO: only bits that are defined");
	is(info[1].features, 0, "PROTECTED_INFO: the rest is zeroed");
	size = 3;
	is(query(gpu, gpu->protected_query, info, &size), -EINVAL,
	   "PROTECTED_INFO: too short");
}

static void check_values(struct gpu *dev)
{
	const struct drm_panthor_gpu_info *i = &dev->info;
	const struct drm_panthor_csif_info *c = &dev->csif;
	u32 gpu_id, regs, entries;
	const char *gpu = vgpu_call("{\"cmd\":\"profile\"}");

	gpu_id = vgpu_num(gpu, "gpu_id");
	regs = vgpu_num(gpu, "cs_regs");
	entries = vgpu_num(gpu, "scoreboards");
	is(i->gpu_id, gpu_id, "GPU_ID");
	is(i->shader_present, vgpu_num(gpu, "shader_present"), "all shader cores");
	ok(i->csf_id, "CSF_ID %#x", i->csf_id);
	between(DRM_PANTHOR_MMU_VA_BITS(i->mmu_features), 32, 48, "bits of a GPU address");
	ok(i->shader_present, "shader cores %#llx", (unsigned long long)i->shader_present);
	ok(i->l2_present, "L2 slices %#llx", (unsigned long long)i->l2_present);
	is(i->tiler_present, 1, "one tiler");
	ok(i->as_present & 1, "address spaces %#x", i->as_present);
	ok(i->max_threads && i->thread_max_workgroup_size && i->thread_max_barrier_size,
	   "limits of threads are not zero");
	is(i->pad, 0, "padding is zero");
	if (dev->id.minor >= 7)
		ok(i->selected_coherency == DRM_PANTHOR_GPU_COHERENCY_NONE ||
		   (i->selected_coherency == DRM_PANTHOR_GPU_COHERENCY_ACE_LITE &&
		    i->coherency_features & 1), "coherency %u", i->selected_coherency);
	if (DRM_PANTHOR_ARCH_MAJOR(gpu_id) < 11)
		is(i->gpu_features, 0, "no optional features before architecture 11");

	between(c->csg_slot_count, 1, 31, "group slots");
	between(c->cs_slot_count, 3, 8, "queues per group");
	is(c->cs_reg_count, regs, "registers of a stream");
	is(c->scoreboard_slot_count, entries, "scoreboard entries");
	is(c->unpreserved_cs_reg_count, 4, "registers that the driver keeps");
	is(c->pad, 0, "padding is zero");
}

static bool can_map(struct gpu *gpu, u64 offset)
{
	void *page = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, gpu->fd, offset);

	if (page == MAP_FAILED)
		return false;
	munmap(page, SZ_4K);
	return true;
}

static void check_flush_id(struct gpu *gpu)
{
	const u64 low = DRM_PANTHOR_USER_MMIO_OFFSET_32BIT, high = DRM_PANTHOR_USER_MMIO_OFFSET_64BIT;
	const u64 usual = sizeof(long) == 8 ? high : low, other = low + high - usual;
	struct drm_panthor_set_user_mmio_offset m = { .offset = other };
	u64 offset = DRM_PANTHOR_USER_FLUSH_ID_MMIO_OFFSET;
	volatile u32 *page;

	if (gpu->id.minor >= 5) {
		ok(!can_map(gpu, other), "the other size's offset: not by default");
		is(gpu_call(gpu, SET_USER_MMIO_OFFSET, &m), 0, "SET_USER_MMIO_OFFSET: that one");
		/* A 32-bit program cannot even ask for the high one. */
		is(can_map(gpu, other), other == low, "that offset: now it is");
		ok(!can_map(gpu, usual), "the usual offset: not any more");
		m.offset = 4096;
		is(gpu_call(gpu, SET_USER_MMIO_OFFSET, &m), -EINVAL, "SET_USER_MMIO_OFFSET: other");
		ok(!can_map(gpu, usual), "changes nothing");
		m.offset = usual;
		is(gpu_call(gpu, SET_USER_MMIO_OFFSET, &m), 0, "SET_USER_MMIO_OFFSET: the usual one");
	}

	page = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, gpu->fd, offset);
	if (ok(page != MAP_FAILED, "flush counter can be mapped")) {
		ok(*page, "flush counter is not zero (%u)", *page);
		munmap((void *)page, SZ_4K);
	}
	ok(mmap(NULL, SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, gpu->fd, offset) == MAP_FAILED,
	   "not for writing");
	ok(mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, gpu->fd, offset + SZ_4K) == MAP_FAILED,
	   "no other register page");
	ok(mmap(NULL, 2 * SZ_4K, PROT_READ, MAP_SHARED, gpu->fd, offset) == MAP_FAILED,
	   "not more than the page");
}

/* Flags of TIMESTAMP_INFO: what is asked for is there, what is not is zero. */
static void check_timestamps(struct gpu *gpu)
{
	const u32 gpu_time = DRM_PANTHOR_TIMESTAMP_GPU, cycles = DRM_PANTHOR_TIMESTAMP_GPU_CYCLE_COUNT;
	const u32 freq = DRM_PANTHOR_TIMESTAMP_FREQ, took = DRM_PANTHOR_TIMESTAMP_DURATION;
	const u32 clocks[] = { 0, DRM_PANTHOR_TIMESTAMP_CPU_MONOTONIC,
			       DRM_PANTHOR_TIMESTAMP_CPU_MONOTONIC_RAW };
	const clockid_t ids[] = { 0, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW };
	const u32 bad[] = { 3 << 1, 7 << 1, 1 << 8, 1u << 31 };
	struct drm_panthor_timestamp_info t, u;
	u32 size = sizeof(t), i, flags;
	struct timespec ts;
	s64 ns;

	for (i = 0; i < 32; i++) {
		flags = clocks[i % 3] | (i & 1 ? gpu_time : 0) | (i & 2 ? cycles : 0) |
			(i & 4 ? freq : 0) | (i & 8 ? took : 0) |
			(i & 16 ? DRM_PANTHOR_TIMESTAMP_GPU_OFFSET : 0);
		if (!flags)
			continue;
		memset(&t, 0xa5, sizeof(t));
		t.flags = flags;
		clock_gettime(ids[i % 3], &ts);
		if (query(gpu, DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO, &t, &size)) {
			ok(false, "TIMESTAMP_INFO: flags %#x", flags);
			continue;
		}
		ns = (s64)(t.cpu_timestamp_sec - ts.tv_sec) * 1000000000 +
		     (s64)t.cpu_timestamp_nsec - ts.tv_nsec;
		ok(!t.current_timestamp == !(flags & gpu_time) &&
		   !t.cycle_count == !(flags & cycles) &&
		   !t.timestamp_frequency == !(flags & freq) &&
		   (flags & took ? t.duration_nsec < 1000000000 : !t.duration_nsec) &&
		   t.flags == flags &&
		   (i % 3 ? ns >= 0 && ns < 30000000000ll : !t.cpu_timestamp_sec && !t.cpu_timestamp_nsec),
		   "TIMESTAMP_INFO: flags %#x", flags);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		t.flags = bad[i];
		is(query(gpu, DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO, &t, &size), -EINVAL,
		   "TIMESTAMP_INFO: flags %#x", bad[i]);
	}

	t.flags = u.flags = gpu_time | cycles | freq;
	query(gpu, DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO, &t, &size);
	sleep_ms(50);
	query(gpu, DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO, &u, &size);
	ns = (u.current_timestamp - t.current_timestamp) * 1000000000 / t.timestamp_frequency;
	between(ns / NSEC_PER_MSEC, 45, 30000, "timestamps go with the clock that is told (in ms)");
}

/* User and group that may not raise priorities. */
#define NOBODY	65534

static void check_priorities(struct gpu *gpu)
{
	struct drm_panthor_group_priorities_info info;
	const u32 type = DRM_PANTHOR_DEV_QUERY_GROUP_PRIORITIES_INFO;
	u32 size = sizeof(info), prio;
	struct gpu_group g;
	struct gpu_vm vm;
	bool may;
	int i, ret;

	gpu_vm_init(gpu, &vm);
	for (i = 0; i < 2; i++) {
		if (i && seteuid(NOBODY))
			bail("seteuid: %s", strerror(errno));
		if (gpu->id.minor >= 2) {
			query(gpu, type, &info, &size);
			is(info.allowed_mask, i ? 3 : 15, "priorities that %s may use", i ? "nobody" : "root");
		}
		for (prio = 0; prio <= 4; prio++) {
			ret = gpu_group_try(&vm, &g, 1, SZ_4K, prio, 0);
			may = prio <= (i ? 1u : gpu->id.minor >= 2 ? 3u : 2u);
			if (prio == 4 || (prio == 3 && gpu->id.minor < 2))
				is(ret, -EINVAL, "priority %u is none", prio);
			else
				is(ret, may ? 0 : -EACCES, "priority %u as %s", prio, i ? "nobody" : "root");
			if (!ret)
				gpu_group_fini(&g);
		}
	}
	if (seteuid(0))
		bail("seteuid: %s", strerror(errno));
	gpu_vm_fini(&vm);
}

/* Which version is right depends on who is under test; the rig says so. */
static int wanted_minor(bool series)
{
	const char *driver = getenv("PP_DRIVER"), *kernel = getenv("PP_KERNEL");

	if (series)
		return DRM_PANTHOR_SERIES_VERSION_MINOR;
	return driver && kernel && !strcmp(driver, "stock") && !strncmp(kernel, "6.12", 4) ? 0 : 9;
}

/* "t_query series" where the driver was loaded with series_uapi=1. */
int main(int argc, char **argv)
{
	bool series = argc > 1 && !strcmp(argv[1], "series");
	struct gpu gpu;
	u32 i;

	gpu_open(&gpu);
	ok(!strcmp(gpu.id.name, "panthor"), "driver is called panthor");
	is(gpu.id.major, 1, "major version");
	is(gpu.id.minor, wanted_minor(series), "minor version");

	for (i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		if (gpu.id.minor >= queries[i].since)
			known_query(&gpu, &queries[i]);
		else
			unknown_query(&gpu, queries[i].name, queries[i].type);
	}
	unknown_query(&gpu, "type 6", 6);
	unknown_query(&gpu, "type 0xffffffff", 0xffffffff);
	if (gpu.ours)
		protected_query(&gpu);
	if (!gpu.ours || series)
		unknown_query(&gpu, "PROTECTED_INFO", DRM_PANTHOR_DEV_QUERY_PROTECTED_INFO);
	if (!series)
		unknown_query(&gpu, "type 5", DRM_PANTHOR_SERIES_DEV_QUERY_PROTECTED_INFO);

	check_values(&gpu);
	check_flush_id(&gpu);
	if (gpu.id.minor >= 8)
		check_timestamps(&gpu);
	check_priorities(&gpu);
	return done();
}

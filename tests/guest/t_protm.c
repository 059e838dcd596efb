// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Protected mode: memory that only protected regions reach, and who may have such regions. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fdinfo.h"
#include "pfix.h"
#include "sysfs.h"
#include "vgpu.h"

#define R_ADDR	60
#define R_DATA	62

struct fixture {
	struct pfix p;
	struct protm_bo b;
};

#define STREAM_SIZE	0x10000

static struct cs stream(struct fixture *f, u32 n)
{
	return pfix_stream(&f->p, n);
}

static u32 *word(struct fixture *f, u32 i)
{
	return (u32 *)f->p.data.cpu + i;
}

static void store_word(struct cs *cs, u64 va, u32 value)
{
	cs_store_word(cs, R_ADDR, R_DATA, va, value);
}

static void test_uapi(struct fixture *f)
{
	struct drm_panthor_protected_info info = { 0 };
	struct drm_panthor_dev_query q = {
		.type = f->p.gpu.protected_query,
		.size = sizeof(info),
		.pointer = (uintptr_t)&info,
	};
	struct gpu_group g;

	is(gpu_call(&f->p.gpu, DEV_QUERY, &q), 0, "PROTECTED_INFO");
	is(info.features, DRM_PANTHOR_PROTECTED_FEATURE_PROTM, "protected mode is there");
	is(gpu_group_try(&f->p.vm, &g, 1, SZ_4K, PANTHOR_GROUP_PRIORITY_MEDIUM, 2), -EINVAL,
	   "GROUP_CREATE: unknown flag");
	is(gpu_group_try(&f->p.vm, &g, 1, SZ_4K, PANTHOR_GROUP_PRIORITY_MEDIUM, 3), -EINVAL,
	   "GROUP_CREATE: unknown flag beside the known one");
	is(gpu_group_try(&f->p.vm, &g, 1, SZ_4K, PANTHOR_GROUP_PRIORITY_MEDIUM, 1), 0,
	   "GROUP_CREATE: for protected mode");
	gpu_group_fini(&g);
}

/* What user space can do with a protected buffer without the GPU: nothing. */
static void test_buffer(struct fixture *f)
{
	struct drm_panthor_bo_sync_op op = { .handle = f->p.a.handle, .size = SZ_4K };
	struct drm_panthor_bo_sync s = { .ops = DRM_PANTHOR_OBJ_ARRAY(1, &op) };
	struct drm_panthor_bo_query_info i = { .handle = f->p.a.handle };
	void *cpu = mmap(NULL, SZ_64K, PROT_READ, MAP_SHARED, f->p.a.dmabuf, 0);
	int again;
	u64 offset;
	char c;

	ok(cpu == MAP_FAILED && errno == EPERM, "the dma-buf cannot be mapped: EPERM (%d)", errno);
	cpu = mmap(NULL, SZ_64K, PROT_READ | PROT_WRITE, MAP_SHARED, f->p.a.dmabuf, 0);
	ok(cpu == MAP_FAILED && errno == EPERM, "nor for writing");
	ok(read(f->p.a.dmabuf, &c, 1) < 0, "nor read");
	if (!gpu_bo_mmap_offset(&f->p.gpu, f->p.a.handle, &offset)) {
		cpu = mmap(NULL, SZ_64K, PROT_READ, MAP_SHARED, f->p.gpu.fd, offset);
		ok(cpu == MAP_FAILED && errno == EPERM, "nor mapped by the render node (%d)", errno);
	} else {
		ok(true, "nor mapped by the render node: no offset");
	}
	is(gpu_call(&f->p.gpu, BO_SYNC, &s), -EINVAL, "no cache maintenance");
	is(gpu_call(&f->p.gpu, BO_QUERY_INFO, &i), 0, "BO_QUERY_INFO");
	is(i.extra_flags, DRM_PANTHOR_BO_IS_IMPORTED, "says imported");
	again = drm_handle_to_fd(f->p.gpu.fd, f->p.a.handle);
	ok(again >= 0, "exported again, as a display needs it");
	cpu = mmap(NULL, SZ_64K, PROT_READ, MAP_SHARED, again, 0);
	ok(cpu == MAP_FAILED && errno == EPERM, "which changes nothing");
	close(again);
	is(heap_alloc("protected", 1ull << 40), -ENOMEM, "the heap has an end");
	is(vgpu_counter("aperture_cpu_accesses"), 0, "the CPU never touched protected memory");
}

/* Fill A, copy A to B, compare B: one job, three regions. */
static void test_copy(struct fixture *f)
{
	s64 sessions = vgpu_counter("protm_sessions");
	struct cs cs = stream(f, 0);
	struct gpu_group g;

	protm_group_init(&f->p.vm, &g, 1);
	protm_fill(&cs, f->p.a.va, 1);
	protm_copy(&cs, f->b.va, f->p.a.va, true);
	protm_compare(&cs, f->b.va, 1);
	store_word(&cs, f->p.data.va, 1);
	is(gpu_run(&g, 0, &cs), 0, "fill, copy, compare");
	is(*word(f, 0), 1, "and a store to normal memory behind it");
	ok(vgpu_counter("protm_sessions") > sessions, "sessions: %lld",
	   (long long)(vgpu_counter("protm_sessions") - sessions));
	ok(vgpu_counter("protm_ns") > 0, "time in protected mode: %lld ns",
	   (long long)vgpu_counter("protm_ns"));
	is(gpu_group_state(&g), 0, "the group is sound");

	cs = stream(f, 1);
	protm_compare(&cs, f->b.va, 1);
	is(gpu_run(&g, 0, &cs), 0, "the copy is still there for another job");
	gpu_group_fini(&g);

	/* The comparison is worth something only if it can fail. */
	protm_group_init(&f->p.vm, &g, 1);
	cs = stream(f, 2);
	protm_compare(&cs, f->b.va, 2);
	ok(gpu_run(&g, 0, &cs) < 0, "comparing with something else fails");
	is(gpu_group_state(&g), DRM_PANTHOR_GROUP_STATE_FATAL_FAULT, "and kills the group");
	gpu_group_fini(&g);
}

static void test_no_right(struct fixture *f)
{
	struct cs cs = stream(f, 0), nop = stream(f, 1);
	s64 start = now_ns(), sessions = vgpu_counter("protm_sessions");
	struct gpu_group g, other;
	int ret;

	gpu_group_init(&f->p.vm, &g, 1);
	gpu_group_init(&f->p.vm, &other, 1);
	protm_copy(&cs, f->b.va, f->p.a.va, true);
	cs_spin(&nop, 0, 1000);
	gpu_submit(&other, 0, &nop);
	ret = gpu_run(&g, 0, &cs);
	ok(ret < 0 && ret != -ETIME, "a region in a group without the flag: error (%d)", ret);
	between((now_ns() - start) / NSEC_PER_MSEC, 0, 4500, "not by its time limit of 5 s (in ms)");
	is(gpu_group_state(&g), DRM_PANTHOR_GROUP_STATE_FATAL_FAULT, "fatal fault");
	is(vgpu_counter("protm_sessions"), sessions, "no session");
	is(gpu_wait(&other, 0, JOB_MS), 0, "another group is not hurt");
	gpu_group_fini(&other);
	gpu_group_fini(&g);
}

static void test_outside(struct fixture *f)
{
	struct cs cs = stream(f, 0);
	struct gpu_group g;
	int ret;

	protm_group_init(&f->p.vm, &g, 1);
	protm_copy(&cs, f->b.va, f->p.a.va, false);
	ret = gpu_run(&g, 0, &cs);
	ok(ret < 0 && ret != -ETIME, "the same copy outside a region: error (%d)", ret);
	ok(gpu_group_wait_state(&g, DRM_PANTHOR_GROUP_STATE_FATAL_FAULT, JOB_MS) &
	   DRM_PANTHOR_GROUP_STATE_FATAL_FAULT, "fatal fault");
	ok(vgpu_take("gpu-aperture-access") > 0, "the GPU saw the access");
	gpu_group_fini(&g);
}

/* Jobs in a row, on several queues of a group. */
static void test_row(struct fixture *f)
{
	u32 i, q, wrong = 0;
	struct gpu_group g;
	struct cs cs;

	protm_group_init(&f->p.vm, &g, 3);
	for (i = 0; i < 4; i++) {
		for (q = 0; q < 3; q++) {
			u64 va = f->p.a.va + (i * 3 + q) * 0x100;

			cs = stream(f, q);
			cs.words += i * 0x100;
			cs.va += i * 0x800;
			cs.max = 0x100;
			protm_fill(&cs, va, i + q);
			protm_compare(&cs, va, i + q);
			wrong += gpu_submit(&g, q, &cs) != 0;
		}
	}
	is(wrong, 0, "4 jobs on each of 3 queues, two regions each");
	for (q = 0; q < 3; q++)
		wrong += gpu_wait(&g, q, JOB_MS) != 0;
	is(wrong, 0, "all end well");
	is(gpu_group_state(&g), 0, "the group is sound");
	gpu_group_fini(&g);
}

/* Two groups with regions, two without, all at once. */
static void test_mixed(struct fixture *f)
{
	struct gpu_group prot[2], normal[2];
	u32 round, i, wrong = 0;
	struct cs cs;

	for (i = 0; i < 2; i++) {
		protm_group_init(&f->p.vm, &prot[i], 1);
		gpu_group_init(&f->p.vm, &normal[i], 1);
	}
	for (round = 0; round < 4; round++) {
		for (i = 0; i < 2; i++) {
			cs = stream(f, i);
			protm_fill(&cs, f->p.a.va + i * 0x100, round);
			protm_linger(&cs, f->p.a.va, 1000);
			protm_copy(&cs, f->b.va + i * 0x100, f->p.a.va + i * 0x100, true);
			protm_compare(&cs, f->b.va + i * 0x100, round);
			wrong += gpu_submit(&prot[i], 0, &cs) != 0;

			cs = stream(f, 2 + i);
			cs_spin(&cs, 0, 5000);
			store_word(&cs, f->p.data.va + 0x40 + i * 4, round + 1);
			wrong += gpu_submit(&normal[i], 0, &cs) != 0;
		}
		for (i = 0; i < 2; i++) {
			wrong += gpu_wait(&prot[i], 0, JOB_MS) != 0;
			wrong += gpu_wait(&normal[i], 0, JOB_MS) != 0;
			wrong += *word(f, 16 + i) != round + 1;
		}
	}
	is(wrong, 0, "two protected and two normal groups, 4 rounds");
	for (i = 0; i < 2; i++) {
		wrong += gpu_group_state(&prot[i]) != 0 || gpu_group_state(&normal[i]) != 0;
		gpu_group_fini(&prot[i]);
		gpu_group_fini(&normal[i]);
	}
	is(wrong, 0, "all sound");
}

/* Page tables that change while the GPU is in protected mode, and of its own VM too. */
static void test_bind(struct fixture *f)
{
	u64 va = gpu_vm_reserve(&f->p.vm, SZ_2M, SZ_2M), other_va;
	struct gpu_vm other;
	s64 worst = 0, start, sessions = vgpu_counter("protm_sessions");
	struct gpu_group g;
	u32 bo, i, wrong = 0;
	struct cs cs;

	gpu_vm_init(&f->p.gpu, &other);
	other_va = gpu_vm_reserve(&other, SZ_2M, SZ_2M);
	gpu_bo_create(&f->p.gpu, SZ_2M, 0, 0, &bo);
	protm_group_init(&f->p.vm, &g, 1);
	for (i = 0; i < 8; i++) {
		cs = stream(f, 0);
		pfix_hold_region(&f->p, &cs, 0);
		wrong += gpu_submit(&g, 0, &cs) != 0;
		/* From before its beginning, too. */
		sleep_ms(i);
		if (i >= 4)
			pfix_until(&f->p.gpu, "active");
		start = now_ns();
		wrong += gpu_map(&f->p.vm, bo, 0, va, SZ_2M) != 0;
		wrong += gpu_unmap(&f->p.vm, va, SZ_2M) != 0;
		wrong += gpu_map(&other, bo, 0, other_va, SZ_2M) != 0;
		wrong += gpu_unmap(&other, other_va, SZ_2M) != 0;
		worst = now_ns() - start > worst ? now_ns() - start : worst;
		wrong += gpu_wait(&g, 0, 0) != -ETIME;
		pfix_let_go(&f->p, 0);
		wrong += gpu_wait(&g, 0, JOB_MS) != 0;
	}
	is(wrong, 0, "mapping and unmapping during 8 regions, which go on");
	ok(vgpu_counter("protm_sessions") - sessions >= 8, "which there were");
	diag("four VM operations took %lld us at most", (long long)worst / 1000);
	gpu_group_fini(&g);
	drm_gem_close(f->p.gpu.fd, bo);
	gpu_vm_fini(&other);
}

/* Destroy a group in the middle of its region; the next one must get in. */
static void test_destroy(struct fixture *f)
{
	struct gpu_group g;
	struct cs cs = stream(f, 0);
	u32 i;

	protm_group_init(&f->p.vm, &g, 1);
	for (i = 0; i < 3; i++) {
		protm_linger(&cs, f->p.a.va, 2000);
		is(gpu_submit(&g, 0, &cs), 0, "a region in flight");
		sleep_ms(2);
		gpu_group_fini(&g);
		protm_group_init(&f->p.vm, &g, 1);
		cs = stream(f, 1);
		protm_fill(&cs, f->p.a.va, 9);
		protm_compare(&cs, f->p.a.va, 9);
		is(gpu_run(&g, 0, &cs), 0, "its group destroyed, the next one works");
		cs = stream(f, 0);
	}
	gpu_group_fini(&g);
}

/*
 * A session goes on although another group gets work and the slice is far from
 * over: no request to firmware may end it. The model says why each session ended.
 */
static void test_hold(struct fixture *f)
{
	const char *slice = "/sys/module/panthor_protm/parameters/protm_slice_ms";
	s64 sessions = vgpu_counter("protm_sessions"), vm_ops = pfix_stat(&f->p.gpu, "exits_vm_op");
	struct gpu_group prot, normal;
	u32 i, wrong = 0;
	struct cs cs;

	is(sysfs_write(slice, "60000"), 0, "a long slice");
	protm_group_init(&f->p.vm, &prot, 1);
	gpu_group_init(&f->p.vm, &normal, 1);
	cs = stream(f, 0);
	pfix_hold_region(&f->p, &cs, 0);
	protm_linger(&cs, f->p.a.va, 4000);
	wrong += gpu_submit(&prot, 0, &cs) != 0;
	pfix_until(&f->p.gpu, "active");
	for (i = 0; i < 10; i++) {
		sleep_ms(3);
		cs = stream(f, 1);
		cs_nop(&cs);
		wrong += gpu_submit(&normal, 0, &cs) != 0;
	}
	sleep_ms(20);
	pfix_let_go(&f->p, 0);
	wrong += gpu_wait(&prot, 0, JOB_MS) != 0;
	wrong += gpu_wait(&normal, 0, JOB_MS) != 0;
	is(wrong, 0, "jobs of another group during a long region");
	/* What is left of earlier groups is freed at some time, which may cut it. */
	vm_ops = pfix_stat(&f->p.gpu, "exits_vm_op") - vm_ops;
	between(vgpu_counter("protm_sessions") - sessions, 2, 2 + vm_ops,
		"one session for each region: none was cut");
	is(sysfs_write(slice, "10"), 0, "the slice as it was");
	gpu_group_fini(&normal);
	gpu_group_fini(&prot);
}

/* In KiB: buffers of groups that are gone are given back a little later. */
static bool protected_memory_is(struct gpu *gpu, s64 kib)
{
	u32 i;

	for (i = 0; i < 2000; i++) {
		if (fdinfo_one(gpu->fd, "panthor-protected-memory", kib ? "KiB" : "") == kib)
			return true;
		sleep_ms(10);
	}
	return false;
}

static void test_fdinfo(struct fixture *f)
{
	static const char key[] = "panthor-protected-time";
	struct cs cs = stream(f, 0);
	struct gpu_group g, normal;
	struct gpu other;
	s64 ns, began, took, end;

	gpu_open(&other);
	ok(protected_memory_is(&f->p.gpu, 0), "fdinfo: no group, no protected memory");
	gpu_group_init(&f->p.vm, &normal, 1);
	is(fdinfo_one(f->p.gpu.fd, "panthor-protected-memory", ""), 0, "nor for a normal group");
	protm_group_init(&f->p.vm, &g, 1);
	ok(fdinfo_one(f->p.gpu.fd, "panthor-protected-memory", "KiB") > 0, "one that may: protected memory");

	pfix_until(&f->p.gpu, "normal");
	ns = fdinfo_one(f->p.gpu.fd, key, "ns");
	cs_spin(&cs, 0, 1000);
	is(gpu_run(&normal, 0, &cs), 0, "a normal job");
	is(fdinfo_one(f->p.gpu.fd, key, "ns"), ns, "no protected time");

	cs = stream(f, 0);
	protm_linger(&cs, f->p.a.va, 2000);
	began = now_ns();
	is(gpu_run(&g, 0, &cs), 0, "a region");
	/* The job may be over before the session. */
	end = now_ns() + JOB_MS * NSEC_PER_MSEC;
	while (fdinfo_one(f->p.gpu.fd, key, "ns") == ns && now_ns() < end)
		sleep_ms(10);
	pfix_until(&f->p.gpu, "normal");
	took = now_ns() - began;
	between(fdinfo_one(f->p.gpu.fd, key, "ns") - ns, 1, took, "its time");
	is(fdinfo_one(other.fd, key, "ns"), 0, "not in another client's file");
	is(fdinfo_one(other.fd, "panthor-protected-memory", ""), 0, "nor the memory");

	gpu_group_fini(&g);
	gpu_group_fini(&normal);
	ok(protected_memory_is(&f->p.gpu, 0), "which is given back with the group");
	ok(fdinfo_one(f->p.gpu.fd, key, "ns") > ns, "time stays");
	gpu_close(&other);
}

int main(void)
{
	struct fixture f;

	pfix_init_streams(&f.p, 4, STREAM_SIZE);
	protm_bo_init(&f.p.vm, &f.b, SZ_64K);

	test_uapi(&f);
	test_buffer(&f);
	test_copy(&f);
	test_no_right(&f);
	test_outside(&f);
	test_row(&f);
	test_mixed(&f);
	test_bind(&f);
	test_hold(&f);
	test_destroy(&f);
	test_fdinfo(&f);

	is(vgpu_counter("aperture_cpu_accesses"), 0, "the CPU never touched protected memory");
	is(vgpu_violations(), 0, "no rule of the model was broken");

	protm_bo_fini(&f.b);
	pfix_fini(&f.p);
	return done();
}

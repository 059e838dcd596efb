// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Cache maintenance. A virtual machine has no caches that could be stale, so what
 * is counted are the kernel's calls of it, by kprobes on arm64's two functions:
 * none for a coherent device, and for any other exactly where the CPU's caches
 * hold what the GPU reads or writes. The device tree says which kind it is. For
 * drivers of minor version 7 and later.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gpu.h"
#include "sysfs.h"
#include "vgpu.h"

#define TRACING		"/sys/kernel/tracing/"
#define R_ADDR		60
#define R_DATA		62
#define COHERENCY_NONE	31
#define COHERENCY_ACE_LITE 0

struct fixture {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code;
	bool coherent;
};

/* Calls so far: for the device, for the CPU. */
struct calls {
	long device, cpu;
};

static void count_begin(void)
{
	if (sysfs_write(TRACING "kprobe_events", "p:pp/device arch_sync_dma_for_device") ||
	    sysfs_write(TRACING "kprobe_events", "p:pp/cpu arch_sync_dma_for_cpu") ||
	    sysfs_write(TRACING "events/pp/enable", "1"))
		bail("no kprobes on arm64's cache maintenance");
}

static void count_end(void)
{
	sysfs_write(TRACING "events/pp/enable", "0");
	sysfs_write(TRACING "kprobe_events", "-:pp/device");
	sysfs_write(TRACING "kprobe_events", "-:pp/cpu");
}

static struct calls count(void)
{
	FILE *file = fopen(TRACING "kprobe_profile", "r");
	struct calls calls = { -1, -1 };
	char name[64];
	long hits, misses;

	if (!file)
		bail("no kprobe_profile");
	while (fscanf(file, "%63s %ld %ld", name, &hits, &misses) == 3) {
		if (!strcmp(name, "device"))
			calls.device = hits;
		else if (!strcmp(name, "cpu"))
			calls.cpu = hits;
	}
	fclose(file);
	if (calls.device < 0 || calls.cpu < 0)
		bail("kprobe_profile does not show the probes");
	return calls;
}

static void *map_cpu(struct gpu *gpu, u32 bo, u64 size)
{
	u64 offset;
	void *cpu;

	if (gpu_bo_mmap_offset(gpu, bo, &offset))
		bail("BO_MMAP_OFFSET failed");
	cpu = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, gpu->fd, (off_t)offset);
	if (cpu == MAP_FAILED)
		bail("mmap: errno %d", errno);
	return cpu;
}

static void sync_bo(struct gpu *gpu, u32 bo, u32 type, u64 size)
{
	struct drm_panthor_bo_sync_op op = { .handle = bo, .type = type, .size = size };
	struct drm_panthor_bo_sync s = { .ops = DRM_PANTHOR_OBJ_ARRAY(1, &op) };

	is(gpu_call(gpu, BO_SYNC, &s), 0, "BO_SYNC of type %u", type);
}

/* Device calls and CPU calls since @from: some, or none. */
static void told(struct calls from, bool device, bool cpu, const char *what)
{
	struct calls now = count();

	is(now.device > from.device, device, "%s: caches %s for the device", what,
	   device ? "cleaned" : "left alone");
	is(now.cpu > from.cpu, cpu, "%s: caches %s for the CPU", what,
	   cpu ? "invalidated" : "left alone");
}

static void test_bo(struct fixture *f, u32 flags, const char *what)
{
	bool cached = (flags & DRM_PANTHOR_BO_WB_MMAP) && !f->coherent;
	struct calls before = count();
	u64 va;
	u32 bo;
	char *cpu;

	if (gpu_bo_create(&f->gpu, SZ_64K, flags, 0, &bo))
		bail("%s: BO_CREATE failed", what);
	cpu = map_cpu(&f->gpu, bo, SZ_64K);
	cpu[0] = 1;
	diag("%s", what);
	/* What zeroed the pages went through the caches. For cached ones there is time until the GPU has them. */
	if (!(flags & DRM_PANTHOR_BO_WB_MMAP))
		told(before, !f->coherent, false, "first touch");

	before = count();
	sync_bo(&f->gpu, bo, DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH, SZ_4K);
	told(before, cached, false, "flush");
	before = count();
	sync_bo(&f->gpu, bo, DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE, SZ_4K);
	told(before, cached, cached, "flush and invalidate");

	va = gpu_vm_reserve(&f->vm, SZ_64K, SZ_64K);
	before = count();
	is(gpu_map(&f->vm, bo, 0, va, SZ_64K), 0, "mapped");
	told(before, !f->coherent, false, "page tables");
	before = count();
	is(gpu_unmap(&f->vm, va, SZ_64K), 0, "unmapped");
	is(count().device > before.device, !f->coherent, "page tables again");
	munmap(cpu, SZ_64K);
	drm_gem_close(f->gpu.fd, bo);
}

/*
 * The kernel looks at objects that groups off their slots wait for. One in cached
 * memory is to be invalidated first, or the group may wait for ever.
 */
static void test_wait(struct fixture *f)
{
	struct gpu_group group;
	struct calls before;
	volatile u64 *cpu;
	struct cs cs;
	u64 va;
	u32 bo;

	gpu_bo_create(&f->gpu, SZ_4K, DRM_PANTHOR_BO_WB_MMAP, 0, &bo);
	cpu = map_cpu(&f->gpu, bo, SZ_4K);
	*cpu = 0;
	va = gpu_vm_reserve(&f->vm, SZ_4K, SZ_64K);
	is(gpu_map(&f->vm, bo, 0, va, SZ_4K), 0, "an object in cached memory");
	sync_bo(&f->gpu, bo, DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH, SZ_4K);

	vgpu_set("sync_wait_idle", 1);
	gpu_group_init(&f->vm, &group, 1);
	cs = gpu_cs(&f->code, 0, SZ_4K);
	cs_move48(&cs, R_ADDR, va);
	cs_move48(&cs, R_DATA, 0);
	cs_sync_wait64(&cs, CS_GT, R_DATA, R_ADDR);
	before = count();
	is(gpu_submit(&group, 0, &cs), 0, "a group waits for it");
	/* What is not to happen is given a second. */
	for (int i = 0; i < (f->coherent ? 50 : 1000) && count().cpu == before.cpu; i++)
		sleep_ms(20);
	is(count().cpu > before.cpu, !f->coherent, "looked at through clean caches");

	*cpu = 1;
	sync_bo(&f->gpu, bo, DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH, SZ_4K);
	is(gpu_wait(&group, 0, JOB_MS), 0, "its job ends when the object changes");
	gpu_group_fini(&group);
	vgpu_set("sync_wait_idle", 0);
	gpu_unmap(&f->vm, va, SZ_4K);
	munmap((void *)cpu, SZ_4K);
	drm_gem_close(f->gpu.fd, bo);
}

int main(void)
{
	struct fixture f;

	f.coherent = access("/proc/device-tree/pp-gpu/dma-noncoherent", F_OK);
	gpu_open(&f.gpu);
	if (f.gpu.id.minor < 7)
		bail("a driver of before 1.7");
	is(f.gpu.info.selected_coherency, f.coherent ? COHERENCY_ACE_LITE : COHERENCY_NONE,
	   "the protocol that the driver tells");

	gpu_vm_init(&f.gpu, &f.vm);
	gpu_bo_init(&f.vm, &f.code, SZ_64K);
	count_begin();
	test_bo(&f, 0, "write-combined");
	test_bo(&f, DRM_PANTHOR_BO_WB_MMAP, "cached");
	/* When stock looks is another matter. */
	if (f.gpu.ours)
		test_wait(&f);
	count_end();
	is(vgpu_violations(), 0, "no violations");
	gpu_bo_fini(&f.code);
	gpu_vm_fini(&f.vm);
	gpu_close(&f.gpu);
	return done();
}

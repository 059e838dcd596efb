// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * --self-test: a normal job, then a protected one, step by step as a client would.
 * A step that fails ends what depends on it; all that was made goes with the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/dma-heap.h>

#include "status.h"

/* One buffer: a page for each stream, one for the word that they store. */
#define PAGE		0x1000
#define BO_SIZE		(4 * PAGE)
#define WORD_OFFSET	(3 * PAGE)
#define BO_VA		0x200000ull
#define HEAP_VA		0x400000ull
#define HEAP_SIZE	0x10000

/* Longest time that a job may take; protected ones wait for those of others. */
#define JOB_S		30

/* Instructions of architectures 10 to 14: opcode in the top byte. Source: csf.md 3.3. */
#define CS_NOP			0ull
#define CS_MOVE48(reg, imm)	(1ull << 56 | (uint64_t)(reg) << 48 | (imm))
#define CS_MOVE32(reg, imm)	(2ull << 56 | (uint64_t)(reg) << 48 | (imm))
#define CS_WAIT_ALL		(3ull << 56 | 0xffull << 16)
#define CS_STORE32(addr, data)	(21ull << 56 | (uint64_t)(data) << 48 | (uint64_t)(addr) << 40 | 1ull << 16)
#define CS_PROT_REGION(n)	(41ull << 56 | (n))

/* Registers of the streams. */
#define R_ADDR		60
#define R_DATA		62

struct test {
	int fd, failed;
	struct timespec start;
	struct status *status;
	uint32_t vm, bo, group, sync;
	void *cpu;
};

static void begin(struct test *t)
{
	clock_gettime(CLOCK_MONOTONIC, &t->start);
}

/* Report a step that began with begin(). Returns whether it went well. */
static bool step(struct test *t, int ret, const char *what)
{
	struct timespec now;
	double ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (now.tv_sec - t->start.tv_sec) * 1e3 + (now.tv_nsec - t->start.tv_nsec) / 1e6;
	t->failed += ret < 0;
	printf("  %-6s %9.3f ms  %s", ret < 0 ? "FAILED" : "ok", ms, what);
	if (ret < 0)
		printf(": %s", strerror(-ret));
	putchar('\n');
	return ret >= 0;
}

static void skip(const char *what, const char *why)
{
	printf("  %-6s %12s  %s: %s\n", "skip", "", what, why);
}

static int make_memory(struct test *t)
{
	struct drm_panthor_bo_create bo = { .size = BO_SIZE, .exclusive_vm_id = t->vm };
	struct drm_panthor_bo_mmap_offset map = { 0 };
	struct drm_panthor_vm_bind_op op = { .va = BO_VA, .size = BO_SIZE };
	struct drm_panthor_vm_bind bind = { .vm_id = t->vm };
	int ret;

	ret = call(t->fd, DRM_IOCTL_PANTHOR_BO_CREATE, &bo);
	if (ret)
		return ret;
	t->bo = bo.handle;
	op.bo_handle = bo.handle;
	bind.ops = (struct drm_panthor_obj_array)DRM_PANTHOR_OBJ_ARRAY(1, &op);
	ret = call(t->fd, DRM_IOCTL_PANTHOR_VM_BIND, &bind);
	map.handle = bo.handle;
	if (!ret)
		ret = call(t->fd, DRM_IOCTL_PANTHOR_BO_MMAP_OFFSET, &map);
	if (ret)
		return ret;
	t->cpu = mmap(NULL, BO_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, t->fd, map.offset);
	if (t->cpu == MAP_FAILED) {
		t->cpu = NULL;
		return -errno;
	}
	memset(t->cpu, 0, BO_SIZE);
	return 0;
}

static int make_vm(struct test *t)
{
	struct drm_panthor_vm_create vm = { 0 };
	struct drm_syncobj_create sync = { 0 };
	int ret;

	ret = call(t->fd, DRM_IOCTL_PANTHOR_VM_CREATE, &vm);
	if (ret)
		return ret;
	t->vm = vm.id;
	ret = call(t->fd, DRM_IOCTL_SYNCOBJ_CREATE, &sync);
	t->sync = sync.handle;
	return ret ? ret : make_memory(t);
}

static int make_group(struct test *t, uint32_t flags)
{
	const uint64_t cores = t->status->gpu.shader_present;
	struct drm_panthor_queue_create queue = { .priority = 1, .ringbuf_size = PAGE };
	struct drm_panthor_group_create group = {
		.queues = DRM_PANTHOR_OBJ_ARRAY(1, &queue),
		.max_compute_cores = __builtin_popcountll(cores),
		.max_fragment_cores = __builtin_popcountll(cores),
		.max_tiler_cores = 1,
		.priority = PANTHOR_GROUP_PRIORITY_MEDIUM,
		.flags = flags,
		.compute_core_mask = cores,
		.fragment_core_mask = cores,
		.tiler_core_mask = 1,
		.vm_id = t->vm,
	};
	int ret = call(t->fd, DRM_IOCTL_PANTHOR_GROUP_CREATE, &group);

	t->group = group.group_handle;
	return ret;
}

static int destroy_group(struct test *t)
{
	struct drm_panthor_group_destroy d = { .group_handle = t->group };

	return call(t->fd, DRM_IOCTL_PANTHOR_GROUP_DESTROY, &d);
}

/* Wait for the fence; a fence that failed is told by the group's state. */
static int wait_job(struct test *t)
{
	struct drm_panthor_group_get_state state = { .group_handle = t->group };
	struct drm_syncobj_wait w = { .handles = (uintptr_t)&t->sync, .count_handles = 1 };
	struct timespec now;
	int ret;

	clock_gettime(CLOCK_MONOTONIC, &now);
	w.timeout_nsec = (now.tv_sec + JOB_S) * 1000000000ll + now.tv_nsec;
	ret = call(t->fd, DRM_IOCTL_SYNCOBJ_WAIT, &w);
	if (ret < 0)
		return ret;
	ret = call(t->fd, DRM_IOCTL_PANTHOR_GROUP_GET_STATE, &state);
	return ret < 0 ? ret : state.state ? -EIO : 0;
}

/* A stream that ends with a word stored; in front of that, perhaps, an empty region. */
static int run_job(struct test *t, unsigned int page, bool region, uint32_t value)
{
	volatile uint32_t *word = (uint32_t *)((char *)t->cpu + WORD_OFFSET);
	uint64_t *cs = (uint64_t *)((char *)t->cpu + page * PAGE);
	struct drm_panthor_sync_op sync = {
		.flags = DRM_PANTHOR_SYNC_OP_SIGNAL,
		.handle = t->sync,
	};
	struct drm_panthor_queue_submit job = {
		.stream_addr = BO_VA + page * PAGE,
		.syncs = DRM_PANTHOR_OBJ_ARRAY(1, &sync),
	};
	struct drm_panthor_group_submit submit = {
		.group_handle = t->group,
		.queue_submits = DRM_PANTHOR_OBJ_ARRAY(1, &job),
	};
	unsigned int n = 0;
	int ret;

	if (region) {
		cs[n++] = CS_PROT_REGION(1);
		cs[n++] = CS_NOP;
	}
	cs[n++] = CS_MOVE48(R_ADDR, BO_VA + WORD_OFFSET);
	cs[n++] = CS_MOVE32(R_DATA, value);
	cs[n++] = CS_STORE32(R_ADDR, R_DATA);
	cs[n++] = CS_WAIT_ALL;
	job.stream_size = n * sizeof(*cs);

	ret = call(t->fd, DRM_IOCTL_PANTHOR_GROUP_SUBMIT, &submit);
	if (!ret)
		ret = wait_job(t);
	if (ret)
		return ret;
	return *word == value ? 0 : -EIO;
}

/* Protected time of this very file, in ns. */
static long long protected_ns(struct test *t)
{
	char path[64], text[TEXT_MAX], value[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", t->fd);
	if (read_text(path, text, sizeof(text)) ||
	    !text_value(text, "panthor-protected-time", value, sizeof(value)))
		return 0;
	return atoll(value);
}

/* What a decoder does: a buffer of the heap, which no CPU may map, in a VM. */
static int try_buffer(struct test *t, int heap)
{
	struct dma_heap_allocation_data a = { .len = HEAP_SIZE, .fd_flags = O_RDWR | O_CLOEXEC };
	struct drm_panthor_vm_bind_op op = {
		.flags = DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC, .va = HEAP_VA, .size = HEAP_SIZE,
	};
	struct drm_panthor_vm_bind bind = {
		.vm_id = t->vm, .ops = DRM_PANTHOR_OBJ_ARRAY(1, &op),
	};
	struct drm_prime_handle prime = { 0 };
	void *cpu;
	int ret;

	begin(t);
	ret = call(heap, DMA_HEAP_IOCTL_ALLOC, &a);
	if (!step(t, ret, "a buffer of 64 KiB from the heap"))
		return ret;
	begin(t);
	cpu = mmap(NULL, HEAP_SIZE, PROT_READ, MAP_SHARED, a.fd, 0);
	if (cpu != MAP_FAILED)
		munmap(cpu, HEAP_SIZE);
	if (!step(t, cpu == MAP_FAILED ? 0 : -EPERM, "the CPU may not map it"))
		printf("         this heap hands out memory that the CPU can map: it protects nothing\n");
	begin(t);
	prime.fd = a.fd;
	ret = call(t->fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);
	op.bo_handle = prime.handle;
	if (!ret)
		ret = call(t->fd, DRM_IOCTL_PANTHOR_VM_BIND, &bind);
	step(t, ret, "the GPU gets it: imported and bound");
	close(a.fd);
	return ret;
}

static void test_buffer(struct test *t)
{
	static const char what[] = "a buffer from the heap";
	char path[64 + NAME_MAX_LEN];
	int heap;

	if (!*t->status->heap) {
		skip(what, "no heap's name is known");
		return;
	}
	snprintf(path, sizeof(path), "/dev/dma_heap/%s", t->status->heap);
	heap = open(path, O_RDONLY | O_CLOEXEC);
	if (heap < 0) {
		skip(what, errno == ENOENT ? "/dev/dma_heap has none of its name" :
		     strerror(errno));
		return;
	}
	try_buffer(t, heap);
	close(heap);
}

static void test_normal(struct test *t)
{
	begin(t);
	if (!step(t, make_group(t, 0), "a normal group"))
		return;
	begin(t);
	step(t, run_job(t, 0, false, 0xc0ffee), "a normal job: its fence signals, its word is there");
	begin(t);
	step(t, destroy_group(t), "the normal group goes");
}

static void test_protected(struct test *t)
{
	long long ns = protected_ns(t);
	int ret;

	begin(t);
	ret = make_group(t, DRM_PANTHOR_GROUP_FEATURE_PROTM);
	if (!step(t, ret, "a protected group (the first one makes firmware boot anew)")) {
		if (ret == -ENOMEM)
			printf("         the heap is too small for firmware's protected memory, or others hold what it has\n");
		return;
	}
	begin(t);
	step(t, run_job(t, 1, true, 0x600d), "a protected job: its fence signals, its stream ran to the end");
	begin(t);
	ns = protected_ns(t) - ns;
	step(t, ns > 0 ? 0 : -ENODATA, "a protected session was counted for it");
	if (ns > 0)
		printf("         the GPU was in protected mode for %lld us\n", ns / 1000);
	begin(t);
	step(t, destroy_group(t), "the protected group goes");
	test_buffer(t);
}

/**
 * self_test() - run a normal and a protected job
 * @s: what is known of the GPU; its render node is open
 *
 * Return: exit code.
 */
int self_test(struct status *s)
{
	struct test t = { .status = s };
	int ret;

	printf("self-test:\n");
	begin(&t);
	t.fd = open(s->node, O_RDWR | O_CLOEXEC);
	if (!step(&t, t.fd < 0 ? -errno : 0, "the render node opens"))
		return EXIT_NO_GPU;
	begin(&t);
	if (step(&t, make_vm(&t), "an address space and memory in it"))
		test_normal(&t);
	ret = t.failed ? EXIT_NO_GPU : EXIT_USABLE;
	if (t.failed) {
		skip("protected mode", "normal jobs do not work");
	} else if (!(s->features & DRM_PANTHOR_PROTECTED_FEATURE_PROTM)) {
		skip("protected mode", "not available, see above");
		ret = EXIT_NORMAL_ONLY;
	} else {
		test_protected(&t);
		ret = t.failed ? EXIT_NORMAL_ONLY : EXIT_USABLE;
	}
	if (t.cpu)
		munmap(t.cpu, BO_SIZE);
	close(t.fd);
	printf("self-test: %s\n", ret == EXIT_USABLE ? "passed" : t.failed ? "FAILED" :
	       "passed as far as it can be done");
	return ret;
}

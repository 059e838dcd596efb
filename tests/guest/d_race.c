// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Differential suite: two threads on the same handles. What each call answers
 * depends on time; that the device works afterwards and has everything back does not.
 *
 * Stock loses some of these races now and then, and the kernel with them (a job
 * submitted while its group is destroyed, on 6.12): there the threads come one
 * after the other, which leaves the same to compare.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "diff.h"

#define RACE_MS	400
#define THREADS	2

static struct {
	struct gpu gpu;		/* its file changes in the last race */
	struct gpu_vm vm;
	u32 bo;
	u32 seed;
	s64 end;
} t;

static u32 draw(u32 *seed, u32 below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % below;
}

static void vm_step(u32 *seed)
{
	struct drm_panthor_vm_create c = { 0 };
	struct drm_panthor_vm_destroy d = { .id = 1 + draw(seed, 4) };
	struct drm_panthor_vm_get_state s = { .vm_id = 1 + draw(seed, 4) };

	if (draw(seed, 2))
		gpu_call(&t.gpu, VM_CREATE, &c);
	else
		gpu_call(&t.gpu, VM_DESTROY, &d);
	gpu_call(&t.gpu, VM_GET_STATE, &s);
}

static void bo_step(u32 *seed)
{
	u32 handle = 1 + draw(seed, 6), got;
	u64 offset;
	int fd;

	switch (draw(seed, 5)) {
	case 0:
		gpu_bo_create(&t.gpu, SZ_4K, 0, draw(seed, 3), &got);
		break;
	case 1:
		drm_gem_close(t.gpu.fd, handle);
		break;
	case 2:
		gpu_bo_mmap_offset(&t.gpu, handle, &offset);
		break;
	case 3:
		gpu_map(&t.vm, handle, 0, SZ_2M * handle, SZ_4K);
		break;
	default:
		fd = drm_handle_to_fd(t.gpu.fd, handle);
		if (fd >= 0) {
			drm_fd_to_handle(t.gpu.fd, fd, &got);
			close(fd);
		}
	}
}

static int group_create(u32 vm)
{
	struct drm_panthor_queue_create q = { .ringbuf_size = SZ_4K };
	struct drm_panthor_group_create c = {
		.queues = DRM_PANTHOR_OBJ_ARRAY(1, &q),
		.priority = PANTHOR_GROUP_PRIORITY_MEDIUM, .vm_id = vm,
	};

	return gpu_call(&t.gpu, GROUP_CREATE, &c);
}

static void submit_empty(u32 group)
{
	struct gpu_group g = { .vm = &t.vm, .handle = group };

	gpu_submit_raw(&g, 0, 0, 0, 0, NULL);
}

static void group_step(u32 *seed)
{
	struct drm_panthor_group_destroy d = { .group_handle = 1 + draw(seed, 3) };
	struct drm_panthor_group_get_state s = { .group_handle = 1 + draw(seed, 3) };

	if (draw(seed, 2))
		group_create(t.vm.id);
	else
		gpu_call(&t.gpu, GROUP_DESTROY, &d);
	gpu_call(&t.gpu, GROUP_GET_STATE, &s);
}

static void submit_step(u32 *seed)
{
	struct drm_panthor_group_destroy d = { .group_handle = 1 + draw(seed, 3) };

	switch (draw(seed, 6)) {
	case 0:
		group_create(t.vm.id);
		break;
	case 1:
		gpu_call(&t.gpu, GROUP_DESTROY, &d);
		break;
	default:
		submit_empty(1 + draw(seed, 3));
	}
}

static void heap_step(u32 *seed)
{
	struct drm_panthor_tiler_heap_create c = {
		.vm_id = 1 + draw(seed, 2), .initial_chunk_count = 1, .chunk_size = 0x20000,
		.max_chunks = 4, .target_in_flight = 2,
	};
	struct drm_panthor_tiler_heap_destroy d = {
		.handle = (1 + draw(seed, 2)) << 16 | draw(seed, 4),
	};

	if (draw(seed, 2))
		gpu_call(&t.gpu, TILER_HEAP_CREATE, &c);
	else
		gpu_call(&t.gpu, TILER_HEAP_DESTROY, &d);
}

/* Operations on a VM that the other one destroys, and everything that holds it. */
static void bind_step(u32 *seed)
{
	struct gpu_vm vm = { .gpu = &t.gpu, .id = 1 + draw(seed, 3) };
	struct drm_panthor_vm_create c = { 0 };
	struct drm_panthor_vm_destroy d = { .id = vm.id };
	struct drm_panthor_vm_bind_op op = {
		.bo_handle = t.bo, .va = SZ_2M * draw(seed, 8), .size = SZ_64K,
	};
	struct drm_panthor_vm_bind b = {
		.vm_id = vm.id, .flags = DRM_PANTHOR_VM_BIND_ASYNC, .ops = DRM_PANTHOR_OBJ_ARRAY(1, &op),
	};

	switch (draw(seed, 8)) {
	case 0:
		gpu_call(&t.gpu, VM_CREATE, &c);
		break;
	case 1:
		gpu_call(&t.gpu, VM_DESTROY, &d);
		break;
	case 2:
		gpu_unmap(&vm, 0, SZ_2M * 8);
		break;
	case 3:
	case 4:
		gpu_map(&vm, t.bo, 0, SZ_2M * draw(seed, 8), SZ_64K);
		break;
	default:
		gpu_call(&t.gpu, VM_BIND, &b);
	}
}

static void all_step(u32 *seed)
{
	static void (* const steps[])(u32 *) = { vm_step, bo_step, group_step, submit_step, heap_step,
						 bind_step };

	steps[draw(seed, ARRAY_SIZE(steps))](seed);
}

/* The file goes away under the others' hands. */
static void close_step(u32 *seed)
{
	int fd;

	if (draw(seed, 50)) {
		all_step(seed);
		return;
	}
	fd = drm_open();
	if (fd >= 0) {
		dup3(fd, t.gpu.fd, 02000000);
		close(fd);
	}
}

static void *racer(void *arg)
{
	void (*step)(u32 *) = arg;
	u32 seed = __atomic_add_fetch(&t.seed, 1, __ATOMIC_RELAXED);

	while (now_ns() < t.end)
		step(&seed);
	return NULL;
}

/* Everything that was there before must be to be had again. */
static void judge(struct gpu *fresh, const char *name)
{
	struct drm_panthor_vm_create c;
	struct gpu_group g;
	struct gpu_vm vm;
	int job, vms = 0;

	gpu_vm_init(fresh, &vm);
	gpu_group_init(&vm, &g, 1);
	job = gpu_run(&g, 0, &(struct cs){ 0 });
	do {
		c = (struct drm_panthor_vm_create){ 0 };
		vms++;
	} while (!gpu_call(fresh, VM_CREATE, &c));
	diff_case(0, name, "survived,job=%s,vms=%d", diff_error(job), vms);
}

static void race(const char *name, void (*step)(u32 *))
{
	pthread_t threads[THREADS];
	struct gpu fresh;
	char full[64];
	int i;

	gpu_open(&t.gpu);
	gpu_vm_init(&t.gpu, &t.vm);
	gpu_bo_create(&t.gpu, SZ_64K, 0, 0, &t.bo);
	t.end = now_ns() + RACE_MS * NSEC_PER_MSEC;
	for (i = 0; i < THREADS; i++) {
		pthread_create(&threads[i], NULL, racer, step);
		if (!t.gpu.ours) {
			pthread_join(threads[i], NULL);
			t.end = now_ns() + RACE_MS * NSEC_PER_MSEC;
		}
	}
	for (i = 0; t.gpu.ours && i < THREADS; i++)
		pthread_join(threads[i], NULL);
	gpu_close(&t.gpu);

	gpu_open(&fresh);
	snprintf(full, sizeof(full), "race/%s", name);
	judge(&fresh, full);
	gpu_close(&fresh);
}

int main(void)
{
	diff_open(&t.gpu);
	gpu_close(&t.gpu);
	race("vm", vm_step);
	race("bo", bo_step);
	race("group", group_step);
	race("heap", heap_step);
	race("bind_destroy", bind_step);
	race("submit_destroy", submit_step);
	race("all", all_step);
	race("close", close_step);
	return 0;
}

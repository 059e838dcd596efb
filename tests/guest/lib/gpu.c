// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "gpu.h"

void sleep_ms(int ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * NSEC_PER_MSEC };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

static int query(struct gpu *gpu, u32 type, void *data, u32 size)
{
	struct drm_panthor_dev_query q = { .type = type, .size = size, .pointer = (uintptr_t)data };

	return gpu_call(gpu, DEV_QUERY, &q);
}

void gpu_open(struct gpu *gpu)
{
	struct drm_panthor_protected_info prot;

	memset(gpu, 0, sizeof(*gpu));
	gpu->fd = drm_open();
	if (gpu->fd < 0)
		bail("no render node of panthor: %s", strerror(-gpu->fd));

	drm_get_id(gpu->fd, &gpu->id);
	if (query(gpu, DRM_PANTHOR_DEV_QUERY_GPU_INFO, &gpu->info, sizeof(gpu->info)) ||
	    query(gpu, DRM_PANTHOR_DEV_QUERY_CSIF_INFO, &gpu->csif, sizeof(gpu->csif)))
		bail("device queries fail");

	gpu->protected_query = gpu->id.minor == DRM_PANTHOR_SERIES_VERSION_MINOR ?
			       DRM_PANTHOR_SERIES_DEV_QUERY_PROTECTED_INFO :
			       DRM_PANTHOR_DEV_QUERY_PROTECTED_INFO;
	gpu->ours = !query(gpu, gpu->protected_query, &prot, sizeof(prot));
}

void gpu_close(struct gpu *gpu)
{
	close(gpu->fd);
	gpu->fd = -1;
}

void gpu_vm_init(struct gpu *gpu, struct gpu_vm *vm)
{
	struct drm_panthor_vm_create c = { 0 };
	int ret = gpu_call(gpu, VM_CREATE, &c);

	if (ret)
		bail("VM_CREATE: %s", strerror(-ret));
	*vm = (struct gpu_vm){ .gpu = gpu, .id = c.id, .range = c.user_va_range, .next = SZ_2M };
}

void gpu_vm_fini(struct gpu_vm *vm)
{
	struct drm_panthor_vm_destroy d = { .id = vm->id };
	int ret = gpu_call(vm->gpu, VM_DESTROY, &d);

	if (ret)
		bail("VM_DESTROY: %s", strerror(-ret));
}

u64 gpu_vm_reserve(struct gpu_vm *vm, u64 size, u64 align)
{
	u64 va = (vm->next + align - 1) & ~(align - 1);

	vm->next = va + ((size + align - 1) & ~(align - 1));
	return va;
}

int gpu_bind(struct gpu_vm *vm, u32 flags, u32 bo, u64 offset, u64 va, u64 size)
{
	struct drm_panthor_vm_bind_op op = {
		.flags = flags,
		.bo_handle = bo,
		.bo_offset = offset,
		.va = va,
		.size = size,
	};
	struct drm_panthor_vm_bind b = {
		.vm_id = vm->id,
		.ops = DRM_PANTHOR_OBJ_ARRAY(1, &op),
	};

	return gpu_call(vm->gpu, VM_BIND, &b);
}

int gpu_map(struct gpu_vm *vm, u32 bo, u64 offset, u64 va, u64 size)
{
	return gpu_bind(vm, DRM_PANTHOR_VM_BIND_OP_TYPE_MAP, bo, offset, va, size);
}

int gpu_unmap(struct gpu_vm *vm, u64 va, u64 size)
{
	return gpu_bind(vm, DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP, 0, 0, va, size);
}

int gpu_bo_create(struct gpu *gpu, u64 size, u32 flags, u32 exclusive_vm, u32 *handle)
{
	struct drm_panthor_bo_create c = {
		.size = size,
		.flags = flags,
		.exclusive_vm_id = exclusive_vm,
	};
	int ret = gpu_call(gpu, BO_CREATE, &c);

	*handle = c.handle;
	return ret;
}

int gpu_bo_mmap_offset(struct gpu *gpu, u32 handle, u64 *offset)
{
	struct drm_panthor_bo_mmap_offset m = { .handle = handle };
	int ret = gpu_call(gpu, BO_MMAP_OFFSET, &m);

	*offset = m.offset;
	return ret;
}

void gpu_bo_init(struct gpu_vm *vm, struct gpu_bo *bo, u64 size)
{
	u64 align = size >= SZ_2M ? SZ_2M : SZ_64K;
	u64 offset;
	int ret;

	*bo = (struct gpu_bo){ .vm = vm, .size = size, .va = gpu_vm_reserve(vm, size, align) };
	ret = gpu_bo_create(vm->gpu, size, 0, vm->id, &bo->handle);
	if (ret)
		bail("BO_CREATE: %s", strerror(-ret));
	ret = gpu_map(vm, bo->handle, 0, bo->va, size);
	if (ret)
		bail("VM_BIND: %s", strerror(-ret));
	ret = gpu_bo_mmap_offset(vm->gpu, bo->handle, &offset);
	if (ret)
		bail("BO_MMAP_OFFSET: %s", strerror(-ret));

	bo->cpu = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->gpu->fd, offset);
	if (bo->cpu == MAP_FAILED)
		bail("mmap: %s", strerror(errno));
	memset(bo->cpu, 0, size);
}

void gpu_bo_fini(struct gpu_bo *bo)
{
	munmap(bo->cpu, bo->size);
	gpu_unmap(bo->vm, bo->va, bo->size);
	drm_gem_close(bo->vm->gpu->fd, bo->handle);
}

struct cs gpu_cs(const struct gpu_bo *bo, u64 offset, u64 size)
{
	assert(!(offset % 64) && offset + size <= bo->size);
	return (struct cs){
		.words = (u64 *)((char *)bo->cpu + offset),
		.max = size / 8,
		.va = bo->va + offset,
	};
}

int gpu_group_try(struct gpu_vm *vm, struct gpu_group *group, u32 queues, u32 ringbuf,
		  u32 priority, u32 flags)
{
	struct drm_panthor_queue_create q[8];
	struct gpu *gpu = vm->gpu;
	struct drm_panthor_group_create c = {
		.queues = DRM_PANTHOR_OBJ_ARRAY(queues, q),
		.max_compute_cores = __builtin_popcountll(gpu->info.shader_present),
		.max_fragment_cores = __builtin_popcountll(gpu->info.shader_present),
		.max_tiler_cores = 1,
		.priority = priority,
		.flags = flags,
		.compute_core_mask = gpu->info.shader_present,
		.fragment_core_mask = gpu->info.shader_present,
		.tiler_core_mask = 1,
		.vm_id = vm->id,
	};
	u32 i;
	int ret;

	memset(q, 0, sizeof(q));
	for (i = 0; i < 8; i++)
		q[i] = (struct drm_panthor_queue_create){ .priority = 1, .ringbuf_size = ringbuf };

	memset(group, 0, sizeof(*group));
	ret = gpu_call(gpu, GROUP_CREATE, &c);
	if (ret)
		return ret;

	group->vm = vm;
	group->handle = c.group_handle;
	group->queues = queues;
	for (i = 0; i < queues; i++) {
		if (drm_sync_create(gpu->fd, &group->sync[i]))
			bail("SYNCOBJ_CREATE fails");
	}
	return 0;
}

void gpu_group_init(struct gpu_vm *vm, struct gpu_group *group, u32 queues)
{
	int ret = gpu_group_try(vm, group, queues, SZ_64K, PANTHOR_GROUP_PRIORITY_MEDIUM, 0);

	if (ret)
		bail("GROUP_CREATE: %s", strerror(-ret));
}

void gpu_group_fini(struct gpu_group *group)
{
	struct drm_panthor_group_destroy d = { .group_handle = group->handle };
	int ret = gpu_call(group->vm->gpu, GROUP_DESTROY, &d);
	u32 i;

	if (ret)
		bail("GROUP_DESTROY: %s", strerror(-ret));
	for (i = 0; i < group->queues; i++)
		drm_sync_destroy(group->vm->gpu->fd, group->sync[i]);
}

int gpu_submit_raw(struct gpu_group *group, u32 queue, u64 va, u32 size, u32 nsyncs,
		   struct drm_panthor_sync_op *syncs)
{
	struct drm_panthor_queue_submit q = {
		.queue_index = queue,
		.stream_size = size,
		.stream_addr = va,
		.syncs = DRM_PANTHOR_OBJ_ARRAY(nsyncs, syncs),
	};
	struct drm_panthor_group_submit s = {
		.group_handle = group->handle,
		.queue_submits = DRM_PANTHOR_OBJ_ARRAY(1, &q),
	};

	return gpu_call(group->vm->gpu, GROUP_SUBMIT, &s);
}

int gpu_submit(struct gpu_group *group, u32 queue, const struct cs *cs)
{
	struct drm_panthor_sync_op sync = {
		.flags = DRM_PANTHOR_SYNC_OP_SIGNAL,
		.handle = group->sync[queue],
	};

	return gpu_submit_raw(group, queue, cs->n ? cs->va : 0, cs_size(cs), 1, &sync);
}

int gpu_wait(struct gpu_group *group, u32 queue, int ms)
{
	return drm_sync_wait_status(group->vm->gpu->fd, group->sync[queue], ms);
}

int gpu_run(struct gpu_group *group, u32 queue, const struct cs *cs)
{
	int ret = gpu_submit(group, queue, cs);

	return ret ? ret : gpu_wait(group, queue, JOB_MS);
}

int gpu_group_state(struct gpu_group *group)
{
	struct drm_panthor_group_get_state s = { .group_handle = group->handle };
	int ret = gpu_call(group->vm->gpu, GROUP_GET_STATE, &s);

	return ret ? ret : (int)s.state;
}

int gpu_group_wait_state(struct gpu_group *group, int flags, int ms)
{
	s64 end = now_ns() + ms * NSEC_PER_MSEC;
	int state;

	while ((state = gpu_group_state(group)) >= 0 && !(state & flags) && now_ns() < end)
		sleep_ms(10);
	return state;
}

bool gpu_wait_word(const volatile u32 *word, int ms)
{
	s64 end = now_ns() + ms * NSEC_PER_MSEC;

	while (!*word && now_ns() < end)
		sleep_ms(1);
	return *word;
}

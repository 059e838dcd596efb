// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* VMs, VM_BIND and tiler heaps. */
#include <linux/err.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>

#include "core/device.h"
#include "mem/bo.h"
#include "mem/tiler_heap.h"
#include "mmu/mmu.h"
#include "uapi/ioctl.h"

/* The uAPI's map flags and the rooms' are the same bits, so that they pass as they are. */
static_assert(PP_VM_MAP_READONLY == DRM_PANTHOR_VM_BIND_OP_MAP_READONLY);
static_assert(PP_VM_MAP_NOEXEC == DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC);
static_assert(PP_VM_MAP_UNCACHED == DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED);
static_assert(PP_VM_MAP_SPARSE == DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE);

#define MAP_FLAGS	(PP_VM_MAP_READONLY | PP_VM_MAP_NOEXEC | PP_VM_MAP_UNCACHED | \
			 PP_VM_MAP_SPARSE)

/**
 * pp_ioctl_vm_create() - DRM_IOCTL_PANTHOR_VM_CREATE
 * @drm: the device
 * @data: &struct drm_panthor_vm_create
 * @file: the file
 *
 * Return: 0, -EINVAL, -ENOMEM, -ENODEV, or -EBUSY: the file has 32 VMs.
 */
int pp_ioctl_vm_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_panthor_vm_create *args = data;
	struct pp_file *pfile = file->driver_priv;
	struct pp_vm *vm;
	int cookie, ret;

	if (!drm_dev_enter(drm, &cookie))
		return -ENODEV;
	ret = -EINVAL;
	if (args->flags)
		goto out;
	vm = pp_vm_create_user(pfile->pp, &args->user_va_range);
	if (IS_ERR(vm)) {
		ret = PTR_ERR(vm);
		goto out;
	}
	ret = pp_vm_pool_add(pfile->vms, vm, &args->id);
	if (ret)
		pp_vm_put(vm);
out:
	drm_dev_exit(cookie);
	return ret;
}

/**
 * pp_ioctl_vm_destroy() - DRM_IOCTL_PANTHOR_VM_DESTROY
 * @drm: the device
 * @data: &struct drm_panthor_vm_destroy
 * @file: the file
 *
 * Return: 0 or -EINVAL.
 */
int pp_ioctl_vm_destroy(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_panthor_vm_destroy *args = data;
	struct pp_file *pfile = file->driver_priv;
	struct pp_vm *vm;

	if (args->pad)
		return -EINVAL;
	vm = pp_vm_pool_remove(pfile->vms, args->id);
	if (!vm)
		return -EINVAL;
	pp_tiler_heap_pool_destroy(vm);
	pp_vm_destroy(vm);
	return 0;
}

/**
 * pp_ioctl_vm_get_state() - DRM_IOCTL_PANTHOR_VM_GET_STATE
 * @drm: the device
 * @data: &struct drm_panthor_vm_get_state
 * @file: the file
 *
 * Return: 0 or -EINVAL.
 */
int pp_ioctl_vm_get_state(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_panthor_vm_get_state *args = data;
	struct pp_file *pfile = file->driver_priv;
	struct pp_vm *vm;

	vm = pp_vm_pool_get(pfile->vms, args->vm_id);
	if (!vm)
		return -EINVAL;
	args->state = pp_vm_unusable(vm) ? DRM_PANTHOR_VM_STATE_UNUSABLE :
					   DRM_PANTHOR_VM_STATE_USABLE;
	pp_vm_put(vm);
	return 0;
}

static int bind_map(struct drm_file *file, struct pp_vm *vm,
		    const struct drm_panthor_vm_bind_op *op, struct pp_vm_bind *bind)
{
	struct drm_gem_object *obj = NULL;
	int ret;

	bind->type = PP_VM_BIND_MAP;
	bind->flags = op->flags & ~DRM_PANTHOR_VM_BIND_OP_TYPE_MASK;
	if (bind->flags & ~MAP_FLAGS)
		return -EINVAL;
	if (bind->flags & PP_VM_MAP_SPARSE) {
		if (op->bo_handle)
			return -EINVAL;
	} else {
		obj = drm_gem_object_lookup(file, op->bo_handle);
		if (!obj)
			return -EINVAL;
		bind->bo = to_pp_bo(obj);
	}

	ret = pp_vm_bind_sync(vm, bind);
	if (obj)
		drm_gem_object_put(obj);
	return ret;
}

/* One step, done at once. */
static int bind_step(struct drm_file *file, struct pp_vm *vm,
		     const struct drm_panthor_vm_bind_op *op)
{
	struct pp_vm_bind bind = {
		.offset = op->bo_offset, .va = op->va, .size = op->size,
	};

	/* Sync objects are for asynchronous binds. */
	if (op->syncs.count)
		return -EINVAL;
	if (!op->size)
		return 0;

	switch (op->flags & DRM_PANTHOR_VM_BIND_OP_TYPE_MASK) {
	case DRM_PANTHOR_VM_BIND_OP_TYPE_MAP:
		return bind_map(file, vm, op, &bind);
	case DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP:
		bind.type = PP_VM_BIND_UNMAP;
		if (op->flags & ~DRM_PANTHOR_VM_BIND_OP_TYPE_MASK || op->bo_handle)
			return -EINVAL;
		return pp_vm_bind_sync(vm, &bind);
	default:
		return -EINVAL;
	}
}

static int vm_bind_sync(struct drm_file *file, struct drm_panthor_vm_bind *args)
{
	struct pp_file *pfile = file->driver_priv;
	struct drm_panthor_vm_bind_op *ops;
	struct pp_vm *vm;
	int ret = 0;
	u32 i;

	vm = pp_vm_pool_get(pfile->vms, args->vm_id);
	if (!vm)
		return -EINVAL;
	ops = pp_uapi_get_array(&args->ops, PP_UAPI_MIN(struct drm_panthor_vm_bind_op, syncs),
				sizeof(*ops));
	if (IS_ERR(ops)) {
		ret = PTR_ERR(ops);
		goto out;
	}
	for (i = 0; i < args->ops.count && !ret; i++)
		ret = bind_step(file, vm, &ops[i]);
	/* Which one it was. */
	if (ret)
		args->ops.count = i - 1;
	kvfree(ops);
out:
	pp_vm_put(vm);
	return ret;
}

/**
 * pp_ioctl_vm_bind() - DRM_IOCTL_PANTHOR_VM_BIND
 * @drm: the device
 * @data: &struct drm_panthor_vm_bind
 * @file: the file
 *
 * Context: May sleep, also until a session is over.
 * Return: 0; -EINVAL, -ENOMEM, -ENODEV, -EFAULT, -E2BIG, or an exporter's error;
 * -EOPNOTSUPP for asynchronous binds.
 */
int pp_ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_panthor_vm_bind *args = data;
	int cookie, ret;

	if (args->flags & ~DRM_PANTHOR_VM_BIND_ASYNC)
		return -EINVAL;
	if (args->flags & DRM_PANTHOR_VM_BIND_ASYNC)
		return -EOPNOTSUPP;
	if (!drm_dev_enter(drm, &cookie))
		return -ENODEV;
	ret = vm_bind_sync(file, args);
	drm_dev_exit(cookie);
	return ret;
}

/*
 * Handle of a heap: its VM's in the upper half, so that it is unique in the file.
 * VM ids start at 1, so no handle is 0.
 */
#define HEAP_HANDLE(vm_id, heap)	((vm_id) << 16 | (heap))
#define HEAP_VM(handle)			((handle) >> 16)
#define HEAP_ID(handle)			((handle) & 0xffff)

/**
 * pp_ioctl_tiler_heap_create() - DRM_IOCTL_PANTHOR_TILER_HEAP_CREATE
 * @drm: the device
 * @data: &struct drm_panthor_tiler_heap_create
 * @file: the file
 *
 * Return: 0, -EINVAL, -ENOMEM, -EBUSY, or -ENODEV.
 */
int pp_ioctl_tiler_heap_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_panthor_tiler_heap_create *args = data;
	struct pp_file *pfile = file->driver_priv;
	struct pp_tiler_heap_args heap = {
		.initial_chunks = args->initial_chunk_count,
		.chunk_size = args->chunk_size,
		.max_chunks = args->max_chunks,
		.target_in_flight = args->target_in_flight,
	};
	struct pp_vm *vm;
	int cookie, ret;

	if (!drm_dev_enter(drm, &cookie))
		return -ENODEV;
	vm = pp_vm_pool_get(pfile->vms, args->vm_id);
	if (!vm) {
		ret = -EINVAL;
		goto out;
	}
	ret = pp_tiler_heap_create(pfile->pp, vm, &heap, &args->tiler_heap_ctx_gpu_va,
				   &args->first_heap_chunk_gpu_va);
	if (ret >= 0) {
		args->handle = HEAP_HANDLE(args->vm_id, ret);
		ret = 0;
	}
	pp_vm_put(vm);
out:
	drm_dev_exit(cookie);
	return ret;
}

/**
 * pp_ioctl_tiler_heap_destroy() - DRM_IOCTL_PANTHOR_TILER_HEAP_DESTROY
 * @drm: the device
 * @data: &struct drm_panthor_tiler_heap_destroy
 * @file: the file
 *
 * Return: 0 or -EINVAL.
 */
int pp_ioctl_tiler_heap_destroy(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_panthor_tiler_heap_destroy *args = data;
	struct pp_file *pfile = file->driver_priv;
	struct pp_vm *vm;
	int ret;

	if (args->pad)
		return -EINVAL;
	vm = pp_vm_pool_get(pfile->vms, HEAP_VM(args->handle));
	if (!vm)
		return -EINVAL;
	ret = pp_tiler_heap_destroy(vm, HEAP_ID(args->handle));
	pp_vm_put(vm);
	return ret;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* VMs and tiler heaps. */
#include <linux/err.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>

#include "core/device.h"
#include "mem/tiler_heap.h"
#include "mmu/mmu.h"
#include "uapi/ioctl.h"

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
	/* In this order: once the VM is dead, no new heap can come. */
	pp_vm_get(vm);
	pp_vm_destroy(vm);
	pp_tiler_heap_pool_destroy(vm);
	pp_vm_put(vm);
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
 * Return: 0, -EINVAL or -ENOENT.
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

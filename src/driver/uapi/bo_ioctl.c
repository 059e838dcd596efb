// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Buffer objects. */
#include <linux/err.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>

#include "core/device.h"
#include "mem/bo.h"
#include "mmu/mmu.h"
#include "uapi/ioctl.h"

#define BO_FLAGS	(DRM_PANTHOR_BO_NO_MMAP | DRM_PANTHOR_BO_WB_MMAP)
#define BO_LABEL_MAX	4096	/* with its NUL */

static struct pp_bo *bo_lookup(struct drm_file *file, u32 handle)
{
	struct drm_gem_object *obj = drm_gem_object_lookup(file, handle);

	return obj ? to_pp_bo(obj) : NULL;
}

static int bo_create(struct pp_file *pfile, struct drm_file *file,
		     struct drm_panthor_bo_create *args)
{
	struct pp_vm *vm = NULL;
	struct pp_bo *bo;
	int ret;

	if (!args->size || args->size > SIZE_MAX - PAGE_SIZE || args->pad ||
	    args->flags & ~BO_FLAGS || args->flags == BO_FLAGS)
		return -EINVAL;
	if (args->exclusive_vm_id) {
		vm = pp_vm_pool_get(pfile->vms, args->exclusive_vm_id);
		if (!vm)
			return -EINVAL;
	}
	bo = pp_bo_create(pfile->pp, args->size, args->flags, vm);
	pp_vm_put(vm);
	if (IS_ERR(bo))
		return PTR_ERR(bo);

	args->size = bo->base.size;
	/* Whether it will ever be mapped or not: no address space is endless, this one neither. */
	ret = drm_gem_create_mmap_offset(&bo->base) ?:
	      drm_gem_handle_create(file, &bo->base, &args->handle);
	/* The handle has its own reference. */
	pp_bo_put(bo);
	return ret;
}

/**
 * pp_ioctl_bo_create() - DRM_IOCTL_PANTHOR_BO_CREATE
 * @drm: the device
 * @data: &struct drm_panthor_bo_create
 * @file: the file
 *
 * Return: 0, -EINVAL, -ENOMEM, -ENOSPC: larger than any mapping could be, or -ENODEV.
 */
int pp_ioctl_bo_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	int cookie, ret;

	if (!drm_dev_enter(drm, &cookie))
		return -ENODEV;
	ret = bo_create(file->driver_priv, file, data);
	drm_dev_exit(cookie);
	return ret;
}

/**
 * pp_ioctl_bo_mmap_offset() - DRM_IOCTL_PANTHOR_BO_MMAP_OFFSET
 * @drm: the device
 * @data: &struct drm_panthor_bo_mmap_offset
 * @file: the file
 *
 * Return: 0, -EINVAL, -ENOENT, -EPERM: the BO was made not to be mapped, -ENOSPC.
 */
int pp_ioctl_bo_mmap_offset(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_panthor_bo_mmap_offset *args = data;
	struct pp_bo *bo;
	int ret = -EPERM;

	if (args->pad)
		return -EINVAL;
	bo = bo_lookup(file, args->handle);
	if (!bo)
		return -ENOENT;
	if (!(bo->flags & DRM_PANTHOR_BO_NO_MMAP)) {
		ret = drm_gem_create_mmap_offset(&bo->base);
		if (!ret)
			args->offset = drm_vma_node_offset_addr(&bo->base.vma_node);
	}
	pp_bo_put(bo);
	return ret;
}

/**
 * pp_ioctl_bo_set_label() - DRM_IOCTL_PANTHOR_BO_SET_LABEL
 * @drm: the device
 * @data: &struct drm_panthor_bo_set_label
 * @file: the file
 *
 * Return: 0, -EINVAL, -ENOENT, -E2BIG: too long, -EFAULT, -ENOMEM.
 */
int pp_ioctl_bo_set_label(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_panthor_bo_set_label *args = data;
	char *label = NULL;
	struct pp_bo *bo;

	if (args->pad)
		return -EINVAL;
	bo = bo_lookup(file, args->handle);
	if (!bo)
		return -ENOENT;
	if (args->label)
		label = strndup_user(u64_to_user_ptr(args->label), BO_LABEL_MAX);
	if (!IS_ERR(label))
		pp_bo_set_label(bo, label);
	pp_bo_put(bo);
	/* strndup_user() calls it invalid. */
	return label == ERR_PTR(-EINVAL) ? -E2BIG : PTR_ERR_OR_ZERO(label);
}

/**
 * pp_ioctl_bo_sync() - DRM_IOCTL_PANTHOR_BO_SYNC
 * @drm: the device
 * @data: &struct drm_panthor_bo_sync
 * @file: the file
 *
 * Return: 0, -EINVAL, -ENOENT, -E2BIG, -EFAULT, -ENOMEM.
 */
int pp_ioctl_bo_sync(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_panthor_bo_sync *args = data;
	struct drm_panthor_bo_sync_op *ops;
	struct pp_bo *bo;
	int ret = 0;
	u32 i;

	ops = pp_uapi_get_array(&args->ops, PP_UAPI_MIN(struct drm_panthor_bo_sync_op, size),
				sizeof(*ops));
	if (IS_ERR(ops))
		return PTR_ERR(ops);
	for (i = 0; i < args->ops.count && !ret; i++) {
		bo = bo_lookup(file, ops[i].handle);
		if (!bo) {
			ret = -ENOENT;
			break;
		}
		ret = pp_bo_sync(bo, ops[i].type, ops[i].offset, ops[i].size);
		pp_bo_put(bo);
	}
	kvfree(ops);
	return ret;
}

/**
 * pp_ioctl_bo_query_info() - DRM_IOCTL_PANTHOR_BO_QUERY_INFO
 * @drm: the device
 * @data: &struct drm_panthor_bo_query_info
 * @file: the file
 *
 * Return: 0 or -ENOENT.
 */
int pp_ioctl_bo_query_info(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_panthor_bo_query_info *args = data;
	struct pp_bo *bo;

	bo = bo_lookup(file, args->handle);
	if (!bo)
		return -ENOENT;
	args->create_flags = bo->flags;
	args->extra_flags = bo->base.import_attach ? DRM_PANTHOR_BO_IS_IMPORTED : 0;
	args->pad = 0;
	pp_bo_put(bo);
	return 0;
}

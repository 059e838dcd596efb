// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What DRM and user space see of the driver: files, ioctls, mmap. */
#include <linux/cache.h>
#include <linux/compat.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>
#include <drm/drm_syncobj.h>

#include <panthor-protm/abi_check.h>

#include "compat/gem.h"
#include "compat/gpuvm.h"
#include "core/device.h"
#include "mem/bo.h"
#include "mem/tiler_heap.h"
#include "mmu/mmu.h"
#include "protm/protm.h"
#include "sched/sched.h"
#include "uapi/ioctl.h"

/**
 * pp_uapi_get_array() - copy an array of structures from user space
 * @in: where it is
 * @min: smallest element that user space may pass, bytes
 * @size: size of our element, bytes
 *
 * Elements that are smaller than ours are padded with zeros; what ours does not
 * have must be zero (kernel-api.md 2.4).
 *
 * Context: May sleep and allocates.
 * Return: the array, for kvfree(); NULL if it is empty; or ERR_PTR(): -EINVAL,
 * -E2BIG, -EFAULT, -ENOMEM.
 */
void *pp_uapi_get_array(const struct drm_panthor_obj_array *in, size_t min, size_t size)
{
	const char __user *src = u64_to_user_ptr(in->array);
	char *out;
	u32 i;
	int ret;

	if (!in->count)
		return NULL;
	if (in->stride < min)
		return ERR_PTR(-EINVAL);

	out = kvmalloc_array(in->count, size, GFP_KERNEL | __GFP_NOWARN);
	if (!out)
		return ERR_PTR(-ENOMEM);

	if (in->stride == size) {
		ret = copy_from_user(out, src, size * in->count) ? -EFAULT : 0;
	} else {
		for (i = 0, ret = 0; i < in->count && !ret; i++)
			ret = copy_struct_from_user(out + i * size, size,
						    src + (size_t)i * in->stride, in->stride);
	}
	if (ret) {
		kvfree(out);
		return ERR_PTR(ret);
	}
	return out;
}

static int sync_decode(const struct drm_panthor_sync_op *op, struct pp_sync *sync)
{
	u32 type = op->flags & DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_MASK;

	if (op->flags & ~(DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_MASK | DRM_PANTHOR_SYNC_OP_SIGNAL))
		return -EINVAL;
	if (type > DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_TIMELINE_SYNCOBJ)
		return -EINVAL;
	if (type == DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_SYNCOBJ && op->timeline_value)
		return -EINVAL;

	sync->handle = op->handle;
	sync->signal = op->flags & DRM_PANTHOR_SYNC_OP_SIGNAL;
	sync->point = op->timeline_value;
	return 0;
}

/**
 * pp_uapi_get_syncs() - copy and check sync operations
 * @in: where they are
 * @out: out: decoded, for kvfree(); NULL if there are none
 *
 * Context: May sleep and allocates.
 * Return: 0; or -EINVAL, -E2BIG, -EFAULT, -ENOMEM.
 */
int pp_uapi_get_syncs(const struct drm_panthor_obj_array *in, struct pp_sync **out)
{
	struct drm_panthor_sync_op *ops;
	struct pp_sync *syncs = NULL;
	int ret = 0;
	u32 i;

	*out = NULL;
	ops = pp_uapi_get_array(in, PP_UAPI_MIN(struct drm_panthor_sync_op, timeline_value),
				sizeof(*ops));
	if (IS_ERR_OR_NULL(ops))
		return PTR_ERR_OR_ZERO(ops);

	syncs = kvcalloc(in->count, sizeof(*syncs), GFP_KERNEL | __GFP_NOWARN);
	if (!syncs)
		ret = -ENOMEM;
	for (i = 0; i < in->count && !ret; i++)
		ret = sync_decode(&ops[i], &syncs[i]);
	kvfree(ops);
	if (ret)
		kvfree(syncs);
	else
		*out = syncs;
	return ret;
}

static int ioctl_set_user_mmio_offset(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_panthor_set_user_mmio_offset *args = data;
	struct pp_file *pfile = file->driver_priv;

	if (args->offset != DRM_PANTHOR_USER_MMIO_OFFSET_32BIT &&
	    args->offset != DRM_PANTHOR_USER_MMIO_OFFSET_64BIT)
		return -EINVAL;
	WRITE_ONCE(pfile->mmio_offset, args->offset);
	return 0;
}

static int uapi_open(struct drm_device *drm, struct drm_file *file)
{
	struct pp_file *pfile;

	pfile = kzalloc(sizeof(*pfile), GFP_KERNEL);
	if (!pfile)
		return -ENOMEM;
	pfile->pp = to_pp_device(drm);
	pfile->mmio_offset = DRM_PANTHOR_USER_MMIO_OFFSET;
	/* mmap2() of a 32-bit task cannot reach the other one. */
	if (in_compat_syscall())
		pfile->mmio_offset = DRM_PANTHOR_USER_MMIO_OFFSET_32BIT;

	pfile->vms = pp_vm_pool_create();
	if (!pfile->vms)
		goto err_free;
	pfile->groups = pp_group_pool_create();
	if (!pfile->groups)
		goto err_vms;
	file->driver_priv = pfile;
	return 0;

err_vms:
	pp_vm_pool_destroy(pfile->pp, pfile->vms);
err_free:
	kfree(pfile);
	return -ENOMEM;
}

static void uapi_postclose(struct drm_device *drm, struct drm_file *file)
{
	struct pp_file *pfile = file->driver_priv;

	pp_group_pool_destroy(pfile->groups);
	pp_vm_pool_for_each(pfile->vms, pp_tiler_heap_pool_destroy);
	pp_vm_pool_destroy(pfile->pp, pfile->vms);
	kfree(pfile);
}

static int uapi_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct drm_file *file = filp->private_data;
	struct pp_file *pfile = file->driver_priv;
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
	u64 mmio = READ_ONCE(pfile->mmio_offset);
	int cookie, ret;

	if (!drm_dev_enter(&pfile->pp->drm, &cookie))
		return -ENODEV;
	if (offset == mmio)
		ret = pp_device_mmap_io(pfile->pp, vma);
	else if (offset > mmio)
		ret = -EINVAL;
	else
		ret = drm_gem_mmap(filp, vma);
	drm_dev_exit(cookie);
	return ret;
}

static const struct file_operations uapi_fops = {
	.owner = THIS_MODULE,
	.open = drm_open,
	.release = drm_release,
	.unlocked_ioctl = drm_ioctl,
	.compat_ioctl = drm_compat_ioctl,
	.poll = drm_poll,
	.read = drm_read,
	.llseek = noop_llseek,
	.mmap = uapi_mmap,
	.get_unmapped_area = PP_COMPAT_GEM_GET_UNMAPPED_AREA,
	.show_fdinfo = drm_show_fdinfo,
	.fop_flags = FOP_UNSIGNED_OFFSET,
};

#define UAPI_IOCTL(name, fn) DRM_IOCTL_DEF_DRV(PANTHOR_##name, fn, DRM_RENDER_ALLOW)

static const struct drm_ioctl_desc uapi_ioctls[] = {
	UAPI_IOCTL(DEV_QUERY, pp_ioctl_dev_query),
	UAPI_IOCTL(VM_CREATE, pp_ioctl_vm_create),
	UAPI_IOCTL(VM_DESTROY, pp_ioctl_vm_destroy),
	UAPI_IOCTL(VM_BIND, pp_ioctl_vm_bind),
	UAPI_IOCTL(VM_GET_STATE, pp_ioctl_vm_get_state),
	UAPI_IOCTL(BO_CREATE, pp_ioctl_bo_create),
	UAPI_IOCTL(BO_MMAP_OFFSET, pp_ioctl_bo_mmap_offset),
	UAPI_IOCTL(GROUP_CREATE, pp_ioctl_group_create),
	UAPI_IOCTL(GROUP_DESTROY, pp_ioctl_group_destroy),
	UAPI_IOCTL(GROUP_SUBMIT, pp_ioctl_group_submit),
	UAPI_IOCTL(GROUP_GET_STATE, pp_ioctl_group_get_state),
	UAPI_IOCTL(TILER_HEAP_CREATE, pp_ioctl_tiler_heap_create),
	UAPI_IOCTL(TILER_HEAP_DESTROY, pp_ioctl_tiler_heap_destroy),
	UAPI_IOCTL(BO_SET_LABEL, pp_ioctl_bo_set_label),
	UAPI_IOCTL(SET_USER_MMIO_OFFSET, ioctl_set_user_mmio_offset),
	UAPI_IOCTL(BO_SYNC, pp_ioctl_bo_sync),
	UAPI_IOCTL(BO_QUERY_INFO, pp_ioctl_bo_query_info),
};

static void uapi_debugfs_init(struct drm_minor *minor)
{
	pp_mem_debugfs_init(minor);
	pp_protm_debugfs_minor(minor);
}

/**
 * DOC: name and version
 *
 * Name and major number are stock's, since that is what Mesa looks for. The minor
 * number is stock's too: each means a set of features, all of which must be
 * there; numbers beyond are upstream's to give. Protected mode is found by its
 * query.
 *
 * The public patch series took the next number and the next query for it.
 * Programs that were written for that get both with series_uapi=1, moved behind
 * what upstream has given away since.
 */
struct drm_driver pp_drm_driver __ro_after_init = {
	.driver_features = DRIVER_RENDER | DRIVER_GEM | DRIVER_SYNCOBJ |
			   DRIVER_SYNCOBJ_TIMELINE | PP_COMPAT_DRIVER_GEM_GPUVA,
	.open = uapi_open,
	.postclose = uapi_postclose,
	.debugfs_init = uapi_debugfs_init,
	.show_fdinfo = pp_uapi_show_fdinfo,
	.ioctls = uapi_ioctls,
	.num_ioctls = ARRAY_SIZE(uapi_ioctls),
	.fops = &uapi_fops,
	.name = "panthor",
	.desc = "Mali CSF GPU with protected mode",
	.major = 1,
	.minor = 9,
	.gem_prime_import = pp_bo_prime_import,
	.gem_prime_import_sg_table = pp_bo_import_sg_table,
};

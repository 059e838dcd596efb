// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* VM_BIND: at once, or as jobs. */
#include <linux/build_bug.h>
#include <linux/err.h>

#include <drm/drm_drv.h>
#include <drm/drm_exec.h>
#include <drm/drm_file.h>

#include "core/device.h"
#include "core/syncs.h"
#include "mem/bo.h"
#include "mmu/mmu.h"
#include "sched/sched.h"
#include "uapi/ioctl.h"

/* The uAPI's map flags and the rooms' are the same bits, so that they pass as they are. */
static_assert(PP_VM_MAP_READONLY == DRM_PANTHOR_VM_BIND_OP_MAP_READONLY);
static_assert(PP_VM_MAP_NOEXEC == DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC);
static_assert(PP_VM_MAP_UNCACHED == DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED);
static_assert(PP_VM_MAP_SPARSE == DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE);

#define TYPE_MASK	((u32)DRM_PANTHOR_VM_BIND_OP_TYPE_MASK)
#define MAP_FLAGS	(PP_VM_MAP_READONLY | PP_VM_MAP_NOEXEC | PP_VM_MAP_UNCACHED | \
			 PP_VM_MAP_SPARSE)

static int decode_map(struct drm_file *file, const struct drm_panthor_vm_bind_op *op,
		      struct pp_vm_bind *bind)
{
	struct drm_gem_object *obj;

	bind->type = PP_VM_BIND_MAP;
	bind->flags = op->flags & ~TYPE_MASK;
	if (bind->flags & ~MAP_FLAGS)
		return -EINVAL;
	if (bind->flags & PP_VM_MAP_SPARSE)
		return op->bo_handle ? -EINVAL : 0;

	obj = drm_gem_object_lookup(file, op->bo_handle);
	if (!obj)
		return -EINVAL;
	bind->bo = to_pp_bo(obj);
	return 0;
}

/* A step that maps or unmaps; *bind holds a reference to its buffer. */
static int decode(struct drm_file *file, const struct drm_panthor_vm_bind_op *op,
		  struct pp_vm_bind *bind)
{
	*bind = (struct pp_vm_bind) {
		.offset = op->bo_offset, .va = op->va, .size = op->size,
	};

	switch (op->flags & TYPE_MASK) {
	case DRM_PANTHOR_VM_BIND_OP_TYPE_MAP:
		return decode_map(file, op, bind);
	case DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP:
		bind->type = PP_VM_BIND_UNMAP;
		return op->flags & ~TYPE_MASK || op->bo_handle ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

/* --- at once --- */

static int step_sync(struct drm_file *file, struct pp_vm *vm,
		     const struct drm_panthor_vm_bind_op *op)
{
	struct pp_vm_bind bind;
	int ret;

	/* Sync objects are for asynchronous binds. */
	if (op->syncs.count)
		return -EINVAL;
	/* As in stock, before anything else is looked at. */
	if (!op->size)
		return 0;
	ret = decode(file, op, &bind);
	if (ret)
		return ret;
	ret = pp_vm_bind_sync(vm, &bind);
	pp_bo_put(bind.bo);
	return ret;
}

static int bind_sync(struct drm_file *file, struct pp_vm *vm,
		     const struct drm_panthor_vm_bind_op *ops, u32 *count)
{
	int ret = 0;
	u32 i;

	for (i = 0; i < *count; i++) {
		ret = step_sync(file, vm, &ops[i]);
		if (ret) {
			/* Which one it was. */
			*count = i;
			break;
		}
	}
	return ret;
}

/* --- as jobs --- */

/**
 * struct bind_batch - the jobs of one call
 * @jobs: those that were made; the caller's until all are pushed
 * @ops: sync operations of each
 * @op_counts: of each of @ops
 * @count: of @jobs
 * @pushed: they are not ours any more
 * @syncs: what they signal
 */
struct bind_batch {
	struct pp_bind_job **jobs;
	struct pp_sync **ops;
	u32 *op_counts;
	u32 count;
	bool pushed;
	struct pp_syncs syncs;
};

static bool is_sync_only(const struct drm_panthor_vm_bind_op *op)
{
	return (op->flags & TYPE_MASK) == DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY;
}

static struct pp_bind_job *step_job(struct drm_file *file, struct pp_vm *vm,
				    const struct drm_panthor_vm_bind_op *op)
{
	struct pp_bind_job *job;
	struct pp_vm_bind bind;
	int ret;

	if (is_sync_only(op)) {
		if (op->flags & ~TYPE_MASK || op->bo_handle || op->bo_offset || op->va ||
		    op->size || !op->syncs.count)
			return ERR_PTR(-EINVAL);
		return pp_bind_job_create(vm, NULL, file->client_id);
	}
	ret = decode(file, op, &bind);
	if (ret)
		return ERR_PTR(ret);
	job = pp_bind_job_create(vm, &bind, file->client_id);
	pp_bo_put(bind.bo);
	return job;
}

/* Jobs of a VM run in order, so that a wait for an earlier one needs no fence. */
static int job_waits(const struct pp_syncs *syncs, struct pp_bind_job *job,
		     const struct pp_sync *ops, u32 count)
{
	struct dma_fence *fence;
	int ret = 0;
	u32 i;

	for (i = 0; i < count && !ret; i++) {
		if (ops[i].signal || pp_syncs_has(syncs, &ops[i]))
			continue;
		ret = pp_syncs_wait(syncs, &ops[i], &fence);
		ret = ret ?: pp_bind_job_wait_for(job, fence);
	}
	return ret;
}

static int batch_add(struct bind_batch *batch, struct drm_file *file, struct pp_vm *vm,
		     const struct drm_panthor_vm_bind_op *op)
{
	u32 i = batch->count, count = op->syncs.count;
	struct pp_bind_job *job;
	int ret;

	job = step_job(file, vm, op);
	if (IS_ERR(job))
		return PTR_ERR(job);
	batch->jobs[i] = job;
	batch->count++;

	ret = pp_uapi_get_syncs(&op->syncs, &batch->ops[i]);
	if (ret)
		return ret;
	batch->op_counts[i] = count;
	/* Signals only after waits: a job does not wait for itself. */
	ret = job_waits(&batch->syncs, job, batch->ops[i], count);
	return ret ?: pp_syncs_add_signals(&batch->syncs, batch->ops[i], count);
}

/* Once everything is locked, nothing can fail. */
static int batch_push(struct bind_batch *batch)
{
	struct dma_fence *fence;
	struct drm_exec exec;
	int ret = 0;
	u32 i;

	drm_exec_init(&exec, DRM_EXEC_INTERRUPTIBLE_WAIT | DRM_EXEC_IGNORE_DUPLICATES, 0);
	drm_exec_until_all_locked(&exec) {
		ret = pp_bind_jobs_lock(batch->jobs, batch->count, &exec);
		drm_exec_retry_on_contention(&exec);
		if (ret)
			break;
	}
	for (i = 0; i < batch->count && !ret; i++) {
		fence = pp_bind_job_push(batch->jobs[i], &exec);
		pp_syncs_note(&batch->syncs, batch->ops[i], batch->op_counts[i], fence);
		dma_fence_put(fence);
	}
	if (!ret)
		pp_syncs_publish(&batch->syncs);
	batch->pushed = !ret;
	drm_exec_fini(&exec);
	return ret;
}

static int batch_init(struct bind_batch *batch, struct drm_file *file, u32 count)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;

	pp_syncs_init(&batch->syncs, file);
	batch->jobs = kvcalloc(count, sizeof(*batch->jobs), gfp);
	batch->ops = kvcalloc(count, sizeof(*batch->ops), gfp);
	batch->op_counts = kvcalloc(count, sizeof(*batch->op_counts), gfp);
	return batch->jobs && batch->ops && batch->op_counts ? 0 : -ENOMEM;
}

static void batch_fini(struct bind_batch *batch)
{
	while (batch->count--) {
		if (!batch->pushed)
			pp_bind_job_cancel(batch->jobs[batch->count]);
		kvfree(batch->ops[batch->count]);
	}
	pp_syncs_fini(&batch->syncs);
	kvfree(batch->op_counts);
	kvfree(batch->ops);
	kvfree(batch->jobs);
}

static int bind_async(struct drm_file *file, struct pp_vm *vm,
		      const struct drm_panthor_vm_bind_op *ops, u32 count)
{
	struct bind_batch batch = {};
	int ret;
	u32 i;

	if (!count)
		return 0;
	ret = batch_init(&batch, file, count);
	for (i = 0; i < count && !ret; i++)
		ret = batch_add(&batch, file, vm, &ops[i]);
	if (!ret)
		ret = batch_push(&batch);
	batch_fini(&batch);
	return ret;
}

static int vm_bind(struct drm_file *file, struct drm_panthor_vm_bind *args)
{
	struct pp_file *pfile = file->driver_priv;
	struct drm_panthor_vm_bind_op *ops;
	struct pp_vm *vm;
	int ret;

	vm = pp_vm_pool_get(pfile->vms, args->vm_id);
	if (!vm)
		return -EINVAL;
	ops = pp_uapi_get_array(&args->ops, PP_UAPI_MIN(struct drm_panthor_vm_bind_op, syncs),
				sizeof(*ops));
	if (IS_ERR(ops)) {
		ret = PTR_ERR(ops);
		goto out;
	}
	if (args->flags & DRM_PANTHOR_VM_BIND_ASYNC)
		ret = bind_async(file, vm, ops, args->ops.count);
	else
		ret = bind_sync(file, vm, ops, &args->ops.count);
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
 * Context: May sleep, also until a session is over unless asynchronous.
 * Return: 0; -EINVAL, -ENOMEM, -ENODEV, -EFAULT, -E2BIG, -EINTR, or the error of an
 * exporter or of a sync object.
 */
int pp_ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_panthor_vm_bind *args = data;
	int cookie, ret;

	/* Other flags are ignored, as stock does since 1.0. */
	if (!drm_dev_enter(drm, &cookie))
		return -ENODEV;
	ret = vm_bind(file, args);
	drm_dev_exit(cookie);
	return ret;
}

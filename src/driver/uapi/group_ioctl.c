// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Groups and their jobs. */
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/sizes.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>

#include "core/device.h"
#include "fw/fw.h"
#include "mmu/mmu.h"
#include "sched/sched.h"
#include "uapi/ioctl.h"

#define GROUP_FLAGS		DRM_PANTHOR_GROUP_FEATURE_PROTM
#define QUEUE_PRIORITY_MAX	15
#define STREAM_ADDR_BITS	48	/* what an instruction can hold */

static int cores_check(u64 mask, u64 present, u8 max)
{
	return mask & ~present || hweight64(mask) < max ? -EINVAL : 0;
}

static int group_decode(struct pp_file *pfile, const struct drm_panthor_group_create *in,
			struct pp_group_args *out)
{
	const struct pp_gpu_info *info = &pfile->pp->info;
	int ret;

	if (in->flags & ~GROUP_FLAGS)
		return -EINVAL;
	ret = cores_check(in->compute_core_mask, info->shader_present, in->max_compute_cores);
	ret = ret ?: cores_check(in->fragment_core_mask, info->shader_present,
				 in->max_fragment_cores);
	ret = ret ?: cores_check(in->tiler_core_mask, info->tiler_present, in->max_tiler_cores);
	if (ret)
		return ret;

	*out = (struct pp_group_args) {
		.max_compute_cores = in->max_compute_cores,
		.max_fragment_cores = in->max_fragment_cores,
		.max_tiler_cores = in->max_tiler_cores,
		.priority = in->priority,
		.compute_core_mask = in->compute_core_mask,
		.fragment_core_mask = in->fragment_core_mask,
		.tiler_core_mask = in->tiler_core_mask,
		.protm = in->flags & DRM_PANTHOR_GROUP_FEATURE_PROTM,
		.queue_count = in->queues.count,
	};
	return 0;
}

static int queue_decode(const struct drm_panthor_queue_create *in, struct pp_queue_args *out)
{
	if (memchr_inv(in->pad, 0, sizeof(in->pad)) || in->priority > QUEUE_PRIORITY_MAX)
		return -EINVAL;
	if (in->ringbuf_size < SZ_4K || in->ringbuf_size > SZ_64K ||
	    !is_power_of_2(in->ringbuf_size))
		return -EINVAL;
	out->priority = in->priority;
	out->ringbuf_size = in->ringbuf_size;
	return 0;
}

static int queues_decode(const struct drm_panthor_obj_array *in, struct pp_queue_args *out)
{
	struct drm_panthor_queue_create *queues;
	int ret = 0;
	u32 i;

	queues = pp_uapi_get_array(in, PP_UAPI_MIN(struct drm_panthor_queue_create, ringbuf_size),
				   sizeof(*queues));
	if (IS_ERR(queues))
		return PTR_ERR(queues);
	for (i = 0; i < in->count && !ret; i++)
		ret = queue_decode(&queues[i], &out[i]);
	kvfree(queues);
	return ret;
}

/**
 * pp_ioctl_group_create() - DRM_IOCTL_PANTHOR_GROUP_CREATE
 * @drm: the device
 * @data: &struct drm_panthor_group_create
 * @file: the file
 *
 * Not within drm_dev_enter(): the first protected group may bring a reset, and
 * one that fails unplugs the device, which waits for such sections.
 *
 * Context: May sleep, for a reset if it is the first protected group.
 * Return: 0, -EINVAL, -EACCES, -ENOMEM, -ENODEV, -EFAULT, -E2BIG, and what
 * pp_group_create() adds.
 */
int pp_ioctl_group_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_panthor_group_create *args = data;
	struct pp_file *pfile = file->driver_priv;
	struct pp_queue_args queues[PP_FW_MAX_CS];
	struct pp_group_args group;
	struct pp_vm *vm;
	int ret;

	if (drm_dev_is_unplugged(drm))
		return -ENODEV;
	if (!args->queues.count || args->queues.count > ARRAY_SIZE(queues))
		return -EINVAL;
	ret = queues_decode(&args->queues, queues);
	ret = ret ?: pp_uapi_priority_permit(file, args->priority);
	ret = ret ?: group_decode(pfile, args, &group);
	if (ret)
		return ret;
	if (group.queue_count > pp_fw_info(pfile->pp)->cs_count)
		return -EINVAL;
	group.queues = queues;

	vm = pp_vm_pool_get(pfile->vms, args->vm_id);
	if (!vm)
		return -EINVAL;
	ret = pp_group_create(pfile->pp, pfile->groups, vm, &group);
	pp_vm_put(vm);
	if (ret < 0)
		return ret;
	args->group_handle = ret;
	return 0;
}

/**
 * pp_ioctl_group_destroy() - DRM_IOCTL_PANTHOR_GROUP_DESTROY
 * @drm: the device
 * @data: &struct drm_panthor_group_destroy
 * @file: the file
 *
 * Return: 0 or -EINVAL.
 */
int pp_ioctl_group_destroy(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_panthor_group_destroy *args = data;
	struct pp_file *pfile = file->driver_priv;

	if (args->pad)
		return -EINVAL;
	return pp_group_destroy(pfile->groups, args->group_handle);
}

/**
 * pp_ioctl_group_get_state() - DRM_IOCTL_PANTHOR_GROUP_GET_STATE
 * @drm: the device
 * @data: &struct drm_panthor_group_get_state
 * @file: the file
 *
 * Return: 0 or -EINVAL.
 */
int pp_ioctl_group_get_state(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_panthor_group_get_state *args = data;
	struct pp_file *pfile = file->driver_priv;
	u32 state, fatal;
	int ret;

	if (args->pad)
		return -EINVAL;
	ret = pp_group_get_state(pfile->groups, args->group_handle, &state, &fatal);
	if (ret)
		return ret;
	args->state = state;
	args->fatal_queues = fatal;
	return 0;
}

static int submit_decode(const struct drm_panthor_queue_submit *in, struct pp_submit *out)
{
	struct pp_sync *syncs;
	int ret;

	/* Rules and alignment: csf.md 3.1, kernel-api.md 2.4. */
	if (in->pad || !in->stream_size != !in->stream_addr ||
	    !IS_ALIGNED(in->stream_addr, 64) || !IS_ALIGNED(in->stream_size, 8) ||
	    in->stream_addr >> STREAM_ADDR_BITS || in->latest_flush & GENMASK(30, 24))
		return -EINVAL;
	ret = pp_uapi_get_syncs(&in->syncs, &syncs);
	if (ret)
		return ret;
	*out = (struct pp_submit) {
		.queue_index = in->queue_index,
		.stream_size = in->stream_size,
		.latest_flush = in->latest_flush,
		.stream_addr = in->stream_addr,
		.sync_count = in->syncs.count,
		.syncs = syncs,
	};
	return 0;
}

static void submits_free(struct pp_submit *submits, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		kvfree(submits[i].syncs);
	kvfree(submits);
}

static int submits_decode(const struct drm_panthor_obj_array *in, struct pp_submit **out)
{
	struct drm_panthor_queue_submit *jobs;
	struct pp_submit *submits;
	int ret = 0;
	u32 i;

	jobs = pp_uapi_get_array(in, PP_UAPI_MIN(struct drm_panthor_queue_submit, syncs),
				 sizeof(*jobs));
	if (IS_ERR(jobs))
		return PTR_ERR(jobs);
	submits = kvcalloc(in->count, sizeof(*submits), GFP_KERNEL | __GFP_NOWARN);
	if (!submits)
		ret = -ENOMEM;
	for (i = 0; i < in->count && !ret; i++)
		ret = submit_decode(&jobs[i], &submits[i]);
	kvfree(jobs);
	if (ret && submits)
		submits_free(submits, in->count);
	else
		*out = submits;
	return ret;
}

/**
 * pp_ioctl_group_submit() - DRM_IOCTL_PANTHOR_GROUP_SUBMIT
 * @drm: the device
 * @data: &struct drm_panthor_group_submit
 * @file: the file
 *
 * Return: 0, -EINVAL, -ENOMEM, -ENODEV, -EFAULT, -E2BIG, and what
 * pp_group_submit() adds.
 */
int pp_ioctl_group_submit(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_panthor_group_submit *args = data;
	struct pp_file *pfile = file->driver_priv;
	struct pp_submit *submits;
	int cookie, ret = 0;

	if (args->pad)
		return -EINVAL;
	if (!drm_dev_enter(drm, &cookie))
		return -ENODEV;
	if (!args->queue_submits.count)
		goto out;
	ret = submits_decode(&args->queue_submits, &submits);
	if (ret)
		goto out;
	ret = pp_group_submit(pfile->pp, pfile->groups, file, args->group_handle, submits,
			      args->queue_submits.count);
	submits_free(submits, args->queue_submits.count);
out:
	drm_dev_exit(cookie);
	return ret;
}

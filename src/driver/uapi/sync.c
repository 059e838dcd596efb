// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Sync objects of a batch of binds.
 *
 * Everything that can fail (looking up, allocating) comes first, so that pushing
 * jobs cannot: pp_uapi_sync_prepare() before, pp_uapi_sync_publish() after.
 */
#include <linux/dma-fence-chain.h>
#include <linux/err.h>

#include <drm/drm_file.h>
#include <drm/drm_syncobj.h>

#include "mmu/mmu.h"
#include "sched/sched.h"
#include "uapi/ioctl.h"
#include "uapi/sync.h"

static void signal_free(struct pp_uapi_signal *signal)
{
	if (signal->syncobj)
		drm_syncobj_put(signal->syncobj);
	dma_fence_chain_free(signal->chain);
	kfree(signal);
}

static int signal_add(struct pp_uapi_syncs *syncs, struct drm_file *file, unsigned int job,
		      const struct pp_sync *sync)
{
	struct pp_uapi_signal *signal;

	signal = kzalloc(sizeof(*signal), GFP_KERNEL);
	if (!signal)
		return -ENOMEM;
	list_add_tail(&signal->node, &syncs->signals);
	signal->job = job;
	signal->handle = sync->handle;
	signal->point = sync->point;
	signal->syncobj = drm_syncobj_find(file, sync->handle);
	if (!signal->syncobj)
		return -EINVAL;
	/* Point 0 is a binary signal, whatever the type says. */
	if (!sync->point)
		return 0;
	signal->chain = dma_fence_chain_alloc();
	return signal->chain ? 0 : -ENOMEM;
}

/* Is it what an earlier job of this batch signals? They run in order, so that needs no wait. */
static bool wait_is_ours(const struct pp_uapi_syncs *syncs, const struct pp_sync *sync)
{
	struct pp_uapi_signal *signal;

	list_for_each_entry(signal, &syncs->signals, node)
		if (signal->handle == sync->handle && signal->point == sync->point)
			return true;
	return false;
}

static int wait_add(struct drm_file *file, const struct pp_sync *sync, struct pp_bind_job *job)
{
	struct dma_fence *fence;
	int ret;

	ret = drm_syncobj_find_fence(file, sync->handle, sync->point, 0, &fence);
	return ret ?: pp_bind_job_wait_for(job, fence);
}

/**
 * pp_uapi_sync_init() - nothing to wait for or to signal yet
 * @syncs: to initialise
 */
void pp_uapi_sync_init(struct pp_uapi_syncs *syncs)
{
	INIT_LIST_HEAD(&syncs->signals);
}

/**
 * pp_uapi_sync_prepare() - the sync operations of one job
 * @syncs: those of the batch
 * @file: whose handles they are
 * @index: number of the job in the batch; called in this order
 * @job: the job
 * @in: its operations
 * @count: how many
 *
 * Context: May sleep and allocates.
 * Return: 0, -EINVAL, -ENOENT, -ENOMEM, or what drm_syncobj_find_fence() says.
 */
int pp_uapi_sync_prepare(struct pp_uapi_syncs *syncs, struct drm_file *file, unsigned int index,
			 struct pp_bind_job *job, const struct pp_sync *in, unsigned int count)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < count && !ret; i++)
		if (!in[i].signal && !wait_is_ours(syncs, &in[i]))
			ret = wait_add(file, &in[i], job);
	/* Only now: a job does not wait for itself. */
	for (i = 0; i < count && !ret; i++)
		if (in[i].signal)
			ret = signal_add(syncs, file, index, &in[i]);
	return ret;
}

/**
 * pp_uapi_sync_publish() - a job was pushed
 * @syncs: those of the batch
 * @index: number of the job
 * @fence: its fence
 */
void pp_uapi_sync_publish(struct pp_uapi_syncs *syncs, unsigned int index, struct dma_fence *fence)
{
	struct pp_uapi_signal *signal;

	list_for_each_entry(signal, &syncs->signals, node) {
		if (signal->job != index)
			continue;
		if (signal->chain)
			drm_syncobj_add_point(signal->syncobj, signal->chain, fence,
					      signal->point);
		else
			drm_syncobj_replace_fence(signal->syncobj, fence);
		/* The sync object has it now. */
		signal->chain = NULL;
	}
}

/**
 * pp_uapi_sync_fini() - the batch is over, pushed or not
 * @syncs: its sync operations
 */
void pp_uapi_sync_fini(struct pp_uapi_syncs *syncs)
{
	struct pp_uapi_signal *signal, *next;

	list_for_each_entry_safe(signal, next, &syncs->signals, node)
		signal_free(signal);
	INIT_LIST_HEAD(&syncs->signals);
}

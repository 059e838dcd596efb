// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Sync objects of a batch of jobs. */
#include <linux/dma-fence-chain.h>
#include <linux/err.h>
#include <linux/slab.h>

#include <drm/drm_file.h>
#include <drm/drm_syncobj.h>

#include "core/syncs.h"

/**
 * struct signal - an object, or a point of one, that the batch signals
 * @node: in &struct pp_syncs.signals
 * @handle: as user space named it
 * @point: of a timeline, or 0
 * @syncobj: referenced
 * @chain: for the point; goes to @syncobj when published
 * @fence: of the last job so far that signals it, referenced, or NULL
 */
struct signal {
	struct list_head node;
	u32 handle;
	u64 point;
	struct drm_syncobj *syncobj;
	struct dma_fence_chain *chain;
	struct dma_fence *fence;
};

static struct signal *signal_find(const struct pp_syncs *s, const struct pp_sync *op)
{
	struct signal *signal;

	list_for_each_entry(signal, &s->signals, node) {
		if (signal->handle == op->handle && signal->point == op->point)
			return signal;
	}
	return NULL;
}

static void signal_free(struct signal *signal)
{
	dma_fence_put(signal->fence);
	dma_fence_chain_free(signal->chain);
	if (signal->syncobj)
		drm_syncobj_put(signal->syncobj);
	kfree(signal);
}

static int signal_add(struct pp_syncs *s, const struct pp_sync *op)
{
	struct signal *signal;

	signal = kzalloc(sizeof(*signal), GFP_KERNEL);
	if (!signal)
		return -ENOMEM;
	list_add_tail(&signal->node, &s->signals);
	signal->handle = op->handle;
	signal->point = op->point;
	signal->syncobj = drm_syncobj_find(s->file, op->handle);
	if (!signal->syncobj)
		return -EINVAL;
	if (!op->point)
		return 0;
	signal->chain = dma_fence_chain_alloc();
	return signal->chain ? 0 : -ENOMEM;
}

/**
 * pp_syncs_init() - nothing to signal yet
 * @s: of a batch
 * @file: whose handles are meant
 */
void pp_syncs_init(struct pp_syncs *s, struct drm_file *file)
{
	s->file = file;
	INIT_LIST_HEAD(&s->signals);
}

/**
 * pp_syncs_fini() - the batch is over, queued or not
 * @s: of the batch
 *
 * Context: May sleep.
 */
void pp_syncs_fini(struct pp_syncs *s)
{
	struct signal *signal, *next;

	list_for_each_entry_safe(signal, next, &s->signals, node)
		signal_free(signal);
	INIT_LIST_HEAD(&s->signals);
}

/**
 * pp_syncs_add_signals() - a job will signal these
 * @s: of the batch
 * @ops: of the job; those that wait are passed over
 * @count: of @ops
 *
 * Context: May sleep and allocates.
 * Return: 0; -EINVAL: no such sync object; -ENOMEM.
 */
int pp_syncs_add_signals(struct pp_syncs *s, const struct pp_sync *ops, unsigned int count)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < count && !ret; i++) {
		if (ops[i].signal && !signal_find(s, &ops[i]))
			ret = signal_add(s, &ops[i]);
	}
	return ret;
}

/**
 * pp_syncs_has() - does a job of this batch signal what is waited for?
 * @s: of the batch
 * @wait: operation of a later job
 *
 * Return: true if a job whose signals were added does.
 */
bool pp_syncs_has(const struct pp_syncs *s, const struct pp_sync *wait)
{
	return signal_find(s, wait);
}

/**
 * pp_syncs_wait() - what a job has to wait for
 * @s: of the batch
 * @wait: operation of the job
 * @fence: out: referenced; of an earlier job of the batch if one was noted, else
 *	the sync object's
 *
 * Context: May sleep.
 * Return: 0, or what drm_syncobj_find_fence() says.
 */
int pp_syncs_wait(const struct pp_syncs *s, const struct pp_sync *wait, struct dma_fence **fence)
{
	const struct signal *signal = signal_find(s, wait);

	if (signal && signal->fence) {
		*fence = dma_fence_get(signal->fence);
		return 0;
	}
	return drm_syncobj_find_fence(s->file, wait->handle, wait->point, 0, fence);
}

/**
 * pp_syncs_note() - a job has its fence
 * @s: of the batch
 * @ops: of the job, whose signals were added
 * @count: of @ops
 * @fence: of the job; gets referenced
 *
 * Context: Any.
 */
void pp_syncs_note(struct pp_syncs *s, const struct pp_sync *ops, unsigned int count,
		   struct dma_fence *fence)
{
	struct signal *signal;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (!ops[i].signal)
			continue;
		signal = signal_find(s, &ops[i]);
		dma_fence_put(signal->fence);
		signal->fence = dma_fence_get(fence);
	}
}

/**
 * pp_syncs_publish() - put the fences into the sync objects
 * @s: of a batch whose jobs all have fences that were noted
 *
 * Each object gets the fence of the last job that signals it.
 *
 * Context: May sleep.
 */
void pp_syncs_publish(struct pp_syncs *s)
{
	struct signal *signal;

	list_for_each_entry(signal, &s->signals, node) {
		if (signal->chain)
			drm_syncobj_add_point(signal->syncobj, signal->chain, signal->fence,
					      signal->point);
		else
			drm_syncobj_replace_fence(signal->syncobj, signal->fence);
		/* The sync object has it now. */
		signal->chain = NULL;
	}
}

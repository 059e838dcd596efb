/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Sync objects of a batch of binds. */
#ifndef PP_UAPI_SYNC_H
#define PP_UAPI_SYNC_H

#include <linux/list.h>
#include <linux/types.h>

struct dma_fence;
struct dma_fence_chain;
struct drm_file;
struct drm_syncobj;
struct pp_bind_job;
struct pp_sync;

/**
 * struct pp_uapi_signal - one sync object to be signalled
 * @node: in &struct pp_uapi_syncs.signals
 * @job: number of the job in the batch
 * @handle: as user space named it
 * @point: of a timeline, or 0
 * @syncobj: referenced
 * @chain: for the point, or NULL
 */
struct pp_uapi_signal {
	struct list_head node;
	unsigned int job;
	u32 handle;
	u64 point;
	struct drm_syncobj *syncobj;
	struct dma_fence_chain *chain;
};

/* All of a batch. */
struct pp_uapi_syncs {
	struct list_head signals;	/* in the order of jobs */
};

void pp_uapi_sync_init(struct pp_uapi_syncs *syncs);
int pp_uapi_sync_prepare(struct pp_uapi_syncs *syncs, struct drm_file *file, unsigned int index,
			 struct pp_bind_job *job, const struct pp_sync *in, unsigned int count);
void pp_uapi_sync_publish(struct pp_uapi_syncs *syncs, unsigned int index,
			  struct dma_fence *fence);
void pp_uapi_sync_fini(struct pp_uapi_syncs *syncs);

#endif

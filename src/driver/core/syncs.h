/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Sync objects of a batch of jobs, whatever kind of jobs: streams or binds.
 *
 * A batch is queued as a whole or not at all. So what can fail comes first
 * (looking objects up, allocating); publishing the fences cannot fail. A job may
 * wait for what an earlier job of its own batch signals.
 *
 * Part of room core; takes no lock, calls DRM only.
 */
#ifndef PP_CORE_SYNCS_H
#define PP_CORE_SYNCS_H

#include <linux/list.h>
#include <linux/types.h>

struct dma_fence;
struct drm_file;

/**
 * struct pp_sync - one operation, checked
 * @handle: of the sync object, as user space named it
 * @signal: signal it; else wait for it
 * @point: of a timeline; 0 for a binary signal, whatever the type says
 */
struct pp_sync {
	u32 handle;
	bool signal;
	u64 point;
};

/**
 * struct pp_syncs - what a batch signals
 * @file: whose handles they are
 * @signals: one entry for each object and point
 */
struct pp_syncs {
	struct drm_file *file;
	struct list_head signals;
};

void pp_syncs_init(struct pp_syncs *s, struct drm_file *file);
void pp_syncs_fini(struct pp_syncs *s);

/* Before any job is queued, in the order of jobs. */
int pp_syncs_add_signals(struct pp_syncs *s, const struct pp_sync *ops, unsigned int count);
bool pp_syncs_has(const struct pp_syncs *s, const struct pp_sync *wait);
int pp_syncs_wait(const struct pp_syncs *s, const struct pp_sync *wait, struct dma_fence **fence);

/* When jobs have fences, in their order; cannot fail. */
void pp_syncs_note(struct pp_syncs *s, const struct pp_sync *ops, unsigned int count,
		   struct dma_fence *fence);
void pp_syncs_publish(struct pp_syncs *s);

#endif

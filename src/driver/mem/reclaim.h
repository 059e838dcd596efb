/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Eviction of BOs when memory is short. */
#ifndef PP_MEM_RECLAIM_H
#define PP_MEM_RECLAIM_H

#include <linux/list.h>
#include <linux/mutex.h>

struct pp_bo;
struct pp_device;
struct shrinker;

/**
 * struct pp_reclaim - BOs of a device: all of them, and those that may be evicted
 * @lock: guards @bos, @count and @pages; a leaf, under which nothing is allocated
 * @bos: through &struct pp_bo.reclaim_node, the one that was used last at the end
 * @count: how many
 * @pages: of all of them
 * @last_freed: pages that the last scan freed
 * @shrinker: ours, or NULL
 * @gems_lock: guards @gems; nothing is allocated under it
 * @gems: all BOs, for debugfs
 */
struct pp_reclaim {
	struct mutex lock;
	struct list_head bos;
	unsigned long count, pages;
	unsigned long last_freed;
	struct shrinker *shrinker;

	struct mutex gems_lock;
	struct list_head gems;
};

/* debugfs.c */
void pp_gems_init(struct pp_device *pp);
void pp_gems_add(struct pp_bo *bo);
void pp_gems_remove(struct pp_bo *bo);

int pp_reclaim_init(struct pp_device *pp);
void pp_reclaim_unplug(struct pp_device *pp);
void pp_reclaim_update(struct pp_bo *bo);
void pp_reclaim_forget(struct pp_bo *bo);
void pp_reclaim_force(struct pp_device *pp, unsigned long pages);

#endif

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* debugfs: "gems", what buffers there are, and "shrink", which forces an eviction. */
#include <linux/debugfs.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include <drm/drm_debugfs.h>
#include <drm/drm_drv.h>
#include <drm/drm_file.h>

#include "mem/bo.h"
#include "mem/reclaim.h"

/* Bits in the columns "state" and "usage": those of stock, which tools know. */
#define STATE_IMPORTED	BIT(0)
#define STATE_EXPORTED	BIT(1)
#define STATE_EVICTED	BIT(2)
#define USAGE_KERNEL	BIT(0)
#define USAGE_FW_MAPPED	BIT(1)

#define COLUMNS		"%-32s%-16s%-11s%-11s%-16s%-16s%-18s%-11s%-12s%s\n"

struct totals {
	size_t size, resident, reclaimable;
};

/**
 * pp_gems_add() - list a new BO
 * @bo: the BO
 *
 * Context: May sleep, in the process that made it.
 */
void pp_gems_add(struct pp_bo *bo)
{
	struct pp_reclaim *r = to_pp_device(bo->base.dev)->reclaim;

	bo->creator.tgid = current->tgid;
	get_task_comm(bo->creator.comm, current->group_leader);
	mutex_lock(&r->gems_lock);
	list_add_tail(&bo->gems_node, &r->gems);
	mutex_unlock(&r->gems_lock);
}

/**
 * pp_gems_remove() - a BO is about to be freed
 * @bo: the BO
 *
 * Context: May sleep; also for reclaim.
 */
void pp_gems_remove(struct pp_bo *bo)
{
	struct pp_reclaim *r = to_pp_device(bo->base.dev)->reclaim;

	mutex_lock(&r->gems_lock);
	list_del_init(&bo->gems_node);
	mutex_unlock(&r->gems_lock);
}

static u32 bo_state(const struct pp_bo *bo)
{
	u32 state = 0;

	if (bo->base.import_attach)
		state |= STATE_IMPORTED;
	else if (!bo->sgt && bo->evictions)
		state |= STATE_EVICTED;
	if (bo->base.dma_buf && !bo->base.import_attach)
		state |= STATE_EXPORTED;
	return state;
}

static u32 bo_usage(const struct pp_bo *bo)
{
	return (bo->internal ? USAGE_KERNEL : 0) | (bo->fw_mapped ? USAGE_FW_MAPPED : 0);
}

static void show_bo(struct seq_file *m, struct pp_bo *bo, struct totals *totals)
{
	unsigned int refs = kref_read(&bo->base.refcount);
	size_t resident;
	char creator[32];

	/* On its way out. */
	if (!refs)
		return;
	mutex_lock(&bo->lock);
	resident = bo->sgt && !bo->base.import_attach ? bo->base.size : 0;
	snprintf(creator, sizeof(creator), "%s/%d", bo->creator.comm, bo->creator.tgid);
	seq_printf(m, "%-32s%-16d%-11u%-11u%-16zu%-16zu0x%-16lx0x%-8x 0x%-10x%s\n", creator,
		   bo->base.name, refs, bo->evictions, bo->base.size, resident,
		   drm_vma_node_start(&bo->base.vma_node), bo_state(bo), bo_usage(bo),
		   bo->label ?: "");
	totals->size += bo->base.size;
	totals->resident += resident;
	if (!list_empty(&bo->reclaim_node))
		totals->reclaimable += resident;
	mutex_unlock(&bo->lock);
}

static int gems_show(struct seq_file *m, void *unused)
{
	struct drm_debugfs_entry *entry = m->private;
	struct pp_reclaim *r = to_pp_device(entry->dev)->reclaim;
	struct totals totals = {};
	struct pp_bo *bo;

	seq_printf(m, "GEM state flags: imported (0x%lx), exported (0x%lx), evicted (0x%lx)\n",
		   STATE_IMPORTED, STATE_EXPORTED, STATE_EVICTED);
	seq_printf(m, "GEM usage flags: kernel (0x%lx), fw-mapped (0x%lx)\n\n", USAGE_KERNEL,
		   USAGE_FW_MAPPED);
	seq_printf(m, COLUMNS, "created-by", "global-name", "refcount", "evictions", "size",
		   "resident-size", "file-offset", "state", "usage", "label");
	mutex_lock(&r->gems_lock);
	list_for_each_entry(bo, &r->gems, gems_node)
		show_bo(m, bo, &totals);
	mutex_unlock(&r->gems_lock);
	seq_printf(m, "Total size: %zu, Total resident: %zu, Total reclaimable: %zu\n",
		   totals.size, totals.resident, totals.reclaimable);
	return 0;
}

static int shrink_get(void *data, u64 *val)
{
	struct pp_device *pp = data;

	*val = READ_ONCE(pp->reclaim->last_freed);
	return 0;
}

static int shrink_set(void *data, u64 val)
{
	struct pp_device *pp = data;
	int cookie;

	/* What is released is freed by work, which unplugging has waited for. */
	if (!drm_dev_enter(&pp->drm, &cookie))
		return -ENODEV;
	pp_reclaim_force(pp, val);
	drm_dev_exit(cookie);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(shrink_fops, shrink_get, shrink_set, "0x%08llx\n");

/**
 * pp_gems_init() - no BO yet
 * @pp: device, not registered yet
 */
void pp_gems_init(struct pp_device *pp)
{
	struct pp_reclaim *r = pp->reclaim;

	mutex_init(&r->gems_lock);
	INIT_LIST_HEAD(&r->gems);
	drm_debugfs_add_file(&pp->drm, "gems", gems_show, NULL);
}

/**
 * pp_mem_debugfs_init() - &drm_driver.debugfs_init, of room mem
 * @minor: where the files go
 */
void pp_mem_debugfs_init(struct drm_minor *minor)
{
	struct pp_device *pp = to_pp_device(minor->dev);

	debugfs_create_file("shrink", 0600, minor->debugfs_root, pp, &shrink_fops);
}

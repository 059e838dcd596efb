// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Reclaim: memory of BOs that nobody uses now goes to swap.
 *
 * On the list are all BOs that have pages which nobody needs to stay: not those
 * that are pinned, exported, imported, or the driver's own. Whether the GPU is at
 * work on one of them is seen only when memory is wanted: its reservation holds a
 * fence of each job that may use it. What is evicted is restored by whoever needs
 * it next, see pp_vm_validate() and pp_bo_get_pages_locked().
 *
 * The shrinker runs in anybody's allocation, with whatever locks he holds, so it
 * only ever tries: locks, the gate, fences. Leaf locks that nobody allocates
 * under (reclaim.lock, as_lock) are the exception.
 *
 * Order: memory that no VM maps; then that of one VM, first of those that had
 * no job since the last look; then what VMs share.
 */
#include <linux/dma-resv.h>
#include <linux/fs.h>
#include <linux/sched/mm.h>
#include <linux/shrinker.h>
#include <linux/swap.h>

#include <drm/drm_device.h>
#include <drm/drm_managed.h>
#include <drm/drm_vma_manager.h>

#include "mem/bo.h"
#include "mem/reclaim.h"
#include "mmu/mmu.h"

enum reclaim_pass { PASS_UNMAPPED, PASS_RESTING, PASS_EXCLUSIVE, PASS_SHARED, PASSES };

static unsigned long bo_page_count(const struct pp_bo *bo)
{
	return bo->base.size >> PAGE_SHIFT;
}

static bool bo_evictable(const struct pp_bo *bo)
{
	return bo->pages && !bo->pins && !bo->internal && !bo->exported;
}

/**
 * pp_reclaim_update() - a BO was used, or may be evicted from now on, or not
 * @bo: the BO, with its lock held
 *
 * Context: Any that may sleep; takes reclaim.lock.
 */
void pp_reclaim_update(struct pp_bo *bo)
{
	struct pp_reclaim *r = to_pp_device(bo->base.dev)->reclaim;
	bool listed;

	lockdep_assert_held(&bo->lock);
	mutex_lock(&r->lock);
	listed = !list_empty(&bo->reclaim_node);
	if (bo_evictable(bo)) {
		list_move_tail(&bo->reclaim_node, &r->bos);
		if (!listed) {
			r->count++;
			r->pages += bo_page_count(bo);
		}
	} else if (listed) {
		list_del_init(&bo->reclaim_node);
		r->count--;
		r->pages -= bo_page_count(bo);
	}
	mutex_unlock(&r->lock);
}

/**
 * pp_reclaim_forget() - a BO is about to be freed
 * @bo: the BO, which nobody else uses
 *
 * Context: May sleep; takes reclaim.lock.
 */
void pp_reclaim_forget(struct pp_bo *bo)
{
	struct pp_reclaim *r = to_pp_device(bo->base.dev)->reclaim;

	mutex_lock(&r->lock);
	if (!list_empty(&bo->reclaim_node)) {
		list_del_init(&bo->reclaim_node);
		r->count--;
		r->pages -= bo_page_count(bo);
	}
	mutex_unlock(&r->lock);
}

/* Is it this pass's turn? With the reservation held, so that no job comes in between. */
static bool bo_in_pass(struct pp_bo *bo, enum reclaim_pass pass)
{
	u64 last_job;
	int vms = pp_vm_bo_usage(bo, &last_job);

	switch (pass) {
	case PASS_UNMAPPED:
		return vms == 0;
	case PASS_RESTING:
		if (bo->seen_job == last_job)
			return vms == 1;
		bo->seen_job = last_job;
		return false;
	case PASS_EXCLUSIVE:
		return vms == 1;
	default:
		return vms >= 1;
	}
}

static bool bo_evict_locked(struct pp_bo *bo)
{
	struct drm_gem_object *obj = &bo->base;

	/* Faults take the BO's lock, so nothing comes back meanwhile. */
	drm_vma_node_unmap(&obj->vma_node, obj->dev->anon_inode->i_mapping);
	if (pp_vm_evict_bo(bo))
		return false;
	pp_bo_put_pages(bo);
	bo->evictions++;
	pp_reclaim_update(bo);
	return true;
}

static bool bo_try_evict(struct pp_bo *bo, enum reclaim_pass pass)
{
	struct dma_resv *resv = bo->base.resv;
	bool done = false;

	if (!dma_resv_trylock(resv))
		return false;
	if (dma_resv_test_signaled(resv, DMA_RESV_USAGE_BOOKKEEP) && mutex_trylock(&bo->lock)) {
		done = bo_evictable(bo) && bo_in_pass(bo, pass) && bo_evict_locked(bo);
		mutex_unlock(&bo->lock);
	}
	dma_resv_unlock(resv);
	return done;
}

static unsigned long reclaim_pass(struct pp_reclaim *r, enum reclaim_pass pass, unsigned long want)
{
	unsigned long left, freed = 0;
	struct pp_bo *bo;

	mutex_lock(&r->lock);
	for (left = r->count; left && freed < want; left--) {
		bo = list_first_entry_or_null(&r->bos, struct pp_bo, reclaim_node);
		if (!bo)
			break;
		list_move_tail(&bo->reclaim_node, &r->bos);
		if (!kref_get_unless_zero(&bo->base.refcount))
			continue;
		mutex_unlock(&r->lock);
		if (bo_try_evict(bo, pass))
			freed += bo_page_count(bo);
		pp_bo_put(bo);
		mutex_lock(&r->lock);
	}
	mutex_unlock(&r->lock);
	return freed;
}

static unsigned long reclaim_scan(struct pp_reclaim *r, unsigned long want)
{
	enum reclaim_pass pass;
	unsigned long freed = 0;

	/* Contents cannot be given up, so without swap there is nowhere to go. */
	if (get_nr_swap_pages() > 0)
		for (pass = 0; pass < PASSES && freed < want; pass++)
			freed += reclaim_pass(r, pass, want - freed);
	WRITE_ONCE(r->last_freed, freed);
	return freed;
}

static unsigned long shrinker_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct pp_reclaim *r = shrinker->private_data;

	if (get_nr_swap_pages() <= 0)
		return 0;
	return READ_ONCE(r->pages) ?: SHRINK_EMPTY;
}

static unsigned long shrinker_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	return reclaim_scan(shrinker->private_data, sc->nr_to_scan) ?: SHRINK_STOP;
}

/**
 * pp_reclaim_force() - evict as if memory were short
 * @pp: the device
 * @pages: how many to free, if possible
 *
 * Context: May sleep. For debugfs.
 */
void pp_reclaim_force(struct pp_device *pp, unsigned long pages)
{
	/* Lockdep shall see what it would see in an allocation. */
	fs_reclaim_acquire(GFP_KERNEL);
	reclaim_scan(pp->reclaim, pages);
	fs_reclaim_release(GFP_KERNEL);
}

static void reclaim_release(struct drm_device *drm, void *data)
{
	struct pp_reclaim *r = data;

	mutex_destroy(&r->lock);
	mutex_destroy(&r->gems_lock);
}

/**
 * pp_reclaim_init() - register a device's shrinker
 * @pp: the device
 *
 * Context: May sleep and allocates. The shrinker goes with pp_reclaim_unplug(), the
 * list when the DRM device is released.
 * Return: 0 or -ENOMEM.
 */
int pp_reclaim_init(struct pp_device *pp)
{
	struct pp_reclaim *r;
	int ret;

	r = drmm_kzalloc(&pp->drm, sizeof(*r), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	mutex_init(&r->lock);
	INIT_LIST_HEAD(&r->bos);
	pp->reclaim = r;
	pp_gems_init(pp);
	ret = drmm_add_action_or_reset(&pp->drm, reclaim_release, r);
	if (ret)
		return ret;
	fs_reclaim_acquire(GFP_KERNEL);
	might_lock(&r->lock);
	fs_reclaim_release(GFP_KERNEL);

	r->shrinker = shrinker_alloc(0, "panthor-protm:%s", dev_name(pp->drm.dev));
	if (!r->shrinker)
		return -ENOMEM;
	r->shrinker->count_objects = shrinker_count;
	r->shrinker->scan_objects = shrinker_scan;
	r->shrinker->private_data = r;
	shrinker_register(r->shrinker);
	return 0;
}

/**
 * pp_reclaim_unplug() - the device is gone: no eviction from here on
 * @pp: the device
 *
 * Context: May sleep.
 */
void pp_reclaim_unplug(struct pp_device *pp)
{
	struct shrinker *shrinker = pp->reclaim->shrinker;

	pp->reclaim->shrinker = NULL;
	if (shrinker)
		shrinker_free(shrinker);
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * SYNC_WAITs of groups that firmware does not look after.
 *
 * Firmware looks at a sync object only while the group that waits for it is on
 * a slot, and not during a protected session. We look instead: whenever
 * firmware says that some object changed, and now and then, because the CPU may
 * change one too, and rings no doorbell. A group on a slot that can go on is
 * then runnable again for the policy, and ends the session of a lesser one.
 *
 * Looking needs the object's memory mapped, which sleeps and allocates; so it is
 * done here, with sched->lock released, and never by the tick.
 */
#include <drm/drm_print.h>
#include <drm/panthor_protm.h>

#include "protm/protm.h"
#include "sched/types.h"

/**
 * pp_group_note_waits() - read what a group's queues wait for
 * @group: group
 * @csg: slot that firmware has just suspended, or told the status of
 *
 * Context: sched->lock held.
 */
void pp_group_note_waits(struct pp_group *group, unsigned int csg)
{
	struct pp_sched *sched = group->pp->sched;
	unsigned int i;

	lockdep_assert_held(&sched->lock);
	group->blocked = 0;
	for (i = 0; i < group->args.queue_count; i++) {
		struct pp_fw_cs_output *out = pp_fw_cs(group->pp, csg, i)->out;
		struct pp_sync_wait *w = &group->queues[i]->wait;
		u32 status = READ_ONCE(out->status_wait);

		if (READ_ONCE(out->status_blocked_reason) != PP_CS_BLOCKED_SYNC_WAIT ||
		    !(status & PP_CS_STATUS_WAIT_SYNC_WAIT))
			continue;
		w->is64 = status & PP_CS_STATUS_WAIT_SYNC_64BIT;
		w->cond = PP_CS_STATUS_WAIT_SYNC_COND(status);
		w->va = READ_ONCE(out->status_wait_sync_ptr);
		w->value = READ_ONCE(out->status_wait_sync_value);
		if (w->is64)
			w->value |= (u64)READ_ONCE(out->status_wait_sync_value_hi) << 32;
		group->blocked |= BIT(i);
	}
	if (!group->blocked)
		return;
	/* What it waits for may have come true before we knew. */
	group->looked = sched->changes - 1;
	mod_delayed_work(sched->jobs_wq, &sched->sync_work, 0);
}

/* On a slot, with nothing but waits. */
static bool slots_wait(struct pp_sched *sched)
{
	unsigned int i;

	for (i = 0; i < pp_fw_info(sched->pp)->csg_count; i++) {
		struct pp_group *group = sched->slots[i].group;

		if (group && group->idle && group->blocked)
			return true;
	}
	return false;
}

/**
 * pp_sched_look_at_waits() - a sync object may have changed
 * @sched: room state
 *
 * Context: sched->lock held.
 */
void pp_sched_look_at_waits(struct pp_sched *sched)
{
	lockdep_assert_held(&sched->lock);
	if (list_empty(&sched->waiting) && !slots_wait(sched))
		return;
	sched->changes++;
	mod_delayed_work(sched->jobs_wq, &sched->sync_work, 0);
}

static bool wait_over(const struct pp_sync_wait *w, const void *object)
{
	u64 value = w->is64 ? READ_ONCE(*(const u64 *)object) : READ_ONCE(*(const u32 *)object);

	switch (w->cond) {
	case PP_CS_SYNC_COND_LE:
		return value <= w->value;
	case PP_CS_SYNC_COND_GE:
		return value >= w->value;
	default:
		return value > w->value;
	}
}

/* 1: go on; 0: not yet; or an error: the CPU cannot see the object (rule 16). */
static int look_at(struct pp_group *group, const struct pp_sync_wait *w)
{
	size_t size = w->is64 ? sizeof(u64) : sizeof(u32);
	struct pp_bo *bo;
	void *vaddr;
	u64 offset;
	int ret;

	bo = pp_vm_lookup_bo(group->vm, w->va, &offset);
	if (!bo)
		return -EFAULT;
	if (!IS_ALIGNED(offset, size) || offset > bo->base.size - size) {
		pp_bo_put(bo);
		return -EFAULT;
	}
	ret = pp_bo_vmap(bo, &vaddr);
	if (!ret) {
		/* A stale cache line would keep the group waiting for ever. */
		pp_bo_sync(bo, DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE, offset, size);
		ret = wait_over(w, vaddr + offset);
		pp_bo_vunmap(bo);
	}
	pp_bo_put(bo);
	return ret;
}

static void wait_ended(struct pp_sched *sched, struct pp_group *group, unsigned int i, int ret)
{
	lockdep_assert_held(&sched->lock);
	/* On a slot firmware looks, which sees more than the CPU does. */
	if (ret < 0 && group->csg >= 0)
		return;

	group->blocked &= ~BIT(i);
	if (ret < 0)
		pp_group_condemn(group, BIT(i), "waits for what the CPU cannot see");
	pp_group_requeue(group);
	pp_sched_kick(sched->pp);
}

static void group_look(struct pp_sched *sched, struct pp_group *group)
{
	struct pp_sync_wait wait;
	unsigned int i;
	int ret;

	for (i = 0; i < group->args.queue_count; i++) {
		pp_sched_lock(sched);
		if (!(group->blocked & BIT(i)) || pp_group_dead(group)) {
			pp_sched_unlock(sched);
			continue;
		}
		wait = group->queues[i]->wait;
		pp_sched_unlock(sched);

		ret = look_at(group, &wait);

		pp_sched_lock(sched);
		if (ret && group->blocked & BIT(i))
			wait_ended(sched, group, i, ret);
		pp_sched_unlock(sched);
	}
}

/* Returns whether it still waits. The lock is let go meanwhile. */
static bool look_again(struct pp_sched *sched, struct pp_group *group)
{
	bool waits;

	lockdep_assert_held(&sched->lock);
	if (!group->blocked)
		return false;
	pp_group_get(group);
	pp_sched_unlock(sched);

	group_look(sched, group);
	pp_sched_lock(sched);
	waits = group->blocked;
	pp_group_put(group);
	return waits;
}

/*
 * The next few of those that are off their slots. Whoever was looked at goes to the
 * end of the list, and whoever comes new to its head, so that a pass over all is
 * over when the first has seen the last change. Returns whether it is not.
 */
static bool look_at_some(struct pp_sched *sched)
{
	struct pp_group *group, *first = NULL;
	unsigned int n;

	for (n = 0; n < PP_SYNC_BATCH; n++) {
		group = list_first_entry_or_null(&sched->waiting, struct pp_group, run_node);
		if (!group || group == first)
			break;
		if (!first)
			first = pp_group_get(group);
		group->looked = sched->changes;
		list_move_tail(&group->run_node, &sched->waiting);
		look_again(sched, group);
	}
	pp_group_put(first);
	group = list_first_entry_or_null(&sched->waiting, struct pp_group, run_node);
	return group && group->looked != sched->changes;
}

static bool look_at_slots(struct pp_sched *sched)
{
	bool waits = false;
	unsigned int i;

	for (i = 0; i < pp_fw_info(sched->pp)->csg_count; i++) {
		if (sched->slots[i].group && sched->slots[i].group->idle)
			waits |= look_again(sched, sched->slots[i].group);
	}
	return waits;
}

/**
 * pp_sched_sync_work() - look at the sync objects that groups wait for
 * @work: sched->sync_work
 *
 * Firmware does not tell which object changed, so all have to be looked at, a few at
 * a time; and now and then the next few, because the CPU can change one too.
 */
void pp_sched_sync_work(struct work_struct *work)
{
	struct pp_sched *sched = container_of(work, struct pp_sched, sync_work.work);
	bool waits, more;

	pp_sched_lock(sched);
	more = look_at_some(sched);
	waits = look_at_slots(sched) && pp_protm_in_session(sched->pp);
	if (more || waits || !list_empty(&sched->waiting))
		queue_delayed_work(sched->jobs_wq, &sched->sync_work,
				   more ? 0 : msecs_to_jiffies(PP_SYNC_POLL_MS));
	pp_sched_unlock(sched);
}

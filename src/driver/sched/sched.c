// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The room as a whole: beginning and end, suspend and reset, what other rooms
 * tell it.
 */
#include <linux/slab.h>

#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "hw/hw.h"
#include "protm/protm.h"
#include "sched/profile.h"
#include "sched/types.h"

/**
 * pp_sched_kick() - let the tick run now
 * @pp: device
 *
 * Context: Any.
 */
void pp_sched_kick(struct pp_device *pp)
{
	struct pp_sched *sched = pp->sched;

	if (READ_ONCE(sched->batch) == current)
		sched->kick = true;
	else
		mod_delayed_work(sched->wq, &sched->tick, 0);
}

/**
 * pp_sched_batch() - the tick can wait until we are done
 * @sched: room state
 *
 * It would only find the lock taken, on another CPU.
 *
 * Context: sched->lock held, to be let go by pp_sched_batch_end().
 */
void pp_sched_batch(struct pp_sched *sched)
{
	lockdep_assert_held(&sched->lock);
	WRITE_ONCE(sched->batch, current);
}

/**
 * pp_sched_batch_end() - let the lock go, and the tick run if somebody asked
 * @sched: room state
 *
 * Context: sched->lock held since pp_sched_batch(); not any more after this.
 */
void pp_sched_batch_end(struct pp_sched *sched)
{
	bool kick = sched->kick;

	sched->kick = false;
	WRITE_ONCE(sched->batch, NULL);
	pp_sched_unlock(sched);
	if (kick)
		mod_delayed_work(sched->wq, &sched->tick, 0);
}

/* --- hooks of the rooms below --- */

static void all_slots_have_events(struct pp_sched *sched)
{
	atomic_or(GENMASK(pp_fw_info(sched->pp)->csg_count - 1, 0), &sched->events);
}

/* Firmware may know which queue it was, before all of a group's are blamed. */
static void sched_vm_fault(struct pp_device *pp, struct pp_vm *vm)
{
	all_slots_have_events(pp->sched);
	pp_sched_kick(pp);
}

/*
 * The tick is to know all that firmware said up to the exit, even if that was
 * seen by other means than the interrupt that tells of both.
 */
static void sched_session_over(struct pp_device *pp, struct pp_group *group,
			       enum pp_protm_exit_cause cause)
{
	all_slots_have_events(pp->sched);
	pp_sched_kick(pp);
}

static void sched_group_failed(struct pp_device *pp, struct pp_group *group)
{
	WRITE_ONCE(group->failed, true);
	pp_sched_kick(pp);
}

static u32 sched_group_id(const struct pp_group *group)
{
	return group->id;
}

static void sched_used(struct pp_group *group, u64 ns)
{
	WRITE_ONCE(group->pp->sched->last_session, group->id);
	pp_usage_add_protm(group->usage, ns);
}

static const struct pp_fw_hooks fw_hooks = {
	.csg_events = pp_sched_csg_events,
	.glb_events = pp_protm_glb_events,
};

static const struct pp_mmu_hooks mmu_hooks = {
	.op_begin = pp_protm_op_begin,
	.op_try_begin = pp_protm_op_try_begin,
	.op_end = pp_protm_op_end,
	.in_session = pp_protm_in_session,
	.as_retry = pp_sched_kick,
	.vm_fault = sched_vm_fault,
};

/* --- all groups off their slots --- */

static bool slots_free(struct pp_sched *sched)
{
	unsigned int i;
	bool free = true;

	pp_sched_lock(sched);
	pp_sched_events_now(sched);
	for (i = 0; i < pp_fw_info(sched->pp)->csg_count; i++) {
		if (sched->slots[i].state == PP_SLOT_RUNNING) {
			if (pp_group_dead(sched->slots[i].group))
				pp_slot_terminate(sched, i);
			else
				pp_slot_suspend(sched, i);
		}
		free &= sched->slots[i].state == PP_SLOT_FREE;
	}
	pp_slots_ring(sched);
	pp_sched_unlock(sched);
	return free;
}

/*
 * Before it is called a failure: an interrupt may have got lost, and on a machine that
 * stood still firmware has had no time. Each look asks the GPU, which has to answer.
 */
static bool slots_free_at_last(struct pp_sched *sched)
{
	unsigned long end = jiffies + msecs_to_jiffies(PP_CSG_GRACE_MS) + 1;
	unsigned int looks;
	bool free = false;

	for (looks = 0; !free && (looks < 2 || time_before(jiffies, end)); looks++) {
		if (looks)
			wait_event_timeout(sched->wait, atomic_read(&sched->events), 2);
		pp_sched_lock(sched);
		pp_sched_events_missed(sched);
		pp_sched_unlock(sched);
		free = slots_free(sched);
	}
	return free;
}

/* A region that was cut short takes firmware long to save (rule 14). */
static bool slots_slow(struct pp_sched *sched)
{
	bool slow = false;
	unsigned int i;

	pp_sched_lock(sched);
	for (i = 0; i < pp_fw_info(sched->pp)->csg_count; i++)
		slow |= sched->slots[i].group && sched->slots[i].group->protm_pending;
	pp_sched_unlock(sched);
	return slow;
}

/*
 * Ask for what is on a slot to be saved, and wait. Groups that are being started
 * are asked when they run: slots_free() looks again after each event.
 */
static bool evict_all(struct pp_sched *sched, unsigned int ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms) + 1;

	while (!slots_free(sched)) {
		if (time_after(jiffies, end) &&
		    (time_after(jiffies, end + msecs_to_jiffies(PP_CSG_PROTM_TIMEOUT_MS)) ||
		     !slots_slow(sched)))
			return slots_free_at_last(sched);
		wait_event_timeout(sched->wait, atomic_read(&sched->events), 1);
	}
	return true;
}

/* A session is to be over before anything else is asked of firmware. */
static bool end_session(struct pp_sched *sched, enum pp_protm_exit_cause cause, unsigned int ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms) + 1;

	while (pp_protm_in_session(sched->pp)) {
		pp_protm_force_exit(sched->pp, cause);
		if (time_after(jiffies, end) || pp_protm_lost(sched->pp))
			return false;
		wait_event_timeout(sched->wait, !pp_protm_in_session(sched->pp), 2);
	}
	return true;
}

/*
 * A session that was given up: a fault, or a limit that passed. If firmware answers a
 * ping all the same, it is in normal mode and other groups run, so they can be saved in
 * order. If it does not, they are as it saved them when it entered (rule 11), unless it
 * leaves before it is stopped.
 */
static bool answers_ping(struct pp_sched *sched)
{
	struct pp_device *pp = sched->pp;
	struct pp_group *active;

	pp_sched_lock(sched);
	active = pp_protm_active_group(pp);
	if (active)
		pp_group_condemn(active, pp_group_all_queues(active),
				 "it was in protected mode when the GPU had to be reset");
	pp_sched_unlock(sched);

	if (!pp_fw_glb_pending(pp, PP_GLB_PING)) {
		pp_fw_glb_toggle(pp, PP_GLB_PING);
		pp_fw_ring_glb(pp);
	}
	if (pp_fw_glb_wait(pp, PP_GLB_PING, PP_PROTM_PING_MS))
		return false;
	/* The exit is in firmware's words by now; its group is on a slot, which keeps it alive. */
	pp_protm_glb_events(pp);
	pp_protm_pre_reset(pp);
	return true;
}

static void hold(struct pp_sched *sched, u32 why)
{
	pp_sched_lock(sched);
	sched->hold |= why;
	pp_sched_unlock(sched);
}

static void unhold(struct pp_sched *sched, u32 why)
{
	pp_sched_lock(sched);
	sched->hold &= ~why;
	pp_sched_unlock(sched);
	pp_sched_kick(sched->pp);
}

/*
 * Whoever is stuck on its slot has to be found, now that limits count again. But it
 * was asked for somebody else's sake: being slow at that shall not cost its work.
 */
static void quiesce_abort(struct pp_sched *sched)
{
	unsigned int i;

	pp_sched_lock(sched);
	for (i = 0; i < pp_fw_info(sched->pp)->csg_count; i++)
		sched->slots[i].deadline = jiffies + msecs_to_jiffies(PP_CSG_PROTM_TIMEOUT_MS);
	pp_sched_unlock(sched);
	unhold(sched, PP_HOLD_QUIESCE);
	mod_delayed_work(sched->wq, &sched->limit_work, 0);
}

static int sched_quiesce(struct pp_device *pp)
{
	struct pp_sched *sched = pp->sched;

	hold(sched, PP_HOLD_QUIESCE);
	if (evict_all(sched, 2 * PP_CSG_TIMEOUT_MS))
		return 0;
	quiesce_abort(sched);
	return -EBUSY;
}

static const struct pp_protm_hooks protm_hooks = {
	.session_over = sched_session_over,
	.group_failed = sched_group_failed,
	.kick = pp_sched_kick,
	.group_id = sched_group_id,
	.used = sched_used,
	.quiesce = sched_quiesce,
};

/*
 * Firmware is gone with what was on a slot. Work that was lost by a group that
 * did nothing wrong makes it an innocent victim; without work there is nothing lost
 * but the state, and it starts anew.
 */
static void lose_slots(struct pp_sched *sched, struct pp_group *culprit, bool saved)
{
	struct pp_device *pp = sched->pp;
	unsigned int i;

	lockdep_assert_held(&sched->lock);
	for (i = 0; i < pp_fw_info(pp)->csg_count; i++) {
		struct pp_group *group = sched->slots[i].group;

		if (!group)
			continue;
		group->lost = sched->hold & (PP_HOLD_RESET | PP_HOLD_SUSPEND);
		if (group == culprit)
			pp_group_condemn(group, pp_group_all_queues(group),
					 "it was in protected mode when the GPU had to be reset");
		else if (saved)
			/* Firmware saved all other groups when it entered (csf.md 5.4). */
			pp_slot_saved(sched, i);
		else if (!pp_group_dead(group) && pp_group_has_jobs(group))
			group->innocent = true;
		else
			group->saved = false;
		pp_slot_vacate(sched, i);
	}
}

/* Firmware may have left and not said so; the GPU itself tells. The MCU has been stopped. */
static bool others_saved(struct pp_device *pp)
{
	return pp_protm_confirmed(pp) && pp_hw_protm_active(pp);
}

/**
 * pp_sched_suspend() - every group off its slot, and none back before resume
 * @pp: device; registers may be touched until this returns
 *
 * What cannot be saved is lost, and leads to a reset at the next resume.
 *
 * Context: Sleeps.
 */
void pp_sched_suspend(struct pp_device *pp)
{
	struct pp_sched *sched = pp->sched;

	hold(sched, PP_HOLD_SUSPEND);
	cancel_delayed_work_sync(&sched->tick);
	if (!pp_reset_pending(pp) &&
	    end_session(sched, PP_EXIT_SUSPEND, PP_CSG_PROTM_TIMEOUT_MS) &&
	    evict_all(sched, PP_CSG_TIMEOUT_MS))
		return;

	pp_device_schedule_reset(pp, PP_RESET_FW_TIMEOUT, false);
	if (pp_protm_in_session(pp) && answers_ping(sched))
		evict_all(sched, PP_CSG_TIMEOUT_MS);
	/* As before a reset: from here on firmware changes nothing any more. */
	pp_fw_pre_reset(pp, true);
	pp_sched_lock(sched);
	lose_slots(sched, pp_protm_active_group(pp), others_saved(pp));
	pp_sched_unlock(sched);
}

/**
 * pp_sched_resume() - groups may run again
 * @pp: device
 *
 * Context: May sleep.
 */
void pp_sched_resume(struct pp_device *pp)
{
	unhold(pp->sched, PP_HOLD_SUSPEND);
}

/*
 * A fault that was raised while the GPU left protected mode may be heard of when the
 * session is over: it was that of the group which had it last (rule 10).
 */
static void blame_late_fault(struct pp_sched *sched)
{
	struct pp_protm_stats stats;
	struct pp_group *group;

	pp_protm_get_stats(sched->pp, &stats);
	pp_sched_lock(sched);
	list_for_each_entry(group, &sched->groups, node) {
		if (stats.faults == sched->faults || pp_protm_in_session(sched->pp))
			break;
		if (group->id == READ_ONCE(sched->last_session))
			pp_group_condemn(group, pp_group_all_queues(group),
					 "a fault in protected mode, told after its session");
	}
	sched->faults = stats.faults;
	pp_sched_unlock(sched);
}

/**
 * pp_sched_pre_reset() - the GPU is about to be reset
 * @pp: device; firmware may or may not still answer
 *
 * In protected mode it is asked to leave, for half a second (rule 11).
 *
 * Context: The reset work; sleeps.
 */
void pp_sched_pre_reset(struct pp_device *pp)
{
	struct pp_sched *sched = pp->sched;
	struct pp_group *active;
	bool over, saved;

	hold(sched, PP_HOLD_RESET);
	cancel_delayed_work_sync(&sched->tick);

	blame_late_fault(sched);
	over = end_session(sched, PP_EXIT_RESET, PP_PROTM_PING_MS) || answers_ping(sched);
	if (!over)
		/* It may still leave, and let the others run: after this it does not. */
		pp_fw_pre_reset(pp, true);
	else if (evict_all(sched, PP_CSG_TIMEOUT_MS))
		/* What groups have written that lose nothing else must not go with the caches. */
		pp_hw_flush_caches(pp);
	active = pp_protm_active_group(pp);
	saved = others_saved(pp);

	pp_sched_lock(sched);
	lose_slots(sched, active, saved);
	pp_sched_unlock(sched);
}

/**
 * pp_sched_gpu_stopped() - nothing runs on the GPU that was on a slot before
 * @pp: device after a soft reset, or powered off
 *
 * Until now the GPU could write to what belongs to a lost job. The fence that says
 * that the job is over must not signal before.
 *
 * Context: The reset work, or suspending; may sleep.
 */
void pp_sched_gpu_stopped(struct pp_device *pp)
{
	struct pp_sched *sched = pp->sched;
	struct pp_group *group;

	pp_sched_lock(sched);
	sched->to_ring = 0;
	list_for_each_entry(group, &sched->groups, node) {
		if (!group->lost)
			continue;
		group->lost = false;
		if (pp_group_dead(group))
			pp_group_kill(group);
	}
	pp_sched_unlock(sched);
}

/**
 * pp_sched_post_reset() - the reset is over
 * @pp: device
 * @failed: firmware does not run: the device is about to be unplugged
 *
 * Context: The reset work.
 */
void pp_sched_post_reset(struct pp_device *pp, bool failed)
{
	struct pp_sched *sched = pp->sched;

	atomic_set(&sched->events, 0);
	pp_sched_gpu_stopped(pp);
	if (!failed)
		unhold(sched, PP_HOLD_RESET | PP_HOLD_QUIESCE);
}

static void sched_fini(struct drm_device *drm, void *data)
{
	struct pp_sched *sched = data;

	destroy_workqueue(sched->jobs_wq);
	destroy_workqueue(sched->wq);
}

/**
 * pp_sched_module_init() - what outlives devices
 *
 * Return: 0 or -ENOMEM.
 */
int pp_sched_module_init(void)
{
	pp_group_wq = alloc_workqueue("panthor-protm-groups", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return pp_group_wq ? 0 : -ENOMEM;
}

/**
 * pp_sched_module_exit() - no device and no group is left, or about to go
 *
 * Context: Sleeps until the last group is free.
 */
void pp_sched_module_exit(void)
{
	destroy_workqueue(pp_group_wq);
	/* Fences that keep the module are freed by RCU; the last one's callback is to be over. */
	rcu_barrier();
}

/**
 * pp_sched_init() - after firmware's first boot and pp_protm_init()
 * @pp: device
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int pp_sched_init(struct pp_device *pp)
{
	struct pp_sched *sched;
	unsigned int i;
	int ret;

	sched = drmm_kzalloc(&pp->drm, sizeof(*sched), GFP_KERNEL);
	if (!sched)
		return -ENOMEM;
	sched->pp = pp;
	sched->full_level = -1;
	INIT_LIST_HEAD(&sched->groups);
	INIT_LIST_HEAD(&sched->idle);
	INIT_LIST_HEAD(&sched->waiting);
	for (i = 0; i < PP_POLICY_LEVELS; i++)
		INIT_LIST_HEAD(&sched->run[i]);
	init_waitqueue_head(&sched->wait);
	INIT_DELAYED_WORK(&sched->tick, pp_sched_tick_work);
	INIT_WORK(&sched->event_work, pp_sched_event_work);
	INIT_DELAYED_WORK(&sched->limit_work, pp_slot_limit_work);
	INIT_DELAYED_WORK(&sched->sync_work, pp_sched_sync_work);
	ret = drmm_mutex_init(&pp->drm, &sched->lock);
	if (ret)
		return ret;

	sched->wq = alloc_ordered_workqueue("panthor-protm-sched", WQ_MEM_RECLAIM | WQ_HIGHPRI);
	/* Freezable: between the two ends of a system sleep no job can wake the GPU. */
	sched->jobs_wq = alloc_workqueue("panthor-protm-jobs",
					 WQ_MEM_RECLAIM | WQ_UNBOUND | WQ_FREEZABLE, 0);
	if (!sched->wq || !sched->jobs_wq) {
		if (sched->wq)
			destroy_workqueue(sched->wq);
		if (sched->jobs_wq)
			destroy_workqueue(sched->jobs_wq);
		return -ENOMEM;
	}
	ret = drmm_add_action_or_reset(&pp->drm, sched_fini, sched);
	if (ret)
		return ret;

	pp->sched = sched;
	pp_protm_set_hooks(pp, &protm_hooks);
	pp_mmu_set_hooks(pp, &mmu_hooks);
	pp_fw_set_hooks(pp, &fw_hooks);
	pp_sched_debugfs_init(sched);
	return 0;
}

/**
 * pp_sched_cancel() - every job of every group ends, with an error
 * @pp: device after pp_sched_unplug(), on which nothing runs any more
 *
 * Context: Sleeps.
 */
void pp_sched_cancel(struct pp_device *pp)
{
	struct pp_sched *sched = pp->sched;
	struct pp_group *group;

	if (!sched)
		return;
	pp_sched_lock(sched);
	lose_slots(sched, NULL, false);
	list_for_each_entry(group, &sched->groups, node) {
		group->lost = false;
		if (!pp_group_dead(group))
			group->innocent = true;
		pp_group_kill(group);
	}
	pp_sched_unlock(sched);
}

/**
 * pp_sched_unplug() - the GPU goes away
 * @pp: device; if it still runs, its registers may be touched until this returns
 *
 * Groups stay as long as their files; no more of them run. A group that firmware
 * does not take off its slot has to be stopped by other means before
 * pp_sched_cancel().
 *
 * Context: Sleeps.
 */
void pp_sched_unplug(struct pp_device *pp)
{
	struct pp_sched *sched = pp->sched;

	hold(sched, PP_HOLD_UNPLUG);
	disable_delayed_work_sync(&sched->tick);
	disable_delayed_work_sync(&sched->limit_work);
	if (pp_device_active(pp) && !pp_reset_pending(pp) &&
	    end_session(sched, PP_EXIT_SUSPEND, PP_CSG_PROTM_TIMEOUT_MS))
		evict_all(sched, PP_CSG_TIMEOUT_MS);
	disable_work_sync(&sched->event_work);
	disable_delayed_work_sync(&sched->sync_work);
}

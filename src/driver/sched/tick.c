// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The tick: looks at the groups, lets policy.c decide, and asks firmware for what
 * is to change. It never waits: not for an acknowledgement, not for the gate, not
 * for the end of a session. Each of these is an event that runs it again.
 */
#include <drm/drm_print.h>

#include "protm/protm.h"
#include "sched/types.h"

/**
 * struct tick - one run
 * @in: what policy.c sees
 * @plan: what it decided
 * @cand: candidates
 * @group: of each candidate
 * @waiting: a runnable group is off slot, or waits to enter protected mode
 */
struct tick {
	struct pp_policy_in in;
	struct pp_policy_plan plan;
	struct pp_policy_cand cand[PP_POLICY_MAX_CANDS];
	struct pp_group *group[PP_POLICY_MAX_CANDS];
	bool waiting;
};

static bool slot_leaving(const struct pp_slot *slot)
{
	return slot->state == PP_SLOT_SUSPENDING || slot->state == PP_SLOT_TERMINATING;
}

/* Returns true if another candidate could be of use. */
static bool offer(struct pp_sched *sched, struct tick *t, struct pp_group *group)
{
	struct pp_policy_cand *c = &t->cand[t->in.count];
	struct pp_slot *slot = group->csg >= 0 ? &sched->slots[group->csg] : NULL;

	if (slot && slot_leaving(slot))
		return true;
	*c = (struct pp_policy_cand) {
		.vm = (unsigned long)group->vm,
		.protm_pending = group->protm_pending,
		.level = group->args.priority,
		.slot = group->csg,
		.csg_prio = slot ? slot->prio : -1,
		.running = slot && slot->state == PP_SLOT_RUNNING &&
			   !pp_fw_csg_pending(sched->pp, group->csg, PP_CSG_EP_CFG),
		.idle = group->idle,
		.active = pp_protm_active_group(sched->pp) == group,
	};
	if (!group->idle && (!slot || group->protm_pending))
		t->waiting = true;
	t->group[t->in.count] = group;
	return pp_policy_offer(&t->in, &t->plan);
}

/*
 * The heads of the run lists, until there is nothing more to give, then what is on
 * a slot without work. Nobody walks to the end of a list.
 */
static void collect(struct pp_sched *sched, struct tick *t)
{
	struct pp_group *group;
	bool more = true;
	int level;

	for (level = PP_POLICY_LEVELS - 1; level >= 0; level--) {
		struct list_head *run = &sched->run[level];

		/* Equals take turns. */
		if (!list_empty(run) && (!more || !list_is_singular(run)))
			t->waiting = true;
		list_for_each_entry(group, run, run_node) {
			if (!more)
				break;
			more = offer(sched, t, group);
		}
	}
	list_for_each_entry(group, &sched->idle, run_node) {
		if (!more)
			break;
		more = offer(sched, t, group);
	}
}

/* More groups at a time than the policy can tell apart by priority do not help. */
static unsigned int usable_slots(struct pp_sched *sched)
{
	return min_t(unsigned int, pp_fw_info(sched->pp)->csg_count, PP_POLICY_MAX_SLOTS);
}

/* The active group is on a slot until its session is over, and so are its fields valid. */
static void snapshot_session(struct pp_sched *sched, struct tick *t)
{
	struct pp_group *active = pp_protm_active_group(sched->pp);

	t->in.active = PP_POLICY_NOBODY;
	if (!active)
		return;
	t->in.active = pp_group_dead(active) ? PP_POLICY_GONE : PP_POLICY_ALIVE;
	t->in.active_level = active->args.priority;
}

static void snapshot(struct pp_sched *sched, struct tick *t)
{
	struct pp_device *pp = sched->pp;
	unsigned int i;

	t->in = (struct pp_policy_in) {
		.cand = t->cand,
		.slots = usable_slots(sched),
		.as_slots = hweight32(pp->info.as_present) - 1,
		.protm_ready = pp_protm_ready(pp) && !pp_reset_pending(pp),
		.quiet = pp_slots_quiet(sched),
	};
	t->waiting = false;
	snapshot_session(sched, t);
	for (i = 0; i < usable_slots(sched); i++) {
		struct pp_slot *slot = &sched->slots[i];

		if (!slot->group)
			continue;
		t->in.held_prios |= BIT(slot->prio) | pp_slot_old_prios(sched, i);
		if (!slot_leaving(slot) && pp_group_dead(slot->group))
			t->in.terminate = true;
	}
	pp_policy_begin(&t->in, &t->plan);
	collect(sched, t);
}

/* Groups that firmware, or the loss of protected memory, has made unable to go on. */
static void bury_failed(struct pp_sched *sched)
{
	struct pp_device *pp = sched->pp;
	unsigned int i;

	for (i = 0; i < pp_fw_info(pp)->csg_count; i++) {
		struct pp_group *group = sched->slots[i].group;

		if (!group || pp_group_dead(group))
			continue;
		if (READ_ONCE(group->failed))
			pp_group_condemn(group, pp_group_all_queues(group),
					 "its protected session failed");
		else if (pp_vm_faulted(group->vm))
			pp_group_condemn(group, pp_group_all_queues(group),
					 "fault in its address space");
		else if (group->protm_pending && !pp_protm_ready(pp) && !pp_reset_pending(pp))
			pp_group_condemn(group, group->protm_pending, "protected mode is gone");
	}
}

static void terminate_dead(struct pp_sched *sched)
{
	unsigned int i;

	for (i = 0; i < pp_fw_info(sched->pp)->csg_count; i++) {
		struct pp_slot *slot = &sched->slots[i];

		if (slot->state == PP_SLOT_RUNNING && pp_group_dead(slot->group))
			pp_slot_terminate(sched, i);
	}
}

/*
 * Before a session is thought of: a region that waits for memory would ask to be
 * entered again and again. True if firmware was told something.
 */
static bool answer_oom(struct pp_sched *sched)
{
	bool told = false;
	unsigned int i;

	if (pp_protm_in_session(sched->pp))
		return false;
	for (i = 0; i < pp_fw_info(sched->pp)->csg_count; i++) {
		struct pp_slot *slot = &sched->slots[i];

		if (slot->state == PP_SLOT_RUNNING && !pp_group_dead(slot->group))
			told |= pp_group_oom_answer(slot->group);
	}
	return told;
}

/* The session goes on, unless its group waits for memory that we have got for it. */
static void hold_session(struct pp_sched *sched)
{
	struct pp_group *active = pp_protm_active_group(sched->pp);

	if (active && active->oom_ready & active->oom)
		pp_protm_force_exit(sched->pp, PP_EXIT_SLOT);
}

static bool picked(const struct tick *t, const struct pp_group *group)
{
	unsigned int i;

	for (i = 0; i < t->plan.count; i++) {
		if (t->group[t->plan.pick[i].cand] == group)
			return true;
	}
	return false;
}

/* Slots for those that are to come; their groups are seen again when they are off. */
static void suspend_unpicked(struct pp_sched *sched, const struct tick *t)
{
	unsigned int i;

	for (i = 0; i < t->in.slots; i++) {
		struct pp_slot *slot = &sched->slots[i];

		if (slot->state == PP_SLOT_RUNNING && !pp_group_dead(slot->group) &&
		    !picked(t, slot->group))
			pp_slot_suspend(sched, i);
	}
}

static int free_slot(struct pp_sched *sched)
{
	unsigned int i;

	for (i = 0; i < usable_slots(sched); i++) {
		if (sched->slots[i].state == PP_SLOT_FREE)
			return i;
	}
	return -EBUSY;
}

static void start_group(struct pp_sched *sched, struct pp_group *group, u8 prio)
{
	int csg = free_slot(sched);
	int as;

	if (csg < 0)
		return;
	as = pp_vm_as_get(group->vm);
	if (as >= 0) {
		pp_slot_start(sched, csg, group, as, prio);
	} else if (as == -EAGAIN) {
		pp_protm_force_exit(sched->pp, PP_EXIT_SLOT);
	} else if (as != -EBUSY && !pp_vm_faulted(group->vm) && !pp_reset_pending(sched->pp)) {
		/* A VM that faulted is good again when the groups on it have left. */
		pp_group_condemn(group, pp_group_all_queues(group),
				 "no address space");
	}
}

static void apply(struct pp_sched *sched, const struct tick *t)
{
	unsigned int i;

	terminate_dead(sched);
	if (t->plan.later)
		return;
	suspend_unpicked(sched, t);
	for (i = 0; i < t->plan.count; i++) {
		const struct pp_policy_pick *pick = &t->plan.pick[i];
		struct pp_group *group = t->group[pick->cand];

		if (group->csg < 0)
			start_group(sched, group, pick->csg_prio);
		else if (sched->slots[group->csg].state == PP_SLOT_RUNNING &&
			 sched->slots[group->csg].prio != pick->csg_prio)
			pp_slot_set_prio(sched, group->csg, pick->csg_prio);
	}
}

/*
 * Whoever gets work and is no more important than those who fill the slots has
 * nothing to hope for before somebody's turn is over or somebody leaves.
 */
static void note_full(struct pp_sched *sched, const struct tick *t)
{
	unsigned int i;
	int level = PP_POLICY_LEVELS;

	for (i = 0; i < t->plan.count; i++) {
		const struct pp_policy_cand *c = &t->cand[t->plan.pick[i].cand];

		level = c->idle ? -1 : min_t(int, level, c->level);
	}
	sched->full_level = t->plan.count == t->in.slots ? level : -1;
}

static void note_runners(struct pp_sched *sched, const struct tick *t)
{
	unsigned int i;

	pp_sched_no_runners(sched);
	for (i = 0; i < t->plan.count; i++)
		pp_sched_note_runner(sched, t->group[t->plan.pick[i].cand]);
}

static int enter(struct pp_sched *sched, const struct tick *t)
{
	struct pp_group *group = t->group[0];
	u32 pending = group->protm_pending;
	int ret;

	ret = pp_protm_try_enter(sched->pp, group, group->csg, pending);
	if (ret)
		return ret;
	group->protm_pending = 0;
	pp_sched_entered(sched, group);
	pp_slots_timers(sched, group, pending);
	/* Firmware looks at nobody's sync objects from now on. */
	pp_sched_look_at_waits(sched);
	return 0;
}

/* Doorbells are dead in a session: those that were rung meanwhile, once more. */
static void session_over(struct pp_sched *sched)
{
	unsigned long rung = sched->rung;
	unsigned int i;

	sched->rung = 0;
	pp_slots_timers(sched, NULL, 0);
	for_each_set_bit(i, &rung, pp_fw_info(sched->pp)->csg_count) {
		if (sched->slots[i].group)
			pp_fw_ring_user(sched->pp, i + 1);
	}
	for (i = 0; i < pp_fw_info(sched->pp)->csg_count; i++) {
		if (sched->slots[i].to_ask)
			pp_slot_ask_status(sched, i);
	}
}

/**
 * pp_sched_next_turn() - run the tick when it is time to look again, if not before
 * @sched: room state
 *
 * Context: Any.
 */
void pp_sched_next_turn(struct pp_sched *sched)
{
	queue_delayed_work(sched->wq, &sched->tick, msecs_to_jiffies(PP_TICK_MS));
}

/* At the end of a turn if that is sooner. */
static void next_tick(struct pp_sched *sched)
{
	u64 left = min_t(u64, pp_sched_turn_left(sched), PP_TICK_MS * NSEC_PER_MSEC);

	queue_delayed_work(sched->wq, &sched->tick, nsecs_to_jiffies(left) + 1);
}

static void tick_locked(struct pp_sched *sched, struct tick *t)
{
	struct pp_device *pp = sched->pp;
	bool refused = false, told;

	lockdep_assert_held(&sched->lock);
	if (sched->hold || pp_reset_pending(pp) || !pp_device_active(pp))
		return;
	if (sched->timers_stopped && !pp_protm_in_session(pp))
		session_over(sched);

	bury_failed(sched);
	pp_sched_charge(sched);
	pp_sched_rotate(sched);
	told = answer_oom(sched);
	snapshot(sched, t);
	t->in.quiet &= !told;
	pp_policy_decide(&t->in, &t->plan);

	switch (t->plan.protm) {
	case PP_POLICY_NORMAL:
		apply(sched, t);
		break;
	case PP_POLICY_FORCE:
		pp_protm_force_exit(pp, t->plan.cause);
		break;
	case PP_POLICY_ENTER:
		refused = enter(sched, t) == -EBUSY;
		break;
	case PP_POLICY_HOLD:
		hold_session(sched);
		break;
	case PP_POLICY_SETTLE:
		break;
	}
	sched->settling = t->plan.later || t->plan.protm == PP_POLICY_SETTLE;
	note_full(sched, t);
	note_runners(sched, t);
	if (!refused)
		pp_protm_turn_over(pp);
	if (t->waiting || pp_protm_in_session(pp))
		next_tick(sched);
}

/**
 * pp_sched_tick_work() - decide who is on a slot
 * @work: sched->tick
 */
void pp_sched_tick_work(struct work_struct *work)
{
	struct pp_sched *sched = container_of(work, struct pp_sched, tick.work);
	struct tick t;

	pp_sched_lock(sched);
	/* What firmware has said by now belongs into the decision. */
	pp_sched_events_now(sched);
	tick_locked(sched, &t);
	pp_slots_ring(sched);
	pp_sched_unlock(sched);
}

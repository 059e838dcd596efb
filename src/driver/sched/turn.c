// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Turns of equals (rule 15): who has executed for how long, and so who is first.
 *
 * In a session it is the group whose session it is, from its confirmation to the
 * forced exit: entering and leaving is nobody's time. Otherwise it is, at each
 * priority, the first that is on a slot and can: not always the first of the list,
 * which may wait at a protected region. Whether others find room beside
 * it on the hardware is not known, and does not matter: what equals compete for is
 * to be first.
 *
 * It is added up whenever the tick runs, and whoever executes may change only by
 * something that runs the tick.
 */
#include <linux/ktime.h>

#include "protm/protm.h"
#include "sched/types.h"

static u64 slice_ns(void)
{
	return (u64)READ_ONCE(pp_param_protm_slice_ms) * NSEC_PER_MSEC;
}

static void charge_session(struct pp_sched *sched, const struct pp_protm_clock *clock)
{
	if (!sched->entered)
		return;
	pp_policy_charge(&sched->entered->share, clock->ran_ns - sched->entered_ns, slice_ns());
	sched->entered_ns = clock->ran_ns;
	if (!clock->in_session)
		sched->entered = NULL;
}

/**
 * pp_sched_charge() - add up who has executed since the last time
 * @sched: room state
 *
 * Context: sched->lock held. Fence-signalling path.
 */
void pp_sched_charge(struct pp_sched *sched)
{
	u64 now = ktime_get_ns(), since;
	struct pp_protm_clock clock;
	unsigned int level;

	lockdep_assert_held(&sched->lock);
	pp_protm_clock(sched->pp, &clock);
	charge_session(sched, &clock);
	since = max(sched->charged, clock.ended_ns);
	sched->charged = now;
	if (clock.in_session || now <= since)
		return;
	for (level = 0; level < PP_POLICY_LEVELS; level++) {
		if (sched->runner[level])
			pp_policy_charge(&sched->runner[level]->share, now - since, slice_ns());
	}
}

/**
 * pp_sched_entered() - a session has been requested
 * @sched: room state
 * @group: for which
 *
 * Context: sched->lock held.
 */
void pp_sched_entered(struct pp_sched *sched, struct pp_group *group)
{
	lockdep_assert_held(&sched->lock);
	sched->entered = group;
	sched->entered_ns = 0;
}

/**
 * pp_sched_returns() - a group has work again
 * @group: which
 *
 * Context: sched->lock held.
 */
void pp_sched_returns(struct pp_group *group)
{
	pp_policy_forgive(&group->share, slice_ns());
}

/**
 * pp_sched_leaves() - a group is about to be off its slot
 * @sched: room state
 * @group: which
 *
 * Context: sched->lock held. Fence-signalling path.
 */
void pp_sched_leaves(struct pp_sched *sched, struct pp_group *group)
{
	unsigned int level = group->args.priority;

	pp_sched_charge(sched);
	if (sched->runner[level] == group)
		sched->runner[level] = NULL;
	if (sched->entered == group)
		sched->entered = NULL;
}

static bool can_execute(struct pp_sched *sched, struct pp_group *group)
{
	u32 waits = group->protm_pending | group->blocked;
	unsigned int i;

	/* Whose session is on waits at its next region when it is over, as like as not. */
	if (group->idle || group->csg < 0 || sched->slots[group->csg].state != PP_SLOT_RUNNING ||
	    group == pp_protm_active_group(sched->pp))
		return false;
	for (i = 0; i < group->args.queue_count; i++) {
		if (!(waits & BIT(i)) && pp_queue_has_jobs(group->queues[i]))
			return true;
	}
	return false;
}

/**
 * pp_sched_no_runners() - the tick is about to say who executes
 * @sched: room state
 *
 * Context: sched->lock held, after pp_sched_charge().
 */
void pp_sched_no_runners(struct pp_sched *sched)
{
	lockdep_assert_held(&sched->lock);
	memset(sched->runner, 0, sizeof(sched->runner));
}

/**
 * pp_sched_note_runner() - a group that may be the first of its priority that executes
 * @sched: room state
 * @group: which; to be called in the order of CSG priorities
 *
 * Context: sched->lock held. Fence-signalling path.
 */
void pp_sched_note_runner(struct pp_sched *sched, struct pp_group *group)
{
	unsigned int level = group->args.priority;

	lockdep_assert_held(&sched->lock);
	if (!sched->runner[level] && can_execute(sched, group))
		sched->runner[level] = group;
}

/**
 * pp_sched_rotate() - whoever has had its turn goes to the end of its list
 * @sched: room state
 *
 * Context: sched->lock held, after pp_sched_charge(). Fence-signalling path.
 */
void pp_sched_rotate(struct pp_sched *sched)
{
	unsigned int level, tries;

	lockdep_assert_held(&sched->lock);
	for (level = 0; level < PP_POLICY_LEVELS; level++) {
		struct list_head *run = &sched->run[level];
		struct pp_group *head;

		/* Several in a row may have had too much already; only those that were on slots. */
		for (tries = 0; tries < PP_POLICY_MAX_CANDS; tries++) {
			head = list_first_entry_or_null(run, struct pp_group, run_node);
			if (!head || !pp_policy_turn_over(&sched->turn[level], head, &head->share,
							  slice_ns()))
				break;
			list_move_tail(&head->run_node, run);
		}
	}
}

/**
 * pp_sched_turn_left() - when the next turn is over
 * @sched: room state
 *
 * Context: sched->lock held. Fence-signalling path.
 * Return: ns until then, if nothing happens; U64_MAX if nobody waits for it.
 */
u64 pp_sched_turn_left(struct pp_sched *sched)
{
	struct pp_group *active = pp_protm_active_group(sched->pp);
	unsigned int level;
	u64 left = U64_MAX;

	lockdep_assert_held(&sched->lock);
	for (level = 0; level < PP_POLICY_LEVELS; level++) {
		struct list_head *run = &sched->run[level];
		struct pp_group *head = list_first_entry_or_null(run, struct pp_group, run_node);

		if (!head || list_is_singular(run))
			continue;
		if (head == active || (!active && head == sched->runner[level]))
			left = min_t(u64, left, max_t(s64, head->share.credit, 0));
	}
	return left;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Who gets a slot. See policy.h; the rules are those of src/README.md.
 */
#include "sched/policy.h"

/* Does the candidate's address space fit beside those of the picks so far? */
static bool as_fits(const struct pp_policy_in *in,
		    const struct pp_policy_plan *plan, unsigned int cand)
{
	unsigned int spaces = 0;
	unsigned int i, j;

	for (i = 0; i < plan->count; i++) {
		unsigned long vm = in->cand[plan->pick[i].cand].vm;

		if (vm == in->cand[cand].vm)
			return true;
		for (j = 0; j < i; j++) {
			if (in->cand[plan->pick[j].cand].vm == vm)
				break;
		}
		spaces += j == i;
	}
	return spaces < in->as_slots;
}

static unsigned int usable_slots(const struct pp_policy_in *in)
{
	return in->slots < PP_POLICY_MAX_SLOTS ? in->slots : PP_POLICY_MAX_SLOTS;
}

/**
 * pp_policy_begin() - before the first candidate
 * @in: the snapshot, without candidates
 * @plan: the decision, to be filled
 *
 * Context: any; no locks, no sleep.
 */
void pp_policy_begin(struct pp_policy_in *in, struct pp_policy_plan *plan)
{
	in->count = 0;
	plan->count = 0;
	plan->later = false;
}

/**
 * pp_policy_offer() - one more candidate
 * @in: the snapshot; @in->cand[@in->count] is the new one
 * @plan: the decision so far
 *
 * The candidates come in order, so each is either picked now or not at all: higher
 * groups that are idle come last and get what is left.
 *
 * Context: any; no locks, no sleep.
 * Return: true if another one could be of use.
 */
bool pp_policy_offer(struct pp_policy_in *in, struct pp_policy_plan *plan)
{
	unsigned int slots = usable_slots(in);

	if (in->count < 2 * slots && plan->count < slots) {
		if (as_fits(in, plan, in->count))
			plan->pick[plan->count++].cand = in->count;
		in->count++;
	}
	return in->count < 2 * slots && plan->count < slots;
}

/*
 * By level, in the order of their turns, and what is idle after its equals: a group
 * that gets work while it is on a slot is at its place then, without a request.
 */
static void sort_picks(const struct pp_policy_in *in, struct pp_policy_plan *plan)
{
	unsigned int i, j;

	for (i = 1; i < plan->count; i++) {
		struct pp_policy_pick pick = plan->pick[i];
		u8 level = in->cand[pick.cand].level;

		for (j = i; j && in->cand[plan->pick[j - 1].cand].level < level; j--)
			plan->pick[j] = plan->pick[j - 1];
		plan->pick[j] = pick;
	}
}

/* The highest value below @below and above @above that is not in @held, or -1. */
static int prio_between(u32 held, int above, int below)
{
	int v;

	for (v = below - 1; v > above; v--) {
		if (!(held & BIT(v)))
			return v;
	}
	return -1;
}

/*
 * Try to leave the priority of each group whose place still fits, and to find
 * values between for those that came or moved: nobody else needs a request then.
 */
static bool prios_keep(const struct pp_policy_in *in,
		       struct pp_policy_plan *plan)
{
	int below = PP_POLICY_CSG_PRIOS;
	u32 held = in->held_prios;
	unsigned int i, j;

	for (i = 0; i < plan->count; i++) {
		const struct pp_policy_cand *c = &in->cand[plan->pick[i].cand];
		int above = -1;
		int v = c->csg_prio;

		if (c->slot >= 0 && v >= below && !c->running)
			return false;
		if (c->slot < 0 || v >= below) {
			for (j = i + 1; j < plan->count; j++) {
				const struct pp_policy_cand *n = &in->cand[plan->pick[j].cand];

				if (n->slot >= 0 && n->csg_prio < below) {
					above = n->csg_prio;
					break;
				}
			}
			v = prio_between(held, above, below);
		}
		if (v < 0)
			return false;
		held |= BIT(v);
		plan->pick[i].csg_prio = v;
		below = v;
	}
	return true;
}

/*
 * A new order for all, with values that nobody holds: half of them are free,
 * unless firmware still has to give some up, or to read some.
 */
static bool prios_renew(const struct pp_policy_in *in,
			struct pp_policy_plan *plan)
{
	int below = PP_POLICY_CSG_PRIOS;
	unsigned int i;

	for (i = 0; i < plan->count; i++) {
		const struct pp_policy_cand *c = &in->cand[plan->pick[i].cand];
		int v = prio_between(in->held_prios, -1, below);

		if (v < 0 || (c->slot >= 0 && !c->running))
			return false;
		plan->pick[i].csg_prio = v;
		below = v;
	}
	return true;
}

static void decide_in_session(const struct pp_policy_in *in,
			      struct pp_policy_plan *plan)
{
	const struct pp_policy_cand *top = &in->cand[0];
	bool work = in->count && !top->idle;

	plan->protm = PP_POLICY_FORCE;
	if (in->terminate || in->active == PP_POLICY_GONE)
		plan->cause = PP_EXIT_TERMINATE;
	else if (!work || top->active)
		plan->protm = PP_POLICY_HOLD;
	else if (top->level > in->active_level)
		plan->cause = PP_EXIT_PRIORITY;
	else
		plan->cause = PP_EXIT_ROTATE;
}

static void decide_entry(const struct pp_policy_in *in,
			 struct pp_policy_plan *plan)
{
	const struct pp_policy_cand *top = &in->cand[0];

	plan->protm = PP_POLICY_NORMAL;
	if (!in->protm_ready || in->terminate || !in->count)
		return;
	if (top->idle || !top->running || !top->protm_pending)
		return;
	plan->protm = in->quiet ? PP_POLICY_ENTER : PP_POLICY_SETTLE;
}

/**
 * pp_policy_decide() - who shall be on a slot, and in which mode
 * @in: the snapshot, with all candidates
 * @plan: the decision, with the picks of pp_policy_offer()
 *
 * The top group is the first candidate with work. It alone may enter protected
 * mode (rule 1), and a session goes on for as long as its group is on top.
 *
 * Context: any; no locks, no sleep.
 */
void pp_policy_decide(const struct pp_policy_in *in, struct pp_policy_plan *plan)
{
	plan->cause = PP_EXIT_DONE;
	sort_picks(in, plan);
	plan->later = !prios_keep(in, plan) && !prios_renew(in, plan);

	if (in->active != PP_POLICY_NOBODY)
		decide_in_session(in, plan);
	else
		decide_entry(in, plan);
}

/* Slices that a group can be ahead of its equals, at most: so long it waits for that. */
#define DEBT_SLICES	8

/**
 * pp_policy_charge() - a group has executed
 * @share: of it
 * @ns: for how long
 * @slice: length of a turn, ns
 *
 * Whatever it executed counts, in its turn or because nobody else could.
 *
 * Context: any; no locks, no sleep.
 */
void pp_policy_charge(struct pp_policy_share *share, u64 ns, u64 slice)
{
	s64 floor = -(s64)(DEBT_SLICES * slice);

	if ((s64)ns > share->credit - floor)
		share->credit = floor;
	else
		share->credit -= ns;
}

/**
 * pp_policy_forgive() - a group has work again
 * @share: of it
 * @slice: length of a turn, ns
 *
 * What it had too much before it was idle is not held against it for long.
 *
 * Context: any; no locks, no sleep.
 */
void pp_policy_forgive(struct pp_policy_share *share, u64 slice)
{
	if (share->credit < -(s64)slice)
		share->credit = -(s64)slice;
}

/**
 * pp_policy_turn_over() - is the first group of a run list to go to its end?
 * @turn: whose turn it was; kept up to date here
 * @head: the first of the run list now
 * @share: of it
 * @slice: length of a turn, ns
 *
 * Only the first one goes: firmware runs groups that overlap by their
 * distinct priorities, so it is being first that counts. It also replaces one
 * slot's group per turn rather than all of them.
 *
 * A turn is over when its slice has been executed, not when its time has passed: to
 * enter and to leave protected mode takes time in which nobody executes. Turns
 * end when somebody looks, some milliseconds late, and while a group waits at a
 * protected region others execute; so what a group had too much is taken from its next
 * turn, and a turn of which little is left is not worth a session.
 *
 * Context: any; no locks, no sleep.
 * Return: true when its turn is over; the next one at the head begins a new turn,
 * even if it is the same.
 */
bool pp_policy_turn_over(struct pp_policy_turn *turn, const void *head,
			 struct pp_policy_share *share, u64 slice)
{
	s64 least = 1;

	if (turn->head != head) {
		turn->head = head;
		if (share->credit > 0)
			share->credit = 0;
		share->credit += slice;
		least = slice / 2;
	}
	if (share->credit >= least)
		return false;
	turn->head = NULL;
	return true;
}

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Room sched, the decision: who gets a CSG slot, in what order, and what is to
 * be done about protected mode.
 *
 * PURE: a snapshot goes in, a plan comes out. No locks, no I/O, no kernel
 * state; compiled unchanged in user space by tests/unit. The snapshot holds
 * only the heads of the run lists, so a decision costs as much as there are
 * slots, however many groups exist.
 */
#ifndef PP_SCHED_POLICY_H
#define PP_SCHED_POLICY_H

#include <linux/bits.h>
#include <linux/types.h>

#include "protm/machine.h"

/* Group priorities, 0 (low) to 3 (realtime), as in the uAPI. */
#define PP_POLICY_LEVELS	4
/* Values of CSG_EP_CFG.priority; the highest number goes first. */
#define PP_POLICY_CSG_PRIOS	16
/*
 * Groups on slots at a time. Two groups that overlap in time must not share a
 * CSG priority, not even while one leaves (firmware may dead-lock), and a new
 * order must be expressible with values that nobody holds: half of them.
 */
#define PP_POLICY_MAX_SLOTS	(PP_POLICY_CSG_PRIOS / 2)
/* Most candidates that a snapshot can hold: every level's head, and idle ones. */
#define PP_POLICY_MAX_CANDS	((PP_POLICY_LEVELS + 1) * PP_POLICY_MAX_SLOTS)

/* pp_policy_in.active: nobody, or somebody who is no candidate any more. */
#define PP_POLICY_NOBODY	(-1)
#define PP_POLICY_GONE		(-2)

/**
 * struct pp_policy_cand - a group that could be on a slot
 * @vm: what its address space is told apart by; groups of one VM share an AS
 * @protm_pending: CSs that wait at a protected region
 * @level: priority, 0 to PP_POLICY_LEVELS - 1
 * @slot: where it is, or -1
 * @csg_prio: on a slot: the CSG priority that firmware knows
 * @running: on a slot, started, and no request about it is outstanding
 * @idle: on a slot with nothing to do; stays only where nobody needs the slot
 */
struct pp_policy_cand {
	unsigned long vm;
	u32 protm_pending;
	u8 level;
	s8 slot;
	s8 csg_prio;
	bool running;
	bool idle;
};

/**
 * struct pp_policy_in - the snapshot
 * @cand: candidates: runnable ones by priority and then by turn, then idle ones.
 *	A group that is leaving its slot is none.
 * @count: of @cand, at most PP_POLICY_MAX_CANDS
 * @slots: CSG slots of the hardware
 * @as_slots: address spaces for user VMs
 * @held_prios: CSG priorities of all groups on slots, candidates or not
 * @active: candidate whose session is on, PP_POLICY_NOBODY or PP_POLICY_GONE
 * @protm_ready: protected memory is attached and no reset is under way
 * @quiet: no request to firmware is outstanding on any slot
 * @terminate: a group on a slot has to be terminated
 */
struct pp_policy_in {
	const struct pp_policy_cand *cand;
	unsigned int count;
	unsigned int slots;
	unsigned int as_slots;
	u32 held_prios;
	int active;
	bool protm_ready;
	bool quiet;
	bool terminate;
};

/* What to do about protected mode. */
enum pp_policy_protm {
	PP_POLICY_NORMAL,	/* nothing: carry the slot plan out */
	PP_POLICY_HOLD,		/* a session is on and shall go on: touch nothing (rule 3) */
	PP_POLICY_FORCE,	/* a session is on and shall end; touch nothing until it has */
	PP_POLICY_SETTLE,	/* entry is due, but acknowledgements are: ask for nothing new */
	PP_POLICY_ENTER,	/* enter with the first pick */
};

/**
 * struct pp_policy_pick - a group that shall be on a slot
 * @cand: index in pp_policy_in.cand
 * @csg_prio: CSG priority that it shall have
 */
struct pp_policy_pick {
	u8 cand;
	u8 csg_prio;
};

/**
 * struct pp_policy_plan - the decision
 * @protm: what to do about protected mode
 * @cause: why a session shall end, if it shall
 * @count: of @pick
 * @pick: who shall be on a slot, the most important first
 */
struct pp_policy_plan {
	enum pp_policy_protm protm;
	enum pp_protm_exit_cause cause;
	unsigned int count;
	struct pp_policy_pick pick[PP_POLICY_MAX_SLOTS];
};

/**
 * struct pp_policy_turn - whose turn it is at one priority
 * @head: the first of the run list when last asked
 * @since: since when, ns
 */
struct pp_policy_turn {
	const void *head;
	u64 since;
};

void pp_policy_decide(const struct pp_policy_in *in, struct pp_policy_plan *plan);
bool pp_policy_turn_over(struct pp_policy_turn *turn, const void *head,
			 bool served, u64 now, u64 slice);

#endif

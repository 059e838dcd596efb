/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Room sched, the decision: who gets a CSG slot, in what order, and what is to
 * be done about protected mode.
 *
 * PURE: a snapshot goes in, a plan comes out. No locks, no I/O, no kernel
 * state; compiled unchanged in user space by tests/unit. Candidates are offered
 * one by one from the heads of the run lists until there are enough of them, so a
 * decision costs as much as there are slots, however many groups exist.
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
/*
 * Most candidates that are looked at. Twice the slots: some may be of address
 * spaces that do not fit any more, and those behind them still can.
 */
#define PP_POLICY_MAX_CANDS	(2 * PP_POLICY_MAX_SLOTS)

/* pp_policy_in.active: whose session is on. */
enum pp_policy_active {
	PP_POLICY_NOBODY,
	PP_POLICY_ALIVE,	/* the candidate with .active, or one that was not offered */
	PP_POLICY_GONE,		/* a group that can run nothing any more */
};

/**
 * struct pp_policy_cand - a group that could be on a slot
 * @vm: what its address space is told apart by; groups of one VM share an AS
 * @protm_pending: CSs that wait at a protected region
 * @level: priority, 0 to PP_POLICY_LEVELS - 1
 * @slot: where it is, or -1
 * @csg_prio: on a slot: the CSG priority that firmware knows
 * @running: on a slot, started, and no request about it is outstanding. Only then
 *	can it be told another CSG priority: of two that overlap, firmware may answer
 *	both and have read but the first
 * @idle: on a slot with nothing to do; stays only where nobody needs the slot
 * @active: its session is on
 */
struct pp_policy_cand {
	unsigned long vm;
	u32 protm_pending;
	u8 level;
	s8 slot;
	s8 csg_prio;
	bool running;
	bool idle;
	bool active;
};

/**
 * struct pp_policy_in - the snapshot
 * @cand: candidates: runnable ones by priority and then by turn, then idle ones.
 *	A group that is leaving its slot is none.
 * @count: of @cand that were offered so far, at most PP_POLICY_MAX_CANDS
 * @slots: CSG slots of the hardware
 * @as_slots: address spaces for user VMs
 * @held_prios: CSG priorities of all groups on slots, candidates or not, and those
 *	that firmware has not yet been seen to give up
 * @active: whose session is on
 * @active_level: of the group whose session is on
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
	enum pp_policy_active active;
	u8 active_level;
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
	PP_POLICY_ENTER,	/* enter with candidate 0 */
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
 * @later: the order cannot be expressed before firmware has acknowledged what it
 *	was asked for: leave all slots as they are until then; @pick has no priorities
 * @count: of @pick
 * @pick: who shall be on a slot, by CSG priority, highest first. The top group,
 *	which alone may enter protected mode, is candidate 0
 */
struct pp_policy_plan {
	enum pp_policy_protm protm;
	enum pp_protm_exit_cause cause;
	bool later;
	unsigned int count;
	struct pp_policy_pick pick[PP_POLICY_MAX_SLOTS];
};

/**
 * struct pp_policy_share - what a group may still execute before its equals
 * @credit: ns; negative when its turns were longer than they should have been
 */
struct pp_policy_share {
	s64 credit;
};

/**
 * struct pp_policy_turn - whose turn it is at one priority
 * @head: the first of the run list when last asked; NULL: a new turn is to begin
 */
struct pp_policy_turn {
	const void *head;
};

void pp_policy_begin(struct pp_policy_in *in, struct pp_policy_plan *plan);
bool pp_policy_offer(struct pp_policy_in *in, struct pp_policy_plan *plan);
void pp_policy_decide(const struct pp_policy_in *in, struct pp_policy_plan *plan);
void pp_policy_charge(struct pp_policy_share *share, u64 ns, u64 slice);
void pp_policy_forgive(struct pp_policy_share *share, u64 slice);
bool pp_policy_turn_over(struct pp_policy_turn *turn, const void *head,
			 struct pp_policy_share *share, u64 slice);

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Room protm: protected mode.
 *
 * machine.c is pure: states, events, actions, limits. session.c carries the
 * actions out, gate.c keeps VM operations and sessions apart, attach.c brings
 * protected memory to the firmware (full reset).
 *
 * Calls fw, hw, mem, core. The scheduler calls in here; what it wants to know
 * goes through struct pp_protm_hooks.
 *
 * Locks: protm->lock (spinlock, irqsave) guards the machine; taken in the JOB
 * and GPU IRQ threads, by timers, by the tick, by VM operations. Nothing is
 * taken under it but fw's interface locks and hw's IRQ mask lock; the gate is tried.
 * It is never held in a hook, except in used().
 * gate: rw_semaphore + completion, see protm/gate.c. Order: vm->op_lock -> gate
 * -> mmu->as_lock. protm->attach_lock (mutex): one attach at a time; outermost.
 */
#ifndef PP_PROTM_PROTM_H
#define PP_PROTM_PROTM_H

#include <linux/types.h>

#include "core/device.h"
#include "protm/machine.h"

struct drm_minor;
struct pp_group;
struct pp_vm;

/**
 * struct pp_protm_hooks - what the scheduler is told; registered by it
 * @session_over: the session of @group has ended. From the JOB IRQ thread,
 *	timers and the reset: must not sleep for sched->lock, queue work instead
 * @group_failed: firmware did not carry out @group's session, or it faulted in
 *	it: the group alone is to become fatal. Same contexts
 * @kick: run the tick: an entry that was refused may be tried again. Any context
 * @group_id: number of a group for traces and messages
 * @used: a session of @group that took place is over: the GPU was its alone for
 *	@ns. Any context, with protm->lock held, while the group's slot still keeps
 *	it alive: add it up, and nothing else
 * @quiesce: every group off its slot, saved, and no group back on one before
 *	the next pp_sched_post_reset(). 0, or -EBUSY with nothing changed. Sleeps
 */
struct pp_protm_hooks {
	void (*session_over)(struct pp_device *pp, struct pp_group *group,
			     enum pp_protm_exit_cause cause);
	void (*group_failed)(struct pp_device *pp, struct pp_group *group);
	void (*kick)(struct pp_device *pp);
	u32 (*group_id)(const struct pp_group *group);
	void (*used)(struct pp_group *group, u64 ns);
	int (*quiesce)(struct pp_device *pp);
};

/**
 * struct pp_protm_stats - since the device was probed; times in ns
 * @sessions: that firmware acknowledged
 * @active_ns: from the confirmation to the exit, summed up
 * @longest_ns: longest of them
 * @enter_longest_ns: longest time from PROTM_ENTER to its confirmation
 * @exit_longest_ns: longest time from a forced exit to PROTM_EXIT
 * @exits: by cause
 * @vm_waits: VM operations that had to wait for the end of a session
 * @vm_wait_longest_ns: longest of them
 * @faults: PROTECTED_FAULT interrupts
 * @failed_entries: PROTM_ENTER requests that led to no session
 */
struct pp_protm_stats {
	u64 sessions, active_ns, longest_ns, enter_longest_ns, exit_longest_ns;
	u64 exits[PP_EXIT_CAUSES];
	u64 vm_waits, vm_wait_longest_ns, faults, failed_entries;
};

/**
 * struct pp_protm_clock - who could execute when; times in ns
 * @in_session: a session is requested or on
 * @ran_ns: of the session that is on, or of the last one: from its confirmation to
 *	its end, or to the forced exit
 * @ended_ns: when the last one ended, by ktime_get()
 */
struct pp_protm_clock {
	bool in_session;
	u64 ran_ns, ended_ns;
};

int pp_protm_init(struct pp_device *pp);
void pp_protm_debugfs_minor(struct drm_minor *minor);
void pp_protm_unplug(struct pp_device *pp);
void pp_protm_set_hooks(struct pp_device *pp, const struct pp_protm_hooks *hooks);

/* attach.c: for the first protected GROUP_CREATE. */
int pp_protm_attach(struct pp_device *pp);
bool pp_protm_refused(struct pp_device *pp);

/* session.c */
bool pp_protm_ready(struct pp_device *pp);
struct pp_group *pp_protm_active_group(struct pp_device *pp);
bool pp_protm_in_session(struct pp_device *pp);
bool pp_protm_confirmed(struct pp_device *pp);
bool pp_protm_lost(struct pp_device *pp);
void pp_protm_turn_over(struct pp_device *pp);
int pp_protm_try_enter(struct pp_device *pp, struct pp_group *group, unsigned int csg, u32 cs_mask);
void pp_protm_force_exit(struct pp_device *pp, enum pp_protm_exit_cause cause);
void pp_protm_glb_events(struct pp_device *pp);
void pp_protm_pre_reset(struct pp_device *pp);
void pp_protm_post_reset(struct pp_device *pp, bool failed);
void pp_protm_clock(struct pp_device *pp, struct pp_protm_clock *clock);
void pp_protm_get_stats(struct pp_device *pp, struct pp_protm_stats *out);

/* gate.c: the op_begin, op_try_begin, op_end and in_session members of struct pp_mmu_hooks. */
void pp_protm_op_begin(struct pp_device *pp, struct pp_vm *vm);
bool pp_protm_op_try_begin(struct pp_device *pp, struct pp_vm *vm);
void pp_protm_op_end(struct pp_device *pp, struct pp_vm *vm);

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Room protm: protected mode.
 *
 * machine.c is pure: states, events, actions, timeouts. session.c carries the
 * actions out and owns the gate that keeps VM operations and sessions apart.
 * attach.c brings protected memory to the firmware (full reset).
 *
 * Locks: protm->lock (spinlock, irqsave) guards the machine; taken in the JOB
 * and GPU IRQ threads, by timers, by the tick, by VM operations; nothing is
 * taken under it but fw's interface locks and the IRQ mask lock. It is never
 * held while sleeping, and sched->lock is never taken under it.
 * gate: rw_semaphore + completion, see protm/gate.h. Order: vm->op_lock -> gate
 * -> mmu->as_lock.
 */
#ifndef PP_PROTM_PROTM_H
#define PP_PROTM_PROTM_H

#include <linux/types.h>

#include "core/device.h"

struct pp_group;

/* Why a session was told to end; shown in traces and counters. */
enum pp_protm_exit_cause {
	PP_EXIT_DONE,		/* region finished */
	PP_EXIT_PRIORITY,	/* a higher-priority group became runnable */
	PP_EXIT_ROTATE,		/* slice over, an equal waits */
	PP_EXIT_VM_OP,		/* a VM operation waited past its grace */
	PP_EXIT_SLOT,		/* the tick needs an AS or a slot */
	PP_EXIT_TERMINATE,	/* the active group goes away */
	PP_EXIT_SUSPEND,	/* runtime or system suspend, unplug */
	PP_EXIT_PROGRESS,	/* progress limit */
	PP_EXIT_FAULT, PP_EXIT_RESET,
	PP_EXIT_CAUSES
};

struct pp_protm_stats {
	u64 sessions, active_ns, longest_ns, enter_longest_ns, exit_longest_ns;
	u64 exits[PP_EXIT_CAUSES];
	u64 vm_waits, vm_wait_longest_ns, faults, failed_entries;
};

int pp_protm_init(struct pp_device *pp);
void pp_protm_unplug(struct pp_device *pp);
/* First protected GROUP_CREATE: 0 when protected mode works, -ENODEV without heap, -EIO if boot with PROT failed. */
int pp_protm_attach(struct pp_device *pp);
bool pp_protm_ready(struct pp_device *pp);
/* The group whose session is requested or running; NULL = protected mode is off. */
struct pp_group *pp_protm_active_group(struct pp_device *pp);
/*
 * From the tick, sched->lock held: try to enter with @group on @csg, acknowledging
 * the CSs in cs_mask. 0: PROTM_ENTER sent. -EBUSY: gate or previous session in the
 * way, a tick follows by itself. -ENODEV: not attached.
 */
int pp_protm_try_enter(struct pp_device *pp, struct pp_group *group, unsigned int csg, u32 cs_mask);
void pp_protm_force_exit(struct pp_device *pp, enum pp_protm_exit_cause cause);
/* JOB IRQ thread, after the CSG events of the same interrupt. */
void pp_protm_glb_events(struct pp_device *pp);
/* Reset: called when the MCU is stopped; ends the session, opens the gate. Returns the group
 * that was active (evict it), or NULL. */
struct pp_group *pp_protm_pre_reset(struct pp_device *pp);
void pp_protm_post_reset(struct pp_device *pp, bool failed);
void pp_protm_get_stats(struct pp_device *pp, struct pp_protm_stats *out);

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the files of room protm share; no other room includes this. */
#ifndef PP_PROTM_PRIV_H
#define PP_PROTM_PRIV_H

#include <linux/completion.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "protm/machine.h"
#include "protm/protm.h"

struct drm_minor;

/**
 * struct pp_protm_gate - keeps VM operations and sessions apart
 * @lock: read-held by each VM operation while it may send AS commands. Entering
 *	takes it for writing, but only ever tries, and lets go at once: what
 *	keeps operations out from then on is @open
 * @open: completed while no session is requested or running
 * @waiters: operations that wait for @open; they go before the next session
 * @refused: an entry found the gate in use: the last operation out kicks the tick,
 *	and those that come stand back until it has tried again
 * @ops: operations that hold @lock or have just let go of it
 * @wait: woken when @open is completed and when @refused is cleared
 */
struct pp_protm_gate {
	struct rw_semaphore lock;
	struct completion open;
	atomic_t waiters;
	atomic_t refused;
	atomic_t ops;
	wait_queue_head_t wait;
};

/**
 * struct pp_protm - room state of one device
 * @pp: the device
 * @hooks: of the scheduler, or NULL
 * @lock: guards everything from here to @stats
 * @machine: where protected mode stands
 * @active: the group whose session is requested or running. This *is* "protected
 *	mode is on"; there is no flag beside it. There is one at most: firmware
 *	samples the acknowledged CSs of one group at PROTM_ENTER, and giving it
 *	two groups is a combination that Arm's own driver gave up. The slot that
 *	the group is on keeps it alive: a slot is never freed in a session
 * @csg: slot of @active
 * @cs_mask: CSs of it that are acknowledged when the session is requested
 * @requested: when PROTM_ENTER was sent
 * @confirmed: when GPU_STATUS or the exit confirmed the session; 0 before
 * @forced: when the forced exit was sent; 0 before
 * @left: firmware left it after all, when only a reset could end the session
 * @last_ran_ns: for how long the last session's group could execute
 * @ended: when the last session ended
 * @deadline: when the limit of the state passes; KTIME_MAX without one
 * @stats: counters
 * @limits: in use; slice, grace and progress come from module parameters
 * @wq: where the works run
 * @limit_work: looks whether @deadline has passed
 * @look_work: reads GPU_STATUS again, or tries an entry again
 * @gate: see struct pp_protm_gate
 * @attach_lock: one attach at a time; guards the next three
 * @attach_count: attempts that have ended; may be read without the lock
 * @attach_ret: outcome of the last one
 * @attach_failed: firmware did not boot with protected memory
 */
struct pp_protm {
	struct pp_device *pp;
	const struct pp_protm_hooks *hooks;

	spinlock_t lock;
	struct pp_protm_machine machine;
	struct pp_group *active;
	unsigned int csg;
	u32 cs_mask;
	ktime_t requested, confirmed, forced;
	bool left;
	u64 last_ran_ns;
	ktime_t ended;
	ktime_t deadline;
	struct pp_protm_stats stats;

	struct pp_protm_limits limits;
	struct workqueue_struct *wq;
	struct delayed_work limit_work;
	struct delayed_work look_work;
	struct pp_protm_gate gate;
	struct mutex attach_lock;
	unsigned int attach_count;
	int attach_ret;
	bool attach_failed;
};

/* session.c */
void pp_protm_event(struct pp_protm *protm, enum pp_protm_event ev, enum pp_protm_exit_cause cause);
enum pp_protm_state pp_protm_state(struct pp_protm *protm);
u32 pp_protm_active_id(struct pp_protm *protm);
void pp_protm_kick(struct pp_protm *protm);
u32 pp_protm_limit_us(struct pp_protm *protm, enum pp_protm_limit limit);

/* gate.c */
void pp_protm_gate_init(struct pp_protm_gate *gate);
bool pp_protm_gate_try_close(struct pp_protm_gate *gate);
void pp_protm_gate_open(struct pp_protm_gate *gate);
void pp_protm_gate_turn_over(struct pp_protm_gate *gate);

/* debugfs.c */
void pp_protm_debugfs_init(struct pp_device *pp);

#endif

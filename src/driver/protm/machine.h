/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Room protm, the decision: states of protected mode, what can happen, and
 * what is to be done then.
 *
 * PURE: an event goes in, actions come out. No locks, no I/O, no kernel state;
 * compiled unchanged in user space by tests/unit. session.c carries the
 * actions out.
 *
 *   DISABLED -- attach --> ATTACHING -- attached --> NORMAL
 *   NORMAL -- enter --> ENTERING -- ack --> CONFIRMING -- seen --> ACTIVE
 *   ACTIVE -- force --> EXITING -- exit --> NORMAL
 *   ACTIVE, CONFIRMING -- exit --> NORMAL          (the region is finished)
 *   any of the four -- a limit passed, or a fault --> FAULTED -- reset --> NORMAL
 */
#ifndef PP_PROTM_MACHINE_H
#define PP_PROTM_MACHINE_H

#include <linux/bits.h>
#include <linux/types.h>

/* Why a session was told to end; shown in traces and counters. */
enum pp_protm_exit_cause {
	PP_EXIT_DONE,		/* region finished */
	PP_EXIT_PRIORITY,	/* a higher-priority group became runnable */
	PP_EXIT_ROTATE,		/* slice over, an equal waits */
	PP_EXIT_VM_OP,		/* a VM operation waited past its grace */
	PP_EXIT_SLOT,		/* the tick needs an AS or a slot */
	PP_EXIT_TERMINATE,	/* a group has to be terminated */
	PP_EXIT_SUSPEND,	/* runtime or system suspend, unplug */
	PP_EXIT_PROGRESS,	/* progress limit */
	PP_EXIT_FAULT,		/* PROTECTED_FAULT, or firmware missed a limit */
	PP_EXIT_RESET,		/* reset */
	PP_EXIT_CAUSES
};

enum pp_protm_state {
	PP_PROTM_DISABLED,	/* no protected memory */
	PP_PROTM_ATTACHING,	/* firmware is being given some */
	PP_PROTM_NORMAL,	/* ready, no session */
	PP_PROTM_ENTERING,	/* PROTM_ENTER sent, not acknowledged */
	PP_PROTM_CONFIRMING,	/* acknowledged; neither mode nor exit seen yet */
	PP_PROTM_ACTIVE,	/* GPU_STATUS says that it is on */
	PP_PROTM_EXITING,	/* told to leave */
	PP_PROTM_FAULTED,	/* waits for a reset, or is in one */
	PP_PROTM_STATES
};

enum pp_protm_event {
	PP_PROTM_EV_ATTACH,	/* attach begins */
	PP_PROTM_EV_ATTACHED,	/* firmware booted with its PROT sections */
	PP_PROTM_EV_DETACHED,	/* it did not, or it lost them */
	PP_PROTM_EV_ENTER,	/* the tick wants a session; the gate is closed */
	PP_PROTM_EV_ACK,	/* firmware acknowledged PROTM_ENTER */
	PP_PROTM_EV_SEEN,	/* GPU_STATUS: protected mode is on */
	PP_PROTM_EV_UNSEEN,	/* GPU_STATUS: it is not */
	PP_PROTM_EV_EXIT,	/* firmware raised PROTM_EXIT */
	PP_PROTM_EV_FORCE,	/* somebody wants the session to end */
	PP_PROTM_EV_LIMIT,	/* the limit of the state passed */
	PP_PROTM_EV_FAULT,	/* GPU_IRQ PROTECTED_FAULT */
	PP_PROTM_EV_STOPPED,	/* reset: the MCU is stopped */
	PP_PROTM_EV_RESET,	/* reset: done, protected mode is off */
	PP_PROTM_EVENTS
};

/* Actions, carried out from the lowest bit up. */
#define PP_PROTM_DO_PAUSE_PING	BIT(0)	/* rule 5 */
#define PP_PROTM_DO_ENTER	BIT(1)	/* acknowledge the pending CSs, then request PROTM_ENTER */
#define PP_PROTM_DO_LOOK	BIT(2)	/* read GPU_STATUS once; answer with SEEN or UNSEEN */
#define PP_PROTM_DO_PING	BIT(3)	/* forced exit: request GLB PING */
#define PP_PROTM_DO_ACK_EXIT	BIT(4)	/* acknowledge PROTM_EXIT */
#define PP_PROTM_DO_FATAL	BIT(5)	/* the active group has failed */
#define PP_PROTM_DO_END		BIT(6)	/* no active group any more; count; open the gate; tick */
#define PP_PROTM_DO_RESUME_PING	BIT(7)
#define PP_PROTM_DO_FAULT_IRQ	BIT(8)	/* let PROTECTED_FAULT interrupt again */
#define PP_PROTM_DO_RESET	BIT(9)	/* schedule a reset */

/* Index of a limit in a row of the table: which timer runs in the next state. */
enum pp_protm_limit {
	PP_PROTM_LIMIT_NONE,
	PP_PROTM_LIMIT_ENTER,
	PP_PROTM_LIMIT_CONFIRM,
	PP_PROTM_LIMIT_PROGRESS,
	PP_PROTM_LIMIT_EXIT,
	PP_PROTM_LIMIT_SLICE,	/* of a group's turn; used by the tick */
	PP_PROTM_LIMIT_GRACE,	/* of a waiting VM operation; used by the gate */
	PP_PROTM_LIMITS
};

/* All time limits of protected mode, in microseconds. */
struct pp_protm_limits {
	u32 us[PP_PROTM_LIMITS];
};

extern const struct pp_protm_limits pp_protm_default_limits;

/* How long to wait between two looks at GPU_STATUS, microseconds. */
#define PP_PROTM_LOOK_AGAIN_US	1000

/**
 * struct pp_protm_machine - where protected mode stands
 * @state: now
 * @forced: a wish to end that came before the session was confirmed; carried
 *	out when it is
 * @cause: of the forced exit, valid while @forced or EXITING
 */
struct pp_protm_machine {
	enum pp_protm_state state;
	bool forced;
	enum pp_protm_exit_cause cause;
};

/**
 * struct pp_protm_result - what an event leads to
 * @actions: PP_PROTM_DO_*
 * @restart: the timer is to be started anew with @limit (or stopped, if that is
 *	NONE); otherwise it goes on as it was
 * @limit: see @restart
 * @odd: nothing foresees this event in this state; worth a debug message
 */
struct pp_protm_result {
	u32 actions;
	bool restart;
	enum pp_protm_limit limit;
	bool odd;
};

void pp_protm_machine_init(struct pp_protm_machine *m);
struct pp_protm_result pp_protm_machine_step(struct pp_protm_machine *m,
					     enum pp_protm_event ev,
					     enum pp_protm_exit_cause cause);
const char *pp_protm_state_name(enum pp_protm_state state);
const char *pp_protm_event_name(enum pp_protm_event ev);
const char *pp_protm_cause_name(enum pp_protm_exit_cause cause);

/* Is there a session, from the request to the exit or the reset? */
static inline bool pp_protm_state_in_session(enum pp_protm_state s)
{
	return s == PP_PROTM_ENTERING || s == PP_PROTM_CONFIRMING ||
	       s == PP_PROTM_ACTIVE || s == PP_PROTM_EXITING;
}

#endif

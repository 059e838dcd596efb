// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The state machine of protected mode. See machine.h; the table below is the
 * whole of it.
 */
#include "protm/machine.h"

/*
 * Where the numbers come from: firmware may take 4 s to suspend a group in
 * protected mode (Arm's kernel driver allows that much), and an exit is at least
 * that; GPU_STATUS follows the acknowledgement within 50 ms there, 500 ms in the
 * public series; the progress limit is firmware's own progress timeout at
 * 100 MHz. Slice and grace are ours.
 */
const struct pp_protm_limits pp_protm_default_limits = {
	.us = {
		[PP_PROTM_LIMIT_NONE] = 0,
		[PP_PROTM_LIMIT_ENTER] = 4000000,
		[PP_PROTM_LIMIT_CONFIRM] = 500000,
		[PP_PROTM_LIMIT_PROGRESS] = 25000000,
		[PP_PROTM_LIMIT_EXIT] = 4100000,
		[PP_PROTM_LIMIT_SLICE] = 10000,
		[PP_PROTM_LIMIT_GRACE] = 2000,
	},
};

struct row {
	u8 next;
	u8 limit;	/* started anew when the state changes */
	u16 actions;
	u8 flags;
};

#define ROW_IS		BIT(0)	/* the row exists: not one forgotten */
#define ROW_ODD		BIT(1)	/* nothing foresees this event here */
#define ROW_LATER	BIT(2)	/* the wish to end is kept until ACTIVE */

#define S(state)	PP_PROTM_##state
#define L(limit)	PP_PROTM_LIMIT_##limit
#define DO(action)	PP_PROTM_DO_##action

#define GO(state, limit, do_)	{ S(state), L(limit), (do_), ROW_IS }
#define STAY(state)		{ S(state), L(NONE), 0, ROW_IS }
#define LATER(state)		{ S(state), L(NONE), 0, ROW_IS | ROW_LATER }
#define ODD(state)		{ S(state), L(NONE), 0, ROW_IS | ROW_ODD }
#define LOSE(do_)		{ S(FAULTED), L(NONE), (do_) | DO(FATAL) | DO(RESET), ROW_IS }
#define OVER			(DO(ACK_EXIT) | DO(END) | DO(RESUME_PING))
#define CUT			(DO(END) | DO(RESUME_PING))

/*
 * Two rows that look strange: an exit that is seen before the acknowledgement of
 * the entry is none of this session, so it is answered and the entry goes on,
 * bounded by its limit. And a fault without a session is one that was raised
 * while leaving: the interrupt is masked now, and only a reset can allow it.
 */
static const struct row table[PP_PROTM_STATES][PP_PROTM_EVENTS] = {
	[S(DISABLED)] = {
		[PP_PROTM_EV_ATTACH] = GO(ATTACHING, NONE, 0),
		[PP_PROTM_EV_ATTACHED] = ODD(DISABLED),
		[PP_PROTM_EV_DETACHED] = STAY(DISABLED),
		[PP_PROTM_EV_ENTER] = ODD(DISABLED),
		[PP_PROTM_EV_ACK] = ODD(DISABLED),
		[PP_PROTM_EV_SEEN] = ODD(DISABLED),
		[PP_PROTM_EV_UNSEEN] = STAY(DISABLED),
		[PP_PROTM_EV_EXIT] = { S(DISABLED), L(NONE), DO(ACK_EXIT), ROW_IS | ROW_ODD },
		[PP_PROTM_EV_FORCE] = STAY(DISABLED),
		[PP_PROTM_EV_LIMIT] = STAY(DISABLED),
		[PP_PROTM_EV_FAULT] = { S(DISABLED), L(NONE), DO(RESET), ROW_IS | ROW_ODD },
		[PP_PROTM_EV_STOPPED] = STAY(DISABLED),
		[PP_PROTM_EV_RESET] = GO(DISABLED, NONE, DO(FAULT_IRQ)),
	},
	[S(ATTACHING)] = {
		[PP_PROTM_EV_ATTACH] = ODD(ATTACHING),
		[PP_PROTM_EV_ATTACHED] = GO(NORMAL, NONE, 0),
		[PP_PROTM_EV_DETACHED] = GO(DISABLED, NONE, 0),
		[PP_PROTM_EV_ENTER] = ODD(ATTACHING),
		[PP_PROTM_EV_ACK] = ODD(ATTACHING),
		[PP_PROTM_EV_SEEN] = ODD(ATTACHING),
		[PP_PROTM_EV_UNSEEN] = STAY(ATTACHING),
		[PP_PROTM_EV_EXIT] = { S(ATTACHING), L(NONE), DO(ACK_EXIT), ROW_IS | ROW_ODD },
		[PP_PROTM_EV_FORCE] = STAY(ATTACHING),
		[PP_PROTM_EV_LIMIT] = STAY(ATTACHING),
		[PP_PROTM_EV_FAULT] = { S(ATTACHING), L(NONE), DO(RESET), ROW_IS | ROW_ODD },
		[PP_PROTM_EV_STOPPED] = STAY(ATTACHING),
		[PP_PROTM_EV_RESET] = GO(ATTACHING, NONE, DO(FAULT_IRQ)),
	},
	[S(NORMAL)] = {
		[PP_PROTM_EV_ATTACH] = ODD(NORMAL),
		[PP_PROTM_EV_ATTACHED] = STAY(NORMAL),
		[PP_PROTM_EV_DETACHED] = GO(DISABLED, NONE, 0),
		[PP_PROTM_EV_ENTER] = GO(ENTERING, ENTER, DO(PAUSE_PING) | DO(ENTER)),
		[PP_PROTM_EV_ACK] = ODD(NORMAL),
		[PP_PROTM_EV_SEEN] = ODD(NORMAL),
		[PP_PROTM_EV_UNSEEN] = STAY(NORMAL),
		[PP_PROTM_EV_EXIT] = { S(NORMAL), L(NONE), DO(ACK_EXIT), ROW_IS | ROW_ODD },
		[PP_PROTM_EV_FORCE] = STAY(NORMAL),
		[PP_PROTM_EV_LIMIT] = STAY(NORMAL),
		[PP_PROTM_EV_FAULT] = GO(FAULTED, NONE, DO(RESET)),
		[PP_PROTM_EV_STOPPED] = GO(FAULTED, NONE, 0),
		[PP_PROTM_EV_RESET] = GO(NORMAL, NONE, DO(FAULT_IRQ)),
	},
	[S(ENTERING)] = {
		[PP_PROTM_EV_ATTACH] = ODD(ENTERING),
		[PP_PROTM_EV_ATTACHED] = ODD(ENTERING),
		[PP_PROTM_EV_DETACHED] = ODD(ENTERING),
		[PP_PROTM_EV_ENTER] = ODD(ENTERING),
		[PP_PROTM_EV_ACK] = GO(CONFIRMING, CONFIRM, DO(LOOK)),
		[PP_PROTM_EV_SEEN] = ODD(ENTERING),
		[PP_PROTM_EV_UNSEEN] = ODD(ENTERING),
		[PP_PROTM_EV_EXIT] = { S(ENTERING), L(NONE), DO(ACK_EXIT), ROW_IS | ROW_ODD },
		[PP_PROTM_EV_FORCE] = LATER(ENTERING),
		[PP_PROTM_EV_LIMIT] = LOSE(0),
		[PP_PROTM_EV_FAULT] = LOSE(0),
		[PP_PROTM_EV_STOPPED] = GO(FAULTED, NONE, CUT),
		[PP_PROTM_EV_RESET] = ODD(ENTERING),
	},
	[S(CONFIRMING)] = {
		[PP_PROTM_EV_ATTACH] = ODD(CONFIRMING),
		[PP_PROTM_EV_ATTACHED] = ODD(CONFIRMING),
		[PP_PROTM_EV_DETACHED] = ODD(CONFIRMING),
		[PP_PROTM_EV_ENTER] = ODD(CONFIRMING),
		[PP_PROTM_EV_ACK] = STAY(CONFIRMING),
		[PP_PROTM_EV_SEEN] = GO(ACTIVE, PROGRESS, 0),
		[PP_PROTM_EV_UNSEEN] = STAY(CONFIRMING),
		[PP_PROTM_EV_EXIT] = GO(NORMAL, NONE, OVER),
		[PP_PROTM_EV_FORCE] = LATER(CONFIRMING),
		[PP_PROTM_EV_LIMIT] = LOSE(0),
		[PP_PROTM_EV_FAULT] = LOSE(0),
		[PP_PROTM_EV_STOPPED] = GO(FAULTED, NONE, CUT),
		[PP_PROTM_EV_RESET] = ODD(CONFIRMING),
	},
	[S(ACTIVE)] = {
		[PP_PROTM_EV_ATTACH] = ODD(ACTIVE),
		[PP_PROTM_EV_ATTACHED] = ODD(ACTIVE),
		[PP_PROTM_EV_DETACHED] = ODD(ACTIVE),
		[PP_PROTM_EV_ENTER] = ODD(ACTIVE),
		[PP_PROTM_EV_ACK] = STAY(ACTIVE),
		[PP_PROTM_EV_SEEN] = STAY(ACTIVE),
		[PP_PROTM_EV_UNSEEN] = STAY(ACTIVE),
		[PP_PROTM_EV_EXIT] = GO(NORMAL, NONE, OVER),
		[PP_PROTM_EV_FORCE] = GO(EXITING, EXIT, DO(PING)),
		[PP_PROTM_EV_LIMIT] = GO(EXITING, EXIT, DO(PING)),
		[PP_PROTM_EV_FAULT] = LOSE(0),
		[PP_PROTM_EV_STOPPED] = GO(FAULTED, NONE, CUT),
		[PP_PROTM_EV_RESET] = ODD(ACTIVE),
	},
	[S(EXITING)] = {
		[PP_PROTM_EV_ATTACH] = ODD(EXITING),
		[PP_PROTM_EV_ATTACHED] = ODD(EXITING),
		[PP_PROTM_EV_DETACHED] = ODD(EXITING),
		[PP_PROTM_EV_ENTER] = ODD(EXITING),
		[PP_PROTM_EV_ACK] = STAY(EXITING),
		[PP_PROTM_EV_SEEN] = STAY(EXITING),
		[PP_PROTM_EV_UNSEEN] = STAY(EXITING),
		[PP_PROTM_EV_EXIT] = GO(NORMAL, NONE, OVER),
		[PP_PROTM_EV_FORCE] = STAY(EXITING),
		[PP_PROTM_EV_LIMIT] = LOSE(0),
		[PP_PROTM_EV_FAULT] = LOSE(0),
		[PP_PROTM_EV_STOPPED] = GO(FAULTED, NONE, CUT),
		[PP_PROTM_EV_RESET] = ODD(EXITING),
	},
	/* The session, if any, is over at STOPPED: until then the gate is closed. */
	[S(FAULTED)] = {
		[PP_PROTM_EV_ATTACH] = ODD(FAULTED),
		[PP_PROTM_EV_ATTACHED] = ODD(FAULTED),
		[PP_PROTM_EV_DETACHED] = GO(DISABLED, NONE, CUT),
		[PP_PROTM_EV_ENTER] = ODD(FAULTED),
		[PP_PROTM_EV_ACK] = STAY(FAULTED),
		[PP_PROTM_EV_SEEN] = STAY(FAULTED),
		[PP_PROTM_EV_UNSEEN] = STAY(FAULTED),
		[PP_PROTM_EV_EXIT] = { S(FAULTED), L(NONE), DO(ACK_EXIT), ROW_IS },
		[PP_PROTM_EV_FORCE] = STAY(FAULTED),
		[PP_PROTM_EV_LIMIT] = STAY(FAULTED),
		[PP_PROTM_EV_FAULT] = STAY(FAULTED),
		[PP_PROTM_EV_STOPPED] = GO(FAULTED, NONE, CUT),
		[PP_PROTM_EV_RESET] = GO(NORMAL, NONE, DO(FAULT_IRQ)),
	},
};

/**
 * pp_protm_machine_init() - no protected memory yet
 * @m: machine
 */
void pp_protm_machine_init(struct pp_protm_machine *m)
{
	m->state = PP_PROTM_DISABLED;
	m->forced = false;
	m->cause = PP_EXIT_DONE;
}

/**
 * pp_protm_machine_step() - something happened
 * @m: machine; its state is changed
 * @ev: what
 * @cause: with FORCE: why. Otherwise ignored.
 *
 * A wish to end that comes before firmware confirmed the session is kept, and
 * granted as soon as it has: firmware would take a PING between the
 * acknowledgement and the switch for an answer to the wrong mode.
 *
 * Context: Any; the caller serialises.
 * Return: what to do now.
 */
struct pp_protm_result pp_protm_machine_step(struct pp_protm_machine *m,
					     enum pp_protm_event ev,
					     enum pp_protm_exit_cause cause)
{
	const struct row *row = &table[m->state][ev];
	bool entered = row->next == PP_PROTM_ACTIVE && m->state != PP_PROTM_ACTIVE;
	struct pp_protm_result r = {
		.actions = row->actions,
		.restart = row->next != m->state,
		.limit = row->limit,
		.odd = row->flags & ROW_ODD,
	};

	/* A pair that was forgotten must not look like one that leads to DISABLED. */
	if (!(row->flags & ROW_IS))
		return (struct pp_protm_result) { .odd = true };

	if (row->flags & ROW_LATER && !m->forced) {
		m->forced = true;
		m->cause = cause;
	}
	if (row->next == PP_PROTM_EXITING && m->state == PP_PROTM_ACTIVE)
		m->cause = ev == PP_PROTM_EV_LIMIT ? PP_EXIT_PROGRESS : cause;
	if (row->next == PP_PROTM_FAULTED && m->state != PP_PROTM_FAULTED)
		m->cause = ev == PP_PROTM_EV_STOPPED ? PP_EXIT_RESET : PP_EXIT_FAULT;
	if (row->next == PP_PROTM_ENTERING && m->state == PP_PROTM_NORMAL) {
		m->forced = false;
		m->cause = PP_EXIT_DONE;
	}
	/* A region that ended by itself first was not forced out. */
	if (row->next == PP_PROTM_NORMAL && m->state == PP_PROTM_CONFIRMING)
		m->cause = PP_EXIT_DONE;

	m->state = row->next;
	if (entered && m->forced) {
		row = &table[m->state][PP_PROTM_EV_FORCE];
		r.actions |= row->actions;
		r.limit = row->limit;
		m->state = row->next;
	}
	return r;
}

/**
 * pp_protm_state_name() - for people
 * @state: a state
 *
 * Return: a short word.
 */
const char *pp_protm_state_name(enum pp_protm_state state)
{
	static const char * const names[] = {
		[PP_PROTM_DISABLED] = "disabled",
		[PP_PROTM_ATTACHING] = "attaching",
		[PP_PROTM_NORMAL] = "normal",
		[PP_PROTM_ENTERING] = "entering",
		[PP_PROTM_CONFIRMING] = "confirming",
		[PP_PROTM_ACTIVE] = "active",
		[PP_PROTM_EXITING] = "exiting",
		[PP_PROTM_FAULTED] = "faulted",
	};

	return state < PP_PROTM_STATES ? names[state] : "?";
}

/**
 * pp_protm_event_name() - for people
 * @ev: an event
 *
 * Return: a short word.
 */
const char *pp_protm_event_name(enum pp_protm_event ev)
{
	static const char * const names[] = {
		[PP_PROTM_EV_ATTACH] = "attach",
		[PP_PROTM_EV_ATTACHED] = "attached",
		[PP_PROTM_EV_DETACHED] = "detached",
		[PP_PROTM_EV_ENTER] = "enter",
		[PP_PROTM_EV_ACK] = "ack",
		[PP_PROTM_EV_SEEN] = "seen",
		[PP_PROTM_EV_UNSEEN] = "unseen",
		[PP_PROTM_EV_EXIT] = "exit",
		[PP_PROTM_EV_FORCE] = "force",
		[PP_PROTM_EV_LIMIT] = "limit",
		[PP_PROTM_EV_FAULT] = "fault",
		[PP_PROTM_EV_STOPPED] = "stopped",
		[PP_PROTM_EV_RESET] = "reset",
	};

	return ev < PP_PROTM_EVENTS ? names[ev] : "?";
}

/**
 * pp_protm_cause_name() - for people
 * @cause: why a session ended
 *
 * Return: a short word; also the key in debugfs.
 */
const char *pp_protm_cause_name(enum pp_protm_exit_cause cause)
{
	static const char * const names[] = {
		[PP_EXIT_DONE] = "done",
		[PP_EXIT_PRIORITY] = "priority",
		[PP_EXIT_ROTATE] = "rotate",
		[PP_EXIT_VM_OP] = "vm_op",
		[PP_EXIT_SLOT] = "slot",
		[PP_EXIT_TERMINATE] = "terminate",
		[PP_EXIT_SUSPEND] = "suspend",
		[PP_EXIT_PROGRESS] = "progress",
		[PP_EXIT_FAULT] = "fault",
		[PP_EXIT_RESET] = "reset",
	};

	return cause < PP_EXIT_CAUSES ? names[cause] : "?";
}

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Owns: protected mode as the firmware drives it (csf.md 5.5, 5.7): who takes
 * part in a session, its timing, its end, and the rules that a driver can break.
 */
#ifndef VGPU_PROTM_H
#define VGPU_PROTM_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"
#include "vgpu.h"

struct cx;
struct csg;
struct engine;

enum protm_state {
	PROTM_IDLE,
	PROTM_ACKING,		/* PROTM_ENTER sampled, not yet acknowledged */
	PROTM_ACTIVATING,	/* acknowledged, GPU_STATUS does not show it yet */
	PROTM_ACTIVE,
	PROTM_EXITING,		/* regions over or cut short, PROTM_EXIT on its way */
};

struct protm {
	enum protm_state state;
	unsigned int csg;
	uint32_t set;			/* CSs sampled at PROTM_ENTER */
	uint32_t running;		/* those whose region is not over */
	const char *cause;		/* of an exit asked for, NULL: none */
	bool request_seen;		/* one violation per session is enough */
	bool hung, faulted;
	bool died;			/* a CS did, that waited to be entered */
	unsigned int hang_armed, fault_armed;	/* injections */
	bool exit_unacked, exit_late;
	uint32_t unacked[VGPU_MAX_CSG];	/* PROTM_PEND events not answered at PROTM_ENTER */
	uint64_t instructions;
	struct vtimer step_timer, ack_timer;
};

void protm_init(struct engine *e);
/* GLB PROTM_ENTER seen. */
void protm_enter(struct engine *e);
bool protm_session(const struct engine *e);
/* GPU_STATUS.PROTECTED_MODE_ACTIVE */
bool protm_active(const struct engine *e);
/* May this CS execute now? In a session only those of the sampled set. */
bool protm_may_run(const struct engine *e, const struct csg *g, unsigned int cs);
/* A request arrived: GLB_PING, or something that firmware has to leave for. */
void protm_request(struct engine *e, bool ping, uint32_t glb, uint32_t doorbells);
/* After a turn of execution: are all regions over? */
void protm_after_run(struct engine *e);
/* A write to normal memory from inside. */
void protm_fault(struct cx *x, uint64_t va);
/* Reset or MCU stop: the session is over without an exit. */
void protm_abort(struct engine *e);
/* The exit event of the last session was answered in time? Called before requests. */
void protm_check_exit_ack(struct engine *e);
int protm_inject(struct engine *e, const char *what, unsigned int count, bool now);
/* -1: no such state. */
int protm_state_from_name(const char *name);
const char *protm_state_name(const struct engine *e);

#endif

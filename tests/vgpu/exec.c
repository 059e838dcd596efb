// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Turns of execution: every CS that may run gets the instructions that its time
 * is worth, then one timer is set for the next thing that is due.
 */
#include "as.h"
#include "csg.h"
#include "eng.h"
#include "fwif.h"
#include "interp.h"
#include "knobs.h"
#include "loop.h"
#include "protm.h"
#include "stats.h"
#include "vgpu.h"

#define SLICE_NS	400000ull
#define MAX_PASSES	8

void exec_kick(struct engine *e)
{
	if (e->mcu == MCU_RUNNING && !e->hung)
		loop_arm(e->v->loop, &e->run_timer, 0);
}

/* A stream that was stopped in a WAIT needs a turn to see that what it waits for is over. */
static bool csg_wants(struct csg *g, uint64_t now)
{
	for (unsigned int i = 0; i < g->e->streams; i++) {
		struct cx x = csg_cx(g, i, now);

		if (cs_busy(&x) || (x.cs->on && !x.cs->dead && x.cs->block == CS_ON_SB))
			return true;
	}
	return false;
}

/* Knob "serialise": the one group that computes. NULL: all do. */
static struct csg *only_runner(struct engine *e, uint64_t now)
{
	struct csg *best = NULL;

	if (!e->v->knobs->serialise || protm_session(e))
		return NULL;
	for (unsigned int i = 0; i < e->groups; i++) {
		struct csg *g = &e->csg[i];

		if (g->state == CSG_ON && (!best || g->priority > best->priority) && csg_wants(g, now))
			best = g;
	}
	return best;
}

static void freeze_others(struct engine *e, uint64_t now)
{
	struct csg *only = only_runner(e, now);

	for (unsigned int i = 0; i < e->groups; i++) {
		struct csg *g = &e->csg[i];

		if (g->state != CSG_ON)
			continue;
		for (unsigned int m = 0; m < e->streams; m++) {
			if (protm_may_run(e, g, m) && (!only || only == g))
				cs_thaw(&g->cs[m], now);
			else
				cs_freeze(&g->cs[m], now);
		}
	}
}

/* Returns whether anything was executed. */
static bool run_all(struct engine *e, uint64_t now)
{
	bool ran = false;

	for (unsigned int i = 0; i < e->groups && e->mcu == MCU_RUNNING; i++) {
		for (unsigned int m = 0; m < e->streams; m++) {
			struct cx x = csg_cx(&e->csg[i], m, now);

			if (e->csg[i].state != CSG_ON || x.cs->frozen_ns)
				continue;
			x.protm = protm_session(e);
			if (interp_run(&x))
				ran = e->csg[i].ran = true;
		}
	}
	return ran;
}

/* When this CS needs a look again. */
static uint64_t next_due(const struct cx *x)
{
	const struct cs *cs = x->cs;
	uint64_t next = UINT64_MAX, until;

	if (!cs->on || cs->dead || cs->frozen_ns)
		return next;
	if (cs->block == CS_RUN && !cs_drained(x) && (cs->depth || cs->extract != cs->insert))
		next = x->now + SLICE_NS;
	else if (cs->block != CS_RUN && cs->wake_ns)
		next = cs->wake_ns;
	if (cs_sb_busy(x, ~0u, &until) && until < next)
		next = until;
	if (cs->hang_ns && cs->hang_ns < next)
		next = cs->hang_ns;
	return next;
}

static void arm(struct engine *e, uint64_t now)
{
	uint64_t next = UINT64_MAX;

	for (unsigned int i = 0; i < e->groups; i++) {
		if (e->csg[i].state != CSG_ON)
			continue;
		for (unsigned int m = 0; m < e->streams; m++) {
			struct cx x = csg_cx(&e->csg[i], m, now);
			uint64_t due = next_due(&x);

			if (due < next)
				next = due;
		}
	}
	if (next != UINT64_MAX)
		loop_arm(e->v->loop, &e->run_timer, next > now ? next - now : 0);
}

/* A job that makes no progress for too long is reported once, and goes on. */
static void progress_timers(struct csg *g, uint64_t now)
{
	for (unsigned int i = 0; i < g->e->streams; i++) {
		struct cs *cs = &g->cs[i];

		if (!cs->on || cs->dead || cs->frozen_ns || !cs->hang_ns || cs->hang_ns > now)
			continue;
		cs->hang_ns = 0;
		vlog(g->e->v, "csg%u cs%u: no progress", g->id, i);
		fw_csg_event(g->e, g->id, CSG_EVT_PROGRESS_TIMER);
	}
}

void exec_timer(void *ctx)
{
	struct engine *e = ctx;
	uint64_t now = now_ns();

	if (e->mcu != MCU_RUNNING || e->hung)
		return;
	freeze_others(e, now);
	/* A sync object written in one CS may release another. */
	for (int pass = 0; pass < MAX_PASSES; pass++) {
		e->sync_written = false;
		if (!run_all(e, now) || !e->sync_written)
			break;
	}
	for (unsigned int i = 0; i < e->groups && e->mcu == MCU_RUNNING; i++) {
		if (e->csg[i].state == CSG_ON && !protm_session(e))
			progress_timers(&e->csg[i], now);
		csg_after_run(&e->csg[i], now);
	}
	if (e->mcu != MCU_RUNNING)
		return;
	protm_after_run(e);
	glb_idle_update(e);
	arm(e, now);
}

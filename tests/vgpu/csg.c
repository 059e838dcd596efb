// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "csg.h"

#include <string.h>

#include "eng.h"
#include "fwif.h"
#include "knobs.h"
#include "stats.h"
#include "vgpu.h"

static uint32_t in_va(const struct csg *g)
{
	return fwif_csg_in(&g->e->fwif, g->id);
}

static uint32_t out_va(const struct csg *g)
{
	return fwif_csg_out(&g->e->fwif, g->id);
}

struct cx csg_cx(struct csg *g, unsigned int cs, uint64_t now)
{
	return (struct cx){ .e = g->e, .g = g, .cs = &g->cs[cs], .id = cs, .now = now };
}

void csg_account(struct csg *g, uint64_t now, bool busy)
{
	if (g->busy)
		g->exec_ns += now - g->account_ns;
	g->account_ns = now;
	if (busy != g->busy)
		timeline(g->e->v, busy ? "exec-begin" : "exec-end", g->id);
	g->busy = busy;
}

static void suspend_done(void *ctx);

void csg_off(struct csg *g)
{
	loop_disarm(g->e->v->loop, &g->suspend_timer);
	csg_account(g, now_ns(), false);
	g->suspend_timer = (struct vtimer){ .fn = suspend_done, .ctx = g };
	g->state = CSG_OFF;
	g->idle = false;
	g->ran = false;
	g->sync_update = false;
	g->exec_ns = 0;
	g->dropped = 0;
	memset(g->cs, 0, sizeof(g->cs));
	memset(g->shared_sb, 0, sizeof(g->shared_sb));
}

static void read_endpoints(struct csg *g)
{
	uint32_t ep;

	if (g->e->version >= IFACE_EP_REQ2)
		ep = fw_rd32(g->e, in_va(g) + CSG_ENDPOINT_REQ2);
	else
		ep = fw_rd32(g->e, in_va(g) + CSG_ENDPOINT_REQ);
	g->priority = ep >> 28;
	fw_wr32(g->e, out_va(g) + CSG_STATUS_EP_REQ, ep);
	fw_wr32(g->e, out_va(g) + CSG_STATUS_EP_CURRENT, ep);
}

static void start_streams(struct csg *g, bool resume, uint64_t now)
{
	for (unsigned int i = 0; i < g->e->streams; i++) {
		struct cx x = csg_cx(g, i, now);
		uint32_t in = fwif_cs_in(&g->e->fwif, g->id, i);
		uint32_t req = fw_rd32(g->e, in + CS_REQ);
		bool was = x.cs->on;

		x.cs->on = false;
		if ((req & CS_REQ_STATE) == CS_STATE_START)
			cs_start(&x, !(resume && was));
		fw_cs_ack(g->e, g->id, i, CS_REQ_MASK, req);
	}
}

static void start(struct csg *g, bool resume)
{
	struct engine *e = g->e;
	uint64_t now = now_ns();

	if (g->state != CSG_OFF)
		violation(e->v, "bad-interface", "CSG%u %s while on", g->id, resume ? "RESUME" : "START");
	csg_off(g);
	g->as = fw_rd32(e, in_va(g) + CSG_CONFIG) & 0xf;
	g->suspend_buf = fw_rd64(e, in_va(g) + CSG_SUSPEND_BUF);
	g->protm_buf = fw_rd64(e, in_va(g) + CSG_PROTM_SUSPEND_BUF);
	read_endpoints(g);
	if (resume && !suspend_restore(g))
		resume = false;
	/* What the slot's last group left unanswered is not this one's. */
	fw_wr32(e, out_va(g) + CSG_IRQ_REQ, fw_rd32(e, in_va(g) + CSG_IRQ_ACK));
	fw_wr32(e, out_va(g) + CSG_STATUS_STATE, 0);
	g->state = CSG_ON;
	g->account_ns = now;
	start_streams(g, resume, now);
	csg_thaw(g, now);
	vlog(e->v, "csg%u: %s as %u priority %u", g->id, resume ? "resumed" : "started", g->as,
	     g->priority);
}

static void suspend_done(void *ctx)
{
	struct csg *g = ctx;
	bool saved;

	if (g->e->mcu != MCU_RUNNING || g->e->hung)
		return;
	csg_status(g, now_ns());
	saved = suspend_save(g);
	csg_off(g);
	vlog(g->e->v, "csg%u: suspended", g->id);
	if (saved)
		fw_csg_ack(g->e, g->id, CSG_REQ_STATE, CSG_STATE_SUSPEND);
	exec_kick(g->e);
}

static void suspend(struct csg *g)
{
	uint64_t delay = g->e->v->knobs->suspend_ns, slow = 0;

	if (g->state == CSG_OFF) {
		fw_csg_ack(g->e, g->id, CSG_REQ_STATE, CSG_STATE_SUSPEND);
		return;
	}
	if (g->state == CSG_SUSPENDING)
		return;
	if (inject_due(g->e->v, INJ_SLOW_SUSPEND, &slow))
		delay += slow;
	g->state = CSG_SUSPENDING;
	csg_freeze(g, now_ns());
	loop_arm(g->e->v->loop, &g->suspend_timer, delay);
}

static void terminate(struct csg *g)
{
	if (g->state != CSG_OFF)
		csg_status(g, now_ns());
	csg_off(g);
	vlog(g->e->v, "csg%u: terminated", g->id);
}

static void change_state(struct csg *g, uint32_t state)
{
	switch (state) {
	case CSG_STATE_START:
	case CSG_STATE_RESUME:
		start(g, state == CSG_STATE_RESUME);
		break;
	case CSG_STATE_SUSPEND:
		suspend(g);
		return;
	case CSG_STATE_TERMINATE:
		terminate(g);
		break;
	default:
		violation(g->e->v, "bad-interface", "CSG%u STATE %u", g->id, state);
	}
	fw_csg_ack(g->e, g->id, CSG_REQ_STATE, state);
}

static void cs_doorbells(struct csg *g, uint32_t pend)
{
	if (g->state != CSG_ON)
		return;
	for (unsigned int i = 0; i < g->e->streams; i++) {
		struct cx x = csg_cx(g, i, now_ns());

		if (pend & 1u << i)
			cs_doorbell(&x);
	}
}

void csg_doorbell(struct csg *g)
{
	struct engine *e = g->e;
	uint32_t doorbells = fw_rd32(e, in_va(g) + CSG_DOORBELL_REQ);
	uint32_t rung = doorbells ^ fw_rd32(e, out_va(g) + CSG_DOORBELL_ACK);
	uint32_t req = fw_rd32(e, in_va(g) + CSG_REQ);
	uint32_t pend = (req ^ fw_rd32(e, out_va(g) + CSG_ACK)) & CSG_REQ_MASK;

	fw_wr32(e, out_va(g) + CSG_DOORBELL_ACK, doorbells);
	if (!(pend & g->dropped))
		g->dropped = 0;
	if (pend && (g->dropped || inject_due(e->v, INJ_DROP_CSG_ACK, NULL))) {
		vlog(e->v, "csg%u: dropped request 0x%x", g->id, pend);
		g->dropped |= pend;
		return;
	}
	if (pend & CSG_REQ_STATE)
		change_state(g, req & CSG_REQ_STATE);
	if (g->state == CSG_ON && pend & CSG_REQ_EP_CFG)
		read_endpoints(g);
	cs_doorbells(g, rung);
	if (g->state != CSG_OFF && pend & CSG_REQ_STATUS_UPDATE)
		csg_status(g, now_ns());
	fw_csg_ack(e, g->id, CSG_REQ_EP_CFG | CSG_REQ_STATUS_UPDATE, req);
}

void csg_check_priorities(struct engine *e)
{
	int seen[16];

	memset(seen, 0xff, sizeof(seen));
	for (unsigned int i = 0; i < e->groups; i++) {
		struct csg *g = &e->csg[i];

		if (g->state != CSG_ON)
			continue;
		if (seen[g->priority] >= 0)
			violation(e->v, "duplicate-csg-priority", "CSG%d and CSG%u both have %u",
				  seen[g->priority], i, g->priority);
		seen[g->priority] = i;
	}
}

void csg_freeze(struct csg *g, uint64_t now)
{
	for (unsigned int i = 0; i < g->e->streams; i++)
		cs_freeze(&g->cs[i], now);
	csg_account(g, now, false);
}

void csg_thaw(struct csg *g, uint64_t now)
{
	for (unsigned int i = 0; i < g->e->streams; i++)
		cs_thaw(&g->cs[i], now);
}

bool csg_idle(struct csg *g, uint64_t now)
{
	for (unsigned int i = 0; i < g->e->streams; i++) {
		struct cx x = csg_cx(g, i, now);

		if (!cs_idle(&x))
			return false;
	}
	return true;
}

void csg_status(struct csg *g, uint64_t now)
{
	for (unsigned int i = 0; i < g->e->streams; i++) {
		struct cx x = csg_cx(g, i, now);

		if (x.cs->on)
			cs_status(&x);
	}
	fw_wr32(g->e, out_va(g) + CSG_STATUS_STATE, csg_idle(g, now));
}

static bool busy(struct csg *g, uint64_t now)
{
	for (unsigned int i = 0; i < g->e->streams; i++) {
		struct cx x = csg_cx(g, i, now);

		if (!x.cs->frozen_ns && cs_busy(&x))
			return true;
	}
	return false;
}

void csg_after_run(struct csg *g, uint64_t now)
{
	bool idle;

	if (g->state != CSG_ON)
		return;
	/* A job too short to be seen running leaves a mark all the same. */
	if (g->ran && !g->busy)
		csg_account(g, now, true);
	csg_account(g, now, busy(g, now));
	/* Events about slots wait for the end of a session. */
	if (protm_session(g->e))
		return;
	if (g->sync_update) {
		g->sync_update = false;
		fw_csg_event(g->e, g->id, CSG_EVT_SYNC_UPDATE);
	}
	idle = csg_idle(g, now);
	/* Also when it was idle before and had a short job in between. */
	if (idle && (!g->idle || g->ran)) {
		csg_status(g, now);
		fw_csg_event(g->e, g->id, CSG_EVT_IDLE);
	} else if (!idle && g->idle) {
		fw_wr32(g->e, out_va(g) + CSG_STATUS_STATE, 0);
	}
	g->idle = idle;
	g->ran = false;
}

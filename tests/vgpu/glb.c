// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* GLB requests, kernel doorbells of the CSGs, and the global idle event. */
#include "csg.h"
#include "eng.h"
#include "fwif.h"
#include "irq.h"
#include "knobs.h"
#include "loop.h"
#include "pwr.h"
#include "regs.h"
#include "stats.h"
#include "vgpu.h"

#define IDLE_TICK_NS		16		/* 62.5 MHz system timer */
#define IDLE_MIN_NS		50000

static void halt(struct engine *e)
{
	uint64_t now = now_ns();

	for (unsigned int i = 0; i < e->groups; i++)
		csg_account(&e->csg[i], now, false);
	e->mcu = MCU_HALTED;
	loop_disarm(e->v->loop, &e->run_timer);
	loop_disarm(e->v->loop, &e->idle_timer);
	pwr_mcu_down(e->v);
	vlog(e->v, "mcu: halted");
	irq_raise(e->v, IRQ_GPU, GPU_IRQ_MCU_STATUS_CHANGED);
}

/* Requests that this version does not have must not be made. */
static uint32_t known_requests(struct engine *e, uint32_t req)
{
	bool state = e->version >= IFACE_GLB_STATE;

	if (state && req & GLB_REQ_HALT)
		violation(e->v, "bad-interface", "HALT, which is a GLB_STATE in this version");
	if (state && (req & GLB_REQ_STATE) > GLB_REQ_STATE_LAST)
		violation(e->v, "bad-interface", "GLB_STATE %u", req >> 12 & 7);
	return state ? GLB_REQ_MASK & ~GLB_REQ_HALT : GLB_REQ_MASK;
}

static bool halt_wanted(const struct engine *e, uint32_t req)
{
	if (e->version >= IFACE_GLB_STATE)
		return req & GLB_REQ_STATE;
	return req & GLB_REQ_HALT;
}

/* Doorbells first: what the host asks of slots in the same breath must not wait. */
static void csg_doorbells(struct engine *e, uint32_t pend)
{
	uint32_t ack = fw_rd32(e, e->fwif.glb_out + GLB_DOORBELL_ACK);

	fw_wr32(e, e->fwif.glb_out + GLB_DOORBELL_ACK, ack ^ pend);
	for (unsigned int i = 0; i < e->groups; i++)
		if (pend & 1u << i)
			csg_doorbell(&e->csg[i]);
	csg_check_priorities(e);
}

static void serve(struct engine *e, uint32_t req, uint32_t pend)
{
	if (halt_wanted(e, req) && pend & (GLB_REQ_HALT | GLB_REQ_STATE))
		halt(e);
	if (pend & GLB_REQ_COUNTER_ENABLE)
		regs_cycles(e->v, CYCLES_FW, req & GLB_REQ_COUNTER_ENABLE);
	if (pend & GLB_REQ_IDLE_ENABLE)
		e->glb_was_busy = true;
	fw_glb_ack(e, pend & ~GLB_REQ_PROTM_ENTER, req);
	if (e->mcu == MCU_RUNNING && pend & GLB_REQ_PROTM_ENTER)
		protm_enter(e);
}

void glb_process(struct engine *e)
{
	uint32_t req, pend, doorbells;

	if (e->mcu != MCU_RUNNING || e->hung)
		return;
	protm_check_exit_ack(e);
	doorbells = fw_rd32(e, e->fwif.glb_in + GLB_DOORBELL_REQ) ^
		    fw_rd32(e, e->fwif.glb_out + GLB_DOORBELL_ACK);
	doorbells &= (1u << e->groups) - 1;
	req = fw_rd32(e, e->fwif.glb_in + GLB_REQ);
	pend = (req ^ fw_rd32(e, e->fwif.glb_out + GLB_ACK)) & known_requests(e, req);
	e->glb_dropped &= pend;
	pend &= ~e->glb_dropped;
	if (protm_session(e)) {
		if (e->protm.state == PROTM_ACKING)
			pend &= ~GLB_REQ_PROTM_ENTER;
		protm_request(e, pend & GLB_REQ_PING, pend & ~GLB_REQ_PING, doorbells);
		return;
	}
	if (pend && inject_due(e->v, INJ_DROP_GLB_ACK, NULL)) {
		vlog(e->v, "glb: dropped request 0x%08x", pend);
		e->glb_dropped |= pend;
		pend = 0;
	}
	if (doorbells)
		csg_doorbells(e, doorbells);
	serve(e, req, pend);
	exec_kick(e);
}

static bool all_idle(struct engine *e)
{
	for (unsigned int i = 0; i < e->groups; i++)
		if (e->csg[i].state != CSG_OFF && !e->csg[i].idle)
			return false;
	return true;
}

void glb_idle_update(struct engine *e)
{
	uint32_t timer;
	uint64_t ns;

	if (protm_session(e) || !all_idle(e)) {
		e->glb_was_busy = true;
		loop_disarm(e->v->loop, &e->idle_timer);
		return;
	}
	if (!e->glb_was_busy || e->idle_timer.deadline_ns ||
	    !(fw_rd32(e, e->fwif.glb_in + GLB_REQ) & GLB_REQ_IDLE_ENABLE))
		return;
	timer = fw_rd32(e, e->fwif.glb_in + GLB_IDLE_TIMER) & 0x7fffffff;
	ns = timer * 1024ull * IDLE_TICK_NS;
	loop_arm(e->v->loop, &e->idle_timer, ns < IDLE_MIN_NS ? IDLE_MIN_NS : ns);
}

void glb_idle_expired(void *ctx)
{
	struct engine *e = ctx;

	if (e->mcu != MCU_RUNNING || e->hung || protm_session(e) || !all_idle(e))
		return;
	e->glb_was_busy = false;
	fw_glb_event(e, GLB_EVT_IDLE);
}

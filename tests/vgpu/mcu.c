// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The MCU: power, boot, reset, doorbells. What it runs is in glb.c and below. */
#include <stdlib.h>
#include <string.h>

#include "eng.h"
#include "engine.h"
#include "fwif.h"
#include "fwtable.h"
#include "irq.h"
#include "knobs.h"
#include "loop.h"
#include "pwr.h"
#include "regs.h"
#include "stats.h"
#include "vgpu.h"

#define MCU_CONTROL_MODE	0x3u
#define GLB_IRQ_BIT		(1u << 31)

static void boot_done(void *ctx);

static void requests(void *ctx)
{
	glb_process(ctx);
}

struct engine *engine_new(struct vgpu *v)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->v = v;
	e->groups = v->profile->csg_slots;
	e->streams = v->profile->cs_slots;
	fwif_init(&e->fwif, e->groups, e->streams);
	e->boot_timer = (struct vtimer){ .fn = boot_done, .ctx = e };
	e->request_timer = (struct vtimer){ .fn = requests, .ctx = e };
	e->run_timer = (struct vtimer){ .fn = exec_timer, .ctx = e };
	e->idle_timer = (struct vtimer){ .fn = glb_idle_expired, .ctx = e };
	e->store = suspend_store_new();
	for (unsigned int i = 0; i < VGPU_MAX_CSG; i++) {
		e->csg[i].e = e;
		e->csg[i].id = i;
		csg_off(&e->csg[i]);
	}
	protm_init(e);
	plan_init(e);
	if (!e->store) {
		free(e);
		return NULL;
	}
	return e;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	plan_clear(e);
	suspend_store_free(e->store);
	free(e);
}

static void set_status_changed(struct engine *e, enum mcu_state state)
{
	if (e->mcu == state)
		return;
	e->mcu = state;
	irq_raise(e->v, IRQ_GPU, GPU_IRQ_MCU_STATUS_CHANGED);
}

void mcu_fatal(struct engine *e)
{
	vlog(e->v, "mcu: fatal");
	set_status_changed(e, MCU_FATAL);
	loop_disarm(e->v->loop, &e->run_timer);
}

void mcu_stop(struct engine *e, const char *cause)
{
	struct loop *l = e->v->loop;

	loop_disarm(l, &e->boot_timer);
	loop_disarm(l, &e->request_timer);
	loop_disarm(l, &e->run_timer);
	loop_disarm(l, &e->idle_timer);
	for (unsigned int i = 0; i < e->groups; i++)
		csg_off(&e->csg[i]);
	if (cause)
		protm_abort(e);
	e->glb_dropped = 0;
	e->mcu = MCU_OFF;
	regs_cycles(e->v, CYCLES_FW, false);
}

/* Requests that the host left behind are answered, CSG states excepted: those must pend. */
static void init_group(struct engine *e, unsigned int n)
{
	const struct fwif *f = &e->fwif;
	uint32_t ctl = fwif_csg_control(f, n), in = fwif_csg_in(f, n), out = fwif_csg_out(f, n);

	fw_wr32(e, ctl + CSG_CTL_FEATURES, 0);
	fw_wr32(e, ctl + CSG_CTL_INPUT, in);
	fw_wr32(e, ctl + CSG_CTL_OUTPUT, out);
	fw_wr32(e, ctl + CSG_CTL_SUSPEND_SIZE, e->v->knobs->suspend_size);
	fw_wr32(e, ctl + CSG_CTL_PROTM_SUSPEND_SIZE, e->v->knobs->protm_suspend_size);
	fw_wr32(e, ctl + CSG_CTL_STREAM_NUM, f->streams);
	fw_wr32(e, ctl + CSG_CTL_STREAM_STRIDE, f->stream_stride);
	fw_wr32(e, out + CSG_ACK, fw_rd32(e, in + CSG_REQ) & ~CSG_REQ_STATE);
	fw_wr32(e, out + CSG_DOORBELL_ACK, fw_rd32(e, in + CSG_DOORBELL_REQ));
	fw_wr32(e, out + CSG_IRQ_REQ, fw_rd32(e, in + CSG_IRQ_ACK));
	for (unsigned int m = 0; m < f->streams; m++) {
		uint32_t cs = fwif_cs_control(f, n, m);

		/* work registers, scoreboards, and all three kinds of work */
		fw_wr32(e, cs + CS_CTL_FEATURES, (e->v->profile->cs_regs - 1) |
			e->v->profile->scoreboards << 8 | 7u << 16);
		fw_wr32(e, cs + CS_CTL_INPUT, fwif_cs_in(f, n, m));
		fw_wr32(e, cs + CS_CTL_OUTPUT, fwif_cs_out(f, n, m));
		fw_wr32(e, fwif_cs_out(f, n, m) + CS_ACK,
			fw_rd32(e, fwif_cs_in(f, n, m) + CS_REQ) & ~CS_REQ_STATE);
	}
}

static void init_interface(struct engine *e)
{
	const struct fwif *f = &e->fwif;

	fw_wr32(e, FWSEC_SHARED_VA + GLB_CTL_FEATURES, 0);
	fw_wr32(e, FWSEC_SHARED_VA + GLB_CTL_INPUT, f->glb_in);
	fw_wr32(e, FWSEC_SHARED_VA + GLB_CTL_OUTPUT, f->glb_out);
	fw_wr32(e, FWSEC_SHARED_VA + GLB_CTL_GROUP_NUM, f->groups);
	fw_wr32(e, FWSEC_SHARED_VA + GLB_CTL_GROUP_STRIDE, f->group_stride);
	fw_wr32(e, FWSEC_SHARED_VA + GLB_CTL_PRFCNT_SIZE, 0);
	fw_wr32(e, FWSEC_SHARED_VA + GLB_CTL_INSTR_FEATURES, 0);
	fw_wr32(e, FWSEC_SHARED_VA + GLB_CTL_PRFCNT_FEATURES, 0);
	for (unsigned int i = 0; i < f->groups; i++)
		init_group(e, i);
	fw_wr32(e, f->glb_out + GLB_ACK, fw_rd32(e, f->glb_in + GLB_REQ) &
		~(GLB_REQ_HALT | GLB_REQ_STATE));
	regs_cycles(e->v, CYCLES_FW, fw_rd32(e, f->glb_in + GLB_REQ) & GLB_REQ_COUNTER_ENABLE);
	fw_wr32(e, f->glb_out + GLB_DOORBELL_ACK, fw_rd32(e, f->glb_in + GLB_DOORBELL_REQ));
	fw_wr32(e, f->glb_out + GLB_HALT_STATUS, 0);
	/* Non-zero version: the host may trust the rest. */
	fw_wr32(e, FWSEC_SHARED_VA + GLB_CTL_VERSION, e->version);
}

static void boot_done(void *ctx)
{
	struct engine *e = ctx;

	stats_counters(e->v)->fw_boots++;
	/* Stays as it is: starting, for all that the host can see. */
	if (inject_due(e->v, INJ_NO_BOOT, NULL))
		return;
	if (!layout_check(e)) {
		mcu_fatal(e);
		return;
	}
	e->glb_was_busy = false;
	e->mcu = MCU_RUNNING;
	e->version = layout_version(e);
	if (!e->version)
		e->version = e->v->knobs->fw_version;
	pwr_mcu_up(e->v);
	init_interface(e);
	if (e->mcu != MCU_RUNNING)
		return;
	vlog(e->v, "mcu: booted, PROT section %s", e->prot_section ? "present" : "absent");
	timeline(e->v, "boot", -1);
	irq_raise(e->v, IRQ_GPU, GPU_IRQ_MCU_STATUS_CHANGED);
	irq_raise(e->v, IRQ_JOB, GLB_IRQ_BIT);
}

void engine_mcu_control(struct vgpu *v, uint32_t val)
{
	struct engine *e = v->engine;

	vlog(v, "mcu: control %u", val);
	if (!(val & MCU_CONTROL_MODE)) {
		/* Protected mode outlives its firmware: only a reset ends it. */
		mcu_stop(e, NULL);
		return;
	}
	if (e->mcu == MCU_RUNNING || e->mcu == MCU_BOOTING)
		return;
	mcu_stop(e, "reset");
	e->mcu = MCU_BOOTING;
	loop_arm(v->loop, &e->boot_timer, v->knobs->boot_ns);
}

uint32_t engine_mcu_status(struct vgpu *v)
{
	switch (v->engine->mcu) {
	case MCU_RUNNING:
	case MCU_BOOTING:
		return 1;
	case MCU_HALTED:
		return 2;
	case MCU_FATAL:
		return 3;
	default:
		return 0;
	}
}

void engine_reset(struct vgpu *v)
{
	struct engine *e = v->engine;

	mcu_stop(e, "reset");
	e->hung = false;
	e->prot_section = false;
	irq_deassert(v, IRQ_GPU, GPU_IRQ_PROTECTED_FAULT);
}

void engine_power_lost(struct vgpu *v)
{
	struct engine *e = v->engine;

	if (e->mcu == MCU_OFF)
		return;
	if (e->mcu == MCU_RUNNING)
		vlog(v, "mcu: power lost while running");
	mcu_stop(e, "reset");
}

void engine_doorbell(struct vgpu *v, unsigned int page)
{
	struct engine *e = v->engine;

	if (e->mcu != MCU_RUNNING || e->hung)
		return;
	if (!page) {
		loop_arm(v->loop, &e->request_timer, 0);
		return;
	}
	for (unsigned int i = 0; i < e->groups; i++) {
		if (e->csg[i].state != CSG_ON)
			continue;
		for (unsigned int m = 0; m < e->streams; m++) {
			struct cx x = csg_cx(&e->csg[i], m, 0);

			if (x.cs->on && x.cs->doorbell == page)
				cs_kick(&x);
		}
	}
	exec_kick(e);
}

bool engine_protm_active(struct vgpu *v)
{
	return protm_active(v->engine);
}

bool engine_protm_session(struct vgpu *v)
{
	return protm_session(v->engine);
}

void engine_as_unlocked(struct vgpu *v, unsigned int as)
{
	struct engine *e = v->engine;
	bool any = false;

	for (unsigned int i = 0; i < e->groups; i++) {
		if (e->csg[i].state != CSG_ON || e->csg[i].as != as)
			continue;
		for (unsigned int m = 0; m < e->streams; m++) {
			struct cs *cs = &e->csg[i].cs[m];

			if (cs->block != CS_ON_STALL)
				continue;
			cs->block = CS_RUN;
			any = true;
		}
	}
	if (any)
		exec_kick(e);
}

bool engine_as_busy(struct vgpu *v, unsigned int as)
{
	struct engine *e = v->engine;
	bool busy = false;

	if (e->mcu != MCU_RUNNING)
		return false;
	for (unsigned int i = 0; i < e->groups; i++) {
		struct csg *g = &e->csg[i];

		if (g->state == CSG_OFF || g->as != as)
			continue;
		for (unsigned int m = 0; m < e->streams; m++) {
			struct cx x = csg_cx(g, m, now_ns());

			/* After a fault the driver has to take the AS away. */
			if (x.cs->on && x.cs->dead)
				return false;
			busy |= cs_busy(&x) && protm_may_run(e, g, m);
		}
	}
	return busy;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "protm.h"

#include <errno.h>
#include <string.h>

#include "as.h"
#include "csg.h"
#include "eng.h"
#include "fwif.h"
#include "interp.h"
#include "irq.h"
#include "knobs.h"
#include "loop.h"
#include "stats.h"
#include "vgpu.h"

#define EXIT_ACK_NS	1500000000ull	/* far more than any interrupt latency of a slow guest; twice */

static void step(void *ctx);
static void exit_ack_due(void *ctx);

void protm_init(struct engine *e)
{
	e->protm.step_timer = (struct vtimer){ .fn = step, .ctx = e };
	e->protm.ack_timer = (struct vtimer){ .fn = exit_ack_due, .ctx = e };
}

static void set_state(struct engine *e, enum protm_state state)
{
	e->protm.state = state;
	plan_state(e, state);
}

bool protm_session(const struct engine *e)
{
	return e->protm.state != PROTM_IDLE;
}

bool protm_active(const struct engine *e)
{
	return e->protm.state == PROTM_ACTIVE || e->protm.state == PROTM_EXITING;
}

bool protm_may_run(const struct engine *e, const struct csg *g, unsigned int cs)
{
	const struct protm *p = &e->protm;

	if (p->state == PROTM_IDLE)
		return true;
	return p->state == PROTM_ACTIVE && !p->faulted && g->id == p->csg && p->running & 1u << cs;
}

static bool exit_pending(struct engine *e)
{
	return (fw_rd32(e, e->fwif.glb_in + GLB_REQ) ^ fw_rd32(e, e->fwif.glb_out + GLB_ACK)) &
	       GLB_EVT_PROTM_EXIT;
}

void protm_check_exit_ack(struct engine *e)
{
	if (!e->protm.exit_unacked || exit_pending(e))
		return;
	e->protm.exit_unacked = false;
	loop_disarm(e->v->loop, &e->protm.ack_timer);
}

static void exit_ack_due(void *ctx)
{
	struct engine *e = ctx;

	if (e->mcu != MCU_RUNNING)
		return;
	protm_check_exit_ack(e);
	/* On a host that stood still the guest has had no time: it gets as much again. */
	if (e->protm.exit_unacked && !e->protm.exit_late) {
		e->protm.exit_late = true;
		loop_arm(e->v->loop, &e->protm.ack_timer, EXIT_ACK_NS);
		return;
	}
	if (e->protm.exit_unacked)
		violation(e->v, "missing-exit-ack", "PROTM_EXIT not acknowledged after %llu ms",
			  2 * EXIT_ACK_NS / 1000000);
	e->protm.exit_unacked = false;
}

/* CSs of one group, the most important that has any, whose event the host answered. */
static void sample(struct engine *e)
{
	struct protm *p = &e->protm;
	unsigned int best = 0;

	p->set = 0;
	p->died = false;
	memset(p->unacked, 0, sizeof(p->unacked));
	for (unsigned int i = 0; i < e->groups; i++) {
		struct csg *g = &e->csg[i];
		uint32_t acked = 0;

		if (g->state != CSG_ON)
			continue;
		for (unsigned int m = 0; m < e->streams; m++) {
			const struct cs *cs = &g->cs[m];

			if (cs->on && cs->dead && cs->block == CS_ON_PROTM)
				p->died = true;
			if (!cs->on || cs->dead || cs->block != CS_ON_PROTM)
				continue;
			if (fw_cs_event_pending(e, i, m, CS_EVT_PROTM_PEND))
				p->unacked[i] |= 1u << m;
			else if (!cs->lost_ack)
				acked |= 1u << m;
		}
		if (acked && (!p->set || g->priority > best)) {
			p->set = acked;
			p->csg = i;
			best = g->priority;
		}
	}
}

static void check_rules(struct engine *e)
{
	struct protm *p = &e->protm;

	protm_check_exit_ack(e);
	if (p->exit_unacked || exit_pending(e))
		violation(e->v, "enter-before-exit-acked", "PROTM_ENTER with PROTM_EXIT unanswered");
	if (as_locked_count(e->v))
		violation(e->v, "enter-with-as-locked", "PROTM_ENTER with %u locked regions",
			  as_locked_count(e->v));
	/* The host may not know yet of one that died while it waited. */
	if (!p->set && !p->died)
		violation(e->v, "enter-with-no-cs-acked", "PROTM_ENTER with nobody to serve");
}

void protm_enter(struct engine *e)
{
	struct protm *p = &e->protm;

	if (!e->prot_section || !layout_prot_intact(e)) {
		violation(e->v, "enter-without-prot-section", "PROTM_ENTER without a PROT section");
		fw_glb_ack(e, GLB_REQ_PROTM_ENTER, fw_rd32(e, e->fwif.glb_in + GLB_REQ));
		return;
	}
	sample(e);
	check_rules(e);
	p->running = 0;
	p->cause = NULL;
	p->request_seen = false;
	p->hung = false;
	p->faulted = false;
	set_state(e, PROTM_ACKING);
	timeline(e->v, "enter", p->set ? (int)p->csg : -1);
	for (unsigned int i = 0; i < e->groups; i++) {
		if (e->csg[i].state != CSG_ON)
			continue;
		csg_freeze(&e->csg[i], now_ns());
		/* A reset in the session loses nothing of these (csf.md 5.4). */
		if (!p->set || i != p->csg)
			suspend_save(&e->csg[i]);
	}
	loop_disarm(e->v->loop, &e->idle_timer);
	loop_arm(e->v->loop, &p->step_timer, e->v->knobs->enter_ack_ns);
}

static void start_exit(struct engine *e, const char *cause)
{
	struct protm *p = &e->protm;

	if (p->state == PROTM_EXITING || p->hung)
		return;
	if (p->state != PROTM_ACTIVE) {
		p->cause = cause;
		return;
	}
	p->cause = cause;
	set_state(e, PROTM_EXITING);
	timeline(e->v, "leave", p->set ? (int)p->csg : -1);
	if (p->set)
		csg_freeze(&e->csg[p->csg], now_ns());
	loop_arm(e->v->loop, &p->step_timer, e->v->knobs->exit_ns);
}

/* A region goes on where it was cut short, or starts behind its instruction. */
static void begin_region(struct cs *cs, uint64_t insn)
{
	if (!cs->region) {
		cs->region = true;
		cs->region_depth = cs->depth;
		cs->region_begin = cs_pos(cs) + 8;
		cs->region_end = cs->region_begin + 8 * bits(insn, 15, 0);
		cs_set_pos(cs, cs->region_begin);
	}
	cs->block = CS_RUN;
}

static void begin_regions(struct engine *e)
{
	struct protm *p = &e->protm;
	struct csg *g = &e->csg[p->csg];
	bool usable = suspend_protm_usable(g);

	if (!usable)
		violation(e->v, "enter-without-protm-suspend-buf", "CSG%u at 0x%llx", p->csg,
			  (unsigned long long)g->protm_buf);
	for (unsigned int m = 0; m < e->streams; m++) {
		struct cx x = csg_cx(g, m, now_ns());
		void *insn;

		x.protm = true;
		if (!(p->set & 1u << m))
			continue;
		if (!usable || (x.cs->region && !suspend_protm_restore(g)))
			cs_fatal(&x, EXC_FW_INTERNAL, g->protm_buf);
		else if (cs_access(&x, cs_pc(x.cs), 8, AS_READ, &insn)) {
			begin_region(x.cs, *(uint64_t *)insn);
			p->running |= 1u << m;
		}
	}
}

static void inject_fault(struct engine *e)
{
	unsigned int cs = e->protm.set ? __builtin_ctz(e->protm.set) : 0;
	struct cx x = csg_cx(&e->csg[e->protm.csg], cs, now_ns());

	protm_fault(&x, 0);
}

static void become_active(struct engine *e)
{
	struct protm *p = &e->protm;
	const char *cause = p->cause;

	set_state(e, PROTM_ACTIVE);
	p->instructions = stats_counters(e->v)->instructions;
	session_begin(e->v, p->set ? p->csg : 0, p->set);
	timeline(e->v, "active", p->set ? (int)p->csg : -1);
	if (p->set)
		begin_regions(e);
	if (p->hang_armed) {
		p->hang_armed--;
		p->hung = true;
	}
	if (p->fault_armed) {
		p->fault_armed--;
		inject_fault(e);
	}
	if (cause || !p->running)
		start_exit(e, cause ? cause : "done");
	exec_kick(e);
}

static uint32_t unfinished(struct engine *e)
{
	struct protm *p = &e->protm;
	uint32_t mask = 0;

	for (unsigned int m = 0; m < e->streams; m++) {
		struct cs *cs = &e->csg[p->csg].cs[m];

		if (p->running & 1u << m && cs->on && !cs->dead && cs->region)
			mask |= 1u << m;
	}
	return mask;
}

/* Acknowledged between sampling and now: firmware will not look at it again. */
static void check_late_acks(struct engine *e)
{
	struct protm *p = &e->protm;

	for (unsigned int i = 0; i < e->groups; i++) {
		for (unsigned int m = 0; m < e->streams; m++) {
			if (!(p->unacked[i] & 1u << m) ||
			    fw_cs_event_pending(e, i, m, CS_EVT_PROTM_PEND))
				continue;
			violation(e->v, "late-cs-ack", "CSG%u CS%u acknowledged after PROTM_ENTER", i, m);
			e->csg[i].cs[m].lost_ack = true;
		}
	}
}

static void end_session(struct engine *e, const char *cause)
{
	struct protm *p = &e->protm;
	bool active = protm_active(e);

	set_state(e, PROTM_IDLE);
	loop_disarm(e->v->loop, &p->step_timer);
	if (active)
		session_end(e->v, cause, stats_counters(e->v)->instructions - p->instructions);
	timeline(e->v, "exit", p->set ? (int)p->csg : -1);
	vlog(e->v, "protm: session of CSG%u over: %s", p->csg, cause);
	as_protm_ended(e->v);
}

static void finish(struct engine *e)
{
	struct protm *p = &e->protm;
	uint32_t left = unfinished(e);

	check_late_acks(e);
	if (left && !suspend_protm_save(&e->csg[p->csg], left))
		violation(e->v, "enter-without-protm-suspend-buf", "CSG%u: buffer gone at the exit", p->csg);
	end_session(e, p->cause);
	for (unsigned int i = 0; i < e->groups; i++) {
		if (e->csg[i].state != CSG_ON)
			continue;
		if (!p->set || i != p->csg)
			suspend_drop(&e->csg[i]);
		csg_thaw(&e->csg[i], now_ns());
	}
	if (!inject_due(e->v, INJ_DROP_PROTM_EXIT, NULL)) {
		p->exit_unacked = true;
		p->exit_late = false;
		fw_glb_event(e, GLB_EVT_PROTM_EXIT);
		loop_arm(e->v->loop, &p->ack_timer, EXIT_ACK_NS);
	}
	for (unsigned int m = 0; m < e->streams; m++) {
		struct cx x = csg_cx(&e->csg[p->csg], m, now_ns());

		if (left & 1u << m)
			cs_protm_pend(&x);
	}
	exec_kick(e);
	/* What the host asked meanwhile, doorbells included. */
	loop_arm(e->v->loop, &e->request_timer, 0);
}

static void step(void *ctx)
{
	struct engine *e = ctx;
	struct protm *p = &e->protm;

	if (e->mcu != MCU_RUNNING || e->hung)
		return;
	switch (p->state) {
	case PROTM_ACKING:
		set_state(e, PROTM_ACTIVATING);
		/* Without a delay it is on before anybody can see the acknowledgement. */
		if (e->v->knobs->enter_active_ns)
			loop_arm(e->v->loop, &p->step_timer, e->v->knobs->enter_active_ns);
		else
			become_active(e);
		fw_glb_ack(e, GLB_REQ_PROTM_ENTER, fw_rd32(e, e->fwif.glb_in + GLB_REQ));
		break;
	case PROTM_ACTIVATING:
		become_active(e);
		break;
	case PROTM_EXITING:
		if (!p->hung)
			finish(e);
		break;
	default:
		break;
	}
}

void protm_request(struct engine *e, bool ping, uint32_t glb, uint32_t doorbells)
{
	struct protm *p = &e->protm;

	if ((glb || doorbells) && !p->request_seen) {
		p->request_seen = true;
		violation(e->v, "request-in-protm", "GLB 0x%x, CSG doorbells 0x%x", glb, doorbells);
	}
	if (glb || doorbells)
		start_exit(e, "request");
	else if (ping)
		start_exit(e, "ping");
}

void protm_after_run(struct engine *e)
{
	struct protm *p = &e->protm;

	if (p->state != PROTM_ACTIVE || p->faulted)
		return;
	p->running = unfinished(e);
	if (!p->running)
		start_exit(e, "done");
}

void protm_fault(struct cx *x, uint64_t va)
{
	struct engine *e = x->e;

	vlog(e->v, "protm: protected fault, CSG%u CS%u at 0x%llx", x->g->id, x->id,
	     (unsigned long long)va);
	timeline(e->v, "protected-fault", x->g->id);
	x->cs->dead = true;
	e->protm.faulted = true;
	irq_assert_level(e->v, IRQ_GPU, GPU_IRQ_PROTECTED_FAULT);
}

void protm_abort(struct engine *e)
{
	struct protm *p = &e->protm;

	p->exit_unacked = false;
	loop_disarm(e->v->loop, &p->ack_timer);
	if (p->state != PROTM_IDLE)
		end_session(e, p->hung ? "hang" : "reset");
}

/* In protected mode, or now in any state; otherwise as soon as the next session is on. */
int protm_inject(struct engine *e, const char *what, unsigned int count, bool now)
{
	struct protm *p = &e->protm;
	bool hang = !strcmp(what, "hang-protm");
	unsigned int *armed = hang ? &p->hang_armed : &p->fault_armed;

	if (!hang && strcmp(what, "protected-fault"))
		return -EINVAL;
	*armed = count;
	if (!count || (p->state != PROTM_ACTIVE && !now))
		return 0;
	--*armed;
	if (hang)
		p->hung = true;
	else if (protm_session(e))
		inject_fault(e);
	else
		irq_assert_level(e->v, IRQ_GPU, GPU_IRQ_PROTECTED_FAULT);
	return 0;
}

static const char *const state_names[] = {
	[PROTM_IDLE] = "idle", [PROTM_ACKING] = "acking", [PROTM_ACTIVATING] = "activating",
	[PROTM_ACTIVE] = "active", [PROTM_EXITING] = "exiting",
};

const char *protm_state_name(const struct engine *e)
{
	return state_names[e->protm.state];
}

int protm_state_from_name(const char *name)
{
	for (unsigned int i = 0; i < sizeof(state_names) / sizeof(state_names[0]); i++)
		if (!strcmp(state_names[i], name))
			return (int)i;
	return -1;
}

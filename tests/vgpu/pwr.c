// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "pwr.h"

#include <stdlib.h>

#include "engine.h"
#include "irq.h"
#include "knobs.h"
#include "loop.h"
#include "power.h"
#include "profiles.h"
#include "regs.h"
#include "stats.h"
#include "vgpu.h"

enum {
	PWR_IRQ_END = 0x10, PWR_STATUS = 0x20, PWR_COMMAND = 0x28, PWR_CMDARG = 0x30,
	PWR_L2 = 0x100, PWR_TILER = 0x140, PWR_SHADER = 0x200, PWR_BASE = 0x380, PWR_STACK = 0x3c0,
};

/* Within one domain's registers. */
enum { DOM_PRESENT = 0x00, DOM_READY = 0x08, DOM_PWRTRANS = 0x10, DOM_PWRACTIVE = 0x18,
       DOM_END = 0x20 };

enum { CMD_POWER_UP = 0x10, CMD_POWER_DOWN, CMD_DELEGATE = 0x20, CMD_RETRACT, CMD_RESET_SOFT = 0x31,
       CMD_RESET_FAST, CMD_INSPECT = 0xf0 };

/* Numbers of domains in commands and in STATUS. */
enum { NR_L2 = 0, NR_TILER = 1, NR_SHADER = 8, NR_BASE = 14, NR_STACK = 15 };

#define SUBDOMAIN_RTU		1u
#define STATUS_ALLOW(nr)	(1ull << (nr))
#define STATUS_DELEGATED(nr)	(1ull << ((nr) + 16))
#define STATUS_ALLOW_RESETS	(3ull << 33)
#define STATUS_POWER_PENDING	(1ull << 41)
#define STATUS_RESET_PENDING	(1ull << 42)
#define STATUS_RETRACT_PENDING	(1ull << 43)

struct pwr {
	struct vgpu *v;
	uint64_t cmdarg;
	uint32_t delegated;		/* 1 << NR_* */
	uint32_t handing, retracting;	/* those that change hands now, one at a time */
	bool resetting;
	struct vtimer hand_timer, reset_timer;
};

static const struct {
	unsigned int nr;
	enum power_domain pd;
	uint32_t off;
} domains[] = {
	{ NR_L2, PD_L2, PWR_L2 }, { NR_TILER, PD_TILER, PWR_TILER },
	{ NR_SHADER, PD_SHADER, PWR_SHADER },
};

#define DOMAINS	(sizeof(domains) / sizeof(domains[0]))

static void refuse(struct pwr *p, uint32_t val, const char *why)
{
	vlog(p->v, "pwr: command %#x not allowed: %s", val, why);
	irq_raise(p->v, IRQ_PWR, PWR_IRQ_CMD_NOT_ALLOWED);
}

/* Cores and tiler hang on the L2; what the MCU has, the host must leave alone. */
static bool allowed(struct pwr *p, unsigned int nr)
{
	if (p->delegated & 1u << nr || p->handing & 1u << nr || p->resetting)
		return false;
	return nr == NR_L2 || power_l2_on(p->v);
}

static uint64_t status(struct pwr *p)
{
	uint64_t val = p->resetting ? STATUS_RESET_PENDING : STATUS_ALLOW_RESETS;

	for (size_t i = 0; i < DOMAINS; i++) {
		if (allowed(p, domains[i].nr))
			val |= STATUS_ALLOW(domains[i].nr);
		if (p->delegated & 1u << domains[i].nr)
			val |= STATUS_DELEGATED(domains[i].nr);
	}
	return val | (power_busy(p->v) ? STATUS_POWER_PENDING : 0) |
	       (p->retracting ? STATUS_RETRACT_PENDING : 0);
}

static uint64_t domain_reg(struct pwr *p, uint32_t off)
{
	for (size_t i = 0; i < DOMAINS; i++) {
		enum power_domain pd = domains[i].pd;

		if (off < domains[i].off || off >= domains[i].off + DOM_END)
			continue;
		switch (off - domains[i].off) {
		case DOM_PRESENT: return power_present(p->v, pd);
		case DOM_READY: return power_ready(p->v, pd);
		case DOM_PWRTRANS: return power_changing(p->v, pd);
		case DOM_PWRACTIVE:
			return engine_mcu_status(p->v) == 1 ? power_ready(p->v, pd) : 0;
		}
	}
	/* The base is always there and up; stacks are none. */
	return off == PWR_BASE + DOM_PRESENT || off == PWR_BASE + DOM_READY;
}

static bool known(uint32_t off)
{
	if (off >= PWR_STATUS && off < PWR_CMDARG + 8)
		return off != PWR_COMMAND && off != PWR_COMMAND + 4;
	for (size_t i = 0; i < DOMAINS; i++)
		if (off >= domains[i].off && off < domains[i].off + DOM_END)
			return true;
	return (off >= PWR_BASE && off < PWR_BASE + DOM_END) ||
	       (off >= PWR_STACK && off < PWR_STACK + DOM_PWRACTIVE);
}

uint32_t pwr_read(struct vgpu *v, uint32_t off)
{
	struct pwr *p = v->pwr;
	uint64_t val;

	if (off < PWR_IRQ_END)
		return irq_read(v, IRQ_PWR, off);
	if (!known(off)) {
		violation(v, "bad-register-access", "read of PWR_CONTROL + %#x", off);
		return 0;
	}
	if ((off & ~7u) == PWR_STATUS)
		val = status(p);
	else if ((off & ~7u) == PWR_CMDARG)
		val = p->cmdarg;
	else
		val = domain_reg(p, off & ~7u);
	return (uint32_t)(off & 4 ? val >> 32 : val);
}

static void reset_done(void *ctx)
{
	struct pwr *p = ctx;

	p->resetting = false;
	irq_raise(p->v, IRQ_PWR, PWR_IRQ_RESET_COMPLETED);
}

static void reset(struct pwr *p, uint32_t val)
{
	if (p->resetting) {
		refuse(p, val, "a reset is under way");
		return;
	}
	regs_soft_reset(p->v);
	p->resetting = true;
	loop_arm(p->v->loop, &p->reset_timer, p->v->knobs->reset_ns);
}

static void transition(struct pwr *p, uint32_t val, size_t i)
{
	unsigned int nr = domains[i].nr;
	enum power_domain pd = domains[i].pd;
	struct vgpu *v = p->v;

	if (!allowed(p, nr)) {
		refuse(p, val, "not the host's, or the L2 is off");
		return;
	}
	if ((val & 0xff) == CMD_POWER_UP) {
		power_up(v, pd, p->cmdarg);
		return;
	}
	if (pd == PD_L2 && (power_ready(v, PD_SHADER) || power_ready(v, PD_TILER) || power_busy(v))) {
		refuse(p, val, "something above the L2 is up");
		return;
	}
	power_down(v, pd, p->cmdarg);
}

static void take_up(struct pwr *p)
{
	if (p->delegated & 1u << NR_TILER)
		power_up(p->v, PD_TILER, UINT64_MAX);
	if (p->delegated & 1u << NR_SHADER)
		power_up(p->v, PD_SHADER, UINT64_MAX);
}

static void handed_over(void *ctx)
{
	struct pwr *p = ctx;
	uint32_t irq = PWR_IRQ_DELEGATION_CHANGED;

	p->delegated = (p->delegated | p->handing) & ~p->retracting;
	if (p->retracting)
		irq |= PWR_IRQ_RETRACT_COMPLETED;
	p->handing = 0;
	p->retracting = 0;
	if (engine_mcu_status(p->v) == 1)
		take_up(p);
	irq_raise(p->v, IRQ_PWR, irq);
}

static void hand_over(struct pwr *p, uint32_t val, unsigned int nr)
{
	uint32_t bit = 1u << nr;
	bool retract = (val & 0xff) == CMD_RETRACT;

	if (nr == NR_L2 || p->handing || p->retracting || (retract ? !(p->delegated & bit) :
							   !allowed(p, nr))) {
		refuse(p, val, "cannot change hands now");
		return;
	}
	if (retract)
		p->retracting = bit;
	else
		p->handing = bit;
	loop_arm(p->v->loop, &p->hand_timer, p->v->knobs->power_ns);
}

/* A core's ray-traversal unit goes up and down with it, and must be named. */
static bool subdomain_ok(struct pwr *p, uint32_t cmd, unsigned int nr, unsigned int subdomain)
{
	bool power = cmd == CMD_POWER_UP || cmd == CMD_POWER_DOWN;
	bool rtu = p->v->profile->gpu_features & PROFILE_RTU;

	return subdomain == (power && nr == NR_SHADER && rtu ? SUBDOMAIN_RTU : 0);
}

static void domain_command(struct pwr *p, uint32_t val)
{
	uint32_t cmd = val & 0xff;
	unsigned int nr = val >> 8 & 0xff;

	for (size_t i = 0; i < DOMAINS; i++) {
		if (domains[i].nr != nr || !subdomain_ok(p, cmd, nr, val >> 16))
			continue;
		if (cmd == CMD_POWER_UP || cmd == CMD_POWER_DOWN)
			transition(p, val, i);
		else
			hand_over(p, val, nr);
		return;
	}
	if (nr == NR_BASE || nr == NR_STACK) {
		refuse(p, val, "the host has no say in it");
		return;
	}
	violation(p->v, "bad-register-access", "PWR_COMMAND %#x: no such domain", val);
	irq_raise(p->v, IRQ_PWR, PWR_IRQ_CMD_INVALID);
}

static void command(struct pwr *p, uint32_t val)
{
	switch (val & 0xff) {
	case CMD_POWER_UP:
	case CMD_POWER_DOWN:
	case CMD_DELEGATE:
	case CMD_RETRACT:
		domain_command(p, val);
		break;
	case CMD_RESET_SOFT:
	case CMD_RESET_FAST:
		reset(p, val);
		break;
	case CMD_INSPECT:
		irq_raise(p->v, IRQ_PWR, PWR_IRQ_INSPECT_COMPLETED);
		break;
	default:
		violation(p->v, "bad-register-access", "PWR_COMMAND %#x", val);
		irq_raise(p->v, IRQ_PWR, PWR_IRQ_CMD_INVALID);
	}
}

void pwr_write(struct vgpu *v, uint32_t off, uint32_t val)
{
	struct pwr *p = v->pwr;

	if (off < PWR_IRQ_END)
		irq_write(v, IRQ_PWR, off, val);
	else if (off == PWR_COMMAND)
		command(p, val);
	else if (off == PWR_CMDARG)
		p->cmdarg = (p->cmdarg & ~(uint64_t)UINT32_MAX) | val;
	else if (off == PWR_CMDARG + 4)
		p->cmdarg = (p->cmdarg & UINT32_MAX) | (uint64_t)val << 32;
	else
		violation(v, "bad-register-access", "write of %#x to PWR_CONTROL + %#x", val, off);
}

void pwr_mcu_up(struct vgpu *v)
{
	struct pwr *p = v->pwr;

	if (!profile_has_pwr(v->profile))
		return;
	take_up(p);
	if (p->delegated != (1u << NR_TILER | 1u << NR_SHADER))
		violation(v, "not-delegated", "the MCU boots and has domains %#x", p->delegated);
}

void pwr_mcu_down(struct vgpu *v)
{
	struct pwr *p = v->pwr;

	if (p->delegated & 1u << NR_SHADER)
		power_down(v, PD_SHADER, UINT64_MAX);
	if (p->delegated & 1u << NR_TILER)
		power_down(v, PD_TILER, UINT64_MAX);
}

void pwr_reset(struct vgpu *v)
{
	struct pwr *p = v->pwr;

	loop_disarm(v->loop, &p->hand_timer);
	loop_disarm(v->loop, &p->reset_timer);
	*p = (struct pwr){
		.v = v,
		.hand_timer = { .fn = handed_over, .ctx = p },
		.reset_timer = { .fn = reset_done, .ctx = p },
	};
}

struct pwr *pwr_new(struct vgpu *v)
{
	struct pwr *p = calloc(1, sizeof(*p));

	if (p)
		p->v = v;
	return p;
}

void pwr_free(struct pwr *p)
{
	free(p);
}

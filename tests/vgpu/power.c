// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "power.h"

#include <stdlib.h>

#include "as.h"
#include "engine.h"
#include "irq.h"
#include "knobs.h"
#include "loop.h"
#include "profiles.h"
#include "regs.h"
#include "stats.h"
#include "vgpu.h"

enum { REG_READY = 0x140, REG_PWRON = 0x180, REG_PWROFF = 0x1c0, REG_PWRTRANS = 0x200,
       REG_PWRACTIVE = 0x240, REG_GROUP = 0x40 };

struct domain_state {
	struct vgpu *v;
	enum power_domain nr;
	uint64_t ready, rising, falling;
	struct vtimer timer;
};

struct power {
	struct domain_state domain[PD_COUNT];
};

uint64_t power_present(const struct vgpu *v, enum power_domain d)
{
	switch (d) {
	case PD_SHADER: return v->profile->shader_present;
	case PD_TILER: return v->profile->tiler_present;
	case PD_L2: return v->profile->l2_present;
	default: return 0;
	}
}

static struct power *power(struct vgpu *v)
{
	return regs_power(v);
}

bool power_l2_on(struct vgpu *v)
{
	const struct domain_state *l2 = &power(v)->domain[PD_L2];

	return l2->ready & ~l2->falling;
}

bool power_busy(struct vgpu *v)
{
	for (unsigned int i = 0; i < PD_COUNT; i++)
		if (power(v)->domain[i].rising | power(v)->domain[i].falling)
			return true;
	return false;
}

static void transition_done(void *ctx)
{
	struct domain_state *d = ctx;

	d->ready = (d->ready | d->rising) & ~d->falling;
	d->rising = 0;
	d->falling = 0;
	if (profile_has_pwr(d->v->profile))
		irq_raise(d->v, IRQ_PWR, PWR_IRQ_CHANGED_SINGLE |
			  (power_busy(d->v) ? 0 : PWR_IRQ_CHANGED_ALL));
	else
		irq_raise(d->v, IRQ_GPU, GPU_IRQ_POWER_CHANGED_SINGLE |
			  (power_busy(d->v) ? 0 : GPU_IRQ_POWER_CHANGED_ALL));
}

static void start(struct domain_state *d)
{
	uint64_t delay = d->v->knobs->power_ns;

	if (delay)
		loop_arm(d->v->loop, &d->timer, delay);
	else
		transition_done(d);
}

static void power_on(struct domain_state *d, uint64_t mask)
{
	mask &= power_present(d->v, d->nr) & (~d->ready | d->falling);
	if (!mask)
		return;
	d->falling &= ~mask;
	d->rising |= mask & ~d->ready;
	start(d);
}

static void power_off(struct domain_state *d, uint64_t mask)
{
	mask &= d->ready | d->rising;
	if (!mask)
		return;
	if (d->nr == PD_L2) {
		if (engine_mcu_status(d->v) == 1)
			violation(d->v, "bad-register-access", "L2 off while the MCU runs");
		/* Cores cannot stay up without their cache. */
		power_off(&power(d->v)->domain[PD_SHADER], UINT64_MAX);
		power_off(&power(d->v)->domain[PD_TILER], UINT64_MAX);
		engine_power_lost(d->v);
		mmu_reset(d->v);
	}
	d->rising &= ~mask;
	d->falling |= mask & d->ready;
	start(d);
}

void power_up(struct vgpu *v, enum power_domain d, uint64_t cores)
{
	power_on(&power(v)->domain[d], cores);
}

void power_down(struct vgpu *v, enum power_domain d, uint64_t cores)
{
	power_off(&power(v)->domain[d], cores);
}

uint64_t power_ready(struct vgpu *v, enum power_domain d)
{
	return power(v)->domain[d].ready;
}

uint64_t power_changing(struct vgpu *v, enum power_domain d)
{
	return power(v)->domain[d].rising | power(v)->domain[d].falling;
}

static struct domain_state *decode(struct vgpu *v, uint32_t off)
{
	unsigned int nr = off % REG_GROUP / 0x10;

	return nr < PD_COUNT && off % 0x10 < 8 ? &power(v)->domain[nr] : NULL;
}

uint32_t power_read(struct vgpu *v, uint32_t off)
{
	const struct domain_state *d = decode(v, off);
	uint64_t val = 0;

	if (!d)
		return 0;
	switch (off & ~(REG_GROUP - 1)) {
	case REG_READY:
		val = d->ready;
		break;
	case REG_PWRTRANS:
		val = d->rising | d->falling;
		break;
	case REG_PWRACTIVE:
		val = engine_mcu_status(v) == 1 ? d->ready : 0;
		break;
	}
	return (uint32_t)(off & 4 ? val >> 32 : val);
}

void power_write(struct vgpu *v, uint32_t off, uint32_t val)
{
	struct domain_state *d = decode(v, off);
	uint64_t mask = off & 4 ? (uint64_t)val << 32 : val;

	if (!d) {
		violation(v, "bad-register-access", "write to %#x", off);
		return;
	}
	switch (off & ~(REG_GROUP - 1)) {
	case REG_PWRON:
		power_on(d, mask);
		break;
	case REG_PWROFF:
		power_off(d, mask);
		break;
	default:
		violation(v, "bad-register-access", "write to read-only %#x", off);
	}
}

void power_reset(struct vgpu *v)
{
	for (unsigned int i = 0; i < PD_COUNT; i++) {
		struct domain_state *d = &power(v)->domain[i];

		loop_disarm(v->loop, &d->timer);
		*d = (struct domain_state){ .v = v, .nr = i,
					    .timer = { .fn = transition_done, .ctx = d } };
	}
}

struct power *power_new(void)
{
	return calloc(1, sizeof(struct power));
}

void power_free(struct power *p)
{
	free(p);
}

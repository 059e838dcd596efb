// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* LOAD_MULTIPLE, STORE_MULTIPLE, STORE_STATE. */
#include "as.h"
#include "eng.h"
#include "interp.h"
#include "knobs.h"
#include "loop.h"
#include "profiles.h"
#include "regs.h"
#include "vgpu.h"

#define LS_NS		2000		/* until the load/store scoreboard entry is released */

static void arrive(struct cs *cs, const struct cs_load *l)
{
	for (unsigned int i = 0; i < 16; i++)
		if (l->mask & 1u << i)
			cs->r[l->base + i] = l->val[i];
}

/*
 * Before its entry is waited for the data may come at any time, so no stream may
 * count on the registers' old content nor on the new. The model keeps the old one
 * as long as it can: that shows a forgotten WAIT.
 */
void loads_arrive(struct cs *cs, uint32_t mask)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < cs->load_count; i++) {
		if (mask & 1u << cs->loads[i].sb)
			arrive(cs, &cs->loads[i]);
		else
			cs->loads[kept++] = cs->loads[i];
	}
	cs->load_count = kept;
}

static void load(struct cx *x, const struct cs_load *l)
{
	struct cs *cs = x->cs;

	if (!x->e->v->knobs->late_loads) {
		arrive(cs, l);
		return;
	}
	if (cs->load_count == CS_MAX_LOADS)
		loads_arrive(cs, 1u << cs->loads[0].sb);
	cs->loads[cs->load_count++] = *l;
}

/* Tried again as a whole after a stall, which is the same. */
enum step op_multiple(struct cx *x, uint64_t insn)
{
	bool store = insn >> 56 == OP_STORE_MULTIPLE;
	uint64_t addr = cs_reg64(x->cs, bits(insn, 47, 40)) + (uint64_t)(int64_t)(int16_t)insn;
	unsigned int base = bits(insn, 55, 48);
	uint32_t mask = bits(insn, 31, 16);
	struct cs_load l = { .mask = mask, .base = base, .sb = x->cs->sb_other };

	if (mask && base + 32 - __builtin_clz(mask) > x->e->v->profile->cs_regs) {
		cs_invalid(x);
		return STEP_AGAIN;
	}
	if (addr & 3) {
		cs_fault(x, EXC_ADDR_RANGE, addr);
		return STEP_NEXT;
	}
	for (unsigned int i = 0; i < 16; i++) {
		void *p;

		if (!(mask & 1u << i))
			continue;
		if (!cs_access(x, addr + 4 * i, 4, store ? AS_WRITE : AS_READ, &p))
			return STEP_AGAIN;
		if (store)
			__atomic_store_n((uint32_t *)p, x->cs->r[base + i], __ATOMIC_RELEASE);
		else
			l.val[i] = __atomic_load_n((uint32_t *)p, __ATOMIC_ACQUIRE);
	}
	if (!store)
		load(x, &l);
	cs_sb_hold(x, x->cs->sb_other, LS_NS);
	return STEP_NEXT;
}

/* Which state: two bits before arch 12, eight since. */
enum step op_store_state(struct cx *x, uint64_t insn, uint64_t addr)
{
	uint64_t val = 0;
	void *p;

	addr += (uint64_t)(int64_t)(int16_t)insn;
	switch (profile_arch(x->e->v->profile) < 12 ? bits(insn, 33, 32) : bits(insn, 39, 32)) {
	case 0:
		val = regs_timestamp(x->e->v);
		break;
	case 1:
		val = regs_cycle_count(x->e->v);
		break;
	case 2:
		break;
	case 3:
		val = x->cs->error;
		break;
	default:
		cs_invalid(x);
		return STEP_AGAIN;
	}
	if (addr & 7) {
		cs_fault(x, EXC_ADDR_RANGE, addr);
		return STEP_NEXT;
	}
	if (!cs_access(x, addr, 8, AS_WRITE, &p))
		return STEP_AGAIN;
	__atomic_store_n((uint64_t *)p, val, __ATOMIC_RELEASE);
	return STEP_NEXT;
}

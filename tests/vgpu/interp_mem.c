// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* LOAD_MULTIPLE, STORE_MULTIPLE, STORE_STATE. */
#include "as.h"
#include "eng.h"
#include "interp.h"
#include "knobs.h"
#include "loop.h"
#include "regs.h"
#include "vgpu.h"

#define LS_NS		2000		/* until the load/store scoreboard entry is released */

/*
 * The data is there at once, the scoreboard entry later: a stream that waits as it
 * must sees no difference. Tried again as a whole after a stall, which is the same.
 */
enum step op_multiple(struct cx *x, uint64_t insn)
{
	bool store = insn >> 56 == OP_STORE_MULTIPLE;
	uint64_t addr = cs_reg64(x->cs, bits(insn, 47, 40)) + (uint64_t)(int64_t)(int16_t)insn;
	unsigned int base = bits(insn, 55, 48);
	uint32_t mask = bits(insn, 31, 16);

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
			x->cs->r[base + i] = __atomic_load_n((uint32_t *)p, __ATOMIC_ACQUIRE);
	}
	cs_sb_hold(x, x->cs->sb_other, LS_NS);
	return STEP_NEXT;
}

enum step op_store_state(struct cx *x, uint64_t insn, uint64_t addr)
{
	uint64_t val = 0;
	void *p;

	addr += (uint64_t)(int64_t)(int16_t)insn;
	switch (bits(insn, 33, 32)) {
	case 0:
		val = regs_timestamp(x->e->v);
		break;
	case 1:
		val = regs_cycle_count(x->e->v);
		break;
	case 3:
		val = x->cs->error;
		break;
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

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Sync objects: {u32 seqno, u32 error} or {u64 seqno, u32 error, u32 pad}. */
#include "as.h"
#include "csg.h"
#include "eng.h"
#include "interp.h"
#include "loop.h"
#include "vgpu.h"

#define POLL_NS		1000000ull
#define SCOPE_SYSTEM	0

static bool is64(uint64_t insn)
{
	return insn >> 56 >= OP_SYNC_ADD64;
}

static bool write_error(struct cx *x, uint64_t addr)
{
	void *p;

	if (!cs_access(x, addr, 4, AS_WRITE, &p))
		return false;
	__atomic_store_n((uint32_t *)p, x->cs->error, __ATOMIC_RELEASE);
	return true;
}

static void write_value(void *p, uint64_t insn, uint64_t data)
{
	switch (insn >> 56) {
	case OP_SYNC_ADD32:
		__atomic_fetch_add((uint32_t *)p, (uint32_t)data, __ATOMIC_ACQ_REL);
		break;
	case OP_SYNC_SET32:
		__atomic_store_n((uint32_t *)p, (uint32_t)data, __ATOMIC_RELEASE);
		break;
	case OP_SYNC_ADD64:
		__atomic_fetch_add((uint64_t *)p, data, __ATOMIC_ACQ_REL);
		break;
	case OP_SYNC_SET64:
		__atomic_store_n((uint64_t *)p, data, __ATOMIC_RELEASE);
		break;
	}
}

/* The error goes first: who sees the new value must see it too. */
enum step op_sync_write(struct cx *x, uint64_t insn, uint64_t addr, uint64_t data)
{
	unsigned int width = is64(insn) ? 8 : 4;
	bool add = insn >> 56 == OP_SYNC_ADD32 || insn >> 56 == OP_SYNC_ADD64;
	void *p;

	if (addr & (width - 1)) {
		cs_fault(x, EXC_ADDR_RANGE, addr);
		return STEP_NEXT;
	}
	if (!cs_access(x, addr, width, add ? AS_ATOMIC : AS_WRITE, &p))
		return STEP_AGAIN;
	if (bits(insn, 0, 0) && x->cs->error && !write_error(x, addr + width))
		return STEP_AGAIN;
	write_value(p, insn, data);
	x->e->sync_written = true;
	if (bits(insn, 2, 1) == SCOPE_SYSTEM)
		x->g->sync_update = true;
	return STEP_NEXT;
}

static bool satisfied(const struct cs *cs, const void *p)
{
	uint64_t mem = cs->wait_64 ? __atomic_load_n((const uint64_t *)p, __ATOMIC_ACQUIRE)
				   : __atomic_load_n((const uint32_t *)p, __ATOMIC_ACQUIRE);

	return cs_condition(cs->wait_cond, mem < cs->wait_value ? -1 : mem > cs->wait_value);
}

bool sync_wait_over(struct cx *x)
{
	void *p;

	/* A refusal ends the wait as well: the instruction meets it again and is stopped. */
	if (!cs_access(x, x->cs->wait_addr, x->cs->wait_64 ? 8 : 4, AS_READ, &p)) {
		if (x->cs->block == CS_ON_STALL)
			x->cs->block = CS_ON_SYNC;
		return x->cs->dead;
	}
	return satisfied(x->cs, p);
}

static enum step inherit(struct cx *x)
{
	struct cs *cs = x->cs;
	uint64_t at = cs->wait_addr + (cs->wait_64 ? 8 : 4);
	void *p;

	if (!cs_access(x, at, 4, AS_READ, &p))
		return STEP_AGAIN;
	if (__atomic_load_n((uint32_t *)p, __ATOMIC_ACQUIRE))
		cs_fault(x, EXC_INHERIT, cs->wait_addr);
	return STEP_NEXT;
}

enum step op_sync_wait(struct cx *x, uint64_t insn)
{
	struct cs *cs = x->cs;
	unsigned int data = bits(insn, 39, 32);
	void *p;

	cs->wait_64 = is64(insn);
	cs->wait_cond = bits(insn, 31, 28);
	cs->wait_reject = bits(insn, 0, 0);
	cs->wait_addr = cs_reg64(cs, bits(insn, 47, 40));
	cs->wait_value = cs->wait_64 ? cs_reg64(cs, data) : cs->r[data];
	if (cs->wait_addr & (cs->wait_64 ? 7 : 3)) {
		cs_fault(x, EXC_ADDR_RANGE, cs->wait_addr);
		return STEP_NEXT;
	}
	if (!cs_access(x, cs->wait_addr, cs->wait_64 ? 8 : 4, AS_READ, &p))
		return STEP_AGAIN;
	if (satisfied(cs, p))
		return cs->wait_reject ? inherit(x) : STEP_NEXT;
	cs->block = CS_ON_SYNC;
	cs->wake_ns = x->now + POLL_NS;
	return STEP_AGAIN;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Fetch, decode, registers, control flow. The rest is in interp_*.c. */
#include "interp.h"

#include <string.h>

#include "as.h"
#include "csg.h"
#include "eng.h"
#include "knobs.h"
#include "loop.h"
#include "profiles.h"
#include "protm.h"
#include "stats.h"
#include "vgpu.h"

#define SECOND		1000000000ull
#define CREDIT_MAX_NS	10000000ull	/* a late timer must not turn into a burst */
#define IDLE_CREDIT	64		/* instructions that a CS may run at once after a wait */
#define POLL_NS		1000000ull	/* sync objects are released by CPUs without a doorbell */

uint64_t cs_reg64(const struct cs *cs, unsigned int reg)
{
	return cs->r[reg] | (uint64_t)cs->r[reg + 1] << 32;
}

void cs_set_reg64(struct cs *cs, unsigned int reg, uint64_t val)
{
	cs->r[reg] = val;
	cs->r[reg + 1] = val >> 32;
}

/* sign: of the left side minus the right side. */
bool cs_condition(unsigned int cond, int64_t sign)
{
	switch (cond) {
	case 0: return sign <= 0;
	case 1: return sign > 0;
	case 2: return sign == 0;
	case 3: return sign != 0;
	case 4: return sign < 0;
	case 5: return sign >= 0;
	default: return true;
	}
}

void cs_invalid(struct cx *x)
{
	cs_fatal(x, EXC_INVALID_INSTRUCTION, cs_pc(x->cs));
}

bool cs_access(struct cx *x, uint64_t va, size_t len, enum as_access how, void **ptr)
{
	struct as_hit hit;

	switch (as_access(x->e->v, x->g->as, va, len, how, x->protm, &hit)) {
	case AS_OK:
		*ptr = hit.ptr;
		return true;
	case AS_STALL:
		x->cs->block = CS_ON_STALL;
		x->cs->wake_ns = 0;
		return false;
	case AS_FAULT:
		vlog(x->e->v, "csg%u cs%u: MMU fault at 0x%llx", x->g->id, x->id,
		     (unsigned long long)va);
		timeline(x->e->v, "mmu-fault", x->g->id);
		x->cs->dead = true;
		cs_publish(x);
		return false;
	case AS_BUS_FAULT:
		as_report_fault(x->e->v, x->g->as, va, EXC_GPU_BUS_FAULT, how);
		cs_fatal(x, EXC_BUS, va);
		return false;
	case AS_PROT_WRITE:
		protm_fault(x, va);
		return false;
	}
	return false;
}

/* No instruction of the table names a register that the profile lacks. */
static bool regs_valid(const struct cx *x, unsigned int reg, unsigned int count)
{
	return reg + count <= x->e->v->profile->cs_regs;
}

static enum step call(struct cx *x, uint64_t insn, bool jump)
{
	struct cs *cs = x->cs;
	uint64_t addr = cs_reg64(cs, bits(insn, 47, 40));
	uint32_t size = cs->r[bits(insn, 39, 32)];

	if ((addr | size) & 7 || (jump && !cs->depth)) {
		cs_invalid(x);
		return STEP_AGAIN;
	}
	if (!jump) {
		if (cs->depth == CS_CALL_DEPTH) {
			cs_fatal(x, EXC_CALL_STACK, cs_pc(cs));
			return STEP_AGAIN;
		}
		cs_set_pos(cs, cs_pos(cs) + 8);
		cs->depth++;
	}
	cs->stack[cs->depth - 1].pc = addr;
	cs->stack[cs->depth - 1].end = addr + size;
	return STEP_JUMPED;
}

static enum step branch(struct cx *x, uint64_t insn)
{
	int64_t offset = (int16_t)bits(insn, 15, 0);

	if (!cs_condition(bits(insn, 30, 28), (int32_t)x->cs->r[bits(insn, 47, 40)]))
		return STEP_NEXT;
	cs_set_pos(x->cs, cs_pos(x->cs) + 8 + 8 * offset);
	return STEP_JUMPED;
}

static enum step wait_sb(struct cx *x, uint64_t insn)
{
	uint32_t mask = bits(sb_resolve(x, insn), 31, 16) &
			((1u << x->e->v->profile->scoreboards) - 1);

	if (cs_sb_busy(x, mask, &x->cs->wake_ns)) {
		x->cs->block = CS_ON_SB;
		x->cs->wait_mask = mask;
		return STEP_AGAIN;
	}
	loads_arrive(x->cs, mask);
	x->cs->progress += bits(insn, 32, 32);
	return STEP_NEXT;
}

static enum step progress_wait(struct cx *x, uint64_t insn)
{
	unsigned int queue = bits(insn, 4, 0);
	uint64_t want = cs_reg64(x->cs, bits(insn, 47, 40));

	if (queue >= x->e->streams) {
		cs_invalid(x);
		return STEP_AGAIN;
	}
	if (x->g->cs[queue].progress >= want)
		return STEP_NEXT;
	x->cs->block = CS_ON_PROGRESS;
	x->cs->wait_queue = queue;
	x->cs->wait_value = want;
	x->cs->wake_ns = x->now + POLL_NS;
	return STEP_AGAIN;
}

/* A barrier outside of protected mode, then the request; inside, the region is open already. */
static enum step prot_region(struct cx *x, uint64_t insn)
{
	if (x->protm || !bits(insn, 15, 0))
		return STEP_NEXT;
	if (cs_sb_busy(x, ~0u, &x->cs->wake_ns)) {
		x->cs->block = CS_ON_SB;
		x->cs->wait_mask = ~0u;
		return STEP_AGAIN;
	}
	loads_arrive(x->cs, ~0u);
	x->cs->wake_ns = 0;
	cs_protm_pend(x);
	return STEP_AGAIN;
}

static enum step set_handler(struct cx *x, uint64_t insn)
{
	x->cs->handler_addr = cs_reg64(x->cs, bits(insn, 47, 40));
	x->cs->handler_size = x->cs->r[bits(insn, 39, 32)];
	if (!x->cs->handler_size)
		x->cs->handler_addr = 0;
	return STEP_NEXT;
}

/* Registers and nothing else. */
static enum step op_register(struct cx *x, uint64_t insn)
{
	struct cs *cs = x->cs;
	unsigned int dst = bits(insn, 55, 48), src = bits(insn, 47, 40);
	int64_t imm = (int32_t)insn;

	switch (insn >> 56) {
	case OP_MOVE48:
		cs_set_reg64(cs, dst, bits(insn, 47, 0));
		break;
	case OP_MOVE32:
		cs->r[dst] = insn;
		break;
	case OP_ADD_IMM32:
		cs->r[dst] = cs->r[src] + (uint32_t)imm;
		break;
	case OP_ADD_IMM64:
		cs_set_reg64(cs, dst, cs_reg64(cs, src) + (uint64_t)imm);
		break;
	case OP_UMIN32:
		cs->r[dst] = cs->r[src] < cs->r[bits(insn, 39, 32)] ? cs->r[src]
								      : cs->r[bits(insn, 39, 32)];
		break;
	case OP_PROGRESS_STORE:
		cs->progress = cs_reg64(cs, src);
		break;
	case OP_PROGRESS_LOAD:
		cs_set_reg64(cs, dst, cs->progress);
		break;
	case OP_HEAP_SET:
		cs->heap = cs_reg64(cs, src);
		break;
	}
	return STEP_NEXT;
}

static enum step op_control(struct cx *x, uint64_t insn)
{
	switch (insn >> 56) {
	case OP_NOP:
		return STEP_NEXT;
	case OP_WAIT:
		return wait_sb(x, insn);
	case OP_BRANCH:
		return branch(x, insn);
	case OP_CALL:
	case OP_JUMP:
		return call(x, insn, insn >> 56 == OP_JUMP);
	case OP_PROGRESS_WAIT:
		return progress_wait(x, insn);
	case OP_SET_EXCEPTION_HANDLER:
		return set_handler(x, insn);
	case OP_SET_SB_ENTRY:
		return op_set_sb_entry(x, insn);
	case OP_REQ_RESOURCE:
		x->cs->resources = bits(insn, 4, 0);
		return STEP_NEXT;
	case OP_PROT_REGION:
		return prot_region(x, insn);
	case OP_ERROR_BARRIER:
		x->cs->error = 0;
		return STEP_NEXT;
	}
	cs_invalid(x);
	return STEP_AGAIN;
}

typedef enum step (*op_fn)(struct cx *x, uint64_t insn);

/* Registers that an instruction names: [0] at 55..48, [1] at 47..40, [2] at 39..32; 2: a pair. */
static const struct op {
	op_fn fn;
	uint8_t regs[3];
	uint8_t first, last;	/* architectures that have it, 0: no limit */
} ops[64] = {
	[OP_NOP] = { op_control, { 0 } },
	[OP_MOVE48] = { op_register, { 2 } },
	[OP_MOVE32] = { op_register, { 1 } },
	[OP_WAIT] = { op_control, { 0 } },
	[OP_RUN_COMPUTE] = { op_run, { 0 } },
	[OP_RUN_TILING] = { op_run, { 0 }, .last = 10 },
	[OP_RUN_IDVS] = { op_run, { 0 }, .last = 11 },
	[OP_RUN_FRAGMENT] = { op_run, { 0 } },
	[OP_RUN_FULLSCREEN] = { op_run, { 0 } },
	[OP_FINISH_TILING] = { op_run, { 0 } },
	[OP_FINISH_FRAGMENT] = { op_async, { 0, 2, 2 } },
	[OP_RUN_IDVS2] = { op_run, { 0 }, .first = 12 },
	[OP_ADD_IMM32] = { op_register, { 1, 1 } },
	[OP_ADD_IMM64] = { op_register, { 2, 2 } },
	[OP_UMIN32] = { op_register, { 1, 1, 1 } },
	[OP_LOGIC_OP32] = { op_logic, { 1, 1, 1 }, .first = 11 },
	[OP_NEXT_SB_ENTRY] = { op_next_sb, { 1 }, .first = 11 },
	[OP_SET_STATE] = { op_set_state, { 0, 1 }, .first = 11 },
	[OP_SET_STATE_IMM32] = { op_set_state, { 0 }, .first = 11 },
	[OP_SHARED_SB_INC] = { op_shared_sb, { 0 }, .first = 11 },
	[OP_SHARED_SB_DEC] = { op_shared_sb, { 0 }, .first = 11 },
	[OP_LOAD_MULTIPLE] = { op_multiple, { 1, 2 } },
	[OP_STORE_MULTIPLE] = { op_multiple, { 1, 2 } },
	[OP_BRANCH] = { op_control, { 0, 1 } },
	[OP_SET_SB_ENTRY] = { op_control, { 0 } },
	[OP_PROGRESS_WAIT] = { op_control, { 0, 2 } },
	[OP_SET_EXCEPTION_HANDLER] = { op_control, { 0, 2, 1 } },
	[OP_CALL] = { op_control, { 0, 2, 1 } },
	[OP_JUMP] = { op_control, { 0, 2, 1 } },
	[OP_REQ_RESOURCE] = { op_control, { 0 } },
	[OP_FLUSH_CACHE2] = { op_async, { 0, 1 } },
	[OP_SYNC_ADD32] = { op_async, { 0, 2, 1 } },
	[OP_SYNC_SET32] = { op_async, { 0, 2, 1 } },
	[OP_SYNC_WAIT32] = { op_sync_wait, { 0, 2, 1 } },
	[OP_STORE_STATE] = { op_async, { 0, 2 } },
	[OP_PROT_REGION] = { op_control, { 0 } },
	[OP_PROGRESS_STORE] = { op_register, { 0, 2 } },
	[OP_PROGRESS_LOAD] = { op_register, { 2 } },
	[OP_RUN_COMPUTE_INDIRECT] = { op_run, { 0 } },
	[OP_ERROR_BARRIER] = { op_control, { 0 } },
	[OP_HEAP_SET] = { op_register, { 0, 2 } },
	[OP_HEAP_OPERATION] = { op_async, { 0 } },
	[OP_TRACE_POINT] = { op_async, { 0, 0, 1 } },
	[OP_SYNC_ADD64] = { op_async, { 0, 2, 2 } },
	[OP_SYNC_SET64] = { op_async, { 0, 2, 2 } },
	[OP_SYNC_WAIT64] = { op_sync_wait, { 0, 2, 2 } },
};

static bool of_this_arch(const struct cx *x, const struct op *op)
{
	unsigned int arch = profile_arch(x->e->v->profile);

	return op->fn && arch >= op->first && (!op->last || arch <= op->last);
}

static enum step execute(struct cx *x, uint64_t insn)
{
	const struct op *op = insn >> 56 < 64 ? &ops[insn >> 56] : NULL;

	if (!op || !of_this_arch(x, op) ||
	    !regs_valid(x, op->regs[0] ? bits(insn, 55, 48) : 0, op->regs[0]) ||
	    !regs_valid(x, op->regs[1] ? bits(insn, 47, 40) : 0, op->regs[1]) ||
	    !regs_valid(x, op->regs[2] ? bits(insn, 39, 32) : 0, op->regs[2])) {
		cs_invalid(x);
		return STEP_AGAIN;
	}
	return op->fn(x, insn);
}

static bool region_over(const struct cs *cs)
{
	uint64_t pos = cs_pos(cs);

	if (!cs->region || cs->depth > cs->region_depth)
		return false;
	return cs->depth < cs->region_depth || pos >= cs->region_end || pos < cs->region_begin;
}

/* Leave finished buffers. False: there is nothing to execute. */
static bool find_place(struct cx *x)
{
	struct cs *cs = x->cs;

	for (;;) {
		/* A region cannot outlive what was submitted: doorbells are dead inside. */
		if (region_over(cs) || (cs->region && cs_drained(x))) {
			cs->region = false;
			return false;
		}
		if (!cs->depth)
			return cs->extract != cs->insert;
		if (cs->stack[cs->depth - 1].pc < cs->stack[cs->depth - 1].end)
			return true;
		cs->depth--;
	}
}

/* Of the page that is executed: one walk per page and turn is enough. */
struct fetch {
	uint64_t page;
	const uint8_t *ptr;
};

static bool fetch(struct cx *x, struct fetch *f, uint64_t *insn)
{
	uint64_t pc = cs_pc(x->cs);
	void *p;

	if (!f->ptr || f->page != pc >> 12) {
		if (!cs_access(x, pc & ~0xfffull, 8, AS_READ, &p))
			return false;
		f->ptr = p;
		f->page = pc >> 12;
	}
	*insn = __atomic_load_n((const uint64_t *)(f->ptr + (pc & 0xff8)), __ATOMIC_ACQUIRE);
	return true;
}

static bool step(struct cx *x, struct fetch *f)
{
	struct cs *cs = x->cs;
	uint64_t insn, pos = cs_pos(cs);

	if (!fetch(x, f, &insn))
		return false;
	switch (execute(x, insn)) {
	case STEP_NEXT:
		cs_set_pos(cs, pos + 8);
		break;
	case STEP_JUMPED:
		break;
	case STEP_AGAIN:
		return false;
	}
	cs->instructions++;
	stats_counters(x->e->v)->instructions++;
	return true;
}

/* Blocks that time or memory can end: the instruction is simply tried again. */
static bool unblock(struct cx *x)
{
	struct cs *cs = x->cs;

	switch (cs->block) {
	case CS_RUN:
		return true;
	case CS_ON_SB:
		if (cs_sb_busy(x, cs->wait_mask, &cs->wake_ns))
			return false;
		break;
	case CS_ON_PROGRESS:
		if (x->g->cs[cs->wait_queue].progress < cs->wait_value) {
			cs->wake_ns = x->now + POLL_NS;
			return false;
		}
		break;
	case CS_ON_SHARED:
		if (!x->g->shared_sb[cs->wait_queue]) {
			cs->wake_ns = x->now + POLL_NS;
			return false;
		}
		break;
	case CS_ON_SYNC:
		if (!sync_wait_over(x)) {
			cs->wake_ns = x->now + POLL_NS;
			return false;
		}
		break;
	case CS_ON_FAULT:
		cs->wake_ns = x->now + POLL_NS;
		if (x->now < cs->wait_value &&
		    fw_cs_event_pending(x->e, x->g->id, x->id, CS_EVT_FAULT))
			return false;
		break;
	default:
		return false;
	}
	cs->block = CS_RUN;
	cs->wake_ns = 0;
	return true;
}

static void earn(struct cx *x, uint64_t cost)
{
	struct cs *cs = x->cs;
	uint64_t max = IDLE_CREDIT * cost;

	/* Only a CS that had something to do all the time has a claim to all of it. */
	if (cs->block == CS_RUN && !cs_drained(x) && max < CREDIT_MAX_NS)
		max = CREDIT_MAX_NS;
	if (x->now > cs->last_ns)
		cs->credit_ns += x->now - cs->last_ns;
	cs->last_ns = x->now;
	if (cs->credit_ns > max)
		cs->credit_ns = max;
}

bool interp_run(struct cx *x)
{
	struct cs *cs = x->cs;
	uint64_t cost = SECOND / x->e->v->knobs->rate;
	struct fetch f = { 0 };
	bool ran = false;

	if (!cs->on || cs->dead)
		return false;
	if (!cost)
		cost = 1;
	earn(x, cost);
	if (!interp_deferred(x) || !unblock(x))
		return false;
	while (!cs->dead && cs->block == CS_RUN && find_place(x) && cs->credit_ns >= cost) {
		if (!step(x, &f))
			break;
		cs->credit_ns -= cost;
		ran = true;
		if (x->protm && (x->e->protm.faulted || !x->cs->region))
			break;
	}
	if (ran)
		cs_publish(x);
	return ran;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * RUN_*, and instructions with a wait mask and a signal slot: those whose entries
 * are still held wait in the background, holding their own slot.
 */
#include <string.h>

#include "csg.h"
#include "eng.h"
#include "fwif.h"
#include "interp.h"
#include "knobs.h"
#include "vgpu.h"

#define FLUSH_NS	4000
#define SECOND		1000000000ull
#define HEAP_VT_START	0
#define HEAP_VT_END	1
#define HEAP_FRAG_END	3

static unsigned int signal_slot(const struct cx *x, uint64_t insn)
{
	return bits(insn, 51, 48) % x->e->v->profile->scoreboards;
}

enum step op_set_sb_entry(struct cx *x, uint64_t insn)
{
	x->cs->sb_endpoint = bits(insn, 3, 0) % x->e->v->profile->scoreboards;
	x->cs->sb_other = bits(insn, 7, 4) % x->e->v->profile->scoreboards;
	return STEP_NEXT;
}

/* False: not enough memory, the host is asked for a chunk. */
static bool take_heap(struct cx *x, unsigned int op)
{
	uint64_t want = x->e->v->knobs->tiler_bytes;
	bool tiles = op == OP_RUN_TILING || op == OP_RUN_IDVS || op == OP_RUN_IDVS2;

	if (!tiles || !x->cs->heap || !want)
		return true;
	if (x->cs->heap_room < want) {
		cs_tiler_oom(x);
		return false;
	}
	x->cs->heap_room -= want;
	return true;
}

/* The memory of what was rendered is free again. */
static void frag_end(struct cs *cs)
{
	cs->frag_end++;
	cs->heap_room = cs->heap_size;
}

/* When the firmware gives up on a job that begins then and makes no progress. 0: it does not. */
static uint64_t gives_up(struct cx *x, uint64_t begin)
{
	const struct knobs *k = x->e->v->knobs;
	uint64_t cycles = (uint64_t)fw_rd32(x->e, x->e->fwif.glb_in + GLB_PROGRESS_TIMER) << 10;
	uint64_t ns = cycles / k->cycle_hz * SECOND + cycles % k->cycle_hz * SECOND / k->cycle_hz;

	return cycles && k->run_ns > ns ? begin + ns : 0;
}

/* Endpoint work of one CS follows each other; that it takes time is all that it does. */
enum step op_run(struct cx *x, uint64_t insn)
{
	struct cs *cs = x->cs;
	uint64_t begin = cs->endpoint_free_ns > x->now ? cs->endpoint_free_ns : x->now;

	if (!take_heap(x, insn >> 56))
		return STEP_AGAIN;
	if (!cs->hang_ns)
		cs->hang_ns = gives_up(x, begin);
	cs->endpoint_free_ns = begin + x->e->v->knobs->run_ns;
	cs_sb_hold(x, cs->sb_endpoint, cs->endpoint_free_ns - x->now);
	cs->progress += bits(insn, 32, 32);
	return STEP_NEXT;
}

static enum step heap_operation(struct cx *x, uint64_t insn)
{
	switch (bits(insn, 33, 32)) {
	case HEAP_VT_START:
		x->cs->vt_start++;
		break;
	case HEAP_VT_END:
		x->cs->vt_end++;
		break;
	case HEAP_FRAG_END:
		frag_end(x->cs);
		break;
	}
	cs_sb_hold(x, signal_slot(x, insn), x->e->v->knobs->run_ns);
	return STEP_NEXT;
}

static enum step execute(struct cx *x, uint64_t insn, uint64_t addr, uint64_t data)
{
	switch (insn >> 56) {
	case OP_FLUSH_CACHE2:
		cs_sb_hold(x, signal_slot(x, insn), FLUSH_NS);
		return STEP_NEXT;
	case OP_STORE_STATE:
		return op_store_state(x, insn, addr);
	case OP_HEAP_OPERATION:
		return heap_operation(x, insn);
	case OP_FINISH_FRAGMENT:
		if (bits(insn, 0, 0))
			frag_end(x->cs);
		cs_sb_hold(x, signal_slot(x, insn), x->e->v->knobs->run_ns);
		return STEP_NEXT;
	case OP_TRACE_POINT:
		return STEP_NEXT;
	default:
		return op_sync_write(x, insn, addr, data);
	}
}

static void operands(const struct cx *x, uint64_t insn, uint64_t *addr, uint64_t *data)
{
	unsigned int op = insn >> 56;

	*addr = 0;
	*data = 0;
	if (op == OP_HEAP_OPERATION || op == OP_TRACE_POINT || op == OP_FLUSH_CACHE2)
		return;
	*addr = cs_reg64(x->cs, bits(insn, 47, 40));
	if (op == OP_SYNC_ADD64 || op == OP_SYNC_SET64)
		*data = cs_reg64(x->cs, bits(insn, 39, 32));
	else if (op == OP_SYNC_ADD32 || op == OP_SYNC_SET32)
		*data = x->cs->r[bits(insn, 39, 32)];
}

enum step op_async(struct cx *x, uint64_t original)
{
	uint64_t insn = sb_resolve(x, original);
	uint32_t mask = bits(insn, 31, 16) & ((1u << x->e->v->profile->scoreboards) - 1);
	struct cs *cs = x->cs;
	struct cs_deferred d = { .insn = insn, .mask = mask };

	operands(x, insn, &d.addr, &d.data);
	if (!cs_sb_busy(x, mask, &d.ready_ns))
		return execute(x, insn, d.addr, d.data);
	if (cs->deferred_count == CS_MAX_DEFERRED) {
		cs->block = CS_ON_SB;
		cs->wait_mask = mask;
		cs->wake_ns = d.ready_ns;
		return STEP_AGAIN;
	}
	cs->deferred[cs->deferred_count++] = d;
	return STEP_NEXT;
}

/* Does it wait for the slot of one that was deferred before it? */
static bool behind_another(const struct cs *cs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (cs->deferred[n].mask & 1u << (cs->deferred[i].insn >> 48 & 0xf))
			return true;
	return false;
}

bool interp_deferred(struct cx *x)
{
	struct cs *cs = x->cs;

	for (unsigned int i = 0; i < cs->deferred_count;) {
		struct cs_deferred d = cs->deferred[i];

		if (d.ready_ns > x->now || behind_another(cs, i)) {
			i++;
			continue;
		}
		if (execute(x, d.insn, d.addr, d.data) == STEP_AGAIN)
			return false;
		cs->deferred_count--;
		memmove(&cs->deferred[i], &cs->deferred[i + 1],
			(cs->deferred_count - i) * sizeof(d));
	}
	return true;
}

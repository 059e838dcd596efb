// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What instruction sets from arch 11 on have beside that of arch 10: LOGIC_OP32,
 * scoreboard entries chosen at run time, entries shared by a group's streams.
 * Encodings are known for arch 12 (csf.md 3); 11 is taken to be the same.
 */
#include "csg.h"
#include "eng.h"
#include "interp.h"
#include "profiles.h"
#include "vgpu.h"

#define POLL_NS		1000000ull
#define LOGIC_INDEX	(1ull << 4)	/* the second operand is the number of a bit */
#define DEFER_INDIRECT	(1ull << 52)
#define WAIT_INDIRECT	(1ull << 33)

enum { SB_NO_CHANGE, SB_ENDPOINT, SB_OTHER, SB_DEFERRED };
enum { STATE_ENDPOINT = 0, STATE_OTHER = 1, STATE_DEFERRED = 2, STATE_MASK_STREAM = 8,
       STATE_MASK_WAIT = 9 };

static uint32_t all_entries(const struct cx *x)
{
	return (1u << x->e->v->profile->scoreboards) - 1;
}

/* Modes are their own table of truth: 1 is A AND B, 2 A AND NOT B, 4 NOT A AND B, 8 neither. */
enum step op_logic(struct cx *x, uint64_t insn)
{
	uint32_t a = x->cs->r[bits(insn, 47, 40)], b = x->cs->r[bits(insn, 39, 32)];
	uint32_t mode = bits(insn, 3, 0), result = 0;

	if (insn & LOGIC_INDEX)
		b = 1u << (b & 31);
	for (unsigned int i = 0; i < 4; i++)
		if (mode & 8u >> i)
			result |= (i & 2 ? a : ~a) & (i & 1 ? b : ~b);
	x->cs->r[bits(insn, 55, 48)] = result;
	return STEP_NEXT;
}

static unsigned int *selected(struct cs *cs, unsigned int type)
{
	switch (type) {
	case SB_ENDPOINT: return &cs->sb_endpoint;
	case SB_OTHER: return &cs->sb_other;
	case SB_DEFERRED: return &cs->sb_deferred;
	default: return NULL;
	}
}

/*
 * The next entry of the stream's set becomes the selected one, as soon as it is
 * free. (That it waits, and takes them in turn, is inferred.)
 */
enum step op_next_sb(struct cx *x, uint64_t insn)
{
	struct cs *cs = x->cs;
	unsigned int *sel = selected(cs, bits(insn, 35, 32));
	unsigned int next = sel ? *sel : cs->sb_endpoint;
	uint32_t set = cs->sb_mask_stream & all_entries(x);

	if (!set || bits(insn, 35, 32) > SB_DEFERRED) {
		cs_invalid(x);
		return STEP_AGAIN;
	}
	do
		next = (next + 1) % CS_MAX_SB;
	while (!(set & 1u << next));
	if (cs_sb_busy(x, 1u << next, &cs->wake_ns)) {
		cs->block = CS_ON_SB;
		cs->wait_mask = 1u << next;
		return STEP_AGAIN;
	}
	if (sel)
		*sel = next;
	cs->r[bits(insn, 55, 48)] = insn & 1ull << 36 ? 1u << next : next;
	return STEP_NEXT;
}

enum step op_set_state(struct cx *x, uint64_t insn)
{
	struct cs *cs = x->cs;
	bool imm = insn >> 56 == OP_SET_STATE_IMM32;
	uint32_t val = imm ? (uint32_t)insn : cs->r[bits(insn, 47, 40)];
	unsigned int entry = val % x->e->v->profile->scoreboards;

	switch (bits(insn, 39, 32)) {
	case STATE_ENDPOINT:
		cs->sb_endpoint = entry;
		break;
	case STATE_OTHER:
		cs->sb_other = entry;
		break;
	case STATE_DEFERRED:
		cs->sb_deferred = entry;
		break;
	case STATE_MASK_STREAM:
		cs->sb_mask_stream = val;
		break;
	case STATE_MASK_WAIT:
		cs->sb_mask_wait = val;
		break;
	default:
		cs_invalid(x);
		return STEP_AGAIN;
	}
	return STEP_NEXT;
}

/* What an instruction waits for and signals may come from the stream's state. */
uint64_t sb_resolve(const struct cx *x, uint64_t insn)
{
	const struct cs *cs = x->cs;
	uint64_t indirect = insn >> 56 == OP_WAIT ? WAIT_INDIRECT : DEFER_INDIRECT;

	if (profile_arch(x->e->v->profile) < 11 || !(insn & indirect))
		return insn;
	insn &= ~(0xffffull << 16);
	insn |= (uint64_t)(cs->sb_mask_wait & 0xffff) << 16;
	if (insn >> 56 != OP_WAIT)
		insn = (insn & ~(0xfull << 48)) | (uint64_t)cs->sb_deferred << 48;
	return insn;
}

/* Counts of the group: up when the entries waited for are free, down when there is one. */
enum step op_shared_sb(struct cx *x, uint64_t insn)
{
	bool inc = insn >> 56 == OP_SHARED_SB_INC;
	uint32_t *count = &x->g->shared_sb[bits(insn, 51, 48)];
	uint32_t mask = inc ? bits(sb_resolve(x, insn), 31, 16) & all_entries(x) : 0;

	if (inc && cs_sb_busy(x, mask, &x->cs->wake_ns)) {
		x->cs->block = CS_ON_SB;
		x->cs->wait_mask = mask;
		return STEP_AGAIN;
	}
	if (!inc && !*count) {
		x->cs->block = CS_ON_SHARED;
		x->cs->wait_queue = bits(insn, 51, 48);
		x->cs->wake_ns = x->now + POLL_NS;
		return STEP_AGAIN;
	}
	*count += inc ? 1 : -1u;
	x->cs->progress += bits(insn, 32, 32);
	return STEP_NEXT;
}

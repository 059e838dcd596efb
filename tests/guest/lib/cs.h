/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Command streams of CSF architecture 10: one 64-bit word per instruction,
 * the opcode in its top byte. Registers are r0 to r95; a pair is named by its
 * even register. The driver keeps the last four for itself.
 */
#ifndef PP_GUEST_CS_H
#define PP_GUEST_CS_H

#include <assert.h>

#include "tap.h"

/* A stream under construction, in memory that the GPU sees at @va. */
struct cs {
	u64 *words;
	u32 n, max;
	u64 va;
};

enum cs_cond { CS_LE, CS_GT, CS_EQ, CS_NE, CS_LT, CS_GE, CS_ALWAYS };
enum cs_heap_op { CS_HEAP_VT_START = 0, CS_HEAP_VT_END = 1, CS_HEAP_FRAG_END = 3 };
enum cs_scope { CS_SYSTEM = 0, CS_GROUP = 2 };

#define CS_ALL_SB	0xff

/* An opcode that no GPU knows. */
#define CS_OP_INVALID	0xfe

static inline void cs_emit(struct cs *cs, u8 op, u64 fields)
{
	assert(cs->n < cs->max);
	cs->words[cs->n++] = (u64)op << 56 | fields;
}

/* Bytes so far. */
static inline u32 cs_size(const struct cs *cs)
{
	return cs->n * 8;
}

static inline void cs_nop(struct cs *cs)
{
	cs_emit(cs, 0, 0);
}

static inline void cs_move48(struct cs *cs, u32 dst, u64 imm)
{
	cs_emit(cs, 1, (u64)dst << 48 | (imm & 0xffffffffffffull));
}

static inline void cs_move32(struct cs *cs, u32 dst, u32 imm)
{
	cs_emit(cs, 2, (u64)dst << 48 | imm);
}

/* Wait for scoreboard entries. */
static inline void cs_wait(struct cs *cs, u32 mask)
{
	cs_emit(cs, 3, (u64)mask << 16);
}

static inline void cs_add32(struct cs *cs, u32 dst, u32 src, s32 imm)
{
	cs_emit(cs, 16, (u64)dst << 48 | (u64)src << 40 | (u32)imm);
}

static inline void cs_add64(struct cs *cs, u32 dst, u32 src, s32 imm)
{
	cs_emit(cs, 17, (u64)dst << 48 | (u64)src << 40 | (u32)imm);
}

/* Load and store the registers base + i for each bit i of @mask. Asynchronous. */
static inline void cs_load(struct cs *cs, u32 base, u32 mask, u32 addr, int offset)
{
	cs_emit(cs, 20, (u64)base << 48 | (u64)addr << 40 | (u64)mask << 16 | (u16)offset);
}

static inline void cs_store(struct cs *cs, u32 base, u32 mask, u32 addr, int offset)
{
	cs_emit(cs, 21, (u64)base << 48 | (u64)addr << 40 | (u64)mask << 16 | (u16)offset);
}

/* Store 32 bits to @va and wait until they are there; the address takes a pair of registers. */
static inline void cs_store_word(struct cs *cs, u32 addr, u32 data, u64 va, u32 value)
{
	cs_move48(cs, addr, va);
	cs_move32(cs, data, value);
	cs_store(cs, data, 1, addr, 0);
	cs_wait(cs, CS_ALL_SB);
}

/* Branch by @offset instructions from the next one if the register compares so with 0. */
static inline void cs_branch(struct cs *cs, enum cs_cond cond, u32 reg, int offset)
{
	cs_emit(cs, 22, (u64)reg << 40 | (u64)cond << 28 | (u16)offset);
}

/* Which scoreboard entries endpoint work and loads and stores use. */
static inline void cs_set_sb(struct cs *cs, u32 endpoint, u32 other)
{
	cs_emit(cs, 23, other << 4 | endpoint);
}

static inline void cs_call(struct cs *cs, u32 addr, u32 length)
{
	cs_emit(cs, 32, (u64)addr << 40 | (u64)length << 32);
}

static inline void cs_jump(struct cs *cs, u32 addr, u32 length)
{
	cs_emit(cs, 33, (u64)addr << 40 | (u64)length << 32);
}

static inline void cs_sync_add64(struct cs *cs, enum cs_scope scope, u32 data, u32 addr)
{
	cs_emit(cs, 51, (u64)addr << 40 | (u64)data << 32 | scope << 1);
}

static inline void cs_sync_set64(struct cs *cs, enum cs_scope scope, u32 data, u32 addr)
{
	cs_emit(cs, 52, (u64)addr << 40 | (u64)data << 32 | scope << 1);
}

/* Block until the object's value compares so with @data; LE and GT only. */
static inline void cs_sync_wait64(struct cs *cs, enum cs_cond cond, u32 data, u32 addr)
{
	cs_emit(cs, 53, (u64)addr << 40 | (u64)data << 32 | (u64)cond << 28);
}

static inline void cs_sync_set32(struct cs *cs, enum cs_scope scope, u32 data, u32 addr)
{
	cs_emit(cs, 38, (u64)addr << 40 | (u64)data << 32 | scope << 1);
}

static inline void cs_sync_wait32(struct cs *cs, enum cs_cond cond, u32 data, u32 addr)
{
	cs_emit(cs, 39, (u64)addr << 40 | (u64)data << 32 | (u64)cond << 28);
}

/* Store the GPU's timestamp, 64 bits. */
static inline void cs_store_timestamp(struct cs *cs, u32 addr, int offset)
{
	cs_emit(cs, 40, (u64)addr << 40 | (u16)offset);
}

/* The tiler heap of later work. */
static inline void cs_heap_set(struct cs *cs, u32 addr)
{
	cs_emit(cs, 48, (u64)addr << 40);
}

/* Tell firmware how far the work on the heap is. */
static inline void cs_heap_operation(struct cs *cs, enum cs_heap_op op)
{
	cs_emit(cs, 49, (u64)op << 32);
}

static inline void cs_error_barrier(struct cs *cs)
{
	cs_emit(cs, 47, 0);
}

/* The next @n instructions run in protected mode. */
static inline void cs_prot_region(struct cs *cs, u32 n)
{
	cs_emit(cs, 41, n);
}

static inline void cs_invalid(struct cs *cs)
{
	cs_emit(cs, CS_OP_INVALID, 0);
}

/*
 * Count @reg down from @count in a loop of two instructions. A handy way to
 * let a stream run for a while: time is count * 2 instructions.
 */
static inline void cs_spin(struct cs *cs, u32 reg, u32 count)
{
	cs_move32(cs, reg, count);
	cs_add32(cs, reg, reg, -1);
	cs_branch(cs, CS_GT, reg, -2);
}

/* Instructions of cs_hold(), for a region around it. */
#define CS_HOLD_WORDS	7

/*
 * Loop until the word at @va is not 0: however slow the host is, work that lasts for
 * exactly as long as its test needs it. Looks every millisecond at the model's usual
 * speed, for each look costs the model more than the turns between.
 */
static inline void cs_hold(struct cs *cs, u32 addr, u32 data, u64 va)
{
	cs_move48(cs, addr, va);
	cs_spin(cs, data, 250);
	cs_load(cs, data, 1, addr, 0);
	cs_wait(cs, CS_ALL_SB);
	cs_branch(cs, CS_EQ, data, -6);
}

/* Never ends. */
static inline void cs_hang(struct cs *cs)
{
	cs_branch(cs, CS_ALWAYS, 0, -1);
}

#endif

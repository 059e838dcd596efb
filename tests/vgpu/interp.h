/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Owns: the command-stream instructions (csf.md 3): decoding and effects. */
#ifndef VGPU_INTERP_H
#define VGPU_INTERP_H

#include <stdbool.h>
#include <stdint.h>

#include "as.h"
#include "cs.h"

enum cs_op {
	OP_NOP = 0, OP_MOVE48 = 1, OP_MOVE32 = 2, OP_WAIT = 3, OP_RUN_COMPUTE = 4, OP_RUN_TILING = 5,
	OP_RUN_IDVS = 6, OP_RUN_FRAGMENT = 7, OP_RUN_FULLSCREEN = 8, OP_FINISH_TILING = 9,
	OP_FINISH_FRAGMENT = 11, OP_RUN_IDVS2 = 12, OP_ADD_IMM32 = 16, OP_ADD_IMM64 = 17, OP_UMIN32 = 18,
	OP_LOGIC_OP32 = 19, OP_NEXT_SB_ENTRY = 26, OP_SET_STATE = 27, OP_SET_STATE_IMM32 = 28,
	OP_SHARED_SB_INC = 30, OP_SHARED_SB_DEC = 31,
	OP_LOAD_MULTIPLE = 20, OP_STORE_MULTIPLE = 21, OP_BRANCH = 22, OP_SET_SB_ENTRY = 23,
	OP_PROGRESS_WAIT = 24, OP_SET_EXCEPTION_HANDLER = 25, OP_CALL = 32, OP_JUMP = 33,
	OP_REQ_RESOURCE = 34, OP_FLUSH_CACHE2 = 36, OP_SYNC_ADD32 = 37, OP_SYNC_SET32 = 38,
	OP_SYNC_WAIT32 = 39, OP_STORE_STATE = 40, OP_PROT_REGION = 41, OP_PROGRESS_STORE = 42,
	OP_PROGRESS_LOAD = 43, OP_RUN_COMPUTE_INDIRECT = 44, OP_ERROR_BARRIER = 47, OP_HEAP_SET = 48,
	OP_HEAP_OPERATION = 49, OP_TRACE_POINT = 50, OP_SYNC_ADD64 = 51, OP_SYNC_SET64 = 52,
	OP_SYNC_WAIT64 = 53,
};

enum step {
	STEP_NEXT,	/* done: go on after it */
	STEP_JUMPED,	/* done: the place is already set */
	STEP_AGAIN,	/* not done: the CS blocks on it, or is dead */
};

/* Bits hi..lo of an instruction. */
static inline uint64_t bits(uint64_t insn, unsigned int hi, unsigned int lo)
{
	return insn >> lo & (~0ull >> (63 - (hi - lo)));
}

/* Execute as much as the budget allows. Returns true when anything was executed. */
bool interp_run(struct cx *x);
/* Operations that waited in the background and can go on. False: one was refused. */
bool interp_deferred(struct cx *x);

/* One access by the CS. False: the CS is stalled, faulted or dead, as it must be. */
bool cs_access(struct cx *x, uint64_t va, size_t len, enum as_access how, void **ptr);
uint64_t cs_reg64(const struct cs *cs, unsigned int reg);
void cs_set_reg64(struct cs *cs, unsigned int reg, uint64_t val);
bool cs_condition(unsigned int cond, int64_t diff_sign);
void cs_invalid(struct cx *x);

/* interp_mem.c */
enum step op_multiple(struct cx *x, uint64_t insn);
enum step op_store_state(struct cx *x, uint64_t insn, uint64_t addr);
/* Data of LOAD_MULTIPLE that these scoreboard entries stand for arrives. */
void loads_arrive(struct cs *cs, uint32_t mask);
/* interp_v11.c */
enum step op_logic(struct cx *x, uint64_t insn);
enum step op_next_sb(struct cx *x, uint64_t insn);
enum step op_set_state(struct cx *x, uint64_t insn);
enum step op_shared_sb(struct cx *x, uint64_t insn);
/* The instruction with its wait mask and signal slot as they are in effect. */
uint64_t sb_resolve(const struct cx *x, uint64_t insn);
/* interp_sync.c */
enum step op_sync_write(struct cx *x, uint64_t insn, uint64_t addr, uint64_t data);
enum step op_sync_wait(struct cx *x, uint64_t insn);
/* Look again at what a SYNC_WAIT waits for. True when it is over. */
bool sync_wait_over(struct cx *x);
/* interp_async.c: endpoint work, and instructions with a wait mask and a signal slot */
enum step op_run(struct cx *x, uint64_t insn);
enum step op_set_sb_entry(struct cx *x, uint64_t insn);
enum step op_async(struct cx *x, uint64_t insn);

#endif

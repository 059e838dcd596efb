/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Instruction words of a stream that the driver writes; the opcode is the top byte (csf.md 3). */
#ifndef PP_SCHED_CS_H
#define PP_SCHED_CS_H

#include <linux/bits.h>
#include <linux/types.h>

#define CS_OP(op)		((u64)(op) << 56)
#define CS_MOVE48(reg, imm)	(CS_OP(1) | (u64)(reg) << 48 | ((imm) & GENMASK_ULL(47, 0)))
#define CS_MOVE32(reg, imm)	(CS_OP(2) | (u64)(reg) << 48 | (u32)(imm))
#define CS_WAIT(mask)		(CS_OP(3) | (u64)(mask) << 16)
#define CS_CALL(addr, len)	(CS_OP(32) | (u64)(addr) << 40 | (u64)(len) << 32)
/* Clean and invalidate L2 and LSC, invalidate the others; signals scoreboard 0. */
#define CS_FLUSH(flush_id)	(CS_OP(36) | (u64)(flush_id) << 40 | 0x233)
/* Write a counter, 64 bits; asynchronous, signals scoreboard 0. */
#define CS_STORE_TIMESTAMP(addr) (CS_OP(40) | (u64)(addr) << 40 | 0ull << 32)
#define CS_STORE_CYCLES(addr)	(CS_OP(40) | (u64)(addr) << 40 | 1ull << 32)
#define CS_ERROR_BARRIER	CS_OP(47)
/* System scope: raises SYNC_UPDATE. A pending error goes into the object. */
#define CS_SYNC_ADD64(addr, val) (CS_OP(51) | (u64)(addr) << 40 | (u64)(val) << 32 | BIT(0))

/* Four registers at the end belong to the kernel: two pairs. */
#define CS_KERNEL_REGS		4

#endif

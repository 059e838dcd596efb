/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Owns: one command stream's state, its events and its status words.
 * interp.h executes on it, csg.h keeps eight of them on a slot.
 */
#ifndef VGPU_CS_H
#define VGPU_CS_H

#include <stdbool.h>
#include <stdint.h>

#define CS_MAX_REGS		128
#define CS_MAX_SB		16
#define CS_CALL_DEPTH		8
#define CS_MAX_DEFERRED		16
#define CS_MAX_LOADS		8

struct engine;
struct csg;

enum cs_block {
	CS_RUN,			/* nothing holds it */
	CS_ON_SB,		/* WAIT, or a full queue of deferred operations */
	CS_ON_PROGRESS,
	CS_ON_SYNC,
	CS_ON_PROTM,		/* at a PROT_REGION, waiting for a session */
	CS_ON_STALL,		/* a locked region, until engine_as_unlocked() */
	CS_ON_OOM,		/* tiler heap, until the host answers */
	CS_ON_SHARED,		/* an entry shared with other streams */
	CS_ON_FAULT,		/* FAULT raised, until the host has seen it */
};

/* An instruction that waits in the background for scoreboard entries. */
struct cs_deferred {
	uint64_t insn, addr, data;
	uint64_t ready_ns;	/* when what it waits for was last seen to end */
	uint32_t mask;
};

/* A LOAD_MULTIPLE whose data is not in the registers yet. */
struct cs_load {
	uint32_t val[16];
	uint16_t mask;
	uint8_t base, sb;
};

struct cs {
	bool on;		/* STATE is START */
	bool dead;		/* fatal or faulted: executes nothing until stopped */
	bool lost_ack;		/* acknowledged too late: neither serviced nor notified again */
	enum cs_block block;
	uint64_t wake_ns;	/* when to look again at a block, 0: not by time */

	uint32_t r[CS_MAX_REGS];
	uint64_t ring_base, insert, extract;
	uint32_t ring_size, ring_in, ring_out;
	unsigned int doorbell;
	struct { uint64_t pc, end; } stack[CS_CALL_DEPTH];
	unsigned int depth;

	uint64_t sb_until[CS_MAX_SB];	/* entry is held until then */
	uint64_t endpoint_free_ns;	/* RUN_* of one CS follow each other */
	unsigned int sb_endpoint, sb_other;
	struct cs_deferred deferred[CS_MAX_DEFERRED];
	unsigned int deferred_count;
	unsigned int sb_deferred;	/* from arch 11 on, see interp_v11.c */
	uint32_t sb_mask_stream, sb_mask_wait;
	struct cs_load loads[CS_MAX_LOADS];
	unsigned int load_count;

	uint32_t wait_mask;		/* CS_ON_SB */
	uint64_t wait_addr, wait_value;	/* CS_ON_SYNC, CS_ON_PROGRESS */
	unsigned int wait_cond, wait_queue;
	bool wait_64, wait_reject;

	bool region;			/* inside PROT_REGION, or stopped in one */
	unsigned int region_depth;
	uint64_t region_begin, region_end;

	uint32_t error;			/* since the last ERROR_BARRIER */
	uint64_t heap, handler_addr;
	uint32_t handler_size;
	uint32_t vt_start, vt_end, frag_end, resources;
	uint64_t heap_room, heap_size;	/* of the chunks given: free, and all */
	uint64_t hang_ns;		/* when the progress timer of an endpoint job expires, 0: not */
	uint64_t progress;

	uint64_t credit_ns, last_ns;	/* execution budget */
	uint64_t frozen_ns;		/* since when it may not run, 0: may */
	uint64_t instructions;
};

/* A CS in its place: what every function that acts on one needs. */
struct cx {
	struct engine *e;
	struct csg *g;
	struct cs *cs;
	unsigned int id;
	uint64_t now;
	bool protm;		/* executes inside a session */
};

/* Place in the stream: extract on the ring, else the buffer's program counter. */
uint64_t cs_pos(const struct cs *cs);
uint64_t cs_pc(const struct cs *cs);
void cs_set_pos(struct cs *cs, uint64_t pos);
/* CS STATE is START after CSG START: fresh registers, or the restored ones after RESUME. */
void cs_start(struct cx *x, bool fresh);
/* CS doorbell from the kernel: STATE, level bits, ring pointers, tiler heap answer. */
void cs_doorbell(struct cx *x);
/* Read how far the ring is filled. */
void cs_kick(struct cx *x);
/* Write extract and active for the host. */
void cs_publish(struct cx *x);
void cs_fault(struct cx *x, uint32_t type, uint64_t info);
void cs_fatal(struct cx *x, uint32_t type, uint64_t info);
void cs_tiler_oom(struct cx *x);
void cs_protm_pend(struct cx *x);
/* Are any of these scoreboard entries held at x->now? until: when to look again. */
bool cs_sb_busy(const struct cx *x, uint32_t mask, uint64_t *until);
/* Hold entry sb for ns from now. */
void cs_sb_hold(struct cx *x, unsigned int sb, uint64_t ns);
/* Nothing left to execute that was submitted? */
bool cs_drained(const struct cx *x);
bool cs_idle(const struct cx *x);
/* Could it execute an instruction now, or does a timed operation run? */
bool cs_busy(const struct cx *x);
void cs_status(struct cx *x);
/* Time stands still for timed operations in between. */
void cs_freeze(struct cs *cs, uint64_t now);
void cs_thaw(struct cs *cs, uint64_t now);
const char *cs_block_name(const struct cs *cs);

#endif

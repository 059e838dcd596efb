/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What tests of protected mode start from, and how they see what the engine does. */
#ifndef PP_GUEST_PFIX_H
#define PP_GUEST_PFIX_H

#include "gpu.h"
#include "protm.h"

/* The device, an address space, streams, normal and protected memory. */
struct pfix {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code, data;
	struct protm_bo a;
	u64 stream;		/* bytes of a stream */
};

/* Sixteen streams of 4 KiB. Bails out on a driver without protected mode. */
void pfix_init(struct pfix *f);

/* Same with so many streams of that size. */
void pfix_init_streams(struct pfix *f, u32 count, u64 size);
void pfix_fini(struct pfix *f);

/* Stream number @n, empty. */
struct cs pfix_stream(struct pfix *f, u32 n);

/* A word of normal memory, on both sides. */
u32 pfix_word(struct pfix *f, u32 i);
void pfix_store(struct pfix *f, struct cs *cs, u32 i, u32 value);

/* A region that takes so long at the model's usual speed; or the same outside. */
void pfix_region_ms(struct cs *cs, u32 ms);
void pfix_spin_ms(struct cs *cs, u32 ms);

/*
 * Work, or a region, that lasts until it is let go by its number, below 64. Building
 * the stream takes it back. A job's time limit goes on counting.
 */
void pfix_hold(struct pfix *f, struct cs *cs, u32 i);
void pfix_hold_region(struct pfix *f, struct cs *cs, u32 i);
void pfix_let_go(struct pfix *f, u32 i);

/* debugfs: a limit of protected mode, "enter", "confirm" or "exit". */
void pfix_limit_ms(struct gpu *gpu, const char *name, u32 ms);

/* debugfs: what the file "protm" has behind "key: ", a number or the line's text. */
s64 pfix_stat(struct gpu *gpu, const char *key);
const char *pfix_text(struct gpu *gpu, const char *key);

/* Wait until the engine is in that state; bails out if it never is. */
void pfix_until(struct gpu *gpu, const char *state);

/* The carve-out heap: bytes that are in use. */
s64 heap_used(void);

/* Take the heap's provider away, or put it back: 0 or -errno. */
int heap_provider(bool there);

#endif

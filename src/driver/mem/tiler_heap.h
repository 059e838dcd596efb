/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tiler heaps: memory that the tiler takes in chunks, and that the driver adds to
 * when firmware runs out of it (TILER_OOM).
 *
 * Locks: pool->lock (mutex) guards a VM's heaps; allocations and VM operations run
 * under it. Calls mmu.
 */
#ifndef PP_MEM_TILER_HEAP_H
#define PP_MEM_TILER_HEAP_H

#include <linux/types.h>

struct pp_device;
struct pp_vm;

/* Not validated by the caller. */
struct pp_tiler_heap_args {
	u32 initial_chunks, chunk_size, max_chunks, target_in_flight;
};

int pp_tiler_heap_create(struct pp_device *pp, struct pp_vm *vm,
			 const struct pp_tiler_heap_args *args, u64 *ctx_va, u64 *first_chunk_va);
int pp_tiler_heap_destroy(struct pp_vm *vm, u32 id);
void pp_tiler_heap_pool_destroy(struct pp_vm *vm);
int pp_tiler_heap_grow(struct pp_vm *vm, u64 ctx_va, u32 in_flight, u32 pending_frags, u64 *chunk);

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Protected memory and the streams that use it. The CPU can never look at what
 * these streams do, so a comparison is a stream too: it runs an invalid opcode
 * where the content is wrong, and its group dies.
 */
#ifndef PP_GUEST_PROTM_H
#define PP_GUEST_PROTM_H

#include "gpu.h"

/* Words that one stream fills, copies or compares. */
#define PROTM_WORDS	16

/* A protected buffer: a dma-buf of the heap, imported and bound. */
struct protm_bo {
	struct gpu_vm *vm;
	int dmabuf;
	u32 handle;
	u64 size, va;
};

/* dma-buf of a heap by the standard ioctl: fd or -errno. */
int heap_alloc(const char *heap, u64 size);

/* Allocated from the heap "protected"; must work. */
void protm_bo_init(struct gpu_vm *vm, struct protm_bo *bo, u64 size);
void protm_bo_fini(struct protm_bo *bo);

/* Group with %DRM_PANTHOR_GROUP_FEATURE_PROTM; must work. */
void protm_group_init(struct gpu_vm *vm, struct gpu_group *group, u32 queues);

/* Fill words at @va with values made of @seed, in a region. */
void protm_fill(struct cs *cs, u64 va, u32 seed);

/* Copy words from @src to @dst; in a region or, to see it fail, outside. */
void protm_copy(struct cs *cs, u64 dst, u64 src, bool region);

/* Compare words at @va with those of protm_fill(), in a region. */
void protm_compare(struct cs *cs, u64 va, u32 seed);

/* A region that takes @n instructions' time and touches @va. */
void protm_linger(struct cs *cs, u64 va, u32 n);

#endif

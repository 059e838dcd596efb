/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* VM_BIND as the differential suite calls it: up to three operations with three sync operations each. */
#ifndef PP_GUEST_DIFF_BIND_H
#define PP_GUEST_DIFF_BIND_H

#include "diff.h"

#define BIND_OPS	3
#define BIND_SYNCS	3

/* An element with room for what an element of a later version would have. */
struct diff_sync {
	struct drm_panthor_sync_op op;
	u64 tail;
};

struct diff_op {
	struct drm_panthor_vm_bind_op op;
	u64 tail;
	struct diff_sync syncs[BIND_SYNCS];
	u64 keep;	/* the address of the sync array is part of the case */
};

struct diff_bind {
	struct drm_panthor_vm_bind bind;
	u64 keep;	/* the address of the array of operations is */
	struct diff_op ops[BIND_OPS];
};

/* One operation, no sync operations. */
void diff_bind_init(struct diff_bind *b, u32 vm, u32 flags, u32 bo, u64 offset, u64 va, u64 size);

/* Call VM_BIND with the arrays laid out as their strides say. */
int diff_bind_call(struct gpu *gpu, struct diff_bind *b);

/* Copy @n elements of @wide bytes each to @stride bytes each; too large a stride copies nothing. */
void diff_pack(void *dst, const void *src, u32 n, u32 wide, u32 stride, u32 max);

#endif

// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <string.h>

#include "diff_bind.h"

void diff_bind_init(struct diff_bind *b, u32 vm, u32 flags, u32 bo, u64 offset, u64 va, u64 size)
{
	u32 i;

	memset(b, 0, sizeof(*b));
	b->bind.vm_id = vm;
	b->bind.ops.stride = sizeof(b->ops[0].op);
	b->bind.ops.count = 1;
	for (i = 0; i < BIND_OPS; i++) {
		b->ops[i].op = (struct drm_panthor_vm_bind_op){
			.flags = flags, .bo_handle = bo, .bo_offset = offset, .va = va, .size = size,
			.syncs.stride = sizeof(b->ops[0].syncs[0].op),
		};
	}
}

void diff_pack(void *dst, const void *src, u32 n, u32 wide, u32 stride, u32 max)
{
	u32 i;

	for (i = 0; i < n && stride <= max; i++)
		memcpy((char *)dst + i * stride, (const char *)src + i * wide, stride);
}

int diff_bind_call(struct gpu *gpu, struct diff_bind *b)
{
	char syncs[BIND_OPS][sizeof(b->ops[0].syncs)], ops[BIND_OPS * 56];
	u32 i;

	for (i = 0; i < BIND_OPS; i++) {
		if (b->ops[i].keep)
			continue;
		diff_pack(syncs[i], b->ops[i].syncs, BIND_SYNCS, sizeof(struct diff_sync),
			  b->ops[i].op.syncs.stride, sizeof(struct diff_sync));
		b->ops[i].op.syncs.array = (uintptr_t)syncs[i];
	}
	if (!b->keep) {
		diff_pack(ops, b->ops, BIND_OPS, sizeof(struct diff_op), b->bind.ops.stride, 56);
		b->bind.ops.array = (uintptr_t)ops;
	}
	return gpu_call(gpu, VM_BIND, &b->bind);
}

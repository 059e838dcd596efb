/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What most tests need: the device, address spaces, buffers, groups, jobs.
 * Functions that set something up bail out where they fail; functions that a
 * test asks about (gpu_submit(), the ioctl wrappers) return -errno.
 */
#ifndef PP_GUEST_GPU_H
#define PP_GUEST_GPU_H

#include "cs.h"
#include "drm.h"

#define SZ_4K		0x1000ull
#define SZ_64K		0x10000ull
#define SZ_2M		0x200000ull

/* Longest time that a job of a test may take, unless a test is about time. */
#define JOB_MS		20000

struct gpu {
	int fd;
	struct drm_id id;
	u32 protected_query;	/* number of protected mode's query, which depends on series_uapi */
	bool ours;	/* has that query: panthor-protm, not stock */
	struct drm_panthor_gpu_info info;
	struct drm_panthor_csif_info csif;
};

/* An address space, with a bump allocator for addresses. */
struct gpu_vm {
	struct gpu *gpu;
	u32 id;
	u64 range, next;
};

/* Memory, mapped on both sides. */
struct gpu_bo {
	struct gpu_vm *vm;
	u32 handle;
	u64 size, va;
	void *cpu;
};

/* A group whose queues each have a sync object that counts their jobs. */
struct gpu_group {
	struct gpu_vm *vm;
	u32 handle, queues;
	u32 sync[8];
};

void gpu_open(struct gpu *gpu);
void gpu_close(struct gpu *gpu);

/* DRM_IOCTL_PANTHOR_*, one structure each: the error, nothing else. */
#define gpu_call(gpu, NAME, arg)	drm_ioctl((gpu)->fd, DRM_IOCTL_PANTHOR_ ## NAME, arg)

void gpu_vm_init(struct gpu *gpu, struct gpu_vm *vm);
void gpu_vm_fini(struct gpu_vm *vm);

/* A range of addresses that no gpu_bo uses; the size is rounded up to the alignment, a power of two. */
u64 gpu_vm_reserve(struct gpu_vm *vm, u64 size, u64 align);

/* One synchronous VM_BIND step; @flags with the operation's type in it. */
int gpu_bind(struct gpu_vm *vm, u32 flags, u32 bo, u64 offset, u64 va, u64 size);
int gpu_map(struct gpu_vm *vm, u32 bo, u64 offset, u64 va, u64 size);
int gpu_unmap(struct gpu_vm *vm, u64 va, u64 size);

/* Raw buffer: handle or error, mapped nowhere. */
int gpu_bo_create(struct gpu *gpu, u64 size, u32 flags, u32 exclusive_vm, u32 *handle);
int gpu_bo_mmap_offset(struct gpu *gpu, u32 handle, u64 *offset);

/* Buffer of a VM: allocated, bound, mapped for the CPU and zeroed. */
void gpu_bo_init(struct gpu_vm *vm, struct gpu_bo *bo, u64 size);
void gpu_bo_fini(struct gpu_bo *bo);

/* A part of a buffer as an empty stream. Offset: a multiple of 64. */
struct cs gpu_cs(const struct gpu_bo *bo, u64 offset, u64 size);

/* Group with all cores. 0 or -errno; @flags as in the uAPI. */
int gpu_group_try(struct gpu_vm *vm, struct gpu_group *group, u32 queues, u32 ringbuf,
		  u32 priority, u32 flags);

/* Same, medium priority, 64 KiB ring buffers, no flags; must work. */
void gpu_group_init(struct gpu_vm *vm, struct gpu_group *group, u32 queues);
void gpu_group_fini(struct gpu_group *group);

/* Run a stream on a queue; the queue's sync object gets its fence. */
int gpu_submit(struct gpu_group *group, u32 queue, const struct cs *cs);

/* Same with everything by hand; @syncs may be NULL if there are none. */
int gpu_submit_raw(struct gpu_group *group, u32 queue, u64 va, u32 size, u32 nsyncs,
		   struct drm_panthor_sync_op *syncs);

/* Wait for what gpu_submit() submitted last: 0, the fence's error, or -ETIME. */
int gpu_wait(struct gpu_group *group, u32 queue, int ms);

/* gpu_submit() and gpu_wait() with the usual time. */
int gpu_run(struct gpu_group *group, u32 queue, const struct cs *cs);

/* DRM_PANTHOR_GROUP_STATE_* flags, or -errno. */
int gpu_group_state(struct gpu_group *group);

/* Wait until the group's state has one of the flags. Returns the last state seen. */
int gpu_group_wait_state(struct gpu_group *group, int flags, int ms);

/* Wait until a word that a job stores is not 0. */
bool gpu_wait_word(const volatile u32 *word, int ms);

/* Sleep. */
void sleep_ms(int ms);

#endif

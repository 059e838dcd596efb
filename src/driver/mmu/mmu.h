/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Room mmu: VMs, VM_BIND, address spaces, region locks.
 *
 * Owns: struct pp_vm, page tables, AS registers. Calls hw. Higher rooms (protm,
 * sched) register struct pp_mmu_hooks.
 *
 * Locks, outermost first (vm->mm_lock and pool locks are leaves):
 *   vm->op_lock (mutex)   one VM operation at a time on this VM; VA tree
 *   gate                  hooks->op_begin/op_end (protm): no VM operation in a session
 *   mmu->as_lock (mutex)  AS slot table, AS registers, LRU of idle VMs,
 *                         which VM is being edited
 * From op_begin to op_end: no allocation, no dma-resv, no recursion, and the
 * section is annotated as fence signalling.
 */
#ifndef PP_MMU_MMU_H
#define PP_MMU_MMU_H

#include <linux/types.h>

#include "core/device.h"

struct dma_fence;
struct drm_exec;
struct drm_gem_object;
struct pp_bo;
struct pp_heap_pool;
struct pp_vm;
struct pp_vm_pool;

/* Page protection and kind of a mapping (uAPI's map flags mean the same). */
#define PP_VM_MAP_READONLY	BIT(0)
#define PP_VM_MAP_NOEXEC	BIT(1)
#define PP_VM_MAP_UNCACHED	BIT(2)
#define PP_VM_MAP_SPARSE	BIT(3)	/* no BO: reads and writes are harmless */

/* Bit n: pages of 2^n bytes can be mapped. */
#define PP_MMU_PAGE_SIZES	((u64)SZ_4K | SZ_2M)

#define PP_VM_VA_AUTO		(~0ull)

/* What the rooms above tell the MMU. All optional. */
struct pp_mmu_hooks {
	/*
	 * Around each VM operation on a VM that holds an AS slot. op_begin may
	 * sleep until a session is over; it never fails (rule 6).
	 */
	void (*op_begin)(struct pp_device *pp, struct pp_vm *vm);
	/* The same for reclaim, which must not wait: false if a session is in the way. */
	bool (*op_try_begin)(struct pp_device *pp, struct pp_vm *vm);
	void (*op_end)(struct pp_device *pp, struct pp_vm *vm);
	/* A session is requested or running: no AS command may be sent. Any context. */
	bool (*in_session)(struct pp_device *pp);
	/*
	 * An as_get() that answered -EBUSY because of a VM operation may be
	 * tried again. From within VM operations: must not sleep for long.
	 */
	void (*as_retry)(struct pp_device *pp);
	/* A VM faulted: every group that uses it must die. IRQ thread context. */
	void (*vm_fault)(struct pp_device *pp, struct pp_vm *vm);
};

int pp_mmu_module_init(void);
void pp_mmu_module_exit(void);
int pp_mmu_init(struct pp_device *pp);
void pp_mmu_unplug(struct pp_device *pp);
void pp_mmu_set_hooks(struct pp_device *pp, const struct pp_mmu_hooks *hooks);
void pp_mmu_suspend(struct pp_device *pp);
void pp_mmu_resume(struct pp_device *pp);
void pp_mmu_pre_reset(struct pp_device *pp);
void pp_mmu_post_reset(struct pp_device *pp);

/* --- VMs --- */
/* The MCU's VM: AS0, 4 GiB, kernel objects in [kernel_va, kernel_va + kernel_size). */
struct pp_vm *pp_vm_create_mcu(struct pp_device *pp, u64 kernel_va, u64 kernel_size);
/* A user VM; *user_va_range in: wanted (0 = default), out: granted. */
struct pp_vm *pp_vm_create_user(struct pp_device *pp, u64 *user_va_range);
struct pp_vm *pp_vm_get(struct pp_vm *vm);
/* NULL-safe. The last put may wait for the end of a session: not from the tick or IRQ threads. */
void pp_vm_put(struct pp_vm *vm);
/* Handle gone: unmap the user's half, drop a reference. */
void pp_vm_destroy(struct pp_vm *vm);
/* Holds pp_vm_resv(); what tells exclusive BOs apart. */
struct drm_gem_object *pp_vm_root(struct pp_vm *vm);
bool pp_vm_is_mcu(struct pp_vm *vm);
/* Memory of the driver's own in a VM: @bytes more, or fewer. */
void pp_vm_account(struct pp_vm *vm, s64 bytes);
bool pp_vm_unusable(struct pp_vm *vm);
bool pp_vm_faulted(struct pp_vm *vm);
struct dma_resv *pp_vm_resv(struct pp_vm *vm);		/* shared by exclusive BOs */
/* Lock the VM's and its external BOs' resvs and restore what was evicted (for submit), then publish a job's fence on them. */
int pp_vm_prepare_fences(struct pp_vm *vm, struct drm_exec *exec, unsigned int fences);
void pp_vm_add_fence(struct pp_vm *vm, struct drm_exec *exec, struct dma_fence *fence);

/* Of the driver itself, anywhere in the VM. */
int pp_vm_map_bo(struct pp_vm *vm, struct pp_bo *bo, u64 offset, u64 size, u64 va, u32 flags);
void pp_vm_unmap(struct pp_vm *vm, u64 va, u64 size);	/* whole mappings only; cannot fail */

/* Of user space: what a VM_BIND step says, decoded but not validated. */
enum pp_vm_bind_type { PP_VM_BIND_MAP, PP_VM_BIND_UNMAP };
struct pp_vm_bind {
	enum pp_vm_bind_type type;
	u32 flags;		/* PP_VM_MAP_* */
	struct pp_bo *bo;	/* the caller's reference; NULL unless MAP and not SPARSE */
	u64 offset, va, size;	/* bytes */
};
int pp_vm_bind_sync(struct pp_vm *vm, const struct pp_vm_bind *bind);

/* The same as jobs: create each, lock for all, then push (which cannot fail) in order. */
struct pp_bind_job;
struct pp_bind_job *pp_bind_job_create(struct pp_vm *vm, const struct pp_vm_bind *bind,
				       u64 client_id);
void pp_bind_job_cancel(struct pp_bind_job *job);
int pp_bind_job_wait_for(struct pp_bind_job *job, struct dma_fence *fence);
int pp_bind_jobs_lock(struct pp_bind_job **jobs, unsigned int count, struct drm_exec *exec);
struct dma_fence *pp_bind_job_push(struct pp_bind_job *job, struct drm_exec *exec);

/* What is mapped at @va, referenced, or NULL. *offset: of @va in the BO. May sleep. */
struct pp_bo *pp_vm_lookup_bo(struct pp_vm *vm, u64 va, u64 *offset);

/* Reclaim (evict.c): with the BO's reservation and its lock held. */
int pp_vm_bo_usage(struct pp_bo *bo, u64 *last_job);
int pp_vm_evict_bo(struct pp_bo *bo);

/* The VM's tiler heaps (mem/tiler_heap.c owns what is behind the pointer). */
struct pp_heap_pool **pp_vm_heaps(struct pp_vm *vm, struct mutex **lock);
bool pp_vm_dead(struct pp_vm *vm);

/* Kernel VA range of a VM (drm_mm). */
struct drm_mm_node;
int pp_vm_alloc_va(struct pp_vm *vm, u64 va, u64 size, struct drm_mm_node *node);
void pp_vm_free_va(struct pp_vm *vm, struct drm_mm_node *node);

/* --- address spaces (called by sched with its lock held, by fw for AS0) --- */
/*
 * Make the VM resident. Returns the AS number, -EBUSY when all slots are in use
 * or a VM operation is in the way (hooks->as_retry follows), -EAGAIN when a slot
 * would have to be (re)programmed while a session is active (caller forces the
 * exit and returns, rule 7), or -EIO. Never waits for a session or an operation.
 */
int pp_vm_as_get(struct pp_vm *vm);
void pp_vm_as_put(struct pp_vm *vm);	/* slot stays programmed until somebody else needs it */

/* --- per-file pool of handles --- */
struct pp_vm_pool *pp_vm_pool_create(void);
void pp_vm_pool_destroy(struct pp_device *pp, struct pp_vm_pool *pool);
void pp_vm_pool_for_each(struct pp_vm_pool *pool, void (*fn)(struct pp_vm *vm));
/* Bytes of the driver's own in all VMs, and in those that are in an AS slot. */
void pp_vm_pool_internal_size(struct pp_vm_pool *pool, u64 *resident, u64 *active);
int pp_vm_pool_add(struct pp_vm_pool *pool, struct pp_vm *vm, u32 *id);	/* <= 32 VMs */
struct pp_vm *pp_vm_pool_get(struct pp_vm_pool *pool, u32 id);		/* takes a reference */
struct pp_vm *pp_vm_pool_remove(struct pp_vm_pool *pool, u32 id);	/* for pp_vm_destroy() */

#endif

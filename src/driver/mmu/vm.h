/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the files of room mmu share; no other room includes this. Locks: see mmu.h. */
#ifndef PP_MMU_VM_H
#define PP_MMU_VM_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <drm/drm_gpuvm.h>
#include <drm/drm_mm.h>

#include "mem/bo.h"
#include "mmu/mmu.h"
#include "mmu/pgtable.h"

#define PP_MMU_SLOTS	16

struct pp_vm_bind_queue;

/**
 * enum pp_mmu_state - may AS commands be sent?
 * @PP_MMU_UP: yes
 * @PP_MMU_RESET: no, and the GPU may still be using what it knew: what operations
 *	release now is freed after the reset
 * @PP_MMU_DOWN: no: without power, or gone
 */
enum pp_mmu_state { PP_MMU_UP, PP_MMU_RESET, PP_MMU_DOWN };

/**
 * struct pp_vm_garbage - what VM operations released
 * @vmas: &struct pp_vma, off the trees
 * @tables: pages of removed page tables
 *
 * Freeing it takes reservations and drops references, so that happens after the
 * operation, and not before the GPU has forgotten it.
 */
struct pp_vm_garbage {
	struct list_head vmas;
	struct pp_pt_pages tables;
};

/**
 * struct pp_mmu - room state of one device
 * @pp: the device
 * @hooks: of the rooms above, or NULL
 * @as_lock: guards everything below but @idle, and &struct pp_vm.as
 * @state: may AS commands be sent
 * @as_present: slots that the GPU has
 * @as_ready: those whose last command was seen to have ended
 * @slots: who is in them
 * @lru: VMs in a slot that nobody uses, the first to be evicted first
 * @retry: an as_get() failed because of an operation
 * @busy: operations that may be sending AS commands
 * @idle: woken when @busy reaches 0
 * @deferred: garbage of operations that ran in a reset
 * @garbage_work: frees @deferred
 */
struct pp_mmu {
	struct pp_device *pp;
	const struct pp_mmu_hooks *hooks;
	unsigned int va_bits, pa_bits;

	struct mutex as_lock;
	enum pp_mmu_state state;
	u32 as_present, as_ready;
	struct pp_vm *slots[PP_MMU_SLOTS];
	struct list_head lru;
	bool retry;
	unsigned int busy;
	wait_queue_head_t idle;
	struct pp_vm_garbage deferred;

	struct work_struct garbage_work;
};

/**
 * struct pp_vm - one address space
 * @base: mappings; its reference count is that of connections to BOs, ours is @refs
 * @refs: users; the last one takes the VM off the hardware
 * @pp: the device
 * @id: number in messages
 * @mcu: the firmware's VM
 * @user_va_range: [0, this) is user space's
 * @kernel_va, @kernel_size: where pp_vm_alloc_va() looks for room
 * @op_lock: one operation at a time; guards @base's trees and @pt
 * @pt: page tables
 * @dead: the handle is gone, nothing more can be mapped; written under @op_lock, then
 *	those who hold @mm_lock are waited for
 * @unusable: an operation failed half-way
 * @faulted: the GPU faulted and the AS is disabled; over when the VM is made
 *	resident again after its last user left
 * @mm_lock: guards @mm, @heaps and @fill, and the making of @bind_queue; allocations
 *	are made under it, so never within @op_lock
 * @mm: addresses of the driver's own objects
 * @heaps: tiler heaps, see pp_vm_heaps()
 * @fill: what sparse ranges are mapped to, allocated with the first of them
 * @as: residence, guarded by mmu->as_lock; @as.nr is -1 without a slot,
 *	@as.users counts pp_vm_as_get(), @as.editing tells that an operation is
 *	changing the tables, [@as.lock_start, @as.lock_end) is the locked region
 * @fault_work: disables the AS after a fault
 * @bind_queue: asynchronous operations, or NULL before the first one
 * @jobs: how many have been submitted, for reclaim
 * @internal_bytes: memory of the driver's own objects in it, for statistics
 */
struct pp_vm {
	struct drm_gpuvm base;
	struct kref refs;
	struct pp_device *pp;
	unsigned int id;
	bool mcu;
	u64 user_va_range, kernel_va, kernel_size;

	struct mutex op_lock;
	struct pp_pgtable pt;
	bool dead;
	bool unusable;
	bool faulted;

	struct mutex mm_lock;
	struct drm_mm mm;
	struct pp_heap_pool *heaps;
	struct {
		struct page *page;
		dma_addr_t addr;
		size_t size;
	} fill;

	struct {
		int nr;
		unsigned int users;
		struct list_head lru_node;
		bool editing;
		u64 lock_start, lock_end;
	} as;
	struct work_struct fault_work;
	struct pp_vm_bind_queue *bind_queue;
	atomic64_t jobs;
	atomic64_t internal_bytes;
};

static inline bool pp_vm_in_user_range(const struct pp_vm *vm, u64 va, u64 size)
{
	return size <= vm->user_va_range && va <= vm->user_va_range - size;
}

static inline struct pp_vm *to_pp_vm(struct drm_gpuvm *gpuvm)
{
	return container_of(gpuvm, struct pp_vm, base);
}

/**
 * struct pp_vma - one mapping
 * @base: range, object, offset
 * @flags: PP_VM_MAP_*
 * @evicted: not in the tables, see evict.c
 * @node: in &struct pp_vm_garbage.vmas, once it is off the trees
 * @vm_bo: then: reference to the connection, to be put
 */
struct pp_vma {
	struct drm_gpuva base;
	u32 flags;
	bool evicted;
	struct list_head node;
	struct drm_gpuvm_bo *vm_bo;
};

static inline struct pp_vma *to_pp_vma(struct drm_gpuva *va)
{
	return container_of(va, struct pp_vma, base);
}

/* A map can cut one mapping at each end, and makes one of its own. */
#define PP_VM_OP_SPARES	3

/**
 * struct pp_vm_op - one VM operation
 * @vm: the VM, which the owner of the operation keeps alive
 * @bind: what to do; @bind.bo is referenced
 * @src: the memory to map
 * @vm_bo: connection of @bind.bo to the VM, referenced
 * @spare: mappings to be used
 * @fresh: pages for new tables
 * @garbage: what was released
 *
 * Its life: pp_vm_op_prepare_*() checks and allocates, pp_vm_op_execute() does it
 * without allocating, pp_vm_op_cleanup() frees. The three may run in different
 * contexts: only preparing is for the ioctl, the others can be a job's.
 */
struct pp_vm_op {
	struct pp_vm *vm;
	struct pp_vm_bind bind;
	struct pp_pt_source src;
	struct drm_gpuvm_bo *vm_bo;
	struct pp_vma *spare[PP_VM_OP_SPARES];
	struct pp_pt_pages fresh;
	struct pp_vm_garbage garbage;
};

/* vm_op.c */
int pp_vm_bind_check(struct pp_vm *vm, const struct pp_vm_bind *bind);
int pp_vm_op_prepare(struct pp_vm *vm, struct pp_vm_op *op, const struct pp_vm_bind *bind);
void pp_vm_op_prepare_whole(struct pp_vm *vm, struct pp_vm_op *op, u64 va, u64 size);
int pp_vm_op_execute(struct pp_vm_op *op);
void pp_vm_op_cleanup(struct pp_vm_op *op);
void pp_vm_garbage_init(struct pp_vm_garbage *garbage);
void pp_vm_garbage_move(struct pp_vm_garbage *from, struct pp_vm_garbage *to);
void pp_vm_garbage_free(struct pp_vm_garbage *garbage);
void pp_vm_garbage_defer(struct pp_mmu *mmu, struct pp_vm_garbage *garbage);

/* vm_steps.c: &struct drm_gpuvm_ops of a VM */
extern const struct drm_gpuvm_ops pp_vm_gpuvm_ops;

/* evict.c */
int pp_vm_bo_validate(struct drm_gpuvm_bo *vm_bo, struct drm_exec *exec);

/* vm.c */
int pp_vm_fill_source(struct pp_vm *vm, struct pp_pt_source *src, bool alloc);
void pp_vm_free_gpuvm(struct drm_gpuvm *gpuvm);

/*
 * mmu.c: the first runs garbage_work, the VMs' fault_work, and frees their jobs; the
 * second runs the jobs, and is another one because a VM can end on the first.
 */
extern struct workqueue_struct *pp_mmu_wq, *pp_bind_wq;

/* as.c: around an edit of the tables, and the region lock within it */
bool pp_as_edit_begin(struct pp_vm *vm);
int pp_as_edit_try_begin(struct pp_vm *vm, bool *gated);
bool pp_as_settled(struct pp_vm *vm);
void pp_as_edit_end(struct pp_vm *vm, bool gated, struct pp_vm_garbage *garbage);
void pp_as_region_lock(struct pp_vm *vm, u64 start, u64 size);
void pp_as_region_expand(struct pp_vm *vm, u64 start, u64 size);
void pp_as_region_unlock(struct pp_vm *vm);
void pp_as_release(struct pp_vm *vm);
void pp_as_disable_faulted(struct pp_vm *vm);
void pp_as_drop_all(struct pp_mmu *mmu);

/* bind_job.c */
void pp_bind_queue_destroy(struct pp_vm *vm);

/* fault.c */
void pp_mmu_irq(struct pp_device *pp, u32 status);
void pp_as_fault_work(struct work_struct *work);

#endif

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * One VM operation: prepare, execute, clean up.
 *
 * The three are apart because they have different rights. Preparing runs in the
 * ioctl and allocates whatever the operation can need at worst. Executing is a
 * fence-signalling path: an asynchronous bind completes a fence others wait for,
 * and reclaim may be among them, so nothing is allocated and no reservation is
 * taken. Cleaning up frees, which takes reservations again.
 */
#include <linux/dma-fence.h>
#include <linux/slab.h>

#include "mmu/vm.h"

/**
 * pp_vm_garbage_init() - nothing released yet
 * @garbage: to initialise
 */
void pp_vm_garbage_init(struct pp_vm_garbage *garbage)
{
	INIT_LIST_HEAD(&garbage->vmas);
	pp_pt_pages_init(&garbage->tables);
}

/**
 * pp_vm_garbage_move() - hand garbage on
 * @from: becomes empty
 * @to: gets it
 */
void pp_vm_garbage_move(struct pp_vm_garbage *from, struct pp_vm_garbage *to)
{
	list_splice_tail_init(&from->vmas, &to->vmas);
	pp_pt_pages_move(&from->tables, &to->tables);
}

/**
 * pp_vm_garbage_free() - free what operations released
 * @garbage: becomes empty
 *
 * Context: May sleep. Takes reservations; not in the fence-signalling path.
 */
void pp_vm_garbage_free(struct pp_vm_garbage *garbage)
{
	struct pp_vma *vma, *next;

	list_for_each_entry_safe(vma, next, &garbage->vmas, node) {
		if (vma->vm_bo)
			pp_compat_vm_bo_put(vma->vm_bo, &to_pp_bo(vma->vm_bo->obj)->gpuva_lock);
		kfree(vma);
	}
	INIT_LIST_HEAD(&garbage->vmas);
	pp_pt_pages_free(&garbage->tables);
}

/**
 * pp_vm_garbage_defer() - let somebody else free it
 * @mmu: the MMU, not unplugged
 * @garbage: becomes empty
 *
 * Context: May sleep. Takes mmu->as_lock.
 */
void pp_vm_garbage_defer(struct pp_mmu *mmu, struct pp_vm_garbage *garbage)
{
	mutex_lock(&mmu->as_lock);
	pp_vm_garbage_move(garbage, &mmu->deferred);
	mutex_unlock(&mmu->as_lock);
	queue_work(pp_mmu_wq, &mmu->garbage_work);
}

static void op_init(struct pp_vm_op *op, struct pp_vm *vm)
{
	memset(op, 0, sizeof(*op));
	op->vm = vm;
	pp_pt_pages_init(&op->fresh);
	pp_vm_garbage_init(&op->garbage);
}

static int op_alloc_spares(struct pp_vm_op *op)
{
	unsigned int i;

	for (i = 0; i < PP_VM_OP_SPARES; i++) {
		op->spare[i] = kzalloc(sizeof(*op->spare[i]), GFP_KERNEL);
		if (!op->spare[i])
			return -ENOMEM;
	}
	return 0;
}

/*
 * Tables for the ends of the range: each may lie within a 2 MiB block of an older
 * mapping, the rest of which is then mapped again in small pages.
 */
static unsigned int op_edge_tables(const struct pp_vm_bind *bind)
{
	return !IS_ALIGNED(bind->va, SZ_2M) + !IS_ALIGNED(bind->va + bind->size, SZ_2M);
}

/**
 * pp_vm_bind_check() - are addresses, flags and the buffer those of an operation?
 * @vm: the VM
 * @bind: what to do; a size of 0 is nothing to do, and right
 *
 * Return: 0 or -EINVAL.
 */
int pp_vm_bind_check(struct pp_vm *vm, const struct pp_vm_bind *bind)
{
	const u64 end = 1ull << vm->pp->mmu->va_bits;

	if (!IS_ALIGNED(bind->va | bind->size | bind->offset, SZ_4K))
		return -EINVAL;
	if (bind->size > end || bind->va > end - bind->size)
		return -EINVAL;
	if (bind->type == PP_VM_BIND_UNMAP)
		return bind->flags || bind->bo || bind->offset ? -EINVAL : 0;

	if (bind->flags & PP_VM_MAP_SPARSE)
		return bind->bo || bind->offset || !(bind->flags & PP_VM_MAP_NOEXEC) ? -EINVAL : 0;
	if (!bind->bo || bind->size > bind->bo->base.size ||
	    bind->offset > bind->bo->base.size - bind->size)
		return -EINVAL;
	if (bind->bo->exclusive_root && bind->bo->exclusive_root != pp_vm_root(vm))
		return -EINVAL;
	return 0;
}

/* Memory to map, and the connection between VM and BO. */
static int op_prepare_source(struct pp_vm *vm, struct pp_vm_op *op)
{
	struct pp_bo *bo = op->bind.bo;
	struct drm_gpuvm_bo *vm_bo;

	if (op->bind.flags & PP_VM_MAP_SPARSE)
		return pp_vm_fill_source(vm, &op->src, true);

	struct sg_table *sgt = pp_bo_pin(bo);

	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	op->src.sgt = sgt;
	op->src.offset = op->bind.offset;

	vm_bo = pp_compat_vm_bo_obtain(&vm->base, &bo->base, &bo->gpuva_lock);
	if (IS_ERR(vm_bo))
		return PTR_ERR(vm_bo);
	op->vm_bo = vm_bo;

	if (drm_gpuvm_is_extobj(&vm->base, &bo->base)) {
		dma_resv_lock(drm_gpuvm_resv(&vm->base), NULL);
		drm_gpuvm_bo_extobj_add(vm_bo);
		dma_resv_unlock(drm_gpuvm_resv(&vm->base));
	}
	return 0;
}

/**
 * pp_vm_op_prepare() - check an operation and allocate all that it can need
 * @vm: the VM
 * @op: out: the operation
 * @bind: what to do; a BO's reference stays the caller's
 *
 * Context: May sleep and allocates. Takes the VM's reservation.
 * Return: 0; or -EINVAL or -ENOMEM or an exporter's error, and then there is
 * nothing to clean up.
 */
int pp_vm_op_prepare(struct pp_vm *vm, struct pp_vm_op *op, const struct pp_vm_bind *bind)
{
	unsigned int tables;
	int ret;

	op_init(op, vm);
	ret = pp_vm_bind_check(vm, bind);
	if (ret)
		return ret;

	op->bind = *bind;
	if (bind->bo)
		drm_gem_object_get(&bind->bo->base);
	ret = op_alloc_spares(op);
	if (ret)
		goto err;

	tables = op_edge_tables(bind);
	if (bind->type == PP_VM_BIND_MAP) {
		ret = op_prepare_source(vm, op);
		if (ret)
			goto err;
		tables += pp_pgtable_count(bind->va, bind->size, &op->src);
	}
	ret = pp_pt_pages_fill(&op->fresh, tables);
	if (ret)
		goto err;
	return 0;

err:
	pp_vm_op_cleanup(op);
	return ret;
}

/**
 * pp_vm_op_prepare_whole() - an unmap that cuts no mapping in two
 * @vm: the VM
 * @op: out: the operation
 * @va: first GPU address
 * @size: bytes
 *
 * Such an operation needs no memory, so it cannot fail: tearing down must not.
 */
void pp_vm_op_prepare_whole(struct pp_vm *vm, struct pp_vm_op *op, u64 va, u64 size)
{
	op_init(op, vm);
	op->bind.type = PP_VM_BIND_UNMAP;
	op->bind.va = va;
	op->bind.size = size;
}

static int op_edit_tables(struct pp_vm *vm, struct pp_vm_op *op)
{
	const struct pp_vm_bind *bind = &op->bind;
	int ret;

	pp_as_region_lock(vm, bind->va, bind->size);
	vm->pt.fresh = &op->fresh;
	vm->pt.stale = &op->garbage.tables;
	if (bind->type == PP_VM_BIND_MAP)
		ret = pp_compat_gpuvm_sm_map(&vm->base, op, bind->va, bind->size,
					     bind->bo ? &bind->bo->base : NULL, bind->offset);
	else
		ret = drm_gpuvm_sm_unmap(&vm->base, op, bind->va, bind->size);
	vm->pt.fresh = NULL;
	vm->pt.stale = NULL;
	pp_as_region_unlock(vm);
	return ret;
}

/**
 * pp_vm_op_execute() - do it
 * @op: a prepared operation
 *
 * The order of locks is op_lock, gate, as_lock. The gate (taken and released by
 * pp_as_edit_begin() and pp_as_edit_end()) keeps protected sessions and edits of
 * VMs that are in an AS slot apart; see as.c for VMs that are in none.
 *
 * Context: May sleep, also until a session is over. A fence-signalling path:
 * takes no reservation and allocates nothing.
 * Return: 0; -EINVAL: the VM is unusable, or its handle is gone. Other errors are
 * failures half-way, which make the VM unusable.
 */
int pp_vm_op_execute(struct pp_vm_op *op)
{
	struct pp_vm *vm = op->vm;
	bool cookie, gated;
	int ret;

	cookie = dma_fence_begin_signalling();
	mutex_lock(&vm->op_lock);
	if (op->bind.type == PP_VM_BIND_MAP && (vm->unusable || vm->dead)) {
		ret = -EINVAL;
		goto out;
	}

	gated = pp_as_edit_begin(vm);
	ret = op_edit_tables(vm, op);
	pp_as_edit_end(vm, gated, &op->garbage);
	if (ret)
		WRITE_ONCE(vm->unusable, true);
out:
	mutex_unlock(&vm->op_lock);
	dma_fence_end_signalling(cookie);
	return ret;
}

/**
 * pp_vm_op_cleanup() - free what an operation did not use, and what it released
 * @op: the operation, executed or not
 *
 * Context: May sleep. Takes reservations; not in the fence-signalling path.
 */
void pp_vm_op_cleanup(struct pp_vm_op *op)
{
	unsigned int i;

	pp_vm_garbage_free(&op->garbage);
	pp_pt_pages_free(&op->fresh);
	for (i = 0; i < PP_VM_OP_SPARES; i++)
		kfree(op->spare[i]);
	if (op->src.sgt)
		pp_bo_unpin(op->bind.bo);
	if (op->bind.bo) {
		pp_compat_vm_bo_put(op->vm_bo, &op->bind.bo->gpuva_lock);
		pp_bo_put(op->bind.bo);
	}
}

static int vm_do(struct pp_vm *vm, const struct pp_vm_bind *bind)
{
	struct pp_vm_op op;
	int ret;

	ret = pp_vm_op_prepare(vm, &op, bind);
	if (ret)
		return ret;
	ret = pp_vm_op_execute(&op);
	pp_vm_op_cleanup(&op);
	return ret;
}

/**
 * pp_vm_bind_sync() - one step of a VM_BIND, now
 * @vm: the VM
 * @bind: the step
 *
 * Context: May sleep and allocates; may wait for the end of a session.
 * Return: 0, -EINVAL, -ENOMEM, or an exporter's error.
 */
int pp_vm_bind_sync(struct pp_vm *vm, const struct pp_vm_bind *bind)
{
	if (!pp_vm_in_user_range(vm, bind->va, bind->size))
		return -EINVAL;
	return vm_do(vm, bind);
}

/**
 * pp_vm_map_bo() - map a buffer of the driver's
 * @vm: the VM
 * @bo: the buffer; the mapping takes a reference
 * @offset: first byte of it, a multiple of 4 KiB
 * @size: bytes, a multiple of 4 KiB
 * @va: GPU address, a multiple of 4 KiB
 * @flags: PP_VM_MAP_*
 *
 * Context: May sleep and allocates; may wait for the end of a session.
 * Return: 0, -EINVAL, -ENOMEM, or an exporter's error.
 */
int pp_vm_map_bo(struct pp_vm *vm, struct pp_bo *bo, u64 offset, u64 size, u64 va, u32 flags)
{
	const struct pp_vm_bind bind = {
		.type = PP_VM_BIND_MAP, .flags = flags, .bo = bo,
		.offset = offset, .va = va, .size = size,
	};

	return vm_do(vm, &bind);
}

/**
 * pp_vm_unmap() - unmap whole mappings
 * @vm: the VM
 * @va: first GPU address, where no mapping goes on
 * @size: bytes; no mapping goes beyond
 *
 * Context: May sleep; may wait for the end of a session.
 */
void pp_vm_unmap(struct pp_vm *vm, u64 va, u64 size)
{
	struct pp_vm_op op;

	pp_vm_op_prepare_whole(vm, &op, va, size);
	pp_vm_op_execute(&op);
	pp_vm_op_cleanup(&op);
}

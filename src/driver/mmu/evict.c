// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Mappings of BOs whose pages go to swap, and come back.
 *
 * An evicted mapping keeps its place in the tree and has no entries in the
 * tables. &struct pp_vma.evicted is guarded by the VM's op_lock; a mapping without it
 * means that the BO's pages and its &struct pp_bo.sgt are there. drm_gpuvm's own
 * mark of the connection leads pp_vm_validate() to it.
 */
#include "mem/bo.h"
#include "mmu/vm.h"

static bool vm_bo_resident(struct drm_gpuvm_bo *vm_bo)
{
	struct drm_gpuva *va;

	drm_gpuvm_bo_for_each_va(va, vm_bo)
		if (!to_pp_vma(va)->evicted)
			return true;
	return false;
}

/**
 * pp_vm_bo_usage() - how many VMs is a BO mapped in?
 * @bo: the BO
 * @last_job: out: a number that changes whenever one of them gets a job
 *
 * Context: Never sleeps for long; any lock may be held. For reclaim.
 * Return: the number of VMs, or -EBUSY if that cannot be told now.
 */
int pp_vm_bo_usage(struct pp_bo *bo, u64 *last_job)
{
	struct drm_gpuvm_bo *vm_bo;
	int vms = 0;

	*last_job = 0;
	if (!mutex_trylock(bo->gpuva_lock.lock))
		return -EBUSY;
	drm_gem_for_each_gpuvm_bo(vm_bo, &bo->base) {
		if (vm_bo->evicted || list_empty(&vm_bo->list.gpuva))
			continue;
		vms++;
		*last_job += atomic64_read(&to_pp_vm(vm_bo->vm)->jobs);
	}
	mutex_unlock(bo->gpuva_lock.lock);
	return vms;
}

static void evict_edit(struct pp_vm *vm, struct drm_gpuvm_bo *vm_bo,
		       struct pp_vm_garbage *garbage)
{
	struct pp_pt_pages fresh;
	struct drm_gpuva *va;

	pp_pt_pages_init(&fresh);
	vm->pt.fresh = &fresh;
	vm->pt.stale = &garbage->tables;
	drm_gpuvm_bo_for_each_va(va, vm_bo) {
		if (to_pp_vma(va)->evicted)
			continue;
		pp_as_region_lock(vm, va->va.addr, va->va.range);
		pp_pgtable_unmap(&vm->pt, va->va.addr, va->va.range);
		pp_as_region_unlock(vm);
		to_pp_vma(va)->evicted = true;
	}
	vm->pt.fresh = NULL;
	vm->pt.stale = NULL;
}

static int evict_vm_bo(struct drm_gpuvm_bo *vm_bo)
{
	struct pp_vm *vm = to_pp_vm(vm_bo->vm);
	struct pp_vm_garbage garbage;
	bool gated;
	int ret;

	if (!mutex_trylock(&vm->op_lock))
		return -EBUSY;
	/* Before the gate: with nothing to take away the VM may be on its way out. */
	ret = vm_bo_resident(vm_bo) ? pp_as_edit_try_begin(vm, &gated) : 0;
	if (ret || !vm_bo_resident(vm_bo))
		goto out;

	pp_vm_garbage_init(&garbage);
	evict_edit(vm, vm_bo, &garbage);
	if (!vm_bo->evicted)
		drm_gpuvm_bo_evict(vm_bo, true);
	/* With a reset to come the GPU may still know the tables, and the pages. */
	if (!pp_as_settled(vm))
		ret = -EBUSY;
	pp_as_edit_end(vm, gated, &garbage);
	pp_vm_garbage_defer(vm->pp->mmu, &garbage);
out:
	mutex_unlock(&vm->op_lock);
	return ret;
}

/**
 * pp_vm_evict_bo() - take a BO out of the tables of all VMs
 * @bo: the BO; its reservation and its lock are held
 *
 * Fails where somebody is in the way. What it did until then stays so: the next
 * validation puts it right.
 *
 * Context: Reclaim: tries locks, allocates nothing.
 * Return: 0: the GPU does not know the BO's pages any more; or -EBUSY.
 */
int pp_vm_evict_bo(struct pp_bo *bo)
{
	struct drm_gpuvm_bo *vm_bo;
	int ret = 0;

	if (!mutex_trylock(bo->gpuva_lock.lock))
		return -EBUSY;
	drm_gem_for_each_gpuvm_bo(vm_bo, &bo->base) {
		ret = evict_vm_bo(vm_bo);
		if (ret)
			break;
	}
	mutex_unlock(bo->gpuva_lock.lock);
	return ret;
}

static struct pp_pt_source evicted_source(struct drm_gpuva *va)
{
	return (struct pp_pt_source) {
		.sgt = to_pp_bo(va->gem.obj)->sgt,
		.offset = va->gem.offset,
	};
}

/* Tables that the evicted mappings can need. */
static unsigned int restore_count(struct drm_gpuvm_bo *vm_bo)
{
	struct pp_pt_source src;
	unsigned int tables = 0;
	struct drm_gpuva *va;

	drm_gpuvm_bo_for_each_va(va, vm_bo) {
		if (!to_pp_vma(va)->evicted)
			continue;
		src = evicted_source(va);
		tables += pp_pgtable_count(va->va.addr, va->va.range, &src);
	}
	return tables;
}

static int restore_edit(struct pp_vm *vm, struct drm_gpuvm_bo *vm_bo)
{
	struct pp_pt_source src;
	struct drm_gpuva *va;
	int ret = 0;

	drm_gpuvm_bo_for_each_va(va, vm_bo) {
		if (!to_pp_vma(va)->evicted)
			continue;
		src = evicted_source(va);
		pp_as_region_lock(vm, va->va.addr, va->va.range);
		ret = pp_pgtable_map(&vm->pt, va->va.addr, va->va.range, &src,
				     to_pp_vma(va)->flags);
		pp_as_region_unlock(vm);
		if (ret)
			break;
		to_pp_vma(va)->evicted = false;
	}
	return ret;
}

/* With op_lock held and enough pages in @fresh. */
static int restore_locked(struct pp_vm *vm, struct drm_gpuvm_bo *vm_bo, struct pp_pt_pages *fresh)
{
	struct pp_vm_garbage garbage;
	bool gated;
	int ret;

	lockdep_assert_held(&vm->op_lock);
	pp_vm_garbage_init(&garbage);
	gated = pp_as_edit_begin(vm);
	vm->pt.fresh = fresh;
	vm->pt.stale = &garbage.tables;
	ret = restore_edit(vm, vm_bo);
	vm->pt.fresh = NULL;
	vm->pt.stale = NULL;
	pp_as_edit_end(vm, gated, &garbage);
	/* Reservations are held, so it is not freed here. */
	pp_vm_garbage_defer(vm->pp->mmu, &garbage);
	return ret;
}

static int restore_vm_bo(struct pp_vm *vm, struct drm_gpuvm_bo *vm_bo)
{
	struct pp_pt_pages fresh;
	unsigned int tables;
	bool done = false;
	int ret = 0;

	pp_pt_pages_init(&fresh);
	while (!ret && !done) {
		/* Nothing may be allocated under op_lock, so what it takes is looked at again. */
		mutex_lock(&vm->op_lock);
		tables = restore_count(vm_bo);
		done = tables <= fresh.count;
		if (done && tables)
			ret = restore_locked(vm, vm_bo, &fresh);
		mutex_unlock(&vm->op_lock);
		if (!done)
			ret = pp_pt_pages_fill(&fresh, tables);
	}
	pp_pt_pages_free(&fresh);
	return ret;
}

/**
 * pp_vm_bo_validate() - &drm_gpuvm_ops.vm_bo_validate
 * @vm_bo: connection of an evicted BO, whose reservation and the VM's are held
 * @exec: the locking context
 *
 * Context: May sleep, also until a session is over, and allocates.
 * Return: 0 or an error of allocation.
 */
int pp_vm_bo_validate(struct drm_gpuvm_bo *vm_bo, struct drm_exec *exec)
{
	struct pp_bo *bo = to_pp_bo(vm_bo->obj);
	struct sg_table *sgt;
	int ret;

	sgt = pp_bo_pin(bo);
	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	ret = restore_vm_bo(to_pp_vm(vm_bo->vm), vm_bo);
	if (!ret)
		drm_gpuvm_bo_evict(vm_bo, false);
	pp_bo_unpin(bo);
	return ret;
}

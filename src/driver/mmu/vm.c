// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * VMs: creation, addresses, reservations, the end.
 *
 * A VM is counted twice. struct pp_vm.refs counts users; when the last one leaves,
 * the VM is taken off the hardware, emptied, and gives its page tables back.
 * drm_gpuvm's own count (one of which is ours) also covers connections to BOs
 * that are still waiting to be freed; it decides when the memory goes.
 */
#include <linux/dma-mapping.h>
#include <linux/log2.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <drm/drm_exec.h>

#include "mmu/vm.h"

/* Room for the driver's own objects in a user's VM, at least. */
#define KERNEL_VA_MIN	SZ_256M

/* --- life of a VM --- */

/**
 * pp_vm_free_gpuvm() - &drm_gpuvm_ops.vm_free
 * @gpuvm: base of a VM that nothing refers to any more
 */
void pp_vm_free_gpuvm(struct drm_gpuvm *gpuvm)
{
	struct pp_vm *vm = to_pp_vm(gpuvm);

	mutex_destroy(&vm->op_lock);
	mutex_destroy(&vm->mm_lock);
	kfree(vm);
}

static struct pp_vm *vm_create(struct pp_device *pp, u64 range, u64 mm_start, u64 mm_size)
{
	static atomic_t last_id = ATOMIC_INIT(-1);
	struct drm_gem_object *root;
	struct pp_vm *vm;
	int ret;

	vm = kzalloc(sizeof(*vm), GFP_KERNEL);
	if (!vm)
		return ERR_PTR(-ENOMEM);
	ret = pp_pgtable_init(&vm->pt, pp, pp->mmu->va_bits, pp->mmu->pa_bits);
	if (ret)
		goto err_free;
	root = drm_gpuvm_resv_object_alloc(&pp->drm);
	if (!root) {
		ret = -ENOMEM;
		goto err_pt;
	}

	kref_init(&vm->refs);
	vm->pp = pp;
	vm->id = atomic_inc_return(&last_id);
	mutex_init(&vm->op_lock);
	mutex_init(&vm->mm_lock);
	drm_mm_init(&vm->mm, mm_start, mm_size);
	vm->kernel_va = mm_start;
	vm->kernel_size = mm_size;
	vm->as.nr = -1;
	INIT_LIST_HEAD(&vm->as.lru_node);
	INIT_WORK(&vm->fault_work, pp_as_fault_work);
	drm_gpuvm_init(&vm->base, "pp-vm", PP_COMPAT_GPUVM_FLAGS, &pp->drm, root, 0, range, 0, 0,
		       &pp_vm_gpuvm_ops);
	/* The VM has its own reference now. */
	drm_gem_object_put(root);
	return vm;

err_pt:
	pp_pgtable_fini(&vm->pt);
err_free:
	kfree(vm);
	return ERR_PTR(ret);
}

/**
 * pp_vm_create_mcu() - the firmware's VM
 * @pp: the device
 * @kernel_va: where objects without an address of their own go
 * @kernel_size: bytes
 *
 * The MCU has 32 address bits (csf.md 1.7). Any fixed address in them can be had,
 * PP_VM_VA_AUTO chooses from the given range.
 *
 * Context: May sleep and allocates.
 * Return: the VM, or ERR_PTR(-ENOMEM).
 */
struct pp_vm *pp_vm_create_mcu(struct pp_device *pp, u64 kernel_va, u64 kernel_size)
{
	struct pp_vm *vm = vm_create(pp, SZ_4G, 0, SZ_4G);

	if (IS_ERR(vm))
		return vm;
	vm->mcu = true;
	vm->kernel_va = kernel_va;
	vm->kernel_size = kernel_size;
	return vm;
}

/* Where user space's addresses end, if it did not say so. */
static u64 default_user_range(u64 full)
{
	u64 range;

	/* Buffers can have the same address on both sides only below TASK_SIZE. */
	if (TASK_SIZE_OF(current) < full)
		range = TASK_SIZE_OF(current);
	else
		range = full > SZ_4G ? full / 2 : full - KERNEL_VA_MIN;
	return min(range, full - KERNEL_VA_MIN);
}

/**
 * pp_vm_create_user() - a VM for user space
 * @pp: the device
 * @user_va_range: in: bytes from address 0 on that user space wants, 0 for the
 *	default; out: what it got
 *
 * The driver's own objects go to the upper end, into a power of two of bytes.
 *
 * Context: May sleep and allocates.
 * Return: the VM, or ERR_PTR(): -EINVAL, -ENOMEM.
 */
struct pp_vm *pp_vm_create_user(struct pp_device *pp, u64 *user_va_range)
{
	u64 full = 1ull << pp->mmu->va_bits, user = *user_va_range, kernel;
	struct pp_vm *vm;

	if (!user)
		user = default_user_range(full);
	if (user > full - KERNEL_VA_MIN)
		return ERR_PTR(-EINVAL);

	kernel = rounddown_pow_of_two(full - user);
	vm = vm_create(pp, full, full - kernel, kernel);
	if (IS_ERR(vm))
		return vm;
	vm->user_va_range = full - kernel;
	*user_va_range = vm->user_va_range;
	return vm;
}

/**
 * pp_vm_get() - take a reference
 * @vm: the VM
 *
 * Return: @vm.
 */
struct pp_vm *pp_vm_get(struct pp_vm *vm)
{
	kref_get(&vm->refs);
	return vm;
}

static void vm_release(struct kref *kref)
{
	struct pp_vm *vm = container_of(kref, struct pp_vm, refs);
	struct pp_device *pp = vm->pp;

	pp_bind_queue_destroy(vm);
	pp_as_release(vm);
	pp_vm_unmap(vm, 0, vm->base.mm_range);
	pp_pgtable_fini(&vm->pt);
	if (vm->fill.page) {
		dma_unmap_page(pp->drm.dev, vm->fill.addr, vm->fill.size, DMA_BIDIRECTIONAL);
		__free_pages(vm->fill.page, get_order(vm->fill.size));
	}
	drm_mm_takedown(&vm->mm);
	drm_gpuvm_put(&vm->base);
}

/**
 * pp_vm_put() - drop a reference
 * @vm: the VM, or NULL
 *
 * Context: May sleep. The last put may wait for the end of a session: not from
 * the tick or interrupt threads.
 */
void pp_vm_put(struct pp_vm *vm)
{
	if (vm)
		kref_put(&vm->refs, vm_release);
}

/**
 * pp_vm_destroy() - the handle of a VM is gone
 * @vm: the VM; drops the handle's reference
 *
 * User space's mappings go, and no new ones are taken. The driver's own stay
 * until their owners, which hold references, are done with them.
 *
 * Context: May sleep, also until a session is over.
 */
void pp_vm_destroy(struct pp_vm *vm)
{
	mutex_lock(&vm->op_lock);
	WRITE_ONCE(vm->dead, true);
	mutex_unlock(&vm->op_lock);
	/*
	 * Whoever did not see it under the other lock is through. Not one within the
	 * other: there are allocations under mm_lock, and none may wait for op_lock.
	 */
	mutex_lock(&vm->mm_lock);
	mutex_unlock(&vm->mm_lock);
	pp_vm_unmap(vm, 0, vm->user_va_range);
	pp_vm_put(vm);
}

/**
 * pp_vm_unusable() - did an operation fail half-way?
 * @vm: the VM
 *
 * Return: true if maps and jobs are refused.
 */
bool pp_vm_unusable(struct pp_vm *vm)
{
	return READ_ONCE(vm->unusable);
}

/**
 * pp_vm_is_mcu() - is it the firmware's VM?
 * @vm: the VM
 *
 * Return: true if so.
 */
bool pp_vm_is_mcu(struct pp_vm *vm)
{
	return vm->mcu;
}

/**
 * pp_vm_account() - the driver's own objects in a VM have grown or shrunk
 * @vm: the VM
 * @bytes: by how much
 */
void pp_vm_account(struct pp_vm *vm, s64 bytes)
{
	atomic64_add(bytes, &vm->internal_bytes);
}

/**
 * pp_vm_faulted() - has the GPU faulted in this VM, and is that not over yet?
 * @vm: the VM
 *
 * Return: true if groups that use it must go.
 */
bool pp_vm_faulted(struct pp_vm *vm)
{
	return READ_ONCE(vm->faulted);
}

/**
 * pp_vm_root() - GEM object that stands for a VM
 * @vm: the VM
 *
 * Return: the object, which outlives the VM if referenced.
 */
struct drm_gem_object *pp_vm_root(struct pp_vm *vm)
{
	return vm->base.r_obj;
}

/**
 * pp_vm_resv() - reservation of a VM and of its exclusive BOs
 * @vm: the VM
 *
 * Return: the reservation.
 */
struct dma_resv *pp_vm_resv(struct pp_vm *vm)
{
	return drm_gpuvm_resv(&vm->base);
}

/**
 * pp_vm_prepare_fences() - lock all that a job of a VM may use
 * @vm: the VM
 * @exec: locking context; the caller loops, see drm_exec_until_all_locked()
 * @fences: slots to reserve in each reservation
 *
 * BOs that were evicted come back.
 *
 * Context: May sleep, also until a session is over, and allocates.
 * Return: 0, -EDEADLK for the loop, or -ENOMEM.
 */
int pp_vm_prepare_fences(struct pp_vm *vm, struct drm_exec *exec, unsigned int fences)
{
	int ret;

	ret = drm_gpuvm_prepare_vm(&vm->base, exec, fences);
	if (!ret)
		ret = drm_gpuvm_prepare_objects(&vm->base, exec, fences);
	if (ret)
		return ret;
	atomic64_inc(&vm->jobs);
	return drm_gpuvm_validate(&vm->base, exec);
}

/**
 * pp_vm_add_fence() - publish a job on all that it may use
 * @vm: the VM
 * @exec: everything locked by pp_vm_prepare_fences()
 * @fence: of the job
 *
 * Synchronisation is explicit, so others are not made to wait for it.
 */
void pp_vm_add_fence(struct pp_vm *vm, struct drm_exec *exec, struct dma_fence *fence)
{
	drm_gpuvm_resv_add_fence(&vm->base, exec, fence, DMA_RESV_USAGE_BOOKKEEP,
				 DMA_RESV_USAGE_BOOKKEEP);
}

/* --- addresses --- */

/**
 * pp_vm_alloc_va() - addresses for an object of the driver's
 * @vm: the VM
 * @va: fixed GPU address, or PP_VM_VA_AUTO
 * @size: bytes, a multiple of 4 KiB
 * @node: out: zeroed before; given back by pp_vm_free_va()
 *
 * Context: May sleep and allocates. Takes @vm->mm_lock.
 * Return: 0, -ENOSPC, or -EINVAL.
 */
int pp_vm_alloc_va(struct pp_vm *vm, u64 va, u64 size, struct drm_mm_node *node)
{
	int ret;

	if (!size || !IS_ALIGNED(size, SZ_4K) || (va != PP_VM_VA_AUTO && !IS_ALIGNED(va, SZ_4K)))
		return -EINVAL;

	mutex_lock(&vm->mm_lock);
	if (va != PP_VM_VA_AUTO) {
		node->start = va;
		node->size = size;
		ret = drm_mm_reserve_node(&vm->mm, node);
	} else {
		/* Large objects shall be able to use large pages. */
		ret = drm_mm_insert_node_in_range(&vm->mm, node, size,
						  size >= SZ_2M ? SZ_2M : SZ_4K, 0, vm->kernel_va,
						  vm->kernel_va + vm->kernel_size,
						  DRM_MM_INSERT_BEST);
	}
	mutex_unlock(&vm->mm_lock);
	return ret;
}

/**
 * pp_vm_free_va() - give addresses back
 * @vm: the VM
 * @node: from pp_vm_alloc_va(); nothing may be mapped there
 *
 * Context: May sleep. Takes @vm->mm_lock.
 */
void pp_vm_free_va(struct pp_vm *vm, struct drm_mm_node *node)
{
	mutex_lock(&vm->mm_lock);
	drm_mm_remove_node(node);
	mutex_unlock(&vm->mm_lock);
}

/**
 * pp_vm_lookup_bo() - what is mapped at an address
 * @vm: the VM
 * @va: GPU address
 * @offset: out: where that is in the buffer, bytes
 *
 * Context: May sleep, also until a session is over (behind an operation).
 * Return: the buffer, with a reference to its GEM object, or NULL.
 */
struct pp_bo *pp_vm_lookup_bo(struct pp_vm *vm, u64 va, u64 *offset)
{
	struct pp_bo *bo = NULL;
	struct drm_gpuva *gpuva;

	mutex_lock(&vm->op_lock);
	gpuva = drm_gpuva_find_first(&vm->base, va, 1);
	if (gpuva && gpuva->gem.obj) {
		bo = to_pp_bo(gpuva->gem.obj);
		drm_gem_object_get(&bo->base);
		*offset = gpuva->gem.offset + (va - gpuva->va.addr);
	}
	mutex_unlock(&vm->op_lock);
	return bo;
}

/**
 * pp_vm_heaps() - where a VM keeps its tiler heaps
 * @vm: the VM
 * @lock: out: what guards the pointer
 *
 * Return: the place of the pointer, which room mem fills, unless pp_vm_dead() says
 * under @lock that it must not, and empties.
 */
struct pp_heap_pool **pp_vm_heaps(struct pp_vm *vm, struct mutex **lock)
{
	*lock = &vm->mm_lock;
	return &vm->heaps;
}

/**
 * pp_vm_dead() - is the handle gone?
 * @vm: the VM
 *
 * Context: Any. Whoever sees that it is not under the lock of pp_vm_heaps() is waited for.
 * Return: true if so.
 */
bool pp_vm_dead(struct pp_vm *vm)
{
	return READ_ONCE(vm->dead);
}

/* --- sparse ranges --- */

static int fill_alloc(struct pp_vm *vm)
{
	struct device *dev = vm->pp->drm.dev;
	size_t size = SZ_2M;
	struct page *page;
	dma_addr_t addr;

	lockdep_assert_held(&vm->mm_lock);
	/* A whole block keeps the tables of huge sparse ranges small; a page does as well. */
	page = alloc_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN | __GFP_NORETRY,
			   get_order(size));
	if (!page) {
		size = PAGE_SIZE;
		page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	}
	if (!page)
		return -ENOMEM;
	addr = dma_map_page(dev, page, 0, size, DMA_BIDIRECTIONAL);
	if (dma_mapping_error(dev, addr)) {
		__free_pages(page, get_order(size));
		return -ENOMEM;
	}
	vm->fill.page = page;
	vm->fill.addr = addr;
	vm->fill.size = size;
	return 0;
}

/**
 * pp_vm_fill_source() - memory for sparse ranges
 * @vm: the VM
 * @src: out
 * @alloc: make it if need be
 *
 * Each VM has memory of its own, so that no process sees another's stray writes.
 * Once made it stays, so that looking it up again takes no lock.
 *
 * Context: With @alloc: may sleep and allocates; takes @vm->mm_lock. Without:
 * a sparse range exists in @vm; may run in the fence-signalling path.
 * Return: 0 or -ENOMEM.
 */
int pp_vm_fill_source(struct pp_vm *vm, struct pp_pt_source *src, bool alloc)
{
	int ret = 0;

	if (alloc) {
		mutex_lock(&vm->mm_lock);
		if (!vm->fill.page)
			ret = fill_alloc(vm);
		mutex_unlock(&vm->mm_lock);
	}
	src->fill = vm->fill.addr;
	src->fill_size = vm->fill.size;
	return ret;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Buffers that the driver itself uses: ring buffers, firmware sections, suspend buffers. */
#include <linux/dma-buf.h>
#include <linux/slab.h>

#include <drm/panthor_protm.h>

#include "mem/bo.h"
#include "mem/protmem.h"
#include "mmu/mmu.h"

/* Take over @bo: give it an address in @vm and map it there. */
static struct pp_kbo *kbo_wrap(struct pp_vm *vm, struct pp_bo *bo, size_t size, u32 map_flags,
			       u64 va)
{
	struct pp_kbo *kbo;
	int ret;

	/* The GPU's granule; the CPU's may be larger, and then the BO is. */
	size = ALIGN(size, SZ_4K);

	kbo = kzalloc(sizeof(*kbo), GFP_KERNEL);
	if (!kbo) {
		ret = -ENOMEM;
		goto err_bo;
	}
	ret = pp_vm_alloc_va(vm, va, size, &kbo->va_node);
	if (ret)
		goto err_kbo;
	ret = pp_vm_map_bo(vm, bo, 0, size, kbo->va_node.start, map_flags);
	if (ret)
		goto err_va;
	kbo->bo = bo;
	kbo->vm = pp_vm_get(vm);
	pp_vm_account(vm, size);
	return kbo;

err_va:
	pp_vm_free_va(vm, &kbo->va_node);
err_kbo:
	kfree(kbo);
err_bo:
	pp_bo_put(bo);
	return ERR_PTR(ret);
}

/**
 * pp_kbo_create() - a buffer for the driver itself
 * @pp: the device
 * @vm: VM to map it in
 * @size: bytes, rounded up to pages
 * @map_flags: PP_VM_MAP_*
 * @va: GPU address, or PP_VM_VA_AUTO
 * @kmap: map it in the kernel too, see &struct pp_kbo.kmap
 *
 * Its memory is zero.
 *
 * Context: May sleep and allocates; may wait for the end of a session, if @vm
 * holds an AS slot.
 * Return: the buffer, or ERR_PTR().
 */
struct pp_kbo *pp_kbo_create(struct pp_device *pp, struct pp_vm *vm, size_t size,
			     u32 map_flags, u64 va, bool kmap)
{
	struct pp_kbo *kbo;
	struct pp_bo *bo;
	int ret;

	bo = pp_bo_create(pp, size, DRM_PANTHOR_BO_NO_MMAP, vm);
	if (IS_ERR(bo))
		return ERR_CAST(bo);
	bo->internal = true;
	bo->fw_mapped = pp_vm_is_mcu(vm);
	kbo = kbo_wrap(vm, bo, size, map_flags, va);
	if (IS_ERR(kbo) || !kmap)
		return kbo;

	ret = pp_bo_vmap(bo, &kbo->kmap);
	if (ret) {
		pp_kbo_destroy(kbo);
		return ERR_PTR(ret);
	}
	return kbo;
}

/**
 * pp_kbo_create_protected() - a protected buffer for the driver itself
 * @pp: the device
 * @vm: VM to map it in
 * @size: bytes, rounded up to pages
 * @map_flags: PP_VM_MAP_*
 * @va: GPU address, or PP_VM_VA_AUTO
 *
 * Comes from the protected heap. The CPU never gets at it (rule 16): it has no
 * handle, no kernel mapping, and nobody cleans caches for it.
 *
 * Context: May sleep and allocates; may wait for the end of a session, if @vm
 * holds an AS slot.
 * Return: the buffer, or ERR_PTR(): -ENODEV without a heap.
 */
struct pp_kbo *pp_kbo_create_protected(struct pp_device *pp, struct pp_vm *vm, size_t size,
				       u32 map_flags, u64 va)
{
	struct drm_gem_object *obj;
	struct dma_buf *buf;
	struct pp_bo *bo;

	buf = pp_protmem_alloc(pp, PAGE_ALIGN(size));
	if (IS_ERR(buf))
		return ERR_CAST(buf);
	obj = pp_bo_prime_import(&pp->drm, buf);
	/* The import holds what it needs. */
	dma_buf_put(buf);
	if (IS_ERR(obj))
		return ERR_CAST(obj);

	bo = to_pp_bo(obj);
	bo->internal = true;
	bo->fw_mapped = pp_vm_is_mcu(vm);
	bo->protected = true;
	bo->flags = DRM_PANTHOR_BO_NO_MMAP;
	return kbo_wrap(vm, bo, size, map_flags, va);
}

/**
 * pp_kbo_destroy() - unmap and free a buffer of the driver
 * @kbo: the buffer, NULL or ERR_PTR()
 *
 * Context: May sleep; may wait for the end of a session. Drops a reference to
 * the VM, see pp_vm_put().
 */
void pp_kbo_destroy(struct pp_kbo *kbo)
{
	struct pp_vm *vm;

	if (IS_ERR_OR_NULL(kbo))
		return;
	vm = kbo->vm;
	if (kbo->kmap)
		pp_bo_vunmap(kbo->bo);
	pp_vm_account(vm, -(s64)kbo->va_node.size);
	pp_vm_unmap(vm, kbo->va_node.start, kbo->va_node.size);
	pp_vm_free_va(vm, &kbo->va_node);
	pp_bo_put(kbo->bo);
	pp_vm_put(vm);
	kfree(kbo);
}

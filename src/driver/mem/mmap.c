// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * CPU mappings of BOs.
 *
 * Page frames are entered at the first access, a whole PMD at a time where a huge
 * page lies behind it and the addresses suit.
 */
#include <linux/dma-buf.h>
#include <linux/huge_mm.h>
#include <linux/mm.h>

#include <drm/panthor_protm.h>

#include "compat/gem.h"
#include "mem/bo.h"

/**
 * pp_bo_pgprot() - page protection of a CPU mapping
 * @bo: the BO
 * @prot: that of a cached mapping
 *
 * Return: @prot, with what the BO's kind of caching needs.
 */
pgprot_t pp_bo_pgprot(const struct pp_bo *bo, pgprot_t prot)
{
	return bo->cached ? prot : pgprot_writecombine(prot);
}

/* Enter the PMD around the fault, if all of it is one huge page. */
static vm_fault_t insert_huge(struct vm_fault *vmf, struct page *page)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long start = ALIGN_DOWN(vmf->address, PMD_SIZE);
	unsigned long frames = PMD_SIZE >> PAGE_SHIFT, pfn = page_to_pfn(page);

	if (start < vma->vm_start || start + PMD_SIZE > vma->vm_end)
		return VM_FAULT_FALLBACK;
	if (!folio_test_pmd_mappable(page_folio(page)) ||
	    (vmf->address >> PAGE_SHIFT) % frames != pfn % frames)
		return VM_FAULT_FALLBACK;

	return pp_compat_insert_pmd(vmf, ALIGN_DOWN(pfn, frames), vmf->flags & FAULT_FLAG_WRITE);
}

static vm_fault_t bo_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct drm_gem_object *obj = vmf->vma->vm_private_data;
	struct pp_bo *bo = to_pp_bo(obj);
	unsigned long index = vmf->pgoff - drm_vma_node_start(&obj->vma_node);
	vm_fault_t ret;
	int err;

	if (order && order != PMD_SHIFT - PAGE_SHIFT)
		return VM_FAULT_FALLBACK;
	if (index >= obj->size >> PAGE_SHIFT)
		return VM_FAULT_SIGBUS;

	mutex_lock(&bo->lock);
	err = pp_bo_get_pages_locked(bo);
	if (err)
		ret = err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
	else if (order)
		ret = insert_huge(vmf, bo->pages[index]);
	else
		ret = vmf_insert_pfn(vmf->vma, vmf->address, page_to_pfn(bo->pages[index]));
	mutex_unlock(&bo->lock);
	return ret;
}

static vm_fault_t bo_fault(struct vm_fault *vmf)
{
	return bo_huge_fault(vmf, 0);
}

const struct vm_operations_struct pp_bo_vm_ops = {
	.fault = bo_fault,
	.huge_fault = bo_huge_fault,
	.open = drm_gem_vm_open,
	.close = drm_gem_vm_close,
};

static int bo_mmap_import(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	int ret;

	/* From here on the mapping is the exporter's, and so is its answer. */
	vma->vm_private_data = NULL;
	vma->vm_ops = NULL;
	ret = dma_buf_mmap(obj->import_attach->dmabuf, vma, 0);
	/* The exporter's file keeps the memory; DRM took this reference for us. */
	if (!ret)
		drm_gem_object_put(obj);
	return ret;
}

/**
 * pp_bo_mmap() - &drm_gem_object_funcs.mmap
 * @obj: base of a BO
 * @vma: where it shall appear
 *
 * Return: 0, -EPERM for protected memory, -EINVAL for a private mapping or a BO
 * that was made not to be mapped, or the exporter's error.
 */
int pp_bo_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	struct pp_bo *bo = to_pp_bo(obj);

	if (bo->protected)
		return -EPERM;
	if (obj->import_attach)
		return bo_mmap_import(obj, vma);
	if (bo->flags & DRM_PANTHOR_BO_NO_MMAP)
		return -EINVAL;
	/* A private copy of a page would never be seen by the GPU. */
	if ((vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE)
		return -EINVAL;

	vm_flags_set(vma, VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_page_prot = pp_bo_pgprot(bo, vm_get_page_prot(vma->vm_flags));
	return 0;
}

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Huge pages behind GEM objects, and in their CPU mappings. */
#ifndef PP_COMPAT_GEM_H
#define PP_COMPAT_GEM_H

#include <linux/err.h>
#include <linux/huge_mm.h>
#include <linux/mm.h>
#ifdef PP_HAVE_PMD_PFN_T
#include <linux/pfn_t.h>
#endif

#include <drm/drm_device.h>
#include <drm/drm_gem.h>

/**
 * pp_compat_gem_huge_mnt() - let the objects of a device have huge pages
 * @drm: the device; undone when it is released
 *
 * A mount of tmpfs of the device's own came with 7.0. Before that, objects have
 * huge pages where the system gives them to all shared memory.
 *
 * Context: May sleep and allocates.
 * Return: 0, or the error of the mount: objects are as without the call then.
 */
static inline int pp_compat_gem_huge_mnt(struct drm_device *drm)
{
	int ret = 0;

#ifdef PP_HAVE_HUGE_MNT
	ret = drm_gem_huge_mnt_create(drm, "within_size");
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	/* Up to 7.3 a mount that failed is no error, and one that was taken back stays in use. */
	if (!ret)
		ret = PTR_ERR_OR_ZERO(drm->huge_mnt);
	if (ret)
		drm->huge_mnt = NULL;
#endif
#endif
	return ret;
}

/* Addresses that suit an object's huge pages: &file_operations.get_unmapped_area since 7.0. */
#ifdef PP_HAVE_HUGE_MNT
#define PP_COMPAT_GEM_GET_UNMAPPED_AREA drm_gem_get_unmapped_area
#else
#define PP_COMPAT_GEM_GET_UNMAPPED_AREA NULL
#endif

/**
 * pp_compat_insert_pmd() - vmf_insert_pfn_pmd()
 * @vmf: the fault, in a mapping with VM_PFNMAP that is shared
 * @pfn: first page frame, aligned
 * @write: it was a write
 *
 * The frame was a pfn_t up to 6.16. Only some architectures can tell such an
 * entry from a page of the memory manager's.
 *
 * Return: what the fault handler returns.
 */
static inline vm_fault_t pp_compat_insert_pmd(struct vm_fault *vmf, unsigned long pfn, bool write)
{
#ifndef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
	return VM_FAULT_FALLBACK;
#elif defined(PP_HAVE_PMD_PFN_T)
	return vmf_insert_pfn_pmd(vmf, __pfn_to_pfn_t(pfn, PFN_DEV), write);
#else
	return vmf_insert_pfn_pmd(vmf, pfn, write);
#endif
}

#endif

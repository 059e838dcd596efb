/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Room mem: GEM objects, kernel BOs, protected BOs.
 *
 * Owns: struct pp_bo (our own GEM object over drm_gem_object and shmem pages),
 * struct pp_kbo (a BO that the driver itself uses: mapped in a VM, optionally in
 * the kernel). Calls mmu. Locks: bo->lock (mutex) guards pages, sgt, vmap counts;
 * it is taken inside of the object's reservation and outside of nothing of ours.
 */
#ifndef PP_MEM_BO_H
#define PP_MEM_BO_H

#include <linux/iosys-map.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>

#include <drm/drm_gem.h>
#include <drm/drm_mm.h>

#include "compat/gpuvm.h"
#include "core/device.h"

struct pp_vm;

/**
 * struct pp_bo - GEM object
 * @base: GEM base
 * @flags: DRM_PANTHOR_BO_* given at creation
 * @exclusive_root: root GEM object of the only VM that may map it (see
 *	pp_vm_root()), referenced; such a BO cannot be exported. NULL otherwise
 * @internal: the driver's own, not user space's; never evicted
 * @fw_mapped: of those, mapped in the firmware's VM
 * @protected: driver-owned protected memory (PROT section, suspend buffer): has no
 *	handle and is never mapped, synced or exported on the CPU side (rule 16)
 * @cached: CPU mappings are write-back: the device snoops, or user space asked
 * @lock: guards @pages, @sgt, @pins, @exported, @vaddr, @vmap_count, @evictions,
 *	@seen_job and @label
 * @pages: shmem pages, from first use until they are evicted; NULL for imports
 * @sgt: DMA mapping of @pages, or the exporter's of an import
 * @pins: users that need @pages and @sgt to stay
 * @exported: was a dma-buf's once: others may map its pages where we do not see it
 * @evictions: how often its pages were taken away
 * @seen_job: what pp_vm_bo_usage() told when reclaim looked last
 * @reclaim_node: in &struct pp_reclaim.bos, guarded by its lock
 * @gems_node: in &struct pp_reclaim.gems, guarded by its gems_lock
 * @creator: the process that made it
 * @vaddr: kernel mapping, valid while @vmap_count is not 0
 * @vmap_count: users of @vaddr
 * @label: name that user space gave it, or NULL
 * @gpuva_lock: guards the list of mappings of @base
 */
struct pp_bo {
	struct drm_gem_object base;
	u32 flags;
	struct drm_gem_object *exclusive_root;
	bool internal, fw_mapped;
	bool protected;
	bool cached;

	struct mutex lock;
	struct page **pages;
	struct sg_table *sgt;
	unsigned int pins;
	bool exported;
	unsigned int evictions;
	u64 seen_job;
	struct list_head reclaim_node;
	struct list_head gems_node;
	struct {
		pid_t tgid;
		char comm[TASK_COMM_LEN];
	} creator;
	void *vaddr;
	unsigned int vmap_count;
	char *label;

	struct pp_compat_gpuva_lock gpuva_lock;
};

static inline struct pp_bo *to_pp_bo(struct drm_gem_object *obj)
{
	return container_of(obj, struct pp_bo, base);
}

static inline void pp_bo_put(struct pp_bo *bo)
{
	if (bo)
		drm_gem_object_put(&bo->base);
}

int pp_mem_init(struct pp_device *pp);
void pp_mem_unplug(struct pp_device *pp);
struct drm_minor;
void pp_mem_debugfs_init(struct drm_minor *minor);	/* for &drm_driver.debugfs_init */

struct dma_buf_attachment;

struct pp_bo *pp_bo_create(struct pp_device *pp, size_t size, u32 flags,
			   struct pp_vm *exclusive_vm);
/* struct drm_driver operations */
struct drm_gem_object *pp_bo_prime_import(struct drm_device *drm, struct dma_buf *dmabuf);
struct drm_gem_object *pp_bo_import_sg_table(struct drm_device *drm,
					     struct dma_buf_attachment *attach,
					     struct sg_table *sgt);
struct sg_table *pp_bo_pin(struct pp_bo *bo);	/* pages come and stay; ERR_PTR */
void pp_bo_unpin(struct pp_bo *bo);
int pp_bo_vmap(struct pp_bo *bo, void **vaddr);
void pp_bo_vunmap(struct pp_bo *bo);
/* CPU cache maintenance of [offset, offset + size) of a cached BO; -EINVAL on imports. */
int pp_bo_sync(struct pp_bo *bo, u32 type, u64 offset, u64 size);
/* Takes over @label (kfree()d later), which may be NULL. */
void pp_bo_set_label(struct pp_bo *bo, char *label);

/* Inside of the room. */
int pp_bo_get_pages_locked(struct pp_bo *bo);
void pp_bo_put_pages(struct pp_bo *bo);

/* mmap.c: CPU mappings of user space */
extern const struct vm_operations_struct pp_bo_vm_ops;
pgprot_t pp_bo_pgprot(const struct pp_bo *bo, pgprot_t prot);
int pp_bo_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma);

/* A BO that the driver itself uses. */
struct pp_kbo {
	struct pp_bo *bo;
	struct pp_vm *vm;		/* referenced */
	struct drm_mm_node va_node;
	void *kmap;			/* NULL unless asked for, always NULL when protected */
};

/* va: PP_VM_VA_AUTO or a fixed GPU VA. map_flags: PP_VM_MAP_*. kmap: also map in the kernel. */
struct pp_kbo *pp_kbo_create(struct pp_device *pp, struct pp_vm *vm, size_t size,
			     u32 map_flags, u64 va, bool kmap);
/* From the protected heap (pp->protmem); never has a CPU mapping. */
struct pp_kbo *pp_kbo_create_protected(struct pp_device *pp, struct pp_vm *vm, size_t size,
				       u32 map_flags, u64 va);
void pp_kbo_destroy(struct pp_kbo *kbo);	/* NULL- and ERR_PTR-safe */

static inline u64 pp_kbo_va(const struct pp_kbo *kbo)
{
	return kbo->va_node.start;
}

#endif

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * GEM objects: shmem pages of our own, or somebody else's dma-buf.
 *
 * The shmem helper is not used: its functions and its counters changed between
 * the kernels that we support (facts: kernel-api.md 1.4), and little of it would
 * be left. What is used instead is the same on all of them.
 *
 * Pages and their DMA mapping come together, on first use, and go together:
 * mapping them for the device is also what cleans the CPU caches, so it has to
 * come before anybody sees the pages through a write-combined mapping.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <drm/drm_device.h>
#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_prime.h>
#include <drm/drm_print.h>
#include <drm/panthor_protm.h>

#include "compat/compat.h"
#include "compat/gem.h"
#include "mem/bo.h"
#include "mem/reclaim.h"
#include "mmu/mmu.h"

PP_IMPORT_NS(DMA_BUF);

/**
 * pp_mem_init() - set up what BOs of a device share
 * @pp: the device
 *
 * Context: May sleep and allocates. Undone when the DRM device is released.
 * Return: 0 or -ENOMEM; missing huge pages are not worth an error.
 */
int pp_mem_init(struct pp_device *pp)
{
	int ret = pp_param_transparent_hugepage ? pp_compat_gem_huge_mnt(&pp->drm) : 0;

	if (ret)
		drm_warn(&pp->drm, "no huge pages (%d)\n", ret);
	return pp_reclaim_init(pp);
}

/**
 * pp_mem_unplug() - the device is gone
 * @pp: the device
 *
 * Context: May sleep.
 */
void pp_mem_unplug(struct pp_device *pp)
{
	pp_reclaim_unplug(pp);
}

/**
 * pp_bo_get_pages_locked() - make sure that a BO has pages
 * @bo: the BO, with its lock held; not an import
 *
 * Context: May sleep and allocates.
 * Return: 0, or an error of allocation.
 */
int pp_bo_get_pages_locked(struct pp_bo *bo)
{
	struct drm_device *drm = bo->base.dev;
	struct sg_table *sgt;
	struct page **pages;
	int ret;

	lockdep_assert_held(&bo->lock);
	if (bo->sgt)
		return 0;

	pages = drm_gem_get_pages(&bo->base);
	if (IS_ERR(pages))
		return PTR_ERR(pages);

	sgt = drm_prime_pages_to_sg(drm, pages, bo->base.size >> PAGE_SHIFT);
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
		goto err_put;
	}

	ret = dma_map_sgtable(drm->dev, sgt, DMA_BIDIRECTIONAL, 0);
	if (ret)
		goto err_free;

	bo->pages = pages;
	WRITE_ONCE(bo->sgt, sgt);
	pp_reclaim_update(bo);
	return 0;

err_free:
	sg_free_table(sgt);
	kfree(sgt);
err_put:
	drm_gem_put_pages(&bo->base, pages, false, false);
	return ret;
}

/**
 * pp_bo_put_pages() - give the pages of a BO back
 * @bo: the BO, locked, or with no user left; nobody knows the pages
 *
 * Context: May sleep; also for reclaim.
 */
void pp_bo_put_pages(struct pp_bo *bo)
{
	if (!bo->pages)
		return;
	dma_unmap_sgtable(bo->base.dev->dev, bo->sgt, DMA_BIDIRECTIONAL, 0);
	sg_free_table(bo->sgt);
	kfree(bo->sgt);
	drm_gem_put_pages(&bo->base, bo->pages, true, false);
	bo->pages = NULL;
	WRITE_ONCE(bo->sgt, NULL);
}

static int bo_pin_locked(struct pp_bo *bo)
{
	int ret = pp_bo_get_pages_locked(bo);

	/* The pages of others are not ours to evict. */
	if (ret || bo->base.import_attach)
		return ret;
	if (!bo->pins++)
		pp_reclaim_update(bo);
	return 0;
}

static void bo_unpin_locked(struct pp_bo *bo)
{
	lockdep_assert_held(&bo->lock);
	if (!bo->base.import_attach && !--bo->pins)
		pp_reclaim_update(bo);
}

/**
 * pp_bo_pin() - DMA addresses of a BO, which are to stay
 * @bo: the BO
 *
 * Allocates the pages, or brings them back. The table of an import may have no
 * struct page behind it: only sg_dma_address() and sg_dma_len() mean anything.
 *
 * Context: May sleep and allocates. Takes @bo->lock.
 * Return: the table, which stays until pp_bo_unpin(), or ERR_PTR().
 */
struct sg_table *pp_bo_pin(struct pp_bo *bo)
{
	int ret;

	mutex_lock(&bo->lock);
	ret = bo_pin_locked(bo);
	mutex_unlock(&bo->lock);
	return ret ? ERR_PTR(ret) : bo->sgt;
}

/**
 * pp_bo_unpin() - a BO may be evicted again, as far as the caller is concerned
 * @bo: the BO
 *
 * Pages that a VM maps stay all the same until they are taken out of its tables.
 *
 * Context: May sleep. Takes @bo->lock.
 */
void pp_bo_unpin(struct pp_bo *bo)
{
	mutex_lock(&bo->lock);
	bo_unpin_locked(bo);
	mutex_unlock(&bo->lock);
}

static void bo_free(struct drm_gem_object *obj)
{
	struct pp_bo *bo = to_pp_bo(obj);

	drm_WARN_ON(obj->dev, bo->vmap_count || bo->pins);
	pp_reclaim_forget(bo);
	pp_gems_remove(bo);
	pp_compat_gpuva_lock_fini(&bo->gpuva_lock);
	if (obj->import_attach)
		drm_prime_gem_destroy(obj, bo->sgt);
	else
		pp_bo_put_pages(bo);
	drm_gem_object_release(obj);
	/* Only now: the reservation of an exclusive BO belongs to that object. */
	if (bo->exclusive_root)
		drm_gem_object_put(bo->exclusive_root);
	mutex_destroy(&bo->lock);
	kfree(bo->label);
	kfree(bo);
}

static int bo_vmap_import(struct pp_bo *bo)
{
	struct dma_buf *dmabuf = bo->base.import_attach->dmabuf;
	struct iosys_map map;
	int ret;

	ret = dma_buf_vmap(dmabuf, &map);
	if (ret)
		return ret;
	if (map.is_iomem) {
		/* Nobody here can tell the two kinds of pointers apart. */
		dma_buf_vunmap(dmabuf, &map);
		return -EIO;
	}
	bo->vaddr = map.vaddr;
	return 0;
}

static int bo_vmap_locked(struct pp_bo *bo)
{
	int ret;

	lockdep_assert_held(&bo->lock);
	if (bo->protected)
		return -EPERM;
	if (bo->vmap_count)
		goto out;

	if (bo->base.import_attach) {
		ret = bo_vmap_import(bo);
		if (ret)
			return ret;
		goto out;
	}

	ret = bo_pin_locked(bo);
	if (ret)
		return ret;
	bo->vaddr = vmap(bo->pages, bo->base.size >> PAGE_SHIFT, VM_MAP,
			 pp_bo_pgprot(bo, PAGE_KERNEL));
	if (!bo->vaddr) {
		bo_unpin_locked(bo);
		return -ENOMEM;
	}
out:
	bo->vmap_count++;
	return 0;
}

static void bo_vunmap_locked(struct pp_bo *bo)
{
	struct iosys_map map;

	lockdep_assert_held(&bo->lock);
	if (drm_WARN_ON_ONCE(bo->base.dev, !bo->vmap_count) || --bo->vmap_count)
		return;

	if (bo->base.import_attach) {
		iosys_map_set_vaddr(&map, bo->vaddr);
		dma_buf_vunmap(bo->base.import_attach->dmabuf, &map);
	} else {
		vunmap(bo->vaddr);
		bo_unpin_locked(bo);
	}
	bo->vaddr = NULL;
}

/**
 * pp_bo_vmap() - map a BO in the kernel
 * @bo: the BO; not a protected one (-EPERM)
 * @vaddr: out: kernel address of its first byte
 *
 * Context: May sleep and allocates. The BO's reservation must not be held.
 * Return: 0, -EPERM, -ENOMEM, or the exporter's error for an import.
 */
int pp_bo_vmap(struct pp_bo *bo, void **vaddr)
{
	int ret;

	/* Exporters want their reservation held. */
	ret = dma_resv_lock_interruptible(bo->base.resv, NULL);
	if (ret)
		return ret;
	mutex_lock(&bo->lock);
	ret = bo_vmap_locked(bo);
	if (!ret)
		*vaddr = bo->vaddr;
	mutex_unlock(&bo->lock);
	dma_resv_unlock(bo->base.resv);
	return ret;
}

/**
 * pp_bo_vunmap() - give a pp_bo_vmap() back
 * @bo: the BO
 *
 * Context: May sleep. The BO's reservation must not be held.
 */
void pp_bo_vunmap(struct pp_bo *bo)
{
	dma_resv_lock(bo->base.resv, NULL);
	mutex_lock(&bo->lock);
	bo_vunmap_locked(bo);
	mutex_unlock(&bo->lock);
	dma_resv_unlock(bo->base.resv);
}

/* GEM operations; DRM holds the reservation around the next two. */
static int bo_gem_vmap(struct drm_gem_object *obj, struct iosys_map *map)
{
	struct pp_bo *bo = to_pp_bo(obj);
	int ret;

	mutex_lock(&bo->lock);
	ret = bo_vmap_locked(bo);
	if (!ret)
		iosys_map_set_vaddr(map, bo->vaddr);
	mutex_unlock(&bo->lock);
	return ret;
}

static void bo_gem_vunmap(struct drm_gem_object *obj, struct iosys_map *map)
{
	struct pp_bo *bo = to_pp_bo(obj);

	mutex_lock(&bo->lock);
	bo_vunmap_locked(bo);
	mutex_unlock(&bo->lock);
	iosys_map_clear(map);
}

static struct sg_table *bo_gem_get_sg_table(struct drm_gem_object *obj)
{
	struct pp_bo *bo = to_pp_bo(obj);
	int ret;

	/* Exported BOs keep their pages. */
	mutex_lock(&bo->lock);
	ret = pp_bo_get_pages_locked(bo);
	mutex_unlock(&bo->lock);
	if (ret)
		return ERR_PTR(ret);
	return drm_prime_pages_to_sg(obj->dev, bo->pages, obj->size >> PAGE_SHIFT);
}

static enum drm_gem_object_status bo_gem_status(struct drm_gem_object *obj)
{
	/* No lock: this is for statistics. */
	return READ_ONCE(to_pp_bo(obj)->sgt) ? DRM_GEM_OBJECT_RESIDENT : 0;
}

/* CPU access through an exported dma-buf: only our cached pages need anything. */
static bool bo_needs_sync(const struct pp_bo *bo)
{
	return bo->cached && bo->sgt && !bo->base.import_attach &&
	       !to_pp_device(bo->base.dev)->coherent;
}

static int bo_begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	struct pp_bo *bo = to_pp_bo(dmabuf->priv);

	mutex_lock(&bo->lock);
	if (bo_needs_sync(bo))
		dma_sync_sgtable_for_cpu(bo->base.dev->dev, bo->sgt, dir);
	mutex_unlock(&bo->lock);
	return 0;
}

static int bo_end_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	struct pp_bo *bo = to_pp_bo(dmabuf->priv);

	mutex_lock(&bo->lock);
	if (bo_needs_sync(bo))
		dma_sync_sgtable_for_device(bo->base.dev->dev, bo->sgt, dir);
	mutex_unlock(&bo->lock);
	return 0;
}

static const struct dma_buf_ops bo_dmabuf_ops = {
	.attach = drm_gem_map_attach,
	.detach = drm_gem_map_detach,
	.map_dma_buf = drm_gem_map_dma_buf,
	.unmap_dma_buf = drm_gem_unmap_dma_buf,
	.release = drm_gem_dmabuf_release,
	.mmap = drm_gem_dmabuf_mmap,
	.vmap = drm_gem_dmabuf_vmap,
	.vunmap = drm_gem_dmabuf_vunmap,
	.begin_cpu_access = bo_begin_cpu_access,
	.end_cpu_access = bo_end_cpu_access,
};

static struct dma_buf *bo_gem_export(struct drm_gem_object *obj, int flags)
{
	struct pp_bo *bo = to_pp_bo(obj);
	struct dma_buf_export_info info = {
		.exp_name = KBUILD_MODNAME,
		.owner = obj->dev->driver->fops->owner,
		.ops = &bo_dmabuf_ops,
		.size = obj->size,
		.flags = flags,
		.priv = obj,
		.resv = obj->resv,
	};
	struct dma_buf *dmabuf;

	if (bo->protected)
		return ERR_PTR(-EPERM);
	/* Its reservation is the VM's, which others must not come to hold. */
	if (bo->exclusive_root)
		return ERR_PTR(-EINVAL);
	dmabuf = drm_gem_dmabuf_export(obj->dev, &info);
	if (IS_ERR(dmabuf))
		return dmabuf;
	/* Nobody else knows of the dma-buf yet. */
	mutex_lock(&bo->lock);
	bo->exported = true;
	pp_reclaim_update(bo);
	mutex_unlock(&bo->lock);
	return dmabuf;
}

static const struct drm_gem_object_funcs bo_funcs = {
	.free = bo_free,
	.export = bo_gem_export,
	.get_sg_table = bo_gem_get_sg_table,
	.vmap = bo_gem_vmap,
	.vunmap = bo_gem_vunmap,
	.mmap = pp_bo_mmap,
	.status = bo_gem_status,
	.vm_ops = &pp_bo_vm_ops,
};

static struct pp_bo *bo_alloc(void)
{
	struct pp_bo *bo = kzalloc(sizeof(*bo), GFP_KERNEL);

	if (!bo)
		return NULL;
	mutex_init(&bo->lock);
	INIT_LIST_HEAD(&bo->reclaim_node);
	bo->base.funcs = &bo_funcs;
	return bo;
}

/**
 * pp_bo_create() - a BO with pages of its own
 * @pp: the device
 * @size: bytes, rounded up to pages; not 0
 * @flags: DRM_PANTHOR_BO_*, checked by the caller
 * @exclusive_vm: the only VM that may map it, or NULL
 *
 * The pages come with the first use.
 *
 * Context: May sleep and allocates.
 * Return: the BO with one reference (of its GEM object), or ERR_PTR().
 */
struct pp_bo *pp_bo_create(struct pp_device *pp, size_t size, u32 flags, struct pp_vm *exclusive_vm)
{
	struct pp_bo *bo;
	int ret;

	size = PAGE_ALIGN(size);
	if (!size)
		return ERR_PTR(-EINVAL);
	bo = bo_alloc();
	if (!bo)
		return ERR_PTR(-ENOMEM);
	bo->flags = flags;
	bo->cached = pp->coherent || (flags & DRM_PANTHOR_BO_WB_MMAP);

	ret = drm_gem_object_init(&pp->drm, &bo->base, size);
	if (ret) {
		drm_gem_private_object_fini(&bo->base);
		mutex_destroy(&bo->lock);
		kfree(bo);
		/* What tmpfs calls it when it has no memory for an inode. */
		return ERR_PTR(ret == -ENOSPC ? -ENOMEM : ret);
	}
	/* Pages that the GPU uses cannot be moved; and no process shall die for a big buffer. */
	mapping_set_gfp_mask(bo->base.filp->f_mapping,
			     GFP_HIGHUSER | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
	pp_compat_gpuva_lock_init(&bo->gpuva_lock, &bo->base);

	if (exclusive_vm) {
		bo->exclusive_root = pp_vm_root(exclusive_vm);
		drm_gem_object_get(bo->exclusive_root);
		bo->base.resv = bo->exclusive_root->resv;
	}
	pp_gems_add(bo);
	return bo;
}

/**
 * pp_bo_import_sg_table() - &drm_driver.gem_prime_import_sg_table
 * @drm: the device
 * @attach: our attachment to the dma-buf
 * @sgt: its DMA mapping; may have no struct pages
 *
 * Context: May sleep and allocates.
 * Return: a GEM object, or ERR_PTR().
 */
struct drm_gem_object *pp_bo_import_sg_table(struct drm_device *drm,
					     struct dma_buf_attachment *attach,
					     struct sg_table *sgt)
{
	struct pp_bo *bo;

	bo = bo_alloc();
	if (!bo)
		return ERR_PTR(-ENOMEM);
	drm_gem_private_object_init(drm, &bo->base, attach->dmabuf->size);
	bo->base.resv = attach->dmabuf->resv;
	bo->sgt = sgt;
	pp_compat_gpuva_lock_init(&bo->gpuva_lock, &bo->base);
	pp_gems_add(bo);
	return &bo->base;
}

/**
 * pp_bo_prime_import() - &drm_driver.gem_prime_import
 * @drm: the device
 * @dmabuf: what to import; the GEM object takes a reference of its own
 *
 * Our own exports come back as what they were. DRM's function knows only those
 * made with its own operations, and ours differ (see bo_begin_cpu_access()).
 *
 * Context: May sleep and allocates.
 * Return: a GEM object, or ERR_PTR().
 */
struct drm_gem_object *pp_bo_prime_import(struct drm_device *drm, struct dma_buf *dmabuf)
{
	struct drm_gem_object *obj;

	if (dmabuf->ops == &bo_dmabuf_ops) {
		obj = dmabuf->priv;
		if (obj->dev == drm) {
			drm_gem_object_get(obj);
			return obj;
		}
	}
	return drm_gem_prime_import(drm, dmabuf);
}

static void bo_sync_range(struct device *dev, dma_addr_t addr, size_t len, u32 type)
{
	dma_sync_single_for_device(dev, addr, len, DMA_TO_DEVICE);
	if (type == DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE)
		dma_sync_single_for_cpu(dev, addr, len, DMA_FROM_DEVICE);
}

/**
 * pp_bo_sync() - CPU cache maintenance
 * @bo: the BO
 * @type: DRM_PANTHOR_BO_SYNC_*
 * @offset: first byte
 * @size: bytes
 *
 * Nothing to do for BOs that no CPU cache holds. Imports are their exporter's
 * business (dma-buf has an ioctl for it).
 *
 * Context: May sleep. Takes @bo->lock.
 * Return: 0, or -EINVAL: an import, a bad type, or out of range.
 */
int pp_bo_sync(struct pp_bo *bo, u32 type, u64 offset, u64 size)
{
	struct device *dev = bo->base.dev->dev;
	struct scatterlist *sg;
	unsigned int i;
	u64 pos = 0;

	if (bo->base.import_attach || bo->protected)
		return -EINVAL;
	if (type > DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE)
		return -EINVAL;
	if (size > bo->base.size || offset > bo->base.size - size)
		return -EINVAL;

	mutex_lock(&bo->lock);
	if (!bo_needs_sync(bo))
		goto out;
	for_each_sgtable_dma_sg(bo->sgt, sg, i) {
		u64 len = sg_dma_len(sg);
		u64 first = max(pos, offset), last = min(pos + len, offset + size);

		if (first < last)
			bo_sync_range(dev, sg_dma_address(sg) + (first - pos), last - first, type);
		pos += len;
	}
out:
	mutex_unlock(&bo->lock);
	return 0;
}

/**
 * pp_bo_set_label() - name a BO
 * @bo: the BO
 * @label: from kmalloc(), or NULL to remove the name
 *
 * Context: May sleep. Takes @bo->lock.
 */
void pp_bo_set_label(struct pp_bo *bo, char *label)
{
	mutex_lock(&bo->lock);
	swap(bo->label, label);
	mutex_unlock(&bo->lock);
	kfree(label);
}

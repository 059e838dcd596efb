// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The allocator and its dma-bufs.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/genalloc.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <panthor-protm/heap.h>

#include "carveout/carveout.h"

/**
 * struct carveout_buf - a piece of a carve-out
 */
struct carveout_buf {
	/** @co: where it is from, with a reference */
	struct pp_carveout *co;
	/** @base: its first byte */
	phys_addr_t base;
	/** @len: bytes */
	size_t len;
};

/*
 * Ranges that are bound or have buffers out. A device can be unbound while
 * protected memory is in use; bound anew it must not hand out the same bytes.
 */
static LIST_HEAD(live);
static DEFINE_MUTEX(live_lock);

static void carveout_release(struct kref *ref)
{
	struct pp_carveout *co = container_of(ref, struct pp_carveout, ref);

	mutex_lock(&live_lock);
	list_del(&co->live);
	mutex_unlock(&live_lock);

	gen_pool_destroy(co->pool);
	kfree(co);
}

/**
 * pp_carveout_put() - drop a reference
 * @co: the carve-out
 *
 * Context: May sleep.
 */
void pp_carveout_put(struct pp_carveout *co)
{
	kref_put(&co->ref, carveout_release);
}

static int carveout_claim(struct pp_carveout *co)
{
	struct pp_carveout *other;
	int ret = 0;

	mutex_lock(&live_lock);
	list_for_each_entry(other, &live, live) {
		if (co->base < other->base + other->size &&
		    other->base < co->base + co->size) {
			ret = -EBUSY;
			break;
		}
	}
	if (!ret)
		list_add(&co->live, &live);
	mutex_unlock(&live_lock);
	return ret;
}

/**
 * pp_carveout_create() - manage a range
 * @base: first byte, a bus address as the CPU counts them; not 0
 * @size: bytes
 * @min_order: what is handed out is a multiple of 1 << @min_order bytes
 * @align: least alignment of a buffer in bytes, a power of two; 0 aligns
 *	buffers of 2 MiB and more to 2 MiB, so that a GPU can map them in blocks
 *
 * Context: May sleep.
 * Return:
 * * the carve-out, given back by pp_carveout_put()
 * * ERR_PTR(-EINVAL) if the range holds no whole block
 * * ERR_PTR(-EBUSY) if a part of it is in use, by a device or a buffer
 * * ERR_PTR(-ENOMEM)
 */
struct pp_carveout *pp_carveout_create(phys_addr_t base, u64 size,
				       unsigned int min_order,
				       unsigned long align)
{
	u64 start = ALIGN((u64)base, BIT_ULL(min_order));
	u64 end = ALIGN_DOWN((u64)base + size, BIT_ULL(min_order));
	struct pp_carveout *co;
	int ret;

	/* The allocator speaks of addresses as unsigned long, and of 0 as none. */
	if (!base || end <= start || end - 1 > ULONG_MAX)
		return ERR_PTR(-EINVAL);

	co = kzalloc(sizeof(*co), GFP_KERNEL);
	if (!co)
		return ERR_PTR(-ENOMEM);

	kref_init(&co->ref);
	spin_lock_init(&co->lock);
	co->base = start;
	co->size = end - start;
	co->align = align;

	co->pool = gen_pool_create(min_order, NUMA_NO_NODE);
	if (!co->pool) {
		ret = -ENOMEM;
		goto err_free;
	}
	ret = gen_pool_add(co->pool, start, co->size, NUMA_NO_NODE);
	if (ret)
		goto err_pool;
	ret = carveout_claim(co);
	if (ret)
		goto err_pool;
	return co;

err_pool:
	gen_pool_destroy(co->pool);
err_free:
	kfree(co);
	return ERR_PTR(ret);
}

static unsigned long carveout_take(struct pp_carveout *co, size_t len)
{
	struct genpool_data_align data = {
		.align = co->align ?: len >= SZ_2M ? SZ_2M : PAGE_SIZE,
	};
	unsigned long base;

	base = gen_pool_alloc_algo(co->pool, len, gen_pool_first_fit_align,
				   &data);
	if (!base)
		return 0;

	spin_lock(&co->lock);
	co->used += len;
	co->high_water = max(co->high_water, co->used);
	spin_unlock(&co->lock);
	return base;
}

/* Counted before it is free, or whoever has it next would make it count twice. */
static void carveout_give_back(struct pp_carveout *co, phys_addr_t base,
			       size_t len)
{
	spin_lock(&co->lock);
	co->used -= len;
	spin_unlock(&co->lock);
	gen_pool_free(co->pool, base, len);
}

/*
 * There are no struct pages, and an importer that handles moving buffers says
 * whether it can live without. The others must use DMA addresses alone, as the
 * dma-buf documentation has it.
 */
static int buf_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	return attach->importer_ops && !attach->peer2peer ? -EOPNOTSUPP : 0;
}

/*
 * Contiguous for the importer as it is on the bus; in several entries only
 * where the importer limits their length (64 KiB unless it says otherwise).
 */
static struct sg_table *buf_sgt(struct device *dev, dma_addr_t addr, size_t len)
{
	size_t max = ALIGN_DOWN((size_t)dma_get_max_seg_size(dev), PAGE_SIZE);
	struct scatterlist *sg;
	struct sg_table *sgt;
	unsigned int i;

	sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);
	if (!sgt)
		return ERR_PTR(-ENOMEM);

	max = max ?: PAGE_SIZE;
	if (sg_alloc_table(sgt, DIV_ROUND_UP(len, max), GFP_KERNEL)) {
		kfree(sgt);
		return ERR_PTR(-ENOMEM);
	}

	for_each_sgtable_dma_sg(sgt, sg, i) {
		size_t part = min(len, max);

		sg_set_page(sg, NULL, part, 0);
		sg_dma_address(sg) = addr;
		sg_dma_len(sg) = part;
		addr += part;
		len -= part;
	}
	return sgt;
}

/*
 * dma_map_resource() is the one interface for addresses without struct pages:
 * it goes through the importer's IOMMU if there is one, else yields the bus
 * address itself, and does no cache maintenance, for which the CPU would have
 * to touch the range.
 */
static struct sg_table *buf_map(struct dma_buf_attachment *attach,
				enum dma_data_direction dir)
{
	struct carveout_buf *buf = attach->dmabuf->priv;
	struct sg_table *sgt;
	dma_addr_t addr;

	addr = dma_map_resource(attach->dev, buf->base, buf->len, dir,
				DMA_ATTR_SKIP_CPU_SYNC);
	if (dma_mapping_error(attach->dev, addr))
		return ERR_PTR(-ENOMEM);

	sgt = buf_sgt(attach->dev, addr, buf->len);
	if (IS_ERR(sgt))
		dma_unmap_resource(attach->dev, addr, buf->len, dir,
				   DMA_ATTR_SKIP_CPU_SYNC);
	return sgt;
}

static void buf_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt,
		      enum dma_data_direction dir)
{
	struct carveout_buf *buf = attach->dmabuf->priv;

	dma_unmap_resource(attach->dev, sg_dma_address(sgt->sgl), buf->len, dir,
			   DMA_ATTR_SKIP_CPU_SYNC);
	sg_free_table(sgt);
	kfree(sgt);
}

static int buf_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	return -EPERM;
}

static int buf_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	return -EPERM;
}

static void buf_release(struct dma_buf *dmabuf)
{
	struct carveout_buf *buf = dmabuf->priv;

	carveout_give_back(buf->co, buf->base, buf->len);
	pp_carveout_put(buf->co);
	kfree(buf);
}

/*
 * No vmap: dma_buf_vmap() then answers -EINVAL, while an operation that refuses
 * would make it warn, with a stack dump, at whatever an importer tries.
 */
static const struct dma_buf_ops buf_ops = {
	.attach = buf_attach,
	.map_dma_buf = buf_map,
	.unmap_dma_buf = buf_unmap,
	.begin_cpu_access = buf_cpu_access,
	.end_cpu_access = buf_cpu_access,
	.mmap = buf_mmap,
	.release = buf_release,
};

/* Not cleared: only what runs in protected mode can write to it. */
static struct dma_buf *carveout_allocate(struct pp_heap *heap, size_t len,
					 u32 fd_flags, u64 heap_flags)
{
	struct pp_carveout *co = pp_heap_priv(heap);
	DEFINE_DMA_BUF_EXPORT_INFO(exp);
	struct carveout_buf *buf;
	struct dma_buf *dmabuf;

	if (len > co->size)
		return ERR_PTR(-ENOMEM);
	buf = kzalloc(sizeof(*buf), GFP_KERNEL);
	if (!buf)
		return ERR_PTR(-ENOMEM);

	buf->len = ALIGN(len, BIT(co->pool->min_alloc_order));
	buf->base = carveout_take(co, buf->len);
	if (!buf->base) {
		kfree(buf);
		return ERR_PTR(-ENOMEM);
	}
	kref_get(&co->ref);
	buf->co = co;

	exp.ops = &buf_ops;
	exp.size = buf->len;
	exp.flags = fd_flags;
	exp.priv = buf;
	dmabuf = dma_buf_export(&exp);
	if (IS_ERR(dmabuf)) {
		carveout_give_back(co, buf->base, buf->len);
		pp_carveout_put(co);
		kfree(buf);
	}
	return dmabuf;
}

const struct pp_heap_ops pp_carveout_heap_ops = {
	.allocate = carveout_allocate,
};

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A heap of protected memory, to begin your own with. It has to be told by whom
 * memory is locked: my_lock() and my_unlock() are where your TEE is called. As
 * they stand they divide a region that is locked already.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/genalloc.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include <panthor-protm/heap.h>

static unsigned long base, size;
module_param(base, ulong, 0444);
MODULE_PARM_DESC(base, "first byte of the locked region");
module_param(size, ulong, 0444);
MODULE_PARM_DESC(size, "its bytes");

static struct gen_pool *pool;
static struct pp_heap *heap;

/* Memory that only protected mode can reach from now on; 0 if there is none. */
static unsigned long my_lock(size_t len)
{
	return gen_pool_alloc(pool, len);
}

/* Clears it, where your TEE can, before anybody else gets it. */
static void my_unlock(unsigned long addr, size_t len)
{
	gen_pool_free(pool, addr, len);
}

/* No CPU touches it, so there are no pages: importers get bus addresses. */
static struct sg_table *my_map(struct dma_buf_attachment *attach,
			       enum dma_data_direction dir)
{
	struct dma_buf *buf = attach->dmabuf;
	struct sg_table *sgt;
	dma_addr_t addr;

	addr = dma_map_resource(attach->dev, (unsigned long)buf->priv, buf->size,
				dir, DMA_ATTR_SKIP_CPU_SYNC);
	if (dma_mapping_error(attach->dev, addr))
		return ERR_PTR(-ENOMEM);

	sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);
	if (!sgt || sg_alloc_table(sgt, 1, GFP_KERNEL)) {
		kfree(sgt);
		dma_unmap_resource(attach->dev, addr, buf->size, dir,
				   DMA_ATTR_SKIP_CPU_SYNC);
		return ERR_PTR(-ENOMEM);
	}
	sg_set_page(sgt->sgl, NULL, buf->size, 0);
	sg_dma_address(sgt->sgl) = addr;
	sg_dma_len(sgt->sgl) = buf->size;
	return sgt;
}

static void my_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt,
		     enum dma_data_direction dir)
{
	dma_unmap_resource(attach->dev, sg_dma_address(sgt->sgl),
			   attach->dmabuf->size, dir, DMA_ATTR_SKIP_CPU_SYNC);
	sg_free_table(sgt);
	kfree(sgt);
}

static void my_release(struct dma_buf *buf)
{
	my_unlock((unsigned long)buf->priv, buf->size);
}

static int my_mmap(struct dma_buf *buf, struct vm_area_struct *vma)
{
	return -EPERM;
}

static const struct dma_buf_ops my_buf_ops = {
	.map_dma_buf = my_map,
	.unmap_dma_buf = my_unmap,
	.mmap = my_mmap,
	.release = my_release,
};

static struct dma_buf *my_allocate(struct pp_heap *heap, size_t len,
				   u32 fd_flags, u64 heap_flags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(exp);
	unsigned long addr = my_lock(len);
	struct dma_buf *buf;

	if (!addr)
		return ERR_PTR(-ENOMEM);
	exp.ops = &my_buf_ops;
	exp.size = len;
	exp.flags = fd_flags;
	exp.priv = (void *)addr;
	buf = dma_buf_export(&exp);
	if (IS_ERR(buf))
		my_unlock(addr, len);
	return buf;
}

static const struct pp_heap_ops my_ops = { .allocate = my_allocate };

static int __init my_init(void)
{
	const struct pp_heap_desc desc = {
		.name = "my-heap", .ops = &my_ops, .owner = THIS_MODULE,
	};
	int ret;

	if (!base || !size || !PAGE_ALIGNED(base | size))
		return -EINVAL;
	pool = gen_pool_create(PAGE_SHIFT, NUMA_NO_NODE);
	if (!pool)
		return -ENOMEM;
	ret = gen_pool_add(pool, base, size, NUMA_NO_NODE);
	if (!ret) {
		heap = pp_heap_register(&desc);
		ret = PTR_ERR_OR_ZERO(heap);
	}
	if (ret)
		gen_pool_destroy(pool);
	return ret;
}

/* Every buffer holds the module, so that all of the pool is free by now. */
static void __exit my_exit(void)
{
	pp_heap_unregister(heap);
	gen_pool_destroy(pool);
}

module_init(my_init);
module_exit(my_exit);

MODULE_DESCRIPTION("A heap of protected memory, to begin one's own with");
MODULE_AUTHOR("The panthor-protm authors");
MODULE_LICENSE("Dual MIT/GPL");
MODULE_VERSION("1.0");	/* as in dkms.conf */
/* MODULE_IMPORT_NS() takes a string since 6.13 and a word before; this works for both. */
MODULE_INFO(import_ns, "DMA_BUF");
MODULE_INFO(import_ns, "PANTHOR_PROTM_HEAP");

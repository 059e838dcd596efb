/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Ordinary memory as a dma-buf, for the heaps of tests that are no carve-outs.
 * In a header since each module that makes such buffers has to own them.
 */
#ifndef PP_GLUE_HEAPBUF_H
#define PP_GLUE_HEAPBUF_H

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/iosys-map.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/string.h>

/* What a new buffer is full of. */
#define HEAPBUF_BYTE	0x5a

static struct sg_table *heapbuf_map(struct dma_buf_attachment *attach,
				    enum dma_data_direction dir)
{
	struct dma_buf *buf = attach->dmabuf;
	struct sg_table *sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);
	int ret;

	if (!sgt)
		return ERR_PTR(-ENOMEM);
	ret = sg_alloc_table(sgt, 1, GFP_KERNEL);
	if (ret)
		goto err_free;
	sg_set_page(sgt->sgl, virt_to_page(buf->priv), buf->size, 0);
	ret = dma_map_sgtable(attach->dev, sgt, dir, 0);
	if (ret)
		goto err_table;
	return sgt;

err_table:
	sg_free_table(sgt);
err_free:
	kfree(sgt);
	return ERR_PTR(ret);
}

static void heapbuf_unmap(struct dma_buf_attachment *attach,
			  struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_unmap_sgtable(attach->dev, sgt, dir, 0);
	sg_free_table(sgt);
	kfree(sgt);
}

static int heapbuf_vmap(struct dma_buf *buf, struct iosys_map *map)
{
	iosys_map_set_vaddr(map, buf->priv);
	return 0;
}

static void heapbuf_release(struct dma_buf *buf)
{
	free_pages_exact(buf->priv, buf->size);
}

static const struct dma_buf_ops heapbuf_ops = {
	.map_dma_buf = heapbuf_map,
	.unmap_dma_buf = heapbuf_unmap,
	.vmap = heapbuf_vmap,
	.release = heapbuf_release,
};

static struct dma_buf *heapbuf_create(size_t len, u32 fd_flags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(exp);
	struct dma_buf *buf;
	void *memory;

	memory = alloc_pages_exact(len, GFP_KERNEL | __GFP_NOWARN);
	if (!memory)
		return ERR_PTR(-ENOMEM);
	memset(memory, HEAPBUF_BYTE, len);
	exp.ops = &heapbuf_ops;
	exp.size = len;
	exp.flags = fd_flags;
	exp.priv = memory;
	buf = dma_buf_export(&exp);
	if (IS_ERR(buf))
		free_pages_exact(memory, len);
	return buf;
}

#endif

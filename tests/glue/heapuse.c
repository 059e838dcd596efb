// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A driver that uses a heap by name. Loading looks for it, allocates, has the
 * buffer mapped for a device and gives everything back, but for the heap, which
 * it holds until it is unloaded; loading fails if what happens is not what the
 * parameters say.
 */
#define pr_fmt(fmt) "heapuse: " fmt

#include <linux/completion.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/iosys-map.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/string.h>

#include <panthor-protm/heap.h>

#include "compat/compat.h"

static char *name = "";
module_param(name, charp, 0);
static int expect;
module_param(expect, int, 0);
static unsigned long len = 1;
module_param(len, ulong, 0);
static bool thread;
module_param(thread, bool, 0);
static bool cpu;
module_param(cpu, bool, 0);

static struct pp_heap *heap;

/* What the CPU writes is there when it looks again. */
static int use_cpu(struct dma_buf *buf)
{
	struct iosys_map map;
	int ret;

	ret = dma_buf_vmap_unlocked(buf, &map);
	if (ret)
		return ret;
	memset(map.vaddr, 0x5a, buf->size);
	if (memchr_inv(map.vaddr, 0x5a, buf->size))
		ret = -EIO;
	dma_buf_vunmap_unlocked(buf, &map);
	return ret;
}

static int use_dma(struct device *dev, struct dma_buf *buf)
{
	struct dma_buf_attachment *attach;
	struct scatterlist *sg;
	struct sg_table *sgt;
	size_t left = buf->size;
	unsigned int i;
	int ret = 0;

	dma_set_max_seg_size(dev, UINT_MAX);
	attach = dma_buf_attach(buf, dev);
	if (IS_ERR(attach))
		return PTR_ERR(attach);
	sgt = dma_buf_map_attachment_unlocked(attach, DMA_BIDIRECTIONAL);
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
	} else {
		for_each_sgtable_dma_sg(sgt, sg, i)
			left -= sg_dma_len(sg);
		if (left)
			ret = -EIO;
		dma_buf_unmap_attachment_unlocked(attach, sgt,
						  DMA_BIDIRECTIONAL);
	}
	dma_buf_detach(buf, attach);
	return ret;
}

static int use_buffer(struct dma_buf *buf)
{
	struct platform_device *pdev;
	int ret;

	if (buf->size != PAGE_ALIGN(len))
		return -EIO;
	pdev = platform_device_register_simple("heapuse", PLATFORM_DEVID_NONE,
					       NULL, 0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	ret = dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (!ret)
		ret = use_dma(&pdev->dev, buf);
	if (!ret && cpu)
		ret = use_cpu(buf);
	platform_device_unregister(pdev);
	return ret;
}

static int use(void)
{
	struct dma_buf *buf;
	int ret;

	heap = pp_heap_find(name);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	if (strcmp(pp_heap_name(heap), name))
		return -ENOTNAM;
	if (PTR_ERR(pp_heap_alloc(heap, 0, O_RDWR, 0)) != -EINVAL ||
	    PTR_ERR(pp_heap_alloc(heap, 1, O_APPEND, 0)) != -EINVAL ||
	    PTR_ERR(pp_heap_alloc(heap, 1, O_RDWR, 1)) != -EINVAL)
		return -EIO;
	buf = pp_heap_alloc(heap, len, O_RDWR | O_CLOEXEC, 0);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	ret = use_buffer(buf);
	dma_buf_put(buf);
	return ret;
}

static DECLARE_COMPLETION(used);
static int used_ret;

static int use_thread(void *unused)
{
	used_ret = use();
	complete(&used);
	return 0;
}

static int __init heapuse_init(void)
{
	struct task_struct *task;

	if (thread) {
		task = kthread_run(use_thread, NULL, "heapuse");
		if (IS_ERR(task))
			return PTR_ERR(task);
		wait_for_completion(&used);
	} else {
		used_ret = use();
	}
	if (used_ret == expect)
		return 0;

	pr_err("%s: %d instead of %d\n", name, used_ret, expect);
	pp_heap_put(heap);
	return -EINVAL;
}

static void __exit heapuse_exit(void)
{
	pp_heap_put(heap);
}

module_init(heapuse_init);
module_exit(heapuse_exit);

MODULE_DESCRIPTION("A user of a dma-buf heap, for tests");
MODULE_AUTHOR("The panthor-protm authors");
MODULE_LICENSE("Dual MIT/GPL");
PP_IMPORT_NS(DMA_BUF);
PP_IMPORT_NS(PANTHOR_PROTM_HEAP);

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

/* Until the module goes: 1 the buffer, 2 attached, 3 mapped. */
static int keep;
module_param(keep, int, 0);

static struct pp_heap *heap;
static struct platform_device *pdev;
static struct dma_buf *buf;
static struct dma_buf_attachment *attach;
static struct sg_table *sgt;

/* All but what is kept, as above. */
static void release(int kept)
{
	if (kept < 3 && sgt) {
		dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_BIDIRECTIONAL);
		sgt = NULL;
	}
	if (kept < 2 && attach) {
		dma_buf_detach(buf, attach);
		attach = NULL;
	}
	if (kept < 1 && buf) {
		dma_buf_put(buf);
		buf = NULL;
	}
	if (kept < 1 && pdev) {
		platform_device_unregister(pdev);
		pdev = NULL;
	}
}

/* What the CPU writes is there when it looks again. */
static int use_cpu(void)
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

static int use_dma(struct device *dev)
{
	struct scatterlist *sg;
	size_t left = buf->size;
	unsigned int i;

	dma_set_max_seg_size(dev, UINT_MAX);
	attach = dma_buf_attach(buf, dev);
	if (IS_ERR(attach)) {
		int ret = PTR_ERR(attach);

		attach = NULL;
		return ret;
	}
	sgt = dma_buf_map_attachment_unlocked(attach, DMA_BIDIRECTIONAL);
	if (IS_ERR(sgt)) {
		int ret = PTR_ERR(sgt);

		sgt = NULL;
		return ret;
	}
	for_each_sgtable_dma_sg(sgt, sg, i)
		left -= sg_dma_len(sg);
	return left ? -EIO : 0;
}

static int use_buffer(void)
{
	int ret;

	if (buf->size != PAGE_ALIGN(len))
		return -EIO;
	pdev = platform_device_register_simple("heapuse", PLATFORM_DEVID_NONE,
					       NULL, 0);
	if (IS_ERR(pdev)) {
		ret = PTR_ERR(pdev);
		pdev = NULL;
		return ret;
	}
	ret = dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (!ret)
		ret = use_dma(&pdev->dev);
	if (!ret && cpu)
		ret = use_cpu();
	return ret;
}

static int use(void)
{
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
	if (IS_ERR(buf)) {
		ret = PTR_ERR(buf);
		buf = NULL;
		return ret;
	}
	ret = use_buffer();
	release(ret ? 0 : keep);
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
	release(0);
	pp_heap_put(heap);
	return -EINVAL;
}

static void __exit heapuse_exit(void)
{
	release(0);
	pp_heap_put(heap);
}

module_init(heapuse_init);
module_exit(heapuse_exit);

MODULE_DESCRIPTION("A user of a dma-buf heap, for tests");
MODULE_AUTHOR("The panthor-protm authors");
MODULE_LICENSE("Dual MIT/GPL");
PP_IMPORT_NS(DMA_BUF);
PP_IMPORT_NS(PANTHOR_PROTM_HEAP);

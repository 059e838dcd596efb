// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The heap shim and the carve-out as kernel code sees them. Loading the module
 * runs the tests; the first that fails is named in the log and makes loading
 * fail. Needs a heap "protected" by the carve-out.
 */
#define pr_fmt(fmt) "heaptest: " fmt

#include <linux/completion.h>
#include <linux/delay.h>
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
#include <linux/sizes.h>
#include <linux/string.h>

#include <panthor-protm/heap.h>

#include "compat/compat.h"

#define FLAGS (O_RDWR | O_CLOEXEC)

/* One test: says what failed and leaves the function. */
#define CHECK(cond)							\
	do {								\
		if (!(cond)) {						\
			pr_err("%s:%d: %s\n", __func__, __LINE__, #cond); \
			return -EINVAL;					\
		}							\
	} while (0)

/* A provider that can be held up in the middle of an allocation. */
static struct {
	struct completion entered, go;
} slow;

static struct dma_buf *slow_allocate(struct pp_heap *heap, size_t len,
				     u32 fd_flags, u64 heap_flags)
{
	complete(&slow.entered);
	wait_for_completion(&slow.go);
	return ERR_PTR(-ENOSPC);
}

static const struct pp_heap_ops slow_ops = { .allocate = slow_allocate };

static struct dma_buf *len_allocate(struct pp_heap *heap, size_t len,
				    u32 fd_flags, u64 heap_flags)
{
	*(size_t *)pp_heap_priv(heap) = len;
	return ERR_PTR(-ENOMEM);
}

static const struct pp_heap_ops len_ops = { .allocate = len_allocate };

static struct pp_heap *offer(const char *name, const struct pp_heap_ops *ops,
			     void *priv)
{
	const struct pp_heap_desc desc = {
		.name = name,
		.ops = ops,
		.priv = priv,
		.owner = THIS_MODULE,
	};

	return pp_heap_register(&desc);
}

static int test_names(void)
{
	char longest[PP_HEAP_NAME_MAX + 2];
	struct pp_heap *heap;

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;

	CHECK(PTR_ERR(offer("", &len_ops, NULL)) == -EINVAL);
	CHECK(PTR_ERR(offer(NULL, &len_ops, NULL)) == -EINVAL);
	CHECK(PTR_ERR(offer(".", &len_ops, NULL)) == -EINVAL);
	CHECK(PTR_ERR(offer("..", &len_ops, NULL)) == -EINVAL);
	CHECK(PTR_ERR(offer("a/b", &len_ops, NULL)) == -EINVAL);
	CHECK(PTR_ERR(offer("a b", &len_ops, NULL)) == -EINVAL);
	CHECK(PTR_ERR(offer("a\xc3\xa4", &len_ops, NULL)) == -EINVAL);
	CHECK(PTR_ERR(offer(longest, &len_ops, NULL)) == -EINVAL);
	CHECK(PTR_ERR(offer("no-ops", NULL, NULL)) == -EINVAL);
	CHECK(PTR_ERR(pp_heap_find(longest)) == -EINVAL);
	CHECK(PTR_ERR(pp_heap_find("")) == -EINVAL);
	CHECK(PTR_ERR(pp_heap_find(NULL)) == -EINVAL);

	longest[PP_HEAP_NAME_MAX] = 0;
	heap = offer(longest, &len_ops, NULL);
	CHECK(!IS_ERR(heap));
	pp_heap_unregister(heap);
	return 0;
}

static int test_registry(void)
{
	struct pp_heap *heap, *found;
	size_t len = 0;

	heap = offer("heaptest", &len_ops, &len);
	CHECK(!IS_ERR(heap));
	CHECK(PTR_ERR(offer("heaptest", &len_ops, NULL)) == -EEXIST);
	CHECK(PTR_ERR(pp_heap_find("heaptes")) == -ENODEV);
	CHECK(PTR_ERR(pp_heap_find("heaptest1")) == -ENODEV);

	found = pp_heap_find("heaptest");
	CHECK(found == heap);
	CHECK(!strcmp(pp_heap_name(found), "heaptest"));

	CHECK(PTR_ERR(pp_heap_alloc(found, 1, FLAGS, 0)) == -ENOMEM);
	CHECK(len == PAGE_SIZE);
	len = 0;
	CHECK(PTR_ERR(pp_heap_alloc(found, 0, FLAGS, 0)) == -EINVAL);
	CHECK(PTR_ERR(pp_heap_alloc(found, SIZE_MAX, FLAGS, 0)) == -EINVAL);
	CHECK(PTR_ERR(pp_heap_alloc(found, 1, O_APPEND, 0)) == -EINVAL);
	CHECK(PTR_ERR(pp_heap_alloc(found, 1, FLAGS, 1)) == -EINVAL);
	CHECK(!len);

	pp_heap_unregister(heap);
	CHECK(PTR_ERR(pp_heap_find("heaptest")) == -ENODEV);
	CHECK(PTR_ERR(pp_heap_alloc(found, 1, FLAGS, 0)) == -ENODEV);
	CHECK(!strcmp(pp_heap_name(found), "heaptest"));
	CHECK(pp_heap_get(found) == found);
	pp_heap_put(found);
	pp_heap_put(found);

	pp_heap_put(NULL);
	pp_heap_put(ERR_PTR(-ENODEV));
	pp_heap_unregister(NULL);
	pp_heap_unregister(ERR_PTR(-ENODEV));
	return 0;
}

/* A provider that has its memory from another heap. */
static struct dma_buf *stacked_allocate(struct pp_heap *heap, size_t len,
					u32 fd_flags, u64 heap_flags)
{
	return pp_heap_alloc(pp_heap_priv(heap), len, fd_flags, heap_flags);
}

static const struct pp_heap_ops stacked_ops = { .allocate = stacked_allocate };

static int test_stacked(void)
{
	struct pp_heap *below = pp_heap_find("protected"), *heap;
	struct dma_buf *buf;

	CHECK(!IS_ERR(below));
	heap = offer("heaptest", &stacked_ops, below);
	CHECK(!IS_ERR(heap));
	buf = pp_heap_alloc(heap, SZ_64K, FLAGS, 0);
	CHECK(!IS_ERR(buf));
	pp_heap_unregister(heap);
	pp_heap_put(below);
	CHECK(buf->size == SZ_64K);
	dma_buf_put(buf);
	return 0;
}

static int alloc_thread(void *heap)
{
	long ret = PTR_ERR(pp_heap_alloc(heap, 1, FLAGS, 0));

	/* Whoever asks for the thread's end waits for it. */
	while (!kthread_should_stop())
		usleep_range(1000, 2000);
	return ret;
}

static int unregister_thread(void *heap)
{
	pp_heap_unregister(heap);
	while (!kthread_should_stop())
		usleep_range(1000, 2000);
	return 0;
}

/* Removal waits for the allocation that is under way. */
static int test_in_flight(void)
{
	struct task_struct *user, *remover;
	struct pp_heap *heap, *found;

	init_completion(&slow.entered);
	init_completion(&slow.go);
	heap = offer("heaptest", &slow_ops, NULL);
	CHECK(!IS_ERR(heap));
	found = pp_heap_find("heaptest");
	CHECK(!IS_ERR(found));

	user = kthread_run(alloc_thread, found, "heaptest-user");
	CHECK(!IS_ERR(user));
	wait_for_completion(&slow.entered);
	remover = kthread_run(unregister_thread, heap, "heaptest-remover");
	CHECK(!IS_ERR(remover));
	msleep(50);
	/* Already out of sight, and still not over. */
	CHECK(PTR_ERR(pp_heap_find("heaptest")) == -ENODEV);

	complete(&slow.go);
	CHECK(kthread_stop(remover) == 0);
	CHECK(kthread_stop(user) == -ENOSPC);
	CHECK(PTR_ERR(pp_heap_alloc(found, 1, FLAGS, 0)) == -ENODEV);
	pp_heap_put(found);
	return 0;
}

/* Every entry has a bus address in one run, and no page behind it. */
static int check_sgt(struct sg_table *sgt, size_t len, size_t max)
{
	dma_addr_t next = sg_dma_address(sgt->sgl);
	struct scatterlist *sg;
	unsigned int i;

	for_each_sgtable_dma_sg(sgt, sg, i) {
		CHECK(sg_dma_address(sg) == next);
		CHECK(sg_dma_len(sg) && sg_dma_len(sg) <= max);
		/* Debug kernels put something there that nobody can use. */
		CHECK(!sg_page(sg) || IS_ENABLED(CONFIG_DMABUF_DEBUG));
		next += sg_dma_len(sg);
		len -= sg_dma_len(sg);
	}
	CHECK(!len);
	return 0;
}

static void moved(struct dma_buf_attachment *attach)
{
}

static int test_importer(struct device *dev, struct dma_buf *buf, size_t max)
{
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	int ret;

	dma_set_max_seg_size(dev, max);
	attach = dma_buf_attach(buf, dev);
	CHECK(!IS_ERR(attach));
	sgt = dma_buf_map_attachment_unlocked(attach, DMA_BIDIRECTIONAL);
	CHECK(!IS_ERR(sgt));
	ret = check_sgt(sgt, buf->size, max);
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_BIDIRECTIONAL);
	dma_buf_detach(buf, attach);
	return ret;
}

static int test_cpu(struct dma_buf *buf)
{
	struct iosys_map map;

	CHECK(dma_buf_vmap_unlocked(buf, &map) == -EINVAL);
	CHECK(dma_buf_begin_cpu_access(buf, DMA_BIDIRECTIONAL) == -EPERM);
	CHECK(dma_buf_end_cpu_access(buf, DMA_BIDIRECTIONAL) == -EPERM);
	return 0;
}

static int test_protected_with(struct device *dev, struct pp_heap *heap)
{
	/* Refused at attach: it has not said that it can do without pages. */
	static const struct dma_buf_attach_ops importer = {
#ifdef PP_HAVE_INVALIDATE_MAPPINGS
		.invalidate_mappings = moved,	/* since 7.2 */
#else
		.move_notify = moved,
#endif
	};
	struct dma_buf *buf = pp_heap_alloc(heap, 5 * SZ_1M + 1, FLAGS, 0);
	int ret;

	CHECK(!IS_ERR(buf));
	CHECK(buf->size == 5 * SZ_1M + PAGE_SIZE);
	ret = test_cpu(buf) ?: test_importer(dev, buf, UINT_MAX) ?:
	      test_importer(dev, buf, SZ_64K) ?: test_importer(dev, buf, SZ_1M);
	if (!ret)
		CHECK(PTR_ERR(dma_buf_dynamic_attach(buf, dev, &importer, NULL)) ==
		      -EOPNOTSUPP);
	dma_buf_put(buf);
	return ret;
}

static int test_protected(void)
{
	struct platform_device *pdev;
	struct pp_heap *heap;
	int ret;

	heap = pp_heap_find("protected");
	CHECK(!IS_ERR(heap));
	pdev = platform_device_register_simple("heaptest", PLATFORM_DEVID_NONE,
					       NULL, 0);
	CHECK(!IS_ERR(pdev));
	ret = dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (!ret)
		ret = test_protected_with(&pdev->dev, heap);
	platform_device_unregister(pdev);
	pp_heap_put(heap);
	return ret;
}

/* A driver that waits for a heap. */
static DECLARE_COMPLETION(waiter_bound);

static int waiter_probe(struct platform_device *pdev)
{
	struct pp_heap *heap = pp_heap_find("heaptest-late");

	if (IS_ERR(heap))
		return -EPROBE_DEFER;
	pp_heap_put(heap);
	complete(&waiter_bound);
	return 0;
}

static struct platform_driver waiter_driver = {
	.probe = waiter_probe,
	.driver = { .name = "heaptest-waiter" },
};

static int test_arrival_with(void)
{
	struct pp_heap *heap;
	unsigned long left;

	msleep(50);
	CHECK(!completion_done(&waiter_bound));
	heap = offer("heaptest-late", &len_ops, NULL);
	CHECK(!IS_ERR(heap));
	left = wait_for_completion_timeout(&waiter_bound, 5 * HZ);
	pp_heap_unregister(heap);
	CHECK(left);
	return 0;
}

static int test_arrival(void)
{
	struct platform_device *pdev;
	int ret;

	CHECK(!platform_driver_register(&waiter_driver));
	pdev = platform_device_register_simple("heaptest-waiter",
					       PLATFORM_DEVID_NONE, NULL, 0);
	ret = IS_ERR(pdev) ? PTR_ERR(pdev) : test_arrival_with();
	if (!IS_ERR(pdev))
		platform_device_unregister(pdev);
	platform_driver_unregister(&waiter_driver);
	return ret;
}

static int __init heaptest_init(void)
{
	int ret;

	ret = test_names() ?: test_registry() ?: test_stacked() ?:
	      test_in_flight() ?: test_protected() ?: test_arrival();
	if (!ret)
		pr_info("all passed\n");
	return ret;
}

static void __exit heaptest_exit(void)
{
}

module_init(heaptest_init);
module_exit(heaptest_exit);

MODULE_DESCRIPTION("Tests of the dma-buf heap shim");
MODULE_AUTHOR("The panthor-protm authors");
MODULE_LICENSE("Dual MIT/GPL");
PP_IMPORT_NS(DMA_BUF);
PP_IMPORT_NS(PANTHOR_PROTM_HEAP);

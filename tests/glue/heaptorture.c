// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Threads that do all that kernel code can do with heaps, at random and at once:
 * find, get, put, allocate, attach, map, look at the content, register, unregister.
 * t_heaptorture does the same from user space meanwhile, and takes providers away.
 *
 * What must not be is counted in "wrong"; the log names the first few.
 */
#define pr_fmt(fmt) "heaptorture: " fmt

#include <linux/delay.h>
#include <linux/fcntl.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/random.h>
#include <linux/sizes.h>

#include <panthor-protm/heap.h>

#include "compat/compat.h"
#include "heapbuf.h"

#define WORKERS	4
#define HEAPS	3
#define BUFS	4

/* Nobody keeps a buffer, for as long as it is set. */
static bool calm;
module_param(calm, bool, 0600);

static unsigned int wrong, finds, allocs, maps, looks, registers, gone;
module_param(wrong, uint, 0400);
module_param(finds, uint, 0400);
module_param(allocs, uint, 0400);
module_param(maps, uint, 0400);
module_param(looks, uint, 0400);
module_param(registers, uint, 0400);
/* Allocations from a heap whose provider has gone. */
module_param(gone, uint, 0400);

/**
 * struct provider - what a registration of a worker's heap points to
 *
 * Freed as soon as unregistering returns: nobody may come then.
 */
struct provider {
	/** @magic: PROVIDER_MAGIC as long as it is there */
	u32 magic;
};

#define PROVIDER_MAGIC 0x48454150

/**
 * struct worker - a thread and what it has
 */
struct worker {
	/** @task: the thread */
	struct task_struct *task;
	/** @dev: what it imports buffers for */
	struct platform_device *dev;
	/** @own: the heap that it offers, or NULL */
	struct pp_heap *own;
	/** @provider: what is behind that */
	struct provider *provider;
	/** @heap: references, NULL where there is none */
	struct pp_heap *heap[HEAPS];
	/** @name: what each was found as */
	const char *name[HEAPS];
	/** @buf: buffers, NULL where there is none */
	struct dma_buf *buf[BUFS];
	/** @attach: NULL, or the buffer's attachment */
	struct dma_buf_attachment *attach[BUFS];
	/** @sgt: NULL, or the attachment's mapping */
	struct sg_table *sgt[BUFS];
};

static struct worker workers[WORKERS];

/* The first of them are the workers' own. */
static const char *const names[] = {
	"torture0", "torture1", "torture2", "torture3", "protected", "heapprov",
	"system", "tortur", "torture",
};

static_assert(ARRAY_SIZE(names) > WORKERS);

static void complain(const char *what, long ret)
{
	if (wrong++ < 5)
		pr_err("%s: %ld\n", what, ret);
}

static struct dma_buf *torture_allocate(struct pp_heap *heap, size_t len,
					u32 fd_flags, u64 heap_flags)
{
	struct provider *provider = pp_heap_priv(heap);

	if (!get_random_u32_below(4))
		usleep_range(50, 5000);
	if (READ_ONCE(provider->magic) != PROVIDER_MAGIC)
		complain("allocation after the end", 0);
	return heapbuf_create(len, fd_flags);
}

static const struct pp_heap_ops torture_ops = { .allocate = torture_allocate };

static void worker_withdraw(struct worker *w)
{
	pp_heap_unregister(w->own);
	w->own = NULL;
	w->provider->magic = 0;
	kfree(w->provider);
}

/*
 * Sometimes under a name that is another worker's. Not often, since a device that comes
 * or goes takes much longer than all the rest.
 */
static void worker_offer(struct worker *w)
{
	u32 other = get_random_u32_below(64);
	struct pp_heap_desc desc = {
		.name = names[other < WORKERS ? other : w - workers],
		.ops = &torture_ops,
		.owner = THIS_MODULE,
	};

	if (get_random_u32_below(5))
		return;
	if (w->own) {
		worker_withdraw(w);
		return;
	}
	w->provider = kzalloc(sizeof(*w->provider), GFP_KERNEL);
	if (!w->provider)
		return;
	w->provider->magic = PROVIDER_MAGIC;
	desc.priv = w->provider;
	w->own = pp_heap_register(&desc);
	if (!IS_ERR(w->own)) {
		registers++;
		return;
	}
	if (w->own != ERR_PTR(-EEXIST) && w->own != ERR_PTR(-ENOMEM))
		complain("register", PTR_ERR(w->own));
	w->own = NULL;
	kfree(w->provider);
}

static void worker_find(struct worker *w)
{
	u32 i = get_random_u32_below(HEAPS);
	const char *name = names[get_random_u32_below(ARRAY_SIZE(names))];
	struct pp_heap *heap;

	pp_heap_put(w->heap[i]);
	w->heap[i] = NULL;
	heap = pp_heap_find(name);
	if (IS_ERR(heap)) {
		if (heap != ERR_PTR(-ENODEV) && heap != ERR_PTR(-ENOMEM))
			complain("find", PTR_ERR(heap));
		return;
	}
	finds++;
	w->heap[i] = heap;
	w->name[i] = name;
	if (strcmp(pp_heap_name(heap), name))
		complain("another one is found", 0);
}

static void worker_get(struct worker *w)
{
	u32 i = get_random_u32_below(HEAPS);

	if (!w->heap[i])
		return;
	if (pp_heap_get(w->heap[i]) != w->heap[i] ||
	    strcmp(pp_heap_name(w->heap[i]), w->name[i]))
		complain("get", 0);
	pp_heap_put(w->heap[i]);
}

static void worker_alloc(struct worker *w)
{
	u32 i = get_random_u32_below(HEAPS), j = get_random_u32_below(BUFS);
	struct dma_buf *buf;

	if (!w->heap[i] || w->buf[j])
		return;
	buf = pp_heap_alloc(w->heap[i], SZ_4K << get_random_u32_below(4),
			    O_RDWR | O_CLOEXEC, 0);
	if (!IS_ERR(buf)) {
		allocs++;
		w->buf[j] = buf;
		return;
	}
	gone += buf == ERR_PTR(-ENODEV);
	if (buf != ERR_PTR(-ENODEV) && buf != ERR_PTR(-ENOMEM))
		complain("allocate", PTR_ERR(buf));
}

/* One step on: attached, mapped. */
static void worker_import(struct worker *w)
{
	u32 j = get_random_u32_below(BUFS);

	if (!w->buf[j] || w->sgt[j])
		return;
	if (!w->attach[j]) {
		w->attach[j] = dma_buf_attach(w->buf[j], &w->dev->dev);
		if (!IS_ERR(w->attach[j]))
			return;
		complain("attach", PTR_ERR(w->attach[j]));
		w->attach[j] = NULL;
		return;
	}
	w->sgt[j] = dma_buf_map_attachment_unlocked(w->attach[j],
						    DMA_BIDIRECTIONAL);
	if (!IS_ERR(w->sgt[j])) {
		maps++;
		return;
	}
	complain("map", PTR_ERR(w->sgt[j]));
	w->sgt[j] = NULL;
}

/* Memory of ours is as it was, whatever became of its provider. */
static void worker_look(struct worker *w)
{
	u32 j = get_random_u32_below(BUFS);
	struct iosys_map map;

	if (!w->buf[j] || w->buf[j]->ops != &heapbuf_ops ||
	    dma_buf_vmap_unlocked(w->buf[j], &map))
		return;
	looks++;
	if (memchr_inv(map.vaddr, HEAPBUF_BYTE, w->buf[j]->size))
		complain("content", 0);
	dma_buf_vunmap_unlocked(w->buf[j], &map);
}

static void drop(struct worker *w, u32 j)
{
	if (!w->buf[j])
		return;
	if (w->sgt[j])
		dma_buf_unmap_attachment_unlocked(w->attach[j], w->sgt[j],
						  DMA_BIDIRECTIONAL);
	if (w->attach[j])
		dma_buf_detach(w->buf[j], w->attach[j]);
	dma_buf_put(w->buf[j]);
	w->buf[j] = NULL;
	w->attach[j] = NULL;
	w->sgt[j] = NULL;
}

static void worker_drop(struct worker *w)
{
	drop(w, get_random_u32_below(BUFS));
}

static void drop_all(struct worker *w)
{
	u32 j;

	for (j = 0; j < BUFS; j++)
		drop(w, j);
}

static void (*const steps[])(struct worker *) = {
	worker_find, worker_find, worker_get, worker_alloc, worker_alloc,
	worker_import, worker_import, worker_look, worker_drop, worker_offer,
};

static int worker_thread(void *data)
{
	struct worker *w = data;
	u32 i;

	while (!kthread_should_stop()) {
		steps[get_random_u32_below(ARRAY_SIZE(steps))](w);
		if (READ_ONCE(calm)) {
			drop_all(w);
			usleep_range(1000, 4000);
		} else if (!get_random_u32_below(16)) {
			usleep_range(100, 1000);
		}
		cond_resched();
	}
	drop_all(w);
	for (i = 0; i < HEAPS; i++)
		pp_heap_put(w->heap[i]);
	if (w->own)
		worker_withdraw(w);
	return 0;
}

static void worker_stop(struct worker *w)
{
	kthread_stop(w->task);
	platform_device_unregister(w->dev);
}

static int worker_start(struct worker *w)
{
	int ret;

	w->dev = platform_device_register_simple("heaptorture", w - workers,
						 NULL, 0);
	if (IS_ERR(w->dev))
		return PTR_ERR(w->dev);
	ret = dma_coerce_mask_and_coherent(&w->dev->dev, DMA_BIT_MASK(64));
	if (ret)
		goto err_dev;
	dma_set_max_seg_size(&w->dev->dev, UINT_MAX);
	w->task = kthread_run(worker_thread, w, "heaptorture/%td", w - workers);
	if (!IS_ERR(w->task))
		return 0;
	ret = PTR_ERR(w->task);

err_dev:
	platform_device_unregister(w->dev);
	return ret;
}

static int __init torture_init(void)
{
	int i, ret = 0;

	for (i = 0; i < WORKERS && !ret; i++)
		ret = worker_start(&workers[i]);
	if (!ret)
		return 0;
	for (i -= 2; i >= 0; i--)
		worker_stop(&workers[i]);
	return ret;
}

static void __exit torture_exit(void)
{
	int i;

	for (i = 0; i < WORKERS; i++)
		worker_stop(&workers[i]);
}

module_init(torture_init);
module_exit(torture_exit);

MODULE_DESCRIPTION("Torture of the dma-buf heap shim");
MODULE_AUTHOR("The panthor-protm authors");
MODULE_LICENSE("Dual MIT/GPL");
PP_IMPORT_NS(DMA_BUF);
PP_IMPORT_NS(PANTHOR_PROTM_HEAP);

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A provider that tests load and unload: a heap of ordinary memory, whose
 * allocations can be held up, or made to fail; and a user of any heap.
 */
#include <linux/delay.h>
#include <linux/fcntl.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sched.h>

#include <panthor-protm/heap.h>

#include "compat/compat.h"
#include "heapbuf.h"

static char *name = "heapprov";
module_param(name, charp, 0);

/* Allocations wait as long as this is set. */
static bool hold;
module_param(hold, bool, 0600);

/* How many do. */
static unsigned int waiting;
module_param(waiting, uint, 0400);

/* What they answer if it is not 0. */
static int fail;
module_param(fail, int, 0600);

/* What finding, allocating and putting took, the last time. */
static unsigned long long use_ns;
module_param(use_ns, ullong, 0400);

/* "NAME [BYTES]": kernel code finds the heap, allocates, and gives all back. */
static int use_set(const char *value, const struct kernel_param *kp)
{
	char found_name[PP_HEAP_NAME_MAX + 1] = "";
	unsigned long len = PAGE_SIZE;
	struct pp_heap *found;
	struct dma_buf *buf;
	u64 start;

	if (sscanf(value, "%63s %lu", found_name, &len) < 1)
		return -EINVAL;
	start = ktime_get_ns();
	found = pp_heap_find(found_name);
	if (IS_ERR(found))
		return PTR_ERR(found);
	buf = pp_heap_alloc(found, len, O_RDWR | O_CLOEXEC, 0);
	pp_heap_put(found);
	use_ns = ktime_get_ns() - start;
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	dma_buf_put(buf);
	return 0;
}

static const struct kernel_param_ops use_ops = { .set = use_set };
module_param_cb(use, &use_ops, NULL, 0200);

/* "NAME TIMES": finds it so often, and gives it back. */
static int find_set(const char *value, const struct kernel_param *kp)
{
	char found_name[PP_HEAP_NAME_MAX + 1] = "";
	struct pp_heap *found;
	unsigned int times;

	if (sscanf(value, "%63s %u", found_name, &times) != 2)
		return -EINVAL;
	while (times--) {
		found = pp_heap_find(found_name);
		if (IS_ERR(found))
			return PTR_ERR(found);
		pp_heap_put(found);
		cond_resched();
	}
	return 0;
}

static const struct kernel_param_ops find_ops = { .set = find_set };
module_param_cb(find, &find_ops, NULL, 0200);

static struct pp_heap *heap;

static struct dma_buf *prov_allocate(struct pp_heap *heap, size_t len,
				     u32 fd_flags, u64 heap_flags)
{
	if (READ_ONCE(hold)) {
		waiting++;
		while (READ_ONCE(hold))
			msleep(20);
		waiting--;
	}
	return fail ? ERR_PTR(fail) : heapbuf_create(len, fd_flags);
}

static const struct pp_heap_ops prov_ops = { .allocate = prov_allocate };

static int offer(void)
{
	const struct pp_heap_desc desc = {
		.name = name,
		.ops = &prov_ops,
		.owner = THIS_MODULE,
	};

	heap = pp_heap_register(&desc);
	return PTR_ERR_OR_ZERO(heap);
}

/* Takes the heap back, and offers it again. */
static int again_set(const char *value, const struct kernel_param *kp)
{
	pp_heap_unregister(heap);
	return offer();
}

static const struct kernel_param_ops again_ops = { .set = again_set };
module_param_cb(again, &again_ops, NULL, 0200);

static int __init prov_init(void)
{
	return offer();
}

static void __exit prov_exit(void)
{
	pp_heap_unregister(heap);
}

module_init(prov_init);
module_exit(prov_exit);

MODULE_DESCRIPTION("A heap that comes and goes, for tests");
MODULE_AUTHOR("The panthor-protm authors");
MODULE_LICENSE("Dual MIT/GPL");
PP_IMPORT_NS(DMA_BUF);
PP_IMPORT_NS(PANTHOR_PROTM_HEAP);

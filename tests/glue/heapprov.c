// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A provider that tests load and unload: a heap of ordinary memory, whose
 * allocations can be held up, or made to fail.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/module.h>

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

static int __init prov_init(void)
{
	const struct pp_heap_desc desc = {
		.name = name,
		.ops = &prov_ops,
		.owner = THIS_MODULE,
	};

	heap = pp_heap_register(&desc);
	return PTR_ERR_OR_ZERO(heap);
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

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A heap of the kernel's own, "kheap", in a module that can be unloaded: what a
 * vendor's provider is. Its memory comes from the heap "protected" of the shim,
 * so that the virtual GPU takes it for protected. The kernel has no way to take
 * a heap back; whoever opens the device after the module is gone, dies.
 *
 * dma_heap_add() is exported since 7.0 only, so its address is asked of a kprobe.
 */
#include <linux/delay.h>
#include <linux/dma-heap.h>
#include <linux/err.h>
#include <linux/kprobes.h>
#include <linux/module.h>

#include <panthor-protm/heap.h>

#include "compat/compat.h"

/* Milliseconds that unloading takes. */
static unsigned int linger;
module_param(linger, uint, 0600);

static struct pp_heap *source;

static struct dma_buf *kheap_allocate(struct dma_heap *heap, unsigned long len,
				      u32 fd_flags, u64 heap_flags)
{
	return pp_heap_alloc(source, len, fd_flags, heap_flags);
}

static const struct dma_heap_ops kheap_ops = { .allocate = kheap_allocate };

static int __init kheap_init(void)
{
	static const struct dma_heap_export_info info = {
		.name = "kheap",
		.ops = &kheap_ops,
	};
	struct kprobe probe = { .symbol_name = "dma_heap_add" };
	typeof(&dma_heap_add) add;
	struct dma_heap *heap;
	int ret;

	source = pp_heap_find("protected");
	if (IS_ERR(source))
		return PTR_ERR(source);
	ret = register_kprobe(&probe);
	if (ret) {
		pp_heap_put(source);
		return ret;
	}
	add = (void *)probe.addr;
	unregister_kprobe(&probe);

	heap = add(&info);
	if (IS_ERR(heap))
		pp_heap_put(source);
	return PTR_ERR_OR_ZERO(heap);
}

static void __exit kheap_exit(void)
{
	msleep(linger);
	pp_heap_put(source);
}

module_init(kheap_init);
module_exit(kheap_exit);

MODULE_DESCRIPTION("A heap of the kernel's in a module, for tests");
MODULE_AUTHOR("The panthor-protm authors");
MODULE_LICENSE("Dual MIT/GPL");
PP_IMPORT_NS(PANTHOR_PROTM_HEAP);

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What the flavour "native" has at the end of its dma-heap.c: accessors for
 * modules, as Android's kernels and the public series have them.
 */
#include <linux/atomic.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/sysfs.h>

static atomic_t accessor_refs;

static int accessor_refs_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", atomic_read(&accessor_refs));
}

static const struct kernel_param_ops accessor_refs_ops = {
	.get = accessor_refs_get,
};

/* References that are out, for tests: /sys/module/dma_heap/parameters/refs. */
module_param_cb(refs, &accessor_refs_ops, NULL, 0444);

struct dma_heap *dma_heap_find(const char *name)
{
	struct dma_heap *heap, *found = NULL;

	mutex_lock(&heap_list_lock);
	list_for_each_entry(heap, &heap_list, list)
		if (!strcmp(heap->name, name))
			found = heap;
	mutex_unlock(&heap_list_lock);
	if (found)
		atomic_inc(&accessor_refs);
	return found;
}
EXPORT_SYMBOL_GPL(dma_heap_find);

void dma_heap_put(struct dma_heap *heap)
{
	atomic_dec(&accessor_refs);
}
EXPORT_SYMBOL_GPL(dma_heap_put);

struct dma_buf *dma_heap_buffer_alloc(struct dma_heap *heap, size_t len,
				      u32 fd_flags, u64 heap_flags)
{
	return heap->ops->allocate(heap, len, fd_flags, heap_flags);
}
EXPORT_SYMBOL_GPL(dma_heap_buffer_alloc);

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Backend for kernels whose heaps have accessors for modules (Android common
 * kernels, vendors' trees).
 */
#include <linux/err.h>
#include <linux/module.h>

#include "backend.h"
#include "compat/heap.h"

static struct dma_buf *native_allocate(struct pp_heap *heap, size_t len,
				       u32 fd_flags, u64 heap_flags)
{
	return pp_compat_heap_alloc(pp_heap_priv(heap), len, fd_flags,
				    heap_flags);
}

static const struct pp_heap_ops native_ops = { .allocate = native_allocate };

static void native_release(void *priv)
{
	pp_compat_heap_put(priv);
}

static struct pp_heap *native_find(const char *name)
{
	struct pp_heap_desc desc = {
		.name = name,
		.ops = &native_ops,
		.owner = THIS_MODULE,
	};
	struct dma_heap *found = pp_compat_heap_find(name);
	struct pp_heap *heap;

	if (IS_ERR_OR_NULL(found))
		return ERR_PTR(-ENODEV);
	desc.priv = found;
	heap = pp_heap_wrap(&desc, native_release);
	if (IS_ERR(heap))
		native_release(found);
	return heap;
}

const struct pp_heap_backend pp_heap_backend_native = {
	.name = "native",
	.find = native_find,
};

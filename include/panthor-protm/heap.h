/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * dma-buf heaps for kernel code: find one by name, allocate from it, offer one.
 * The functions are exported, GPL, in the symbol namespace PANTHOR_PROTM_HEAP.
 */
#ifndef PANTHOR_PROTM_HEAP_H
#define PANTHOR_PROTM_HEAP_H

#include <linux/types.h>

struct dma_buf;
struct module;

/**
 * DOC: dma-buf heaps for kernel code
 *
 * A user of a heap knows it by its name alone::
 *
 *	heap = pp_heap_find("protected");
 *	if (IS_ERR(heap))
 *		return PTR_ERR(heap);
 *	buf = pp_heap_alloc(heap, size, O_RDWR | O_CLOEXEC, 0);
 *	...
 *	dma_buf_put(buf);
 *	pp_heap_put(heap);
 *
 * A provider describes its heap, and takes it back before it goes away::
 *
 *	static const struct pp_heap_ops my_ops = { .allocate = my_allocate };
 *
 *	desc = (struct pp_heap_desc) {
 *		.name = "my-heap", .ops = &my_ops, .priv = me,
 *		.owner = THIS_MODULE,
 *	};
 *	heap = pp_heap_register(&desc);
 *	...
 *	pp_heap_unregister(heap);
 *
 * Who holds what:
 *
 * - A reference to a heap, as pp_heap_find() gives it and an open
 *   /dev/dma_heap/NAME holds it, keeps the struct pp_heap valid, not its
 *   provider: once that has unregistered, allocations answer -ENODEV, for ever.
 *   Whoever wants the next provider of that name finds it again.
 * - An allocation in flight holds the provider's module, and
 *   pp_heap_unregister() waits for it.
 * - A buffer holds the module that exported it, so that a provider cannot be
 *   unloaded while its memory is out. It does not hold the provider's device:
 *   a provider whose device can be unbound counts its own buffers.
 */

/* Longest name of a heap, without the terminating zero. */
#define PP_HEAP_NAME_MAX 63

struct pp_heap;

/**
 * struct pp_heap_ops - what a provider does
 */
struct pp_heap_ops {
	/**
	 * @allocate: make a buffer of @len bytes, a multiple of the page size
	 * and not 0. @fd_flags are those of dma_buf_export(); both flags have
	 * been checked. Called with no lock of the caller's in the way; may
	 * sleep; must not call pp_heap_unregister(). Returns the buffer, whose
	 * reference goes to the caller, or an ERR_PTR: -ENOMEM when the heap
	 * is exhausted, at once and without waiting for memory to come back.
	 */
	struct dma_buf *(*allocate)(struct pp_heap *heap, size_t len,
				    u32 fd_flags, u64 heap_flags);
};

/**
 * struct pp_heap_desc - a heap, as its provider offers it
 */
struct pp_heap_desc {
	/**
	 * @name: 1 to PP_HEAP_NAME_MAX printable characters other than a space
	 * or '/', and neither "." nor ".."; copied
	 */
	const char *name;
	/** @ops: must stay valid until pp_heap_unregister() returns */
	const struct pp_heap_ops *ops;
	/** @priv: for pp_heap_priv() */
	void *priv;
	/** @owner: THIS_MODULE of the provider */
	struct module *owner;
};

struct pp_heap *pp_heap_register(const struct pp_heap_desc *desc);
void pp_heap_unregister(struct pp_heap *heap);
void *pp_heap_priv(const struct pp_heap *heap);

struct pp_heap *pp_heap_find(const char *name);
struct pp_heap *pp_heap_get(struct pp_heap *heap);
void pp_heap_put(struct pp_heap *heap);
const char *pp_heap_name(const struct pp_heap *heap);
struct dma_buf *pp_heap_alloc(struct pp_heap *heap, size_t len, u32 fd_flags,
			      u64 heap_flags);
void pp_heap_retry_probes(void);

#endif

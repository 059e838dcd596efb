/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the kernel's own dma-buf heaps offer to modules.
 *
 * Accessors (find, put, allocate): Android common kernels, in several signatures
 * that all take these arguments. Getters (name, drvdata): since 7.0. Up to 6.19
 * mainline exports nothing at all. What is asked is the target's
 * Module.symvers, since a declaration says nothing about modules.
 */
#ifndef PP_COMPAT_HEAP_H
#define PP_COMPAT_HEAP_H

#include <linux/build_bug.h>
#include <linux/dma-heap.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs_struct.h>
#include <linux/types.h>

#include "compat/compat.h"

struct dma_buf;

#ifdef PP_HAVE_HEAP_ACCESSORS
#define PP_COMPAT_HEAP_NATIVE true

static inline struct dma_heap *pp_compat_heap_find(const char *name)
{
	return dma_heap_find(name);
}

static inline void pp_compat_heap_put(struct dma_heap *heap)
{
	dma_heap_put(heap);
}

static inline struct dma_buf *
pp_compat_heap_alloc(struct dma_heap *heap, size_t len, u32 fd_flags,
		     u64 heap_flags)
{
	return dma_heap_buffer_alloc(heap, len, fd_flags, heap_flags);
}
#else
#define PP_COMPAT_HEAP_NATIVE false

static inline struct dma_heap *pp_compat_heap_find(const char *name)
{
	return NULL;
}

static inline void pp_compat_heap_put(struct dma_heap *heap)
{
}

static inline struct dma_buf *
pp_compat_heap_alloc(struct dma_heap *heap, size_t len, u32 fd_flags,
		     u64 heap_flags)
{
	return ERR_PTR(-EOPNOTSUPP);
}
#endif

/**
 * pp_compat_heap_name() - what the kernel calls a heap
 * @heap: a heap, or memory that is laid out like one
 * @otherwise: the answer where the kernel does not say
 *
 * Exported since 7.0.
 */
#ifdef PP_HAVE_HEAP_GETTERS
static inline const char *pp_compat_heap_name(struct dma_heap *heap,
					      const char *otherwise)
{
	return dma_heap_get_name(heap);
}
#else
static inline const char *pp_compat_heap_name(struct dma_heap *heap,
					      const char *otherwise)
{
	return otherwise;
}
#endif

/**
 * PP_IMPORT_HEAP_NS() - the namespace of all that is used above
 *
 * A namespace that nobody uses makes modpost complain.
 */
#if defined(PP_HAVE_HEAP_ACCESSORS) || defined(PP_HAVE_HEAP_GETTERS)
#define PP_IMPORT_HEAP_NS() PP_IMPORT_NS(DMA_BUF_HEAP)
#else
#define PP_IMPORT_HEAP_NS() static_assert(true)
#endif

/**
 * pp_compat_with_init_fs() - see files as process 1 does, for one statement
 *
 * For kernel threads. Since 7.2 they have an empty root of their own, before
 * they shared the root of process 1.
 */
#ifdef scoped_with_init_fs
#define pp_compat_with_init_fs() scoped_with_init_fs()
#else
#define pp_compat_with_init_fs()
#endif

#endif

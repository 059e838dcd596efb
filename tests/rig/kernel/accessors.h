/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
#ifndef PP_ACCESSORS_H
#define PP_ACCESSORS_H
struct dma_buf;
struct dma_heap *dma_heap_find(const char *name);
void dma_heap_put(struct dma_heap *heap);
struct dma_buf *dma_heap_buffer_alloc(struct dma_heap *heap, size_t len,
				      u32 fd_flags, u64 heap_flags);
#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Where protected memory comes from: the heap named by the module parameter
 * protected_heap_name, else by the GPU node's DT property protected-heap-name;
 * empty means none. Owns the heap reference (dropped by a drmm action).
 */
#ifndef PP_MEM_PROTMEM_H
#define PP_MEM_PROTMEM_H

#include "core/device.h"

struct dma_buf;

int pp_protmem_init(struct pp_device *pp);
/* The configured name, NULL when none. */
const char *pp_protmem_name(struct pp_device *pp);
/* Find the heap if that has not been done: 0, -ENODEV (no name or no such heap). May sleep. */
int pp_protmem_find(struct pp_device *pp);
/* A buffer of the heap; the caller puts it right after the import took its own reference. */
struct dma_buf *pp_protmem_alloc(struct pp_device *pp, size_t size);

#endif

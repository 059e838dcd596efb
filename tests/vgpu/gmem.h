/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Owns: the mappings of guest RAM that the client offered by DMA_MAP. */
#ifndef VGPU_GMEM_H
#define VGPU_GMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vgpu;
struct gmem;

struct gmem *gmem_new(void);
void gmem_free(struct gmem *m);
int gmem_map(struct gmem *m, uint64_t gpa, uint64_t size, int fd, uint64_t fd_offset, bool writable);
int gmem_unmap(struct gmem *m, uint64_t gpa, uint64_t size);
/* Host pointer to len bytes at gpa, NULL when not all of it is guest RAM. */
void *gmem_ptr(struct gmem *m, uint64_t gpa, size_t len);

#endif

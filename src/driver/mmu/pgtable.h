/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Page tables of one VM, over io-pgtable's AArch64 stage 1.
 *
 * Whoever edits tables brings the pages for new ones and takes the pages of
 * removed ones with him (struct pp_pt_pages): nothing is allocated or freed
 * while tables are edited. The caller serialises edits.
 */
#ifndef PP_MMU_PGTABLE_H
#define PP_MMU_PGTABLE_H

#include <linux/io-pgtable.h>
#include <linux/list.h>
#include <linux/scatterlist.h>
#include <linux/types.h>

struct pp_device;

/* Pages, one table each, through page->lru. */
struct pp_pt_pages {
	struct list_head list;
	unsigned int count;
};

/**
 * struct pp_pgtable - page tables
 * @ops: io-pgtable
 * @cfg: as io-pgtable filled it in: root table and MAIR
 * @fresh: during an edit: zeroed pages for new tables
 * @stale: during an edit: where pages of removed tables go
 */
struct pp_pgtable {
	struct io_pgtable_ops *ops;
	struct io_pgtable_cfg cfg;
	struct pp_pt_pages *fresh, *stale;
};

/**
 * struct pp_pt_source - the memory behind a range of addresses
 * @sgt: DMA addresses of a BO, or NULL: sparse
 * @offset: of the range in @sgt, bytes
 * @fill: sparse: DMA address of the memory that is mapped over and over
 * @fill_size: its size, a power of two; address A of the GPU is @fill + A mod @fill_size
 */
struct pp_pt_source {
	struct sg_table *sgt;
	u64 offset;
	dma_addr_t fill;
	u64 fill_size;
};

int pp_pgtable_init(struct pp_pgtable *pt, struct pp_device *pp, unsigned int va_bits,
		    unsigned int pa_bits);
void pp_pgtable_fini(struct pp_pgtable *pt);
int pp_pgtable_map(struct pp_pgtable *pt, u64 va, u64 size, const struct pp_pt_source *src,
		   u32 flags);
void pp_pgtable_unmap(struct pp_pgtable *pt, u64 va, u64 size);
bool pp_pgtable_maybe_block(struct pp_pgtable *pt, u64 va);
unsigned int pp_pgtable_count(u64 va, u64 size, const struct pp_pt_source *src);

void pp_pt_pages_init(struct pp_pt_pages *pages);
int pp_pt_pages_fill(struct pp_pt_pages *pages, unsigned int count);
void pp_pt_pages_move(struct pp_pt_pages *from, struct pp_pt_pages *to);
void pp_pt_pages_free(struct pp_pt_pages *pages);

#endif

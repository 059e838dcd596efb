// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Page tables.
 *
 * Format: AArch64 stage 1 with a 4 KiB granule (facts: csf.md 1.7). A 2 MiB block
 * is indivisible here on every kernel: newer ones refuse to unmap a part of one,
 * and older ones would allocate a table at a time when we must not.
 */
#include <linux/gfp.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "core/device.h"
#include "mmu/mmu.h"
#include "mmu/pgtable.h"

/**
 * pp_pt_pages_init() - an empty set of pages
 * @pages: the set
 */
void pp_pt_pages_init(struct pp_pt_pages *pages)
{
	INIT_LIST_HEAD(&pages->list);
	pages->count = 0;
}

static void pt_pages_add(struct pp_pt_pages *pages, struct page *page)
{
	list_add(&page->lru, &pages->list);
	pages->count++;
}

static struct page *pt_pages_take(struct pp_pt_pages *pages)
{
	struct page *page = list_first_entry_or_null(&pages->list, struct page, lru);

	if (page) {
		list_del(&page->lru);
		pages->count--;
	}
	return page;
}

/**
 * pp_pt_pages_fill() - allocate zeroed pages
 * @pages: where to add them
 * @count: how many there shall be in the end
 *
 * Context: May sleep and allocates.
 * Return: 0 or -ENOMEM, and then what was allocated stays in @pages.
 */
int pp_pt_pages_fill(struct pp_pt_pages *pages, unsigned int count)
{
	struct page *page;

	while (pages->count < count) {
		page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		if (!page)
			return -ENOMEM;
		pt_pages_add(pages, page);
	}
	return 0;
}

/**
 * pp_pt_pages_move() - move all pages
 * @from: set that becomes empty
 * @to: set that gets them
 */
void pp_pt_pages_move(struct pp_pt_pages *from, struct pp_pt_pages *to)
{
	list_splice_init(&from->list, &to->list);
	to->count += from->count;
	from->count = 0;
}

/**
 * pp_pt_pages_free() - free all pages
 * @pages: set that becomes empty
 */
void pp_pt_pages_free(struct pp_pt_pages *pages)
{
	struct page *page;

	while ((page = pt_pages_take(pages)))
		__free_page(page);
}

/* io-pgtable wants a table. Root tables may be smaller than a page; a page does for them too. */
static void *pt_alloc(void *cookie, size_t size, gfp_t gfp)
{
	struct pp_pgtable *pt = cookie;
	struct page *page;

	if (WARN_ON_ONCE(size > PAGE_SIZE))
		return NULL;
	/* Outside of an edit this is the root table. */
	page = pt->fresh ? pt_pages_take(pt->fresh) : alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (WARN_ON_ONCE(pt->fresh && !page))
		return NULL;
	return page ? page_address(page) : NULL;
}

static void pt_free(void *cookie, void *table, size_t size)
{
	struct pp_pgtable *pt = cookie;

	/* The GPU may still know a table that an edit removes. */
	if (pt->stale)
		pt_pages_add(pt->stale, virt_to_page(table));
	else
		__free_page(virt_to_page(table));
}

/**
 * pp_pgtable_init() - empty page tables
 * @pt: the tables
 * @pp: the device
 * @va_bits: bits of a GPU address
 * @pa_bits: bits of an address that it can translate to
 *
 * TLB maintenance is not io-pgtable's business here (no tlb operations): region
 * locks and unlocks around each edit do it.
 *
 * Context: May sleep and allocates.
 * Return: 0 or -ENOMEM.
 */
int pp_pgtable_init(struct pp_pgtable *pt, struct pp_device *pp, unsigned int va_bits,
		    unsigned int pa_bits)
{
	pt->cfg = (struct io_pgtable_cfg) {
		.pgsize_bitmap = PP_MMU_PAGE_SIZES,
		.ias = va_bits,
		.oas = pa_bits,
		.coherent_walk = pp->coherent,
		.iommu_dev = pp->drm.dev,
		.alloc = pt_alloc,
		.free = pt_free,
	};
	pt->ops = alloc_io_pgtable_ops(ARM_64_LPAE_S1, &pt->cfg, pt);
	return pt->ops ? 0 : -ENOMEM;
}

/**
 * pp_pgtable_fini() - free page tables
 * @pt: the tables; nothing may be using them
 */
void pp_pgtable_fini(struct pp_pgtable *pt)
{
	free_io_pgtable_ops(pt->ops);
	pt->ops = NULL;
}

static int flags_to_prot(u32 flags)
{
	int prot = IOMMU_READ;

	if (!(flags & PP_VM_MAP_READONLY))
		prot |= IOMMU_WRITE;
	if (flags & PP_VM_MAP_NOEXEC)
		prot |= IOMMU_NOEXEC;
	if (!(flags & PP_VM_MAP_UNCACHED))
		prot |= IOMMU_CACHE;
	return prot;
}

/* Of the @size bytes at @va and @pa: how many can one call map, and in which pages. */
static u64 pt_step(u64 va, u64 pa, u64 size, size_t *pgsize)
{
	if (IS_ALIGNED(va | pa, SZ_2M) && size >= SZ_2M) {
		*pgsize = SZ_2M;
		return ALIGN_DOWN(size, SZ_2M);
	}
	*pgsize = SZ_4K;
	return min_t(u64, size, ALIGN(va + 1, SZ_2M) - va);
}

/* Walks the pieces of physically contiguous memory of a source. */
struct pt_iter {
	const struct pp_pt_source *src;
	struct scatterlist *sg;
	u64 skip;		/* bytes of @sg that are behind us */
	u64 va, left;
};

static void pt_iter_init(struct pt_iter *it, u64 va, u64 size, const struct pp_pt_source *src)
{
	*it = (struct pt_iter) { .src = src, .va = va, .left = size };
	if (!src->sgt)
		return;
	it->sg = src->sgt->sgl;
	it->skip = src->offset;
}

/* The next piece: false at the end. Short tables end it as well, which the caller notices. */
static bool pt_iter_next(struct pt_iter *it, dma_addr_t *pa, u64 *len)
{
	u64 pos;

	if (!it->left)
		return false;
	if (!it->src->sgt) {
		pos = it->va & (it->src->fill_size - 1);
		*pa = it->src->fill + pos;
		*len = min(it->left, it->src->fill_size - pos);
		return true;
	}
	while (it->sg && it->skip >= sg_dma_len(it->sg)) {
		it->skip -= sg_dma_len(it->sg);
		it->sg = sg_next(it->sg);
	}
	if (!it->sg || !sg_dma_len(it->sg))
		return false;
	*pa = sg_dma_address(it->sg) + it->skip;
	*len = min_t(u64, it->left, sg_dma_len(it->sg) - it->skip);
	return true;
}

static void pt_iter_advance(struct pt_iter *it, u64 len)
{
	it->va += len;
	it->left -= len;
	it->skip += len;
}

/* Map @len bytes in pages of one size; the iterator follows, also on failure. */
static int pt_map_run(struct pp_pgtable *pt, struct pt_iter *it, dma_addr_t pa, u64 len,
		      size_t pgsize, int prot)
{
	size_t mapped;
	int ret;

	while (len) {
		mapped = 0;
		ret = pt->ops->map_pages(pt->ops, it->va, pa, pgsize, len / pgsize, prot,
					 GFP_NOWAIT, &mapped);
		pt_iter_advance(it, mapped);
		pa += mapped;
		len -= mapped;
		if (ret || !mapped)
			return ret ?: -EINVAL;
	}
	return 0;
}

/**
 * pp_pgtable_map() - map a range that is not mapped
 * @pt: the tables, with @pt->fresh and @pt->stale set
 * @va: first GPU address, a multiple of 4 KiB
 * @size: bytes, a multiple of 4 KiB
 * @src: the memory
 * @flags: PP_VM_MAP_*
 *
 * Context: May run in the fence-signalling path.
 * Return: 0; or -EINVAL or -ENOMEM, and then nothing of the range is mapped.
 */
int pp_pgtable_map(struct pp_pgtable *pt, u64 va, u64 size, const struct pp_pt_source *src,
		   u32 flags)
{
	int prot = flags_to_prot(flags), ret;
	struct pt_iter it;
	dma_addr_t pa;
	size_t pgsize;
	u64 len;

	pt_iter_init(&it, va, size, src);
	while (pt_iter_next(&it, &pa, &len)) {
		len = pt_step(it.va, pa, len, &pgsize);
		ret = pt_map_run(pt, &it, pa, len, pgsize, prot);
		if (ret)
			goto err_unmap;
		cond_resched();
	}
	if (!it.left)
		return 0;
	ret = -EINVAL;
err_unmap:
	if (it.va > va)
		pp_pgtable_unmap(pt, va, it.va - va);
	return ret;
}

/**
 * pp_pgtable_unmap() - unmap a range, all of which is mapped
 * @pt: the tables, with @pt->fresh and @pt->stale set
 * @va: first GPU address; not in the middle of a block
 * @size: bytes; does not end in the middle of a block
 *
 * Context: May run in the fence-signalling path.
 */
void pp_pgtable_unmap(struct pp_pgtable *pt, u64 va, u64 size)
{
	size_t pgsize, done;
	u64 len;

	while (size) {
		/* A table full of small pages goes as one, too. */
		len = pt_step(va, 0, size, &pgsize);
		done = pt->ops->unmap_pages(pt->ops, va, pgsize, len / pgsize, NULL);
		if (WARN_ON_ONCE(!done))
			return;
		va += done;
		size -= done;
		cond_resched();
	}
}

/**
 * pp_pgtable_maybe_block() - can there be a 2 MiB block at an address?
 * @pt: the tables
 * @va: a multiple of 2 MiB, where all of the 2 MiB are mapped
 *
 * io-pgtable does not tell, but what is not contiguous cannot be one. Taking
 * small pages for a block costs time only.
 *
 * Return: false if the range is certainly mapped in small pages.
 */
bool pp_pgtable_maybe_block(struct pp_pgtable *pt, u64 va)
{
	phys_addr_t first = pt->ops->iova_to_phys(pt->ops, va);
	phys_addr_t last = pt->ops->iova_to_phys(pt->ops, va + SZ_2M - SZ_4K);

	return IS_ALIGNED(first, SZ_2M) && last == first + SZ_2M - SZ_4K;
}

/* Tables of one level that a range touches, each covering 2^shift bytes. */
static unsigned int pt_touched(u64 va, u64 size, unsigned int shift)
{
	return ((va + size - 1) >> shift) - (va >> shift) + 1;
}

/**
 * pp_pgtable_count() - how many new tables a map can need at most
 * @va: first GPU address
 * @size: bytes, not 0
 * @src: the memory
 *
 * Return: number of pages.
 */
unsigned int pp_pgtable_count(u64 va, u64 size, const struct pp_pt_source *src)
{
	unsigned int count = pt_touched(va, size, 30) + pt_touched(va, size, 39);
	u64 last = U64_MAX, len;
	struct pt_iter it;
	dma_addr_t pa;
	size_t pgsize;

	/* Sparse ranges can be huge, and all their pieces are the same. */
	if (!src->sgt && IS_ALIGNED(src->fill | src->fill_size, SZ_2M))
		return count + 2;
	if (!src->sgt)
		return count + pt_touched(va, size, 21);

	pt_iter_init(&it, va, size, src);
	while (pt_iter_next(&it, &pa, &len)) {
		len = pt_step(it.va, pa, len, &pgsize);
		if (pgsize == SZ_4K && it.va >> 21 != last) {
			last = it.va >> 21;
			count++;
		}
		pt_iter_advance(&it, len);
	}
	return count;
}

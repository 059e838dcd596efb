// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "as_walk.h"

#include <stddef.h>

#include "gmem.h"

#define PAGE_SHIFT		12
#define BITS_PER_LEVEL		9
#define LAST_LEVEL		3
#define MAX_VA_BITS		48
#define MIN_VA_BITS		25

#define DESC_VALID		(1ull << 0)
#define DESC_TABLE		(1ull << 1)	/* level 3: page */
#define DESC_ADDR		0x0000fffffffff000ull
#define LEAF_ATTR_INDEX(d)	((d) >> 2 & 7)
#define LEAF_AP_UNPRIV		(1ull << 6)
#define LEAF_AP_RDONLY		(1ull << 7)
#define LEAF_AF			(1ull << 10)
#define LEAF_XN			(1ull << 54)
#define TABLE_XN		(1ull << 60)
#define TABLE_AP_NO_UNPRIV	(1ull << 61)
#define TABLE_AP_RDONLY		(1ull << 62)

#define TRANSCFG_INA_BITS(c)	((c) >> 6 & 0x1f)
#define TRANSCFG_NO_HIER_AP	(1ull << 33)
#define TRANSCFG_NO_AF_FAULT	(1ull << 34)
#define TRANSCFG_WXN		(1ull << 35)

#define MEMATTR_TYPE(byte)	((byte) >> 6 & 3)
#define MEMATTR_FAULT		3

static unsigned int level_shift(unsigned int level)
{
	return PAGE_SHIFT + BITS_PER_LEVEL * (LAST_LEVEL - level);
}

/* The first table may be short: the walk starts at the level that the size needs. */
static unsigned int start_level(unsigned int va_bits)
{
	unsigned int level = 0;

	while (level < LAST_LEVEL && va_bits <= level_shift(level))
		level++;
	return level;
}

static uint8_t finish(const struct as_config *cfg, uint64_t leaf, uint64_t tables,
		      unsigned int pa_bits, uint64_t va, struct walk *w)
{
	uint64_t in_page = va & ((1ull << level_shift(w->level)) - 1);
	unsigned int attr = (unsigned int)(cfg->memattr >> (8 * LEAF_ATTR_INDEX(leaf)) & 0xff);

	w->gpa = (leaf & DESC_ADDR & ~((1ull << level_shift(w->level)) - 1)) | in_page;
	if (w->gpa >> pa_bits)
		return (uint8_t)(EXC_ADDR_SIZE_OUT + w->level);
	if (!(leaf & LEAF_AF) && !(cfg->transcfg & TRANSCFG_NO_AF_FAULT))
		return (uint8_t)(EXC_ACCESS_FLAG + w->level);
	if (MEMATTR_TYPE(attr) == MEMATTR_FAULT)
		return (uint8_t)(EXC_MEMATTR + w->level);
	if (cfg->transcfg & TRANSCFG_NO_HIER_AP)
		tables = 0;
	w->readable = (leaf & LEAF_AP_UNPRIV) && !(tables & TABLE_AP_NO_UNPRIV);
	w->writable = w->readable && !(leaf & LEAF_AP_RDONLY) && !(tables & TABLE_AP_RDONLY);
	w->executable = !(leaf & LEAF_XN) && !(tables & TABLE_XN) &&
			!(w->writable && (cfg->transcfg & TRANSCFG_WXN));
	return 0;
}

static uint8_t walk_tables(struct gmem *mem, const struct as_config *cfg, unsigned int pa_bits,
			   uint64_t va, struct walk *w)
{
	unsigned int va_bits = 55 - (unsigned int)TRANSCFG_INA_BITS(cfg->transcfg);
	uint64_t base = cfg->transtab & DESC_ADDR;
	uint64_t tables = 0;

	if (va_bits > MAX_VA_BITS || va_bits < MIN_VA_BITS || va >> va_bits)
		return EXC_ADDR_SIZE_IN;
	for (w->level = start_level(va_bits);; w->level++) {
		uint64_t index = va >> level_shift(w->level) & ((1 << BITS_PER_LEVEL) - 1);
		const uint64_t *slot = gmem_ptr(mem, base + 8 * index, sizeof(*slot));
		uint64_t desc;

		if (!slot)
			return EXC_BUS_FAULT;
		/* The guest's CPUs write tables while we walk. */
		desc = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
		if (!(desc & DESC_VALID))
			break;
		if (w->level == LAST_LEVEL) {
			if (!(desc & DESC_TABLE))
				break;
			return finish(cfg, desc, tables, pa_bits, va, w);
		}
		if (!(desc & DESC_TABLE)) {
			if (w->level == 0)
				break;
			return finish(cfg, desc, tables, pa_bits, va, w);
		}
		tables |= desc;
		base = desc & DESC_ADDR;
		if (base >> pa_bits)
			return (uint8_t)(EXC_ADDR_SIZE_OUT + w->level);
	}
	return (uint8_t)(EXC_TRANSLATION + w->level);
}

uint8_t as_walk(struct gmem *mem, const struct as_config *cfg, unsigned int pa_bits,
		uint64_t va, struct walk *w)
{
	*w = (struct walk){ 0 };
	switch (cfg->transcfg & TRANSCFG_MODE_MASK) {
	case TRANSCFG_AARCH64_4K:
		return walk_tables(mem, cfg, pa_bits, va, w);
	case TRANSCFG_IDENTITY:
		if (va >> pa_bits)
			return EXC_ADDR_SIZE_OUT;
		*w = (struct walk){ .gpa = va, .readable = true, .writable = true,
				    .executable = true };
		return 0;
	default:
		return EXC_TRANSLATION;
	}
}

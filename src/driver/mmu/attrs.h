/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Memory attributes: from what io-pgtable makes (AArch64) to what the GPU wants.
 * Fields and values: facts csf.md 1.6 and 1.7.
 */
#ifndef PP_MMU_ATTRS_H
#define PP_MMU_ATTRS_H

#include <linux/bits.h>
#include <linux/types.h>

/* AS_TRANSCFG */
#define PP_TRANSCFG_UNMAPPED		1ull
#define PP_TRANSCFG_AARCH64_4K		6ull
#define PP_TRANSCFG_INA_BITS(va_bits)	((u64)(55 - (va_bits)) << 6)
#define PP_TRANSCFG_PTW_WB		(2ull << 24)
#define PP_TRANSCFG_PTW_SH_OS		(2ull << 28)
#define PP_TRANSCFG_PTW_RA		BIT_ULL(30)

/* One byte of AS_MEMATTR */
#define PP_MEMATTR_ALLOC_W		BIT(0)
#define PP_MEMATTR_ALLOC_R		BIT(1)
#define PP_MEMATTR_ALLOC_EXPLICIT	(3u << 2)
#define PP_MEMATTR_SH_GPU		(0u << 4)	/* inner = the GPU's own caches */
#define PP_MEMATTR_SH_CPU		(1u << 4)	/* inner = the CPUs' domain */
#define PP_MEMATTR_NC			(1u << 6)
#define PP_MEMATTR_WB			(2u << 6)

/**
 * pp_memattr_byte() - one attribute
 * @mair: MAIR byte, as io-pgtable's AArch64 stage 1 defines it
 * @coherent: the device snoops CPU caches
 *
 * Only "write-back inside and outside" keeps its meaning; anything less is not
 * cached at all. The allocation hints of MAIR's inner half are kept. Entries
 * made with IOMMU_CACHE are inner shareable: on a coherent device that has to
 * reach the CPUs, on any other the GPU's own caches are meant, because wider
 * domains are not allowed for cached memory there.
 *
 * Return: the byte for AS_MEMATTR.
 */
static inline u8 pp_memattr_byte(u8 mair, bool coherent)
{
	u8 outer = mair >> 4, inner = mair & 0xf;

	/* Bit 2 tells write-back from write-through and non-cacheable, both 01xx and 11xx. */
	if (!(outer & BIT(2)) || !(inner & BIT(2)) || !(outer & 3) || !(inner & 3))
		return PP_MEMATTR_NC | PP_MEMATTR_SH_GPU | PP_MEMATTR_ALLOC_EXPLICIT;

	return PP_MEMATTR_WB | PP_MEMATTR_ALLOC_EXPLICIT |
	       (inner & BIT(0) ? PP_MEMATTR_ALLOC_W : 0) |
	       (inner & BIT(1) ? PP_MEMATTR_ALLOC_R : 0) |
	       (coherent ? PP_MEMATTR_SH_CPU : PP_MEMATTR_SH_GPU);
}

/**
 * pp_memattr() - all eight attributes
 * @mair: MAIR
 * @coherent: the device snoops CPU caches
 *
 * Return: value of AS_MEMATTR.
 */
static inline u64 pp_memattr(u64 mair, bool coherent)
{
	u64 out = 0;
	int i;

	for (i = 0; i < 64; i += 8)
		out |= (u64)pp_memattr_byte(mair >> i, coherent) << i;
	return out;
}

#endif

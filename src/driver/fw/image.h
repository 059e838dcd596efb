/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The firmware file, taken apart. Pure: bytes in, plain structs out; no memory is
 * allocated, nothing is kept. Also built in user space by tests/unit.
 */
#ifndef PP_FW_IMAGE_H
#define PP_FW_IMAGE_H

#include <linux/bits.h>
#include <linux/types.h>

#define PP_FW_IMAGE_MAGIC		0xc3f13a6eu
#define PP_FW_IMAGE_PAGE		0x1000u
#define PP_FW_IMAGE_MAX_SECTIONS	32	/* Arm's images have 8 */
#define PP_FW_IMAGE_INFO_LEN		64

#define PP_FW_SECTION_RD		BIT(0)
#define PP_FW_SECTION_WR		BIT(1)
#define PP_FW_SECTION_EX		BIT(2)
#define PP_FW_SECTION_CACHE(flags)	(((flags) >> 3) & 3)
#define PP_FW_SECTION_CACHE_NONE	0
#define PP_FW_SECTION_CACHE_CACHED	1
#define PP_FW_SECTION_CACHE_UNCACHED_COHERENT 2
#define PP_FW_SECTION_CACHE_CACHED_COHERENT 3
#define PP_FW_SECTION_PROT		BIT(5)
#define PP_FW_SECTION_SHARED		BIT(30)
#define PP_FW_SECTION_ZERO		BIT(31)
#define PP_FW_SECTION_FLAGS		(GENMASK(5, 0) | PP_FW_SECTION_SHARED | PP_FW_SECTION_ZERO)

/* A part of the MCU's address space; all fields were checked. */
struct pp_fw_section {
	u32 flags;		/* PP_FW_SECTION_* */
	u32 va, size;		/* MCU VA and bytes, multiples of PP_FW_IMAGE_PAGE */
	u32 data, data_size;	/* bytes of the file; data_size <= size, 0 for PROT */
};

struct pp_fw_image {
	u8 minor;
	u32 version_hash;
	unsigned int section_count;
	struct pp_fw_section sections[PP_FW_IMAGE_MAX_SECTIONS];
	unsigned int shared;	/* index of the interface section */
	bool has_prot;
	char build_info[PP_FW_IMAGE_INFO_LEN];	/* printable, may be empty */
};

int pp_fw_image_parse(const void *data, size_t size, u32 shared_va,
		      struct pp_fw_image *image, const char **why);

#endif

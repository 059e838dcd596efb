/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Owns: the table that mkfw puts at VA 0 of a synthetic firmware image, so that
 * the model can check through AS0 that every section was loaded as the file says.
 */
#ifndef VGPU_FWTABLE_H
#define VGPU_FWTABLE_H

#include <stddef.h>
#include <stdint.h>

#define FWTABLE_MAGIC		0x57464756u	/* "VGFW" */
#define FWTABLE_MAX		16

/* Section flags of the image (csf.md 2.1). */
#define FWSEC_RD		(1u << 0)
#define FWSEC_WR		(1u << 1)
#define FWSEC_EX		(1u << 2)
#define FWSEC_PROT		(1u << 5)
#define FWSEC_SHARED		(1u << 30)
#define FWSEC_ZERO		(1u << 31)

#define FWSEC_PROT_VA		0x03000000u
#define FWSEC_SHARED_VA		0x04000000u

/* One section: crc32 is over its data_size first bytes as loaded. */
struct fwtable_section {
	uint32_t va, size, flags, data_size, crc32;
};

struct fwtable {
	uint32_t magic, count;
	uint32_t crc32;		/* of the sections array */
	uint32_t version;	/* of the interface to speak, 0: what the GPU's profile says */
	struct fwtable_section sections[FWTABLE_MAX];
};

/* CRC-32 (IEEE, reflected), continued from crc; start with 0. */
static inline uint32_t fwtable_crc32(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;

	crc = ~crc;
	while (len--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = (crc >> 1) ^ (0xedb88320u & -(crc & 1));
	}
	return ~crc;
}

#endif

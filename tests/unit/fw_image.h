/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Makes firmware images for the parser's tests. */
#ifndef UNIT_FW_IMAGE_H
#define UNIT_FW_IMAGE_H

#include <stdint.h>
#include <string.h>

#define FW_SHARED_VA	0x04000000u
#define FW_HEADER	20

struct fw_file {
	uint8_t buf[8192];
	uint32_t table;		/* end of the entry table */
	uint32_t size;		/* end of the file */
};

static inline void fw_put(struct fw_file *f, uint32_t off, uint32_t val)
{
	for (int i = 0; i < 4; i++)
		f->buf[off + i] = val >> (8 * i);
}

static inline void fw_begin(struct fw_file *f)
{
	memset(f, 0, sizeof(*f));
	fw_put(f, 0, 0xc3f13a6e);
	f->buf[4] = 3;
	fw_put(f, 8, 0x12345678);
	f->table = FW_HEADER;
}

/* An entry of @words payload words; returns the offset of its header. */
static inline uint32_t fw_entry(struct fw_file *f, uint32_t ehdr, const uint32_t *payload,
				unsigned int words)
{
	uint32_t at = f->table;

	fw_put(f, at, ehdr | (4 + 4 * words) << 8);
	for (unsigned int i = 0; i < words; i++)
		fw_put(f, at + 4 + 4 * i, payload[i]);
	f->table += 4 + 4 * words;
	return at;
}

static inline uint32_t fw_section(struct fw_file *f, uint32_t flags, uint32_t va,
				  uint32_t end, uint32_t data, uint32_t data_end)
{
	const uint32_t p[] = { flags, va, end, data, data_end, 0, 0 };

	return fw_entry(f, 0, p, 7);
}

/* @data bytes of section contents follow the table. */
static inline void fw_end(struct fw_file *f, uint32_t data)
{
	fw_put(f, 16, f->table);
	f->size = f->table + data;
}

/* The shape of Arm's images: code, data, protected data, interface, build info. */
static inline void fw_typical(struct fw_file *f)
{
	static const uint32_t info[] = { 0x400, 0x20 };

	fw_begin(f);
	fw_section(f, 0x0000000d, 0x00800000, 0x00802000, 0x400, 0x480);
	fw_section(f, 0x8000000b, 0x02000000, 0x02004000, 0x480, 0x500);
	fw_section(f, 0x0000002b, 0x03000000, 0x03040000, 0, 0);
	fw_section(f, 0xc000001b, FW_SHARED_VA, 0x0400c000, 0x500, 0x600);
	fw_entry(f, 6, info, 2);
	fw_put(f, 16, f->table);
	memcpy(f->buf + 0x400, "git_sha: 0123456789abcdef \0junk", 32);
	f->size = 0x600;
}

#endif

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Makes a synthetic Mali CSF firmware image with the section layout of Arm's
 * images (csf.md 2.1), for the virtual GPU: mkfw [--no-prot] [--interface=M.N] [--bad=KIND] OUT
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fwtable.h"

#define IMAGE_MAGIC	0xc3f13a6eu
#define HEADER_SIZE	20
#define ENTRY_OPTIONAL	(1u << 31)
#define ENTRY_IFACE	0
#define ENTRY_BUILD	6
#define ENTRY_UNKNOWN	0x7f
#define IFACE_SIZE	0x20

enum bad {
	BAD_NONE, BAD_MAGIC, BAD_MAJOR, BAD_SIZE, BAD_ENTRY, BAD_ENTRY_SIZE, BAD_VA,
	BAD_VA_ORDER, BAD_DATA_RANGE, BAD_NO_SHARED, BAD_NOT_SHARED, BAD_CRC, BAD_TRUNCATED,
};

static const struct {
	const char *name;
	enum bad kind;
	const char *help;
} bad_kinds[] = {
	{ "magic", BAD_MAGIC, "wrong magic number" },
	{ "major", BAD_MAJOR, "unsupported header version" },
	{ "size", BAD_SIZE, "entry table longer than the file" },
	{ "entry", BAD_ENTRY, "unknown entry without the OPTIONAL bit" },
	{ "entry-size", BAD_ENTRY_SIZE, "entry that ends beyond the table" },
	{ "va", BAD_VA, "section address that is not page aligned" },
	{ "va-order", BAD_VA_ORDER, "section that ends before it starts" },
	{ "data-range", BAD_DATA_RANGE, "section data beyond the file" },
	{ "no-shared", BAD_NO_SHARED, "no section at 0x04000000" },
	{ "not-shared", BAD_NOT_SHARED, "section at 0x04000000 without the SHARED flag" },
	{ "crc", BAD_CRC, "data that differs from what the table says" },
	{ "truncated", BAD_TRUNCATED, "file that ends inside its header" },
};

/* Same addresses and rights as Arm's arch10.8 image; smaller where size means nothing. */
static const struct fwtable_section layout[] = {
	{ .va = 0x00000000, .size = 0x01000, .flags = 0x00000009, .data_size = sizeof(struct fwtable) },
	{ .va = 0x00400000, .size = 0x01000, .flags = 0x00000009, .data_size = 0x80 },
	{ .va = 0x00800000, .size = 0x02000, .flags = 0x0000000d, .data_size = 0x1804 },
	{ .va = 0x01000000, .size = 0x04000, .flags = 0x80000009, .data_size = 0x404 },
	{ .va = 0x02000000, .size = 0x04000, .flags = 0x8000000b, .data_size = 0x404 },
	{ .va = FWSEC_PROT_VA, .size = 0x40000, .flags = 0x0000002b },
	{ .va = FWSEC_SHARED_VA, .size = 0x20000, .flags = 0xc000001b, .data_size = 0x2000 },
};

#define SECTIONS	(sizeof(layout) / sizeof(layout[0]))

struct image {
	uint8_t buf[64 * 1024];
	size_t table_end, data_end;
	bool prot;
	uint32_t version;
	enum bad bad;
};

static void put32(struct image *img, size_t at, uint32_t val)
{
	for (int i = 0; i < 4; i++)
		img->buf[at + i] = val >> (8 * i);
}

static void add32(struct image *img, uint32_t val)
{
	put32(img, img->table_end, val);
	img->table_end += 4;
}

static bool skipped(const struct image *img, const struct fwtable_section *s)
{
	if (s->flags & FWSEC_PROT)
		return !img->prot;
	return (s->flags & FWSEC_SHARED) && img->bad == BAD_NO_SHARED;
}

/* Content that shows a wrong offset or a swapped section at once. */
static void fill_section(uint8_t *p, const struct fwtable_section *s)
{
	bool shared = s->flags & FWSEC_SHARED;

	for (uint32_t i = 0; i < s->data_size; i++)
		p[i] = shared ? 0 : (s->va >> 20) + i * 7 + (i >> 8);
}

static void add_section(struct image *img, const struct fwtable_section *s, size_t data)
{
	uint32_t va = s->va, end = s->va + s->size, flags = s->flags;
	size_t data_end = data + s->data_size;

	if (img->bad == BAD_VA && s->va == 0x00400000)
		va += 0x10;
	if (img->bad == BAD_VA_ORDER && s->va == 0x00400000)
		end = va - 0x1000;
	if (img->bad == BAD_DATA_RANGE && s->va == 0x00800000)
		data_end += sizeof(img->buf);
	if (img->bad == BAD_NOT_SHARED)
		flags &= ~FWSEC_SHARED;
	add32(img, ENTRY_IFACE | IFACE_SIZE << 8);
	add32(img, flags);
	add32(img, va);
	add32(img, end);
	add32(img, data);
	add32(img, data_end);
	memcpy(img->buf + img->table_end, "vgpu", 4);
	img->table_end += 8;
}

static void add_build_info(struct image *img)
{
	static const char text[] = "git_sha: 0000000000000000000000000000000000000000 ";

	/* Optional as in Arm's images: 6.12 does not know it. */
	add32(img, ENTRY_BUILD | 12 << 8 | ENTRY_OPTIONAL);
	add32(img, img->data_end);
	add32(img, sizeof(text));
	memcpy(img->buf + img->data_end, text, sizeof(text));
	img->data_end += (sizeof(text) + 7) & ~7u;
}

static void add_unknown(struct image *img)
{
	uint32_t size = img->bad == BAD_ENTRY_SIZE ? 0xfc : 12;
	uint32_t optional = img->bad == BAD_ENTRY ? 0 : ENTRY_OPTIONAL;

	add32(img, ENTRY_UNKNOWN | size << 8 | optional);
	img->table_end += 8;
}

static void write_table(struct image *img, const struct fwtable *table, size_t at)
{
	const uint32_t *words = (const uint32_t *)table;

	for (size_t i = 0; i < sizeof(*table) / 4; i++)
		put32(img, at + 4 * i, words[i]);
}

/* The table is the data of the first section, so it is written last. */
static void make_image(struct image *img)
{
	struct fwtable table = { .magic = FWTABLE_MAGIC, .version = img->version };
	size_t table_at = 0;

	img->table_end = HEADER_SIZE;
	img->data_end = 0x400;
	for (size_t i = 0; i < SECTIONS; i++) {
		struct fwtable_section s = layout[i];

		if (skipped(img, &s))
			continue;
		fill_section(img->buf + img->data_end, &s);
		s.crc32 = fwtable_crc32(0, img->buf + img->data_end, s.data_size);
		if (!i) {
			table_at = img->data_end;
			s.crc32 = 0;
		}
		table.sections[table.count++] = s;
		add_section(img, &s, img->data_end);
		img->data_end += (s.data_size + 7) & ~7u;
	}
	add_build_info(img);
	add_unknown(img);
	table.crc32 = fwtable_crc32(0, table.sections, sizeof(table.sections));
	write_table(img, &table, table_at);
	if (img->bad == BAD_CRC)
		img->buf[table_at + sizeof(table) + 0x40] ^= 0xff;
}

static void make_header(struct image *img)
{
	put32(img, 0, img->bad == BAD_MAGIC ? ~IMAGE_MAGIC : IMAGE_MAGIC);
	put32(img, 4, 3 | (img->bad == BAD_MAJOR ? 1u << 8 : 0));
	put32(img, 8, 0x76677075);
	put32(img, 16, img->bad == BAD_SIZE ? img->data_end + 0x1000 : img->table_end);
	if (img->bad == BAD_TRUNCATED)
		img->data_end = HEADER_SIZE - 4;
}

static int usage(void)
{
	fprintf(stderr, "usage: mkfw [--no-prot] [--interface=MAJOR.MINOR] [--bad=KIND] OUT\nKIND:\n");
	for (size_t i = 0; i < sizeof(bad_kinds) / sizeof(bad_kinds[0]); i++)
		fprintf(stderr, "  %-12s%s\n", bad_kinds[i].name, bad_kinds[i].help);
	return 2;
}

static enum bad parse_bad(const char *name)
{
	for (size_t i = 0; i < sizeof(bad_kinds) / sizeof(bad_kinds[0]); i++)
		if (!strcmp(name, bad_kinds[i].name))
			return bad_kinds[i].kind;
	exit(usage());
}

static uint32_t parse_version(const char *text)
{
	unsigned int major, minor;
	char end;

	if (sscanf(text, "%u.%u%c", &major, &minor, &end) != 2 || !major || (major | minor) > 255)
		exit(usage());
	return major << 24 | minor << 16;
}

int main(int argc, char **argv)
{
	static struct image img = { .prot = true };
	const char *out = NULL;
	FILE *f;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--no-prot"))
			img.prot = false;
		else if (!strncmp(argv[i], "--interface=", 12))
			img.version = parse_version(argv[i] + 12);
		else if (!strncmp(argv[i], "--bad=", 6))
			img.bad = parse_bad(argv[i] + 6);
		else if (argv[i][0] == '-' || out)
			return usage();
		else
			out = argv[i];
	}
	if (!out)
		return usage();
	make_image(&img);
	make_header(&img);
	f = fopen(out, "wb");
	if (!f || fwrite(img.buf, 1, img.data_end, f) != img.data_end || fclose(f)) {
		perror(out);
		return 1;
	}
	return 0;
}

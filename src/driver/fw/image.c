// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Parser of mali_csffw.bin. Pure, see fw/image.h.
 *
 * The file is a header of 20 bytes, a table of entries whose length the header
 * gives, and data that entries point to. Every number in it is untrusted: what
 * leaves this file is inside the file and inside the MCU's address space.
 */
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/unaligned.h>

#include "fw/image.h"

#define PP_FW_HEADER_SIZE	20
#define PP_FW_ENTRY_TYPE(e)	((e) & 0xff)
#define PP_FW_ENTRY_SIZE(e)	(((e) >> 8) & 0xff)
#define PP_FW_ENTRY_OPTIONAL	BIT(31)
#define PP_FW_IFACE_SIZE	24	/* entry header and five words */
#define PP_FW_BUILD_INFO_SIZE	12	/* entry header and two words */

enum pp_fw_entry_type {
	PP_FW_ENTRY_IFACE = 0,
	PP_FW_ENTRY_CONFIG = 1,
	PP_FW_ENTRY_FUTF_TEST = 2,
	PP_FW_ENTRY_TRACE_BUFFER = 3,
	PP_FW_ENTRY_TIMELINE_METADATA = 4,
	PP_FW_ENTRY_BUILD_INFO = 6,
};

/* What is being parsed, and why it was refused. */
struct pp_fw_parser {
	const u8 *data;
	u32 size;
	u32 shared_va;
	struct pp_fw_image *image;
	const char *why;
};

static int pp_fw_refuse(struct pp_fw_parser *p, const char *why)
{
	p->why = why;
	return -EINVAL;
}

static u32 pp_fw_word(const struct pp_fw_parser *p, u32 off)
{
	return get_unaligned_le32(p->data + off);
}

static bool pp_fw_overlaps(const struct pp_fw_image *image,
			   const struct pp_fw_section *s)
{
	for (unsigned int i = 0; i < image->section_count; i++) {
		const struct pp_fw_section *o = &image->sections[i];

		if ((u64)s->va < (u64)o->va + o->size &&
		    (u64)o->va < (u64)s->va + s->size)
			return true;
	}
	return false;
}

/* Rules that tie a section's flags together. */
static int pp_fw_check_flags(struct pp_fw_parser *p, const struct pp_fw_section *s)
{
	if (s->flags & ~PP_FW_SECTION_FLAGS)
		return pp_fw_refuse(p, "section with unknown flags");
	if (s->va == p->shared_va && !(s->flags & PP_FW_SECTION_SHARED))
		return pp_fw_refuse(p, "interface section is not shared");
	if (!(s->flags & PP_FW_SECTION_PROT))
		return 0;

	/* The CPU cannot write protected memory, so there is nothing to load. */
	if (s->data_size)
		return pp_fw_refuse(p, "protected section with data");
	if (s->flags & PP_FW_SECTION_SHARED)
		return pp_fw_refuse(p, "section both protected and shared");
	return 0;
}

static int pp_fw_parse_section(struct pp_fw_parser *p, u32 off, u32 len)
{
	struct pp_fw_image *image = p->image;
	struct pp_fw_section s = {};
	u32 end, data_end;
	int ret;

	if (len < PP_FW_IFACE_SIZE)
		return pp_fw_refuse(p, "section entry is too short");

	s.flags = pp_fw_word(p, off + 4);
	s.va = pp_fw_word(p, off + 8);
	end = pp_fw_word(p, off + 12);
	s.data = pp_fw_word(p, off + 16);
	data_end = pp_fw_word(p, off + 20);

	if (s.va % PP_FW_IMAGE_PAGE || end % PP_FW_IMAGE_PAGE)
		return pp_fw_refuse(p, "section is not page aligned");
	if (end < s.va)
		return pp_fw_refuse(p, "section ends before it starts");
	if (data_end < s.data || data_end > p->size)
		return pp_fw_refuse(p, "section data is outside of the file");

	s.size = end - s.va;
	s.data_size = data_end - s.data;
	if (s.data_size > s.size)
		return pp_fw_refuse(p, "section data is larger than the section");

	ret = pp_fw_check_flags(p, &s);
	if (ret || !s.size)
		return ret;
	if (pp_fw_overlaps(image, &s))
		return pp_fw_refuse(p, "sections overlap");
	if (image->section_count == PP_FW_IMAGE_MAX_SECTIONS)
		return pp_fw_refuse(p, "too many sections");

	if (s.va == p->shared_va)
		image->shared = image->section_count;
	if (s.flags & PP_FW_SECTION_PROT)
		image->has_prot = true;
	image->sections[image->section_count++] = s;
	return 0;
}

/*
 * A string for the log; whatever cannot be printed ends it. Nothing depends on it,
 * so an image that has it wrong is loaded without it.
 */
static int pp_fw_parse_build_info(struct pp_fw_parser *p, u32 off, u32 len)
{
	char *out = p->image->build_info;
	u32 start, size, end = 0;

	if (len < PP_FW_BUILD_INFO_SIZE)
		return pp_fw_refuse(p, "build info entry is too short");

	start = pp_fw_word(p, off + 4);
	size = pp_fw_word(p, off + 8);
	if (start > p->size || size > p->size - start)
		return 0;

	for (u32 i = 0; i < size && i < PP_FW_IMAGE_INFO_LEN - 1; i++) {
		u8 c = p->data[start + i];

		if (c < 0x20 || c > 0x7e)
			break;
		out[i] = c;
		if (c != ' ')
			end = i + 1;
	}
	out[end] = '\0';
	return 0;
}

static int pp_fw_parse_entry(struct pp_fw_parser *p, u32 off, u32 ehdr)
{
	u32 len = PP_FW_ENTRY_SIZE(ehdr);

	switch (PP_FW_ENTRY_TYPE(ehdr)) {
	case PP_FW_ENTRY_IFACE:
		return pp_fw_parse_section(p, off, len);
	case PP_FW_ENTRY_BUILD_INFO:
		return pp_fw_parse_build_info(p, off, len);
	/* For tools that we have no use for; images carry them unmarked. */
	case PP_FW_ENTRY_CONFIG:
	case PP_FW_ENTRY_FUTF_TEST:
	case PP_FW_ENTRY_TRACE_BUFFER:
	case PP_FW_ENTRY_TIMELINE_METADATA:
		return 0;
	default:
		if (ehdr & PP_FW_ENTRY_OPTIONAL)
			return 0;
		return pp_fw_refuse(p, "entry of unknown type that is not optional");
	}
}

static int pp_fw_parse_table(struct pp_fw_parser *p, u32 end)
{
	u32 off = PP_FW_HEADER_SIZE;
	int ret;

	while (off < end) {
		u32 ehdr, len;

		if (end - off < sizeof(u32))
			return pp_fw_refuse(p, "entry table ends in an entry");
		ehdr = pp_fw_word(p, off);
		len = PP_FW_ENTRY_SIZE(ehdr);
		/* Also what keeps this loop moving. */
		if (len < sizeof(u32) || len % sizeof(u32))
			return pp_fw_refuse(p, "entry of impossible length");
		if (len > end - off)
			return pp_fw_refuse(p, "entry table ends in an entry");

		ret = pp_fw_parse_entry(p, off, ehdr);
		if (ret)
			return ret;
		off += len;
	}
	return 0;
}

static int pp_fw_parse_file(struct pp_fw_parser *p)
{
	struct pp_fw_image *image = p->image;
	u32 end;
	int ret;

	if (pp_fw_word(p, 0) != PP_FW_IMAGE_MAGIC)
		return pp_fw_refuse(p, "not a firmware image");
	if (p->data[5])
		return pp_fw_refuse(p, "file format of an unknown major version");

	image->minor = p->data[4];
	image->version_hash = pp_fw_word(p, 8);
	end = pp_fw_word(p, 16);
	if (end < PP_FW_HEADER_SIZE || end > p->size)
		return pp_fw_refuse(p, "entry table is outside of the file");

	ret = pp_fw_parse_table(p, end);
	if (ret)
		return ret;
	if (image->shared == PP_FW_IMAGE_MAX_SECTIONS)
		return pp_fw_refuse(p, "no interface section");
	return 0;
}

/**
 * pp_fw_image_parse() - take a firmware file apart
 * @data: the file
 * @size: its length, bytes
 * @shared_va: MCU VA of the section that must be shared and present
 * @image: result; holds no pointer into @data
 * @why: set to a constant string that names the defect, if there is one
 *
 * Context: Any; pure.
 * Return:
 *  * 0: @image is filled, and every section in it can be loaded
 *  * -EINVAL: malformed, see @why
 */
int pp_fw_image_parse(const void *data, size_t size, u32 shared_va,
		      struct pp_fw_image *image, const char **why)
{
	struct pp_fw_parser p = {
		.data = data,
		.size = size,
		.shared_va = shared_va,
		.image = image,
	};
	int ret;

	memset(image, 0, sizeof(*image));
	image->shared = PP_FW_IMAGE_MAX_SECTIONS;

	if (size < PP_FW_HEADER_SIZE || size > (u32)~0)
		ret = pp_fw_refuse(&p, "file is of impossible length");
	else
		ret = pp_fw_parse_file(&p);

	*why = p.why;
	return ret;
}

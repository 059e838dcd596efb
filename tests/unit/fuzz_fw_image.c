// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Whatever the firmware file parser accepts can be loaded: each section lies in
 * the file and in 32 bits, none overlaps another, protected ones have no data.
 *
 * unit-sources: src/driver/fw/image.c
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fw/image.h"
#include "fuzz.h"
#include "fw_image.h"

static void must(int cond)
{
	if (!cond)
		abort();
}

static void check_section(const struct pp_fw_image *image, unsigned int i, size_t size)
{
	const struct pp_fw_section *s = &image->sections[i];

	must(s->size && s->size % PP_FW_IMAGE_PAGE == 0 && s->va % PP_FW_IMAGE_PAGE == 0);
	must((uint64_t)s->va + s->size <= 1ull << 32);
	must((uint64_t)s->data + s->data_size <= size);
	must(s->data_size <= s->size);
	must(!(s->flags & PP_FW_SECTION_PROT) || !s->data_size);
	for (unsigned int j = 0; j < i; j++) {
		const struct pp_fw_section *o = &image->sections[j];

		must((uint64_t)o->va + o->size <= s->va ||
		     (uint64_t)s->va + s->size <= o->va);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pp_fw_image image;
	const char *why;

	if (pp_fw_image_parse(data, size, FW_SHARED_VA, &image, &why)) {
		must(why && *why);
		return 0;
	}

	must(!why);
	must(image.section_count <= PP_FW_IMAGE_MAX_SECTIONS);
	must(image.shared < image.section_count);
	must(image.sections[image.shared].va == FW_SHARED_VA);
	must(image.sections[image.shared].flags & PP_FW_SECTION_SHARED);
	must(memchr(image.build_info, 0, sizeof(image.build_info)) != NULL);
	for (unsigned int i = 0; i < image.section_count; i++)
		check_section(&image, i, size);
	return 0;
}

size_t pp_fuzz_seed(unsigned int n, uint8_t *buf, size_t max)
{
	static struct fw_file f;

	if (n > 1)
		return 0;

	fw_typical(&f);
	if (n == 1)
		fw_entry(&f, 0x8000007f, NULL, 0);
	fw_put(&f, 16, f.table);
	must(f.size <= max);
	memcpy(buf, f.buf, f.size);
	return f.size;
}

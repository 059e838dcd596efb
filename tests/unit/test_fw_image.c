// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The firmware file parser: what it makes of good images, and that it names the
 * defect of each kind of bad one.
 *
 * unit-sources: src/driver/fw/image.c
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fw/image.h"
#include "fw_image.h"

static struct pp_fw_image image;

/* Parse from a heap copy of exact length, so that ASan sees one byte too far. */
static int parse(const struct fw_file *f, const char **why)
{
	uint8_t *copy = malloc(f->size ? f->size : 1);
	int ret;

	assert_non_null(copy);
	memcpy(copy, f->buf, f->size);
	ret = pp_fw_image_parse(copy, f->size, FW_SHARED_VA, &image, why);
	free(copy);
	return ret;
}

static void accept(const struct fw_file *f)
{
	const char *why = "stale";

	assert_int_equal(parse(f, &why), 0);
	assert_null(why);
}

static void refuse(const struct fw_file *f, const char *expect)
{
	const char *why = NULL;

	assert_int_equal(parse(f, &why), -EINVAL);
	assert_non_null(why);
	assert_string_equal(why, expect);
}

static void typical(void **state)
{
	struct fw_file f;

	fw_typical(&f);
	accept(&f);
	assert_int_equal(image.minor, 3);
	assert_int_equal(image.version_hash, 0x12345678);
	assert_int_equal(image.section_count, 4);
	assert_int_equal(image.shared, 3);
	assert_true(image.has_prot);
	assert_string_equal(image.build_info, "git_sha: 0123456789abcdef");

	assert_int_equal(image.sections[1].va, 0x02000000);
	assert_int_equal(image.sections[1].size, 0x4000);
	assert_int_equal(image.sections[1].data, 0x480);
	assert_int_equal(image.sections[1].data_size, 0x80);
	assert_int_equal(image.sections[1].flags, 0x8000000b);
	assert_int_equal(image.sections[2].data_size, 0);
}

static void without_prot(void **state)
{
	struct fw_file f;

	fw_begin(&f);
	fw_section(&f, 0xc000001b, FW_SHARED_VA, FW_SHARED_VA + 0x1000, 0, 0);
	fw_end(&f, 0);
	accept(&f);
	assert_false(image.has_prot);
	assert_int_equal(image.shared, 0);
	assert_string_equal(image.build_info, "");
}

/* A section may end with the address space, and hold as much data as it is long. */
static void limits(void **state)
{
	struct fw_file f;

	fw_begin(&f);
	fw_section(&f, 0xc000001b, FW_SHARED_VA, FW_SHARED_VA + 0x1000, 0x100, 0x1100);
	fw_section(&f, 0x09, 0xffffe000, 0xfffff000, 0, 0);
	fw_end(&f, 0);
	f.size = 0x1100;
	accept(&f);
	assert_int_equal(image.sections[0].data_size, 0x1000);
}

static void bad_header(void **state)
{
	struct fw_file f;

	for (uint32_t size = 0; size < FW_HEADER; size++) {
		fw_typical(&f);
		f.size = size;
		refuse(&f, "file is of impossible length");
	}

	fw_typical(&f);
	fw_put(&f, 0, 0xc3f13a6f);
	refuse(&f, "not a firmware image");

	fw_typical(&f);
	f.buf[5] = 1;
	refuse(&f, "file format of an unknown major version");

	fw_typical(&f);
	fw_put(&f, 16, f.size + 1);
	refuse(&f, "entry table is outside of the file");

	fw_typical(&f);
	fw_put(&f, 16, FW_HEADER - 1);
	refuse(&f, "entry table is outside of the file");
}

static void bad_entries(void **state)
{
	struct fw_file f;

	fw_typical(&f);
	fw_put(&f, FW_HEADER, 0);
	refuse(&f, "entry of impossible length");

	fw_typical(&f);
	fw_put(&f, FW_HEADER, 0x2200);
	refuse(&f, "entry of impossible length");

	fw_typical(&f);
	fw_put(&f, FW_HEADER, 0xfc00);
	refuse(&f, "entry table ends in an entry");

	fw_typical(&f);
	fw_put(&f, 16, f.table - 1);
	refuse(&f, "entry table ends in an entry");

	fw_typical(&f);
	fw_put(&f, 16, f.table + 2);
	refuse(&f, "entry table ends in an entry");

	fw_typical(&f);
	fw_put(&f, FW_HEADER, 0x1400);
	refuse(&f, "section entry is too short");
}

static void unknown_entries(void **state)
{
	struct fw_file f;

	fw_typical(&f);
	fw_entry(&f, 0x8000007f, NULL, 0);
	fw_put(&f, 16, f.table);
	accept(&f);

	fw_typical(&f);
	fw_entry(&f, 0x0000007f, NULL, 0);
	fw_put(&f, 16, f.table);
	refuse(&f, "entry of unknown type that is not optional");

	for (uint32_t type = 1; type < 5; type++) {
		fw_typical(&f);
		fw_entry(&f, type, NULL, 0);
		fw_put(&f, 16, f.table);
		accept(&f);
	}
}

/* The typical image, with one word of its section @n changed. */
static void refuse_section(unsigned int n, unsigned int word, uint32_t val,
			   const char *expect)
{
	struct fw_file f;

	fw_typical(&f);
	fw_put(&f, FW_HEADER + n * 0x20 + 4 + 4 * word, val);
	refuse(&f, expect);
}

static void bad_sections(void **state)
{
	refuse_section(0, 1, 0x00800100, "section is not page aligned");
	refuse_section(0, 2, 0x00802800, "section is not page aligned");
	/* Nothing to map, but data all the same. */
	refuse_section(0, 2, 0x00800000, "section data is larger than the section");
	refuse_section(0, 2, 0x00400000, "section ends before it starts");
	refuse_section(0, 3, 0x481, "section data is outside of the file");
	refuse_section(0, 4, 0x601, "section data is outside of the file");
	refuse_section(0, 4, 0xffffffff, "section data is outside of the file");
	refuse_section(0, 0, 0x4d, "section with unknown flags");
	refuse_section(3, 0, 0x8000001b, "interface section is not shared");
	refuse_section(2, 4, 1, "protected section with data");
	refuse_section(2, 0, 0x4000002b, "section both protected and shared");
	refuse_section(1, 1, 0x00801000, "sections overlap");
	refuse_section(3, 1, 0x04001000, "no interface section");
}

static void data_too_large(void **state)
{
	struct fw_file f;

	fw_typical(&f);
	fw_section(&f, 0x09, 0x10000000, 0x10001000, 0x400, 0x1401);
	fw_put(&f, 16, f.table);
	f.size = 0x1401;
	refuse(&f, "section data is larger than the section");
}

static void too_many_sections(void **state)
{
	struct fw_file f;

	for (unsigned int n = 31; n <= 32; n++) {
		fw_begin(&f);
		fw_section(&f, 0xc000001b, FW_SHARED_VA, FW_SHARED_VA + 0x1000, 0, 0);
		for (unsigned int i = 0; i < n; i++)
			fw_section(&f, 0x09, 0x10000000 + i * 0x1000,
				   0x10001000 + i * 0x1000, 0, 0);
		fw_end(&f, 0);
		if (n < PP_FW_IMAGE_MAX_SECTIONS)
			accept(&f);
		else
			refuse(&f, "too many sections");
	}
}

/* One without any bytes is nothing to load, and no reason to refuse the image. */
static void empty_section(void **state)
{
	struct fw_file f;

	fw_typical(&f);
	fw_section(&f, 0x09, 0x10000000, 0x10000000, 0x400, 0x400);
	fw_put(&f, 16, f.table);
	accept(&f);
	assert_int_equal(image.section_count, 4);
}

static void build_info(void **state)
{
	static const uint32_t beyond[] = { 0x600, 1 }, wraps[] = { 0x10, 0xfffffff8 };
	struct fw_file f;

	/* Longer than there is room for: cut, and terminated. */
	fw_typical(&f);
	memset(f.buf + 0x400, 'x', 0x200);
	fw_put(&f, FW_HEADER + 4 * 0x20 + 8, 0x200);
	accept(&f);
	assert_int_equal(strlen(image.build_info), PP_FW_IMAGE_INFO_LEN - 1);

	fw_typical(&f);
	fw_entry(&f, 6, beyond, 2);
	fw_put(&f, 16, f.table);
	accept(&f);
	assert_string_equal(image.build_info, "git_sha: 0123456789abcdef");

	fw_typical(&f);
	fw_entry(&f, 6, wraps, 2);
	fw_put(&f, 16, f.table);
	accept(&f);
	assert_string_equal(image.build_info, "git_sha: 0123456789abcdef");

	fw_typical(&f);
	fw_entry(&f, 6, beyond, 1);
	fw_put(&f, 16, f.table);
	refuse(&f, "build info entry is too short");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(typical),
		cmocka_unit_test(without_prot),
		cmocka_unit_test(limits),
		cmocka_unit_test(bad_header),
		cmocka_unit_test(bad_entries),
		cmocka_unit_test(unknown_entries),
		cmocka_unit_test(bad_sections),
		cmocka_unit_test(data_too_large),
		cmocka_unit_test(too_many_sections),
		cmocka_unit_test(empty_section),
		cmocka_unit_test(build_info),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

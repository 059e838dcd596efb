// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What GPUs are called, by architecture, product, cores and ray tracing.
 *
 * unit-sources: src/driver/hw/product.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hw/product.h"

static const char *name(unsigned int arch, unsigned int product, unsigned int cores, bool ray)
{
	/* Minor numbers, revision and version must not matter. */
	return pp_hw_product_name(arch << 28 | 0x08f05123 | product << 16, cores, ray);
}

static void test_fixed(void **state)
{
	assert_string_equal(name(10, 2, 1, false), "Mali-G710");
	assert_string_equal(name(10, 3, 1, true), "Mali-G510");
	assert_string_equal(name(10, 4, 1, false), "Mali-G310");
	assert_string_equal(name(10, 7, 4, false), "Mali-G610");
	assert_string_equal(name(11, 3, 16, true), "Mali-G615");
	assert_string_equal(name(12, 1, 16, true), "Mali-G620");
	assert_string_equal(name(13, 1, 16, true), "Mali-G625");
	assert_string_equal(name(14, 0, 24, true), "Mali-G1-Ultra");
	assert_string_equal(name(14, 1, 8, true), "Mali-G1-Premium");
	assert_string_equal(name(14, 3, 2, false), "Mali-G1-Pro");
}

/* One design under three names. */
static void test_by_cores(void **state)
{
	static const struct {
		unsigned int arch, middle;
		const char *large, *medium, *small;
	} rows[] = {
		{ 11, 7, "Immortalis-G715", "Mali-G715", "Mali-G615" },
		{ 12, 6, "Immortalis-G720", "Mali-G720", "Mali-G620" },
		{ 13, 6, "Immortalis-G925", "Mali-G725", "Mali-G625" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned int product = rows[i].arch == 11 ? 2 : 0;

		assert_string_equal(name(rows[i].arch, product, 10, true), rows[i].large);
		assert_string_equal(name(rows[i].arch, product, 10, false), rows[i].medium);
		assert_string_equal(name(rows[i].arch, product, 9, true), rows[i].medium);
		assert_string_equal(name(rows[i].arch, product, rows[i].middle, true),
				    rows[i].medium);
		assert_string_equal(name(rows[i].arch, product, rows[i].middle - 1, true),
				    rows[i].small);
	}
}

static void test_unknown(void **state)
{
	assert_string_equal(name(10, 15, 1, false), "Mali of unknown name");
	assert_string_equal(name(9, 2, 1, false), "Mali of unknown name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_by_cores),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

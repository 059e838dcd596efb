// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The table walker alone, against tables built by hand. */
#include <stdlib.h>

#include "testing.h"

#include "as_walk.h"

#define PA_BITS		40
#define CFG_4K		(TRANSCFG_AARCH64_4K)
#define INA(va_bits)	((55ull - (va_bits)) << 6)
#define MEMATTR		0x8f8f8f8f8f8f8f8full
#define NO_HIER_AP	(1ull << 33)
#define NO_AF_FAULT	(1ull << 34)
#define WXN		(1ull << 35)

static const struct as_config cfg48 = {
	.transtab = TABLES_GPA, .memattr = MEMATTR, .transcfg = CFG_4K | INA(48)
};

static uint8_t walk(struct rig *r, const struct as_config *cfg, uint64_t va, struct walk *w)
{
	return as_walk(r->v->gmem, cfg, PA_BITS, va, w);
}

static void page(void **state)
{
	struct rig *r = *state;
	struct walk w;

	rig_map(r, 0, 3, 0x123456789000, PAGE_GPA | PTE_RW | PTE_PAGE);
	assert_int_equal(walk(r, &cfg48, 0x123456789abc, &w), 0);
	assert_int_equal(w.gpa, PAGE_GPA + 0xabc);
	assert_int_equal(w.level, 3);
	assert_true(w.readable && w.writable && w.executable);
}

static void blocks(void **state)
{
	struct rig *r = *state;
	struct walk w;

	rig_map(r, 0, 2, 0x40200000, 0x80200000 | PTE_RW | PTE_BLOCK);
	assert_int_equal(walk(r, &cfg48, 0x40212345, &w), 0);
	assert_int_equal(w.gpa, 0x80212345);
	assert_int_equal(w.level, 2);
	rig_map(r, 0, 1, 0x80000000, 0xc0000000 | PTE_RW | PTE_BLOCK);
	assert_int_equal(walk(r, &cfg48, 0x9fedcba9, &w), 0);
	assert_int_equal(w.gpa, 0xdfedcba9);
	assert_int_equal(w.level, 1);
	/* Level 0 knows only tables. */
	rig_map(r, 0, 0, 1ull << 39, PTE_RW | PTE_BLOCK);
	assert_int_equal(walk(r, &cfg48, 1ull << 39, &w), EXC_TRANSLATION);
}

static void holes(void **state)
{
	struct rig *r = *state;
	struct walk w;

	rig_map(r, 0, 3, 0, PAGE_GPA | PTE_RW | PTE_PAGE);
	assert_int_equal(walk(r, &cfg48, 1ull << 39, &w), EXC_TRANSLATION + 0);
	assert_int_equal(walk(r, &cfg48, 1ull << 30, &w), EXC_TRANSLATION + 1);
	assert_int_equal(walk(r, &cfg48, 1ull << 21, &w), EXC_TRANSLATION + 2);
	assert_int_equal(walk(r, &cfg48, 1ull << 12, &w), EXC_TRANSLATION + 3);
	/* A block at level 3 is no page. */
	rig_map(r, 0, 3, 0x1000, PAGE_GPA | PTE_RW | PTE_BLOCK);
	assert_int_equal(walk(r, &cfg48, 0x1000, &w), EXC_TRANSLATION + 3);
}

static void start_levels(void **state)
{
	struct rig *r = *state;
	struct as_config cfg = cfg48;
	struct walk w;

	rig_map(r, 1, 3, 0x1000, PAGE_GPA | PTE_RW | PTE_PAGE);
	cfg.transcfg = CFG_4K | INA(39);
	assert_int_equal(walk(r, &cfg, 0x1008, &w), 0);
	assert_int_equal(w.gpa, PAGE_GPA + 8);
	cfg.transcfg = CFG_4K | INA(31);
	assert_int_equal(walk(r, &cfg, 0x1008, &w), 0);
	/* One level less once the size fits in it. */
	cfg.transcfg = CFG_4K | INA(30);
	cfg.transtab = TABLES_GPA + 0x1000;
	assert_int_equal(walk(r, &cfg, 0x1008, &w), 0);
	assert_int_equal(w.gpa, PAGE_GPA + 8);
}

static void address_sizes(void **state)
{
	struct rig *r = *state;
	struct as_config cfg = cfg48;
	struct walk w;

	assert_int_equal(walk(r, &cfg, 1ull << 48, &w), EXC_ADDR_SIZE_IN);
	cfg.transcfg = CFG_4K | INA(32);
	assert_int_equal(walk(r, &cfg, 1ull << 32, &w), EXC_ADDR_SIZE_IN);
	cfg.transcfg = CFG_4K;	/* 55 bits: no such size */
	assert_int_equal(walk(r, &cfg, 0, &w), EXC_ADDR_SIZE_IN);
	rig_map(r, 0, 3, 0, 1ull << PA_BITS | PTE_RW | PTE_PAGE);
	assert_int_equal(walk(r, &cfg48, 0, &w), EXC_ADDR_SIZE_OUT + 3);
	rig_map(r, 0, 1, 1ull << 30, 1ull << PA_BITS | 3);
	assert_int_equal(walk(r, &cfg48, 1ull << 30, &w), EXC_ADDR_SIZE_OUT + 1);
}

static void rights(void **state)
{
	struct rig *r = *state;
	struct walk w;

	rig_map(r, 0, 3, 0x0000, PAGE_GPA | PTE_RO | PTE_PAGE);
	rig_map(r, 0, 3, 0x1000, PAGE_GPA | PTE_RW | PTE_XN | PTE_PAGE);
	rig_map(r, 0, 3, 0x2000, PAGE_GPA | (PTE_RW & ~(1ull << 6)) | PTE_PAGE);
	assert_int_equal(walk(r, &cfg48, 0x0000, &w), 0);
	assert_true(w.readable && !w.writable && w.executable);
	assert_int_equal(walk(r, &cfg48, 0x1000, &w), 0);
	assert_true(w.readable && w.writable && !w.executable);
	assert_int_equal(walk(r, &cfg48, 0x2000, &w), 0);
	assert_true(!w.readable && !w.writable);
}

static void table_rights(void **state)
{
	struct rig *r = *state;
	struct as_config cfg = cfg48;
	uint64_t *table;
	struct walk w;

	rig_map(r, 0, 3, 0, PAGE_GPA | PTE_RW | PTE_PAGE);
	table = rig_entry(r, TABLES_GPA, 0);
	*table |= 1ull << 62;	/* read-only */
	assert_int_equal(walk(r, &cfg, 0, &w), 0);
	assert_true(w.readable && !w.writable);
	*table |= 1ull << 60;	/* no execution */
	assert_int_equal(walk(r, &cfg, 0, &w), 0);
	assert_false(w.executable);
	*table |= 1ull << 61;	/* privileged only */
	assert_int_equal(walk(r, &cfg, 0, &w), 0);
	assert_false(w.readable);
	cfg.transcfg |= NO_HIER_AP;
	assert_int_equal(walk(r, &cfg, 0, &w), 0);
	assert_true(w.readable && w.writable && w.executable);
	/* Bits 58:55 are the drivers' own. */
	*table |= 0xfull << 55;
	assert_int_equal(walk(r, &cfg, 0, &w), 0);
	assert_int_equal(w.gpa, PAGE_GPA);
}

static void write_implies_no_execute(void **state)
{
	struct rig *r = *state;
	struct as_config cfg = cfg48;
	struct walk w;

	cfg.transcfg |= WXN;
	rig_map(r, 0, 3, 0x0000, PAGE_GPA | PTE_RW | PTE_PAGE);
	rig_map(r, 0, 3, 0x1000, PAGE_GPA | PTE_RO | PTE_PAGE);
	assert_int_equal(walk(r, &cfg, 0, &w), 0);
	assert_false(w.executable);
	assert_int_equal(walk(r, &cfg, 0x1000, &w), 0);
	assert_true(w.executable);
}

static void access_flag(void **state)
{
	struct rig *r = *state;
	struct as_config cfg = cfg48;
	struct walk w;

	rig_map(r, 0, 3, 0, PAGE_GPA | (PTE_RW & ~(1ull << 10)) | PTE_PAGE);
	rig_map(r, 0, 2, 0x200000, 0x80000000 | (PTE_RW & ~(1ull << 10)) | PTE_BLOCK);
	assert_int_equal(walk(r, &cfg, 0, &w), EXC_ACCESS_FLAG + 3);
	assert_int_equal(walk(r, &cfg, 0x200000, &w), EXC_ACCESS_FLAG + 2);
	cfg.transcfg |= NO_AF_FAULT;
	assert_int_equal(walk(r, &cfg, 0, &w), 0);
}

static void memory_attributes(void **state)
{
	struct rig *r = *state;
	struct as_config cfg = cfg48;
	struct walk w;

	cfg.memattr = 0xc000;	/* index 1: fault */
	rig_map(r, 0, 3, 0, PAGE_GPA | PTE_RW | PTE_PAGE);
	assert_int_equal(walk(r, &cfg, 0, &w), EXC_MEMATTR + 3);
	cfg.memattr = 0x4c << 8;
	assert_int_equal(walk(r, &cfg, 0, &w), 0);
}

static void tables_outside_ram(void **state)
{
	struct rig *r = *state;
	struct as_config cfg = cfg48;
	struct walk w;

	cfg.transtab = RAM_GPA + RAM_SIZE;
	assert_int_equal(walk(r, &cfg, 0, &w), EXC_BUS_FAULT);
	rig_map(r, 0, 1, 0, APERTURE_GPA | 3);
	assert_int_equal(walk(r, &cfg48, 0, &w), EXC_BUS_FAULT);
	/* A table that leads back to itself ends as a page: one without the access flag. */
	rig_map(r, 0, 0, 1ull << 40, TABLES_GPA | 3);
	assert_int_equal(walk(r, &cfg48, 1ull << 40 | 2ull << 30 | 2 << 21 | 2 << 12, &w),
			 EXC_ACCESS_FLAG + 3);
}

static void other_modes(void **state)
{
	struct rig *r = *state;
	struct as_config cfg = { .transcfg = TRANSCFG_IDENTITY };
	struct walk w;

	assert_int_equal(walk(r, &cfg, 0x1234, &w), 0);
	assert_int_equal(w.gpa, 0x1234);
	assert_int_equal(walk(r, &cfg, 1ull << PA_BITS, &w), EXC_ADDR_SIZE_OUT);
	cfg.transcfg = TRANSCFG_UNMAPPED;
	assert_int_equal(walk(r, &cfg, 0, &w), EXC_TRANSLATION);
	cfg.transcfg = 0;
	assert_int_equal(walk(r, &cfg, 0, &w), EXC_TRANSLATION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(page), RIG_TEST(blocks), RIG_TEST(holes), RIG_TEST(start_levels),
		RIG_TEST(address_sizes), RIG_TEST(rights), RIG_TEST(table_rights),
		RIG_TEST(write_implies_no_execute), RIG_TEST(access_flag),
		RIG_TEST(memory_attributes), RIG_TEST(tables_outside_ram), RIG_TEST(other_modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

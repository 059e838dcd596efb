// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Address spaces by their registers: commands, locks, faults, the aperture. */
#include <stdlib.h>

#include "testing.h"

#include "as.h"
#include "irq.h"
#include "regs.h"

#define AS		3u
#define REG(off)	(AS * 0x40 + (off))
#define VA		0x5000ull

enum { TRANSTAB = 0x0, MEMATTR = 0x8, LOCKADDR = 0x10, COMMAND = 0x18, FAULTSTATUS = 0x1c,
       FAULTADDRESS = 0x20, STATUS = 0x28, TRANSCFG = 0x30 };
enum { UPDATE = 1, LOCK, UNLOCK, FLUSH_PT, FLUSH_MEM };

static void write64(struct rig *r, uint32_t reg, uint64_t val)
{
	as_reg_write(r->v, REG(reg), (uint32_t)val);
	as_reg_write(r->v, REG(reg) + 4, (uint32_t)(val >> 32));
}

static void command(struct rig *r, uint32_t cmd)
{
	as_reg_write(r->v, REG(COMMAND), cmd);
}

static void enable(struct rig *r)
{
	write64(r, TRANSTAB, TABLES_GPA);
	write64(r, MEMATTR, 0x8f8f8f8f8f8f8f8full);
	write64(r, TRANSCFG, 6 | 7 << 6);
	command(r, UPDATE);
}

static void disable(struct rig *r)
{
	write64(r, TRANSTAB, 0);
	write64(r, TRANSCFG, 1);
	command(r, UPDATE);
}

static enum as_result touch(struct rig *r, uint64_t va, enum as_access how, bool in_protm)
{
	struct as_hit hit;

	return as_access(r->v, AS, va, 8, how, in_protm, &hit);
}

static uint32_t raised(struct rig *r)
{
	return irq_read(r->v, IRQ_MMU, 0);
}

static void update_latches(void **state)
{
	struct rig *r = *state;
	struct as_hit hit;

	rig_map(r, 0, 3, VA, PAGE_GPA | PTE_RW | PTE_PAGE);
	assert_false(as_enabled(r->v, AS));
	enable(r);
	assert_true(as_enabled(r->v, AS));
	assert_int_equal(as_access(r->v, AS, VA + 16, 8, AS_WRITE, false, &hit), AS_OK);
	assert_ptr_equal(hit.ptr, r->ram + (PAGE_GPA - RAM_GPA) + 16);
	assert_false(hit.aperture);
	/* Registers alone change nothing. */
	write64(r, TRANSTAB, 0);
	assert_int_equal(touch(r, VA, AS_READ, false), AS_OK);
	disable(r);
	assert_false(as_enabled(r->v, AS));
	rig_assert_no_violations(r);
}

/* Only a command drops what is known, and only what it covers. */
static void stale(void **state)
{
	static const uint32_t drops[] = { UNLOCK, FLUSH_PT, FLUSH_MEM, UPDATE };
	struct rig *r = *state;
	uint64_t far = VA + 0x101000;
	uint64_t *e[2] = {
		rig_map(r, 0, 3, VA, PAGE_GPA | PTE_RW | PTE_PAGE),
		rig_map(r, 0, 3, far, (PAGE_GPA + 0x1000) | PTE_RW | PTE_PAGE),
	};
	uint64_t desc[2] = { *e[0], *e[1] };
	struct as_hit hit;

	enable(r);
	for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]); i++) {
		*e[0] = desc[0];
		*e[1] = desc[1];
		command(r, UPDATE);
		assert_int_equal(touch(r, VA, AS_WRITE, false), AS_OK);
		assert_int_equal(touch(r, far, AS_WRITE, false), AS_OK);
		stats_counters(r->v)->stale_translations = 0;
		*e[0] = 0;
		*e[1] = 0;
		assert_int_equal(as_access(r->v, AS, VA + 8, 8, AS_WRITE, false, &hit), AS_OK);
		assert_ptr_equal(hit.ptr, r->ram + (PAGE_GPA - RAM_GPA) + 8);
		assert_int_equal(stats_counters(r->v)->stale_translations, 1);
		write64(r, LOCKADDR, 14);
		if (drops[i] != UPDATE)
			command(r, LOCK);
		command(r, drops[i]);
		assert_int_equal(touch(r, VA, AS_WRITE, false), AS_FAULT);
		assert_int_equal(touch(r, far, AS_WRITE, false), drops[i] == UPDATE ? AS_FAULT : AS_OK);
		irq_write(r->v, IRQ_MMU, 4, ~0u);
	}
	*e[0] = desc[0];
	assert_int_equal(touch(r, VA, AS_WRITE, false), AS_OK);
	*e[0] = 0;
	r->v->knobs->tlb = false;
	assert_int_equal(touch(r, VA, AS_WRITE, false), AS_FAULT);
	rig_assert_no_violations(r);
}

/* Shareable write-back memory is for coherent buses. */
static void shareability(void **state)
{
	struct rig *r = *state;

	write64(r, TRANSTAB, TABLES_GPA);
	write64(r, TRANSCFG, 6 | 7 << 6 | 2u << 24 | 2u << 28);
	write64(r, MEMATTR, 0x9f4c);
	command(r, UPDATE);
	rig_assert_no_violations(r);
	/* NONE, which is allowed while the L2 is off. */
	regs_write(r->v, 0x304, 4, 31);
	command(r, UPDATE);
	assert_int_equal(rig_taken(r, "incoherent-shareability"), 2);
	write64(r, TRANSCFG, 6 | 7 << 6 | 2u << 24);
	write64(r, MEMATTR, 0x8f4c);
	command(r, UPDATE);
	rig_assert_no_violations(r);
	/* ACE-Lite does not help where it is not offered. */
	regs_write(r->v, 0x304, 4, 0);
	r->v->knobs->coherency_features = 0;
	write64(r, MEMATTR, 0x9f4c);
	command(r, UPDATE);
	assert_int_equal(rig_taken(r, "incoherent-shareability"), 1);
	disable(r);
	rig_assert_no_violations(r);
}

static void lost_with_the_l2(void **state)
{
	struct rig *r = *state;

	rig_map(r, 0, 3, VA, PAGE_GPA | PTE_RW | PTE_PAGE);
	regs_write(r->v, 0x1a0, 4, 1);
	rig_run_ms(r, 2);
	enable(r);
	write64(r, LOCKADDR, 14);
	command(r, LOCK);
	regs_write(r->v, 0x1e0, 4, 1);
	rig_run_ms(r, 2);
	assert_false(as_enabled(r->v, AS));
	assert_int_equal(as_locked_count(r->v), 0);
	assert_int_equal(as_reg_read(r->v, REG(TRANSTAB)), 0);
	assert_int_equal(as_reg_read(r->v, REG(MEMATTR)), 0);
	rig_assert_no_violations(r);
}

static void lock_stalls(void **state)
{
	struct rig *r = *state;

	rig_map(r, 0, 3, VA, PAGE_GPA | PTE_RW | PTE_PAGE);
	rig_map(r, 0, 3, 0x8000, PAGE_GPA | PTE_RW | PTE_PAGE);
	enable(r);
	write64(r, LOCKADDR, 14);	/* 0..0x7fff */
	command(r, LOCK);
	assert_int_equal(as_locked_count(r->v), 1);
	assert_int_equal(touch(r, VA, AS_READ, false), AS_STALL);
	assert_int_equal(touch(r, 0x6ff8, AS_READ, false), AS_STALL);
	assert_int_equal(touch(r, 0x8000, AS_READ, false), AS_OK);
	for (uint32_t unlock = UNLOCK; unlock <= FLUSH_MEM; unlock++) {
		command(r, unlock);
		assert_int_equal(as_locked_count(r->v), 0);
		assert_int_equal(touch(r, VA, AS_READ, false), AS_OK);
		command(r, LOCK);
	}
	command(r, UNLOCK);
	write64(r, LOCKADDR, 63);	/* all there is */
	command(r, LOCK);
	assert_int_equal(touch(r, 1ull << 47, AS_READ, false), AS_STALL);
	command(r, UNLOCK);
	rig_assert_no_violations(r);
	write64(r, LOCKADDR, 11);
	command(r, LOCK);
	assert_int_equal(rig_taken(r, "bad-register-access"), 1);
}

static void commands_take_time(void **state)
{
	struct rig *r = *state;

	r->v->knobs->as_cmd_ns = 1000000;
	enable(r);
	assert_int_equal(as_reg_read(r->v, REG(STATUS)), 1);
	assert_false(as_enabled(r->v, AS));
	rig_assert_no_violations(r);
	command(r, LOCK);
	assert_int_equal(rig_taken(r, "as-command-while-busy"), 1);
	rig_run_ms(r, 5);
	assert_int_equal(as_reg_read(r->v, REG(STATUS)), 0);
	assert_true(as_enabled(r->v, AS));
	assert_int_equal(as_locked_count(r->v), 0);
}

static void faults(void **state)
{
	struct rig *r = *state;

	rig_map(r, 0, 3, VA, PAGE_GPA | PTE_RO | PTE_XN | PTE_PAGE);
	enable(r);
	assert_int_equal(touch(r, VA, AS_READ, false), AS_OK);
	assert_int_equal(touch(r, VA + 8, AS_WRITE, false), AS_FAULT);
	assert_int_equal(raised(r), 1u << AS);
	assert_int_equal(as_reg_read(r->v, REG(FAULTSTATUS)), 0xcb | 3 << 8);
	assert_int_equal(as_reg_read(r->v, REG(FAULTADDRESS)), VA + 8);
	/* The first one stays until the interrupt is cleared. */
	assert_int_equal(touch(r, 0x7000, AS_READ, false), AS_FAULT);
	assert_int_equal(as_reg_read(r->v, REG(FAULTADDRESS)), VA + 8);
	irq_write(r->v, IRQ_MMU, 4, ~0u);
	assert_int_equal(touch(r, VA, AS_EXEC, false), AS_FAULT);
	assert_int_equal(as_reg_read(r->v, REG(FAULTSTATUS)), 0xcb | 1 << 8);
	irq_write(r->v, IRQ_MMU, 4, ~0u);
	assert_int_equal(touch(r, 1ull << 40, AS_ATOMIC, false), AS_FAULT);
	assert_int_equal(as_reg_read(r->v, REG(FAULTSTATUS)), 0xc0);
	assert_int_equal(as_reg_read(r->v, REG(FAULTADDRESS) + 4), 1u << 8);
	irq_write(r->v, IRQ_MMU, 4, ~0u);
	/* What still hangs on a faulting AS ends in silence. */
	disable(r);
	assert_int_equal(touch(r, VA, AS_READ, false), AS_FAULT);
	assert_int_equal(raised(r), 0);
	assert_int_equal(stats_counters(r->v)->as_faults, 3);
	enable(r);
	assert_int_equal(touch(r, 0x7000, AS_READ, false), AS_FAULT);
	assert_int_equal(raised(r), 1u << AS);
	rig_assert_no_violations(r);
}

static void never_enabled(void **state)
{
	struct rig *r = *state;

	assert_int_equal(touch(r, VA, AS_READ, false), AS_FAULT);
	assert_int_equal(raised(r), 1u << AS);
	assert_int_equal(as_reg_read(r->v, REG(FAULTSTATUS)), 0xc0 | 2 << 8);
}

static void aperture(void **state)
{
	struct rig *r = *state;
	struct as_hit hit;

	r->v->aperture_gpa = APERTURE_GPA;
	rig_map(r, 0, 3, VA, (APERTURE_GPA + 0x3000) | PTE_RW | PTE_PAGE);
	rig_map(r, 0, 3, 0x6000, PAGE_GPA | PTE_RW | PTE_PAGE);
	rig_map(r, 0, 3, 0x7000, (APERTURE_GPA + VGPU_APERTURE_SIZE) | PTE_RW | PTE_PAGE);
	enable(r);
	assert_int_equal(touch(r, VA, AS_READ, false), AS_BUS_FAULT);
	assert_int_equal(touch(r, VA, AS_WRITE, false), AS_BUS_FAULT);
	assert_int_equal(rig_taken(r, "gpu-aperture-access"), 2);
	assert_int_equal(as_access(r->v, AS, VA + 4, 4, AS_WRITE, true, &hit), AS_OK);
	assert_true(hit.aperture);
	assert_ptr_equal(hit.ptr, r->v->aperture + 0x3004);
	assert_int_equal(touch(r, 0x6000, AS_READ, true), AS_OK);
	rig_assert_no_violations(r);
	assert_int_equal(touch(r, 0x6000, AS_WRITE, true), AS_PROT_WRITE);
	assert_int_equal(touch(r, 0x6000, AS_ATOMIC, true), AS_PROT_WRITE);
	assert_int_equal(rig_taken(r, "protm-normal-write"), 2);
	/* Just behind it there is nothing. */
	assert_int_equal(touch(r, 0x7000, AS_READ, true), AS_BUS_FAULT);
	rig_assert_no_violations(r);
	assert_int_equal(raised(r), 0);
}

static void probe(void **state)
{
	struct rig *r = *state;
	struct as_probe p;

	r->v->aperture_gpa = APERTURE_GPA;
	rig_map(r, 0, 3, VA, APERTURE_GPA | PTE_RO | PTE_XN | PTE_PAGE);
	enable(r);
	p = as_probe(r->v, AS, VA + 0x10);
	assert_true(p.mapped && !p.writable && !p.executable && p.aperture);
	assert_int_equal(p.gpa, APERTURE_GPA + 0x10);
	assert_false(as_probe(r->v, AS, 0x9000).mapped);
	assert_int_equal(raised(r), 0);
	assert_null(as_mcu_ptr(r->v, VA, 4));
}

static void spaces_that_are_not(void **state)
{
	struct rig *r = *state;

	assert_int_equal(as_reg_read(r->v, 7 * 0x40 + STATUS), 0);
	rig_assert_no_violations(r);
	assert_int_equal(as_reg_read(r->v, 8 * 0x40 + STATUS), 0);
	as_reg_write(r->v, 15 * 0x40 + COMMAND, UPDATE);
	assert_int_equal(rig_taken(r, "bad-register-access"), 2);
	command(r, 6);
	as_reg_write(r->v, REG(FAULTSTATUS), 0);
	assert_int_equal(rig_taken(r, "bad-register-access"), 2);
}

static void reset(void **state)
{
	struct rig *r = *state;

	enable(r);
	write64(r, LOCKADDR, 14);
	command(r, LOCK);
	r->v->knobs->as_cmd_ns = 1000000;
	command(r, UNLOCK);
	mmu_reset(r->v);
	assert_int_equal(as_locked_count(r->v), 0);
	assert_false(as_enabled(r->v, AS));
	assert_int_equal(as_reg_read(r->v, REG(STATUS)), 0);
	assert_int_equal(as_reg_read(r->v, REG(TRANSCFG)), 0);
	rig_run_ms(r, 3);
	rig_assert_no_violations(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(stale), RIG_TEST(shareability), RIG_TEST(lost_with_the_l2),
		RIG_TEST(update_latches), RIG_TEST(lock_stalls), RIG_TEST(commands_take_time),
		RIG_TEST(faults), RIG_TEST(never_enabled), RIG_TEST(aperture), RIG_TEST(probe),
		RIG_TEST(spaces_that_are_not), RIG_TEST(reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

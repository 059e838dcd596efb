// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Arch 14's power control, what other profiles differ in, and the settings of the L2. */
#include "testing.h"

#include "engine.h"
#include "irq.h"
#include "regs.h"

enum { COMMAND = 0x30, L2_CONFIG = 0x48, GPU_FEATURES = 0x60, SHADER_PRESENT = 0x100,
       L2_PWRON = 0x1a0, ASN_HASH = 0x2c0, PROTOCOL = 0x304, MCU_CONTROL = 0x700 };
enum { PWR_RAW = 0x800, PWR_CLEAR = 0x804, PWR_STATUS = 0x820, PWR_COMMAND = 0x828,
       PWR_CMDARG = 0x830, L2 = 0x900, TILER = 0x940, SHADER = 0xa00, BASE = 0xb80 };
enum { PRESENT = 0x00, READY = 0x08, PWRTRANS = 0x10 };

#define CMD(cmd, nr, sub)	((cmd) | (nr) << 8 | (sub) << 16)
#define UP(nr, sub)		CMD(0x10, nr, sub)
#define DOWN(nr, sub)		CMD(0x11, nr, sub)
#define DELEGATE(nr)		CMD(0x20, nr, 0)
#define RETRACT(nr)		CMD(0x21, nr, 0)
#define RESET_SOFT		0x31
#define ALLOW(nr)		(1ull << (nr))
#define DELEGATED(nr)		(1ull << ((nr) + 16))
#define ALLOW_SOFT_RESET	(1ull << 33)

static int g1_setup(void **state)
{
	*state = rig_new("g1");
	return 0;
}

static int g720_setup(void **state)
{
	*state = rig_new("g720");
	return 0;
}

static uint64_t rd(struct rig *r, uint32_t off)
{
	return regs_read(r->v, off, 8);
}

static void wr(struct rig *r, uint32_t off, uint32_t val)
{
	regs_write(r->v, off, 4, val);
}

/* A command, and all that it raises in the PWR block. */
static uint32_t command(struct rig *r, uint32_t cmd, uint64_t arg)
{
	uint32_t raised;

	wr(r, PWR_CLEAR, ~0u);
	regs_write(r->v, PWR_CMDARG, 8, arg);
	wr(r, PWR_COMMAND, cmd);
	rig_run_ms(r, 3);
	raised = (uint32_t)regs_read(r->v, PWR_RAW, 4);
	wr(r, PWR_CLEAR, ~0u);
	return raised;
}

static void presents_moved(void **state)
{
	struct rig *r = *state;

	assert_int_equal(rd(r, SHADER_PRESENT), 0);
	assert_int_equal(rd(r, SHADER + PRESENT), 0x330333);
	assert_int_equal(rd(r, L2 + PRESENT), 1);
	assert_int_equal(rd(r, TILER + PRESENT), 1);
	assert_int_equal(rd(r, BASE + READY), 1);
	assert_int_equal(rd(r, GPU_FEATURES), 0x24);
	rig_assert_no_violations(r);
	wr(r, L2_PWRON, 1);
	wr(r, COMMAND, 0x101);
	wr(r, PWR_STATUS, 1);
	assert_int_equal(rig_taken(r, "bad-register-access"), 3);
	assert_int_equal(rd(r, L2 + READY), 0);
}

static void up_and_down(void **state)
{
	struct rig *r = *state;

	assert_int_equal(rd(r, PWR_STATUS) & 0xffffffff, ALLOW(0));
	/* No cores without the L2. */
	assert_int_equal(command(r, UP(8, 1), ~0ull), PWR_IRQ_CMD_NOT_ALLOWED);
	assert_int_equal(command(r, UP(0, 0), 1), PWR_IRQ_CHANGED_SINGLE | PWR_IRQ_CHANGED_ALL);
	assert_int_equal(rd(r, L2 + READY), 1);
	assert_int_equal(rd(r, PWR_STATUS) & 0xffffffff, ALLOW(0) | ALLOW(1) | ALLOW(8));
	/* Cores go with their ray-traversal units. */
	assert_int_equal(command(r, UP(8, 0), ~0ull), PWR_IRQ_CMD_INVALID);
	assert_int_equal(rig_taken(r, "bad-register-access"), 1);
	assert_true(command(r, UP(8, 1), ~0ull) & PWR_IRQ_CHANGED_ALL);
	assert_int_equal(rd(r, SHADER + READY), 0x330333);
	assert_int_equal(command(r, DOWN(0, 0), 1), PWR_IRQ_CMD_NOT_ALLOWED);
	assert_true(command(r, DOWN(8, 1), 0x330333) & PWR_IRQ_CHANGED_ALL);
	assert_true(command(r, DOWN(0, 0), 1) & PWR_IRQ_CHANGED_ALL);
	assert_int_equal(rd(r, L2 + READY), 0);
	rig_assert_no_violations(r);
}

static void delegation(void **state)
{
	struct rig *r = *state;

	command(r, UP(0, 0), 1);
	assert_int_equal(command(r, DELEGATE(0), 0), PWR_IRQ_CMD_NOT_ALLOWED);
	assert_int_equal(command(r, RETRACT(8), 0), PWR_IRQ_CMD_NOT_ALLOWED);
	assert_int_equal(command(r, DELEGATE(8), 0), PWR_IRQ_DELEGATION_CHANGED);
	assert_int_equal(rd(r, PWR_STATUS) & 0xffffffff, ALLOW(0) | ALLOW(1) | DELEGATED(8));
	assert_int_equal(command(r, UP(8, 1), ~0ull), PWR_IRQ_CMD_NOT_ALLOWED);
	assert_int_equal(command(r, RETRACT(8), 0),
			 PWR_IRQ_DELEGATION_CHANGED | PWR_IRQ_RETRACT_COMPLETED);
	assert_int_equal(rd(r, PWR_STATUS) & 0xffffffff, ALLOW(0) | ALLOW(1) | ALLOW(8));
	/* One after the other. */
	wr(r, PWR_COMMAND, DELEGATE(8));
	assert_int_equal(rd(r, PWR_STATUS) & (ALLOW(8) | DELEGATED(8)), 0);
	wr(r, PWR_COMMAND, DELEGATE(1));
	rig_run_ms(r, 3);
	assert_int_equal(rd(r, PWR_STATUS) & 0xffffffff, ALLOW(0) | ALLOW(1) | DELEGATED(8));
	rig_assert_no_violations(r);
}

static void pwr_reset_and_irq(void **state)
{
	struct rig *r = *state;

	command(r, UP(0, 0), 1);
	command(r, DELEGATE(1), 0);
	wr(r, PWR_RAW + 8, PWR_IRQ_RESET_COMPLETED);
	assert_true(rd(r, PWR_STATUS) & ALLOW_SOFT_RESET);
	wr(r, PWR_COMMAND, RESET_SOFT);
	assert_false(rd(r, PWR_STATUS) & ALLOW_SOFT_RESET);
	rig_run_ms(r, 3);
	assert_int_equal(regs_read(r->v, PWR_RAW + 0xc, 4), PWR_IRQ_RESET_COMPLETED);
	assert_int_equal(rd(r, PWR_STATUS) & 0xffffffff, ALLOW(0));
	assert_int_equal(rd(r, L2 + READY), 0);
	assert_int_equal(stats_counters(r->v)->soft_resets, 1);
	assert_int_equal(command(r, 0x77, 0), PWR_IRQ_CMD_INVALID);
	assert_int_equal(rig_taken(r, "bad-register-access"), 1);
}

static void l2_settings(void **state)
{
	struct rig *r = *state;

	wr(r, ASN_HASH, 0x1234);
	wr(r, L2_CONFIG, 1u << 24);
	wr(r, PROTOCOL, 0);
	assert_true(regs_coherent(r->v));
	wr(r, PROTOCOL, 31);
	assert_false(regs_coherent(r->v));
	rig_assert_no_violations(r);
	wr(r, PROTOCOL, 1);
	assert_int_equal(rig_taken(r, "bad-coherency"), 1);
	r->v->knobs->coherency_features = 0;
	wr(r, PROTOCOL, 0);
	assert_int_equal(rig_taken(r, "bad-coherency"), 1);
	assert_false(regs_coherent(r->v));
	wr(r, L2_PWRON, 1);
	wr(r, ASN_HASH + 8, 1);
	wr(r, L2_CONFIG, 1u << 24);
	wr(r, PROTOCOL, 31);
	assert_int_equal(rig_taken(r, "l2-config-while-on"), 3);
	rig_assert_no_violations(r);
}

static void no_hash_on_arch_10(void **state)
{
	struct rig *r = *state;

	wr(r, L2_CONFIG, 0);
	wr(r, PROTOCOL, 0);
	rig_assert_no_violations(r);
	wr(r, L2_CONFIG, 1u << 24);
	wr(r, ASN_HASH, 1);
	assert_int_equal(rig_taken(r, "bad-register-access"), 2);
}

static void cycle_counter(void **state)
{
	struct rig *r = *state;
	uint64_t then;

	assert_int_equal(rd(r, 0x90), 0);
	wr(r, COMMAND, 0x103);
	assert_true(regs_read(r->v, 0x34, 4) & 1u << 6);
	rig_run_ms(r, 2);
	wr(r, COMMAND, 0x003);
	then = rd(r, 0x90);
	assert_true(then >= 2 * r->v->knobs->cycle_hz / 1000);
	rig_run_ms(r, 2);
	assert_true(rd(r, 0x90) == then);
	regs_cycles(r->v, CYCLES_FW, true);
	wr(r, COMMAND, 0x003);
	rig_run_ms(r, 1);
	assert_true(rd(r, 0x90) > then);
	rig_assert_no_violations(r);
}

/* Anything, anywhere, on a fixed seed: the sanitizers judge. */
static void nonsense(void **state)
{
	struct rig *r = *state;
	uint64_t seed = 0x243f6a8885a308d3ull;

	for (unsigned int i = 0; i < 20000; i++) {
		uint32_t off, val;

		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		off = (seed >> 33) % (i & 1 ? 0xc00 : 0x2800) & ~3u;
		val = (uint32_t)(seed >> 20) & (i & 2 ? 0x10f33 : ~0u);
		if (i % 5)
			wr(r, off, val);
		else
			regs_read(r->v, off, 4);
		if (!(i % 500))
			loop_turn(r->v->loop, 1);
		if (!(i % 1000))
			stats_reset(r->v);
	}
	regs_power_on_reset(r->v);
	stats_reset(r->v);
	assert_true(command(r, UP(0, 0), 1) & PWR_IRQ_CHANGED_ALL);
	assert_int_equal(rd(r, L2 + READY), 1);
	rig_assert_no_violations(r);
}

static void profiles(void **state)
{
	const char *name;

	(void)state;
	for (unsigned int i = 0; (name = profile_name(i)); i++) {
		struct rig *r = rig_new(name);
		uint32_t id = (uint32_t)regs_read(r->v, 0, 4);

		assert_int_equal(id, r->v->profile->gpu_id);
		assert_in_range(id >> 28, 10, 14);
		assert_in_range(r->v->profile->csg_slots, 3, 31);
		assert_in_range(r->v->profile->cs_slots, 8, 32);
		/* The interface must fit in the shared section of the smallest image. */
		assert_in_range(r->v->profile->csg_slots * r->v->profile->cs_slots, 64, 128);
		rig_assert_no_violations(r);
		rig_free(r);
	}
	assert_null(profile_find("g77"));
}

#define ON(profile, f)	cmocka_unit_test_setup_teardown(f, profile##_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(g1, presents_moved), ON(g1, up_and_down), ON(g1, delegation),
		ON(g1, pwr_reset_and_irq), ON(g720, l2_settings), RIG_TEST(no_hash_on_arch_10),
		RIG_TEST(cycle_counter), ON(g1, nonsense), cmocka_unit_test(profiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

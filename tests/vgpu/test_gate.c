// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What an address space and the caches do while protected mode is on. */
#include "testkit.h"

#include "as.h"
#include "irq.h"
#include "regs.h"

#define MS		1000000ull
#define AS_REG(off)	((USER_AS << 6) + (off))

enum { LOCKADDR = 0x10, COMMAND = 0x18, STATUS = 0x28 };
enum { CMD_LOCK = 2, CMD_UNLOCK = 3 };

/* A region that runs until the CPU clears the word at VA_DATA, and is running now. */
static void enter_loop(struct kit *k)
{
	*(volatile uint32_t *)kit_data(k, 0) = 1;
	PUSH(k, 0, 0, MOVE48(2, VA_DATA), PROT(4), LOAD(10, 1, 2, 0), WAIT(1), ADD32(12, 12, 1),
	     BRANCH(1, 10, -4), MOVE32(9, 1));
	kit_until(k, kit_event(k, 0, 0, CS_EVT_PROTM_PEND));
	kit_ack_event(k, 0, 0, CS_EVT_PROTM_PEND);
	kit_glb_toggle(k, GLB_REQ_PROTM_ENTER);
	kit_until(k, engine_protm_active(k->v));
}

static void end_loop(struct kit *k)
{
	*(volatile uint32_t *)kit_data(k, 0) = 0;
	kit_until(k, kit_glb_pending(k, GLB_EVT_PROTM_EXIT));
}

static bool busy(struct kit *k)
{
	return as_reg_read(k->v, AS_REG(STATUS)) & 1;
}

static void lock_far_away(struct kit *k)
{
	as_reg_write(k->v, AS_REG(LOCKADDR), VA_NOTHING | 14);
	as_reg_write(k->v, AS_REG(COMMAND), CMD_LOCK);
}

static void command_waits_for_exit(void **state)
{
	struct kit *k = *state;

	enter_loop(k);
	lock_far_away(k);
	assert_int_equal(stats_take(k->v, "as-command-in-protm"), 1);
	kit_for(k, 5 * MS);
	assert_true(busy(k));
	assert_int_equal(as_locked_count(k->v), 0);
	assert_true(engine_protm_active(k->v));
	end_loop(k);
	kit_until(k, !busy(k));
	assert_int_equal(as_locked_count(k->v), 1);
	as_reg_write(k->v, AS_REG(COMMAND), CMD_UNLOCK);
	kit_until(k, !busy(k));
	assert_int_equal(stats_take(k->v, "as-command-in-protm"), 0);
}

static void command_is_executed(void **state)
{
	struct kit *k = *state;

	k->v->knobs->as_stall_in_protm = false;
	enter_loop(k);
	lock_far_away(k);
	assert_int_equal(stats_take(k->v, "as-command-in-protm"), 1);
	kit_until(k, !busy(k));
	assert_int_equal(as_locked_count(k->v), 1);
	assert_true(engine_protm_active(k->v));
	end_loop(k);
}

static void flush_waits_for_exit(void **state)
{
	struct kit *k = *state;

	enter_loop(k);
	regs_write(k->v, 0x30, 4, 0x23304);
	kit_for(k, 5 * MS);
	assert_false(irq_read(k->v, IRQ_GPU, 0) & GPU_IRQ_CLEAN_CACHES_COMPLETED);
	end_loop(k);
	kit_until(k, irq_read(k->v, IRQ_GPU, 0) & GPU_IRQ_CLEAN_CACHES_COMPLETED);
}

static void reset_drops_both(void **state)
{
	struct kit *k = *state;

	enter_loop(k);
	lock_far_away(k);
	regs_write(k->v, 0x30, 4, 0x23304);
	regs_write(k->v, 0x30, 4, 0x101);
	assert_false(busy(k));
	assert_false(engine_protm_session(k->v));
	kit_for(k, 5 * MS);
	assert_int_equal(as_locked_count(k->v), 0);
	assert_int_equal(irq_read(k->v, IRQ_GPU, 0), GPU_IRQ_RESET_COMPLETED);
}

#define GATE_TEST(f)	cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GATE_TEST(command_waits_for_exit), GATE_TEST(command_is_executed),
		GATE_TEST(flush_waits_for_exit), GATE_TEST(reset_drops_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

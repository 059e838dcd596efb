// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The protected-mode protocol: sessions, their ends, and each rule that can be broken. */
#include "testkit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

#define MS	1000000ull

/* A region that stores r8 to the protected page at off; count instructions are inside. */
#define PROT_STORE(off)							\
	MOVE48(2, VA_PROT + (off)), MOVE32(8, 0x5ec7e7), WAIT(0xff), PROT(2), STORE(8, 1, 2, 0), WAIT(0xff)

static uint32_t prot_word(struct kit *k, unsigned int off)
{
	uint32_t val;

	memcpy(&val, k->v->aperture + 0x100000 + off, 4);
	return val;
}

static void pend(struct kit *k, unsigned int g, unsigned int c)
{
	kit_until(k, kit_event(k, g, c, CS_EVT_PROTM_PEND));
	assert_int_equal(kit_cs(k, g, c)->block, CS_ON_PROTM);
}

static void ack(struct kit *k, unsigned int g, unsigned int c)
{
	pend(k, g, c);
	kit_ack_event(k, g, c, CS_EVT_PROTM_PEND);
}

static void enter(struct kit *k)
{
	kit_glb_toggle(k, GLB_REQ_PROTM_ENTER);
	kit_until(k, !kit_glb_pending(k, GLB_REQ_PROTM_ENTER));
}

static void active(struct kit *k)
{
	kit_until(k, engine_protm_active(k->v));
}

static void exit_acked(struct kit *k)
{
	uint32_t req;

	kit_until(k, kit_glb_pending(k, GLB_EVT_PROTM_EXIT));
	assert_false(engine_protm_active(k->v));
	req = kit_rd(k, GLB_IN(k, GLB_REQ));
	kit_wr(k, GLB_IN(k, GLB_REQ), req ^ GLB_EVT_PROTM_EXIT);
}

static void ping(struct kit *k)
{
	kit_glb_toggle(k, GLB_REQ_PING);
}

static void no_violations(struct kit *k)
{
	static const char *const kinds[] = {
		"late-cs-ack", "request-in-protm", "enter-with-as-locked", "enter-before-exit-acked",
		"missing-exit-ack", "enter-without-prot-section", "enter-without-protm-suspend-buf",
		"enter-with-no-cs-acked", "gpu-aperture-access", "protm-normal-write",
		"duplicate-csg-priority", "bad-interface", "bad-firmware-layout",
	};

	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (stats_take(k->v, kinds[i]))
			fail_msg("violation %s", kinds[i]);
}

/* A loop inside a region that ends when the CPU changes the word at VA_DATA. */
static void push_loop(struct kit *k, unsigned int g, unsigned int c)
{
	*(volatile uint32_t *)kit_data(k, 0) = 1;
	PUSH(k, g, c, MOVE48(2, VA_DATA), PROT(4), LOAD(10, 1, 2, 0), WAIT(1), ADD32(12, 12, 1),
	     BRANCH(1, 10, -4), MOVE32(9, 1));
}

static void test_session(void **state)
{
	struct kit *k = *state;

	PUSH(k, 0, 0, PROT_STORE(0), MOVE32(9, 1));
	ack(k, 0, 0);
	assert_int_equal(prot_word(k, 0), 0);
	enter(k);
	exit_acked(k);
	kit_until(k, kit_over(k, 0, 0));
	assert_int_equal(prot_word(k, 0), 0x5ec7e7);
	assert_int_equal(kit_cs(k, 0, 0)->r[9], 1);
	assert_int_equal(stats_counters(k->v)->protm_sessions, 1);
	assert_false(engine_protm_session(k->v));
	no_violations(k);
}

static void test_timing(void **state)
{
	struct kit *k = *state;
	uint64_t begin;

	k->v->knobs->enter_ack_ns = 10 * MS;
	k->v->knobs->enter_active_ns = 100 * MS;
	k->v->knobs->exit_ns = 10 * MS;
	PUSH(k, 0, 0, PROT_STORE(0));
	ack(k, 0, 0);
	begin = now_ns();
	enter(k);
	assert_true(now_ns() - begin >= 10 * MS);
	assert_false(engine_protm_active(k->v));
	assert_true(engine_protm_session(k->v));
	active(k);
	assert_true(now_ns() - begin >= 110 * MS);
	exit_acked(k);
	assert_true(now_ns() - begin >= 120 * MS);
	no_violations(k);
}

static void test_two_queues(void **state)
{
	struct kit *k = *state;

	PUSH(k, 0, 0, PROT_STORE(0));
	PUSH(k, 0, 2, PROT_STORE(8));
	PUSH(k, 0, 1, PROT_STORE(16));
	pend(k, 0, 1);
	ack(k, 0, 0);
	ack(k, 0, 2);
	enter(k);
	exit_acked(k);
	assert_int_equal(prot_word(k, 0), 0x5ec7e7);
	assert_int_equal(prot_word(k, 8), 0x5ec7e7);
	/* Not acknowledged: not served, still pending. */
	assert_int_equal(prot_word(k, 16), 0);
	pend(k, 0, 1);
	no_violations(k);
}

static void test_only_one_group(void **state)
{
	struct kit *k = *state;

	PUSH(k, 0, 0, PROT_STORE(0));
	PUSH(k, 1, 0, PROT_STORE(8));
	ack(k, 1, 0);
	ack(k, 0, 0);
	enter(k);
	exit_acked(k);
	assert_int_equal(prot_word(k, 0), 0x5ec7e7);
	assert_int_equal(prot_word(k, 8), 0);
	enter(k);
	exit_acked(k);
	assert_int_equal(prot_word(k, 8), 0x5ec7e7);
	no_violations(k);
}

/* Others stand still inside and go on after; their user doorbells are kept. */
static void test_others_frozen(void **state)
{
	struct kit *k = *state;
	volatile uint32_t *count = &kit_cs(k, 1, 0)->r[3];
	volatile uint32_t *late = &kit_cs(k, 2, 0)->r[9];
	uint32_t before;

	CODE(k, 0, ADD32(3, 3, 1), BRANCH(6, 0, -2));
	PUSH(k, 1, 0, MOVE48(4, VA_CODE), MOVE32(6, 16), CALL(4, 6));
	kit_until(k, *count > 100);
	push_loop(k, 0, 0);
	ack(k, 0, 0);
	enter(k);
	active(k);
	kit_until(k, kit_cs(k, 0, 0)->r[12] > 10);
	before = *count;
	PUSH(k, 2, 0, MOVE32(9, 4));
	kit_for(k, 5 * MS);
	assert_int_equal(*count, before);
	assert_int_equal(*late, 0);
	*(volatile uint32_t *)kit_data(k, 0) = 0;
	exit_acked(k);
	kit_until(k, *count > before && *late == 4);
	no_violations(k);
}

static void test_ping(void **state)
{
	struct kit *k = *state;
	uint32_t done;

	push_loop(k, 0, 0);
	ack(k, 0, 0);
	enter(k);
	active(k);
	kit_until(k, kit_cs(k, 0, 0)->r[12] > 10);
	ping(k);
	kit_until(k, kit_glb_pending(k, GLB_EVT_PROTM_EXIT));
	exit_acked(k);
	kit_until(k, !kit_glb_pending(k, GLB_REQ_PING));
	/* The rest of the region waits for another session. */
	pend(k, 0, 0);
	done = kit_cs(k, 0, 0)->r[12];
	assert_true(done > 10);
	kit_for(k, 2 * MS);
	assert_int_equal(kit_cs(k, 0, 0)->r[12], done);
	ack(k, 0, 0);
	enter(k);
	active(k);
	kit_until(k, kit_cs(k, 0, 0)->r[12] > done);
	*(volatile uint32_t *)kit_data(k, 0) = 0;
	exit_acked(k);
	kit_until(k, kit_cs(k, 0, 0)->r[9] == 1);
	no_violations(k);
}

/* Before PROTM_ACTIVE shows as well. */
static void test_early_ping(void **state)
{
	struct kit *k = *state;

	k->v->knobs->enter_active_ns = 5 * MS;
	push_loop(k, 0, 0);
	ack(k, 0, 0);
	enter(k);
	ping(k);
	exit_acked(k);
	kit_until(k, !kit_glb_pending(k, GLB_REQ_PING));
	pend(k, 0, 0);
	no_violations(k);
}

static void test_suspended_region(void **state)
{
	struct kit *k = *state;

	push_loop(k, 0, 0);
	ack(k, 0, 0);
	enter(k);
	active(k);
	kit_until(k, kit_cs(k, 0, 0)->r[12] > 10);
	ping(k);
	exit_acked(k);
	ack(k, 0, 0);
	kit_until(k, !engine_protm_session(k->v) && !kit_glb_pending(k, GLB_REQ_PING));
	kit_state(k, 0, CSG_STATE_SUSPEND);
	kit_until(k, kit_in_state(k, 0, CSG_STATE_SUSPEND));
	kit_start(k, 0, CSG_STATE_RESUME);
	ack(k, 0, 0);
	*(volatile uint32_t *)kit_data(k, 0) = 0;
	enter(k);
	exit_acked(k);
	kit_until(k, kit_cs(k, 0, 0)->r[9] == 1);
	no_violations(k);
}

static void test_request_inside(void **state)
{
	struct kit *k = *state;

	push_loop(k, 0, 0);
	ack(k, 0, 0);
	enter(k);
	active(k);
	kit_wr(k, CSG_IN(k, 1, CSG_REQ), kit_rd(k, CSG_IN(k, 1, CSG_REQ)) ^ CSG_REQ_STATUS_UPDATE);
	kit_ring_csg(k, 1);
	exit_acked(k);
	kit_until(k, !kit_csg_event(k, 1, CSG_REQ_STATUS_UPDATE));
	assert_int_equal(stats_take(k->v, "request-in-protm"), 1);
	no_violations(k);
}

static void test_late_ack(void **state)
{
	struct kit *k = *state;

	push_loop(k, 0, 0);
	PUSH(k, 0, 1, PROT_STORE(0));
	ack(k, 0, 0);
	pend(k, 0, 1);
	enter(k);
	active(k);
	kit_ack_event(k, 0, 1, CS_EVT_PROTM_PEND);
	*(volatile uint32_t *)kit_data(k, 0) = 0;
	exit_acked(k);
	assert_int_equal(stats_take(k->v, "late-cs-ack"), 1);
	/* Neither serviced nor notified again, until the group is resumed. */
	enter(k);
	exit_acked(k);
	assert_int_equal(stats_take(k->v, "enter-with-no-cs-acked"), 1);
	assert_int_equal(prot_word(k, 0), 0);
	kit_state(k, 0, CSG_STATE_SUSPEND);
	kit_until(k, kit_in_state(k, 0, CSG_STATE_SUSPEND));
	kit_start(k, 0, CSG_STATE_RESUME);
	ack(k, 0, 1);
	enter(k);
	exit_acked(k);
	assert_int_equal(prot_word(k, 0), 0x5ec7e7);
	no_violations(k);
}

static void test_nobody(void **state)
{
	struct kit *k = *state;

	enter(k);
	exit_acked(k);
	assert_int_equal(stats_take(k->v, "enter-with-no-cs-acked"), 1);
	no_violations(k);
}

static void test_locked(void **state)
{
	struct kit *k = *state;

	as_reg_write(k->v, (USER_AS << 6) + 0x10, VA_NOTHING | 14);
	kit_as_command(k, USER_AS, 2);
	PUSH(k, 0, 0, PROT_STORE(0));
	ack(k, 0, 0);
	enter(k);
	exit_acked(k);
	kit_as_command(k, USER_AS, 3);
	assert_int_equal(stats_take(k->v, "enter-with-as-locked"), 1);
	no_violations(k);
}

static void test_exit_not_acked(void **state)
{
	struct kit *k = *state;

	PUSH(k, 0, 0, PROT_STORE(0));
	ack(k, 0, 0);
	enter(k);
	kit_until(k, kit_glb_pending(k, GLB_EVT_PROTM_EXIT));
	PUSH(k, 0, 0, PROT_STORE(0));
	ack(k, 0, 0);
	enter(k);
	kit_until(k, !engine_protm_session(k->v));
	assert_int_equal(stats_take(k->v, "enter-before-exit-acked"), 1);
	kit_until(k, stats_take(k->v, "missing-exit-ack") == 1);
	no_violations(k);
}

static void test_no_section(void **state)
{
	struct kit *k = kit_new(false);

	(void)state;
	kit_start(k, 0, CSG_STATE_START);
	PUSH(k, 0, 0, PROT_STORE(0));
	ack(k, 0, 0);
	enter(k);
	kit_for(k, 2 * MS);
	assert_false(engine_protm_active(k->v));
	assert_false(kit_glb_pending(k, GLB_EVT_PROTM_EXIT));
	assert_int_equal(stats_take(k->v, "enter-without-prot-section"), 1);
	no_violations(k);
	kit_free(k);
}

/* What the firmware prepared there at its boot must still be there. */
static void test_section_overwritten(void **state)
{
	struct kit *k = *state;

	k->v->aperture[0] ^= 0xff;
	PUSH(k, 0, 0, PROT_STORE(0));
	ack(k, 0, 0);
	enter(k);
	assert_int_equal(stats_take(k->v, "enter-without-prot-section"), 1);
	no_violations(k);
}

static void test_no_suspend_buf(void **state)
{
	struct kit *k = *state;

	kit_state(k, 0, CSG_STATE_TERMINATE);
	kit_until(k, kit_in_state(k, 0, CSG_STATE_TERMINATE));
	kit_start(k, 0, CSG_STATE_START);
	k->e->csg[0].protm_buf = suspend_va(1);	/* normal memory */
	PUSH(k, 0, 0, PROT_STORE(0));
	ack(k, 0, 0);
	enter(k);
	exit_acked(k);
	assert_int_equal(stats_take(k->v, "enter-without-protm-suspend-buf"), 1);
	assert_true(kit_event(k, 0, 0, CS_EVT_FATAL));
	assert_int_equal(prot_word(k, 0), 0);
	no_violations(k);
}

static void test_normal_write(void **state)
{
	struct kit *k = *state;

	PUSH(k, 0, 0, MOVE48(2, VA_DATA), PROT(2), STORE(8, 1, 2, 0), WAIT(1));
	ack(k, 0, 0);
	enter(k);
	kit_until(k, irq_read(k->v, IRQ_GPU, 0) & GPU_IRQ_PROTECTED_FAULT);
	irq_write(k->v, IRQ_GPU, 4, GPU_IRQ_PROTECTED_FAULT);
	assert_true(irq_read(k->v, IRQ_GPU, 0) & GPU_IRQ_PROTECTED_FAULT);
	assert_true(engine_protm_active(k->v));
	assert_int_equal(stats_take(k->v, "protm-normal-write"), 1);
	ping(k);
	exit_acked(k);
	engine_reset(k->v);
	irq_write(k->v, IRQ_GPU, 4, GPU_IRQ_PROTECTED_FAULT);
	assert_false(irq_read(k->v, IRQ_GPU, 0) & GPU_IRQ_PROTECTED_FAULT);
	no_violations(k);
}

static void test_hang_and_reset(void **state)
{
	struct kit *k = *state;

	assert_int_equal(protm_inject(k->e, "hang-protm", 1, false), 0);
	PUSH(k, 0, 0, PROT_STORE(0));
	ack(k, 0, 0);
	enter(k);
	active(k);
	ping(k);
	kit_for(k, 5 * MS);
	assert_true(kit_glb_pending(k, GLB_REQ_PING));
	assert_true(engine_protm_active(k->v));
	engine_mcu_control(k->v, 0);
	assert_true(engine_protm_active(k->v));
	engine_reset(k->v);
	assert_false(engine_protm_active(k->v));
	assert_false(engine_protm_session(k->v));
	kit_boot(k);
	kit_start(k, 0, CSG_STATE_START);
	*(uint64_t *)kit_ptr(k, k->io[0][0]) = 0;
	PUSH(k, 0, 0, PROT_STORE(0));
	ack(k, 0, 0);
	enter(k);
	exit_acked(k);
	assert_int_equal(prot_word(k, 0), 0x5ec7e7);
	no_violations(k);
}

static void test_injections(void **state)
{
	struct kit *k = *state;

	inject_arm(k->v, INJ_DROP_PROTM_EXIT, 1, 0);
	PUSH(k, 0, 0, PROT_STORE(0));
	ack(k, 0, 0);
	enter(k);
	kit_until(k, !engine_protm_session(k->v));
	kit_for(k, 2 * MS);
	assert_false(kit_glb_pending(k, GLB_EVT_PROTM_EXIT));

	inject_arm(k->v, INJ_DROP_GLB_ACK, 1, 0);
	ping(k);
	kit_for(k, 2 * MS);
	assert_true(kit_glb_pending(k, GLB_REQ_PING));

	assert_int_equal(protm_inject(k->e, "protected-fault", 1, false), 0);
	kit_wr(k, GLB_IN(k, GLB_REQ), kit_rd(k, GLB_IN(k, GLB_REQ)) ^ GLB_REQ_PING);
	PUSH(k, 0, 0, PROT_STORE(0));
	ack(k, 0, 0);
	enter(k);
	kit_until(k, irq_read(k->v, IRQ_GPU, 0) & GPU_IRQ_PROTECTED_FAULT);
	assert_int_equal(protm_inject(k->e, "nonsense", 1, false), -EINVAL);
	no_violations(k);
}

static void plan(struct kit *k, const char *what, const char *at, const char *delay)
{
	char text[128], *answer;
	int n = snprintf(text, sizeof(text),
			 "{\"cmd\":\"inject\",\"what\":\"%s\",\"at\":\"%s\",\"delay_ns\":%s}", what, at, delay);

	answer = ctl_execute_text(k->v, text, (size_t)n);
	assert_non_null(strstr(answer, "\"ok\":true"));
	free(answer);
}

/* Trouble at a moment of the session that nobody outside could hit. */
static void test_planned(void **state)
{
	struct kit *k = *state;

	plan(k, "protected-fault", "exiting", "0");
	PUSH(k, 0, 0, PROT_STORE(0));
	ack(k, 0, 0);
	enter(k);
	kit_until(k, irq_read(k->v, IRQ_GPU, 0) & GPU_IRQ_PROTECTED_FAULT);
	exit_acked(k);
	assert_int_equal(prot_word(k, 0), 0x5ec7e7);

	engine_reset(k->v);
	kit_boot(k);
	kit_start(k, 0, CSG_STATE_START);
	*(uint64_t *)kit_ptr(k, k->io[0][0]) = 0;
	plan(k, "hang-protm", "acking", "0");
	plan(k, "protected-fault", "idle", "0");
	PUSH(k, 0, 0, PROT_STORE(0));
	ack(k, 0, 0);
	enter(k);
	active(k);
	ping(k);
	kit_for(k, 5 * MS);
	assert_true(engine_protm_active(k->v));
	/* Forgotten, not done. */
	plan_clear(k->e);
	engine_reset(k->v);
	kit_for(k, 5 * MS);
	assert_false(irq_read(k->v, IRQ_GPU, 0) & GPU_IRQ_PROTECTED_FAULT);
	no_violations(k);
}

/* A read of normal memory is what a protected copy starts with. */
static void test_copy(void **state)
{
	struct kit *k = *state;

	*kit_data(k, 0) = 0xfeed;
	PUSH(k, 0, 0, MOVE48(2, VA_DATA), MOVE48(4, VA_PROT), PROT(4), LOAD(8, 1, 2, 0), WAIT(1),
	     STORE(8, 1, 4, 4), WAIT(1));
	ack(k, 0, 0);
	enter(k);
	exit_acked(k);
	assert_int_equal(prot_word(k, 4), 0xfeed);
	no_violations(k);
}

static char *ask_timeline(struct kit *k, unsigned long long from, unsigned long long *next)
{
	char text[64], *answer;
	int n = snprintf(text, sizeof(text), "{\"cmd\":\"timeline\",\"from\":%llu}", from);

	answer = ctl_execute_text(k->v, text, (size_t)n);
	assert_non_null(strstr(answer, "\"now_ns\":"));
	assert_int_equal(sscanf(strstr(answer, "\"next\":"), "\"next\":%llu", next), 1);
	return answer;
}

/* The moments of a session, in order, and only those that were asked for. */
static void test_timeline(void **state)
{
	static const char *const order[] = { "pend", "enter", "active", "leave", "exit" };
	struct kit *k = *state;
	unsigned long long from, next;
	char *answer, *at;

	free(ask_timeline(k, 0, &from));
	PUSH(k, 0, 0, PROT_STORE(0));
	ack(k, 0, 0);
	enter(k);
	exit_acked(k);
	answer = ask_timeline(k, from, &next);
	assert_true(next >= from + 5);
	at = answer;
	for (unsigned int i = 0; i < 5; i++) {
		char want[32];

		snprintf(want, sizeof(want), "\"what\":\"%s\"", order[i]);
		at = strstr(at, want);
		assert_non_null(at);
	}
	free(answer);
	answer = ask_timeline(k, next, &from);
	assert_non_null(strstr(answer, "\"timeline\":[]"));
	assert_int_equal(from, next);
	free(answer);
	no_violations(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_session), TEST(test_timing), TEST(test_two_queues), TEST(test_only_one_group),
		TEST(test_others_frozen), TEST(test_ping), TEST(test_early_ping),
		TEST(test_suspended_region), TEST(test_request_inside), TEST(test_late_ack),
		TEST(test_nobody), TEST(test_locked), TEST(test_exit_not_acked),
		cmocka_unit_test(test_no_section), TEST(test_section_overwritten),
		TEST(test_no_suspend_buf), TEST(test_normal_write), TEST(test_hang_and_reset),
		TEST(test_injections), TEST(test_planned), TEST(test_copy), TEST(test_timeline),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

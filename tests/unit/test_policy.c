// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Who gets a slot, and who may enter protected mode: single decisions.
 *
 * unit-sources: src/driver/sched/policy.c src/driver/protm/machine.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy.h"

static void nothing_to_do(void **state)
{
	struct snap s;

	snap_init(&s);
	decide(&s);
	assert_int_equal(s.plan.count, 0);
	assert_int_equal(s.plan.protm, PP_POLICY_NORMAL);

	/* A session goes on although nobody is a candidate; a gone group's ends. */
	s.in.active = PP_POLICY_GONE;
	decide(&s);
	assert_int_equal(s.plan.protm, PP_POLICY_FORCE);
	assert_int_equal(s.plan.cause, PP_EXIT_TERMINATE);
}

/* Rule 1, one condition after the other. */
static void entry_conditions(void **state)
{
	struct snap s;
	struct pp_policy_cand *c;

	snap_init(&s);
	c = on_slot(&s, 1, 0, 15);
	on_slot(&s, 1, 1, 14)->protm_pending = 2;
	c->protm_pending = 1;
	decide(&s);
	assert_int_equal(s.plan.protm, PP_POLICY_ENTER);
	assert_int_equal(s.plan.pick[0].cand, 0);

	s.in.protm_ready = false;
	decide(&s);
	assert_int_equal(s.plan.protm, PP_POLICY_NORMAL);
	s.in.protm_ready = true;

	/* Not while something is outstanding, and nothing new is asked for then. */
	s.in.quiet = false;
	decide(&s);
	assert_int_equal(s.plan.protm, PP_POLICY_SETTLE);
	s.in.quiet = true;

	/* A dead group's slot is emptied first. */
	s.in.terminate = true;
	decide(&s);
	assert_int_equal(s.plan.protm, PP_POLICY_NORMAL);
	s.in.terminate = false;

	/* RUNNING, not just on a slot. */
	c->running = false;
	decide(&s);
	assert_int_equal(s.plan.protm, PP_POLICY_NORMAL);
	c->running = true;

	/* The top group is the one that counts, not any that is pending. */
	c->protm_pending = 0;
	decide(&s);
	assert_int_equal(s.plan.protm, PP_POLICY_NORMAL);
	c->protm_pending = 1;

	c->slot = -1;
	c->csg_prio = -1;
	c->running = false;
	decide(&s);
	assert_int_equal(s.plan.protm, PP_POLICY_NORMAL);
	assert_int_equal(s.plan.pick[0].cand, 0);
}

/* Higher groups without work stand at the end, and are no reason to wait. */
static void idle_higher_groups_are_skipped(void **state)
{
	struct snap s;

	snap_init(&s);
	on_slot(&s, 1, 3, 13)->protm_pending = 1;
	on_slot(&s, 3, 0, 15)->idle = true;
	decide(&s);
	assert_int_equal(s.plan.protm, PP_POLICY_ENTER);
	assert_int_equal(s.plan.count, 2);

	/* Idle alone does not enter, whatever it may have pending. */
	snap_init(&s);
	on_slot(&s, 1, 0, 15)->idle = true;
	s.cand[0].protm_pending = 1;
	decide(&s);
	assert_int_equal(s.plan.protm, PP_POLICY_NORMAL);
}

static void session_goes_on_or_ends(void **state)
{
	struct snap s;

	/* Same top group: nothing at all (rule 3). */
	snap_init(&s);
	on_slot(&s, 1, 0, 15)->active = true;
	off_slot(&s, 1);
	off_slot(&s, 0);
	s.in.active = PP_POLICY_ALIVE;
	s.in.active_level = 1;
	decide(&s);
	assert_int_equal(s.plan.protm, PP_POLICY_HOLD);

	/* Its turn is over. */
	snap_init(&s);
	off_slot(&s, 1);
	on_slot(&s, 1, 0, 15)->active = true;
	s.in.active = PP_POLICY_ALIVE;
	s.in.active_level = 1;
	decide(&s);
	assert_int_equal(s.plan.protm, PP_POLICY_FORCE);
	assert_int_equal(s.plan.cause, PP_EXIT_ROTATE);

	/* So many before it that it was not even looked at. */
	snap_init(&s);
	for (int i = 0; i < 8; i++)
		off_slot(&s, 1);
	on_slot(&s, 1, 0, 15)->active = true;
	s.in.active = PP_POLICY_ALIVE;
	s.in.active_level = 1;
	s.in.as_slots = 8;
	decide(&s);
	assert_int_equal(s.in.count, 8);
	assert_int_equal(s.plan.protm, PP_POLICY_FORCE);
	assert_int_equal(s.plan.cause, PP_EXIT_ROTATE);

	/* Somebody more important. */
	s.cand[0].level = 2;
	decide(&s);
	assert_int_equal(s.plan.cause, PP_EXIT_PRIORITY);

	/* Even if it is the same group: a slot has to be emptied. */
	s.cand[0].active = true;
	s.in.terminate = true;
	decide(&s);
	assert_int_equal(s.plan.protm, PP_POLICY_FORCE);
	assert_int_equal(s.plan.cause, PP_EXIT_TERMINATE);
}

static void address_spaces_limit(void **state)
{
	struct snap s;

	snap_init(&s);
	s.in.as_slots = 2;
	off_slot(&s, 1)->vm = 1;
	off_slot(&s, 1)->vm = 2;
	off_slot(&s, 1)->vm = 3;
	off_slot(&s, 1)->vm = 1;
	off_slot(&s, 1)->vm = 2;
	decide(&s);
	assert_int_equal(s.plan.count, 4);
	assert_true(is_picked(&s, 0) && is_picked(&s, 1));
	assert_true(is_picked(&s, 3) && is_picked(&s, 4));
}

/* Groups that stay keep their CSG priority when newcomers fit between. */
static void priorities_are_kept(void **state)
{
	struct snap s;

	snap_init(&s);
	on_slot(&s, 3, 0, 15);
	off_slot(&s, 2);
	on_slot(&s, 1, 1, 9);
	decide(&s);
	assert_int_equal(s.plan.count, 3);
	assert_int_equal(s.plan.pick[0].csg_prio, 15);
	assert_in_range(s.plan.pick[1].csg_prio, 10, 14);
	assert_int_equal(s.plan.pick[2].csg_prio, 9);

	/* The first one's turn is over: it alone moves. */
	snap_init(&s);
	on_slot(&s, 1, 1, 14);
	on_slot(&s, 1, 2, 13);
	on_slot(&s, 1, 0, 15);
	decide(&s);
	assert_int_equal(s.plan.pick[0].csg_prio, 14);
	assert_int_equal(s.plan.pick[1].csg_prio, 13);
	assert_in_range(s.plan.pick[2].csg_prio, 0, 12);

	/* What is idle keeps the place of its level, so that it has it when work comes. */
	snap_init(&s);
	on_slot(&s, 1, 0, 10);
	on_slot(&s, 3, 1, 15)->idle = true;
	on_slot(&s, 1, 2, 5)->idle = true;
	decide(&s);
	assert_int_equal(s.plan.pick[0].csg_prio, 15);
	assert_int_equal(s.plan.pick[1].csg_prio, 10);
	assert_int_equal(s.plan.pick[1].cand, 0);
	assert_int_equal(s.plan.pick[2].csg_prio, 5);

	/* Firmware has not given up any value yet: nothing is changed until it has. */
	snap_init(&s);
	on_slot(&s, 1, 1, 3);
	on_slot(&s, 1, 0, 15);
	s.in.held_prios = 0xffff;
	decide(&s);
	assert_true(s.plan.later);

	/* One that has not answered yet is not told another value; one that stays may be asked for. */
	snap_init(&s);
	on_slot(&s, 1, 1, 3);
	on_slot(&s, 1, 0, 15)->running = false;
	decide(&s);
	assert_true(s.plan.later);
	snap_init(&s);
	on_slot(&s, 1, 1, 15)->running = false;
	on_slot(&s, 1, 0, 3);
	off_slot(&s, 1);
	decide(&s);
	assert_false(s.plan.later);
	assert_int_equal(s.plan.pick[0].csg_prio, 15);

	/* No room between: all get new values, and none that somebody holds. */
	snap_init(&s);
	on_slot(&s, 3, 0, 10);
	off_slot(&s, 2);
	on_slot(&s, 1, 1, 9);
	decide(&s);
	assert_int_equal(s.plan.count, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_not_equal(s.plan.pick[i].csg_prio, 10);
		assert_int_not_equal(s.plan.pick[i].csg_prio, 9);
		if (i)
			assert_true(s.plan.pick[i].csg_prio < s.plan.pick[i - 1].csg_prio);
	}
}

/* More slots than distinct priorities allow for are left alone. */
static void many_slots(void **state)
{
	struct snap s;

	snap_init(&s);
	s.in.slots = 31;
	s.in.as_slots = 31;
	for (int i = 0; i < 2 * PP_POLICY_MAX_SLOTS; i++)
		off_slot(&s, 1);
	decide(&s);
	assert_int_equal(s.plan.count, PP_POLICY_MAX_SLOTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_to_do),
		cmocka_unit_test(entry_conditions),
		cmocka_unit_test(idle_higher_groups_are_skipped),
		cmocka_unit_test(session_goes_on_or_ends),
		cmocka_unit_test(address_spaces_limit),
		cmocka_unit_test(priorities_are_kept),
		cmocka_unit_test(many_slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

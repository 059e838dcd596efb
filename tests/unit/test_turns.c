// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * unit-sources: src/driver/sched/policy.c
 *
 * Turns: equals get equal shares of what is executed, whatever a turn costs to begin
 * and to end, however late somebody looks, and whoever executes in between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sched/policy.h"

#define MS	1000000ull
#define SLICE	(10 * MS)
#define MAX	6

static u64 up_to(u64 n)
{
	return n ? (u64)rand() % n : 0;
}

static void one_turn(void **state)
{
	struct pp_policy_share a = { 0 }, b = { 0 };
	struct pp_policy_turn turn = { 0 };

	assert_false(pp_policy_turn_over(&turn, &a, &a, 10));
	/* Time in which it does not execute is not its own. */
	assert_false(pp_policy_turn_over(&turn, &a, &a, 10));
	pp_policy_charge(&a, 9, 10);
	assert_false(pp_policy_turn_over(&turn, &a, &a, 10));
	pp_policy_charge(&a, 4, 10);
	assert_true(pp_policy_turn_over(&turn, &a, &a, 10));
	assert_false(pp_policy_turn_over(&turn, &b, &b, 10));
	/* What it had too much is missing now. */
	assert_false(pp_policy_turn_over(&turn, &a, &a, 10));
	assert_int_equal(a.credit, 7);
	pp_policy_charge(&a, 7, 10);
	assert_true(pp_policy_turn_over(&turn, &a, &a, 10));
	/* Alone it begins anew. */
	assert_false(pp_policy_turn_over(&turn, &a, &a, 10));
	assert_int_equal(a.credit, 10);
	/* Too little for a session. */
	pp_policy_charge(&b, 16, 10);
	assert_true(pp_policy_turn_over(&turn, &b, &b, 10));
}

/* Work in advance is paid for, but not for ever. */
static void debts_end(void **state)
{
	struct pp_policy_share a = { 0 };
	struct pp_policy_turn turn = { 0 };
	unsigned int turns = 0;

	pp_policy_charge(&a, 1000 * SLICE, SLICE);
	pp_policy_charge(&a, ~0ull >> 1, SLICE);
	while (pp_policy_turn_over(&turn, &a, &a, SLICE))
		assert_true(++turns < 16);
	assert_true(turns > 1);

	/* Who was idle meanwhile has its turn soon. */
	pp_policy_charge(&a, 1000 * SLICE, SLICE);
	pp_policy_forgive(&a, SLICE);
	turn.head = NULL;
	assert_true(pp_policy_turn_over(&turn, &a, &a, SLICE));
	assert_false(pp_policy_turn_over(&turn, &a, &a, SLICE));
}

/* No slice: whoever is first is over at the next look. */
static void no_slice(void **state)
{
	struct pp_policy_share a = { 0 };
	struct pp_policy_turn turn = { 0 };

	assert_false(pp_policy_turn_over(&turn, &a, &a, 0));
	assert_true(pp_policy_turn_over(&turn, &a, &a, 0));
}

struct member {
	bool protected;
	u64 region;		/* length of its regions, or 0: without end */
	u64 left;		/* of the region */
	u64 executed;
	struct pp_policy_share share;
};

struct world {
	struct member m[MAX];
	unsigned int run[MAX], count;
	struct pp_policy_turn turn;
	u64 enter, leave, late;	/* most that entering, leaving and looking take */
};

static struct member *first(struct world *w)
{
	for (unsigned int tries = 0; tries < 64; tries++) {
		struct member *head = &w->m[w->run[0]];
		unsigned int who = w->run[0];

		if (!pp_policy_turn_over(&w->turn, head, &head->share, SLICE))
			return head;
		for (unsigned int i = 1; i < w->count; i++)
			w->run[i - 1] = w->run[i];
		w->run[w->count - 1] = who;
	}
	fail_msg("nobody has a turn");
	return NULL;
}

static void execute(struct member *m, u64 ns)
{
	m->executed += ns;
	pp_policy_charge(&m->share, ns, SLICE);
}

/* While the first one waits at its region, the next one that can executes. */
static void gap(struct world *w, u64 ns)
{
	for (unsigned int i = 0; i < w->count; i++) {
		struct member *m = &w->m[w->run[i]];

		if (!m->protected) {
			execute(m, ns);
			return;
		}
	}
}

static u64 play(struct world *w, u64 until)
{
	u64 now = 0;

	while (now < until) {
		struct member *m = first(w);
		u64 ns = (m->share.credit > 0 ? m->share.credit : 0) + 1 + up_to(w->late);
		u64 wait = up_to(w->late / 4);

		if (m->protected) {
			gap(w, wait);
			now += wait + up_to(w->enter);
			if (m->region && !m->left)
				m->left = m->region;
			if (m->region && m->left < ns)
				ns = m->left;
			m->left -= m->region ? ns : 0;
			now += up_to(w->leave);
		}
		execute(m, ns);
		now += ns;
	}
	return now;
}

static void world_init(struct world *w, unsigned int count, unsigned int protected)
{
	*w = (struct world) {
		.count = count, .enter = up_to(20 * MS), .leave = up_to(20 * MS),
		.late = up_to(8 * MS),
	};
	for (unsigned int i = 0; i < count; i++) {
		w->run[i] = i;
		w->m[i].protected = i < protected;
		if (rand() & 1)
			w->m[i].region = MS + up_to(30 * MS);
	}
}

static void check_shares(const struct world *w, const u64 *before, u64 permille)
{
	u64 sum = 0;

	for (unsigned int i = 0; i < w->count; i++)
		sum += w->m[i].executed - before[i];
	for (unsigned int i = 0; i < w->count; i++) {
		u64 part = (w->m[i].executed - before[i]) * w->count * 1000 / sum;

		if (part + permille < 1000 || part > 1000 + permille)
			fail_msg("%u of %u has %llu permille of its share", i, w->count,
				 (unsigned long long)part);
	}
}

/* Ten seconds within a tenth, though turns cost several times their length; a second of any of them within a quarter, for up to three. */
static void shares_are_equal(void **state)
{
	for (unsigned int round = 0; round < 400; round++) {
		unsigned int count = 2 + rand() % (MAX - 1);
		u64 none[MAX] = { 0 }, before[MAX];
		struct world w;

		world_init(&w, count, rand() % (count + 1));
		for (unsigned int s = 0; s < 10; s++) {
			for (unsigned int i = 0; i < count; i++)
				before[i] = w.m[i].executed;
			play(&w, 1000 * MS);
			if (count <= 3)
				check_shares(&w, before, 250);
		}
		check_shares(&w, none, 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_turn),
		cmocka_unit_test(debts_end),
		cmocka_unit_test(no_slice),
		cmocka_unit_test(shares_are_equal),
	};

	srand(11);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

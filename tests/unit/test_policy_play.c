// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Schedulers that are played for many turns with up to 4096 groups, during which
 * nobody may starve, priorities count, no slot stays empty while somebody could
 * use it, and no CSG priority is ever held twice.
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

#define ARRAY_LEN(a) (sizeof(a) / sizeof(*(a)))

#define SLICE 10
/* How many decisions a group stays SUSPENDING. */
#define LEAVE_TIME 1

struct group {
	unsigned int id;
	unsigned int level;
	unsigned long vm;
	bool runnable;
	int slot;
	int prio;
	int old_prio;		/* that firmware may still think it has, or -1 */
	unsigned int asked;	/* decisions until firmware has read its priority */
	unsigned int leaving;	/* decisions until it is off; 0: it is not leaving */
	struct pp_policy_share share;
	uint64_t served;	/* decisions on a slot */
	uint64_t topped;	/* decisions as the first of its priority, on a slot */
	uint64_t front;		/* decisions with the highest CSG priority of all */
};

struct play {
	struct group *groups;
	unsigned int count, slots, as_slots;
	/* Run lists: rings of indices, the first one's turn it is. */
	unsigned int *run[PP_POLICY_LEVELS];
	unsigned int len[PP_POLICY_LEVELS];
	struct pp_policy_turn turn[PP_POLICY_LEVELS];
	struct group *on[PP_POLICY_MAX_SLOTS];
	unsigned int steps;
	unsigned int answer_time;	/* decisions until firmware has read a priority */
	unsigned int waits;	/* decisions in a row that were put off */
	unsigned int changes;	/* of CSG priorities on slots */
	unsigned int looked;	/* most candidates that a decision looked at */
};

static struct play *play_new(unsigned int count, unsigned int slots, unsigned int as_slots,
			     unsigned int vms, unsigned int levels)
{
	struct play *p = calloc(1, sizeof(*p));

	p->groups = calloc(count, sizeof(*p->groups));
	p->count = count;
	p->slots = slots;
	p->as_slots = as_slots;
	for (int l = 0; l < PP_POLICY_LEVELS; l++)
		p->run[l] = calloc(count, sizeof(**p->run));
	for (unsigned int i = 0; i < count; i++) {
		struct group *g = &p->groups[i];

		*g = (struct group) {
			.id = i, .level = rand() % levels, .vm = 1 + rand() % vms,
			.runnable = true, .slot = -1, .prio = -1, .old_prio = -1,
		};
		p->run[g->level][p->len[g->level]++] = i;
	}
	return p;
}

static void play_free(struct play *p)
{
	for (int l = 0; l < PP_POLICY_LEVELS; l++)
		free(p->run[l]);
	free(p->groups);
	free(p);
}

static void run_remove(struct play *p, struct group *g)
{
	unsigned int *run = p->run[g->level];
	unsigned int i;

	for (i = 0; run[i] != g->id; i++)
		;
	memmove(run + i, run + i + 1, (p->len[g->level] - i - 1) * sizeof(*run));
	p->len[g->level]--;
}

static void run_append(struct play *p, struct group *g)
{
	p->run[g->level][p->len[g->level]++] = g->id;
}

static void set_runnable(struct play *p, struct group *g, bool runnable)
{
	if (g->runnable == runnable)
		return;
	g->runnable = runnable;
	if (runnable)
		run_append(p, g);
	else
		run_remove(p, g);
}

static void rotate(struct play *p)
{
	for (int l = 0; l < PP_POLICY_LEVELS; l++) {
		struct group *head = p->len[l] ? &p->groups[p->run[l][0]] : NULL;

		if (!head)
			continue;
		/* The first one, if it is on a slot, has executed since the last decision. */
		if (p->turn[l].head == head && head->slot >= 0 && !head->leaving)
			pp_policy_charge(&head->share, SLICE, SLICE);
		if (pp_policy_turn_over(&p->turn[l], head, &head->share, SLICE) && p->len[l] > 1) {
			run_remove(p, head);
			run_append(p, head);
		}
	}
}

static unsigned int play_snapshot(struct play *p, struct snap *s, unsigned int *who)
{
	unsigned int n = 0;

	snap_init(s);
	s->in.slots = p->slots;
	s->in.as_slots = p->as_slots;
	for (int l = PP_POLICY_LEVELS - 1; l >= 0; l--) {
		for (unsigned int i = 0; i < p->len[l] && i < PP_POLICY_MAX_SLOTS; i++) {
			struct group *g = &p->groups[p->run[l][i]];

			if (!g->leaving)
				who[n++] = g->id;
		}
	}
	for (unsigned int i = 0; i < p->slots; i++) {
		struct group *g = p->on[i];

		if (!g)
			continue;
		s->in.held_prios |= BIT(g->prio);
		if (g->old_prio >= 0)
			s->in.held_prios |= BIT(g->old_prio);
		if (!g->leaving && !g->runnable)
			who[n++] = g->id;
	}
	assert_true(n <= ARRAY_LEN(s->cand));
	for (unsigned int i = 0; i < n; i++) {
		struct group *g = &p->groups[who[i]];

		s->cand[i] = (struct pp_policy_cand) {
			.vm = g->vm, .level = g->level, .slot = g->slot, .csg_prio = g->prio,
			.running = g->slot >= 0 && !g->asked, .idle = !g->runnable,
		};
	}
	s->n = n;
	return n;
}

/* What each plan has to satisfy by itself. */
static void check_plan(const struct play *p, const struct snap *s)
{
	const struct pp_policy_plan *plan = &s->plan;
	uint32_t fresh = 0;
	unsigned int slots = p->slots, spaces = 0, i, j;

	if (slots > PP_POLICY_MAX_SLOTS)
		slots = PP_POLICY_MAX_SLOTS;
	assert_true(plan->count <= slots);

	assert_true(!plan->later || p->answer_time);
	for (i = 0; i < plan->count && !plan->later; i++) {
		const struct pp_policy_pick *pick = &plan->pick[i];
		const struct pp_policy_cand *c = &s->cand[pick->cand];

		assert_true(pick->csg_prio < PP_POLICY_CSG_PRIOS);
		if (c->slot >= 0 && !c->running)
			assert_int_equal(pick->csg_prio, c->csg_prio);
		/* In order, hence distinct; and nobody else's even for a moment. */
		if (i) {
			const struct pp_policy_pick *prev = &plan->pick[i - 1];

			assert_true(pick->csg_prio < prev->csg_prio);
			assert_true(c->level <= s->cand[prev->cand].level);
			if (c->level == s->cand[prev->cand].level)
				assert_true(pick->cand > prev->cand);
		}
		if (c->slot < 0 || pick->csg_prio != c->csg_prio)
			fresh |= BIT(pick->csg_prio);
		for (j = 0; j < i && s->cand[plan->pick[j].cand].vm != c->vm; j++)
			;
		spaces += j == i;
	}
	assert_int_equal(fresh & s->in.held_prios, 0);
	assert_true(spaces <= p->as_slots);

	/* The cost: no more are looked at than twice the slots. */
	assert_true(s->in.count <= 2 * slots);
	if (plan->later)
		return;

	/* Work conservation: whoever was left out would not have fitted. */
	assert_true(plan->count == slots || s->in.count == s->n || s->in.count == 2 * slots);
	for (i = 0; i < s->in.count && plan->count < slots; i++) {
		if (is_picked(s, i))
			continue;
		assert_int_equal(spaces, p->as_slots);
		for (j = 0; j < plan->count; j++)
			assert_true(s->cand[plan->pick[j].cand].vm != s->cand[i].vm);
	}
	/* The first candidate always gets its slot. */
	if (s->in.count)
		assert_true(is_picked(s, 0));
}

/* A value is nobody else's, not even while firmware has not read the one after it. */
static void check_held(const struct play *p)
{
	uint32_t held = 0;

	for (unsigned int i = 0; i < p->slots; i++) {
		const struct group *g = p->on[i];

		if (!g)
			continue;
		assert_false(held & BIT(g->prio));
		held |= BIT(g->prio);
		if (g->old_prio >= 0) {
			assert_false(held & BIT(g->old_prio));
			held |= BIT(g->old_prio);
		}
	}
}

static void set_prio(struct play *p, struct group *g, int prio)
{
	if (g->prio == prio)
		return;
	assert_int_equal(g->asked, 0);
	p->changes += g->prio >= 0;
	g->old_prio = p->answer_time ? g->prio : -1;
	g->asked = p->answer_time;
	g->prio = prio;
}

static void carry_out(struct play *p, const struct snap *s, const unsigned int *who)
{
	p->waits = s->plan.later ? p->waits + 1 : 0;
	assert_true(p->waits <= p->answer_time + LEAVE_TIME);
	if (p->waits)
		return;
	for (unsigned int i = 0; i < p->slots; i++) {
		struct group *g = p->on[i];
		bool keep = false;

		for (unsigned int j = 0; g && j < s->plan.count; j++)
			keep |= who[s->plan.pick[j].cand] == g->id;
		if (g && !keep && !g->leaving)
			g->leaving = 1 + LEAVE_TIME;
	}
	for (unsigned int j = 0; j < s->plan.count; j++) {
		struct group *g = &p->groups[who[s->plan.pick[j].cand]];

		for (unsigned int i = 0; g->slot < 0 && i < p->slots; i++) {
			if (!p->on[i]) {
				p->on[i] = g;
				g->slot = i;
			}
		}
		if (g->slot >= 0)
			set_prio(p, g, s->plan.pick[j].csg_prio);
	}
}

static void apply(struct play *p, const struct snap *s, const unsigned int *who)
{
	carry_out(p, s, who);
	check_held(p);
	for (unsigned int i = 0; i < p->slots; i++) {
		struct group *g = p->on[i];

		if (!g)
			continue;
		g->served += !g->leaving;
		if (g->asked && !--g->asked)
			g->old_prio = -1;
		if (g->leaving && !--g->leaving) {
			g->slot = -1;
			g->prio = -1;
			g->old_prio = -1;
			g->asked = 0;
			p->on[i] = NULL;
		}
	}
	for (int l = 0; l < PP_POLICY_LEVELS; l++) {
		struct group *head = p->len[l] ? &p->groups[p->run[l][0]] : NULL;

		if (head && head->slot >= 0)
			head->topped++;
	}
	struct group *front = NULL;

	for (unsigned int i = 0; i < p->slots; i++) {
		if (p->on[i] && (!front || p->on[i]->prio > front->prio))
			front = p->on[i];
	}
	if (front)
		front->front++;
}

static void play_step(struct play *p)
{
	unsigned int who[4 * PP_POLICY_MAX_CANDS];
	struct snap s;

	p->steps++;
	rotate(p);
	play_snapshot(p, &s, who);
	decide(&s);
	if (s.in.count > p->looked)
		p->looked = s.in.count;
	check_plan(p, &s);
	apply(p, &s, who);
}

/* Hogs of one priority: each is on top equally long, give or take a turn. */
static void nobody_starves(void **state)
{
	static const unsigned int counts[] = { 2, 8, 9, 64, 1024, 4096 };

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		unsigned int n = counts[i], rounds = 6;
		struct play *p = play_new(n, 8, 7, n, 1);
		uint64_t least = ~0ull, most = 0;

		for (unsigned int t = 0; t < rounds * 3 * n; t++)
			play_step(p);
		for (unsigned int g = 0; g < n; g++) {
			assert_true(p->groups[g].served > 0);
			if (p->groups[g].topped < least)
				least = p->groups[g].topped;
			if (p->groups[g].topped > most)
				most = p->groups[g].topped;
		}
		assert_true(least > 0);
		assert_true(most <= 2 * least + 4);
		play_free(p);
	}
}

/* Whoever has slots, nobody more important is without, unless its VM does not fit. */
static void priority_order(void **state)
{
	for (int round = 0; round < 50; round++) {
		struct play *p = play_new(1 + rand() % 200, 1 + rand() % 8, 16, 200, 4);

		for (int t = 0; t < 100; t++) {
			unsigned int top = 0;

			play_step(p);
			for (int l = PP_POLICY_LEVELS - 1; l >= 0 && !top; l--)
				top = p->len[l] ? l + 1 : 0;
			/* Give the start some time: suspended groups leave first. */
			for (unsigned int i = 0; t > 4 && i < p->slots; i++) {
				if (p->on[i] && p->on[i]->level + 1 < top)
					assert_true(p->len[top - 1] < p->slots);
			}
		}
		play_free(p);
	}
}

/* Groups come and go; every plan is checked, and the runnable ones get on. */
static void churn(void **state)
{
	static const unsigned int counts[] = { 5, 40, 500, 4096 };

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		unsigned int n = counts[i];
		struct play *p = play_new(n, 1 + rand() % 16, 1 + rand() % 15, 1 + rand() % n, 4);

		if (p->slots > PP_POLICY_MAX_SLOTS)
			p->slots = PP_POLICY_MAX_SLOTS;
		for (int t = 0; t < 3000; t++) {
			for (int c = rand() % 4; c; c--)
				set_runnable(p, &p->groups[rand() % n], rand() & 1);
			play_step(p);
		}
		play_free(p);
	}
}

/* Firmware takes its time: nobody is told twice, no value is held twice, and all the same everybody gets on. */
static void slow_answers(void **state)
{
	for (unsigned int round = 0; round < 30; round++) {
		unsigned int n = 1 + rand() % 24;
		struct play *p = play_new(n, 1 + rand() % 8, 16, n, 1 + round % 4);

		p->answer_time = 1 + rand() % 3;
		for (int t = 0; t < 3000; t++) {
			if (round & 1)
				set_runnable(p, &p->groups[rand() % n], rand() & 1);
			play_step(p);
		}
		for (unsigned int i = 0; i < n; i++)
			assert_true(p->groups[i].level < round % 4 || p->groups[i].served > 0);
		play_free(p);
	}
}

/* The cost of a decision does not grow with the number of groups. */
static void cost_is_bounded(void **state)
{
	static const unsigned int counts[] = { 8, 128, 1024, 4096 };
	unsigned int looked[ARRAY_LEN(counts)];

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		/* As many address spaces as slots: each group that is looked at fits. */
		struct play *p = play_new(counts[i], 8, 8, counts[i], 4);

		for (int t = 0; t < 200; t++)
			play_step(p);
		looked[i] = p->looked;
		play_free(p);
	}
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		assert_int_equal(looked[i], 8);
	/* Too few of them is the worst case; check_plan() knows the bound. */
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct play *p = play_new(counts[i], 8, 3, counts[i], 4);

		for (int t = 0; t < 200; t++)
			play_step(p);
		assert_true(p->looked <= 16);
		play_free(p);
	}
}

/* All fit on slots: each has its turn at the front, by one or two requests a turn. */
static void equals_take_turns(void **state)
{
	for (unsigned int n = 2; n <= 8; n++) {
		struct play *p = play_new(n, 8, 8, n, 1);
		unsigned int steps = 1000 * n;
		uint64_t least = ~0ull, most = 0;

		for (unsigned int t = 0; t < steps; t++)
			play_step(p);
		for (unsigned int i = 0; i < n; i++) {
			least = p->groups[i].front < least ? p->groups[i].front : least;
			most = p->groups[i].front > most ? p->groups[i].front : most;
			assert_true(p->groups[i].served >= steps - 2);
		}
		assert_true(most - least <= 4);
		assert_true(p->changes <= 2 * steps);
		play_free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_starves),
		cmocka_unit_test(priority_order),
		cmocka_unit_test(churn),
		cmocka_unit_test(slow_answers),
		cmocka_unit_test(cost_is_bounded),
		cmocka_unit_test(equals_take_turns),
	};

	srand(7);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

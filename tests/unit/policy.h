/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A snapshot for policy.c, and its decision: for test_policy.c and test_policy_play.c. */
#ifndef UNIT_POLICY_H
#define UNIT_POLICY_H

#include <stdlib.h>
#include <string.h>

#include "sched/policy.h"

struct snap {
	struct pp_policy_cand cand[4 * PP_POLICY_MAX_CANDS];
	unsigned int n;
	struct pp_policy_in in;
	struct pp_policy_plan plan;
};

static inline void snap_init(struct snap *s)
{
	memset(s, 0, sizeof(*s));
	s->in.cand = s->cand;
	s->in.slots = 8;
	s->in.as_slots = 7;
	s->in.active = PP_POLICY_NOBODY;
	s->in.protm_ready = true;
	s->in.quiet = true;
}

static inline struct pp_policy_cand *off_slot(struct snap *s, unsigned int level)
{
	struct pp_policy_cand *c = &s->cand[s->n++];

	*c = (struct pp_policy_cand) {
		.vm = 1 + s->n, .level = level, .slot = -1, .csg_prio = -1,
	};
	return c;
}

static inline struct pp_policy_cand *on_slot(struct snap *s, unsigned int level, int slot, int prio)
{
	struct pp_policy_cand *c = off_slot(s, level);

	c->slot = slot;
	c->csg_prio = prio;
	c->running = true;
	s->in.held_prios |= BIT(prio);
	return c;
}

static inline void decide(struct snap *s)
{
	bool more = true;

	memset(&s->plan, 0xff, sizeof(s->plan));
	pp_policy_begin(&s->in, &s->plan);
	while (more && s->in.count < s->n)
		more = pp_policy_offer(&s->in, &s->plan);
	pp_policy_decide(&s->in, &s->plan);
}

static inline bool is_picked(const struct snap *s, unsigned int cand)
{
	for (unsigned int i = 0; i < s->plan.count; i++) {
		if (s->plan.pick[i].cand == cand)
			return true;
	}
	return false;
}

#endif

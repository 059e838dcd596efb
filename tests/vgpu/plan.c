// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "plan.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "ctl.h"
#include "eng.h"
#include "vgpu.h"

static void due(void *ctx)
{
	struct planned *p = ctx;
	struct json_object *req = p->req, *answer;

	p->req = NULL;
	answer = ctl_execute(p->e->v, req);
	vlog(p->e->v, "planned: %s", json_object_to_json_string(answer));
	json_object_put(answer);
	json_object_put(req);
}

void plan_init(struct engine *e)
{
	for (unsigned int i = 0; i < PLAN_MAX; i++) {
		struct planned *p = &e->plan.p[i];

		*p = (struct planned){ .e = e, .timer = { .fn = due, .ctx = p } };
	}
}

void plan_clear(struct engine *e)
{
	for (unsigned int i = 0; i < PLAN_MAX; i++) {
		struct planned *p = &e->plan.p[i];

		if (!p->req)
			continue;
		loop_disarm(e->v->loop, &p->timer);
		json_object_put(p->req);
		p->req = NULL;
	}
}

int plan_add(struct engine *e, struct json_object *req, const char *at, uint64_t delay_ns)
{
	int state = protm_state_from_name(at);
	struct json_object *copy = NULL;
	struct planned *p = NULL;

	for (unsigned int i = 0; i < PLAN_MAX && !p; i++)
		if (!e->plan.p[i].req)
			p = &e->plan.p[i];
	if (state < 0)
		return -EINVAL;
	if (!p)
		return -EBUSY;
	if (json_object_deep_copy(req, &copy, NULL))
		return -ENOMEM;
	json_object_object_del(copy, "at");
	json_object_object_add(copy, "now", json_object_new_boolean(1));
	p->req = copy;
	p->at = (unsigned int)state;
	p->delay_ns = delay_ns;
	p->waiting = true;
	return 0;
}

void plan_state(struct engine *e, unsigned int state)
{
	for (unsigned int i = 0; i < PLAN_MAX; i++) {
		struct planned *p = &e->plan.p[i];

		if (!p->req || !p->waiting || p->at != state)
			continue;
		p->waiting = false;
		loop_arm(e->v->loop, &p->timer, p->delay_ns);
	}
}

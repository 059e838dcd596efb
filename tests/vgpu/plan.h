/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Owns: injections that wait for a state of protected mode. */
#ifndef VGPU_PLAN_H
#define VGPU_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"

#define PLAN_MAX	4

struct engine;
struct json_object;

struct planned {
	struct engine *e;
	struct json_object *req;	/* NULL: free */
	unsigned int at;		/* enum protm_state */
	bool waiting;			/* for that state; otherwise for the timer */
	uint64_t delay_ns;
	struct vtimer timer;
};

struct plan {
	struct planned p[PLAN_MAX];
};

void plan_init(struct engine *e);
/* Forget all that has not happened yet. */
void plan_clear(struct engine *e);
/* Inject what req says delay_ns after the next time that protected mode gets into a state. 0 or -errno. */
int plan_add(struct engine *e, struct json_object *req, const char *at, uint64_t delay_ns);
/* It has got into this one. */
void plan_state(struct engine *e, unsigned int state);

#endif

// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "stats.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "vgpu.h"

/* Logs are bounded: a soak run must not eat the host. The newest are dropped. */
#define MAX_VIOLATIONS	4096
#define MAX_SESSIONS	65536
#define MAX_EVENTS	262144

struct violation_entry {
	uint64_t t_ns;
	const char *kind;
	char *detail;
};

struct session_entry {
	uint64_t begin_ns, end_ns, instructions;
	const char *cause;
	unsigned int csg;
	uint32_t cs_mask;
};

struct event_entry {
	uint64_t t_ns;
	const char *what;
	int csg;
};

struct log {
	void *items;
	size_t count, room, item_size, max, dropped;
};

struct stats {
	struct counters counters;
	struct log violations, sessions, events;
	bool in_session;
	uint64_t start_ns;
};

static void *log_push(struct log *l)
{
	if (l->count == l->max) {
		l->dropped++;
		return NULL;
	}
	if (l->count == l->room) {
		size_t room = l->room ? l->room * 2 : 64;
		void *items = realloc(l->items, room * l->item_size);

		if (!items) {
			l->dropped++;
			return NULL;
		}
		l->items = items;
		l->room = room;
	}
	return memset((char *)l->items + l->item_size * l->count++, 0, l->item_size);
}

struct counters *stats_counters(struct vgpu *v)
{
	return &v->stats->counters;
}

void violation(struct vgpu *v, const char *kind, const char *fmt, ...)
{
	struct violation_entry *e;
	char detail[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(detail, sizeof(detail), fmt, args);
	va_end(args);
	vlog(v, "VIOLATION %s: %s", kind, detail);
	e = log_push(&v->stats->violations);
	if (!e)
		return;
	e->t_ns = now_ns();
	e->kind = kind;
	e->detail = strdup(detail);
}

void session_begin(struct vgpu *v, unsigned int csg, uint32_t cs_mask)
{
	struct stats *s = v->stats;
	struct session_entry *e = log_push(&s->sessions);

	s->counters.protm_sessions++;
	s->in_session = e;
	if (!e)
		return;
	e->begin_ns = now_ns();
	e->csg = csg;
	e->cs_mask = cs_mask;
}

void session_end(struct vgpu *v, const char *cause, uint64_t instructions)
{
	struct stats *s = v->stats;
	struct session_entry *e;

	if (!s->in_session)
		return;
	s->in_session = false;
	e = (struct session_entry *)s->sessions.items + s->sessions.count - 1;
	e->end_ns = now_ns();
	e->cause = cause;
	e->instructions = instructions;
	s->counters.protm_ns += e->end_ns - e->begin_ns;
}

void timeline(struct vgpu *v, const char *what, int csg)
{
	struct event_entry *e = log_push(&v->stats->events);

	if (e)
		*e = (struct event_entry){ now_ns(), what, csg };
}

static void add_u64(struct json_object *o, const char *key, uint64_t val)
{
	json_object_object_add(o, key, json_object_new_uint64(val));
}

static void add_str(struct json_object *o, const char *key, const char *val)
{
	json_object_object_add(o, key, val ? json_object_new_string(val) : NULL);
}

static struct json_object *json_blocks(const uint64_t *n)
{
	static const char *const names[BLK_COUNT] = {
		[BLK_GPU] = "gpu", [BLK_JOB] = "job", [BLK_MMU] = "mmu",
		[BLK_AS] = "as", [BLK_DOORBELL] = "doorbell", [BLK_USER] = "user",
	};
	struct json_object *o = json_object_new_object();

	for (unsigned int i = 0; i < BLK_COUNT; i++)
		add_u64(o, names[i], n[i]);
	return o;
}

struct json_object *stats_json_counters(struct vgpu *v)
{
	const struct counters *c = &v->stats->counters;
	struct json_object *o = json_object_new_object();
	struct json_object *irqs = json_object_new_object();

	json_object_object_add(o, "reg_reads", json_blocks(c->reg_reads));
	json_object_object_add(o, "reg_writes", json_blocks(c->reg_writes));
	add_u64(o, "gpu_status_reads", c->gpu_status_reads);
	add_u64(o, "doorbells", c->doorbells);
	add_u64(irqs, "job", c->irqs[0]);
	add_u64(irqs, "mmu", c->irqs[1]);
	add_u64(irqs, "gpu", c->irqs[2]);
	json_object_object_add(o, "irqs", irqs);
	add_u64(o, "aperture_cpu_accesses", c->aperture_cpu_accesses);
	add_u64(o, "protm_sessions", c->protm_sessions);
	add_u64(o, "protm_ns", c->protm_ns);
	add_u64(o, "instructions", c->instructions);
	add_u64(o, "fw_boots", c->fw_boots);
	add_u64(o, "soft_resets", c->soft_resets);
	add_u64(o, "as_faults", c->as_faults);
	add_u64(o, "bus_faults", c->bus_faults);
	add_u64(o, "as_commands", c->as_commands);
	add_u64(o, "stale_translations", c->stale_translations);
	add_u64(o, "t_ns", stats_now_ns(v));
	add_u64(o, "log_dropped", v->stats->violations.dropped + v->stats->sessions.dropped +
		v->stats->events.dropped);
	return o;
}

struct json_object *stats_json_violations(struct vgpu *v)
{
	const struct stats *s = v->stats;
	const struct violation_entry *e = s->violations.items;
	struct json_object *a = json_object_new_array();

	for (size_t i = 0; i < s->violations.count; i++) {
		struct json_object *o = json_object_new_object();

		add_str(o, "kind", e[i].kind);
		add_str(o, "detail", e[i].detail);
		add_u64(o, "t_ns", e[i].t_ns - s->start_ns);
		json_object_array_add(a, o);
	}
	return a;
}

struct json_object *stats_json_sessions(struct vgpu *v)
{
	const struct stats *s = v->stats;
	const struct session_entry *e = s->sessions.items;
	struct json_object *a = json_object_new_array();

	for (size_t i = 0; i < s->sessions.count; i++) {
		struct json_object *o = json_object_new_object();

		add_u64(o, "csg", e[i].csg);
		add_u64(o, "cs_mask", e[i].cs_mask);
		add_u64(o, "begin_ns", e[i].begin_ns - s->start_ns);
		/* A session that still runs has neither end nor cause. */
		if (e[i].cause)
			add_u64(o, "end_ns", e[i].end_ns - s->start_ns);
		add_str(o, "cause", e[i].cause);
		add_u64(o, "instructions", e[i].instructions);
		json_object_array_add(a, o);
	}
	return a;
}

struct json_object *stats_json_timeline(struct vgpu *v, size_t from, size_t *next)
{
	const struct stats *s = v->stats;
	const struct event_entry *e = s->events.items;
	struct json_object *a = json_object_new_array();

	*next = s->events.count;
	for (size_t i = from; i < s->events.count; i++) {
		struct json_object *o = json_object_new_object();

		add_u64(o, "t_ns", e[i].t_ns - s->start_ns);
		add_str(o, "what", e[i].what);
		json_object_object_add(o, "csg", json_object_new_int(e[i].csg));
		json_object_array_add(a, o);
	}
	return a;
}

uint64_t stats_now_ns(struct vgpu *v)
{
	return now_ns() - v->stats->start_ns;
}

unsigned int stats_take(struct vgpu *v, const char *kind)
{
	struct log *l = &v->stats->violations;
	struct violation_entry *e = l->items;
	size_t kept = 0;
	unsigned int taken;

	for (size_t i = 0; i < l->count; i++) {
		if (!strcmp(e[i].kind, kind))
			free(e[i].detail);
		else
			e[kept++] = e[i];
	}
	taken = (unsigned int)(l->count - kept);
	l->count = kept;
	return taken;
}

/* Counters and logs start anew; an open session goes on as the first entry. */
void stats_reset(struct vgpu *v)
{
	struct stats *s = v->stats;
	struct session_entry *sessions = s->sessions.items;
	struct violation_entry *violations = s->violations.items;

	for (size_t i = 0; i < s->violations.count; i++)
		free(violations[i].detail);
	s->violations.count = 0;
	s->events.count = 0;
	if (s->in_session)
		sessions[0] = sessions[s->sessions.count - 1];
	s->sessions.count = s->in_session;
	s->violations.dropped = 0;
	s->sessions.dropped = 0;
	s->events.dropped = 0;
	s->counters = (struct counters){ .protm_sessions = s->in_session };
}

struct stats *stats_new(void)
{
	struct stats *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->violations = (struct log){
		.item_size = sizeof(struct violation_entry), .max = MAX_VIOLATIONS };
	s->sessions = (struct log){
		.item_size = sizeof(struct session_entry), .max = MAX_SESSIONS };
	s->events = (struct log){ .item_size = sizeof(struct event_entry), .max = MAX_EVENTS };
	s->start_ns = now_ns();
	return s;
}

void stats_free(struct stats *s)
{
	struct violation_entry *e;

	if (!s)
		return;
	e = s->violations.items;
	for (size_t i = 0; i < s->violations.count; i++)
		free(e[i].detail);
	free(s->violations.items);
	free(s->sessions.items);
	free(s->events.items);
	free(s);
}

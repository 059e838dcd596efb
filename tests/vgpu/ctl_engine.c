// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Control command "csgs", and the injections that only the engine can carry out. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "csg.h"
#include "eng.h"
#include "engine.h"
#include "fwif.h"
#include "loop.h"
#include "protm.h"
#include "vgpu.h"

static void add_u64(struct json_object *o, const char *key, uint64_t val)
{
	json_object_object_add(o, key, json_object_new_uint64(val));
}

static void add_str(struct json_object *o, const char *key, const char *val)
{
	json_object_object_add(o, key, json_object_new_string(val));
}

static struct json_object *json_cs(struct cx *x)
{
	struct json_object *o = json_object_new_object();

	add_u64(o, "cs", x->id);
	add_u64(o, "extract", x->cs->extract);
	add_u64(o, "insert", x->cs->insert);
	add_u64(o, "pc", cs_pc(x->cs));
	add_str(o, "blocked", cs_block_name(x->cs));
	add_u64(o, "instructions", x->cs->instructions);
	add_u64(o, "error", x->cs->error);
	json_object_object_add(o, "region", json_object_new_boolean(x->cs->region));
	return o;
}

static struct json_object *json_csg(struct csg *g)
{
	static const char *const states[] = { "off", "on", "suspending" };
	struct json_object *o = json_object_new_object(), *a = json_object_new_array();
	uint64_t now = now_ns();

	for (unsigned int i = 0; i < g->e->streams; i++) {
		struct cx x = csg_cx(g, i, now);

		if (x.cs->on)
			json_object_array_add(a, json_cs(&x));
	}
	add_u64(o, "csg", g->id);
	add_str(o, "state", states[g->state]);
	add_u64(o, "as", g->as);
	add_u64(o, "priority", g->priority);
	add_u64(o, "suspend_buf", g->suspend_buf);
	json_object_object_add(o, "idle", json_object_new_boolean(g->idle));
	add_u64(o, "exec_ns", g->exec_ns + (g->busy ? now - g->account_ns : 0));
	json_object_object_add(o, "cs", a);
	return o;
}

struct json_object *engine_json_csgs(struct vgpu *v)
{
	struct json_object *a = json_object_new_array();

	for (unsigned int i = 0; i < v->engine->groups; i++)
		if (v->engine->csg[i].state != CSG_OFF)
			json_object_array_add(a, json_csg(&v->engine->csg[i]));
	return a;
}

static uint64_t arg(struct json_object *req, const char *key, uint64_t otherwise)
{
	struct json_object *o;

	return json_object_object_get_ex(req, key, &o) ? json_object_get_uint64(o) : otherwise;
}

static int inject_cs(struct engine *e, const char *what, struct json_object *req)
{
	/* A planned one means whoever is in the session, unless it says. */
	bool session = arg(req, "now", 0) && e->protm.set;
	uint64_t csg = arg(req, "csg", session ? e->protm.csg : 0);
	uint64_t cs = arg(req, "cs", session ? (uint64_t)__builtin_ctz(e->protm.set) : 0);
	uint32_t type = arg(req, "type", EXC_RES_TERM);
	struct cx x;

	if (csg >= e->groups || cs >= e->streams)
		return -EINVAL;
	x = csg_cx(&e->csg[csg], cs, now_ns());
	if (x.g->state != CSG_ON || !x.cs->on || x.cs->dead)
		return -ENOENT;
	if (!strcmp(what, "tiler-oom"))
		cs_tiler_oom(&x);
	else if (type == EXC_CS_CONFIG || type == EXC_CS_UNRECOVERABLE || type == EXC_ENDPOINT ||
		 type == EXC_INVALID_INSTRUCTION || type == EXC_CALL_STACK ||
		 type == EXC_FW_INTERNAL || arg(req, "fatal", 0))
		cs_fatal(&x, type, 0);
	else
		cs_fault(&x, type, 0);
	exec_kick(e);
	return 0;
}

static int inject_progress(struct engine *e, struct json_object *req)
{
	uint64_t csg = arg(req, "csg", arg(req, "now", 0) ? e->protm.csg : 0);

	if (csg >= e->groups || e->csg[csg].state != CSG_ON)
		return -ENOENT;
	fw_csg_event(e, csg, CSG_EVT_PROGRESS_TIMER);
	return 0;
}

int engine_inject(struct vgpu *v, const char *what, struct json_object *req)
{
	struct engine *e = v->engine;

	if (!strcmp(what, "mcu-hang")) {
		e->hung = true;
		return 0;
	}
	if (!strcmp(what, "tiler-oom") || !strcmp(what, "cs-fault"))
		return inject_cs(e, what, req);
	if (!strcmp(what, "progress-timeout"))
		return inject_progress(e, req);
	if (!strcmp(what, "forget-planned")) {
		plan_clear(e);
		return 0;
	}
	return protm_inject(e, what, arg(req, "count", 1), arg(req, "now", 0));
}

int engine_plan(struct vgpu *v, struct json_object *req, const char *at)
{
	return plan_add(v->engine, req, at, arg(req, "delay_ns", 0));
}

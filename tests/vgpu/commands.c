// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "ctl.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "knobs.h"
#include "loop.h"
#include "profiles.h"
#include "regs.h"
#include "stats.h"
#include "vgpu.h"

/* A handler adds its results to out and returns NULL, or says what is wrong. */
typedef const char *handler(struct vgpu *v, struct json_object *req, struct json_object *out);

static const char *get_string(struct json_object *req, const char *key)
{
	struct json_object *val;

	if (!json_object_object_get_ex(req, key, &val) ||
	    !json_object_is_type(val, json_type_string))
		return NULL;
	return json_object_get_string(val);
}

static uint64_t get_uint(struct json_object *req, const char *key, uint64_t fallback)
{
	struct json_object *val;

	if (!json_object_object_get_ex(req, key, &val) || !json_object_is_type(val, json_type_int))
		return fallback;
	return json_object_get_uint64(val);
}

static void merge(struct json_object *out, struct json_object *from)
{
	json_object_object_foreach(from, key, val)
		json_object_object_add(out, key, json_object_get(val));
	json_object_put(from);
}

static const char *do_counters(struct vgpu *v, struct json_object *req, struct json_object *out)
{
	(void)req;
	merge(out, stats_json_counters(v));
	return NULL;
}

static const char *do_violations(struct vgpu *v, struct json_object *req, struct json_object *out)
{
	(void)req;
	json_object_object_add(out, "violations", stats_json_violations(v));
	return NULL;
}

static const char *do_take(struct vgpu *v, struct json_object *req, struct json_object *out)
{
	const char *kind = get_string(req, "kind");

	if (!kind)
		return "kind is missing";
	json_object_object_add(out, "taken", json_object_new_uint64(stats_take(v, kind)));
	return NULL;
}

static const char *do_sessions(struct vgpu *v, struct json_object *req, struct json_object *out)
{
	(void)req;
	json_object_object_add(out, "sessions", stats_json_sessions(v));
	return NULL;
}

static const char *do_timeline(struct vgpu *v, struct json_object *req, struct json_object *out)
{
	struct json_object *events;
	size_t next;

	events = stats_json_timeline(v, get_uint(req, "from", 0), &next);
	json_object_object_add(out, "timeline", events);
	json_object_object_add(out, "next", json_object_new_uint64(next));
	json_object_object_add(out, "now_ns", json_object_new_uint64(stats_now_ns(v)));
	return NULL;
}

static const char *do_knobs(struct vgpu *v, struct json_object *req, struct json_object *out)
{
	(void)req;
	json_object_object_add(out, "knobs", knobs_json(v->knobs));
	return NULL;
}

static const char *do_get(struct vgpu *v, struct json_object *req, struct json_object *out)
{
	const char *name = get_string(req, "knob");
	struct json_object *all;
	const char *err = "no such knob";

	if (!name)
		return "knob is missing";
	all = knobs_json(v->knobs);
	for (size_t i = 0; i < json_object_array_length(all); i++) {
		struct json_object *row = json_object_array_get_idx(all, i);

		if (!strcmp(get_string(row, "knob"), name)) {
			json_object_object_add(out, "value", json_object_get(
					       json_object_object_get(row, "value")));
			err = NULL;
		}
	}
	json_object_put(all);
	return err;
}

static const char *do_set(struct vgpu *v, struct json_object *req, struct json_object *out)
{
	const char *name = get_string(req, "knob");
	struct json_object *val;
	int err;

	(void)out;
	if (!name || !json_object_object_get_ex(req, "value", &val) || !val)
		return "knob or value is missing";
	err = knobs_set(v->knobs, name, json_object_get_string(val));
	if (!err)
		return NULL;
	return err == -ENOENT ? "no such knob" : err == -ERANGE ? "value out of range" : "bad value";
}

static void die(struct vgpu *v, bool on)
{
	if (on)
		regs_die(v);
	else
		regs_power_on_reset(v);
}

/* Injections that are counted down where they take effect; the engine has the others. */
static int arm(struct vgpu *v, const char *what, struct json_object *req)
{
	unsigned int count = (unsigned int)get_uint(req, "count", 1);
	const char *line = get_string(req, "line");

	if (!strcmp(what, "drop-glb-ack"))
		inject_arm(v, INJ_DROP_GLB_ACK, count, 0);
	else if (!strcmp(what, "drop-csg-ack"))
		inject_arm(v, INJ_DROP_CSG_ACK, count, 0);
	else if (!strcmp(what, "drop-protm-exit"))
		inject_arm(v, INJ_DROP_PROTM_EXIT, count, 0);
	else if (!strcmp(what, "slow-suspend"))
		inject_arm(v, INJ_SLOW_SUSPEND, count, get_uint(req, "ns", 1000000000));
	else if (!strcmp(what, "no-boot"))
		inject_arm(v, INJ_NO_BOOT, count, 0);
	else if (!strcmp(what, "dead"))
		die(v, count);
	else if (strcmp(what, "lost-irq"))
		return engine_inject(v, what, req);
	else if (line && !strcmp(line, "job"))
		inject_arm(v, INJ_LOST_IRQ_JOB, count, 0);
	else if (line && !strcmp(line, "mmu"))
		inject_arm(v, INJ_LOST_IRQ_MMU, count, 0);
	else if (line && !strcmp(line, "gpu"))
		inject_arm(v, INJ_LOST_IRQ_GPU, count, 0);
	else
		return -EINVAL;
	return 0;
}

static const char *do_inject(struct vgpu *v, struct json_object *req, struct json_object *out)
{
	const char *what = get_string(req, "what"), *at;
	int err;

	(void)out;
	if (!what)
		return "what is missing";
	at = get_string(req, "at");
	err = at ? engine_plan(v, req, at) : arm(v, what, req);
	if (!err)
		vlog(v, "inject %s", json_object_to_json_string(req));
	return err ? strerror(-err) : NULL;
}

static const char *do_csgs(struct vgpu *v, struct json_object *req, struct json_object *out)
{
	(void)req;
	json_object_object_add(out, "csgs", engine_json_csgs(v));
	return NULL;
}

static const char *do_profile(struct vgpu *v, struct json_object *req, struct json_object *out)
{
	const struct {
		const char *key;
		uint64_t val;
	} fields[] = {
		{ "gpu_id", v->knobs->gpu_id },		{ "arch", profile_arch(v->profile) },
		{ "csg_slots", v->profile->csg_slots },	{ "cs_slots", v->profile->cs_slots },
		{ "cs_regs", v->profile->cs_regs },	{ "scoreboards", v->profile->scoreboards },
		{ "shader_present", v->profile->shader_present },
	};

	(void)req;
	json_object_object_add(out, "name", json_object_new_string(v->profile->name));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		json_object_object_add(out, fields[i].key, json_object_new_uint64(fields[i].val));
	return NULL;
}

static const char *do_mark(struct vgpu *v, struct json_object *req, struct json_object *out)
{
	const char *text = get_string(req, "text");

	(void)out;
	if (!text)
		return "text is missing";
	vlog(v, "mark: %s", text);
	return NULL;
}

static const char *do_reset_stats(struct vgpu *v, struct json_object *req, struct json_object *out)
{
	(void)req;
	(void)out;
	stats_reset(v);
	return NULL;
}

static const struct {
	const char *name;
	handler *fn;
} commands[] = {
	{ "counters", do_counters },	{ "violations", do_violations },
	{ "take", do_take },		{ "sessions", do_sessions },
	{ "timeline", do_timeline },	{ "knobs", do_knobs },
	{ "get", do_get },		{ "set", do_set },
	{ "inject", do_inject },	{ "csgs", do_csgs },
	{ "profile", do_profile },
	{ "mark", do_mark },		{ "reset-stats", do_reset_stats },
};

static const char *run(struct vgpu *v, struct json_object *req, struct json_object *out)
{
	const char *cmd = json_object_is_type(req, json_type_object) ? get_string(req, "cmd") : NULL;

	if (!cmd)
		return "not an object with a cmd";
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, cmd))
			return commands[i].fn(v, req, out);
	return "no such cmd";
}

struct json_object *ctl_execute(struct vgpu *v, struct json_object *req)
{
	struct json_object *out = json_object_new_object();
	const char *err;

	json_object_object_add(out, "ok", json_object_new_boolean(1));
	err = run(v, req, out);
	if (!err)
		return out;
	json_object_put(out);
	out = json_object_new_object();
	json_object_object_add(out, "ok", json_object_new_boolean(0));
	json_object_object_add(out, "error", json_object_new_string(err));
	return out;
}

char *ctl_execute_text(struct vgpu *v, const char *text, size_t len)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *req, *out;
	char *answer;

	req = json_tokener_parse_ex(tok, text, (int)len);
	/* A text that ends where a number might go on is complete all the same. */
	if (!req && json_tokener_get_error(tok) == json_tokener_continue)
		req = json_tokener_parse_ex(tok, "", 1);
	out = ctl_execute(v, req);
	answer = strdup(json_object_to_json_string_ext(out, JSON_C_TO_STRING_PLAIN));
	json_object_put(out);
	json_object_put(req);
	json_tokener_free(tok);
	return answer;
}

struct json_object *ctl_report(struct vgpu *v)
{
	struct json_object *out = json_object_new_object();
	size_t next;

	json_object_object_add(out, "counters", stats_json_counters(v));
	json_object_object_add(out, "violations", stats_json_violations(v));
	json_object_object_add(out, "sessions", stats_json_sessions(v));
	json_object_object_add(out, "timeline", stats_json_timeline(v, 0, &next));
	return out;
}

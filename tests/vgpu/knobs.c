// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "knobs.h"

#include <errno.h>
#include <json-c/json.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "vgpu.h"

struct injections {
	struct {
		unsigned int count;
		uint64_t arg;
	} armed[INJ_COUNT];
};

enum knob_type { KNOB_U64, KNOB_UINT, KNOB_BOOL };

struct knob {
	const char *name;
	enum knob_type type;
	size_t offset;
	uint64_t min, max, initial;
	const char *help;
};

#define SECOND	1000000000ull
#define MINUTE	(60 * SECOND)

#define ROW(field, type, min, max, initial, help) \
	{ #field, type, offsetof(struct knobs, field), min, max, initial, help }

static const struct knob table[] = {
	ROW(rate, KNOB_U64, 1, SECOND, 500000, "instructions per second and CS"),
	ROW(run_ns, KNOB_U64, 0, MINUTE, 20000, "duration of RUN_* and HEAP_OPERATION"),
	ROW(enter_ack_ns, KNOB_U64, 0, MINUTE, 20000, "PROTM_ENTER to its acknowledgement"),
	ROW(enter_active_ns, KNOB_U64, 0, MINUTE, 20000, "that to GPU_STATUS.PROTM_ACTIVE"),
	ROW(exit_ns, KNOB_U64, 0, MINUTE, 50000, "region end or forced exit to PROTM_EXIT"),
	ROW(suspend_ns, KNOB_U64, 0, MINUTE, 20000, "CSG SUSPEND to its acknowledgement"),
	ROW(boot_ns, KNOB_U64, 0, MINUTE, 200000, "MCU_CONTROL to GLOBAL_IF"),
	ROW(flush_ns, KNOB_U64, 0, MINUTE, 10000, "FLUSH_CACHES to CLEAN_CACHES_COMPLETED"),
	ROW(as_cmd_ns, KNOB_U64, 0, MINUTE, 2000, "AS command to not busy"),
	ROW(power_ns, KNOB_U64, 0, MINUTE, 10000, "PWRON or PWROFF to the end of the transition"),
	ROW(reset_ns, KNOB_U64, 0, MINUTE, 100000, "RESET to RESET_COMPLETED"),
	ROW(timestamp_hz, KNOB_U64, 1, SECOND, 62500000, "rate of TIMESTAMP"),
	ROW(cycle_hz, KNOB_U64, 1, SECOND, 500000000, "rate of CYCLE_COUNT"),
	ROW(suspend_size, KNOB_U64, 4096, 262144, 4096, "bytes of a CSG's suspend buffer"),
	ROW(protm_suspend_size, KNOB_U64, 4096, 262144, 4096,
	    "bytes of a CSG's protected suspend buffer"),
	ROW(as_stall_in_protm, KNOB_BOOL, 0, 1, 1,
	    "AS commands and cache flushes in protected mode wait for the exit"),
	ROW(sync_wait_idle, KNOB_BOOL, 0, 1, 0, "a CS in SYNC_WAIT counts as idle"),
	ROW(serialise, KNOB_BOOL, 0, 1, 0, "one CSG computes at a time"),
	ROW(tiler_bytes, KNOB_U64, 0, 1u << 30, 0,
	    "heap that each tiling job takes; only chunks given after TILER_OOM count"),
	ROW(tlb, KNOB_BOOL, 0, 1, 1, "translations are kept until an AS command drops them"),
	ROW(late_loads, KNOB_BOOL, 0, 1, 1, "LOAD_MULTIPLE's data arrives when it is waited for"),
	ROW(as_count, KNOB_UINT, 2, VGPU_MAX_AS, 8, "address spaces (AS_PRESENT)"),
	ROW(gpu_id, KNOB_UINT, 0, UINT32_MAX, 0, "GPU_ID; all but the register follows the profile"),
	ROW(coherency_features, KNOB_UINT, 0, UINT32_MAX, 0, "bit 0 ACE-Lite, bit 1 ACE"),
	ROW(fw_version, KNOB_UINT, 1, UINT32_MAX, 0,
	    "version of the firmware interface, unless the image says one"),
};

#define KNOB_COUNT	(sizeof(table) / sizeof(table[0]))

static void put(struct knobs *k, const struct knob *row, uint64_t val)
{
	char *field = (char *)k + row->offset;

	switch (row->type) {
	case KNOB_U64:
		*(uint64_t *)field = val;
		break;
	case KNOB_UINT:
		*(unsigned int *)field = (unsigned int)val;
		break;
	case KNOB_BOOL:
		*(bool *)field = val;
		break;
	}
}

static uint64_t get(const struct knobs *k, const struct knob *row)
{
	const char *field = (const char *)k + row->offset;

	switch (row->type) {
	case KNOB_U64: return *(const uint64_t *)field;
	case KNOB_UINT: return *(const unsigned int *)field;
	case KNOB_BOOL: return *(const bool *)field;
	}
	return 0;
}

struct knobs *knobs_new(void)
{
	struct knobs *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->injections = calloc(1, sizeof(*k->injections));
	if (!k->injections) {
		free(k);
		return NULL;
	}
	for (size_t i = 0; i < KNOB_COUNT; i++)
		put(k, &table[i], table[i].initial);
	return k;
}

void knobs_free(struct knobs *k)
{
	if (!k)
		return;
	free(k->injections);
	free(k);
}

void knobs_set_profile(struct knobs *k, const struct profile *p)
{
	k->as_count = (unsigned int)__builtin_popcount(p->as_present);
	k->gpu_id = p->gpu_id;
	k->coherency_features = p->coherency_features;
	k->fw_version = p->fw_version;
}

static int parse(const char *text, uint64_t *val)
{
	char *end;

	if (!strcmp(text, "true") || !strcmp(text, "false")) {
		*val = text[0] == 't';
		return 0;
	}
	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	*val = strtoull(text, &end, 0);
	return errno || *end ? -EINVAL : 0;
}

int knobs_set(struct knobs *k, const char *name, const char *value)
{
	for (size_t i = 0; i < KNOB_COUNT; i++) {
		const struct knob *row = &table[i];
		uint64_t val;

		if (strcmp(row->name, name))
			continue;
		if (parse(value, &val))
			return -EINVAL;
		if (val < row->min || val > row->max)
			return -ERANGE;
		put(k, row, val);
		return 0;
	}
	return -ENOENT;
}

struct json_object *knobs_json(const struct knobs *k)
{
	struct json_object *a = json_object_new_array();

	for (size_t i = 0; i < KNOB_COUNT; i++) {
		const struct knob *row = &table[i];
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "knob", json_object_new_string(row->name));
		json_object_object_add(o, "value", row->type == KNOB_BOOL ?
				       json_object_new_boolean((int)get(k, row)) :
				       json_object_new_uint64(get(k, row)));
		json_object_object_add(o, "help", json_object_new_string(row->help));
		json_object_array_add(a, o);
	}
	return a;
}

bool inject_due(struct vgpu *v, enum injection i, uint64_t *arg)
{
	struct injections *inj = v->knobs->injections;

	if (!inj->armed[i].count)
		return false;
	inj->armed[i].count--;
	if (arg)
		*arg = inj->armed[i].arg;
	return true;
}

void inject_arm(struct vgpu *v, enum injection i, unsigned int count, uint64_t arg)
{
	v->knobs->injections->armed[i].count = count;
	v->knobs->injections->armed[i].arg = arg;
}

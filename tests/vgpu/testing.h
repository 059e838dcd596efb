/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* For test_*.c: a model with guest RAM but no guest, and tables in that RAM. */
#ifndef VGPU_TESTING_H
#define VGPU_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gmem.h"
#include "knobs.h"
#include "loop.h"
#include "model.h"
#include "pci.h"
#include "profiles.h"
#include "stats.h"
#include "vgpu.h"

#define RAM_GPA		0x40000000ull
#define RAM_SIZE	0x400000ull
#define TABLES_GPA	RAM_GPA		/* grows up from here */
#define PAGE_GPA	(RAM_GPA + 0x200000)	/* free for tests */
#define APERTURE_GPA	0x10000000ull

/* Leaf bits that panthor's tables use: AF, SH, AP unprivileged, AttrIndx 1. */
#define PTE_RW		0xf44ull
#define PTE_RO		(PTE_RW | 1ull << 7)
#define PTE_XN		(3ull << 53)
#define PTE_PAGE	3ull
#define PTE_BLOCK	1ull

struct rig {
	struct vgpu *v;
	uint8_t *ram;
	uint64_t next_table;
};

static inline struct rig *rig_new(const char *profile)
{
	struct rig *r = calloc(1, sizeof(*r));
	int fd = memfd_create("ram", MFD_CLOEXEC);

	assert_non_null(r);
	r->v = model_new(profile_find(profile));
	assert_non_null(r->v);
	assert_int_equal(ftruncate(fd, RAM_SIZE), 0);
	assert_int_equal(gmem_map(r->v->gmem, RAM_GPA, RAM_SIZE, fd, 0, true), 0);
	close(fd);
	r->ram = gmem_ptr(r->v->gmem, RAM_GPA, RAM_SIZE);
	r->next_table = TABLES_GPA + 0x1000;
	/* Commands without delay: tests that want one set it. */
	r->v->knobs->as_cmd_ns = 0;
	return r;
}

static inline void rig_free(struct rig *r)
{
	model_free(r->v);
	free(r);
}

static inline uint64_t *rig_entry(struct rig *r, uint64_t table, uint64_t index)
{
	return (uint64_t *)(void *)(r->ram + (table - RAM_GPA)) + index;
}

/* Put desc at leaf_level of the table tree for va; its root is at TABLES_GPA. */
static inline uint64_t *rig_map(struct rig *r, unsigned int start_level, unsigned int leaf_level,
				uint64_t va, uint64_t desc)
{
	uint64_t table = TABLES_GPA;
	uint64_t *e;

	for (unsigned int level = start_level;; level++) {
		e = rig_entry(r, table, va >> (39 - 9 * level) & 511);
		if (level == leaf_level)
			break;
		if (!*e) {
			*e = r->next_table | 3;
			r->next_table += 0x1000;
		}
		table = *e & 0x0000fffffffff000ull;
	}
	*e = desc;
	return e;
}

/* How often a violation of this kind was recorded; they are taken. */
static inline unsigned int rig_taken(struct rig *r, const char *kind)
{
	return stats_take(r->v, kind);
}

static inline void rig_assert_no_violations(struct rig *r)
{
	struct json_object *a = stats_json_violations(r->v);
	size_t n = json_object_array_length(a);

	if (n)
		print_error("# %s\n", json_object_to_json_string(a));
	json_object_put(a);
	assert_int_equal(n, 0);
}

/* Turns of the loop until the time is over. */
static inline void rig_run_ms(struct rig *r, unsigned int ms)
{
	uint64_t end = now_ns() + ms * 1000000ull;

	/* What is due in several steps takes as many turns, also when time flies. */
	for (unsigned int turns = 0; turns < 8 || now_ns() < end; turns++)
		loop_turn(r->v->loop, 1);
}

static inline int rig_setup(void **state)
{
	*state = rig_new("g610");
	return 0;
}

static inline int rig_teardown(void **state)
{
	rig_free(*state);
	return 0;
}

#define RIG_TEST(f)	cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Cases of the differential suite. A program of it judges nothing: it prints
 * "case NAME RESULT" for each case, and the host compares the results of two
 * drivers. Whatever a result says must be the same at every run on one driver:
 * no addresses, no times, no numbers of handles. Neither name nor result has
 * spaces in it.
 *
 * A case whose name ends in @N is about something that drivers before minor
 * version N do not have.
 */
#ifndef PP_GUEST_DIFF_H
#define PP_GUEST_DIFF_H

#include <stddef.h>

#include "gpu.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Addresses that no copy from or to user space survives. */
#define DIFF_BAD_LOW	8ull
#define DIFF_BAD_KERNEL	0xffff800000001000ull
#define DIFF_BAD_TOP	0xfffffffffffffff0ull

/* One result under construction. */
struct diff_out {
	char text[256];
};

/* gpu_open(), which must come first. */
void diff_open(struct gpu *gpu);

/* "ok", or the name of an errno (negative). */
const char *diff_error(int ret);

/* Report a case. @since: minor version, 0 for all. */
void diff_case(int since, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Report a case whose result is an error and nothing else. */
void diff_ret(int since, int ret, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

void diff_add(struct diff_out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Must the case be left out because it breaks stock? Reports it as left out. */
bool diff_spare_stock(struct gpu *gpu, int since, const char *name);

/* A field of a structure and what to write there. */
struct diff_field {
	u32 offset, size;
	u64 value;
};

#define DIFF_FIELD(type, field, v)						\
	{ .offset = offsetof(type, field), .size = sizeof(((type *)0)->field), .value = (v) }

/*
 * A case: a structure that is right but for these fields. With a '!' in front of
 * its name it is left out on stock, which it breaks.
 */
struct diff_row {
	const char *name;
	struct diff_field fields[5];
	int since;
};

/*
 * What the cases of a table have in common: @size bytes at @base are copied, the
 * row's fields written, and run() called with the copy.
 */
struct diff_table {
	const char *name;
	const void *base;
	u32 size;
	void (*run)(void *ctx, void *arg, struct diff_out *out);
	void *ctx;
};

void diff_rows(const struct diff_table *table, const struct diff_row *rows, u32 count);

/* A page of memory with nothing behind it; the returned address is @size bytes before its end. */
void *diff_page_end(const void *data, u32 size);

/* Give up root for good, and all that comes with it. Returns 0 or -errno. */
int diff_drop_root(void);

/* Where a child's exit status would tell nothing: run it, and fail the program if it dies. */
void diff_child(void (*fn)(struct gpu *gpu), struct gpu *gpu);

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Test Anything Protocol, written line by line so that a crash leaves what
 * was seen before it. The plan comes last: a program that dies early prints
 * none, which a TAP reader counts as a failure.
 */
#ifndef PP_GUEST_TAP_H
#define PP_GUEST_TAP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

/* Report one test. Returns @cond, so that a caller can stop asking. */
bool ok(bool cond, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Report one test: @got must equal @want; both are printed where they differ. */
bool is(long long got, long long want, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Report one test: @got must be in [@lo, @hi]. */
bool between(long long got, long long lo, long long hi, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Print a comment. */
void diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The test cannot go on: report one failed test, print the plan and exit(1). */
void bail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Print the plan. Returns the exit status of the program. */
int done(void);

#endif

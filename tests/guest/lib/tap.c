// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <stdarg.h>
#include <stdlib.h>

#include "tap.h"

static int tests, failed;

static bool report(bool cond, const char *fmt, va_list ap)
{
	tests++;
	failed += !cond;
	printf("%sok %d - ", cond ? "" : "not ", tests);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
	return cond;
}

bool ok(bool cond, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(cond, fmt, ap);
	va_end(ap);
	return cond;
}

bool is(long long got, long long want, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(got == want, fmt, ap);
	va_end(ap);
	if (got != want)
		diag("got %lld (%#llx), want %lld (%#llx)", got, got, want, want);
	return got == want;
}

bool between(long long got, long long lo, long long hi, const char *fmt, ...)
{
	bool in = got >= lo && got <= hi;
	va_list ap;

	va_start(ap, fmt);
	report(in, fmt, ap);
	va_end(ap);
	if (!in)
		diag("got %lld, want %lld to %lld", got, lo, hi);
	return in;
}

void diag(const char *fmt, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

void bail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(false, fmt, ap);
	va_end(ap);
	exit(done());
}

int done(void)
{
	printf("1..%d\n", tests);
	fflush(stdout);
	return failed || !tests;
}

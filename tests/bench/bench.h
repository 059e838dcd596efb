/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a benchmark prints, one line each: run.sh collects the lines of all
 * boots, compare.pl makes ratios of them. A case of one name must do the same
 * work on both drivers.
 */
#ifndef PP_BENCH_H
#define PP_BENCH_H

#include "gpu.h"

/* Samples of one case that a boot must give at least. */
#define BENCH_SAMPLES	500

/* One measurement: a time in ns. The first ones of a boot are not warm: take BENCH_WARMUP more and do not print those. */
#define BENCH_WARMUP	20

static inline void bench_sample(const char *name, s64 ns)
{
	printf("sample %s %lld\n", name, (long long)ns);
}

/* Something counted, such as register accesses per job. */
static inline void bench_count(const char *name, double value)
{
	printf("count %s %.3f\n", name, value);
}

#endif

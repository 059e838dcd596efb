/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a benchmark prints, one line each: run.sh collects the lines of all
 * boots, compare.pl makes ratios of them. A case of one name must do the same
 * work on both drivers.
 */
#ifndef PP_BENCH_H
#define PP_BENCH_H

#include "gpu.h"
#include "vgpu.h"

/* Samples of one case that a boot must give at least. */
#define BENCH_SAMPLES	500

/* One measurement: a time in ns. The first ones of a boot are not warm: take BENCH_WARMUP more and do not print those. */
#define BENCH_WARMUP	20

/* Lines are written when the program ends: a busy serial port disturbs what is measured. */
static inline void bench_quiet(void)
{
	static char lines[1 << 20];

	setvbuf(stdout, lines, _IOFBF, sizeof(lines));
}

static inline void bench_sample(const char *name, s64 ns)
{
	printf("sample %s %lld\n", name, (long long)ns);
}

/* Something counted, such as register accesses per job. */
static inline void bench_count(const char *name, double value)
{
	printf("count %s %.3f\n", name, value);
}

/* What the bus carried; the test mailbox is not counted. */
struct traffic {
	s64 reads, writes, irqs, status_reads;
};

static inline struct traffic bench_traffic(void)
{
	static const char * const blocks[] = { "gpu", "job", "mmu", "as", "doorbell", "user" };
	const char *json = vgpu_call("{\"cmd\":\"counters\"}");
	struct traffic t = {
		.irqs = vgpu_num(json, "irqs.job"),
		.status_reads = vgpu_num(json, "gpu_status_reads"),
	};
	char path[64];
	u32 i;

	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		snprintf(path, sizeof(path), "reg_reads.%s", blocks[i]);
		t.reads += vgpu_num(json, path);
		snprintf(path, sizeof(path), "reg_writes.%s", blocks[i]);
		t.writes += vgpu_num(json, path);
	}
	return t;
}

#endif

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * From the submit of a job that does nothing to its fence, and what that costs in
 * register accesses. With arguments, a name and a number: that many rounds of some jobs
 * on each of 64 queues, as jobs per second under that name.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define GROUPS	8
#define QUEUES	8
#define DEPTH	8
#define WARM_ROUNDS	3

struct set {
	struct gpu_vm vm;
	struct gpu_bo code;
	struct gpu_group group[GROUPS];
	struct cs cs;
	u32 groups, queues, depth;	/* jobs on a queue at once */
	u32 syncs[GROUPS * QUEUES];
};

static void set_init(struct gpu *gpu, struct set *s, u32 groups, u32 queues)
{
	u32 g, q;

	memset(s, 0, sizeof(*s));
	s->groups = groups;
	s->queues = queues;
	s->depth = 1;
	gpu_vm_init(gpu, &s->vm);
	gpu_bo_init(&s->vm, &s->code, SZ_4K);
	s->cs = gpu_cs(&s->code, 0, SZ_4K);
	cs_nop(&s->cs);
	for (g = 0; g < groups; g++) {
		gpu_group_init(&s->vm, &s->group[g], queues);
		for (q = 0; q < queues; q++)
			s->syncs[g * queues + q] = s->group[g].sync[q];
	}
}

static void set_fini(struct set *s)
{
	u32 g;

	for (g = 0; g < s->groups; g++)
		gpu_group_fini(&s->group[g]);
	gpu_bo_fini(&s->code);
	gpu_vm_fini(&s->vm);
}

/* One ioctl for each group, with jobs for each of its queues. */
static int submit_all(struct set *s)
{
	struct drm_panthor_queue_submit jobs[QUEUES * DEPTH];
	struct drm_panthor_sync_op ops[QUEUES];
	struct drm_panthor_group_submit arg;
	u32 g, q, i;
	int ret = 0;

	for (g = 0; g < s->groups && !ret; g++) {
		for (q = 0; q < s->queues; q++) {
			ops[q] = (struct drm_panthor_sync_op){
				.flags = DRM_PANTHOR_SYNC_OP_SIGNAL,
				.handle = s->group[g].sync[q],
			};
		}
		for (i = 0; i < s->queues * s->depth; i++) {
			q = i % s->queues;
			jobs[i] = (struct drm_panthor_queue_submit){
				.queue_index = q,
				.stream_size = cs_size(&s->cs),
				.stream_addr = s->cs.va,
				/* A queue's jobs end in order: the last tells. */
				.syncs = DRM_PANTHOR_OBJ_ARRAY(i / s->queues + 1 == s->depth,
							       &ops[q]),
			};
		}
		arg = (struct drm_panthor_group_submit){
			.group_handle = s->group[g].handle,
			.queue_submits = DRM_PANTHOR_OBJ_ARRAY(s->queues * s->depth, jobs),
		};
		ret = gpu_call(s->vm.gpu, GROUP_SUBMIT, &arg);
	}
	return ret;
}

static int wait_all(struct set *s)
{
	struct drm_syncobj_wait w = {
		.handles = (uintptr_t)s->syncs,
		.count_handles = s->groups * s->queues,
		.timeout_nsec = now_ns() + JOB_MS * NSEC_PER_MSEC,
		.flags = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL,
	};

	return drm_ioctl(s->vm.gpu->fd, DRM_IOCTL_SYNCOBJ_WAIT, &w);
}

static void measure(struct gpu *gpu, const char *name, u32 groups, u32 queues)
{
	struct traffic before, after;
	char count[64];
	double jobs = (double)BENCH_SAMPLES * groups * queues;
	struct set s;
	s64 start;
	u32 i;

	set_init(gpu, &s, groups, queues);
	for (i = 0; i < BENCH_WARMUP + BENCH_SAMPLES; i++) {
		if (i == BENCH_WARMUP)
			before = bench_traffic();
		start = now_ns();
		if (submit_all(&s) || wait_all(&s))
			bail("%s: a job fails", name);
		if (i >= BENCH_WARMUP)
			bench_sample(name, now_ns() - start);
	}
	after = bench_traffic();
	snprintf(count, sizeof(count), "%s_reads_per_job", name);
	bench_count(count, (after.reads - before.reads) / jobs);
	snprintf(count, sizeof(count), "%s_writes_per_job", name);
	bench_count(count, (after.writes - before.writes) / jobs);
	snprintf(count, sizeof(count), "%s_irqs_per_job", name);
	bench_count(count, (after.irqs - before.irqs) / jobs);
	set_fini(&s);
}

/* Jobs per second, by each round of some jobs on each of the queues. */
static void throughput(struct gpu *gpu, const char *name, u32 rounds)
{
	struct set s;
	s64 start;
	u32 i;

	set_init(gpu, &s, GROUPS, QUEUES);
	s.depth = DEPTH;
	for (i = 0; i < WARM_ROUNDS + rounds; i++) {
		start = now_ns();
		if (submit_all(&s) || wait_all(&s))
			bail("%s: a job fails", name);
		if (i >= WARM_ROUNDS)
			bench_count(name, GROUPS * QUEUES * DEPTH * 1e9 / (now_ns() - start));
	}
	set_fini(&s);
}

int main(int argc, char **argv)
{
	struct gpu gpu;

	gpu_open(&gpu);
	if (argc > 2) {
		bench_quiet();
		throughput(&gpu, argv[1], atoi(argv[2]));
		gpu_close(&gpu);
		return 0;
	}
	measure(&gpu, "submit_1q", 1, 1);
	measure(&gpu, "submit_64q", GROUPS, QUEUES);
	gpu_close(&gpu);
	return 0;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A job with a protected region, part by part, and the same job without: what
 * protected mode costs whoever uses it.
 *
 *	submit	from the ioctl to the firmware's PROTM_PEND
 *	pending	to PROTM_ENTER: interrupt, its thread, the tick
 *	entry	to the first instruction in protected mode
 *	region	to its last
 *	exit	to the firmware's PROTM_EXIT
 *	fence	to the return of who waits for the job
 *
 * All but the two ends are moments of the model; the two clocks are compared now and then.
 */
#include <string.h>

#include "bench.h"
#include "pfix.h"

#define REGION_MS	1
#define COMPARE_EVERY	50

enum moment { PEND, ENTER, ACTIVE, LEAVE, EXIT, MOMENTS };

static const char * const moment_names[MOMENTS] = { "pend", "enter", "active", "leave", "exit" };

struct fixture {
	struct pfix p;
	struct gpu_group group;
	struct cs normal, protected;
	s64 next;	/* event of the model's timeline */
};

static s64 run_job(struct fixture *f, const struct cs *cs, s64 *begin)
{
	*begin = now_ns();
	if (gpu_submit(&f->group, 0, cs) ||
	    drm_sync_wait(f->p.gpu.fd, f->group.sync[0], JOB_MS))
		bail("a job fails");
	return now_ns();
}

/* Moments of the session since the last call. False if there was more than one. */
static bool moments(struct fixture *f, s64 *at)
{
	const char *json = vgpu_call("{\"cmd\":\"timeline\",\"from\":%lld}", (long long)f->next);
	const char *line = strstr(json, "\"timeline\"");
	u32 seen[MOMENTS] = { 0 }, i;
	bool one = true;
	char what[32];

	f->next = vgpu_num(json, "next");
	while ((line = strstr(line + 1, "\"t_ns\":"))) {
		long long ns;

		if (sscanf(line, "\"t_ns\":%lld,\"what\":\"%31[^\"]", &ns, what) != 2)
			bail("timeline: %.60s", line);
		for (i = 0; i < MOMENTS; i++) {
			if (strcmp(what, moment_names[i]))
				continue;
			at[i] = ns;
			seen[i]++;
		}
	}
	for (i = 0; i < MOMENTS; i++)
		one &= seen[i] == 1;
	return one;
}

/* The clocks may differ by more than a part took. */
static void part(const char *name, s64 ns)
{
	bench_sample(name, ns > 0 ? ns : 1);
}

static void report(const s64 *at, s64 begin, s64 end, const struct traffic *was,
		   const struct traffic *is)
{
	part("protm_job", end - begin);
	part("protm_submit", at[PEND] - begin);
	part("protm_pending", at[ENTER] - at[PEND]);
	part("protm_entry", at[ACTIVE] - at[ENTER]);
	part("protm_region", at[LEAVE] - at[ACTIVE]);
	part("protm_exit", at[EXIT] - at[LEAVE]);
	part("protm_fence", end - at[EXIT]);
	bench_count("protm_status_reads", is->status_reads - was->status_reads);
	bench_count("protm_reads", is->reads - was->reads);
	bench_count("protm_writes", is->writes - was->writes);
	bench_count("protm_irqs", is->irqs - was->irqs);
}

/* A protected job. False if it took more than one session: something of ours was in its way. */
static bool one_protected(struct fixture *f, struct traffic *bus, s64 clock, bool print)
{
	struct traffic was = *bus;
	s64 at[MOMENTS], begin, end;
	u32 i;

	end = run_job(f, &f->protected, &begin);
	*bus = bench_traffic();
	if (!moments(f, at))
		return false;
	for (i = 0; i < MOMENTS; i++)
		at[i] += clock;
	if (print)
		report(at, begin, end, &was, bus);
	return true;
}

static void one_normal(struct fixture *f, struct traffic *bus, bool print)
{
	struct traffic was = *bus;
	s64 begin, end;

	end = run_job(f, &f->normal, &begin);
	*bus = bench_traffic();
	if (!print)
		return;
	bench_sample("normal_job", end - begin);
	bench_count("normal_reads", bus->reads - was.reads);
}

int main(void)
{
	struct fixture f = { 0 };
	s64 before[MOMENTS], clock = 0;
	u32 good = 0, tries;
	struct traffic bus;

	bench_quiet();
	pfix_init(&f.p);
	protm_group_init(&f.p.vm, &f.group, 1);
	f.protected = pfix_stream(&f.p, 0);
	pfix_region_ms(&f.protected, REGION_MS);
	f.normal = pfix_stream(&f.p, 1);
	cs_wait(&f.normal, CS_ALL_SB);
	cs_nop(&f.normal);
	pfix_spin_ms(&f.normal, REGION_MS);

	moments(&f, before);
	bus = bench_traffic();
	for (tries = 0; good < BENCH_WARMUP + BENCH_SAMPLES; tries++) {
		if (tries > 4 * BENCH_SAMPLES)
			bail("protected jobs take several sessions");
		if (tries % COMPARE_EVERY == 0)
			clock = vgpu_clock();
		good += one_protected(&f, &bus, clock, good >= BENCH_WARMUP);
		one_normal(&f, &bus, good > BENCH_WARMUP);
	}
	gpu_group_fini(&f.group);
	pfix_fini(&f.p);
	return 0;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Protected mode over seconds: what the watchdog does, and whose time a job uses up
 * that cannot run, and how long others wait for firmware that hangs (rules 5, 6, 9, 11
 * and 13). Takes 30 s.
 *
 * What has to last is let go by the CPU: at the model's speed it would take longer on a
 * busy machine, until it were longer than a job may take.
 */
#include "pfix.h"
#include "vgpu.h"

/* The driver's, for a job and between two pings. */
#define JOB_LIMIT_MS	5000
#define PING_MS		12000
#define MARGIN_MS	700
/* Of the driver's limits for firmware, where one passes: a job's is far from it. */
#define SHORT_MS	1000

static s64 ms_since(s64 start)
{
	return (now_ns() - start) / NSEC_PER_MSEC;
}

static void sleep_until(s64 ns)
{
	while (now_ns() < ns)
		sleep_ms((ns - now_ns()) / NSEC_PER_MSEC + 1);
}

#define PING_JOBS	4
#define PING_JOB_MS	2800

/*
 * The time until the next ping starts with the end of a session. Before it is over a
 * protected group asks, and has to wait for more important work, longer than a job
 * may take; then its session begins, in which the ping would be due. If the machine is
 * slow it begins later, and then the ping comes before it: so only the number of
 * sessions counts.
 */
static void test_ping(struct pfix *f)
{
	struct gpu_group high, prot;
	s64 start, done;
	u32 i, wrong = 0;
	struct cs cs;

	is(gpu_group_try(&f->vm, &high, 1, SZ_64K, PANTHOR_GROUP_PRIORITY_HIGH, 0), 0, "high");
	protm_group_init(&f->vm, &prot, 1);
	cs = pfix_stream(f, 0);
	pfix_region_ms(&cs, 5);
	is(gpu_run(&prot, 0, &cs), 0, "a short session");
	pfix_until(&f->gpu, "normal");
	start = now_ns();
	done = pfix_stat(&f->gpu, "sessions");

	for (i = 0; i < PING_JOBS; i++) {
		cs = pfix_stream(f, i);
		pfix_hold(f, &cs, i);
		wrong += gpu_submit(&high, 0, &cs) != 0;
	}
	sleep_ms(100);
	cs = pfix_stream(f, PING_JOBS);
	pfix_hold_region(f, &cs, PING_JOBS);
	wrong += gpu_submit(&prot, 0, &cs) != 0;
	is(wrong, 0, "high: jobs of %u ms; medium: a region", PING_JOBS * PING_JOB_MS);

	for (i = 0; i < PING_JOBS; i++) {
		sleep_until(start + (i + 1) * PING_JOB_MS * NSEC_PER_MSEC);
		pfix_let_go(f, i);
	}
	is(gpu_wait(&high, 0, 2 * JOB_MS), 0, "high: done");
	ok(ms_since(start) > 2 * JOB_LIMIT_MS, "after %lld ms", (long long)ms_since(start));
	sleep_until(start + (PING_MS + MARGIN_MS) * NSEC_PER_MSEC);
	pfix_let_go(f, PING_JOBS);
	is(gpu_wait(&prot, 0, 2 * JOB_MS), 0, "medium: the region had its time after that");
	pfix_until(&f->gpu, "normal");
	is(pfix_stat(&f->gpu, "sessions"), done + 1, "in one session: no ping has ended it");
	is(gpu_group_state(&high) | gpu_group_state(&prot), 0, "both are sound");
	gpu_group_fini(&prot);
	gpu_group_fini(&high);
}

/* Without the first, too, they take longer than a job may. */
#define REGIONS		4
#define REGION_MS	1800

/*
 * Sessions that together take longer than a job may. Neither a group beside them
 * times out, nor another queue of their own group, nor a region that waits.
 */
static void test_timers(struct pfix *f)
{
	struct gpu_group high, normal, prot;
	s64 start = now_ns();
	u32 i, wrong = 0;
	struct cs cs;

	is(gpu_group_try(&f->vm, &high, 2, SZ_64K, PANTHOR_GROUP_PRIORITY_HIGH,
			 DRM_PANTHOR_GROUP_FEATURE_PROTM), 0, "high, protected, two queues");
	gpu_group_init(&f->vm, &normal, 1);
	protm_group_init(&f->vm, &prot, 1);
	for (i = 0; i < 2; i++) {
		cs = pfix_stream(f, REGIONS + 2 + i);
		pfix_store(f, &cs, 10 + i, 1);
		pfix_hold(f, &cs, 0);
		wrong += gpu_submit(i ? &high : &normal, i, &cs) != 0;
	}
	/* Their time is running before the first session. */
	while (!(pfix_word(f, 10) && pfix_word(f, 11)) && ms_since(start) < JOB_LIMIT_MS)
		sleep_ms(10);
	sleep_ms(50);
	start = now_ns();
	for (i = 1; i <= REGIONS; i++) {
		cs = pfix_stream(f, i);
		pfix_hold_region(f, &cs, i);
		wrong += gpu_submit(&high, 0, &cs) != 0;
	}
	pfix_until(&f->gpu, "active");
	cs = pfix_stream(f, i);
	pfix_region_ms(&cs, 5);
	wrong += gpu_submit(&prot, 0, &cs) != 0;
	is(wrong, 0, "long regions, normal jobs, a region of a lesser group");
	for (i = 1; i <= REGIONS; i++) {
		sleep_until(start + i * REGION_MS * NSEC_PER_MSEC);
		pfix_let_go(f, i);
	}
	is(gpu_wait(&high, 0, 2 * JOB_MS), 0, "the regions end well");
	ok(ms_since(start) > JOB_LIMIT_MS + 1000, "after %lld ms", (long long)ms_since(start));
	pfix_let_go(f, 0);
	is(gpu_wait(&high, 1, JOB_MS), 0, "so does the job on their group's other queue");
	is(gpu_wait(&normal, 0, JOB_MS), 0, "that of a lesser group");
	is(gpu_wait(&prot, 0, JOB_MS), 0, "and the lesser group's region");
	is(gpu_group_state(&high) | gpu_group_state(&normal) | gpu_group_state(&prot), 0,
	   "all are sound");
	gpu_group_fini(&prot);
	gpu_group_fini(&normal);
	gpu_group_fini(&high);
}

/*
 * Rules 6 and 11: firmware hangs in a region. A mapping operation waits for it longer
 * than firmware may take, and does not fail; a reset gets everybody out, of whom only
 * the group with the region pays.
 */
static void test_hang(struct pfix *f)
{
	s64 resets = vgpu_counter("soft_resets"), start;
	u64 va = gpu_vm_reserve(&f->vm, SZ_4K, SZ_4K);
	struct gpu_group g, normal;
	struct cs cs;

	pfix_limit_ms(&f->gpu, "exit", SHORT_MS);
	protm_group_init(&f->vm, &g, 1);
	gpu_group_init(&f->vm, &normal, 1);
	vgpu_inject("hang-protm", 1, "");
	cs = pfix_stream(f, 0);
	pfix_region_ms(&cs, 100);
	is(gpu_submit(&g, 0, &cs), 0, "a region that hangs");
	pfix_until(&f->gpu, "active");
	cs = pfix_stream(f, 1);
	pfix_store(f, &cs, 1, 5);
	is(gpu_submit(&normal, 0, &cs), 0, "a normal job");
	start = now_ns();
	is(gpu_map(&f->vm, f->data.handle, 0, va, SZ_4K), 0, "a mapping waits for it, and does not fail");
	/* For firmware's limit and a reset, not until the job's time is over. */
	between(ms_since(start), SHORT_MS, JOB_LIMIT_MS, "ms that it waited");
	ok(gpu_wait(&g, 0, JOB_MS) < 0, "the region's job ends with an error");
	is(gpu_group_state(&g), DRM_PANTHOR_GROUP_STATE_FATAL_FAULT, "fatal for its group");
	is(gpu_wait(&normal, 0, JOB_MS), 0, "the normal job ends well");
	/* The mapping goes on as soon as firmware is stopped, the job when it runs again. */
	is(vgpu_counter("soft_resets"), resets + 1, "after a reset");
	is(pfix_word(f, 1), 5, "and stores");
	is(gpu_group_state(&normal), 0, "its group is sound");
	gpu_unmap(&f->vm, va, SZ_4K);
	gpu_group_fini(&normal);
	gpu_group_fini(&g);
	protm_group_init(&f->vm, &g, 1);
	is(gpu_run(&g, 0, &cs), 0, "and protected groups work again");
	cs = pfix_stream(f, 0);
	pfix_region_ms(&cs, 5);
	is(gpu_run(&g, 0, &cs), 0, "so do regions");
	gpu_group_fini(&g);
	pfix_limit_ms(&f->gpu, "exit", 4100);
}

/*
 * Rule 9 (defect G2): firmware does not take notice of the request for a session. It
 * never was one, and only the group that asked has to pay for the reset.
 */
static void test_no_entry(struct pfix *f)
{
	s64 resets = vgpu_counter("soft_resets"), failed = pfix_stat(&f->gpu, "failed_entries");
	s64 sessions = pfix_stat(&f->gpu, "sessions");
	struct gpu_group g, normal;
	struct cs cs;

	pfix_limit_ms(&f->gpu, "enter", SHORT_MS);
	protm_group_init(&f->vm, &g, 1);
	gpu_group_init(&f->vm, &normal, 1);
	cs = pfix_stream(f, 1);
	pfix_hold(f, &cs, 0);
	pfix_store(f, &cs, 1, 6);
	is(gpu_submit(&normal, 0, &cs), 0, "a normal job");
	sleep_ms(20);
	vgpu_inject("drop-glb-ack", 1, "");
	cs = pfix_stream(f, 0);
	pfix_region_ms(&cs, 100);
	is(gpu_submit(&g, 0, &cs), 0, "a region that firmware does not enter");
	ok(gpu_wait(&g, 0, JOB_MS) < 0, "its job ends with an error");
	is(gpu_group_state(&g), DRM_PANTHOR_GROUP_STATE_FATAL_FAULT, "fatal for its group");
	is(pfix_stat(&f->gpu, "failed_entries"), failed + 1, "one entry has failed");
	is(pfix_stat(&f->gpu, "sessions"), sessions, "and was no session");
	pfix_let_go(f, 0);
	is(gpu_wait(&normal, 0, JOB_MS), 0, "the normal job ends well");
	is(pfix_word(f, 1), 6, "and stores");
	is(gpu_group_state(&normal), 0, "its group is sound");
	gpu_group_fini(&normal);
	gpu_group_fini(&g);
	protm_group_init(&f->vm, &g, 1);
	cs = pfix_stream(f, 0);
	pfix_region_ms(&cs, 5);
	is(gpu_run(&g, 0, &cs), 0, "the next region works");
	is(vgpu_counter("soft_resets"), resets + 1, "there was one reset");
	gpu_group_fini(&g);
	pfix_limit_ms(&f->gpu, "enter", 4000);
}

int main(void)
{
	struct pfix f;

	pfix_init(&f);
	test_ping(&f);
	test_timers(&f);
	test_hang(&f);
	test_no_entry(&f);
	is(vgpu_violations(), 0, "no rule of the model was broken");
	pfix_fini(&f);
	return done();
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * How equals share the GPU when some of them use protected mode, and what more
 * important groups have to wait. Argument: for how many seconds to measure. Without
 * one, as in make check, it only looks for what is wrong by factors on any host:
 * somebody starves, or waits for the end of a region.
 *
 * Time is what the model says that each group has been executing: neither entering
 * nor leaving protected mode counts, and a slow guest is slow for everybody.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gpu.h"
#include "protm.h"
#include "sysfs.h"
#include "vgpu.h"

#define R_ADDR		60
#define R_DATA		62
#define MAX_HOGS	4
#define STREAM_SIZE	SZ_4K
/* Two instructions each, 500000 instructions a second. */
#define SPINS_PER_MS	250
#define TICK_US		10000
/* The model's default, and the longest way of an interrupt through an idle guest. */
#define EXIT_US		2000
/* A job may run for that long. */
#define JOB_LIMIT_MS	5000

/* Without an argument: seconds to look, and the least permille of its share that is not starving. */
#define LOOK_S		2
#define LEAST		333

/*
 * How much of a second each CPU of the guest may be late in all, in a second that counts.
 * Turns of tens of milliseconds that interrupts end cannot be equal on a host that is.
 */
#define LATE_NS		(100 * NSEC_PER_MSEC)
/* Seconds that may be given up for each that counts. */
#define PATIENCE	8

struct fixture {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code, data;
	int seconds;
	bool strict;
};

/* Somebody who always has work: jobs of @ms each, in regions or not. */
struct hog {
	struct gpu_group g;
	u64 begin, end;		/* of its stream */
	s64 exec_ns;
};

static struct cs stream(struct fixture *f, u32 n)
{
	return gpu_cs(&f->code, n * STREAM_SIZE, STREAM_SIZE);
}

/* Longer than any of the tests. */
#define WORK_S(f)	((f)->seconds * (1 + PATIENCE) + 10)

/* @parts regions (or none of them, for a normal one) that take @ms together. */
static void hog_start(struct fixture *f, struct hog *h, u32 n, u32 priority, bool protected,
		      u32 parts, u32 ms)
{
	u32 jobs = WORK_S(f) * 1000 / ms, wrong = 0, i;
	struct cs cs = stream(f, n);

	if (gpu_group_try(&f->vm, &h->g, 1, SZ_64K, priority,
			  protected ? DRM_PANTHOR_GROUP_FEATURE_PROTM : 0))
		bail("no group");
	for (i = 0; i < parts; i++) {
		cs_wait(&cs, CS_ALL_SB);
		if (protected)
			cs_prot_region(&cs, 3);
		cs_spin(&cs, 0, ms * SPINS_PER_MS / parts);
	}
	h->begin = cs.va;
	h->end = cs.va + STREAM_SIZE;
	for (i = 0; i < jobs; i++)
		wrong += gpu_submit(&h->g, 0, &cs) != 0;
	if (wrong)
		bail("no jobs");
}

static void hog_end(struct hog *h)
{
	is(gpu_group_state(&h->g), 0, "sound to the end");
	gpu_group_fini(&h->g);
}

/* Which slot executes a stream, by its program counter: what it has executed so far, or -1. */
static s64 slot_time(const char *slots, const struct hog *h)
{
	const char *at = slots, *next, *pc;

	while ((at = strstr(at, "{\"csg\":"))) {
		next = strstr(at + 1, "{\"csg\":");
		for (pc = at; (pc = strstr(pc, "\"pc\":")) && (!next || pc < next); pc++) {
			u64 va = strtoull(pc + 5, NULL, 0);

			if (va >= h->begin && va < h->end)
				return vgpu_num(at, "exec_ns");
		}
		at++;
	}
	return -1;
}

/* Between two jobs a program counter is somewhere else for a moment. */
static void sample(struct hog *h, u32 count)
{
	u32 tries, i, found;

	for (tries = 0; tries < 500; tries++) {
		const char *slots = vgpu_call("{\"cmd\":\"csgs\"}");

		for (i = 0, found = 0; i < count; i++) {
			s64 ns = slot_time(slots, &h[i]);

			if (ns >= 0) {
				h[i].exec_ns = ns;
				found++;
			}
		}
		if (found == count)
			return;
		sleep_ms(1);
	}
	bail("a group is not on its slot");
}

/* --- is the host there? One thread on each CPU of the guest wakes up early enough to notice. --- */

#define CPUS		2
#define WAKE_NS		(5 * NSEC_PER_MSEC)

static s64 late_ns[CPUS];

static void *watch_cpu(void *arg)
{
	s64 *late = arg, now, next = now_ns();
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(late - late_ns, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ .sched_priority = 50 });
	for (;;) {
		struct timespec ts;

		next += WAKE_NS;
		ts = (struct timespec){ next / 1000000000, next % 1000000000 };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
		now = now_ns();
		if (now - next > WAKE_NS)
			__atomic_add_fetch(late, now - next, __ATOMIC_RELAXED);
		if (now > next)
			next = now;
	}
	return NULL;
}

static void watch_cpus(void)
{
	pthread_t thread;
	u32 i;

	for (i = 0; i < CPUS; i++) {
		if (pthread_create(&thread, NULL, watch_cpu, &late_ns[i]))
			bail("no thread");
	}
}

/* How late the CPUs have been so far, the worse one. */
static s64 late_so_far(void)
{
	s64 worst = 0, ns;
	u32 i;

	for (i = 0; i < CPUS; i++) {
		ns = __atomic_load_n(&late_ns[i], __ATOMIC_RELAXED);
		worst = ns > worst ? ns : worst;
	}
	return worst;
}

/* --- shares --- */

/* Permille of a fair share: of the one that got least, and how far off the farthest is. */
struct shares {
	u32 least, off;
};

static struct shares shares(const s64 *ns, u32 count)
{
	struct shares s = { .least = ~0u };
	s64 sum = 0, share, off;
	u32 i;

	for (i = 0; i < count; i++)
		sum += ns[i];
	if (sum <= 0)
		bail("nobody executes anything");
	for (i = 0; i < count; i++) {
		share = ns[i] * count * 1000 / sum;
		off = share > 1000 ? share - 1000 : 1000 - share;
		s.least = share < s.least ? share : s.least;
		s.off = off > s.off ? off : s.off;
	}
	return s;
}

/* What each has executed in one second. Returns how late the guest's CPUs were meanwhile. */
static s64 one_second(struct hog *h, u32 count, s64 *ns)
{
	s64 late = late_so_far();
	u32 i;

	for (i = 0; i < count; i++)
		ns[i] = -h[i].exec_ns;
	sleep_ms(1000);
	sample(h, count);
	for (i = 0; i < count; i++)
		ns[i] += h[i].exec_ns;
	return late_so_far() - late;
}

/* Permille that a group may be off its share, in all and in the worst second. */
struct limits {
	u32 all, second;
};

static void watch(struct fixture *f, struct hog *h, u32 count, struct limits l, const char *what)
{
	s64 ns[MAX_HOGS], all[MAX_HOGS] = { 0 }, late;
	u32 worst = 0, given_up = 0, s = 0, i;
	struct shares got;

	sleep_ms(100);
	sample(h, count);
	while (s < (u32)f->seconds) {
		late = one_second(h, count, ns);
		if (f->strict && late > LATE_NS) {
			diag("%s: the host was late by %lld ms in a second", what,
			     (long long)late / NSEC_PER_MSEC);
			if (++given_up > PATIENCE * (u32)f->seconds)
				bail("%s: the host is too busy to measure anything", what);
			continue;
		}
		s++;
		got = shares(ns, count);
		worst = got.off > worst ? got.off : worst;
		for (i = 0; i < count; i++)
			all[i] += ns[i];
	}
	for (i = 0; i < count; i++)
		diag("%s: group %u executed for %lld ms of %d s", what, i,
		     (long long)all[i] / NSEC_PER_MSEC, f->seconds);
	got = shares(all, count);
	diag("%s: the least got %u permille of its share; off by %u, in the worst second %u",
	     what, got.least, got.off, worst);
	between(got.least, LEAST, 1000, "%s: permille of its share that the least got", what);
	if (!f->strict)
		return;
	between(got.off, 0, l.all, "%s: permille off the fair share", what);
	between(worst, 0, l.second, "%s: the same in the worst second", what);
}

#define MEDIUM	PANTHOR_GROUP_PRIORITY_MEDIUM
#define HIGH	PANTHOR_GROUP_PRIORITY_HIGH

static void test_two(struct fixture *f)
{
	struct hog h[2];

	hog_start(f, &h[0], 0, MEDIUM, true, 1, 200);
	hog_start(f, &h[1], 1, MEDIUM, false, 1, 200);
	watch(f, h, 2, (struct limits){ 100, 250 }, "a protected and a normal group");
	hog_end(&h[0]);
	hog_end(&h[1]);
}

static void test_three(struct fixture *f)
{
	struct hog h[3];

	hog_start(f, &h[0], 0, MEDIUM, true, 1, 200);
	hog_start(f, &h[1], 1, MEDIUM, true, 1, 200);
	hog_start(f, &h[2], 2, MEDIUM, false, 1, 200);
	watch(f, h, 3, (struct limits){ 150, 250 }, "two protected groups and a normal one");
	hog_end(&h[0]);
	hog_end(&h[1]);
	hog_end(&h[2]);
}

/*
 * Regions shorter than a slice: each has to be entered anew, and others execute until
 * the request has arrived, and before its end is known. That is a good part of the time
 * here, where an interrupt takes a millisecond, and the driver cannot see it.
 */
static void test_short(struct fixture *f)
{
	struct hog h[2];

	/* 4 ms each; on a busy host an interrupt takes longer than that. */
	hog_start(f, &h[0], 0, MEDIUM, true, f->strict ? 10 : 2, 40);
	hog_start(f, &h[1], 1, MEDIUM, false, 1, 200);
	watch(f, h, 2, (struct limits){ 400, 500 }, "short regions and a normal group");
	hog_end(&h[0]);
	hog_end(&h[1]);
}

/* The GPU's clock and its rate. */
static u64 gpu_time(struct fixture *f, u64 *hz)
{
	struct drm_panthor_timestamp_info t = { 0 };
	struct drm_panthor_dev_query q = {
		.type = DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO,
		.size = sizeof(t),
		.pointer = (uintptr_t)&t,
	};

	if (gpu_call(&f->gpu, DEV_QUERY, &q) || !t.timestamp_frequency)
		bail("no timestamp");
	*hz = t.timestamp_frequency;
	return t.current_timestamp;
}

static int later(const void *a, const void *b)
{
	s64 x = *(const s64 *)a, y = *(const s64 *)b;

	return (x > y) - (x < y);
}

#define STARTS		40
#define LOOK_STARTS	11
/* A region that nobody ends, and what is far from waiting for that: a third of it. */
#define REGION_MS	450

/* From the submission to the first instruction, both by the GPU's clock: the median in us. */
static s64 high_starts(struct fixture *f, u32 count)
{
	volatile u64 *stamp = f->data.cpu;
	struct gpu_group high;
	u32 i, wrong = 0;
	s64 us[STARTS];
	struct cs cs;
	u64 begin, hz;

	is(gpu_group_try(&f->vm, &high, 1, SZ_4K, HIGH, 0), 0, "a normal group of high priority");
	for (i = 0; i < count; i++) {
		cs = stream(f, 1);
		cs_move48(&cs, R_ADDR, f->data.va);
		cs_wait(&cs, CS_ALL_SB);
		cs_store_timestamp(&cs, R_ADDR, 0);
		cs_wait(&cs, CS_ALL_SB);
		/* The hog is back in its region. */
		sleep_ms(30);
		begin = gpu_time(f, &hz);
		wrong += gpu_run(&high, 0, &cs) != 0;
		us[i] = (*stamp - begin) * 1000000 / hz;
	}
	is(wrong, 0, "high: %u jobs beside a protected hog", count);
	gpu_group_fini(&high);
	qsort(us, count, sizeof(us[0]), later);
	diag("high: started after %lld, %lld, %lld us (first, median, last)", (long long)us[0],
	     (long long)us[count / 2], (long long)us[count - 1]);
	return us[count / 2];
}

/*
 * The median, as single starts meet a busy host now and then, and of several series
 * the best: a driver that lets it wait does so each time.
 */
static void test_high_normal(struct fixture *f)
{
	s64 limit = f->strict ? TICK_US + EXIT_US : REGION_MS * 1000 / 3, us;
	struct hog h;
	u32 i;

	hog_start(f, &h, 0, MEDIUM, true, 1, REGION_MS);
	us = high_starts(f, f->strict ? STARTS : LOOK_STARTS);
	for (i = 0; i < 3 && us > limit; i++)
		us = high_starts(f, f->strict ? STARTS : LOOK_STARTS);
	between(us, 0, limit, "us until a job of high priority started");
	hog_end(&h);
}

/* The hog leaves nothing to the lesser group, whose job does not time out for that. */
static void test_high_protected(struct fixture *f)
{
	struct gpu_group medium;
	struct hog h;
	struct cs cs;

	hog_start(f, &h, 0, HIGH, true, 1, 200);
	gpu_group_init(&f->vm, &medium, 1);
	cs = stream(f, 1);
	cs_spin(&cs, 0, 100 * SPINS_PER_MS);
	is(gpu_submit(&medium, 0, &cs), 0, "medium: a job beside a protected hog of high priority");
	sleep_ms(JOB_LIMIT_MS + 1000);
	is(gpu_group_state(&medium), 0, "medium: has not timed out");
	hog_end(&h);
	is(gpu_wait(&medium, 0, JOB_MS), 0, "medium: its job ends well");
	is(gpu_group_state(&medium), 0, "medium: sound");
	gpu_group_fini(&medium);
}

/*
 * While an interrupt is on its way somebody executes whom the driver does not know of:
 * a millisecond in this guest, several when its host is busy. Slices are as much longer
 * than on hardware.
 */
#define SLICE_MS	40

static void slices(u32 ms)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", ms);
	if (sysfs_write("/sys/module/panthor_protm/parameters/protm_slice_ms", text))
		bail("no parameter for the slice");
}

int main(int argc, char **argv)
{
	struct fixture f = { .seconds = argc > 1 ? atoi(argv[1]) : LOOK_S, .strict = argc > 1 };

	gpu_open(&f.gpu);
	if (!f.gpu.ours)
		bail("protected mode is needed");
	gpu_vm_init(&f.gpu, &f.vm);
	gpu_bo_init(&f.vm, &f.code, MAX_HOGS * STREAM_SIZE);
	gpu_bo_init(&f.vm, &f.data, SZ_4K);
	if (f.strict)
		watch_cpus();
	vgpu_set("serialise", 1);
	slices(SLICE_MS);

	test_two(&f);
	test_three(&f);
	test_short(&f);
	test_high_normal(&f);
	test_high_protected(&f);
	is(vgpu_violations(), 0, "no rule of the model was broken");

	slices(10);
	vgpu_set("serialise", 0);
	gpu_bo_fini(&f.data);
	gpu_bo_fini(&f.code);
	gpu_vm_fini(&f.vm);
	gpu_close(&f.gpu);
	return done();
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * How equals share the GPU when some of them use protected mode, and what more
 * important groups have to wait. Argument: for how many seconds to look, by default 2.
 *
 * Time is what the model says that each group has been executing: neither entering
 * nor leaving protected mode counts, and a slow guest is slow for everybody.
 */
#include <stdlib.h>
#include <string.h>

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

struct fixture {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code, data;
	int seconds;
};

/* Somebody who always has work: @jobs of @ms each, in a region or not. */
struct hog {
	struct gpu_group g;
	u64 begin, end;		/* of its stream */
	s64 exec_ns;
};

static struct cs stream(struct fixture *f, u32 n)
{
	return gpu_cs(&f->code, n * STREAM_SIZE, STREAM_SIZE);
}

/* @parts regions (or none of them, for a normal one) that take @ms together. */
static void hog_start(struct fixture *f, struct hog *h, u32 n, u32 priority, bool protected,
		      u32 parts, u32 ms)
{
	u32 jobs = f->seconds * 1000 / ms + 4, wrong = 0, i;
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

/* Permille of its fair share that the one got that is the farthest from it. */
static u32 unfairness(const s64 *from, const struct hog *h, u32 count)
{
	s64 sum = 0, off, worst = 0;
	u32 i;

	for (i = 0; i < count; i++)
		sum += h[i].exec_ns - from[i];
	if (sum <= 0)
		bail("nobody executes anything");
	for (i = 0; i < count; i++) {
		off = 1000 - (h[i].exec_ns - from[i]) * count * 1000 / sum;
		off = off < 0 ? -off : off;
		worst = off > worst ? off : worst;
	}
	return worst;
}

static void remember(s64 *to, const struct hog *h, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		to[i] = h[i].exec_ns;
}

/* Permille that a group may be off its share, in all and in the worst second. */
struct limits {
	u32 all, second;
};

static void watch(struct fixture *f, struct hog *h, u32 count, struct limits l, const char *what)
{
	s64 first[MAX_HOGS], last[MAX_HOGS], sum = 0, start;
	u32 off, worst = 0, s, i;

	sleep_ms(100);
	sample(h, count);
	remember(first, h, count);
	remember(last, h, count);
	start = now_ns();
	for (s = 1; s <= (u32)f->seconds; s++) {
		s64 left = start + s * 1000 * NSEC_PER_MSEC - now_ns();

		sleep_ms(left > 0 ? left / NSEC_PER_MSEC : 1);
		sample(h, count);
		off = unfairness(last, h, count);
		worst = off > worst ? off : worst;
		remember(last, h, count);
	}
	for (i = 0; i < count; i++) {
		sum += h[i].exec_ns - first[i];
		diag("%s: group %u executed for %lld ms", what, i,
		     (long long)(h[i].exec_ns - first[i]) / NSEC_PER_MSEC);
	}
	diag("%s: %lld ms of %u s", what, (long long)sum / NSEC_PER_MSEC, f->seconds);
	between(unfairness(first, h, count), 0, l.all, "%s: permille off the fair share", what);
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

	hog_start(f, &h[0], 0, MEDIUM, true, 50, 200);
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

#define STARTS	40

/* From the submission to the first instruction, both by the GPU's clock. */
static void test_high_normal(struct fixture *f)
{
	s64 us[STARTS];
	u64 begin, hz;
	volatile u64 *stamp = f->data.cpu;
	u32 i, wrong = 0;
	struct gpu_group high;
	struct hog h;
	struct cs cs;

	hog_start(f, &h, 0, MEDIUM, true, 1, 1000);
	is(gpu_group_try(&f->vm, &high, 1, SZ_4K, HIGH, 0), 0, "a normal group of high priority");
	for (i = 0; i < STARTS; i++) {
		cs = stream(f, 1);
		cs_move48(&cs, R_ADDR, f->data.va);
		cs_wait(&cs, CS_ALL_SB);
		cs_store_timestamp(&cs, R_ADDR, 0);
		cs_wait(&cs, CS_ALL_SB);
		sleep_ms(20);
		begin = gpu_time(f, &hz);
		wrong += gpu_run(&high, 0, &cs) != 0;
		us[i] = (*stamp - begin) * 1000000 / hz;
	}
	is(wrong, 0, "high: %u jobs beside a protected hog", STARTS);
	qsort(us, STARTS, sizeof(us[0]), later);
	diag("high: started after %lld, %lld, %lld us (first, median, last)", (long long)us[0],
	     (long long)us[STARTS / 2], (long long)us[STARTS - 1]);
	/* Half of them: the others may have met a busy host. */
	between(us[STARTS / 2], 0, TICK_US + EXIT_US, "us until a job of high priority started");
	gpu_group_fini(&high);
	hog_end(&h);
}

/* The hog leaves nothing to the lesser group, whose job does not time out for that. */
static void test_high_protected(struct fixture *f)
{
	struct gpu_group medium;
	struct hog h;
	struct cs cs;

	hog_start(f, &h, 0, HIGH, true, 1, 500);
	gpu_group_init(&f->vm, &medium, 1);
	cs = stream(f, 1);
	cs_spin(&cs, 0, 100 * SPINS_PER_MS);
	is(gpu_submit(&medium, 0, &cs), 0, "medium: a job beside a protected hog of high priority");
	sleep_ms(f->seconds < 10 ? 500 : JOB_LIMIT_MS + 1500);
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
	struct fixture f = { .seconds = argc > 1 ? atoi(argv[1]) : 2 };

	gpu_open(&f.gpu);
	if (!f.gpu.ours)
		bail("protected mode is needed");
	gpu_vm_init(&f.gpu, &f.vm);
	gpu_bo_init(&f.vm, &f.code, MAX_HOGS * STREAM_SIZE);
	gpu_bo_init(&f.vm, &f.data, SZ_4K);
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

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What fdinfo tells of a client, and the profiling of jobs behind it. Keys and
 * units are those of Documentation/gpu/panthor.rst; stock 7.3 passes it too.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fdinfo.h"
#include "gpu.h"
#include "sysfs.h"
#include "vgpu.h"

#define R_ADDR		60
#define R_DATA		62
#define R_COUNT		64

/* Jobs of the longest run; more than a ring holds at a time. */
#define JOBS		120

struct fixture {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code, data;
	char dir[256], profiling[280];
};

static s64 engine_ns(struct fixture *f)
{
	return fdinfo_one(f->gpu.fd, "drm-engine-panthor", "ns");
}

static s64 engine_cycles(struct fixture *f)
{
	return fdinfo_one(f->gpu.fd, "drm-cycles-panthor", "");
}

/* Stock counts when it cleans the job up, which may be after the fence. */
static void settle(struct fixture *f, s64 (*get)(struct fixture *f), s64 old)
{
	int i;

	for (i = 0; i < 1000 && get(f) == old; i++)
		sleep_ms(10);
}

/* Each line is "key: value". */
static bool fdinfo_well_formed(const struct fdinfo *info)
{
	const char *line = info->text, *next, *colon, *blank;

	for (; *line; line = next + 1) {
		next = strchr(line, '\n');
		if (!next)
			return false;
		colon = memchr(line, ':', next - line);
		blank = memchr(line, ' ', next - line);
		if (!colon || (blank && blank < colon))
			return false;
	}
	return true;
}

/* --- profiling --- */

static int profile(struct fixture *f, const char *mask)
{
	return sysfs_write(f->profiling, mask);
}

static bool profile_is(struct fixture *f, const char *want)
{
	char text[32];

	return !sysfs_read(f->profiling, text, sizeof(text)) && !strcmp(text, want);
}

static int run_spin(struct fixture *f, struct gpu_group *g, u32 count)
{
	struct cs cs = gpu_cs(&f->code, 0, SZ_4K);

	cs_spin(&cs, R_COUNT, count);
	return gpu_run(g, 0, &cs);
}

static void test_format(struct fixture *f)
{
	struct fdinfo info;
	const char *text;
	s64 max, now;

	fdinfo_read(f->gpu.fd, &info);
	ok(fdinfo_well_formed(&info), "each line is a key and a value");
	text = fdinfo_find(&info, "drm-driver");
	ok(text && !strncmp(text, "panthor\n", 8), "drm-driver is panthor");
	ok(fdinfo_num(&info, "drm-client-id", "") > 0, "drm-client-id");
	max = fdinfo_num(&info, "drm-maxfreq-panthor", "Hz");
	now = fdinfo_num(&info, "drm-curfreq-panthor", "Hz");
	is(max, 1000000000, "drm-maxfreq-panthor is the highest operating point's");
	between(now, 1, max, "drm-curfreq-panthor");
	ok(fdinfo_find(&info, "drm-total-memory") && fdinfo_find(&info, "drm-resident-memory"),
	   "memory of the client");

	ok(profile_is(f, "0"), "profiling is off");
	ok(!fdinfo_find(&info, "drm-engine-panthor"), "so there is no engine time");
	ok(!fdinfo_find(&info, "drm-cycles-panthor"), "and no cycles");
}

static void test_switch(struct fixture *f)
{
	static const char * const bad[] = { "4", "7", "0x100000000", "-1", "on" };
	static const char * const good[] = { "1", "0x2", "3", "0" };
	static const char * const shown[] = { "1", "2", "3", "0" };
	u32 i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		is(profile(f, good[i]), 0, "profiling: %s", good[i]);
		ok(profile_is(f, shown[i]), "profiling: reads %s", shown[i]);
		is(engine_cycles(f) >= 0, i == 0 || i == 2, "profiling %s: cycles", good[i]);
		is(engine_ns(f) >= 0, i == 1 || i == 2, "profiling %s: time", good[i]);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(profile(f, bad[i]) < 0, "profiling: %s is refused", bad[i]);
	ok(profile_is(f, "0"), "and changes nothing");
}

/* How many the model has executed when it has nothing more to do: behind the one that signals there are others. */
static s64 executed(void)
{
	s64 last, now = vgpu_counter("instructions");

	do {
		last = now;
		sleep_ms(20);
		now = vgpu_counter("instructions");
	} while (now != last);
	return now;
}

/* What the model executes for a job of one NOP. */
static s64 instructions(struct fixture *f, struct gpu_group *g)
{
	struct cs cs = gpu_cs(&f->code, 0, SZ_4K);
	s64 before = executed();

	cs_nop(&cs);
	is(gpu_run(g, 0, &cs), 0, "a job");
	return executed() - before;
}

static void test_ring(struct fixture *f)
{
	struct gpu_group g;
	s64 off;

	gpu_group_init(&f->vm, &g, 1);
	off = instructions(f, &g);
	is(off, 16 + 1, "off: sixteen instructions around the stream");
	profile(f, "3");
	ok(instructions(f, &g) > off, "on: more");
	profile(f, "0");
	is(instructions(f, &g), off, "off again: none of them is left");
	gpu_group_fini(&g);
}

static void test_amounts(struct fixture *f)
{
	s64 ns[2], cycles[2], start, wall;
	struct gpu_group g;

	gpu_group_init(&f->vm, &g, 1);
	profile(f, "3");
	ns[0] = engine_ns(f);
	is(run_spin(f, &g, 1000), 0, "a job first");
	settle(f, engine_ns, ns[0]);

	ns[0] = engine_ns(f);
	cycles[0] = engine_cycles(f);
	start = now_ns();
	is(run_spin(f, &g, 200000), 0, "a long job");
	wall = now_ns() - start;
	settle(f, engine_ns, ns[0]);
	ns[1] = engine_ns(f) - ns[0];
	cycles[1] = engine_cycles(f) - cycles[0];
	between(ns[1], wall / 20, wall, "its engine time, of %lld ns in all", (long long)wall);
	/* The model's GPU has a clock of its own rate, which is set to 500 MHz; another one would be off by a factor. */
	between(cycles[1], ns[1] / 2 * 3 / 4, ns[1] / 2 * 5 / 4 + 50000, "its cycles");

	ns[0] = engine_ns(f);
	is(engine_ns(f), ns[0], "what does not run takes no time");
	profile(f, "1");
	cycles[0] = engine_cycles(f);
	is(run_spin(f, &g, 20000), 0, "a job with its cycles counted");
	settle(f, engine_cycles, cycles[0]);
	ok(engine_cycles(f) > cycles[0], "they are");
	profile(f, "3");
	is(engine_ns(f), ns[0], "but not its time");

	/* Work of a group whose handle is gone was work of this client all the same. */
	ns[0] = engine_ns(f);
	is(run_spin(f, &g, 20000), 0, "a job");
	gpu_group_fini(&g);
	if (f->gpu.ours)
		ok(engine_ns(f) > ns[0], "its time outlives the group");
	profile(f, "0");
}

static void test_clients(struct fixture *f)
{
	struct gpu_group g;
	struct gpu other;
	s64 ns;

	gpu_open(&other);
	gpu_group_init(&f->vm, &g, 1);
	profile(f, "3");
	ns = engine_ns(f);
	is(run_spin(f, &g, 20000), 0, "a job");
	settle(f, engine_ns, ns);
	ok(engine_ns(f) > ns, "counts for its own file");
	is(fdinfo_one(other.fd, "drm-engine-panthor", "ns"), 0, "not for another one");
	ok(fdinfo_one(other.fd, "drm-client-id", "") !=
	   fdinfo_one(f->gpu.fd, "drm-client-id", ""), "whose id is another one");
	profile(f, "0");
	gpu_group_fini(&g);
	gpu_close(&other);
}

/*
 * The smallest ring, jobs of different lengths: they go over its end at any cache
 * line, and each must run as a whole.
 */
static void test_wrap(struct fixture *f)
{
	static const char * const masks[] = { "3", "0", "3", "1" };
	volatile u32 *out = f->data.cpu;
	struct gpu_group g;
	u32 i, wrong = 0;
	s64 ns, start;
	int ret = 0;

	ret = gpu_group_try(&f->vm, &g, 1, SZ_4K, PANTHOR_GROUP_PRIORITY_MEDIUM, 0);
	is(ret, 0, "group with the smallest ring");
	if (ret)
		return;
	profile(f, "3");
	ns = engine_ns(f);
	start = now_ns();
	for (i = 0; i < JOBS && !ret; i++) {
		struct cs cs = gpu_cs(&f->code, i * 64, 64);

		if (i % 10 == 0)
			profile(f, masks[i / 10 % 4]);
		cs_store_word(&cs, R_ADDR, R_DATA, f->data.va + 4 * i, i + 1);
		ret = gpu_submit(&g, 0, &cs);
	}
	is(ret, 0, "%u jobs, profiled and not", JOBS);
	is(gpu_wait(&g, 0, JOB_MS), 0, "the last one ends");
	for (i = 0; i < JOBS; i++)
		wrong += out[i] != i + 1;
	is(wrong, 0, "each has stored its word");
	profile(f, "3");
	between(engine_ns(f) - ns, 1, now_ns() - start, "engine time is plausible");
	profile(f, "0");
	gpu_group_fini(&g);
}

static void test_faults(struct fixture *f)
{
	struct cs cs = gpu_cs(&f->code, 0, SZ_4K);
	struct gpu_group g;
	s64 ns;

	gpu_group_init(&f->vm, &g, 1);
	profile(f, "3");
	ns = engine_ns(f);
	cs_move48(&cs, R_ADDR, f->vm.range - SZ_2M);
	cs_store(&cs, R_DATA, 1, R_ADDR, 0);
	cs_wait(&cs, CS_ALL_SB);
	ok(gpu_run(&g, 0, &cs) < 0, "a job that faults");
	between(engine_ns(f) - ns, 0, JOB_MS * NSEC_PER_MSEC, "adds no nonsense");
	profile(f, "0");
	gpu_group_fini(&g);
}

static void test_asleep(struct fixture *f)
{
	char path[300], text[32] = "";
	struct fdinfo info;

	ok(sysfs_wait_power(f->dir, "suspended", ASLEEP_MS) >= 0, "the GPU sleeps");
	fdinfo_read(f->gpu.fd, &info);
	ok(fdinfo_find(&info, "drm-maxfreq-panthor"), "fdinfo can be read");
	snprintf(path, sizeof(path), "%s/power/runtime_status", f->dir);
	sysfs_read(path, text, sizeof(text));
	ok(!strcmp(text, "suspended"), "and does not wake it");
}

int main(void)
{
	struct fixture f;

	gpu_open(&f.gpu);
	gpu_vm_init(&f.gpu, &f.vm);
	gpu_bo_init(&f.vm, &f.code, SZ_64K);
	gpu_bo_init(&f.vm, &f.data, SZ_4K);
	sysfs_device(f.gpu.fd, f.dir, sizeof(f.dir));
	snprintf(f.profiling, sizeof(f.profiling), "%s/profiling", f.dir);

	test_format(&f);
	test_switch(&f);
	test_ring(&f);
	test_amounts(&f);
	test_clients(&f);
	test_wrap(&f);
	test_asleep(&f);
	/* Last: it makes the VM unusable. */
	test_faults(&f);
	return done();
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Frequency follows load, and limits; needs the device tree variant "opps". */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gpu.h"
#include "protm.h"
#include "sysfs.h"
#include "vgpu.h"

#define MHZ	1000000ull
#define SLOW	(300 * MHZ)
#define MIDDLE	(600 * MHZ)
#define FAST	(1000 * MHZ)

/* The governor looks every 50 ms; a busy host is late. */
#define SETTLE_MS	15000

/* Work for longer than that, in parts that are far from a job's time limit of 5 s. */
#define PARTS		100
#define PART_MS		200
/* Two instructions each, 500000 instructions a second. */
#define SPINS_PER_MS	250

#define R_ADDR		60
#define R_DATA		62
/* Where in the buffer of streams the word is that ends the work. */
#define RELEASE		(SZ_64K - 64)

struct fixture {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code;
	struct gpu_group g;
	char dir[256], devfreq[512];
};

static u64 hz(struct fixture *f, const char *file)
{
	char path[600], text[64] = "0";

	snprintf(path, sizeof(path), "%s/%s", f->devfreq, file);
	sysfs_read(path, text, sizeof(text));
	return strtoull(text, NULL, 10);
}

static int limit(struct fixture *f, const char *file, u64 hz)
{
	char path[600], text[32];

	snprintf(path, sizeof(path), "%s/%s", f->devfreq, file);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)hz);
	return sysfs_write(path, text);
}

/* Wait until the GPU runs at @want. */
static void settles(struct fixture *f, u64 want, const char *when)
{
	s64 end = now_ns() + SETTLE_MS * NSEC_PER_MSEC;

	while (hz(f, "cur_freq") != want && now_ns() < end)
		sleep_ms(20);
	is(hz(f, "cur_freq"), want, "%s", when);
}

static void power_control(struct fixture *f, const char *mode)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/power/control", f->dir);
	sysfs_write(path, mode);
}

static void hold(struct fixture *f, bool on)
{
	*(volatile u32 *)((char *)f->code.cpu + RELEASE) = !on;
}

/* Work until it is let go: each part ends at once if it has not begun before. */
static void busy(struct fixture *f)
{
	struct cs cs = gpu_cs(&f->code, 0, SZ_4K);
	u32 i, wrong = 0;

	hold(f, true);
	cs_move48(&cs, R_ADDR, f->code.va + RELEASE);
	cs_load(&cs, R_DATA, 1, R_ADDR, 0);
	cs_wait(&cs, CS_ALL_SB);
	cs_branch(&cs, CS_NE, R_DATA, 3);
	cs_spin(&cs, 0, PART_MS * SPINS_PER_MS);
	for (i = 0; i < PARTS; i++)
		wrong += gpu_submit(&f->g, 0, &cs) != 0;
	is(wrong, 0, "work for a while");
}

static void work_ends(struct fixture *f)
{
	hold(f, false);
	is(gpu_wait(&f->g, 0, JOB_MS), 0, "the work ends");
}

/* A little work is no load, as long as it is little for this host. */
static void test_little(struct fixture *f)
{
	struct cs cs = gpu_cs(&f->code, SZ_4K, SZ_4K);
	u32 i, slow = 0, failed = 0;

	cs_spin(&cs, 0, 100);
	for (i = 0; i < 20; i++) {
		s64 start = now_ns();
		int ms;

		failed += gpu_run(&f->g, 0, &cs) != 0;
		ms = (now_ns() - start) / NSEC_PER_MSEC;
		sleep_ms(ms < 5 ? 50 : 10 * ms);
		slow += hz(f, "cur_freq") == SLOW;
	}
	is(failed, 0, "a little work now and then");
	/* Work that is never seen to end makes it fast all the time. */
	between(slow, 10, 20, "times that it is slow with it");
}

static void test_load(struct fixture *f)
{
	/* Awake, so that the governor looks, and idle. */
	power_control(f, "on");
	settles(f, SLOW, "slow without work");

	busy(f);
	settles(f, FAST, "fast with work");
	is(limit(f, "max_freq", MIDDLE), 0, "a limit");
	settles(f, MIDDLE, "no faster than the limit");
	is(limit(f, "max_freq", FAST), 0, "no limit");
	settles(f, FAST, "fast again");
	work_ends(f);
	settles(f, SLOW, "slow when it has ended");
	test_little(f);

	power_control(f, "auto");
	ok(sysfs_wait_power(f->dir, "suspended", ASLEEP_MS) >= 0, "suspends as ever");
	busy(f);
	settles(f, FAST, "fast with work after a sleep");
	work_ends(f);
}

/* Frequency changes do not wait for a session, nor end it. */
static void test_session(struct fixture *f)
{
	struct cs cs = gpu_cs(&f->code, 0, SZ_4K);
	s64 sessions = vgpu_counter("protm_sessions");
	struct gpu_group g;

	protm_group_init(&f->vm, &g, 1);
	hold(f, true);
	cs_wait(&cs, CS_ALL_SB);
	cs_prot_region(&cs, CS_HOLD_WORDS);
	cs_hold(&cs, R_ADDR, R_DATA, f->code.va + RELEASE);
	is(gpu_submit(&g, 0, &cs), 0, "a long region");
	settles(f, FAST, "fast in protected mode");
	is(limit(f, "max_freq", MIDDLE), 0, "a limit");
	settles(f, MIDDLE, "no faster than the limit in protected mode");
	is(gpu_wait(&g, 0, 0), -ETIME, "the region is still running");
	is(limit(f, "max_freq", FAST), 0, "no limit");
	hold(f, false);
	is(gpu_wait(&g, 0, JOB_MS), 0, "the region ends well");
	is(vgpu_counter("protm_sessions") - sessions, 1, "in one session");
	gpu_group_fini(&g);
}

int main(void)
{
	struct fixture f;

	gpu_open(&f.gpu);
	sysfs_device(f.gpu.fd, f.dir, sizeof(f.dir));
	snprintf(f.devfreq, sizeof(f.devfreq), "%s/devfreq/%s", f.dir, strrchr(f.dir, '/') + 1);
	gpu_vm_init(&f.gpu, &f.vm);
	gpu_bo_init(&f.vm, &f.code, SZ_64K);
	gpu_group_init(&f.vm, &f.g, 1);

	test_load(&f);
	if (f.gpu.ours)
		test_session(&f);

	gpu_group_fini(&f.g);
	gpu_bo_fini(&f.code);
	gpu_vm_fini(&f.vm);
	gpu_close(&f.gpu);
	return done();
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The scheduler of panthor-protm: whose time a job uses up, who pays for a reset, what a lost interrupt does. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gpu.h"
#include "protm.h"
#include "sysfs.h"
#include "vgpu.h"

#define SLOTS		8
#define MANY		(6 * SLOTS)
#define STREAM_SIZE	SZ_4K
#define R_ADDR		60
#define R_DATA		62
/* Words: the one that lets jobs go, those that say that they have begun. */
#define RELEASE		16
#define BEGUN		17
/* A job times out after 5 s. */
#define TIMEOUT_MS	5000

struct fixture {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code, data;
	char device[256];
	u32 stores;
};

static struct cs stream(struct fixture *f, u32 n)
{
	return gpu_cs(&f->code, n * STREAM_SIZE, STREAM_SIZE);
}

static void store_word(struct fixture *f, struct cs *cs, u32 i, u32 value)
{
	cs_store_word(cs, R_ADDR, R_DATA, f->data.va + 4 * i, value);
}

/* A process whose only group waits for an object that nobody sets. Never returns. */
static void wait_for_ever(int told)
{
	struct fixture f = { 0 };
	struct gpu_group g;
	struct cs cs;
	int last = -1, state;
	char c;

	gpu_open(&f.gpu);
	gpu_vm_init(&f.gpu, &f.vm);
	gpu_bo_init(&f.vm, &f.code, STREAM_SIZE);
	gpu_bo_init(&f.vm, &f.data, SZ_4K);
	gpu_group_init(&f.vm, &g, 1);
	cs = stream(&f, 0);
	cs_move48(&cs, R_ADDR, f.data.va);
	cs_move48(&cs, R_DATA, 0);
	cs_sync_wait64(&cs, CS_GT, R_DATA, R_ADDR);
	if (gpu_submit(&g, 0, &cs))
		_exit(1);
	for (;; sleep_ms(100)) {
		state = gpu_group_state(&g);
		if (state == last)
			continue;
		last = state;
		c = '0' + state;
		if (write(told, &c, 1) != 1)
			_exit(1);
	}
}

/*
 * Each group gets a sixth of the time on a slot: jobs that together take longer than
 * the limit, none of them alone, even if a busy host makes each take four times as long.
 * Beside them a group waits off its slot, which is no use of time either, and keeps
 * nobody from ending it.
 */
static void test_slot_time(struct fixture *f)
{
	struct gpu_group g[MANY];
	u32 i, wrong = 0;
	char state = 0;
	int told[2];
	struct cs cs;
	s64 start;
	pid_t pid;

	vgpu_set("rate", 1000);
	/* Queues that wait are taken off their slots. */
	vgpu_set("sync_wait_idle", 1);
	if (pipe(told))
		bail("no pipe");
	/* Before: making them may take longer than a group may wait on a slot. */
	for (i = 0; i < MANY; i++)
		gpu_group_init(&f->vm, &g[i], 1);
	pid = fork();
	if (!pid)
		wait_for_ever(told[1]);
	close(told[1]);
	ok(read(told[0], &state, 1) == 1 && state == '0', "a process that waits for ever");

	cs = stream(f, 0);
	cs_spin(&cs, 0, 550);
	start = now_ns();
	for (i = 0; i < MANY; i++)
		wrong += gpu_submit(&g[i], 0, &cs) != 0;
	is(wrong, 0, "a job of 1.1 s on each of %u groups", MANY);
	for (i = 0; i < MANY; i++)
		wrong += gpu_wait(&g[i], 0, 3 * JOB_MS) != 0;
	is(wrong, 0, "all end well");
	ok(now_ns() - start > TIMEOUT_MS * NSEC_PER_MSEC, "after more than the limit (%lld ms)",
	   (long long)(now_ns() - start) / NSEC_PER_MSEC);
	for (i = 0; i < MANY; i++) {
		wrong += gpu_group_state(&g[i]) != 0;
		gpu_group_fini(&g[i]);
	}
	is(wrong, 0, "no group timed out");
	vgpu_set("rate", 500000);

	while (now_ns() - start < (TIMEOUT_MS + 1500) * NSEC_PER_MSEC)
		sleep_ms(100);
	start = now_ns();
	is(kill(pid, SIGKILL), 0, "a process that waits for ever is killed");
	is(waitpid(pid, NULL, 0), pid, "and gone");
	/* Whoever waits for its job waits for a time limit of 5 s, if there is one. */
	ok(now_ns() - start < 4000 * NSEC_PER_MSEC, "at once");
	is(read(told[0], &state, 1), 0, "its group had not timed out");
	close(told[0]);
	vgpu_set("sync_wait_idle", 0);
}

/* What an interrupt tells of that is lost, and how long it may take until somebody looks. */
struct loss {
	const char *what;
	s64 least_ms, ms;
	bool asleep;		/* the GPU; otherwise it stays awake */
	bool protected, region;
	bool fresh;		/* a group that is not on a slot yet */
};

static int run_loss(struct fixture *f, struct gpu_group *g, const struct loss *l)
{
	struct cs cs = stream(f, 0);

	if (l->region) {
		cs_wait(&cs, CS_ALL_SB);
		cs_prot_region(&cs, 3);
		cs_spin(&cs, 0, 100);
		cs_wait(&cs, CS_ALL_SB);
	}
	store_word(f, &cs, 0, ++f->stores);
	return gpu_run(g, 0, &cs);
}

/* Nobody is on a slot: an interrupt that is lost is not that of a group on its way off. */
static void slots_are_free(void)
{
	s64 end = now_ns() + JOB_MS * NSEC_PER_MSEC;

	while (strstr(vgpu_call("{\"cmd\":\"csgs\"}"), "\"state\"")) {
		if (now_ns() > end)
			bail("a slot is not free");
		sleep_ms(10);
	}
	sleep_ms(20);
}

/* Lose it once: ms that it took. */
static s64 lose(struct fixture *f, const struct loss *l)
{
	struct gpu_group g;
	s64 start, ms;
	u32 i;

	slots_are_free();
	if (l->protected)
		protm_group_init(&f->vm, &g, 1);
	else
		gpu_group_init(&f->vm, &g, 1);
	if (l->asleep && sysfs_wait_power(f->device, "suspended", ASLEEP_MS) < 0)
		bail("the GPU does not sleep");
	for (i = 0; i < 5 && !l->fresh; i++) {
		is(run_loss(f, &g, l), 0, "a job before");
		/* What its start has brought with it is over. */
		if (!i)
			sleep_ms(150);
	}
	vgpu_inject("lost-irq", 1, ",\"line\":\"job\"");
	start = now_ns();
	is(run_loss(f, &g, l), 0, "lost: the interrupt of %s", l->what);
	ms = (now_ns() - start) / NSEC_PER_MSEC;
	is(*(volatile u32 *)f->data.cpu, f->stores, "the job stored");
	diag("%lld ms", (long long)ms);
	vgpu_inject("lost-irq", 0, ",\"line\":\"job\"");

	/* If they did not, each would take a second. */
	start = now_ns();
	for (i = 0; i < 8; i++)
		is(run_loss(f, &g, l), 0, "the next job");
	ok(now_ns() - start < 4000 * NSEC_PER_MSEC, "interrupts arrive again");
	gpu_group_fini(&g);
	return ms;
}

/*
 * What is asked of firmware is looked after a tenth of a second later, and what it
 * says by itself is looked for once a second. A slow guest gets half a second more,
 * a busy host another chance: whoever does not look is late each time. And it may have
 * been another interrupt, then it was noticed early.
 */
static void test_lost_irq(struct fixture *f)
{
	/* Protected groups have seconds to leave their slots, which is no reason to wait for their start. */
	static const struct loss losses[] = {
		{ "firmware's boot", 0, 600, .asleep = true, .fresh = true },
		{ "a start", 0, 600, .fresh = true },
		{ "the end of a job", 500, 1500 },
		{ "a protected group's start", 0, 600, .protected = true, .fresh = true },
		{ "a region that waits", 500, 1500, .protected = true, .region = true },
	};
	char control[280];
	u32 i, tries;
	s64 ms;

	snprintf(control, sizeof(control), "%s/power/control", f->device);
	for (i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		if (sysfs_write(control, losses[i].asleep ? "auto" : "on"))
			bail("no control of the GPU's sleep");
		ms = lose(f, &losses[i]);
		for (tries = 0; tries < 6 && (ms > losses[i].ms || ms < losses[i].least_ms); tries++)
			ms = lose(f, &losses[i]);
		between(ms, losses[i].least_ms, losses[i].ms, "%s: ms that it took", losses[i].what);
	}
	is(sysfs_write(control, "auto"), 0, "the GPU may sleep");
}

static int wait_any(struct fixture *f, u32 *syncs, u32 count)
{
	struct drm_syncobj_wait w = {
		.handles = (uintptr_t)syncs,
		.count_handles = count,
		.timeout_nsec = now_ns() + JOB_MS * NSEC_PER_MSEC,
	};
	int ret = drm_ioctl(f->gpu.fd, DRM_IOCTL_SYNCOBJ_WAIT, &w);

	return ret < 0 ? ret : (int)w.first_signaled;
}

/*
 * Firmware stops to answer for one slot: its group is lost, and told that it did
 * nothing; the others go on. That they take turns meanwhile does not put the limit off.
 */
static void test_innocent(struct fixture *f)
{
	const int lost = DRM_PANTHOR_GROUP_STATE_TIMEDOUT | DRM_PANTHOR_GROUP_STATE_INNOCENT;
	s64 resets = vgpu_counter("soft_resets");
	volatile u32 *release = (volatile u32 *)f->data.cpu + RELEASE;
	volatile u32 *begun = (volatile u32 *)f->data.cpu + BEGUN;
	struct gpu_group g[3];
	u32 syncs[3], i, wrong = 0;
	struct cs cs;
	int victim;

	/* No group of the last test is still on its way off. */
	if (sysfs_wait_power(f->device, "suspended", ASLEEP_MS) < 0)
		bail("the GPU does not sleep");
	/* Long enough to see what comes first, the fence or the reset. */
	vgpu_set("reset_ns", 30000000);
	*release = 0;
	for (i = 0; i < 3; i++) {
		cs = stream(f, i);
		begun[i] = 0;
		store_word(f, &cs, BEGUN + i, 1);
		cs_hold(&cs, R_ADDR, R_DATA, f->data.va + 4 * RELEASE);
		gpu_group_init(&f->vm, &g[i], 1);
		syncs[i] = g[i].sync[0];
		wrong += gpu_submit(&g[i], 0, &cs) != 0;
	}
	is(wrong, 0, "three groups with jobs that wait to be let go");
	for (i = 0; i < 3; i++)
		wrong += !gpu_wait_word(begun + i, JOB_MS);
	is(wrong, 0, "all have begun");
	vgpu_inject("drop-csg-ack", 1, "");
	victim = wait_any(f, syncs, 3);
	*release = 1;
	is(vgpu_counter("soft_resets"), resets + 1, "no fence signals before the reset");
	between(victim, 0, 2, "the first to end");
	if (victim < 0)
		bail("no job ends");
	is(gpu_wait(&g[victim], 0, JOB_MS), -ETIMEDOUT, "is lost");
	is(gpu_group_state(&g[victim]), lost, "and innocent");
	is(gpu_submit(&g[victim], 0, &cs), -EINVAL, "it takes no more jobs");
	for (i = 0; i < 3; i++) {
		if ((int)i == victim)
			continue;
		is(gpu_wait(&g[i], 0, JOB_MS), 0, "another one's job ends well");
		is(gpu_group_state(&g[i]), 0, "and it is sound");
	}
	for (i = 0; i < 3; i++)
		gpu_group_fini(&g[i]);
	vgpu_set("reset_ns", 100000);
}

int main(void)
{
	struct fixture f = { 0 };

	gpu_open(&f.gpu);
	sysfs_device(f.gpu.fd, f.device, sizeof(f.device));
	gpu_vm_init(&f.gpu, &f.vm);
	gpu_bo_init(&f.vm, &f.code, 4 * STREAM_SIZE);
	gpu_bo_init(&f.vm, &f.data, SZ_4K);

	test_lost_irq(&f);
	test_innocent(&f);
	test_slot_time(&f);
	is(vgpu_violations(), 0, "no rule of the model was broken");

	gpu_bo_fini(&f.data);
	gpu_bo_fini(&f.code);
	gpu_vm_fini(&f.vm);
	gpu_close(&f.gpu);
	return done();
}

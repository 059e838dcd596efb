// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* System sleep: what was on the GPU, or waiting for it, goes on after the system woke up. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "gpu.h"
#include "pfix.h"
#include "sysfs.h"
#include "vgpu.h"

#define R_ADDR		60
#define R_DATA		62
#define GROUPS		12	/* more than there are slots */
#define STREAM		SZ_4K
/* Words behind those of the tests: what waits for one goes on when it is let go. */
#define HOLD		512

#define TIMELINE	DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_TIMELINE_SYNCOBJ
#define SIGNAL		DRM_PANTHOR_SYNC_OP_SIGNAL

struct fixture {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code, data;
	char dir[256];
};

static u32 word(struct fixture *f, u32 i)
{
	return ((volatile u32 *)f->data.cpu)[i];
}

static struct cs stream(struct fixture *f, u32 n)
{
	return gpu_cs(&f->code, n * STREAM, STREAM);
}

static void store_word(struct fixture *f, struct cs *cs, u32 i, u32 value)
{
	cs_store_word(cs, R_ADDR, R_DATA, f->data.va + 4 * i, value);
}

/* Work that lasts until it is let go: it is under way for certain when the system falls asleep. */
static void hold(struct fixture *f, struct cs *cs, u32 i)
{
	((volatile u32 *)f->data.cpu)[HOLD + i] = 0;
	cs_hold(cs, R_ADDR, R_DATA, f->data.va + 4 * (HOLD + i));
}

static void let_go(struct fixture *f, u32 i)
{
	((volatile u32 *)f->data.cpu)[HOLD + i] = 1;
}

/* How much longer than it has to the last sleep took, in s: on a busy machine more. */
static int slowness;

/* Down to all drivers' suspend, one second, and up again: what the kernel offers to test drivers with. */
static int sleep_drivers(void)
{
	int ret = sysfs_write("/sys/power/pm_test", "devices"), delay;
	s64 start;

	/* Older kernels wait five seconds and have no such file. */
	delay = sysfs_write("/sys/module/suspend/parameters/pm_test_delay", "1") ? 5 : 1;
	start = now_ns();
	if (!ret)
		ret = sysfs_write("/sys/power/state", "freeze");
	slowness = (now_ns() - start) / 1000 / NSEC_PER_MSEC - delay;
	slowness = slowness > 0 ? slowness : 0;
	sysfs_write("/sys/power/pm_test", "none");
	return ret;
}

/* All the way; the clock wakes the system up, if it sleeps by then. */
static int sleep_system(void)
{
	char now[32];
	int ret = sysfs_read("/sys/class/rtc/rtc0/since_epoch", now, sizeof(now));

	if (ret)
		bail("no clock");
	snprintf(now, sizeof(now), "+%d", 2 + 2 * slowness);
	sysfs_write("/sys/class/rtc/rtc0/wakealarm", "0");
	ret = sysfs_write("/sys/class/rtc/rtc0/wakealarm", now);
	return ret ? ret : sysfs_write("/sys/power/state", "freeze");
}

static void test_idle(struct fixture *f)
{
	struct cs cs = stream(f, 0);
	struct gpu_group g;

	gpu_group_init(&f->vm, &g, 1);
	store_word(f, &cs, 0, 1);
	is(gpu_run(&g, 0, &cs), 0, "a job");
	ok(sysfs_wait_power(f->dir, "suspended", JOB_MS) >= 0, "idle");
	is(sleep_drivers(), 0, "sleep");
	store_word(f, &cs, 0, 2);
	is(gpu_run(&g, 0, &cs), 0, "a job after an idle GPU slept");
	is(word(f, 0), 2, "and stores");
	gpu_group_fini(&g);
}

/* A job, one that waits for it on another queue, and a mapping that waits for that. */
static void test_chain(struct fixture *f, int (*fall_asleep)(void), const char *how)
{
	struct drm_panthor_vm_bind_op op = {
		.flags = DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP,
		.va = gpu_vm_reserve(&f->vm, SZ_64K, SZ_64K),
		.size = SZ_64K,
	};
	struct drm_panthor_vm_bind b = {
		.vm_id = f->vm.id,
		.flags = DRM_PANTHOR_VM_BIND_ASYNC,
		.ops = DRM_PANTHOR_OBJ_ARRAY(1, &op),
	};
	struct cs first = stream(f, 0), second = stream(f, 1);
	struct drm_panthor_sync_op s[2];
	struct gpu_group g;
	u32 timeline;

	drm_sync_create(f->gpu.fd, &timeline);
	gpu_group_init(&f->vm, &g, 2);
	memset(f->data.cpu, 0, SZ_4K);

	hold(f, &first, 0);
	store_word(f, &first, 0, 11);
	s[0] = (struct drm_panthor_sync_op){ TIMELINE | SIGNAL, timeline, 1 };
	is(gpu_submit_raw(&g, 0, first.va, cs_size(&first), 1, s), 0, "a long job");

	store_word(f, &second, 1, 22);
	s[0] = (struct drm_panthor_sync_op){ TIMELINE, timeline, 1 };
	s[1] = (struct drm_panthor_sync_op){ TIMELINE | SIGNAL, timeline, 2 };
	is(gpu_submit_raw(&g, 1, second.va, cs_size(&second), 2, s), 0, "one that waits for it");

	s[0] = (struct drm_panthor_sync_op){ TIMELINE, timeline, 2 };
	s[1] = (struct drm_panthor_sync_op){ TIMELINE | SIGNAL, timeline, 3 };
	op.syncs = (struct drm_panthor_obj_array)DRM_PANTHOR_OBJ_ARRAY(2, s);
	is(gpu_call(&f->gpu, VM_BIND, &b), 0, "and an unmapping that waits for that");

	sleep_ms(50);
	is(drm_sync_wait_point(f->gpu.fd, timeline, 1, 0), -ETIME, "%s: the job is running", how);
	is(fall_asleep(), 0, "%s: sleep", how);
	let_go(f, 0);
	is(drm_sync_wait_point(f->gpu.fd, timeline, 3, JOB_MS), 0, "%s: all goes on", how);
	is(word(f, 0), 11, "%s: the job that was running stores", how);
	is(word(f, 1), 22, "%s: and the next", how);
	is(gpu_group_state(&g), 0, "%s: the group is sound", how);
	gpu_group_fini(&g);
	drm_sync_destroy(f->gpu.fd, timeline);
}

static void test_many(struct fixture *f)
{
	struct gpu_group g[GROUPS];
	u32 i, bad = 0, wrong = 0;
	struct cs cs;

	memset(f->data.cpu, 0, SZ_4K);
	for (i = 0; i < GROUPS; i++) {
		gpu_group_init(&f->vm, &g[i], 1);
		cs = stream(f, i);
		hold(f, &cs, 0);
		store_word(f, &cs, i, 100 + i);
		bad += gpu_submit(&g[i], 0, &cs) != 0;
	}
	is(bad, 0, "jobs of more groups than there are slots");
	sleep_ms(50);
	is(sleep_drivers(), 0, "sleep");
	let_go(f, 0);
	for (i = 0; i < GROUPS; i++) {
		bad += gpu_wait(&g[i], 0, JOB_MS) != 0;
		wrong += word(f, i) != 100 + i;
		bad += gpu_group_state(&g[i]) != 0;
		gpu_group_fini(&g[i]);
	}
	is(bad, 0, "all of them end well");
	is(wrong, 0, "and store");
}

/* A region is cut short for the sleep, and goes on after it. */
static void test_protected(struct fixture *f)
{
	struct cs cs = stream(f, 0);
	struct gpu_group g, normal;
	struct protm_bo a;

	protm_bo_init(&f->vm, &a, SZ_64K);
	protm_group_init(&f->vm, &g, 1);
	gpu_group_init(&f->vm, &normal, 1);
	cs_wait(&cs, CS_ALL_SB);
	cs_prot_region(&cs, CS_HOLD_WORDS);
	hold(f, &cs, 0);
	protm_fill(&cs, a.va, 5);
	protm_compare(&cs, a.va, 5);
	store_word(f, &cs, 0, 77);
	is(gpu_submit(&g, 0, &cs), 0, "a job with a long region");
	cs = stream(f, 1);
	hold(f, &cs, 1);
	store_word(f, &cs, 1, 78);
	is(gpu_submit(&normal, 0, &cs), 0, "a normal job beside it");
	pfix_until(&f->gpu, "active");
	is(sleep_drivers(), 0, "sleep in protected mode");
	let_go(f, 0);
	let_go(f, 1);
	is(gpu_wait(&g, 0, JOB_MS), 0, "the region ends well");
	is(gpu_wait(&normal, 0, JOB_MS), 0, "and the normal job");
	is(word(f, 0), 77, "the protected job stores");
	is(word(f, 1), 78, "the normal one as well");
	is(gpu_group_state(&g), 0, "the group is sound");
	gpu_group_fini(&normal);
	gpu_group_fini(&g);
	protm_bo_fini(&a);
}

/* Firmware needs long to save a region that was cut short: no reason to give it up. */
static void test_protected_slow(struct fixture *f)
{
	s64 resets = vgpu_counter("soft_resets");
	struct cs cs = stream(f, 0);
	struct gpu_group g;

	protm_group_init(&f->vm, &g, 1);
	cs_wait(&cs, CS_ALL_SB);
	cs_prot_region(&cs, CS_HOLD_WORDS);
	hold(f, &cs, 0);
	store_word(f, &cs, 0, 79);
	is(gpu_submit(&g, 0, &cs), 0, "a job with a long region");
	pfix_until(&f->gpu, "active");
	vgpu_inject("slow-suspend", 1, ",\"ns\":1000000000");
	is(sleep_drivers(), 0, "sleep, and firmware takes its time");
	let_go(f, 0);
	is(gpu_wait(&g, 0, JOB_MS), 0, "the region ends well");
	is(word(f, 0), 79, "and the job stores");
	is(gpu_group_state(&g), 0, "the group is sound");
	is(vgpu_counter("soft_resets"), resets, "no reset");
	gpu_group_fini(&g);
}

int main(void)
{
	struct fixture f;

	gpu_open(&f.gpu);
	sysfs_device(f.gpu.fd, f.dir, sizeof(f.dir));
	gpu_vm_init(&f.gpu, &f.vm);
	gpu_bo_init(&f.vm, &f.code, GROUPS * STREAM);
	gpu_bo_init(&f.vm, &f.data, SZ_64K);

	test_idle(&f);
	test_chain(&f, sleep_drivers, "drivers");
	test_chain(&f, sleep_system, "system");
	test_many(&f);
	if (f.gpu.ours)
		test_protected(&f);
	test_protected_slow(&f);

	gpu_bo_fini(&f.data);
	gpu_bo_fini(&f.code);
	gpu_vm_fini(&f.vm);
	gpu_close(&f.gpu);
	return done();
}

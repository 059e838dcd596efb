// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Runtime suspend and resume, and a GPU that has to be reset. */
#include <errno.h>
#include <string.h>

#include "gpu.h"
#include "sysfs.h"
#include "vgpu.h"

#define R_ADDR	60
#define R_DATA	62

struct fixture {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code, data;
	char dir[256];
};

/* Run a job of a new group that stores @value. */
static void check_works(struct fixture *f, u32 value, const char *when)
{
	struct cs cs = gpu_cs(&f->code, 0, SZ_4K);
	struct gpu_group g;

	gpu_group_init(&f->vm, &g, 1);
	cs_store_word(&cs, R_ADDR, R_DATA, f->data.va, value);
	is(gpu_run(&g, 0, &cs), 0, "%s: a job works", when);
	is(*(u32 *)f->data.cpu, value, "%s: and stores", when);
	gpu_group_fini(&g);
}

static void test_runtime_pm(struct fixture *f)
{
	struct cs cs = gpu_cs(&f->code, SZ_4K, SZ_4K);
	struct gpu_group g;
	s64 boots;
	int i;

	gpu_group_init(&f->vm, &g, 1);
	cs_nop(&cs);
	for (i = 0; i < 3; i++) {
		ok(sysfs_wait_power(f->dir, "suspended", ASLEEP_MS) >= 0, "idle: suspended");
		boots = vgpu_counter("fw_boots");
		is(gpu_run(&g, 0, &cs), 0, "a job of a group from before");
		ok(vgpu_counter("fw_boots") > boots, "for which the firmware was started again");
	}
	gpu_group_fini(&g);
	ok(sysfs_wait_power(f->dir, "suspended", ASLEEP_MS) >= 0, "suspended without a group");
	check_works(f, 0x100, "after that");

	/* Page tables that change while there is no GPU to tell. */
	ok(sysfs_wait_power(f->dir, "suspended", ASLEEP_MS) >= 0, "suspended");
	is(gpu_unmap(&f->vm, f->data.va, SZ_64K), 0, "unmap while suspended");
	is(gpu_map(&f->vm, f->data.handle, 0, f->data.va, SZ_64K), 0, "map while suspended");
	check_works(f, 0x101, "after that");
}

/* Firmware that does not answer: the driver has to reset the GPU. */
static void test_reset(struct fixture *f)
{
	struct cs cs = gpu_cs(&f->code, SZ_4K, SZ_4K);
	s64 resets = vgpu_counter("soft_resets"), end;
	struct gpu_group g;
	int ret;

	gpu_group_init(&f->vm, &g, 1);
	cs_nop(&cs);
	/* Asleep, so that nobody else has anything to ask: the group of the last test may still be on its way off. */
	ok(sysfs_wait_power(f->dir, "suspended", ASLEEP_MS) >= 0, "suspended");
	vgpu_inject("drop-csg-ack", 1, "");
	is(gpu_submit(&g, 0, &cs), 0, "a job whose group's start is not acknowledged");
	ret = gpu_wait(&g, 0, JOB_MS);
	ok(ret != -ETIME, "its fence signals (%d)", ret);
	for (end = now_ns() + JOB_MS * NSEC_PER_MSEC; now_ns() < end;) {
		if (vgpu_counter("soft_resets") > resets)
			break;
		sleep_ms(20);
	}
	ok(vgpu_counter("soft_resets") > resets, "the GPU was reset");
	gpu_group_fini(&g);
	/* Its being over is not to be seen from here; a GPU that suspends has come through it. */
	ok(sysfs_wait_power(f->dir, "suspended", ASLEEP_MS) >= 0, "and suspends as ever");
	check_works(f, 0x200, "after a reset");
}

/* Firmware that does not boot at first: fast, then slow, then the next time. */
static void test_failed_resume(struct fixture *f)
{
	struct cs cs = gpu_cs(&f->code, SZ_4K, SZ_4K);
	struct gpu_group g;
	int ret;

	cs_nop(&cs);
	gpu_group_init(&f->vm, &g, 1);
	ok(sysfs_wait_power(f->dir, "suspended", ASLEEP_MS) >= 0, "suspended");
	vgpu_inject("no-boot", 1, "");
	is(gpu_run(&g, 0, &cs), 0, "a job although the fast boot failed");

	ok(sysfs_wait_power(f->dir, "suspended", ASLEEP_MS) >= 0, "suspended");
	vgpu_inject("no-boot", 2, "");
	ret = gpu_run(&g, 0, &cs);
	ok(ret < 0 && ret != -ETIME, "a job fails when the slow boot failed as well (%d)", ret);
	gpu_group_fini(&g);
	check_works(f, 0x300, "after that");
}

int main(void)
{
	struct fixture f;

	gpu_open(&f.gpu);
	sysfs_device(f.gpu.fd, f.dir, sizeof(f.dir));
	gpu_vm_init(&f.gpu, &f.vm);
	gpu_bo_init(&f.vm, &f.code, SZ_64K);
	gpu_bo_init(&f.vm, &f.data, SZ_64K);

	check_works(&f, 1, "first");
	test_runtime_pm(&f);
	test_reset(&f);
	/* Stock powers the L2 off under an MCU that has not answered, which the model calls a violation, and warns. */
	if (f.gpu.ours)
		test_failed_resume(&f);

	gpu_bo_fini(&f.data);
	gpu_bo_fini(&f.code);
	gpu_vm_fini(&f.vm);
	gpu_close(&f.gpu);
	return done();
}

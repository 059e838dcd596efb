// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The driver taken away under an open file, and given back. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "gpu.h"
#include "sysfs.h"

#define R_ADDR	60
#define R_DATA	62

static void check_works(struct gpu *gpu, const char *when)
{
	struct gpu_bo code, data;
	struct gpu_group g;
	struct gpu_vm vm;
	struct cs cs;

	gpu_vm_init(gpu, &vm);
	gpu_bo_init(&vm, &code, SZ_64K);
	gpu_bo_init(&vm, &data, SZ_64K);
	gpu_group_init(&vm, &g, 1);
	cs = gpu_cs(&code, 0, SZ_4K);
	cs_store_word(&cs, R_ADDR, R_DATA, data.va, 77);
	is(gpu_run(&g, 0, &cs), 0, "%s: a job works", when);
	is(*(u32 *)data.cpu, 77, "%s: and stores", when);
	gpu_group_fini(&g);
	gpu_bo_fini(&data);
	gpu_bo_fini(&code);
	gpu_vm_fini(&vm);
}

int main(void)
{
	char dir[256], driver[PATH_MAX], path[PATH_MAX + 16];
	struct drm_panthor_vm_create c = { 0 };
	struct drm_panthor_dev_query q = { 0 };
	struct gpu gpu, again;
	struct gpu_bo code;
	struct gpu_group g;
	struct gpu_vm vm;
	const char *name;
	struct cs cs;
	int ret;

	gpu_open(&gpu);
	check_works(&gpu, "before");
	sysfs_device(gpu.fd, dir, sizeof(dir));
	name = strrchr(dir, '/') + 1;
	snprintf(path, sizeof(path), "%s/driver", dir);
	if (!realpath(path, driver))
		bail("the device has no driver");

	/* A job is in flight when it happens. */
	gpu_vm_init(&gpu, &vm);
	gpu_bo_init(&vm, &code, SZ_64K);
	gpu_group_init(&vm, &g, 1);
	cs = gpu_cs(&code, 0, SZ_4K);
	cs_spin(&cs, 0, 0x7fffffff);
	is(gpu_submit(&g, 0, &cs), 0, "a job without end");
	sleep_ms(50);

	snprintf(path, sizeof(path), "%s/unbind", driver);
	is(sysfs_write(path, name), 0, "unbind");
	ret = gpu_wait(&g, 0, JOB_MS);
	ok(ret == -ENODEV || (ret < 0 && ret != -ETIME), "the job's fence is not left waiting (%d)", ret);
	is(gpu_call(&gpu, VM_CREATE, &c), -ENODEV, "VM_CREATE: no device");
	is(gpu_call(&gpu, DEV_QUERY, &q), -ENODEV, "DEV_QUERY: no device");
	is(gpu_submit(&g, 0, &cs), -ENODEV, "GROUP_SUBMIT: no device");
	*(volatile u32 *)code.cpu = 1;
	ok(true, "memory that is mapped can still be touched");

	snprintf(path, sizeof(path), "%s/bind", driver);
	is(sysfs_write(path, name), 0, "bind");
	gpu_open(&again);
	check_works(&again, "after, with the old file open");

	gpu_close(&gpu);
	munmap(code.cpu, code.size);
	check_works(&again, "after, with the old file closed");
	gpu_close(&again);
	return done();
}

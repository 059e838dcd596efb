// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Sync files that outlive their group, file and driver; somebody asks them for names all the same. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sync_file.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bound.h"

#define MODULE	"panthor_protm"

/* Names of the fence; 0 or -errno. */
static int names(int file, struct sync_fence_info *fence)
{
	struct sync_file_info info = { .num_fences = 1, .sync_fence_info = (uintptr_t)fence };

	memset(fence, 0, sizeof(*fence));
	return ioctl(file, SYNC_IOC_FILE_INFO, &info) ? -errno : 0;
}

static int job_file(struct gpu *gpu)
{
	struct gpu_group g;
	struct gpu_bo code;
	struct gpu_vm vm;
	struct cs cs;
	int file;

	gpu_vm_init(gpu, &vm);
	gpu_bo_init(&vm, &code, SZ_4K);
	gpu_group_init(&vm, &g, 1);
	cs = gpu_cs(&code, 0, SZ_4K);
	cs_nop(&cs);
	is(gpu_run(&g, 0, &cs), 0, "a job");
	file = sync_file_get(gpu->fd, g.sync[0]);
	gpu_group_fini(&g);
	gpu_bo_fini(&code);
	gpu_vm_fini(&vm);
	return file;
}

int main(void)
{
	struct sync_fence_info fence;
	int file, i, ret = 0;
	struct bound b;
	struct gpu gpu;

	gpu_open(&gpu);
	bound_init(&b, gpu.fd);
	file = job_file(&gpu);
	ok(file >= 0, "its sync file");
	gpu_close(&gpu);
	/* Freed by a work, and after a grace period of RCU. */
	sleep_ms(200);
	is(names(file, &fence), 0, "asked for names after group and file are gone");
	is(fence.status, 1, "signalled");
	diag("%s of %s", fence.obj_name, fence.driver_name);
	ok(strlen(fence.obj_name) && strlen(fence.driver_name), "there are names");

	is(bound_unbind(&b), 0, "unbind");
	is(names(file, &fence), 0, "asked for names after that");

	/* Either the module stays, or nobody needs it. */
	ret = syscall(SYS_delete_module, MODULE, O_NONBLOCK) ? -errno : 0;
	ok(ret == 0 || ret == -EAGAIN || ret == -EWOULDBLOCK, "rmmod (%d)", ret);
	is(names(file, &fence), 0, "asked for names after that");
	close(file);

	/* A grace period, twice: drm_sched's fence, then ours. */
	for (i = 0; ret && i < 300; i++) {
		sleep_ms(100);
		ret = syscall(SYS_delete_module, MODULE, O_NONBLOCK) ? -errno : 0;
	}
	is(ret, 0, "rmmod when the last fence is gone");
	return done();
}

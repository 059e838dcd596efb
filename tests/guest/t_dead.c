// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A GPU that dies: its registers read as ones, or it comes back from no reset and
 * no sleep. It must end as a device that was unplugged, and a driver that is
 * taken off and put back finds it again once it has recovered.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bound.h"
#include "sysfs.h"
#include "vgpu.h"

#define R_ADDR	60
#define R_DATA	62

/* Long enough for a driver to notice by itself: job time limit, resets, resumes that fail. */
#define NOTICE_MS	60000

struct fixture {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code, data;
	struct gpu_group g;
	int events;
};

static void fixture_init(struct fixture *f)
{
	gpu_open(&f->gpu);
	gpu_vm_init(&f->gpu, &f->vm);
	gpu_bo_init(&f->vm, &f->code, SZ_64K);
	gpu_bo_init(&f->vm, &f->data, SZ_64K);
	gpu_group_init(&f->vm, &f->g, 2);
}

static void store_stream(struct fixture *f, struct cs *cs, u32 value)
{
	*cs = gpu_cs(&f->code, 0, SZ_4K);
	cs_store_word(cs, R_ADDR, R_DATA, f->data.va, value);
}

static void check_works(struct fixture *f, u32 value, const char *when)
{
	struct cs cs;

	store_stream(f, &cs, value);
	is(gpu_run(&f->g, 0, &cs), 0, "%s: a job works", when);
	is(*(u32 *)f->data.cpu, value, "%s: and stores", when);
}

/* uevents of the kernel, to look for those of a wedged device. */
static int events_open(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		bail("no uevents: %s", strerror(errno));
	return fd;
}

static bool event_seen(int fd, const char *want)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = strlen(want) + 1;
	bool seen = false;
	char text[4096];

	while (poll(&p, 1, 0) > 0) {
		ssize_t n = recv(fd, text, sizeof(text), 0);

		if (n > 0)
			seen |= memmem(text, n, want, len) != NULL;
	}
	return seen;
}

/* Since 6.15. */
static bool kernel_has_wedged(void)
{
	struct utsname u;
	int major, minor;

	if (uname(&u) || sscanf(u.release, "%d.%d", &major, &minor) != 2)
		bail("no version of the kernel");
	return major > 6 || (major == 6 && minor >= 15);
}

static bool wait_unplugged(struct fixture *f)
{
	struct drm_panthor_dev_query q = { 0 };
	s64 end = now_ns() + NOTICE_MS * NSEC_PER_MSEC;

	while (gpu_call(&f->gpu, DEV_QUERY, &q) != -ENODEV) {
		if (now_ns() > end)
			return false;
		sleep_ms(50);
	}
	return true;
}

/* What an open file can still do, which is nothing. */
static void check_unplugged(struct fixture *f, const char *when)
{
	struct drm_panthor_vm_create c = { 0 };
	struct gpu_group g;
	u32 handle;

	ok(wait_unplugged(f), "%s: ioctls come to say that there is no device", when);
	is(gpu_call(&f->gpu, VM_CREATE, &c), -ENODEV, "%s: VM_CREATE", when);
	is(gpu_bo_create(&f->gpu, SZ_4K, 0, 0, &handle), -ENODEV, "%s: BO_CREATE", when);
	is(gpu_group_try(&f->vm, &g, 1, SZ_64K, 1, 0), -ENODEV, "%s: GROUP_CREATE", when);
	is(gpu_unmap(&f->vm, f->data.va, SZ_64K), -ENODEV, "%s: VM_BIND", when);
	is(event_seen(f->events, "WEDGED=rebind"), kernel_has_wedged(),
	   "%s: udev is told, where the kernel can tell", when);
}

/* The GPU is well again: the driver has to find it. */
static void check_rebind(struct fixture *f, const struct bound *b, const char *when)
{
	int old = f->gpu.fd;

	vgpu_inject("dead", 0, "");
	vgpu_inject("no-boot", 0, "");
	is(bound_unbind(b), 0, "%s: unbind", when);
	is(bound_bind(b), 0, "%s: bind", when);
	fixture_init(f);
	check_works(f, 0x1000, when);
	close(old);
	check_works(f, 0x1001, "with the old file closed");
}

/* A process that waits for a fence, in a drm ioctl, must not be left there. */
static pid_t waiter(struct fixture *f)
{
	pid_t pid = fork();

	if (!pid) {
		gpu_wait(&f->g, 0, 2 * NOTICE_MS);
		_exit(0);
	}
	return pid;
}

static void check_waiter(pid_t pid)
{
	s64 end = now_ns() + NOTICE_MS * NSEC_PER_MSEC;
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (now_ns() > end) {
			ok(false, "a process that waited for the fence goes on");
			return;
		}
		sleep_ms(20);
	}
	ok(true, "a process that waited for the fence goes on");
}

static int endless_job(struct fixture *f)
{
	struct cs cs = gpu_cs(&f->code, SZ_4K, SZ_4K);
	int file;

	cs_spin(&cs, 0, 0x7fffffff);
	is(gpu_submit(&f->g, 0, &cs), 0, "a job without end");
	file = sync_file_get(f->gpu.fd, f->g.sync[0]);
	if (file < 0)
		bail("no sync file: %s", strerror(-file));
	sleep_ms(50);
	return file;
}

static void check_fence(int file)
{
	int ret = sync_file_wait(file, NOTICE_MS);

	ok(ret < 0 && ret != -ETIME, "its fence signals with an error (%d)", ret);
	close(file);
}

/* Off the bus in the middle of a job; somebody looks soon. */
static void test_off_the_bus(struct fixture *f, const struct bound *b)
{
	int file = endless_job(f);
	pid_t pid = waiter(f);
	s64 start;
	int ret;

	vgpu_inject("dead", 1, "");
	start = now_ns();
	ret = gpu_unmap(&f->vm, f->data.va, SZ_64K);
	ok(ret == 0 || ret == -ENODEV, "unmapping meanwhile (%d)", ret);
	check_fence(file);
	check_unplugged(f, "off the bus");
	between((now_ns() - start) / NSEC_PER_MSEC, 0, 5000, "ms until that was known");
	check_waiter(pid);
	check_rebind(f, b, "back on the bus");
}

/* Nobody looks but the driver, when the job has taken too long. */
static void test_off_the_bus_in_silence(struct fixture *f, const struct bound *b)
{
	int file = endless_job(f);
	pid_t pid = waiter(f);

	vgpu_inject("dead", 1, "");
	check_fence(file);
	check_unplugged(f, "off the bus unseen");
	check_waiter(pid);
	check_rebind(f, b, "back again");
}

/* Gone while it slept. */
static void test_asleep(struct fixture *f, const struct bound *b)
{
	struct cs cs;
	int ret;

	ok(sysfs_wait_power(b->dir, "suspended", JOB_MS) >= 0, "suspended");
	vgpu_inject("dead", 1, "");
	store_stream(f, &cs, 1);
	ret = gpu_run(&f->g, 0, &cs);
	ok(ret < 0 && ret != -ETIME, "a job for a GPU that is gone fails (%d)", ret);
	check_unplugged(f, "gone in its sleep");
	check_rebind(f, b, "found again");
}

/* Resets do not help. */
static void test_no_reset(struct fixture *f, const struct bound *b)
{
	int file = endless_job(f);
	pid_t pid = waiter(f);

	vgpu_inject("no-boot", 100, "");
	vgpu_inject("mcu-hang", 1, "");
	check_fence(file);
	check_unplugged(f, "no reset helps");
	check_waiter(pid);
	check_rebind(f, b, "boots again");
}

/* Firmware does not boot, however often it is tried. */
static void test_no_resume(struct fixture *f, const struct bound *b)
{
	int ret, tries = 0;
	struct cs cs;

	ok(sysfs_wait_power(b->dir, "suspended", JOB_MS) >= 0, "suspended");
	vgpu_inject("no-boot", 100, "");
	store_stream(f, &cs, 1);
	do {
		ret = gpu_submit(&f->g, 0, &cs);
		if (!ret)
			gpu_wait(&f->g, 0, JOB_MS);
	} while (!ret && ++tries < 10);
	is(ret, -ENODEV, "jobs fail, and then there is no device any more");
	between(tries, 2, 9, "tries until then");
	check_unplugged(f, "no resume helps");
	check_rebind(f, b, "resumes again");
}

int main(void)
{
	struct fixture f = { .events = events_open() };
	struct bound b;

	fixture_init(&f);
	bound_init(&b, f.gpu.fd);
	check_works(&f, 1, "first");

	test_off_the_bus(&f, &b);
	test_off_the_bus_in_silence(&f, &b);
	test_asleep(&f, &b);
	test_no_reset(&f, &b);
	test_no_resume(&f, &b);

	gpu_close(&f.gpu);
	return done();
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <linux/sync_file.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "bound.h"
#include "sysfs.h"

void bound_init(struct bound *b, int fd)
{
	char path[PATH_MAX], real[PATH_MAX];

	sysfs_device(fd, b->dir, sizeof(b->dir));
	b->name = strrchr(b->dir, '/') + 1;
	snprintf(path, sizeof(path), "%s/driver", b->dir);
	if (!realpath(path, real) || strlen(real) >= sizeof(b->driver))
		bail("the device has no driver");
	strcpy(b->driver, real);
}

static int tell_driver(const struct bound *b, const char *file)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", b->driver, file);
	return sysfs_write(path, b->name);
}

int bound_unbind(const struct bound *b)
{
	return tell_driver(b, "unbind");
}

int bound_bind(const struct bound *b)
{
	return tell_driver(b, "bind");
}

int sync_file_get(int fd, u32 handle)
{
	struct drm_syncobj_handle h = {
		.handle = handle,
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
	};
	int ret = drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &h);

	return ret ? ret : h.fd;
}

int sync_file_wait(int file, int ms)
{
	struct pollfd p = { .fd = file, .events = POLLIN };
	struct sync_file_info info = { 0 };

	if (poll(&p, 1, ms) < 1)
		return -ETIME;
	if (ioctl(file, SYNC_IOC_FILE_INFO, &info))
		return -errno;
	return info.status;
}

static sigjmp_buf bus_error;

static void on_sigbus(int sig)
{
	(void)sig;
	siglongjmp(bus_error, 1);
}

bool readable(const volatile void *p)
{
	struct sigaction act = { .sa_handler = on_sigbus }, old;
	bool fine = false;

	sigaction(SIGBUS, &act, &old);
	if (!sigsetjmp(bus_error, 1)) {
		(void)*(const volatile u8 *)p;
		fine = true;
	}
	sigaction(SIGBUS, &old, NULL);
	return fine;
}

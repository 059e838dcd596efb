// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/sync_file.h>

#include <panthor-protm/abi_check.h>

#include "drm.h"

s64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 * NSEC_PER_MSEC + ts.tv_nsec;
}

int drm_ioctl(int fd, unsigned long nr, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, nr, arg);
	} while (ret < 0 && (errno == EINTR || errno == EAGAIN));

	return ret < 0 ? -errno : ret;
}

int drm_get_id(int fd, struct drm_id *id)
{
	struct drm_version v = { .name = id->name, .name_len = sizeof(id->name) - 1 };
	int ret;

	memset(id, 0, sizeof(*id));
	ret = drm_ioctl(fd, DRM_IOCTL_VERSION, &v);
	id->major = v.version_major;
	id->minor = v.version_minor;
	return ret;
}

int drm_open(void)
{
	struct drm_id id;
	char path[32];
	int i, fd;

	for (i = 128; i < 144; i++) {
		snprintf(path, sizeof(path), "/dev/dri/renderD%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (!drm_get_id(fd, &id) && !strcmp(id.name, "panthor"))
			return fd;
		close(fd);
	}

	return -ENODEV;
}

int drm_gem_close(int fd, u32 handle)
{
	struct drm_gem_close c = { .handle = handle };

	return drm_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &c);
}

int drm_handle_to_fd(int fd, u32 handle)
{
	struct drm_prime_handle p = { .handle = handle, .flags = DRM_CLOEXEC | DRM_RDWR };
	int ret = drm_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &p);

	return ret ? ret : p.fd;
}

int drm_fd_to_handle(int fd, int dmabuf, u32 *handle)
{
	struct drm_prime_handle p = { .fd = dmabuf };
	int ret = drm_ioctl(fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &p);

	*handle = p.handle;
	return ret;
}

int drm_sync_create(int fd, u32 *handle)
{
	struct drm_syncobj_create c = { 0 };
	int ret = drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_CREATE, &c);

	*handle = c.handle;
	return ret;
}

int drm_sync_destroy(int fd, u32 handle)
{
	struct drm_syncobj_destroy d = { .handle = handle };

	return drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_DESTROY, &d);
}

int drm_sync_reset(int fd, u32 handle)
{
	struct drm_syncobj_array a = { .handles = (uintptr_t)&handle, .count_handles = 1 };

	return drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_RESET, &a);
}

int drm_sync_wait(int fd, u32 handle, int ms)
{
	struct drm_syncobj_wait w = {
		.handles = (uintptr_t)&handle,
		.count_handles = 1,
		.timeout_nsec = now_ns() + ms * NSEC_PER_MSEC,
		.flags = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT,
	};

	return drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_WAIT, &w);
}

int drm_sync_wait_point(int fd, u32 handle, u64 point, int ms)
{
	struct drm_syncobj_timeline_wait w = {
		.handles = (uintptr_t)&handle,
		.points = (uintptr_t)&point,
		.count_handles = 1,
		.timeout_nsec = now_ns() + ms * NSEC_PER_MSEC,
		.flags = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT,
	};

	return drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &w);
}

int drm_sync_signal_point(int fd, u32 handle, u64 point)
{
	struct drm_syncobj_timeline_array a = {
		.handles = (uintptr_t)&handle,
		.points = (uintptr_t)&point,
		.count_handles = 1,
	};

	return drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, &a);
}

int drm_sync_query(int fd, u32 handle, u64 *point)
{
	struct drm_syncobj_timeline_array a = {
		.handles = (uintptr_t)&handle,
		.points = (uintptr_t)point,
		.count_handles = 1,
	};

	return drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_QUERY, &a);
}

int drm_sync_status(int fd, u32 handle)
{
	struct drm_syncobj_handle h = {
		.handle = handle,
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
	};
	struct sync_file_info info = { 0 };
	int ret;

	ret = drm_ioctl(fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &h);
	if (ret)
		return ret;

	ret = drm_ioctl(h.fd, SYNC_IOC_FILE_INFO, &info);
	close(h.fd);
	return ret ? ret : info.status;
}

int drm_sync_wait_status(int fd, u32 handle, int ms)
{
	int ret = drm_sync_wait(fd, handle, ms);

	if (ret)
		return ret;
	ret = drm_sync_status(fd, handle);
	return ret == 1 ? 0 : ret;
}

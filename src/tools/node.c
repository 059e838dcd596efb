// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The render node: is the driver behind it ours, and what does it say? */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "status.h"

/**
 * call() - an ioctl, until it is through
 * @fd: file
 * @nr: number
 * @arg: structure
 *
 * Return: its result, or a negative errno.
 */
int call(int fd, unsigned long nr, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, nr, arg);
	} while (ret < 0 && (errno == EINTR || errno == EAGAIN));
	return ret < 0 ? -errno : ret;
}

static int query(int fd, uint32_t type, void *data, uint32_t size)
{
	struct drm_panthor_dev_query q = { .type = type, .size = size, .pointer = (uintptr_t)data };

	return call(fd, DRM_IOCTL_PANTHOR_DEV_QUERY, &q);
}

/**
 * open_node() - open the render node and ask
 * @s: with @node; gets @fd, @gpu, @features
 */
void open_node(struct status *s)
{
	struct drm_panthor_protected_info info = { 0 };
	struct drm_version v = { 0 };
	int ret;

	s->fd = open(s->node, O_RDWR | O_CLOEXEC);
	if (s->fd < 0) {
		s->fd = -errno;
		return;
	}
	ret = call(s->fd, DRM_IOCTL_VERSION, &v);
	if (!ret)
		ret = query(s->fd, DRM_PANTHOR_DEV_QUERY_GPU_INFO, &s->gpu, sizeof(s->gpu));
	if (ret < 0) {
		close(s->fd);
		s->fd = ret;
		return;
	}
	/* Module parameter series_uapi moves it. */
	s->protected_query = v.version_minor == DRM_PANTHOR_SERIES_VERSION_MINOR ?
			     DRM_PANTHOR_SERIES_DEV_QUERY_PROTECTED_INFO :
			     DRM_PANTHOR_DEV_QUERY_PROTECTED_INFO;
	ret = query(s->fd, s->protected_query, &info, sizeof(info));
	s->features = ret < 0 ? ret : (long)info.features;
}

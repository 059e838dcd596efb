/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Raw DRM ioctls. Every function returns 0 or a positive result, or -errno:
 * what the kernel answered is what the tests are about.
 */
#ifndef PP_GUEST_DRM_H
#define PP_GUEST_DRM_H

#include <drm/panthor_protm.h>

#include "tap.h"

#define NSEC_PER_MSEC	1000000ll

/* What DRM_IOCTL_VERSION tells. */
struct drm_id {
	int major, minor;
	char name[32];
};

/* CLOCK_MONOTONIC in ns. */
s64 now_ns(void);

/* ioctl(), started again after signals. Returns -errno. */
int drm_ioctl(int fd, unsigned long nr, void *arg);

/* Open the first render node whose driver is called "panthor". */
int drm_open(void);

int drm_get_id(int fd, struct drm_id *id);
int drm_gem_close(int fd, u32 handle);

/* PRIME: a GEM handle to a dma-buf fd and back. */
int drm_handle_to_fd(int fd, u32 handle);
int drm_fd_to_handle(int fd, int dmabuf, u32 *handle);

/* Sync objects. */
int drm_sync_create(int fd, u32 *handle);
int drm_sync_destroy(int fd, u32 handle);
int drm_sync_reset(int fd, u32 handle);

/* Wait until it is signalled, from now at most @ms. A fence that is still to be submitted is waited for. */
int drm_sync_wait(int fd, u32 handle, int ms);

/* Same for a point of a timeline. */
int drm_sync_wait_point(int fd, u32 handle, u64 point, int ms);

/* Signal a point from the CPU. */
int drm_sync_signal_point(int fd, u32 handle, u64 point);

/* The last point that is signalled. */
int drm_sync_query(int fd, u32 handle, u64 *point);

/* Status of the fence in a binary syncobj: 1 signalled, 0 not yet, or the fence's own -errno. */
int drm_sync_status(int fd, u32 handle);

/* Does the fence in a binary syncobj carry an error? Waits up to @ms; -ETIME if it does not signal. */
int drm_sync_wait_status(int fd, u32 handle, int ms);

#endif

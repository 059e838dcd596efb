/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Room uapi: ioctl decode and validation, queries, fdinfo. User memory stops
 * here: the rooms below see only kernel structs that were checked.
 */
#ifndef PP_UAPI_IOCTL_H
#define PP_UAPI_IOCTL_H

struct drm_driver;
struct pp_group_pool;
struct pp_vm_pool;
struct pp_device;

struct pp_file {
	struct pp_device *pp;
	struct pp_vm_pool *vms;
	struct pp_group_pool *groups;
	u64 mmio_offset;	/* DRM_PANTHOR_USER_MMIO_OFFSET_* of this file */
};

extern const struct drm_driver pp_drm_driver;

#endif

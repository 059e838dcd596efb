/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Room uapi: ioctl decode and validation, queries, fdinfo. User memory stops
 * here: the rooms below see only kernel structs that were checked. Takes no
 * lock of its own; calls every room.
 */
#ifndef PP_UAPI_IOCTL_H
#define PP_UAPI_IOCTL_H

#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include <drm/drm_drv.h>
#include <drm/panthor_protm.h>

struct drm_device;
struct drm_file;
struct drm_printer;
struct pp_device;
struct pp_group_pool;
struct pp_sync;
struct pp_vm_pool;

/* One open of the node; &struct drm_file.driver_priv. */
struct pp_file {
	struct pp_device *pp;
	struct pp_vm_pool *vms;
	struct pp_group_pool *groups;
	u64 mmio_offset;	/* DRM_PANTHOR_USER_MMIO_OFFSET_* of this file */
};

/* Constant once the module is loaded. */
extern struct drm_driver pp_drm_driver;

/* Bytes up to and including @last: the smallest size that user space may pass. */
#define PP_UAPI_MIN(type, last)	offsetofend(type, last)

/* driver.c */
void *pp_uapi_get_array(const struct drm_panthor_obj_array *in, size_t min, size_t size);
int pp_uapi_get_syncs(const struct drm_panthor_obj_array *in, struct pp_sync **out);

/* fdinfo.c */
void pp_uapi_show_fdinfo(struct drm_printer *p, struct drm_file *file);

/* query.c */
u64 pp_uapi_time_frequency(void);
int pp_uapi_priority_permit(struct drm_file *file, u8 priority);
int pp_ioctl_dev_query(struct drm_device *drm, void *data, struct drm_file *file);

/* vm_ioctl.c */
int pp_ioctl_vm_create(struct drm_device *drm, void *data, struct drm_file *file);
int pp_ioctl_vm_destroy(struct drm_device *drm, void *data, struct drm_file *file);
int pp_ioctl_vm_get_state(struct drm_device *drm, void *data, struct drm_file *file);
int pp_ioctl_tiler_heap_create(struct drm_device *drm, void *data, struct drm_file *file);
int pp_ioctl_tiler_heap_destroy(struct drm_device *drm, void *data, struct drm_file *file);

/* bind_ioctl.c */
int pp_ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *file);

/* bo_ioctl.c */
int pp_ioctl_bo_create(struct drm_device *drm, void *data, struct drm_file *file);
int pp_ioctl_bo_mmap_offset(struct drm_device *drm, void *data, struct drm_file *file);
int pp_ioctl_bo_set_label(struct drm_device *drm, void *data, struct drm_file *file);
int pp_ioctl_bo_sync(struct drm_device *drm, void *data, struct drm_file *file);
int pp_ioctl_bo_query_info(struct drm_device *drm, void *data, struct drm_file *file);

/* group_ioctl.c */
int pp_ioctl_group_create(struct drm_device *drm, void *data, struct drm_file *file);
int pp_ioctl_group_destroy(struct drm_device *drm, void *data, struct drm_file *file);
int pp_ioctl_group_submit(struct drm_device *drm, void *data, struct drm_file *file);
int pp_ioctl_group_get_state(struct drm_device *drm, void *data, struct drm_file *file);

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The uevent that tells user space that a device needs its help. */
#ifndef PP_COMPAT_WEDGED_H
#define PP_COMPAT_WEDGED_H

#include <drm/drm_device.h>
#include <drm/drm_drv.h>

/**
 * pp_compat_wedged_rebind() - only unbinding and binding may bring the device back
 * @drm: device that is still registered
 *
 * drm_dev_wedged_event() came with 6.15, and got a third argument with 6.17.
 */
static inline void pp_compat_wedged_rebind(struct drm_device *drm)
{
#if defined(PP_HAVE_WEDGED_TASK)
	drm_dev_wedged_event(drm, DRM_WEDGE_RECOVERY_REBIND, NULL);
#elif defined(PP_HAVE_WEDGED_EVENT)
	drm_dev_wedged_event(drm, DRM_WEDGE_RECOVERY_REBIND);
#endif
}

#endif

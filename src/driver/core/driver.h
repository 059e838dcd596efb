/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Inside of room core only: what module.c hangs into the platform driver. */
#ifndef PP_CORE_DRIVER_H
#define PP_CORE_DRIVER_H

struct attribute_group;
struct platform_device;

extern const struct attribute_group *pp_device_groups[];

int pp_platform_probe(struct platform_device *pdev);
void pp_platform_remove(struct platform_device *pdev);
void pp_platform_exit(void);

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
#ifndef PP_GLUE_SOC_H
#define PP_GLUE_SOC_H

struct device;

int soc_add(struct device *dev);
void soc_remove(void);

int clock_add(struct device *dev);
void clock_remove(void);

#endif

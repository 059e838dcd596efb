/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Frequency and voltage: operating points, devfreq, cooling.
 *
 * Part of room core. Works for every GPU that has operating points, from the
 * device tree or from its power domain; others keep the clock that they have.
 */
#ifndef PP_CORE_DEVFREQ_H
#define PP_CORE_DEVFREQ_H

#include <linux/types.h>

struct pp_device;

int pp_devfreq_init(struct pp_device *pp);
void pp_devfreq_suspend(struct pp_device *pp);
void pp_devfreq_resume(struct pp_device *pp);

/* For the scheduler: is any slot busy? Cheap where the answer is the same as before. */
void pp_devfreq_set_busy(struct pp_device *pp, bool busy);

/* For fdinfo; also after unplug. */
unsigned long pp_devfreq_cur_hz(struct pp_device *pp);
unsigned long pp_devfreq_max_hz(struct pp_device *pp);

#endif

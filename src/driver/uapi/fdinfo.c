// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What /proc/PID/fdinfo tells of an open node, for nvtop and the like. Keys and
 * format: Documentation/gpu/drm-usage-stats.rst and panthor.rst of Linux 7.3.
 */
#include <linux/math64.h>

#include <drm/drm_file.h>
#include <drm/drm_print.h>

#include "core/devfreq.h"
#include "core/device.h"
#include "sched/sched.h"
#include "uapi/ioctl.h"

/* As in stock: what is not counted now is not shown. */
static void show_usage(struct drm_printer *p, struct pp_file *pfile)
{
	u32 mask = READ_ONCE(pfile->pp->profiling);
	u64 hz = pp_uapi_time_frequency();
	u64 cycles, ticks;

	pp_group_pool_usage(pfile->groups, &cycles, &ticks);
	if (mask & PP_PROFILE_TIME && hz)
		drm_printf(p, "drm-engine-panthor:\t%llu ns\n",
			   mul_u64_u64_div_u64(ticks, NSEC_PER_SEC, hz));
	if (mask & PP_PROFILE_CYCLES)
		drm_printf(p, "drm-cycles-panthor:\t%llu\n", cycles);
}

/**
 * pp_uapi_show_fdinfo() - the driver's part of a file's fdinfo
 * @p: where to
 * @file: the file
 *
 * Does not wake the GPU.
 *
 * Context: May sleep.
 */
void pp_uapi_show_fdinfo(struct drm_printer *p, struct drm_file *file)
{
	struct pp_file *pfile = file->driver_priv;

	show_usage(p, pfile);
	drm_printf(p, "drm-maxfreq-panthor:\t%lu Hz\n", pp_devfreq_max_hz(pfile->pp));
	drm_printf(p, "drm-curfreq-panthor:\t%lu Hz\n", pp_devfreq_cur_hz(pfile->pp));
	drm_show_memory_stats(p, file);
}

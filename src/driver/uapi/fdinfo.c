// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What /proc/PID/fdinfo tells of an open node, for nvtop and the like. Keys and
 * format: Documentation/gpu/drm-usage-stats.rst and panthor.rst of Linux 7.3.
 */
#include <linux/align.h>
#include <linux/math64.h>
#include <linux/sizes.h>

#include <drm/drm_file.h>
#include <drm/drm_print.h>

#include "core/devfreq.h"
#include "core/device.h"
#include "mmu/mmu.h"
#include "sched/sched.h"
#include "uapi/ioctl.h"

/* The format of all sizes in fdinfo. */
static void show_size(struct drm_printer *p, const char *key, u64 bytes)
{
	if (!bytes || !IS_ALIGNED(bytes, SZ_1K))
		drm_printf(p, "panthor-%s-memory:\t%llu\n", key, bytes);
	else if (!IS_ALIGNED(bytes, SZ_1M))
		drm_printf(p, "panthor-%s-memory:\t%llu KiB\n", key, bytes >> 10);
	else
		drm_printf(p, "panthor-%s-memory:\t%llu MiB\n", key, bytes >> 20);
}

/* As in stock: what is not counted now is not shown. */
static void show_usage(struct drm_printer *p, struct pp_file *pfile)
{
	u32 mask = READ_ONCE(pfile->pp->profiling);
	u64 hz = pp_uapi_time_frequency();
	struct pp_usage_sums sums;

	pp_group_pool_usage(pfile->groups, &sums);
	if (mask & PP_PROFILE_TIME && hz)
		drm_printf(p, "drm-engine-panthor:\t%llu ns\n",
			   mul_u64_u64_div_u64(sums.ticks, NSEC_PER_SEC, hz));
	if (mask & PP_PROFILE_CYCLES)
		drm_printf(p, "drm-cycles-panthor:\t%llu\n", sums.cycles);
	/* Costs nothing, so it is always counted. Stock has no such thing. */
	drm_printf(p, "panthor-protected-time:\t%llu ns\n", sums.protm_ns);
	show_size(p, "protected", sums.protm_bytes);
}

/* Ring buffers, heap chunks and the like, which are in no handle's count. */
static void show_internal(struct drm_printer *p, struct pp_file *pfile)
{
	u64 resident, active;

	pp_vm_pool_internal_size(pfile->vms, &resident, &active);
	show_size(p, "resident", resident);
	show_size(p, "active", active);
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
	show_internal(p, pfile);
	drm_show_memory_stats(p, file);
}

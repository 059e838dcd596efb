// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* DEV_QUERY. */
#include <linux/capability.h>
#include <linux/pm_runtime.h>
#include <linux/sched/clock.h>
#include <linux/time_namespace.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#ifdef CONFIG_ARM_ARCH_TIMER
#include <asm/arch_timer.h>
#endif

#include <drm/drm_auth.h>
#include <drm/drm_drv.h>
#include <drm/drm_file.h>

#include "core/device.h"
#include "fw/fw.h"
#include "hw/hw.h"
#include "mem/protmem.h"
#include "mmu/mmu.h"
#include "protm/protm.h"
#include "uapi/ioctl.h"

/* Registers that a stream must leave alone: the last ones, see sched's job code. */
#define UNPRESERVED_CS_REGS	4

/* What a query answers with; the largest decides. */
union query_data {
	struct drm_panthor_gpu_info gpu;
	struct drm_panthor_csif_info csif;
	struct drm_panthor_timestamp_info time;
	struct drm_panthor_group_priorities_info priorities;
	struct drm_panthor_mmu_info mmu;
	struct drm_panthor_protected_info protected;
};

/**
 * pp_uapi_priority_permit() - may this file use a priority?
 * @file: the file
 * @priority: enum drm_panthor_group_priority
 *
 * Return: 0, -EINVAL if there is no such priority, or -EACCES.
 */
int pp_uapi_priority_permit(struct drm_file *file, u8 priority)
{
	if (priority > PANTHOR_GROUP_PRIORITY_REALTIME)
		return -EINVAL;
	if (priority <= PANTHOR_GROUP_PRIORITY_MEDIUM)
		return 0;
	return capable(CAP_SYS_NICE) || drm_is_current_master(file) ? 0 : -EACCES;
}

static int query_gpu(struct pp_file *pfile, struct drm_file *file, union query_data *data)
{
	const struct pp_gpu_info *info = &pfile->pp->info;

	data->gpu = (struct drm_panthor_gpu_info) {
		.gpu_id = info->gpu_id,
		.gpu_rev = info->gpu_rev,
		.csf_id = info->csf_id,
		.l2_features = info->l2_features,
		.tiler_features = info->tiler_features,
		.mem_features = info->mem_features,
		.mmu_features = info->mmu_features,
		.thread_features = info->thread_features,
		.max_threads = info->max_threads,
		.thread_max_workgroup_size = info->max_workgroup_size,
		.thread_max_barrier_size = info->max_barrier_size,
		.coherency_features = info->coherency_features,
		.as_present = info->as_present,
		.selected_coherency = info->selected_coherency,
		.shader_present = info->shader_present,
		.l2_present = info->l2_present,
		.tiler_present = info->tiler_present,
		.core_features = info->core_features,
		.gpu_features = info->gpu_features,
	};
	memcpy(data->gpu.texture_features, info->texture_features,
	       sizeof(data->gpu.texture_features));
	return 0;
}

static int query_csif(struct pp_file *pfile, struct drm_file *file, union query_data *data)
{
	const struct pp_fw_info *info = pp_fw_info(pfile->pp);

	data->csif = (struct drm_panthor_csif_info) {
		.csg_slot_count = info->csg_count,
		.cs_slot_count = info->cs_count,
		.cs_reg_count = info->cs_reg_count,
		.scoreboard_slot_count = info->scoreboard_count,
		.unpreserved_cs_reg_count = UNPRESERVED_CS_REGS,
	};
	return 0;
}

static int query_priorities(struct pp_file *pfile, struct drm_file *file, union query_data *data)
{
	u8 priority;

	memset(&data->priorities, 0, sizeof(data->priorities));
	for (priority = 0; priority <= PANTHOR_GROUP_PRIORITY_REALTIME; priority++)
		if (!pp_uapi_priority_permit(file, priority))
			data->priorities.allowed_mask |= BIT(priority);
	return 0;
}

static int query_mmu(struct pp_file *pfile, struct drm_file *file, union query_data *data)
{
	data->mmu.page_size_bitmap = PP_MMU_PAGE_SIZES;
	return 0;
}

static int query_protected(struct pp_file *pfile, struct drm_file *file, union query_data *data)
{
	struct pp_device *pp = pfile->pp;

	data->protected.features = 0;
	if (!pp_protm_refused(pp) && !pp_protmem_find(pp))
		data->protected.features = DRM_PANTHOR_PROTECTED_FEATURE_PROTM;
	return 0;
}

#define TIME_FLAGS							\
	(DRM_PANTHOR_TIMESTAMP_GPU | DRM_PANTHOR_TIMESTAMP_CPU_TYPE_MASK |	\
	 DRM_PANTHOR_TIMESTAMP_GPU_OFFSET | DRM_PANTHOR_TIMESTAMP_GPU_CYCLE_COUNT |	\
	 DRM_PANTHOR_TIMESTAMP_FREQ | DRM_PANTHOR_TIMESTAMP_DURATION)

static int time_check_flags(u32 *flags)
{
	u32 cpu = *flags & DRM_PANTHOR_TIMESTAMP_CPU_TYPE_MASK;

	if (*flags & ~TIME_FLAGS || cpu > DRM_PANTHOR_TIMESTAMP_CPU_MONOTONIC_RAW)
		return -EINVAL;
	if (!*flags)
		*flags = DRM_PANTHOR_TIMESTAMP_GPU | DRM_PANTHOR_TIMESTAMP_GPU_OFFSET |
			 DRM_PANTHOR_TIMESTAMP_FREQ;
	return 0;
}

/**
 * pp_uapi_time_frequency() - rate of the GPU's timestamp
 *
 * It counts the system counter's ticks.
 *
 * Context: Any.
 * Return: Hz; 0 if unknown.
 */
u64 pp_uapi_time_frequency(void)
{
#ifdef CONFIG_ARM_ARCH_TIMER
	return arch_timer_get_cntfrq();
#else
	return 0;
#endif
}

/* The clocks, as close to each other as can be: nothing may come between them. */
static void time_read(struct pp_device *pp, u32 flags, struct drm_panthor_timestamp_info *out)
{
	u32 cpu = flags & DRM_PANTHOR_TIMESTAMP_CPU_TYPE_MASK;
	struct timespec64 ts = {};
	unsigned long irqflags;
	u64 start;

	local_irq_save(irqflags);
	start = local_clock();
	if (flags & DRM_PANTHOR_TIMESTAMP_GPU)
		out->current_timestamp = pp_reg_read_counter(pp, PP_GPU_TIMESTAMP);
	if (cpu == DRM_PANTHOR_TIMESTAMP_CPU_MONOTONIC)
		ktime_get_ts64(&ts);
	else if (cpu == DRM_PANTHOR_TIMESTAMP_CPU_MONOTONIC_RAW)
		ktime_get_raw_ts64(&ts);
	if (flags & DRM_PANTHOR_TIMESTAMP_GPU_CYCLE_COUNT)
		out->cycle_count = pp_reg_read_counter(pp, PP_GPU_CYCLE_COUNT);
	if (flags & DRM_PANTHOR_TIMESTAMP_DURATION)
		out->duration_nsec = local_clock() - start;
	local_irq_restore(irqflags);

	if (cpu) {
		timens_add_monotonic(&ts);
		out->cpu_timestamp_sec = ts.tv_sec;
		out->cpu_timestamp_nsec = ts.tv_nsec;
	}
}

static int query_time(struct pp_file *pfile, struct drm_file *file, union query_data *data)
{
	struct pp_device *pp = pfile->pp;
	u32 flags = data->time.flags;
	int cookie, ret;

	ret = time_check_flags(&flags);
	if (ret)
		return ret;
	data->time = (struct drm_panthor_timestamp_info) { .flags = data->time.flags };

	if (!drm_dev_enter(&pp->drm, &cookie))
		return -ENODEV;
	ret = pp_device_get(pp);
	if (ret)
		goto out;
	if (flags & DRM_PANTHOR_TIMESTAMP_FREQ)
		data->time.timestamp_frequency = pp_uapi_time_frequency();
	if (flags & DRM_PANTHOR_TIMESTAMP_GPU_OFFSET)
		data->time.timestamp_offset = pp_reg_read64(pp, PP_GPU_TIMESTAMP_OFFSET);
	time_read(pp, flags, &data->time);
	pm_runtime_put_autosuspend(pp->drm.dev);
out:
	drm_dev_exit(cookie);
	return ret;
}

static const struct query {
	u32 type;
	size_t min, size;
	bool in;	/* reads what user space has there, too */
	int (*fn)(struct pp_file *pfile, struct drm_file *file, union query_data *data);
} queries[] = {
	{ DRM_PANTHOR_DEV_QUERY_GPU_INFO,
	  PP_UAPI_MIN(struct drm_panthor_gpu_info, tiler_present),
	  sizeof(struct drm_panthor_gpu_info), false, query_gpu },
	{ DRM_PANTHOR_DEV_QUERY_CSIF_INFO,
	  PP_UAPI_MIN(struct drm_panthor_csif_info, pad),
	  sizeof(struct drm_panthor_csif_info), false, query_csif },
	{ DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO,
	  PP_UAPI_MIN(struct drm_panthor_timestamp_info, current_timestamp),
	  sizeof(struct drm_panthor_timestamp_info), true, query_time },
	{ DRM_PANTHOR_DEV_QUERY_GROUP_PRIORITIES_INFO,
	  PP_UAPI_MIN(struct drm_panthor_group_priorities_info, pad),
	  sizeof(struct drm_panthor_group_priorities_info), false, query_priorities },
	{ DRM_PANTHOR_DEV_QUERY_MMU_INFO,
	  PP_UAPI_MIN(struct drm_panthor_mmu_info, page_size_bitmap),
	  sizeof(struct drm_panthor_mmu_info), false, query_mmu },
	{ DRM_PANTHOR_DEV_QUERY_PROTECTED_INFO,
	  PP_UAPI_MIN(struct drm_panthor_protected_info, features),
	  sizeof(struct drm_panthor_protected_info), false, query_protected },
};

/* Protected mode has one number or the other, never both. */
static const struct query *query_find(u32 type)
{
	unsigned int i;

	if (pp_param_series_uapi) {
		if (type == DRM_PANTHOR_DEV_QUERY_PROTECTED_INFO)
			return NULL;
		if (type == DRM_PANTHOR_SERIES_DEV_QUERY_PROTECTED_INFO)
			type = DRM_PANTHOR_DEV_QUERY_PROTECTED_INFO;
	}
	for (i = 0; i < ARRAY_SIZE(queries); i++)
		if (queries[i].type == type)
			return &queries[i];
	return NULL;
}

/* Copy as much as user space has room for, and zero what is beyond ours. */
static int query_put(const struct drm_panthor_dev_query *args, const struct query *query,
		     const union query_data *data)
{
	char __user *dst = u64_to_user_ptr(args->pointer);

	if (args->size < query->min)
		return -EINVAL;
	if (copy_to_user(dst, data, min_t(size_t, args->size, query->size)))
		return -EFAULT;
	if (args->size > query->size &&
	    clear_user(dst + query->size, args->size - query->size))
		return -EFAULT;
	return 0;
}

/**
 * pp_ioctl_dev_query() - DRM_IOCTL_PANTHOR_DEV_QUERY
 * @drm: the device
 * @data: &struct drm_panthor_dev_query
 * @file: the file
 *
 * Return: 0; -EINVAL: no such query, or too little room; -E2BIG: more input than
 * we know; -EFAULT; -ENODEV.
 */
int pp_ioctl_dev_query(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_panthor_dev_query *args = data;
	const struct query *query = query_find(args->type);
	union query_data answer;
	int ret;

	if (!query)
		return -EINVAL;
	if (!args->pointer) {
		args->size = query->size;
		return 0;
	}
	memset(&answer, 0, sizeof(answer));
	if (query->in) {
		ret = copy_struct_from_user(&answer, query->size, u64_to_user_ptr(args->pointer),
					    args->size);
		if (ret)
			return ret;
	}
	ret = query->fn(file->driver_priv, file, &answer);
	return ret ?: query_put(args, query, &answer);
}

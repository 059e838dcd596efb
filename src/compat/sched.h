/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * drm_sched in the form that all supported kernels can follow. Only what is
 * wrapped here changed; everything else of drm/gpu_scheduler.h that the driver
 * uses is the same from 6.12 to 7.3.
 */
#ifndef PP_COMPAT_SCHED_H
#define PP_COMPAT_SCHED_H

#include <drm/gpu_scheduler.h>

/**
 * struct pp_compat_sched_args - what a scheduler instance is made from
 * @ops: backend operations; only prepare_job, run_job, timedout_job and
 *	free_job exist on every kernel
 * @submit_wq: ordered queue that runs jobs, or NULL for one of its own
 * @timeout_wq: queue of the timeout work, or NULL for the system's
 * @num_rqs: number of priorities
 * @credit_limit: sum of the credits of the jobs in flight
 * @timeout: job timeout in jiffies, or MAX_SCHEDULE_TIMEOUT
 * @name: name in traces
 * @dev: device in messages
 */
struct pp_compat_sched_args {
	const struct drm_sched_backend_ops *ops;
	struct workqueue_struct *submit_wq;
	struct workqueue_struct *timeout_wq;
	u32 num_rqs;
	u32 credit_limit;
	long timeout;
	const char *name;
	struct device *dev;
};

/**
 * pp_compat_sched_init() - drm_sched_init()
 * @sched: instance to make
 * @args: what to make it from
 *
 * Up to 6.14 the values are eleven arguments in a row; from 6.15 on they are
 * one structure.
 *
 * Return: 0, or the error of drm_sched_init().
 */
static inline int pp_compat_sched_init(struct drm_gpu_scheduler *sched,
				       const struct pp_compat_sched_args *args)
{
#ifdef PP_HAVE_SCHED_INIT_ARGS
	const struct drm_sched_init_args a = {
		.ops = args->ops,
		.submit_wq = args->submit_wq,
		.timeout_wq = args->timeout_wq,
		.num_rqs = args->num_rqs,
		.credit_limit = args->credit_limit,
		.timeout = args->timeout,
		.name = args->name,
		.dev = args->dev,
	};

	return drm_sched_init(sched, &a);
#else
	return drm_sched_init(sched, args->ops, args->submit_wq, args->num_rqs,
			      args->credit_limit, 0, args->timeout,
			      args->timeout_wq, NULL, args->name, args->dev);
#endif
}

/**
 * pp_compat_sched_job_init() - drm_sched_job_init()
 * @job: job to make ready
 * @entity: queue that it will be pushed to
 * @credits: its share of the scheduler's credit limit
 * @owner: whoever is charged in traces, see drm_sched_job_init()
 * @client_id: drm_file.client_id of the submitter
 *
 * The client's number came with 6.17 and was taken into 6.12.y; kernels
 * between do without.
 *
 * Return: 0, or the error of drm_sched_job_init().
 */
static inline int pp_compat_sched_job_init(struct drm_sched_job *job,
					   struct drm_sched_entity *entity,
					   u32 credits, void *owner,
					   u64 client_id)
{
#ifdef PP_HAVE_SCHED_CLIENT_ID
	return drm_sched_job_init(job, entity, credits, owner, client_id);
#else
	return drm_sched_job_init(job, entity, credits, owner);
#endif
}

/**
 * pp_compat_sched_start() - drm_sched_start() with no error for pending jobs
 * @sched: instance to start again
 *
 * The error argument came with 6.13; 0 is what it was before.
 */
static inline void pp_compat_sched_start(struct drm_gpu_scheduler *sched)
{
#ifdef PP_HAVE_SCHED_START_ERRNO
	drm_sched_start(sched, 0);
#else
	drm_sched_start(sched);
#endif
}

/*
 * What timedout_job() answers when it took care of the job. Called "nominal"
 * up to 6.16; both have the same meaning to the scheduler.
 */
#ifdef PP_HAVE_SCHED_STAT_RESET
#define PP_COMPAT_SCHED_STAT_RESET DRM_GPU_SCHED_STAT_RESET
#else
#define PP_COMPAT_SCHED_STAT_RESET DRM_GPU_SCHED_STAT_NOMINAL
#endif

#endif

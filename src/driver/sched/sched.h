/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Room sched: groups, queues, jobs; the tick.
 *
 * Owns: who is on a CSG slot. Decisions are made by sched/policy.c (pure); the
 * tick carries them out as requests to firmware and returns: it never waits
 * (rule 7). A slot moves FREE -> STARTING -> RUNNING -> SUSPENDING/TERMINATING
 * -> FREE by firmware's acknowledgements, which arrive as events; a slot that
 * passes its limit schedules a reset.
 *
 * Locks: sched->lock (mutex) guards groups' scheduling state, slots and run
 * lists, see sched/types.h. Never held while waiting for firmware, the gate or
 * an exit, so that the JOB interrupt's thread may take it. Calls fw, mmu, mem, protm.
 */
#ifndef PP_SCHED_SCHED_H
#define PP_SCHED_SCHED_H

#include <linux/bits.h>
#include <linux/types.h>

#include "core/device.h"
#include "core/syncs.h"

struct drm_file;
struct drm_printer;
struct pp_group_pool;
struct pp_vm;

int pp_sched_module_init(void);
void pp_sched_module_exit(void);
int pp_sched_init(struct pp_device *pp);
void pp_sched_unplug(struct pp_device *pp);	/* groups off their slots, if firmware plays along */
void pp_sched_cancel(struct pp_device *pp);	/* the GPU has been stopped: all jobs end */
void pp_sched_suspend(struct pp_device *pp);	/* every group off its slot; may wait */
void pp_sched_resume(struct pp_device *pp);
void pp_sched_pre_reset(struct pp_device *pp);
void pp_sched_gpu_stopped(struct pp_device *pp);
void pp_sched_post_reset(struct pp_device *pp, bool failed);
/* Ask for a tick now. Any context. */
void pp_sched_kick(struct pp_device *pp);

/* --- for uapi/ --- */
/* Already validated by uapi/: sizes, masks against hardware, priority permission. */
struct pp_queue_args { u8 priority; u32 ringbuf_size; };
struct pp_group_args {
	u8 max_compute_cores, max_fragment_cores, max_tiler_cores, priority;
	u64 compute_core_mask, fragment_core_mask, tiler_core_mask;
	bool protm;
	unsigned int queue_count;
	const struct pp_queue_args *queues;
};
struct pp_submit {
	u32 queue_index, stream_size, latest_flush;
	u64 stream_addr;
	unsigned int sync_count;
	const struct pp_sync *syncs;
};

/* What is counted for jobs, &struct pp_device.profiling. */
#define PP_PROFILE_CYCLES	BIT(0)
#define PP_PROFILE_TIME		BIT(1)
#define PP_PROFILE_ALL		(PP_PROFILE_CYCLES | PP_PROFILE_TIME)

/**
 * struct pp_usage_sums - what a file's groups have used
 * @cycles: of the GPU's clock, by jobs that were profiled
 * @ticks: of the timestamp counter, by jobs that were profiled
 * @protm_ns: from the request for protected mode to its end, of all sessions
 * @protm_bytes: protected memory that the driver has for groups; the only one that shrinks
 */
struct pp_usage_sums {
	u64 cycles, ticks, protm_ns, protm_bytes;
};

struct pp_group_pool *pp_group_pool_create(void);
void pp_group_pool_destroy(struct pp_group_pool *pool);
/* Returns handle > 0 or -errno. vm is referenced by the group. */
int pp_group_create(struct pp_device *pp, struct pp_group_pool *pool, struct pp_vm *vm,
		    const struct pp_group_args *args);
void pp_group_pool_usage(const struct pp_group_pool *pool, struct pp_usage_sums *sums);
int pp_group_destroy(struct pp_group_pool *pool, u32 handle);
/* uAPI state bits and the mask of fatal queues. */
int pp_group_get_state(struct pp_group_pool *pool, u32 handle, u32 *state, u32 *fatal_queues);
/* All submits of one ioctl: all or none are queued. */
int pp_group_submit(struct pp_device *pp, struct pp_group_pool *pool, struct drm_file *file,
		    u32 handle, const struct pp_submit *submits, unsigned int count);

#endif

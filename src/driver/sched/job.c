// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Jobs: from a checked submit to instructions in a ring buffer.
 *
 * What a job allocates, it allocates at submission. Running it writes sixteen
 * instructions (some more if it is profiled), which call the stream and count the
 * queue's sync object up.
 */
#include <linux/module.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>

#include <drm/drm_exec.h>
#include <drm/drm_file.h>
#include <drm/drm_print.h>

#include "compat/fence.h"
#include "protm/protm.h"
#include "protm/trace.h"
#include "sched/cs.h"
#include "sched/profile.h"
#include "sched/types.h"

static const char *fence_driver_name(struct dma_fence *fence)
{
	return "panthor-protm";
}

static const char *fence_timeline_name(struct dma_fence *fence)
{
	return "queue";
}

/* Not before the last caller of our functions is through: pp_sched_module_exit() waits for this. */
static void fence_free(struct rcu_head *rcu)
{
	struct pp_fence *fence = container_of(rcu, struct pp_fence, base.rcu);

	pp_queue_put_memory(fence->queue);
	kfree(fence);
	module_put(THIS_MODULE);
}

static void fence_release(struct dma_fence *fence)
{
	call_rcu(&fence->rcu, fence_free);
}

static const struct dma_fence_ops fence_ops = {
	.get_driver_name = fence_driver_name,
	.get_timeline_name = fence_timeline_name,
	.release = PP_COMPAT_FENCE_OPS_STAY ? fence_release : NULL,
};

static struct pp_job *to_pp_job(struct drm_sched_job *base)
{
	return container_of(base, struct pp_job, base);
}

static struct pp_queue *job_queue(struct pp_job *job)
{
	return job->group->queues[job->queue];
}

/*
 * The last four registers are the kernel's. The flush comes first, so that the
 * stream sees what the CPU wrote since @latest_flush. What is left of the last
 * cache line stays zero, which is NOP.
 */
static void job_write_ring(struct pp_job *job)
{
	const struct pp_fw_info *info = pp_fw_info(job->group->pp);
	unsigned int addr = info->cs_reg_count - CS_KERNEL_REGS, val = addr + 2;
	u32 scoreboards = GENMASK(info->scoreboard_count - 1, 0);
	struct pp_queue *queue = job_queue(job);
	u64 syncobj = pp_kbo_va(job->group->syncobjs) + queue->idx * sizeof(struct pp_syncobj64);
	size_t size = queue->ring->bo->base.size, pos = job->ring_start & (size - 1);
	size_t first = min_t(size_t, job->ring_bytes, size - pos);
	u64 words[PP_JOB_MAX_WORDS] = {};
	unsigned int n = 0;

	words[n++] = CS_MOVE32(val, job->latest_flush);
	words[n++] = CS_FLUSH(val);
	if (unlikely(job->profile))
		n += pp_profile_before(job, words + n);
	words[n++] = CS_MOVE48(addr, job->stream_addr);
	words[n++] = CS_MOVE32(val, job->stream_size);
	words[n++] = CS_WAIT(BIT(0));
	words[n++] = CS_CALL(addr, val);
	if (unlikely(job->profile))
		n += pp_profile_after(job, words + n);
	words[n++] = CS_MOVE48(addr, syncobj);
	words[n++] = CS_MOVE48(val, 1ull);
	words[n++] = CS_WAIT(scoreboards);
	words[n++] = CS_SYNC_ADD64(addr, val);
	words[n++] = CS_ERROR_BARRIER;

	static_assert(sizeof(words) % PP_CREDIT_BYTES == 0 && PP_JOB_BYTES % PP_CREDIT_BYTES == 0);
	memcpy(queue->ring->kmap + pos, words, first);
	/* A profiled one may go over the end of the ring. */
	memcpy(queue->ring->kmap, (void *)words + first, job->ring_bytes - first);
}

static void job_kick(struct pp_job *job)
{
	struct pp_group *group = job->group;
	struct pp_device *pp = group->pp;

	if (group->csg >= 0 && !pp_protm_in_session(pp)) {
		pp_fw_ring_user(pp, group->csg + 1);
		return;
	}
	/* In a session doorbells are dead, but the tick may want to end it. */
	if (group->csg >= 0) {
		pp->sched->rung |= BIT(group->csg);
	} else if (group->args.priority <= pp->sched->full_level) {
		pp_sched_next_turn(pp->sched);
		return;
	}
	pp_sched_kick(pp);
}

static struct dma_fence *job_start(struct pp_job *job)
{
	struct pp_queue *queue = job_queue(job);
	u64 insert = READ_ONCE(queue->in->insert);
	struct dma_fence *fence = &job->done->base;
	unsigned long flags;

	spin_lock_init(&job->done->lock);
	job->seqno = ++queue->seqno;
	job->ring_start = insert;
	job->running = true;
	if (PP_COMPAT_FENCE_OPS_STAY) {
		__module_get(THIS_MODULE);
		job->done->queue = pp_queue_get_memory(queue);
	}
	dma_fence_init(fence, &fence_ops, &job->done->lock, queue->fence_context, job->seqno);

	job_write_ring(job);
	spin_lock_irqsave(&queue->lock, flags);
	list_add_tail(&job->node, &queue->in_flight);
	spin_unlock_irqrestore(&queue->lock, flags);
	dma_fence_put(queue->last);
	queue->last = dma_fence_get(fence);

	/* Instructions before the pointer that makes them visible, that before the doorbell. */
	dma_wmb();
	WRITE_ONCE(queue->in->insert, insert + job->ring_bytes);
	trace_pp_job_run(job->group->id, queue->idx, job->seqno);

	pp_group_requeue(job->group);
	pp_queue_timer_start(queue);
	job_kick(job);
	return dma_fence_get(fence);
}

static struct dma_fence *job_run(struct drm_sched_job *base)
{
	struct pp_job *job = to_pp_job(base);
	struct pp_device *pp = job->group->pp;
	struct pp_sched *sched = pp->sched;
	struct dma_fence *fence;
	int ret;

	/* Held until the job's end. Not under our lock: resuming takes it. */
	ret = job->stream_size ? pp_device_get(pp) : 0;
	if (ret < 0)
		return ERR_PTR(-ENODEV);

	pp_sched_lock(sched);
	pp_sched_batch(sched);
	if (pp_group_dead(job->group) || sched->hold & PP_HOLD_UNPLUG)
		fence = ERR_PTR(-ECANCELED);
	else if (!job->stream_size)
		/* Nothing to execute, but done no sooner than what came before. */
		fence = dma_fence_get(job_queue(job)->last);
	else
		fence = job_start(job);
	pp_sched_batch_end(sched);

	if (IS_ERR(fence) && job->stream_size)
		pm_runtime_put_autosuspend(pp->drm.dev);
	return fence;
}

static void job_release(struct pp_job *job)
{
	struct pp_group *group = job->group;

	if (job->running)
		dma_fence_put(&job->done->base);
	else
		kfree(job->done);
	kfree(job);
	pp_group_put(group);
}

static void job_free(struct drm_sched_job *base)
{
	drm_sched_job_cleanup(base);
	job_release(to_pp_job(base));
}

/* Timeouts are our own (queue.c): drm_sched's is never armed. */
static enum drm_gpu_sched_stat job_timedout(struct drm_sched_job *base)
{
	return PP_COMPAT_SCHED_STAT_RESET;
}

const struct drm_sched_backend_ops pp_job_sched_ops = {
	.run_job = job_run,
	.timedout_job = job_timedout,
	.free_job = job_free,
};

/**
 * struct submit - one GROUP_SUBMIT on its way
 * @group: referenced
 * @in: checked arguments
 * @count: of @in
 * @jobs: one for each
 * @made: of these, how many are initialised
 * @syncs: what all jobs together signal
 */
struct submit {
	struct pp_group *group;
	const struct pp_submit *in;
	unsigned int count;
	struct pp_job **jobs;
	unsigned int made;
	struct pp_syncs syncs;
};

static int collect_signals(struct submit *s)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < s->count && !ret; i++)
		ret = pp_syncs_add_signals(&s->syncs, s->in[i].syncs, s->in[i].sync_count);
	return ret;
}

static int make_job(struct submit *s, const struct pp_submit *in)
{
	u32 credits = 1;
	struct pp_job *job;
	int ret;

	if (in->queue_index >= s->group->args.queue_count)
		return -EINVAL;
	job = kzalloc(sizeof(*job), GFP_KERNEL);
	if (!job)
		return -ENOMEM;
	job->done = kzalloc(sizeof(*job->done), GFP_KERNEL);
	if (!job->done) {
		kfree(job);
		return -ENOMEM;
	}
	INIT_LIST_HEAD(&job->node);
	job->group = pp_group_get(s->group);
	job->queue = in->queue_index;
	job->stream_addr = in->stream_addr;
	job->stream_size = in->stream_size;
	job->latest_flush = in->latest_flush;
	if (job->stream_size) {
		job->profile = pp_profile_wanted(job_queue(job));
		job->ring_bytes = job->profile == PP_PROFILE_ALL ? PP_JOB_MAX_BYTES : PP_JOB_BYTES;
		credits = job->ring_bytes / PP_CREDIT_BYTES;
	}

	ret = pp_compat_sched_job_init(&job->base, &job_queue(job)->entity, credits, s->group,
				       s->syncs.file->client_id);
	if (ret) {
		job_release(job);
		return ret;
	}
	s->jobs[s->made++] = job;
	return 0;
}

/* By hand: drm_sched_job_add_syncobj_dependency() takes 32 bits of a point. */
static int add_waits(struct submit *s, struct pp_job *job, const struct pp_submit *in)
{
	struct dma_fence *fence;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < in->sync_count && !ret; i++) {
		if (in->syncs[i].signal)
			continue;
		ret = pp_syncs_wait(&s->syncs, &in->syncs[i], &fence);
		ret = ret ?: drm_sched_job_add_dependency(&job->base, fence);
	}
	return ret;
}

/* Armed jobs cannot be undone one by one, but all of them before any is pushed. */
static int arm_jobs(struct submit *s)
{
	unsigned int i;
	int ret;

	for (i = 0; i < s->count; i++) {
		ret = add_waits(s, s->jobs[i], &s->in[i]);
		if (ret)
			return ret;
		drm_sched_job_arm(&s->jobs[i]->base);
		pp_syncs_note(&s->syncs, s->in[i].syncs, s->in[i].sync_count,
			      &s->jobs[i]->base.s_fence->finished);
	}
	return 0;
}

static void publish(struct submit *s, struct drm_exec *exec)
{
	unsigned int i;

	for (i = 0; i < s->count; i++)
		pp_vm_add_fence(s->group->vm, exec, &s->jobs[i]->base.s_fence->finished);

	pp_syncs_publish(&s->syncs);
	for (i = 0; i < s->count; i++)
		drm_sched_entity_push_job(&s->jobs[i]->base);
	s->made = 0;
}

static int submit_jobs(struct submit *s)
{
	struct drm_exec exec;
	int ret = 0;

	drm_exec_init(&exec, DRM_EXEC_INTERRUPTIBLE_WAIT | DRM_EXEC_IGNORE_DUPLICATES, 0);
	drm_exec_until_all_locked(&exec) {
		ret = pp_vm_prepare_fences(s->group->vm, &exec, s->count);
		drm_exec_retry_on_contention(&exec);
		if (ret)
			break;
	}
	if (!ret) {
		/* A job that is pushed to a queue which was closed would never end. */
		mutex_lock(&s->group->push_lock);
		ret = s->group->destroyed ? -EINVAL : arm_jobs(s);
		if (!ret)
			publish(s, &exec);
		mutex_unlock(&s->group->push_lock);
	}
	drm_exec_fini(&exec);
	return ret;
}

static void submit_fini(struct submit *s)
{
	unsigned int i;

	for (i = 0; i < s->made; i++) {
		drm_sched_job_cleanup(&s->jobs[i]->base);
		job_release(s->jobs[i]);
	}
	pp_syncs_fini(&s->syncs);
	kvfree(s->jobs);
	pp_group_put(s->group);
}

/**
 * pp_group_submit() - queue jobs, all or none
 * @pp: device
 * @pool: of the file
 * @file: whose syncobj handles are meant
 * @handle: group
 * @submits: checked, but for the queue indices
 * @count: of @submits
 *
 * Context: May sleep and allocates.
 * Return: 0; -EINVAL: no such group, queue or sync object, or the group or its VM
 * can run nothing any more; -ENOMEM; -EINTR.
 */
int pp_group_submit(struct pp_device *pp, struct pp_group_pool *pool, struct drm_file *file,
		    u32 handle, const struct pp_submit *submits, unsigned int count)
{
	struct submit s = { .in = submits, .count = count };
	unsigned int i;
	int ret = -ENOMEM;

	s.group = pp_group_pool_get(pool, handle);
	if (!s.group)
		return -EINVAL;
	if (pp_group_dead(s.group) || pp_vm_unusable(s.group->vm)) {
		pp_group_put(s.group);
		return -EINVAL;
	}

	pp_syncs_init(&s.syncs, file);
	s.jobs = kvcalloc(count, sizeof(*s.jobs), GFP_KERNEL | __GFP_NOWARN);
	if (!s.jobs)
		goto out;
	ret = collect_signals(&s);
	for (i = 0; i < count && !ret; i++)
		ret = make_job(&s, &submits[i]);
	if (!ret)
		ret = submit_jobs(&s);
out:
	submit_fini(&s);
	return ret;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Queues: ring buffer, jobs in flight, job timeout.
 *
 * A job's time counts only while it could have been working (rule 13): its group
 * is on a slot and running, the queue does not wait at a protected region, and no
 * protected session is on in which it has no part. The timer is stopped otherwise, and
 * starts again with what was left.
 */
#include <linux/pm_runtime.h>
#include <linux/slab.h>

#include <drm/drm_print.h>

#include "protm/protm.h"
#include "protm/trace.h"
#include "sched/profile.h"
#include "sched/types.h"

static struct pp_syncobj64 *queue_syncobj(struct pp_queue *queue)
{
	return (struct pp_syncobj64 *)queue->group->syncobjs->kmap + queue->idx;
}

/**
 * pp_queue_has_jobs() - is there anything that is not done?
 * @queue: queue
 *
 * Context: Any.
 * Return: true with jobs in flight.
 */
bool pp_queue_has_jobs(struct pp_queue *queue)
{
	unsigned long flags;
	bool busy;

	spin_lock_irqsave(&queue->lock, flags);
	busy = !list_empty(&queue->in_flight);
	spin_unlock_irqrestore(&queue->lock, flags);
	return busy;
}

/**
 * pp_queue_overdue() - is a job done that is still in flight?
 * @queue: queue
 *
 * Context: Any.
 * Return: true if there is something for pp_queue_complete().
 */
bool pp_queue_overdue(struct pp_queue *queue)
{
	u64 seqno = READ_ONCE(queue_syncobj(queue)->seqno);
	struct pp_job *job;
	unsigned long flags;
	bool overdue;

	spin_lock_irqsave(&queue->lock, flags);
	job = list_first_entry_or_null(&queue->in_flight, struct pp_job, node);
	overdue = job && job->seqno <= seqno;
	spin_unlock_irqrestore(&queue->lock, flags);
	return overdue;
}

/* The job is off the list. Its drm_sched side goes on when the fence signals. */
static void job_end(struct pp_queue *queue, struct pp_job *job, int error)
{
	struct pp_device *pp = queue->group->pp;
	struct dma_fence *fence = &job->done->base;

	trace_pp_job_done(queue->group->id, queue->idx, job->seqno, error);
	if (error)
		dma_fence_set_error(fence, error);
	else if (unlikely(job->profile))
		pp_profile_collect(job);
	/* The job may be freed, and the group with it, once this is signalled. */
	dma_fence_get(fence);
	dma_fence_signal(fence);
	dma_fence_put(fence);

	pm_runtime_mark_last_busy(pp->drm.dev);
	pm_runtime_put_autosuspend(pp->drm.dev);
}

/**
 * pp_queue_complete() - end the jobs that the GPU has finished
 * @queue: queue; the caller holds a reference to its group
 *
 * Context: sched->lock held. Fence-signalling path.
 * Return: how many.
 */
u32 pp_queue_complete(struct pp_queue *queue)
{
	struct pp_syncobj64 *obj = queue_syncobj(queue);
	u64 seqno = READ_ONCE(obj->seqno);
	struct pp_job *job, *next;
	unsigned long flags;
	LIST_HEAD(done);
	u32 count = 0;
	int status;

	dma_rmb();
	status = READ_ONCE(obj->status) ? -EINVAL : 0;

	spin_lock_irqsave(&queue->lock, flags);
	list_for_each_entry_safe(job, next, &queue->in_flight, node) {
		if (job->seqno > seqno)
			break;
		list_move_tail(&job->node, &done);
	}
	spin_unlock_irqrestore(&queue->lock, flags);

	if (list_empty(&done))
		return 0;
	pp_queue_timer_reset(queue);
	/* The error is told now; jobs after it start afresh (ERROR_BARRIER). */
	if (status)
		WRITE_ONCE(obj->status, 0);
	/* A fault names its job (pp_queue_note_fault()). Else it is the last one's. */
	list_for_each_entry(job, &done, node) {
		if (job->error)
			status = 0;
	}
	list_for_each_entry_safe(job, next, &done, node) {
		bool last = list_is_last(&job->node, &done);

		list_del_init(&job->node);
		job_end(queue, job, job->error ?: (last ? status : 0));
		count++;
	}
	return count;
}

/**
 * pp_queue_cancel() - the queue's group is dead and off its slot
 * @queue: queue; the caller holds a reference to its group
 * @error: for the fences
 *
 * Context: sched->lock held. Fence-signalling path.
 */
void pp_queue_cancel(struct pp_queue *queue, int error)
{
	struct pp_job *job, *next;
	unsigned long flags;
	LIST_HEAD(lost);

	pp_queue_complete(queue);
	pp_queue_timer_stop(queue);

	spin_lock_irqsave(&queue->lock, flags);
	list_splice_init(&queue->in_flight, &lost);
	spin_unlock_irqrestore(&queue->lock, flags);

	list_for_each_entry_safe(job, next, &lost, node) {
		list_del_init(&job->node);
		job_end(queue, job, job->error ?: error);
	}
}

/**
 * pp_queue_note_fault() - firmware reported a recoverable fault
 * @queue: queue on a slot
 *
 * Firmware leaves the extract pointer within the job that failed (csf.md 6).
 *
 * Context: sched->lock held.
 */
void pp_queue_note_fault(struct pp_queue *queue)
{
	u64 extract = READ_ONCE(queue->out->extract);
	unsigned long flags;
	struct pp_job *job;

	spin_lock_irqsave(&queue->lock, flags);
	list_for_each_entry(job, &queue->in_flight, node) {
		if (extract >= job->ring_start && extract < job->ring_start + job->ring_bytes)
			job->error = -EINVAL;
	}
	spin_unlock_irqrestore(&queue->lock, flags);
}

/* Deadlines only ever move on: a look that is pending comes no later, and looks again. */
static void timer_queue(struct pp_queue *queue)
{
	unsigned long left = queue->deadline - jiffies;

	queue_delayed_work(queue->group->pp->sched->wq, &queue->timeout,
			   min(left, msecs_to_jiffies(PP_LOOK_MS)));
}

/**
 * pp_queue_timer_start() - the queue can work from now on
 * @queue: queue of a group on a slot
 *
 * Context: sched->lock held.
 */
void pp_queue_timer_start(struct pp_queue *queue)
{
	struct pp_sched *sched = queue->group->pp->sched;
	struct pp_group *group = queue->group;

	lockdep_assert_held(&sched->lock);
	if (queue->armed || !pp_queue_has_jobs(queue) || group->csg < 0)
		return;
	if (group->protm_pending & BIT(queue->idx))
		return;
	if (sched->timers_stopped && (pp_protm_active_group(group->pp) != group ||
				      !(sched->session_queues & BIT(queue->idx))))
		return;

	queue->armed = true;
	queue->deadline = jiffies + queue->remaining;
	timer_queue(queue);
}

/**
 * pp_queue_timer_stop() - the queue cannot work, for no fault of its own
 * @queue: queue
 *
 * Context: sched->lock held.
 */
void pp_queue_timer_stop(struct pp_queue *queue)
{
	lockdep_assert_held(&queue->group->pp->sched->lock);
	if (!queue->armed)
		return;
	queue->armed = false;
	queue->remaining = time_after(queue->deadline, jiffies) ? queue->deadline - jiffies : 1;
}

/**
 * pp_queue_timer_reset() - a job has ended: the next one has all its time
 * @queue: queue
 *
 * Context: sched->lock held.
 */
void pp_queue_timer_reset(struct pp_queue *queue)
{
	pp_queue_timer_stop(queue);
	queue->remaining = msecs_to_jiffies(PP_JOB_TIMEOUT_MS);
	pp_queue_timer_start(queue);
}

static void queue_timeout_work(struct work_struct *work)
{
	struct pp_queue *queue = container_of(work, struct pp_queue, timeout.work);
	struct pp_group *group = queue->group;
	struct pp_sched *sched = group->pp->sched;

	pp_sched_lock(sched);
	/* It may be done, and only its event be late. */
	if (queue->armed && time_after_eq(jiffies, queue->deadline))
		pp_sched_events_missed(sched);
	else if (queue->armed)
		pp_sched_look(sched, group->csg);
	pp_slots_ring(sched);
	if (queue->armed && time_before(jiffies, queue->deadline)) {
		timer_queue(queue);
	} else if (queue->armed) {
		queue->armed = false;
		if (!pp_group_dead(group))
			drm_warn(&group->pp->drm,
				 "group %u of %s[%d]: job of queue %u takes too long\n",
				 group->id, group->comm, group->pid, queue->idx);
		group->timedout = true;
		pp_group_died(group);
	}
	pp_sched_unlock(sched);
}

static int queue_init_sched(struct pp_queue *queue, u32 ring_size)
{
	struct pp_device *pp = queue->group->pp;
	const struct pp_compat_sched_args args = {
		.ops = &pp_job_sched_ops,
		.submit_wq = pp->sched->jobs_wq,
		.timeout_wq = pp->reset.wq,
		.num_rqs = 1,
		.credit_limit = ring_size / PP_CREDIT_BYTES,
		.timeout = MAX_SCHEDULE_TIMEOUT,
		.name = "panthor-queue",
		.dev = pp->drm.dev,
	};
	struct drm_gpu_scheduler *list = &queue->sched;
	int ret;

	ret = pp_compat_sched_init(&queue->sched, &args);
	if (ret)
		return ret;
	ret = drm_sched_entity_init(&queue->entity, 0, &list, 1, NULL);
	if (ret) {
		drm_sched_fini(&queue->sched);
		return ret;
	}
	queue->sched_ready = true;
	return 0;
}

/**
 * pp_queue_create() - a queue of a group that is being made
 * @group: with its VM
 * @idx: number
 * @args: validated, but for the size of the ring buffer
 *
 * Context: May sleep and allocates.
 * Return: the queue, or an ERR_PTR.
 */
struct pp_queue *pp_queue_create(struct pp_group *group, unsigned int idx,
				 const struct pp_queue_args *args)
{
	struct pp_device *pp = group->pp;
	struct pp_queue *queue;
	int ret;

	queue = kzalloc(sizeof(*queue), GFP_KERNEL);
	if (!queue)
		return ERR_PTR(-ENOMEM);
	kref_init(&queue->memory);
	queue->group = group;
	queue->idx = idx;
	queue->priority = args->priority;
	queue->fence_context = dma_fence_context_alloc(1);
	queue->remaining = msecs_to_jiffies(PP_JOB_TIMEOUT_MS);
	spin_lock_init(&queue->lock);
	INIT_LIST_HEAD(&queue->in_flight);
	INIT_DELAYED_WORK(&queue->timeout, queue_timeout_work);

	queue->ring = pp_kbo_create(pp, group->vm, args->ringbuf_size,
				    PP_VM_MAP_NOEXEC | PP_VM_MAP_UNCACHED, PP_VM_VA_AUTO, true);
	ret = PTR_ERR_OR_ZERO(queue->ring);
	if (ret)
		goto err;
	queue->io = pp_kbo_create(pp, pp_fw_vm(pp), 2 * SZ_4K,
				  PP_VM_MAP_NOEXEC | PP_VM_MAP_UNCACHED, PP_VM_VA_AUTO, true);
	ret = PTR_ERR_OR_ZERO(queue->io);
	if (ret)
		goto err;
	queue->in = queue->io->kmap;
	queue->out = queue->io->kmap + SZ_4K;

	ret = queue_init_sched(queue, args->ringbuf_size);
	if (ret)
		goto err;
	return queue;

err:
	pp_queue_destroy(queue);
	return ERR_PTR(ret);
}

/**
 * pp_queue_close() - no more jobs: those that have not run are cancelled
 * @queue: queue; closing it again does nothing
 *
 * drm_sched_entity_destroy() would wait until they have run, and they may be
 * waiting for what never comes.
 *
 * Context: Sleeps until a job that is just being run is through.
 */
void pp_queue_close(struct pp_queue *queue)
{
	if (queue->sched_ready && !queue->closed)
		drm_sched_entity_fini(&queue->entity);
	queue->closed = true;
}

/**
 * pp_queue_get_memory() - the struct is to stay, whatever becomes of the queue
 * @queue: queue
 *
 * drm_sched's fences, which any process may hold, refer to the scheduler in it for
 * its name.
 *
 * Context: Any.
 * Return: @queue, of which nothing but @queue->sched.name may be used later.
 */
struct pp_queue *pp_queue_get_memory(struct pp_queue *queue)
{
	kref_get(&queue->memory);
	return queue;
}

static void queue_free(struct kref *memory)
{
	kfree(container_of(memory, struct pp_queue, memory));
}

/**
 * pp_queue_put_memory() - the opposite
 * @queue: queue that may have been destroyed
 *
 * Context: Any.
 */
void pp_queue_put_memory(struct pp_queue *queue)
{
	kref_put(&queue->memory, queue_free);
}

/**
 * pp_queue_destroy() - free a queue without jobs
 * @queue: queue, or NULL
 *
 * Context: Sleeps; may wait for the end of a session.
 */
void pp_queue_destroy(struct pp_queue *queue)
{
	if (!queue)
		return;
	pp_queue_close(queue);
	if (queue->sched_ready)
		drm_sched_fini(&queue->sched);
	disable_delayed_work_sync(&queue->timeout);
	dma_fence_put(queue->last);
	pp_kbo_destroy(queue->samples);
	pp_kbo_destroy(queue->io);
	pp_kbo_destroy(queue->ring);
	pp_queue_put_memory(queue);
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Asynchronous VM operations: the same operation as elsewhere, run by a job.
 *
 * Each VM has a scheduler of its own, made with its first asynchronous bind. A job
 * is done when it has run, so there is one at a time, in the order in which they
 * were pushed. The job's finished fence is what others wait for; if the operation
 * fails, it carries the error, and the VM is unusable.
 *
 * A job holds its VM, so the scheduler goes when the last job has been freed.
 * Freeing takes reservations, which the scheduler's own work must not: hence
 * &struct pp_bind_job.free_work.
 */
#include <linux/slab.h>

#include <drm/drm_exec.h>
#include <drm/drm_print.h>

#include "compat/sched.h"
#include "mmu/vm.h"

/**
 * struct pp_vm_bind_queue - a VM's asynchronous operations
 * @sched: runs them
 * @entity: the queue
 */
struct pp_vm_bind_queue {
	struct drm_gpu_scheduler sched;
	struct drm_sched_entity entity;
};

/**
 * struct pp_bind_job - one asynchronous operation
 * @base: for the scheduler
 * @vm: its VM, referenced
 * @op: the operation, unless @empty
 * @empty: only waits and signals
 * @free_work: frees the job
 */
struct pp_bind_job {
	struct drm_sched_job base;
	struct pp_vm *vm;
	struct pp_vm_op op;
	bool empty;
	struct work_struct free_work;
};

static struct pp_bind_job *to_bind_job(struct drm_sched_job *base)
{
	return container_of(base, struct pp_bind_job, base);
}

static void bind_job_release(struct pp_bind_job *job)
{
	if (!job->empty)
		pp_vm_op_cleanup(&job->op);
	pp_vm_put(job->vm);
	kfree(job);
}

static void bind_job_free_work(struct work_struct *work)
{
	bind_job_release(container_of(work, struct pp_bind_job, free_work));
}

static struct dma_fence *bind_run_job(struct drm_sched_job *base)
{
	struct pp_bind_job *job = to_bind_job(base);
	int ret = job->empty ? 0 : pp_vm_op_execute(&job->op);

	/* The job cannot be done again, and those behind it may build on it. */
	if (ret)
		WRITE_ONCE(job->vm->unusable, true);
	return ret ? ERR_PTR(ret) : NULL;
}

static void bind_free_job(struct drm_sched_job *base)
{
	struct pp_bind_job *job = to_bind_job(base);

	drm_sched_job_cleanup(base);
	queue_work(pp_mmu_wq, &job->free_work);
}

static enum drm_gpu_sched_stat bind_timedout_job(struct drm_sched_job *base)
{
	/* There is no timeout: each step of an operation has a limit of its own. */
	return PP_COMPAT_SCHED_STAT_RESET;
}

static const struct drm_sched_backend_ops bind_sched_ops = {
	.run_job = bind_run_job,
	.timedout_job = bind_timedout_job,
	.free_job = bind_free_job,
};

static struct pp_vm_bind_queue *bind_queue_create(struct pp_device *pp)
{
	const struct pp_compat_sched_args args = {
		.ops = &bind_sched_ops,
		.submit_wq = pp_bind_wq,
		.num_rqs = 1,
		.credit_limit = 1,
		.timeout = MAX_SCHEDULE_TIMEOUT,
		.name = "pp-vm-bind",
		.dev = pp->drm.dev,
	};
	struct drm_gpu_scheduler *sched;
	struct pp_vm_bind_queue *queue;
	int ret;

	queue = kzalloc(sizeof(*queue), GFP_KERNEL);
	if (!queue)
		return ERR_PTR(-ENOMEM);
	sched = &queue->sched;
	ret = pp_compat_sched_init(sched, &args);
	if (ret)
		goto err_free;
	ret = drm_sched_entity_init(&queue->entity, DRM_SCHED_PRIORITY_KERNEL, &sched, 1, NULL);
	if (ret)
		goto err_sched;
	return queue;

err_sched:
	drm_sched_fini(sched);
err_free:
	kfree(queue);
	return ERR_PTR(ret);
}

static struct pp_vm_bind_queue *bind_queue_get(struct pp_vm *vm)
{
	struct pp_vm_bind_queue *queue;

	mutex_lock(&vm->mm_lock);
	queue = vm->bind_queue;
	if (!queue) {
		queue = bind_queue_create(vm->pp);
		if (!IS_ERR(queue))
			vm->bind_queue = queue;
	}
	mutex_unlock(&vm->mm_lock);
	return queue;
}

/**
 * pp_bind_queue_destroy() - a VM goes
 * @vm: the VM, which has no jobs left
 *
 * Context: May sleep. Not on the scheduler's queue.
 */
void pp_bind_queue_destroy(struct pp_vm *vm)
{
	if (!vm->bind_queue)
		return;
	drm_sched_entity_destroy(&vm->bind_queue->entity);
	drm_sched_fini(&vm->bind_queue->sched);
	kfree(vm->bind_queue);
	vm->bind_queue = NULL;
}

/**
 * pp_bind_job_create() - prepare an asynchronous operation
 * @vm: the VM
 * @bind: what to do, or NULL for a job that only waits and signals
 * @client_id: &struct drm_file.client_id of who asks
 *
 * Context: May sleep and allocates.
 * Return: the job, for pp_bind_job_push() or pp_bind_job_cancel(); or ERR_PTR() as
 * of pp_vm_bind_sync().
 */
struct pp_bind_job *pp_bind_job_create(struct pp_vm *vm, const struct pp_vm_bind *bind,
				       u64 client_id)
{
	struct pp_vm_bind_queue *queue;
	struct pp_bind_job *job;
	int ret;

	if (bind && !pp_vm_in_user_range(vm, bind->va, bind->size))
		return ERR_PTR(-EINVAL);
	/* Nothing to do, as it would be at once. */
	if (bind && !bind->size) {
		ret = pp_vm_bind_check(vm, bind);
		if (ret)
			return ERR_PTR(ret);
		bind = NULL;
	}
	queue = bind_queue_get(vm);
	if (IS_ERR(queue))
		return ERR_CAST(queue);
	job = kzalloc(sizeof(*job), GFP_KERNEL);
	if (!job)
		return ERR_PTR(-ENOMEM);
	job->vm = pp_vm_get(vm);
	job->empty = true;
	INIT_WORK(&job->free_work, bind_job_free_work);

	if (bind) {
		ret = pp_vm_op_prepare(vm, &job->op, bind);
		if (ret)
			goto err;
		job->empty = false;
	}
	ret = pp_compat_sched_job_init(&job->base, &queue->entity, 1, vm, client_id);
	if (ret)
		goto err;
	return job;
err:
	bind_job_release(job);
	return ERR_PTR(ret);
}

/**
 * pp_bind_job_cancel() - free a job that was not pushed
 * @job: the job
 *
 * Context: May sleep. Takes reservations.
 */
void pp_bind_job_cancel(struct pp_bind_job *job)
{
	drm_sched_job_cleanup(&job->base);
	bind_job_release(job);
}

/**
 * pp_bind_job_wait_for() - let a job wait
 * @job: the job
 * @fence: for what; the reference goes to the job, also on failure
 *
 * Context: May sleep and allocates.
 * Return: 0 or -ENOMEM.
 */
int pp_bind_job_wait_for(struct pp_bind_job *job, struct dma_fence *fence)
{
	return drm_sched_job_add_dependency(&job->base, fence);
}

/**
 * pp_bind_jobs_lock() - lock what jobs will publish their fences on
 * @jobs: the jobs, all of one VM
 * @count: how many; not 0
 * @exec: locking context that ignores duplicates; the caller loops, see
 *	drm_exec_until_all_locked()
 *
 * Return: 0, -EDEADLK for the loop, or -ENOMEM.
 */
int pp_bind_jobs_lock(struct pp_bind_job **jobs, unsigned int count, struct drm_exec *exec)
{
	struct pp_bo *bo;
	unsigned int i;
	int ret;

	ret = drm_gpuvm_prepare_vm(&jobs[0]->vm->base, exec, count);
	for (i = 0; i < count && !ret; i++) {
		bo = jobs[i]->empty ? NULL : jobs[i]->op.bind.bo;
		if (bo && drm_gpuvm_is_extobj(&jobs[i]->vm->base, &bo->base))
			ret = drm_exec_prepare_obj(exec, &bo->base, count);
	}
	return ret;
}

/**
 * pp_bind_job_push() - let a job run
 * @job: the job, which is not the caller's any more
 * @exec: everything locked by pp_bind_jobs_lock(); orders jobs of one VM
 *
 * Return: its finished fence, with a reference.
 */
struct dma_fence *pp_bind_job_push(struct pp_bind_job *job, struct drm_exec *exec)
{
	struct dma_fence *fence;

	drm_sched_job_arm(&job->base);
	fence = dma_fence_get(&job->base.s_fence->finished);
	pp_vm_add_fence(job->vm, exec, fence);
	drm_sched_entity_push_job(&job->base);
	return fence;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Groups: creation, handles, state, death.
 *
 * A group is dead when it can run nothing more: a fatal fault, a job that took
 * too long, a faulted VM, or its handle is gone. A dead group is taken off its
 * slot by the tick, and its jobs end with an error when it is off.
 */
#include <linux/pm_runtime.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_print.h>
#include <drm/panthor_protm.h>

#include "protm/protm.h"
#include "sched/profile.h"
#include "sched/types.h"

#define PP_MAX_GROUPS	128

/**
 * struct pp_group_pool - groups of a file
 * @groups: by handle; holds a reference to each
 * @usage: what their jobs have used
 */
struct pp_group_pool {
	struct xarray groups;
	struct pp_usage *usage;
};

/*
 * Where groups are freed. Of the module, not of the device: the last group can be
 * what keeps the device.
 */
struct workqueue_struct *pp_group_wq;

static s64 protm_bytes(const struct pp_group *group)
{
	return IS_ERR_OR_NULL(group->protm_suspend_buf) ? 0 :
	       group->protm_suspend_buf->bo->base.size;
}

static void group_free(struct pp_group *group)
{
	unsigned int i;

	for (i = 0; i < group->args.queue_count; i++)
		pp_queue_destroy(group->queues[i]);
	pp_kbo_destroy(group->syncobjs);
	if (group->usage)
		pp_usage_add_protm_memory(group->usage, -protm_bytes(group));
	pp_kbo_destroy(group->protm_suspend_buf);
	pp_kbo_destroy(group->suspend_buf);
	pp_usage_put(group->usage);
	pp_vm_put(group->vm);
	kfree(group);
}

static void group_release_work(struct work_struct *work)
{
	struct pp_group *group = container_of(work, struct pp_group, release_work);
	struct pp_sched *sched = group->pp->sched;
	struct pp_device *pp = group->pp;

	pp_sched_lock(sched);
	list_del_init(&group->node);
	list_del_init(&group->run_node);
	pp_sched_unlock(sched);
	group_free(group);
	drm_dev_put(&pp->drm);
}

/* May come from any context, and freeing sleeps. */
static void group_release(struct kref *refs)
{
	struct pp_group *group = container_of(refs, struct pp_group, refs);

	queue_work(pp_group_wq, &group->release_work);
}

/**
 * pp_group_get() - one more user
 * @group: group
 *
 * Context: Any.
 * Return: @group.
 */
struct pp_group *pp_group_get(struct pp_group *group)
{
	kref_get(&group->refs);
	return group;
}

/**
 * pp_group_put() - one user less
 * @group: group, or NULL
 *
 * Context: Any; the group is freed by a work.
 */
void pp_group_put(struct pp_group *group)
{
	if (group)
		kref_put(&group->refs, group_release);
}

/**
 * pp_group_dead() - can the group run nothing any more?
 * @group: group
 *
 * Context: Any; the answer is stable with sched->lock held.
 * Return: true when it is dead.
 */
bool pp_group_dead(const struct pp_group *group)
{
	return READ_ONCE(group->fatal) || READ_ONCE(group->timedout) ||
	       READ_ONCE(group->innocent) || READ_ONCE(group->destroyed);
}

/**
 * pp_group_has_jobs() - is anything in flight?
 * @group: group
 *
 * Context: Any.
 * Return: true with jobs that are not done.
 */
bool pp_group_has_jobs(struct pp_group *group)
{
	unsigned int i;

	for (i = 0; i < group->args.queue_count; i++) {
		if (pp_queue_has_jobs(group->queues[i]))
			return true;
	}
	return false;
}

/* Queues that could go on if the group were on a slot. */
static bool group_runnable(struct pp_group *group)
{
	unsigned int i;

	for (i = 0; i < group->args.queue_count; i++) {
		if (!(group->blocked & BIT(i)) && pp_queue_has_jobs(group->queues[i]))
			return true;
	}
	return false;
}

/* See look_at_some() in wait.c. */
static void list_wait(struct pp_sched *sched, struct pp_group *group)
{
	if (group->looked == sched->changes)
		list_move_tail(&group->run_node, &sched->waiting);
	else
		list_move(&group->run_node, &sched->waiting);
}

static void group_place(struct pp_sched *sched, struct pp_group *group)
{
	if (pp_group_dead(group)) {
		group->idle = true;
		list_del_init(&group->run_node);
		return;
	}
	if (group_runnable(group)) {
		if (group->idle) {
			list_move_tail(&group->run_node, &sched->run[group->args.priority]);
			pp_sched_returns(group);
		}
		group->idle = false;
		return;
	}
	group->idle = true;
	if (group->csg >= 0)
		list_move_tail(&group->run_node, &sched->idle);
	else if (group->blocked && pp_group_has_jobs(group))
		list_wait(sched, group);
	else
		list_del_init(&group->run_node);
}

/**
 * pp_group_requeue() - put the group on the list that fits what it has to do
 * @group: group
 *
 * A group that has its turn keeps its place; one that becomes runnable is the
 * last of its priority.
 *
 * Context: sched->lock held.
 */
void pp_group_requeue(struct pp_group *group)
{
	struct pp_sched *sched = group->pp->sched;

	lockdep_assert_held(&sched->lock);
	group_place(sched, group);
	if (group->csg >= 0)
		pp_slot_note_load(sched, group->csg, !group->idle);
}

/**
 * pp_group_kill() - the group is dead and off its slot: end its jobs
 * @group: group
 *
 * Context: sched->lock held. Fence-signalling path.
 */
void pp_group_kill(struct pp_group *group)
{
	int error = group->timedout || group->innocent ? -ETIMEDOUT : -ECANCELED;
	unsigned int i;

	lockdep_assert_held(&group->pp->sched->lock);
	group->idle = true;
	list_del_init(&group->run_node);
	/* The GPU may still write: see pp_sched_gpu_stopped(). */
	if (group->lost)
		return;
	/* As in stock: the queue that did it says so. */
	for (i = 0; i < group->args.queue_count; i++)
		pp_queue_cancel(group->queues[i], group->fatal & BIT(i) ? -EINVAL : error);
}

/**
 * pp_group_died() - the group has become unable to run
 * @group: group
 *
 * Context: sched->lock held. Fence-signalling path. The tick takes it off its slot.
 */
void pp_group_died(struct pp_group *group)
{
	if (group->csg < 0)
		pp_group_kill(group);
	else
		pp_group_requeue(group);
	pp_sched_kick(group->pp);
}

/**
 * pp_group_condemn() - the group has done something fatal
 * @group: group
 * @fatal: mask of the queues that did
 * @why: for the log
 *
 * Context: sched->lock held. Fence-signalling path.
 */
void pp_group_condemn(struct pp_group *group, u32 fatal, const char *why)
{
	lockdep_assert_held(&group->pp->sched->lock);
	if (!pp_group_dead(group))
		drm_warn(&group->pp->drm, "group %u of %s[%d]: killed: %s\n", group->id,
			 group->comm, group->pid, why);
	WRITE_ONCE(group->fatal, group->fatal | fatal);
	pp_group_died(group);
}

/**
 * pp_group_note_pending() - a queue waits at a protected region
 * @group: group on a slot
 * @cs: the queue
 *
 * A group without the right is killed at once: it would wait for ever (rule 12).
 *
 * Context: sched->lock held. Fence-signalling path.
 */
void pp_group_note_pending(struct pp_group *group, unsigned int cs)
{
	lockdep_assert_held(&group->pp->sched->lock);
	if (group->protm_suspend_buf)
		group->protm_pending |= BIT(cs);
	else
		pp_group_condemn(group, BIT(cs), "protected region without the right to it");
}

static int group_alloc_memory(struct pp_group *group)
{
	const u32 flags = PP_VM_MAP_NOEXEC | PP_VM_MAP_UNCACHED;
	const struct pp_fw_info *info = pp_fw_info(group->pp);
	struct pp_device *pp = group->pp;
	struct pp_vm *mcu = pp_fw_vm(pp);

	group->suspend_buf = pp_kbo_create(pp, mcu, PAGE_ALIGN(info->suspend_size), flags,
					   PP_VM_VA_AUTO, false);
	if (IS_ERR(group->suspend_buf))
		return PTR_ERR(group->suspend_buf);

	if (group->args.protm) {
		group->protm_suspend_buf =
			pp_kbo_create_protected(pp, mcu, PAGE_ALIGN(info->protm_suspend_size),
						flags, PP_VM_VA_AUTO);
		if (IS_ERR(group->protm_suspend_buf))
			return PTR_ERR(group->protm_suspend_buf);
	}

	group->syncobjs = pp_kbo_create(pp, group->vm,
					PAGE_ALIGN(group->args.queue_count *
						   sizeof(struct pp_syncobj64)),
					flags, PP_VM_VA_AUTO, true);
	return PTR_ERR_OR_ZERO(group->syncobjs);
}

static int group_alloc_queues(struct pp_group *group, const struct pp_group_args *args)
{
	struct pp_queue *queue;
	unsigned int i;

	for (i = 0; i < args->queue_count; i++) {
		queue = pp_queue_create(group, i, &args->queues[i]);
		if (IS_ERR(queue))
			return PTR_ERR(queue);
		group->queues[i] = queue;
	}
	return 0;
}

static struct pp_group *group_alloc(struct pp_device *pp, struct pp_vm *vm,
				    const struct pp_group_args *args)
{
	struct pp_group *group;
	int ret;

	group = kzalloc(sizeof(*group), GFP_KERNEL);
	if (!group)
		return ERR_PTR(-ENOMEM);
	kref_init(&group->refs);
	group->pp = pp;
	group->vm = pp_vm_get(vm);
	group->args = *args;
	group->args.queues = NULL;
	group->csg = -1;
	group->idle = true;
	group->pid = task_tgid_nr(current);
	get_task_comm(group->comm, current);
	mutex_init(&group->push_lock);
	INIT_LIST_HEAD(&group->node);
	INIT_LIST_HEAD(&group->run_node);
	INIT_WORK(&group->oom_work, pp_group_oom_work);
	INIT_WORK(&group->release_work, group_release_work);

	ret = group_alloc_memory(group);
	if (!ret)
		ret = group_alloc_queues(group, args);
	if (ret) {
		group_free(group);
		return ERR_PTR(ret);
	}
	return group;
}

/*
 * A group needs the MCU's VM, which goes at unplug: either unplugging waits for us,
 * and then finds the group in the list, or there is no group.
 */
static struct pp_group *group_make(struct pp_device *pp, struct pp_vm *vm,
				   const struct pp_group_args *args)
{
	struct pp_sched *sched = pp->sched;
	struct pp_group *group;
	int cookie;

	if (!drm_dev_enter(&pp->drm, &cookie))
		return ERR_PTR(-ENODEV);
	group = group_alloc(pp, vm, args);
	if (!IS_ERR(group)) {
		drm_dev_get(&pp->drm);
		pp_sched_lock(sched);
		group->id = atomic_inc_return(&sched->ids);
		list_add_tail(&group->node, &sched->groups);
		pp_sched_unlock(sched);
	}
	drm_dev_exit(cookie);
	return group;
}

static bool group_args_ok(const struct pp_group_args *args)
{
	unsigned int i;

	for (i = 0; i < args->queue_count; i++) {
		u32 size = args->queues[i].ringbuf_size;

		if (size < SZ_4K || size > SZ_64K || !is_power_of_2(size) ||
		    args->queues[i].priority > 15)
			return false;
	}
	return true;
}

/**
 * pp_group_create() - a new group
 * @pp: device
 * @pool: of the file
 * @vm: where its streams live; gets referenced
 * @args: checked, but for ring sizes and queue priorities
 *
 * The first group for protected mode brings protected memory to the firmware.
 *
 * Context: Sleeps; no lock is held, and no drm_dev_enter() section.
 * Return: a handle > 0; -EINVAL, -ENOMEM, -EBUSY (too many groups), -ENODEV, or
 * for protected mode what pp_protm_attach() adds.
 */
int pp_group_create(struct pp_device *pp, struct pp_group_pool *pool, struct pp_vm *vm,
		    const struct pp_group_args *args)
{
	struct pp_group *group;
	u32 handle;
	int ret;

	if (!group_args_ok(args))
		return -EINVAL;
	ret = pp_device_get(pp);
	if (ret)
		return -ENODEV;
	ret = args->protm ? pp_protm_attach(pp) : 0;
	if (ret)
		goto out;

	group = group_make(pp, vm, args);
	ret = PTR_ERR_OR_ZERO(group);
	if (ret)
		goto out;

	group->usage = pp_usage_get(pool->usage);
	pp_usage_add_protm_memory(group->usage, protm_bytes(group));
	ret = xa_alloc(&pool->groups, &handle, group, XA_LIMIT(1, PP_MAX_GROUPS), GFP_KERNEL);
	if (ret)
		pp_group_put(group);
	else
		ret = handle;
out:
	pp_device_put(pp);
	return ret;
}

/* The handle is gone: nobody submits any more, and nobody waits for what was submitted. */
static void group_abandon(struct pp_group *group)
{
	struct pp_sched *sched = group->pp->sched;
	unsigned int i;

	mutex_lock(&group->push_lock);
	pp_sched_lock(sched);
	WRITE_ONCE(group->destroyed, true);
	pp_group_died(group);
	pp_sched_unlock(sched);
	mutex_unlock(&group->push_lock);

	for (i = 0; i < group->args.queue_count; i++)
		pp_queue_close(group->queues[i]);
	pp_group_put(group);
}

/**
 * pp_group_destroy() - give up a handle
 * @pool: of the file
 * @handle: group
 *
 * Context: Sleeps. Firmware is asked to terminate, but not waited for.
 * Return: 0 or -EINVAL.
 */
int pp_group_destroy(struct pp_group_pool *pool, u32 handle)
{
	struct pp_group *group = xa_erase(&pool->groups, handle);

	if (!group)
		return -EINVAL;
	group_abandon(group);
	return 0;
}

/**
 * pp_group_pool_get() - look a handle up
 * @pool: of the file
 * @handle: group
 *
 * Context: Any.
 * Return: the group with a reference, or NULL.
 */
struct pp_group *pp_group_pool_get(struct pp_group_pool *pool, u32 handle)
{
	struct pp_group *group;

	xa_lock(&pool->groups);
	group = xa_load(&pool->groups, handle);
	if (group)
		pp_group_get(group);
	xa_unlock(&pool->groups);
	return group;
}

/**
 * pp_group_get_state() - what became of a group
 * @pool: of the file
 * @handle: group
 * @state: out: DRM_PANTHOR_GROUP_STATE_*
 * @fatal_queues: out: mask
 *
 * Context: May sleep.
 * Return: 0 or -EINVAL.
 */
int pp_group_get_state(struct pp_group_pool *pool, u32 handle, u32 *state, u32 *fatal_queues)
{
	struct pp_group *group = pp_group_pool_get(pool, handle);
	struct pp_sched *sched;

	if (!group)
		return -EINVAL;
	sched = group->pp->sched;
	pp_sched_lock(sched);
	*state = 0;
	*fatal_queues = group->fatal;
	if (group->timedout)
		*state |= DRM_PANTHOR_GROUP_STATE_TIMEDOUT;
	if (*fatal_queues)
		*state |= DRM_PANTHOR_GROUP_STATE_FATAL_FAULT;
	/* As the uAPI has it: innocent of what is a timeout to its user all the same. */
	if (group->innocent && !*fatal_queues)
		*state |= DRM_PANTHOR_GROUP_STATE_TIMEDOUT | DRM_PANTHOR_GROUP_STATE_INNOCENT;
	pp_sched_unlock(sched);
	pp_group_put(group);
	return 0;
}

/**
 * pp_group_pool_create() - for a file that is being opened
 *
 * Context: May sleep.
 * Return: the pool, or NULL without memory.
 */
struct pp_group_pool *pp_group_pool_create(void)
{
	struct pp_group_pool *pool = kzalloc(sizeof(*pool), GFP_KERNEL);

	if (!pool)
		return NULL;
	pool->usage = pp_usage_create();
	if (!pool->usage) {
		kfree(pool);
		return NULL;
	}
	xa_init_flags(&pool->groups, XA_FLAGS_ALLOC1);
	return pool;
}

/**
 * pp_group_pool_destroy() - the file is closed
 * @pool: its groups go with it
 *
 * Context: Sleeps.
 */
void pp_group_pool_destroy(struct pp_group_pool *pool)
{
	struct pp_group *group;
	unsigned long handle;

	xa_for_each(&pool->groups, handle, group) {
		xa_erase(&pool->groups, handle);
		group_abandon(group);
	}
	xa_destroy(&pool->groups);
	pp_usage_put(pool->usage);
	kfree(pool);
}

/**
 * pp_group_pool_usage() - what jobs of all the file's groups have used
 * @pool: of the file
 * @sums: out
 *
 * Context: Any.
 */
void pp_group_pool_usage(const struct pp_group_pool *pool, struct pp_usage_sums *sums)
{
	pp_usage_read(pool->usage, sums);
}

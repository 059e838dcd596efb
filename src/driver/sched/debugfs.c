// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * debugfs: "groups" and "slots", a line for each group, queue and slot, in
 * "name key=value ..." form. Reads memory only, so it wakes nothing.
 */
#include <linux/seq_file.h>

#include <drm/drm_debugfs.h>

#include "sched/types.h"

static const char * const slot_states[] = {
	[PP_SLOT_FREE] = "free",
	[PP_SLOT_STARTING] = "starting",
	[PP_SLOT_RUNNING] = "running",
	[PP_SLOT_SUSPENDING] = "suspending",
	[PP_SLOT_TERMINATING] = "terminating",
};

static struct pp_sched *sched_of(struct seq_file *m)
{
	struct drm_debugfs_entry *entry = m->private;

	return to_pp_device(entry->dev)->sched;
}

/* Off its slot; the reasons of a group that is dead come on top. */
static const char *group_state(const struct pp_sched *sched, const struct pp_group *group)
{
	lockdep_assert_held(&sched->lock);
	if (group->csg >= 0)
		return slot_states[sched->slots[group->csg].state];
	if (pp_group_dead(group))
		return "dead";
	if (!group->idle)
		return "ready";
	return group->blocked ? "waiting" : "idle";
}

static void show_queue(struct seq_file *m, struct pp_queue *queue)
{
	const struct pp_syncobj64 *syncobj = queue->group->syncobjs->kmap;
	u32 bit = BIT(queue->idx);
	unsigned long flags;
	struct pp_job *job;
	u32 jobs = 0;

	spin_lock_irqsave(&queue->lock, flags);
	list_for_each_entry(job, &queue->in_flight, node)
		jobs++;
	spin_unlock_irqrestore(&queue->lock, flags);

	seq_printf(m, "  queue%u prio=%u ring=%zu insert=%llu extract=%llu",
		   queue->idx, queue->priority, queue->ring->bo->base.size,
		   READ_ONCE(queue->in->insert), READ_ONCE(queue->out->extract));
	seq_printf(m, " seqno=%llu done=%llu jobs=%u%s%s%s\n",
		   queue->seqno, READ_ONCE(syncobj[queue->idx].seqno), jobs,
		   queue->group->blocked & bit ? " blocked" : "",
		   queue->group->protm_pending & bit ? " protm_pending" : "",
		   queue->group->fatal & bit ? " fatal" : "");
}

static void show_group(struct seq_file *m, const struct pp_sched *sched, struct pp_group *group)
{
	static const char * const prios[] = { "low", "medium", "high", "realtime" };
	unsigned int i;

	seq_printf(m, "group%u client=%s[%d] prio=%s slot=%d state=%s%s%s%s%s%s%s%s\n", group->id,
		   group->comm, group->pid, prios[group->args.priority], group->csg,
		   group_state(sched, group), group->idle ? " idle" : "",
		   group->saved ? " saved" : "", group->args.protm ? " protm" : "",
		   group->fatal ? " fatal" : "", group->timedout ? " timedout" : "",
		   group->innocent ? " innocent" : "", group->destroyed ? " destroyed" : "");
	for (i = 0; i < group->args.queue_count; i++)
		show_queue(m, group->queues[i]);
}

static int groups_show(struct seq_file *m, void *unused)
{
	struct pp_sched *sched = sched_of(m);
	struct pp_group *group;

	pp_sched_lock(sched);
	list_for_each_entry(group, &sched->groups, node)
		show_group(m, sched, group);
	pp_sched_unlock(sched);
	return 0;
}

static int slots_show(struct seq_file *m, void *unused)
{
	struct pp_sched *sched = sched_of(m);
	const struct pp_slot *slot;
	unsigned int i;

	pp_sched_lock(sched);
	for (i = 0; i < pp_fw_info(sched->pp)->csg_count; i++) {
		slot = &sched->slots[i];
		seq_printf(m, "slot%u state=%s", i, slot_states[slot->state]);
		if (slot->group)
			seq_printf(m, " group=%u client=%s[%d] prio=%u", slot->group->id,
				   slot->group->comm, slot->group->pid, slot->prio);
		seq_putc(m, '\n');
	}
	pp_sched_unlock(sched);
	return 0;
}

/**
 * pp_sched_debugfs_init() - add the files "groups" and "slots"
 * @sched: room state; device not registered yet
 */
void pp_sched_debugfs_init(struct pp_sched *sched)
{
	drm_debugfs_add_file(&sched->pp->drm, "groups", groups_show, NULL);
	drm_debugfs_add_file(&sched->pp->drm, "slots", slots_show, NULL);
}

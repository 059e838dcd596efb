// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * TILER_OOM: the tiler has used up its heap.
 *
 * Getting a chunk allocates and maps, so it is done without sched->lock; telling
 * firmware takes a doorbell, so it waits for the end of a session (rule 3).
 */
#include "mem/tiler_heap.h"
#include "protm/protm.h"
#include "sched/types.h"

/**
 * pp_group_oom() - queues of a group need more heap
 * @group: group on a slot
 * @queues: which
 *
 * Context: sched->lock held.
 */
void pp_group_oom(struct pp_group *group, u32 queues)
{
	lockdep_assert_held(&group->pp->sched->lock);
	group->oom |= queues;
	pp_group_get(group);
	if (!queue_work(group->pp->sched->jobs_wq, &group->oom_work))
		pp_group_put(group);
}

/* Returns false if the group has left its slot: firmware asks again when it is back. */
static bool queue_more_heap(struct pp_group *group, unsigned int queue, u64 *chunk, bool *fatal)
{
	struct pp_sched *sched = group->pp->sched;
	u32 start = 0, end = 0, frag = 0;
	bool asked;
	u64 ctx = 0;
	int ret;

	pp_sched_lock(sched);
	asked = group->csg >= 0 && group->oom & BIT(queue);
	if (asked) {
		struct pp_fw_cs_output *out = pp_fw_cs(group->pp, group->csg, queue)->out;

		ctx = READ_ONCE(out->heap_address);
		start = READ_ONCE(out->heap_vt_start);
		end = READ_ONCE(out->heap_vt_end);
		frag = READ_ONCE(out->heap_frag_end);
	}
	pp_sched_unlock(sched);
	if (!asked)
		return false;

	*chunk = 0;
	/*
	 * Render passes that were begun, and of these, those the fragment side has to
	 * end. We look a little later than firmware asked: tiling may have ended.
	 */
	*fatal = frag > end || end > start;
	if (*fatal)
		return true;
	ret = pp_tiler_heap_grow(group->vm, ctx, start - frag, end - frag, chunk);
	*fatal = ret && ret != -ENOMEM;
	return true;
}

/**
 * pp_group_oom_work() - get chunks
 * @work: group->oom_work; holds a reference to the group
 */
void pp_group_oom_work(struct work_struct *work)
{
	struct pp_group *group = container_of(work, struct pp_group, oom_work);
	struct pp_sched *sched = group->pp->sched;
	unsigned long queues;
	unsigned int i;
	bool fatal;
	u64 chunk;

	pp_sched_lock(sched);
	queues = group->oom & ~group->oom_ready;
	pp_sched_unlock(sched);

	for_each_set_bit(i, &queues, PP_FW_MAX_CS) {
		if (!queue_more_heap(group, i, &chunk, &fatal))
			continue;
		pp_sched_lock(sched);
		if (fatal)
			pp_group_condemn(group, BIT(i), "tiler heap is not in order");
		/* A "no" is not kept for later. */
		if (chunk || group->oom & BIT(i)) {
			group->oom_chunk[i] = chunk;
			group->oom_ready |= BIT(i);
		}
		pp_sched_unlock(sched);
	}
	pp_sched_kick(group->pp);
	pp_group_put(group);
}

/**
 * pp_group_oom_answer() - tell firmware what was got
 * @group: group on a running slot
 *
 * An answer that came when the group was off its slot is kept until it is asked for
 * again.
 *
 * Context: the tick, sched->lock held, no session.
 * Return: whether there was something to tell; pp_slots_ring() is to follow.
 */
bool pp_group_oom_answer(struct pp_group *group)
{
	unsigned long queues = group->oom_ready & group->oom;
	struct pp_device *pp = group->pp;
	unsigned int i;

	lockdep_assert_held(&pp->sched->lock);
	if (!queues)
		return false;
	for_each_set_bit(i, &queues, PP_FW_MAX_CS) {
		struct pp_fw_cs_input *in = pp_fw_cs(pp, group->csg, i)->in;

		WRITE_ONCE(in->heap_start, group->oom_chunk[i]);
		WRITE_ONCE(in->heap_end, group->oom_chunk[i]);
		pp_fw_cs_ack(pp, group->csg, i, PP_CS_TILER_OOM);
	}
	group->oom &= ~queues;
	group->oom_ready &= ~queues;
	pp_fw_cs_doorbells(pp, group->csg, queues);
	pp->sched->to_ring |= BIT(group->csg);
	return true;
}

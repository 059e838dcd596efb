// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What firmware tells about groups.
 *
 * The JOB interrupt notes which slots have something to say. Its thread handles the
 * events itself, which signals fences without another thread in between, unless
 * somebody holds the lock: then an ordered work does, before any tick that is queued
 * after them.
 */
#include <linux/dma-fence.h>

#include <drm/drm_print.h>

#include "hw/hw.h"
#include "protm/protm.h"
#include "protm/trace.h"
#include "sched/types.h"

static void cs_fatal(struct pp_group *group, unsigned int csg, unsigned int cs)
{
	struct pp_fw_cs_output *out = pp_fw_cs(group->pp, csg, cs)->out;
	u32 fatal = READ_ONCE(out->fatal);
	char why[80];

	snprintf(why, sizeof(why), "queue %u: fatal 0x%02x, data 0x%x, info 0x%llx", cs,
		 PP_CS_EXCEPTION_TYPE(fatal), PP_CS_EXCEPTION_DATA(fatal),
		 READ_ONCE(out->fatal_info));
	pp_group_condemn(group, BIT(cs), why);
	if (PP_CS_EXCEPTION_TYPE(fatal) == PP_CS_FATAL_CS_UNRECOVERABLE)
		pp_device_schedule_reset(group->pp, PP_RESET_FW_FATAL, false);
}

static void cs_fault(struct pp_group *group, unsigned int csg, unsigned int cs)
{
	struct pp_fw_cs_output *out = pp_fw_cs(group->pp, csg, cs)->out;
	u32 fault = READ_ONCE(out->fault);

	drm_warn(&group->pp->drm, "group %u: queue %u: fault 0x%02x, data 0x%x, info 0x%llx\n",
		 group->id, cs, PP_CS_EXCEPTION_TYPE(fault), PP_CS_EXCEPTION_DATA(fault),
		 READ_ONCE(out->fault_info));
	pp_queue_note_fault(group->queues[cs]);
}

/*
 * Not acknowledged here: firmware samples the acknowledged CSs of the group that
 * enters, at the time it does.
 */
static void cs_protm_pending(struct pp_group *group, unsigned int cs)
{
	if (group->protm_pending & BIT(cs))
		return;
	pp_group_note_pending(group, cs);
	if (!group->protm_pending)
		return;
	pp_queue_timer_stop(group->queues[cs]);
	trace_pp_protm_pending(group->id, group->protm_pending);
	pp_group_requeue(group);
	pp_sched_kick(group->pp);
}

static void cs_events(struct pp_group *group, unsigned int csg, unsigned int cs)
{
	struct pp_device *pp = group->pp;
	u32 events = pp_fw_cs_pending(pp, csg, cs, PP_CS_EVENTS);

	if (events & PP_CS_FATAL)
		cs_fatal(group, csg, cs);
	if (events & PP_CS_FAULT)
		cs_fault(group, csg, cs);
	pp_fw_cs_ack(pp, csg, cs, events & (PP_CS_FATAL | PP_CS_FAULT));

	if (events & PP_CS_PROTM_PEND)
		cs_protm_pending(group, cs);
	if (events & PP_CS_TILER_OOM)
		pp_group_oom(group, BIT(cs));
}

/* Which CSs have events; noted as seen first, so that none gets lost (csf.md 2.6). */
static u32 csg_take_cs_events(struct pp_device *pp, unsigned int csg)
{
	struct pp_fw_csg *iface = pp_fw_csg(pp, csg);
	u32 req = READ_ONCE(iface->out->cs_irq_req);
	u32 events = req ^ READ_ONCE(iface->in->cs_irq_ack);

	WRITE_ONCE(iface->in->cs_irq_ack, req);
	dma_mb();
	return events;
}

static void group_sync_update(struct pp_group *group)
{
	unsigned int i;
	u32 done = 0;

	for (i = 0; i < group->args.queue_count; i++) {
		u32 n = pp_queue_complete(group->queues[i]);

		/* What gets on is not blocked any more. */
		if (n)
			group->blocked &= ~BIT(i);
		done += n;
	}
	if (!done)
		return;
	pp_group_requeue(group);
	/* Somebody waits for its slot, or to be first: not until the next slice. */
	if (group->idle && delayed_work_pending(&group->pp->sched->tick))
		pp_sched_kick(group->pp);
}

static void csg_events(struct pp_sched *sched, unsigned int csg)
{
	struct pp_group *group = sched->slots[csg].group;
	struct pp_device *pp = sched->pp;
	unsigned long cs_mask;
	unsigned int cs;
	u32 events;

	if (!group)
		return;
	pp_group_get(group);

	events = pp_fw_csg_pending(pp, csg, PP_CSG_EVENTS);
	pp_fw_csg_ack(pp, csg, events);
	cs_mask = csg_take_cs_events(pp, csg);

	for_each_set_bit(cs, &cs_mask, group->args.queue_count)
		cs_events(group, csg, cs);

	/* Before IDLE: what is done is not idle for want of an event. */
	group_sync_update(group);
	if (events & PP_CSG_SYNC_UPDATE)
		pp_sched_look_at_waits(sched);
	/* First: a group can be idle in the very event that says that it runs. */
	pp_slot_acked(sched, csg);
	/*
	 * Firmware counts a queue that waits for a sync object as idle, and says
	 * idle also when a job was on its way: it has to tell which it is.
	 */
	if (events & PP_CSG_IDLE && !group->protm_pending && pp_group_has_jobs(group))
		pp_slot_ask_status(sched, csg);
	if (events & PP_CSG_PROGRESS_TIMER_EVENT) {
		group->timedout = true;
		drm_warn(&pp->drm, "group %u of %s[%d]: makes no progress\n", group->id,
			 group->comm, group->pid);
		pp_group_died(group);
	}
	pp_group_put(group);
}

/**
 * pp_sched_events_now() - handle events that were noted
 * @sched: room state
 *
 * Context: sched->lock held. Fence-signalling path.
 */
void pp_sched_events_now(struct pp_sched *sched)
{
	unsigned long mask = atomic_xchg(&sched->events, 0);
	unsigned int csg;

	lockdep_assert_held(&sched->lock);
	if (!pp_device_active(sched->pp) && !(sched->hold & PP_HOLD_SUSPEND))
		return;
	for_each_set_bit(csg, &mask, pp_fw_info(sched->pp)->csg_count)
		csg_events(sched, csg);
}

/**
 * pp_sched_events_missed() - something is late: did its interrupt get lost?
 * @sched: room state
 *
 * Firmware's own words count. What was raised is cleared, so that it can be raised
 * again, and all of it is handled, global events too: nothing tells of them any more.
 *
 * Context: sched->lock held. Fence-signalling path.
 */
void pp_sched_events_missed(struct pp_sched *sched)
{
	u32 slots = GENMASK(pp_fw_info(sched->pp)->csg_count - 1, 0);

	if (pp_device_active(sched->pp))
		pp_irq_take_raw(sched->pp, PP_IRQ_JOB, ~0);
	atomic_or(slots, &sched->events);
	pp_sched_events_now(sched);
	pp_protm_glb_events(sched->pp);
}

static bool words_unseen(struct pp_sched *sched, unsigned int csg)
{
	struct pp_group *group = sched->slots[csg].group;
	struct pp_fw_csg *iface = pp_fw_csg(sched->pp, csg);
	unsigned int i;

	if (pp_fw_csg_pending(sched->pp, csg, PP_CSG_EVENTS) ||
	    READ_ONCE(iface->out->cs_irq_req) != READ_ONCE(iface->in->cs_irq_ack))
		return true;
	for (i = 0; i < group->args.queue_count; i++) {
		if (pp_queue_overdue(group->queues[i]))
			return true;
	}
	return pp_fw_glb_pending(sched->pp, PP_GLB_PROTM_EXIT);
}

/**
 * pp_sched_look() - has firmware said anything that we did not hear?
 * @sched: room state
 * @csg: slot with a group that has jobs in flight
 *
 * Only words in memory are read, unless it has. What was said just now is found too,
 * which is as good as its interrupt.
 *
 * Context: sched->lock held. Fence-signalling path.
 */
void pp_sched_look(struct pp_sched *sched, unsigned int csg)
{
	lockdep_assert_held(&sched->lock);
	if (words_unseen(sched, csg))
		pp_sched_events_missed(sched);
}

/* Lets the lock go. */
static void handle_events(struct pp_sched *sched)
{
	pp_sched_batch(sched);
	pp_sched_events_now(sched);
	pp_slots_ring(sched);
	pp_sched_batch_end(sched);
}

/**
 * pp_sched_csg_events() - slots have events
 * @pp: device
 * @csg_mask: which
 *
 * Context: JOB IRQ thread.
 */
void pp_sched_csg_events(struct pp_device *pp, u32 csg_mask)
{
	struct pp_sched *sched = pp->sched;

	atomic_or(csg_mask, &sched->events);
	if (pp_sched_trylock(sched))
		handle_events(sched);
	else
		queue_work(sched->wq, &sched->event_work);
}

/**
 * pp_sched_event_work() - handle events
 * @work: sched->event_work
 */
void pp_sched_event_work(struct work_struct *work)
{
	struct pp_sched *sched = container_of(work, struct pp_sched, event_work);

	pp_sched_lock(sched);
	handle_events(sched);
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * CSG slots: each is a small state machine that firmware's acknowledgements move.
 *
 *   FREE -- start --> STARTING -- ack --> RUNNING -- suspend --> SUSPENDING -- ack --> FREE
 *                                            `----- terminate -> TERMINATING -- ack --> FREE
 *
 * A request is written here; pp_slots_ring() tells firmware to look.
 *
 * Nobody waits for an acknowledgement. One that does not come in time leads to a
 * reset; the time is longer when firmware has to suspend a protected group first.
 */
#include <drm/drm_print.h>

#include "core/devfreq.h"
#include "protm/protm.h"
#include "sched/types.h"

/* Requests that leave the slot's state as it is. */
#define CSG_SIDE_REQUESTS	(PP_CSG_EP_CFG | PP_CSG_STATUS_UPDATE)

/**
 * pp_slots_quiet() - has firmware answered everything about groups?
 * @sched: room state
 *
 * Context: sched->lock held.
 * Return: true when no request is outstanding on any slot.
 */
bool pp_slots_quiet(struct pp_sched *sched)
{
	unsigned int i;

	lockdep_assert_held(&sched->lock);
	for (i = 0; i < pp_fw_info(sched->pp)->csg_count; i++) {
		enum pp_slot_state state = sched->slots[i].state;

		if (state != PP_SLOT_FREE && state != PP_SLOT_RUNNING)
			return false;
		if (state == PP_SLOT_RUNNING &&
		    pp_fw_csg_pending(sched->pp, i, CSG_SIDE_REQUESTS))
			return false;
	}
	return true;
}

/**
 * pp_slots_ring() - tell firmware of all that was asked for
 * @sched: room state
 *
 * Requests to slots are only written; one doorbell is for all of them.
 *
 * Context: sched->lock held.
 */
void pp_slots_ring(struct pp_sched *sched)
{
	lockdep_assert_held(&sched->lock);
	if (sched->to_ring)
		pp_fw_ring_csgs(sched->pp, sched->to_ring);
	sched->to_ring = 0;
}

static void slot_expect(struct pp_sched *sched, unsigned int csg)
{
	unsigned int ms = PP_CSG_TIMEOUT_MS;

	/* A group that was cut short in a protected region takes firmware long. */
	if (sched->slots[csg].group->protm_suspend_buf)
		ms += PP_CSG_PROTM_TIMEOUT_MS;
	sched->to_ring |= BIT(csg);
	sched->slots[csg].deadline = jiffies + msecs_to_jiffies(ms);
	sched->slots[csg].late = false;
	/* The answer of a slow one may have come and its interrupt be lost. */
	queue_delayed_work(sched->wq, &sched->limit_work, msecs_to_jiffies(PP_CSG_TIMEOUT_MS) + 1);
}

/*
 * PROTM_PEND is written explicitly (rule 9): still pending where the group was
 * suspended before its region was served, else equal to what firmware says,
 * which may be left over from the slot's last user. The other events likewise.
 */
static u32 cs_request(struct pp_device *pp, unsigned int csg, struct pp_queue *queue)
{
	u32 ack = READ_ONCE(pp_fw_cs(pp, csg, queue->idx)->out->ack);
	u32 req = ack & PP_CS_EVENTS;

	if (queue->group->protm_pending & BIT(queue->idx))
		req ^= PP_CS_PROTM_PEND;
	return req | PP_CS_STATE_START | PP_CS_IDLE_SYNC_WAIT | PP_CS_IDLE_EMPTY;
}

static void cs_program(struct pp_device *pp, unsigned int csg, struct pp_queue *queue)
{
	struct pp_fw_cs_input *in = pp_fw_cs(pp, csg, queue->idx)->in;

	WRITE_ONCE(queue->in->extract, READ_ONCE(queue->out->extract));
	WRITE_ONCE(in->ringbuf_base, pp_kbo_va(queue->ring));
	WRITE_ONCE(in->ringbuf_size, queue->ring->bo->base.size);
	WRITE_ONCE(in->ringbuf_input, pp_kbo_va(queue->io));
	WRITE_ONCE(in->ringbuf_output, pp_kbo_va(queue->io) + SZ_4K);
	WRITE_ONCE(in->config, PP_CS_CONFIG_PRIORITY(queue->priority) |
			       PP_CS_CONFIG_DOORBELL(csg + 1));
	WRITE_ONCE(in->ack_irq_mask, ~0);
	pp_fw_cs_write(pp, csg, queue->idx, cs_request(pp, csg, queue), ~0);
}

static void csg_program_endpoints(struct pp_device *pp, unsigned int csg,
				  const struct pp_group_args *a, u8 prio)
{
	struct pp_fw_csg_input *in = pp_fw_csg(pp, csg)->in;
	u32 ep = PP_CSG_EP_COMPUTE(a->max_compute_cores) |
		 PP_CSG_EP_FRAGMENT(a->max_fragment_cores) |
		 PP_CSG_EP_TILER(a->max_tiler_cores) | PP_CSG_EP_PRIORITY(prio);

	/* Since 4.0.0 the word has 64 bits and another place (csf.md 2.3). */
	if (pp_fw_info(pp)->version >= PP_FW_VERSION(4, 0, 0))
		WRITE_ONCE(in->endpoint_req2, ep);
	else
		WRITE_ONCE(in->endpoint_req, ep);
}

static void csg_program(struct pp_device *pp, unsigned int csg, struct pp_group *group, int as,
			u8 prio)
{
	struct pp_fw_csg_input *in = pp_fw_csg(pp, csg)->in;
	const struct pp_group_args *a = &group->args;

	csg_program_endpoints(pp, csg, a, prio);
	WRITE_ONCE(in->allow_compute, a->compute_core_mask);
	WRITE_ONCE(in->allow_fragment, a->fragment_core_mask);
	WRITE_ONCE(in->allow_other, (u32)a->tiler_core_mask);
	WRITE_ONCE(in->suspend_buf, pp_kbo_va(group->suspend_buf));
	WRITE_ONCE(in->protm_suspend_buf,
		   group->protm_suspend_buf ? pp_kbo_va(group->protm_suspend_buf) : 0);
	WRITE_ONCE(in->config, as);
	WRITE_ONCE(in->ack_irq_mask, ~0);
	/* Events of the slot's last user are not this group's. */
	WRITE_ONCE(in->cs_irq_ack, READ_ONCE(pp_fw_csg(pp, csg)->out->cs_irq_req));
	pp_fw_csg_ack(pp, csg, PP_CSG_EVENTS);
}

/**
 * pp_slot_start() - put a group on a free slot
 * @sched: room state
 * @csg: FREE slot
 * @group: off slot
 * @as: address space that the caller got for its VM
 * @prio: CSG priority
 *
 * Context: sched->lock held, no session.
 */
void pp_slot_start(struct pp_sched *sched, unsigned int csg, struct pp_group *group,
		   int as, u8 prio)
{
	struct pp_slot *slot = &sched->slots[csg];
	struct pp_device *pp = sched->pp;
	unsigned int i;

	lockdep_assert_held(&sched->lock);
	slot->state = PP_SLOT_STARTING;
	slot->group = pp_group_get(group);
	slot->prio = prio;
	slot->old_prios = 0;
	group->csg = csg;
	group->blocked = 0;
	pp_slot_note_load(sched, csg, !group->idle);

	csg_program(pp, csg, group, as, prio);
	for (i = 0; i < group->args.queue_count; i++)
		cs_program(pp, csg, group->queues[i]);
	/* Queues of the slot's last user that this group has not. */
	for (; i < pp_fw_info(pp)->cs_count; i++)
		pp_fw_cs_write(pp, csg, i, PP_CS_STATE_STOP, PP_CS_STATE_MASK);

	pp_fw_csg_write(pp, csg, group->saved ? PP_CSG_STATE_RESUME : PP_CSG_STATE_START,
			PP_CSG_STATE_MASK);
	pp_fw_csg_toggle(pp, csg, PP_CSG_EP_CFG);
	slot_expect(sched, csg);
	pp_fw_cs_doorbells(pp, csg, pp_group_all_queues(group));
}

/**
 * pp_slot_old_prios() - CSG priorities that firmware may still think the slot has
 * @sched: room state
 * @csg: slot
 *
 * Context: sched->lock held.
 * Return: mask; 0 when firmware has acknowledged the last one. One that is asked to
 * give its slot up at the same time may never be told of it.
 */
u32 pp_slot_old_prios(struct pp_sched *sched, unsigned int csg)
{
	enum pp_slot_state state = sched->slots[csg].state;

	lockdep_assert_held(&sched->lock);
	if (state == PP_SLOT_SUSPENDING || state == PP_SLOT_TERMINATING ||
	    pp_fw_csg_pending(sched->pp, csg, PP_CSG_EP_CFG))
		return sched->slots[csg].old_prios;
	return 0;
}

/**
 * pp_slot_set_prio() - another place in the order
 * @sched: room state
 * @csg: RUNNING slot, with PP_CSG_EP_CFG acknowledged
 * @prio: CSG priority
 *
 * Context: sched->lock held, no session.
 */
void pp_slot_set_prio(struct pp_sched *sched, unsigned int csg, u8 prio)
{
	struct pp_slot *slot = &sched->slots[csg];

	lockdep_assert_held(&sched->lock);
	slot->old_prios = BIT(slot->prio);
	slot->prio = prio;
	csg_program_endpoints(sched->pp, csg, &slot->group->args, prio);
	pp_fw_csg_toggle(sched->pp, csg, PP_CSG_EP_CFG);
	slot_expect(sched, csg);
}

/**
 * pp_slot_ask_status() - what are the group's queues doing?
 * @sched: room state
 * @csg: slot
 *
 * During a session nothing is asked of firmware; it is when that is over.
 *
 * Context: sched->lock held.
 */
void pp_slot_ask_status(struct pp_sched *sched, unsigned int csg)
{
	struct pp_slot *slot = &sched->slots[csg];

	lockdep_assert_held(&sched->lock);
	if (slot->state != PP_SLOT_RUNNING || slot->asked)
		return;
	slot->to_ask = pp_protm_in_session(sched->pp);
	if (slot->to_ask)
		return;
	slot->asked = true;
	pp_fw_csg_toggle(sched->pp, csg, PP_CSG_STATUS_UPDATE);
	slot_expect(sched, csg);
}

/* The answer: a group all of whose queues wait makes room for others. */
static void slot_told_status(struct pp_sched *sched, unsigned int csg)
{
	struct pp_slot *slot = &sched->slots[csg];

	if (!slot->asked || pp_fw_csg_pending(sched->pp, csg, PP_CSG_STATUS_UPDATE))
		return;
	slot->asked = false;
	if (slot->state != PP_SLOT_RUNNING || pp_group_dead(slot->group))
		return;
	pp_group_note_waits(slot->group, csg);
	pp_group_requeue(slot->group);
	pp_sched_kick(sched->pp);
}

static void slot_leave(struct pp_sched *sched, unsigned int csg, enum pp_slot_state state,
		       u32 request)
{
	lockdep_assert_held(&sched->lock);
	sched->slots[csg].old_prios = pp_slot_old_prios(sched, csg);
	sched->slots[csg].state = state;
	pp_fw_csg_write(sched->pp, csg, request, PP_CSG_STATE_MASK);
	slot_expect(sched, csg);
}

/**
 * pp_slot_suspend() - ask firmware to save the group
 * @sched: room state
 * @csg: RUNNING slot
 *
 * Context: sched->lock held, no session.
 */
void pp_slot_suspend(struct pp_sched *sched, unsigned int csg)
{
	slot_leave(sched, csg, PP_SLOT_SUSPENDING, PP_CSG_STATE_SUSPEND);
}

/**
 * pp_slot_terminate() - ask firmware to drop the group
 * @sched: room state
 * @csg: RUNNING slot
 *
 * Context: sched->lock held, no session.
 */
void pp_slot_terminate(struct pp_sched *sched, unsigned int csg)
{
	slot_leave(sched, csg, PP_SLOT_TERMINATING, PP_CSG_STATE_TERMINATE);
}

/**
 * pp_slot_note_load() - is there work for what is on the slot?
 * @sched: room state
 * @csg: slot
 * @load: whether there is
 *
 * The GPU is busy, as devfreq sees it, while any slot has work.
 *
 * Context: sched->lock held. Fence-signalling path.
 */
void pp_slot_note_load(struct pp_sched *sched, unsigned int csg, bool load)
{
	u32 loaded = load ? sched->loaded | BIT(csg) : sched->loaded & ~BIT(csg);

	lockdep_assert_held(&sched->lock);
	if (!loaded != !sched->loaded)
		pp_devfreq_set_busy(sched->pp, loaded);
	sched->loaded = loaded;
}

/**
 * pp_slot_vacate() - the group is off the slot
 * @sched: room state
 * @csg: slot
 *
 * Context: sched->lock held.
 */
void pp_slot_vacate(struct pp_sched *sched, unsigned int csg)
{
	struct pp_slot *slot = &sched->slots[csg];
	struct pp_group *group = slot->group;
	unsigned int i;

	lockdep_assert_held(&sched->lock);
	pp_sched_leaves(sched, group);
	for (i = 0; i < group->args.queue_count; i++)
		pp_queue_timer_stop(group->queues[i]);
	group->csg = -1;
	pp_slot_note_load(sched, csg, false);
	/* Firmware asks again when the group is back. */
	group->oom = 0;
	slot->state = PP_SLOT_FREE;
	slot->asked = false;
	slot->to_ask = false;
	slot->group = NULL;
	pp_vm_as_put(group->vm);

	if (pp_group_dead(group))
		pp_group_kill(group);
	else
		pp_group_requeue(group);
	wake_up_all(&sched->wait);
	pp_group_put(group);
}

/**
 * pp_slot_saved() - firmware has saved the group
 * @sched: room state
 * @csg: its slot
 *
 * Regions that were not served are remembered for its next time on a slot: their
 * events may not have been handled, and firmware need not tell again (rule 9).
 *
 * Context: sched->lock held.
 */
void pp_slot_saved(struct pp_sched *sched, unsigned int csg)
{
	struct pp_group *group = sched->slots[csg].group;
	unsigned int i;

	lockdep_assert_held(&sched->lock);
	group->saved = true;
	for (i = 0; i < group->args.queue_count; i++) {
		if (pp_fw_cs_pending(sched->pp, csg, i, PP_CS_PROTM_PEND))
			pp_group_note_pending(group, i);
	}
}

/* What its queues were waiting for is to be looked at by us from now on. */
static void slot_suspended(struct pp_sched *sched, unsigned int csg)
{
	struct pp_group *group = sched->slots[csg].group;
	struct pp_device *pp = sched->pp;
	unsigned int i;

	pp_slot_saved(sched, csg);
	for (i = 0; i < group->args.queue_count; i++) {
		pp_queue_complete(group->queues[i]);
		pp_fw_cs_write(pp, csg, i, PP_CS_STATE_STOP, PP_CS_STATE_MASK);
	}
	pp_group_note_waits(group, csg);
	pp_slot_vacate(sched, csg);
}

/**
 * pp_slot_acked() - firmware changed the acknowledge word of a slot
 * @sched: room state
 * @csg: slot
 *
 * Context: sched->lock held.
 */
void pp_slot_acked(struct pp_sched *sched, unsigned int csg)
{
	u32 state = READ_ONCE(pp_fw_csg(sched->pp, csg)->out->ack) & PP_CSG_STATE_MASK;
	struct pp_slot *slot = &sched->slots[csg];
	unsigned int i;

	lockdep_assert_held(&sched->lock);
	slot_told_status(sched, csg);
	if (pp_fw_csg_pending(sched->pp, csg, PP_CSG_STATE_MASK))
		return;
	if (sched->settling)
		pp_sched_kick(sched->pp);

	switch (slot->state) {
	case PP_SLOT_STARTING:
		if (state != PP_CSG_STATE_START && state != PP_CSG_STATE_RESUME)
			return;
		slot->state = PP_SLOT_RUNNING;
		for (i = 0; i < slot->group->args.queue_count; i++)
			pp_queue_timer_start(slot->group->queues[i]);
		/* Else there is nothing new to decide. */
		if (!pp_group_dead(slot->group) && !slot->group->protm_pending)
			return;
		break;
	case PP_SLOT_SUSPENDING:
		slot_suspended(sched, csg);
		break;
	case PP_SLOT_TERMINATING:
		pp_slot_vacate(sched, csg);
		break;
	default:
		return;
	}
	pp_sched_kick(sched->pp);
}

/**
 * pp_slots_timers() - let job timers run, or stand still for a session
 * @sched: room state
 * @only: the group whose session is on, or NULL: all run
 * @queues: of @only: those in protected mode, no others run
 *
 * Context: sched->lock held.
 */
void pp_slots_timers(struct pp_sched *sched, struct pp_group *only, u32 queues)
{
	unsigned int i, q;

	lockdep_assert_held(&sched->lock);
	sched->timers_stopped = only;
	sched->session_queues = queues;
	for (i = 0; i < pp_fw_info(sched->pp)->csg_count; i++) {
		struct pp_group *group = sched->slots[i].group;

		for (q = 0; group && q < group->args.queue_count; q++) {
			if (only && (group != only || !(queues & BIT(q))))
				pp_queue_timer_stop(group->queues[q]);
			else if (sched->slots[i].state == PP_SLOT_RUNNING)
				pp_queue_timer_start(group->queues[q]);
		}
	}
}

/**
 * pp_slot_limit_work() - has firmware left a request unanswered?
 * @work: sched->limit_work
 */
void pp_slot_limit_work(struct work_struct *work)
{
	struct pp_sched *sched = container_of(work, struct pp_sched, limit_work.work);
	unsigned long next = 0, left;
	unsigned int i;

	pp_sched_lock(sched);
	pp_sched_events_missed(sched);
	for (i = 0; i < pp_fw_info(sched->pp)->csg_count && !sched->hold; i++) {
		struct pp_slot *slot = &sched->slots[i];

		if (slot->state == PP_SLOT_FREE ||
		    (slot->state == PP_SLOT_RUNNING &&
		     !pp_fw_csg_pending(sched->pp, i, CSG_SIDE_REQUESTS)))
			continue;
		/* One more look, for which firmware has had time for certain. */
		if (!time_before(jiffies, slot->deadline) && !slot->late) {
			slot->late = true;
			slot->deadline = jiffies + msecs_to_jiffies(PP_CSG_GRACE_MS);
		}
		if (time_before(jiffies, slot->deadline)) {
			left = slot->deadline - jiffies;
			next = next ? min(next, left) : left;
			continue;
		}
		drm_err(&sched->pp->drm, "group %u: firmware does not answer on slot %u\n",
			slot->group->id, i);
		pp_device_schedule_reset(sched->pp, PP_RESET_FW_TIMEOUT, false);
		next = 0;
		break;
	}
	if (next)
		mod_delayed_work(sched->wq, &sched->limit_work,
				 min(next, msecs_to_jiffies(PP_LOOK_MS)) + 1);
	pp_slots_ring(sched);
	pp_sched_unlock(sched);
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Protected sessions: carries out what the machine decides.
 *
 * Everything that happens becomes an event of the machine, under protm->lock:
 * an interrupt, a limit, a wish to end. The actions that it answers with are
 * short writes to memory and registers, done under the same lock, so that their
 * order is that of the events. Nobody waits for anything here (rule 7): ENTER
 * acknowledged, PROTM_EXIT and limits come as events of their own.
 */
#include <linux/slab.h>

#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "fw/fw.h"
#include "hw/hw.h"
#include "protm/priv.h"

#define CREATE_TRACE_POINTS
#include "protm/trace.h"

/**
 * struct pp_protm_fallout - what is left to do when the lock is free again
 * @over: group whose session has ended, or NULL
 * @failed: group that failed, or NULL
 * @cause: why @over's session ended
 * @reset: reset to be scheduled, or PP_RESET_NONE
 */
struct pp_protm_fallout {
	struct pp_group *over, *failed;
	enum pp_protm_exit_cause cause;
	enum pp_reset_cause reset;
};

static u32 group_id(struct pp_protm *protm, const struct pp_group *group)
{
	return protm->hooks && group ? protm->hooks->group_id(group) : 0;
}

/* More than an hour is as good as that. */
static u32 ms_to_us(unsigned int ms)
{
	return min_t(unsigned int, ms, 3600 * MSEC_PER_SEC) * USEC_PER_MSEC;
}

/**
 * pp_protm_limit_us() - a time limit
 * @protm: room state
 * @limit: which
 *
 * Slice, grace and progress limit are module parameters, changeable at any time. A
 * progress limit of nothing would let no region get anywhere.
 *
 * Context: Any.
 * Return: microseconds.
 */
u32 pp_protm_limit_us(struct pp_protm *protm, enum pp_protm_limit limit)
{
	switch (limit) {
	case PP_PROTM_LIMIT_SLICE:
		return ms_to_us(READ_ONCE(pp_param_protm_slice_ms));
	case PP_PROTM_LIMIT_GRACE:
		return READ_ONCE(pp_param_protm_grace_us);
	case PP_PROTM_LIMIT_PROGRESS:
		return max(ms_to_us(READ_ONCE(pp_param_protm_progress_ms)),
			   (u32)USEC_PER_MSEC);
	default:
		return READ_ONCE(protm->limits.us[limit]);
	}
}

static void start_limit(struct pp_protm *protm, enum pp_protm_limit limit)
{
	u32 us = pp_protm_limit_us(protm, limit);

	lockdep_assert_held(&protm->lock);
	if (limit == PP_PROTM_LIMIT_NONE) {
		protm->deadline = KTIME_MAX;
		cancel_delayed_work(&protm->limit_work);
		return;
	}
	protm->deadline = ktime_add_us(ktime_get(), us);
	mod_delayed_work(protm->wq, &protm->limit_work, usecs_to_jiffies(us) + 1);
}

/*
 * The CSs are acknowledged first, the session is requested after: firmware samples
 * them at that request, and does not look at one that is acknowledged later
 * (csf.md 5.5). Both words are written before the doorbell.
 */
static void do_enter(struct pp_protm *protm)
{
	struct pp_device *pp = protm->pp;
	unsigned long mask = protm->cs_mask;
	unsigned int cs;

	for_each_set_bit(cs, &mask, PP_FW_MAX_CS)
		pp_fw_cs_ack(pp, protm->csg, cs, PP_CS_PROTM_PEND);

	protm->requested = ktime_get();
	protm->confirmed = 0;
	protm->forced = 0;
	protm->left = false;
	trace_pp_protm_enter(group_id(protm, protm->active), protm->csg, protm->cs_mask);
	pp_fw_glb_toggle(pp, PP_GLB_PROTM_ENTER);
	pp_fw_ring_glb(pp);
}

/*
 * Acknowledged. The switch to protected mode comes a little later, and a short
 * region may be over already (rule 8): then the exit is pending, and tells more
 * than the register.
 */
static enum pp_protm_event do_look(struct pp_protm *protm)
{
	if (pp_fw_glb_pending(protm->pp, PP_GLB_PROTM_EXIT))
		return PP_PROTM_EV_UNSEEN;
	if (pp_hw_protm_active(protm->pp))
		return PP_PROTM_EV_SEEN;

	queue_delayed_work(protm->wq, &protm->look_work,
			   usecs_to_jiffies(PP_PROTM_LOOK_AGAIN_US) + 1);
	return PP_PROTM_EV_UNSEEN;
}

static void note_confirmed(struct pp_protm *protm, ktime_t now)
{
	u64 ns = ktime_to_ns(ktime_sub(now, protm->requested));

	if (protm->confirmed)
		return;
	protm->confirmed = now;
	protm->stats.sessions++;
	protm->stats.enter_longest_ns = max(protm->stats.enter_longest_ns, ns);
	trace_pp_protm_active(group_id(protm, protm->active));
}

static void note_exit(struct pp_protm *protm)
{
	struct pp_protm_stats *s = &protm->stats;
	ktime_t now = ktime_get();
	u64 ns;

	note_confirmed(protm, now);
	ns = ktime_to_ns(ktime_sub(now, protm->confirmed));
	s->active_ns += ns;
	s->longest_ns = max(s->longest_ns, ns);
	if (protm->forced)
		s->exit_longest_ns = max_t(u64, s->exit_longest_ns,
					   ktime_to_ns(ktime_sub(now, protm->forced)));
}

/* Entering and leaving does not count. */
static u64 ran_ns(const struct pp_protm *protm, ktime_t now)
{
	if (!protm->confirmed)
		return 0;
	return ktime_to_ns(ktime_sub(protm->forced ?: now, protm->confirmed));
}

static void do_end(struct pp_protm *protm, struct pp_protm_fallout *fallout)
{
	enum pp_protm_exit_cause cause = protm->machine.cause;
	ktime_t now = ktime_get();
	u64 ns = 0;

	if (protm->active) {
		if (protm->confirmed) {
			ns = ktime_to_ns(ktime_sub(now, protm->confirmed));
			/* From the request on: nobody else could run. */
			if (protm->hooks)
				protm->hooks->used(protm->active,
						   ktime_to_ns(ktime_sub(now, protm->requested)));
		} else {
			protm->stats.failed_entries++;
		}
		protm->stats.exits[cause]++;
		trace_pp_protm_exit(group_id(protm, protm->active),
				    pp_protm_cause_name(cause), ns);
		fallout->over = protm->active;
		fallout->cause = cause;
		protm->last_ran_ns = ran_ns(protm, now);
		protm->ended = now;
		protm->active = NULL;
	}
	pp_protm_gate_open(&protm->gate);
}

static void do_ping(struct pp_protm *protm)
{
	protm->forced = ktime_get();
	trace_pp_protm_force_exit(pp_protm_cause_name(protm->machine.cause));
	pp_fw_glb_toggle(protm->pp, PP_GLB_PING);
	pp_fw_ring_glb(protm->pp);
}

/* From the lowest bit up, as machine.h says. Returns true if *next is to follow. */
static bool do_actions(struct pp_protm *protm, u32 actions, struct pp_protm_fallout *fallout,
		       enum pp_protm_event *next)
{
	struct pp_device *pp = protm->pp;
	bool follow = false;

	lockdep_assert_held(&protm->lock);
	if (actions & PP_PROTM_DO_PAUSE_PING)
		pp_fw_ping_pause(pp);
	if (actions & PP_PROTM_DO_ENTER)
		do_enter(protm);
	if (actions & PP_PROTM_DO_LOOK) {
		*next = do_look(protm);
		follow = true;
	}
	if (actions & PP_PROTM_DO_PING)
		do_ping(protm);
	if (actions & PP_PROTM_DO_ACK_EXIT)
		pp_fw_glb_ack(pp, PP_GLB_PROTM_EXIT);
	if (actions & PP_PROTM_DO_FATAL)
		fallout->failed = protm->active;
	if (actions & PP_PROTM_DO_END)
		do_end(protm, fallout);
	if (actions & PP_PROTM_DO_RESUME_PING)
		pp_fw_ping_resume(pp);
	if (actions & PP_PROTM_DO_FAULT_IRQ)
		pp_irq_enable_events(pp, PP_IRQ_GPU, PP_GPU_IRQ_PROTECTED_FAULT);
	return follow;
}

static void step(struct pp_protm *protm, enum pp_protm_event ev, enum pp_protm_exit_cause cause,
		 struct pp_protm_fallout *fallout)
{
	enum pp_protm_state old;
	struct pp_protm_result r;
	bool follow;

	lockdep_assert_held(&protm->lock);
	do {
		old = protm->machine.state;
		r = pp_protm_machine_step(&protm->machine, ev, cause);
		if (r.odd)
			drm_dbg(&protm->pp->drm, "protected mode: %s while %s\n",
				pp_protm_event_name(ev), pp_protm_state_name(old));

		if (old == PP_PROTM_CONFIRMING && ev == PP_PROTM_EV_SEEN)
			note_confirmed(protm, ktime_get());
		if (ev == PP_PROTM_EV_EXIT && pp_protm_state_in_session(old) &&
		    protm->machine.state == PP_PROTM_NORMAL)
			note_exit(protm);
		if (ev == PP_PROTM_EV_EXIT && old == PP_PROTM_FAULTED)
			protm->left = true;
		if (r.restart)
			start_limit(protm, r.limit);
		if (r.actions & PP_PROTM_DO_RESET)
			fallout->reset = ev == PP_PROTM_EV_FAULT ? PP_RESET_PROTM_FAULT :
								   PP_RESET_PROTM_TIMEOUT;
		follow = do_actions(protm, r.actions, fallout, &ev);
	} while (follow);
}

/* What needs locks that must not be taken under ours. */
static void settle(struct pp_protm *protm, const struct pp_protm_fallout *fallout)
{
	const struct pp_protm_hooks *hooks = protm->hooks;
	struct pp_device *pp = protm->pp;

	if (fallout->failed && hooks)
		hooks->group_failed(pp, fallout->failed);
	if (fallout->over && hooks)
		hooks->session_over(pp, fallout->over, fallout->cause);
	if (fallout->reset != PP_RESET_NONE)
		pp_device_schedule_reset(pp, fallout->reset, false);
}

/**
 * pp_protm_event() - something happened
 * @protm: room state
 * @ev: what
 * @cause: with %PP_PROTM_EV_FORCE: why
 *
 * Context: Any but hard interrupts. Takes protm->lock, then calls hooks without it.
 */
void pp_protm_event(struct pp_protm *protm, enum pp_protm_event ev, enum pp_protm_exit_cause cause)
{
	struct pp_protm_fallout fallout = { .reset = PP_RESET_NONE };
	unsigned long flags;

	spin_lock_irqsave(&protm->lock, flags);
	step(protm, ev, cause, &fallout);
	spin_unlock_irqrestore(&protm->lock, flags);
	settle(protm, &fallout);
}

/**
 * pp_protm_kick() - let the tick run
 * @protm: room state
 *
 * Context: Any.
 */
void pp_protm_kick(struct pp_protm *protm)
{
	const struct pp_protm_hooks *hooks = READ_ONCE(protm->hooks);

	if (hooks)
		hooks->kick(protm->pp);
}

/* In this order: firmware acknowledges the entry before it raises the exit. */
static void take_words(struct pp_protm *protm, struct pp_protm_fallout *fallout)
{
	bool acked, exited;

	exited = pp_fw_glb_pending(protm->pp, PP_GLB_PROTM_EXIT);
	dma_rmb();
	acked = !pp_fw_glb_pending(protm->pp, PP_GLB_PROTM_ENTER);

	if (acked && protm->machine.state == PP_PROTM_ENTERING)
		step(protm, PP_PROTM_EV_ACK, PP_EXIT_DONE, fallout);
	if (exited)
		step(protm, PP_PROTM_EV_EXIT, PP_EXIT_DONE, fallout);
}

static void limit_work(struct work_struct *work)
{
	struct pp_protm *protm = container_of(work, struct pp_protm, limit_work.work);
	struct pp_protm_fallout fallout = { .reset = PP_RESET_NONE };
	enum pp_protm_state state;
	unsigned long flags;
	ktime_t now;
	bool passed;

	/* The state may have changed, and its limit with it, since this was queued. */
	spin_lock_irqsave(&protm->lock, flags);
	state = protm->machine.state;
	now = ktime_get();
	passed = ktime_compare(now, protm->deadline) >= 0;
	/* Jiffies may have been behind when this was queued: too early, and nobody else looks. */
	if (!passed && protm->deadline != KTIME_MAX)
		queue_delayed_work(protm->wq, &protm->limit_work,
				   nsecs_to_jiffies(ktime_to_ns(ktime_sub(protm->deadline,
									  now))) + 1);
	/*
	 * An interrupt may have got lost: what was raised is cleared, so that it can
	 * be raised again, and looked at. A new state has a limit of its own.
	 */
	if (passed && pp_protm_state_in_session(state)) {
		pp_irq_take_raw(protm->pp, PP_IRQ_JOB, ~0);
		take_words(protm, &fallout);
		/* Nobody may have looked in the meantime. */
		if (protm->machine.state == PP_PROTM_CONFIRMING)
			step(protm, do_look(protm), PP_EXIT_DONE, &fallout);
	}
	passed = passed && protm->machine.state == state;
	if (passed) {
		protm->deadline = KTIME_MAX;
		step(protm, PP_PROTM_EV_LIMIT, PP_EXIT_PROGRESS, &fallout);
	}
	spin_unlock_irqrestore(&protm->lock, flags);

	if (passed && fallout.reset != PP_RESET_NONE)
		drm_err(&protm->pp->drm, "protected mode: firmware is stuck while %s\n",
			pp_protm_state_name(state));
	settle(protm, &fallout);
}

static void look_work(struct work_struct *work)
{
	struct pp_protm *protm = container_of(work, struct pp_protm, look_work.work);
	struct pp_protm_fallout fallout = { .reset = PP_RESET_NONE };
	unsigned long flags;
	bool kick;

	spin_lock_irqsave(&protm->lock, flags);
	kick = protm->machine.state == PP_PROTM_NORMAL;
	/* An exit that nobody answers would be in the way of all entries. */
	if (kick)
		take_words(protm, &fallout);
	if (protm->machine.state == PP_PROTM_CONFIRMING)
		step(protm, do_look(protm), PP_EXIT_DONE, &fallout);
	spin_unlock_irqrestore(&protm->lock, flags);

	settle(protm, &fallout);
	if (kick)
		pp_protm_kick(protm);
}

/**
 * pp_protm_glb_events() - look at firmware's global events
 * @pp: device
 *
 * PROTM_EXIT is acknowledged right here: firmware may be asked to enter again
 * only after that, and the tick that will ask is queued by the same step. The
 * CSG events of the same interrupt must have been handled before: among them can
 * be a PROTM_PEND raised by the region that was cut short, and a tick that ran
 * between the two would find nothing to do for the group.
 *
 * Context: JOB IRQ thread; sched->lock may be held.
 */
void pp_protm_glb_events(struct pp_device *pp)
{
	struct pp_protm *protm = pp->protm;
	struct pp_protm_fallout fallout = { .reset = PP_RESET_NONE };
	unsigned long flags;

	spin_lock_irqsave(&protm->lock, flags);
	take_words(protm, &fallout);
	spin_unlock_irqrestore(&protm->lock, flags);
	settle(protm, &fallout);
}

/* GPU IRQ thread; hw has masked the interrupt and not cleared it (rule 10). */
static void protm_fault(struct pp_device *pp)
{
	struct pp_protm *protm = pp->protm;
	unsigned long flags;
	u32 id;

	spin_lock_irqsave(&protm->lock, flags);
	protm->stats.faults++;
	/* That is a sign of protected mode, if none has been seen yet. */
	if (protm->machine.state == PP_PROTM_CONFIRMING)
		note_confirmed(protm, ktime_get());
	id = group_id(protm, protm->active);
	spin_unlock_irqrestore(&protm->lock, flags);

	trace_pp_protm_fault(id);
	pp_protm_event(protm, PP_PROTM_EV_FAULT, PP_EXIT_FAULT);
}

/**
 * pp_protm_try_enter() - ask firmware for a session, if nothing is in the way
 * @pp: device
 * @group: the top group, on slot @csg and running; the slot keeps it alive
 * @csg: its slot
 * @cs_mask: its CSs that wait at a protected region
 *
 * Context: The tick, sched->lock held. Never sleeps.
 * Return: 0: PROTM_ENTER is sent, and @group is the active one until
 * hooks->session_over(). -EBUSY: a VM operation, an unanswered ping, a reset or
 * the previous session is in the way, and hooks->kick() follows. -ENODEV: there is
 * no protected memory.
 */
int pp_protm_try_enter(struct pp_device *pp, struct pp_group *group, unsigned int csg, u32 cs_mask)
{
	struct pp_protm *protm = pp->protm;
	struct pp_protm_fallout fallout = { .reset = PP_RESET_NONE };
	enum pp_protm_state state = pp_protm_state(protm);
	unsigned long flags;

	if (state == PP_PROTM_DISABLED || state == PP_PROTM_ATTACHING)
		return -ENODEV;
	if (state != PP_PROTM_NORMAL || pp_reset_pending(pp))
		return -EBUSY;

	spin_lock_irqsave(&protm->lock, flags);
	/*
	 * The gate is closed under the lock, as it is opened: whoever ends a session says
	 * that it is over a moment before opening the gate.
	 */
	if (protm->machine.state != PP_PROTM_NORMAL || !pp_protm_gate_try_close(&protm->gate)) {
		spin_unlock_irqrestore(&protm->lock, flags);
		return -EBUSY;
	}
	/* No ping can be sent from here on; one that was is to be answered first. */
	pp_fw_ping_pause(pp);
	if (pp_fw_glb_pending(pp, PP_GLB_PING | PP_GLB_PROTM_ENTER | PP_GLB_PROTM_EXIT)) {
		pp_fw_ping_resume(pp);
		pp_protm_gate_open(&protm->gate);
		queue_delayed_work(protm->wq, &protm->look_work,
				   usecs_to_jiffies(PP_PROTM_LOOK_AGAIN_US) + 1);
		spin_unlock_irqrestore(&protm->lock, flags);
		return -EBUSY;
	}
	protm->active = group;
	protm->csg = csg;
	protm->cs_mask = cs_mask;
	step(protm, PP_PROTM_EV_ENTER, PP_EXIT_DONE, &fallout);
	spin_unlock_irqrestore(&protm->lock, flags);
	settle(protm, &fallout);
	return 0;
}

/**
 * pp_protm_force_exit() - end the session, if there is one
 * @pp: device
 * @cause: why; counted with the first that asked
 *
 * Context: Any but hard interrupts. Does not wait; hooks->session_over() tells.
 */
void pp_protm_force_exit(struct pp_device *pp, enum pp_protm_exit_cause cause)
{
	pp_protm_event(pp->protm, PP_PROTM_EV_FORCE, cause);
}

/**
 * pp_protm_state() - where the machine stands
 * @protm: room state
 *
 * Context: Any; the answer may be old when it is used.
 * Return: the state.
 */
enum pp_protm_state pp_protm_state(struct pp_protm *protm)
{
	return READ_ONCE(protm->machine.state);
}

/**
 * pp_protm_ready() - is there protected memory?
 * @pp: device
 *
 * Context: Any.
 * Return: true when firmware has it, though a reset may be due first.
 */
bool pp_protm_ready(struct pp_device *pp)
{
	enum pp_protm_state state = pp_protm_state(pp->protm);

	return state != PP_PROTM_DISABLED && state != PP_PROTM_ATTACHING;
}

/**
 * pp_protm_confirmed() - is firmware really in protected mode?
 * @pp: device
 *
 * Context: Any; final when the MCU is stopped.
 * Return: true if there is a session of which the GPU has shown a sign, and not left
 * again: firmware has saved all other groups then (csf.md 5.4). Leaving, it lets them
 * run, and what it saved is of the past.
 */
bool pp_protm_confirmed(struct pp_device *pp)
{
	struct pp_protm *protm = pp->protm;
	unsigned long flags;
	bool confirmed;

	spin_lock_irqsave(&protm->lock, flags);
	confirmed = protm->active && protm->confirmed && !protm->left &&
		    !pp_fw_glb_pending(pp, PP_GLB_PROTM_EXIT);
	spin_unlock_irqrestore(&protm->lock, flags);
	return confirmed;
}

/**
 * pp_protm_lost() - can only a reset end the session?
 * @pp: device
 *
 * Context: Any.
 * Return: true after a fault or a passed limit: asking firmware to leave is of no use.
 */
bool pp_protm_lost(struct pp_device *pp)
{
	return pp_protm_state(pp->protm) == PP_PROTM_FAULTED;
}

/**
 * pp_protm_turn_over() - the tick has decided, and does not want a session now
 * @pp: device
 *
 * Context: Any.
 */
void pp_protm_turn_over(struct pp_device *pp)
{
	pp_protm_gate_turn_over(&pp->protm->gate);
}

/**
 * pp_protm_active_group() - whose session is on
 * @pp: device
 *
 * Context: Any; to be compared only, unless the caller knows that it is alive.
 * Return: the group from the request of its session to the end, or NULL.
 */
struct pp_group *pp_protm_active_group(struct pp_device *pp)
{
	return READ_ONCE(pp->protm->active);
}

/**
 * pp_protm_in_session() - must firmware be left alone?
 * @pp: device
 *
 * Context: Any.
 * Return: true from PROTM_ENTER to the exit or the reset (rule 3).
 */
bool pp_protm_in_session(struct pp_device *pp)
{
	return !!pp_protm_active_group(pp);
}

/**
 * pp_protm_active_id() - number of the group whose session is on
 * @protm: room state
 *
 * Context: Any.
 * Return: the number, or 0.
 */
u32 pp_protm_active_id(struct pp_protm *protm)
{
	unsigned long flags;
	u32 id;

	spin_lock_irqsave(&protm->lock, flags);
	id = group_id(protm, protm->active);
	spin_unlock_irqrestore(&protm->lock, flags);
	return id;
}

/**
 * pp_protm_clock() - who could execute since when
 * @pp: device
 * @clock: filled in
 *
 * Context: Any.
 */
void pp_protm_clock(struct pp_device *pp, struct pp_protm_clock *clock)
{
	struct pp_protm *protm = pp->protm;
	unsigned long flags;

	spin_lock_irqsave(&protm->lock, flags);
	clock->in_session = protm->active;
	clock->ran_ns = protm->active ? ran_ns(protm, ktime_get()) : protm->last_ran_ns;
	clock->ended_ns = ktime_to_ns(protm->ended);
	spin_unlock_irqrestore(&protm->lock, flags);
}

/**
 * pp_protm_get_stats() - counters since probe
 * @pp: device
 * @out: filled in
 *
 * Context: Any.
 */
void pp_protm_get_stats(struct pp_device *pp, struct pp_protm_stats *out)
{
	struct pp_protm *protm = pp->protm;
	unsigned long flags;

	spin_lock_irqsave(&protm->lock, flags);
	*out = protm->stats;
	spin_unlock_irqrestore(&protm->lock, flags);
}

/**
 * pp_protm_pre_reset() - the MCU is stopped: whatever session there was is over
 * @pp: device; or it is known to be in normal mode, and a reset is due
 *
 * Operations that waited at the gate go on; they edit tables without AS commands.
 *
 * Context: The reset work.
 */
void pp_protm_pre_reset(struct pp_device *pp)
{
	pp_protm_event(pp->protm, PP_PROTM_EV_STOPPED, PP_EXIT_RESET);
}

/**
 * pp_protm_post_reset() - firmware runs again, or does not
 * @pp: device
 * @failed: it does not
 *
 * Context: The reset work, before groups run again.
 */
void pp_protm_post_reset(struct pp_device *pp, bool failed)
{
	struct pp_protm *protm = pp->protm;

	pp_protm_event(protm, PP_PROTM_EV_RESET, PP_EXIT_RESET);
	if (pp_protm_state(protm) == PP_PROTM_NORMAL && (failed || !pp_fw_info(pp)->prot_loaded))
		pp_protm_event(protm, PP_PROTM_EV_DETACHED, PP_EXIT_RESET);
}

/**
 * pp_protm_set_hooks() - who is told
 * @pp: device
 * @hooks: of the scheduler; must stay valid
 *
 * Context: Initialisation.
 */
void pp_protm_set_hooks(struct pp_device *pp, const struct pp_protm_hooks *hooks)
{
	WRITE_ONCE(pp->protm->hooks, hooks);
}

static void free_wq(struct drm_device *drm, void *wq)
{
	destroy_workqueue(wq);
}

/**
 * pp_protm_init() - after firmware's first boot
 * @pp: device
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int pp_protm_init(struct pp_device *pp)
{
	struct pp_protm *protm;
	int ret;

	protm = drmm_kzalloc(&pp->drm, sizeof(*protm), GFP_KERNEL);
	if (!protm)
		return -ENOMEM;
	protm->pp = pp;
	protm->limits = pp_protm_default_limits;
	protm->deadline = KTIME_MAX;
	spin_lock_init(&protm->lock);
	pp_protm_machine_init(&protm->machine);
	pp_protm_gate_init(&protm->gate);
	INIT_DELAYED_WORK(&protm->limit_work, limit_work);
	INIT_DELAYED_WORK(&protm->look_work, look_work);
	ret = drmm_mutex_init(&pp->drm, &protm->attach_lock);
	if (ret)
		return ret;
	protm->wq = alloc_workqueue("panthor-protm-session",
				    WQ_UNBOUND | WQ_HIGHPRI | WQ_MEM_RECLAIM, 0);
	if (!protm->wq)
		return -ENOMEM;
	ret = drmm_add_action_or_reset(&pp->drm, free_wq, protm->wq);
	if (ret)
		return ret;
	pp->protm = protm;

	if (pp_fw_info(pp)->prot_loaded) {
		pp_protm_event(protm, PP_PROTM_EV_ATTACH, PP_EXIT_DONE);
		pp_protm_event(protm, PP_PROTM_EV_ATTACHED, PP_EXIT_DONE);
	}
	pp_hw_set_protm_fault_handler(pp, protm_fault);
	pp_protm_debugfs_init(pp);
	return 0;
}

/**
 * pp_protm_unplug() - the GPU goes away
 * @pp: device; groups are off their slots already
 *
 * Context: Sleeps.
 */
void pp_protm_unplug(struct pp_device *pp)
{
	struct pp_protm *protm = pp->protm;

	pp_hw_set_protm_fault_handler(pp, NULL);
	pp_protm_event(protm, PP_PROTM_EV_STOPPED, PP_EXIT_SUSPEND);
	disable_delayed_work_sync(&protm->limit_work);
	disable_delayed_work_sync(&protm->look_work);
	pp_protm_gate_open(&protm->gate);
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The global interface: what firmware is told after each boot, halting it, and
 * the watchdog ping.
 */
#include <linux/bitfield.h>
#include <linux/clk.h>
#include <linux/math64.h>
#ifdef CONFIG_ARM_ARCH_TIMER
#include <asm/arch_timer.h>
#endif

#include <drm/drm_print.h>

#include "fw/priv.h"
#include "hw/hw.h"

#define PP_PING_INTERVAL_MS	12000
#define PP_PING_TIMEOUT_MS	100
#define PP_CFG_TIMEOUT_MS	100
/* One more look after that: a machine that stood still has given firmware no time. */
#define PP_GLB_GRACE_MS		20

/* How long a shader core stays powered without work, and all slots idle. */
#define PP_GLB_POWEROFF_US	10000
#define PP_GLB_IDLE_US		800
/* A stream that makes no progress for this many GPU cycles is stuck. */
#define PP_GLB_PROGRESS_CYCLES	(5ull * 500 * 1024 * 1024)

/*
 * Requests that acknowledge by interrupt, and events. Not the idle event: groups
 * tell that they are idle, and the sum of that needs no interrupt of its own.
 */
#define PP_GLB_ACK_IRQS							\
	(PP_GLB_CFG_ALLOC_EN | PP_GLB_PING | PP_GLB_CFG_PROGRESS_TIMER | \
	 PP_GLB_CFG_POWEROFF_TIMER | PP_GLB_PROTM_ENTER | PP_GLB_PROTM_EXIT)

#define PP_GLB_CFG							\
	(PP_GLB_CFG_ALLOC_EN | PP_GLB_CFG_PROGRESS_TIMER | PP_GLB_CFG_POWEROFF_TIMER)

/* Since 4.1.0 a state field takes the place of the HALT bit. */
static bool pp_fw_has_state(const struct pp_fw *fw)
{
	return fw->info.version >= PP_FW_VERSION(4, 1, 0);
}

/* Microseconds in the units of a global timer word. */
static u32 pp_fw_timer(struct pp_fw *fw, u32 us)
{
	u32 source = 0;
	u64 rate;

#ifdef CONFIG_ARM_ARCH_TIMER
	rate = arch_timer_get_cntfrq();
#else
	rate = clk_get_rate(fw->pp->clks.core);
	source = PP_GLB_TIMER_GPU_COUNTER;
#endif
	rate = DIV64_U64_ROUND_UP(rate * us, USEC_PER_SEC * 1024ull);
	return min_t(u64, rate, PP_GLB_TIMER_MAX) | source;
}

static void pp_fw_glb_write(struct pp_fw *fw, u32 val, u32 mask)
{
	struct pp_fw_glb_input *in = fw->glb.in;
	unsigned long flags;

	spin_lock_irqsave(&fw->glb.lock, flags);
	dma_wmb();
	WRITE_ONCE(in->req, (READ_ONCE(in->req) & ~mask) | (val & mask));
	spin_unlock_irqrestore(&fw->glb.lock, flags);
}

/**
 * pp_fw_glb_set_state() - ask firmware to halt, or not to
 * @fw: room state
 * @halt: which of the two
 *
 * A doorbell must follow when @halt is set. Without, it is for the next boot.
 */
void pp_fw_glb_set_state(struct pp_fw *fw, bool halt)
{
	if (pp_fw_has_state(fw))
		pp_fw_glb_write(fw, PP_GLB_STATE(halt ? PP_GLB_STATE_HALT : PP_GLB_STATE_ACTIVE),
				PP_GLB_STATE_MASK);
	else
		pp_fw_glb_write(fw, halt ? PP_GLB_HALT : 0, PP_GLB_HALT);
}

/**
 * pp_fw_glb_halted() - is the interface's side of a halt done?
 * @fw: room state
 *
 * Return: whether it is; the MCU_STATUS register has to agree.
 */
bool pp_fw_glb_halted(struct pp_fw *fw)
{
	if (!pp_fw_has_state(fw))
		return true;

	return (READ_ONCE(fw->glb.out->ack) & PP_GLB_STATE_MASK) ==
	       PP_GLB_STATE(PP_GLB_STATE_HALT);
}

/**
 * pp_fw_glb_wait() - sleep until firmware acknowledged requests
 * @pp: device
 * @bits: PP_GLB_*, toggled before and in the interrupt mask
 * @timeout_ms: limit, milliseconds
 *
 * Context: Sleeps. Not from the tick and not in the JOB interrupt thread.
 * Return: 0 or -ETIMEDOUT.
 */
int pp_fw_glb_wait(struct pp_device *pp, u32 bits, unsigned int timeout_ms)
{
	long left = wait_event_timeout(pp->fw->wait, !pp_fw_glb_pending(pp, bits),
				       msecs_to_jiffies(timeout_ms));

	if (!left) {
		pp_irq_take_raw(pp, PP_IRQ_JOB, PP_JOB_IRQ_GLOBAL);
		left = wait_event_timeout(pp->fw->wait, !pp_fw_glb_pending(pp, bits),
					  msecs_to_jiffies(PP_GLB_GRACE_MS));
	}
	if (!left)
		return -ETIMEDOUT;
	/* At the limit: its interrupt got lost, and may be raised again. */
	if (left == 1)
		pp_irq_take_raw(pp, PP_IRQ_JOB, PP_JOB_IRQ_GLOBAL);
	return 0;
}

/**
 * pp_fw_glb_start() - tell a freshly booted firmware what it needs to know
 * @fw: room state; interfaces are known
 *
 * Configuration first, then the requests that make firmware read it. Waiting for
 * them here means that no late one disturbs a protected session.
 *
 * Context: Sleeps, at most 100 ms.
 * Return: 0, or -ETIMEDOUT (logged).
 */
int pp_fw_glb_start(struct pp_fw *fw)
{
	struct pp_fw_glb_input *in = fw->glb.in;
	struct pp_device *pp = fw->pp;
	u32 irqs = PP_GLB_ACK_IRQS;
	int ret;

	if (pp_fw_has_state(fw))
		irqs |= PP_GLB_STATE_MASK;

	WRITE_ONCE(in->core_en_mask, pp->info.shader_present);
	WRITE_ONCE(in->poweroff_timer, pp_fw_timer(fw, PP_GLB_POWEROFF_US));
	WRITE_ONCE(in->progress_timer, (u32)(PP_GLB_PROGRESS_CYCLES >> 10));
	WRITE_ONCE(in->idle_timer, pp_fw_timer(fw, PP_GLB_IDLE_US));
	WRITE_ONCE(in->ack_irq_mask, irqs);

	pp_fw_glb_write(fw, PP_GLB_IDLE_ENABLE | PP_GLB_COUNTER_ENABLE,
			PP_GLB_IDLE_ENABLE | PP_GLB_COUNTER_ENABLE);
	pp_fw_glb_ack(pp, PP_GLB_PROTM_EXIT | PP_GLB_IDLE);
	pp_fw_glb_toggle(pp, PP_GLB_CFG);
	pp_fw_ring_glb(pp);

	ret = pp_fw_glb_wait(pp, PP_GLB_CFG, PP_CFG_TIMEOUT_MS);
	if (ret)
		drm_err(&pp->drm, "firmware does not take its configuration (0x%x left)\n",
			pp_fw_glb_pending(pp, PP_GLB_CFG));
	return ret;
}

/**
 * pp_fw_glb_check_fatal() - did firmware give up?
 * @fw: room state
 *
 * Context: JOB interrupt thread.
 */
void pp_fw_glb_check_fatal(struct pp_fw *fw)
{
	u32 status;

	if (likely(!(READ_ONCE(fw->glb.out->ack) & PP_GLB_FATAL)))
		return;

	status = READ_ONCE(fw->glb.out->halt_status);
	if (status == PP_GLB_FATAL_STATUS_OK)
		return;

	drm_err(&fw->pp->drm, "firmware died: status 0x%x, info 0x%llx\n", status,
		READ_ONCE(fw->glb.out->fatal_info));
	pp_device_schedule_reset(fw->pp, PP_RESET_FW_FATAL, false);
}

/*
 * Runs on the reset queue, so a ping and a reset never overlap, and its short
 * sleep delays nothing but a reset that it would ask for anyway.
 */
static void pp_fw_ping_work(struct work_struct *work)
{
	struct pp_fw *fw = container_of(work, struct pp_fw, ping.work);
	struct pp_fw_glb *glb = &fw->glb;
	struct pp_device *pp = fw->pp;
	bool paused;
	u32 req;

	if (!READ_ONCE(fw->live))
		return;

	/* Looked at under the lock: no ping may follow pp_fw_ping_pause(). */
	spin_lock_irq(&glb->lock);
	paused = fw->ping_paused;
	if (!paused) {
		req = READ_ONCE(glb->in->req) & ~PP_GLB_PING;
		WRITE_ONCE(glb->in->req, req | (~READ_ONCE(glb->out->ack) & PP_GLB_PING));
		pp_fw_ring_glb(pp);
	}
	spin_unlock_irq(&glb->lock);
	if (paused)
		return;

	if (pp_fw_glb_wait(pp, PP_GLB_PING, PP_PING_TIMEOUT_MS)) {
		drm_err(&pp->drm, "firmware does not answer a ping\n");
		pp_device_schedule_reset(pp, PP_RESET_FW_TIMEOUT, false);
		return;
	}

	queue_delayed_work(pp->reset.wq, &fw->ping,
			   msecs_to_jiffies(PP_PING_INTERVAL_MS));
}

/**
 * pp_fw_glb_setup() - once, before the first boot
 * @fw: room state
 */
void pp_fw_glb_setup(struct pp_fw *fw)
{
	spin_lock_init(&fw->glb.lock);
	INIT_DELAYED_WORK(&fw->ping, pp_fw_ping_work);
}

/**
 * pp_fw_ping_stop() - no ping until the next boot
 * @fw: room state, no longer live
 * @for_good: there is no next boot
 *
 * Context: Sleeps until a running ping is over.
 */
void pp_fw_ping_stop(struct pp_fw *fw, bool for_good)
{
	if (for_good)
		disable_delayed_work_sync(&fw->ping);
	else
		cancel_delayed_work_sync(&fw->ping);
}

/**
 * pp_fw_ping_pause() - leave firmware alone: a session is about to start
 * @pp: device
 *
 * A ping is how a session is ended by force, so the watchdog must not send any.
 * When this returns, none will be sent.
 *
 * Context: Any. Takes glb->lock.
 */
void pp_fw_ping_pause(struct pp_device *pp)
{
	struct pp_fw *fw = pp->fw;
	unsigned long flags;

	spin_lock_irqsave(&fw->glb.lock, flags);
	fw->ping_paused = true;
	spin_unlock_irqrestore(&fw->glb.lock, flags);
	cancel_delayed_work(&fw->ping);
}

/**
 * pp_fw_ping_resume() - the session is over: watch again
 * @pp: device
 *
 * Context: Any. Takes glb->lock.
 */
void pp_fw_ping_resume(struct pp_device *pp)
{
	struct pp_fw *fw = pp->fw;
	unsigned long flags;

	spin_lock_irqsave(&fw->glb.lock, flags);
	fw->ping_paused = false;
	spin_unlock_irqrestore(&fw->glb.lock, flags);
	if (READ_ONCE(fw->live))
		mod_delayed_work(pp->reset.wq, &fw->ping,
				 msecs_to_jiffies(PP_PING_INTERVAL_MS));
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * GPU reset: who may ask, and in what order the rooms are told. The order stands
 * in core/device.h.
 *
 * Asking only sets flags and queues the work. A request while a reset is pending
 * is part of that one, unless it wants a full reset and came too late to get it:
 * then another one follows. While the device is suspended nothing can be done;
 * resuming takes a pending request into account.
 */
#include <linux/device.h>
#include <linux/pm_runtime.h>
#include <linux/workqueue.h>

#include <drm/drm_drv.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "compat/wedged.h"
#include "core/device.h"
#include "fw/fw.h"
#include "hw/hw.h"
#include "mmu/mmu.h"
#include "protm/protm.h"
#include "sched/sched.h"

static const char * const pp_reset_causes[] = {
	[PP_RESET_NONE] = "no cause",
	[PP_RESET_FW_TIMEOUT] = "firmware does not answer",
	[PP_RESET_FW_FATAL] = "firmware died",
	[PP_RESET_AS_TIMEOUT] = "an address space command does not complete",
	[PP_RESET_PROTM_FAULT] = "fault in protected mode",
	[PP_RESET_PROTM_TIMEOUT] = "protected mode transition does not complete",
	[PP_RESET_ATTACH] = "attaching protected memory",
	[PP_RESET_USER] = "asked for",
	[PP_RESET_GONE] = "registers read as ones",
};

/* From the soft reset to a booted firmware. On failure the MCU is stopped. */
static int pp_reset_hw(struct pp_device *pp, bool full)
{
	int ret;

	ret = pp_hw_soft_reset(pp);
	if (ret)
		return ret;
	if (pp_hw_protm_active(pp)) {
		drm_err(&pp->drm, "in protected mode after a reset\n");
		return -EIO;
	}

	ret = pp_hw_power_on(pp);
	if (ret)
		return ret;

	pp_mmu_post_reset(pp);
	return pp_fw_post_reset(pp, full);
}

static int pp_reset_run(struct pp_device *pp)
{
	enum pp_reset_cause cause = atomic_xchg(&pp->reset.cause, PP_RESET_NONE);
	bool full = atomic_xchg(&pp->reset.full, 0);
	bool attach = cause == PP_RESET_ATTACH;
	/* The scheduler names whose fault it is. */
	bool told = cause == PP_RESET_PROTM_FAULT && pp_protm_in_session(pp);
	int ret;

	if (attach || told)
		drm_dbg(&pp->drm, "reset: %s\n", pp_reset_causes[cause]);
	else
		drm_warn(&pp->drm, "reset: %s\n", pp_reset_causes[cause]);

	pp_sched_pre_reset(pp);
	pp_fw_pre_reset(pp, !attach);
	/* First: who waits at the gate goes on at once, and the GPU may be in protected mode. */
	pp_mmu_pre_reset(pp);
	pp_protm_pre_reset(pp);

	ret = pp_reset_hw(pp, full);
	if (ret && ret != -ENODEV) {
		/* Whoever asked for the reset. */
		pp_fw_prot_give_up(pp);
		pp_mmu_pre_reset(pp);
		ret = pp_reset_hw(pp, true);
	}

	pp_protm_post_reset(pp, ret);
	/* First: a tick that finds a reset pending does nothing, and none would follow. */
	pp_reset_finish(pp);
	pp_sched_post_reset(pp, ret);
	return ret;
}

static void pp_reset_work(struct work_struct *work)
{
	struct pp_device *pp = container_of(work, struct pp_device, reset.work);
	bool give_up = READ_ONCE(pp->reset.give_up);
	struct device *dev = pp->drm.dev;
	int ret = 0;

	/* No new suspend starts; one that is under way is told from by the state. */
	pm_runtime_get_noresume(dev);

	mutex_lock(&pp->reset.run_lock);
	if (!give_up && pp_device_active(pp) && pp_reset_pending(pp)) {
		/* Nobody answers who is not there; do not wait for it. */
		ret = pp_hw_gone(pp) ? -ENODEV : pp_reset_run(pp);
		WRITE_ONCE(pp->reset.give_up, ret);
	}
	mutex_unlock(&pp->reset.run_lock);

	if (give_up || ret) {
		drm_err(&pp->drm, "the GPU is given up: %s\n",
			ret == -ENODEV ? "off the bus" :
			ret ? "it does not come back from a reset" : "it does not resume");
		pp_compat_wedged_rebind(&pp->drm);
		pp_device_unplug(pp);
	}

	pm_runtime_mark_last_busy(dev);
	pm_runtime_put_autosuspend(dev);
}

/**
 * pp_device_give_up() - no reset can help
 * @pp: device
 *
 * It is unplugged by the reset work.
 *
 * Context: Any.
 */
void pp_device_give_up(struct pp_device *pp)
{
	WRITE_ONCE(pp->reset.give_up, true);
	queue_work(pp->reset.wq, &pp->reset.work);
}

/**
 * pp_reset_finish() - a reset, or a resume that did the same, is over
 * @pp: device
 *
 * Context: Any, but one at a time.
 */
void pp_reset_finish(struct pp_device *pp)
{
	WRITE_ONCE(pp->reset.count, pp->reset.count + 1);
	atomic_set_release(&pp->reset.pending, 0);

	/* Somebody wants all sections loaded and asked when it was too late. */
	if (atomic_read(&pp->reset.full))
		pp_device_schedule_reset(pp, PP_RESET_ATTACH, true);
}

/**
 * pp_device_schedule_reset() - ask for a reset
 * @pp: device
 * @cause: why; the first asker's is printed
 * @full: load all firmware sections again even if the MCU can be halted in order
 *
 * Context: Any.
 */
void pp_device_schedule_reset(struct pp_device *pp, enum pp_reset_cause cause, bool full)
{
	if (full)
		atomic_set(&pp->reset.full, 1);
	atomic_cmpxchg(&pp->reset.cause, PP_RESET_NONE, cause);
	if (!atomic_cmpxchg(&pp->reset.pending, 0, 1))
		queue_work(pp->reset.wq, &pp->reset.work);
}

/**
 * pp_device_reset_and_wait() - reset now
 * @pp: device; the caller holds a runtime PM reference
 * @cause: why
 * @full: as in pp_device_schedule_reset()
 *
 * Context: Sleeps. Neither in a drm_dev_enter() section nor with a lock that a
 * reset takes.
 * Return: 0, or -ENODEV if the device did not survive.
 */
int pp_device_reset_and_wait(struct pp_device *pp, enum pp_reset_cause cause, bool full)
{
	mutex_lock(&pp->reset.lock);
	pp_device_schedule_reset(pp, cause, full);
	do {
		flush_work(&pp->reset.work);
	} while (full && atomic_read(&pp->reset.full) && !drm_dev_is_unplugged(&pp->drm));
	mutex_unlock(&pp->reset.lock);

	return drm_dev_is_unplugged(&pp->drm) ? -ENODEV : 0;
}

static void pp_reset_fini(struct drm_device *drm, void *wq)
{
	destroy_workqueue(wq);
}

/**
 * pp_reset_init() - before any room
 * @pp: device
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int pp_reset_init(struct pp_device *pp)
{
	int ret;

	INIT_WORK(&pp->reset.work, pp_reset_work);
	ret = drmm_mutex_init(&pp->drm, &pp->reset.lock);
	if (!ret)
		ret = drmm_mutex_init(&pp->drm, &pp->reset.run_lock);
	if (ret)
		return ret;

	pp->reset.wq = alloc_ordered_workqueue("panthor-protm-reset", WQ_MEM_RECLAIM);
	if (!pp->reset.wq)
		return -ENOMEM;

	return drmm_add_action_or_reset(&pp->drm, pp_reset_fini, pp->reset.wq);
}

/**
 * pp_reset_stop() - no reset from here on
 * @pp: device that is being unplugged
 *
 * Context: Sleeps until a running reset is over, unless called from it.
 */
void pp_reset_stop(struct pp_device *pp)
{
	if (current_work() == &pp->reset.work)
		disable_work(&pp->reset.work);
	else
		disable_work_sync(&pp->reset.work);
}

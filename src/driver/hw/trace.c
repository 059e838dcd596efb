// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Tracing of power: the interrupts that tell of changes are wanted only while
 * somebody traces, on all GPUs.
 */
#include <linux/list.h>
#include <linux/mutex.h>

#include "hw/priv.h"

#define CREATE_TRACE_POINTS
#include "hw/hw_trace.h"

/* Guards the two below. */
static DEFINE_MUTEX(trace_lock);
static LIST_HEAD(traceable);
static bool tracing;

static void set_events(struct pp_hw *hw, bool on)
{
	struct pp_device *pp = hw->irqs[PP_IRQ_GPU].pp;

	if (on)
		pp_irq_enable_events(pp, hw->ops->power_block, hw->ops->power_changed);
	else
		pp_irq_disable_events(pp, hw->ops->power_block, hw->ops->power_changed);
}

static void set_all(bool on)
{
	struct pp_hw *hw;

	mutex_lock(&trace_lock);
	tracing = on;
	list_for_each_entry(hw, &traceable, trace_node)
		set_events(hw, on);
	mutex_unlock(&trace_lock);
}

/**
 * pp_hw_power_trace_start() - somebody traces gpu_power_status
 *
 * Context: May sleep.
 * Return: 0.
 */
int pp_hw_power_trace_start(void)
{
	set_all(true);
	return 0;
}

/**
 * pp_hw_power_trace_stop() - nobody traces gpu_power_status any more
 *
 * Context: May sleep.
 */
void pp_hw_power_trace_stop(void)
{
	set_all(false);
}

/**
 * pp_hw_trace_add() - a GPU whose power can be traced
 * @hw: room state of a device whose interrupts are in use
 *
 * Context: May sleep.
 */
void pp_hw_trace_add(struct pp_hw *hw)
{
	mutex_lock(&trace_lock);
	list_add_tail(&hw->trace_node, &traceable);
	if (tracing)
		set_events(hw, true);
	mutex_unlock(&trace_lock);
}

/**
 * pp_hw_trace_del() - the GPU goes away
 * @hw: room state; one that was never added is passed over
 *
 * Context: May sleep.
 */
void pp_hw_trace_del(struct pp_hw *hw)
{
	mutex_lock(&trace_lock);
	list_del_init(&hw->trace_node);
	mutex_unlock(&trace_lock);
}

/**
 * pp_hw_trace_power() - an interrupt of the block that tells of power changes
 * @pp: device
 * @status: of the interrupt
 *
 * Context: The block's interrupt thread. Reads registers only while traced.
 */
void pp_hw_trace_power(struct pp_device *pp, u32 status)
{
	const struct pp_hw_ops *ops = pp->hw->ops;

	if (!trace_gpu_power_status_enabled() || !(status & ops->power_changed))
		return;
	trace_gpu_power_status(pp->drm.dev, pp_reg_read64(pp, ops->ready[0]),
			       pp_reg_read64(pp, ops->ready[1]),
			       pp_reg_read64(pp, ops->ready[2]));
}

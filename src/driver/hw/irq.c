// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The interrupt blocks: three, and since arch 14 a fourth, which shares the line
 * of the GPU block.
 *
 * The hard handler reads STATUS once and masks the block; the thread clears
 * what was seen, calls the owner and unmasks. An event that arrives in between
 * raises the line again when the mask is restored, so no register is read to
 * look for it: reads are the slowest thing on this path.
 *
 * The JOB block needs one more read all the same. The write that clears is
 * posted, and that block's owner looks at memory, which no bus order holds back:
 * an event between the look and the write's arrival would be cleared unseen. The
 * other owners look at registers, which stay behind the write anyway.
 */
#include <linux/device.h>
#include <linux/interrupt.h>
#include <linux/platform_device.h>

#include <drm/drm_print.h>

#include "hw/priv.h"

static const struct {
	const char *name;
	const char *line;
	u32 base;
	u32 sticky;
	bool memory;
} pp_irq_blocks[PP_IRQ_BLOCKS] = {
	[PP_IRQ_JOB] = { "job", "job", PP_JOB_IRQ_BASE, 0, true },
	[PP_IRQ_MMU] = { "mmu", "mmu", PP_MMU_IRQ_BASE, 0, false },
	/*
	 * A protected fault repeats itself as long as it is unmasked, and is only
	 * over with a reset, so clearing it would say something untrue.
	 */
	[PP_IRQ_GPU] = { "gpu", "gpu", PP_GPU_IRQ_BASE, PP_GPU_IRQ_PROTECTED_FAULT, false },
	[PP_IRQ_PWR] = { "pwr", "gpu", PP_PWR_IRQ_BASE, 0, false },
};

/* With mask_lock held. */
static void pp_irq_write_mask(struct pp_irq *irq)
{
	lockdep_assert_held(&irq->mask_lock);
	if (!irq->busy && !irq->suspended)
		pp_reg_write(irq->pp, irq->base + PP_IRQ_MASK, irq->wanted);
}

static irqreturn_t pp_irq_hard(int line, void *data)
{
	struct pp_irq *irq = data;
	irqreturn_t ret = IRQ_NONE;
	u32 status;

	spin_lock(&irq->mask_lock);
	/* The line may be shared: somebody else's interrupt, our power off. */
	if (irq->suspended || irq->busy)
		goto out;

	status = pp_reg_read(irq->pp, irq->base + PP_IRQ_STATUS);
	if (!status)
		goto out;
	/* No block has that many events: the GPU is off the bus, and cannot be silenced. */
	if (status == ~0u) {
		irq->suspended = true;
		pp_device_schedule_reset(irq->pp, PP_RESET_GONE, false);
		ret = IRQ_HANDLED;
		goto out;
	}

	pp_reg_write(irq->pp, irq->base + PP_IRQ_MASK, 0);
	irq->status = status;
	irq->busy = true;
	ret = IRQ_WAKE_THREAD;
out:
	spin_unlock(&irq->mask_lock);
	return ret;
}

static irqreturn_t pp_irq_thread(int line, void *data)
{
	struct pp_irq *irq = data;
	bool suspended;
	u32 status;

	spin_lock_irq(&irq->mask_lock);
	status = irq->status;
	irq->wanted &= ~(status & irq->sticky);
	suspended = irq->suspended;
	/*
	 * Cleared before the owner looks: what happens after it has looked must
	 * leave a trace that outlives this call.
	 */
	if (!suspended) {
		pp_reg_write(irq->pp, irq->base + PP_IRQ_CLEAR,
			     status & ~irq->sticky);
		if (irq->memory)
			pp_reg_read(irq->pp, irq->base + PP_IRQ_MASK);
	}
	spin_unlock_irq(&irq->mask_lock);

	if (!suspended)
		irq->fn(irq->pp, status);

	spin_lock_irq(&irq->mask_lock);
	irq->busy = false;
	pp_irq_write_mask(irq);
	spin_unlock_irq(&irq->mask_lock);
	return IRQ_HANDLED;
}

/**
 * pp_irq_init() - make the blocks known; no line is requested
 * @pp: device with pp->hw allocated
 */
void pp_irq_init(struct pp_device *pp)
{
	for (int i = 0; i < PP_IRQ_BLOCKS; i++) {
		struct pp_irq *irq = &pp->hw->irqs[i];

		irq->pp = pp;
		irq->base = pp_irq_blocks[i].base;
		irq->sticky = pp_irq_blocks[i].sticky;
		irq->memory = pp_irq_blocks[i].memory;
		irq->suspended = true;
		spin_lock_init(&irq->mask_lock);
	}
}

/**
 * pp_irq_request() - take a block into use
 * @pp: device
 * @block: which
 * @events: bits of RAWSTAT that are wanted
 * @fn: threaded handler
 *
 * Stale events are cleared and @events unmasked before this returns. The line is
 * given back with the device.
 *
 * Context: May sleep. The device is powered.
 * Return: 0, or the error of platform_get_irq_byname() or of requesting it.
 */
int pp_irq_request(struct pp_device *pp, enum pp_irq_block block, u32 events,
		   pp_irq_fn fn)
{
	struct pp_irq *irq = &pp->hw->irqs[block];
	struct device *dev = pp->drm.dev;
	const char *name;
	int line, ret;

	line = platform_get_irq_byname(to_platform_device(dev), pp_irq_blocks[block].line);
	if (line < 0)
		return line;

	name = devm_kasprintf(dev, GFP_KERNEL, "panthor-protm-%s", pp_irq_blocks[block].name);
	if (!name)
		return -ENOMEM;

	irq->fn = fn;
	irq->wanted = events;
	pp_reg_write(pp, irq->base + PP_IRQ_MASK, 0);

	ret = devm_request_threaded_irq(dev, line, pp_irq_hard, pp_irq_thread,
					IRQF_SHARED, name, irq);
	if (ret)
		return ret;

	irq->line = line;
	pp_irq_resume(pp, block);
	return 0;
}

/**
 * pp_irq_suspend() - silence a block
 * @pp: device
 * @block: which
 *
 * When this returns no handler of the block runs, and none starts before
 * pp_irq_resume(). Nothing is done for a block that was never requested.
 *
 * Context: May sleep; not in the block's own handler. The device is powered, or
 * the block suspended already.
 */
void pp_irq_suspend(struct pp_device *pp, enum pp_irq_block block)
{
	struct pp_irq *irq = &pp->hw->irqs[block];

	if (!irq->line)
		return;

	spin_lock_irq(&irq->mask_lock);
	if (!irq->suspended) {
		irq->suspended = true;
		pp_reg_write(pp, irq->base + PP_IRQ_MASK, 0);
	}
	spin_unlock_irq(&irq->mask_lock);

	synchronize_irq(irq->line);
}

/**
 * pp_irq_resume() - clear what is stale and unmask what is wanted
 * @pp: device
 * @block: which
 *
 * Does nothing if the block is active already.
 *
 * Context: Any. The device is powered.
 */
void pp_irq_resume(struct pp_device *pp, enum pp_irq_block block)
{
	struct pp_irq *irq = &pp->hw->irqs[block];
	unsigned long flags;

	spin_lock_irqsave(&irq->mask_lock, flags);
	if (irq->suspended) {
		irq->suspended = false;
		pp_reg_write(pp, irq->base + PP_IRQ_CLEAR, ~0);
		pp_irq_write_mask(irq);
	}
	spin_unlock_irqrestore(&irq->mask_lock, flags);
}

/**
 * pp_irq_enable_events() - want more events
 * @pp: device
 * @block: which block
 * @events: bits of RAWSTAT
 *
 * Context: Any.
 */
void pp_irq_enable_events(struct pp_device *pp, enum pp_irq_block block,
			  u32 events)
{
	struct pp_irq *irq = &pp->hw->irqs[block];
	unsigned long flags;

	spin_lock_irqsave(&irq->mask_lock, flags);
	irq->wanted |= events;
	pp_irq_write_mask(irq);
	spin_unlock_irqrestore(&irq->mask_lock, flags);
}

/**
 * pp_irq_disable_events() - want fewer events
 * @pp: device
 * @block: which block
 * @events: bits of RAWSTAT
 *
 * A handler that runs now may still report them.
 *
 * Context: Any.
 */
void pp_irq_disable_events(struct pp_device *pp, enum pp_irq_block block,
			   u32 events)
{
	struct pp_irq *irq = &pp->hw->irqs[block];
	unsigned long flags;

	spin_lock_irqsave(&irq->mask_lock, flags);
	irq->wanted &= ~events;
	pp_irq_write_mask(irq);
	spin_unlock_irqrestore(&irq->mask_lock, flags);
}

/**
 * pp_irq_take_raw() - did an event happen whose interrupt got lost?
 * @pp: device
 * @block: which block
 * @event: bits of RAWSTAT; those that are set are cleared, and that has arrived when
 *	this returns
 *
 * For waits that ran into their limit, before they call it a failure.
 *
 * Context: Any. The device is powered.
 * Return: whether any of them was raised.
 */
bool pp_irq_take_raw(struct pp_device *pp, enum pp_irq_block block, u32 event)
{
	u32 base = pp->hw->irqs[block].base;
	u32 status = pp_reg_read(pp, base + PP_IRQ_RAWSTAT), raised = status & event;

	/* All ones: no answer at all. */
	if (!raised || status == ~0u)
		return false;

	pp_reg_write(pp, base + PP_IRQ_CLEAR, raised);
	pp_reg_read(pp, base + PP_IRQ_RAWSTAT);
	return true;
}

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Room hw: registers, IRQ blocks, L2 and power, caches. The lowest room: calls nobody.
 *
 * Owns: every register access of the driver (pp_reg_*), the IRQ lines and
 * their masks. Locks: irq->mask_lock (spinlock, irqsave) guards a block's wanted
 * mask and its INT_MASK register; hw->flush_lock (mutex) lets one cache flush
 * run at a time.
 */
#ifndef PP_HW_HW_H
#define PP_HW_HW_H

#include <linux/io.h>
#include <linux/types.h>

#include "core/device.h"
#include "hw/regs.h"

/* PWR exists since arch 14. */
enum pp_irq_block { PP_IRQ_JOB, PP_IRQ_MMU, PP_IRQ_GPU, PP_IRQ_PWR, PP_IRQ_BLOCKS };

/* Threaded handler: status has only bits that were raw and wanted; they are cleared already. */
typedef void (*pp_irq_fn)(struct pp_device *pp, u32 status);

static inline u32 pp_reg_read(struct pp_device *pp, u32 off)
{
	return readl(pp->iomem + off);
}

static inline void pp_reg_write(struct pp_device *pp, u32 off, u32 val)
{
	writel(val, pp->iomem + off);
}

u64 pp_reg_read64(struct pp_device *pp, u32 off);		/* static registers, no tearing care */
void pp_reg_write64(struct pp_device *pp, u32 off, u64 val);
u64 pp_reg_read_counter(struct pp_device *pp, u32 off);		/* hi/lo/hi */

int pp_hw_init(struct pp_device *pp);	/* GPU_ID, features; requests the GPU line */
void pp_hw_unplug(struct pp_device *pp);	/* last: the GPU line is silent */
void pp_hw_irq_suspend(struct pp_device *pp);	/* this room's blocks: before the clocks go */
void pp_hw_irq_resume(struct pp_device *pp);
int pp_hw_power_on(struct pp_device *pp);	/* coherency protocol, L2 */
void pp_hw_power_off(struct pp_device *pp);
int pp_hw_soft_reset(struct pp_device *pp);	/* may sleep, 100 ms limit */
/* Clean+invalidate L2 and LSC, invalidate others (GPU_COMMAND FLUSH_CACHES); sleeps <= 100 ms. */
int pp_hw_flush_caches(struct pp_device *pp);
/* Off the bus: registers do not say what they used to. */
bool pp_hw_gone(struct pp_device *pp);
/* One GPU_STATUS read: is bit 7 PROTECTED_MODE_ACTIVE set? */
bool pp_hw_protm_active(struct pp_device *pp);

/*
 * IRQ lines "job", "mmu", "gpu" of the platform device. A block is masked while
 * its threaded handler runs. request leaves the line active.
 */
int pp_irq_request(struct pp_device *pp, enum pp_irq_block block, u32 events, pp_irq_fn fn);
/* Mask all, wait for the handler. */
void pp_irq_suspend(struct pp_device *pp, enum pp_irq_block block);
/* Clear what is stale, unmask what is wanted. */
void pp_irq_resume(struct pp_device *pp, enum pp_irq_block block);
/* Change the wanted events; the only way to edit a mask (review). Any context. */
void pp_irq_enable_events(struct pp_device *pp, enum pp_irq_block block, u32 events);
void pp_irq_disable_events(struct pp_device *pp, enum pp_irq_block block, u32 events);
/* A wait ran into its limit: was it only the interrupt that got lost? Clears the event. */
bool pp_irq_take_raw(struct pp_device *pp, enum pp_irq_block block, u32 event);

/*
 * hw's own handler of the GPU block serves flush/reset/power completions and
 * passes PROTECTED_FAULT to this callback (registered by protm). The bit is
 * masked by then and not cleared (rule 10).
 */
void pp_hw_set_protm_fault_handler(struct pp_device *pp, void (*fn)(struct pp_device *pp));

#endif

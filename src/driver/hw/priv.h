/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Inside of room hw only. */
#ifndef PP_HW_PRIV_H
#define PP_HW_PRIV_H

#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

#include "hw/hw.h"

/**
 * struct pp_irq - one block of RAWSTAT, CLEAR, MASK and STATUS registers
 * @pp: device
 * @fn: threaded handler of the block's owner
 * @line: Linux interrupt number, 0 before pp_irq_request()
 * @base: register offset of the block
 * @sticky: events that are disabled and left uncleared when they fire
 * @memory: the owner looks at memory, so a clear must have arrived before it does
 * @mask_lock: guards everything below, and the MASK register
 * @wanted: events that its owner asked for
 * @status: what the hard handler saw; for the thread
 * @busy: MASK is 0 until the thread is done with @status
 * @suspended: registers must not be touched; MASK is 0
 */
struct pp_irq {
	struct pp_device *pp;
	pp_irq_fn fn;
	int line;
	u32 base;
	u32 sticky;
	bool memory;
	spinlock_t mask_lock;
	u32 wanted;
	u32 status;
	bool busy;
	bool suspended;
};

/**
 * struct pp_hw_ops - what differs between architectures
 * @present: offsets of the three PRESENT registers: shader cores, tiler, L2
 * @ready: offsets of the three READY registers
 * @power_block: whose interrupt tells of power changes and resets
 * @power_changed: its events for the former
 * @reset_completed: its event for the latter
 * @reset_ms: limit for that, milliseconds
 * @reset: send the soft reset command
 * @power_on: power the L2, and let firmware have the rest
 * @power_off: power everything off
 */
struct pp_hw_ops {
	u32 present[3];
	u32 ready[3];
	enum pp_irq_block power_block;
	u32 power_changed;
	u32 reset_completed;
	unsigned int reset_ms;
	int (*reset)(struct pp_device *pp);
	int (*power_on)(struct pp_device *pp);
	void (*power_off)(struct pp_device *pp);
};

/**
 * struct pp_hw - state of the room
 * @ops: this architecture's
 * @irqs: the blocks
 * @flush_lock: lets one cache flush run at a time; guards @flush_lost
 * @flush_lost: the last one did not end in time
 * @flush_done: completed by CLEAN_CACHES_COMPLETED
 * @reset_done: completed by RESET_COMPLETED
 * @protm_fault: called for PROTECTED_FAULT, may be NULL
 * @trace_node: in the list of GPUs whose power can be traced
 */
struct pp_hw {
	const struct pp_hw_ops *ops;
	struct pp_irq irqs[PP_IRQ_BLOCKS];
	struct mutex flush_lock;
	bool flush_lost;
	struct completion flush_done;
	struct completion reset_done;
	void (*protm_fault)(struct pp_device *pp);
	struct list_head trace_node;
};

extern const struct pp_hw_ops pp_hw_ops_v10;	/* power.c */
extern const struct pp_hw_ops pp_hw_ops_v14;	/* pwr.c */

void pp_irq_init(struct pp_device *pp);

/* trace.c */
void pp_hw_trace_add(struct pp_hw *hw);
void pp_hw_trace_del(struct pp_hw *hw);
void pp_hw_trace_power(struct pp_device *pp, u32 status);

#endif

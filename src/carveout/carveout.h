/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A protected heap over a range of bus addresses that firmware keeps from the
 * CPU. buffer.c makes dma-bufs of it, device.c binds the device that owns it,
 * source.c makes that device where nobody else does.
 *
 * The range is never mapped for the CPU, in the kernel or in user space: on a
 * board an access is a bus error or an SError, in the test rig a violation.
 *
 * Locks: carveout.lock guards the two counters. The allocator locks itself.
 */
#ifndef PP_CARVEOUT_H
#define PP_CARVEOUT_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct device;
struct gen_pool;

/**
 * struct pp_carveout - a range and what is allocated from it
 *
 * Held by the bound device and by each buffer, so that it outlives an unbind
 * while buffers are out.
 */
struct pp_carveout {
	/** @ref: the device while bound, and each buffer */
	struct kref ref;
	/** @live: in the list of ranges in use, see pp_carveout_create() */
	struct list_head live;
	/** @pool: what is free; its addresses are physical */
	struct gen_pool *pool;
	/** @base: first byte */
	phys_addr_t base;
	/** @size: bytes */
	u64 size;
	/** @align: least alignment of a buffer, bytes; 0 for the built-in rule */
	unsigned long align;
	/** @lock: guards @used and @high_water */
	spinlock_t lock;
	/** @used: bytes allocated */
	u64 used;
	/** @high_water: the most that @used has been */
	u64 high_water;
};

/**
 * struct pp_carveout_range - platform data of a device without a memory resource
 */
struct pp_carveout_range {
	/** @base: first byte */
	phys_addr_t base;
	/** @size: bytes */
	u64 size;
};

/* The name is longer than a struct platform_device_id of 6.12 can hold. */
#define PP_CARVEOUT_DEVICE "panthor-protm-aperture"

extern const struct pp_heap_ops pp_carveout_heap_ops;

struct pp_carveout *pp_carveout_create(phys_addr_t base, u64 size,
				       unsigned int min_order,
				       unsigned long align);
void pp_carveout_put(struct pp_carveout *co);

int pp_carveout_add_sources(void);
void pp_carveout_remove_sources(void);

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Room fw: firmware image, MCU boot and reset, GLB/CSG/CS interfaces: request,
 * acknowledge, doorbell, event. Knows nothing of groups.
 *
 * Owns: the MCU VM (AS0), the shared section, the JOB IRQ, the watchdog ping.
 * Calls hw, mmu, mem. Locks: glb/csg/cs ->lock (spinlock, irqsave) guard the
 * read-modify-write of that interface's req and doorbell_req words; nothing
 * else is taken under them, except glb->lock inside csg->lock.
 */
#ifndef PP_FW_FW_H
#define PP_FW_FW_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "core/device.h"
#include "fw/interface.h"

struct pp_kbo;
struct pp_vm;

#define PP_FW_MAX_CSGS	31
#define PP_FW_MAX_CS	32

struct pp_fw_glb {
	struct pp_fw_glb_control *ctl;
	struct pp_fw_glb_input *in;
	struct pp_fw_glb_output *out;
	spinlock_t lock;
};

struct pp_fw_csg {
	struct pp_fw_csg_control *ctl;
	struct pp_fw_csg_input *in;
	struct pp_fw_csg_output *out;
	spinlock_t lock;
};

struct pp_fw_cs {
	struct pp_fw_cs_control *ctl;
	struct pp_fw_cs_input *in;
	struct pp_fw_cs_output *out;
	spinlock_t lock;
};

/* What firmware offers; valid after the first boot. */
struct pp_fw_info {
	u32 version;
	unsigned int csg_count, cs_count, cs_reg_count, scoreboard_count;
	u32 suspend_size, protm_suspend_size;	/* bytes */
	bool has_prot_section;			/* the image has one */
	bool prot_loaded;			/* and the booted firmware got memory for it */
};

/*
 * Registered by sched. JOB IRQ thread context, may sleep briefly, must not
 * take a lock that is held across a firmware wait. csg_events comes before
 * glb_events for the same interrupt.
 */
struct pp_fw_hooks {
	void (*csg_events)(struct pp_device *pp, u32 csg_mask);
	void (*glb_events)(struct pp_device *pp);
};

int pp_fw_init(struct pp_device *pp);		/* request image, map sections, boot, global init */
void pp_fw_unplug(struct pp_device *pp);
void pp_fw_set_hooks(struct pp_device *pp, const struct pp_fw_hooks *hooks);
const struct pp_fw_info *pp_fw_info(struct pp_device *pp);
struct pp_vm *pp_fw_vm(struct pp_device *pp);	/* AS0 */

/* Halt the MCU. An error: it is stopped, and a soft reset must follow. */
int pp_fw_suspend(struct pp_device *pp);
int pp_fw_resume(struct pp_device *pp);		/* boot it again */
void pp_fw_pre_reset(struct pp_device *pp, bool on_hang);
int pp_fw_post_reset(struct pp_device *pp, bool full);

/*
 * Late attach: give the PROT sections memory (allocates and maps; no request to
 * firmware). The next full boot makes them known. -ENODEV: image has none.
 */
int pp_fw_prot_prepare(struct pp_device *pp);
void pp_fw_prot_release(struct pp_device *pp);
bool pp_fw_prot_give_up(struct pp_device *pp);	/* takes memory away that no firmware has booted with */

struct pp_fw_glb *pp_fw_glb(struct pp_device *pp);
struct pp_fw_csg *pp_fw_csg(struct pp_device *pp, unsigned int csg);
struct pp_fw_cs *pp_fw_cs(struct pp_device *pp, unsigned int csg, unsigned int cs);

/*
 * Request words. "toggle": make the bits pending (req = ~ack); "write": set the
 * field; "ack": req = ack.
 */
void pp_fw_glb_toggle(struct pp_device *pp, u32 bits);
void pp_fw_csg_toggle(struct pp_device *pp, unsigned int csg, u32 bits);
void pp_fw_csg_write(struct pp_device *pp, unsigned int csg, u32 val, u32 mask);
void pp_fw_cs_write(struct pp_device *pp, unsigned int csg, unsigned int cs, u32 val, u32 mask);
void pp_fw_cs_ack(struct pp_device *pp, unsigned int csg, unsigned int cs, u32 bits);
void pp_fw_csg_ack(struct pp_device *pp, unsigned int csg, u32 bits);
void pp_fw_glb_ack(struct pp_device *pp, u32 bits);
/* Bits of req ^ ack now. */
u32 pp_fw_glb_pending(struct pp_device *pp, u32 bits);
u32 pp_fw_csg_pending(struct pp_device *pp, unsigned int csg, u32 bits);
u32 pp_fw_cs_pending(struct pp_device *pp, unsigned int csg, unsigned int cs, u32 bits);

/* Doorbells. Kernel doorbell of a CSG flips GLB doorbell_req and writes page 0. */
void pp_fw_ring_glb(struct pp_device *pp);
void pp_fw_ring_csgs(struct pp_device *pp, u32 csg_mask);
/* CSG doorbell_req only; then with the kernel doorbell. */
void pp_fw_cs_doorbells(struct pp_device *pp, unsigned int csg, u32 cs_mask);
void pp_fw_ring_cs(struct pp_device *pp, unsigned int csg, u32 cs_mask);
/* User doorbell page. */
void pp_fw_ring_user(struct pp_device *pp, unsigned int doorbell);

/* Sleep until the GLB bits are acknowledged; 0 or -ETIMEDOUT. Not for the tick (rule 7). */
int pp_fw_glb_wait(struct pp_device *pp, u32 bits, unsigned int timeout_ms);

/* Rule 5: the watchdog ping is paused for a session. */
void pp_fw_ping_pause(struct pp_device *pp);
void pp_fw_ping_resume(struct pp_device *pp);

#endif

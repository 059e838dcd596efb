// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The interfaces in the shared section: where they are, and the words by which
 * requests, acknowledgements and doorbells travel.
 *
 * Firmware's control blocks tell where each interface lies. They are read once
 * per boot and nothing that they say is believed before it was checked against
 * the section's bounds.
 */
#include <linux/align.h>

#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "fw/priv.h"
#include "hw/hw.h"
#include "mem/bo.h"

/* Fewer is no CSF firmware that we know; more does not fit the interrupt word. */
#define PP_FW_MIN_CSGS	3
#define PP_FW_MIN_CS	8

/* A block of the shared section by its offset, NULL if it is not all in there. */
static void *pp_fw_shared(struct pp_fw *fw, u64 off, size_t size)
{
	const struct pp_fw_section *s = &fw->image.sections[fw->image.shared];

	if (!IS_ALIGNED(off, sizeof(u32)) || off > s->size || size > s->size - off)
		return NULL;

	return fw->kbos[fw->image.shared]->kmap + off;
}

/* The same by MCU VA. Interfaces hold 64-bit words. */
static void *pp_fw_shared_va(struct pp_fw *fw, u32 va, size_t size)
{
	if (va < PP_FW_SHARED_VA || !IS_ALIGNED(va, sizeof(u64)))
		return NULL;

	return pp_fw_shared(fw, va - PP_FW_SHARED_VA, size);
}

static int pp_fw_iface_bad(struct pp_fw *fw, const char *what)
{
	drm_err(&fw->pp->drm, "firmware interface: %s\n", what);
	return -EINVAL;
}

static int pp_fw_cs_init(struct pp_fw *fw, unsigned int csg, unsigned int i)
{
	struct pp_fw_cs *cs = &fw->cs[csg * fw->info.cs_count + i];
	const struct pp_fw_glb_control *glb = fw->glb.ctl;
	u32 features;
	u64 off;

	off = PP_FW_CSG_CONTROL_OFFSET + (u64)csg * READ_ONCE(glb->group_stride) +
	      PP_FW_CS_CONTROL_OFFSET +
	      (u64)i * READ_ONCE(fw->csgs[csg].ctl->stream_stride);
	cs->ctl = pp_fw_shared(fw, off, sizeof(*cs->ctl));
	if (!cs->ctl)
		return pp_fw_iface_bad(fw, "stream control is out of bounds");

	cs->in = pp_fw_shared_va(fw, READ_ONCE(cs->ctl->input_va), sizeof(*cs->in));
	cs->out = pp_fw_shared_va(fw, READ_ONCE(cs->ctl->output_va), sizeof(*cs->out));
	if (!cs->in || !cs->out)
		return pp_fw_iface_bad(fw, "stream interface is out of bounds");

	features = READ_ONCE(cs->ctl->features);
	if (csg == 0 && i == 0) {
		fw->info.cs_reg_count = PP_FW_CS_FEATURES_WORK_REGS(features);
		fw->info.scoreboard_count = PP_FW_CS_FEATURES_SCOREBOARDS(features);
	} else if (features != READ_ONCE(fw->cs[0].ctl->features)) {
		return pp_fw_iface_bad(fw, "streams differ from each other");
	}
	return 0;
}

static int pp_fw_csg_init(struct pp_fw *fw, unsigned int i)
{
	struct pp_fw_csg *csg = &fw->csgs[i];
	int ret;

	csg->ctl = pp_fw_shared(fw, PP_FW_CSG_CONTROL_OFFSET +
				(u64)i * READ_ONCE(fw->glb.ctl->group_stride),
				sizeof(*csg->ctl));
	if (!csg->ctl)
		return pp_fw_iface_bad(fw, "group control is out of bounds");

	csg->in = pp_fw_shared_va(fw, READ_ONCE(csg->ctl->input_va), sizeof(*csg->in));
	csg->out = pp_fw_shared_va(fw, READ_ONCE(csg->ctl->output_va), sizeof(*csg->out));
	if (!csg->in || !csg->out)
		return pp_fw_iface_bad(fw, "group interface is out of bounds");

	/* Groups move between slots, so slots must be alike. */
	if (READ_ONCE(csg->ctl->stream_num) != fw->info.cs_count ||
	    READ_ONCE(csg->ctl->suspend_size) != fw->info.suspend_size ||
	    READ_ONCE(csg->ctl->protm_suspend_size) != fw->info.protm_suspend_size ||
	    READ_ONCE(csg->ctl->features) != READ_ONCE(fw->csgs[0].ctl->features))
		return pp_fw_iface_bad(fw, "groups differ from each other");

	for (unsigned int cs = 0; cs < fw->info.cs_count; cs++) {
		ret = pp_fw_cs_init(fw, i, cs);
		if (ret)
			return ret;
	}
	return 0;
}

/* Room for as many interfaces as the first boot offered; later ones must agree. */
static int pp_fw_iface_alloc(struct pp_fw *fw, unsigned int csgs, unsigned int streams)
{
	struct drm_device *drm = &fw->pp->drm;

	if (fw->csgs) {
		if (csgs != fw->info.csg_count || streams != fw->info.cs_count)
			return pp_fw_iface_bad(fw, "changed its size since the first boot");
		return 0;
	}

	fw->cs = drmm_kcalloc(drm, csgs * streams, sizeof(*fw->cs), GFP_KERNEL);
	fw->csgs = drmm_kcalloc(drm, csgs, sizeof(*fw->csgs), GFP_KERNEL);
	if (!fw->cs || !fw->csgs)
		return -ENOMEM;

	for (unsigned int i = 0; i < csgs; i++)
		spin_lock_init(&fw->csgs[i].lock);
	for (unsigned int i = 0; i < csgs * streams; i++)
		spin_lock_init(&fw->cs[i].lock);
	fw->info.csg_count = csgs;
	fw->info.cs_count = streams;
	return 0;
}

/**
 * pp_fw_iface_init() - find and check the interfaces after a boot
 * @fw: room state; firmware has booted
 *
 * Context: May sleep.
 * Return: 0, -ENOMEM, or -EINVAL if what firmware offers is not usable (logged).
 */
int pp_fw_iface_init(struct pp_fw *fw)
{
	const struct pp_fw_csg_control *csg0;
	struct pp_fw_glb *glb = &fw->glb;
	u32 csgs, streams;
	int ret;

	glb->ctl = pp_fw_shared(fw, PP_FW_GLB_CONTROL_OFFSET, sizeof(*glb->ctl));
	csg0 = pp_fw_shared(fw, PP_FW_CSG_CONTROL_OFFSET, sizeof(*csg0));
	if (!glb->ctl || !csg0)
		return pp_fw_iface_bad(fw, "shared section is too small");

	fw->info.version = READ_ONCE(glb->ctl->version);
	if (!fw->info.version)
		return pp_fw_iface_bad(fw, "version is 0");

	glb->in = pp_fw_shared_va(fw, READ_ONCE(glb->ctl->input_va), sizeof(*glb->in));
	glb->out = pp_fw_shared_va(fw, READ_ONCE(glb->ctl->output_va), sizeof(*glb->out));
	if (!glb->in || !glb->out)
		return pp_fw_iface_bad(fw, "global interface is out of bounds");

	csgs = READ_ONCE(glb->ctl->group_num);
	streams = READ_ONCE(csg0->stream_num);
	if (csgs < PP_FW_MIN_CSGS || csgs > PP_FW_MAX_CSGS)
		return pp_fw_iface_bad(fw, "impossible number of groups");
	if (streams < PP_FW_MIN_CS || streams > PP_FW_MAX_CS)
		return pp_fw_iface_bad(fw, "impossible number of streams");

	ret = pp_fw_iface_alloc(fw, csgs, streams);
	if (ret)
		return ret;

	fw->info.suspend_size = READ_ONCE(csg0->suspend_size);
	fw->info.protm_suspend_size = READ_ONCE(csg0->protm_suspend_size);
	for (unsigned int i = 0; i < csgs; i++) {
		ret = pp_fw_csg_init(fw, i);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * pp_fw_glb() - the global interface
 * @pp: device
 *
 * Return: it; its pointers are valid after pp_fw_init().
 */
struct pp_fw_glb *pp_fw_glb(struct pp_device *pp)
{
	return &pp->fw->glb;
}

/**
 * pp_fw_csg() - one group interface
 * @pp: device
 * @csg: slot, less than pp_fw_info()->csg_count
 *
 * Return: it.
 */
struct pp_fw_csg *pp_fw_csg(struct pp_device *pp, unsigned int csg)
{
	return &pp->fw->csgs[csg];
}

/**
 * pp_fw_cs() - one stream interface
 * @pp: device
 * @csg: slot, less than pp_fw_info()->csg_count
 * @cs: stream, less than pp_fw_info()->cs_count
 *
 * Return: it.
 */
struct pp_fw_cs *pp_fw_cs(struct pp_device *pp, unsigned int csg, unsigned int cs)
{
	return &pp->fw->cs[csg * pp->fw->info.cs_count + cs];
}

/*
 * What a request announces is written before the request, and what firmware
 * wrote before its acknowledgement is read after it.
 */
static void pp_fw_word_write(u32 *word, spinlock_t *lock, u32 val, u32 mask)
{
	unsigned long flags;

	spin_lock_irqsave(lock, flags);
	dma_wmb();
	WRITE_ONCE(*word, (READ_ONCE(*word) & ~mask) | (val & mask));
	spin_unlock_irqrestore(lock, flags);
}

/* Make @bits of @req differ from @ack (@flip), or equal to it. */
static void pp_fw_word_follow(u32 *req, const u32 *ack, spinlock_t *lock,
			      u32 bits, bool flip)
{
	unsigned long flags;
	u32 val;

	spin_lock_irqsave(lock, flags);
	val = READ_ONCE(*ack);
	if (flip)
		val = ~val;
	dma_wmb();
	WRITE_ONCE(*req, (READ_ONCE(*req) & ~bits) | (val & bits));
	spin_unlock_irqrestore(lock, flags);
}

static u32 pp_fw_word_pending(const u32 *req, const u32 *ack, u32 bits)
{
	u32 pending = (READ_ONCE(*req) ^ READ_ONCE(*ack)) & bits;

	dma_rmb();
	return pending;
}

/**
 * pp_fw_glb_toggle() - make requests pending at the global interface
 * @pp: device
 * @bits: PP_GLB_*, those that work by toggling
 *
 * A doorbell must follow. Bits that are pending stay so.
 *
 * Context: Any. Takes glb->lock.
 */
void pp_fw_glb_toggle(struct pp_device *pp, u32 bits)
{
	struct pp_fw_glb *glb = &pp->fw->glb;

	pp_fw_word_follow(&glb->in->req, &glb->out->ack, &glb->lock, bits, true);
}

/**
 * pp_fw_csg_toggle() - make requests pending at a group interface
 * @pp: device
 * @csg: slot
 * @bits: PP_CSG_*, those that work by toggling
 *
 * Context: Any. Takes csg->lock.
 */
void pp_fw_csg_toggle(struct pp_device *pp, unsigned int csg, u32 bits)
{
	struct pp_fw_csg *c = pp_fw_csg(pp, csg);

	pp_fw_word_follow(&c->in->req, &c->out->ack, &c->lock, bits, true);
}

/**
 * pp_fw_csg_write() - set a field of a group's request word
 * @pp: device
 * @csg: slot
 * @val: new value, in place
 * @mask: the field
 *
 * Context: Any. Takes csg->lock.
 */
void pp_fw_csg_write(struct pp_device *pp, unsigned int csg, u32 val, u32 mask)
{
	struct pp_fw_csg *c = pp_fw_csg(pp, csg);

	pp_fw_word_write(&c->in->req, &c->lock, val, mask);
}

/**
 * pp_fw_cs_write() - set a field of a stream's request word
 * @pp: device
 * @csg: slot
 * @cs: stream
 * @val: new value, in place
 * @mask: the field
 *
 * Context: Any. Takes cs->lock.
 */
void pp_fw_cs_write(struct pp_device *pp, unsigned int csg, unsigned int cs,
		    u32 val, u32 mask)
{
	struct pp_fw_cs *c = pp_fw_cs(pp, csg, cs);

	pp_fw_word_write(&c->in->req, &c->lock, val, mask);
}

/**
 * pp_fw_cs_ack() - acknowledge events of a stream
 * @pp: device
 * @csg: slot
 * @cs: stream
 * @bits: PP_CS_EVENTS
 *
 * Context: Any. Takes cs->lock.
 */
void pp_fw_cs_ack(struct pp_device *pp, unsigned int csg, unsigned int cs, u32 bits)
{
	struct pp_fw_cs *c = pp_fw_cs(pp, csg, cs);

	pp_fw_word_follow(&c->in->req, &c->out->ack, &c->lock, bits, false);
}

/**
 * pp_fw_csg_ack() - acknowledge events of a group
 * @pp: device
 * @csg: slot
 * @bits: PP_CSG_EVENTS
 *
 * Context: Any. Takes csg->lock.
 */
void pp_fw_csg_ack(struct pp_device *pp, unsigned int csg, u32 bits)
{
	struct pp_fw_csg *c = pp_fw_csg(pp, csg);

	pp_fw_word_follow(&c->in->req, &c->out->ack, &c->lock, bits, false);
}

/**
 * pp_fw_glb_ack() - acknowledge global events
 * @pp: device
 * @bits: PP_GLB_PROTM_EXIT, PP_GLB_IDLE, ...
 *
 * Context: Any. Takes glb->lock.
 */
void pp_fw_glb_ack(struct pp_device *pp, u32 bits)
{
	struct pp_fw_glb *glb = &pp->fw->glb;

	pp_fw_word_follow(&glb->in->req, &glb->out->ack, &glb->lock, bits, false);
}

/**
 * pp_fw_glb_pending() - bits in which request and acknowledgement differ
 * @pp: device
 * @bits: which to look at
 *
 * Context: Any, no lock.
 * Return: for a request: not yet acknowledged; for an event: not yet handled.
 */
u32 pp_fw_glb_pending(struct pp_device *pp, u32 bits)
{
	struct pp_fw_glb *glb = &pp->fw->glb;

	return pp_fw_word_pending(&glb->in->req, &glb->out->ack, bits);
}

/**
 * pp_fw_csg_pending() - like pp_fw_glb_pending(), for a group
 * @pp: device
 * @csg: slot
 * @bits: which to look at
 *
 * Return: the bits that differ.
 */
u32 pp_fw_csg_pending(struct pp_device *pp, unsigned int csg, u32 bits)
{
	struct pp_fw_csg *c = pp_fw_csg(pp, csg);

	return pp_fw_word_pending(&c->in->req, &c->out->ack, bits);
}

/**
 * pp_fw_cs_pending() - like pp_fw_glb_pending(), for a stream
 * @pp: device
 * @csg: slot
 * @cs: stream
 * @bits: which to look at
 *
 * Return: the bits that differ.
 */
u32 pp_fw_cs_pending(struct pp_device *pp, unsigned int csg, unsigned int cs, u32 bits)
{
	struct pp_fw_cs *c = pp_fw_cs(pp, csg, cs);

	return pp_fw_word_pending(&c->in->req, &c->out->ack, bits);
}

/**
 * pp_fw_ring_glb() - make firmware look at pending global requests
 * @pp: device
 *
 * Context: Any. The device is powered.
 */
void pp_fw_ring_glb(struct pp_device *pp)
{
	pp_reg_write(pp, PP_DOORBELL(PP_DOORBELL_KERNEL), 1);
}

/**
 * pp_fw_ring_csgs() - make firmware look at pending requests of groups
 * @pp: device
 * @csg_mask: slots
 *
 * Context: Any. Takes glb->lock. The device is powered.
 */
void pp_fw_ring_csgs(struct pp_device *pp, u32 csg_mask)
{
	struct pp_fw_glb *glb = &pp->fw->glb;

	pp_fw_word_follow(&glb->in->doorbell_req, &glb->out->doorbell_ack,
			  &glb->lock, csg_mask, true);
	pp_fw_ring_glb(pp);
}

/**
 * pp_fw_cs_doorbells() - streams for firmware to look at, when pp_fw_ring_csgs() follows
 * @pp: device
 * @csg: slot
 * @cs_mask: streams
 *
 * Context: Any. Takes csg->lock.
 */
void pp_fw_cs_doorbells(struct pp_device *pp, unsigned int csg, u32 cs_mask)
{
	struct pp_fw_csg *c = pp_fw_csg(pp, csg);

	pp_fw_word_follow(&c->in->doorbell_req, &c->out->doorbell_ack, &c->lock,
			  cs_mask, true);
}

/**
 * pp_fw_ring_cs() - make firmware look at streams of a group
 * @pp: device
 * @csg: slot
 * @cs_mask: streams
 *
 * Context: Any. Takes csg->lock, then glb->lock. The device is powered.
 */
void pp_fw_ring_cs(struct pp_device *pp, unsigned int csg, u32 cs_mask)
{
	pp_fw_cs_doorbells(pp, csg, cs_mask);
	pp_fw_ring_csgs(pp, BIT(csg));
}

/**
 * pp_fw_ring_user() - ring a user doorbell: new work in a ring buffer
 * @pp: device
 * @doorbell: number of its page, as in PP_CS_CONFIG_DOORBELL()
 *
 * Context: Any. The device is powered.
 */
void pp_fw_ring_user(struct pp_device *pp, unsigned int doorbell)
{
	pp_reg_write(pp, PP_DOORBELL(doorbell), 1);
}

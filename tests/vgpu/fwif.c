// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "as.h"
#include "eng.h"
#include "fwif.h"
#include "fwtable.h"
#include "irq.h"
#include "stats.h"
#include "vgpu.h"

#define GLB_IRQ_BIT	(1u << 31)
#define CSG_CONTROLS	0x1000u
#define CS_CONTROLS	0x40u
#define CS_CONTROL_SIZE	0x10u
#define CSG_IO_SIZE	0x100u
#define CSG_OUT_OFFSET	0x80u
#define CS_IO_SIZE	0x140u
#define CS_OUT_OFFSET	0x60u

static uint32_t align_up(uint32_t val, uint32_t to)
{
	return (val + to - 1) & ~(to - 1);
}

void fwif_init(struct fwif *f, unsigned int groups, unsigned int streams)
{
	f->groups = groups;
	f->streams = streams;
	f->stream_stride = CS_CONTROL_SIZE;
	f->group_stride = align_up(CS_CONTROLS + streams * CS_CONTROL_SIZE, 0x100);
	f->glb_in = FWSEC_SHARED_VA + align_up(CSG_CONTROLS + groups * f->group_stride, 0x1000);
	f->glb_out = f->glb_in + 0x1000;
	f->csgs = f->glb_out + 0x1000;
	f->css = f->csgs + groups * CSG_IO_SIZE;
	f->end = f->css + groups * streams * CS_IO_SIZE;
}

uint32_t fwif_csg_control(const struct fwif *f, unsigned int csg)
{
	return FWSEC_SHARED_VA + CSG_CONTROLS + csg * f->group_stride;
}

uint32_t fwif_cs_control(const struct fwif *f, unsigned int csg, unsigned int cs)
{
	return fwif_csg_control(f, csg) + CS_CONTROLS + cs * f->stream_stride;
}

uint32_t fwif_csg_in(const struct fwif *f, unsigned int csg)
{
	return f->csgs + csg * CSG_IO_SIZE;
}

uint32_t fwif_csg_out(const struct fwif *f, unsigned int csg)
{
	return fwif_csg_in(f, csg) + CSG_OUT_OFFSET;
}

uint32_t fwif_cs_in(const struct fwif *f, unsigned int csg, unsigned int cs)
{
	return f->css + (csg * f->streams + cs) * CS_IO_SIZE;
}

uint32_t fwif_cs_out(const struct fwif *f, unsigned int csg, unsigned int cs)
{
	return fwif_cs_in(f, csg, cs) + CS_OUT_OFFSET;
}

static void *mcu_ptr(struct engine *e, uint32_t va, size_t len)
{
	void *p = as_mcu_ptr(e->v, va, len);

	if (!p && e->mcu != MCU_FATAL) {
		violation(e->v, "bad-interface", "MCU accesses 0x%08x, which AS0 does not map", va);
		mcu_fatal(e);
	}
	return p;
}

uint32_t fw_rd32(struct engine *e, uint32_t va)
{
	uint32_t *p = mcu_ptr(e, va, 4);

	return p ? __atomic_load_n(p, __ATOMIC_ACQUIRE) : 0;
}

uint64_t fw_rd64(struct engine *e, uint32_t va)
{
	uint64_t *p = mcu_ptr(e, va, 8);

	return p ? __atomic_load_n(p, __ATOMIC_ACQUIRE) : 0;
}

void fw_wr32(struct engine *e, uint32_t va, uint32_t val)
{
	uint32_t *p = mcu_ptr(e, va, 4);

	if (p)
		__atomic_store_n(p, val, __ATOMIC_RELEASE);
}

void fw_wr64(struct engine *e, uint32_t va, uint64_t val)
{
	uint64_t *p = mcu_ptr(e, va, 8);

	if (p)
		__atomic_store_n(p, val, __ATOMIC_RELEASE);
}

/* Returns the bits that changed. ack is at offset 0 of every output block. */
static uint32_t set_ack(struct engine *e, uint32_t out, uint32_t mask, uint32_t val)
{
	uint32_t old = fw_rd32(e, out);
	uint32_t now = (old & ~mask) | (val & mask);

	if (now != old)
		fw_wr32(e, out, now);
	return now ^ old;
}

static void glb_irq(struct engine *e, uint32_t bits)
{
	if (bits & fw_rd32(e, e->fwif.glb_in + GLB_ACK_IRQ_MASK))
		irq_raise(e->v, IRQ_JOB, GLB_IRQ_BIT);
}

static void csg_irq(struct engine *e, unsigned int csg, uint32_t bits)
{
	if (bits & fw_rd32(e, fwif_csg_in(&e->fwif, csg) + CSG_ACK_IRQ_MASK))
		irq_raise(e->v, IRQ_JOB, 1u << csg);
}

static void cs_irq(struct engine *e, unsigned int csg, unsigned int cs, uint32_t bits)
{
	uint32_t out = fwif_csg_out(&e->fwif, csg);
	uint32_t seen, pend;

	if (!(bits & fw_rd32(e, fwif_cs_in(&e->fwif, csg, cs) + CS_ACK_IRQ_MASK)))
		return;
	/* The host copies this word before it looks at the CSs: see csf.md 2.6. */
	seen = fw_rd32(e, fwif_csg_in(&e->fwif, csg) + CSG_IRQ_ACK);
	pend = fw_rd32(e, out + CSG_IRQ_REQ);
	fw_wr32(e, out + CSG_IRQ_REQ, (pend & ~(1u << cs)) | (~seen & (1u << cs)));
	irq_raise(e->v, IRQ_JOB, 1u << csg);
}

void fw_glb_ack(struct engine *e, uint32_t mask, uint32_t val)
{
	glb_irq(e, set_ack(e, e->fwif.glb_out, mask, val));
}

void fw_csg_ack(struct engine *e, unsigned int csg, uint32_t mask, uint32_t val)
{
	csg_irq(e, csg, set_ack(e, fwif_csg_out(&e->fwif, csg), mask, val));
}

void fw_cs_ack(struct engine *e, unsigned int csg, unsigned int cs, uint32_t mask, uint32_t val)
{
	cs_irq(e, csg, cs, set_ack(e, fwif_cs_out(&e->fwif, csg, cs), mask, val));
}

/* Events interrupt also when an older one of the kind still awaits its answer. */
void fw_glb_event(struct engine *e, uint32_t bit)
{
	set_ack(e, e->fwif.glb_out, bit, ~fw_rd32(e, e->fwif.glb_in + GLB_REQ));
	glb_irq(e, bit);
}

void fw_csg_event(struct engine *e, unsigned int csg, uint32_t bit)
{
	uint32_t req = fw_rd32(e, fwif_csg_in(&e->fwif, csg) + CSG_REQ);

	set_ack(e, fwif_csg_out(&e->fwif, csg), bit, ~req);
	csg_irq(e, csg, bit);
}

void fw_cs_event(struct engine *e, unsigned int csg, unsigned int cs, uint32_t bit)
{
	uint32_t req = fw_rd32(e, fwif_cs_in(&e->fwif, csg, cs) + CS_REQ);

	set_ack(e, fwif_cs_out(&e->fwif, csg, cs), bit, ~req);
	cs_irq(e, csg, cs, bit);
}

bool fw_cs_event_pending(struct engine *e, unsigned int csg, unsigned int cs, uint32_t bit)
{
	uint32_t req = fw_rd32(e, fwif_cs_in(&e->fwif, csg, cs) + CS_REQ);

	return (req ^ fw_rd32(e, fwif_cs_out(&e->fwif, csg, cs) + CS_ACK)) & bit;
}

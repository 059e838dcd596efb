/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Owns: a model with guest memory, page tables and a booted firmware, driven as a
 * driver would, for the engine's unit tests. Includes cmocka.
 */
#ifndef VGPU_TESTKIT_H
#define VGPU_TESTKIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "as.h"
#include "eng.h"
#include "engine.h"
#include "fwtable.h"
#include "gmem.h"
#include "interp.h"
#include "irq.h"
#include "knobs.h"
#include "loop.h"
#include "model.h"
#include "profiles.h"
#include "stats.h"
#include "vgpu.h"

#define RAM_BASE	0x40000000ull
#define RAM_SIZE	(32u << 20)
#define APERTURE_BASE	0x80000000ull
#define PAGE		0x1000ull
#define PTE_RO		(1ull << 7)
#define PTE_NX		(3ull << 53)
#define USER_AS		1
#define KIT_CSGS	3
#define KIT_CSS		3

/* GPU addresses in the user's address space. */
#define VA_DATA		0x00200000ull	/* 16 pages */
#define VA_CODE		0x00300000ull	/* 4 pages */
#define VA_READONLY	0x00400000ull
#define VA_PROT		0x00500000ull	/* 4 pages of the aperture */
#define VA_NOTHING	0x00700000ull

struct kit {
	struct vgpu *v;
	struct engine *e;
	uint8_t *ram;
	uint64_t next, root[2];
	uint64_t ring[KIT_CSGS][KIT_CSS];	/* GPAs */
	uint64_t io[KIT_CSGS][KIT_CSS];
	uint64_t data, code;
	uint32_t irqs;				/* JOB RAWSTAT bits seen */
};

/* Instructions. */
#define I(op, rest)	((uint64_t)(op) << 56 | (rest))
#define DST(r)		((uint64_t)(r) << 48)
#define SRC(r)		((uint64_t)(r) << 40)
#define REG(r)		((uint64_t)(r) << 32)
#define MOVE48(r, v)	I(OP_MOVE48, DST(r) | ((v) & 0xffffffffffffull))
#define MOVE32(r, v)	I(OP_MOVE32, DST(r) | (uint32_t)(v))
#define ADD32(d, s, v)	I(OP_ADD_IMM32, DST(d) | SRC(s) | (uint32_t)(v))
#define ADD64(d, s, v)	I(OP_ADD_IMM64, DST(d) | SRC(s) | (uint32_t)(v))
#define WAIT(mask)	I(OP_WAIT, (uint64_t)(mask) << 16)
#define BRANCH(c, r, o)	I(OP_BRANCH, SRC(r) | (uint64_t)(c) << 28 | (uint16_t)(o))
#define LOAD(r, m, a, o)  I(OP_LOAD_MULTIPLE, DST(r) | SRC(a) | (uint64_t)(m) << 16 | (uint16_t)(o))
#define STORE(r, m, a, o) I(OP_STORE_MULTIPLE, DST(r) | SRC(a) | (uint64_t)(m) << 16 | (uint16_t)(o))
#define CALL(a, l)	I(OP_CALL, SRC(a) | REG(l))
#define SB_ENTRY(e, o)	I(OP_SET_SB_ENTRY, (e) | (o) << 4)
#define PROT(n)		I(OP_PROT_REGION, (n))
#define ASYNC(w, s)	((uint64_t)(w) << 16 | (uint64_t)(s) << 48)
#define SCOPE_CSG	(2ull << 1)
#define PROPAGATE	1ull
#define SYNC(op, a, d, flags)	I(op, SRC(a) | REG(d) | (flags))

static inline void *kit_ptr(struct kit *k, uint64_t gpa)
{
	return k->ram + (gpa - RAM_BASE);
}

static inline uint64_t kit_alloc(struct kit *k, unsigned int pages)
{
	uint64_t gpa = k->next;

	k->next += pages * PAGE;
	assert_true(k->next <= RAM_BASE + RAM_SIZE);
	return gpa;
}

static inline void kit_map(struct kit *k, unsigned int as, uint64_t va, uint64_t gpa,
			   unsigned int pages, uint64_t attr)
{
	for (; pages--; va += PAGE, gpa += PAGE) {
		uint64_t *table = kit_ptr(k, k->root[as]);

		for (int shift = 39; shift > 12; shift -= 9) {
			uint64_t *entry = &table[va >> shift & 511];

			if (!*entry)
				*entry = kit_alloc(k, 1) | 3;
			table = kit_ptr(k, *entry & 0xfffffffff000);
		}
		table[va >> 12 & 511] = gpa | 0xc00 | 0x300 | 0x40 | 1 << 2 | 3 | attr;
	}
}

/* One turn of the model; what it raised is noted and cleared. */
static inline void kit_turn(struct kit *k)
{
	loop_turn(k->v->loop, 1);
	k->irqs |= irq_read(k->v, IRQ_JOB, 0);
	irq_write(k->v, IRQ_JOB, 4, ~0u);
}

#define kit_until(k, cond)						\
	do {								\
		uint64_t limit_ = now_ns() + 60000000000ull;		\
									\
		while (!(cond)) {					\
			if (now_ns() > limit_)				\
				fail_msg("never: %s", #cond);		\
			kit_turn(k);					\
		}							\
	} while (0)

static inline void kit_for(struct kit *k, uint64_t ns)
{
	uint64_t end = now_ns() + ns;

	/* What is due in several steps takes as many turns, also when time flies. */
	for (unsigned int turns = 0; turns < 8 || now_ns() < end; turns++)
		kit_turn(k);
}

static inline void kit_as_command(struct kit *k, unsigned int as, uint32_t command)
{
	as_reg_write(k->v, as << 6 | 0x18, command);
	kit_until(k, !(as_reg_read(k->v, as << 6 | 0x28) & 1));
}

static inline void kit_as_enable(struct kit *k, unsigned int as)
{
	uint32_t off = as << 6;

	as_reg_write(k->v, off + 0x00, k->root[as]);
	as_reg_write(k->v, off + 0x04, k->root[as] >> 32);
	as_reg_write(k->v, off + 0x08, 0x004c8f4c);
	as_reg_write(k->v, off + 0x30, 2u << 24 | 1u << 30 | 7u << 6 | 6);
	as_reg_write(k->v, off + 0x34, 0);
	kit_as_command(k, as, 1);
}

static inline struct cs *kit_cs(struct kit *k, unsigned int csg, unsigned int cs)
{
	return &k->e->csg[csg].cs[cs];
}

/* The interface, from the driver's side. */
static inline uint32_t kit_rd(struct kit *k, uint32_t va)
{
	return *(uint32_t *)as_mcu_ptr(k->v, va, 4);
}

static inline void kit_wr(struct kit *k, uint32_t va, uint32_t val)
{
	*(uint32_t *)as_mcu_ptr(k->v, va, 4) = val;
}

static inline void kit_wr64(struct kit *k, uint32_t va, uint64_t val)
{
	kit_wr(k, va, val);
	kit_wr(k, va + 4, val >> 32);
}

#define GLB_IN(k, f)		((k)->e->fwif.glb_in + (f))
#define GLB_OUT(k, f)		((k)->e->fwif.glb_out + (f))
#define CSG_IN(k, g, f)		(fwif_csg_in(&(k)->e->fwif, g) + (f))
#define CSG_OUT(k, g, f)	(fwif_csg_out(&(k)->e->fwif, g) + (f))
#define CS_IN(k, g, c, f)	(fwif_cs_in(&(k)->e->fwif, g, c) + (f))
#define CS_OUT(k, g, c, f)	(fwif_cs_out(&(k)->e->fwif, g, c) + (f))

static inline uint32_t suspend_va(unsigned int csg) { return 0x05000000 + csg * 0x10000; }
static inline uint32_t protm_va(unsigned int csg) { return 0x05800000 + csg * 0x10000; }
static inline uint32_t io_va(unsigned int csg, unsigned int cs)
{
	return 0x06000000 + (csg * KIT_CSS + cs) * 0x2000;
}

static inline uint64_t ring_va(unsigned int csg, unsigned int cs)
{
	return 0x01000000 + (csg * KIT_CSS + cs) * 0x10000;
}

static inline void kit_memory(struct kit *k, bool prot)
{
	struct fwtable t = {
		.magic = FWTABLE_MAGIC, .count = 3,
		.sections = {
			{ .va = 0, .size = 0x1000, .flags = FWSEC_RD },
			{ .va = FWSEC_PROT_VA, .size = 0x4000, .flags = FWSEC_PROT },
			{ .va = FWSEC_SHARED_VA, .size = 0x20000,
			  .flags = FWSEC_RD | FWSEC_WR | FWSEC_SHARED },
		},
	};
	uint64_t boot;

	k->root[0] = kit_alloc(k, 1);
	k->root[1] = kit_alloc(k, 1);
	boot = kit_alloc(k, 1);
	t.crc32 = fwtable_crc32(0, t.sections, sizeof(t.sections));
	memcpy(kit_ptr(k, boot), &t, sizeof(t));
	kit_map(k, 0, 0, boot, 1, PTE_RO | PTE_NX);
	kit_map(k, 0, FWSEC_SHARED_VA, kit_alloc(k, 32), 32, PTE_NX);
	if (prot)
		kit_map(k, 0, FWSEC_PROT_VA, APERTURE_BASE, 4, PTE_NX);
	k->data = kit_alloc(k, 16);
	k->code = kit_alloc(k, 4);
	kit_map(k, USER_AS, VA_DATA, k->data, 16, PTE_NX);
	kit_map(k, USER_AS, VA_CODE, k->code, 4, 0);
	kit_map(k, USER_AS, VA_READONLY, kit_alloc(k, 1), 1, PTE_RO | PTE_NX);
	kit_map(k, USER_AS, VA_PROT, APERTURE_BASE + 0x100000, 4, PTE_NX);
	for (unsigned int g = 0; g < KIT_CSGS; g++) {
		kit_map(k, 0, suspend_va(g), kit_alloc(k, 1), 1, PTE_NX);
		kit_map(k, 0, protm_va(g), APERTURE_BASE + 0x10000 + g * PAGE, 1, PTE_NX);
		for (unsigned int c = 0; c < KIT_CSS; c++) {
			k->ring[g][c] = kit_alloc(k, 16);
			k->io[g][c] = kit_alloc(k, 2);
			kit_map(k, USER_AS, ring_va(g, c), k->ring[g][c], 16, PTE_NX);
			kit_map(k, 0, io_va(g, c), k->io[g][c], 2, PTE_NX);
		}
	}
}

static inline void kit_boot(struct kit *k)
{
	kit_as_enable(k, 0);
	kit_as_enable(k, USER_AS);
	k->irqs = 0;
	engine_mcu_control(k->v, 2);
	kit_until(k, k->irqs & 1u << 31);
	kit_wr(k, GLB_IN(k, GLB_ACK_IRQ_MASK), ~0u);
	k->irqs = 0;
}

static inline struct kit *kit_new_on(const char *profile, bool prot)
{
	struct kit *k = test_calloc(1, sizeof(*k));
	int fd = memfd_create("ram", MFD_CLOEXEC);

	assert_int_equal(ftruncate(fd, RAM_SIZE), 0);
	k->ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(k->ram, MAP_FAILED);
	k->next = RAM_BASE;
	k->v = model_new(profile_find(profile));
	assert_non_null(k->v);
	k->e = k->v->engine;
	k->v->aperture_gpa = APERTURE_BASE;
	k->v->knobs->rate = 100000000;
	/* gmem owns the descriptor from here on. */
	assert_int_equal(gmem_map(k->v->gmem, RAM_BASE, RAM_SIZE, fd, 0, true), 0);
	kit_memory(k, prot);
	kit_boot(k);
	return k;
}

static inline struct kit *kit_new(bool prot)
{
	return kit_new_on("g610", prot);
}

static inline void kit_free(struct kit *k)
{
	model_free(k->v);
	munmap(k->ram, RAM_SIZE);
	test_free(k);
}

static inline void kit_glb_toggle(struct kit *k, uint32_t bits_)
{
	kit_wr(k, GLB_IN(k, GLB_REQ), kit_rd(k, GLB_IN(k, GLB_REQ)) ^ bits_);
	engine_doorbell(k->v, 0);
}

static inline bool kit_glb_pending(struct kit *k, uint32_t bits_)
{
	return (kit_rd(k, GLB_IN(k, GLB_REQ)) ^ kit_rd(k, GLB_OUT(k, GLB_ACK))) & bits_;
}

static inline void kit_ring_csg(struct kit *k, unsigned int g)
{
	kit_wr(k, GLB_IN(k, GLB_DOORBELL_REQ), kit_rd(k, GLB_IN(k, GLB_DOORBELL_REQ)) ^ 1u << g);
	engine_doorbell(k->v, 0);
}

static inline void kit_ring_cs(struct kit *k, unsigned int g, unsigned int c)
{
	kit_wr(k, CSG_IN(k, g, CSG_DOORBELL_REQ), kit_rd(k, CSG_IN(k, g, CSG_DOORBELL_REQ)) ^ 1u << c);
	kit_ring_csg(k, g);
}

static inline void kit_state(struct kit *k, unsigned int g, uint32_t state)
{
	uint32_t req = kit_rd(k, CSG_IN(k, g, CSG_REQ));

	kit_wr(k, CSG_IN(k, g, CSG_REQ), (req & ~CSG_REQ_STATE) | state);
	kit_ring_csg(k, g);
}

static inline bool kit_in_state(struct kit *k, unsigned int g, uint32_t state)
{
	return (kit_rd(k, CSG_OUT(k, g, CSG_ACK)) & CSG_REQ_STATE) == state;
}

/* Program the group and its CSs, and set it going. */
static inline void kit_start(struct kit *k, unsigned int g, uint32_t state)
{
	kit_wr(k, CSG_IN(k, g, CSG_CONFIG), USER_AS);
	kit_wr(k, CSG_IN(k, g, CSG_ENDPOINT_REQ), k->e->version < IFACE_EP_REQ2 ? (15u - g) << 28 : 0);
	kit_wr64(k, CSG_IN(k, g, CSG_ENDPOINT_REQ2), (15ull - g) << 28);
	kit_wr64(k, CSG_IN(k, g, CSG_SUSPEND_BUF), suspend_va(g));
	kit_wr64(k, CSG_IN(k, g, CSG_PROTM_SUSPEND_BUF), protm_va(g));
	kit_wr(k, CSG_IN(k, g, CSG_ACK_IRQ_MASK), ~0u);
	for (unsigned int c = 0; c < KIT_CSS; c++) {
		uint32_t ack = kit_rd(k, CS_OUT(k, g, c, CS_ACK));

		kit_wr(k, CS_IN(k, g, c, CS_ACK_IRQ_MASK), ~0u);
		kit_wr(k, CS_IN(k, g, c, CS_CONFIG), (g + 1) << 8);
		kit_wr64(k, CS_IN(k, g, c, CS_RING_BASE), ring_va(g, c));
		kit_wr(k, CS_IN(k, g, c, CS_RING_SIZE), 0x10000);
		kit_wr64(k, CS_IN(k, g, c, CS_RING_INPUT), io_va(g, c));
		kit_wr64(k, CS_IN(k, g, c, CS_RING_OUTPUT), io_va(g, c) + PAGE);
		kit_wr(k, CS_IN(k, g, c, CS_REQ), (ack & ~CS_REQ_MASK) | CS_STATE_START |
		       CS_REQ_IDLE_SYNC_WAIT | CS_REQ_IDLE_EMPTY);
	}
	kit_state(k, g, state);
	kit_until(k, kit_in_state(k, g, state));
}

/* Append to the ring and ring the user doorbell. */
static inline void kit_push(struct kit *k, unsigned int g, unsigned int c, const uint64_t *insns,
			    unsigned int count)
{
	uint64_t *insert = kit_ptr(k, k->io[g][c]);

	for (unsigned int i = 0; i < count; i++)
		memcpy(kit_ptr(k, k->ring[g][c] + ((*insert + 8 * i) & 0xffff)), &insns[i], 8);
	*insert += 8 * count;
	engine_doorbell(k->v, g + 1);
}

#define PUSH(k, g, c, ...)						\
	do {								\
		const uint64_t insns_[] = { __VA_ARGS__ };		\
									\
		kit_push(k, g, c, insns_, sizeof(insns_) / 8);		\
	} while (0)

static inline bool kit_over(struct kit *k, unsigned int g, unsigned int c)
{
	const uint64_t *insert = kit_ptr(k, k->io[g][c]);
	const uint64_t *extract = kit_ptr(k, k->io[g][c] + PAGE);
	const struct cs *cs = kit_cs(k, g, c);

	return cs->dead || (*insert == *extract && cs->insert == *insert && !cs->depth);
}

/* Execute on CSG 0, CS 0, to the end. */
#define RUN(k, ...)							\
	do {								\
		PUSH(k, 0, 0, __VA_ARGS__);				\
		kit_until(k, kit_over(k, 0, 0));			\
	} while (0)

static inline bool kit_event(struct kit *k, unsigned int g, unsigned int c, uint32_t bit)
{
	return (kit_rd(k, CS_IN(k, g, c, CS_REQ)) ^ kit_rd(k, CS_OUT(k, g, c, CS_ACK))) & bit;
}

static inline void kit_ack_event(struct kit *k, unsigned int g, unsigned int c, uint32_t bit)
{
	uint32_t req = kit_rd(k, CS_IN(k, g, c, CS_REQ)), ack = kit_rd(k, CS_OUT(k, g, c, CS_ACK));

	kit_wr(k, CS_IN(k, g, c, CS_REQ), (req & ~bit) | (ack & bit));
}

static inline bool kit_csg_event(struct kit *k, unsigned int g, uint32_t bit)
{
	return (kit_rd(k, CSG_IN(k, g, CSG_REQ)) ^ kit_rd(k, CSG_OUT(k, g, CSG_ACK))) & bit;
}

static inline void kit_ack_csg_event(struct kit *k, unsigned int g, uint32_t bit)
{
	uint32_t req = kit_rd(k, CSG_IN(k, g, CSG_REQ)), ack = kit_rd(k, CSG_OUT(k, g, CSG_ACK));

	kit_wr(k, CSG_IN(k, g, CSG_REQ), (req & ~bit) | (ack & bit));
}

static inline uint32_t *kit_data(struct kit *k, unsigned int off)
{
	return kit_ptr(k, k->data + off);
}

static inline void kit_code(struct kit *k, unsigned int off, const uint64_t *insns, unsigned int count)
{
	memcpy(kit_ptr(k, k->code + off), insns, count * 8);
}

#define CODE(k, off, ...)						\
	do {								\
		const uint64_t insns_[] = { __VA_ARGS__ };		\
									\
		kit_code(k, off, insns_, sizeof(insns_) / 8);		\
	} while (0)

static inline int kit_setup_on(void **state, const char *profile)
{
	struct kit *k = kit_new_on(profile, true);

	for (unsigned int g = 0; g < KIT_CSGS; g++)
		kit_start(k, g, CSG_STATE_START);
	*state = k;
	return 0;
}

static inline int kit_setup(void **state)
{
	return kit_setup_on(state, "g610");
}

static inline int kit_teardown(void **state)
{
	kit_free(*state);
	return 0;
}

#define TEST(fn)	cmocka_unit_test_setup_teardown(fn, kit_setup, kit_teardown)

#endif

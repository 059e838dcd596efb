// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "regs.h"

#include <stdlib.h>

#include "as.h"
#include "engine.h"
#include "irq.h"
#include "knobs.h"
#include "loop.h"
#include "power.h"
#include "profiles.h"
#include "pwr.h"
#include "stats.h"
#include "vgpu.h"

/* Blocks of BAR0 (csf.md 1.1) */
#define GPU_BLOCK_END		0x1000u
#define PWR_BLOCK		0x800u
#define PWR_BLOCK_END		0xc00u
#define JOB_BLOCK		0x1000u
#define MMU_BLOCK		0x2000u
#define AS_BLOCK		0x2400u
#define AS_BLOCK_END		0x2800u
#define USER_BLOCK		0x10000u
#define USER_BLOCK_END		0x20000u
#define IPA_BLOCK		0x40000u
#define IPA_BLOCK_END		0x50000u
#define DOORBELL_BLOCK		0x80000u
#define DOORBELL_SHIFT		16

enum {
	GPU_ID = 0x000, L2_FEATURES = 0x004, CORE_FEATURES = 0x008, TILER_FEATURES = 0x00c,
	MEM_FEATURES = 0x010, MMU_FEATURES = 0x014, AS_PRESENT = 0x018, CSF_ID = 0x01c,
	GPU_IRQ = 0x020, GPU_COMMAND = 0x030, GPU_STATUS = 0x034, GPU_FAULTSTATUS = 0x03c,
	GPU_FAULTADDRESS = 0x040, GPU_FEATURES = 0x060, TIMESTAMP_OFFSET = 0x088,
	CYCLE_COUNT = 0x090, TIMESTAMP = 0x098, THREAD_MAX_THREADS = 0x0a0,
	TEXTURE_FEATURES = 0x0b0, SHADER_PRESENT = 0x100, TILER_PRESENT = 0x110,
	L2_PRESENT = 0x120, POWER = 0x140, POWER_END = 0x270, REVIDR = 0x280,
	L2_CONFIG = 0x048, ASN_HASH = 0x2c0, ASN_HASH_END = 0x2cc,
	COHERENCY_FEATURES = 0x300, COHERENCY_PROTOCOL = 0x304, MCU_CONTROL = 0x700, MCU_STATUS = 0x704,
};

/* GPU_COMMAND types and GPU_STATUS bits (csf.md 1.1, 1.3) */
enum { CMD_NOP, CMD_RESET, CMD_TIME = 3, CMD_FLUSH_CACHES, CMD_CLEAR_FAULT = 7 };

#define STATUS_PAGE_FAULT	(1u << 4)
#define STATUS_PWR_ACTIVE	(1u << 1)
#define STATUS_PROTM_ACTIVE	(1u << 7)

#define STATUS_CYCLE_COUNT_ACTIVE	(1u << 6)	/* place taken from memory */
#define L2_CONFIG_ASN_HASH	(1u << 24)
#define PROTOCOL_MASK		0x1fu	/* above it, from arch 12 on, other settings of the bus */
#define PROTOCOL_NONE		31u

#define NSEC_PER_SEC		1000000000ull

struct regs {
	struct power *power;
	uint32_t word[GPU_BLOCK_END / 4];	/* constants and plain read-write registers */
	uint32_t fault_status;
	uint64_t fault_address;
	uint32_t latest_flush;
	bool flushing, flush_again, flush_held;
	unsigned int cycle_users;	/* CYCLES_*: CYCLE_COUNT runs for them */
	uint64_t cycle_since, cycle_ns;	/* counted up to now, before that */
	bool dead;			/* injected: not on the bus any more */
	struct vtimer flush_timer, reset_timer;
};

enum { RD = 1, WR = 2 };

/* Everything in GPU_CONTROL that a driver may touch, and how. */
static const struct {
	uint16_t first, last;
	uint8_t access;
} gpu_map[] = {
	{ 0x000, 0x01c, RD },	{ 0x020, 0x02c, RD | WR },
	{ 0x030, 0x030, WR },	{ 0x034, 0x034, RD },	{ 0x03c, 0x044, RD },
	{ 0x048, 0x048, RD | WR },	{ 0x050, 0x058, RD | WR },	{ 0x060, 0x064, RD },
	{ 0x088, 0x08c, RD | WR },	{ 0x090, 0x09c, RD },	{ 0x0a0, 0x0bc, RD },
	{ 0x100, 0x104, RD },	{ 0x110, 0x114, RD },	{ 0x120, 0x124, RD },
	{ 0x140, 0x164, RD },	{ 0x180, 0x1a4, WR },	{ 0x1c0, 0x1e4, WR },
	{ 0x200, 0x224, RD },	{ 0x240, 0x264, RD },	{ 0x280, 0x280, RD },
	{ 0x2c0, 0x2c8, RD | WR },	{ 0x300, 0x300, RD },	{ 0x304, 0x304, RD | WR },
	{ 0x700, 0x700, RD | WR },	{ 0x704, 0x704, RD },	{ 0xe00, 0xe44, RD | WR },
	{ 0xf00, 0xf0c, RD | WR },	{ 0xfe8, 0xfec, RD | WR },
};

static bool gpu_allowed(uint32_t off, uint8_t access)
{
	for (size_t i = 0; i < sizeof(gpu_map) / sizeof(gpu_map[0]); i++)
		if (off >= gpu_map[i].first && off <= gpu_map[i].last)
			return gpu_map[i].access & access;
	return false;
}

static void put64(struct regs *r, uint32_t off, uint64_t val)
{
	r->word[off / 4] = (uint32_t)val;
	r->word[off / 4 + 1] = (uint32_t)(val >> 32);
}

static void fill_constants(struct regs *r, const struct profile *p)
{
	r->word[L2_FEATURES / 4] = p->l2_features;
	r->word[CORE_FEATURES / 4] = p->core_features;
	r->word[TILER_FEATURES / 4] = p->tiler_features;
	r->word[MEM_FEATURES / 4] = p->mem_features;
	r->word[MMU_FEATURES / 4] = p->mmu_features;
	r->word[CSF_ID / 4] = p->csf_id;
	put64(r, GPU_FEATURES, p->gpu_features);
	r->word[THREAD_MAX_THREADS / 4] = p->max_threads;
	r->word[THREAD_MAX_THREADS / 4 + 1] = p->max_workgroup;
	r->word[THREAD_MAX_THREADS / 4 + 2] = p->max_barrier;
	r->word[THREAD_MAX_THREADS / 4 + 3] = p->thread_features;
	for (unsigned int i = 0; i < 4; i++)
		r->word[TEXTURE_FEATURES / 4 + i] = p->texture_features[i];
	/* They have moved into the PWR block. */
	if (!profile_has_pwr(p)) {
		put64(r, SHADER_PRESENT, p->shader_present);
		put64(r, TILER_PRESENT, p->tiler_present);
		put64(r, L2_PRESENT, p->l2_present);
	}
	r->word[REVIDR / 4] = p->revidr;
}

struct power *regs_power(struct vgpu *v)
{
	return v->regs->power;
}

static uint64_t ticks(uint64_t ns, uint64_t hz)
{
	return ns / NSEC_PER_SEC * hz + ns % NSEC_PER_SEC * hz / NSEC_PER_SEC;
}

uint64_t regs_timestamp(struct vgpu *v)
{
	const uint32_t *offset = &v->regs->word[TIMESTAMP_OFFSET / 4];

	return ticks(now_ns(), v->knobs->timestamp_hz) + (offset[0] | (uint64_t)offset[1] << 32);
}

static uint64_t cycle_ns(struct regs *r)
{
	return r->cycle_ns + (r->cycle_users ? now_ns() - r->cycle_since : 0);
}

uint64_t regs_cycle_count(struct vgpu *v)
{
	return ticks(cycle_ns(v->regs), v->knobs->cycle_hz);
}

void regs_cycles(struct vgpu *v, unsigned int user, bool on)
{
	struct regs *r = v->regs;

	r->cycle_ns = cycle_ns(r);
	r->cycle_since = now_ns();
	if (on)
		r->cycle_users |= user;
	else
		r->cycle_users &= ~user;
}

bool regs_coherent(struct vgpu *v)
{
	uint32_t protocol = v->regs->word[COHERENCY_PROTOCOL / 4] & PROTOCOL_MASK;

	return protocol != PROTOCOL_NONE && v->knobs->coherency_features >> protocol & 1;
}

static uint32_t half(uint64_t val, uint32_t off)
{
	return (uint32_t)(off & 4 ? val >> 32 : val);
}

static uint32_t gpu_status(struct vgpu *v)
{
	stats_counters(v)->gpu_status_reads++;
	return (power_busy(v) ? STATUS_PWR_ACTIVE : 0) |
	       (v->regs->cycle_users ? STATUS_CYCLE_COUNT_ACTIVE : 0) |
	       (irq_read(v, IRQ_MMU, 0) ? STATUS_PAGE_FAULT : 0) |
	       (engine_protm_active(v) ? STATUS_PROTM_ACTIVE : 0);
}

static uint32_t gpu_read(struct vgpu *v, uint32_t off)
{
	struct regs *r = v->regs;

	if (profile_has_pwr(v->profile) && off >= PWR_BLOCK && off < PWR_BLOCK_END)
		return pwr_read(v, off - PWR_BLOCK);
	if (!gpu_allowed(off, RD | WR)) {
		violation(v, "bad-register-access", "read of %#x", off);
		return 0;
	}
	if (off >= GPU_IRQ && off < GPU_COMMAND)
		return irq_read(v, IRQ_GPU, off - GPU_IRQ);
	if (off >= POWER && off < POWER_END)
		return profile_has_pwr(v->profile) ? 0 : power_read(v, off);
	switch (off) {
	case GPU_ID: return v->knobs->gpu_id;
	case COHERENCY_FEATURES: return v->knobs->coherency_features;
	case AS_PRESENT: return (1u << v->knobs->as_count) - 1;
	case GPU_STATUS: return gpu_status(v);
	case GPU_FAULTSTATUS: return r->fault_status;
	case GPU_FAULTADDRESS:
	case GPU_FAULTADDRESS + 4: return half(r->fault_address, off);
	case CYCLE_COUNT:
	case CYCLE_COUNT + 4: return half(regs_cycle_count(v), off);
	case TIMESTAMP:
	case TIMESTAMP + 4: return half(regs_timestamp(v), off);
	case MCU_STATUS: return engine_mcu_status(v);
	default: return r->word[off / 4];
	}
}

static void flush_done(void *ctx)
{
	struct vgpu *v = ctx;
	struct regs *r = v->regs;

	/* 0 is what drivers use for "always flush", so the hardware never says it. */
	if (!++r->latest_flush)
		r->latest_flush = 1;
	r->flushing = r->flush_again;
	r->flush_again = false;
	if (r->flushing)
		loop_arm(v->loop, &r->flush_timer, v->knobs->flush_ns);
	irq_raise(v, IRQ_GPU, GPU_IRQ_CLEAN_CACHES_COMPLETED);
}

static void flush_caches(struct vgpu *v)
{
	struct regs *r = v->regs;

	if (r->flushing) {
		r->flush_again = true;
		return;
	}
	r->flushing = true;
	if (engine_protm_session(v) && v->knobs->as_stall_in_protm)
		r->flush_held = true;
	else
		loop_arm(v->loop, &r->flush_timer, v->knobs->flush_ns);
}

void regs_protm_ended(struct vgpu *v)
{
	struct regs *r = v->regs;

	if (!r->flush_held)
		return;
	r->flush_held = false;
	loop_arm(v->loop, &r->flush_timer, v->knobs->flush_ns);
}

void regs_gpu_fault(struct vgpu *v, uint32_t status, uint64_t address)
{
	v->regs->fault_status = status;
	v->regs->fault_address = address;
	vlog(v, "gpu fault %#x at %#llx", status, (unsigned long long)address);
}

static void reset_all(struct vgpu *v)
{
	struct regs *r = v->regs;
	uint32_t latest_flush = r->latest_flush;
	struct power *p = r->power;

	engine_reset(v);
	mmu_reset(v);
	power_reset(v);
	pwr_reset(v);
	irqs_reset(v);
	loop_disarm(v->loop, &r->flush_timer);
	loop_disarm(v->loop, &r->reset_timer);
	*r = (struct regs){
		.power = p,
		.latest_flush = latest_flush ? latest_flush : 1,
		.flush_timer = { .fn = flush_done, .ctx = v },
		.reset_timer = r->reset_timer,
	};
	fill_constants(r, v->profile);
}

static void reset_done(void *ctx)
{
	irq_raise(ctx, IRQ_GPU, GPU_IRQ_RESET_COMPLETED);
}

void regs_soft_reset(struct vgpu *v)
{
	stats_counters(v)->soft_resets++;
	vlog(v, "soft reset");
	reset_all(v);
}

static void reset_command(struct vgpu *v, uint32_t val)
{
	if (profile_has_pwr(v->profile)) {
		violation(v, "bad-register-access", "GPU_COMMAND %#x: PWR_CONTROL resets", val);
		return;
	}
	regs_soft_reset(v);
	loop_arm(v->loop, &v->regs->reset_timer, v->knobs->reset_ns);
}

void regs_power_on_reset(struct vgpu *v)
{
	v->regs->reset_timer = (struct vtimer){ .fn = reset_done, .ctx = v };
	reset_all(v);
	irq_write(v, IRQ_GPU, 8, 0);
}

void regs_die(struct vgpu *v)
{
	regs_power_on_reset(v);
	v->regs->dead = true;
}

static void gpu_command(struct vgpu *v, uint32_t val)
{
	switch (val & 0xff) {
	case CMD_NOP:
		break;
	case CMD_TIME:
		regs_cycles(v, CYCLES_HOST, val >> 8 & 1);
		break;
	case CMD_RESET:
		reset_command(v, val);
		break;
	case CMD_FLUSH_CACHES:
		flush_caches(v);
		break;
	case CMD_CLEAR_FAULT:
		v->regs->fault_status = 0;
		v->regs->fault_address = 0;
		break;
	default:
		violation(v, "bad-register-access", "GPU_COMMAND %#x", val);
	}
}

/* How the L2 is to work is decided before it comes up (csf.md 1.3). */
static void l2_setting(struct vgpu *v, uint32_t off, uint32_t val)
{
	uint32_t protocol = val & PROTOCOL_MASK;
	bool hash = off == L2_CONFIG ? val & L2_CONFIG_ASN_HASH : off != COHERENCY_PROTOCOL;

	if (power_ready(v, PD_L2) || power_changing(v, PD_L2))
		violation(v, "l2-config-while-on", "write of %#x to %#x", val, off);
	if (hash && profile_arch(v->profile) < 11)
		violation(v, "bad-register-access", "write of %#x to %#x: no ASN hash here", val, off);
	if (off == COHERENCY_PROTOCOL && protocol != PROTOCOL_NONE &&
	    !(v->knobs->coherency_features >> protocol & 1))
		violation(v, "bad-coherency", "protocol %u is not offered", protocol);
	v->regs->word[off / 4] = val;
}

static void mcu_control(struct vgpu *v, uint32_t val)
{
	v->regs->word[MCU_CONTROL / 4] = val;
	if ((val & 3) && !power_l2_on(v)) {
		violation(v, "bad-register-access", "MCU_CONTROL %#x with the L2 off", val);
		return;
	}
	engine_mcu_control(v, val & 3);
}

static void gpu_write(struct vgpu *v, uint32_t off, uint32_t val)
{
	bool pwr = profile_has_pwr(v->profile);

	if (pwr && off >= PWR_BLOCK && off < PWR_BLOCK_END) {
		pwr_write(v, off - PWR_BLOCK, val);
		return;
	}
	if (!gpu_allowed(off, WR) || (pwr && off >= POWER && off < POWER_END)) {
		violation(v, "bad-register-access", "write of %#x to %#x", val, off);
		return;
	}
	if (off >= GPU_IRQ && off < GPU_COMMAND)
		irq_write(v, IRQ_GPU, off - GPU_IRQ, val);
	else if (off >= POWER && off < POWER_END)
		power_write(v, off, val);
	else if (off == GPU_COMMAND)
		gpu_command(v, val);
	else if (off == MCU_CONTROL)
		mcu_control(v, val);
	else if (off == L2_CONFIG || off == COHERENCY_PROTOCOL ||
		 (off >= ASN_HASH && off < ASN_HASH_END))
		l2_setting(v, off, val);
	else
		v->regs->word[off / 4] = val;
}

static void doorbell(struct vgpu *v, uint32_t off)
{
	unsigned int page = (off - DOORBELL_BLOCK) >> DOORBELL_SHIFT;

	if (off & ((1u << DOORBELL_SHIFT) - 1)) {
		violation(v, "bad-register-access", "write to doorbell page %u + %#x", page,
			  off & ((1u << DOORBELL_SHIFT) - 1));
		return;
	}
	stats_counters(v)->doorbells++;
	if (!power_l2_on(v)) {
		violation(v, "doorbell-unpowered", "doorbell %u with the L2 off", page);
		return;
	}
	engine_doorbell(v, page);
}

/* The counter block of off; *known is false where no block is. */
static enum reg_block block_of(uint32_t off, bool *known)
{
	*known = true;
	if (off >= DOORBELL_BLOCK)
		return BLK_DOORBELL;
	if (off < GPU_BLOCK_END || (off >= IPA_BLOCK && off < IPA_BLOCK_END))
		return BLK_GPU;
	if (off < JOB_BLOCK + 0x10)
		return BLK_JOB;
	if (off >= MMU_BLOCK && off < MMU_BLOCK + 0x10)
		return BLK_MMU;
	if (off >= AS_BLOCK && off < AS_BLOCK_END)
		return BLK_AS;
	if (off >= USER_BLOCK && off < USER_BLOCK_END)
		return BLK_USER;
	*known = false;
	return BLK_GPU;
}

static uint32_t read32(struct vgpu *v, enum reg_block block, uint32_t off)
{
	switch (block) {
	case BLK_GPU: return off < GPU_BLOCK_END ? gpu_read(v, off) : 0;
	case BLK_JOB: return irq_read(v, IRQ_JOB, off - JOB_BLOCK);
	case BLK_MMU: return irq_read(v, IRQ_MMU, off - MMU_BLOCK);
	case BLK_AS: return as_reg_read(v, off - AS_BLOCK);
	case BLK_USER: return off == USER_BLOCK ? v->regs->latest_flush : 0;
	default: break;
	}
	violation(v, "bad-register-access", "read of a doorbell page, %#x", off);
	return 0;
}

static void write32(struct vgpu *v, enum reg_block block, uint32_t off, uint32_t val)
{
	switch (block) {
	case BLK_GPU:
		if (off < GPU_BLOCK_END)
			gpu_write(v, off, val);
		break;
	case BLK_JOB:
		irq_write(v, IRQ_JOB, off - JOB_BLOCK, val);
		break;
	case BLK_MMU:
		irq_write(v, IRQ_MMU, off - MMU_BLOCK, val);
		break;
	case BLK_AS:
		as_reg_write(v, off - AS_BLOCK, val);
		break;
	case BLK_DOORBELL:
		doorbell(v, off);
		break;
	default:
		violation(v, "bad-register-access", "write of %#x to %#x", val, off);
	}
}

static bool access_ok(struct vgpu *v, uint32_t off, unsigned int size, bool known, const char *what)
{
	if (known && !(off % size) && (size == 4 || size == 8))
		return true;
	violation(v, "bad-register-access", "%u-byte %s at %#x", size, what, off);
	return false;
}

uint64_t regs_read(struct vgpu *v, uint32_t off, unsigned int size)
{
	bool known;
	enum reg_block block = block_of(off, &known);
	uint64_t val;

	stats_counters(v)->reg_reads[block]++;
	if (v->regs->dead)
		return UINT64_MAX >> (64 - 8 * size);
	if (!access_ok(v, off, size, known, "read"))
		return 0;
	if (size == 4)
		return read32(v, block, off);
	/* One sample, not two halves of different ones. */
	if (off == TIMESTAMP)
		return regs_timestamp(v);
	if (off == CYCLE_COUNT)
		return regs_cycle_count(v);
	val = read32(v, block, off);
	return val | (uint64_t)read32(v, block, off + 4) << 32;
}

void regs_write(struct vgpu *v, uint32_t off, unsigned int size, uint64_t val)
{
	bool known;
	enum reg_block block = block_of(off, &known);

	stats_counters(v)->reg_writes[block]++;
	if (v->regs->dead)
		return;
	if (!access_ok(v, off, size, known, "write"))
		return;
	write32(v, block, off, (uint32_t)val);
	if (size == 8)
		write32(v, block, off + 4, (uint32_t)(val >> 32));
}

struct regs *regs_new(void)
{
	struct regs *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->power = power_new();
	if (!r->power) {
		free(r);
		return NULL;
	}
	return r;
}

void regs_free(struct regs *r)
{
	if (!r)
		return;
	power_free(r->power);
	free(r);
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "as.h"

#include <assert.h>
#include <stdlib.h>

#include "as_walk.h"
#include "engine.h"
#include "gmem.h"
#include "irq.h"
#include "knobs.h"
#include "loop.h"
#include "regs.h"
#include "stats.h"
#include "vgpu.h"

#define PAGE_SIZE	4096ull

/* Offsets within one AS (csf.md 1.6) */
enum {
	AS_TRANSTAB = 0x00, AS_MEMATTR = 0x08, AS_LOCKADDR = 0x10, AS_COMMAND = 0x18,
	AS_FAULTSTATUS = 0x1c, AS_FAULTADDRESS = 0x20, AS_STATUS = 0x28,
	AS_TRANSCFG = 0x30, AS_FAULTEXTRA = 0x38, AS_STRIDE = 0x40,
};

enum { CMD_NOP, CMD_UPDATE, CMD_LOCK, CMD_UNLOCK, CMD_FLUSH_PT, CMD_FLUSH_MEM };

#define AS_STATUS_BUSY		(1u << 0)
#define LOCK_LOG2_MASK		0x3fu
#define LOCK_LOG2_MIN		14u	/* 32 KiB */

/* MEMATTR, one byte each: type and shareability; the same of table walks in TRANSCFG */
#define MEMATTR_TYPE(byte)	((byte) >> 6 & 3)
#define MEMATTR_SH(byte)	((byte) >> 4 & 3)
#define MEMATTR_WB		2u
#define TRANSCFG_PTW_TYPE(c)	((c) >> 24 & 3)
#define TRANSCFG_PTW_SH(c)	((c) >> 28 & 3)

#define TLB_ENTRIES		64	/* per address space, direct mapped by page */

/* What a page was translated to when it was last walked. */
struct tlb_entry {
	bool valid;
	uint64_t page;
	struct walk walk;
};

struct as {
	struct vgpu *v;
	unsigned int nr;
	struct as_config shadow;	/* the registers */
	struct as_config cfg;		/* what UPDATE latched */
	uint64_t lockaddr;
	uint64_t fault_address;
	uint32_t fault_status;
	uint32_t command;		/* being carried out, or CMD_NOP */
	bool held;			/* ... but waits for the end of protected mode */
	bool faulted;			/* since the last UPDATE that enabled it */
	bool locked;
	uint64_t lock_first, lock_last;
	struct tlb_entry tlb[TLB_ENTRIES];
	struct vtimer timer;
};

struct mmu {
	struct as as[VGPU_MAX_AS];
};

static const char *const command_names[] = {
	"NOP", "UPDATE", "LOCK", "UNLOCK", "FLUSH_PT", "FLUSH_MEM"
};

static bool enabled(const struct as *as)
{
	uint32_t mode = (uint32_t)as->cfg.transcfg & TRANSCFG_MODE_MASK;

	return mode != 0 && mode != TRANSCFG_UNMAPPED;
}

static unsigned int pa_bits(const struct vgpu *v)
{
	return v->profile->mmu_features >> 8 & 0xff;
}

static bool in_aperture(const struct vgpu *v, uint64_t gpa)
{
	return v->aperture_gpa && gpa >= v->aperture_gpa &&
	       gpa - v->aperture_gpa < VGPU_APERTURE_SIZE;
}

static void *bus_ptr(struct vgpu *v, uint64_t gpa, size_t len)
{
	if (in_aperture(v, gpa))
		return v->aperture + (gpa - v->aperture_gpa);
	return gmem_ptr(v->gmem, gpa, len);
}

static unsigned int access_code(enum as_access how)
{
	switch (how) {
	case AS_ATOMIC: return 0;
	case AS_EXEC: return 1;
	case AS_READ: return 2;
	case AS_WRITE: return 3;
	}
	return 0;
}

static void report_page_fault(struct as *as, uint64_t va, uint8_t code, enum as_access how)
{
	struct vgpu *v = as->v;

	/*
	 * Once the driver has disabled a faulting AS, what was stalled on it ends
	 * without another interrupt; and the first fault's registers stay until
	 * its interrupt is cleared.
	 */
	if (as->faulted && !enabled(as))
		return;
	as->faulted = true;
	if (irq_read(v, IRQ_MMU, 0) & 1u << as->nr)
		return;
	stats_counters(v)->as_faults++;
	as->fault_status = code | access_code(how) << 8;
	as->fault_address = va;
	vlog(v, "as%u: fault %#x at %#llx", as->nr, as->fault_status, (unsigned long long)va);
	timeline(v, "fault", -1);
	irq_raise(v, IRQ_MMU, 1u << as->nr);
}

static bool permitted(const struct walk *w, enum as_access how)
{
	switch (how) {
	case AS_READ: return w->readable;
	case AS_WRITE:
	case AS_ATOMIC: return w->writable;
	case AS_EXEC: return w->executable && w->readable;
	}
	return false;
}

static const char *access_name(enum as_access how)
{
	static const char *const names[] = {
		[AS_READ] = "read", [AS_WRITE] = "write", [AS_EXEC] = "fetch",
		[AS_ATOMIC] = "atomic",
	};

	return names[how];
}

static void tlb_drop(struct as *as, uint64_t first, uint64_t last)
{
	for (unsigned int i = 0; i < TLB_ENTRIES; i++)
		if (as->tlb[i].page >= first >> 12 && as->tlb[i].page <= last >> 12)
			as->tlb[i].valid = false;
}

/*
 * Translation as a device does it: tables are not looked at again until a command
 * has dropped what is known. Faults are not kept.
 */
static uint8_t translate(struct as *as, uint64_t va, struct walk *w)
{
	struct vgpu *v = as->v;
	struct tlb_entry *t = &as->tlb[(va >> 12) % TLB_ENTRIES];
	struct walk now;
	uint8_t code = as_walk(v->gmem, &as->cfg, pa_bits(v), va, &now);

	if (!v->knobs->tlb || !enabled(as)) {
		*w = now;
		return code;
	}
	if (t->valid && t->page == va >> 12) {
		*w = t->walk;
		w->gpa |= va & (PAGE_SIZE - 1);
		if (code || now.gpa != w->gpa || now.writable != w->writable)
			stats_counters(v)->stale_translations++;
		return 0;
	}
	*w = now;
	if (code)
		return code;
	*t = (struct tlb_entry){ .valid = true, .page = va >> 12, .walk = now };
	t->walk.gpa &= ~(PAGE_SIZE - 1);
	return 0;
}

enum as_result as_access(struct vgpu *v, unsigned int nr, uint64_t va, size_t len,
			 enum as_access how, bool in_protm, struct as_hit *hit)
{
	struct as *as = &v->mmu->as[nr];
	struct walk w;
	uint8_t code;

	assert(nr < VGPU_MAX_AS && len && (va & (PAGE_SIZE - 1)) + len <= PAGE_SIZE);
	/* Stock 6.12 does not wait for the end of UPDATE before it starts a group. */
	if (as->command == CMD_UPDATE && !as->held)
		return AS_STALL;
	if (as->locked && va <= as->lock_last && va + len - 1 >= as->lock_first)
		return AS_STALL;
	code = translate(as, va, &w);
	if (code == EXC_BUS_FAULT)
		return AS_BUS_FAULT;
	if (!code && !permitted(&w, how))
		code = (uint8_t)(EXC_PERMISSION + w.level);
	if (code) {
		report_page_fault(as, va, code, how);
		return AS_FAULT;
	}
	hit->gpa = w.gpa;
	hit->aperture = in_aperture(v, w.gpa);
	hit->ptr = bus_ptr(v, w.gpa, len);
	if (!hit->ptr)
		return AS_BUS_FAULT;
	if (hit->aperture && !in_protm) {
		violation(v, "gpu-aperture-access", "%s of as%u va %#llx outside protected mode",
			  access_name(how), nr, (unsigned long long)va);
		return AS_BUS_FAULT;
	}
	if (!hit->aperture && in_protm && (how == AS_WRITE || how == AS_ATOMIC)) {
		violation(v, "protm-normal-write", "%s of as%u va %#llx inside protected mode",
			  access_name(how), nr, (unsigned long long)va);
		return AS_PROT_WRITE;
	}
	return AS_OK;
}

void *as_mcu_ptr(struct vgpu *v, uint32_t va, size_t len)
{
	struct walk w;

	if (!len || (va & (PAGE_SIZE - 1)) + len > PAGE_SIZE)
		return NULL;
	if (as_walk(v->gmem, &v->mmu->as[0].cfg, pa_bits(v), va, &w))
		return NULL;
	return bus_ptr(v, w.gpa, len);
}

struct as_probe as_probe(struct vgpu *v, unsigned int nr, uint64_t va)
{
	struct walk w;

	if (nr >= VGPU_MAX_AS || as_walk(v->gmem, &v->mmu->as[nr].cfg, pa_bits(v), va, &w))
		return (struct as_probe){ 0 };
	return (struct as_probe){
		.mapped = true, .writable = w.writable, .executable = w.executable,
		.aperture = in_aperture(v, w.gpa), .gpa = w.gpa,
	};
}

bool as_enabled(struct vgpu *v, unsigned int nr)
{
	return nr < VGPU_MAX_AS && enabled(&v->mmu->as[nr]);
}

unsigned int as_locked_count(struct vgpu *v)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < VGPU_MAX_AS; i++)
		n += v->mmu->as[i].locked;
	return n;
}

void as_report_fault(struct vgpu *v, unsigned int nr, uint64_t va, uint8_t code, enum as_access how)
{
	stats_counters(v)->bus_faults++;
	/* Address and JASID valid: bits 10 and 11. */
	regs_gpu_fault(v, code | access_code(how) << 8 | 3u << 10 | (nr & 0xf) << 12, va);
	timeline(v, "fault", -1);
	irq_raise(v, IRQ_GPU, GPU_IRQ_FAULT);
}

static void lock_region(struct as *as)
{
	unsigned int log2 = as->lockaddr & LOCK_LOG2_MASK;
	uint64_t mask;

	if (log2 < LOCK_LOG2_MIN) {
		violation(as->v, "bad-register-access", "as%u: lock region of 2^%u bytes",
			  as->nr, log2 + 1);
		log2 = LOCK_LOG2_MIN;
	}
	mask = log2 >= 63 ? UINT64_MAX : (2ull << log2) - 1;
	as->lock_first = as->lockaddr & ~(uint64_t)LOCK_LOG2_MASK & ~mask;
	as->lock_last = as->lock_first | mask;
	as->locked = true;
}

/* Seen when the command arrives: a slot that starts while it runs merely waits for it. */
static void check_replaced(struct as *as)
{
	bool same = as->cfg.transtab == as->shadow.transtab &&
		    as->cfg.transcfg == as->shadow.transcfg;

	/* A driver must take a faulting AS away while jobs hang on it. */
	if (enabled(as) && !same && !as->faulted && engine_as_busy(as->v, as->nr))
		violation(as->v, "unmapped-while-running", "as%u: tables replaced", as->nr);
}

/* Shareable write-back memory needs a bus that keeps caches coherent. */
static void check_shareability(struct as *as)
{
	uint64_t cfg = as->shadow.transcfg;
	unsigned int mode = cfg & TRANSCFG_MODE_MASK;

	if (!mode || mode == TRANSCFG_UNMAPPED || regs_coherent(as->v))
		return;
	for (unsigned int i = 0; i < 8; i++) {
		unsigned int attr = as->shadow.memattr >> 8 * i & 0xff;

		if (MEMATTR_TYPE(attr) == MEMATTR_WB && MEMATTR_SH(attr))
			violation(as->v, "incoherent-shareability", "as%u: MEMATTR %u is %#x",
				  as->nr, i, attr);
	}
	if (TRANSCFG_PTW_TYPE(cfg) == MEMATTR_WB && TRANSCFG_PTW_SH(cfg))
		violation(as->v, "incoherent-shareability", "as%u: TRANSCFG %#llx", as->nr,
			  (unsigned long long)cfg);
}

static void update(struct as *as)
{
	tlb_drop(as, 0, UINT64_MAX);
	as->cfg = as->shadow;
	if (enabled(as))
		as->faulted = false;
}

static void complete(struct as *as)
{
	uint32_t command = as->command;

	as->command = CMD_NOP;
	as->held = false;
	switch (command) {
	case CMD_UPDATE:
		update(as);
		break;
	case CMD_LOCK:
		lock_region(as);
		return;
	case CMD_UNLOCK:
	case CMD_FLUSH_PT:
	case CMD_FLUSH_MEM:
		if (as->locked)
			tlb_drop(as, as->lock_first, as->lock_last);
		else if (command != CMD_UNLOCK)
			tlb_drop(as, 0, UINT64_MAX);
		as->locked = false;
		break;
	}
	engine_as_unlocked(as->v, as->nr);
}

static void timer_fired(void *ctx)
{
	complete(ctx);
}

static void start_command(struct as *as, uint32_t command)
{
	struct vgpu *v = as->v;
	uint64_t delay = v->knobs->as_cmd_ns;

	if (command == CMD_NOP)
		return;
	if (command > CMD_FLUSH_MEM) {
		violation(v, "bad-register-access", "as%u: command %u", as->nr, command);
		return;
	}
	stats_counters(v)->as_commands++;
	if (as->command) {
		violation(v, "as-command-while-busy", "as%u: %s during %s", as->nr,
			  command_names[command], command_names[as->command]);
		return;
	}
	as->command = command;
	if (command == CMD_UPDATE) {
		check_replaced(as);
		check_shareability(as);
	}
	if (engine_protm_session(v)) {
		violation(v, "as-command-in-protm", "as%u: %s", as->nr, command_names[command]);
		if (v->knobs->as_stall_in_protm) {
			as->held = true;
			return;
		}
	}
	if (delay)
		loop_arm(v->loop, &as->timer, delay);
	else
		complete(as);
}

void as_protm_ended(struct vgpu *v)
{
	for (unsigned int i = 0; i < VGPU_MAX_AS; i++) {
		struct as *as = &v->mmu->as[i];

		if (!as->held)
			continue;
		as->held = false;
		loop_arm(v->loop, &as->timer, v->knobs->as_cmd_ns);
	}
	regs_protm_ended(v);
}

/* The 64-bit register that holds word reg, NULL when it is none of those. */
static uint64_t *pair(struct as *as, uint32_t reg)
{
	switch (reg & ~7u) {
	case AS_TRANSTAB: return &as->shadow.transtab;
	case AS_MEMATTR: return &as->shadow.memattr;
	case AS_LOCKADDR: return &as->lockaddr;
	case AS_TRANSCFG: return &as->shadow.transcfg;
	default: return NULL;
	}
}

uint32_t as_reg_read(struct vgpu *v, uint32_t off)
{
	unsigned int nr = off / AS_STRIDE;
	uint32_t reg = off % AS_STRIDE;
	struct as *as = &v->mmu->as[nr % VGPU_MAX_AS];
	uint64_t *reg64;

	if (nr >= v->knobs->as_count) {
		violation(v, "bad-register-access", "read of as%u, which does not exist", nr);
		return 0;
	}
	reg64 = pair(as, reg);
	if (reg64)
		return (uint32_t)(reg & 4 ? *reg64 >> 32 : *reg64);
	switch (reg) {
	case AS_FAULTSTATUS: return as->fault_status;
	case AS_FAULTADDRESS: return (uint32_t)as->fault_address;
	case AS_FAULTADDRESS + 4: return (uint32_t)(as->fault_address >> 32);
	case AS_STATUS: return as->command ? AS_STATUS_BUSY : 0;
	default: return 0;
	}
}

void as_reg_write(struct vgpu *v, uint32_t off, uint32_t val)
{
	unsigned int nr = off / AS_STRIDE;
	uint32_t reg = off % AS_STRIDE;
	struct as *as = &v->mmu->as[nr % VGPU_MAX_AS];
	uint64_t *reg64;

	if (nr >= v->knobs->as_count) {
		violation(v, "bad-register-access", "write to as%u, which does not exist", nr);
		return;
	}
	if (reg == AS_COMMAND) {
		start_command(as, val);
		return;
	}
	reg64 = pair(as, reg);
	if (!reg64) {
		violation(v, "bad-register-access", "write to as%u + %#x", nr, reg);
		return;
	}
	if (reg & 4)
		*reg64 = (*reg64 & UINT32_MAX) | (uint64_t)val << 32;
	else
		*reg64 = (*reg64 & ~(uint64_t)UINT32_MAX) | val;
}

void mmu_reset(struct vgpu *v)
{
	for (unsigned int i = 0; i < VGPU_MAX_AS; i++) {
		struct as *as = &v->mmu->as[i];

		loop_disarm(v->loop, &as->timer);
		*as = (struct as){ .v = v, .nr = i,
				   .timer = { .fn = timer_fired, .ctx = as } };
	}
}

struct mmu *mmu_new(void)
{
	return calloc(1, sizeof(struct mmu));
}

void mmu_free(struct mmu *m)
{
	free(m);
}

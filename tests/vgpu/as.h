/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Owns: the AS registers, page-table walks over guest RAM, region locks,
 * fault reporting, and who may reach the protected aperture.
 */
#ifndef VGPU_AS_H
#define VGPU_AS_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

struct vgpu;
struct mmu;

enum as_access { AS_READ, AS_WRITE, AS_EXEC, AS_ATOMIC };

enum as_result {
	AS_OK,
	AS_STALL,	/* a locked region covers it: try again after engine_as_unlocked() */
	AS_FAULT,	/* fault registers are set and the IRQ is raised */
	AS_BUS_FAULT,	/* translated, but the bus refused: aperture outside protected mode, or a hole */
	AS_PROT_WRITE,	/* write to normal memory from inside protected mode */
};

struct as_hit {
	void *ptr;		/* host pointer to len bytes, not crossing a page */
	uint64_t gpa;
	bool aperture;
};

struct mmu *mmu_new(void);
void mmu_free(struct mmu *m);

/*
 * Translate and check one access of len bytes (within one 4 KiB page).
 * in_protm: the access comes from inside a protected region.
 * Violations gpu-aperture-access and protm-normal-write are recorded here.
 * AS_BUS_FAULT and AS_PROT_WRITE raise nothing: the engine decides what follows.
 */
enum as_result as_access(struct vgpu *v, unsigned int as, uint64_t va, size_t len,
			 enum as_access how, bool in_protm, struct as_hit *hit);
/*
 * Host pointer for the MCU's own view (AS0), no fault reporting: NULL when not
 * mapped. MCU accesses to the aperture are always allowed.
 */
void *as_mcu_ptr(struct vgpu *v, uint32_t va, size_t len);
/* Is va mapped in as with at least this right, and to what? For firmware-layout checks. */
struct as_probe { bool mapped, writable, executable, aperture; uint64_t gpa; };
struct as_probe as_probe(struct vgpu *v, unsigned int as, uint64_t va);
/* True when the AS has a table latched (UPDATE with TRANSCFG != UNMAPPED). */
bool as_enabled(struct vgpu *v, unsigned int as);
/* Number of address spaces with a locked region (for enter-with-as-locked). */
unsigned int as_locked_count(struct vgpu *v);
/* Report a GPU_FAULT (bus fault): GPU_FAULTSTATUS, GPU_FAULTADDRESS, GPU IRQ bit 0. */
void as_report_fault(struct vgpu *v, unsigned int as, uint64_t va, uint8_t code, enum as_access how);

uint32_t as_reg_read(struct vgpu *v, uint32_t off);	/* off from 0x2400 */
void as_reg_write(struct vgpu *v, uint32_t off, uint32_t val);
/* Registers, locks and translations are gone: a reset, or the L2 without power. */
void mmu_reset(struct vgpu *v);
/* Called by the engine when a session ends: commands held back go on. */
void as_protm_ended(struct vgpu *v);

#endif

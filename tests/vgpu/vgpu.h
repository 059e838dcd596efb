/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The model's one context. Single-threaded: everything runs from the event
 * loop, so nothing here has a lock.
 *
 * Platform half (transport, PCI, guest memory, registers, IRQ blocks, address
 * spaces, control socket) and engine half (MCU, firmware interface, CSG/CS
 * slots, command stream, protected mode) meet only in the headers named here.
 */
#ifndef VGPU_H
#define VGPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VGPU_REGS_SIZE		0x200000u
#define VGPU_APERTURE_SIZE	0x2000000u
#define VGPU_MAX_AS		16
#define VGPU_MAX_CSG		31
#define VGPU_MAX_CS		32

struct loop;		/* loop.h: fds and timers */
struct gmem;		/* gmem.h: guest RAM */
struct irqs;		/* irq.h: the three IRQ blocks and MSI-X */
struct regs;		/* regs.h: GPU_CONTROL, power, caches, dispatch of BAR0 */
struct pwr;		/* pwr.h: PWR_CONTROL, from arch 14 on */
struct mmu;		/* as.h: address spaces */
struct engine;		/* engine.h: MCU and everything it runs */
struct stats;		/* stats.h: counters, violations, sessions, timeline */
struct knobs;		/* knobs.h: settings and injections */
struct pci;		/* pci.h: the PCI function and its BARs */
struct mailbox;		/* mailbox.h: control commands from inside the guest */

/* What differs between GPUs. */
struct profile {
	const char *name;
	uint32_t gpu_id, csf_id, l2_features, core_features, tiler_features;
	uint32_t mem_features, mmu_features, as_present, thread_features;
	uint32_t max_threads, max_workgroup, max_barrier, texture_features[4];
	uint32_t coherency_features, revidr;
	uint64_t gpu_features, shader_present, tiler_present, l2_present;
	unsigned int csg_slots, cs_slots, cs_regs, scoreboards;
	uint32_t fw_version;	/* interface version, major[31:24] minor[23:16] */
};

struct vgpu {
	const struct profile *profile;
	struct loop *loop;
	struct gmem *gmem;
	struct irqs *irqs;
	struct regs *regs;
	struct pwr *pwr;
	struct mmu *mmu;
	struct engine *engine;
	struct stats *stats;
	struct knobs *knobs;
	struct pci *pci;
	struct mailbox *mailbox;
	uint64_t aperture_gpa;	/* where the guest put BAR2, 0 while unmapped */
	uint8_t *aperture;	/* its backing memory, VGPU_APERTURE_SIZE bytes */
};

/* Timestamped line in the model's log, printf style. */
void vlog(struct vgpu *v, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif

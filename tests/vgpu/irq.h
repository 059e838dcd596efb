/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Owns: RAWSTAT/MASK of the JOB, MMU, GPU and PWR blocks, and the MSI-X eventfds. */
#ifndef VGPU_IRQ_H
#define VGPU_IRQ_H

#include <stdint.h>

struct vgpu;

/* PWR is a block of registers that shares the GPU block's line. */
enum irq_line { IRQ_JOB, IRQ_MMU, IRQ_GPU, IRQ_PWR, IRQ_BLOCKS };

/* GPU block bits (csf.md 1.2) */
#define GPU_IRQ_FAULT			(1u << 0)
#define GPU_IRQ_PROTECTED_FAULT		(1u << 1)
#define GPU_IRQ_RESET_COMPLETED		(1u << 8)
#define GPU_IRQ_POWER_CHANGED_SINGLE	(1u << 9)
#define GPU_IRQ_POWER_CHANGED_ALL	(1u << 10)
#define GPU_IRQ_CLEAN_CACHES_COMPLETED	(1u << 17)
#define GPU_IRQ_MCU_STATUS_CHANGED	(1u << 19)

/* PWR block bits (csf.md 1.4) */
#define PWR_IRQ_CHANGED_SINGLE		(1u << 0)
#define PWR_IRQ_CHANGED_ALL		(1u << 1)
#define PWR_IRQ_DELEGATION_CHANGED	(1u << 2)
#define PWR_IRQ_RESET_COMPLETED		(1u << 3)
#define PWR_IRQ_RETRACT_COMPLETED	(1u << 4)
#define PWR_IRQ_INSPECT_COMPLETED	(1u << 5)
#define PWR_IRQ_CMD_NOT_ALLOWED		(1u << 30)
#define PWR_IRQ_CMD_INVALID		(1u << 31)

struct irqs *irqs_new(void);
void irqs_free(struct irqs *i);
/* Set bits in RAWSTAT; fires the vector on each 0->1 of (raw & mask). */
void irq_raise(struct vgpu *v, enum irq_line line, uint32_t bits);
/* Keep bits asserted: a CLEAR has no effect until irq_deassert() (PROTECTED_FAULT). */
void irq_assert_level(struct vgpu *v, enum irq_line line, uint32_t bits);
void irq_deassert(struct vgpu *v, enum irq_line line, uint32_t bits);
/* Register access, off is 0/4/8/12 within the block. */
uint32_t irq_read(struct vgpu *v, enum irq_line line, uint32_t off);
void irq_write(struct vgpu *v, enum irq_line line, uint32_t off, uint32_t val);
/* Soft reset: clear all but what the reset itself raises. */
void irqs_reset(struct vgpu *v);
void irq_set_eventfd(struct vgpu *v, unsigned int vector, int fd);

#endif

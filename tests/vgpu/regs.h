/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Owns: dispatch of BAR0, GPU_CONTROL, power domains, cache flushes, resets and
 * the doorbell pages.
 */
#ifndef VGPU_REGS_H
#define VGPU_REGS_H

#include <stdbool.h>
#include <stdint.h>

struct vgpu;
struct regs;
struct power;

struct regs *regs_new(void);
void regs_free(struct regs *r);
/* Accesses of 1, 2, 4 or 8 bytes; off + size lies within BAR0. */
uint64_t regs_read(struct vgpu *v, uint32_t off, unsigned int size);
void regs_write(struct vgpu *v, uint32_t off, unsigned int size, uint64_t val);
/* Power-on state of the whole GPU, without RESET_COMPLETED: PCI function reset. */
void regs_power_on_reset(struct vgpu *v);
/* Off the bus until regs_power_on_reset(): reads give ones, writes are lost, nothing runs. */
void regs_die(struct vgpu *v);
/* All of a reset but its completion: everything off, registers at their reset values. */
void regs_soft_reset(struct vgpu *v);
uint64_t regs_timestamp(struct vgpu *v);
/* CYCLE_COUNT runs while one of its users wants it. */
#define CYCLES_HOST	1u	/* GPU_COMMAND */
#define CYCLES_FW	2u	/* GLB_REQ.COUNTER_ENABLE */
uint64_t regs_cycle_count(struct vgpu *v);
void regs_cycles(struct vgpu *v, unsigned int user, bool on);
/* Was a coherency protocol selected that the GPU offers? The reset value is ACE-Lite. */
bool regs_coherent(struct vgpu *v);
/* GPU_FAULTSTATUS and GPU_FAULTADDRESS. */
void regs_gpu_fault(struct vgpu *v, uint32_t status, uint64_t address);
/* For power.c. */
struct power *regs_power(struct vgpu *v);
/* A cache flush that protected mode held back goes on. */
void regs_protm_ended(struct vgpu *v);

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Owns: PWR_CONTROL (arch 14 on): commands on power domains, who controls them,
 * and resets. The domains' own state is power.h's.
 */
#ifndef VGPU_PWR_H
#define VGPU_PWR_H

#include <stdbool.h>
#include <stdint.h>

struct vgpu;
struct pwr;

struct pwr *pwr_new(struct vgpu *v);
void pwr_free(struct pwr *p);
/* off from the start of the block, below 0x400. */
uint32_t pwr_read(struct vgpu *v, uint32_t off);
void pwr_write(struct vgpu *v, uint32_t off, uint32_t val);
/* All domains back with the host; a reset that was asked for goes on. */
void pwr_reset(struct vgpu *v);
/* The MCU boots, or halts: powers what was delegated to it. No-ops before arch 14. */
void pwr_mcu_up(struct vgpu *v);
void pwr_mcu_down(struct vgpu *v);

#endif

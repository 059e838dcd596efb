/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Owns: the shader, tiler and L2 power domains and their transitions. */
#ifndef VGPU_POWER_H
#define VGPU_POWER_H

#include <stdbool.h>
#include <stdint.h>

struct vgpu;
struct power;

enum power_domain { PD_SHADER, PD_TILER, PD_L2, PD_COUNT };

struct power *power_new(void);
void power_free(struct power *p);
/* Registers 0x140..0x26f of GPU_CONTROL (csf.md 1.1). */
uint32_t power_read(struct vgpu *v, uint32_t off);
void power_write(struct vgpu *v, uint32_t off, uint32_t val);
/* Is the L2 up (READY, not going down)? */
bool power_l2_on(struct vgpu *v);
/* A domain's cores; those that are not there are ignored. */
void power_up(struct vgpu *v, enum power_domain d, uint64_t cores);
void power_down(struct vgpu *v, enum power_domain d, uint64_t cores);
uint64_t power_present(const struct vgpu *v, enum power_domain d);
uint64_t power_ready(struct vgpu *v, enum power_domain d);
uint64_t power_changing(struct vgpu *v, enum power_domain d);
/* Is any domain in transition? */
bool power_busy(struct vgpu *v);
/* All domains off, at once and silently: the reset tells the engine itself. */
void power_reset(struct vgpu *v);

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Owns: the MCU and what its firmware does: boot check, GLB/CSG/CS interface,
 * command-stream execution, protected mode. The platform half calls in here.
 */
#ifndef VGPU_ENGINE_H
#define VGPU_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

struct vgpu;
struct engine;
struct json_object;

struct engine *engine_new(struct vgpu *v);
void engine_free(struct engine *e);
/* MCU_CONTROL write: 0 disable, 1 enable, 2 auto. MCU_STATUS read. */
void engine_mcu_control(struct vgpu *v, uint32_t val);
uint32_t engine_mcu_status(struct vgpu *v);
/* Doorbell page written (0: kernel, n: user doorbell n). */
void engine_doorbell(struct vgpu *v, unsigned int page);
/* Soft (or hard) reset of the GPU: all state gone, session over. */
void engine_reset(struct vgpu *v);
/* GPU_STATUS.PROTECTED_MODE_ACTIVE */
bool engine_protm_active(struct vgpu *v);
/* A session is requested or running (from PROTM_ENTER sampled to PROTM_EXIT raised). */
bool engine_protm_session(struct vgpu *v);
/* A region of this AS was unlocked, or its tables changed: stalled CSs run on. */
void engine_as_unlocked(struct vgpu *v, unsigned int as);
/* L2 or MCU power went away under the engine. */
void engine_power_lost(struct vgpu *v);
/* Is anything on a slot of this AS executing now (for unmapped-while-running)? */
bool engine_as_busy(struct vgpu *v, unsigned int as);
/* Control command "csgs", and injections that only the engine can carry out
 * (hang-protm, protected-fault, mcu-hang, tiler-oom, cs-fault, progress-timeout).
 * inject returns 0 or -errno. */
struct json_object *engine_json_csgs(struct vgpu *v);
int engine_inject(struct vgpu *v, const char *what, struct json_object *req);
/* The whole injection, for when protected mode gets into a state (plan.h). 0 or -errno. */
int engine_plan(struct vgpu *v, struct json_object *req, const char *at);

#endif

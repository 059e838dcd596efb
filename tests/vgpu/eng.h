/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Owns: the engine's one context. Private to the engine half; the platform half
 * sees engine.h only.
 */
#ifndef VGPU_ENG_H
#define VGPU_ENG_H

#include <stdbool.h>
#include <stdint.h>

#include "csg.h"
#include "fwif.h"
#include "loop.h"
#include "plan.h"
#include "protm.h"
#include "vgpu.h"

enum mcu_state { MCU_OFF, MCU_BOOTING, MCU_RUNNING, MCU_HALTED, MCU_FATAL };

struct suspend_store;

struct engine {
	struct vgpu *v;
	struct fwif fwif;
	enum mcu_state mcu;
	bool hung;			/* injected: deaf to doorbells until a reset */
	bool prot_section;		/* the boot found a PROT section and prepared it */
	uint32_t prot_size;
	uint32_t version;		/* of the interface that the firmware speaks */
	struct vtimer boot_timer;
	struct vtimer request_timer;	/* kernel doorbell to its handling */
	uint32_t glb_dropped;		/* injected: requests that stay unanswered */

	struct csg csg[VGPU_MAX_CSG];
	unsigned int groups, streams;
	struct vtimer run_timer;
	bool sync_written;		/* in this turn: sync waits are worth another look */
	bool glb_was_busy;		/* since the last idle event */
	struct vtimer idle_timer;
	struct suspend_store *store;

	struct protm protm;
	struct plan plan;
};

/* mcu.c */
void mcu_fatal(struct engine *e);
/* Stop everything that runs and forget the slots; a session is over with this cause. */
void mcu_stop(struct engine *e, const char *cause);
/* layout.c: are the image's sections where and as the file says? Sets prot_section. */
bool layout_check(struct engine *e);
/* The interface version that a synthetic image asks for, 0: none. */
uint32_t layout_version(struct engine *e);
/* Is the PROT section as the firmware prepared it at boot? */
bool layout_prot_intact(struct engine *e);
/* glb.c: look at every request. Called for the kernel doorbell and after a session. */
void glb_process(struct engine *e);
/* Re-evaluate the global idle state. */
void glb_idle_update(struct engine *e);
void glb_idle_expired(void *ctx);
/* exec.c: run what can run, then sleep until the next thing is due. */
void exec_kick(struct engine *e);
void exec_timer(void *ctx);

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Owns: CSG slots: start, suspend, resume, terminate, priority, idle state. */
#ifndef VGPU_CSG_H
#define VGPU_CSG_H

#include <stdbool.h>
#include <stdint.h>

#include "cs.h"
#include "loop.h"
#include "vgpu.h"

struct engine;

enum csg_state { CSG_OFF, CSG_ON, CSG_SUSPENDING };

struct csg {
	struct engine *e;
	unsigned int id;
	enum csg_state state;
	unsigned int as, priority;
	uint64_t suspend_buf, protm_buf;	/* MCU VAs */
	uint32_t dropped;			/* injected: requests that stay unanswered */
	bool sync_update;			/* a SYNC_UPDATE event is due */
	bool idle;				/* reported as idle */
	bool ran;				/* executed since it was last looked at */
	bool busy;				/* executing, for the accounting */
	uint64_t exec_ns, account_ns;
	struct vtimer suspend_timer;
	uint32_t shared_sb[CS_MAX_SB];		/* scoreboard entries of all its streams */
	struct cs cs[VGPU_MAX_CS];
};

struct cx csg_cx(struct csg *g, unsigned int cs, uint64_t now);
/* GLB doorbell bit of this CSG: its requests, then its CSs' doorbells. */
void csg_doorbell(struct csg *g);
/* Two running slots must not share a priority. */
void csg_check_priorities(struct engine *e);
/* Forget the slot's content. */
void csg_off(struct csg *g);
/* After a turn of execution: accounting, SYNC_UPDATE and IDLE events. */
void csg_after_run(struct csg *g, uint64_t now);
void csg_account(struct csg *g, uint64_t now, bool busy);
void csg_freeze(struct csg *g, uint64_t now);
void csg_thaw(struct csg *g, uint64_t now);
bool csg_idle(struct csg *g, uint64_t now);
void csg_status(struct csg *g, uint64_t now);

/*
 * suspend.c: what a suspend buffer stands for. State lives here under an id; the
 * buffer in guest memory holds that id at both its ends, so that a buffer that is
 * wrong, too small or unmapped is noticed.
 */
struct suspend_store *suspend_store_new(void);
void suspend_store_free(struct suspend_store *s);
bool suspend_save(struct csg *g);
bool suspend_restore(struct csg *g);
/* The group goes on without having been off: its buffer is out of date. */
void suspend_drop(struct csg *g);
/* The protected buffer: must be in the aperture. */
bool suspend_protm_usable(struct csg *g);
bool suspend_protm_save(struct csg *g, uint32_t cs_mask);
bool suspend_protm_restore(struct csg *g);

#endif

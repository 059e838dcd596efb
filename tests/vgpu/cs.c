// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "cs.h"

#include <string.h>

#include "csg.h"
#include "eng.h"
#include "fwif.h"
#include "knobs.h"
#include "stats.h"
#include "vgpu.h"

#define FAULT_SEEN_NS		500000000ull	/* how long a FAULT waits for the host at most */
#define RING_MIN		0x1000u
#define RING_MAX		0x10000u
#define CHUNK_PAGES		0xfffull	/* of a heap chunk's address: its size */
#define SB_SOURCE_WAIT		(8u << 16)

static uint32_t in_va(const struct cx *x)
{
	return fwif_cs_in(&x->e->fwif, x->g->id, x->id);
}

static uint32_t out_va(const struct cx *x)
{
	return fwif_cs_out(&x->e->fwif, x->g->id, x->id);
}

uint64_t cs_pos(const struct cs *cs)
{
	return cs->depth ? cs->stack[cs->depth - 1].pc : cs->extract;
}

uint64_t cs_pc(const struct cs *cs)
{
	if (cs->depth || !cs->ring_size)
		return cs_pos(cs);
	return cs->ring_base + (cs->extract & (cs->ring_size - 1));
}

void cs_set_pos(struct cs *cs, uint64_t pos)
{
	if (cs->depth)
		cs->stack[cs->depth - 1].pc = pos;
	else
		cs->extract = pos;
}

static bool read_config(struct cx *x)
{
	struct cs *cs = x->cs;
	uint32_t in = in_va(x);

	cs->doorbell = fw_rd32(x->e, in + CS_CONFIG) >> 8 & 0xff;
	cs->ring_base = fw_rd64(x->e, in + CS_RING_BASE);
	cs->ring_size = fw_rd32(x->e, in + CS_RING_SIZE);
	cs->ring_in = fw_rd64(x->e, in + CS_RING_INPUT);
	cs->ring_out = fw_rd64(x->e, in + CS_RING_OUTPUT);
	return cs->ring_size >= RING_MIN && cs->ring_size <= RING_MAX &&
	       !(cs->ring_size & (cs->ring_size - 1)) && !(cs->ring_base & 7) &&
	       cs->ring_in && cs->ring_out;
}

void cs_start(struct cx *x, bool fresh)
{
	struct cs *cs = x->cs;
	bool valid;

	if (fresh)
		memset(cs, 0, sizeof(*cs));
	cs->on = true;
	cs->last_ns = x->now;
	valid = read_config(x);
	if (!valid) {
		cs->ring_in = 0;
		cs->ring_out = 0;
		cs_fatal(x, EXC_CS_CONFIG, 0);
		return;
	}
	if (fresh)
		cs->extract = fw_rd64(x->e, cs->ring_in + RING_EXTRACT_INIT);
	if (cs->block != CS_ON_PROTM && cs->block != CS_ON_OOM)
		cs->block = CS_RUN;
	cs_kick(x);
	if (cs->block == CS_ON_PROTM)
		cs_protm_pend(x);
	if (cs->block == CS_ON_OOM)
		cs_tiler_oom(x);
}

void cs_kick(struct cx *x)
{
	if (x->cs->on && x->cs->ring_in)
		x->cs->insert = fw_rd64(x->e, x->cs->ring_in + RING_INSERT);
}

/* The answer to TILER_OOM: a chunk, or nothing: then the stream's own handler decides. */
static void heap_answer(struct cx *x)
{
	struct cs *cs = x->cs;
	uint64_t chunk;

	if (cs->block != CS_ON_OOM || fw_cs_event_pending(x->e, x->g->id, x->id, CS_EVT_TILER_OOM))
		return;
	cs->block = CS_RUN;
	chunk = fw_rd64(x->e, in_va(x) + CS_HEAP_START);
	if (chunk) {
		cs->heap_size += (chunk & CHUNK_PAGES) << 12;
		cs->heap_room += (chunk & CHUNK_PAGES) << 12;
		return;
	}
	if (!cs->handler_addr || cs->depth == CS_CALL_DEPTH) {
		cs_fault(x, EXC_RES_TERM, cs->heap);
		return;
	}
	cs->stack[cs->depth].pc = cs->handler_addr;
	cs->stack[cs->depth].end = cs->handler_addr + cs->handler_size;
	cs->depth++;
}

void cs_doorbell(struct cx *x)
{
	uint32_t req = fw_rd32(x->e, in_va(x) + CS_REQ);
	bool start = (req & CS_REQ_STATE) == CS_STATE_START;

	if (start && !x->cs->on)
		cs_start(x, true);
	else if (!start)
		x->cs->on = false;
	fw_cs_ack(x->e, x->g->id, x->id, CS_REQ_MASK, req);
	heap_answer(x);
	cs_kick(x);
}

void cs_publish(struct cx *x)
{
	if (!x->cs->ring_out)
		return;
	fw_wr64(x->e, x->cs->ring_out + RING_EXTRACT, x->cs->extract);
	fw_wr32(x->e, x->cs->ring_out + RING_ACTIVE, x->cs->on && !x->cs->dead && !cs_drained(x));
}

/* The failing job is found by extract, so that is written first and kept until seen. */
void cs_fault(struct cx *x, uint32_t type, uint64_t info)
{
	vlog(x->e->v, "csg%u cs%u: FAULT 0x%02x at 0x%llx", x->g->id, x->id, type,
	     (unsigned long long)cs_pc(x->cs));
	timeline(x->e->v, "fault", x->g->id);
	cs_publish(x);
	fw_wr32(x->e, out_va(x) + CS_FAULT, type);
	fw_wr64(x->e, out_va(x) + CS_FAULT_INFO, info);
	x->cs->error = type;
	x->cs->block = CS_ON_FAULT;
	x->cs->wait_value = x->now + FAULT_SEEN_NS;
	x->cs->wake_ns = x->now + 1;
	fw_cs_event(x->e, x->g->id, x->id, CS_EVT_FAULT);
}

void cs_fatal(struct cx *x, uint32_t type, uint64_t info)
{
	vlog(x->e->v, "csg%u cs%u: FATAL 0x%02x at 0x%llx", x->g->id, x->id, type,
	     (unsigned long long)cs_pc(x->cs));
	timeline(x->e->v, "fatal", x->g->id);
	x->cs->dead = true;
	x->cs->error = type;
	cs_publish(x);
	fw_wr32(x->e, out_va(x) + CS_FATAL, type);
	fw_wr64(x->e, out_va(x) + CS_FATAL_INFO, info);
	fw_cs_event(x->e, x->g->id, x->id, CS_EVT_FATAL);
}

void cs_tiler_oom(struct cx *x)
{
	uint32_t out = out_va(x);

	x->cs->block = CS_ON_OOM;
	fw_wr32(x->e, out + CS_HEAP_VT_START, x->cs->vt_start);
	fw_wr32(x->e, out + CS_HEAP_VT_END, x->cs->vt_end);
	fw_wr32(x->e, out + CS_HEAP_FRAG_END, x->cs->frag_end);
	fw_wr64(x->e, out + CS_HEAP_ADDRESS, x->cs->heap);
	fw_cs_event(x->e, x->g->id, x->id, CS_EVT_TILER_OOM);
}

void cs_protm_pend(struct cx *x)
{
	x->cs->block = CS_ON_PROTM;
	x->cs->lost_ack = false;
	timeline(x->e->v, "pend", x->g->id);
	cs_publish(x);
	if (!fw_cs_event_pending(x->e, x->g->id, x->id, CS_EVT_PROTM_PEND))
		fw_cs_event(x->e, x->g->id, x->id, CS_EVT_PROTM_PEND);
}

bool cs_sb_busy(const struct cx *x, uint32_t mask, uint64_t *until)
{
	uint64_t now = x->cs->frozen_ns ? x->cs->frozen_ns : x->now;
	uint64_t last = 0;

	for (unsigned int i = 0; i < CS_MAX_SB; i++)
		if (mask & 1u << i && x->cs->sb_until[i] > last)
			last = x->cs->sb_until[i];
	for (unsigned int i = 0; i < x->cs->deferred_count; i++) {
		const struct cs_deferred *d = &x->cs->deferred[i];

		if (mask & 1u << (d->insn >> 48 & 0xf) && last <= d->ready_ns)
			last = d->ready_ns > now ? d->ready_ns : now + 1;
	}
	if (until)
		*until = last;
	return last > now;
}

void cs_sb_hold(struct cx *x, unsigned int sb, uint64_t ns)
{
	if (x->cs->sb_until[sb] < x->now + ns)
		x->cs->sb_until[sb] = x->now + ns;
}

bool cs_drained(const struct cx *x)
{
	return !x->cs->depth && x->cs->extract == x->cs->insert && !x->cs->deferred_count;
}

bool cs_busy(const struct cx *x)
{
	if (!x->cs->on || x->cs->dead)
		return false;
	if (x->cs->block == CS_RUN && !cs_drained(x))
		return true;
	return cs_sb_busy(x, ~0u, NULL);
}

bool cs_idle(const struct cx *x)
{
	uint32_t req;

	if (!x->cs->on || x->cs->dead)
		return true;
	req = fw_rd32(x->e, in_va(x) + CS_REQ);
	if (x->cs->block == CS_ON_SYNC)
		return req & CS_REQ_IDLE_SYNC_WAIT && x->e->v->knobs->sync_wait_idle;
	if (x->cs->block == CS_ON_PROTM)
		return req & CS_REQ_IDLE_PROTM_PEND;
	return req & CS_REQ_IDLE_EMPTY && x->cs->block == CS_RUN && cs_drained(x) &&
	       !cs_sb_busy(x, ~0u, NULL);
}

static uint32_t status_wait(struct cx *x, uint32_t *reason)
{
	const struct cs *cs = x->cs;

	*reason = CS_BLOCKED_NONE;
	switch (cs->block) {
	case CS_ON_SB:
		*reason = CS_BLOCKED_SB;
		return (cs->wait_mask & 0xffff) | SB_SOURCE_WAIT;
	case CS_ON_PROGRESS:
		*reason = CS_BLOCKED_PROGRESS;
		return CS_WAIT_PROGRESS;
	case CS_ON_SYNC:
		/* What real firmware reports is unknown; stock panthor parks such groups. */
		if (!x->e->v->knobs->sync_wait_idle)
			return 0;
		*reason = CS_BLOCKED_SYNC;
		return CS_WAIT_SYNC | (cs->wait_64 ? CS_WAIT_SYNC64 : 0) | cs->wait_cond << 24;
	case CS_ON_PROTM:
		return CS_WAIT_PROTM_PEND;
	default:
		return 0;
	}
}

void cs_status(struct cx *x)
{
	uint32_t out = out_va(x), reason, wait, held = 0;

	wait = status_wait(x, &reason);
	for (unsigned int i = 0; i < CS_MAX_SB; i++)
		if (cs_sb_busy(x, 1u << i, NULL))
			held |= 1u << i;
	fw_wr64(x->e, out + CS_STATUS_CMD_PTR, cs_pc(x->cs));
	fw_wr32(x->e, out + CS_STATUS_REQ_RESOURCE, x->cs->resources);
	fw_wr64(x->e, out + CS_STATUS_WAIT_SYNC_PTR, wait & CS_WAIT_SYNC ? x->cs->wait_addr : 0);
	fw_wr32(x->e, out + CS_STATUS_WAIT_SYNC_VALUE, x->cs->wait_value);
	fw_wr32(x->e, out + CS_STATUS_WAIT_SYNC_VALUE_HI, x->cs->wait_value >> 32);
	fw_wr32(x->e, out + CS_STATUS_SCOREBOARDS, held);
	fw_wr32(x->e, out + CS_STATUS_BLOCKED_REASON, reason);
	fw_wr32(x->e, out + CS_STATUS_WAIT, wait);
	cs_publish(x);
}

void cs_freeze(struct cs *cs, uint64_t now)
{
	if (!cs->frozen_ns)
		cs->frozen_ns = now;
}

void cs_thaw(struct cs *cs, uint64_t now)
{
	uint64_t shift = now - cs->frozen_ns;

	if (!cs->frozen_ns)
		return;
	for (unsigned int i = 0; i < CS_MAX_SB; i++)
		if (cs->sb_until[i] > cs->frozen_ns)
			cs->sb_until[i] += shift;
	for (unsigned int i = 0; i < cs->deferred_count; i++)
		if (cs->deferred[i].ready_ns > cs->frozen_ns)
			cs->deferred[i].ready_ns += shift;
	if (cs->endpoint_free_ns > cs->frozen_ns)
		cs->endpoint_free_ns += shift;
	if (cs->hang_ns)
		cs->hang_ns += shift;
	cs->frozen_ns = 0;
	cs->last_ns = now;
}

const char *cs_block_name(const struct cs *cs)
{
	static const char *const names[] = {
		[CS_RUN] = "none", [CS_ON_SB] = "scoreboard", [CS_ON_PROGRESS] = "progress",
		[CS_ON_SYNC] = "sync", [CS_ON_PROTM] = "protm", [CS_ON_STALL] = "stall",
		[CS_ON_OOM] = "tiler-oom", [CS_ON_SHARED] = "shared",
		[CS_ON_FAULT] = "fault",
	};

	return cs->dead ? "dead" : names[cs->block];
}

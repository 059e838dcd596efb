/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Owns: where the firmware interface lies in the shared section, how its blocks
 * are read and written, and the request/acknowledge/event protocol on them.
 * Offsets and bits: csf.md 2.3 to 2.6.
 */
#ifndef VGPU_FWIF_H
#define VGPU_FWIF_H

#include <stdbool.h>
#include <stdint.h>

struct vgpu;
struct engine;

/* What came with which interface version (csf.md 2.3) */
#define IFACE_EP_REQ2		0x04000000u	/* 64-bit endpoint request */
#define IFACE_GLB_STATE		0x04010000u	/* HALT became a value of GLB_STATE */

enum fw_glb_control {
	GLB_CTL_VERSION = 0x00, GLB_CTL_FEATURES = 0x04, GLB_CTL_INPUT = 0x08, GLB_CTL_OUTPUT = 0x0c,
	GLB_CTL_GROUP_NUM = 0x10, GLB_CTL_GROUP_STRIDE = 0x14, GLB_CTL_PRFCNT_SIZE = 0x18,
	GLB_CTL_INSTR_FEATURES = 0x1c, GLB_CTL_PRFCNT_FEATURES = 0x20,
};

enum fw_csg_control {
	CSG_CTL_FEATURES = 0x00, CSG_CTL_INPUT = 0x04, CSG_CTL_OUTPUT = 0x08, CSG_CTL_SUSPEND_SIZE = 0x0c,
	CSG_CTL_PROTM_SUSPEND_SIZE = 0x10, CSG_CTL_STREAM_NUM = 0x14, CSG_CTL_STREAM_STRIDE = 0x18,
};

enum fw_cs_control { CS_CTL_FEATURES = 0x00, CS_CTL_INPUT = 0x04, CS_CTL_OUTPUT = 0x08 };

enum fw_glb_in {
	GLB_REQ = 0x00, GLB_ACK_IRQ_MASK = 0x04, GLB_DOORBELL_REQ = 0x08, GLB_PROGRESS_TIMER = 0x10,
	GLB_POWEROFF_TIMER = 0x14, GLB_IDLE_TIMER = 0x80,
};

enum fw_glb_out { GLB_ACK = 0x00, GLB_DOORBELL_ACK = 0x08, GLB_HALT_STATUS = 0x10 };

enum fw_csg_in {
	CSG_REQ = 0x00, CSG_ACK_IRQ_MASK = 0x04, CSG_DOORBELL_REQ = 0x08, CSG_IRQ_ACK = 0x0c,
	CSG_ENDPOINT_REQ = 0x34, CSG_ENDPOINT_REQ2 = 0x38, CSG_SUSPEND_BUF = 0x40,
	CSG_PROTM_SUSPEND_BUF = 0x48, CSG_CONFIG = 0x50,
};

enum fw_csg_out {
	CSG_ACK = 0x00, CSG_DOORBELL_ACK = 0x08, CSG_IRQ_REQ = 0x0c, CSG_STATUS_EP_CURRENT = 0x10,
	CSG_STATUS_EP_REQ = 0x14, CSG_STATUS_STATE = 0x18, CSG_RESOURCE_DEP = 0x1c,
};

enum fw_cs_in {
	CS_REQ = 0x00, CS_CONFIG = 0x04, CS_ACK_IRQ_MASK = 0x0c, CS_RING_BASE = 0x10, CS_RING_SIZE = 0x18,
	CS_HEAP_START = 0x20, CS_HEAP_END = 0x28, CS_RING_INPUT = 0x30, CS_RING_OUTPUT = 0x38,
};

enum fw_cs_out {
	CS_ACK = 0x00, CS_STATUS_CMD_PTR = 0x40, CS_STATUS_WAIT = 0x48, CS_STATUS_REQ_RESOURCE = 0x4c,
	CS_STATUS_WAIT_SYNC_PTR = 0x50, CS_STATUS_WAIT_SYNC_VALUE = 0x58, CS_STATUS_SCOREBOARDS = 0x5c,
	CS_STATUS_BLOCKED_REASON = 0x60, CS_STATUS_WAIT_SYNC_VALUE_HI = 0x64, CS_FAULT = 0x80, CS_FATAL = 0x84,
	CS_FAULT_INFO = 0x88, CS_FATAL_INFO = 0x90, CS_HEAP_VT_START = 0xc0, CS_HEAP_VT_END = 0xc4,
	CS_HEAP_FRAG_END = 0xcc, CS_HEAP_ADDRESS = 0xd0,
};

enum fw_ring { RING_INSERT = 0x00, RING_EXTRACT_INIT = 0x08, RING_EXTRACT = 0x00, RING_ACTIVE = 0x08 };

#define GLB_REQ_HALT			(1u << 0)
#define GLB_REQ_PROTM_ENTER		(1u << 4)
#define GLB_REQ_COUNTER_ENABLE		(1u << 7)
#define GLB_REQ_PING			(1u << 8)
#define GLB_REQ_IDLE_ENABLE		(1u << 10)
#define GLB_REQ_STATE			(7u << 12)
#define GLB_REQ_STATE_HALT		(1u << 12)
#define GLB_REQ_STATE_LAST		(3u << 12)
#define GLB_EVT_PROTM_EXIT		(1u << 23)
#define GLB_EVT_IDLE			(1u << 26)
/* Everything that the host asks for; the rest are firmware's events and debug bits. */
#define GLB_REQ_MASK			0x0001ffffu

#define CSG_REQ_STATE			(7u << 0)
#define CSG_STATE_TERMINATE		0u
#define CSG_STATE_START			1u
#define CSG_STATE_SUSPEND		2u
#define CSG_STATE_RESUME		3u
#define CSG_REQ_EP_CFG			(1u << 4)
#define CSG_REQ_STATUS_UPDATE		(1u << 5)
#define CSG_REQ_MASK			0x37u
#define CSG_EVT_SYNC_UPDATE		(1u << 28)
#define CSG_EVT_IDLE			(1u << 29)
#define CSG_EVT_PROGRESS_TIMER		(1u << 31)

#define CS_REQ_STATE			(7u << 0)
#define CS_STATE_START			1u
#define CS_REQ_EXTRACT_EVENT		(1u << 4)
#define CS_REQ_IDLE_SYNC_WAIT		(1u << 8)
#define CS_REQ_IDLE_PROTM_PEND		(1u << 9)
#define CS_REQ_IDLE_EMPTY		(1u << 10)
#define CS_REQ_IDLE_RESOURCE		(1u << 11)
#define CS_REQ_IDLE_SHARED_SB		(1u << 12)
#define CS_REQ_MASK			0x1f17u
#define CS_EVT_TILER_OOM		(1u << 26)
#define CS_EVT_PROTM_PEND		(1u << 27)
#define CS_EVT_FATAL			(1u << 30)
#define CS_EVT_FAULT			(1u << 31)

#define CS_WAIT_PROGRESS		(1u << 28)
#define CS_WAIT_PROTM_PEND		(1u << 29)
#define CS_WAIT_SYNC64			(1u << 30)
#define CS_WAIT_SYNC			(1u << 31)

enum cs_blocked_reason {
	CS_BLOCKED_NONE, CS_BLOCKED_SB, CS_BLOCKED_PROGRESS, CS_BLOCKED_SYNC,
	CS_BLOCKED_DEFERRED, CS_BLOCKED_RESOURCE, CS_BLOCKED_FLUSH,
};

enum cs_exception {
	EXC_RES_TERM = 0x0f, EXC_CS_CONFIG = 0x40, EXC_CS_UNRECOVERABLE = 0x41, EXC_ENDPOINT = 0x44,
	EXC_BUS = 0x48, EXC_INVALID_INSTRUCTION = 0x49, EXC_CALL_STACK = 0x4a, EXC_INHERIT = 0x4b,
	EXC_ADDR_RANGE = 0x5a, EXC_FW_INTERNAL = 0x68, EXC_GPU_BUS_FAULT = 0x80,
};

/* MCU virtual addresses of the blocks, computed once per profile. */
struct fwif {
	uint32_t group_stride, stream_stride;
	uint32_t glb_in, glb_out, csgs, css, end;
	unsigned int groups, streams;
};

void fwif_init(struct fwif *f, unsigned int groups, unsigned int streams);
uint32_t fwif_csg_control(const struct fwif *f, unsigned int csg);
uint32_t fwif_cs_control(const struct fwif *f, unsigned int csg, unsigned int cs);
uint32_t fwif_csg_in(const struct fwif *f, unsigned int csg);
uint32_t fwif_csg_out(const struct fwif *f, unsigned int csg);
uint32_t fwif_cs_in(const struct fwif *f, unsigned int csg, unsigned int cs);
uint32_t fwif_cs_out(const struct fwif *f, unsigned int csg, unsigned int cs);

/*
 * MCU accesses. Reads acquire and writes release, because the guest's CPUs are at
 * the other end. An address that AS0 does not map is a bad-interface violation,
 * reads as 0 and stops the MCU.
 */
uint32_t fw_rd32(struct engine *e, uint32_t va);
uint64_t fw_rd64(struct engine *e, uint32_t va);
void fw_wr32(struct engine *e, uint32_t va, uint32_t val);
void fw_wr64(struct engine *e, uint32_t va, uint64_t val);

/* ack bits in mask become those of val; interrupts as the block's mask says. */
void fw_glb_ack(struct engine *e, uint32_t mask, uint32_t val);
void fw_csg_ack(struct engine *e, unsigned int csg, uint32_t mask, uint32_t val);
void fw_cs_ack(struct engine *e, unsigned int csg, unsigned int cs, uint32_t mask, uint32_t val);
/* Make an event pending (ack = !req) and interrupt. */
void fw_glb_event(struct engine *e, uint32_t bit);
void fw_csg_event(struct engine *e, unsigned int csg, uint32_t bit);
void fw_cs_event(struct engine *e, unsigned int csg, unsigned int cs, uint32_t bit);
/* Has the host not yet answered this event? */
bool fw_cs_event_pending(struct engine *e, unsigned int csg, unsigned int cs, uint32_t bit);

#endif

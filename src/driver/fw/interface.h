/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Memory that the driver shares with firmware: the control blocks that firmware
 * fills at boot, and each interface's input (written by us) and output (written
 * by firmware). fw/interface_check.h asserts every offset.
 *
 * Request words work by toggling: a request is pending while its bit differs
 * between req and ack. See fw/fw.h for the helpers; do not write req directly.
 * Everything else is read with READ_ONCE() and written with WRITE_ONCE(): the
 * memory is uncached on both sides, and the doorbell's writel() orders it.
 */
#ifndef PP_FW_INTERFACE_H
#define PP_FW_INTERFACE_H

#include <linux/bits.h>
#include <linux/types.h>

#define PP_FW_SHARED_VA			0x04000000u	/* MCU VA of the shared section */
#define PP_FW_SHARED_END		0x08000000u	/* kernel objects of the MCU VM end here */

/* Control blocks, as offsets into the shared section. */
#define PP_FW_GLB_CONTROL_OFFSET	0x0
#define PP_FW_CSG_CONTROL_OFFSET	0x1000	/* + csg * group_stride */
#define PP_FW_CS_CONTROL_OFFSET		0x40	/* in a CSG's block, + cs * stream_stride */

#define PP_FW_VERSION(maj, min, patch)	(((maj) << 24) | ((min) << 16) | (patch))
#define PP_FW_VERSION_MAJOR(v)		((v) >> 24)
#define PP_FW_VERSION_MINOR(v)		(((v) >> 16) & 0xff)
#define PP_FW_VERSION_PATCH(v)		((v) & 0xffff)

struct pp_fw_glb_control {
	u32 version;		/* 0: not ready */
	u32 features;
	u32 input_va;		/* all VAs here are MCU VAs in the shared section */
	u32 output_va;
	u32 group_num;
	u32 group_stride;
	u32 perfcnt_size;
	u32 instr_features;	/* since 1.1.0 */
	u32 perfcnt_features;
};

struct pp_fw_csg_control {
	u32 features;
	u32 input_va;
	u32 output_va;
	u32 suspend_size;
	u32 protm_suspend_size;
	u32 stream_num;
	u32 stream_stride;
};

struct pp_fw_cs_control {
	u32 features;
	u32 input_va;
	u32 output_va;
};

#define PP_FW_CS_FEATURES_WORK_REGS(f)	(((f) & 0xff) + 1)
#define PP_FW_CS_FEATURES_SCOREBOARDS(f) (((f) >> 8) & 0xff)
#define PP_FW_CS_FEATURES_COMPUTE	BIT(16)
#define PP_FW_CS_FEATURES_FRAGMENT	BIT(17)
#define PP_FW_CS_FEATURES_TILER		BIT(18)

/* --- global interface --- */
#define PP_GLB_HALT			BIT(0)		/* before 4.1.0 */
#define PP_GLB_CFG_PROGRESS_TIMER	BIT(1)
#define PP_GLB_CFG_ALLOC_EN		BIT(2)
#define PP_GLB_CFG_POWEROFF_TIMER	BIT(3)
#define PP_GLB_PROTM_ENTER		BIT(4)
#define PP_GLB_PERFCNT_ENABLE		BIT(5)
#define PP_GLB_PERFCNT_SAMPLE		BIT(6)
#define PP_GLB_COUNTER_ENABLE		BIT(7)		/* level */
#define PP_GLB_PING			BIT(8)
#define PP_GLB_FIRMWARE_CONFIG_UPDATE	BIT(9)
#define PP_GLB_IDLE_ENABLE		BIT(10)		/* level */
#define PP_GLB_STATE_MASK		GENMASK(14, 12)	/* since 4.1.0 */
#define PP_GLB_STATE(s)			((s) << 12)
#define PP_GLB_STATE_ACTIVE		0
#define PP_GLB_STATE_HALT		1
/* events of firmware */
#define PP_GLB_PROTM_EXIT		BIT(23)
#define PP_GLB_PERFCNT_THRESHOLD	BIT(24)
#define PP_GLB_PERFCNT_OVERFLOW		BIT(25)
#define PP_GLB_IDLE			BIT(26)
#define PP_GLB_FATAL			BIT(27)		/* ack word only */

/* Timers: units of 1024 ticks, of the system counter or of the GPU's. */
#define PP_GLB_TIMER_MAX		GENMASK(30, 0)
#define PP_GLB_TIMER_GPU_COUNTER	BIT(31)

struct pp_fw_glb_input {
	u32 req;
	u32 ack_irq_mask;
	u32 doorbell_req;
	u32 reserved_0c;
	u32 progress_timer;
	u32 poweroff_timer;
	u64 core_en_mask;
	u32 reserved_20;
	u32 perfcnt_as;
	u64 perfcnt_base;
	u32 perfcnt_extract;
	u32 reserved_34[3];
	u32 perfcnt_config;
	u32 perfcnt_csg_select;
	u32 perfcnt_fw_enable;
	u32 perfcnt_csg_enable;
	u32 perfcnt_csf_enable;
	u32 perfcnt_shader_enable;
	u32 perfcnt_tiler_enable;
	u32 perfcnt_mmu_l2_enable;
	u32 reserved_60[8];
	u32 idle_timer;
	u32 idle_timer_config;
};

#define PP_GLB_FATAL_STATUS_OK		0x00
#define PP_GLB_FATAL_STATUS_PANIC	0x4e
#define PP_GLB_FATAL_STATUS_WATCHDOG	0x4f

struct pp_fw_glb_output {
	u32 ack;
	u32 reserved_04;
	u32 doorbell_ack;
	u32 reserved_0c;
	u32 halt_status;	/* also the fatal status */
	u32 perfcnt_status;
	u32 perfcnt_insert;
	u32 reserved_1c;
	u64 fatal_info;
};

/* --- group interface --- */
#define PP_CSG_STATE_MASK		GENMASK(2, 0)
#define PP_CSG_STATE_TERMINATE		0
#define PP_CSG_STATE_START		1
#define PP_CSG_STATE_SUSPEND		2
#define PP_CSG_STATE_RESUME		3
#define PP_CSG_EP_CFG			BIT(4)
#define PP_CSG_STATUS_UPDATE		BIT(5)
/* events of firmware */
#define PP_CSG_SYNC_UPDATE		BIT(28)
#define PP_CSG_IDLE			BIT(29)
#define PP_CSG_DOORBELL			BIT(30)
#define PP_CSG_PROGRESS_TIMER_EVENT	BIT(31)
#define PP_CSG_EVENTS							\
	(PP_CSG_SYNC_UPDATE | PP_CSG_IDLE | PP_CSG_PROGRESS_TIMER_EVENT)

/* endpoint_req; in endpoint_req2 (since 4.0.0) the fields are the same */
#define PP_CSG_EP_COMPUTE(n)		((n) & 0xff)
#define PP_CSG_EP_FRAGMENT(n)		(((n) & 0xff) << 8)
#define PP_CSG_EP_TILER(n)		(((n) & 0xf) << 16)
#define PP_CSG_EP_EXCL_COMPUTE		BIT(20)
#define PP_CSG_EP_EXCL_FRAGMENT		BIT(21)
#define PP_CSG_EP_PRIORITY(n)		(((u32)(n) & 0xf) << 28)	/* 15 is the highest */
#define PP_CSG_EP_PRIORITY_MASK		GENMASK(31, 28)

struct pp_fw_csg_input {
	u32 req;
	u32 ack_irq_mask;
	u32 doorbell_req;
	u32 cs_irq_ack;
	u32 reserved_10[2];
	u64 allow_neural;
	u64 allow_compute;
	u64 allow_fragment;
	u32 allow_other;
	u32 endpoint_req;
	u64 endpoint_req2;
	u64 suspend_buf;
	u64 protm_suspend_buf;
	u32 config;		/* number of the address space */
	u32 iter_trace_config;
	u32 endpoint_task_limit;
	u32 reserved_5c;
	u64 dvs_buf;
};

#define PP_CSG_STATUS_STATE_IDLE	BIT(0)

struct pp_fw_csg_output {
	u32 ack;
	u32 reserved_04;
	u32 doorbell_ack;
	u32 cs_irq_req;
	u32 status_endpoint_current;
	u32 status_endpoint_req;
	u32 status_state;
	u32 resource_dep;	/* also the progress timer's state */
};

/* --- stream interface --- */
#define PP_CS_STATE_MASK		GENMASK(2, 0)
#define PP_CS_STATE_STOP		0
#define PP_CS_STATE_START		1
#define PP_CS_EXTRACT_EVENT		BIT(4)
/* level bits: when a CS counts as idle */
#define PP_CS_IDLE_SYNC_WAIT		BIT(8)
#define PP_CS_IDLE_PROTM_PEND		BIT(9)
#define PP_CS_IDLE_EMPTY		BIT(10)
#define PP_CS_IDLE_RESOURCE_REQ		BIT(11)
#define PP_CS_IDLE_SHARED_SB_DEC	BIT(12)
/* events of firmware */
#define PP_CS_TILER_OOM			BIT(26)
#define PP_CS_PROTM_PEND		BIT(27)
#define PP_CS_FATAL			BIT(30)
#define PP_CS_FAULT			BIT(31)
#define PP_CS_EVENTS							\
	(PP_CS_TILER_OOM | PP_CS_PROTM_PEND | PP_CS_FATAL | PP_CS_FAULT)

#define PP_CS_CONFIG_PRIORITY(n)	((n) & 0xf)
#define PP_CS_CONFIG_DOORBELL(n)	(((n) & 0xff) << 8)

struct pp_fw_cs_input {
	u32 req;
	u32 config;
	u32 reserved_08;
	u32 ack_irq_mask;
	u64 ringbuf_base;	/* GPU VA in the group's VM */
	u32 ringbuf_size;
	u32 reserved_1c;
	u64 heap_start;
	u64 heap_end;
	u64 ringbuf_input;	/* MCU VA */
	u64 ringbuf_output;	/* MCU VA */
	u32 instr_config;
	u32 instrbuf_size;
	u64 instrbuf_base;
	u64 instrbuf_offset_ptr;
};

#define PP_CS_STATUS_WAIT_SB_MASK	GENMASK(15, 0)
#define PP_CS_STATUS_WAIT_SB_SRC_MASK	GENMASK(19, 16)
#define PP_CS_STATUS_WAIT_SYNC_COND(v)	(((v) >> 24) & 0xf)
#define PP_CS_SYNC_COND_LE		0
#define PP_CS_SYNC_COND_GT		1
#define PP_CS_SYNC_COND_GE		5
#define PP_CS_STATUS_WAIT_PROGRESS	BIT(28)
#define PP_CS_STATUS_WAIT_PROTM_PEND	BIT(29)
#define PP_CS_STATUS_WAIT_SYNC_64BIT	BIT(30)
#define PP_CS_STATUS_WAIT_SYNC_WAIT	BIT(31)

#define PP_CS_BLOCKED_UNBLOCKED		0
#define PP_CS_BLOCKED_SB_WAIT		1
#define PP_CS_BLOCKED_PROGRESS		2
#define PP_CS_BLOCKED_SYNC_WAIT		3
#define PP_CS_BLOCKED_DEFERRED		4
#define PP_CS_BLOCKED_RESOURCE		5
#define PP_CS_BLOCKED_FLUSH		6

#define PP_CS_EXCEPTION_TYPE(v)		((v) & 0xff)
#define PP_CS_EXCEPTION_DATA(v)		((v) >> 8)
#define PP_CS_FATAL_CS_UNRECOVERABLE	0x41

struct pp_fw_cs_output {
	u32 ack;
	u32 reserved_04[15];
	u64 status_cmd_ptr;
	u32 status_wait;
	u32 status_req_resource;
	u64 status_wait_sync_ptr;
	u32 status_wait_sync_value;
	u32 status_scoreboards;
	u32 status_blocked_reason;
	u32 status_wait_sync_value_hi;
	u32 reserved_68[6];
	u32 fault;
	u32 fatal;
	u64 fault_info;
	u64 fatal_info;
	u32 reserved_98[10];
	u32 heap_vt_start;
	u32 heap_vt_end;
	u32 reserved_c8;
	u32 heap_frag_end;
	u64 heap_address;
};

/* --- ring buffer pages of a queue: one 8 KiB object in the MCU VM --- */
struct pp_fw_ring_input {	/* page 0 */
	u64 insert;		/* bytes ever written; position = insert & (size - 1) */
	u64 extract;		/* where firmware starts at START */
};

struct pp_fw_ring_output {	/* page 1 */
	u64 extract;
	u32 active;
};

#include "fw/interface_check.h"

#endif

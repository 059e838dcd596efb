/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The layout of the memory shared with firmware, asserted. The offsets are the
 * firmware's, not a result of fw/interface.h: a mistake there fails the build.
 */
#ifndef PP_FW_INTERFACE_CHECK_H
#define PP_FW_INTERFACE_CHECK_H

#include <linux/build_bug.h>
#include <linux/stddef.h>

#define PP_FW_OFFSET(type, field, off) \
	static_assert(offsetof(struct pp_fw_##type, field) == (off))
#define PP_FW_SIZE(type, size) \
	static_assert(sizeof(struct pp_fw_##type) == (size))

PP_FW_OFFSET(glb_control, version, 0x00);
PP_FW_OFFSET(glb_control, features, 0x04);
PP_FW_OFFSET(glb_control, input_va, 0x08);
PP_FW_OFFSET(glb_control, output_va, 0x0c);
PP_FW_OFFSET(glb_control, group_num, 0x10);
PP_FW_OFFSET(glb_control, group_stride, 0x14);
PP_FW_OFFSET(glb_control, perfcnt_size, 0x18);
PP_FW_OFFSET(glb_control, instr_features, 0x1c);
PP_FW_OFFSET(glb_control, perfcnt_features, 0x20);
PP_FW_SIZE(glb_control, 0x24);

PP_FW_OFFSET(csg_control, features, 0x00);
PP_FW_OFFSET(csg_control, input_va, 0x04);
PP_FW_OFFSET(csg_control, output_va, 0x08);
PP_FW_OFFSET(csg_control, suspend_size, 0x0c);
PP_FW_OFFSET(csg_control, protm_suspend_size, 0x10);
PP_FW_OFFSET(csg_control, stream_num, 0x14);
PP_FW_OFFSET(csg_control, stream_stride, 0x18);
PP_FW_SIZE(csg_control, 0x1c);

PP_FW_OFFSET(cs_control, features, 0x00);
PP_FW_OFFSET(cs_control, input_va, 0x04);
PP_FW_OFFSET(cs_control, output_va, 0x08);
PP_FW_SIZE(cs_control, 0x0c);

PP_FW_OFFSET(glb_input, req, 0x00);
PP_FW_OFFSET(glb_input, ack_irq_mask, 0x04);
PP_FW_OFFSET(glb_input, doorbell_req, 0x08);
PP_FW_OFFSET(glb_input, progress_timer, 0x10);
PP_FW_OFFSET(glb_input, poweroff_timer, 0x14);
PP_FW_OFFSET(glb_input, core_en_mask, 0x18);
PP_FW_OFFSET(glb_input, perfcnt_as, 0x24);
PP_FW_OFFSET(glb_input, perfcnt_base, 0x28);
PP_FW_OFFSET(glb_input, perfcnt_extract, 0x30);
PP_FW_OFFSET(glb_input, perfcnt_config, 0x40);
PP_FW_OFFSET(glb_input, perfcnt_csg_select, 0x44);
PP_FW_OFFSET(glb_input, perfcnt_fw_enable, 0x48);
PP_FW_OFFSET(glb_input, perfcnt_csg_enable, 0x4c);
PP_FW_OFFSET(glb_input, perfcnt_csf_enable, 0x50);
PP_FW_OFFSET(glb_input, perfcnt_shader_enable, 0x54);
PP_FW_OFFSET(glb_input, perfcnt_tiler_enable, 0x58);
PP_FW_OFFSET(glb_input, perfcnt_mmu_l2_enable, 0x5c);
PP_FW_OFFSET(glb_input, idle_timer, 0x80);
PP_FW_OFFSET(glb_input, idle_timer_config, 0x84);
PP_FW_SIZE(glb_input, 0x88);

PP_FW_OFFSET(glb_output, ack, 0x00);
PP_FW_OFFSET(glb_output, doorbell_ack, 0x08);
PP_FW_OFFSET(glb_output, halt_status, 0x10);
PP_FW_OFFSET(glb_output, perfcnt_status, 0x14);
PP_FW_OFFSET(glb_output, perfcnt_insert, 0x18);
PP_FW_OFFSET(glb_output, fatal_info, 0x20);
PP_FW_SIZE(glb_output, 0x28);

PP_FW_OFFSET(csg_input, req, 0x00);
PP_FW_OFFSET(csg_input, ack_irq_mask, 0x04);
PP_FW_OFFSET(csg_input, doorbell_req, 0x08);
PP_FW_OFFSET(csg_input, cs_irq_ack, 0x0c);
PP_FW_OFFSET(csg_input, allow_neural, 0x18);
PP_FW_OFFSET(csg_input, allow_compute, 0x20);
PP_FW_OFFSET(csg_input, allow_fragment, 0x28);
PP_FW_OFFSET(csg_input, allow_other, 0x30);
PP_FW_OFFSET(csg_input, endpoint_req, 0x34);
PP_FW_OFFSET(csg_input, endpoint_req2, 0x38);
PP_FW_OFFSET(csg_input, suspend_buf, 0x40);
PP_FW_OFFSET(csg_input, protm_suspend_buf, 0x48);
PP_FW_OFFSET(csg_input, config, 0x50);
PP_FW_OFFSET(csg_input, iter_trace_config, 0x54);
PP_FW_OFFSET(csg_input, endpoint_task_limit, 0x58);
PP_FW_OFFSET(csg_input, dvs_buf, 0x60);
PP_FW_SIZE(csg_input, 0x68);

PP_FW_OFFSET(csg_output, ack, 0x00);
PP_FW_OFFSET(csg_output, doorbell_ack, 0x08);
PP_FW_OFFSET(csg_output, cs_irq_req, 0x0c);
PP_FW_OFFSET(csg_output, status_endpoint_current, 0x10);
PP_FW_OFFSET(csg_output, status_endpoint_req, 0x14);
PP_FW_OFFSET(csg_output, status_state, 0x18);
PP_FW_OFFSET(csg_output, resource_dep, 0x1c);
PP_FW_SIZE(csg_output, 0x20);

PP_FW_OFFSET(cs_input, req, 0x00);
PP_FW_OFFSET(cs_input, config, 0x04);
PP_FW_OFFSET(cs_input, ack_irq_mask, 0x0c);
PP_FW_OFFSET(cs_input, ringbuf_base, 0x10);
PP_FW_OFFSET(cs_input, ringbuf_size, 0x18);
PP_FW_OFFSET(cs_input, heap_start, 0x20);
PP_FW_OFFSET(cs_input, heap_end, 0x28);
PP_FW_OFFSET(cs_input, ringbuf_input, 0x30);
PP_FW_OFFSET(cs_input, ringbuf_output, 0x38);
PP_FW_OFFSET(cs_input, instr_config, 0x40);
PP_FW_OFFSET(cs_input, instrbuf_size, 0x44);
PP_FW_OFFSET(cs_input, instrbuf_base, 0x48);
PP_FW_OFFSET(cs_input, instrbuf_offset_ptr, 0x50);
PP_FW_SIZE(cs_input, 0x58);

PP_FW_OFFSET(cs_output, ack, 0x00);
PP_FW_OFFSET(cs_output, status_cmd_ptr, 0x40);
PP_FW_OFFSET(cs_output, status_wait, 0x48);
PP_FW_OFFSET(cs_output, status_req_resource, 0x4c);
PP_FW_OFFSET(cs_output, status_wait_sync_ptr, 0x50);
PP_FW_OFFSET(cs_output, status_wait_sync_value, 0x58);
PP_FW_OFFSET(cs_output, status_scoreboards, 0x5c);
PP_FW_OFFSET(cs_output, status_blocked_reason, 0x60);
PP_FW_OFFSET(cs_output, status_wait_sync_value_hi, 0x64);
PP_FW_OFFSET(cs_output, fault, 0x80);
PP_FW_OFFSET(cs_output, fatal, 0x84);
PP_FW_OFFSET(cs_output, fault_info, 0x88);
PP_FW_OFFSET(cs_output, fatal_info, 0x90);
PP_FW_OFFSET(cs_output, heap_vt_start, 0xc0);
PP_FW_OFFSET(cs_output, heap_vt_end, 0xc4);
PP_FW_OFFSET(cs_output, heap_frag_end, 0xcc);
PP_FW_OFFSET(cs_output, heap_address, 0xd0);
PP_FW_SIZE(cs_output, 0xd8);

PP_FW_OFFSET(ring_input, insert, 0x00);
PP_FW_OFFSET(ring_input, extract, 0x08);
PP_FW_SIZE(ring_input, 0x10);

PP_FW_OFFSET(ring_output, extract, 0x00);
PP_FW_OFFSET(ring_output, active, 0x08);
PP_FW_SIZE(ring_output, 0x10);

#undef PP_FW_OFFSET
#undef PP_FW_SIZE

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The layout of every structure that user space passes, byte by byte, and the
 * number of every ioctl (facts: kernel-api.md 2.2 and 2.6). Included once.
 */
#ifndef PP_UAPI_ABI_CHECK_H
#define PP_UAPI_ABI_CHECK_H

#include <linux/build_bug.h>
#include <linux/stddef.h>

#include <drm/panthor_protm.h>

#define PP_ABI_SIZE(name, size) \
	static_assert(sizeof(struct drm_panthor_##name) == (size))
#define PP_ABI_AT(name, field, offset) \
	static_assert(offsetof(struct drm_panthor_##name, field) == (offset))
#define PP_ABI_NR(name, nr) \
	static_assert((u32)DRM_IOCTL_PANTHOR_##name == (nr))

PP_ABI_SIZE(obj_array, 16);
PP_ABI_AT(obj_array, count, 4);
PP_ABI_AT(obj_array, array, 8);

PP_ABI_SIZE(sync_op, 16);
PP_ABI_AT(sync_op, handle, 4);
PP_ABI_AT(sync_op, timeline_value, 8);

PP_ABI_SIZE(gpu_info, 112);
PP_ABI_AT(gpu_info, gpu_rev, 4);
PP_ABI_AT(gpu_info, csf_id, 8);
PP_ABI_AT(gpu_info, l2_features, 12);
PP_ABI_AT(gpu_info, tiler_features, 16);
PP_ABI_AT(gpu_info, mem_features, 20);
PP_ABI_AT(gpu_info, mmu_features, 24);
PP_ABI_AT(gpu_info, thread_features, 28);
PP_ABI_AT(gpu_info, max_threads, 32);
PP_ABI_AT(gpu_info, thread_max_workgroup_size, 36);
PP_ABI_AT(gpu_info, thread_max_barrier_size, 40);
PP_ABI_AT(gpu_info, coherency_features, 44);
PP_ABI_AT(gpu_info, texture_features, 48);
PP_ABI_AT(gpu_info, as_present, 64);
PP_ABI_AT(gpu_info, selected_coherency, 68);
PP_ABI_AT(gpu_info, shader_present, 72);
PP_ABI_AT(gpu_info, l2_present, 80);
PP_ABI_AT(gpu_info, tiler_present, 88);
PP_ABI_AT(gpu_info, core_features, 96);
PP_ABI_AT(gpu_info, pad, 100);
PP_ABI_AT(gpu_info, gpu_features, 104);

PP_ABI_SIZE(csif_info, 24);
PP_ABI_AT(csif_info, cs_slot_count, 4);
PP_ABI_AT(csif_info, cs_reg_count, 8);
PP_ABI_AT(csif_info, scoreboard_slot_count, 12);
PP_ABI_AT(csif_info, unpreserved_cs_reg_count, 16);
PP_ABI_AT(csif_info, pad, 20);

PP_ABI_SIZE(timestamp_info, 56);
PP_ABI_AT(timestamp_info, current_timestamp, 8);
PP_ABI_AT(timestamp_info, timestamp_offset, 16);
PP_ABI_AT(timestamp_info, flags, 24);
PP_ABI_AT(timestamp_info, duration_nsec, 28);
PP_ABI_AT(timestamp_info, cycle_count, 32);
PP_ABI_AT(timestamp_info, cpu_timestamp_sec, 40);
PP_ABI_AT(timestamp_info, cpu_timestamp_nsec, 48);

PP_ABI_SIZE(group_priorities_info, 4);
PP_ABI_SIZE(mmu_info, 8);
PP_ABI_SIZE(protected_info, 4);

PP_ABI_SIZE(dev_query, 16);
PP_ABI_AT(dev_query, size, 4);
PP_ABI_AT(dev_query, pointer, 8);

PP_ABI_SIZE(vm_create, 16);
PP_ABI_AT(vm_create, id, 4);
PP_ABI_AT(vm_create, user_va_range, 8);

PP_ABI_SIZE(vm_destroy, 8);
PP_ABI_AT(vm_destroy, pad, 4);

PP_ABI_SIZE(vm_bind_op, 48);
PP_ABI_AT(vm_bind_op, bo_handle, 4);
PP_ABI_AT(vm_bind_op, bo_offset, 8);
PP_ABI_AT(vm_bind_op, va, 16);
PP_ABI_AT(vm_bind_op, size, 24);
PP_ABI_AT(vm_bind_op, syncs, 32);

PP_ABI_SIZE(vm_bind, 24);
PP_ABI_AT(vm_bind, flags, 4);
PP_ABI_AT(vm_bind, ops, 8);

PP_ABI_SIZE(vm_get_state, 8);
PP_ABI_AT(vm_get_state, state, 4);

PP_ABI_SIZE(bo_create, 24);
PP_ABI_AT(bo_create, flags, 8);
PP_ABI_AT(bo_create, exclusive_vm_id, 12);
PP_ABI_AT(bo_create, handle, 16);
PP_ABI_AT(bo_create, pad, 20);

PP_ABI_SIZE(bo_mmap_offset, 16);
PP_ABI_AT(bo_mmap_offset, pad, 4);
PP_ABI_AT(bo_mmap_offset, offset, 8);

PP_ABI_SIZE(queue_create, 8);
PP_ABI_AT(queue_create, pad, 1);
PP_ABI_AT(queue_create, ringbuf_size, 4);

PP_ABI_SIZE(group_create, 56);
PP_ABI_AT(group_create, max_compute_cores, 16);
PP_ABI_AT(group_create, max_fragment_cores, 17);
PP_ABI_AT(group_create, max_tiler_cores, 18);
PP_ABI_AT(group_create, priority, 19);
PP_ABI_AT(group_create, flags, 20);
PP_ABI_AT(group_create, compute_core_mask, 24);
PP_ABI_AT(group_create, fragment_core_mask, 32);
PP_ABI_AT(group_create, tiler_core_mask, 40);
PP_ABI_AT(group_create, vm_id, 48);
PP_ABI_AT(group_create, group_handle, 52);

PP_ABI_SIZE(group_destroy, 8);
PP_ABI_AT(group_destroy, pad, 4);

PP_ABI_SIZE(queue_submit, 40);
PP_ABI_AT(queue_submit, stream_size, 4);
PP_ABI_AT(queue_submit, stream_addr, 8);
PP_ABI_AT(queue_submit, latest_flush, 16);
PP_ABI_AT(queue_submit, pad, 20);
PP_ABI_AT(queue_submit, syncs, 24);

PP_ABI_SIZE(group_submit, 24);
PP_ABI_AT(group_submit, pad, 4);
PP_ABI_AT(group_submit, queue_submits, 8);

PP_ABI_SIZE(group_get_state, 16);
PP_ABI_AT(group_get_state, state, 4);
PP_ABI_AT(group_get_state, fatal_queues, 8);
PP_ABI_AT(group_get_state, pad, 12);

PP_ABI_SIZE(tiler_heap_create, 40);
PP_ABI_AT(tiler_heap_create, initial_chunk_count, 4);
PP_ABI_AT(tiler_heap_create, chunk_size, 8);
PP_ABI_AT(tiler_heap_create, max_chunks, 12);
PP_ABI_AT(tiler_heap_create, target_in_flight, 16);
PP_ABI_AT(tiler_heap_create, handle, 20);
PP_ABI_AT(tiler_heap_create, tiler_heap_ctx_gpu_va, 24);
PP_ABI_AT(tiler_heap_create, first_heap_chunk_gpu_va, 32);

PP_ABI_SIZE(tiler_heap_destroy, 8);
PP_ABI_AT(tiler_heap_destroy, pad, 4);

PP_ABI_SIZE(bo_set_label, 16);
PP_ABI_AT(bo_set_label, pad, 4);
PP_ABI_AT(bo_set_label, label, 8);

PP_ABI_SIZE(set_user_mmio_offset, 8);

PP_ABI_SIZE(bo_sync_op, 24);
PP_ABI_AT(bo_sync_op, type, 4);
PP_ABI_AT(bo_sync_op, offset, 8);
PP_ABI_AT(bo_sync_op, size, 16);

PP_ABI_SIZE(bo_sync, 16);

PP_ABI_SIZE(bo_query_info, 16);
PP_ABI_AT(bo_query_info, extra_flags, 4);
PP_ABI_AT(bo_query_info, create_flags, 8);
PP_ABI_AT(bo_query_info, pad, 12);

PP_ABI_NR(DEV_QUERY, 0xc0106440);
PP_ABI_NR(VM_CREATE, 0xc0106441);
PP_ABI_NR(VM_DESTROY, 0xc0086442);
PP_ABI_NR(VM_BIND, 0xc0186443);
PP_ABI_NR(VM_GET_STATE, 0xc0086444);
PP_ABI_NR(BO_CREATE, 0xc0186445);
PP_ABI_NR(BO_MMAP_OFFSET, 0xc0106446);
PP_ABI_NR(GROUP_CREATE, 0xc0386447);
PP_ABI_NR(GROUP_DESTROY, 0xc0086448);
PP_ABI_NR(GROUP_SUBMIT, 0xc0186449);
PP_ABI_NR(GROUP_GET_STATE, 0xc010644a);
PP_ABI_NR(TILER_HEAP_CREATE, 0xc028644b);
PP_ABI_NR(TILER_HEAP_DESTROY, 0xc008644c);
PP_ABI_NR(BO_SET_LABEL, 0xc010644d);
PP_ABI_NR(SET_USER_MMIO_OFFSET, 0xc008644e);
PP_ABI_NR(BO_SYNC, 0xc010644f);
PP_ABI_NR(BO_QUERY_INFO, 0xc0106450);

#endif

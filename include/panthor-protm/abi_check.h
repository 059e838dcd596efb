/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The user interface byte by byte: layout of every structure, number of every
 * ioctl, value of every flag, as compiled from the header of Linux 7.3 (facts:
 * kernel-api.md 2.2, 2.3 and 2.6), plus what protected mode adds.
 *
 * For the driver and for programs, in C and in C++: it compiles or it does not.
 */
#ifndef PP_ABI_CHECK_H
#define PP_ABI_CHECK_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/stddef.h>
#else
#include <stddef.h>
#endif

#include <drm/panthor_protm.h>

#if defined(__KERNEL__) || defined(__cplusplus)
#define PP_ABI_ASSERT(cond, what)	static_assert(cond, what)
#else
#define PP_ABI_ASSERT(cond, what)	_Static_assert(cond, what)
#endif

#define PP_ABI_SIZE(type, size) \
	PP_ABI_ASSERT(sizeof(struct drm_panthor_##type) == (size), "size of " #type)
#define PP_ABI_AT(type, field, offset) \
	PP_ABI_ASSERT(offsetof(struct drm_panthor_##type, field) == (offset), #type "." #field)
#define PP_ABI_CODE(name, code) \
	PP_ABI_ASSERT((__u32)DRM_IOCTL_PANTHOR_##name == (code), "number of " #name)
#define PP_ABI_VALUE(name, value) \
	PP_ABI_ASSERT((__u32)(name) == (value), "value of " #name)

PP_ABI_SIZE(obj_array, 16);
PP_ABI_AT(obj_array, stride, 0);
PP_ABI_AT(obj_array, count, 4);
PP_ABI_AT(obj_array, array, 8);

PP_ABI_SIZE(sync_op, 16);
PP_ABI_AT(sync_op, flags, 0);
PP_ABI_AT(sync_op, handle, 4);
PP_ABI_AT(sync_op, timeline_value, 8);

PP_ABI_SIZE(gpu_info, 112);
PP_ABI_AT(gpu_info, gpu_id, 0);
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
PP_ABI_AT(csif_info, csg_slot_count, 0);
PP_ABI_AT(csif_info, cs_slot_count, 4);
PP_ABI_AT(csif_info, cs_reg_count, 8);
PP_ABI_AT(csif_info, scoreboard_slot_count, 12);
PP_ABI_AT(csif_info, unpreserved_cs_reg_count, 16);
PP_ABI_AT(csif_info, pad, 20);

PP_ABI_SIZE(timestamp_info, 56);
PP_ABI_AT(timestamp_info, timestamp_frequency, 0);
PP_ABI_AT(timestamp_info, current_timestamp, 8);
PP_ABI_AT(timestamp_info, timestamp_offset, 16);
PP_ABI_AT(timestamp_info, flags, 24);
PP_ABI_AT(timestamp_info, duration_nsec, 28);
PP_ABI_AT(timestamp_info, cycle_count, 32);
PP_ABI_AT(timestamp_info, cpu_timestamp_sec, 40);
PP_ABI_AT(timestamp_info, cpu_timestamp_nsec, 48);

PP_ABI_SIZE(mmu_info, 8);
PP_ABI_AT(mmu_info, page_size_bitmap, 0);

PP_ABI_SIZE(group_priorities_info, 4);
PP_ABI_AT(group_priorities_info, allowed_mask, 0);
PP_ABI_AT(group_priorities_info, pad, 1);

PP_ABI_SIZE(dev_query, 16);
PP_ABI_AT(dev_query, type, 0);
PP_ABI_AT(dev_query, size, 4);
PP_ABI_AT(dev_query, pointer, 8);

PP_ABI_SIZE(vm_create, 16);
PP_ABI_AT(vm_create, flags, 0);
PP_ABI_AT(vm_create, id, 4);
PP_ABI_AT(vm_create, user_va_range, 8);

PP_ABI_SIZE(vm_destroy, 8);
PP_ABI_AT(vm_destroy, id, 0);
PP_ABI_AT(vm_destroy, pad, 4);

PP_ABI_SIZE(vm_bind_op, 48);
PP_ABI_AT(vm_bind_op, flags, 0);
PP_ABI_AT(vm_bind_op, bo_handle, 4);
PP_ABI_AT(vm_bind_op, bo_offset, 8);
PP_ABI_AT(vm_bind_op, va, 16);
PP_ABI_AT(vm_bind_op, size, 24);
PP_ABI_AT(vm_bind_op, syncs, 32);

PP_ABI_SIZE(vm_bind, 24);
PP_ABI_AT(vm_bind, vm_id, 0);
PP_ABI_AT(vm_bind, flags, 4);
PP_ABI_AT(vm_bind, ops, 8);

PP_ABI_SIZE(vm_get_state, 8);
PP_ABI_AT(vm_get_state, vm_id, 0);
PP_ABI_AT(vm_get_state, state, 4);

PP_ABI_SIZE(bo_create, 24);
PP_ABI_AT(bo_create, size, 0);
PP_ABI_AT(bo_create, flags, 8);
PP_ABI_AT(bo_create, exclusive_vm_id, 12);
PP_ABI_AT(bo_create, handle, 16);
PP_ABI_AT(bo_create, pad, 20);

PP_ABI_SIZE(bo_mmap_offset, 16);
PP_ABI_AT(bo_mmap_offset, handle, 0);
PP_ABI_AT(bo_mmap_offset, pad, 4);
PP_ABI_AT(bo_mmap_offset, offset, 8);

PP_ABI_SIZE(queue_create, 8);
PP_ABI_AT(queue_create, priority, 0);
PP_ABI_AT(queue_create, pad, 1);
PP_ABI_AT(queue_create, ringbuf_size, 4);

PP_ABI_SIZE(group_create, 56);
PP_ABI_AT(group_create, queues, 0);
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
PP_ABI_AT(group_destroy, group_handle, 0);
PP_ABI_AT(group_destroy, pad, 4);

PP_ABI_SIZE(queue_submit, 40);
PP_ABI_AT(queue_submit, queue_index, 0);
PP_ABI_AT(queue_submit, stream_size, 4);
PP_ABI_AT(queue_submit, stream_addr, 8);
PP_ABI_AT(queue_submit, latest_flush, 16);
PP_ABI_AT(queue_submit, pad, 20);
PP_ABI_AT(queue_submit, syncs, 24);

PP_ABI_SIZE(group_submit, 24);
PP_ABI_AT(group_submit, group_handle, 0);
PP_ABI_AT(group_submit, pad, 4);
PP_ABI_AT(group_submit, queue_submits, 8);

PP_ABI_SIZE(group_get_state, 16);
PP_ABI_AT(group_get_state, group_handle, 0);
PP_ABI_AT(group_get_state, state, 4);
PP_ABI_AT(group_get_state, fatal_queues, 8);
PP_ABI_AT(group_get_state, pad, 12);

PP_ABI_SIZE(tiler_heap_create, 40);
PP_ABI_AT(tiler_heap_create, vm_id, 0);
PP_ABI_AT(tiler_heap_create, initial_chunk_count, 4);
PP_ABI_AT(tiler_heap_create, chunk_size, 8);
PP_ABI_AT(tiler_heap_create, max_chunks, 12);
PP_ABI_AT(tiler_heap_create, target_in_flight, 16);
PP_ABI_AT(tiler_heap_create, handle, 20);
PP_ABI_AT(tiler_heap_create, tiler_heap_ctx_gpu_va, 24);
PP_ABI_AT(tiler_heap_create, first_heap_chunk_gpu_va, 32);

PP_ABI_SIZE(tiler_heap_destroy, 8);
PP_ABI_AT(tiler_heap_destroy, handle, 0);
PP_ABI_AT(tiler_heap_destroy, pad, 4);

PP_ABI_SIZE(bo_set_label, 16);
PP_ABI_AT(bo_set_label, handle, 0);
PP_ABI_AT(bo_set_label, pad, 4);
PP_ABI_AT(bo_set_label, label, 8);

PP_ABI_SIZE(set_user_mmio_offset, 8);
PP_ABI_AT(set_user_mmio_offset, offset, 0);

PP_ABI_SIZE(bo_sync_op, 24);
PP_ABI_AT(bo_sync_op, handle, 0);
PP_ABI_AT(bo_sync_op, type, 4);
PP_ABI_AT(bo_sync_op, offset, 8);
PP_ABI_AT(bo_sync_op, size, 16);

PP_ABI_SIZE(bo_sync, 16);
PP_ABI_AT(bo_sync, ops, 0);

PP_ABI_SIZE(bo_query_info, 16);
PP_ABI_AT(bo_query_info, handle, 0);
PP_ABI_AT(bo_query_info, extra_flags, 4);
PP_ABI_AT(bo_query_info, create_flags, 8);
PP_ABI_AT(bo_query_info, pad, 12);

PP_ABI_SIZE(protected_info, 4);
PP_ABI_AT(protected_info, features, 0);

PP_ABI_CODE(DEV_QUERY, 0xc0106440);
PP_ABI_CODE(VM_CREATE, 0xc0106441);
PP_ABI_CODE(VM_DESTROY, 0xc0086442);
PP_ABI_CODE(VM_BIND, 0xc0186443);
PP_ABI_CODE(VM_GET_STATE, 0xc0086444);
PP_ABI_CODE(BO_CREATE, 0xc0186445);
PP_ABI_CODE(BO_MMAP_OFFSET, 0xc0106446);
PP_ABI_CODE(GROUP_CREATE, 0xc0386447);
PP_ABI_CODE(GROUP_DESTROY, 0xc0086448);
PP_ABI_CODE(GROUP_SUBMIT, 0xc0186449);
PP_ABI_CODE(GROUP_GET_STATE, 0xc010644a);
PP_ABI_CODE(TILER_HEAP_CREATE, 0xc028644b);
PP_ABI_CODE(TILER_HEAP_DESTROY, 0xc008644c);
PP_ABI_CODE(BO_SET_LABEL, 0xc010644d);
PP_ABI_CODE(SET_USER_MMIO_OFFSET, 0xc008644e);
PP_ABI_CODE(BO_SYNC, 0xc010644f);
PP_ABI_CODE(BO_QUERY_INFO, 0xc0106450);

PP_ABI_VALUE(DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_MASK, 0xff);
PP_ABI_VALUE(DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_SYNCOBJ, 0);
PP_ABI_VALUE(DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_TIMELINE_SYNCOBJ, 1);
PP_ABI_VALUE(DRM_PANTHOR_SYNC_OP_WAIT, 0);
PP_ABI_VALUE(DRM_PANTHOR_SYNC_OP_SIGNAL, 0x80000000);
PP_ABI_VALUE(DRM_PANTHOR_DEV_QUERY_GPU_INFO, 0);
PP_ABI_VALUE(DRM_PANTHOR_DEV_QUERY_CSIF_INFO, 1);
PP_ABI_VALUE(DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO, 2);
PP_ABI_VALUE(DRM_PANTHOR_DEV_QUERY_GROUP_PRIORITIES_INFO, 3);
PP_ABI_VALUE(DRM_PANTHOR_DEV_QUERY_MMU_INFO, 4);
PP_ABI_VALUE(DRM_PANTHOR_DEV_QUERY_PROTECTED_INFO, 0x50524f54);
PP_ABI_VALUE(DRM_PANTHOR_GPU_COHERENCY_ACE_LITE, 0);
PP_ABI_VALUE(DRM_PANTHOR_GPU_COHERENCY_ACE, 1);
PP_ABI_VALUE(DRM_PANTHOR_GPU_COHERENCY_NONE, 31);
PP_ABI_VALUE(DRM_PANTHOR_TIMESTAMP_GPU, 0x01);
PP_ABI_VALUE(DRM_PANTHOR_TIMESTAMP_CPU_NONE, 0);
PP_ABI_VALUE(DRM_PANTHOR_TIMESTAMP_CPU_MONOTONIC, 0x02);
PP_ABI_VALUE(DRM_PANTHOR_TIMESTAMP_CPU_MONOTONIC_RAW, 0x04);
PP_ABI_VALUE(DRM_PANTHOR_TIMESTAMP_CPU_TYPE_MASK, 0x0e);
PP_ABI_VALUE(DRM_PANTHOR_TIMESTAMP_GPU_OFFSET, 0x10);
PP_ABI_VALUE(DRM_PANTHOR_TIMESTAMP_GPU_CYCLE_COUNT, 0x20);
PP_ABI_VALUE(DRM_PANTHOR_TIMESTAMP_FREQ, 0x40);
PP_ABI_VALUE(DRM_PANTHOR_TIMESTAMP_DURATION, 0x80);
PP_ABI_VALUE(DRM_PANTHOR_VM_BIND_OP_MAP_READONLY, 1);
PP_ABI_VALUE(DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC, 2);
PP_ABI_VALUE(DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED, 4);
PP_ABI_VALUE(DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE, 8);
PP_ABI_VALUE(DRM_PANTHOR_VM_BIND_OP_TYPE_MASK, 0xf0000000);
PP_ABI_VALUE(DRM_PANTHOR_VM_BIND_OP_TYPE_MAP, 0);
PP_ABI_VALUE(DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP, 0x10000000);
PP_ABI_VALUE(DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY, 0x20000000);
PP_ABI_VALUE(DRM_PANTHOR_VM_BIND_ASYNC, 1);
PP_ABI_VALUE(DRM_PANTHOR_VM_STATE_USABLE, 0);
PP_ABI_VALUE(DRM_PANTHOR_VM_STATE_UNUSABLE, 1);
PP_ABI_VALUE(DRM_PANTHOR_BO_NO_MMAP, 1);
PP_ABI_VALUE(DRM_PANTHOR_BO_WB_MMAP, 2);
PP_ABI_VALUE(DRM_PANTHOR_BO_IS_IMPORTED, 1);
PP_ABI_VALUE(DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH, 0);
PP_ABI_VALUE(DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE, 1);
PP_ABI_VALUE(PANTHOR_GROUP_PRIORITY_LOW, 0);
PP_ABI_VALUE(PANTHOR_GROUP_PRIORITY_MEDIUM, 1);
PP_ABI_VALUE(PANTHOR_GROUP_PRIORITY_HIGH, 2);
PP_ABI_VALUE(PANTHOR_GROUP_PRIORITY_REALTIME, 3);
PP_ABI_VALUE(DRM_PANTHOR_GROUP_STATE_TIMEDOUT, 1);
PP_ABI_VALUE(DRM_PANTHOR_GROUP_STATE_FATAL_FAULT, 2);
PP_ABI_VALUE(DRM_PANTHOR_GROUP_STATE_INNOCENT, 4);
PP_ABI_VALUE(DRM_PANTHOR_PROTECTED_FEATURE_PROTM, 1);
PP_ABI_VALUE(DRM_PANTHOR_PROTECTED_FEATURE_BASIC, 1);
PP_ABI_VALUE(DRM_PANTHOR_GROUP_FEATURE_PROTM, 1);
PP_ABI_VALUE(DRM_PANTHOR_GROUP_CREATE_PROTECTED, 1);
PP_ABI_VALUE(DRM_PANTHOR_SERIES_DEV_QUERY_PROTECTED_INFO, 5);
PP_ABI_VALUE(DRM_PANTHOR_SERIES_VERSION_MINOR, 10);

#endif

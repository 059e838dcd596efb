// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The layout of panthor 1.9 as compiled from the header of Linux 7.3, plus
 * what protected mode adds. Nothing runs: it compiles or it does not.
 */
#include <stddef.h>

#include <drm/panthor_protm.h>

#include "tap.h"

#define SIZE(type, size)							\
	_Static_assert(sizeof(struct drm_panthor_ ## type) == (size), "size of " #type)
#define AT(type, field, offset)							\
	_Static_assert(offsetof(struct drm_panthor_ ## type, field) == (offset),	\
		       #type "." #field)
#define CODE(NAME, code)							\
	_Static_assert((u32)DRM_IOCTL_PANTHOR_ ## NAME == (code), "number of " #NAME)
#define VALUE(NAME, value)							\
	_Static_assert((u32)(NAME) == (value), "value of " #NAME)


SIZE(obj_array, 16);
AT(obj_array, stride, 0);
AT(obj_array, count, 4);
AT(obj_array, array, 8);

SIZE(sync_op, 16);
AT(sync_op, flags, 0);
AT(sync_op, handle, 4);
AT(sync_op, timeline_value, 8);

SIZE(gpu_info, 112);
AT(gpu_info, gpu_id, 0);
AT(gpu_info, gpu_rev, 4);
AT(gpu_info, csf_id, 8);
AT(gpu_info, l2_features, 12);
AT(gpu_info, tiler_features, 16);
AT(gpu_info, mem_features, 20);
AT(gpu_info, mmu_features, 24);
AT(gpu_info, thread_features, 28);
AT(gpu_info, max_threads, 32);
AT(gpu_info, thread_max_workgroup_size, 36);
AT(gpu_info, thread_max_barrier_size, 40);
AT(gpu_info, coherency_features, 44);
AT(gpu_info, texture_features, 48);
AT(gpu_info, as_present, 64);
AT(gpu_info, selected_coherency, 68);
AT(gpu_info, shader_present, 72);
AT(gpu_info, l2_present, 80);
AT(gpu_info, tiler_present, 88);
AT(gpu_info, core_features, 96);
AT(gpu_info, pad, 100);
AT(gpu_info, gpu_features, 104);

SIZE(csif_info, 24);
AT(csif_info, csg_slot_count, 0);
AT(csif_info, cs_slot_count, 4);
AT(csif_info, cs_reg_count, 8);
AT(csif_info, scoreboard_slot_count, 12);
AT(csif_info, unpreserved_cs_reg_count, 16);
AT(csif_info, pad, 20);

SIZE(timestamp_info, 56);
AT(timestamp_info, timestamp_frequency, 0);
AT(timestamp_info, current_timestamp, 8);
AT(timestamp_info, timestamp_offset, 16);
AT(timestamp_info, flags, 24);
AT(timestamp_info, duration_nsec, 28);
AT(timestamp_info, cycle_count, 32);
AT(timestamp_info, cpu_timestamp_sec, 40);
AT(timestamp_info, cpu_timestamp_nsec, 48);

SIZE(mmu_info, 8);
AT(mmu_info, page_size_bitmap, 0);

SIZE(group_priorities_info, 4);
AT(group_priorities_info, allowed_mask, 0);
AT(group_priorities_info, pad, 1);

SIZE(dev_query, 16);
AT(dev_query, type, 0);
AT(dev_query, size, 4);
AT(dev_query, pointer, 8);

SIZE(vm_create, 16);
AT(vm_create, flags, 0);
AT(vm_create, id, 4);
AT(vm_create, user_va_range, 8);

SIZE(vm_destroy, 8);
AT(vm_destroy, id, 0);
AT(vm_destroy, pad, 4);

SIZE(vm_bind_op, 48);
AT(vm_bind_op, flags, 0);
AT(vm_bind_op, bo_handle, 4);
AT(vm_bind_op, bo_offset, 8);
AT(vm_bind_op, va, 16);
AT(vm_bind_op, size, 24);
AT(vm_bind_op, syncs, 32);

SIZE(vm_bind, 24);
AT(vm_bind, vm_id, 0);
AT(vm_bind, flags, 4);
AT(vm_bind, ops, 8);

SIZE(vm_get_state, 8);
AT(vm_get_state, vm_id, 0);
AT(vm_get_state, state, 4);

SIZE(bo_create, 24);
AT(bo_create, size, 0);
AT(bo_create, flags, 8);
AT(bo_create, exclusive_vm_id, 12);
AT(bo_create, handle, 16);
AT(bo_create, pad, 20);

SIZE(bo_mmap_offset, 16);
AT(bo_mmap_offset, handle, 0);
AT(bo_mmap_offset, pad, 4);
AT(bo_mmap_offset, offset, 8);

SIZE(queue_create, 8);
AT(queue_create, priority, 0);
AT(queue_create, pad, 1);
AT(queue_create, ringbuf_size, 4);

SIZE(group_create, 56);
AT(group_create, queues, 0);
AT(group_create, max_compute_cores, 16);
AT(group_create, max_fragment_cores, 17);
AT(group_create, max_tiler_cores, 18);
AT(group_create, priority, 19);
AT(group_create, flags, 20);
AT(group_create, compute_core_mask, 24);
AT(group_create, fragment_core_mask, 32);
AT(group_create, tiler_core_mask, 40);
AT(group_create, vm_id, 48);
AT(group_create, group_handle, 52);

SIZE(group_destroy, 8);
AT(group_destroy, group_handle, 0);
AT(group_destroy, pad, 4);

SIZE(queue_submit, 40);
AT(queue_submit, queue_index, 0);
AT(queue_submit, stream_size, 4);
AT(queue_submit, stream_addr, 8);
AT(queue_submit, latest_flush, 16);
AT(queue_submit, pad, 20);
AT(queue_submit, syncs, 24);

SIZE(group_submit, 24);
AT(group_submit, group_handle, 0);
AT(group_submit, pad, 4);
AT(group_submit, queue_submits, 8);

SIZE(group_get_state, 16);
AT(group_get_state, group_handle, 0);
AT(group_get_state, state, 4);
AT(group_get_state, fatal_queues, 8);
AT(group_get_state, pad, 12);

SIZE(tiler_heap_create, 40);
AT(tiler_heap_create, vm_id, 0);
AT(tiler_heap_create, initial_chunk_count, 4);
AT(tiler_heap_create, chunk_size, 8);
AT(tiler_heap_create, max_chunks, 12);
AT(tiler_heap_create, target_in_flight, 16);
AT(tiler_heap_create, handle, 20);
AT(tiler_heap_create, tiler_heap_ctx_gpu_va, 24);
AT(tiler_heap_create, first_heap_chunk_gpu_va, 32);

SIZE(tiler_heap_destroy, 8);
AT(tiler_heap_destroy, handle, 0);
AT(tiler_heap_destroy, pad, 4);

SIZE(bo_set_label, 16);
AT(bo_set_label, handle, 0);
AT(bo_set_label, pad, 4);
AT(bo_set_label, label, 8);

SIZE(set_user_mmio_offset, 8);
AT(set_user_mmio_offset, offset, 0);

SIZE(bo_sync_op, 24);
AT(bo_sync_op, handle, 0);
AT(bo_sync_op, type, 4);
AT(bo_sync_op, offset, 8);
AT(bo_sync_op, size, 16);

SIZE(bo_sync, 16);
AT(bo_sync, ops, 0);

SIZE(bo_query_info, 16);
AT(bo_query_info, handle, 0);
AT(bo_query_info, extra_flags, 4);
AT(bo_query_info, create_flags, 8);
AT(bo_query_info, pad, 12);

SIZE(protected_info, 4);
AT(protected_info, features, 0);

CODE(DEV_QUERY, 0xc0106440);
CODE(VM_CREATE, 0xc0106441);
CODE(VM_DESTROY, 0xc0086442);
CODE(VM_BIND, 0xc0186443);
CODE(VM_GET_STATE, 0xc0086444);
CODE(BO_CREATE, 0xc0186445);
CODE(BO_MMAP_OFFSET, 0xc0106446);
CODE(GROUP_CREATE, 0xc0386447);
CODE(GROUP_DESTROY, 0xc0086448);
CODE(GROUP_SUBMIT, 0xc0186449);
CODE(GROUP_GET_STATE, 0xc010644a);
CODE(TILER_HEAP_CREATE, 0xc028644b);
CODE(TILER_HEAP_DESTROY, 0xc008644c);
CODE(BO_SET_LABEL, 0xc010644d);
CODE(SET_USER_MMIO_OFFSET, 0xc008644e);
CODE(BO_SYNC, 0xc010644f);
CODE(BO_QUERY_INFO, 0xc0106450);

VALUE(DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_MASK, 0xff);
VALUE(DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_SYNCOBJ, 0);
VALUE(DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_TIMELINE_SYNCOBJ, 1);
VALUE(DRM_PANTHOR_SYNC_OP_WAIT, 0);
VALUE(DRM_PANTHOR_SYNC_OP_SIGNAL, 0x80000000);
VALUE(DRM_PANTHOR_DEV_QUERY_GPU_INFO, 0);
VALUE(DRM_PANTHOR_DEV_QUERY_CSIF_INFO, 1);
VALUE(DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO, 2);
VALUE(DRM_PANTHOR_DEV_QUERY_GROUP_PRIORITIES_INFO, 3);
VALUE(DRM_PANTHOR_DEV_QUERY_MMU_INFO, 4);
VALUE(DRM_PANTHOR_DEV_QUERY_PROTECTED_INFO, 0x50524f54);
VALUE(DRM_PANTHOR_GPU_COHERENCY_ACE_LITE, 0);
VALUE(DRM_PANTHOR_GPU_COHERENCY_ACE, 1);
VALUE(DRM_PANTHOR_GPU_COHERENCY_NONE, 31);
VALUE(DRM_PANTHOR_TIMESTAMP_GPU, 0x01);
VALUE(DRM_PANTHOR_TIMESTAMP_CPU_NONE, 0);
VALUE(DRM_PANTHOR_TIMESTAMP_CPU_MONOTONIC, 0x02);
VALUE(DRM_PANTHOR_TIMESTAMP_CPU_MONOTONIC_RAW, 0x04);
VALUE(DRM_PANTHOR_TIMESTAMP_CPU_TYPE_MASK, 0x0e);
VALUE(DRM_PANTHOR_TIMESTAMP_GPU_OFFSET, 0x10);
VALUE(DRM_PANTHOR_TIMESTAMP_GPU_CYCLE_COUNT, 0x20);
VALUE(DRM_PANTHOR_TIMESTAMP_FREQ, 0x40);
VALUE(DRM_PANTHOR_TIMESTAMP_DURATION, 0x80);
VALUE(DRM_PANTHOR_VM_BIND_OP_MAP_READONLY, 1);
VALUE(DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC, 2);
VALUE(DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED, 4);
VALUE(DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE, 8);
VALUE(DRM_PANTHOR_VM_BIND_OP_TYPE_MASK, 0xf0000000);
VALUE(DRM_PANTHOR_VM_BIND_OP_TYPE_MAP, 0);
VALUE(DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP, 0x10000000);
VALUE(DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY, 0x20000000);
VALUE(DRM_PANTHOR_VM_BIND_ASYNC, 1);
VALUE(DRM_PANTHOR_VM_STATE_USABLE, 0);
VALUE(DRM_PANTHOR_VM_STATE_UNUSABLE, 1);
VALUE(DRM_PANTHOR_BO_NO_MMAP, 1);
VALUE(DRM_PANTHOR_BO_WB_MMAP, 2);
VALUE(DRM_PANTHOR_BO_IS_IMPORTED, 1);
VALUE(DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH, 0);
VALUE(DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE, 1);
VALUE(PANTHOR_GROUP_PRIORITY_LOW, 0);
VALUE(PANTHOR_GROUP_PRIORITY_MEDIUM, 1);
VALUE(PANTHOR_GROUP_PRIORITY_HIGH, 2);
VALUE(PANTHOR_GROUP_PRIORITY_REALTIME, 3);
VALUE(DRM_PANTHOR_GROUP_STATE_TIMEDOUT, 1);
VALUE(DRM_PANTHOR_GROUP_STATE_FATAL_FAULT, 2);
VALUE(DRM_PANTHOR_GROUP_STATE_INNOCENT, 4);
VALUE(DRM_PANTHOR_PROTECTED_FEATURE_PROTM, 1);
VALUE(DRM_PANTHOR_PROTECTED_FEATURE_BASIC, 1);
VALUE(DRM_PANTHOR_GROUP_FEATURE_PROTM, 1);
VALUE(DRM_PANTHOR_GROUP_CREATE_PROTECTED, 1);

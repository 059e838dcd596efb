/* SPDX-License-Identifier: MIT OR (GPL-2.0-only WITH Linux-syscall-note) */
/*
 * User interface of panthor-protm: the render-node interface of the in-tree
 * panthor driver at version 1.9, number by number and byte by byte, plus
 * protected mode. A program that was built against panthor_drm.h needs no
 * change; a program that wants protected mode includes this file instead.
 *
 * What is added to 1.9:
 *  - &DRM_PANTHOR_DEV_QUERY_PROTECTED_INFO and &struct drm_panthor_protected_info
 *  - &struct drm_panthor_group_create.flags, which was a padding word, and
 *    &enum drm_panthor_group_feature_flags
 *
 * The version number stays 1.9, because the numbers after it are upstream's.
 * Ask with the query: drivers without protected mode answer it with -EINVAL.
 *
 * General rules:
 *  - Structures are the same for 32-bit and 64-bit programs, and only grow.
 *  - Reserved fields and undefined flag bits must be zero, or get -EINVAL.
 *  - An array is passed as &struct drm_panthor_obj_array, whose stride is the
 *    size of the element that the program was built with; fields that the
 *    driver does not know must be zero.
 */
#ifndef _PANTHOR_PROTM_DRM_H_
#define _PANTHOR_PROTM_DRM_H_

/*
 * Both headers define the same types. This one is a superset, so it also takes
 * the guard of panthor_drm.h: including that one later is harmless, including
 * it earlier is a mistake that must be seen.
 */
#ifdef _PANTHOR_DRM_H_
#error "include <drm/panthor_protm.h> instead of <drm/panthor_drm.h>, not after it"
#endif
#define _PANTHOR_DRM_H_

/*
 * Debian's kernel headers for user space leave <drm/drm.h> to libdrm. Nested,
 * because sparse does not know __has_include.
 */
#ifdef __KERNEL__
#include <drm/drm.h>
#else
#if __has_include(<drm/drm.h>)
#include <drm/drm.h>
#else
#include <drm.h>
#endif
#endif

#if defined(__cplusplus)
extern "C" {
#endif

/*
 * Registers that a program may map read-only, by mmap() of the render node at
 * these offsets. A program says with DRM_IOCTL_PANTHOR_SET_USER_MMIO_OFFSET
 * which of the two it uses; by default it is the one that fits its own off_t.
 */
#define DRM_PANTHOR_USER_MMIO_OFFSET_32BIT	(1ull << 43)
#define DRM_PANTHOR_USER_MMIO_OFFSET_64BIT	(1ull << 56)
#define DRM_PANTHOR_USER_MMIO_OFFSET						\
	(sizeof(unsigned long) < 8 ? DRM_PANTHOR_USER_MMIO_OFFSET_32BIT :	\
				     DRM_PANTHOR_USER_MMIO_OFFSET_64BIT)

/*
 * One page whose first word counts cache flushes. Its value goes into
 * &struct drm_panthor_queue_submit.latest_flush. It is never 0.
 */
#define DRM_PANTHOR_USER_FLUSH_ID_MMIO_OFFSET	(DRM_PANTHOR_USER_MMIO_OFFSET | 0)

/**
 * enum drm_panthor_ioctl_id - command numbers, relative to DRM_COMMAND_BASE
 *
 * The structure that each takes says what it does. All are there since 1.0,
 * but for BO_SET_LABEL (1.4), SET_USER_MMIO_OFFSET (1.5), and BO_SYNC and
 * BO_QUERY_INFO (1.7).
 */
enum drm_panthor_ioctl_id {
	DRM_PANTHOR_DEV_QUERY = 0,
	DRM_PANTHOR_VM_CREATE = 1,
	DRM_PANTHOR_VM_DESTROY = 2,
	DRM_PANTHOR_VM_BIND = 3,
	DRM_PANTHOR_VM_GET_STATE = 4,
	DRM_PANTHOR_BO_CREATE = 5,
	DRM_PANTHOR_BO_MMAP_OFFSET = 6,
	DRM_PANTHOR_GROUP_CREATE = 7,
	DRM_PANTHOR_GROUP_DESTROY = 8,
	DRM_PANTHOR_GROUP_SUBMIT = 9,
	DRM_PANTHOR_GROUP_GET_STATE = 10,
	DRM_PANTHOR_TILER_HEAP_CREATE = 11,
	DRM_PANTHOR_TILER_HEAP_DESTROY = 12,
	DRM_PANTHOR_BO_SET_LABEL = 13,
	DRM_PANTHOR_SET_USER_MMIO_OFFSET = 14,
	DRM_PANTHOR_BO_SYNC = 15,
	DRM_PANTHOR_BO_QUERY_INFO = 16,
};

/**
 * struct drm_panthor_obj_array - an array in user memory
 * @stride: bytes from one element to the next; the element size that the
 *	program was built with.
 * @count: number of elements.
 * @array: user pointer to the first element.
 */
struct drm_panthor_obj_array {
	__u32 stride;
	__u32 count;
	__u64 array;
};

/* Initializer of a &struct drm_panthor_obj_array: count, and typed pointer to the first element */
#define DRM_PANTHOR_OBJ_ARRAY(cnt, ptr)	\
	{ .stride = sizeof((ptr)[0]), .count = (cnt), .array = (__u64)(uintptr_t)(ptr) }

/**
 * enum drm_panthor_sync_op_flags - flags of &struct drm_panthor_sync_op
 * @DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_MASK: what kind of object it is
 * @DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_SYNCOBJ: a binary syncobj
 * @DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_TIMELINE_SYNCOBJ: one with points
 * @DRM_PANTHOR_SYNC_OP_WAIT: the operation waits for it
 * @DRM_PANTHOR_SYNC_OP_SIGNAL: the operation signals it when done
 */
enum drm_panthor_sync_op_flags {
	DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_MASK = 0xff,
	DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_SYNCOBJ = 0,
	DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_TIMELINE_SYNCOBJ = 1,
	DRM_PANTHOR_SYNC_OP_WAIT = 0 << 31,
	DRM_PANTHOR_SYNC_OP_SIGNAL = (int)(1u << 31),
};

/**
 * struct drm_panthor_sync_op - something to wait for, or to signal
 * @flags: of &enum drm_panthor_sync_op_flags.
 * @handle: of the syncobj.
 * @timeline_value: the point; zero for a binary syncobj.
 */
struct drm_panthor_sync_op {
	__u32 flags;
	__u32 handle;
	__u64 timeline_value;
};

/**
 * enum drm_panthor_dev_query_type - what DRM_IOCTL_PANTHOR_DEV_QUERY can tell
 * @DRM_PANTHOR_DEV_QUERY_GPU_INFO: &struct drm_panthor_gpu_info (1.0)
 * @DRM_PANTHOR_DEV_QUERY_CSIF_INFO: &struct drm_panthor_csif_info (1.0)
 * @DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO: &struct drm_panthor_timestamp_info
 *	(1.1, flags since 1.8)
 * @DRM_PANTHOR_DEV_QUERY_GROUP_PRIORITIES_INFO:
 *	&struct drm_panthor_group_priorities_info (1.2)
 * @DRM_PANTHOR_DEV_QUERY_MMU_INFO: &struct drm_panthor_mmu_info (1.9)
 * @DRM_PANTHOR_DEV_QUERY_PROTECTED_INFO: &struct drm_panthor_protected_info.
 *	The letters "PROT", far from upstream's numbers; -EINVAL if unknown.
 */
enum drm_panthor_dev_query_type {
	DRM_PANTHOR_DEV_QUERY_GPU_INFO = 0,
	DRM_PANTHOR_DEV_QUERY_CSIF_INFO = 1,
	DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO = 2,
	DRM_PANTHOR_DEV_QUERY_GROUP_PRIORITIES_INFO = 3,
	DRM_PANTHOR_DEV_QUERY_MMU_INFO = 4,
	DRM_PANTHOR_DEV_QUERY_PROTECTED_INFO = 0x50524f54,
};

/* What the public series' query number and minor version become on top of 1.9 (series_uapi=1) */
#define DRM_PANTHOR_SERIES_DEV_QUERY_PROTECTED_INFO	5
#define DRM_PANTHOR_SERIES_VERSION_MINOR		10

/**
 * enum drm_panthor_gpu_coherency - coherency protocols of the GPU's bus
 * @DRM_PANTHOR_GPU_COHERENCY_ACE_LITE: GPU sees CPU caches
 * @DRM_PANTHOR_GPU_COHERENCY_ACE: each sees the caches of the other
 * @DRM_PANTHOR_GPU_COHERENCY_NONE: caches must be maintained by hand
 */
enum drm_panthor_gpu_coherency {
	DRM_PANTHOR_GPU_COHERENCY_ACE_LITE = 0,
	DRM_PANTHOR_GPU_COHERENCY_ACE = 1,
	DRM_PANTHOR_GPU_COHERENCY_NONE = 31,
};

/* Fields of &struct drm_panthor_gpu_info.gpu_id */
#define DRM_PANTHOR_ARCH_MAJOR(x)		((x) >> 28)
#define DRM_PANTHOR_ARCH_MINOR(x)		(((x) >> 24) & 0xf)
#define DRM_PANTHOR_ARCH_REV(x)			(((x) >> 20) & 0xf)
#define DRM_PANTHOR_PRODUCT_MAJOR(x)		(((x) >> 16) & 0xf)
#define DRM_PANTHOR_VERSION_MAJOR(x)		(((x) >> 12) & 0xf)
#define DRM_PANTHOR_VERSION_MINOR(x)		(((x) >> 4) & 0xff)
#define DRM_PANTHOR_VERSION_STATUS(x)		((x) & 0xf)

/* Fields of &struct drm_panthor_gpu_info.csf_id */
#define DRM_PANTHOR_CSHW_MAJOR(x)		(((x) >> 26) & 0x3f)
#define DRM_PANTHOR_CSHW_MINOR(x)		(((x) >> 20) & 0x3f)
#define DRM_PANTHOR_CSHW_REV(x)			(((x) >> 16) & 0xf)
#define DRM_PANTHOR_MCU_MAJOR(x)		(((x) >> 10) & 0x3f)
#define DRM_PANTHOR_MCU_MINOR(x)		(((x) >> 4) & 0x3f)
#define DRM_PANTHOR_MCU_REV(x)			((x) & 0xf)

/* Field of &struct drm_panthor_gpu_info.mmu_features: bits of a GPU address */
#define DRM_PANTHOR_MMU_VA_BITS(x)		((x) & 0xff)

/**
 * struct drm_panthor_gpu_info - the GPU's identity and feature registers
 * @gpu_id: architecture, product and version.
 * @gpu_rev: revision.
 * @csf_id: command-stream front end: hardware and firmware generation.
 * @l2_features: level 2 cache.
 * @tiler_features: tiler.
 * @mem_features: memory system.
 * @mmu_features: address sizes.
 * @thread_features: threads and registers of a core.
 * @max_threads: threads that a core can hold.
 * @thread_max_workgroup_size: threads in a workgroup.
 * @thread_max_barrier_size: threads that can wait at one barrier.
 * @coherency_features: mask of &enum drm_panthor_gpu_coherency bits.
 * @texture_features: texture formats.
 * @as_present: mask of address-space slots.
 * @selected_coherency: &enum drm_panthor_gpu_coherency in use (1.7; zero
 *	before).
 * @shader_present: mask of shader cores.
 * @l2_present: mask of level 2 cache slices.
 * @tiler_present: mask of tilers.
 * @core_features: variant of the shader core.
 * @pad: zero.
 * @gpu_features: optional features of newer GPUs (after 1.7).
 *
 * All fields but @selected_coherency and @pad are registers as read.
 */
struct drm_panthor_gpu_info {
	__u32 gpu_id;
	__u32 gpu_rev;
	__u32 csf_id;
	__u32 l2_features;
	__u32 tiler_features;
	__u32 mem_features;
	__u32 mmu_features;
	__u32 thread_features;
	__u32 max_threads;
	__u32 thread_max_workgroup_size;
	__u32 thread_max_barrier_size;
	__u32 coherency_features;
	__u32 texture_features[4];
	__u32 as_present;
	__u32 selected_coherency;
	__u64 shader_present;
	__u64 l2_present;
	__u64 tiler_present;
	__u32 core_features;
	__u32 pad;
	__u64 gpu_features;
};

/**
 * struct drm_panthor_csif_info - the command-stream interface of the firmware
 * @csg_slot_count: groups that can be on the GPU at the same time.
 * @cs_slot_count: queues that a group can have.
 * @cs_reg_count: 32-bit registers of a command stream.
 * @scoreboard_slot_count: scoreboard entries of a command stream.
 * @unpreserved_cs_reg_count: registers, counted from the last one, that the
 *	driver overwrites between streams. Streams must not use them.
 * @pad: zero.
 */
struct drm_panthor_csif_info {
	__u32 csg_slot_count;
	__u32 cs_slot_count;
	__u32 cs_reg_count;
	__u32 scoreboard_slot_count;
	__u32 unpreserved_cs_reg_count;
	__u32 pad;
};

/**
 * enum drm_panthor_timestamp_info_flags - what a timestamp query shall fill in
 * @DRM_PANTHOR_TIMESTAMP_GPU: current_timestamp
 * @DRM_PANTHOR_TIMESTAMP_CPU_NONE: no CPU time
 * @DRM_PANTHOR_TIMESTAMP_CPU_MONOTONIC: CPU time of CLOCK_MONOTONIC
 * @DRM_PANTHOR_TIMESTAMP_CPU_MONOTONIC_RAW: of CLOCK_MONOTONIC_RAW
 * @DRM_PANTHOR_TIMESTAMP_CPU_TYPE_MASK: which clock of the CPU
 * @DRM_PANTHOR_TIMESTAMP_GPU_OFFSET: timestamp_offset
 * @DRM_PANTHOR_TIMESTAMP_GPU_CYCLE_COUNT: cycle_count
 * @DRM_PANTHOR_TIMESTAMP_FREQ: timestamp_frequency
 * @DRM_PANTHOR_TIMESTAMP_DURATION: duration_nsec
 *
 * No flag at all means %DRM_PANTHOR_TIMESTAMP_GPU,
 * %DRM_PANTHOR_TIMESTAMP_GPU_OFFSET and %DRM_PANTHOR_TIMESTAMP_FREQ.
 */
enum drm_panthor_timestamp_info_flags {
	DRM_PANTHOR_TIMESTAMP_GPU = 1 << 0,
	DRM_PANTHOR_TIMESTAMP_CPU_NONE = 0 << 1,
	DRM_PANTHOR_TIMESTAMP_CPU_MONOTONIC = 1 << 1,
	DRM_PANTHOR_TIMESTAMP_CPU_MONOTONIC_RAW = 2 << 1,
	DRM_PANTHOR_TIMESTAMP_CPU_TYPE_MASK = 7 << 1,
	DRM_PANTHOR_TIMESTAMP_GPU_OFFSET = 1 << 4,
	DRM_PANTHOR_TIMESTAMP_GPU_CYCLE_COUNT = 1 << 5,
	DRM_PANTHOR_TIMESTAMP_FREQ = 1 << 6,
	DRM_PANTHOR_TIMESTAMP_DURATION = 1 << 7,
};

/**
 * struct drm_panthor_timestamp_info - GPU and CPU clocks, read together
 * @timestamp_frequency: of the GPU timestamp, in Hz; 0 if unknown.
 * @current_timestamp: GPU timestamp, in ticks.
 * @timestamp_offset: what the GPU adds to the system counter, in ticks.
 * @flags: in: &enum drm_panthor_timestamp_info_flags (1.8). Read from user
 *	memory if the size that was passed includes it.
 * @duration_nsec: how long reading the clocks took, in ns.
 * @cycle_count: GPU cycle counter.
 * @cpu_timestamp_sec: seconds of the chosen CPU clock.
 * @cpu_timestamp_nsec: and its nanoseconds.
 */
struct drm_panthor_timestamp_info {
	__u64 timestamp_frequency;
	__u64 current_timestamp;
	__u64 timestamp_offset;
	__u32 flags;
	__u32 duration_nsec;
	__u64 cycle_count;
	__u64 cpu_timestamp_sec;
	__u64 cpu_timestamp_nsec;
};

/**
 * struct drm_panthor_group_priorities_info - priorities that this file may use
 * @allowed_mask: bit n is set if priority n of &enum drm_panthor_group_priority
 *	is allowed.
 * @pad: zero.
 */
struct drm_panthor_group_priorities_info {
	__u8 allowed_mask;
	__u8 pad[3];
};

/**
 * struct drm_panthor_mmu_info - properties of the GPU's MMU
 * @page_size_bitmap: bit n is set if pages of 2^n bytes can be mapped.
 */
struct drm_panthor_mmu_info {
	__u64 page_size_bitmap;
};

/**
 * enum drm_panthor_protected_feature_flags - kinds of access to protected memory
 * @DRM_PANTHOR_PROTECTED_FEATURE_PROTM: groups can be created with
 *	%DRM_PANTHOR_GROUP_FEATURE_PROTM, and their streams can read and write
 *	protected memory in the GPU's protected mode.
 * @DRM_PANTHOR_PROTECTED_FEATURE_BASIC: the public series' name of it
 */
enum drm_panthor_protected_feature_flags {
	DRM_PANTHOR_PROTECTED_FEATURE_PROTM = 1 << 0,
	DRM_PANTHOR_PROTECTED_FEATURE_BASIC = DRM_PANTHOR_PROTECTED_FEATURE_PROTM,
};

/**
 * struct drm_panthor_protected_info - what the device can do with protected memory
 * @features: mask of &enum drm_panthor_protected_feature_flags. Zero where the
 *	firmware or the platform has no protected memory to use.
 */
struct drm_panthor_protected_info {
	__u32 features;
};

/**
 * struct drm_panthor_dev_query - arguments of DRM_IOCTL_PANTHOR_DEV_QUERY
 * @type: in: &enum drm_panthor_dev_query_type.
 * @size: in: bytes at @pointer; what the driver does not fill is zeroed. out:
 *	if @pointer was zero, bytes of the driver's structure.
 * @pointer: in: user pointer to the structure, or zero.
 */
struct drm_panthor_dev_query {
	__u32 type;
	__u32 size;
	__u64 pointer;
};

/**
 * struct drm_panthor_vm_create - arguments of DRM_IOCTL_PANTHOR_VM_CREATE
 * @flags: zero.
 * @id: out: id of the address space, unique in this file, never 0.
 * @user_va_range: in and out: [0, @user_va_range) is the program's, the rest is
 *	the driver's. Zero lets the driver choose.
 */
struct drm_panthor_vm_create {
	__u32 flags;
	__u32 id;
	__u64 user_va_range;
};

/**
 * struct drm_panthor_vm_destroy - arguments of DRM_IOCTL_PANTHOR_VM_DESTROY
 * @id: of the address space.
 * @pad: zero.
 */
struct drm_panthor_vm_destroy {
	__u32 id;
	__u32 pad;
};

/**
 * enum drm_panthor_vm_bind_op_flags - flags of &struct drm_panthor_vm_bind_op
 * @DRM_PANTHOR_VM_BIND_OP_MAP_READONLY: the GPU may not write
 * @DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC: the GPU may not execute
 * @DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED: the GPU's caches are not used
 * @DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE: no buffer behind the range: accesses are
 *	harmless, their results undefined (1.9). Needs
 *	%DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC; bo_handle and bo_offset are zero.
 * @DRM_PANTHOR_VM_BIND_OP_TYPE_MASK: what to do
 * @DRM_PANTHOR_VM_BIND_OP_TYPE_MAP: map, replacing what is there
 * @DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP: unmap; bo_* and MAP_* are zero
 * @DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY: only wait and signal
 */
enum drm_panthor_vm_bind_op_flags {
	DRM_PANTHOR_VM_BIND_OP_MAP_READONLY = 1 << 0,
	DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC = 1 << 1,
	DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED = 1 << 2,
	DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE = 1 << 3,
	DRM_PANTHOR_VM_BIND_OP_TYPE_MASK = (int)(0xfu << 28),
	DRM_PANTHOR_VM_BIND_OP_TYPE_MAP = 0 << 28,
	DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP = 1 << 28,
	DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY = 2 << 28,
};

/**
 * struct drm_panthor_vm_bind_op - one step of a &struct drm_panthor_vm_bind
 * @flags: of &enum drm_panthor_vm_bind_op_flags.
 * @bo_handle: buffer to map.
 * @bo_offset: where in the buffer, in bytes.
 * @va: GPU address.
 * @size: bytes. Addresses, offsets and sizes are multiples of 4 KiB.
 * @syncs: array of &struct drm_panthor_sync_op; empty unless
 *	%DRM_PANTHOR_VM_BIND_ASYNC is set.
 */
struct drm_panthor_vm_bind_op {
	__u32 flags;
	__u32 bo_handle;
	__u64 bo_offset;
	__u64 va;
	__u64 size;
	struct drm_panthor_obj_array syncs;
};

/**
 * enum drm_panthor_vm_bind_flags - flags of &struct drm_panthor_vm_bind
 * @DRM_PANTHOR_VM_BIND_ASYNC: queue the steps and return. Without it the steps
 *	are done at return; if one fails, its index stands in ops.count.
 */
enum drm_panthor_vm_bind_flags {
	DRM_PANTHOR_VM_BIND_ASYNC = 1 << 0,
};

/**
 * struct drm_panthor_vm_bind - arguments of DRM_IOCTL_PANTHOR_VM_BIND
 * @vm_id: the address space.
 * @flags: of &enum drm_panthor_vm_bind_flags. Other bits are ignored, as they always were.
 * @ops: array of &struct drm_panthor_vm_bind_op.
 */
struct drm_panthor_vm_bind {
	__u32 vm_id;
	__u32 flags;
	struct drm_panthor_obj_array ops;
};

/**
 * enum drm_panthor_vm_state - answers of DRM_IOCTL_PANTHOR_VM_GET_STATE
 * @DRM_PANTHOR_VM_STATE_USABLE: all is well
 * @DRM_PANTHOR_VM_STATE_UNUSABLE: an operation failed half-way. New mappings
 *	and jobs are refused; unmapping and destroying work.
 */
enum drm_panthor_vm_state {
	DRM_PANTHOR_VM_STATE_USABLE = 0,
	DRM_PANTHOR_VM_STATE_UNUSABLE = 1,
};

/**
 * struct drm_panthor_vm_get_state - arguments of DRM_IOCTL_PANTHOR_VM_GET_STATE
 * @vm_id: the address space.
 * @state: out: &enum drm_panthor_vm_state.
 */
struct drm_panthor_vm_get_state {
	__u32 vm_id;
	__u32 state;
};

/**
 * enum drm_panthor_bo_flags - flags of &struct drm_panthor_bo_create
 * @DRM_PANTHOR_BO_NO_MMAP: the CPU will never map it
 * @DRM_PANTHOR_BO_WB_MMAP: CPU mappings are cached (1.7); see
 *	DRM_IOCTL_PANTHOR_BO_SYNC. Not with %DRM_PANTHOR_BO_NO_MMAP.
 */
enum drm_panthor_bo_flags {
	DRM_PANTHOR_BO_NO_MMAP = 1 << 0,
	DRM_PANTHOR_BO_WB_MMAP = 1 << 1,
};

/**
 * struct drm_panthor_bo_create - arguments of DRM_IOCTL_PANTHOR_BO_CREATE
 * @size: in: bytes; out: rounded up to pages.
 * @flags: of &enum drm_panthor_bo_flags.
 * @exclusive_vm_id: if not zero, the buffer can be mapped in this address space
 *	only and cannot be exported; it then shares the reservation of the address
 *	space, which makes submitting cheaper.
 * @handle: out: GEM handle.
 * @pad: zero.
 */
struct drm_panthor_bo_create {
	__u64 size;
	__u32 flags;
	__u32 exclusive_vm_id;
	__u32 handle;
	__u32 pad;
};

/**
 * struct drm_panthor_bo_mmap_offset - arguments of DRM_IOCTL_PANTHOR_BO_MMAP_OFFSET
 * @handle: GEM handle.
 * @pad: zero.
 * @offset: out: for mmap() of the render node.
 */
struct drm_panthor_bo_mmap_offset {
	__u32 handle;
	__u32 pad;
	__u64 offset;
};

/**
 * struct drm_panthor_queue_create - one queue of a &struct drm_panthor_group_create
 * @priority: 0 to 15, in the group; a higher number goes first.
 * @pad: zero.
 * @ringbuf_size: bytes, a power of two from 4 KiB to 64 KiB.
 */
struct drm_panthor_queue_create {
	__u8 priority;
	__u8 pad[3];
	__u32 ringbuf_size;
};

/**
 * enum drm_panthor_group_priority - priorities of groups, the lowest first
 * @PANTHOR_GROUP_PRIORITY_LOW: background work
 * @PANTHOR_GROUP_PRIORITY_MEDIUM: normal work
 * @PANTHOR_GROUP_PRIORITY_HIGH: needs CAP_SYS_NICE or DRM master
 * @PANTHOR_GROUP_PRIORITY_REALTIME: same (1.2)
 */
enum drm_panthor_group_priority {
	PANTHOR_GROUP_PRIORITY_LOW = 0,
	PANTHOR_GROUP_PRIORITY_MEDIUM = 1,
	PANTHOR_GROUP_PRIORITY_HIGH = 2,
	PANTHOR_GROUP_PRIORITY_REALTIME = 3,
};

/**
 * enum drm_panthor_group_feature_flags - flags of &struct drm_panthor_group_create
 * @DRM_PANTHOR_GROUP_FEATURE_PROTM: streams of this group may contain
 *	PROT_REGION instructions. Needs %DRM_PANTHOR_PROTECTED_FEATURE_PROTM. The
 *	first such group of a device may take long to create, because it can mean a
 *	reset of the GPU, in which nobody loses work. -ENODEV: there is no protected
 *	memory; -ENOMEM: not enough; -EBUSY: somebody else's group is in the way now;
 *	-EIO: firmware does not boot with it. A group without this flag is killed when
 *	it comes to a protected region.
 * @DRM_PANTHOR_GROUP_CREATE_PROTECTED: the public series' name of it
 */
enum drm_panthor_group_feature_flags {
	DRM_PANTHOR_GROUP_FEATURE_PROTM = 1 << 0,
	DRM_PANTHOR_GROUP_CREATE_PROTECTED = DRM_PANTHOR_GROUP_FEATURE_PROTM,
};

/**
 * struct drm_panthor_group_create - arguments of DRM_IOCTL_PANTHOR_GROUP_CREATE
 * @queues: array of &struct drm_panthor_queue_create.
 * @max_compute_cores: cores of @compute_core_mask in use at a time.
 * @max_fragment_cores: cores of @fragment_core_mask in use at a time.
 * @max_tiler_cores: tilers of @tiler_core_mask in use at a time.
 * @priority: &enum drm_panthor_group_priority.
 * @flags: of &enum drm_panthor_group_feature_flags. Must be zero for drivers
 *	without %DRM_PANTHOR_DEV_QUERY_PROTECTED_INFO.
 * @compute_core_mask: shader cores for compute work.
 * @fragment_core_mask: shader cores for fragment work.
 * @tiler_core_mask: tilers.
 * @vm_id: address space of all queues.
 * @group_handle: out: handle, unique in this file, never 0.
 */
struct drm_panthor_group_create {
	struct drm_panthor_obj_array queues;
	__u8 max_compute_cores;
	__u8 max_fragment_cores;
	__u8 max_tiler_cores;
	__u8 priority;
	__u32 flags;
	__u64 compute_core_mask;
	__u64 fragment_core_mask;
	__u64 tiler_core_mask;
	__u32 vm_id;
	__u32 group_handle;
};

/**
 * struct drm_panthor_group_destroy - arguments of DRM_IOCTL_PANTHOR_GROUP_DESTROY
 * @group_handle: the group. Work that has not ended is killed.
 * @pad: zero.
 */
struct drm_panthor_group_destroy {
	__u32 group_handle;
	__u32 pad;
};

/**
 * struct drm_panthor_queue_submit - one job of a &struct drm_panthor_group_submit
 * @queue_index: of the group's queues.
 * @stream_size: bytes, a multiple of 8. Zero for a job that only waits and
 *	signals.
 * @stream_addr: GPU address, a multiple of 64; zero if @stream_size is.
 * @latest_flush: flush counter (%DRM_PANTHOR_USER_FLUSH_ID_MMIO_OFFSET) read
 *	after the stream was written: if a flush happened since, the job needs none.
 *	Zero always flushes.
 * @pad: zero.
 * @syncs: array of &struct drm_panthor_sync_op.
 */
struct drm_panthor_queue_submit {
	__u32 queue_index;
	__u32 stream_size;
	__u64 stream_addr;
	__u32 latest_flush;
	__u32 pad;
	struct drm_panthor_obj_array syncs;
};

/**
 * struct drm_panthor_group_submit - arguments of DRM_IOCTL_PANTHOR_GROUP_SUBMIT
 * @group_handle: the group.
 * @pad: zero.
 * @queue_submits: array of &struct drm_panthor_queue_submit.
 */
struct drm_panthor_group_submit {
	__u32 group_handle;
	__u32 pad;
	struct drm_panthor_obj_array queue_submits;
};

/**
 * enum drm_panthor_group_state_flags - answers of DRM_IOCTL_PANTHOR_GROUP_GET_STATE
 * @DRM_PANTHOR_GROUP_STATE_TIMEDOUT: a job took too long
 * @DRM_PANTHOR_GROUP_STATE_FATAL_FAULT: see fatal_queues
 * @DRM_PANTHOR_GROUP_STATE_INNOCENT: lost by a reset that others caused (1.3)
 *
 * A group with any of these runs no more jobs.
 */
enum drm_panthor_group_state_flags {
	DRM_PANTHOR_GROUP_STATE_TIMEDOUT = 1 << 0,
	DRM_PANTHOR_GROUP_STATE_FATAL_FAULT = 1 << 1,
	DRM_PANTHOR_GROUP_STATE_INNOCENT = 1 << 2,
};

/**
 * struct drm_panthor_group_get_state - arguments of DRM_IOCTL_PANTHOR_GROUP_GET_STATE
 * @group_handle: the group.
 * @state: out: mask of &enum drm_panthor_group_state_flags.
 * @fatal_queues: out: mask of the queues that had a fatal fault.
 * @pad: zero.
 */
struct drm_panthor_group_get_state {
	__u32 group_handle;
	__u32 state;
	__u32 fatal_queues;
	__u32 pad;
};

/**
 * struct drm_panthor_tiler_heap_create - arguments of DRM_IOCTL_PANTHOR_TILER_HEAP_CREATE
 * @vm_id: address space to put it in.
 * @initial_chunk_count: 1 to @max_chunks.
 * @chunk_size: bytes, whole pages, 128 KiB to 8 MiB.
 * @max_chunks: it never grows beyond.
 * @target_in_flight: render passes in flight beyond which it does not grow.
 * @handle: out: of the heap.
 * @tiler_heap_ctx_gpu_va: out: GPU address of the heap's context.
 * @first_heap_chunk_gpu_va: out: GPU address of the first chunk.
 */
struct drm_panthor_tiler_heap_create {
	__u32 vm_id;
	__u32 initial_chunk_count;
	__u32 chunk_size;
	__u32 max_chunks;
	__u32 target_in_flight;
	__u32 handle;
	__u64 tiler_heap_ctx_gpu_va;
	__u64 first_heap_chunk_gpu_va;
};

/**
 * struct drm_panthor_tiler_heap_destroy - arguments of DRM_IOCTL_PANTHOR_TILER_HEAP_DESTROY
 * @handle: of the heap.
 * @pad: zero.
 */
struct drm_panthor_tiler_heap_destroy {
	__u32 handle;
	__u32 pad;
};

/**
 * struct drm_panthor_bo_set_label - arguments of DRM_IOCTL_PANTHOR_BO_SET_LABEL
 * @handle: GEM handle.
 * @pad: zero.
 * @label: user pointer to a string of at most 4096 bytes with its NUL; zero
 *	removes the label.
 */
struct drm_panthor_bo_set_label {
	__u32 handle;
	__u32 pad;
	__u64 label;
};

/**
 * struct drm_panthor_set_user_mmio_offset - arguments of DRM_IOCTL_PANTHOR_SET_USER_MMIO_OFFSET
 * @offset: %DRM_PANTHOR_USER_MMIO_OFFSET_32BIT or
 *	%DRM_PANTHOR_USER_MMIO_OFFSET_64BIT.
 */
struct drm_panthor_set_user_mmio_offset {
	__u64 offset;
};

/**
 * enum drm_panthor_bo_sync_op_type - what DRM_IOCTL_PANTHOR_BO_SYNC does
 * @DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH: before the GPU reads
 * @DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE: before the CPU reads
 */
enum drm_panthor_bo_sync_op_type {
	DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH = 0,
	DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE = 1,
};

/**
 * struct drm_panthor_bo_sync_op - one range of a &struct drm_panthor_bo_sync
 * @handle: GEM handle; imported buffers are refused.
 * @type: &enum drm_panthor_bo_sync_op_type.
 * @offset: bytes.
 * @size: bytes.
 */
struct drm_panthor_bo_sync_op {
	__u32 handle;
	__u32 type;
	__u64 offset;
	__u64 size;
};

/**
 * struct drm_panthor_bo_sync - arguments of DRM_IOCTL_PANTHOR_BO_SYNC
 * @ops: array of &struct drm_panthor_bo_sync_op.
 */
struct drm_panthor_bo_sync {
	struct drm_panthor_obj_array ops;
};

/**
 * enum drm_panthor_bo_extra_flags - properties that a buffer got elsewhere
 * @DRM_PANTHOR_BO_IS_IMPORTED: it came in through PRIME
 */
enum drm_panthor_bo_extra_flags {
	DRM_PANTHOR_BO_IS_IMPORTED = 1 << 0,
};

/**
 * struct drm_panthor_bo_query_info - arguments of DRM_IOCTL_PANTHOR_BO_QUERY_INFO
 * @handle: GEM handle.
 * @extra_flags: out: mask of &enum drm_panthor_bo_extra_flags.
 * @create_flags: out: flags that it was created with.
 * @pad: zero.
 */
struct drm_panthor_bo_query_info {
	__u32 handle;
	__u32 extra_flags;
	__u32 create_flags;
	__u32 pad;
};

/* Number of an ioctl: R, W or WR as the program sees it, command and structure without prefix */
#define DRM_IOCTL_PANTHOR(__access, __id, __type)		\
	DRM_IO ## __access(DRM_COMMAND_BASE + DRM_PANTHOR_ ## __id, struct drm_panthor_ ## __type)

enum {
	DRM_IOCTL_PANTHOR_DEV_QUERY = DRM_IOCTL_PANTHOR(WR, DEV_QUERY, dev_query),
	DRM_IOCTL_PANTHOR_VM_CREATE = DRM_IOCTL_PANTHOR(WR, VM_CREATE, vm_create),
	DRM_IOCTL_PANTHOR_VM_DESTROY = DRM_IOCTL_PANTHOR(WR, VM_DESTROY, vm_destroy),
	DRM_IOCTL_PANTHOR_VM_BIND = DRM_IOCTL_PANTHOR(WR, VM_BIND, vm_bind),
	DRM_IOCTL_PANTHOR_VM_GET_STATE = DRM_IOCTL_PANTHOR(WR, VM_GET_STATE, vm_get_state),
	DRM_IOCTL_PANTHOR_BO_CREATE = DRM_IOCTL_PANTHOR(WR, BO_CREATE, bo_create),
	DRM_IOCTL_PANTHOR_BO_MMAP_OFFSET = DRM_IOCTL_PANTHOR(WR, BO_MMAP_OFFSET, bo_mmap_offset),
	DRM_IOCTL_PANTHOR_GROUP_CREATE = DRM_IOCTL_PANTHOR(WR, GROUP_CREATE, group_create),
	DRM_IOCTL_PANTHOR_GROUP_DESTROY = DRM_IOCTL_PANTHOR(WR, GROUP_DESTROY, group_destroy),
	DRM_IOCTL_PANTHOR_GROUP_SUBMIT = DRM_IOCTL_PANTHOR(WR, GROUP_SUBMIT, group_submit),
	DRM_IOCTL_PANTHOR_GROUP_GET_STATE = DRM_IOCTL_PANTHOR(WR, GROUP_GET_STATE, group_get_state),
	DRM_IOCTL_PANTHOR_TILER_HEAP_CREATE = DRM_IOCTL_PANTHOR(WR, TILER_HEAP_CREATE, tiler_heap_create),
	DRM_IOCTL_PANTHOR_TILER_HEAP_DESTROY = DRM_IOCTL_PANTHOR(WR, TILER_HEAP_DESTROY, tiler_heap_destroy),
	DRM_IOCTL_PANTHOR_BO_SET_LABEL = DRM_IOCTL_PANTHOR(WR, BO_SET_LABEL, bo_set_label),
	DRM_IOCTL_PANTHOR_SET_USER_MMIO_OFFSET = DRM_IOCTL_PANTHOR(WR, SET_USER_MMIO_OFFSET, set_user_mmio_offset),
	DRM_IOCTL_PANTHOR_BO_SYNC = DRM_IOCTL_PANTHOR(WR, BO_SYNC, bo_sync),
	DRM_IOCTL_PANTHOR_BO_QUERY_INFO = DRM_IOCTL_PANTHOR(WR, BO_QUERY_INFO, bo_query_info),
};

#if defined(__cplusplus)
}
#endif

#endif /* _PANTHOR_PROTM_DRM_H_ */

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Differential suite: the operations of VM_BIND, each at once and as a job. What
 * is mapped at the end is asked of the GPU.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "diff_bind.h"

#define UNMAP		DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP
#define SYNC_ONLY	DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY
#define READONLY	DRM_PANTHOR_VM_BIND_OP_MAP_READONLY
#define NOEXEC		DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC
#define UNCACHED	DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED
#define SPARSE		DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE
#define ASYNC		DRM_PANTHOR_VM_BIND_ASYNC
#define SIGNAL		DRM_PANTHOR_SYNC_OP_SIGNAL
#define VA		(64 * SZ_2M)
#define R_ADDR		60

static struct {
	struct gpu *gpu;
	struct gpu_vm vm, other;
	struct gpu_bo code;
	struct gpu_group group;
	bool group_alive;
	u32 bo, big, exclusive, foreign, no_mmap, sync;
	bool async;
} t;

static bool access_works(u64 va, bool store)
{
	struct cs cs = gpu_cs(&t.code, 0, SZ_4K);
	int ret;

	if (!t.group_alive)
		gpu_group_init(&t.vm, &t.group, 1);
	t.group_alive = true;
	cs_move48(&cs, R_ADDR, va);
	cs_load(&cs, 0, 1, R_ADDR, 0);
	cs_wait(&cs, CS_ALL_SB);
	if (store)
		cs_store(&cs, 0, 1, R_ADDR, 0);
	cs_wait(&cs, CS_ALL_SB);
	ret = gpu_run(&t.group, 0, &cs);
	if (ret) {
		gpu_group_fini(&t.group);
		t.group_alive = false;
	}
	return !ret;
}

/* What the GPU may do at an address. */
static const char *probe(u64 va)
{
	return access_works(va, true) ? "rw" : access_works(va, false) ? "r" : "none";
}

static int vm_state(u32 id)
{
	struct drm_panthor_vm_get_state s = { .vm_id = id };
	int ret = gpu_call(t.gpu, VM_GET_STATE, &s);

	return ret ? ret : (int)s.state;
}

static void setup(struct gpu *gpu)
{
	t.gpu = gpu;
	gpu_vm_init(gpu, &t.vm);
	gpu_vm_init(gpu, &t.other);
	gpu_bo_init(&t.vm, &t.code, SZ_64K);
	gpu_bo_create(gpu, SZ_64K, 0, 0, &t.bo);
	gpu_bo_create(gpu, 3 * SZ_2M, 0, 0, &t.big);
	gpu_bo_create(gpu, SZ_64K, 0, t.vm.id, &t.exclusive);
	gpu_bo_create(gpu, SZ_64K, 0, t.other.id, &t.foreign);
	gpu_bo_create(gpu, SZ_64K, DRM_PANTHOR_BO_NO_MMAP, 0, &t.no_mmap);
	drm_sync_create(gpu->fd, &t.sync);
	t.group_alive = false;
}

/* After something that cost the VM its life. A new file gives the same handles in the same order. */
static void renew(void)
{
	munmap(t.code.cpu, t.code.size);
	gpu_close(t.gpu);
	gpu_open(t.gpu);
	setup(t.gpu);
}

/* Wait for the jobs of t.vm that signal nothing themselves. Their queue is in order. */
static int drain(void)
{
	struct drm_panthor_sync_op signal = { .flags = SIGNAL, .handle = t.sync };
	struct drm_panthor_vm_bind_op op = {
		.flags = SYNC_ONLY, .syncs = DRM_PANTHOR_OBJ_ARRAY(1, &signal),
	};
	struct drm_panthor_vm_bind b = {
		.vm_id = t.vm.id, .flags = ASYNC, .ops = DRM_PANTHOR_OBJ_ARRAY(1, &op),
	};
	int ret = gpu_call(t.gpu, VM_BIND, &b);

	return ret ? ret : drm_sync_wait_status(t.gpu->fd, t.sync, JOB_MS);
}

/* Call it; if asynchronous, the last operation of those that are there signals t.sync. */
static int call(struct diff_bind *b, int *fence)
{
	u32 last = b->bind.ops.count - 1, n;
	int ret;

	*fence = 0;
	if (t.async) {
		b->bind.flags ^= ASYNC;
		if (last < BIND_OPS && !b->keep) {
			n = b->ops[last].op.syncs.count;
			if (n < BIND_SYNCS)
				b->ops[last].syncs[n].op = (struct drm_panthor_sync_op){
					.flags = SIGNAL, .handle = t.sync };
			b->ops[last].op.syncs.count++;
		}
		drm_sync_reset(t.gpu->fd, t.sync);
	}
	ret = diff_bind_call(t.gpu, b);
	if (ret || !t.async || !(b->bind.flags & ASYNC))
		return ret;
	if (last < BIND_OPS && !b->keep)
		*fence = drm_sync_wait_status(t.gpu->fd, t.sync, JOB_MS);
	else
		*fence = drain();
	return ret;
}

static void run(void *ctx, void *arg, struct diff_out *out)
{
	struct diff_bind *b = arg;
	u64 va = b->ops[0].op.va;
	int fence, ret = call(b, &fence);

	(void)ctx;
	diff_add(out, "%s,count=%u,state=%d", diff_error(ret), b->bind.ops.count, vm_state(t.vm.id));
	if (fence) {
		diff_add(out, ",fence=%s", diff_error(fence));
		renew();
		return;
	}
	if (!ret && va >= VA && va < t.vm.range && b->bind.vm_id == t.vm.id)
		diff_add(out, ",gpu=%s", probe(va));
	/* Not the code, which lies below. */
	ret = gpu_unmap(&t.vm, VA, t.vm.range - VA);
	if (ret)
		diff_add(out, ",unmap=%s", diff_error(ret));
}

static void table(const char *name, const struct diff_bind *base, const struct diff_row *rows, u32 n)
{
	char full[64];
	const struct diff_table tab = {
		.name = full, .base = base, .size = sizeof(*base), .run = run,
	};

	snprintf(full, sizeof(full), "%s/%s", t.async ? "vm_bind_async" : "vm_bind", name);
	diff_rows(&tab, rows, n);
}

#define F(field, v)	DIFF_FIELD(struct diff_bind, field, v)
#define OP(field, v)	F(ops[0].op.field, v)

static void addresses(void)
{
	struct diff_bind base;
	const u64 end = t.vm.range;
	const struct diff_row rows[] = {
		{ "plain" },
		{ "va_0", { OP(va, 0), OP(size, SZ_4K) } },
		{ "va_1", { OP(va, VA + 1) } },
		{ "va_800", { OP(va, VA + 0x800) } },
		{ "va_end_page", { OP(va, end - SZ_4K), OP(size, SZ_4K) } },
		{ "va_over_end", { OP(va, end - SZ_4K), OP(size, 2 * SZ_4K) }, 9 },
		{ "va_at_end", { OP(va, end), OP(size, SZ_4K) }, 9 },
		{ "va_48_bits", { OP(va, (1ull << 48) - SZ_4K), OP(size, SZ_4K) }, 9 },
		{ "va_over_48_bits", { OP(va, (1ull << 48) - SZ_4K), OP(size, 2 * SZ_4K) } },
		{ "va_beyond_48_bits", { OP(va, 1ull << 48), OP(size, SZ_4K) } },
		{ "va_top", { OP(va, ~0xfffull), OP(size, SZ_4K) } },
		{ "va_wraps", { OP(va, ~0xfffull), OP(size, SZ_64K) } },
		{ "va_wraps_to_va", { OP(va, 0 - SZ_64K + VA), OP(size, SZ_64K) } },
		{ "size_0", { OP(size, 0) } },
		{ "size_0_and_wrong", { OP(size, 0), OP(va, 1), OP(bo_handle, 12345) } },
		{ "size_1", { OP(size, 1) } },
		{ "size_800", { OP(size, 0x800) } },
		{ "size_1001", { OP(size, 0x1001) } },
		{ "size_all", { OP(size, 3 * SZ_2M), OP(bo_handle, t.big) } },
		{ "size_beyond", { OP(size, SZ_64K + SZ_4K) } },
		{ "size_wraps", { OP(size, 0 - SZ_4K) } },
		{ "size_max", { OP(size, ~0ull) } },
		{ "offset", { OP(bo_offset, SZ_4K), OP(size, SZ_4K) } },
		{ "offset_last", { OP(bo_offset, SZ_64K - SZ_4K), OP(size, SZ_4K) } },
		{ "offset_1", { OP(bo_offset, 1), OP(size, SZ_4K) } },
		{ "offset_800", { OP(bo_offset, 0x800), OP(size, SZ_4K) } },
		{ "offset_at_end", { OP(bo_offset, SZ_64K), OP(size, SZ_4K) } },
		{ "offset_over_end", { OP(bo_offset, SZ_4K) } },
		{ "offset_top", { OP(bo_offset, ~0xfffull), OP(size, SZ_4K) } },
		{ "offset_wraps", { OP(bo_offset, 0 - SZ_4K), OP(size, 2 * SZ_4K) } },
		{ "odd_in_big", { OP(bo_handle, t.big), OP(va, VA + SZ_4K), OP(bo_offset, SZ_2M),
				  OP(size, SZ_2M) } },
	};

	diff_bind_init(&base, t.vm.id, 0, t.bo, 0, VA, SZ_64K);
	table("address", &base, rows, ARRAY_SIZE(rows));
}

static void flags(void)
{
	struct diff_bind base;
	const struct diff_row rows[] = {
		{ "readonly", { OP(flags, READONLY) } },
		{ "noexec", { OP(flags, NOEXEC) } },
		{ "uncached", { OP(flags, UNCACHED) } },
		{ "all_three", { OP(flags, READONLY | NOEXEC | UNCACHED) } },
		{ "bit_4", { OP(flags, 1u << 4) } },
		{ "bit_27", { OP(flags, 1u << 27) } },
		{ "bits_4_to_27", { OP(flags, 0x0ffffff0) } },
		{ "type_3", { OP(flags, 3u << 28) } },
		{ "type_15", { OP(flags, 15u << 28) } },
		{ "type_3_size_0", { OP(flags, 3u << 28), OP(size, 0) } },
		{ "sparse", { OP(flags, SPARSE | NOEXEC), OP(bo_handle, 0) }, 9 },
		{ "sparse_readonly", { OP(flags, SPARSE | NOEXEC | READONLY), OP(bo_handle, 0) }, 9 },
		{ "sparse_uncached", { OP(flags, SPARSE | NOEXEC | UNCACHED), OP(bo_handle, 0) }, 9 },
		{ "sparse_exec", { OP(flags, SPARSE), OP(bo_handle, 0) }, 9 },
		{ "sparse_bo", { OP(flags, SPARSE | NOEXEC) }, 9 },
		{ "sparse_bad_bo", { OP(flags, SPARSE | NOEXEC), OP(bo_handle, 12345) }, 9 },
		{ "sparse_offset", { OP(flags, SPARSE | NOEXEC), OP(bo_handle, 0), OP(bo_offset, SZ_4K) }, 9 },
		{ "sparse_4k", { OP(flags, SPARSE | NOEXEC), OP(bo_handle, 0), OP(size, SZ_4K) }, 9 },
		{ "sparse_64m", { OP(flags, SPARSE | NOEXEC), OP(bo_handle, 0), OP(size, 32 * SZ_2M) }, 9 },
		{ "sparse_odd", { OP(flags, SPARSE | NOEXEC), OP(bo_handle, 0), OP(va, VA + SZ_4K),
				  OP(size, 4 * SZ_2M) }, 9 },
		{ "sparse_size_0", { OP(flags, SPARSE | NOEXEC), OP(bo_handle, 0), OP(size, 0) }, 9 },
		{ "sparse_misaligned", { OP(flags, SPARSE | NOEXEC), OP(bo_handle, 0), OP(size, 0x800) }, 9 },
		{ "sparse_beyond", { OP(flags, SPARSE | NOEXEC), OP(bo_handle, 0), OP(va, t.vm.range) }, 9 },
		{ "unmap_sparse", { OP(flags, UNMAP | SPARSE), OP(bo_handle, 0) }, 9 },
		{ "sync_only_sparse", { OP(flags, SYNC_ONLY | SPARSE), OP(bo_handle, 0), OP(va, 0),
					OP(size, 0) }, 9 },
	};

	diff_bind_init(&base, t.vm.id, 0, t.bo, 0, VA, SZ_64K);
	table("flags", &base, rows, ARRAY_SIZE(rows));
}

static void unmaps(void)
{
	struct diff_bind base;
	const struct diff_row rows[] = {
		{ "nothing_there" },
		{ "bo", { OP(bo_handle, t.bo) } },
		{ "bo_bad", { OP(bo_handle, 12345) } },
		{ "offset", { OP(bo_offset, SZ_4K) }, 9 },
		{ "offset_odd", { OP(bo_offset, 1) } },
		{ "readonly", { OP(flags, UNMAP | READONLY) } },
		{ "bit_27", { OP(flags, UNMAP | 1u << 27) } },
		{ "va_odd", { OP(va, VA + 0x10) } },
		{ "size_odd", { OP(size, 0x10) } },
		{ "size_0", { OP(size, 0) } },
		{ "all", { OP(size, t.vm.range - VA) } },
		{ "over_the_end", { OP(size, t.vm.range) }, 9 },
		{ "beyond_48_bits", { OP(va, 1ull << 48) } },
		{ "wraps", { OP(size, 0 - SZ_4K) } },
		{ "va_max", { OP(va, ~0xfffull), OP(size, SZ_4K) } },
	};
	const struct diff_row only[] = {
		{ "plain", { OP(flags, SYNC_ONLY) } },
		{ "bo", { OP(flags, SYNC_ONLY), OP(bo_handle, t.bo) } },
		{ "offset", { OP(flags, SYNC_ONLY), OP(bo_offset, SZ_4K) }, 9 },
		{ "va", { OP(flags, SYNC_ONLY), OP(va, VA) } },
		{ "size", { OP(flags, SYNC_ONLY), OP(size, SZ_4K) } },
		{ "va_size", { OP(flags, SYNC_ONLY), OP(va, VA), OP(size, SZ_4K) } },
		{ "flag", { OP(flags, SYNC_ONLY | NOEXEC) } },
		{ "two_syncs", { OP(flags, SYNC_ONLY), OP(syncs.count, 1), F(ops[0].syncs[0].op.flags, SIGNAL),
				 F(ops[0].syncs[0].op.handle, t.sync) } },
	};

	diff_bind_init(&base, t.vm.id, UNMAP, 0, 0, VA, SZ_64K);
	table("unmap", &base, rows, ARRAY_SIZE(rows));
	diff_bind_init(&base, t.vm.id, UNMAP, 0, 0, 0, 0);
	table("sync_only", &base, only, ARRAY_SIZE(only));
}

static void objects(void)
{
	struct diff_bind base;
	const struct diff_row rows[] = {
		{ "bo_0", { OP(bo_handle, 0) } },
		{ "bo_bad", { OP(bo_handle, 12345) } },
		{ "bo_max", { OP(bo_handle, ~0u) } },
		{ "exclusive", { OP(bo_handle, t.exclusive) } },
		{ "foreign", { OP(bo_handle, t.foreign) } },
		{ "foreign_in_its_own", { OP(bo_handle, t.foreign), F(bind.vm_id, t.other.id) } },
		{ "exclusive_elsewhere", { OP(bo_handle, t.exclusive), F(bind.vm_id, t.other.id) } },
		{ "no_mmap", { OP(bo_handle, t.no_mmap) } },
		{ "vm_0", { F(bind.vm_id, 0) } },
		{ "vm_bad", { F(bind.vm_id, 30) } },
		{ "vm_max", { F(bind.vm_id, ~0u) } },
		{ "vm_bad_count_0", { F(bind.vm_id, 30), F(bind.ops.count, 0) } },
		{ "vm_wide", { F(bind.vm_id, 0x10000 | t.vm.id) } },
		{ "flags_2", { F(bind.flags, 2) } },
		{ "flags_top", { F(bind.flags, 1u << 31) } },
		{ "flags_all_but_async", { F(bind.flags, ~1u) } },
	};

	diff_bind_init(&base, t.vm.id, 0, t.bo, 0, VA, SZ_64K);
	table("object", &base, rows, ARRAY_SIZE(rows));
	gpu_unmap(&t.other, VA, SZ_64K);
}

static void arrays(void)
{
	struct drm_panthor_vm_bind_op two[2];
	struct diff_bind base;

	diff_bind_init(&base, t.vm.id, 0, t.bo, 0, VA, SZ_64K);
	two[0] = two[1] = base.ops[0].op;
	base.ops[1].op.va += SZ_2M;
	base.ops[2].op.va += 2 * SZ_2M;
#define STRIDE(v)	{ "stride_" #v, { F(bind.ops.stride, v), F(bind.ops.count, 3) } }
#define ARRAY(v)	F(keep, 1), F(bind.ops.array, v)
	const struct diff_row rows[] = {
		{ "count_0", { F(bind.ops.count, 0) } },
		{ "count_0_stride_0", { F(bind.ops.count, 0), F(bind.ops.stride, 0) } },
		{ "count_0_low", { F(bind.ops.count, 0), ARRAY(DIFF_BAD_LOW) } },
		{ "count_3", { F(bind.ops.count, 3) } },
		STRIDE(0), STRIDE(1), STRIDE(40), STRIDE(47), STRIDE(49), STRIDE(52), STRIDE(56),
		{ "stride_56_tail", { F(bind.ops.stride, 56), F(bind.ops.count, 3), F(ops[1].tail, 1) } },
		{ "stride_56_tail_of_unused", { F(bind.ops.stride, 56), F(ops[1].tail, 1) } },
		{ "stride_56_tail_first", { F(bind.ops.stride, 56), F(ops[0].tail, 1ull << 63) } },
		{ "stride_huge", { F(bind.ops.stride, ~0u), ARRAY((uintptr_t)two) } },
		{ "null", { ARRAY(0) } },
		{ "low", { ARRAY(DIFF_BAD_LOW) } },
		{ "kernel", { ARRAY(DIFF_BAD_KERNEL) } },
		{ "top", { ARRAY(DIFF_BAD_TOP) } },
		{ "half", { F(bind.ops.count, 3), ARRAY((uintptr_t)diff_page_end(two, sizeof(two))) } },
		{ "to_the_end", { F(bind.ops.count, 2), ARRAY((uintptr_t)diff_page_end(two, sizeof(two))) } },
		{ "count_huge", { F(bind.ops.count, 1u << 19), ARRAY((uintptr_t)two) } },
		{ "first_bad", { F(bind.ops.count, 3), OP(va, 1) } },
		{ "second_bad", { F(bind.ops.count, 3), F(ops[1].op.va, 1) } },
		{ "third_bad", { F(bind.ops.count, 3), F(ops[2].op.bo_handle, 12345) } },
		{ "third_bad_type", { F(bind.ops.count, 3), F(ops[2].op.flags, 5u << 28) } },
		{ "second_unmaps_first", { F(bind.ops.count, 2), F(ops[1].op.flags, UNMAP),
					   F(ops[1].op.bo_handle, 0), F(ops[1].op.va, VA) } },
		{ "second_replaces_first", { F(bind.ops.count, 2), F(ops[1].op.flags, READONLY),
					     F(ops[1].op.va, VA) } },
		{ "third_splits_first", { F(bind.ops.count, 3), F(ops[2].op.flags, UNMAP),
					  F(ops[2].op.bo_handle, 0), F(ops[2].op.va, VA + SZ_4K), F(ops[2].op.size, SZ_4K) } },
	};

	table("array", &base, rows, ARRAY_SIZE(rows));
#undef STRIDE
#undef ARRAY
}

/* With a first operation that works and a last that does not: what is there in the end? */
static void half_done(void)
{
	struct diff_bind b;
	char name[64];
	int ret, fence;

	diff_bind_init(&b, t.vm.id, 0, t.bo, 0, VA, SZ_64K);
	b.bind.ops.count = 3;
	b.ops[1].op.va += SZ_2M;
	b.ops[2].op.va += 2 * SZ_2M;
	b.ops[1].op.size = 1;
	ret = call(&b, &fence);
	snprintf(name, sizeof(name), "%s/half_done", t.async ? "vm_bind_async" : "vm_bind");
	diff_case(0, name, "%s,count=%u,state=%d,first=%s,second=%s,third=%s,signalled=%s",
		  diff_error(ret), b.bind.ops.count, vm_state(t.vm.id), probe(VA),
		  probe(VA + SZ_2M), probe(VA + 2 * SZ_2M),
		  diff_error(drm_sync_status(t.gpu->fd, t.sync)));
	gpu_unmap(&t.vm, VA, 4 * SZ_2M);
}

int main(void)
{
	struct gpu gpu;

	diff_open(&gpu);
	setup(&gpu);
	for (t.async = false;; t.async = true) {
		addresses();
		flags();
		unmaps();
		objects();
		arrays();
		half_done();
		if (t.async)
			break;
	}
	gpu_close(&gpu);
	return 0;
}

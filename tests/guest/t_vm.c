// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Address spaces and buffers, without running anything on the GPU. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gpu.h"

#define UNMAP		DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP
#define SYNC_ONLY	DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY

static int vm_state(struct gpu_vm *vm)
{
	struct drm_panthor_vm_get_state s = { .vm_id = vm->id, .state = ~0u };
	int ret = gpu_call(vm->gpu, VM_GET_STATE, &s);

	return ret ? ret : (int)s.state;
}

static void test_vm(struct gpu *gpu)
{
	struct drm_panthor_vm_create c = { .flags = 1 };
	struct drm_panthor_vm_destroy d = { .id = 12345 };
	struct drm_panthor_vm_get_state s = { .vm_id = 12345 };
	u32 ids[33], n, i;

	is(gpu_call(gpu, VM_CREATE, &c), -EINVAL, "VM_CREATE: unknown flag");
	is(gpu_call(gpu, VM_DESTROY, &d), -EINVAL, "VM_DESTROY: bad id");
	is(gpu_call(gpu, VM_GET_STATE, &s), -EINVAL, "VM_GET_STATE: bad id");

	c = (struct drm_panthor_vm_create){ .user_va_range = 1ull << 32 };
	is(gpu_call(gpu, VM_CREATE, &c), 0, "VM_CREATE: 4 GiB asked for");
	between(c.user_va_range, 1ll << 32, 1ll << 48, "and got, or more");
	ok(c.id, "id is not 0");
	d = (struct drm_panthor_vm_destroy){ .id = c.id, .pad = 1 };
	is(gpu_call(gpu, VM_DESTROY, &d), -EINVAL, "VM_DESTROY: padding");
	d.pad = 0;
	is(gpu_call(gpu, VM_DESTROY, &d), 0, "VM_DESTROY");
	is(gpu_call(gpu, VM_DESTROY, &d), -EINVAL, "VM_DESTROY: once only");

	for (n = 0; n < 33; n++) {
		c = (struct drm_panthor_vm_create){ 0 };
		if (gpu_call(gpu, VM_CREATE, &c))
			break;
		ids[n] = c.id;
	}
	is(n, 32, "address spaces per file");
	for (i = 0; i < n; i++) {
		d = (struct drm_panthor_vm_destroy){ .id = ids[i] };
		gpu_call(gpu, VM_DESTROY, &d);
	}
}

static void test_map_errors(struct gpu_vm *vm)
{
	struct gpu_vm bad = { .gpu = vm->gpu, .id = 12345 };
	int beyond;
	u32 bo;

	gpu_bo_create(vm->gpu, SZ_64K, 0, 0, &bo);
	is(gpu_map(&bad, bo, 0, SZ_2M, SZ_64K), -EINVAL, "map: bad VM");
	is(gpu_map(vm, 12345, 0, SZ_2M, SZ_64K), -EINVAL, "map: bad buffer");
	is(gpu_map(vm, bo, 0, SZ_2M + 0x800, SZ_4K), -EINVAL, "map: misaligned address");
	is(gpu_map(vm, bo, 0x800, SZ_2M, SZ_4K), -EINVAL, "map: misaligned offset");
	is(gpu_map(vm, bo, 0, SZ_2M, 0x800), -EINVAL, "map: misaligned size");
	is(gpu_map(vm, bo, 0, SZ_2M, SZ_64K + SZ_4K), -EINVAL, "map: beyond the buffer's end");
	is(gpu_map(vm, bo, SZ_64K, SZ_2M, SZ_4K), -EINVAL, "map: offset at the buffer's end");
	is(gpu_map(vm, bo, ~0xfffull, SZ_2M, SZ_64K), -EINVAL, "map: offset that wraps");
	/* The driver's own half was left to good manners at first, in 6.12 until a stable update. */
	beyond = gpu_map(vm, bo, 0, vm->range, SZ_4K);
	ok(beyond == -EINVAL || (!beyond && vm->gpu->id.minor < 9), "map: behind the user's range (%d)",
	   beyond);
	is(gpu_map(vm, bo, 0, vm->range - SZ_4K, 2 * SZ_4K), beyond, "map: over its end");
	gpu_unmap(vm, vm->range - SZ_4K, 2 * SZ_4K);
	is(gpu_map(vm, bo, 0, 0 - SZ_4K, SZ_4K), -EINVAL, "map: last page of all");
	is(gpu_map(vm, bo, 0, 0 - SZ_4K, SZ_64K), -EINVAL, "map: address that wraps");
	is(gpu_bind(vm, 1u << 27, bo, 0, SZ_2M, SZ_4K), -EINVAL, "map: unknown flag");
	is(gpu_bind(vm, 7u << 28, bo, 0, SZ_2M, SZ_4K), -EINVAL, "unknown operation");
	is(gpu_bind(vm, UNMAP, bo, 0, SZ_2M, SZ_4K), -EINVAL, "unmap: with a buffer");
	is(gpu_bind(vm, UNMAP | 1, 0, 0, SZ_2M, SZ_4K), -EINVAL, "unmap: with a map flag");
	is(gpu_bind(vm, SYNC_ONLY, 0, 0, 0, 0), 0, "sync only: nothing to do");
	is(vm_state(vm), DRM_PANTHOR_VM_STATE_USABLE, "refused operations do no harm");
	drm_gem_close(vm->gpu->fd, bo);
}

static void test_bind_arrays(struct gpu_vm *vm)
{
	struct drm_panthor_vm_bind_op ops[3];
	struct drm_panthor_vm_bind b = { .vm_id = vm->id, .ops = DRM_PANTHOR_OBJ_ARRAY(3, ops) };
	struct drm_panthor_sync_op sync = { 0 };
	u32 bo, i;

	gpu_bo_create(vm->gpu, SZ_64K, 0, 0, &bo);
	memset(ops, 0, sizeof(ops));
	for (i = 0; i < 3; i++) {
		ops[i].bo_handle = bo;
		ops[i].va = 16 * SZ_2M + i * SZ_2M;
		ops[i].size = SZ_64K;
	}
	is(gpu_call(vm->gpu, VM_BIND, &b), 0, "three maps in one call");

	ops[1].va++;
	is(gpu_call(vm->gpu, VM_BIND, &b), -EINVAL, "the second one is bad");
	is(b.ops.count, 1, "and the call says which");
	ops[1].va--;

	b.ops = (struct drm_panthor_obj_array)DRM_PANTHOR_OBJ_ARRAY(3, ops);
	b.ops.stride = 40;
	is(gpu_call(vm->gpu, VM_BIND, &b), -EINVAL, "stride below the least size");
	b.ops.stride = sizeof(ops[0]);
	ops[0].syncs = (struct drm_panthor_obj_array)DRM_PANTHOR_OBJ_ARRAY(1, &sync);
	is(gpu_call(vm->gpu, VM_BIND, &b), -EINVAL, "no sync objects in a synchronous call");
	b.ops = (struct drm_panthor_obj_array)DRM_PANTHOR_OBJ_ARRAY(3, (struct drm_panthor_vm_bind_op *)8);
	is(gpu_call(vm->gpu, VM_BIND, &b), -EFAULT, "bad pointer");

	for (i = 0; i < 3; i++)
		is(gpu_unmap(vm, ops[i].va, SZ_64K), 0, "unmapped again");
	drm_gem_close(vm->gpu->fd, bo);
}

static void test_map_shapes(struct gpu_vm *vm)
{
	const u64 va = 64 * SZ_2M;
	u32 small, big;

	gpu_bo_create(vm->gpu, SZ_4K, 0, vm->id, &small);
	gpu_bo_create(vm->gpu, 3 * SZ_2M, 0, vm->id, &big);

	is(gpu_map(vm, small, 0, va, SZ_4K), 0, "4 KiB");
	is(gpu_map(vm, small, 0, va, SZ_4K), 0, "again at the same place");
	is(gpu_map(vm, big, 0, va, 3 * SZ_2M), 0, "6 MiB over it");
	is(gpu_map(vm, small, 0, va + SZ_2M + SZ_4K, SZ_4K), 0, "4 KiB in the middle of that");
	is(gpu_unmap(vm, va + SZ_4K, SZ_4K), 0, "a hole of 4 KiB");
	is(gpu_unmap(vm, va + SZ_2M, SZ_2M), 0, "a hole of 2 MiB");
	is(gpu_unmap(vm, va + SZ_2M, SZ_2M), 0, "the same hole again");
	is(gpu_unmap(vm, va - SZ_2M, 6 * SZ_2M), 0, "more than there is");
	is(gpu_map(vm, big, SZ_2M, va + SZ_4K, SZ_2M), 0, "2 MiB at an odd place");
	is(gpu_unmap(vm, va, 2 * SZ_2M), 0, "and away");
	is(gpu_map(vm, small, 0, vm->range - SZ_4K, SZ_4K), 0, "last page of the user's range");
	is(gpu_unmap(vm, vm->range - SZ_4K, SZ_4K), 0, "and away");
	is(gpu_map(vm, small, 0, 0, SZ_4K), 0, "address 0");
	is(gpu_unmap(vm, 0, SZ_4K), 0, "and away");
	is(gpu_bind(vm, 7, small, 0, va, SZ_4K), 0, "read-only, not executable, uncached");
	is(gpu_unmap(vm, va, SZ_4K), 0, "and away");

	/* A mapping keeps the memory: closing the handle first must do no harm. */
	is(gpu_map(vm, big, 0, va, 3 * SZ_2M), 0, "mapped");
	drm_gem_close(vm->gpu->fd, big);
	drm_gem_close(vm->gpu->fd, small);
	is(gpu_unmap(vm, va, 3 * SZ_2M), 0, "unmapped after its handle is gone");
	is(vm_state(vm), DRM_PANTHOR_VM_STATE_USABLE, "usable at the end");
}

static void test_sparse(struct gpu_vm *vm)
{
	const u32 sparse = DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE;
	const u32 noexec = DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC;
	const u64 va = 128 * SZ_2M;
	bool has = vm->gpu->id.minor >= 9;
	u32 bo;

	gpu_bo_create(vm->gpu, SZ_4K, 0, 0, &bo);
	is(gpu_bind(vm, sparse | noexec, 0, 0, va, SZ_2M), has ? 0 : -EINVAL, "sparse map");
	is(gpu_bind(vm, sparse, 0, 0, va, SZ_2M), -EINVAL, "sparse map: executable");
	is(gpu_bind(vm, sparse | noexec, bo, 0, va, SZ_4K), -EINVAL, "sparse map: with a buffer");
	is(gpu_unmap(vm, va, SZ_2M), 0, "sparse range unmapped");
	drm_gem_close(vm->gpu->fd, bo);
}

static void test_bo(struct gpu *gpu)
{
	struct drm_panthor_bo_create c = { .size = 0 };
	u32 handle, i, wrong = 0;
	u32 *cpu;
	u64 offset;

	is(gpu_call(gpu, BO_CREATE, &c), -EINVAL, "BO_CREATE: no size");
	c = (struct drm_panthor_bo_create){ .size = 100, .flags = 1u << 9 };
	is(gpu_call(gpu, BO_CREATE, &c), -EINVAL, "BO_CREATE: unknown flag");
	c = (struct drm_panthor_bo_create){ .size = 100, .pad = 1 };
	is(gpu_call(gpu, BO_CREATE, &c), -EINVAL, "BO_CREATE: padding");
	c = (struct drm_panthor_bo_create){ .size = 100, .exclusive_vm_id = 12345 };
	is(gpu_call(gpu, BO_CREATE, &c), -EINVAL, "BO_CREATE: exclusive to a bad VM");
	c = (struct drm_panthor_bo_create){ .size = 100 };
	is(gpu_call(gpu, BO_CREATE, &c), 0, "BO_CREATE: 100 bytes");
	is(c.size, SZ_4K, "is a page");
	drm_gem_close(gpu->fd, c.handle);

	is(gpu_bo_mmap_offset(gpu, 12345, &offset), -ENOENT, "BO_MMAP_OFFSET: bad handle");
	gpu_bo_create(gpu, SZ_64K, DRM_PANTHOR_BO_NO_MMAP, 0, &handle);
	is(gpu_bo_mmap_offset(gpu, handle, &offset), gpu->id.minor >= 9 ? -EPERM : 0,
	   "BO_MMAP_OFFSET: NO_MMAP");
	if (gpu->id.minor < 9)
		ok(mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, gpu->fd, offset) == MAP_FAILED,
		   "and no mmap in any case");
	drm_gem_close(gpu->fd, handle);

	gpu_bo_create(gpu, SZ_2M, 0, 0, &handle);
	is(gpu_bo_mmap_offset(gpu, handle, &offset), 0, "BO_MMAP_OFFSET");
	cpu = mmap(NULL, SZ_2M, PROT_READ | PROT_WRITE, MAP_SHARED, gpu->fd, offset);
	if (!ok(cpu != MAP_FAILED, "mmap"))
		return;
	for (i = 0; i < SZ_2M / 4; i++)
		wrong += cpu[i] != 0;
	is(wrong, 0, "new memory is zero");
	for (i = 0; i < SZ_2M / 4; i += 1024)
		cpu[i] = i ^ 0x5a5a5a5a;
	munmap(cpu, SZ_2M);
	cpu = mmap(NULL, SZ_2M, PROT_READ, MAP_SHARED, gpu->fd, offset);
	drm_gem_close(gpu->fd, handle);
	for (i = 0; i < SZ_2M / 4; i += 1024)
		wrong += cpu[i] != (i ^ 0x5a5a5a5a);
	is(wrong, 0, "content is kept, also without the handle");
	munmap(cpu, SZ_2M);
}

static void test_exclusive(struct gpu *gpu, struct gpu_vm *vm)
{
	struct gpu_vm other;
	u32 bo;

	gpu_vm_init(gpu, &other);
	is(gpu_bo_create(gpu, SZ_64K, 0, vm->id, &bo), 0, "exclusive buffer");
	is(gpu_map(&other, bo, 0, SZ_2M, SZ_64K), -EINVAL, "not in another VM");
	is(gpu_map(vm, bo, 0, SZ_2M, SZ_64K), 0, "but in its own");
	is(drm_handle_to_fd(gpu->fd, bo), -EINVAL, "and not for export");
	gpu_unmap(vm, SZ_2M, SZ_64K);
	drm_gem_close(gpu->fd, bo);
	gpu_vm_fini(&other);
}

static void test_prime(struct gpu *gpu, struct gpu_vm *vm)
{
	u32 bo, again;
	u64 offset;
	int dmabuf, fd2;
	u32 *a, *b;

	gpu_bo_create(gpu, SZ_64K, 0, 0, &bo);
	dmabuf = drm_handle_to_fd(gpu->fd, bo);
	if (!ok(dmabuf >= 0, "PRIME export"))
		return;
	is(drm_fd_to_handle(gpu->fd, dmabuf, &again), 0, "PRIME import in the same file");
	is(again, bo, "is the same handle");

	fd2 = drm_open();
	is(drm_fd_to_handle(fd2, dmabuf, &again), 0, "PRIME import in another file");
	gpu_bo_mmap_offset(gpu, bo, &offset);
	a = mmap(NULL, SZ_64K, PROT_READ | PROT_WRITE, MAP_SHARED, gpu->fd, offset);
	b = mmap(NULL, SZ_64K, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	if (ok(a != MAP_FAILED && b != MAP_FAILED, "both can be mapped")) {
		a[100] = 0x1234;
		is(b[100], 0x1234, "and are the same memory");
		munmap(a, SZ_64K);
		munmap(b, SZ_64K);
	}
	close(fd2);
	close(dmabuf);
	is(gpu_map(vm, bo, 0, SZ_2M, SZ_64K), 0, "an exported buffer can be mapped for the GPU");
	gpu_unmap(vm, SZ_2M, SZ_64K);
	drm_gem_close(gpu->fd, bo);
}

/* What came after 1.0. */
static void test_newer(struct gpu *gpu)
{
	struct drm_panthor_bo_sync_op op = { .size = SZ_4K };
	struct drm_panthor_bo_sync s = { .ops = DRM_PANTHOR_OBJ_ARRAY(1, &op) };
	struct drm_panthor_bo_set_label l = { .label = (uintptr_t)"a label" };
	struct drm_panthor_bo_query_info i = { 0 };
	static char large[5000];
	u32 bo;

	gpu_bo_create(gpu, SZ_64K, gpu->id.minor >= 7 ? DRM_PANTHOR_BO_WB_MMAP : 0, 0, &bo);
	op.handle = l.handle = i.handle = bo;
	if (gpu->id.minor < 9) {
		is(gpu_call(gpu, BO_SYNC, &s), -EINVAL, "BO_SYNC: unknown");
		is(gpu_call(gpu, BO_QUERY_INFO, &i), -EINVAL, "BO_QUERY_INFO: unknown");
		is(gpu_call(gpu, BO_SET_LABEL, &l), -EINVAL, "BO_SET_LABEL: unknown");
		drm_gem_close(gpu->fd, bo);
		return;
	}

	is(gpu_call(gpu, BO_SYNC, &s), 0, "BO_SYNC: flush");
	op.type = DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE;
	is(gpu_call(gpu, BO_SYNC, &s), 0, "BO_SYNC: flush and invalidate");
	op.type = 2;
	is(gpu_call(gpu, BO_SYNC, &s), -EINVAL, "BO_SYNC: unknown type");
	op.type = 0;
	op.offset = SZ_64K;
	is(gpu_call(gpu, BO_SYNC, &s), -EINVAL, "BO_SYNC: beyond the end");
	is(gpu_call(gpu, BO_QUERY_INFO, &i), 0, "BO_QUERY_INFO");
	is(i.create_flags, DRM_PANTHOR_BO_WB_MMAP, "tells the flags");
	is(i.extra_flags, 0, "and that it is not imported");
	is(gpu_call(gpu, BO_SET_LABEL, &l), 0, "BO_SET_LABEL");
	memset(large, 'x', sizeof(large) - 1);
	l.label = (uintptr_t)large;
	is(gpu_call(gpu, BO_SET_LABEL, &l), -E2BIG, "BO_SET_LABEL: too long");
	l.label = 0;
	is(gpu_call(gpu, BO_SET_LABEL, &l), 0, "BO_SET_LABEL: none");
	drm_gem_close(gpu->fd, bo);
	is(gpu_bo_create(gpu, SZ_4K, 3, 0, &bo), -EINVAL, "NO_MMAP and WB_MMAP exclude each other");
}

int main(void)
{
	struct gpu gpu;
	struct gpu_vm vm;

	gpu_open(&gpu);
	test_vm(&gpu);
	gpu_vm_init(&gpu, &vm);
	test_map_errors(&vm);
	test_bind_arrays(&vm);
	test_map_shapes(&vm);
	test_sparse(&vm);
	test_bo(&gpu);
	test_exclusive(&gpu, &vm);
	test_prime(&gpu, &vm);
	test_newer(&gpu);
	gpu_vm_fini(&vm);
	return done();
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Differential suite: VM_CREATE, VM_DESTROY, VM_GET_STATE, and how many there may be. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diff.h"

#define VMS	32

static int vm_destroy(struct gpu *gpu, u32 id)
{
	struct drm_panthor_vm_destroy d = { .id = id };

	return gpu_call(gpu, VM_DESTROY, &d);
}

static int vm_state(struct gpu *gpu, u32 id)
{
	struct drm_panthor_vm_get_state s = { .vm_id = id, .state = ~0u };
	int ret = gpu_call(gpu, VM_GET_STATE, &s);

	return ret ? ret : (int)s.state;
}

static void run_create(void *ctx, void *arg, struct diff_out *out)
{
	struct drm_panthor_vm_create *c = arg;
	u64 asked = c->user_va_range;
	struct gpu *gpu = ctx;
	struct gpu_vm vm;
	int ret = gpu_call(gpu, VM_CREATE, c);
	u32 bo;

	diff_add(out, "%s", diff_error(ret));
	if (ret) {
		diff_add(out, ",range=%s", c->user_va_range == asked ? "same" : "changed");
		return;
	}
	diff_add(out, ",range=%#llx,state=%d", (unsigned long long)c->user_va_range,
		 vm_state(gpu, c->id));

	/* The first and the last page that user space may have, and beyond. */
	vm = (struct gpu_vm){ .gpu = gpu, .id = c->id, .range = c->user_va_range };
	gpu_bo_create(gpu, SZ_4K, 0, 0, &bo);
	diff_add(out, ",first=%s", diff_error(gpu_map(&vm, bo, 0, 0, SZ_4K)));
	diff_add(out, ",last=%s", diff_error(gpu_map(&vm, bo, 0, (vm.range - 1) & ~0xfffull, SZ_4K)));
	drm_gem_close(gpu->fd, bo);
	diff_add(out, ",destroy=%s", diff_error(vm_destroy(gpu, c->id)));
}

static void creates(struct gpu *gpu)
{
#define F(field, v)	DIFF_FIELD(struct drm_panthor_vm_create, field, v)
#define RANGE(v)	{ "range_" #v, { F(user_va_range, v) } }
	static const struct drm_panthor_vm_create base;
	static const struct diff_row rows[] = {
		{ "plain" },
		{ "flags_1", { F(flags, 1) } },
		{ "flags_top", { F(flags, 1u << 31) } },
		{ "id_in", { F(id, 0xffffffff) } },
		RANGE(1), RANGE(0xfff), RANGE(0x1000), RANGE(0x1001), RANGE(0x100000),
		RANGE(0x200000), RANGE(0x10000000), RANGE(0x7fffffff), RANGE(0x80000000),
		RANGE(0xf0000000), RANGE(0xffffffff), RANGE(0x100000000), RANGE(0x100000001),
		RANGE(0x4000000000), RANGE(0x3fffffffffff), RANGE(0x400000000000),
		RANGE(0x7fffffffffff), RANGE(0x800000000000), RANGE(0x800000001000),
		RANGE(0xc00000000000), RANGE(0xffffefffffff), RANGE(0xfffff0000000),
		RANGE(0xfffff0001000), RANGE(0xffffffffffff), RANGE(0x1000000000000),
		RANGE(0x8000000000000000), RANGE(0xffffffffffffffff),
	};
	const struct diff_table table = {
		.name = "vm_create", .base = &base, .size = sizeof(base), .run = run_create, .ctx = gpu,
	};

	diff_rows(&table, rows, ARRAY_SIZE(rows));
#undef F
}

static void run_destroy(void *ctx, void *arg, struct diff_out *out)
{
	diff_add(out, "%s", diff_error(gpu_call((struct gpu *)ctx, VM_DESTROY, arg)));
}

static void run_state(void *ctx, void *arg, struct diff_out *out)
{
	struct drm_panthor_vm_get_state *s = arg;
	int ret = gpu_call((struct gpu *)ctx, VM_GET_STATE, s);

	diff_add(out, "%s,state=%#x", diff_error(ret), s->state);
}

static void handles(struct gpu *gpu)
{
	struct drm_panthor_vm_destroy destroy = { 0 };
	struct drm_panthor_vm_get_state state = { 0 };
	struct gpu_vm vm;

	gpu_vm_init(gpu, &vm);
	destroy.id = state.vm_id = vm.id;
#define F(field, v)	DIFF_FIELD(struct drm_panthor_vm_get_state, field, v)
	const struct diff_row states[] = {
		{ "plain" },
		{ "state_in", { F(state, 0xdeadbeef) } },
		{ "id_0", { F(vm_id, 0) } },
		{ "id_33", { F(vm_id, 33) } },
		{ "id_0x10001", { F(vm_id, 0x10000 | vm.id) } },
		{ "id_top", { F(vm_id, 0x80000000 | vm.id) } },
		{ "id_max", { F(vm_id, 0xffffffff), F(state, 7) } },
	};
	const struct diff_table state_table = { "vm_get_state", &state, sizeof(state), run_state, gpu };

	diff_rows(&state_table, states, ARRAY_SIZE(states));
#undef F
#define F(field, v)	DIFF_FIELD(struct drm_panthor_vm_destroy, field, v)
	const struct diff_row destroys[] = {
		{ "pad", { F(pad, 1) } },
		{ "pad_top", { F(pad, 1u << 31) } },
		{ "id_0", { F(id, 0) } },
		{ "id_33", { F(id, 33) } },
		{ "id_0x10001", { F(id, 0x10000 | vm.id) } },
		{ "id_max", { F(id, 0xffffffff) } },
		{ "plain" },
		{ "again" },
	};
	const struct diff_table destroy_table = { "vm_destroy", &destroy, sizeof(destroy), run_destroy, gpu };

	diff_rows(&destroy_table, destroys, ARRAY_SIZE(destroys));
#undef F
	diff_ret(0, vm_state(gpu, vm.id), "vm_get_state/after_destroy");
}

/* As many as there can be, another file's, and one again. */
static void limits(struct gpu *gpu)
{
	struct drm_panthor_vm_create c;
	u64 seen = 0;
	struct gpu other;
	u32 n, i;
	int ret = 0;

	for (n = 0; n < 2 * VMS && !ret; n++) {
		c = (struct drm_panthor_vm_create){ 0 };
		ret = gpu_call(gpu, VM_CREATE, &c);
		if (!ret)
			seen |= 1ull << (c.id & 63);
	}
	diff_case(0, "vm_limit/create", "%s,count=%u,ids=%#llx", diff_error(ret), n,
		  (unsigned long long)seen);

	gpu_open(&other);
	c = (struct drm_panthor_vm_create){ 0 };
	diff_ret(0, gpu_call(&other, VM_CREATE, &c), "vm_limit/other_file");
	diff_ret(0, vm_destroy(gpu, 7), "vm_limit/destroy_7");
	diff_ret(0, vm_state(gpu, 7), "vm_limit/state_7");
	c = (struct drm_panthor_vm_create){ 0 };
	ret = gpu_call(gpu, VM_CREATE, &c);
	diff_case(0, "vm_limit/create_again", "%s,id=%u", diff_error(ret), c.id);
	gpu_close(&other);

	for (i = 1, n = 0; i <= VMS; i++)
		n += !vm_destroy(gpu, i);
	diff_case(0, "vm_limit/destroy", "count=%u", n);
}

/* What becomes of things whose VM's handle is gone. */
static void orphans(struct gpu *gpu)
{
	struct drm_panthor_tiler_heap_create heap = {
		.initial_chunk_count = 1, .chunk_size = 1 << 18, .max_chunks = 4, .target_in_flight = 2,
	};
	struct drm_panthor_tiler_heap_destroy heap_destroy = { 0 };
	struct gpu_group group;
	struct gpu_bo code;
	struct gpu_vm vm, next;
	u32 bo;

	gpu_vm_init(gpu, &vm);
	gpu_bo_init(&vm, &code, SZ_64K);
	gpu_bo_create(gpu, SZ_4K, 0, vm.id, &bo);
	gpu_group_init(&vm, &group, 1);
	heap.vm_id = vm.id;
	diff_ret(0, gpu_call(gpu, TILER_HEAP_CREATE, &heap), "vm_orphan/heap");
	heap_destroy.handle = heap.handle;
	diff_ret(0, vm_destroy(gpu, vm.id), "vm_orphan/destroy");
	diff_ret(0, gpu_map(&vm, bo, 0, SZ_2M * 64, SZ_4K), "vm_orphan/map");
	diff_ret(0, gpu_call(gpu, TILER_HEAP_DESTROY, &heap_destroy), "vm_orphan/heap_destroy");
	diff_case(0, "vm_orphan/group_state", "%d", gpu_group_state(&group));

	gpu_vm_init(gpu, &next);
	diff_ret(0, gpu_map(&next, bo, 0, SZ_2M * 64, SZ_4K), "vm_orphan/map_in_next");
	diff_ret(0, gpu_bo_create(gpu, SZ_4K, 0, vm.id, &bo), "vm_orphan/exclusive_to_same_id");
	gpu_group_fini(&group);
	diff_ret(0, vm_destroy(gpu, next.id), "vm_orphan/destroy_next");
	diff_ret(0, gpu_bo_create(gpu, SZ_4K, 0, vm.id, &bo), "vm_orphan/exclusive_to_none");
}

int main(void)
{
	struct gpu gpu;

	diff_open(&gpu);
	creates(&gpu);
	handles(&gpu);
	limits(&gpu);
	gpu_close(&gpu);
	gpu_open(&gpu);
	orphans(&gpu);
	gpu_close(&gpu);
	return 0;
}

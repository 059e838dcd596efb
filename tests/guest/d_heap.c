// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Differential suite: tiler heaps. */
#include <errno.h>
#include <string.h>

#include "diff.h"

#define HEAPS	128

static int heap_destroy(struct gpu *gpu, u32 handle)
{
	struct drm_panthor_tiler_heap_destroy d = { .handle = handle };

	return gpu_call(gpu, TILER_HEAP_DESTROY, &d);
}

static void run(void *ctx, void *arg, struct diff_out *out)
{
	struct drm_panthor_tiler_heap_create *c = arg;
	struct gpu_vm *vm = ctx;
	int ret = gpu_call(vm->gpu, TILER_HEAP_CREATE, c);

	diff_add(out, "%s", diff_error(ret));
	if (ret)
		return;
	/* In the driver's half, and aligned. */
	diff_add(out, ",handle=%#x,context=%d/%llu,chunk=%d/%llu", c->handle,
		 c->tiler_heap_ctx_gpu_va >= vm->range, (unsigned long long)c->tiler_heap_ctx_gpu_va % 64,
		 c->first_heap_chunk_gpu_va >= vm->range,
		 (unsigned long long)c->first_heap_chunk_gpu_va % SZ_4K);
	diff_add(out, ",destroy=%s", diff_error(heap_destroy(vm->gpu, c->handle)));
	diff_add(out, ",again=%s", diff_error(heap_destroy(vm->gpu, c->handle)));
}

static const struct drm_panthor_tiler_heap_create good = {
	.initial_chunk_count = 2, .chunk_size = 0x40000, .max_chunks = 8, .target_in_flight = 4,
};

static void creates(struct gpu_vm *vm)
{
#define F(field, v)	DIFF_FIELD(struct drm_panthor_tiler_heap_create, field, v)
#define CHUNK(v)	{ "chunk_" #v, { F(chunk_size, v) } }
	struct drm_panthor_tiler_heap_create base = good;
	const struct diff_row rows[] = {
		{ "plain" },
		{ "initial_0", { F(initial_chunk_count, 0) } },
		{ "initial_0_max_0", { F(initial_chunk_count, 0), F(max_chunks, 0) } },
		{ "initial_1", { F(initial_chunk_count, 1) } },
		{ "initial_max", { F(initial_chunk_count, 8) } },
		{ "initial_over_max", { F(initial_chunk_count, 9) } },
		{ "initial_huge", { F(initial_chunk_count, ~0u) } },
		{ "max_0", { F(max_chunks, 0) } },
		{ "max_1", { F(max_chunks, 1) } },
		{ "max_huge", { F(max_chunks, ~0u) } },
		{ "one_of_one", { F(initial_chunk_count, 1), F(max_chunks, 1) } },
		CHUNK(0), CHUNK(1), CHUNK(0x1000), CHUNK(0x10000), CHUNK(0x1f000), CHUNK(0x20000),
		CHUNK(0x20800), CHUNK(0x21000), CHUNK(0x3f000), CHUNK(0x60000), CHUNK(0x200000),
		CHUNK(0x800000), CHUNK(0x801000), CHUNK(0x1000000), CHUNK(0x80000000), CHUNK(0xfffff000),
		CHUNK(0xffffffff),
		{ "in_flight_0", { F(target_in_flight, 0) } },
		{ "in_flight_1", { F(target_in_flight, 1) } },
		{ "in_flight_65535", { F(target_in_flight, 65535) } },
		{ "in_flight_65536", { F(target_in_flight, 65536) } },
		{ "in_flight_max", { F(target_in_flight, ~0u) } },
		{ "outputs_in", { F(handle, ~0u), F(tiler_heap_ctx_gpu_va, ~0ull),
				  F(first_heap_chunk_gpu_va, ~0ull) } },
		{ "vm_0", { F(vm_id, 0) } },
		{ "vm_30", { F(vm_id, 30) } },
		{ "vm_wide", { F(vm_id, 0x10000 | vm->id) } },
		{ "vm_max", { F(vm_id, ~0u) } },
	};
	const struct diff_table table = { "heap_create", &base, sizeof(base), run, vm };

	base.vm_id = vm->id;
	diff_rows(&table, rows, ARRAY_SIZE(rows));
#undef F
}

static void run_destroy(void *ctx, void *arg, struct diff_out *out)
{
	diff_add(out, "%s", diff_error(gpu_call((struct gpu *)ctx, TILER_HEAP_DESTROY, arg)));
}

/* A VM with a heap, one whose heap is gone, one that never had any. */
static void destroys(struct gpu *gpu, struct gpu_vm *vm)
{
	struct drm_panthor_tiler_heap_create c = good;
	struct drm_panthor_tiler_heap_destroy base;
	struct gpu_vm never;

	gpu_vm_init(gpu, &never);
	c.vm_id = vm->id;
	if (gpu_call(gpu, TILER_HEAP_CREATE, &c))
		bail("TILER_HEAP_CREATE");
	base = (struct drm_panthor_tiler_heap_destroy){ .handle = c.handle };
#define F(field, v)	DIFF_FIELD(struct drm_panthor_tiler_heap_destroy, field, v)
	const struct diff_row rows[] = {
		{ "pad", { F(pad, 1) } },
		{ "0", { F(handle, 0) } },
		{ "never_had", { F(handle, never.id << 16) } },
		{ "other_id", { F(handle, vm->id << 16 | 5) } },
		{ "id_128", { F(handle, vm->id << 16 | 128) } },
		{ "id_max", { F(handle, vm->id << 16 | 0xffff) } },
		{ "vm_bad", { F(handle, 30 << 16) } },
		{ "max", { F(handle, ~0u) } },
		{ "plain" },
		{ "again" },
	};
	const struct diff_table table = { "heap_destroy", &base, sizeof(base), run_destroy, gpu };

	diff_rows(&table, rows, ARRAY_SIZE(rows));
#undef F
	gpu_vm_fini(&never);
}

static void limits(struct gpu *gpu, struct gpu_vm *vm)
{
	struct drm_panthor_tiler_heap_create c;
	u32 n, i, sum = 0;
	struct gpu_vm other;
	int ret = 0;

	for (n = 0; n < HEAPS + 4; n++) {
		c = good;
		c.vm_id = vm->id;
		c.chunk_size = 0x20000;
		c.initial_chunk_count = 1;
		ret = gpu_call(gpu, TILER_HEAP_CREATE, &c);
		if (ret)
			break;
		sum += c.handle & 0xffff;
	}
	diff_case(0, "heap_limit/create", "%s,count=%u,sum=%u", diff_error(ret), n, sum);
	gpu_vm_init(gpu, &other);
	c.vm_id = other.id;
	diff_ret(0, gpu_call(gpu, TILER_HEAP_CREATE, &c), "heap_limit/other_vm");
	gpu_vm_fini(&other);
	diff_ret(0, heap_destroy(gpu, vm->id << 16 | 77), "heap_limit/destroy_77");
	c.vm_id = vm->id;
	ret = gpu_call(gpu, TILER_HEAP_CREATE, &c);
	diff_case(0, "heap_limit/create_again", "%s,id=%u", diff_error(ret), c.handle & 0xffff);
	for (i = 0, n = 0; i < HEAPS + 4; i++)
		n += !heap_destroy(gpu, vm->id << 16 | i);
	diff_case(0, "heap_limit/destroy", "count=%u", n);
}

/* More chunks than there is memory or room: an error and nothing left behind. */
static void narrow(struct gpu *gpu)
{
	struct drm_panthor_vm_create v = { .user_va_range = (1ull << 48) - 0x10000000 };
	struct drm_panthor_tiler_heap_create c = good;
	int ret = gpu_call(gpu, VM_CREATE, &v);

	diff_case(0, "heap_narrow/vm", "%s,%#llx", diff_error(ret), (unsigned long long)v.user_va_range);
	if (ret)
		return;
	c.vm_id = v.id;
	c.chunk_size = 0x800000;
	c.initial_chunk_count = c.max_chunks = 33;
	diff_ret(0, gpu_call(gpu, TILER_HEAP_CREATE, &c), "heap_narrow/33_chunks");
	c.initial_chunk_count = 4;
	diff_ret(0, gpu_call(gpu, TILER_HEAP_CREATE, &c), "heap_narrow/4_chunks");
}

int main(void)
{
	struct gpu_vm vm;
	struct gpu gpu;

	diff_open(&gpu);
	gpu_vm_init(&gpu, &vm);
	creates(&vm);
	destroys(&gpu, &vm);
	limits(&gpu, &vm);
	narrow(&gpu);
	gpu_close(&gpu);
	return 0;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Tiler heaps: what can be asked for, and growing when the tiler runs out of memory. */
#include <errno.h>
#include <string.h>

#include "gpu.h"
#include "vgpu.h"

#define SZ_128K	0x20000u
#define R_HEAP	58
#define R_ADDR	60
#define R_DATA	62
#define R_TURN	64

static int heap_destroy(struct gpu *gpu, u32 handle)
{
	struct drm_panthor_tiler_heap_destroy d = { .handle = handle };

	return gpu_call(gpu, TILER_HEAP_DESTROY, &d);
}

static void test_create(struct gpu_vm *vm)
{
	const struct drm_panthor_tiler_heap_create good = {
		.vm_id = vm->id,
		.initial_chunk_count = 2,
		.chunk_size = SZ_128K,
		.max_chunks = 4,
		.target_in_flight = 1,
	};
	struct drm_panthor_tiler_heap_create c, first = good, second = good;
	struct drm_panthor_tiler_heap_destroy d;
	struct gpu *gpu = vm->gpu;

#define REFUSED(what, change)						\
	do {								\
		c = good;						\
		change;							\
		is(gpu_call(gpu, TILER_HEAP_CREATE, &c), -EINVAL, what); \
	} while (0)

	REFUSED("bad VM", c.vm_id = 12345);
	REFUSED("no chunks", c.initial_chunk_count = 0);
	REFUSED("more chunks than the most", c.initial_chunk_count = 5);
	REFUSED("chunks too small", c.chunk_size = SZ_128K / 2);
	REFUSED("chunks too large", c.chunk_size = 16 << 20);
	REFUSED("chunks of an odd size", c.chunk_size = SZ_128K + 64);

	is(gpu_call(gpu, TILER_HEAP_CREATE, &first), 0, "a heap");
	is(gpu_call(gpu, TILER_HEAP_CREATE, &second), 0, "another");
	ok(first.handle != second.handle, "with a handle of its own");
	ok(first.tiler_heap_ctx_gpu_va != second.tiler_heap_ctx_gpu_va, "a context of its own");
	ok(first.tiler_heap_ctx_gpu_va >= vm->range && first.first_heap_chunk_gpu_va >= vm->range,
	   "all outside the user's addresses");
	is(first.first_heap_chunk_gpu_va & 0xfff, 0, "chunks start at a page");
	d = (struct drm_panthor_tiler_heap_destroy){ .handle = first.handle, .pad = 1 };
	is(gpu_call(gpu, TILER_HEAP_DESTROY, &d), -EINVAL, "destroy: padding");
	is(heap_destroy(gpu, first.handle), 0, "destroy");
	is(heap_destroy(gpu, first.handle), -EINVAL, "destroy: once only");
	is(heap_destroy(gpu, second.handle), 0, "destroy: the other");
}

/* The one slot that is in use. */
static int busy_slot(void)
{
	const char *slots = vgpu_call("{\"cmd\":\"csgs\"}");

	if (!strstr(slots, "\"state\":\"on\""))
		bail("no group is on a slot: %s", slots);
	return vgpu_num(slots, "csgs.csg");
}

/* Words that the job and this program share. */
enum { STORED, TURNS, RELEASE };

/* Turn after turn until it is released; each is counted in memory. */
static void count_turns(struct cs *cs, u64 va)
{
	cs_move48(cs, R_ADDR, va);
	cs_move32(cs, R_TURN, 0);
	cs_add32(cs, R_TURN, R_TURN, 1);
	cs_store(cs, R_TURN, 1, R_ADDR, 4 * TURNS);
	cs_spin(cs, R_DATA, 250);
	cs_load(cs, R_DATA, 1, R_ADDR, 4 * RELEASE);
	cs_wait(cs, CS_ALL_SB);
	cs_branch(cs, CS_EQ, R_DATA, -8);
}

/* A turn that began after this call has come to its end. A job that waits for a chunk makes none. */
static void next_turn(volatile u32 *words)
{
	u32 now = words[TURNS];
	s64 end = now_ns() + JOB_MS * NSEC_PER_MSEC;

	while (words[TURNS] < now + 2) {
		if (now_ns() > end)
			bail("the job does not go on");
		sleep_ms(1);
	}
}

static void test_grow(struct gpu_vm *vm)
{
	struct drm_panthor_tiler_heap_create c = {
		.vm_id = vm->id,
		.initial_chunk_count = 1,
		.chunk_size = SZ_128K,
		.max_chunks = 8,
		.target_in_flight = 65535,
	};
	struct gpu_bo code, data;
	struct gpu_group g;
	char more[64];
	struct cs cs;
	u32 i;

	gpu_bo_init(vm, &code, SZ_64K);
	gpu_bo_init(vm, &data, SZ_64K);
	gpu_group_init(vm, &g, 1);
	is(gpu_call(vm->gpu, TILER_HEAP_CREATE, &c), 0, "a heap of one chunk");

	cs = gpu_cs(&code, 0, SZ_4K);
	cs_move48(&cs, R_HEAP, c.tiler_heap_ctx_gpu_va);
	cs_heap_set(&cs, R_HEAP);
	/* Out of memory is only to be expected while there is vertex work. */
	cs_heap_operation(&cs, CS_HEAP_VT_START);
	count_turns(&cs, data.va);
	cs_heap_operation(&cs, CS_HEAP_VT_END);
	cs_heap_operation(&cs, CS_HEAP_FRAG_END);
	cs_store_word(&cs, R_ADDR, R_DATA, data.va + 4 * STORED, 3);
	is(gpu_submit(&g, 0, &cs), 0, "a job that uses it");
	for (i = 0; i < 3; i++) {
		next_turn(data.cpu);
		snprintf(more, sizeof(more), ",\"csg\":%d,\"cs\":0", busy_slot());
		vgpu_inject("tiler-oom", 1, more);
	}
	next_turn(data.cpu);
	((volatile u32 *)data.cpu)[RELEASE] = 1;
	is(gpu_wait(&g, 0, JOB_MS), 0, "out of memory three times, it ends well");
	is(((volatile u32 *)data.cpu)[STORED], 3, "and stores");
	is(gpu_group_state(&g), 0, "the group is sound");
	is(heap_destroy(vm->gpu, c.handle), 0, "the heap destroyed");
	gpu_group_fini(&g);
	gpu_bo_fini(&data);
	gpu_bo_fini(&code);
}

int main(void)
{
	struct gpu gpu;
	struct gpu_vm vm;

	gpu_open(&gpu);
	gpu_vm_init(&gpu, &vm);
	test_create(&vm);
	test_grow(&vm);
	gpu_vm_fini(&vm);
	gpu_close(&gpu);
	return done();
}

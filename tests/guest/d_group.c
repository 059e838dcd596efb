// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Differential suite: groups. Creation, states, ends, limits, who may have which priority. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "diff_bind.h"

#define QUEUES	9
#define GROUPS	128

struct group_args {
	struct drm_panthor_group_create create;
	struct {
		struct drm_panthor_queue_create q;
		u64 tail;
	} queues[QUEUES];
	u64 keep;	/* the array's address is part of the case */
};

static int group_destroy(struct gpu *gpu, u32 handle)
{
	struct drm_panthor_group_destroy d = { .group_handle = handle };

	return gpu_call(gpu, GROUP_DESTROY, &d);
}

static int create(struct gpu *gpu, struct group_args *a)
{
	char packed[sizeof(a->queues)];

	if (!a->keep) {
		diff_pack(packed, a->queues, QUEUES, sizeof(a->queues[0]), a->create.queues.stride,
			  sizeof(a->queues[0]));
		a->create.queues.array = (uintptr_t)packed;
	}
	return gpu_call(gpu, GROUP_CREATE, &a->create);
}

static void run(void *ctx, void *arg, struct diff_out *out)
{
	struct drm_panthor_group_get_state s;
	struct group_args *a = arg;
	struct gpu *gpu = ctx;
	int ret = create(gpu, a);

	diff_add(out, "%s,count=%u", diff_error(ret), a->create.queues.count);
	if (ret)
		return;
	s = (struct drm_panthor_group_get_state){ .group_handle = a->create.group_handle, .state = ~0u,
						  .fatal_queues = ~0u };
	ret = gpu_call(gpu, GROUP_GET_STATE, &s);
	diff_add(out, ",handle=%d,get=%s,state=%#x,fatal=%#x", a->create.group_handle != 0,
		 diff_error(ret), s.state, s.fatal_queues);
	diff_add(out, ",destroy=%s", diff_error(group_destroy(gpu, a->create.group_handle)));
	diff_add(out, ",again=%s", diff_error(group_destroy(gpu, a->create.group_handle)));
}

static void args_init(struct gpu_vm *vm, struct group_args *a)
{
	struct gpu *gpu = vm->gpu;
	u32 i;

	memset(a, 0, sizeof(*a));
	a->create = (struct drm_panthor_group_create){
		.queues = { .stride = sizeof(a->queues[0].q), .count = 1 },
		.max_compute_cores = 1, .max_fragment_cores = 1, .max_tiler_cores = 1,
		.priority = PANTHOR_GROUP_PRIORITY_MEDIUM,
		.compute_core_mask = gpu->info.shader_present,
		.fragment_core_mask = gpu->info.shader_present,
		.tiler_core_mask = 1,
		.vm_id = vm->id,
	};
	for (i = 0; i < QUEUES; i++)
		a->queues[i].q = (struct drm_panthor_queue_create){ .priority = 1, .ringbuf_size = SZ_64K };
}

#define F(field, v)	DIFF_FIELD(struct group_args, field, v)
#define C(field, v)	F(create.field, v)
#define Q(n, field, v)	F(queues[n].q.field, v)

static void fields(struct gpu_vm *vm, const struct group_args *base)
{
	const u64 shaders = vm->gpu->info.shader_present;
	const u8 all = __builtin_popcountll(shaders);
	const struct diff_row rows[] = {
		{ "plain" },
		{ "handle_in", { C(group_handle, ~0u) } },
		{ "no_cores", { C(max_compute_cores, 0), C(max_fragment_cores, 0), C(max_tiler_cores, 0) } },
		{ "no_compute", { C(compute_core_mask, 0), C(max_compute_cores, 0) } },
		{ "no_fragment", { C(fragment_core_mask, 0), C(max_fragment_cores, 0) } },
		{ "no_tiler", { C(tiler_core_mask, 0), C(max_tiler_cores, 0) } },
		{ "no_masks", { C(compute_core_mask, 0), C(fragment_core_mask, 0), C(tiler_core_mask, 0) } },
		{ "compute_all", { C(max_compute_cores, all) } },
		{ "compute_too_many", { C(max_compute_cores, all + 1) } },
		{ "compute_255", { C(max_compute_cores, 255) } },
		{ "fragment_all", { C(max_fragment_cores, all) } },
		{ "fragment_too_many", { C(max_fragment_cores, all + 1) } },
		{ "tiler_too_many", { C(max_tiler_cores, 2) } },
		{ "compute_one", { C(compute_core_mask, shaders & -shaders) } },
		{ "compute_absent", { C(compute_core_mask, ~shaders) } },
		{ "compute_top", { C(compute_core_mask, shaders | 1ull << 63) } },
		{ "fragment_absent", { C(fragment_core_mask, shaders | 1ull << 62) } },
		{ "tiler_absent", { C(tiler_core_mask, 3) } },
		{ "priority_0", { C(priority, 0) } }, { "priority_2", { C(priority, 2) } },
		{ "priority_3", { C(priority, 3) }, 2 }, { "priority_4", { C(priority, 4) } },
		{ "priority_255", { C(priority, 255) } },
		{ "pad_2", { C(flags, 2) } }, { "pad_top", { C(flags, 1u << 31) } },
		{ "pad_all", { C(flags, ~0u) } },
		{ "vm_0", { C(vm_id, 0) } }, { "vm_30", { C(vm_id, 30) } }, { "vm_max", { C(vm_id, ~0u) } },
		{ "vm_wide", { C(vm_id, 0x10000 | vm->id) } },
		/* Which of two mistakes is told? */
		{ "priority_and_array", { C(priority, 9), F(keep, 1), C(queues.array, DIFF_BAD_LOW) } },
		{ "vm_and_array", { C(vm_id, 30), F(keep, 1), C(queues.array, DIFF_BAD_LOW) } },
		{ "pad_and_array", { C(flags, 2), F(keep, 1), C(queues.array, DIFF_BAD_LOW) } },
	};
	const struct diff_table table = { "group_create", base, sizeof(*base), run, vm->gpu };

	diff_rows(&table, rows, ARRAY_SIZE(rows));
}

static void queues(struct gpu_vm *vm, const struct group_args *base)
{
	const struct drm_panthor_queue_create two[2] = { base->queues[0].q, base->queues[1].q };
#define RING(v)		{ "ring_" #v, { Q(0, ringbuf_size, v) } }
#define COUNT(v)	{ "count_" #v, { C(queues.count, v) } }
#define STRIDE(v)	{ "stride_" #v, { C(queues.stride, v), C(queues.count, 3) } }
#define ARRAY(v)	F(keep, 1), C(queues.array, v)
	const struct diff_row rows[] = {
		COUNT(0), COUNT(2), COUNT(3), COUNT(7), COUNT(8), COUNT(9), COUNT(31), COUNT(32), COUNT(33),
		COUNT(0xffffffff),
		RING(0), RING(1), RING(64), RING(0x800), RING(0x1000), RING(0x1001), RING(0x1800),
		RING(0x2000), RING(0x3000), RING(0x8000), RING(0x10000), RING(0x18000), RING(0x20000),
		RING(0x80000000), RING(0xffffffff),
		{ "queue_priority_0", { Q(0, priority, 0) } }, { "queue_priority_15", { Q(0, priority, 15) } },
		{ "queue_priority_16", { Q(0, priority, 16) } }, { "queue_priority_255", { Q(0, priority, 255) } },
		{ "queue_pad_0", { Q(0, pad[0], 1) } }, { "queue_pad_1", { Q(0, pad[1], 1) } },
		{ "queue_pad_2", { Q(0, pad[2], 255) } },
		{ "second_bad", { C(queues.count, 3), Q(1, priority, 16) } },
		{ "third_bad", { C(queues.count, 3), Q(2, ringbuf_size, 7) } },
		{ "unused_bad", { C(queues.count, 2), Q(2, ringbuf_size, 7) } },
		STRIDE(0), STRIDE(4), STRIDE(7), STRIDE(9), STRIDE(12), STRIDE(16),
		{ "stride_16_tail", { C(queues.stride, 16), C(queues.count, 3), F(queues[1].tail, 1) } },
		{ "stride_16_tail_of_unused", { C(queues.stride, 16), F(queues[1].tail, 1) } },
		{ "stride_huge", { C(queues.stride, ~0u), ARRAY((uintptr_t)two) } },
		{ "null", { ARRAY(0) } }, { "low", { ARRAY(DIFF_BAD_LOW) } },
		{ "kernel", { ARRAY(DIFF_BAD_KERNEL) } }, { "top", { ARRAY(DIFF_BAD_TOP) } },
		{ "half", { C(queues.count, 3), ARRAY((uintptr_t)diff_page_end(two, sizeof(two))) } },
		{ "to_the_end", { C(queues.count, 2), ARRAY((uintptr_t)diff_page_end(two, sizeof(two))) } },
		{ "count_33_low", { C(queues.count, 33), ARRAY(DIFF_BAD_LOW) } },
		{ "count_31_low", { C(queues.count, 31), ARRAY(DIFF_BAD_LOW) } },
	};
	const struct diff_table table = { "group_queues", base, sizeof(*base), run, vm->gpu };

	diff_rows(&table, rows, ARRAY_SIZE(rows));
}

static void run_state(void *ctx, void *arg, struct diff_out *out)
{
	struct drm_panthor_group_get_state *s = arg;
	int ret = gpu_call((struct gpu *)ctx, GROUP_GET_STATE, s);

	diff_add(out, "%s,state=%#x,fatal=%#x,pad=%#x", diff_error(ret), s->state, s->fatal_queues, s->pad);
}

static void run_destroy(void *ctx, void *arg, struct diff_out *out)
{
	diff_add(out, "%s", diff_error(gpu_call((struct gpu *)ctx, GROUP_DESTROY, arg)));
}

static void handles(struct gpu_vm *vm)
{
	struct drm_panthor_group_get_state state = { 0 };
	struct drm_panthor_group_destroy destroy = { 0 };
	struct gpu_group g;

	gpu_group_init(vm, &g, 1);
	state.group_handle = destroy.group_handle = g.handle;
#undef F
#define F(field, v)	DIFF_FIELD(struct drm_panthor_group_get_state, field, v)
	const struct diff_row states[] = {
		{ "plain" }, { "in", { F(state, 7), F(fatal_queues, 7) } }, { "pad", { F(pad, 1) } },
		{ "0", { F(group_handle, 0) } }, { "129", { F(group_handle, 129) } },
		{ "127", { F(group_handle, 127) } },
		{ "wide", { F(group_handle, 0x10000 | g.handle) } },
		{ "max", { F(group_handle, ~0u), F(state, 7) } },
		{ "pad_and_bad", { F(group_handle, 0), F(pad, 1) } },
	};
	const struct diff_table table = { "group_get_state", &state, sizeof(state), run_state, vm->gpu };

	diff_rows(&table, states, ARRAY_SIZE(states));
#undef F
#define F(field, v)	DIFF_FIELD(struct drm_panthor_group_destroy, field, v)
	const struct diff_row destroys[] = {
		{ "pad", { F(pad, 1) } }, { "0", { F(group_handle, 0) } }, { "129", { F(group_handle, 129) } },
		{ "wide", { F(group_handle, 0x10000 | g.handle) } }, { "max", { F(group_handle, ~0u) } },
		{ "plain" }, { "again" },
	};
	const struct diff_table ends = { "group_destroy", &destroy, sizeof(destroy), run_destroy, vm->gpu };

	diff_rows(&ends, destroys, ARRAY_SIZE(destroys));
#undef F
}

/* As many as there may be in a file, with small rings; another file has its own. */
static void limits(struct gpu *gpu, struct group_args *args)
{
	struct gpu other;
	struct gpu_vm vm;
	u32 n, handle, sum = 0;
	int ret = 0;

	args->queues[0].q.ringbuf_size = SZ_4K;
	for (n = 0; n < GROUPS + 8; n++) {
		ret = create(gpu, args);
		if (ret)
			break;
		sum += args->create.group_handle;
	}
	diff_case(0, "group_limit/create", "%s,count=%u,sum=%u", diff_error(ret), n, sum);

	gpu_open(&other);
	gpu_vm_init(&other, &vm);
	args->create.vm_id = vm.id;
	diff_ret(0, create(&other, args), "group_limit/other_file");
	gpu_close(&other);

	args->create.vm_id = 1;
	diff_ret(0, group_destroy(gpu, 77), "group_limit/destroy_77");
	ret = create(gpu, args);
	diff_case(0, "group_limit/create_again", "%s,handle=%u", diff_error(ret),
		  args->create.group_handle);
	for (handle = 1, n = 0; handle <= GROUPS; handle++)
		n += !group_destroy(gpu, handle);
	diff_case(0, "group_limit/destroy", "count=%u", n);
}

static void priorities_of(struct gpu *gpu, const char *who)
{
	struct drm_panthor_group_priorities_info info = { 0 };
	struct drm_panthor_dev_query q = { .type = DRM_PANTHOR_DEV_QUERY_GROUP_PRIORITIES_INFO,
					   .size = sizeof(info), .pointer = (uintptr_t)&info };
	struct group_args args;
	struct gpu_vm vm;
	char name[64];
	u32 prio;
	int ret;

	gpu_vm_init(gpu, &vm);
	args_init(&vm, &args);
	for (prio = 0; prio <= 4; prio++) {
		args.create.priority = prio;
		ret = create(gpu, &args);
		diff_ret(prio == 3 ? 2 : 0, ret, "priority/%s_%u", who, prio);
		if (!ret)
			group_destroy(gpu, args.create.group_handle);
	}
	ret = gpu_call(gpu, DEV_QUERY, &q);
	snprintf(name, sizeof(name), "priority/%s_allowed", who);
	diff_case(2, name, "%s,%#x", diff_error(ret), info.allowed_mask);
	gpu_vm_fini(&vm);
}

/* By capability, or by being master of the primary node. */
static void priorities(struct gpu *gpu)
{
	struct gpu card = *gpu, second = *gpu;

	card.fd = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);
	second.fd = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);
	diff_case(0, "priority/card", "%d,%d", card.fd >= 0, second.fd >= 0);
	priorities_of(gpu, "root");
	if (diff_drop_root())
		bail("cannot drop root");
	priorities_of(gpu, "nobody");
	if (card.fd >= 0)
		priorities_of(&card, "master");
	if (second.fd >= 0)
		priorities_of(&second, "second");
}

int main(void)
{
	struct group_args args;
	struct gpu_vm vm;
	struct gpu gpu;

	diff_open(&gpu);
	gpu_vm_init(&gpu, &vm);
	args_init(&vm, &args);
	fields(&vm, &args);
	queues(&vm, &args);
	handles(&vm);
	limits(&gpu, &args);
	diff_child(priorities, &gpu);
	gpu_close(&gpu);
	return 0;
}

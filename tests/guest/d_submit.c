// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Differential suite: GROUP_SUBMIT, but for its sync operations. Jobs count up a word in memory. */
#include <errno.h>
#include <string.h>

#include "diff_bind.h"

#define JOBS	3
#define R_ADDR	60
#define NOWHERE	0x7000000000ull

struct submit_args {
	struct drm_panthor_group_submit submit;
	struct {
		struct drm_panthor_queue_submit q;
		u64 tail;
	} jobs[JOBS];
	u64 keep;	/* the array's address is part of the case */
};

static struct {
	struct gpu_vm vm;
	struct gpu_bo code, data;
	struct gpu_group group;
	u32 sync;
	struct submit_args base;
} t;

/* A group in good health under the handle that the base has. */
static void new_group(void)
{
	gpu_group_init(&t.vm, &t.group, 2);
	t.base.submit.group_handle = t.group.handle;
}

static int call(struct submit_args *a)
{
	struct drm_panthor_sync_op out = { .flags = DRM_PANTHOR_SYNC_OP_SIGNAL, .handle = t.sync };
	u32 last = a->submit.queue_submits.count - 1;
	char packed[sizeof(a->jobs)];
	int ret;

	drm_sync_reset(t.vm.gpu->fd, t.sync);
	if (!a->keep) {
		if (last < JOBS)
			a->jobs[last].q.syncs = (struct drm_panthor_obj_array)DRM_PANTHOR_OBJ_ARRAY(1, &out);
		diff_pack(packed, a->jobs, JOBS, sizeof(a->jobs[0]), a->submit.queue_submits.stride,
			  sizeof(a->jobs[0]));
		a->submit.queue_submits.array = (uintptr_t)packed;
	}
	ret = gpu_call(t.vm.gpu, GROUP_SUBMIT, &a->submit);
	return ret;
}

static void run(void *ctx, void *arg, struct diff_out *out)
{
	struct submit_args *a = arg;
	volatile u32 *word = t.data.cpu;
	u32 before = *word, last = a->submit.queue_submits.count - 1, i;
	int ret = call(a), fence = 0, state;
	bool faults = false;

	(void)ctx;
	if (!ret && last < JOBS && !a->keep)
		fence = drm_sync_wait_status(t.vm.gpu->fd, t.sync, JOB_MS);
	else if (!ret)
		sleep_ms(20);
	for (i = 0; i <= last && last < JOBS; i++)
		faults |= !ret && a->jobs[i].q.stream_addr == NOWHERE;
	state = gpu_group_wait_state(&t.group, ~0, fence || faults ? JOB_MS : 0);
	diff_add(out, "%s,count=%u,fence=%s,ran=%u,state=%#x", diff_error(ret), last + 1,
		 /* Which of a queue's jobs a fault is put down to depends on how many were looked at. */
		 fence && faults && last ? "failed" : diff_error(fence), *word - before, state);
	if (state) {
		gpu_group_fini(&t.group);
		new_group();
	}
}

static void table(const char *name, const struct diff_row *rows, u32 n)
{
	const struct diff_table tab = { name, &t.base, sizeof(t.base), run, NULL };

	diff_rows(&tab, rows, n);
}

#define F(field, v)	DIFF_FIELD(struct submit_args, field, v)
#define J(field, v)	F(jobs[0].q.field, v)

static void fields(void)
{
	const u64 va = t.base.jobs[0].q.stream_addr;
#define FLUSH(v)	{ "flush_" #v, { J(latest_flush, v) } }
	const struct diff_row rows[] = {
		{ "plain" },
		{ "group_0", { F(submit.group_handle, 0) } },
		{ "group_bad", { F(submit.group_handle, 99) } },
		{ "group_max", { F(submit.group_handle, ~0u) } },
		{ "group_wide", { F(submit.group_handle, 0x10000 | t.group.handle) } },
		{ "group_bad_count_0", { F(submit.group_handle, 99), F(submit.queue_submits.count, 0) } },
		{ "pad", { F(submit.pad, 1) } },
		{ "pad_count_0", { F(submit.pad, 1), F(submit.queue_submits.count, 0) } },
		{ "queue_1", { J(queue_index, 1) } },
		{ "queue_2", { J(queue_index, 2) } },
		{ "queue_8", { J(queue_index, 8) } },
		{ "queue_32", { J(queue_index, 32) } },
		{ "queue_max", { J(queue_index, ~0u) } },
		{ "queue_pad", { J(pad, 1) } },
		{ "empty", { J(stream_size, 0), J(stream_addr, 0) } },
		{ "empty_queue_1", { J(stream_size, 0), J(stream_addr, 0), J(queue_index, 1) } },
		{ "empty_with_address", { J(stream_size, 0) } },
		{ "address_0", { J(stream_addr, 0) } },
		{ "address_8", { J(stream_addr, va + 8) } },
		{ "address_32", { J(stream_addr, va + 32) } },
		{ "address_1", { J(stream_addr, va + 1) } },
		{ "address_top", { J(stream_addr, va | 1ull << 63) } },
		{ "address_unmapped", { J(stream_addr, NOWHERE) } },
		{ "size_4", { J(stream_size, 4) } },
		{ "size_8", { J(stream_size, 8) } },
		{ "size_12", { J(stream_size, 12) } },
		{ "size_odd", { J(stream_size, t.base.jobs[0].q.stream_size + 1) } },
		{ "size_more", { J(stream_size, SZ_4K) } },
		FLUSH(1), FLUSH(0xffffff), FLUSH(0x1000000), FLUSH(0x40000000), FLUSH(0x7f000000),
		FLUSH(0x80000000), FLUSH(0x80000001), FLUSH(0xffffffff),
		{ "flush_reserved_of_empty", { J(stream_size, 0), J(stream_addr, 0), J(latest_flush, 1u << 24) } },
		{ "flush_of_empty", { J(stream_size, 0), J(stream_addr, 0), J(latest_flush, 1) } },
		{ "syncs_not_used", { F(submit.queue_submits.count, 3), J(syncs.count, 0), J(syncs.stride, 3) } },
	};

	table("submit", rows, ARRAY_SIZE(rows));
}

static void arrays(void)
{
	static struct drm_panthor_queue_submit two[2];
#define N(v)		F(submit.queue_submits.count, v)
#define STRIDE(v)	{ "stride_" #v, { F(submit.queue_submits.stride, v), N(3) } }
#define ARRAY(v)	F(keep, 1), F(submit.queue_submits.array, v)
	const struct diff_row rows[] = {
		{ "count_0", { N(0) } },
		{ "count_0_stride_0", { N(0), F(submit.queue_submits.stride, 0) } },
		{ "count_0_low", { N(0), ARRAY(DIFF_BAD_LOW) } },
		{ "count_2", { N(2) } },
		{ "count_3", { N(3) } },
		/* Two queues counting at once would lose a count: the second only loads the address. */
		{ "count_3_queues", { N(3), F(jobs[1].q.queue_index, 1), F(jobs[1].q.stream_size, 8) } },
		{ "count_3_middle_empty", { N(3), F(jobs[1].q.stream_size, 0), F(jobs[1].q.stream_addr, 0) } },
		{ "count_3_last_empty", { N(3), F(jobs[2].q.stream_size, 0), F(jobs[2].q.stream_addr, 0) } },
		STRIDE(0), STRIDE(24), STRIDE(32), STRIDE(39), STRIDE(41), STRIDE(44), STRIDE(48),
		{ "stride_48_tail", { F(submit.queue_submits.stride, 48), N(3), F(jobs[1].tail, 1) } },
		{ "stride_48_tail_of_unused", { F(submit.queue_submits.stride, 48), F(jobs[1].tail, 1) } },
		{ "stride_huge", { F(submit.queue_submits.stride, ~0u), ARRAY((uintptr_t)two) } },
		{ "null", { ARRAY(0) } },
		{ "low", { ARRAY(DIFF_BAD_LOW) } },
		{ "kernel", { ARRAY(DIFF_BAD_KERNEL) } },
		{ "top", { ARRAY(DIFF_BAD_TOP) } },
		{ "half", { N(3), ARRAY((uintptr_t)diff_page_end(two, sizeof(two))) } },
		{ "to_the_end", { N(2), ARRAY((uintptr_t)diff_page_end(two, sizeof(two))) } },
		{ "count_huge", { N(1u << 19), ARRAY((uintptr_t)two) } },
		{ "second_bad_queue", { N(3), F(jobs[1].q.queue_index, 2) } },
		{ "third_bad_pad", { N(3), F(jobs[2].q.pad, 1) } },
		{ "third_bad_address", { N(3), F(jobs[2].q.stream_addr, 8) } },
		{ "unused_bad", { N(2), F(jobs[2].q.pad, 1) } },
		{ "second_faults", { N(3), F(jobs[1].q.stream_addr, NOWHERE) } },
	};

	table("submit_array", rows, ARRAY_SIZE(rows));
}

/* A group that died, one that is gone, a VM that is. */
static void after_the_end(void)
{
	struct submit_args a = t.base;
	struct drm_panthor_vm_destroy d = { 0 };
	struct gpu_group g;
	struct gpu_vm vm;

	a.jobs[0].q.stream_addr = NOWHERE;
	diff_ret(0, call(&a), "submit_end/fault");
	diff_ret(0, drm_sync_wait_status(t.vm.gpu->fd, t.sync, JOB_MS), "submit_end/fault_fence");
	diff_case(0, "submit_end/fault_state", "%#x", gpu_group_wait_state(&t.group, ~0, JOB_MS));
	a = t.base;
	diff_ret(0, call(&a), "submit_end/dead_group");
	a.jobs[0].q.stream_addr = a.jobs[0].q.stream_size = 0;
	diff_ret(0, call(&a), "submit_end/dead_group_empty");
	a.submit.queue_submits.count = 0;
	diff_ret(0, call(&a), "submit_end/dead_group_count_0");
	gpu_group_fini(&t.group);
	a = t.base;
	diff_ret(0, call(&a), "submit_end/gone_group");

	/* The VM is not the worse for it. */
	new_group();
	a = t.base;
	diff_ret(0, call(&a), "submit_end/next_group");
	diff_ret(0, drm_sync_wait_status(t.vm.gpu->fd, t.sync, JOB_MS), "submit_end/next_group_fence");

	gpu_vm_init(t.vm.gpu, &vm);
	gpu_group_init(&vm, &g, 1);
	d.id = vm.id;
	diff_ret(0, gpu_call(t.vm.gpu, VM_DESTROY, &d), "submit_end/destroy_vm");
	a = t.base;
	a.submit.group_handle = g.handle;
	a.jobs[0].q.stream_addr = a.jobs[0].q.stream_size = 0;
	diff_ret(0, call(&a), "submit_end/vm_gone_empty");
	diff_ret(0, drm_sync_wait_status(t.vm.gpu->fd, t.sync, JOB_MS), "submit_end/vm_gone_fence");
	gpu_group_fini(&g);
}

/* More jobs than a ring has room for. */
static void full_ring(void)
{
	struct submit_args a;
	volatile u32 *word = t.data.cpu;
	u32 i, before, refused = 0;

	gpu_group_fini(&t.group);
	if (gpu_group_try(&t.vm, &t.group, 2, SZ_4K, PANTHOR_GROUP_PRIORITY_MEDIUM, 0))
		bail("GROUP_CREATE");
	t.base.submit.group_handle = t.group.handle;
	before = *word;
	for (i = 0; i < 200; i++) {
		a = t.base;
		refused += call(&a) != 0;
	}
	diff_ret(0, drm_sync_wait_status(t.vm.gpu->fd, t.sync, JOB_MS), "submit_many/fence");
	diff_case(0, "submit_many/ran", "%u,refused=%u", *word - before, refused);
}

int main(void)
{
	struct gpu gpu;
	struct cs cs;
	u32 i;

	diff_open(&gpu);
	gpu_vm_init(&gpu, &t.vm);
	gpu_bo_init(&t.vm, &t.code, SZ_64K);
	gpu_bo_init(&t.vm, &t.data, SZ_64K);
	drm_sync_create(gpu.fd, &t.sync);
	cs = gpu_cs(&t.code, 0, SZ_4K);
	cs_move48(&cs, R_ADDR, t.data.va);
	cs_load(&cs, 0, 1, R_ADDR, 0);
	cs_wait(&cs, CS_ALL_SB);
	cs_add32(&cs, 0, 0, 1);
	cs_store(&cs, 0, 1, R_ADDR, 0);
	cs_wait(&cs, CS_ALL_SB);
	for (i = 0; i < JOBS; i++)
		t.base.jobs[i].q = (struct drm_panthor_queue_submit){
			.stream_size = cs_size(&cs), .stream_addr = cs.va,
			.syncs.stride = sizeof(struct drm_panthor_sync_op) };
	t.base.submit.queue_submits = (struct drm_panthor_obj_array){
		.stride = sizeof(t.base.jobs[0].q), .count = 1 };
	new_group();
	fields();
	arrays();
	after_the_end();
	full_ring();
	gpu_close(&gpu);
	return 0;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Differential suite: the sync operations of jobs, the same for VM_BIND and for GROUP_SUBMIT. */
#include <errno.h>
#include <string.h>

#include "diff_bind.h"

#define SIGNAL		DRM_PANTHOR_SYNC_OP_SIGNAL
#define TIMELINE	DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_TIMELINE_SYNCOBJ
#define SYNC_ONLY	DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY
#define R_ADDR		60

static struct {
	struct gpu *gpu;
	struct gpu_vm vm;
	struct gpu_bo code;
	struct gpu_group group;
	bool submit;
	u32 full, empty, line, spare;	/* signalled, not, at point 5, neither used nor waited for */
} t;

/* The description of bind jobs serves for group jobs too: both are empty but for their syncs. */
static int submit(struct diff_bind *b)
{
	struct drm_panthor_queue_submit q[BIND_OPS] = { 0 };
	char packed[BIND_OPS][sizeof(b->ops[0].syncs)];
	struct drm_panthor_group_submit s = {
		.group_handle = t.group.handle,
		.queue_submits = DRM_PANTHOR_OBJ_ARRAY(b->bind.ops.count, q),
	};
	u32 i;

	for (i = 0; i < BIND_OPS; i++) {
		q[i].syncs = b->ops[i].op.syncs;
		if (b->ops[i].keep)
			continue;
		diff_pack(packed[i], b->ops[i].syncs, BIND_SYNCS, sizeof(struct diff_sync),
			  q[i].syncs.stride, sizeof(struct diff_sync));
		q[i].syncs.array = (uintptr_t)packed[i];
	}
	return gpu_call(t.gpu, GROUP_SUBMIT, &s);
}

static int call(struct diff_bind *b)
{
	return t.submit ? submit(b) : diff_bind_call(t.gpu, b);
}

/* Empty or the state of its fence, and the point where it is. */
static void tell(struct diff_out *out, const char *name, u32 sync)
{
	int ret = drm_sync_status(t.gpu->fd, sync);
	u64 point = 0;

	/* -EINVAL: there is nothing to wait for. */
	if (ret != -EINVAL)
		ret = drm_sync_wait_status(t.gpu->fd, sync, JOB_MS);
	drm_sync_query(t.gpu->fd, sync, &point);
	diff_add(out, ",%s=%s/%llu", name, diff_error(ret), (unsigned long long)point);
}

static void fresh(u32 *sync)
{
	if (*sync)
		drm_sync_destroy(t.gpu->fd, *sync);
	drm_sync_create(t.gpu->fd, sync);
}

static void run(void *ctx, void *arg, struct diff_out *out)
{
	struct drm_syncobj_array all = { .handles = (uintptr_t)&t.full, .count_handles = 1 };
	int ret;

	(void)ctx;
	drm_sync_reset(t.gpu->fd, t.full);
	drm_sync_reset(t.gpu->fd, t.empty);
	drm_sync_reset(t.gpu->fd, t.line);
	drm_ioctl(t.gpu->fd, DRM_IOCTL_SYNCOBJ_SIGNAL, &all);
	drm_sync_signal_point(t.gpu->fd, t.line, 5);
	ret = call(arg);
	diff_add(out, "%s", diff_error(ret));
	tell(out, "empty", t.empty);
	tell(out, "full", t.full);
	tell(out, "line", t.line);
}

static void table(const char *name, const struct diff_bind *base, const struct diff_row *rows, u32 n)
{
	char full[64];
	const struct diff_table tab = { full, base, sizeof(*base), run, NULL };

	snprintf(full, sizeof(full), "sync/%s/%s", t.submit ? "submit" : "bind", name);
	diff_rows(&tab, rows, n);
}

#define F(field, v)	DIFF_FIELD(struct diff_bind, field, v)
#define N(v)		F(ops[0].op.syncs.count, v)
/* Operation @s of job @j in one field: flags and handle are neighbours. */
#define SYNC(j, s, flags, handle)							\
	{ .offset = offsetof(struct diff_bind, ops[j].syncs[s].op), .size = 8,		\
	  .value = (u64)(handle) << 32 | (u32)(flags) }
#define POINT(j, s, v)	F(ops[j].syncs[s].op.timeline_value, v)

/* Stock dereferences NULL where the handle of a signal operation is bad: '!'. */
static void single(const struct diff_bind *base)
{
	const struct diff_row rows[] = {
		{ "none", { N(0) } },
		{ "none_stride_0", { N(0), F(ops[0].op.syncs.stride, 0) } },
		{ "signal", { SYNC(0, 0, SIGNAL, t.empty) } },
		{ "signal_again", { SYNC(0, 0, SIGNAL, t.full) } },
		{ "signal_line_10", { SYNC(0, 0, SIGNAL | TIMELINE, t.line), POINT(0, 0, 10) } },
		{ "signal_line_3", { SYNC(0, 0, SIGNAL | TIMELINE, t.line), POINT(0, 0, 3) } },
		{ "signal_line_5", { SYNC(0, 0, SIGNAL | TIMELINE, t.line), POINT(0, 0, 5) } },
		{ "signal_line_0", { SYNC(0, 0, SIGNAL | TIMELINE, t.line) } },
		{ "signal_line_max", { SYNC(0, 0, SIGNAL | TIMELINE, t.line), POINT(0, 0, ~0ull) } },
		{ "signal_empty_as_line", { SYNC(0, 0, SIGNAL | TIMELINE, t.empty), POINT(0, 0, 7) } },
		{ "signal_full_as_line", { SYNC(0, 0, SIGNAL | TIMELINE, t.full), POINT(0, 0, 7) } },
		{ "signal_line_as_binary", { SYNC(0, 0, SIGNAL, t.line) } },
		{ "wait_full", { SYNC(0, 0, 0, t.full) } },
		{ "wait_empty", { SYNC(0, 0, 0, t.empty) } },
		{ "wait_line_5", { SYNC(0, 0, TIMELINE, t.line), POINT(0, 0, 5) } },
		{ "wait_line_3", { SYNC(0, 0, TIMELINE, t.line), POINT(0, 0, 3) } },
		{ "wait_line_6", { SYNC(0, 0, TIMELINE, t.line), POINT(0, 0, 6) } },
		{ "wait_line_max", { SYNC(0, 0, TIMELINE, t.line), POINT(0, 0, ~0ull) } },
		{ "wait_line_0", { SYNC(0, 0, TIMELINE, t.line) } },
		{ "wait_line_as_binary", { SYNC(0, 0, 0, t.line) } },
		{ "wait_full_as_line", { SYNC(0, 0, TIMELINE, t.full), POINT(0, 0, 1) } },
		{ "wait_full_as_line_0", { SYNC(0, 0, TIMELINE, t.full) } },
		{ "wait_empty_as_line", { SYNC(0, 0, TIMELINE, t.empty), POINT(0, 0, 1) } },
		{ "binary_with_point", { SYNC(0, 0, SIGNAL, t.empty), POINT(0, 0, 1) } },
		{ "wait_binary_with_point", { SYNC(0, 0, 0, t.full), POINT(0, 0, 1) } },
		{ "type_2", { SYNC(0, 0, SIGNAL | 2, t.empty) } },
		{ "type_2_wait", { SYNC(0, 0, 2, t.full) } },
		{ "type_255", { SYNC(0, 0, SIGNAL | 255, t.empty) } },
		{ "bit_8", { SYNC(0, 0, SIGNAL | 1 << 8, t.empty) } },
		{ "bit_30", { SYNC(0, 0, SIGNAL | 1 << 30, t.empty) } },
		{ "bit_8_wait", { SYNC(0, 0, 1 << 8, t.full) } },
		{ "!signal_0", { SYNC(0, 0, SIGNAL, 0) } },
		{ "!signal_bad", { SYNC(0, 0, SIGNAL, 12345) } },
		{ "!signal_bad_line", { SYNC(0, 0, SIGNAL | TIMELINE, 12345), POINT(0, 0, 1) } },
		{ "wait_0", { SYNC(0, 0, 0, 0) } },
		{ "wait_bad", { SYNC(0, 0, 0, 12345) } },
		{ "wait_bad_line", { SYNC(0, 0, TIMELINE, 12345), POINT(0, 0, 1) } },
		{ "wait_max", { SYNC(0, 0, 0, ~0u) } },
	};

	table("one", base, rows, ARRAY_SIZE(rows));
}

/* Stock warns where a job waits for what only later is to signal: '!'. */
static void several(const struct diff_bind *base)
{
	const struct diff_row rows[] = {
		{ "wait_signal", { N(2), SYNC(0, 0, 0, t.full), SYNC(0, 1, SIGNAL, t.empty) } },
		{ "signal_wait", { N(2), SYNC(0, 1, 0, t.full), SYNC(0, 0, SIGNAL, t.empty) } },
		{ "both_same_full", { N(2), SYNC(0, 0, 0, t.full), SYNC(0, 1, SIGNAL, t.full) } },
		{ "both_same_full_turned", { N(2), SYNC(0, 0, SIGNAL, t.full), SYNC(0, 1, 0, t.full) } },
		{ "!both_same_empty", { N(2), SYNC(0, 0, 0, t.empty), SYNC(0, 1, SIGNAL, t.empty) } },
		{ "signal_twice", { N(2), SYNC(0, 0, SIGNAL, t.empty), SYNC(0, 1, SIGNAL, t.empty) } },
		{ "signal_two", { N(2), SYNC(0, 0, SIGNAL, t.empty), SYNC(0, 1, SIGNAL, t.full) } },
		{ "wait_twice", { N(2), SYNC(0, 0, 0, t.full), SYNC(0, 1, 0, t.full) } },
		{ "wait_all_three", { N(3), SYNC(0, 0, 0, t.full), SYNC(0, 1, 0, t.line),
				      SYNC(0, 2, SIGNAL, t.empty) } },
		{ "!second_bad", { N(2), SYNC(0, 0, SIGNAL, t.empty), SYNC(0, 1, SIGNAL, 12345) } },
		{ "second_wait_bad", { N(2), SYNC(0, 0, SIGNAL, t.empty), SYNC(0, 1, 0, 12345) } },
		{ "second_wait_empty", { N(2), SYNC(0, 0, SIGNAL, t.full), SYNC(0, 1, 0, t.empty) } },
		{ "bad_flags_and_bad_handle", { N(2), SYNC(0, 0, 0, 12345), SYNC(0, 1, SIGNAL | 2, t.empty) } },
		{ "!bad_handles", { N(2), SYNC(0, 0, 0, 12345), SYNC(0, 1, SIGNAL, 12345) } },
		{ "count_1_second_bad", { SYNC(0, 0, SIGNAL, t.empty), SYNC(0, 1, SIGNAL, 12345) } },
	};

	table("several", base, rows, ARRAY_SIZE(rows));
}

/* Two jobs in one call, each with one sync operation. */
static void chains(const struct diff_bind *one)
{
	struct diff_bind base = *one;
	const struct diff_row rows[] = {
		{ "signal_then_wait", { SYNC(0, 0, SIGNAL, t.empty), SYNC(1, 0, 0, t.empty) } },
		{ "signal_then_wait_line", { SYNC(0, 0, SIGNAL | TIMELINE, t.line), POINT(0, 0, 9),
					     SYNC(1, 0, TIMELINE, t.line), POINT(1, 0, 9) } },
		{ "signal_then_wait_less", { SYNC(0, 0, SIGNAL | TIMELINE, t.line), POINT(0, 0, 9),
					     SYNC(1, 0, TIMELINE, t.line), POINT(1, 0, 8) } },
		{ "signal_then_wait_more", { SYNC(0, 0, SIGNAL | TIMELINE, t.line), POINT(0, 0, 9),
					     SYNC(1, 0, TIMELINE, t.line), POINT(1, 0, 10) } },
		{ "wait_then_signal_full", { SYNC(0, 0, 0, t.full), SYNC(1, 0, SIGNAL, t.full) } },
		{ "!wait_then_signal_empty", { SYNC(0, 0, 0, t.empty), SYNC(1, 0, SIGNAL, t.empty) } },
		{ "signal_both", { SYNC(0, 0, SIGNAL, t.empty), SYNC(1, 0, SIGNAL, t.empty) } },
		{ "signal_different", { SYNC(0, 0, SIGNAL, t.empty), SYNC(1, 0, SIGNAL, t.full) } },
		{ "points_in_order", { SYNC(0, 0, SIGNAL | TIMELINE, t.line), POINT(0, 0, 8),
				       SYNC(1, 0, SIGNAL | TIMELINE, t.line), POINT(1, 0, 9) } },
		{ "points_turned", { SYNC(0, 0, SIGNAL | TIMELINE, t.line), POINT(0, 0, 9),
				     SYNC(1, 0, SIGNAL | TIMELINE, t.line), POINT(1, 0, 8) } },
		{ "points_equal", { SYNC(0, 0, SIGNAL | TIMELINE, t.line), POINT(0, 0, 9),
				    SYNC(1, 0, SIGNAL | TIMELINE, t.line), POINT(1, 0, 9) } },
		{ "!second_bad", { SYNC(0, 0, SIGNAL, t.empty), SYNC(1, 0, SIGNAL, 12345) } },
		{ "second_wait_bad", { SYNC(0, 0, SIGNAL, t.empty), SYNC(1, 0, 0, 12345) } },
		{ "!first_bad", { SYNC(0, 0, SIGNAL, 12345), SYNC(1, 0, SIGNAL, t.empty) } },
		{ "signal_binary_wait_line_0", { SYNC(0, 0, SIGNAL, t.empty), SYNC(1, 0, TIMELINE, t.empty) } },
	};

	base.bind.ops.count = 2;
	base.ops[1].op.syncs.count = 1;
	table("chain", &base, rows, ARRAY_SIZE(rows));
}

static void arrays(const struct diff_bind *one)
{
	struct diff_bind base = *one;
	struct drm_panthor_sync_op two[2] = { { SIGNAL, t.empty, 0 }, { SIGNAL, t.empty, 0 } };
	const u64 end = (uintptr_t)diff_page_end(two, sizeof(two));
#define STRIDE(v)	{ "stride_" #v, { F(ops[0].op.syncs.stride, v), N(2) } }
#define ARRAY(v)	F(ops[0].keep, 1), F(ops[0].op.syncs.array, v)
	const struct diff_row rows[] = {
		STRIDE(0), STRIDE(8), STRIDE(15), STRIDE(17), STRIDE(20), STRIDE(24),
		{ "stride_24_tail", { F(ops[0].op.syncs.stride, 24), N(2), F(ops[0].syncs[1].tail, 1) } },
		{ "stride_24_tail_of_unused", { F(ops[0].op.syncs.stride, 24), F(ops[0].syncs[1].tail, 1) } },
		{ "stride_huge", { F(ops[0].op.syncs.stride, ~0u), ARRAY(end) } },
		{ "null", { ARRAY(0) } },
		{ "low", { ARRAY(DIFF_BAD_LOW) } },
		{ "kernel", { ARRAY(DIFF_BAD_KERNEL) } },
		{ "top", { ARRAY(DIFF_BAD_TOP) } },
		{ "half", { N(3), ARRAY(end) } },
		{ "to_the_end", { N(2), ARRAY(end) } },
		{ "count_huge", { N(1u << 20), ARRAY(end) } },
		{ "count_0_low", { N(0), ARRAY(DIFF_BAD_LOW) } },
	};

	base.ops[0].syncs[0].op = base.ops[0].syncs[1].op = two[0];
	table("array", &base, rows, ARRAY_SIZE(rows));
}

/* A job whose fence is in @sync: it fails, or spins from when it is seen to run. */
static void slow_job(struct gpu_group *g, u32 sync, u32 spin)
{
	volatile u32 *seen = (u32 *)((char *)t.code.cpu + SZ_4K);
	struct drm_panthor_sync_op op = { .flags = SIGNAL, .handle = sync };
	struct cs cs = gpu_cs(&t.code, 0, SZ_4K);
	s64 end = now_ns() + JOB_MS * NSEC_PER_MSEC;
	int ret;

	*seen = 0;
	cs_store_word(&cs, R_ADDR, 0, t.code.va + SZ_4K, 1);
	if (spin)
		cs_spin(&cs, 0, spin);
	else
		cs_invalid(&cs);
	ret = gpu_submit_raw(g, 0, cs.va, cs_size(&cs), 1, &op);
	if (ret)
		bail("GROUP_SUBMIT: %s", strerror(-ret));
	while (spin && !*seen && now_ns() < end)
		sleep_ms(1);
}

/* Jobs that wait for one that is running, for one that fails, for one whose group goes. */
static void pending(const struct diff_bind *one, const char *what)
{
	struct diff_bind b = *one;
	struct gpu_group g;
	char name[64];
	int ret, fence, dep;

	gpu_group_init(&t.vm, &g, 1);
	fresh(&t.empty);
	fresh(&t.full);
	slow_job(&g, t.full, !strcmp(what, "runs") ? 200000 : !strcmp(what, "goes") ? 0x7fffffff : 0);
	b.ops[0].op.syncs.count = 2;
	b.ops[0].syncs[0].op = (struct drm_panthor_sync_op){ .handle = t.full };
	b.ops[0].syncs[1].op = (struct drm_panthor_sync_op){ .flags = SIGNAL, .handle = t.empty };
	ret = call(&b);
	if (!strcmp(what, "goes")) {
		gpu_group_fini(&g);
		g.handle = 0;
	}
	fence = drm_sync_wait_status(t.gpu->fd, t.empty, JOB_MS);
	dep = drm_sync_wait_status(t.gpu->fd, t.full, JOB_MS);
	snprintf(name, sizeof(name), "sync/%s/pending/%s", t.submit ? "submit" : "bind", what);
	diff_case(0, name, "%s,fence=%s,dependency=%s", diff_error(ret), diff_error(fence), diff_error(dep));
	if (g.handle)
		gpu_group_fini(&g);
}

int main(void)
{
	struct diff_bind base;
	struct gpu gpu;

	diff_open(&gpu);
	t.gpu = &gpu;
	gpu_vm_init(&gpu, &t.vm);
	gpu_bo_init(&t.vm, &t.code, SZ_64K);
	gpu_group_init(&t.vm, &t.group, 1);
	fresh(&t.full);
	fresh(&t.empty);
	fresh(&t.line);
	for (t.submit = false;; t.submit = true) {
		diff_bind_init(&base, t.vm.id, SYNC_ONLY, 0, 0, 0, 0);
		base.bind.flags = DRM_PANTHOR_VM_BIND_ASYNC;
		base.ops[0].op.syncs.count = 1;
		single(&base);
		several(&base);
		chains(&base);
		arrays(&base);
		pending(&base, "runs");
		pending(&base, "fails");
		pending(&base, "goes");
		if (t.submit)
			break;
	}
	gpu_close(&gpu);
	return 0;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Jobs: streams that compute, store, wait for each other and for the CPU. */
#include <errno.h>
#include <string.h>

#include "gpu.h"

#define R_ADDR	60	/* pair that holds an address */
#define R_DATA	62	/* pair that holds a value */

/* Everything that one test needs. Streams and data are cut out of one buffer each. */
struct fixture {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code, data;
};

#define STREAM_SIZE	0x2000

static struct cs stream(struct fixture *f, u32 n)
{
	return gpu_cs(&f->code, n * STREAM_SIZE, STREAM_SIZE);
}

static u32 *word(struct fixture *f, u32 offset)
{
	return (u32 *)((char *)f->data.cpu + offset);
}

static void store_word(struct cs *cs, u64 va, u32 value)
{
	cs_store_word(cs, R_ADDR, R_DATA, va, value);
}

static void test_simple(struct fixture *f)
{
	struct gpu_group g;
	struct cs cs = stream(f, 0);
	u32 i, wrong = 0;

	gpu_group_init(&f->vm, &g, 1);
	cs_nop(&cs);
	is(gpu_run(&g, 0, &cs), 0, "a stream that does nothing");

	cs = stream(f, 1);
	store_word(&cs, f->data.va, 0xcafe);
	is(gpu_run(&g, 0, &cs), 0, "a stream that stores");
	is(*word(f, 0), 0xcafe, "what it stored");

	cs = stream(f, 2);
	cs_move48(&cs, R_ADDR, f->data.va + 0x100);
	for (i = 0; i < 16; i++)
		cs_move32(&cs, i, 0x1000 + i);
	cs_store(&cs, 0, 0xffff, R_ADDR, 0);
	cs_store(&cs, 0, 0x8001, R_ADDR, 0x40);
	cs_wait(&cs, CS_ALL_SB);
	cs_load(&cs, 20, 0xf0f0, R_ADDR, 0);
	cs_wait(&cs, CS_ALL_SB);
	cs_store(&cs, 20, 0xf0f0, R_ADDR, 0x80);
	cs_wait(&cs, CS_ALL_SB);
	is(gpu_run(&g, 0, &cs), 0, "16 registers out and in");
	for (i = 0; i < 16; i++)
		wrong += word(f, 0x100)[i] != 0x1000 + i;
	is(wrong, 0, "all 16 stored");
	is(word(f, 0x140)[0], 0x1000, "first of a mask");
	is(word(f, 0x140)[1], 0, "a hole of it");
	is(word(f, 0x140)[15], 0x100f, "last of it");
	is(word(f, 0x180)[4], 0x1004, "loaded and stored with holes");
	is(word(f, 0x180)[3], 0, "which stay holes");
	gpu_group_fini(&g);
}

static void test_flow(struct fixture *f)
{
	struct cs cs = stream(f, 0), sub, inner;
	struct gpu_group g;
	u32 size;

	gpu_group_init(&f->vm, &g, 1);

	/* r2 += 3, 1000 times */
	cs_move32(&cs, 0, 1000);
	cs_move32(&cs, 2, 0);
	cs_add32(&cs, 2, 2, 3);
	cs_add32(&cs, 0, 0, -1);
	cs_branch(&cs, CS_GT, 0, -3);
	cs_move48(&cs, R_ADDR, f->data.va + 0x200);
	cs_store(&cs, 2, 1, R_ADDR, 0);
	cs_move48(&cs, 4, 0xffffffff);
	cs_add64(&cs, 4, 4, 1);
	cs_add64(&cs, 6, 4, -2);
	cs_store(&cs, 4, 0xf, R_ADDR, 8);
	is(gpu_run(&g, 0, &cs), 0, "a loop");
	is(*word(f, 0x200), 3000, "counted to the end");
	is(*(u64 *)word(f, 0x208), 0x100000000ll, "64-bit sum carries");
	is(*(u64 *)word(f, 0x210), 0xfffffffell, "64-bit difference borrows");

	/* main calls sub, which calls inner twice */
	inner = stream(f, 1);
	cs_add32(&inner, 10, 10, 1);
	sub = stream(f, 2);
	cs_move48(&sub, 12, inner.va);
	cs_move32(&sub, 14, cs_size(&inner));
	cs_call(&sub, 12, 14);
	cs_call(&sub, 12, 14);
	cs_add32(&sub, 10, 10, 100);
	cs = stream(f, 3);
	cs_move32(&cs, 10, 0);
	cs_move48(&cs, 16, sub.va);
	cs_move32(&cs, 18, cs_size(&sub));
	cs_call(&cs, 16, 18);
	cs_call(&cs, 16, 18);
	cs_move48(&cs, R_ADDR, f->data.va + 0x220);
	cs_store(&cs, 10, 1, R_ADDR, 0);
	is(gpu_run(&g, 0, &cs), 0, "calls in calls");
	is(*word(f, 0x220), 204, "each of them once");

	/* a jump goes on elsewhere, and the job ends there */
	sub = stream(f, 4);
	store_word(&sub, f->data.va + 0x224, 7);
	cs = stream(f, 5);
	cs_move48(&cs, 16, sub.va);
	cs_move32(&cs, 18, cs_size(&sub));
	cs_jump(&cs, 16, 18);
	size = cs.n;
	store_word(&cs, f->data.va + 0x224, 8);
	ok(cs.n > size, "there is code behind the jump");
	is(gpu_run(&g, 0, &cs), 0, "a jump");
	is(*word(f, 0x224), 7, "does not come back");
	gpu_group_fini(&g);
}

static void test_queues(struct fixture *f)
{
	u32 n = f->gpu.csif.cs_slot_count, i, wrong = 0;
	struct gpu_group g;
	struct cs cs;

	gpu_group_init(&f->vm, &g, n);
	for (i = 0; i < n; i++) {
		cs = stream(f, i);
		cs_spin(&cs, 0, 500);
		store_word(&cs, f->data.va + 0x300 + i * 4, i + 1);
		wrong += gpu_submit(&g, i, &cs) != 0;
	}
	is(wrong, 0, "one job on each of %u queues", n);
	for (i = 0; i < n; i++)
		wrong += gpu_wait(&g, i, JOB_MS) != 0;
	is(wrong, 0, "all end well");
	for (i = 0; i < n; i++)
		wrong += *word(f, 0x300 + i * 4) != i + 1;
	is(wrong, 0, "and stored");

	/* queue 0 waits for an object that queue 1 sets, and the reverse */
	cs = stream(f, 0);
	cs_move48(&cs, R_ADDR, f->data.va + 0x400);
	cs_move48(&cs, R_DATA, 0);
	cs_sync_wait64(&cs, CS_GT, R_DATA, R_ADDR);
	store_word(&cs, f->data.va + 0x440, 1);
	cs_move48(&cs, R_ADDR, f->data.va + 0x410);
	cs_move48(&cs, R_DATA, 5);
	cs_sync_set64(&cs, CS_GROUP, R_DATA, R_ADDR);
	is(gpu_submit(&g, 0, &cs), 0, "a job that waits for another queue");

	cs = stream(f, 1);
	cs_spin(&cs, 0, 2000);
	cs_move48(&cs, R_ADDR, f->data.va + 0x400);
	cs_move48(&cs, R_DATA, 1);
	cs_sync_add64(&cs, CS_GROUP, R_DATA, R_ADDR);
	cs_move48(&cs, R_ADDR, f->data.va + 0x410);
	cs_move48(&cs, R_DATA, 4);
	cs_sync_wait64(&cs, CS_GT, R_DATA, R_ADDR);
	is(gpu_submit(&g, 1, &cs), 0, "and that one, which waits for the first");
	is(gpu_wait(&g, 0, JOB_MS), 0, "the first ends");
	is(gpu_wait(&g, 1, JOB_MS), 0, "the second ends");
	is(*word(f, 0x440), 1, "in the right order");
	gpu_group_fini(&g);
}

static void test_syncs(struct fixture *f)
{
	struct drm_panthor_sync_op s[2];
	struct cs cs = stream(f, 0);
	int fd = f->gpu.fd;
	struct gpu_group g;
	u64 point = 0;
	u32 timeline;

	gpu_group_init(&f->vm, &g, 2);
	drm_sync_create(fd, &timeline);
	s[0] = (struct drm_panthor_sync_op){
		.flags = DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_TIMELINE_SYNCOBJ,
		.handle = timeline,
		.timeline_value = 5,
	};
	s[1] = (struct drm_panthor_sync_op){
		.flags = DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_TIMELINE_SYNCOBJ |
			 DRM_PANTHOR_SYNC_OP_SIGNAL,
		.handle = timeline,
		.timeline_value = 10,
	};

	store_word(&cs, f->data.va + 0x500, 1);
	is(gpu_submit_raw(&g, 0, cs.va, cs_size(&cs), 2, s), -EINVAL,
	   "waiting for a point that nobody promised");
	drm_sync_signal_point(fd, timeline, 5);
	is(gpu_submit_raw(&g, 0, cs.va, cs_size(&cs), 2, s), 0, "wait for point 5, signal 10");
	is(drm_sync_wait_point(fd, timeline, 10, JOB_MS), 0, "point 10 comes");
	is(*word(f, 0x500), 1, "after the job");
	drm_sync_query(fd, timeline, &point);
	is(point, 10, "the timeline says 10");

	/* a job behind another queue's job, then an empty one behind that */
	cs = stream(f, 1);
	cs_hold(&cs, R_ADDR, R_DATA, f->data.va + 0x508);
	store_word(&cs, f->data.va + 0x504, 1);
	s[0].timeline_value = 10;
	s[1].timeline_value = 20;
	is(gpu_submit_raw(&g, 0, cs.va, cs_size(&cs), 2, s), 0, "a slow job signals 20");
	s[0].timeline_value = 20;
	s[1].timeline_value = 30;
	is(gpu_submit_raw(&g, 1, 0, 0, 2, s), 0, "no stream: 20 in, 30 out");
	is(*word(f, 0x504), 0, "the slow job is not done");
	is(drm_sync_wait_point(fd, timeline, 20, 0), -ETIME, "nor is point 20");
	*(volatile u32 *)word(f, 0x508) = 1;
	is(drm_sync_wait_point(fd, timeline, 30, JOB_MS), 0, "point 30 comes");
	is(*word(f, 0x504), 1, "after the slow job");

	/* Points have 64 bits: this one is not point 31. */
	s[0].timeline_value = (1ull << 32) + 31;
	s[1].timeline_value = (1ull << 32) + 40;
	is(gpu_submit_raw(&g, 1, 0, 0, 2, s), -EINVAL, "waiting for a point beyond 32 bits");
	drm_sync_signal_point(fd, timeline, (1ull << 32) + 31);
	is(gpu_submit_raw(&g, 1, 0, 0, 2, s), 0, "which comes");
	is(drm_sync_wait_point(fd, timeline, (1ull << 32) + 40, JOB_MS), 0, "and the next one");

	s[0].handle = 12345;
	is(gpu_submit_raw(&g, 1, 0, 0, 2, s), -ENOENT, "bad sync object");
	s[0].handle = timeline;
	s[0].flags |= 1u << 20;
	is(gpu_submit_raw(&g, 1, 0, 0, 2, s), -EINVAL, "unknown flag of a sync object");
	drm_sync_destroy(fd, timeline);
	gpu_group_fini(&g);
}

/* More jobs than the ring has room for, all in one call. */
static void test_full_ring(struct fixture *f)
{
	struct drm_panthor_queue_submit q[100];
	struct drm_panthor_group_submit s = { .queue_submits = DRM_PANTHOR_OBJ_ARRAY(100, q) };
	struct cs cs = stream(f, 0);
	struct drm_panthor_sync_op sync = { .flags = DRM_PANTHOR_SYNC_OP_SIGNAL };
	struct gpu_group g;
	u32 i;

	is(gpu_group_try(&f->vm, &g, 1, SZ_4K, PANTHOR_GROUP_PRIORITY_LOW, 0), 0,
	   "group with a ring of 4 KiB");
	cs_move48(&cs, R_ADDR, f->data.va + 0x600);
	cs_load(&cs, 0, 1, R_ADDR, 0);
	cs_wait(&cs, CS_ALL_SB);
	cs_add32(&cs, 0, 0, 1);
	cs_store(&cs, 0, 1, R_ADDR, 0);
	cs_wait(&cs, CS_ALL_SB);

	memset(q, 0, sizeof(q));
	for (i = 0; i < 100; i++) {
		q[i].stream_addr = cs.va;
		q[i].stream_size = cs_size(&cs);
	}
	sync.handle = g.sync[0];
	q[99].syncs = (struct drm_panthor_obj_array)DRM_PANTHOR_OBJ_ARRAY(1, &sync);
	s.group_handle = g.handle;
	is(gpu_call(&f->gpu, GROUP_SUBMIT, &s), 0, "100 jobs in one call");
	is(gpu_wait(&g, 0, JOB_MS), 0, "the last one ends");
	is(*word(f, 0x600), 100, "and all ran, each after the one before");
	gpu_group_fini(&g);
}

static void test_errors(struct fixture *f)
{
	struct gpu_group g, bad = { .vm = &f->vm, .handle = 12345 };
	struct drm_panthor_group_submit s = { .pad = 1 };
	struct cs cs = stream(f, 0);
	u32 size;

	gpu_group_init(&f->vm, &g, 1);
	cs_nop(&cs);
	size = cs_size(&cs);
	is(gpu_submit_raw(&bad, 0, cs.va, size, 0, NULL), -EINVAL, "bad group");
	is(gpu_submit_raw(&g, 1, cs.va, size, 0, NULL), -EINVAL, "bad queue");
	is(gpu_submit_raw(&g, 0, cs.va + 8, size, 0, NULL), -EINVAL, "misaligned stream");
	is(gpu_submit_raw(&g, 0, cs.va, size + 4, 0, NULL), -EINVAL, "misaligned size");
	is(gpu_submit_raw(&g, 0, cs.va, 0, 0, NULL), -EINVAL, "address without size");
	is(gpu_submit_raw(&g, 0, 0, size, 0, NULL), -EINVAL, "size without address");
	s.group_handle = g.handle;
	is(gpu_call(&f->gpu, GROUP_SUBMIT, &s), -EINVAL, "padding");
	s.pad = 0;
	is(gpu_call(&f->gpu, GROUP_SUBMIT, &s), 0, "no jobs at all");
	is(gpu_run(&g, 0, &cs), 0, "the group still works");
	is(gpu_group_state(&g), 0, "and says so");
	gpu_group_fini(&g);
}

/* A wait that the CPU ends. Nothing tells the driver; an event of another group makes it look again. */
static void test_cpu_release(struct fixture *f)
{
	struct gpu_group g, other;
	struct cs cs = stream(f, 0), nop = stream(f, 1);
	volatile u64 *sync = (u64 *)word(f, 0x700);
	int i, ret = -ETIME;

	gpu_group_init(&f->vm, &g, 1);
	gpu_group_init(&f->vm, &other, 1);
	cs_move48(&cs, R_ADDR, f->data.va + 0x700);
	cs_move48(&cs, R_DATA, 41);
	cs_sync_wait64(&cs, CS_GT, R_DATA, R_ADDR);
	store_word(&cs, f->data.va + 0x720, 1);
	cs_nop(&nop);

	is(gpu_submit(&g, 0, &cs), 0, "a job that waits for the CPU");
	is(gpu_wait(&g, 0, 300), -ETIME, "waits");
	is(*word(f, 0x720), 0, "and does not go on");
	*sync = 42;
	for (i = 0; i < 20 && ret == -ETIME; i++) {
		gpu_run(&other, 0, &nop);
		ret = gpu_wait(&g, 0, 200);
	}
	is(ret, 0, "ends when released");
	is(*word(f, 0x720), 1, "and went on");
	gpu_group_fini(&other);
	gpu_group_fini(&g);
}

int main(void)
{
	struct fixture f;

	gpu_open(&f.gpu);
	gpu_vm_init(&f.gpu, &f.vm);
	gpu_bo_init(&f.vm, &f.code, SZ_64K);
	gpu_bo_init(&f.vm, &f.data, SZ_64K);

	test_simple(&f);
	test_flow(&f);
	test_queues(&f);
	test_syncs(&f);
	test_full_ring(&f);
	test_errors(&f);
	test_cpu_release(&f);

	gpu_bo_fini(&f.data);
	gpu_bo_fini(&f.code);
	gpu_vm_fini(&f.vm);
	gpu_close(&f.gpu);
	return done();
}

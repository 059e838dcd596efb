// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* More groups than slots, more address spaces than the GPU has, priorities, ends in mid-stream. */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

#include "gpu.h"

#define MANY		16
#define MANY_VMS	9
#define R_ADDR		60

/* Count to @count and store it. */
static void counting_stream(struct cs *cs, u32 count, u64 va)
{
	cs_move32(cs, 0, count);
	cs_move32(cs, 2, 0);
	cs_add32(cs, 2, 2, 1);
	cs_add32(cs, 0, 0, -1);
	cs_branch(cs, CS_GT, 0, -3);
	cs_move48(cs, R_ADDR, va);
	cs_store(cs, 2, 1, R_ADDR, 0);
	cs_wait(cs, CS_ALL_SB);
}

static void test_create(struct gpu_vm *vm)
{
	struct drm_panthor_queue_create q = { .priority = 1, .ringbuf_size = SZ_64K };
	struct drm_panthor_group_create good = {
		.queues = DRM_PANTHOR_OBJ_ARRAY(1, &q),
		.max_compute_cores = 1,
		.max_fragment_cores = 1,
		.max_tiler_cores = 1,
		.compute_core_mask = 1,
		.fragment_core_mask = 1,
		.tiler_core_mask = 1,
		.vm_id = vm->id,
	}, c = good;
	struct drm_panthor_group_destroy d = { .group_handle = 12345 };
	struct drm_panthor_group_get_state s = { .group_handle = 12345 };
	struct gpu *gpu = vm->gpu;

#define REFUSED(what, ...)						\
	do {								\
		c = good;						\
		__VA_ARGS__;						\
		is(gpu_call(gpu, GROUP_CREATE, &c), -EINVAL, what);	\
	} while (0)

	REFUSED("no queues", c.queues.count = 0);
	REFUSED("too many queues", c.queues.count = gpu->csif.cs_slot_count + 1);
	REFUSED("bad VM", c.vm_id = 12345);
	REFUSED("unknown flags", c.flags = 1u << 31);
	REFUSED("unknown priority", c.priority = 9);
	REFUSED("cores that are not there", c.compute_core_mask = ~0ull);
	REFUSED("more compute cores than in the mask", c.max_compute_cores = 2);
	REFUSED("more fragment cores than in the mask", c.max_fragment_cores = 2);
	REFUSED("more tilers than in the mask", c.max_tiler_cores = 2);
	q.ringbuf_size = SZ_4K + 64;
	REFUSED("ring size not a power of two", (void)0);
	q.ringbuf_size = SZ_4K / 2;
	REFUSED("ring too small", (void)0);
	q.ringbuf_size = 2 * SZ_64K;
	REFUSED("ring too large", (void)0);
	q.ringbuf_size = SZ_64K;
	q.priority = 16;
	REFUSED("queue priority too high", (void)0);
	q.priority = 15;
	q.pad[1] = 1;
	REFUSED("queue padding", (void)0);
	q.pad[1] = 0;

	c = good;
	is(gpu_call(gpu, GROUP_CREATE, &c), 0, "and without mistakes");
	ok(c.group_handle, "handle is not 0");
	is(gpu_call(gpu, GROUP_DESTROY, &d), -EINVAL, "destroy: bad handle");
	is(gpu_call(gpu, GROUP_GET_STATE, &s), -EINVAL, "state: bad handle");
	d.group_handle = c.group_handle;
	is(gpu_call(gpu, GROUP_DESTROY, &d), 0, "destroy");
	is(gpu_call(gpu, GROUP_DESTROY, &d), -EINVAL, "destroy: once only");
}

static void test_many(struct gpu_vm *vm)
{
	struct gpu_group g[MANY];
	struct gpu_bo code, data;
	u32 i, round, wrong = 0;
	struct cs cs;

	gpu_bo_init(vm, &code, SZ_64K);
	gpu_bo_init(vm, &data, SZ_64K);
	for (i = 0; i < MANY; i++)
		gpu_group_init(vm, &g[i], 1);

	for (round = 0; round < 3; round++) {
		for (i = 0; i < MANY; i++) {
			cs = gpu_cs(&code, (round * MANY + i) * 0x400, 0x400);
			counting_stream(&cs, 5000 + i, data.va + (round * MANY + i) * 4);
			wrong += gpu_submit(&g[i], 0, &cs) != 0;
		}
	}
	is(wrong, 0, "3 jobs on each of %d groups over %u slots", MANY, vm->gpu->csif.csg_slot_count);
	for (i = 0; i < MANY; i++)
		wrong += gpu_wait(&g[i], 0, 2 * JOB_MS) != 0;
	is(wrong, 0, "all end well");
	for (i = 0; i < 3 * MANY; i++)
		wrong += ((u32 *)data.cpu)[i] != 5000 + i % MANY;
	is(wrong, 0, "none lost a count on its way through the slots");
	for (i = 0; i < MANY; i++) {
		wrong += gpu_group_state(&g[i]) != 0;
		gpu_group_fini(&g[i]);
	}
	is(wrong, 0, "all groups sound");
	gpu_bo_fini(&data);
	gpu_bo_fini(&code);
}

static void test_many_vms(struct gpu *gpu)
{
	struct gpu_bo code[MANY_VMS], data[MANY_VMS];
	struct gpu_group g[MANY_VMS];
	struct gpu_vm vm[MANY_VMS];
	u32 i, round, wrong = 0;
	struct cs cs;

	for (i = 0; i < MANY_VMS; i++) {
		gpu_vm_init(gpu, &vm[i]);
		gpu_bo_init(&vm[i], &code[i], SZ_64K);
		gpu_bo_init(&vm[i], &data[i], SZ_64K);
		gpu_group_init(&vm[i], &g[i], 1);
	}
	for (round = 0; round < 2; round++) {
		for (i = 0; i < MANY_VMS; i++) {
			cs = gpu_cs(&code[i], round * 0x400, 0x400);
			counting_stream(&cs, 2000 + i, data[i].va + round * 4);
			wrong += gpu_submit(&g[i], 0, &cs) != 0;
		}
		for (i = 0; i < MANY_VMS; i++)
			wrong += gpu_wait(&g[i], 0, 2 * JOB_MS) != 0;
	}
	is(wrong, 0, "%d address spaces on %d slots: all end well", MANY_VMS,
	   __builtin_popcount(gpu->info.as_present) - 1);
	for (i = 0; i < MANY_VMS; i++) {
		wrong += ((u32 *)data[i].cpu)[0] != 2000 + i;
		wrong += ((u32 *)data[i].cpu)[1] != 2000 + i;
	}
	is(wrong, 0, "each in its own memory");
	for (i = 0; i < MANY_VMS; i++) {
		gpu_group_fini(&g[i]);
		gpu_bo_fini(&data[i]);
		gpu_bo_fini(&code[i]);
		gpu_vm_fini(&vm[i]);
	}
}

static void test_destroy_running(struct gpu_vm *vm)
{
	struct gpu_bo code, data;
	struct gpu_group g, other;
	struct cs cs, again;
	u32 sync;
	s64 start;
	int ret;

	gpu_bo_init(vm, &code, SZ_64K);
	gpu_bo_init(vm, &data, SZ_64K);
	gpu_group_init(vm, &g, 1);
	gpu_group_init(vm, &other, 1);

	cs = gpu_cs(&code, 0, SZ_4K);
	cs_spin(&cs, 0, 0x7fffffff);
	is(gpu_submit(&g, 0, &cs), 0, "a job without end");
	again = gpu_cs(&code, SZ_4K, SZ_4K);
	counting_stream(&again, 10, data.va);
	is(gpu_run(&other, 0, &again), 0, "another group runs beside it");

	/* The fence outlives the group: gpu_group_fini() would destroy its sync object. */
	sync = g.sync[0];
	g.queues = 0;
	start = now_ns();
	gpu_group_fini(&g);
	/* Left to itself the job would have its 5 s. */
	ret = drm_sync_wait_status(vm->gpu->fd, sync, 4000);
	ok(ret < 0 && ret != -ETIME, "destroyed in mid-stream, its fence has an error (%d)", ret);
	diag("after %lld ms", (long long)(now_ns() - start) / NSEC_PER_MSEC);
	drm_sync_destroy(vm->gpu->fd, sync);

	is(gpu_run(&other, 0, &again), 0, "the other group goes on");
	gpu_group_fini(&other);
	gpu_bo_fini(&data);
	gpu_bo_fini(&code);
}

static int drop_nice(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		return -errno;
	data[0].effective &= ~(1u << CAP_SYS_NICE);
	data[0].permitted &= ~(1u << CAP_SYS_NICE);
	data[0].inheritable = data[1].inheritable = 0;
	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

static void test_priorities(struct gpu_vm *vm)
{
	int with_rt = vm->gpu->id.minor >= 2;
	struct gpu_group g;
	int prio, ret;

	for (prio = PANTHOR_GROUP_PRIORITY_LOW; prio <= PANTHOR_GROUP_PRIORITY_HIGH; prio++) {
		is(gpu_group_try(vm, &g, 1, SZ_64K, prio, 0), 0, "priority %d as root", prio);
		gpu_group_fini(&g);
	}
	ret = gpu_group_try(vm, &g, 1, SZ_64K, PANTHOR_GROUP_PRIORITY_REALTIME, 0);
	is(ret, with_rt ? 0 : -EINVAL, "realtime as root");
	if (!ret)
		gpu_group_fini(&g);

	is(drop_nice(), 0, "CAP_SYS_NICE dropped");
	for (prio = PANTHOR_GROUP_PRIORITY_LOW; prio <= PANTHOR_GROUP_PRIORITY_MEDIUM; prio++) {
		is(gpu_group_try(vm, &g, 1, SZ_64K, prio, 0), 0, "priority %d without it", prio);
		gpu_group_fini(&g);
	}
	is(gpu_group_try(vm, &g, 1, SZ_64K, PANTHOR_GROUP_PRIORITY_HIGH, 0), -EACCES,
	   "high priority without it");
	is(gpu_group_try(vm, &g, 1, SZ_64K, PANTHOR_GROUP_PRIORITY_REALTIME, 0),
	   with_rt ? -EACCES : -EINVAL, "realtime without it");
}

/* A file that is closed with work in flight leaves nothing behind. */
static void test_close_running(struct gpu *gpu)
{
	struct gpu other;
	struct gpu_vm vm;
	struct gpu_bo code;
	struct gpu_group g;
	struct cs cs;

	gpu_open(&other);
	gpu_vm_init(&other, &vm);
	gpu_bo_init(&vm, &code, SZ_64K);
	gpu_group_init(&vm, &g, 1);
	cs = gpu_cs(&code, 0, SZ_4K);
	cs_spin(&cs, 0, 0x7fffffff);
	is(gpu_submit(&g, 0, &cs), 0, "a job without end in another file");
	sleep_ms(50);
	gpu_close(&other);

	gpu_vm_init(gpu, &vm);
	gpu_bo_init(&vm, &code, SZ_64K);
	gpu_group_init(&vm, &g, 1);
	cs = gpu_cs(&code, 0, SZ_4K);
	cs_nop(&cs);
	is(gpu_run(&g, 0, &cs), 0, "closed in mid-stream, the GPU still works");
	gpu_group_fini(&g);
	gpu_bo_fini(&code);
	gpu_vm_fini(&vm);
}

int main(void)
{
	struct gpu gpu;
	struct gpu_vm vm;

	gpu_open(&gpu);
	gpu_vm_init(&gpu, &vm);
	test_create(&vm);
	test_many(&vm);
	test_many_vms(&gpu);
	test_destroy_running(&vm);
	test_close_running(&gpu);
	test_priorities(&vm);
	gpu_vm_fini(&vm);
	gpu_close(&gpu);
	return done();
}

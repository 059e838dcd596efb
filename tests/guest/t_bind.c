// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* VM_BIND as the GPU sees it: what is mapped where, also when it is done asynchronously. */
#include <errno.h>
#include <string.h>

#include "gpu.h"
#include "vgpu.h"

#define R_ADDR	60
#define R_DATA	62

#define ASYNC		DRM_PANTHOR_VM_BIND_ASYNC
#define UNMAP		DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP
#define SYNC_ONLY	DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY
#define TIMELINE	DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_TIMELINE_SYNCOBJ
#define SIGNAL		DRM_PANTHOR_SYNC_OP_SIGNAL

struct fixture {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code, data;
	struct gpu_group group;
	u32 timeline;
};

/* Words of f->data: the others are each test's own. */
#define BEGUN	30
#define RELEASE	31

static void store_word(struct cs *cs, u64 va, u32 value)
{
	cs_store_word(cs, R_ADDR, R_DATA, va, value);
}

static volatile u32 *data(struct fixture *f, u32 i)
{
	return (volatile u32 *)f->data.cpu + i;
}

/* The head of a job that says that it has begun and waits for release(). */
static struct cs held(struct fixture *f)
{
	struct cs cs = gpu_cs(&f->code, 0, SZ_4K);

	*data(f, BEGUN) = 0;
	*data(f, RELEASE) = 0;
	store_word(&cs, f->data.va + 4 * BEGUN, 1);
	cs_hold(&cs, R_ADDR, R_DATA, f->data.va + 4 * RELEASE);
	return cs;
}

static void release(struct fixture *f)
{
	*data(f, RELEASE) = 1;
}

/* Read a word at a GPU address by a job. */
static u32 gpu_peek(struct fixture *f, u64 va)
{
	struct cs cs = gpu_cs(&f->code, 0x8000, SZ_4K);

	*(u32 *)f->data.cpu = 0xdead;
	cs_move48(&cs, R_ADDR, va);
	cs_load(&cs, R_DATA, 1, R_ADDR, 0);
	cs_wait(&cs, CS_ALL_SB);
	cs_move48(&cs, R_ADDR, f->data.va);
	cs_store(&cs, R_DATA, 1, R_ADDR, 0);
	cs_wait(&cs, CS_ALL_SB);
	if (gpu_run(&f->group, 0, &cs))
		return 0xbad;
	return *(volatile u32 *)f->data.cpu;
}

/* A buffer whose word 0 of each page says its number and the page's. */
static u32 numbered_bo(struct fixture *f, u32 number, u64 size)
{
	struct gpu_vm *vm = &f->vm;
	struct gpu_bo bo;
	u32 i;

	gpu_bo_init(vm, &bo, size);
	for (i = 0; i < size / SZ_4K; i++)
		((u32 *)bo.cpu)[i * SZ_4K / 4] = number << 16 | i;
	gpu_unmap(vm, bo.va, size);
	return bo.handle;
}

static void test_pages(struct fixture *f)
{
	u64 va = gpu_vm_reserve(&f->vm, 4 * SZ_2M, SZ_2M);
	u32 big = numbered_bo(f, 1, 2 * SZ_2M), small = numbered_bo(f, 2, 4 * SZ_4K);

	is(gpu_map(&f->vm, big, 0, va, 2 * SZ_2M), 0, "4 MiB mapped");
	is(gpu_peek(f, va), 1 << 16, "first page");
	is(gpu_peek(f, va + 2 * SZ_2M - SZ_4K), 1 << 16 | 1023, "last page");
	is(gpu_map(&f->vm, small, SZ_4K, va + SZ_2M + SZ_4K, SZ_4K), 0, "one page in the middle replaced");
	is(gpu_peek(f, va + SZ_2M + SZ_4K), 2 << 16 | 1, "it is the other buffer's");
	is(gpu_peek(f, va + SZ_2M), 1 << 16 | 512, "the one before is not");
	is(gpu_peek(f, va + SZ_2M + 2 * SZ_4K), 1 << 16 | 514, "nor the one behind");
	is(gpu_unmap(&f->vm, va + SZ_4K, SZ_4K), 0, "a hole");
	is(gpu_peek(f, va), 1 << 16, "the page before it is still there");
	is(gpu_peek(f, va + 2 * SZ_4K), 1 << 16 | 2, "and the one behind");
	is(gpu_map(&f->vm, big, 5 * SZ_4K, va + SZ_4K, SZ_4K), 0, "the hole filled");
	is(gpu_peek(f, va + SZ_4K), 1 << 16 | 5, "with what was asked for");
	is(gpu_unmap(&f->vm, va, 4 * SZ_2M), 0, "all unmapped");
	drm_gem_close(f->gpu.fd, big);
	drm_gem_close(f->gpu.fd, small);
}

/* One VM_BIND step with up to two sync points; 0 means none. */
static int bind_async(struct fixture *f, u32 flags, u32 bo, u64 va, u64 size, u64 in, u64 out)
{
	struct drm_panthor_sync_op s[2];
	struct drm_panthor_vm_bind_op op = { .flags = flags, .bo_handle = bo, .va = va, .size = size };
	struct drm_panthor_vm_bind b = {
		.vm_id = f->vm.id,
		.flags = ASYNC,
		.ops = DRM_PANTHOR_OBJ_ARRAY(1, &op),
	};
	u32 n = 0;

	if (in)
		s[n++] = (struct drm_panthor_sync_op){ TIMELINE, f->timeline, in };
	if (out)
		s[n++] = (struct drm_panthor_sync_op){ TIMELINE | SIGNAL, f->timeline, out };
	op.syncs = (struct drm_panthor_obj_array)DRM_PANTHOR_OBJ_ARRAY(n, s);
	return gpu_call(&f->gpu, VM_BIND, &b);
}

static void test_async(struct fixture *f)
{
	u64 va = gpu_vm_reserve(&f->vm, SZ_64K, SZ_64K);
	struct cs hold = held(f), cs = gpu_cs(&f->code, SZ_4K, SZ_4K);
	u32 bo = numbered_bo(f, 3, SZ_64K);
	struct drm_panthor_sync_op s[2] = {
		{ TIMELINE | SIGNAL, f->timeline, 10 },
	};
	int fd = f->gpu.fd;

	/* job -> map -> job -> unmap, all queued before the first has ended */
	is(gpu_submit_raw(&f->group, 0, hold.va, cs_size(&hold), 1, s), 0, "a slow job signals 10");
	is(bind_async(f, 0, bo, va, SZ_64K, 10, 20), 0, "map: 10 in, 20 out");
	s[0] = (struct drm_panthor_sync_op){ TIMELINE, f->timeline, 20 };
	s[1] = (struct drm_panthor_sync_op){ TIMELINE | SIGNAL, f->timeline, 30 };
	store_word(&cs, va + SZ_4K, 99);
	is(gpu_submit_raw(&f->group, 1, cs.va, cs_size(&cs), 2, s), 0,
	   "a job that needs the mapping: 20 in, 30 out");
	is(bind_async(f, UNMAP, 0, va, SZ_64K, 30, 40), 0, "unmap: 30 in, 40 out");
	is(drm_sync_wait_point(fd, f->timeline, 10, 0), -ETIME, "nothing has happened yet");
	release(f);
	is(drm_sync_wait_point(fd, f->timeline, 40, JOB_MS), 0, "all done");
	is(gpu_group_state(&f->group), 0, "the group is sound");

	is(gpu_map(&f->vm, bo, 0, va, SZ_64K), 0, "mapped once more");
	is(gpu_peek(f, va + SZ_4K), 99, "the job had stored");
	is(gpu_unmap(&f->vm, va, SZ_64K), 0, "and unmapped");

	is(bind_async(f, SYNC_ONLY, 0, 0, 0, 40, 50), 0, "sync only: 40 in, 50 out");
	is(drm_sync_wait_point(fd, f->timeline, 50, JOB_MS), 0, "done");
	is(bind_async(f, SYNC_ONLY, 0, 0, 0, 60, 70), -EINVAL, "a point that nobody promised");
	is(bind_async(f, 0, bo, va + 1, SZ_4K, 50, 60), -EINVAL, "misaligned address");
	is(bind_async(f, 0, 12345, va, SZ_4K, 50, 60), -EINVAL, "bad buffer");
	is(bind_async(f, 1u << 27, bo, va, SZ_4K, 50, 60), -EINVAL, "unknown flag");
	drm_gem_close(fd, bo);
}

/* Steps that wait for a job in flight do not hold up the VM's destruction. */
static void test_pending_destroy(struct fixture *f)
{
	struct fixture g = *f;
	struct cs hold = held(f);
	struct drm_panthor_sync_op s = { TIMELINE | SIGNAL, f->timeline, 100 };
	u32 bo;

	gpu_bo_create(&f->gpu, SZ_64K, 0, 0, &bo);
	gpu_vm_init(&f->gpu, &g.vm);
	is(gpu_submit_raw(&f->group, 0, hold.va, cs_size(&hold), 1, &s), 0, "a slow job");
	is(bind_async(&g, 0, bo, SZ_2M, SZ_64K, 100, 110), 0, "a map behind it in another VM");
	gpu_vm_fini(&g.vm);
	release(f);
	is(drm_sync_wait_point(f->gpu.fd, f->timeline, 110, JOB_MS), 0,
	   "the VM destroyed, the point still comes");
	is(gpu_group_state(&f->group), 0, "the group is sound");
	drm_gem_close(f->gpu.fd, bo);
}

/* Mapping elsewhere while a job runs in the same VM: for as long as a busy host may take, far from the job's limit. */
static void test_during_job(struct fixture *f)
{
	u64 va = gpu_vm_reserve(&f->vm, 2 * SZ_2M, SZ_2M);
	u32 bo = numbered_bo(f, 5, SZ_2M), i, wrong = 0;
	struct cs hold = held(f);
	s64 end;

	store_word(&hold, f->data.va + 64, 7);
	is(gpu_submit(&f->group, 0, &hold), 0, "a slow job");
	ok(gpu_wait_word(data(f, BEGUN), JOB_MS), "which has begun");
	end = now_ns() + 2000 * NSEC_PER_MSEC;
	for (i = 0; i < 50 && (i < 3 || now_ns() < end); i++) {
		wrong += gpu_map(&f->vm, bo, 0, va + i % 3 * SZ_4K, SZ_2M) != 0;
		wrong += gpu_unmap(&f->vm, va, 2 * SZ_2M) != 0;
	}
	is(wrong, 0, "%u maps and unmaps beside it", i);
	is(gpu_wait(&f->group, 0, 0), -ETIME, "it is still running");
	release(f);
	is(gpu_wait(&f->group, 0, JOB_MS), 0, "it ends well");
	is(*data(f, 16), 7, "and stored");
	drm_gem_close(f->gpu.fd, bo);
}

/* Reads a word of each of three pages over and over, until it is released. */
static struct cs load_loop(struct fixture *f, u64 va, const u32 *pages)
{
	struct cs cs = gpu_cs(&f->code, 0, SZ_4K);
	u32 i;

	*data(f, BEGUN) = 0;
	*data(f, RELEASE) = 0;
	store_word(&cs, f->data.va + 4 * BEGUN, 1);
	for (i = 0; i < 3; i++)
		cs_move48(&cs, R_ADDR - 2 * i, va + pages[i] * SZ_4K);
	cs_move48(&cs, R_ADDR - 6, f->data.va + 4 * RELEASE);
	for (i = 0; i < 3; i++)
		cs_load(&cs, R_DATA, 1, R_ADDR - 2 * i, 0);
	cs_load(&cs, 0, 1, R_ADDR - 6, 0);
	cs_wait(&cs, CS_ALL_SB);
	cs_branch(&cs, CS_EQ, 0, -6);
	return cs;
}

/* Parts of a 2 MiB block come and go while a job uses the rest of it. */
static void test_blocks(struct fixture *f)
{
	static const u32 kept[3] = { 64, 300, 440 };
	static const struct { u32 first, count; const char *name; } parts[] = {
		{ 0, 64, "head" }, { 128, 100, "middle" }, { 448, 64, "tail" }, { 301, 1, "one page" },
	};
	u64 va = gpu_vm_reserve(&f->vm, 2 * SZ_2M, SZ_2M);
	u32 bo = numbered_bo(f, 6, 2 * SZ_2M), i, round, wrong = 0;
	struct cs cs = load_loop(f, va, kept);
	s64 end;

	is(gpu_map(&f->vm, bo, 0, va, 2 * SZ_2M), 0, "two blocks mapped");
	is(gpu_submit(&f->group, 0, &cs), 0, "a job that uses the first");
	ok(gpu_wait_word(data(f, BEGUN), JOB_MS), "and has begun");
	end = now_ns() + 2000 * NSEC_PER_MSEC;
	for (round = 0; round < 5 && (!round || now_ns() < end); round++) {
		for (i = 0; i < 4; i++) {
			u64 at = va + parts[i].first * SZ_4K, size = parts[i].count * SZ_4K;

			wrong += gpu_unmap(&f->vm, at, size) != 0;
			wrong += gpu_map(&f->vm, bo, parts[i].first * SZ_4K, at, size) != 0;
		}
		/* A block again, at once over all the pieces. */
		wrong += gpu_map(&f->vm, bo, 0, va, 2 * SZ_2M) != 0;
	}
	is(wrong, 0, "parts of it unmapped and mapped again");
	is(gpu_wait(&f->group, 0, 0), -ETIME, "the job still runs");
	release(f);
	is(gpu_wait(&f->group, 0, JOB_MS), 0, "and ends well");

	for (i = 0; i < 4; i++) {
		u64 at = va + parts[i].first * SZ_4K, size = parts[i].count * SZ_4K;
		u32 last = parts[i].first + parts[i].count;

		is(gpu_unmap(&f->vm, at, size), 0, "%s unmapped", parts[i].name);
		if (parts[i].first)
			is(gpu_peek(f, at - SZ_4K), 6 << 16 | (parts[i].first - 1),
			   "the page before is right");
		is(gpu_peek(f, va + last * SZ_4K), 6 << 16 | last, "the page behind is right");
		is(gpu_map(&f->vm, bo, 511 * SZ_4K, at, SZ_4K), 0, "another page in its place");
		is(gpu_peek(f, at), 6 << 16 | 511, "that is seen");
		is(gpu_map(&f->vm, bo, 0, va, 2 * SZ_2M), 0, "all mapped again");
		is(gpu_peek(f, at), 6 << 16 | parts[i].first, "and as before");
	}
	is(gpu_unmap(&f->vm, va + SZ_4K, 2 * SZ_2M - 2 * SZ_4K), 0, "all but the first and the last page");
	is(gpu_peek(f, va), 6 << 16, "the first is right");
	is(gpu_peek(f, va + 2 * SZ_2M - SZ_4K), 6 << 16 | 1023, "the last is right");
	is(gpu_unmap(&f->vm, va, 2 * SZ_2M), 0, "all unmapped");
	drm_gem_close(f->gpu.fd, bo);
}

#define OPS	20

struct accesses {
	s64 commands, reads, writes;
};

static struct accesses accesses_now(void)
{
	return (struct accesses){
		.commands = vgpu_counter("as_commands"),
		.reads = vgpu_counter("reg_reads.as") + vgpu_counter("reg_reads.gpu"),
		.writes = vgpu_counter("reg_writes.as") + vgpu_counter("reg_writes.gpu"),
	};
}

static struct accesses count_accesses(struct fixture *f, u32 bo, u64 va)
{
	struct cs hold = held(f);
	struct accesses a, b;
	u32 i, wrong = 0;

	is(gpu_submit(&f->group, 0, &hold), 0, "a slow job");
	/* Those that are there because the VM gets its slot do not count. */
	ok(gpu_wait_word(data(f, BEGUN), JOB_MS), "which has begun");
	a = accesses_now();
	for (i = 0; i < OPS / 2; i++) {
		wrong += gpu_map(&f->vm, bo, 0, va, SZ_64K) != 0;
		wrong += gpu_unmap(&f->vm, va, SZ_64K) != 0;
	}
	b = accesses_now();
	is(wrong, 0, "maps and unmaps");
	is(gpu_wait(&f->group, 0, 0), -ETIME, "the job still runs");
	release(f);
	is(gpu_wait(&f->group, 0, JOB_MS), 0, "and ends well");
	return (struct accesses){ b.commands - a.commands, b.reads - a.reads, b.writes - a.writes };
}

/*
 * What an operation costs on a VM that is in a slot: lock, flush, unlock, and
 * each waited for with as few reads as there can be. Only ours promises that.
 */
static void test_accesses(struct fixture *f)
{
	/* Three at best: the model may answer before it has carried out what was asked. Stock needs eight. */
	const s64 most_reads = 5 * OPS + 4, most_writes = 6 * OPS + 4;
	u64 va = gpu_vm_reserve(&f->vm, SZ_2M, SZ_2M);
	u32 bo = numbered_bo(f, 7, SZ_64K), i;
	struct accesses n;

	vgpu_set("as_cmd_ns", 0);
	vgpu_set("flush_ns", 0);
	n = count_accesses(f, bo, va);
	/* A busy host's model is late more often. */
	for (i = 0; f->gpu.ours && i < 4 && (n.reads > most_reads || n.writes > most_writes); i++) {
		diag("%lld reads, %lld writes; once more", (long long)n.reads, (long long)n.writes);
		n = count_accesses(f, bo, va);
	}
	ok(f->gpu.ours ? n.commands == 2 * OPS : n.commands >= 2 * OPS, "two commands for each (%lld)",
	   (long long)n.commands);
	ok(!f->gpu.ours || n.reads <= most_reads, "%lld reads", (long long)n.reads);
	ok(!f->gpu.ours || n.writes <= most_writes, "%lld writes", (long long)n.writes);
	vgpu_set("as_cmd_ns", 2000);
	vgpu_set("flush_ns", 10000);
	drm_gem_close(f->gpu.fd, bo);
}

int main(void)
{
	struct fixture f;

	gpu_open(&f.gpu);
	gpu_vm_init(&f.gpu, &f.vm);
	gpu_bo_init(&f.vm, &f.code, SZ_64K);
	gpu_bo_init(&f.vm, &f.data, SZ_64K);
	gpu_group_init(&f.vm, &f.group, 2);
	drm_sync_create(f.gpu.fd, &f.timeline);

	test_pages(&f);
	test_during_job(&f);
	/* Stock of 6.12 takes a block apart without locking it: whoever uses the rest may fault. */
	if (f.gpu.ours || f.gpu.id.minor >= 8)
		test_blocks(&f);
	test_accesses(&f);
	test_async(&f);
	test_pending_destroy(&f);

	drm_sync_destroy(f.gpu.fd, f.timeline);
	gpu_group_fini(&f.group);
	gpu_bo_fini(&f.data);
	gpu_bo_fini(&f.code);
	gpu_vm_fini(&f.vm);
	gpu_close(&f.gpu);
	return done();
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Every allocation that a call makes fails once, in turn: the call says so and
 * leaves nothing, and the same call works afterwards.
 *
 * What is lost for good is for kmemleak, and for the slabs when the module goes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "bound.h"
#include "nomem.h"
#include "pfix.h"
#include "sysfs.h"
#include "vgpu.h"

#define SIZE		SZ_64K

/* What the calls work on. */
struct stage {
	struct pfix f;
	struct gpu_group g;
	struct cs cs;
	u32 bo, heap, sync, group;
	u64 va, offset, point;
	int file;
	struct gpu_vm vm;
	void *map;
	char dir[256];
};

/*
 * A call. before() makes what it needs, ready() is called each time, call() is the
 * call and nothing else, undo() takes back what a call that succeeded has done,
 * after() what before() did.
 */
struct op {
	const char *name;
	void (*before)(struct stage *s);
	int (*call)(struct stage *s);
	void (*undo)(struct stage *s);
	void (*after)(struct stage *s);
	void (*ready)(struct stage *s);
};

/* --- calls --- */

static void bo_make(struct stage *s)
{
	nomem_must(gpu_bo_create(&s->f.gpu, SIZE, 0, 0, &s->bo), "BO_CREATE");
}

static void bo_free(struct stage *s)
{
	nomem_must(drm_gem_close(s->f.gpu.fd, s->bo), "GEM_CLOSE");
}

static int file_open(struct stage *s)
{
	struct stat st;
	char path[64];

	if (fstat(s->f.gpu.fd, &st))
		return -errno;
	snprintf(path, sizeof(path), "/dev/dri/renderD%u", minor(st.st_rdev));
	s->file = open(path, O_RDWR | O_CLOEXEC);
	return s->file < 0 ? -errno : 0;
}

static void file_close(struct stage *s)
{
	close(s->file);
}

static int vm_create(struct stage *s)
{
	struct drm_panthor_vm_create c = { 0 };
	int ret = gpu_call(&s->f.gpu, VM_CREATE, &c);

	s->vm.id = c.id;
	s->vm.gpu = &s->f.gpu;
	return ret;
}

static void vm_destroy(struct stage *s)
{
	gpu_vm_fini(&s->vm);
}

static int bo_create(struct stage *s)
{
	return gpu_bo_create(&s->f.gpu, SIZE, 0, 0, &s->bo);
}

static int bo_create_exclusive(struct stage *s)
{
	return gpu_bo_create(&s->f.gpu, SIZE, 0, s->f.vm.id, &s->bo);
}

static int bo_offset(struct stage *s)
{
	return gpu_bo_mmap_offset(&s->f.gpu, s->bo, &s->offset);
}

static void map_before(struct stage *s)
{
	bo_make(s);
	nomem_must(bo_offset(s), "BO_MMAP_OFFSET");
}

static int map(struct stage *s)
{
	s->map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, s->f.gpu.fd, s->offset);
	return s->map == MAP_FAILED ? -errno : 0;
}

static void map_undo(struct stage *s)
{
	munmap(s->map, SIZE);
}

static int bo_label(struct stage *s)
{
	static const char label[] = "a label";
	struct drm_panthor_bo_set_label l = { .handle = s->bo, .label = (uintptr_t)label };

	return gpu_call(&s->f.gpu, BO_SET_LABEL, &l);
}

static int bo_export(struct stage *s)
{
	s->file = drm_handle_to_fd(s->f.gpu.fd, s->bo);
	return s->file < 0 ? s->file : 0;
}

static int heap_allocate(struct stage *s)
{
	s->file = heap_alloc("protected", SIZE);
	return s->file < 0 ? s->file : 0;
}

static void import_before(struct stage *s)
{
	nomem_must(heap_allocate(s), "heap");
}

static int import(struct stage *s)
{
	return drm_fd_to_handle(s->f.gpu.fd, s->file, &s->bo);
}

static int bind(struct stage *s)
{
	return gpu_map(&s->f.vm, s->bo, 0, s->va, SIZE);
}

static void bind_undo(struct stage *s)
{
	nomem_must(gpu_unmap(&s->f.vm, s->va, SIZE), "unmap");
}

static void import_bind_before(struct stage *s)
{
	import_before(s);
	nomem_must(import(s), "import");
}

static void import_bind_after(struct stage *s)
{
	bo_free(s);
	file_close(s);
}

/* In the middle of a mapping: what is left are two. */
static void split_before(struct stage *s)
{
	bo_make(s);
	nomem_must(bind(s), "map");
}

static int split(struct stage *s)
{
	return gpu_unmap(&s->f.vm, s->va + SZ_4K, SZ_4K);
}

static void split_undo(struct stage *s)
{
	nomem_must(gpu_unmap(&s->f.vm, s->va, SIZE), "unmap");
	nomem_must(bind(s), "map");
}

static void split_after(struct stage *s)
{
	nomem_must(gpu_unmap(&s->f.vm, s->va, SIZE), "unmap");
	bo_free(s);
}

static int sparse(struct stage *s)
{
	return gpu_bind(&s->f.vm, DRM_PANTHOR_VM_BIND_OP_TYPE_MAP |
			DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE | DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC,
			0, 0, s->va, SIZE);
}

static struct drm_panthor_sync_op on_timeline(const struct stage *s, u32 what, u64 point)
{
	return (struct drm_panthor_sync_op) {
		.flags = what | DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_TIMELINE_SYNCOBJ,
		.handle = s->sync,
		.timeline_value = point,
	};
}

/* Two steps, with a wait and signals, one of them a point of a timeline. */
static int bind_async(struct stage *s)
{
	struct drm_panthor_sync_op sync[] = {
		on_timeline(s, DRM_PANTHOR_SYNC_OP_WAIT, s->point),
		on_timeline(s, DRM_PANTHOR_SYNC_OP_SIGNAL, s->point + 1),
	};
	struct drm_panthor_vm_bind_op ops[] = {
		{
			.flags = DRM_PANTHOR_VM_BIND_OP_TYPE_MAP,
			.bo_handle = s->bo,
			.va = s->va,
			.size = SIZE,
			.syncs = DRM_PANTHOR_OBJ_ARRAY(1, &sync[0]),
		}, {
			.flags = DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP,
			.va = s->va + SZ_4K,
			.size = SZ_4K,
			.syncs = DRM_PANTHOR_OBJ_ARRAY(1, &sync[1]),
		},
	};
	struct drm_panthor_vm_bind b = {
		.vm_id = s->f.vm.id,
		.flags = DRM_PANTHOR_VM_BIND_ASYNC,
		.ops = DRM_PANTHOR_OBJ_ARRAY(2, ops),
	};

	return gpu_call(&s->f.gpu, VM_BIND, &b);
}

static void sync_before(struct stage *s)
{
	nomem_must(drm_sync_create(s->f.gpu.fd, &s->sync), "SYNCOBJ_CREATE");
	s->point = 1;
	nomem_must(drm_sync_signal_point(s->f.gpu.fd, s->sync, s->point), "SYNCOBJ_TIMELINE_SIGNAL");
}

static void sync_after(struct stage *s)
{
	nomem_must(drm_sync_destroy(s->f.gpu.fd, s->sync), "SYNCOBJ_DESTROY");
}

static void next_point(struct stage *s)
{
	s->point++;
	nomem_must(drm_sync_wait_point(s->f.gpu.fd, s->sync, s->point, JOB_MS), "the next point");
}

static void bind_async_before(struct stage *s)
{
	bo_make(s);
	sync_before(s);
}

static void bind_async_undo(struct stage *s)
{
	next_point(s);
	nomem_must(gpu_unmap(&s->f.vm, s->va, SIZE), "unmap");
}

static void bind_async_after(struct stage *s)
{
	sync_after(s);
	bo_free(s);
}

/* The ioctl alone: gpu_group_try() makes sync objects as well. */
static int group_call(struct stage *s, u32 count, u32 flags)
{
	struct drm_panthor_queue_create q[4];
	struct gpu *gpu = &s->f.gpu;
	struct drm_panthor_group_create c = {
		.queues = DRM_PANTHOR_OBJ_ARRAY(count, q),
		.priority = PANTHOR_GROUP_PRIORITY_MEDIUM,
		.flags = flags,
		.max_compute_cores = 1,
		.max_fragment_cores = 1,
		.max_tiler_cores = 1,
		.compute_core_mask = gpu->info.shader_present,
		.fragment_core_mask = gpu->info.shader_present,
		.tiler_core_mask = 1,
		.vm_id = s->f.vm.id,
	};
	u32 i;
	int ret;

	memset(q, 0, sizeof(q));
	for (i = 0; i < count; i++)
		q[i] = (struct drm_panthor_queue_create){ .priority = 1, .ringbuf_size = SZ_4K };
	ret = gpu_call(gpu, GROUP_CREATE, &c);
	s->group = c.group_handle;
	return ret;
}

static int group_create(struct stage *s)
{
	return group_call(s, 2, 0);
}

static int group_create_protected(struct stage *s)
{
	return group_call(s, 1, DRM_PANTHOR_GROUP_FEATURE_PROTM);
}

static void group_destroy(struct stage *s)
{
	struct drm_panthor_group_destroy d = { .group_handle = s->group };

	nomem_must(gpu_call(&s->f.gpu, GROUP_DESTROY, &d), "GROUP_DESTROY");
}

/* So that it is this call that wakes the GPU. */
static void asleep(struct stage *s)
{
	if (sysfs_wait_power(s->dir, "suspended", ASLEEP_MS) < 0)
		bail("the GPU does not go to sleep");
}

static void submit_before(struct stage *s)
{
	sync_before(s);
	gpu_group_init(&s->f.vm, &s->g, 2);
	s->cs = pfix_stream(&s->f, 0);
	cs_nop(&s->cs);
}

/* Two queues, the second of which waits for the first. */
static int submit(struct stage *s)
{
	struct drm_panthor_sync_op sync[] = {
		{ .flags = DRM_PANTHOR_SYNC_OP_SIGNAL, .handle = s->g.sync[0] },
		{ .flags = DRM_PANTHOR_SYNC_OP_WAIT, .handle = s->g.sync[0] },
		on_timeline(s, DRM_PANTHOR_SYNC_OP_WAIT, s->point),
		on_timeline(s, DRM_PANTHOR_SYNC_OP_SIGNAL, s->point + 1),
	};
	struct drm_panthor_queue_submit q[] = {
		{
			.queue_index = 0,
			.stream_size = cs_size(&s->cs),
			.stream_addr = s->cs.va,
			.syncs = DRM_PANTHOR_OBJ_ARRAY(1, &sync[0]),
		}, {
			.queue_index = 1,
			.stream_size = cs_size(&s->cs),
			.stream_addr = s->cs.va,
			.syncs = DRM_PANTHOR_OBJ_ARRAY(3, &sync[1]),
		},
	};
	struct drm_panthor_group_submit a = {
		.group_handle = s->g.handle,
		.queue_submits = DRM_PANTHOR_OBJ_ARRAY(2, q),
	};

	return gpu_call(&s->f.gpu, GROUP_SUBMIT, &a);
}

static void submit_after(struct stage *s)
{
	is(gpu_group_state(&s->g), 0, "the group is sound");
	gpu_group_fini(&s->g);
	sync_after(s);
}

static int tiler_heap(struct stage *s)
{
	struct drm_panthor_tiler_heap_create c = {
		.vm_id = s->f.vm.id,
		.initial_chunk_count = 2,
		.chunk_size = 2 * SZ_64K,
		.max_chunks = 4,
		.target_in_flight = 1,
	};
	int ret = gpu_call(&s->f.gpu, TILER_HEAP_CREATE, &c);

	s->heap = c.handle;
	return ret;
}

static void tiler_heap_destroy(struct stage *s)
{
	struct drm_panthor_tiler_heap_destroy d = { .handle = s->heap };

	nomem_must(gpu_call(&s->f.gpu, TILER_HEAP_DESTROY, &d), "TILER_HEAP_DESTROY");
}

/* The first tiler heap of a VM makes more than others do. */
static int first_tiler_heap(struct stage *s)
{
	u32 id = s->f.vm.id;
	int ret;

	s->f.vm.id = s->vm.id;
	ret = tiler_heap(s);
	s->f.vm.id = id;
	return ret;
}

static void first_tiler_heap_before(struct stage *s)
{
	nomem_must(vm_create(s), "VM_CREATE");
}

static void first_tiler_heap_undo(struct stage *s)
{
	tiler_heap_destroy(s);
	vm_destroy(s);
	nomem_must(vm_create(s), "VM_CREATE");
}

/* A VM's first mapping makes its first tables. */
static int first_bind(struct stage *s)
{
	return gpu_map(&s->vm, s->bo, 0, s->va, SIZE);
}

static void first_bind_before(struct stage *s)
{
	nomem_must(vm_create(s), "VM_CREATE");
	bo_make(s);
}

static void first_bind_undo(struct stage *s)
{
	vm_destroy(s);
	bo_free(s);
	first_bind_before(s);
}

static void first_bind_after(struct stage *s)
{
	vm_destroy(s);
	bo_free(s);
}

static const struct op ops[] = {
	{ "open", NULL, file_open, file_close, NULL },
	{ "VM_CREATE", NULL, vm_create, vm_destroy, NULL },
	{ "BO_CREATE", NULL, bo_create, bo_free, NULL },
	{ "BO_CREATE, exclusive", NULL, bo_create_exclusive, bo_free, NULL },
	{ "mmap", map_before, map, map_undo, bo_free },
	{ "BO_SET_LABEL", bo_make, bo_label, NULL, bo_free },
	{ "export", bo_make, bo_export, file_close, bo_free },
	{ "heap allocation", NULL, heap_allocate, file_close, NULL },
	{ "import", import_before, import, bo_free, file_close },
	{ "VM_BIND, first", first_bind_before, first_bind, first_bind_undo, first_bind_after },
	{ "VM_BIND", bo_make, bind, bind_undo, bo_free },
	{ "VM_BIND, protected", import_bind_before, bind, bind_undo, import_bind_after },
	{ "VM_BIND, split", split_before, split, split_undo, split_after },
	{ "VM_BIND, sparse", NULL, sparse, bind_undo, NULL },
	{ "VM_BIND, jobs", bind_async_before, bind_async, bind_async_undo, bind_async_after },
	{ "GROUP_CREATE", NULL, group_create, group_destroy, NULL },
	{ "GROUP_CREATE, asleep", NULL, group_create, group_destroy, NULL, asleep },
	{ "GROUP_CREATE, protected", NULL, group_create_protected, group_destroy, NULL },
	{ "GROUP_SUBMIT", submit_before, submit, next_point, submit_after },
	{ "TILER_HEAP_CREATE", NULL, tiler_heap, tiler_heap_destroy, NULL },
	{ "TILER_HEAP_CREATE, first", first_tiler_heap_before, first_tiler_heap,
	  first_tiler_heap_undo, vm_destroy },
};

/* --- what is left --- */

/* Buffers that the driver knows, its own as well. */
static u32 count_bos(struct stage *s)
{
	char path[64], line[256];
	struct stat st;
	FILE *file;
	u32 n = 0;

	if (fstat(s->f.gpu.fd, &st))
		bail("fstat: %s", strerror(errno));
	snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%u/gems", minor(st.st_rdev));
	file = fopen(path, "re");
	if (!file)
		bail("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), file))
		n += strchr(line, '/') && !strstr(line, "Total");
	fclose(file);
	return n;
}

/* Freeing is done by works: until nothing changes for a while. */
static void settle(struct stage *s, u32 *bos, s64 *used)
{
	u32 i, same = 0;

	*bos = count_bos(s);
	*used = heap_used();
	for (i = 0; i < 1000 && same < 20; i++) {
		sleep_ms(10);
		same = count_bos(s) == *bos && heap_used() == *used ? same + 1 : 0;
		*bos = count_bos(s);
		*used = heap_used();
	}
}

static void nothing_left(struct stage *s, const char *name, u32 bos, s64 used)
{
	u32 i;

	for (i = 0; i < 1000 && count_bos(s) != bos; i++)
		sleep_ms(10);
	is(count_bos(s), bos, "%s: no buffer is left", name);
	ok(nomem_heap_used_is(used), "%s: no protected memory is in use", name);
}

/* --- the test --- */

/* What a call is the first time may cost memory that stays. */
static void warm_up(const struct op *op, struct stage *s)
{
	if (op->before)
		op->before(s);
	nomem_must(op->call(s), op->name);
	if (op->undo)
		op->undo(s);
	if (op->after)
		op->after(s);
}

static void fail_each(const struct op *op, struct stage *s)
{
	u32 n, failed = 0, other = 0, again = 0, bos;
	bool hit = true;
	s64 used;
	int ret;

	warm_up(op, s);
	settle(s, &bos, &used);
	if (op->before)
		op->before(s);
	for (n = 1; hit && n < NOMEM_MOST; n++) {
		if (op->ready)
			op->ready(s);
		nomem_set(n);
		ret = op->call(s);
		hit = !nomem_left();
		nomem_set(0);
		if (!ret && op->undo)
			op->undo(s);
		failed += ret == -ENOMEM;
		if (ret && ret != -ENOMEM) {
			diag("%s, allocation %u: %s", op->name, n, strerror(-ret));
			other++;
		}
		ret = op->call(s);
		if (ret) {
			diag("%s after allocation %u: %s", op->name, n, strerror(-ret));
			again++;
		} else if (op->undo) {
			op->undo(s);
		}
	}
	if (op->after)
		op->after(s);
	diag("%s: %u allocations, without %u of them it fails", op->name, n - 2, failed);
	ok(!hit, "%s: there is an end of them", op->name);
	ok(failed, "%s: it fails without memory", op->name);
	is(other, 0, "%s: and says ENOMEM", op->name);
	is(again, 0, "%s: the same works afterwards", op->name);
	nothing_left(s, op->name, bos, used);
}

/* Of our buffer, the one with a label: has it a dma-buf? And how many bytes can be evicted? */
static bool gem_exported(struct stage *s, u64 *evictable)
{
	const char *total = "Total reclaimable: ", *p;
	bool exported = false;
	char path[64], line[256];
	struct stat st;
	FILE *file;

	if (fstat(s->f.gpu.fd, &st))
		bail("fstat: %s", strerror(errno));
	snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%u/gems", minor(st.st_rdev));
	file = fopen(path, "re");
	if (!file)
		bail("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		/* After the size in hex, the state. */
		if (strstr(line, "a label") && (p = strstr(line, "0x")) && (p = strstr(p + 2, "0x")))
			exported = strtoul(p, NULL, 16) & 2;
		p = strstr(line, total);
		if (p)
			*evictable = atoll(p + strlen(total));
	}
	fclose(file);
	return exported;
}

/* A buffer that could not be exported can be evicted as before; once it has a dma-buf it keeps that. */
static void test_export(struct stage *s)
{
	u32 n, failed = 0, wrong = 0;
	bool hit = true, exported;
	int ret;

	for (n = 1; hit && n < NOMEM_MOST; n++) {
		u64 before = 0, after = 0;

		bo_make(s);
		nomem_must(bo_label(s), "BO_SET_LABEL");
		nomem_must(bind(s), "map");
		wrong += gem_exported(s, &before) || before < SIZE;
		nomem_set(n);
		ret = bo_export(s);
		hit = !nomem_left();
		nomem_set(0);
		exported = gem_exported(s, &after);
		failed += ret == -ENOMEM && !exported;
		if (before - after != (exported ? SIZE : 0)) {
			diag("allocation %u: %d, %llu bytes can be evicted, %llu before", n, ret,
			     (unsigned long long)after, (unsigned long long)before);
			wrong++;
		}
		if (!ret)
			file_close(s);
		bind_undo(s);
		bo_free(s);
	}
	ok(!hit && !ret, "export: a new buffer is exported at last");
	ok(failed > 1, "export: after %u attempts without memory", failed);
	is(wrong, 0, "export: none of which keeps it from being evicted, but a dma-buf does");
}

static void works(struct stage *s)
{
	struct gpu_group g;
	struct cs cs;

	protm_group_init(&s->f.vm, &g, 1);
	cs = pfix_stream(&s->f, 1);
	protm_fill(&cs, s->f.a.va, 7);
	protm_compare(&cs, s->f.a.va, 7);
	is(gpu_run(&g, 0, &cs), 0, "a protected job works");
	gpu_group_fini(&g);
}

/*
 * The first protected group finds the heap, and has firmware booted anew with memory
 * of it. Each failure leaves all as it was; success would not. A failure after that is
 * the group's own, see ops[].
 */
static void test_attach(struct bound *b)
{
	u32 n, failed = 0, other = 0;
	bool hit = true, fresh = true, attached = false;
	struct stage s = { 0 };
	int ret;

	for (n = 1; hit && !(attached && !fresh) && n < NOMEM_MOST; n++) {
		if (fresh) {
			if (n > 1)
				pfix_fini(&s.f);
			if (bound_unbind(b))
				bail("unbind");
			if (!nomem_heap_used_is(0))
				bail("a driver that is gone keeps protected memory");
			if (bound_bind(b))
				bail("bind");
			pfix_init(&s.f);
		}
		nomem_set(n);
		ret = group_create_protected(&s);
		hit = !nomem_left();
		nomem_set(0);
		fresh = !ret;
		attached = strcmp(pfix_text(&s.f.gpu, "state"), "disabled");
		failed += ret == -ENOMEM;
		if (!ret) {
			group_destroy(&s);
		} else if (ret != -ENOMEM) {
			diag("attach, allocation %u: %s", n, strerror(-ret));
			other++;
		} else if (!attached && !nomem_heap_used_is(SZ_64K)) {
			diag("attach, allocation %u: %lld bytes stay", n, (long long)heap_used());
			other++;
		}
	}
	diag("attach: %u allocations, without %u of them it fails", n - 2, failed);
	ok(attached, "attach: there is an end of them");
	ok(failed > 1, "attach: it fails without memory");
	is(other, 0, "attach: and says ENOMEM, and keeps no memory");
	works(&s);
	pfix_fini(&s.f);
}

int main(int argc, char **argv)
{
	struct stage s = { 0 };
	struct bound b;
	u32 i;

	nomem_init();
	pfix_init(&s.f);
	bound_init(&b, s.f.gpu.fd);
	sysfs_device(s.f.gpu.fd, s.dir, sizeof(s.dir));
	s.va = gpu_vm_reserve(&s.f.vm, SIZE, SZ_2M);
	nomem_lock_pages();
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (argc < 2 || strstr(ops[i].name, argv[1]))
			fail_each(&ops[i], &s);
	}
	if (argc < 2 || strstr("export", argv[1]))
		test_export(&s);
	works(&s);
	pfix_fini(&s.f);
	if (argc < 2 || strstr("attach", argv[1]))
		test_attach(&b);
	is(vgpu_violations(), 0, "no rule of the model was broken");
	return done();
}

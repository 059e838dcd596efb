// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Differential suite: buffers. Creation, mapping for the CPU, labels, cache maintenance, information. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "diff.h"

#define NO_MMAP	DRM_PANTHOR_BO_NO_MMAP
#define WB	DRM_PANTHOR_BO_WB_MMAP

static void run_create(void *ctx, void *arg, struct diff_out *out)
{
	struct drm_panthor_bo_create *c = arg;
	u64 size = c->size;
	struct gpu *gpu = ctx;
	int ret = gpu_call(gpu, BO_CREATE, c);

	diff_add(out, "%s", diff_error(ret));
	if (ret) {
		diff_add(out, ",size=%s", c->size == size ? "same" : "changed");
		return;
	}
	diff_add(out, ",size=%#llx,handle=%d,close=%s", (unsigned long long)c->size, c->handle != 0,
		 diff_error(drm_gem_close(gpu->fd, c->handle)));
	diff_add(out, ",again=%s", diff_error(drm_gem_close(gpu->fd, c->handle)));
}

static void creates(struct gpu *gpu, struct gpu_vm *vm)
{
#define F(field, v)	DIFF_FIELD(struct drm_panthor_bo_create, field, v)
#define SIZE(v)		{ "size_" #v, { F(size, v) } }
	const struct drm_panthor_bo_create base = { .size = SZ_4K };
	const struct diff_row rows[] = {
		{ "plain" },
		SIZE(0), SIZE(1), SIZE(0xfff), SIZE(0x1001), SIZE(0x1fffff), SIZE(0x200000),
		SIZE(0x200001), SIZE(0x1000000), SIZE(0x100000000), SIZE(0x10000000000),
		SIZE(0x7ffffffffffff000), SIZE(0x8000000000000000), SIZE(0xffffffffffffe000),
		SIZE(0xfffffffffffff000), SIZE(0xfffffffffffff001), SIZE(0xffffffffffffffff),
		{ "no_mmap", { F(flags, NO_MMAP) } },
		{ "wb", { F(flags, WB) }, 7 },
		{ "no_mmap_wb", { F(flags, NO_MMAP | WB) }, 7 },
		{ "flag_2", { F(flags, 4) } },
		{ "flag_31", { F(flags, 1u << 31) } },
		{ "flags_all", { F(flags, ~0u) } },
		{ "pad", { F(pad, 1) } },
		{ "handle_in", { F(handle, 0xdead) } },
		{ "exclusive", { F(exclusive_vm_id, vm->id) } },
		{ "exclusive_bad", { F(exclusive_vm_id, vm->id + 1) } },
		{ "exclusive_33", { F(exclusive_vm_id, 33) } },
		{ "exclusive_max", { F(exclusive_vm_id, ~0u) } },
		{ "exclusive_no_mmap", { F(exclusive_vm_id, vm->id), F(flags, NO_MMAP) } },
		{ "exclusive_wb", { F(exclusive_vm_id, vm->id), F(flags, WB) }, 7 },
		{ "exclusive_size_1", { F(exclusive_vm_id, vm->id), F(size, 1) } },
	};
	const struct diff_table table = { "bo_create", &base, sizeof(base), run_create, gpu };

	diff_rows(&table, rows, ARRAY_SIZE(rows));
#undef F
}

static void run_offset(void *ctx, void *arg, struct diff_out *out)
{
	struct drm_panthor_bo_mmap_offset *m = arg;
	int ret = gpu_call((struct gpu *)ctx, BO_MMAP_OFFSET, m);

	diff_add(out, "%s,aligned=%d,changed=%d", diff_error(ret), !(m->offset % SZ_4K), m->offset != 77);
}

static void run_info(void *ctx, void *arg, struct diff_out *out)
{
	struct drm_panthor_bo_query_info *i = arg;
	int ret = gpu_call((struct gpu *)ctx, BO_QUERY_INFO, i);

	diff_add(out, "%s,extra=%#x,create=%#x,pad=%#x", diff_error(ret), i->extra_flags,
		 i->create_flags, i->pad);
}

static void run_label(void *ctx, void *arg, struct diff_out *out)
{
	diff_add(out, "%s", diff_error(gpu_call((struct gpu *)ctx, BO_SET_LABEL, arg)));
}

/* Four buffers: plain, NO_MMAP, WB (where it exists), exclusive. */
struct set {
	u32 plain, no_mmap, wb, exclusive;
};

static void set_init(struct gpu *gpu, struct gpu_vm *vm, struct set *s)
{
	gpu_bo_create(gpu, SZ_64K, 0, 0, &s->plain);
	gpu_bo_create(gpu, SZ_64K, NO_MMAP, 0, &s->no_mmap);
	gpu_bo_create(gpu, SZ_64K, gpu->id.minor >= 7 ? WB : 0, 0, &s->wb);
	gpu_bo_create(gpu, SZ_64K, 0, vm->id, &s->exclusive);
}

static void offsets(struct gpu *gpu, const struct set *s)
{
#define F(field, v)	DIFF_FIELD(struct drm_panthor_bo_mmap_offset, field, v)
	const struct drm_panthor_bo_mmap_offset base = { .handle = s->plain, .offset = 77 };
	const struct diff_row rows[] = {
		{ "plain" }, { "again" },
		{ "offset_in", { F(offset, ~0ull) } },
		{ "pad", { F(pad, 1) } },
		{ "pad_and_bad", { F(pad, 1), F(handle, 0) } },
		{ "no_mmap", { F(handle, s->no_mmap) } },
		{ "wb", { F(handle, s->wb) }, 7 },
		{ "exclusive", { F(handle, s->exclusive) } },
		{ "handle_0", { F(handle, 0) } },
		{ "handle_bad", { F(handle, 12345) } },
		{ "handle_max", { F(handle, ~0u) } },
	};
	const struct diff_table table = { "bo_mmap_offset", &base, sizeof(base), run_offset, gpu };

	diff_rows(&table, rows, ARRAY_SIZE(rows));
#undef F
}

static void infos(struct gpu *gpu, const struct set *s)
{
#define F(field, v)	DIFF_FIELD(struct drm_panthor_bo_query_info, field, v)
	const struct drm_panthor_bo_query_info base = { .handle = s->plain };
	const struct diff_row rows[] = {
		{ "plain", .since = 7 },
		{ "extra_in", { F(extra_flags, 7) }, 7 },
		{ "create_in", { F(create_flags, 7) }, 7 },
		{ "pad", { F(pad, 1) }, 7 },
		{ "no_mmap", { F(handle, s->no_mmap) }, 7 },
		{ "wb", { F(handle, s->wb) }, 7 },
		{ "exclusive", { F(handle, s->exclusive) }, 7 },
		{ "handle_0", { F(handle, 0) }, 7 },
		{ "handle_bad", { F(handle, 12345), F(pad, 1), F(extra_flags, 9) }, 7 },
	};
	const struct diff_table table = { "bo_query_info", &base, sizeof(base), run_info, gpu };

	diff_rows(&table, rows, ARRAY_SIZE(rows));
#undef F
}

static void labels(struct gpu *gpu, const struct set *s)
{
	static char text[8192];
	char *end;

	memset(text, 'x', sizeof(text) - 1);
	end = diff_page_end("abcd", 4);
#define F(field, v)	DIFF_FIELD(struct drm_panthor_bo_set_label, field, v)
	const struct drm_panthor_bo_set_label base = { .handle = s->plain, .label = (uintptr_t)"name" };
	const struct diff_row rows[] = {
		{ "plain", .since = 4 },
		{ "none", { F(label, 0) }, 4 },
		{ "none_again", { F(label, 0) }, 4 },
		{ "empty", { F(label, (uintptr_t)"") }, 4 },
		{ "odd_bytes", { F(label, (uintptr_t)"\xff\x01\n%s") }, 4 },
		{ "4094", { F(label, (uintptr_t)(text + sizeof(text) - 4095)) }, 4 },
		{ "4095", { F(label, (uintptr_t)(text + sizeof(text) - 4096)) }, 4 },
		{ "4096", { F(label, (uintptr_t)(text + sizeof(text) - 4097)) }, 4 },
		{ "8191", { F(label, (uintptr_t)text) }, 4 },
		{ "low", { F(label, DIFF_BAD_LOW) }, 4 },
		{ "kernel", { F(label, DIFF_BAD_KERNEL) }, 4 },
		{ "top", { F(label, DIFF_BAD_TOP) }, 4 },
		{ "no_end", { F(label, (uintptr_t)end) }, 4 },
		{ "pad", { F(pad, 1) }, 4 },
		{ "pad_and_bad", { F(pad, 1), F(handle, 0) }, 4 },
		{ "handle_0", { F(handle, 0) }, 4 },
		{ "handle_bad", { F(handle, 12345), F(label, DIFF_BAD_LOW) }, 4 },
		{ "no_mmap", { F(handle, s->no_mmap) }, 4 },
		{ "exclusive", { F(handle, s->exclusive) }, 4 },
	};
	const struct diff_table table = { "bo_set_label", &base, sizeof(base), run_label, gpu };

	diff_rows(&table, rows, ARRAY_SIZE(rows));
#undef F
}

/* BO_SYNC with up to three operations behind it. */
struct sync_args {
	struct drm_panthor_bo_sync sync;
	struct {
		struct drm_panthor_bo_sync_op op;
		u64 tail;
	} wide[3];
	u32 stride;
	u64 keep;	/* the array's address is part of the case */
};

static void run_sync(void *ctx, void *arg, struct diff_out *out)
{
	struct sync_args *a = arg;
	char packed[sizeof(a->wide)];
	u32 i;

	if (!a->keep) {
		a->sync.ops.array = (uintptr_t)packed;
		for (i = 0; i < 3 && a->sync.ops.stride <= sizeof(a->wide[0]); i++)
			memcpy(packed + i * a->sync.ops.stride, &a->wide[i], a->sync.ops.stride);
	}
	diff_add(out, "%s,count=%u", diff_error(gpu_call((struct gpu *)ctx, BO_SYNC, &a->sync)),
		 a->sync.ops.count);
}

static void sync_ranges(struct gpu *gpu, const struct sync_args *base, const struct set *s)
{
#define F(field, v)	DIFF_FIELD(struct sync_args, field, v)
#define RANGE(o, n)	{ "range_" #o "_" #n, { F(wide[0].op.offset, o), F(wide[0].op.size, n) }, 7 }
	const struct diff_row rows[] = {
		{ "plain", .since = 7 },
		RANGE(0, 0), RANGE(0, 1), RANGE(1, 0), RANGE(0xffff, 1), RANGE(0x10000, 0),
		RANGE(0x10000, 1), RANGE(0x10001, 0), RANGE(0xffff, 2), RANGE(0, 0x10001),
		RANGE(0xffffffffffffffff, 1), RANGE(0xffffffffffffffff, 2), RANGE(1, 0xffffffffffffffff),
		RANGE(0x8000, 0xffffffffffff8000), RANGE(0xffffffffffff0000, 0x10000),
		RANGE(3, 5), RANGE(0x1800, 0x2345),
		{ "type_1", { F(wide[0].op.type, 1) }, 7 },
		{ "type_1_odd", { F(wide[0].op.type, 1), F(wide[0].op.offset, 77), F(wide[0].op.size, 99) }, 7 },
		{ "type_2", { F(wide[0].op.type, 2) }, 7 },
		{ "type_max", { F(wide[0].op.type, ~0u) }, 7 },
		{ "type_2_size_0", { F(wide[0].op.type, 2), F(wide[0].op.size, 0) }, 7 },
		{ "handle_0", { F(wide[0].op.handle, 0) }, 7 },
		{ "handle_bad", { F(wide[0].op.handle, 12345), F(wide[0].op.type, 9) }, 7 },
		{ "plain_bo", { F(wide[0].op.handle, s->plain) }, 7 },
		{ "plain_bo_type_1", { F(wide[0].op.handle, s->plain), F(wide[0].op.type, 1) }, 7 },
		{ "plain_bo_type_2", { F(wide[0].op.handle, s->plain), F(wide[0].op.type, 2) }, 7 },
		{ "plain_bo_beyond", { F(wide[0].op.handle, s->plain), F(wide[0].op.size, SZ_2M) }, 7 },
		{ "no_mmap_bo", { F(wide[0].op.handle, s->no_mmap) }, 7 },
		{ "exclusive_bo", { F(wide[0].op.handle, s->exclusive) }, 7 },
	};
	const struct diff_table table = { "bo_sync", base, sizeof(*base), run_sync, gpu };

	diff_rows(&table, rows, ARRAY_SIZE(rows));
}

static void sync_arrays(struct gpu *gpu, const struct sync_args *base)
{
	const struct drm_panthor_bo_sync_op two[2] = { base->wide[0].op, base->wide[0].op };
	/*
	 * Not on the stack: an element of 4 GiB that starts there ends beyond a program's addresses
	 * where they have 48 bits (EFAULT), and within where they have 52 (E2BIG).
	 */
	static struct drm_panthor_bo_sync_op huge[2];
	const struct diff_row rows[] = {
		{ "count_0", { F(sync.ops.count, 0) }, 7 },
		{ "count_0_stride_0", { F(sync.ops.count, 0), F(sync.ops.stride, 0) }, 7 },
		{ "count_0_null", { F(sync.ops.count, 0), F(keep, 1) }, 7 },
		{ "count_3", { F(sync.ops.count, 3) }, 7 },
		{ "second_bad", { F(sync.ops.count, 3), F(wide[1].op.handle, 12345) }, 7 },
		{ "third_bad", { F(sync.ops.count, 3), F(wide[2].op.type, 5) }, 7 },
		{ "stride_0", { F(sync.ops.stride, 0) }, 7 },
		{ "stride_16", { F(sync.ops.stride, 16) }, 7 },
		{ "stride_23", { F(sync.ops.stride, 23) }, 7 },
		{ "stride_25", { F(sync.ops.stride, 25), F(sync.ops.count, 3) }, 7 },
		{ "stride_32", { F(sync.ops.stride, 32), F(sync.ops.count, 3) }, 7 },
		{ "stride_32_tail", { F(sync.ops.stride, 32), F(sync.ops.count, 3), F(wide[1].tail, 1) }, 7 },
		{ "null", { F(keep, 1) }, 7 },
		{ "low", { F(keep, 1), F(sync.ops.array, DIFF_BAD_LOW) }, 7 },
		{ "kernel", { F(keep, 1), F(sync.ops.array, DIFF_BAD_KERNEL) }, 7 },
		{ "top", { F(keep, 1), F(sync.ops.array, DIFF_BAD_TOP) }, 7 },
		{ "half", { F(keep, 1), F(sync.ops.count, 3),
			    F(sync.ops.array, (uintptr_t)diff_page_end(two, sizeof(two))) }, 7 },
		{ "to_the_end", { F(keep, 1), F(sync.ops.count, 2),
				  F(sync.ops.array, (uintptr_t)diff_page_end(two, sizeof(two))) }, 7 },
		{ "stride_huge", { F(sync.ops.stride, ~0u), F(keep, 1),
				   F(sync.ops.array, (uintptr_t)huge) }, 7 },
		{ "count_huge", { F(sync.ops.count, 1u << 20), F(keep, 1),
				  F(sync.ops.array, (uintptr_t)two) }, 7 },
	};
	const struct diff_table table = { "bo_sync", base, sizeof(*base), run_sync, gpu };

	memcpy(huge, two, sizeof(two));
	diff_rows(&table, rows, ARRAY_SIZE(rows));
#undef F
}

static void syncs(struct gpu *gpu, const struct set *s)
{
	struct sync_args base = { .sync = { .ops = { .stride = 24, .count = 1 } } };
	u64 offset;
	u32 i, *cpu;

	for (i = 0; i < 3; i++)
		base.wide[i].op = (struct drm_panthor_bo_sync_op){ .handle = s->wb, .size = SZ_64K };
	sync_ranges(gpu, &base, s);
	/* Once more with pages. */
	gpu_bo_mmap_offset(gpu, s->wb, &offset);
	cpu = mmap(NULL, SZ_64K, PROT_READ | PROT_WRITE, MAP_SHARED, gpu->fd, offset);
	memset(cpu, 0x77, SZ_64K);
	sync_arrays(gpu, &base);
	diff_case(7, "bo_sync/content", "%#x", cpu[SZ_64K / 4 - 1]);
	munmap(cpu, SZ_64K);
}

static sigjmp_buf escape;

static void on_fault(int sig)
{
	siglongjmp(escape, sig);
}

/* What an access does: "ok" or a signal. */
static const char *touch(volatile u32 *at, bool write)
{
	int sig = sigsetjmp(escape, 1);

	if (sig)
		return sig == SIGBUS ? "sigbus" : "sigsegv";
	if (write)
		*at = 1;
	else
		(void)*at;
	return "ok";
}

static void one_mmap(int fd, const char *name, u64 size, int prot, int flags, u64 offset)
{
	char *cpu = mmap(NULL, size, prot, flags, fd, offset);
	struct diff_out out = { "" };

	if (cpu == MAP_FAILED) {
		diff_ret(0, -errno, "%s", name);
		return;
	}
	diff_add(&out, "ok,read=%s", touch((u32 *)cpu, false));
	diff_add(&out, ",write=%s", touch((u32 *)cpu, true));
	diff_add(&out, ",last=%s", touch((u32 *)(cpu + size - 4), false));
	diff_add(&out, ",protect=%s", mprotect(cpu, size, PROT_READ | PROT_WRITE) ? "no" : "ok");
	diff_add(&out, ",exec=%s", mprotect(cpu, size, PROT_READ | PROT_EXEC) ? "no" : "ok");
	diff_add(&out, ",drop=%s", madvise(cpu, size, MADV_DONTNEED) ? diff_error(-errno) : "ok");
	diff_add(&out, ",nofork=%s", madvise(cpu, size, MADV_DOFORK) ? diff_error(-errno) : "ok");
	diff_add(&out, ",part=%s", size > SZ_4K && munmap(cpu, SZ_4K) ? "no" : "ok");
	diff_add(&out, ",grow=%s", mremap(cpu + size - SZ_4K, SZ_4K, 2 * SZ_4K, MREMAP_MAYMOVE) ==
		 MAP_FAILED ? diff_error(-errno) : "ok");
	munmap(cpu, size);
	diff_case(0, name, "%s", out.text);
}

static void mmaps(struct gpu *gpu, const struct set *s)
{
	const int rw = PROT_READ | PROT_WRITE;
	int other = drm_open();
	u64 offset;

	gpu_bo_mmap_offset(gpu, s->plain, &offset);
	one_mmap(gpu->fd, "bo_mmap/plain", SZ_64K, rw, MAP_SHARED, offset);
	one_mmap(gpu->fd, "bo_mmap/read", SZ_64K, PROT_READ, MAP_SHARED, offset);
	one_mmap(gpu->fd, "bo_mmap/write", SZ_64K, PROT_WRITE, MAP_SHARED, offset);
	one_mmap(gpu->fd, "bo_mmap/exec", SZ_64K, rw | PROT_EXEC, MAP_SHARED, offset);
	one_mmap(gpu->fd, "bo_mmap/private", SZ_64K, rw, MAP_PRIVATE, offset);
	one_mmap(gpu->fd, "bo_mmap/private_read", SZ_64K, PROT_READ, MAP_PRIVATE, offset);
	one_mmap(gpu->fd, "bo_mmap/populate", SZ_64K, rw, MAP_SHARED | MAP_POPULATE, offset);
	one_mmap(gpu->fd, "bo_mmap/locked", SZ_64K, rw, MAP_SHARED | MAP_LOCKED, offset);
	one_mmap(gpu->fd, "bo_mmap/first_page", SZ_4K, rw, MAP_SHARED, offset);
	one_mmap(gpu->fd, "bo_mmap/second_page", SZ_4K, rw, MAP_SHARED, offset + SZ_4K);
	one_mmap(gpu->fd, "bo_mmap/last_page", SZ_4K, rw, MAP_SHARED, offset + SZ_64K - SZ_4K);
	one_mmap(gpu->fd, "bo_mmap/odd_size", 0x1001, rw, MAP_SHARED, offset);
	one_mmap(gpu->fd, "bo_mmap/too_large", SZ_64K + SZ_4K, rw, MAP_SHARED, offset);
	one_mmap(gpu->fd, "bo_mmap/over_the_end", SZ_64K, rw, MAP_SHARED, offset + SZ_4K);
	one_mmap(gpu->fd, "bo_mmap/beyond", SZ_4K, rw, MAP_SHARED, offset + SZ_64K + SZ_2M);
	one_mmap(gpu->fd, "bo_mmap/offset_0", SZ_4K, rw, MAP_SHARED, 0);
	one_mmap(gpu->fd, "bo_mmap/misaligned", SZ_4K, rw, MAP_SHARED, offset + 0x800);
	one_mmap(other, "bo_mmap/other_file", SZ_64K, rw, MAP_SHARED, offset);
	gpu_bo_mmap_offset(gpu, s->exclusive, &offset);
	one_mmap(gpu->fd, "bo_mmap/exclusive", SZ_64K, rw, MAP_SHARED, offset);
	if (!gpu_bo_mmap_offset(gpu, s->no_mmap, &offset))
		one_mmap(gpu->fd, "bo_mmap/no_mmap", SZ_64K, rw, MAP_SHARED, offset);
	else
		diff_case(0, "bo_mmap/no_mmap", "no-offset");
	close(other);
}

/* The flush counter's page, at either of its offsets. */
static void mmios(struct gpu *gpu)
{
	static const u64 offsets[] = { 1ull << 43, 1ull << 56 };
	static const u64 settings[] = { 0, 1ull << 43, 1ull << 56, 4096, (1ull << 56) + 4096, ~0ull };
	const int prots[] = { PROT_READ, PROT_READ | PROT_WRITE, PROT_WRITE, PROT_EXEC,
			      PROT_READ | PROT_EXEC, PROT_NONE };
	struct drm_panthor_set_user_mmio_offset m;
	char name[80];
	u32 set, o, i;

	for (set = 0; set < ARRAY_SIZE(settings); set++) {
		/* The first is the default. */
		int since = set ? 5 : 0;

		m.offset = settings[set];
		diff_ret(5, gpu_call(gpu, SET_USER_MMIO_OFFSET, &m), "mmio/set_%#llx",
			 (unsigned long long)m.offset);
		for (o = 0; o < 2; o++) {
			for (i = 0; i < ARRAY_SIZE(prots); i++) {
				snprintf(name, sizeof(name), "mmio/set_%u/at_%u/prot_%d", set, o, prots[i]);
				char *p = mmap(NULL, SZ_4K, prots[i], MAP_SHARED, gpu->fd, offsets[o]);

				diff_case(since, name, "%s,read=%s", p == MAP_FAILED ? diff_error(-errno) :
					  "ok", p == MAP_FAILED ? "" : touch((u32 *)p, false));
				if (p != MAP_FAILED)
					munmap(p, SZ_4K);
			}
		}
	}
}

static void mmio_shapes(void)
{
	const u64 at = 1ull << 56;
	static const struct {
		const char *name;
		u64 size, offset;
		int flags;
	} rows[] = {
		{ "private", SZ_4K, 1ull << 56, MAP_PRIVATE },
		{ "two_pages", 2 * SZ_4K, 1ull << 56, MAP_SHARED },
		{ "second_page", SZ_4K, (1ull << 56) + SZ_4K, MAP_SHARED },
		{ "odd_size", 100, 1ull << 56, MAP_SHARED },
		{ "last_page", SZ_4K, 0x7ffffffffffff000ull, MAP_SHARED },
		{ "top_page", SZ_4K, 0xfffffffffffff000ull, MAP_SHARED },
		{ "page_before", SZ_4K, (1ull << 56) - SZ_4K, MAP_SHARED },
		{ "populate", SZ_4K, 1ull << 56, MAP_SHARED | MAP_POPULATE },
	};
	int fd = drm_open();
	char name[64], *p;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		p = mmap(NULL, rows[i].size, PROT_READ, rows[i].flags, fd, rows[i].offset);
		snprintf(name, sizeof(name), "mmio/shape/%s", rows[i].name);
		diff_case(0, name, "%s,read=%s", p == MAP_FAILED ? diff_error(-errno) : "ok",
			  p == MAP_FAILED ? "" : touch((u32 *)p, false));
		if (p != MAP_FAILED)
			munmap(p, rows[i].size);
	}
	p = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, fd, at);
	diff_case(0, "mmio/shape/protect", "%s", mprotect(p, SZ_4K, PROT_READ | PROT_WRITE) ?
		  diff_error(-errno) : "ok");
	diff_case(0, "mmio/shape/grow", "%s", mremap(p, SZ_4K, 2 * SZ_4K, MREMAP_MAYMOVE) ==
		  MAP_FAILED ? diff_error(-errno) : "ok");
	/* A mapping holds the file. */
	close(fd);
	diff_case(0, "mmio/shape/closed", "%s,nonzero=%d", touch((u32 *)p, false), *(u32 *)p != 0);
	munmap(p, SZ_4K);
}

int main(void)
{
	struct sigaction act = { .sa_handler = on_fault };
	struct gpu_vm vm;
	struct gpu gpu;
	struct set s;

	sigaction(SIGBUS, &act, NULL);
	sigaction(SIGSEGV, &act, NULL);
	diff_open(&gpu);
	gpu_vm_init(&gpu, &vm);
	creates(&gpu, &vm);
	set_init(&gpu, &vm, &s);
	offsets(&gpu, &s);
	infos(&gpu, &s);
	labels(&gpu, &s);
	syncs(&gpu, &s);
	mmaps(&gpu, &s);
	mmios(&gpu);
	mmio_shapes();
	gpu_close(&gpu);
	return 0;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Random binds over each other, checked page by page by the GPU against a table.
 * Cuts go through 2 MiB blocks as well, where the kernel gives buffers huge pages.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gpu.h"
#include "tap.h"

#define R_ADDR		60
#define R_DATA		62

#define PAGES		2048u		/* of the range that is played with: 8 MiB */
#define BO_PAGES	1024u
#define BOS		2u
#define ROUNDS		40
#define STEPS		6
#define SAMPLES		64u

#define SPARSE		(DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE | DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC)

/* What a page of the range holds: nothing, anything, or a word that says buffer and page. */
#define UNMAPPED	0u
#define ANY		1u

struct fixture {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code, data;
	struct gpu_group group;
	u32 bo[BOS];
	u64 va;
	u32 want[PAGES];
};

static u32 mark(u32 bo, u32 page)
{
	return (bo + 1) << 16 | page;
}

/* Ask for huge pages in buffers; without them the test is a weaker one. */
static void want_huge_pages(void)
{
	int fd = open("/sys/kernel/mm/transparent_hugepage/shmem_enabled", O_WRONLY);

	if (fd < 0 || write(fd, "always", 6) != 6)
		diag("no huge pages in buffers");
	if (fd >= 0)
		close(fd);
}

static u32 marked_bo(struct fixture *f, u32 number)
{
	struct gpu_bo bo;
	u32 i;

	gpu_bo_init(&f->vm, &bo, BO_PAGES * SZ_4K);
	for (i = 0; i < BO_PAGES; i++)
		((u32 *)bo.cpu)[i * SZ_4K / 4] = mark(number, i);
	gpu_unmap(&f->vm, bo.va, bo.size);
	return bo.handle;
}

/* A range of pages; every other time its ends are those of 2 MiB blocks. */
static void pick(u32 *first, u32 *count)
{
	*first = rand() % PAGES;
	*count = 1 + rand() % 700;
	if (rand() % 2)
		*first &= ~511u;
	if (rand() % 2)
		*count = (*count + 511) & ~511u;
	if (*count > PAGES - *first)
		*count = PAGES - *first;
}

static int step(struct fixture *f, bool sparse)
{
	u32 first, count, i, bo = rand() % BOS, from;
	u64 va;

	pick(&first, &count);
	va = f->va + first * SZ_4K;
	switch (rand() % 4) {
	case 0:
		for (i = 0; i < count; i++)
			f->want[first + i] = UNMAPPED;
		return gpu_unmap(&f->vm, va, count * SZ_4K);
	case 1:
		if (!sparse)
			return 0;
		for (i = 0; i < count; i++)
			f->want[first + i] = ANY;
		return gpu_bind(&f->vm, SPARSE, 0, 0, va, count * SZ_4K);
	default:
		if (count > BO_PAGES)
			count = BO_PAGES;
		from = rand() % (BO_PAGES - count + 1);
		/* Blocks need both sides to agree. */
		if (rand() % 2)
			from = (from & ~511u) | (first & 511);
		if (from + count > BO_PAGES)
			count = BO_PAGES - from;
		for (i = 0; i < count; i++)
			f->want[first + i] = mark(bo, from + i);
		return gpu_map(&f->vm, f->bo[bo], from * SZ_4K, va, count * SZ_4K);
	}
}

/* Pages at both sides of each change, and some others; never an unmapped one. */
static u32 sample(struct fixture *f, u32 *pages)
{
	u32 i, n = 0;

	for (i = 0; i < PAGES && n < SAMPLES; i++) {
		bool edge = i == 0 || i == PAGES - 1 ||
			    f->want[i - 1] + 1 != f->want[i] || f->want[i + 1] != f->want[i] + 1;

		if (f->want[i] > ANY ? edge || rand() % 64 == 0 : f->want[i] == ANY && rand() % 64 == 0)
			pages[n++] = i;
	}
	return n;
}

/* How many of the pages are not what they should be; all of them if the GPU faults. */
static u32 check(struct fixture *f)
{
	struct cs cs = gpu_cs(&f->code, 0, SZ_64K);
	u32 pages[SAMPLES], n = sample(f, pages), i, wrong = 0;
	volatile u32 *out = f->data.cpu;

	memset(f->data.cpu, 0xee, SAMPLES * 4);
	for (i = 0; i < n; i++) {
		cs_move48(&cs, R_ADDR, f->va + pages[i] * SZ_4K);
		cs_load(&cs, R_DATA, 1, R_ADDR, 0);
		cs_wait(&cs, CS_ALL_SB);
		cs_move48(&cs, R_ADDR, f->data.va + i * 4);
		cs_store(&cs, R_DATA, 1, R_ADDR, 0);
	}
	cs_wait(&cs, CS_ALL_SB);
	if (gpu_run(&f->group, 0, &cs))
		return PAGES;
	for (i = 0; i < n; i++) {
		if (f->want[pages[i]] == ANY || out[i] == f->want[pages[i]])
			continue;
		if (!wrong++)
			diag("page %u is 0x%x, not 0x%x", pages[i], out[i], f->want[pages[i]]);
	}
	return wrong;
}

int main(void)
{
	u32 i, j, failed = 0, wrong = 0;
	struct fixture f = {};
	bool sparse;

	want_huge_pages();
	gpu_open(&f.gpu);
	gpu_vm_init(&f.gpu, &f.vm);
	gpu_bo_init(&f.vm, &f.code, SZ_64K);
	gpu_bo_init(&f.vm, &f.data, SZ_64K);
	gpu_group_init(&f.vm, &f.group, 1);
	for (i = 0; i < BOS; i++)
		f.bo[i] = marked_bo(&f, i);
	f.va = gpu_vm_reserve(&f.vm, PAGES * SZ_4K, SZ_2M);

	sparse = !gpu_bind(&f.vm, SPARSE, 0, 0, f.va, PAGES * SZ_4K);
	if (sparse)
		gpu_unmap(&f.vm, f.va, PAGES * SZ_4K);
	srand(20261122);
	for (i = 0; i < ROUNDS && wrong < PAGES; i++) {
		for (j = 0; j < STEPS; j++)
			failed += step(&f, sparse) != 0;
		wrong += check(&f);
	}
	is(failed, 0, "%u random binds, %s sparse ones", ROUNDS * STEPS, sparse ? "with" : "without");
	is(wrong, 0, "the GPU sees what was mapped");
	is(gpu_group_state(&f.group), 0, "the group is sound");
	is(gpu_unmap(&f.vm, f.va, PAGES * SZ_4K), 0, "all unmapped");

	for (i = 0; i < BOS; i++)
		drm_gem_close(f.gpu.fd, f.bo[i]);
	gpu_group_fini(&f.group);
	gpu_bo_fini(&f.data);
	gpu_bo_fini(&f.code);
	gpu_vm_fini(&f.vm);
	gpu_close(&f.gpu);
	return done();
}

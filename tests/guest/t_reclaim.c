// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Reclaim: buffers whose pages are taken away keep their contents, for the CPU and
 * for the GPU, in each VM. debugfs "shrink" asks for it, "gems" counts it.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pfix.h"

#define R_ADDR	60
#define R_DATA	62
#define SIZE	(2 * SZ_2M)
#define WORDS	16
#define HOLD	SZ_4K	/* in data: a word that cs_hold() looks at */

struct fixture {
	struct gpu gpu;
	struct gpu_vm vm[2];
	struct gpu_bo code[2], data[2];
	struct gpu_group group[2];
};

/* A buffer with a label, at the same address wherever it is mapped. */
struct buffer {
	const char *label;
	u32 handle, number;
	u64 va;
	u32 *cpu;
};

static bool debugfs_open(const char *name, FILE **file, const char *mode)
{
	char pattern[64];
	glob_t g;

	snprintf(pattern, sizeof(pattern), "/sys/kernel/debug/dri/*/%s", name);
	*file = NULL;
	if (!glob(pattern, 0, NULL, &g))
		*file = fopen(g.gl_pathv[0], mode);
	globfree(&g);
	return *file;
}

/* Have that many pages evicted. Returns how many were. */
static s64 shrink(u64 pages)
{
	unsigned long long freed = 0;
	FILE *f;

	if (!debugfs_open("shrink", &f, "w"))
		bail("no shrink in debugfs");
	fprintf(f, "%llu\n", (unsigned long long)pages);
	fclose(f);
	if (!debugfs_open("shrink", &f, "r") || fscanf(f, "%llx", &freed) != 1)
		bail("shrink says nothing");
	fclose(f);
	return freed;
}

/* Evictions of the buffer with a label so far, or -1; and its resident size. */
static int evictions(const char *label, u64 *resident)
{
	char line[512], name[64];
	int count, found = -1;
	unsigned long res;
	FILE *f;

	if (!debugfs_open("gems", &f, "r"))
		bail("no gems in debugfs");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %*d %*d %d %*u %lu %*s %*s %*s %63s", &count, &res, name) == 3 &&
		    !strcmp(name, label)) {
			found = count;
			*resident = res;
		}
	}
	fclose(f);
	return found;
}

static bool gone(const struct buffer *b)
{
	u64 resident = 1;

	return evictions(b->label, &resident) > 0 && !resident;
}

/* Evicts all that is to be had, more than once: what somebody has in hand is passed over. Returns the pages. */
static s64 shrink_until(const struct buffer *b)
{
	s64 freed = 0;
	u32 i;

	for (i = 0; i < 1000; i++) {
		freed += shrink(1 << 20);
		if (gone(b))
			break;
		sleep_ms(10);
	}
	return freed;
}

static u32 word_of(const struct buffer *b, u32 i)
{
	return b->number << 24 | i * 0x1235;
}

/* Where in the buffer the word is: at both ends of pages and blocks, and between. */
static u64 place_of(u32 i)
{
	return (u64)i * (SIZE / WORDS) + (i & 1 ? SZ_4K - 4 : 0);
}

static void make(struct fixture *f, struct buffer *b, const char *label, u32 number, u32 exclusive)
{
	struct drm_panthor_bo_set_label l = { .label = (u64)(uintptr_t)label };
	u64 offset;
	u32 i;

	*b = (struct buffer){ .label = label, .number = number };
	if (gpu_bo_create(&f->gpu, SIZE, 0, exclusive, &b->handle) ||
	    gpu_bo_mmap_offset(&f->gpu, b->handle, &offset))
		bail("no buffer");
	l.handle = b->handle;
	if (gpu_call(&f->gpu, BO_SET_LABEL, &l))
		bail("no label");
	b->cpu = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, f->gpu.fd, (off_t)offset);
	if (b->cpu == MAP_FAILED)
		bail("mmap");
	for (i = 0; i < WORDS; i++)
		b->cpu[place_of(i) / 4] = word_of(b, i);
	b->va = gpu_vm_reserve(&f->vm[0], SIZE, SZ_2M);
}

static void drop(struct fixture *f, struct buffer *b)
{
	munmap(b->cpu, SIZE);
	drm_gem_close(f->gpu.fd, b->handle);
}

static u32 wrong_for_cpu(const struct buffer *b)
{
	u32 i, wrong = 0;

	for (i = 0; i < WORDS; i++)
		wrong += b->cpu[place_of(i) / 4] != word_of(b, i);
	return wrong;
}

/* Read the words at @va by a job of VM @n. Returns how many are wrong, or an error. */
static int wrong_for_gpu(struct fixture *f, u32 n, const struct buffer *b, u64 va)
{
	struct cs cs = gpu_cs(&f->code[n], 0, SZ_4K);
	volatile u32 *out = f->data[n].cpu;
	int ret, wrong = 0;
	u32 i;

	for (i = 0; i < WORDS; i++) {
		out[i] = 0;
		cs_move48(&cs, R_ADDR, va + place_of(i));
		cs_load(&cs, R_DATA, 1, R_ADDR, 0);
		cs_wait(&cs, CS_ALL_SB);
		cs_move48(&cs, R_ADDR, f->data[n].va + i * 4);
		cs_store(&cs, R_DATA, 1, R_ADDR, 0);
		cs_wait(&cs, CS_ALL_SB);
	}
	ret = gpu_run(&f->group[n], 0, &cs);
	for (i = 0; i < WORDS; i++)
		wrong += out[i] != word_of(b, i);
	return ret ?: wrong;
}

static void test_no_swap(struct fixture *f)
{
	struct buffer b;

	make(f, &b, "noswap", 1, 0);
	is(shrink(1 << 20), 0, "without swap nothing is evicted");
	is(wrong_for_cpu(&b), 0, "contents");
	drop(f, &b);
}

static void swap_on(void)
{
	ok(!system("modprobe zram && echo 256M >/sys/block/zram0/disksize && "
		   "mkswap /dev/zram0 >/dev/null && swapon /dev/zram0"), "swap is on");
}

static void test_kinds(struct fixture *f)
{
	struct buffer plain, own, shared, exported;
	int fd, round;
	s64 freed;

	make(f, &plain, "plain", 2, 0);
	make(f, &own, "own", 3, f->vm[0].id);
	make(f, &shared, "shared", 4, 0);
	make(f, &exported, "exported", 5, 0);
	is(gpu_map(&f->vm[0], own.handle, 0, own.va, SIZE), 0, "exclusive buffer mapped");
	is(gpu_map(&f->vm[0], shared.handle, 0, shared.va, SIZE), 0, "shared buffer mapped");
	is(gpu_map(&f->vm[1], shared.handle, 0, shared.va, SIZE), 0, "and in another VM");
	fd = drm_handle_to_fd(f->gpu.fd, exported.handle);
	ok(fd >= 0, "one is exported");

	for (round = 0; round < 3; round++) {
		freed = shrink_until(&plain);
		freed += shrink_until(&own);
		freed += shrink_until(&shared);
		ok(freed >= (s64)(3 * SIZE / SZ_4K), "round %d: evicted", round);
		ok(gone(&plain), "a buffer that only the CPU maps is gone");
		ok(gone(&own), "an exclusive buffer is gone");
		ok(gone(&shared), "a shared buffer is gone");
		/* Stock takes its pages too, and a mapping of the dma-buf keeps seeing the old ones. */
		ok(!f->gpu.ours || !gone(&exported), "an exported one is not");
		if (round == 1)
			is(wrong_for_cpu(&own) + wrong_for_cpu(&shared), 0, "contents for the CPU first");
		is(wrong_for_gpu(f, 1, &shared, shared.va), 0, "shared buffer in the other VM");
		is(wrong_for_gpu(f, 0, &shared, shared.va), 0, "shared buffer");
		is(wrong_for_gpu(f, 0, &own, own.va), 0, "exclusive buffer");
		is(wrong_for_cpu(&plain) + wrong_for_cpu(&own) + wrong_for_cpu(&shared) +
		   wrong_for_cpu(&exported), 0, "contents for the CPU");
	}
	close(fd);
	gpu_unmap(&f->vm[0], own.va, SIZE);
	gpu_unmap(&f->vm[0], shared.va, SIZE);
	gpu_unmap(&f->vm[1], shared.va, SIZE);
	drop(f, &plain);
	drop(f, &own);
	drop(f, &shared);
	drop(f, &exported);
}

/* Mapping operations on what is evicted. */
static void test_binds(struct fixture *f)
{
	struct buffer b, hole;
	u64 again;

	make(f, &b, "bind", 6, f->vm[0].id);
	make(f, &hole, "hole", 7, f->vm[0].id);
	again = gpu_vm_reserve(&f->vm[0], SIZE, SZ_2M);
	is(gpu_map(&f->vm[0], b.handle, 0, b.va, SIZE), 0, "mapped");
	shrink_until(&b);
	ok(gone(&b), "evicted");
	is(gpu_map(&f->vm[0], b.handle, 0, again, SIZE), 0, "mapped once more elsewhere");
	is(wrong_for_gpu(f, 0, &b, again), 0, "right there");
	is(wrong_for_gpu(f, 0, &b, b.va), 0, "and at the first place");

	shrink_until(&b);
	ok(gone(&b), "evicted");
	is(gpu_unmap(&f->vm[0], again, SIZE), 0, "second mapping gone");
	is(gpu_unmap(&f->vm[0], b.va + SZ_64K, SZ_4K), 0, "a hole in the first");
	is(gpu_map(&f->vm[0], b.handle, SZ_64K, b.va + SZ_64K, SZ_4K), 0, "filled");
	is(wrong_for_gpu(f, 0, &b, b.va), 0, "contents");

	shrink_until(&b);
	ok(gone(&b), "evicted");
	is(gpu_map(&f->vm[0], hole.handle, 0, b.va, SIZE), 0, "another buffer over it");
	is(wrong_for_gpu(f, 0, &hole, b.va), 0, "that is seen");
	is(wrong_for_cpu(&b), 0, "the first has its contents");
	is(gpu_unmap(&f->vm[0], b.va, SIZE), 0, "unmapped");
	drop(f, &b);
	drop(f, &hole);
}

static void test_busy(struct fixture *f)
{
	struct cs spin = gpu_cs(&f->code[0], SZ_4K, SZ_4K);
	volatile u32 *word = (u32 *)((char *)f->data[0].cpu + HOLD);
	struct buffer b;

	make(f, &b, "busy", 8, f->vm[0].id);
	is(gpu_map(&f->vm[0], b.handle, 0, b.va, SIZE), 0, "mapped");
	*word = 0;
	cs_hold(&spin, R_ADDR, R_DATA, f->data[0].va + HOLD);
	is(gpu_submit(&f->group[0], 0, &spin), 0, "a slow job");
	shrink(1 << 20);
	ok(!gone(&b), "a buffer of a VM at work stays");
	*word = 1;
	is(gpu_wait(&f->group[0], 0, JOB_MS), 0, "the job ends well");
	shrink_until(&b);
	ok(gone(&b), "then it goes");
	is(gpu_unmap(&f->vm[0], b.va, SIZE), 0, "unmapped while it is away");
	is(wrong_for_cpu(&b), 0, "contents");
	drop(f, &b);
}

/*
 * In a protected session nothing can be told to the MMU: reclaim lets be what that
 * would take, and does not wait. The buffer's own VM is on a slot, and idle.
 */
static void test_session(struct fixture *f)
{
	struct cs cs = gpu_cs(&f->code[0], SZ_4K, SZ_4K);
	volatile u32 *word = (u32 *)((char *)f->data[0].cpu + HOLD);
	s64 cut = pfix_stat(&f->gpu, "exits_vm_op");
	struct gpu_group g;
	struct buffer b;

	make(f, &b, "session", 11, f->vm[1].id);
	is(gpu_map(&f->vm[1], b.handle, 0, b.va, SIZE), 0, "mapped");
	is(wrong_for_gpu(f, 1, &b, b.va), 0, "in use");
	protm_group_init(&f->vm[0], &g, 1);
	*word = 0;
	cs_wait(&cs, CS_ALL_SB);
	cs_prot_region(&cs, CS_HOLD_WORDS);
	cs_hold(&cs, R_ADDR, R_DATA, f->data[0].va + HOLD);
	is(gpu_submit(&g, 0, &cs), 0, "a protected region");
	pfix_until(&f->gpu, "active");
	shrink(1 << 20);
	ok(!gone(&b), "a buffer that the GPU would have to forget stays");
	is(gpu_wait(&g, 0, 0), -ETIME, "nobody has waited for the region");
	*word = 1;
	is(gpu_wait(&g, 0, JOB_MS), 0, "it ends well");
	is(pfix_stat(&f->gpu, "exits_vm_op"), cut, "and was not cut");
	shrink_until(&b);
	ok(gone(&b), "then the buffer goes");
	is(wrong_for_gpu(f, 1, &b, b.va), 0, "contents");
	gpu_group_fini(&g);
	is(gpu_unmap(&f->vm[1], b.va, SIZE), 0, "unmapped");
	drop(f, &b);
}

/* Somebody evicts all the time. */
static void test_race(struct fixture *f)
{
	struct buffer own, shared;
	int i, wrong = 0;
	pid_t pid;

	make(f, &own, "race", 9, f->vm[0].id);
	make(f, &shared, "race2", 10, 0);
	gpu_map(&f->vm[0], own.handle, 0, own.va, SIZE);
	gpu_map(&f->vm[0], shared.handle, 0, shared.va, SIZE);
	gpu_map(&f->vm[1], shared.handle, 0, shared.va, SIZE);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			shrink(1 << 20);
			usleep(500);
		}
	}
	for (i = 0; i < 40; i++) {
		wrong += wrong_for_gpu(f, i & 1, &shared, shared.va) != 0;
		wrong += wrong_for_gpu(f, 0, &own, own.va) != 0;
		wrong += wrong_for_cpu(i & 1 ? &own : &shared) != 0;
		wrong += gpu_map(&f->vm[0], own.handle, 0, own.va, SIZE) != 0;
		wrong += gpu_unmap(&f->vm[1], shared.va, SIZE) != 0;
		wrong += gpu_map(&f->vm[1], shared.handle, 0, shared.va, SIZE) != 0;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	is(wrong, 0, "jobs, faults and maps while somebody evicts");
	gpu_unmap(&f->vm[0], own.va, SIZE);
	gpu_unmap(&f->vm[0], shared.va, SIZE);
	gpu_unmap(&f->vm[1], shared.va, SIZE);
	drop(f, &own);
	drop(f, &shared);
}

int main(void)
{
	struct fixture f;
	u32 n;

	gpu_open(&f.gpu);
	if (access("/sys/module/panthor", F_OK) == 0 && system("ls /sys/kernel/debug/dri/*/shrink >/dev/null 2>&1")) {
		/* 6.12's stock driver has no reclaim. */
		ok(!f.gpu.ours, "no reclaim here");
		return done();
	}
	for (n = 0; n < 2; n++) {
		gpu_vm_init(&f.gpu, &f.vm[n]);
		gpu_bo_init(&f.vm[n], &f.code[n], SZ_64K);
		gpu_bo_init(&f.vm[n], &f.data[n], SZ_64K);
		gpu_group_init(&f.vm[n], &f.group[n], 1);
	}
	test_no_swap(&f);
	swap_on();
	test_kinds(&f);
	test_binds(&f);
	test_busy(&f);
	if (f.gpu.ours && !access("/dev/dma_heap/protected", F_OK))
		test_session(&f);
	test_race(&f);
	for (n = 0; n < 2; n++) {
		gpu_group_fini(&f.group[n]);
		gpu_bo_fini(&f.data[n]);
		gpu_bo_fini(&f.code[n]);
		gpu_vm_fini(&f.vm[n]);
	}
	gpu_close(&f.gpu);
	return done();
}

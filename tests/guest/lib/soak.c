// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "protm.h"
#include "soak.h"
#include "sysfs.h"

#define R_HEAP	58
#define R_ADDR	60
#define R_DATA	62

#define WAIT_MS	30000

u32 soak_random(u64 *state)
{
	u64 x = *state ? *state : 88172645463325252ull;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	*state = x;
	return x >> 16;
}

static void quit(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3), noreturn));
static void quit(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	exit(status);
}

/* An error is reported; a fence that does not signal at all is a lie. */
static void check(int ret, const char *what)
{
	if (ret)
		quit(ret == -ETIME ? SOAK_WRONG : SOAK_ERROR, "%s: %d", what, ret);
}

static void store_word(struct cs *cs, u64 va, u32 value)
{
	cs_store_word(cs, R_ADDR, R_DATA, va, value);
}

/* Jobs on some queues, of any priority that a client may have. */
static void round_jobs(struct gpu_vm *vm, u64 *seed)
{
	u32 queues = 1 + soak_random(seed) % 4, jobs = 1 + soak_random(seed) % 20, i, q, value;
	struct gpu_bo code, data;
	struct gpu_group g;
	struct cs cs;

	gpu_bo_init(vm, &code, SZ_64K);
	gpu_bo_init(vm, &data, SZ_64K);
	check(gpu_group_try(vm, &g, queues, SZ_64K, soak_random(seed) % 3, 0), "group");
	for (i = 0; i < jobs; i++) {
		value = soak_random(seed);
		for (q = 0; q < queues; q++) {
			cs = gpu_cs(&code, q * SZ_4K, SZ_4K);
			cs_spin(&cs, 0, soak_random(seed) % 2000);
			store_word(&cs, data.va + q * 64, value + q);
			check(gpu_submit(&g, q, &cs), "submit");
		}
		for (q = 0; q < queues; q++) {
			check(gpu_wait(&g, q, WAIT_MS), "job");
			if (((u32 *)data.cpu)[q * 16] != value + q)
				quit(SOAK_WRONG, "a job that ended well has not stored");
		}
	}
	gpu_group_fini(&g);
	gpu_bo_fini(&data);
	gpu_bo_fini(&code);
}

/* Pages of one buffer, mapped here and there, and looked at by the GPU. */
static void round_binds(struct gpu_vm *vm, u64 *seed)
{
	const u32 pages = 64;
	u64 window = gpu_vm_reserve(vm, pages * SZ_4K, SZ_2M);
	u32 i, page, at, value;
	struct gpu_bo code, data;
	struct gpu_group g;
	struct cs cs;

	gpu_bo_init(vm, &code, SZ_64K);
	gpu_bo_init(vm, &data, pages * SZ_4K);
	gpu_group_init(vm, &g, 1);
	for (i = 0; i < 20; i++) {
		page = soak_random(seed) % pages;
		at = soak_random(seed) % pages;
		value = soak_random(seed);
		check(gpu_map(vm, data.handle, page * SZ_4K, window + at * SZ_4K, SZ_4K), "map");
		cs = gpu_cs(&code, 0, SZ_4K);
		store_word(&cs, window + at * SZ_4K, value);
		check(gpu_run(&g, 0, &cs), "job");
		if (((u32 *)data.cpu)[page * 1024] != value)
			quit(SOAK_WRONG, "a store through a new mapping is not in its page");
		if (soak_random(seed) % 2)
			check(gpu_unmap(vm, window + at * SZ_4K, SZ_4K), "unmap");
	}
	check(gpu_unmap(vm, window, pages * SZ_4K), "unmap all");
	gpu_group_fini(&g);
	gpu_bo_fini(&data);
	gpu_bo_fini(&code);
}

static void round_tiler(struct gpu_vm *vm, u64 *seed)
{
	struct drm_panthor_tiler_heap_create c = {
		.vm_id = vm->id,
		.initial_chunk_count = 1 + soak_random(seed) % 4,
		.chunk_size = 0x20000 << soak_random(seed) % 3,
		.max_chunks = 8,
		.target_in_flight = 65535,
	};
	struct drm_panthor_tiler_heap_destroy d;
	struct gpu_bo code;
	struct gpu_group g;
	struct cs cs;

	gpu_bo_init(vm, &code, SZ_64K);
	gpu_group_init(vm, &g, 1);
	check(gpu_call(vm->gpu, TILER_HEAP_CREATE, &c), "heap");
	cs = gpu_cs(&code, 0, SZ_4K);
	cs_move48(&cs, R_HEAP, c.tiler_heap_ctx_gpu_va);
	cs_heap_set(&cs, R_HEAP);
	cs_heap_operation(&cs, CS_HEAP_VT_START);
	cs_spin(&cs, 0, soak_random(seed) % 5000);
	cs_heap_operation(&cs, CS_HEAP_VT_END);
	cs_heap_operation(&cs, CS_HEAP_FRAG_END);
	check(gpu_run(&g, 0, &cs), "tiler job");
	d = (struct drm_panthor_tiler_heap_destroy){ .handle = c.handle };
	check(gpu_call(vm->gpu, TILER_HEAP_DESTROY, &d), "heap destroy");
	gpu_group_fini(&g);
	gpu_bo_fini(&code);
}

/* A stream that must not end well. */
static void round_faults(struct gpu_vm *vm, u64 *seed)
{
	struct gpu_bo code;
	struct gpu_group g;
	struct cs cs;
	int ret;

	gpu_bo_init(vm, &code, SZ_64K);
	gpu_group_init(vm, &g, 1);
	cs = gpu_cs(&code, 0, SZ_4K);
	if (soak_random(seed) % 2)
		cs_invalid(&cs);
	else
		store_word(&cs, gpu_vm_reserve(vm, SZ_64K, SZ_64K), 1);
	check(gpu_submit(&g, 0, &cs), "submit");
	ret = gpu_wait(&g, 0, WAIT_MS);
	if (!ret || ret == -ETIME)
		quit(SOAK_WRONG, "a fault has no consequence: %d", ret);
	gpu_group_fini(&g);
	gpu_bo_fini(&code);
	/* A page fault may cost the VM its life, so this one is used no more. */
	exit(0);
}

/* Data that only protected regions see: filled, copied, compared. */
static void round_protm(struct gpu_vm *vm, u64 *seed)
{
	struct protm_bo a, b;
	struct gpu_bo code;
	struct gpu_group g;
	struct cs cs;
	u32 value, i;

	gpu_bo_init(vm, &code, SZ_64K);
	protm_bo_init(vm, &a, SZ_64K);
	protm_bo_init(vm, &b, SZ_64K);
	protm_group_init(vm, &g, 1);
	for (i = 0; i < 3; i++) {
		value = soak_random(seed);
		cs = gpu_cs(&code, 0, SZ_64K);
		protm_fill(&cs, a.va, value);
		if (soak_random(seed) % 2)
			protm_linger(&cs, a.va, 3 + soak_random(seed) % 500);
		protm_copy(&cs, b.va, a.va, true);
		protm_compare(&cs, b.va, value);
		check(gpu_run(&g, 0, &cs), "protected job");
	}
	gpu_group_fini(&g);
	protm_bo_fini(&b);
	protm_bo_fini(&a);
	gpu_bo_fini(&code);
}

/* Protected mode is the last: stock has none. */
const struct soak_kind soak_kinds[] = {
	{ "jobs", round_jobs },
	{ "binds", round_binds },
	{ "tiler", round_tiler },
	{ "faults", round_faults },
	{ "protected", round_protm },
};

u32 soak_kind_count;

void soak_find_kinds(bool ours)
{
	soak_kind_count = sizeof(soak_kinds) / sizeof(soak_kinds[0]) - !ours;
}

int soak_client(const struct soak_kind *kind, u64 seed, s64 end)
{
	struct gpu_vm vm;
	struct gpu gpu;

	gpu_open(&gpu);
	while (now_ns() < end) {
		gpu_vm_init(&gpu, &vm);
		kind->round(&vm, &seed);
		gpu_vm_fini(&vm);
	}
	gpu_close(&gpu);
	return 0;
}

static s64 meminfo(const char *name)
{
	FILE *f = fopen("/proc/meminfo", "r");
	char key[64];
	long long kb, found = -1;

	if (!f)
		bail("no /proc/meminfo");
	while (fscanf(f, "%63[^:]: %lld%*[^\n]\n", key, &kb) == 2) {
		if (!strcmp(key, name))
			found = kb;
	}
	fclose(f);
	if (found < 0)
		bail("no %s in /proc/meminfo", name);
	return found;
}

/* Sum of the numbers in the files of a pattern; 0 if there are none. */
static s64 sum_files(const char *pattern)
{
	char text[64];
	s64 sum = 0;
	glob_t g;
	size_t i;

	if (glob(pattern, 0, NULL, &g))
		return 0;
	for (i = 0; i < g.gl_pathc; i++) {
		if (!sysfs_read(g.gl_pathv[i], text, sizeof(text)))
			sum += strtoll(text, NULL, 0);
	}
	globfree(&g);
	return sum;
}

/* Lines of all clients files, without the headings. */
static s64 count_clients(void)
{
	char line[256];
	s64 lines = 0;
	glob_t g;
	size_t i;

	if (glob("/sys/kernel/debug/dri/128/clients", 0, NULL, &g))
		return 0;
	for (i = 0; i < g.gl_pathc; i++) {
		FILE *f = fopen(g.gl_pathv[i], "r");

		while (f && fgets(line, sizeof(line), f))
			lines++;
		if (f)
			fclose(f);
		lines--;
	}
	globfree(&g);
	return lines;
}

static bool slab_of_interest(const char *name)
{
	return !strncmp(name, "drm", 3) || !strncmp(name, "panthor", 7) || !strncmp(name, "pp-", 3) ||
	       !strncmp(name, "pp_", 3) || !strncmp(name, "kmalloc-", 8);
}

static void measure_slabs(struct soak_levels *l)
{
	FILE *f = fopen("/proc/slabinfo", "r");
	char line[512], name[40];
	long long active, total, size, per_slab;

	if (!f)
		bail("no /proc/slabinfo");
	while (fgets(line, sizeof(line), f) && l->slabs < SOAK_SLABS) {
		if (sscanf(line, "%39s %lld %lld %lld %lld", name, &active, &total, &size, &per_slab) != 5 ||
		    !slab_of_interest(name))
			continue;
		strcpy(l->slab[l->slabs].name, name);
		l->slab[l->slabs].objects = active;
		l->slab[l->slabs++].per_slab = per_slab;
	}
	fclose(f);
}

static void write_all(const char *pattern, const char *text)
{
	glob_t g;
	size_t i;

	if (glob(pattern, 0, NULL, &g))
		return;
	for (i = 0; i < g.gl_pathc; i++)
		sysfs_write(g.gl_pathv[i], text);
	globfree(&g);
}

void soak_measure(struct soak_levels *l)
{
	memset(l, 0, sizeof(*l));
	sleep_ms(1000);
	sysfs_write("/proc/sys/vm/drop_caches", "3");
	write_all("/sys/kernel/slab/*/shrink", "1");
	sleep_ms(1000);
	l->available_kb = meminfo("MemAvailable");
	l->unreclaimable_kb = meminfo("SUnreclaim");
	l->shmem_kb = meminfo("Shmem");
	l->carveout = sum_files("/sys/kernel/debug/panthor-protm-carveout/*/used");
	l->references = sum_files("/sys/module/panthor*/refcnt");
	l->clients = count_clients();
	measure_slabs(l);
}

void soak_compare(const struct soak_levels *a, const struct soak_levels *b)
{
	u32 i, j;

	diag("available %lld kB before, %lld after; slabs %lld and %lld; shmem %lld and %lld",
	     (long long)a->available_kb, (long long)b->available_kb, (long long)a->unreclaimable_kb,
	     (long long)b->unreclaimable_kb, (long long)a->shmem_kb, (long long)b->shmem_kb);
	is(b->carveout, a->carveout, "protected memory in use is what it was");
	is(b->references, a->references, "references to the modules are what they were");
	is(b->clients, 0, "no client is left");
	/* Each process of the guest's own may have come or gone; what leaks, leaks by the thousand. */
	between(b->shmem_kb - a->shmem_kb, -100000, 1024, "growth of shared memory, kB");
	between(b->unreclaimable_kb - a->unreclaimable_kb, -100000, 6144, "growth of slabs, kB");
	between(a->available_kb - b->available_kb, -1000000, 24576, "memory that is gone, kB");
	for (i = 0; i < a->slabs; i++) {
		bool generic = !strncmp(a->slab[i].name, "kmalloc-", 8);
		s64 slack = a->slab[i].per_slab * (generic ? 24 : 6);

		for (j = 0; j < b->slabs && strcmp(a->slab[i].name, b->slab[j].name); j++)
			;
		if (j < b->slabs)
			between(b->slab[j].objects - a->slab[i].objects, -1000000, slack,
				"growth of slab %s, objects", a->slab[i].name);
	}
}

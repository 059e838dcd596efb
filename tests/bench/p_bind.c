// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * VM_BIND while a protected session is on: 4 KiB mapped and unmapped in an address space
 * that is in a slot and has nothing to do with the session. The argument is the name
 * of the way in which the driver waits.
 *
 *	bind_map	an operation that finds a session
 *	bind_pair	that and the next one, for which the session may have begun again
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "pfix.h"

#define REGION_MS	2000
#define LOOK_US		300

struct fixture {
	struct pfix p;
	struct gpu_group protected;
	struct cs region;
	struct gpu_vm vm;
	u32 bo;
	u64 va;
};

/* There is a session, and the GPU has been seen in it. */
static void until_session(struct fixture *f)
{
	int ret;

	while (strcmp(pfix_text(&f->p.gpu, "state"), "active")) {
		ret = gpu_wait(&f->protected, 0, 0);
		if (!ret)
			ret = gpu_submit(&f->protected, 0, &f->region);
		else if (ret == -ETIME)
			ret = 0;
		if (ret)
			bail("a region fails: %s", strerror(-ret));
		usleep(LOOK_US);
	}
}

static void one(struct fixture *f, const char *map, const char *pair)
{
	s64 begin, mapped, end;

	until_session(f);
	begin = now_ns();
	if (gpu_map(&f->vm, f->bo, 0, f->va, SZ_4K))
		bail("VM_BIND fails");
	mapped = now_ns();
	if (gpu_unmap(&f->vm, f->va, SZ_4K))
		bail("VM_BIND fails");
	end = now_ns();
	if (!map)
		return;
	bench_sample(map, mapped - begin);
	bench_sample(pair, end - begin);
}

/* Who has had a job keeps its slot until somebody else needs it. */
static void make_resident(struct fixture *f)
{
	struct gpu_group group;
	struct gpu_bo code;
	struct cs cs;

	gpu_bo_init(&f->vm, &code, SZ_4K);
	gpu_group_init(&f->vm, &group, 1);
	cs = gpu_cs(&code, 0, SZ_4K);
	cs_nop(&cs);
	if (gpu_run(&group, 0, &cs))
		bail("a job fails");
	gpu_group_fini(&group);
	gpu_bo_fini(&code);
}

static void measure(struct fixture *f, const char *name)
{
	char map[64], pair[64], reads[64];
	struct traffic was, is;
	s64 waits;
	u32 i;

	snprintf(map, sizeof(map), "bind_map_%s", name);
	snprintf(pair, sizeof(pair), "bind_pair_%s", name);
	snprintf(reads, sizeof(reads), "bind_reads_%s", name);
	for (i = 0; i < BENCH_WARMUP; i++)
		one(f, NULL, NULL);
	waits = pfix_stat(&f->p.gpu, "vm_waits");
	was = bench_traffic();
	for (i = 0; i < BENCH_SAMPLES; i++)
		one(f, map, pair);
	is = bench_traffic();
	bench_count(reads, (double)(is.reads - was.reads) / BENCH_SAMPLES);
	waits = pfix_stat(&f->p.gpu, "vm_waits") - waits;
	printf("# %s: %lld waits\n", name, (long long)waits);
	/* A region may end by itself at the wrong moment. */
	if (waits < BENCH_SAMPLES * 9 / 10)
		bail("only %lld operations found a session", (long long)waits);
}

int main(int argc, char **argv)
{
	struct fixture f = { 0 };

	bench_quiet();
	pfix_init(&f.p);
	protm_group_init(&f.p.vm, &f.protected, 1);
	f.region = pfix_stream(&f.p, 0);
	pfix_region_ms(&f.region, REGION_MS);
	gpu_vm_init(&f.p.gpu, &f.vm);
	f.va = gpu_vm_reserve(&f.vm, SZ_2M, SZ_2M);
	if (gpu_bo_create(&f.p.gpu, SZ_4K, 0, f.vm.id, &f.bo))
		bail("no buffer");

	if (gpu_submit(&f.protected, 0, &f.region))
		bail("no job");
	make_resident(&f);
	measure(&f, argc > 1 ? argv[1] : "ours");

	if (gpu_wait(&f.protected, 0, JOB_MS))
		bail("a region fails");
	drm_gem_close(f.p.gpu.fd, f.bo);
	gpu_vm_fini(&f.vm);
	gpu_group_fini(&f.protected);
	pfix_fini(&f.p);
	return 0;
}

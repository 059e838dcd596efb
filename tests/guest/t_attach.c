// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Protected memory that comes to a firmware that runs already: who shares it, what
 * it costs others (nothing), and what is left when a step fails (nothing). The
 * driver is bound anew before each test. Needs the heap "protected", and nobody else
 * who uses it.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bound.h"
#include "kmod.h"
#include "pfix.h"
#include "sysfs.h"
#include "vgpu.h"

#define GROUPS	10	/* more than there are slots */
#define CALLERS	4

static struct bound bound;

/* A device whose firmware has no protected memory. */
static void fresh(struct pfix *f)
{
	if (bound_unbind(&bound) || bound_bind(&bound))
		bail("the driver cannot be bound anew");
	pfix_init(f);
}

static bool heap_in_use(struct pfix *f, const char *name)
{
	char path[280], dir[256], text[64];

	sysfs_device(f->gpu.fd, dir, sizeof(dir));
	snprintf(path, sizeof(path), "%s/protected_heap", dir);
	if (sysfs_read(path, text, sizeof(text)))
		bail("no %s", path);
	return !strcmp(text, name) && !strcmp(pfix_text(&f->gpu, "heap"), *name ? name : "none");
}

static u32 features(struct gpu *gpu)
{
	struct drm_panthor_protected_info info = { 0 };
	struct drm_panthor_dev_query q = {
		.type = gpu->protected_query,
		.size = sizeof(info),
		.pointer = (uintptr_t)&info,
	};

	if (gpu_call(gpu, DEV_QUERY, &q))
		bail("PROTECTED_INFO");
	return info.features;
}

static int protected_group(struct gpu_vm *vm, struct gpu_group *g)
{
	return gpu_group_try(vm, g, 1, SZ_64K, PANTHOR_GROUP_PRIORITY_MEDIUM,
			     DRM_PANTHOR_GROUP_FEATURE_PROTM);
}

/* Freeing is done by works. */
static bool heap_used_is(s64 bytes)
{
	u32 i;

	for (i = 0; i < 3000 && heap_used() != bytes; i++)
		sleep_ms(10);
	if (heap_used() != bytes)
		diag("%lld bytes, not %lld", (long long)heap_used(), (long long)bytes);
	return heap_used() == bytes;
}

/* Likewise, where nobody knows how much it will be: it does not change for a while. */
static s64 heap_settled(void)
{
	s64 used = heap_used();
	u32 i, same = 0;

	for (i = 0; i < 3000 && same < 30; i++) {
		sleep_ms(10);
		same = heap_used() == used ? same + 1 : 0;
		used = heap_used();
	}
	return used;
}

static void works(struct pfix *f, const char *what)
{
	struct cs cs = pfix_stream(f, 15);
	struct gpu_group g;
	int ret = protected_group(&f->vm, &g);

	is(ret, 0, "%s: a protected group", what);
	if (ret)
		return;
	protm_fill(&cs, f->a.va, 7);
	protm_compare(&cs, f->a.va, 7);
	is(gpu_run(&g, 0, &cs), 0, "%s: its regions work", what);
	gpu_group_fini(&g);
}

/* A normal group with a job that lasts until normal_end(). Its word tells that it is done. */
static void normal_start(struct pfix *f, struct gpu_group *g, u32 i)
{
	struct cs cs = pfix_stream(f, i);

	gpu_group_init(&f->vm, g, 1);
	pfix_hold(f, &cs, i);
	pfix_store(f, &cs, i, i + 1);
	if (gpu_submit(g, 0, &cs))
		bail("a normal job cannot be submitted");
}

static bool normal_end(struct pfix *f, struct gpu_group *g, u32 i)
{
	int ret, state;
	bool fine;

	pfix_let_go(f, i);
	ret = gpu_wait(g, 0, JOB_MS);
	state = gpu_group_state(g);
	fine = !ret && !state && pfix_word(f, i) == i + 1;
	if (!fine)
		diag("group %u: %d, state %d, word %u", i, ret, state, pfix_word(f, i));
	gpu_group_fini(g);
	return fine;
}

struct caller {
	pthread_t thread;
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_group g;
	int ret;
};

static void *call(void *arg)
{
	struct caller *c = arg;

	c->ret = protected_group(&c->vm, &c->g);
	return NULL;
}

/* FLUSH_ID: counts the GPU's cache flushes. */
static u32 flushes(struct gpu *gpu)
{
	volatile u32 *page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, gpu->fd,
				  DRM_PANTHOR_USER_FLUSH_ID_MMIO_OFFSET);
	u32 id;

	if (page == MAP_FAILED)
		bail("FLUSH_ID: %s", strerror(errno));
	id = *page;
	munmap((void *)page, sysconf(_SC_PAGESIZE));
	return id;
}

/* Several clients ask at once while others run: one reset, and nobody's work is lost. */
static void test_running(void)
{
	struct gpu_group g[GROUPS];
	struct caller c[CALLERS];
	u32 i, id, wrong = 0;
	s64 resets, used;
	struct pfix f;

	fresh(&f);
	used = heap_used();
	ok(heap_in_use(&f, ""), "no heap is in use");
	is(features(&f.gpu), DRM_PANTHOR_PROTECTED_FEATURE_PROTM, "but there can be one");
	resets = vgpu_counter("soft_resets");
	for (i = 0; i < CALLERS; i++) {
		gpu_open(&c[i].gpu);
		gpu_vm_init(&c[i].gpu, &c[i].vm);
	}
	for (i = 0; i < GROUPS; i++)
		normal_start(&f, &g[i], i);
	sleep_ms(30);
	is(gpu_wait(&g[0], 0, 0), -ETIME, "groups that run");
	id = flushes(&f.gpu);
	for (i = 0; i < CALLERS; i++)
		wrong += pthread_create(&c[i].thread, NULL, call, &c[i]) != 0;
	for (i = 0; i < CALLERS; i++) {
		wrong += pthread_join(c[i].thread, NULL) != 0 || c[i].ret;
		if (c[i].ret)
			diag("caller %u: %d", i, c[i].ret);
	}
	is(wrong, 0, "%u protected groups at once, beside %u that run", CALLERS, GROUPS);
	is(vgpu_counter("soft_resets"), resets + 1, "one reset for all");
	ok(flushes(&f.gpu) != id, "what the GPU had in its caches was written before");
	for (i = 0; i < GROUPS; i++)
		wrong += !normal_end(&f, &g[i], i);
	is(wrong, 0, "nobody lost any work");
	ok(heap_in_use(&f, "protected"), "the heap is in use");
	for (i = 0; i < CALLERS; i++) {
		gpu_group_fini(&c[i].g);
		gpu_vm_fini(&c[i].vm);
		gpu_close(&c[i].gpu);
	}
	works(&f, "attached");
	is(vgpu_counter("soft_resets"), resets + 1, "without another reset");
	pfix_fini(&f);
	/* Memory of firmware stays, that of groups goes. */
	ok(heap_used() < used + (s64)SZ_2M, "the heap has the rest back");
}

/* A group that does not leave its slot in time: no protected mode now, and no harm done. */
static void test_busy(void)
{
	struct gpu_group g, prot;
	s64 resets, used;
	struct pfix f;

	fresh(&f);
	used = heap_used();
	resets = vgpu_counter("soft_resets");
	normal_start(&f, &g, 0);
	sleep_ms(50);
	/* The driver gives it 200 ms. */
	vgpu_inject("slow-suspend", 1, ",\"ns\":1500000000");
	is(protected_group(&f.vm, &prot), -EBUSY, "a group that cannot be suspended: EBUSY");
	ok(heap_used_is(used), "no memory is kept");
	ok(heap_in_use(&f, ""), "no heap in use");
	ok(normal_end(&f, &g, 0), "the group itself goes on");
	is(vgpu_counter("soft_resets"), resets, "without a reset");
	works(&f, "next time");
	pfix_fini(&f);
}

/* All of the heap but for @left bytes. Returns how many buffers that took. */
static u32 hog(int *bufs, u32 max, u64 left)
{
	int kept = left ? heap_alloc("protected", left) : -1;
	u64 size = 32 * 1024 * 1024;
	u32 n = 0;

	for (; size >= SZ_4K; size /= 2) {
		while (n < max && (bufs[n] = heap_alloc("protected", size)) >= 0)
			n++;
	}
	if (kept >= 0)
		close(kept);
	return n;
}

static void unhog(int *bufs, u32 n)
{
	while (n)
		close(bufs[--n]);
}

/* The heap is out of memory at the firmware's section, then at a group's buffer. */
static void test_no_memory(void)
{
	s64 base, section, resets, full;
	struct gpu_group g, more;
	int bufs[128];
	struct pfix f;
	u32 n;

	fresh(&f);
	base = heap_used();
	resets = vgpu_counter("soft_resets");
	n = hog(bufs, 128, 0);
	full = heap_used();
	is(protected_group(&f.vm, &g), -ENOMEM, "no memory for the firmware's section");
	is(heap_used(), full, "nothing is kept");
	is(vgpu_counter("soft_resets"), resets, "no reset");
	unhog(bufs, n);
	works(&f, "with memory");
	section = heap_settled();
	ok(section > base, "the firmware keeps its section");

	n = hog(bufs, 128, 0);
	full = heap_used();
	is(protected_group(&f.vm, &g), -ENOMEM, "no memory for a group's buffer");
	is(protected_group(&f.vm, &g), -ENOMEM, "nor the next time");
	is(heap_used(), full, "nothing is kept");
	unhog(bufs, n);
	n = hog(bufs, 128, SZ_4K);
	is(protected_group(&f.vm, &g), 0, "room for one group: the first has it");
	is(protected_group(&f.vm, &more), -ENOMEM, "the second does not");
	gpu_group_fini(&g);
	unhog(bufs, n);
	ok(heap_used_is(section), "all is given back");
	works(&f, "and again");
	pfix_fini(&f);
}

/* Firmware does not boot with protected memory: it boots again without, and nobody is hurt. */
static void test_no_boot(void)
{
	s64 resets, used;
	struct gpu_group g, prot;
	struct pfix f;

	fresh(&f);
	used = heap_used();
	resets = vgpu_counter("soft_resets");
	normal_start(&f, &g, 0);
	sleep_ms(50);
	vgpu_inject("no-boot", 1, "");
	is(protected_group(&f.vm, &prot), -EIO, "firmware does not boot: EIO");
	is(vgpu_counter("soft_resets"), resets + 2, "but without protected memory");
	ok(heap_in_use(&f, ""), "no heap in use");
	is(strcmp(pfix_text(&f.gpu, "state"), "disabled"), 0, "disabled");
	ok(heap_used_is(used), "no memory is kept");
	ok(normal_end(&f, &g, 0), "a job that was running goes on");
	resets = vgpu_counter("soft_resets");
	is(protected_group(&f.vm, &prot), -EIO, "the next one is told at once");
	is(vgpu_counter("soft_resets"), resets, "nobody pays with another reset");
	is(features(&f.gpu), 0, "and programs can know");
	is(system("panthor-protm-status | grep -q 'did not boot with memory of heap \"protected\"'"), 0,
	   "and people");
	normal_start(&f, &g, 1);
	ok(normal_end(&f, &g, 1), "a normal job works");
	pfix_fini(&f);
	fresh(&f);
	works(&f, "bound anew");
	pfix_fini(&f);
}

/* Its memory is in use until the firmware's part is free, too. */
static void heap_comes_back(void)
{
	struct pfix f;
	int ret, i;

	is(bound_unbind(&bound), 0, "the driver goes");
	for (i = 0; (ret = heap_provider(true)) == -EBUSY && i < 3000; i++)
		sleep_ms(10);
	is(ret, 0, "and the heap comes back");
	is(bound_bind(&bound), 0, "the driver as well");
	pfix_init(&f);
	works(&f, "all back");
	pfix_fini(&f);
}

/* While there are groups with memory of the old heap, another one of that name comes. */
static void test_other_heap(struct pfix *f, struct gpu_group *g)
{
	is(heap_provider(true), -EBUSY, "the heap cannot come back while it has buffers out");
	is(kmod_load("heapprov", "name=protected fail=-28"), 0, "another one comes");
	is(protected_group(&f->vm, g), -ENOSPC, "which is asked for the next group");
	is(kmod_unload("heapprov"), 0, "it is not held");
	is(protected_group(&f->vm, g), -ENODEV, "and goes, too");
}

/* The heap goes in a session that uses its buffers: nobody in it notices. */
static void test_gone_in_session(void)
{
	struct gpu_group g, next;
	struct pfix f;
	struct cs cs;

	fresh(&f);
	works(&f, "before a session");
	is(protected_group(&f.vm, &g), 0, "a group");
	cs = pfix_stream(&f, 0);
	protm_fill(&cs, f.a.va, 11);
	pfix_hold_region(&f, &cs, 0);
	protm_compare(&cs, f.a.va, 11);
	is(gpu_submit(&g, 0, &cs), 0, "a job with a region that lasts");
	pfix_until(&f.gpu, "active");

	is(heap_provider(false), 0, "the heap goes in the session");
	/* An unmap of somebody who ended before may cut it in two. */
	pfix_until(&f.gpu, "active");
	is(gpu_wait(&g, 0, 0), -ETIME, "which goes on");
	is(protected_group(&f.vm, &next), -ENODEV, "no new groups");
	is(heap_provider(true), -EBUSY, "the memory is not given out again");
	pfix_let_go(&f, 0);
	is(gpu_wait(&g, 0, JOB_MS), 0, "the session ends well, with its buffers' content");
	is(gpu_group_state(&g), 0, "the group is sound");
	gpu_group_fini(&g);
	pfix_fini(&f);
	heap_comes_back();
}

/* The heap goes before it is used, and when it is. */
static void test_heap_gone(void)
{
	struct gpu_group g, more;
	struct pfix f;
	struct cs cs;

	fresh(&f);
	is(heap_provider(false), 0, "the heap goes away");
	is(protected_group(&f.vm, &g), -ENODEV, "no heap: ENODEV");
	is(features(&f.gpu), 0, "and programs can know");
	normal_start(&f, &g, 0);
	ok(normal_end(&f, &g, 0), "a normal job works");
	pfix_fini(&f);
	is(heap_provider(true), 0, "it comes back");
	fresh(&f);
	works(&f, "with it");

	is(protected_group(&f.vm, &g), 0, "a group");
	is(heap_provider(false), 0, "the heap goes again");
	is(protected_group(&f.vm, &more), -ENODEV, "no new groups");
	cs = pfix_stream(&f, 0);
	protm_fill(&cs, f.a.va, 9);
	protm_compare(&cs, f.a.va, 9);
	is(gpu_run(&g, 0, &cs), 0, "the old one works");
	test_other_heap(&f, &more);
	gpu_group_fini(&g);
	pfix_fini(&f);
	heap_comes_back();
}

int main(void)
{
	struct gpu gpu;

	gpu_open(&gpu);
	if (!gpu.ours)
		bail("this driver has no protected mode");
	bound_init(&bound, gpu.fd);
	gpu_close(&gpu);

	test_running();
	test_busy();
	test_no_memory();
	test_no_boot();
	test_heap_gone();
	test_gone_in_session();
	is(vgpu_counter("aperture_cpu_accesses"), 0, "the CPU never touched protected memory");
	is(vgpu_violations(), 0, "no rule of the model was broken");
	return done();
}

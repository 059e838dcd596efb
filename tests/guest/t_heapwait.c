// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * protected_heap_wait=1: a probe that waits for the heap, and what becomes of it.
 * With the argument "long" also that it does not wait for ever, which takes 35 s.
 * Ends with the driver bound and the heap there.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bound.h"
#include "pfix.h"
#include "sysfs.h"
#include "vgpu.h"

#define WAIT_MS	30000

static struct bound bound;

/* Attributes are there when the probe is through. */
static bool is_bound(void)
{
	char path[280];

	snprintf(path, sizeof(path), "%s/protected_heap", bound.dir);
	return !access(path, F_OK);
}

static bool wait_bound(int ms)
{
	int i;

	for (i = 0; i < ms && !is_bound(); i += 10)
		sleep_ms(10);
	return is_bound();
}

/* As if the device had just been found: this way a probe can be deferred. */
static void probe(void)
{
	if (sysfs_write("/sys/bus/platform/drivers_probe", bound.name))
		bail("the device cannot be probed");
}

static bool heap_is(const char *name)
{
	char path[280], text[64];

	snprintf(path, sizeof(path), "%s/protected_heap", bound.dir);
	return !sysfs_read(path, text, sizeof(text)) && !strcmp(text, name);
}

static void works(const char *what)
{
	struct gpu_group g;
	struct pfix f;
	struct cs cs;

	pfix_init(&f);
	protm_group_init(&f.vm, &g, 1);
	cs = pfix_stream(&f, 0);
	protm_fill(&cs, f.a.va, 3);
	protm_compare(&cs, f.a.va, 3);
	is(gpu_run(&g, 0, &cs), 0, "%s: a protected job", what);
	gpu_group_fini(&g);
	pfix_fini(&f);
}

static void heap_goes(void)
{
	is(bound_unbind(&bound), 0, "the driver goes");
	is(heap_provider(false), 0, "and the heap");
}

static void test_wait(void)
{
	heap_goes();
	probe();
	ok(!is_bound(), "without the heap the probe waits");
	is(heap_provider(true), 0, "the heap comes");
	ok(wait_bound(30000), "and the GPU with it");
	ok(heap_is("protected"), "with protected memory from its first boot");
	works("waited");
}

/* Graphics must not be lost for the sake of protected mode. */
static void test_no_boot(void)
{
	is(bound_unbind(&bound), 0, "the driver goes");
	vgpu_inject("no-boot", 1, "");
	is(bound_bind(&bound), 0, "firmware does not boot with the heap's memory: the GPU is there all the same");
	ok(heap_is(""), "without protected memory");
	works("attached later");
	ok(heap_is("protected"), "then with");
}

static void test_time_out(void)
{
	s64 start, ms;

	heap_goes();
	start = now_ns();
	probe();
	ok(!is_bound(), "the probe waits");
	sleep_ms(WAIT_MS / 2);
	ok(!is_bound(), "still");
	ok(wait_bound(2 * WAIT_MS), "it does not wait for ever");
	ms = (now_ns() - start) / NSEC_PER_MSEC;
	between(ms, WAIT_MS - 1000, 2 * WAIT_MS, "ms that it waited");
	ok(heap_is(""), "the GPU goes without protected memory");
	is(heap_provider(true), 0, "the heap comes too late");
	works("attached later");
	ok(heap_is("protected"), "which is attached when it is used");
}

int main(int argc, char **argv)
{
	struct gpu gpu;

	gpu_open(&gpu);
	bound_init(&bound, gpu.fd);
	gpu_close(&gpu);

	ok(heap_is("protected"), "the first boot had protected memory");
	test_wait();
	test_no_boot();
	if (argc > 1 && !strcmp(argv[1], "long"))
		test_time_out();
	is(vgpu_violations(), 0, "no rule of the model was broken");
	return done();
}

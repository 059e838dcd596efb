// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The guest's half of "make demo": one step after the other on the render
 * node, in words for somebody who does not know CSF. Not a test of its own,
 * but a step that does not end as told ends the demo with status 1.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "pfix.h"
#include "vgpu.h"

#define STREAM_SIZE	0x4000

struct demo {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code, data;
	struct protm_bo a, b;
	u32 streams;
};

/* Instructions in a millisecond of the model's time, two for each turn of a loop. */
#define TURNS_PER_MS	250

static double ms_since(s64 start)
{
	return (now_ns() - start) / 1e6;
}

/* Each step is told with the time at which it begins. */
static void step(const char *title)
{
	static s64 start;
	static int n;

	if (!start)
		start = now_ns();
	printf("\n[%d] %s   (%.1f s)\n", ++n, title, ms_since(start) / 1e3);
	fflush(stdout);
	vgpu_mark(title);
}

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("      ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
}

static void must(bool cond, const char *what)
{
	if (cond)
		return;
	printf("  !!  %s: NOT SO. The demo ends here.\n", what);
	exit(1);
}

static struct cs stream(struct demo *d)
{
	return gpu_cs(&d->code, d->streams++ * STREAM_SIZE, STREAM_SIZE);
}

/* The kernel's last lines about the GPU, as "dmesg" has them. */
static void show_kernel_log(int lines)
{
	char cmd[96];

	snprintf(cmd, sizeof(cmd), "dmesg | grep -i panthor | tail -n %d | sed 's/^/      | /'", lines);
	fflush(stdout);
	if (system(cmd))
		say("(no kernel log)");
}

static void store_word(struct cs *cs, u64 va, u32 value)
{
	cs_store_word(cs, 60, 62, va, value);
}

/* A line in the kernel's trace: a part of the demo begins there. */
static void mark_trace(const char *text)
{
	FILE *f = fopen("/sys/kernel/tracing/trace_marker", "w");

	if (!f)
		return;
	fprintf(f, "%s\n", text);
	fclose(f);
}

static void show_device(struct demo *d)
{
	step("The render node /dev/dri/renderD128 and the driver behind it");
	gpu_open(&d->gpu);
	say("DRM driver \"%s\" %d.%d, GPU id 0x%08x, %u slots of %u command streams", d->gpu.id.name,
	    d->gpu.id.major, d->gpu.id.minor, d->gpu.info.gpu_id, d->gpu.csif.csg_slot_count,
	    d->gpu.csif.cs_slot_count);
	must(d->gpu.ours, "the driver knows about protected mode");
	say("it answers the query for protected mode; stock panthor says EINVAL to it");
}

static void normal_job(struct demo *d)
{
	struct gpu_group g;
	struct cs cs;

	step("A normal job: the GPU writes a word, the CPU reads it");
	gpu_vm_init(&d->gpu, &d->vm);
	gpu_bo_init(&d->vm, &d->code, SZ_2M);
	gpu_bo_init(&d->vm, &d->data, SZ_64K);
	gpu_group_init(&d->vm, &g, 1);
	cs = stream(d);
	store_word(&cs, d->data.va, 0xc0ffee);
	must(gpu_run(&g, 0, &cs) == 0, "the job's fence signals without error");
	must(*(u32 *)d->data.cpu == 0xc0ffee, "the word is there");
	say("fence signalled, memory reads 0x%x", *(u32 *)d->data.cpu);
	gpu_group_fini(&g);
}

static void refused_mapping(struct demo *d)
{
	void *cpu;

	step("Two buffers from the protected heap; the CPU is refused");
	protm_bo_init(&d->vm, &d->a, SZ_64K);
	protm_bo_init(&d->vm, &d->b, SZ_64K);
	say("A and B: 64 KiB each from /dev/dma_heap/protected, imported as GEM handles %u and %u",
	    d->a.handle, d->b.handle);
	cpu = mmap(NULL, SZ_64K, PROT_READ, MAP_SHARED, d->a.dmabuf, 0);
	must(cpu == MAP_FAILED && errno == EPERM, "mmap of A is refused with EPERM");
	say("mmap of A: %s", strerror(errno));
}

static void attach(struct demo *d)
{
	struct gpu_group g;
	struct cs cs;

	step("First group for protected mode: the driver gives the firmware its protected memory");
	protm_group_init(&d->vm, &g, 1);
	say("the firmware was booted again with its protected section; the kernel said:");
	show_kernel_log(2);
	cs = stream(d);
	protm_fill(&cs, d->a.va, 42);
	must(gpu_run(&g, 0, &cs) == 0, "a pattern is written to A");
	say("buffer A now holds a pattern, written inside a protected region");
	gpu_group_fini(&g);
}

static void refused_copy(struct demo *d)
{
	struct gpu_group g;
	struct cs cs;
	int ret;

	step("Copy A to B outside of protected mode: the bus refuses, the group dies");
	protm_group_init(&d->vm, &g, 1);
	cs = stream(d);
	protm_copy(&cs, d->b.va, d->a.va, false);
	ret = gpu_run(&g, 0, &cs);
	must(ret < 0 && ret != -ETIME, "the job fails");
	must(gpu_group_state(&g) & DRM_PANTHOR_GROUP_STATE_FATAL_FAULT, "the group is dead");
	must(vgpu_take("gpu-aperture-access") > 0, "the model saw the access");
	say("the job's fence says %s; the virtual GPU counted %lld refused accesses", strerror(-ret),
	    (long long)vgpu_counter("bus_faults"));
	show_kernel_log(3);
	gpu_group_fini(&g);
	/* A GPU address space is as dead as the group that faulted in it. */
	protm_bo_fini(&d->a);
	protm_bo_fini(&d->b);
}

static void protected_job(struct demo *d)
{
	s64 sessions = vgpu_counter("protm_sessions");
	struct gpu_group g;
	struct cs cs;
	s64 start;

	mark_trace("protected job");
	step("The same copy inside a protected region (PROT_REGION)");
	gpu_vm_init(&d->gpu, &d->vm);
	gpu_bo_init(&d->vm, &d->code, SZ_2M);
	gpu_bo_init(&d->vm, &d->data, SZ_64K);
	d->streams = 0;
	protm_bo_init(&d->vm, &d->a, SZ_64K);
	protm_bo_init(&d->vm, &d->b, SZ_64K);
	protm_group_init(&d->vm, &g, 1);
	cs = stream(d);
	protm_fill(&cs, d->a.va, 7);
	protm_copy(&cs, d->b.va, d->a.va, true);
	protm_compare(&cs, d->b.va, 7);
	store_word(&cs, d->data.va, 0x600d);
	say("one job: fill A, copy A to B, compare B (each in a region), then a normal store");
	start = now_ns();
	must(gpu_run(&g, 0, &cs) == 0, "the protected job's fence signals without error");
	must(*(u32 *)d->data.cpu == 0x600d, "the stream ran to its end");
	must(gpu_group_state(&g) == 0, "the group is sound");
	must(vgpu_counter("protm_sessions") > sessions, "there were protected sessions");
	say("fence signalled without error after %.1f ms and %lld protected sessions:", ms_since(start),
	    (long long)(vgpu_counter("protm_sessions") - sessions));
	say("pending -> enter -> region -> exit, see the trace below");
	gpu_group_fini(&g);
}

/* A region of that many ms, in a group that others have to live with. */
static void long_region(struct demo *d, struct gpu_group *g, u32 ms)
{
	struct cs cs = stream(d);

	protm_group_init(&d->vm, g, 1);
	cs_prot_region(&cs, 3);
	cs_spin(&cs, 0, ms * TURNS_PER_MS);
	must(gpu_submit(g, 0, &cs) == 0, "the long region is accepted");
	pfix_until(&d->gpu, "active");
}

static void preemption(struct demo *d)
{
	s64 ended = pfix_stat(&d->gpu, "exits_priority"), start;
	struct gpu_group high, prot;
	struct cs cs;

	step("Preemption: a normal group of HIGH priority against a protected region of 3 s");
	mark_trace("preemption");
	must(gpu_group_try(&d->vm, &high, 1, SZ_4K, PANTHOR_GROUP_PRIORITY_HIGH, 0) == 0,
	     "a group of HIGH priority is created");
	cs = stream(d);
	store_word(&cs, d->data.va, 0x41);
	long_region(d, &prot, 3000);
	start = now_ns();
	must(gpu_run(&high, 0, &cs) == 0, "the HIGH job ends without error");
	say("the HIGH job was done %.1f ms after it was submitted", ms_since(start));
	must(gpu_wait(&prot, 0, 0) == -ETIME, "the region is not over by then");
	must(pfix_stat(&d->gpu, "exits_priority") > ended, "the session was ended for it");
	must(gpu_wait(&prot, 0, JOB_MS) == 0, "the region ends without error");
	say("the region was interrupted, went on, and ended without error %.1f s later",
	    ms_since(start) / 1e3);
	gpu_group_fini(&prot);
	gpu_group_fini(&high);
}

static void bind_in_session(struct demo *d)
{
	u64 va = gpu_vm_reserve(&d->vm, SZ_64K, SZ_64K);
	s64 waits = pfix_stat(&d->gpu, "vm_waits"), start;
	struct gpu_group prot;

	step("VM_BIND while a protected region of 2 s runs in the same address space");
	mark_trace("VM_BIND");
	long_region(d, &prot, 2000);
	start = now_ns();
	must(gpu_map(&d->vm, d->data.handle, 0, va, SZ_4K) == 0, "the mapping succeeds");
	say("mapped after %.1f ms: it lets the session end by itself for 2 ms, then ends it",
	    ms_since(start));
	must(gpu_wait(&prot, 0, 0) == -ETIME, "the region is not over by then");
	must(pfix_stat(&d->gpu, "vm_waits") > waits, "it waited for the session");
	must(gpu_wait(&prot, 0, JOB_MS) == 0, "the region ends without error");
	say("the region went on, and ended without error");
	gpu_group_fini(&prot);
	must(gpu_unmap(&d->vm, va, SZ_4K) == 0, "the mapping goes");
}

static void recovered_fault(struct demo *d)
{
	s64 resets = vgpu_counter("soft_resets"), start;
	struct gpu_group bad, normal, prot;
	struct cs cs;

	step("A fault in protected mode (PROTECTED_FAULT), with an innocent group beside it");
	mark_trace("fault");
	gpu_group_init(&d->vm, &normal, 1);
	long_region(d, &bad, 2000);
	cs = stream(d);
	store_word(&cs, d->data.va, 0x600d2);
	must(gpu_submit(&normal, 0, &cs) == 0, "a normal job is accepted meanwhile");
	vgpu_inject("protected-fault", 1, "");
	start = now_ns();
	must(gpu_wait(&bad, 0, JOB_MS) < 0, "the faulty job fails");
	say("the faulty job's fence signalled an error after %.1f ms", ms_since(start));
	must(gpu_group_state(&bad) & DRM_PANTHOR_GROUP_STATE_FATAL_FAULT, "its group is dead");
	must(gpu_wait(&normal, 0, JOB_MS) == 0 && *(u32 *)d->data.cpu == 0x600d2,
	     "the innocent group's job is done");
	must(vgpu_counter("soft_resets") == resets + 1, "it took a reset");
	say("the GPU was reset; the innocent group's job ended without error after %.1f ms",
	    ms_since(start));
	show_kernel_log(2);
	protm_group_init(&d->vm, &prot, 1);
	cs = stream(d);
	protm_fill(&cs, d->a.va, 9);
	protm_compare(&cs, d->a.va, 9);
	must(gpu_run(&prot, 0, &cs) == 0, "the next protected job succeeds");
	say("the next protected job ended without error, %.1f ms after the fault", ms_since(start));
	gpu_group_fini(&prot);
	gpu_group_fini(&normal);
	gpu_group_fini(&bad);
}

static void side_by_side(struct demo *d)
{
	struct gpu_group normal, prot;
	struct cs spin, region;
	int i;

	step("A normal and a protected group side by side, five jobs each");
	gpu_group_init(&d->vm, &normal, 1);
	protm_group_init(&d->vm, &prot, 1);
	spin = stream(d);
	cs_spin(&spin, 0, 2000);
	region = stream(d);
	protm_linger(&region, d->a.va, 2000);
	mark_trace("side by side");
	for (i = 0; i < 5; i++) {
		must(gpu_submit(&normal, 0, &spin) == 0, "a normal job is accepted");
		must(gpu_submit(&prot, 0, &region) == 0, "a protected job is accepted");
	}
	must(gpu_wait(&normal, 0, JOB_MS) == 0, "the normal jobs end without error");
	must(gpu_wait(&prot, 0, JOB_MS) == 0, "the protected jobs end without error");
	say("all ten fences signalled without error; the timeline shows who ran when");
	gpu_group_fini(&prot);
	gpu_group_fini(&normal);
}

static void counters(void)
{
	step("What the virtual GPU counted");
	say("protected sessions            %lld", (long long)vgpu_counter("protm_sessions"));
	say("time in protected mode        %lld us", (long long)vgpu_counter("protm_ns") / 1000);
	say("CPU accesses to protected memory   %lld", (long long)vgpu_counter("aperture_cpu_accesses"));
	say("violations of the protocol    %d", vgpu_violations());
	must(vgpu_counter("aperture_cpu_accesses") == 0, "the CPU never touched protected memory");
	must(vgpu_violations() == 0, "no rule of protected mode was broken");
}

int main(void)
{
	struct demo d = { 0 };

	show_device(&d);
	normal_job(&d);
	refused_mapping(&d);
	attach(&d);
	refused_copy(&d);
	protected_job(&d);
	preemption(&d);
	bind_in_session(&d);
	recovered_fault(&d);
	side_by_side(&d);
	counters();
	gpu_close(&d.gpu);
	return 0;
}

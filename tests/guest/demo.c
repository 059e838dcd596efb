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

#include "gpu.h"
#include "protm.h"
#include "vgpu.h"

#define STREAM_SIZE	0x4000

struct demo {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code, data;
	struct protm_bo a, b;
	u32 streams;
};

static void step(const char *title)
{
	static int n;

	printf("\n[%d] %s\n", ++n, title);
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
	must(gpu_run(&g, 0, &cs) == 0, "the protected job's fence signals without error");
	must(*(u32 *)d->data.cpu == 0x600d, "the stream ran to its end");
	must(gpu_group_state(&g) == 0, "the group is sound");
	must(vgpu_counter("protm_sessions") > sessions, "there were protected sessions");
	say("fence signalled without error after %lld protected sessions:",
	    (long long)(vgpu_counter("protm_sessions") - sessions));
	say("pending -> enter -> region -> exit, see the trace below");
	gpu_group_fini(&g);
}

/* A line in the kernel's trace: the timeline is drawn from here on. */
static void mark_trace(const char *text)
{
	FILE *f = fopen("/sys/kernel/tracing/trace_marker", "w");

	if (!f)
		return;
	fprintf(f, "%s\n", text);
	fclose(f);
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
	side_by_side(&d);
	counters();
	gpu_close(&d.gpu);
	return 0;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Protected mode where things go wrong: who gets hurt, and that nothing gets stuck. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pfix.h"
#include "vgpu.h"

#define R_HEAP	64

/* The slot whose group is in protected mode: the only one that there is. */
static int busy_slot(void)
{
	const char *slots;
	u32 i;

	for (i = 0; i < 100; i++) {
		slots = vgpu_call("{\"cmd\":\"csgs\"}");
		if (strstr(slots, "\"state\":\"on\""))
			return vgpu_num(slots, "csgs.csg");
		sleep_ms(1);
	}
	bail("no group is on a slot: %s", slots);
}

static void until_in_session(struct pfix *f, struct gpu_group *g)
{
	pfix_until(&f->gpu, "active");
	is(gpu_wait(g, 0, 0), -ETIME, "a region is running");
}

/*
 * The tiler is out of memory in the middle of a region. The answer takes a
 * doorbell, which takes an exit: without, both sides would wait for each other.
 */
static void test_oom(struct pfix *f)
{
	struct drm_panthor_tiler_heap_create c = {
		.vm_id = f->vm.id,
		.initial_chunk_count = 1,
		.chunk_size = 2 * SZ_64K,
		.max_chunks = 8,
		.target_in_flight = 65535,
	};
	struct drm_panthor_tiler_heap_destroy d = { 0 };
	struct cs cs = pfix_stream(f, 0);
	struct gpu_group g;
	char more[64];

	is(gpu_call(&f->gpu, TILER_HEAP_CREATE, &c), 0, "a heap of one chunk");
	protm_group_init(&f->vm, &g, 1);
	cs_move48(&cs, R_HEAP, c.tiler_heap_ctx_gpu_va);
	cs_heap_set(&cs, R_HEAP);
	cs_heap_operation(&cs, CS_HEAP_VT_START);
	pfix_hold_region(f, &cs, 0);
	cs_heap_operation(&cs, CS_HEAP_VT_END);
	cs_heap_operation(&cs, CS_HEAP_FRAG_END);
	pfix_store(f, &cs, 0, 7);
	is(gpu_submit(&g, 0, &cs), 0, "a job with a region and a heap");
	until_in_session(f, &g);
	snprintf(more, sizeof(more), ",\"csg\":%d,\"cs\":0", busy_slot());
	vgpu_inject("tiler-oom", 1, more);
	/* From here on it is the heap that keeps it. */
	pfix_let_go(f, 0);
	is(gpu_wait(&g, 0, JOB_MS), 0, "out of memory in a region: it ends well");
	is(pfix_word(f, 0), 7, "and the job goes on behind it");
	is(gpu_group_state(&g), 0, "the group is sound");
	gpu_group_fini(&g);
	d.handle = c.handle;
	is(gpu_call(&f->gpu, TILER_HEAP_DESTROY, &d), 0, "the heap destroyed");
}

/* One group faults in protected mode: the others lose nothing (rules 10 and 11). */
static void test_fault(struct pfix *f)
{
	struct gpu_group bad, prot, normal;
	struct cs cs = pfix_stream(f, 0);
	int ret;

	protm_group_init(&f->vm, &bad, 1);
	protm_group_init(&f->vm, &prot, 1);
	gpu_group_init(&f->vm, &normal, 1);

	pfix_hold_region(f, &cs, 0);
	is(gpu_submit(&bad, 0, &cs), 0, "a long region");
	cs = pfix_stream(f, 1);
	protm_fill(&cs, f->a.va, 3);
	protm_compare(&cs, f->a.va, 3);
	pfix_store(f, &cs, 1, 1);
	is(gpu_submit(&prot, 0, &cs), 0, "another group with regions");
	cs = pfix_stream(f, 2);
	cs_spin(&cs, 0, 20000);
	pfix_store(f, &cs, 2, 1);
	is(gpu_submit(&normal, 0, &cs), 0, "and one without");
	vgpu_inject("protected-fault", 1, "");
	pfix_let_go(f, 0);

	/* Which of the two protected groups is in a session now is the scheduler's choice. */
	ret = gpu_wait(&bad, 0, JOB_MS);
	ok((ret < 0) != (gpu_wait(&prot, 0, JOB_MS) < 0), "one of the protected groups failed");
	is(gpu_wait(&normal, 0, JOB_MS), 0, "the normal one did not");
	is(pfix_word(f, 2), 1, "and stores");
	ok((gpu_group_state(&bad) == DRM_PANTHOR_GROUP_STATE_FATAL_FAULT) ==
	   (ret < 0), "state of the first");
	ok((gpu_group_state(&prot) == DRM_PANTHOR_GROUP_STATE_FATAL_FAULT) ==
	   (ret == 0), "state of the second");
	is(gpu_group_state(&normal), 0, "state of the normal one");
	gpu_group_fini(&normal);
	gpu_group_fini(&prot);
	gpu_group_fini(&bad);

	protm_group_init(&f->vm, &prot, 1);
	cs = pfix_stream(f, 1);
	protm_fill(&cs, f->a.va, 4);
	protm_compare(&cs, f->a.va, 4);
	is(gpu_run(&prot, 0, &cs), 0, "and protected mode works again");
	gpu_group_fini(&prot);
}

/* The interrupt of the exit is lost: a look at firmware's words sees that it is over, long before any limit. */
static void test_lost_exit(struct pfix *f)
{
	s64 resets = vgpu_counter("soft_resets");
	struct cs cs = pfix_stream(f, 0);
	struct gpu_group g;
	s64 start;

	protm_group_init(&f->vm, &g, 1);
	pfix_hold_region(f, &cs, 0);
	is(gpu_submit(&g, 0, &cs), 0, "a long region");
	until_in_session(f, &g);
	vgpu_inject("lost-irq", 1, ",\"line\":\"job\"");
	start = now_ns();
	pfix_let_go(f, 0);
	is(gpu_wait(&g, 0, JOB_MS), 0, "its end is not told, and yet the job ends");
	/* A second; if nobody looked, the job's 5 s would end it, or 25 s the session. */
	between((now_ns() - start) / NSEC_PER_MSEC, 0, 4500, "ms that it took");
	vgpu_inject("lost-irq", 0, ",\"line\":\"job\"");
	is(gpu_group_state(&g), 0, "the group is sound");
	is(vgpu_counter("soft_resets"), resets, "no reset");
	cs = pfix_stream(f, 0);
	protm_fill(&cs, f->a.va, 5);
	protm_compare(&cs, f->a.va, 5);
	is(gpu_run(&g, 0, &cs), 0, "the next region works");
	gpu_group_fini(&g);
}

int main(void)
{
	struct pfix f;

	pfix_init(&f);
	test_oom(&f);
	test_fault(&f);
	test_lost_exit(&f);
	is(vgpu_counter("aperture_cpu_accesses"), 0, "the CPU never touched protected memory");
	is(vgpu_violations(), 0, "no rule of the model was broken");

	pfix_fini(&f);
	return done();
}

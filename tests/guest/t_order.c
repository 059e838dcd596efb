// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Who comes first when protected and normal groups of several priorities want the GPU. */
#include <errno.h>
#include <pthread.h>

#include "pfix.h"
#include "vgpu.h"

#define R_ADDR		60
#define R_DATA		62
#define STREAM_SIZE	0x10000
/* Far longer than any tick and exit in a slow guest, shorter than a job's time limit of 5 s. */
#define SOON_MS		4000

struct fixture {
	struct pfix p;
	struct gpu_group high, prot;
};

static struct cs stream(struct fixture *f, u32 n)
{
	return pfix_stream(&f->p, n);
}

static void object(struct cs *cs, u64 va, u64 value)
{
	cs_move48(cs, R_ADDR, va);
	cs_move48(cs, R_DATA, value);
}

static void groups(struct fixture *f)
{
	is(gpu_group_try(&f->p.vm, &f->high, 1, SZ_4K, PANTHOR_GROUP_PRIORITY_HIGH, 0), 0,
	   "a group of high priority");
	protm_group_init(&f->p.vm, &f->prot, 1);
}

static void no_groups(struct fixture *f)
{
	is(gpu_group_state(&f->high), 0, "the high group is sound");
	is(gpu_group_state(&f->prot), 0, "the protected group is sound");
	gpu_group_fini(&f->high);
	gpu_group_fini(&f->prot);
}

/*
 * The high group waits on its slot for what a region of the lesser one produces.
 * If it counted as having work, the region would never be entered.
 */
static void test_wait(struct fixture *f)
{
	s64 start = now_ns();
	struct cs cs;

	groups(f);
	cs = stream(f, 0);
	object(&cs, f->p.data.va, 0);
	cs_sync_wait64(&cs, CS_GT, R_DATA, R_ADDR);
	is(gpu_submit(&f->high, 0, &cs), 0, "high: waits for an object");
	sleep_ms(20);

	cs = stream(f, 1);
	protm_fill(&cs, f->p.a.va, 1);
	protm_compare(&cs, f->p.a.va, 1);
	object(&cs, f->p.data.va, 1);
	cs_sync_set64(&cs, CS_SYSTEM, R_DATA, R_ADDR);
	is(gpu_submit(&f->prot, 0, &cs), 0, "protected: two regions, then sets it");

	is(gpu_wait(&f->prot, 0, JOB_MS), 0, "protected: done");
	is(gpu_wait(&f->high, 0, JOB_MS), 0, "high: done");
	ok(now_ns() - start < SOON_MS * NSEC_PER_MSEC, "without waiting for any timeout");
	no_groups(f);
}

/* Work of the high group ends a session of the lesser one, which goes on later: it does not end by itself. */
static void test_preempt(struct fixture *f)
{
	volatile u32 *word = (u32 *)f->p.data.cpu + 4;
	s64 start, worst = 0;
	u32 i, wrong = 0;
	struct cs cs;

	groups(f);
	for (i = 0; i < 4; i++) {
		cs = stream(f, 1);
		pfix_hold_region(&f->p, &cs, 0);
		wrong += gpu_submit(&f->prot, 0, &cs) != 0;
		/* From before its beginning, too. */
		sleep_ms(i);
		if (i > 1)
			pfix_until(&f->p.gpu, "active");
		start = now_ns();
		cs = stream(f, 0);
		cs_store_word(&cs, R_ADDR, R_DATA, f->p.data.va + 16, i + 1);
		wrong += gpu_run(&f->high, 0, &cs) != 0 || *word != i + 1;
		worst = now_ns() - start > worst ? now_ns() - start : worst;
		wrong += gpu_wait(&f->prot, 0, 0) != -ETIME;
		pfix_let_go(&f->p, 0);
		wrong += gpu_wait(&f->prot, 0, JOB_MS) != 0;
	}
	is(wrong, 0, "four jobs of the high group, each during a session");
	ok(worst < SOON_MS * NSEC_PER_MSEC, "none of them late");
	diag("the slowest took %lld us", (long long)worst / 1000);
	no_groups(f);
}

/* Equals: a long region does not keep others from their turn. */
static void test_equals(struct fixture *f)
{
	struct gpu_group normal;
	u32 i, wrong = 0;
	struct cs cs;

	protm_group_init(&f->p.vm, &f->prot, 1);
	gpu_group_init(&f->p.vm, &normal, 1);
	cs = stream(f, 1);
	pfix_hold_region(&f->p, &cs, 0);
	protm_linger(&cs, f->p.a.va, 1900);
	is(gpu_submit(&f->prot, 0, &cs), 0, "protected: a region without end, and one more");
	for (i = 0; i < 3; i++) {
		cs = stream(f, 0);
		cs_spin(&cs, 0, 2000);
		wrong += gpu_run(&normal, 0, &cs) != 0;
	}
	is(wrong, 0, "normal: three jobs meanwhile");
	is(gpu_wait(&f->prot, 0, 0), -ETIME, "protected: goes on");
	pfix_let_go(&f->p, 0);
	is(gpu_wait(&f->prot, 0, JOB_MS), 0, "protected: done");
	gpu_group_fini(&normal);
	gpu_group_fini(&f->prot);
}

#define BINDERS	3

/* Somebody who maps and unmaps without a pause, in an address space that is in use. */
struct binder {
	struct gpu_vm vm;
	struct gpu_bo code, bo;
	struct gpu_group group;
	pthread_t thread;
	u64 va;
	volatile int stop;
	u32 ops, failed;
};

static void *bind_on(void *arg)
{
	struct binder *b = arg;

	while (!b->stop) {
		b->failed += gpu_map(&b->vm, b->bo.handle, 0, b->va, SZ_4K) != 0;
		b->failed += gpu_unmap(&b->vm, b->va, SZ_4K) != 0;
		b->ops++;
	}
	return NULL;
}

static void binder_init(struct fixture *f, struct binder *b)
{
	struct cs cs;

	gpu_vm_init(&f->p.gpu, &b->vm);
	gpu_bo_init(&b->vm, &b->code, SZ_4K);
	gpu_bo_init(&b->vm, &b->bo, SZ_4K);
	gpu_group_init(&b->vm, &b->group, 1);
	b->va = gpu_vm_reserve(&b->vm, SZ_4K, SZ_4K);
	/* Its group stays on its slot, idle. */
	cs = gpu_cs(&b->code, 0, SZ_4K);
	cs_nop(&cs);
	is(gpu_run(&b->group, 0, &cs), 0, "an address space on the GPU");
}

static void binder_fini(struct binder *b)
{
	gpu_group_fini(&b->group);
	gpu_bo_fini(&b->bo);
	gpu_bo_fini(&b->code);
	gpu_vm_fini(&b->vm);
}

/* There is hardly a moment without a VM operation; one region after the other gets its session all the same. */
static void test_crowd(struct fixture *f)
{
	static struct binder b[BINDERS];
	s64 start, worst = 0;
	u32 i, wrong = 0;
	struct cs cs;

	for (i = 0; i < BINDERS; i++)
		binder_init(f, &b[i]);
	protm_group_init(&f->p.vm, &f->prot, 1);
	for (i = 0; i < BINDERS; i++)
		wrong += pthread_create(&b[i].thread, NULL, bind_on, &b[i]) != 0;
	for (i = 0; i < 8; i++) {
		start = now_ns();
		cs = stream(f, 1);
		protm_fill(&cs, f->p.a.va, i);
		protm_compare(&cs, f->p.a.va, i);
		wrong += gpu_submit(&f->prot, 0, &cs) != 0;
		wrong += gpu_wait(&f->prot, 0, JOB_MS) != 0;
		worst = now_ns() - start > worst ? now_ns() - start : worst;
	}
	for (i = 0; i < BINDERS; i++) {
		b[i].stop = 1;
		pthread_join(b[i].thread, NULL);
		wrong += b[i].failed + !b[i].ops;
		diag("%u VM operations", 2 * b[i].ops);
	}
	is(wrong, 0, "sessions and VM operations in a crowd: all of them done");
	/* One that is passed over waits until the crowd is gone, which is never. */
	ok(worst < JOB_MS / 2 * NSEC_PER_MSEC, "no session had to wait for long (%lld ms)",
	   (long long)worst / NSEC_PER_MSEC);
	gpu_group_fini(&f->prot);
	for (i = 0; i < BINDERS; i++)
		binder_fini(&b[i]);
}

int main(void)
{
	struct fixture f = { 0 };

	pfix_init_streams(&f.p, 4, STREAM_SIZE);
	/* Firmware that says that a waiting queue is idle; what real firmware does is not known. */
	vgpu_set("sync_wait_idle", 1);

	test_wait(&f);
	test_preempt(&f);
	test_equals(&f);
	test_crowd(&f);
	is(vgpu_violations(), 0, "no rule of the model was broken");

	vgpu_set("sync_wait_idle", 0);
	pfix_fini(&f.p);
	return done();
}

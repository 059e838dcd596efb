// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The protected-mode engine rule by rule, where t_protm's clients would not notice
 * that one is broken: when a session begins, what ends it and what does not, what it
 * leaves alone, and what can be seen of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "pfix.h"
#include "sysfs.h"
#include "vgpu.h"

#define R_ADDR		60
#define R_DATA		62
#define PARAMS		"/sys/module/panthor_protm/parameters/"
#define TRACING		"/sys/kernel/tracing/"

static char trace[1 << 18];

static void trace_on(bool on)
{
	int fd;

	if (on) {
		fd = open(TRACING "trace", O_WRONLY | O_TRUNC | O_CLOEXEC);
		close(fd);
	}
	if (sysfs_write(TRACING "events/panthor_protm/enable", on ? "1" : "0"))
		bail("no tracepoints");
}

static void trace_read(void)
{
	int fd = open(TRACING "trace", O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got;

	while (n < sizeof(trace) - 1 && (got = read(fd, trace + n, sizeof(trace) - 1 - n)) > 0)
		n += got;
	trace[n] = 0;
	close(fd);
}

/* Time of the event whose text begins at @at: its line has it in front. */
static double trace_time(const char *at)
{
	while (at > trace && at[-1] != '\n' && strncmp(at, ": ", 2))
		at--;
	while (at > trace && at[-1] != ' ')
		at--;
	return atof(at);
}

/* Rule 1: a protected group without a region is a normal one (defect G1). */
static void test_no_region(struct pfix *f)
{
	s64 sessions = vgpu_counter("protm_sessions"), failed = pfix_stat(&f->gpu, "failed_entries");
	struct gpu_group g;
	u32 i, wrong = 0;
	struct cs cs;

	protm_group_init(&f->vm, &g, 1);
	for (i = 0; i < 10; i++) {
		cs = pfix_stream(f, 0);
		pfix_spin_ms(&cs, 15);
		pfix_store(f, &cs, 0, i + 1);
		wrong += gpu_run(&g, 0, &cs) != 0 || pfix_word(f, 0) != i + 1;
	}
	is(wrong, 0, "normal jobs of a protected group");
	is(vgpu_counter("protm_sessions"), sessions, "no session");
	is(pfix_stat(&f->gpu, "failed_entries"), failed, "nor the attempt");
	gpu_group_fini(&g);
}

static int longer(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

/* Ten regions. Returns the lower quartile of the times from a request to its entry, in seconds, as the trace has it. */
static double entry_time(struct pfix *f, struct gpu_group *g)
{
	s64 reads = vgpu_counter("gpu_status_reads"), sessions = vgpu_counter("protm_sessions");
	char *pend, *enter;
	double t[64];
	u32 i, n = 0, wrong = 0;
	struct cs cs;

	trace_on(true);
	for (i = 0; i < 10; i++) {
		cs = pfix_stream(f, 0);
		pfix_region_ms(&cs, 30);
		wrong += gpu_run(g, 0, &cs) != 0;
	}
	sessions = vgpu_counter("protm_sessions") - sessions;
	reads = vgpu_counter("gpu_status_reads") - reads;
	trace_on(false);
	trace_read();
	is(wrong, 0, "ten regions");
	ok(sessions >= 10, "a session each (%lld)", (long long)sessions);
	between(reads, 0, sessions, "GPU_STATUS reads");

	for (pend = trace; (pend = strstr(pend, ": pp_protm_pending:")); pend++) {
		enter = strstr(pend, ": pp_protm_enter:");
		if (!enter)
			break;
		if (n < 64)
			t[n++] = trace_time(enter) - trace_time(pend);
	}
	qsort(t, n, sizeof(t[0]), longer);
	return n ? t[n / 4] : 1;
}

/*
 * Rules 1 and 8: a region that asks is entered at once, not at the next tick, which
 * is 8 ms later or more, and it takes one look at GPU_STATUS. Others may want the
 * CPU, so there are several tries; a few regions of ten may ask just before a tick.
 */
static void test_entry(struct pfix *f)
{
	struct gpu_group g;
	double best = 1, t;
	u32 i;

	/* When it is acknowledged, it is on. */
	vgpu_set("enter_active_ns", 0);
	protm_group_init(&f->vm, &g, 1);
	for (i = 0; i < 10 && best >= 0.004; i++) {
		t = entry_time(f, &g);
		best = t < best ? t : best;
	}
	ok(best < 0.004, "entered %.0f us after it asked", best * 1e6);
	gpu_group_fini(&g);
	vgpu_set("enter_active_ns", 20000);
}

static void object(struct cs *cs, u64 va, u64 value)
{
	cs_move48(cs, R_ADDR, va);
	cs_move48(cs, R_DATA, value);
}

/*
 * Rule 4 (defect G4): a more important group waits for an object, which comes true
 * while nobody but us can look.
 */
static void test_wait_in_session(struct pfix *f)
{
	s64 preempted = pfix_stat(&f->gpu, "exits_priority"), cut;
	volatile u64 *value = (u64 *)f->data.cpu + 8;
	struct gpu_group high, prot;
	struct cs cs;

	vgpu_set("sync_wait_idle", 1);
	*value = 0;
	is(gpu_group_try(&f->vm, &high, 1, SZ_4K, PANTHOR_GROUP_PRIORITY_HIGH, 0), 0, "high");
	protm_group_init(&f->vm, &prot, 1);
	cs = pfix_stream(f, 0);
	object(&cs, f->data.va + 64, 4);
	cs_sync_wait64(&cs, CS_GT, R_DATA, R_ADDR);
	pfix_store(f, &cs, 0, 77);
	is(gpu_submit(&high, 0, &cs), 0, "high: waits for an object");
	cs = pfix_stream(f, 1);
	pfix_hold_region(f, &cs, 0);
	is(gpu_submit(&prot, 0, &cs), 0, "medium: a long region");
	pfix_until(&f->gpu, "active");
	is(gpu_wait(&high, 0, 50), -ETIME, "high: waits");
	cut = pfix_stat(&f->gpu, "exits_vm_op");
	*value = 5;
	is(gpu_wait(&high, 0, JOB_MS), 0, "set by the CPU: high goes on");
	is(gpu_wait(&prot, 0, 0), -ETIME, "before the region is over");
	is(pfix_word(f, 0), 77, "it stores");
	/* What is left of earlier groups is freed at some time, which may have ended it just then. */
	preempted = pfix_stat(&f->gpu, "exits_priority") - preempted;
	cut = pfix_stat(&f->gpu, "exits_vm_op") - cut;
	diag("exits: %lld for it, %lld for VM operations", (long long)preempted, (long long)cut);
	ok(preempted || cut, "the session was ended for it");
	pfix_let_go(f, 0);
	is(gpu_wait(&prot, 0, JOB_MS), 0, "which goes on then");
	is(gpu_group_state(&high) | gpu_group_state(&prot), 0, "both are sound");
	gpu_group_fini(&prot);
	gpu_group_fini(&high);
	vgpu_set("sync_wait_idle", 0);
}

/* Rule 4: a region that is longer than the progress limit is cut, and ends all the same. */
static void test_progress(struct pfix *f)
{
	s64 cut = pfix_stat(&f->gpu, "exits_progress"), end = now_ns() + JOB_MS * NSEC_PER_MSEC;
	struct gpu_group g;
	struct cs cs;

	is(sysfs_write(PARAMS "protm_progress_ms", "60"), 0, "a progress limit of 60 ms");
	protm_group_init(&f->vm, &g, 1);
	cs = pfix_stream(f, 0);
	pfix_hold_region(f, &cs, 0);
	pfix_store(f, &cs, 0, 78);
	is(gpu_submit(&g, 0, &cs), 0, "a region that takes longer");
	while (pfix_stat(&f->gpu, "exits_progress") - cut < 3 && now_ns() < end &&
	       gpu_wait(&g, 0, 0) == -ETIME)
		sleep_ms(5);
	ok(pfix_stat(&f->gpu, "exits_progress") - cut >= 3, "is cut several times");
	pfix_let_go(f, 0);
	is(gpu_wait(&g, 0, JOB_MS), 0, "and ends well");
	is(pfix_word(f, 0), 78, "and what is behind it is done");
	is(sysfs_write(PARAMS "protm_progress_ms", "25000"), 0, "the limit as it was");
	gpu_group_fini(&g);
}

/* A region, and meanwhile what must not concern it. True if it was one session and nobody waited. */
static bool left_alone(struct pfix *f, struct gpu_group *g, struct gpu_vm *other, u32 bo, u64 va)
{
	struct drm_panthor_timestamp_info t = { .flags = DRM_PANTHOR_TIMESTAMP_GPU };
	struct drm_panthor_dev_query q = {
		.type = DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO,
		.size = sizeof(t),
		.pointer = (uintptr_t)&t,
	};
	s64 cut = pfix_stat(&f->gpu, "exits_vm_op"), waits = pfix_stat(&f->gpu, "vm_waits");
	s64 done = pfix_stat(&f->gpu, "exits_done");
	struct cs cs = pfix_stream(f, 0);
	u32 i, wrong = 0;

	pfix_hold_region(f, &cs, 0);
	is(gpu_submit(g, 0, &cs), 0, "a long region");
	pfix_until(&f->gpu, "active");
	for (i = 0; i < 8; i++) {
		wrong += gpu_map(other, bo, 0, va, SZ_2M) != 0;
		wrong += gpu_unmap(other, va, SZ_2M) != 0;
		wrong += gpu_call(&f->gpu, DEV_QUERY, &q) != 0;
	}
	is(wrong, 0, "16 VM operations without a slot, and 8 queries");
	is(gpu_wait(g, 0, 0), -ETIME, "all in its time");
	pfix_let_go(f, 0);
	is(gpu_wait(g, 0, JOB_MS), 0, "the region ends");
	/* Its job is over a little before the session. */
	pfix_until(&f->gpu, "normal");
	waits = pfix_stat(&f->gpu, "vm_waits") - waits;
	cut = pfix_stat(&f->gpu, "exits_vm_op") - cut;
	done = pfix_stat(&f->gpu, "exits_done") - done;
	diag("%lld waits, %lld exits for them, %lld ends", (long long)waits, (long long)cut,
	     (long long)done);
	return !waits && !cut && done == 1;
}

/*
 * Rules 3, 6 and 17 (defect G8): what ends a session is a VM operation that the MMU
 * would be told of. One on an address space that is on no slot is none, nor are
 * queries, and they do not wait either. What is left of earlier groups is freed at
 * some time, and is such an operation: hence several tries.
 */
static void test_outsiders(struct pfix *f)
{
	struct gpu_vm other;
	struct gpu_group g;
	bool alone = false;
	s64 cut, waits;
	struct cs cs;
	u32 i, bo;
	u64 va;

	gpu_vm_init(&f->gpu, &other);
	va = gpu_vm_reserve(&other, SZ_2M, SZ_2M);
	gpu_bo_create(&f->gpu, SZ_2M, 0, 0, &bo);
	protm_group_init(&f->vm, &g, 1);
	for (i = 0; i < 8 && !alone; i++)
		alone = left_alone(f, &g, &other, bo, va);
	ok(alone, "none had to wait, and none ended the session");

	va = gpu_vm_reserve(&f->vm, SZ_2M, SZ_2M);
	waits = pfix_stat(&f->gpu, "vm_waits");
	cut = pfix_stat(&f->gpu, "exits_vm_op");
	cs = pfix_stream(f, 0);
	pfix_hold_region(f, &cs, 0);
	is(gpu_submit(&g, 0, &cs), 0, "again");
	pfix_until(&f->gpu, "active");
	is(gpu_map(&f->vm, bo, 0, va, SZ_2M), 0, "an operation on its own address space");
	is(gpu_wait(&g, 0, 0), -ETIME, "does not wait for the region's end");
	ok(pfix_stat(&f->gpu, "vm_waits") > waits, "but for the session's");
	ok(pfix_stat(&f->gpu, "exits_vm_op") > cut, "which it forced");
	is(gpu_unmap(&f->vm, va, SZ_2M), 0, "unmapped");
	pfix_let_go(f, 0);
	is(gpu_wait(&g, 0, JOB_MS), 0, "the region ends");
	gpu_group_fini(&g);
	drm_gem_close(f->gpu.fd, bo);
	gpu_vm_fini(&other);
}

#define CROWD	12	/* more than there are slots */

/*
 * Rules 9 and 14 (defect G3): regions that wait for their turn outlive that their
 * groups leave their slots and come back, also if firmware takes its time.
 */
static void test_pending(struct pfix *f)
{
	s64 resets = vgpu_counter("soft_resets");
	struct gpu_group g[CROWD];
	u32 i, wrong = 0;
	struct cs cs;

	for (i = 0; i < CROWD; i++) {
		protm_group_init(&f->vm, &g[i], 1);
		cs = pfix_stream(f, i);
		pfix_region_ms(&cs, 60);
		protm_fill(&cs, f->a.va + i * 0x100, i);
		protm_compare(&cs, f->a.va + i * 0x100, i);
		pfix_store(f, &cs, i, 100 + i);
		wrong += gpu_submit(&g[i], 0, &cs) != 0;
	}
	/* Longer than any group but a protected one may take. */
	vgpu_inject("slow-suspend", 1, ",\"ns\":700000000");
	for (i = 0; i < CROWD; i++)
		wrong += gpu_wait(&g[i], 0, JOB_MS) != 0 || pfix_word(f, i) != 100 + i;
	is(wrong, 0, "%u groups with regions on fewer slots", CROWD);
	for (i = 0; i < CROWD; i++) {
		wrong += gpu_group_state(&g[i]) != 0;
		gpu_group_fini(&g[i]);
	}
	is(wrong, 0, "all sound");
	is(vgpu_counter("soft_resets"), resets, "a slow suspend is no reason for a reset");
	vgpu_inject("slow-suspend", 0, "");
}

/*
 * Rules 10 and 11 (defect G10): the fault's interrupt does not flood, and comes again
 * the next time. One while protected mode is on, one as it begins, which is the sign
 * that the others have been saved.
 */
static void test_fault_twice(struct pfix *f)
{
	struct gpu_group g, normal;
	s64 irqs, faults;
	struct cs cs;
	u32 i;

	for (i = 0; i < 2; i++) {
		faults = pfix_stat(&f->gpu, "faults");
		protm_group_init(&f->vm, &g, 1);
		gpu_group_init(&f->vm, &normal, 1);
		cs = pfix_stream(f, 1);
		pfix_hold(f, &cs, 1);
		pfix_store(f, &cs, 1, i + 1);
		is(gpu_submit(&normal, 0, &cs), 0, "a normal job");
		cs = pfix_stream(f, 0);
		pfix_hold_region(f, &cs, 0);
		irqs = vgpu_counter("irqs.gpu");
		if (i)
			vgpu_inject("protected-fault", 1, "");
		is(gpu_submit(&g, 0, &cs), 0, "and a region");
		if (!i) {
			pfix_until(&f->gpu, "active");
			vgpu_inject("protected-fault", 1, "");
		}
		ok(gpu_wait(&g, 0, JOB_MS) < 0, "which faults: error");
		is(gpu_group_state(&g), DRM_PANTHOR_GROUP_STATE_FATAL_FAULT, "fatal for its group");
		is(pfix_stat(&f->gpu, "faults"), faults + 1, "the driver was told");
		/* The fault, flushes, the reset. */
		between(vgpu_counter("irqs.gpu") - irqs, 1, 20, "interrupts of the GPU block");
		pfix_let_go(f, 1);
		is(gpu_wait(&normal, 0, JOB_MS), 0, "the normal job ends well");
		is(pfix_word(f, 1), i + 1, "and stores");
		is(gpu_group_state(&normal), 0, "its group is sound");
		gpu_group_fini(&normal);
		gpu_group_fini(&g);
	}
}

/* Rule 6: an address space that faults in a region has the session end, and its groups with it. */
static void test_region_fault(struct pfix *f)
{
	s64 resets = vgpu_counter("soft_resets"), faults = vgpu_counter("as_faults");
	struct gpu_group bad, g;
	struct gpu_bo code;
	struct gpu_vm vm;
	struct cs cs;

	gpu_vm_init(&f->gpu, &vm);
	gpu_bo_init(&vm, &code, SZ_4K);
	protm_group_init(&vm, &bad, 1);
	protm_group_init(&f->vm, &g, 1);
	cs = gpu_cs(&code, 0, SZ_4K);
	protm_fill(&cs, gpu_vm_reserve(&vm, SZ_4K, SZ_4K), 1);
	ok(gpu_run(&bad, 0, &cs) < 0, "a region that touches what is not mapped: error");
	ok(vgpu_counter("as_faults") > faults, "the address space has faulted");
	ok(gpu_group_wait_state(&bad, DRM_PANTHOR_GROUP_STATE_FATAL_FAULT, JOB_MS) &
	   DRM_PANTHOR_GROUP_STATE_FATAL_FAULT, "fatal");
	cs = pfix_stream(f, 0);
	protm_fill(&cs, f->a.va, 8);
	protm_compare(&cs, f->a.va, 8);
	is(gpu_run(&g, 0, &cs), 0, "another client's regions work");
	is(vgpu_counter("soft_resets"), resets, "without a reset");
	gpu_group_fini(&g);
	gpu_group_fini(&bad);
	gpu_bo_fini(&code);
	gpu_vm_fini(&vm);
}

/* Rule 12 (defect G11): one line in the log says who it was. */
static void test_no_right(struct pfix *f)
{
	int log = kmsg_open();
	struct gpu_group g;
	struct cs cs;

	gpu_group_init(&f->vm, &g, 2);
	cs = pfix_stream(f, 0);
	pfix_region_ms(&cs, 1);
	ok(gpu_run(&g, 0, &cs) < 0, "a region without the right to it: error");
	is(gpu_group_state(&g), DRM_PANTHOR_GROUP_STATE_FATAL_FAULT, "fatal");
	is(gpu_submit(&g, 1, &cs), -EINVAL, "and no more jobs");
	gpu_group_fini(&g);
	is(kmsg_count(log, "of t_protm_rules["), 1, "one line names the process");
	close(log);
}

/* Rule 16: a client shares its protected buffer, as with a compositor, and nobody can look into it. */
static void test_share(struct pfix *f)
{
	int fd = drm_handle_to_fd(f->gpu.fd, f->a.handle);
	struct drm_panthor_bo_sync_op op = { .size = SZ_4K };
	struct drm_panthor_bo_sync s = { .ops = DRM_PANTHOR_OBJ_ARRAY(1, &op) };
	struct gpu_bo code;
	struct gpu_vm vm;
	struct gpu gpu;
	struct gpu_group g;
	struct cs cs;
	u32 handle;
	u64 va;
	int again;
	void *cpu;

	protm_group_init(&f->vm, &g, 1);
	cs = pfix_stream(f, 0);
	protm_fill(&cs, f->a.va, 21);
	is(gpu_run(&g, 0, &cs), 0, "a protected buffer is filled");
	gpu_group_fini(&g);

	ok(fd >= 0, "and exported");
	gpu_open(&gpu);
	gpu_vm_init(&gpu, &vm);
	gpu_bo_init(&vm, &code, SZ_4K);
	is(drm_fd_to_handle(gpu.fd, fd, &handle), 0, "another client imports it");
	va = gpu_vm_reserve(&vm, SZ_64K, SZ_64K);
	is(gpu_bind(&vm, DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC, handle, 0, va, SZ_64K), 0, "binds it");
	protm_group_init(&vm, &g, 1);
	cs = gpu_cs(&code, 0, SZ_4K);
	protm_compare(&cs, va, 21);
	is(gpu_run(&g, 0, &cs), 0, "and finds the first one's content in it");
	gpu_group_fini(&g);

	op.handle = handle;
	is(gpu_call(&gpu, BO_SYNC, &s), -EINVAL, "no cache maintenance");
	again = drm_handle_to_fd(gpu.fd, handle);
	cpu = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, again, 0);
	ok(cpu == MAP_FAILED && errno == EPERM, "no mapping");
	close(again);
	close(fd);
	gpu_unmap(&vm, va, SZ_64K);
	drm_gem_close(gpu.fd, handle);
	gpu_bo_fini(&code);
	gpu_vm_fini(&vm);
	gpu_close(&gpu);
}

/* debugfs: is some group off its slot for a sync object? Looks for a while. */
static bool waits_off_slot(struct pfix *f)
{
	char path[64], line[256];
	struct stat st;
	bool found = false;
	FILE *file;
	u32 i;

	fstat(f->gpu.fd, &st);
	snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%u/groups", minor(st.st_rdev));
	for (i = 0; i < 300 && !found; i++) {
		file = fopen(path, "re");
		while (file && fgets(line, sizeof(line), file))
			found |= strstr(line, " state=waiting") != NULL;
		if (file)
			fclose(file);
		sleep_ms(10);
	}
	return found;
}

/*
 * Rule 16: a group that was taken off its slot waits for an object that we cannot
 * look at, here one that is not mapped any more: it would wait for ever.
 */
static void test_unseen_wait(struct pfix *f)
{
	struct gpu_group g, busy[CROWD];
	u32 i, wrong = 0;
	struct gpu_bo bo;
	struct cs cs;

	vgpu_set("sync_wait_idle", 1);
	gpu_bo_init(&f->vm, &bo, SZ_4K);
	gpu_group_init(&f->vm, &g, 1);
	/* All of them first: on a slow machine that takes longer than a job may be on a slot. */
	for (i = 0; i < CROWD; i++)
		gpu_group_init(&f->vm, &busy[i], 1);
	cs = pfix_stream(f, 15);
	object(&cs, bo.va, 0);
	cs_sync_wait64(&cs, CS_GT, R_DATA, R_ADDR);
	is(gpu_submit(&g, 0, &cs), 0, "a group waits");
	cs = pfix_stream(f, 0);
	pfix_hold(f, &cs, 0);
	for (i = 0; i < CROWD; i++)
		wrong += gpu_submit(&busy[i], 0, &cs) != 0;
	is(wrong, 0, "others want its slot");
	ok(waits_off_slot(f), "it has lost it");
	is(gpu_wait(&g, 0, 0), -ETIME, "it still waits");
	is(gpu_unmap(&f->vm, bo.va, SZ_4K), 0, "the object goes");
	pfix_let_go(f, 0);
	ok(gpu_group_wait_state(&g, DRM_PANTHOR_GROUP_STATE_FATAL_FAULT, JOB_MS) &
	   DRM_PANTHOR_GROUP_STATE_FATAL_FAULT, "fatal");
	ok(gpu_wait(&g, 0, JOB_MS) < 0, "its job ends with an error");
	for (i = 0; i < CROWD; i++) {
		wrong += gpu_wait(&busy[i], 0, JOB_MS) != 0 || gpu_group_state(&busy[i]) != 0;
		gpu_group_fini(&busy[i]);
	}
	is(wrong, 0, "nobody else is concerned");
	gpu_group_fini(&g);
	munmap(bo.cpu, bo.size);
	drm_gem_close(f->gpu.fd, bo.handle);
	vgpu_set("sync_wait_idle", 0);
}

/* What happened, as tracepoints tell it. */
static void test_traces(struct pfix *f)
{
	static const char * const events[] = {
		"pp_protm_pending: group=", "pp_protm_enter: group=", "pp_protm_active: group=",
		"pp_protm_force_exit: cause=vm_op", "pp_vm_wait: ns=",
		"cause=vm_op ns=", "cause=done ns=", "pp_protm_fault: group=", "cause=fault ns=",
	};
	u64 va = gpu_vm_reserve(&f->vm, SZ_4K, SZ_4K);
	struct gpu_group g;
	struct cs cs;
	u32 i;

	trace_on(true);
	protm_group_init(&f->vm, &g, 1);
	cs = pfix_stream(f, 0);
	pfix_hold_region(f, &cs, 0);
	is(gpu_submit(&g, 0, &cs), 0, "traced: a region");
	pfix_until(&f->gpu, "active");
	ok(pfix_stat(&f->gpu, "group") > 0, "debugfs names the group");
	is(gpu_map(&f->vm, f->data.handle, 0, va, SZ_4K), 0, "a VM operation");
	pfix_let_go(f, 0);
	is(gpu_wait(&g, 0, JOB_MS), 0, "its end");
	cs = pfix_stream(f, 0);
	pfix_hold_region(f, &cs, 0);
	is(gpu_submit(&g, 0, &cs), 0, "another one");
	pfix_until(&f->gpu, "active");
	vgpu_inject("protected-fault", 1, "");
	ok(gpu_wait(&g, 0, JOB_MS) < 0, "a fault");
	trace_on(false);
	trace_read();
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		ok(strstr(trace, events[i]), "trace: %s", events[i]);
	is(pfix_stat(&f->gpu, "group"), 0, "debugfs: nobody's session");
	ok(pfix_stat(&f->gpu, "longest_ns") > 0 && pfix_stat(&f->gpu, "enter_longest_ns") > 0 &&
	   pfix_stat(&f->gpu, "exit_longest_ns") > 0 && pfix_stat(&f->gpu, "vm_wait_longest_ns") > 0,
	   "debugfs: longest times");
	gpu_group_fini(&g);
	gpu_unmap(&f->vm, va, SZ_4K);
}

int main(void)
{
	struct pfix f;

	pfix_init(&f);
	test_no_region(&f);
	test_entry(&f);
	test_wait_in_session(&f);
	test_progress(&f);
	test_outsiders(&f);
	test_pending(&f);
	test_fault_twice(&f);
	test_region_fault(&f);
	test_no_right(&f);
	test_share(&f);
	test_unseen_wait(&f);
	test_traces(&f);
	is(vgpu_counter("aperture_cpu_accesses"), 0, "the CPU never touched protected memory");
	is(vgpu_violations(), 0, "no rule of the model was broken");
	pfix_fini(&f);
	return done();
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Seen from outside: debugfs and tracepoints. None of it may wake the GPU. Names
 * and fields of the two hardware tracepoints are stock's, which passes that part.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "gpu.h"
#include "sysfs.h"
#include "vgpu.h"

#define R_ADDR		60
#define R_COUNT		64
/* Where in the buffer of streams the word is that ends a long job. */
#define RELEASE		(SZ_64K - 64)
#define TRACING		"/sys/kernel/tracing"

struct fixture {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code;
	char dir[256];
	const char *events;
};

static char text[1 << 16];

/* A whole file into @text. */
static bool slurp(const char *path)
{
	size_t n = 0;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	while ((got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += got;
	close(fd);
	text[n] = 0;
	return got == 0;
}

/* A device that was bound again may have another number. */
static bool debugfs(struct fixture *f, const char *name)
{
	struct stat st;
	char path[64];

	if (fstat(f->gpu.fd, &st))
		bail("fstat: %s", strerror(errno));
	snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%u/%s", minor(st.st_rdev), name);
	return slurp(path);
}

/* Number behind "key" in the first line that contains @line, or -1. */
static s64 field(const char *line, const char *key)
{
	const char *at = strstr(text, line), *end, *val;

	if (!at)
		return -1;
	/* @line may begin with the end of the line before. */
	end = strchr(at + 1, '\n');
	val = strstr(at, key);
	return val && (!end || val < end) ? strtoll(val + strlen(key), NULL, 0) : -1;
}

static bool asleep(struct fixture *f)
{
	char path[300], status[32] = "";

	snprintf(path, sizeof(path), "%s/power/runtime_status", f->dir);
	sysfs_read(path, status, sizeof(status));
	return !strcmp(status, "suspended");
}

static int spin(struct fixture *f, struct gpu_group *g, u32 queue, u32 count)
{
	struct cs cs = gpu_cs(&f->code, queue * SZ_4K, SZ_4K);

	cs_spin(&cs, R_COUNT, count);
	return gpu_submit(g, queue, &cs);
}

/* Until a file says so: what firmware and works do comes a moment after what it is about. */
static bool says(struct fixture *f, const char *name, const char *what)
{
	s64 end = now_ns() + JOB_MS * NSEC_PER_MSEC;

	while (debugfs(f, name) && !strstr(text, what)) {
		if (now_ns() > end)
			return false;
		sleep_ms(5);
	}
	return true;
}

/* Until queue 0 of the only group has that number. */
static void queue_has(struct fixture *f, const char *key, s64 want, const char *what)
{
	s64 end = now_ns() + JOB_MS * NSEC_PER_MSEC;

	while (debugfs(f, "groups") && field("  queue0", key) != want && now_ns() < end)
		sleep_ms(5);
	is(field("  queue0", key), want, "%s", what);
}

static void test_groups(struct fixture *f)
{
	struct cs cs = gpu_cs(&f->code, 0, SZ_4K);
	volatile u32 *release = (u32 *)((char *)f->code.cpu + RELEASE);
	char client[64];
	struct gpu_group g;

	gpu_group_init(&f->vm, &g, 2);
	snprintf(client, sizeof(client), "client=t_debugfs[%d] prio=medium", getpid());
	ok(debugfs(f, "groups"), "file groups");
	ok(strstr(text, client), "names the client and the priority");
	is(field(client, "slot="), -1, "a new group is on no slot");
	ok(strstr(text, "state=idle"), "and idle");
	is(field("  queue1", "insert="), 0, "its second queue has nothing in its ring");

	cs_hold(&cs, R_ADDR, R_COUNT, f->code.va + RELEASE);
	is(gpu_submit(&g, 0, &cs), 0, "a long job");
	ok(says(f, "groups", "state=running"), "the group runs");
	between(field(client, "slot="), 0, 30, "on a slot");
	is(field("  queue0", "jobs="), 1, "with one job in flight");
	is(field("  queue0", "insert="), 128, "which takes 128 bytes of the ring");
	is(field("  queue0", "done="), 0, "and is not done");
	is(field("  queue1", "jobs="), 0, "the other queue has none");
	ok(debugfs(f, "slots"), "file slots");
	ok(strstr(text, "state=running group="), "a slot runs");
	ok(strstr(text, "client=t_debugfs["), "for this client");
	ok(debugfs(f, "firmware"), "file firmware");
	ok(says(f, "firmware", "state=started"), "firmware agrees");
	*release = 1;
	is(gpu_wait(&g, 0, JOB_MS), 0, "the job ends");
	queue_has(f, "jobs=", 0, "no job in flight");
	is(field("  queue0", "done="), 1, "one is done");
	queue_has(f, "extract=", 128, "and out of the ring");
	gpu_group_fini(&g);
}

static void test_firmware(struct fixture *f)
{
	u32 i, csgs = 0;
	char name[16];

	/* For a moment, on its way to sleep, it is neither. */
	for (i = 0; debugfs(f, "firmware") && strstr(text, "\nstate: stopped\n") && i < 1000; i++)
		sleep_ms(10);
	ok(!strncmp(text, "interface: 1.", 13) || !strncmp(text, "interface: 3.", 13) ||
	   !strncmp(text, "interface: 4.", 13), "version of the interface");
	ok(strstr(text, "\nstate: running\n") || strstr(text, "\nstate: halted\n"),
	   "state of the firmware");
	ok(strstr(text, "\nprotected_section: "), "protected section");
	is(field("\nglobal:", "differ="), field("\nglobal:", "req=") ^ field("\nglobal:", "ack="),
	   "words of the global interface");
	for (i = 0; i < 31; i++) {
		snprintf(name, sizeof(name), "\ncsg%u:", i);
		csgs += !!strstr(text, name);
	}
	is(csgs, field("\nslots: ", "slots: "), "a line for each slot");
}

static void test_asleep(struct fixture *f)
{
	static const char * const files[] = { "groups", "slots", "firmware", "protm" };
	struct gpu_group g;
	s64 reads;
	u32 i;

	gpu_group_init(&f->vm, &g, 1);
	is(spin(f, &g, 0, 10), 0, "a job");
	is(gpu_wait(&g, 0, JOB_MS), 0, "ends");
	ok(sysfs_wait_power(f->dir, "suspended", ASLEEP_MS) >= 0, "the GPU sleeps");
	reads = vgpu_counter("reg_reads.gpu");
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		ok(debugfs(f, files[i]) && text[0], "file %s can be read", files[i]);
	ok(asleep(f), "which does not wake it");
	is(vgpu_counter("reg_reads.gpu"), reads, "nor reads a register");
	debugfs(f, "groups");
	ok(strstr(text, "state=idle") && strstr(text, " saved"), "the group is saved");
	debugfs(f, "firmware");
	ok(strstr(text, "\nstate: halted\n"), "firmware is halted");
	gpu_group_fini(&g);
}

static int trace_set(struct fixture *f, const char *event, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), TRACING "/events/%s/%s/enable", f->events, event);
	return sysfs_write(path, value);
}

/* Opening for a new content is what clears it. */
static void trace_clear(void)
{
	int fd = open(TRACING "/trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		bail("trace: %s", strerror(errno));
	close(fd);
}

static void test_traces(struct fixture *f)
{
	struct gpu_group g;
	const char *at;

	gpu_group_init(&f->vm, &g, 1);
	ok(sysfs_wait_power(f->dir, "suspended", ASLEEP_MS) >= 0, "the GPU sleeps");
	trace_clear();
	is(trace_set(f, "gpu_power_status", "1"), 0, "trace gpu_power_status");
	is(trace_set(f, "gpu_job_irq", "1"), 0, "trace gpu_job_irq");
	/* Stock wakes it, to write the interrupt mask. */
	if (f->gpu.ours)
		ok(asleep(f), "which does not wake it");
	is(spin(f, &g, 0, 1000), 0, "a job");
	is(gpu_wait(&g, 0, JOB_MS), 0, "ends");
	ok(sysfs_wait_power(f->dir, "suspended", ASLEEP_MS) >= 0, "the GPU sleeps again");
	is(trace_set(f, "gpu_power_status", "0"), 0, "no more");
	is(trace_set(f, "gpu_job_irq", "0"), 0, "of both");

	ok(slurp(TRACING "/trace"), "read the trace");
	at = strstr(text, "gpu_power_status: ");
	ok(at && strstr(at, " shader_bitmap=0x") && strstr(at, " tiler_bitmap=0x"),
	   "power changes were traced");
	ok(strstr(text, "l2_bitmap=0x1\n"), "the L2 was on");
	at = strstr(text, "gpu_job_irq: ");
	ok(at && strstr(at, ": events=0x"), "interrupts of the firmware were traced");
	between(field("gpu_job_irq: ", "duration_ns="), 1, 10000000000, "with a duration");

	trace_clear();
	is(spin(f, &g, 0, 1000), 0, "a job");
	is(gpu_wait(&g, 0, JOB_MS), 0, "ends");
	slurp(TRACING "/trace");
	ok(!strstr(text, "gpu_power_status: "), "no trace when it is off");
	gpu_group_fini(&g);
}

int main(void)
{
	struct fixture f;

	gpu_open(&f.gpu);
	gpu_vm_init(&f.gpu, &f.vm);
	gpu_bo_init(&f.vm, &f.code, SZ_64K);
	sysfs_device(f.gpu.fd, f.dir, sizeof(f.dir));
	f.events = f.gpu.ours ? "panthor_protm" : "panthor";
	if (f.gpu.ours) {
		test_groups(&f);
		test_firmware(&f);
		test_asleep(&f);
	}
	test_traces(&f);
	return done();
}

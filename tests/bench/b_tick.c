// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * How long the scheduler's tick takes with 8, 128 and 1,024 groups that all have
 * work: duration of its work function, by the workqueue's tracepoints, which both
 * drivers have.
 *
 * Each group has an address space of its own, as far as a file may have so many:
 * eight of them are one more than the GPU has, so that with eight groups, too,
 * somebody has to leave for somebody to come.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "vgpu.h"

#define TRACING		"/sys/kernel/tracing/"
/* GROUP_CREATE allows for as many in a file. */
#define FILE_GROUPS	128
#define FILES		8
#define FILE_VMS	32
/* Slots of the GPU: each group works for SLOTS in groups of the time. */
#define SLOTS		8
/* Jobs are far shorter than a timeout, and enough of them for the longest measurement. */
#define JOBS_MAX	30
#define RATE		1000
#define JOB_INSTRS	1000
#define LONGEST_MS	22000
/* All jobs have been handed to the GPU's queues by then. */
#define SETTLE_MS	1500

struct client {
	struct gpu gpu;
	struct gpu_vm vm[FILE_VMS];
	struct gpu_bo code[FILE_VMS];
	struct cs cs[FILE_VMS];
	struct gpu_group *group;
	u32 groups;
};

/* A pipe of the trace, and what is read from it. */
struct trace {
	int fd;
	char text[65536];
	size_t len;
	s64 begin;
	u32 seen;
};

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		bail("%s: %s", path, strerror(errno));
	close(fd);
}

static void trace_start(struct trace *t)
{
	write_file(TRACING "events/workqueue/workqueue_execute_start/enable", "1");
	write_file(TRACING "events/workqueue/workqueue_execute_end/enable", "1");
	t->fd = open(TRACING "trace_pipe", O_RDONLY | O_NONBLOCK);
	if (t->fd < 0)
		bail("trace_pipe: %s", strerror(errno));
	write_file(TRACING "tracing_on", "1");
}

static void trace_stop(struct trace *t)
{
	write_file(TRACING "tracing_on", "0");
	write_file(TRACING "events/workqueue/enable", "0");
	close(t->fd);
	write_file(TRACING "trace", "");
}

/* "task-1 [000] d.. 12.345678: workqueue_execute_start: work struct X: function tick_work [panthor]" */
static void trace_line(struct trace *t, const char *line, const char *name)
{
	const char *event = strstr(line, ": workqueue_execute_");
	const char *stamp = event;
	char *end;
	s64 us;

	if (!event || !strstr(event, "tick_work"))
		return;
	while (stamp > line && stamp[-1] != ' ')
		stamp--;
	us = strtoll(stamp, &end, 10) * 1000000;
	us += strtoll(end + 1, NULL, 10);
	if (strstr(event, "_start")) {
		t->begin = us;
	} else if (t->begin) {
		if (++t->seen > BENCH_WARMUP)
			bench_sample(name, (us - t->begin) * 1000);
		t->begin = 0;
	}
}

static void trace_read(struct trace *t, const char *name)
{
	char *line, *end;
	ssize_t n;

	while ((n = read(t->fd, t->text + t->len, sizeof(t->text) - 1 - t->len)) > 0) {
		t->len += n;
		t->text[t->len] = 0;
		for (line = t->text; (end = strchr(line, '\n')); line = end + 1) {
			*end = 0;
			trace_line(t, line, name);
		}
		t->len -= line - t->text;
		memmove(t->text, line, t->len);
	}
}

static void client_init(struct client *c, u32 groups)
{
	u32 i;

	gpu_open(&c->gpu);
	for (i = 0; i < FILE_VMS && i < groups; i++) {
		gpu_vm_init(&c->gpu, &c->vm[i]);
		gpu_bo_init(&c->vm[i], &c->code[i], SZ_4K);
		c->cs[i] = gpu_cs(&c->code[i], 0, SZ_4K);
		cs_spin(&c->cs[i], 0, JOB_INSTRS / 2);
	}
	c->groups = groups;
	c->group = calloc(groups, sizeof(*c->group));
	for (i = 0; i < groups; i++) {
		if (gpu_group_try(&c->vm[i % FILE_VMS], &c->group[i], 1, SZ_4K, PANTHOR_GROUP_PRIORITY_MEDIUM, 0))
			bail("GROUP_CREATE: no group %u", i);
	}
}

static void client_submit(struct client *c, u32 count)
{
	struct drm_panthor_queue_submit jobs[JOBS_MAX];
	struct drm_panthor_group_submit arg;
	u32 g, i;

	for (g = 0; g < c->groups; g++) {
		const struct cs *cs = &c->cs[g % FILE_VMS];

		for (i = 0; i < count; i++)
			jobs[i] = (struct drm_panthor_queue_submit){
				.stream_size = cs_size(cs),
				.stream_addr = cs->va,
			};
		arg = (struct drm_panthor_group_submit){
			.group_handle = c->group[g].handle,
			.queue_submits = DRM_PANTHOR_OBJ_ARRAY(count, jobs),
		};
		if (gpu_call(&c->gpu, GROUP_SUBMIT, &arg))
			bail("GROUP_SUBMIT fails");
	}
}

static void client_fini(struct client *c)
{
	/* What still runs goes with the file. */
	free(c->group);
	gpu_close(&c->gpu);
}

static void measure(const char *name, u32 groups)
{
	static struct client clients[FILES];
	static struct trace t;
	u32 files = (groups + FILE_GROUPS - 1) / FILE_GROUPS, i;
	s64 end;

	memset(&t, 0, sizeof(t));
	for (i = 0; i < files; i++)
		client_init(&clients[i], groups / files);
	for (i = 0; i < files; i++)
		client_submit(&clients[i], (JOBS_MAX * SLOTS + groups - 1) / groups);
	sleep_ms(SETTLE_MS);

	trace_start(&t);
	end = now_ns() + LONGEST_MS * NSEC_PER_MSEC;
	while (t.seen < BENCH_WARMUP + BENCH_SAMPLES && now_ns() < end) {
		sleep_ms(100);
		trace_read(&t, name);
	}
	trace_stop(&t);
	for (i = 0; i < files; i++)
		client_fini(&clients[i]);
}

int main(void)
{
	vgpu_set("rate", RATE);
	measure("tick_8", 8);
	measure("tick_128", 128);
	measure("tick_1024", 1024);
	return 0;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * panthor-protm-status: what it says and its exit code, for whatever this guest is:
 * stock's GPU or ours, with protected memory, or without for one reason or another.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gpu.h"
#include "sysfs.h"
#include "vgpu.h"

#define TOOL	"panthor-protm-status"
#define HEAP	"/sys/module/panthor_protm/parameters/protected_heap_name"

static char out[1 << 16];

/* Run it: its exit code, its words in @out. */
static int run(const char *args)
{
	char cmd[128];
	size_t n = 0, got;
	FILE *f;
	int ret;

	snprintf(cmd, sizeof(cmd), TOOL " %s 2>&1", args);
	f = popen(cmd, "r");
	if (!f)
		bail("popen fails");
	while ((got = fread(out + n, 1, sizeof(out) - 1 - n, f)) > 0)
		n += got;
	out[n] = 0;
	ret = pclose(f);
	return WIFEXITED(ret) ? WEXITSTATUS(ret) : -1;
}

static void says(bool yes, const char *text)
{
	if (!ok(!strstr(out, text) == !yes, "%s: \"%s\"", yes ? "it says" : "it does not say", text))
		diag("%s", out);
}

static void test_usage(void)
{
	is(run("--help"), 0, "--help");
	says(true, "--self-test");
	says(true, "Exit status");
	is(run("--version"), 0, "--version");
	is(run("--nosuch"), 64, "an unknown option");
	is(run("something"), 64, "an argument");
}

/* A GPU that is not ours. */
static void test_stock(void)
{
	is(run(""), 2, "stock has the GPU");
	says(true, "driver \"panthor\" holds the GPU");
	says(true, "drivers/panthor-protm/bind");
	is(run("--self-test"), 2, "no self-test either");
}

/* Runs that leave nothing behind; the model sees sessions only where there can be any. */
static void test_self(bool usable)
{
	s64 sessions = vgpu_counter("protm_sessions");

	is(run("--self-test"), usable ? 0 : 1, "--self-test");
	says(true, "a normal job: its fence signals");
	says(false, "FAILED");
	says(usable, "a protected job: its fence signals");
	says(usable, "the CPU may not map it");
	says(!usable, "skip");
	is(vgpu_counter("protm_sessions"), sessions + usable, "sessions on the virtual GPU");
	is(run(""), usable ? 0 : 1, "and then");
}

static void test_usable(void)
{
	is(run(""), 0, "protected mode is usable");
	says(true, ", arch 1");
	says(false, "unknown");
	says(true, "firmware: interface ");
	says(true, "firmware's protected section: yes");
	says(true, "/dev/dma_heap/protected: present");
	says(true, "(panthor-protm-heap): known");
	says(true, "heaps (backend of panthor-protm-heap: own)");
	says(true, "  protected: provider panthor_protm_carveout; closed to the CPU");
	says(true, "protected mode: available");
	says(true, "  sessions: ");
	says(true, "t_status[");
	says(true, "protected time 0 ns");
}

static void test_unusable(void)
{
	char heap[64] = "";

	sysfs_read(HEAP, heap, sizeof(heap));
	is(run(""), 1, "there is no protected mode");
	says(true, "protected mode: NOT available");
	if (!strcmp(heap, "nosuch")) {
		says(true, "-> heap \"nosuch\" is not known");
		says(true, "/dev/dma_heap/nosuch: missing");
	} else if (!strcmp(heap, "protected")) {
		says(true, "-> the firmware image has no protected section");
	} else {
		says(true, "-> no heap is configured");
	}
	says(true, "  state: disabled");
}

/* Somebody who may not open the render node is told so. */
static void test_nobody(void)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (setuid(65534))
			_exit(99);
		status = run("");
		if (status == 2 && !strstr(out, "group \"render\""))
			status = 98;
		_exit(status);
	}
	waitpid(pid, &status, 0);
	is(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 2, "a user without rights is told of them");
}

int main(void)
{
	struct drm_panthor_protected_info info = { 0 };
	struct drm_panthor_dev_query q = { .size = sizeof(info), .pointer = (uintptr_t)&info };
	struct gpu gpu;

	gpu_open(&gpu);
	q.type = gpu.protected_query;
	test_usage();
	if (!gpu.ours) {
		test_stock();
	} else {
		is(gpu_call(&gpu, DEV_QUERY, &q), 0, "PROTECTED_INFO");
		if (info.features)
			test_usable();
		else
			test_unusable();
		test_self(info.features);
		test_nobody();
	}
	gpu_close(&gpu);
	return done();
}

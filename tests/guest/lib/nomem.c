// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nomem.h"
#include "pfix.h"
#include "sysfs.h"

#define FAULTS	"/sys/kernel/debug/"

static int nth_file;

void nomem_set(u32 n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(nth_file, text, len, 0) != len)
		bail("fail-nth: %s", strerror(errno));
}

u32 nomem_left(void)
{
	char text[16] = "";

	if (pread(nth_file, text, sizeof(text) - 1, 0) <= 0)
		bail("fail-nth: %s", strerror(errno));
	return atoi(text);
}

void nomem_must(int ret, const char *what)
{
	if (ret)
		bail("%s: %d", what, ret);
}

void nomem_init(void)
{
	static const char *const off[] = {
		"failslab/ignore-gfp-wait", "fail_page_alloc/ignore-gfp-wait",
		"fail_page_alloc/ignore-gfp-highmem",
	};
	static const char *const verbose[] = { "failslab/verbose", "fail_page_alloc/verbose" };
	char path[128];
	u32 i;

	nth_file = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth_file < 0)
		bail("this kernel has no fault injection");
	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), FAULTS "%s", off[i]);
		nomem_must(sysfs_write(path, "N"), path);
	}
	nomem_must(sysfs_write(FAULTS "fail_page_alloc/min-order", "0"), "min-order");
	/* 2: a stack of each, for whoever looks for the one that is not handled. */
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), FAULTS "%s", verbose[i]);
		nomem_must(sysfs_write(path, getenv("PP_NOMEM_VERBOSE") ?: "0"), path);
	}
}

/* What the stack will need later. */
static void touch_stack(void)
{
	volatile u8 room[SZ_64K];
	u32 i;

	for (i = 0; i < sizeof(room); i += 512)
		room[i] = 0;
}

void nomem_lock_pages(void)
{
	touch_stack();
	if (mlockall(MCL_CURRENT))
		bail("mlockall: %s", strerror(errno));
}

bool nomem_heap_used_is(s64 used)
{
	u32 i;

	for (i = 0; i < 1000 && heap_used() != used; i++)
		sleep_ms(10);
	return heap_used() == used;
}

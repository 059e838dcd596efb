// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Where carve-outs come from: reserved-memory nodes and module parameters.
 * Needs the device tree variant "carveout", and nobody who uses a heap.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include "gpu.h"
#include "kmod.h"
#include "protm.h"
#include "sysfs.h"

#define MODULE	"panthor-protm-carveout"
#define STATS	"/sys/kernel/debug/" MODULE "/"
#define SZ_1M	0x100000ull
/* Who has a region, in /proc/iomem. */
#define OWNER	"panthor-protm-aperture"

static long long stat_of(const char *heap, const char *what)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), STATS "%s/%s", heap, what);
	return sysfs_read(path, text, sizeof(text)) ? -1 : atoll(text);
}

static int load(const char *params)
{
	return kmod_load(MODULE, params);
}

static void unload(void)
{
	int ret = kmod_unload(MODULE);

	if (ret)
		bail("the module does not go: %s", strerror(-ret));
}

static bool iomem_has(const char *start, const char *word)
{
	char line[256];
	bool found = false;
	FILE *f = fopen("/proc/iomem", "r");

	if (!f)
		bail("/proc/iomem");
	while (fgets(line, sizeof(line), f))
		found |= strstr(line, start) && strstr(line, word);
	fclose(f);
	return found;
}

/* All of a heap, once; and nothing of it for the CPU. */
static void works(const char *heap, u64 size)
{
	int buf = heap_alloc(heap, size);

	ok(buf >= 0, "%s: all of it in one buffer", heap);
	ok(mmap(NULL, size, PROT_READ, MAP_SHARED, buf, 0) == MAP_FAILED && errno == EPERM,
	   "%s: never for the CPU", heap);
	is(heap_alloc(heap, SZ_4K), -ENOMEM, "%s: and then no more", heap);
	close(buf);
	is(stat_of(heap, "used"), 0, "%s: it comes back", heap);
}

static void test_nodes(void)
{
	int log = kmsg_open();

	is(load(""), 0, "the module is loaded");
	is(stat_of("node", "size"), 16 * SZ_1M, "a node is a heap under its name");
	works("node", 16 * SZ_1M);
	ok(iomem_has("70000000-70ffffff", OWNER), "it is seen in /proc/iomem");
	is(stat_of("mapped", "size"), -1, "one without no-map is none");
	is(kmsg_count(log, "not set aside as no-map"), 1, "which the log says once");
	is(stat_of("off", "size"), -1, "one that is disabled is none");
	unload();
	ok(!iomem_has("70000000-70ffffff", OWNER), "the region is free again");
	ok(iomem_has("70000000-70ffffff", "reserved"), "and still not the kernel's");
	close(log);
}

static void refused(const char *params, int err, const char *says, const char *what)
{
	int log = kmsg_open();

	is(load(params), err, "%s: refused", what);
	is(kmsg_count(log, says), 1, "%s: the log says why", what);
	close(log);
	is(stat_of("node", "size"), -1, "%s: and nothing is left", what);
}

static void test_parameters(void)
{
	is(load("base=0x71400000 size=0x200000 name=spare"), 0, "a region by parameters");
	is(stat_of("spare", "size"), 2 * SZ_1M, "is a heap");
	works("spare", 2 * SZ_1M);
	is(stat_of("node", "size"), 16 * SZ_1M, "beside the node's");
	unload();
	ok(iomem_has("71400000-715fffff", "reserved"), "its entry in /proc/iomem outlives it");

	refused("base=0x71400000", -EINVAL, "base and size", "no size");
	refused("size=0x100000", -EINVAL, "base and size", "no base");
	refused("base=0x71400800 size=0x100000", -EINVAL, "base and size", "half a page");
	refused("base=0xfffffffffffff000 size=0x2000", -EINVAL, "base and size", "past the end");
	refused("base=0x60000000 size=0x100000 name=ram", -ENODEV, "[mem 0x60000000-0x600fffff] is the kernel's",
		"the kernel's memory");
	refused("base=0x715ff000 size=0x2000 name=half", -ENODEV,
		"[mem 0x715ff000-0x71600fff] is the kernel's", "half of it");
	refused("base=0x70800000 size=0x100000 name=twice", -ENODEV, "is in use",
		"a node's region");
	refused("align=0x100000000", -EINVAL, "align a power of two up to", "4 GiB, which no int holds");
	refused("align=0x3000", -EINVAL, "align a power of two up to", "three pages");
	refused("min_order=11", -EINVAL, "min_order must be", "half a page for a block");
	refused("base=0x71400000 size=0x200000 name=node", -ENODEV, "no heap \"node\"",
		"a name that is taken");
}

int main(void)
{
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	if (system("modprobe panthor-protm-heap"))
		bail("no shim");
	test_nodes();
	test_parameters();
	return done();
}

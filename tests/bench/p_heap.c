// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A heap as kernel code has it, by name through the shim, against the same heap by its
 * device: find, allocate, put against open, ioctl, close. One of each in turn; that the
 * buffer is freed again is not counted. Then whether finding a heap costs memory.
 *
 *	p_heap BACKEND HEAP
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench.h"
#include "kmod.h"
#include "soak.h"
#include "sysfs.h"

#define USE	"/sys/module/heapprov/parameters/use"
#define FIND	"/sys/module/heapprov/parameters/find"
#define FINDS	20000

static s64 by_name(int use, const char *heap, u64 len)
{
	char text[96];
	int n = snprintf(text, sizeof(text), "%s %llu", heap, (unsigned long long)len);

	if (pwrite(use, text, n, 0) != n)
		bail("%s, %llu bytes: %s", heap, (unsigned long long)len, strerror(errno));
	return kmod_param("heapprov", "use_ns");
}

static s64 by_device(const char *path, u64 len)
{
	struct dma_heap_allocation_data data = { .len = len, .fd_flags = O_RDWR | O_CLOEXEC };
	s64 start = now_ns();
	int heap = open(path, O_RDONLY | O_CLOEXEC);

	if (heap < 0 || ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data))
		bail("%s, %llu bytes: %s", path, (unsigned long long)len, strerror(errno));
	close(heap);
	start = now_ns() - start;
	close(data.fd);
	return start;
}

static void compare(const char *backend, const char *heap, u64 len, const char *what)
{
	char kernel[64], user[64], path[96];
	int use = open(USE, O_WRONLY | O_CLOEXEC), i;
	s64 a, b;

	snprintf(kernel, sizeof(kernel), "%s_kernel_%s", backend, what);
	snprintf(user, sizeof(user), "%s_user_%s", backend, what);
	snprintf(path, sizeof(path), "/dev/dma_heap/%s", heap);
	for (i = -BENCH_WARMUP; i < BENCH_SAMPLES; i++) {
		a = by_name(use, heap, len);
		b = by_device(path, len);
		if (i < 0)
			continue;
		bench_sample(kernel, a);
		bench_sample(user, b);
	}
	close(use);
}

/* Pages that come and go elsewhere are fewer than one for a thousand finds. */
static void kept(const char *backend, const char *heap)
{
	struct soak_levels before, after;
	char text[96], name[64];
	s64 growth;

	snprintf(text, sizeof(text), "%s %u", heap, FINDS);
	if (sysfs_write(FIND, text))
		bail("%s cannot be found", heap);
	soak_measure(&before);
	if (sysfs_write(FIND, text))
		bail("%s cannot be found", heap);
	soak_measure(&after);
	snprintf(name, sizeof(name), "%s_kept", backend);
	growth = (after.unreclaimable_kb - before.unreclaimable_kb) * 1024 / FINDS;
	bench_count(name, growth > 0 ? growth : 0);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		bail("p_heap BACKEND HEAP");
	bench_quiet();
	if (kmod_load("heapprov", ""))
		bail("heapprov");
	compare(argv[1], argv[2], SZ_4K, "4k");
	compare(argv[1], argv[2], 8 * SZ_2M, "16m");
	kept(argv[1], argv[2]);
	return 0;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The protected heap as user space sees it: the ioctl, what the CPU may not do
 * with a buffer, exhaustion, and the provider going away under its users.
 *
 * Needs the heap and carve-out modules, and nobody else who allocates. It
 * unbinds the carve-out: a driver that found the heap before has to find it
 * anew, so this comes last in a boot.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gpu.h"
#include "sysfs.h"

#define NODE "/dev/dma_heap/protected"
#define DRIVER "/sys/bus/platform/drivers/panthor-protm-aperture/"
#define DEVICE "panthor-protm-aperture"
#define STATS "/sys/kernel/debug/panthor-protm-carveout/protected/"

#define SZ_1M 0x100000ull
#define MAX_BUFS 64

static int heap_open(void)
{
	int fd = open(NODE, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int alloc_raw(int heap, struct dma_heap_allocation_data *data)
{
	return ioctl(heap, DMA_HEAP_IOCTL_ALLOC, data) ? -errno : 0;
}

/* dma-buf or -errno */
static int alloc(int heap, u64 len)
{
	struct dma_heap_allocation_data data = {
		.len = len,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	int ret = alloc_raw(heap, &data);

	return ret ?: (int)data.fd;
}

static long long stat_of(const char *what)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), STATS "%s", what);
	return sysfs_read(path, text, sizeof(text)) ? -1 : atoll(text);
}

static void test_ioctl(int heap)
{
	struct dma_heap_allocation_data data = { .len = 1 };
	int fd;

	is(alloc_raw(heap, &data), 0, "one byte can be asked for");
	fd = data.fd;
	is(lseek(fd, 0, SEEK_END), sysconf(_SC_PAGESIZE), "and is a page");
	is(fcntl(fd, F_GETFD), 0, "without O_CLOEXEC it stays open");
	close(fd);

	fd = alloc(heap, SZ_1M);
	is(fcntl(fd, F_GETFD), FD_CLOEXEC, "with O_CLOEXEC it does not");
	close(fd);

	is(alloc(heap, 0), -EINVAL, "length 0");
	is(alloc(heap, ~0ull), -EINVAL, "a length that no page count has");
	is(alloc(heap, 1ull << 40), -ENOMEM, "more than there is");

	data = (struct dma_heap_allocation_data){ .len = 1, .fd = 1 };
	is(alloc_raw(heap, &data), -EINVAL, "a descriptor on the way in");
	data = (struct dma_heap_allocation_data){ .len = 1, .fd_flags = O_APPEND };
	is(alloc_raw(heap, &data), -EINVAL, "unknown descriptor flags");
	data = (struct dma_heap_allocation_data){ .len = 1, .heap_flags = 1 };
	is(alloc_raw(heap, &data), -EINVAL, "unknown heap flags");
	is(alloc_raw(heap, (void *)8), -EFAULT, "a bad pointer");
	is(ioctl(heap, _IO('H', 99)) ? -errno : 0, -ENOTTY, "an unknown ioctl");
	is(stat_of("used"), 0, "nothing was lost on the way");
}

/* The data comes back over memory that can be read but not written. */
static void test_fault_on_answer(int heap)
{
	struct dma_heap_allocation_data *data;
	int before = dup(heap), after;

	close(before);
	data = mmap(NULL, SZ_4K, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (data == MAP_FAILED)
		bail("mmap: %s", strerror(errno));
	*data = (struct dma_heap_allocation_data){ .len = SZ_1M };
	mprotect(data, SZ_4K, PROT_READ);
	is(alloc_raw(heap, data), -EFAULT, "an answer that cannot be written");
	munmap(data, SZ_4K);

	after = dup(heap);
	close(after);
	is(after, before, "leaves no descriptor");
	is(stat_of("used"), 0, "and no memory");
}

static void test_cpu_access(int heap)
{
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW };
	int buf = alloc(heap, SZ_1M);
	char byte = 0;
	void *p;

	p = mmap(NULL, SZ_1M, PROT_READ, MAP_SHARED, buf, 0);
	is(p == MAP_FAILED ? -errno : 0, -EPERM, "mmap for reading");
	p = mmap(NULL, SZ_1M, PROT_READ | PROT_WRITE, MAP_SHARED, buf, 0);
	is(p == MAP_FAILED ? -errno : 0, -EPERM, "mmap for writing");
	is(ioctl(buf, DMA_BUF_IOCTL_SYNC, &sync) ? -errno : 0, -EPERM,
	   "CPU access, begin");
	sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW;
	is(ioctl(buf, DMA_BUF_IOCTL_SYNC, &sync) ? -errno : 0, -EPERM,
	   "CPU access, end");
	ok(read(buf, &byte, 1) < 0, "read");
	ok(write(buf, &byte, 1) < 0, "write");
	close(buf);
}

/* Whatever driver is loaded: it imports, binds and releases. */
static void test_import(int heap)
{
	struct drm_panthor_bo_mmap_offset off = {};
	int buf = alloc(heap, 3 * SZ_1M);
	struct gpu_vm vm;
	struct gpu gpu;
	u32 handle = 0;
	u64 va;
	void *p;

	gpu_open(&gpu);
	gpu_vm_init(&gpu, &vm);
	is(drm_fd_to_handle(gpu.fd, buf, &handle), 0, "the GPU driver imports it");
	close(buf);
	va = gpu_vm_reserve(&vm, 3 * SZ_1M, SZ_2M);
	is(gpu_map(&vm, handle, 0, va, 3 * SZ_1M), 0, "and maps it for the GPU");

	off.handle = handle;
	if (!gpu_call(&gpu, BO_MMAP_OFFSET, &off)) {
		p = mmap(NULL, SZ_1M, PROT_READ | PROT_WRITE, MAP_SHARED, gpu.fd,
			 off.offset);
		ok(p == MAP_FAILED, "but cannot map it for the CPU");
	} else {
		ok(true, "but has no offset to map it for the CPU");
	}
	is(stat_of("used"), 3 * SZ_1M, "the import holds the memory");
	is(gpu_unmap(&vm, va, 3 * SZ_1M), 0, "unmapped");
	is(drm_gem_close(gpu.fd, handle), 0, "and closed");
	gpu_vm_fini(&vm);
	gpu_close(&gpu);
}

static void test_exhaustion(int heap)
{
	long long size = stat_of("size");
	int bufs[MAX_BUFS], n = 0, i, ret;

	while (n < MAX_BUFS && (ret = alloc(heap, SZ_1M)) >= 0)
		bufs[n++] = ret;
	is(ret, -ENOMEM, "the heap can be exhausted");
	is(n, size / SZ_1M, "to the last MiB");
	is(stat_of("used"), size, "which the counters show");
	is(stat_of("high_water"), size, "and remember");
	is(alloc(heap, 1), -ENOMEM, "not a page is left");

	for (i = 0; i < n; i += 2)
		close(bufs[i]);
	is(alloc(heap, 2 * SZ_1M), -ENOMEM, "holes of 1 MiB do not hold 2 MiB");
	for (i = 1; i < n; i += 2)
		close(bufs[i]);
	is(stat_of("used"), 0, "all of it comes back");

	ret = alloc(heap, size);
	ok(ret >= 0, "and is in one piece");
	close(ret);
}

static void test_module_busy(int heap)
{
	int buf = alloc(heap, SZ_4K);

	is(syscall(SYS_delete_module, "panthor_protm_carveout", O_NONBLOCK) ? -errno : 0,
	   -EAGAIN, "the provider cannot be unloaded with a buffer out");
	is(syscall(SYS_delete_module, "panthor_protm_heap", O_NONBLOCK) ? -errno : 0,
	   -EAGAIN, "nor can the registry with a heap");
	close(buf);
}

static int rebind(void)
{
	return sysfs_write(DRIVER "bind", DEVICE);
}

static void test_removal(int heap)
{
	int buf = alloc(heap, SZ_1M), fd;

	is(sysfs_write(DRIVER "unbind", DEVICE), 0, "the device is taken away");
	is(alloc(heap, SZ_4K), -ENODEV, "an open file says so");
	fd = heap_open();
	ok(fd < 0, "and there is nothing to open");
	is(lseek(buf, 0, SEEK_END), SZ_1M, "a buffer lives on");
	is(rebind(), -EBUSY, "its memory is not given out again");
	close(buf);

	is(rebind(), 0, "after its end the device comes back");
	is(alloc(heap, SZ_4K), -ENODEV, "an old file stays dead");
	fd = heap_open();
	ok(fd >= 0, "a new one opens");
	buf = alloc(fd, SZ_4K);
	ok(buf >= 0, "and allocates");
	close(buf);
	close(fd);
}

/* Allocate, come what may; 0 if only what can be expected came. */
static int churn(void)
{
	for (;;) {
		int heap = heap_open(), buf;

		if (heap < 0) {
			if (heap != -ENOENT && heap != -ENXIO && heap != -ENODEV)
				return 1;
			continue;
		}
		buf = alloc(heap, SZ_4K);
		if (buf >= 0)
			close(buf);
		else if (buf != -ENODEV && buf != -ENOMEM)
			return 1;
		close(heap);
	}
}

static void test_removal_race(void)
{
	int i, status, bound = 0;
	pid_t pid = fork();

	if (!pid)
		_exit(churn());

	for (i = 0; i < 50; i++) {
		sysfs_write(DRIVER "unbind", DEVICE);
		while (rebind())
			;
		bound++;
	}
	is(waitpid(pid, &status, WNOHANG), 0, "nothing unexpected in %d removals", bound);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	is(stat_of("used"), 0, "and nothing is left over");
}

int main(void)
{
	const char *driver = getenv("PP_DRIVER") ?: "ours";
	int heap;

	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	heap = heap_open();
	if (heap < 0)
		bail(NODE ": %s", strerror(-heap));
	is(stat_of("used"), 0, "nobody has allocated anything");

	test_ioctl(heap);
	test_fault_on_answer(heap);
	test_cpu_access(heap);
	/* The rig says whether the guest is to have a GPU driver. */
	if (strcmp(driver, "none"))
		test_import(heap);
	test_exhaustion(heap);
	test_module_busy(heap);
	test_removal(heap);
	close(heap);
	test_removal_race();
	return done();
}

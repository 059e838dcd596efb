// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A provider that is unloaded at each point of what its users do: either it is
 * refused, or they are told; nothing is used after its end.
 *
 * Needs the shim, and modules heapprov and heapuse that nobody has loaded. Where
 * heaps of the shim have no device (a kernel that has heaps of its own) only what
 * kernel code can do is tried.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/dma-heap.h>

#include "gpu.h"
#include "kmod.h"

#define NODE	"/dev/dma_heap/heapprov"

static void load(const char *params)
{
	int ret = kmod_load("heapprov", params);

	if (ret)
		bail("heapprov: %s", strerror(-ret));
}

static int unload(void)
{
	return kmod_unload("heapprov");
}

static int use(const char *params)
{
	return kmod_load("heapuse", params);
}

static int unuse(void)
{
	return kmod_unload("heapuse");
}

static int node_open(void)
{
	int fd = open(NODE, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int alloc(int heap)
{
	struct dma_heap_allocation_data data = {
		.len = SZ_64K,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};

	return ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data) ? -errno : (int)data.fd;
}

/* Nobody, then somebody who only has it open. */
static void test_open(void)
{
	int heap, again;

	load("");
	is(unload(), 0, "before anybody opens it: it goes");
	is(node_open(), -ENOENT, "and its device");

	load("");
	heap = node_open();
	ok(heap >= 0, "opened");
	is(unload(), 0, "an open file does not hold it");
	is(alloc(heap), -ENODEV, "but is told");
	is(node_open(), -ENOENT, "nobody else can open it");
	is(kmod_unload("panthor-protm-heap"), -EAGAIN, "the file holds the shim");

	load("");
	again = node_open();
	ok(again >= 0 && alloc(heap) == -ENODEV, "one that comes later is another one");
	is(close(alloc(again)), 0, "and works");
	is(unload(), 0, "it goes as well");
	is(alloc(again), -ENODEV, "and its file is told, too");
	close(again);
	close(heap);
}

static void *alloc_thread(void *heap)
{
	return (void *)(intptr_t)alloc((intptr_t)heap);
}

static void test_in_flight(void)
{
	int heap, i;
	pthread_t thread;
	void *buf;

	load("hold=1");
	heap = node_open();
	if (pthread_create(&thread, NULL, alloc_thread, (void *)(intptr_t)heap))
		bail("no thread");
	for (i = 0; i < 10000 && !kmod_param("heapprov", "waiting"); i++)
		sleep_ms(1);
	is(kmod_param("heapprov", "waiting"), 1, "an allocation in flight");
	is(unload(), -EAGAIN, "holds it");
	kmod_set_param("heapprov", "hold", "0");
	pthread_join(thread, &buf);
	ok((intptr_t)buf >= 0, "and succeeds");
	is(unload(), -EAGAIN, "a buffer holds it");
	close(heap);
	is(unload(), -EAGAIN, "also when the heap is closed");
	close((intptr_t)buf);
	is(unload(), 0, "after it, it goes");
}

static void test_gpu(void)
{
	struct gpu_vm vm;
	struct gpu gpu;
	u32 handle;
	int heap, buf;
	u64 va;

	load("");
	heap = node_open();
	buf = alloc(heap);
	gpu_open(&gpu);
	gpu_vm_init(&gpu, &vm);
	is(drm_fd_to_handle(gpu.fd, buf, &handle), 0, "a GPU imports a buffer");
	va = gpu_vm_reserve(&vm, SZ_64K, SZ_64K);
	is(gpu_map(&vm, handle, 0, va, SZ_64K), 0, "and maps it");
	close(buf);
	close(heap);
	is(unload(), -EAGAIN, "which holds the provider");
	is(drm_gem_close(gpu.fd, handle), 0, "without its handle");
	is(unload(), -EAGAIN, "the mapping holds it");
	is(gpu_unmap(&vm, va, SZ_64K), 0, "unmapped");
	gpu_vm_fini(&vm);
	gpu_close(&gpu);
	is(unload(), 0, "it goes");
}

/* What a driver may have: a reference, a buffer, an attachment, a mapping. */
static void test_kernel(void)
{
	static const char *const what[] = { "a buffer", "an attachment", "a mapping" };
	char params[64];
	int i;

	load("");
	is(use("name=heapprov"), 0, "kernel code has found it");
	is(unload(), 0, "a reference does not hold it");
	is(kmod_unload("panthor-protm-heap"), -EAGAIN, "but the shim");
	load("");
	is(unuse(), 0, "the reference is given back while another one of that name is there");
	is(use("name=heapprov"), 0, "that one works");
	is(unuse(), 0, "its user goes");

	for (i = 0; i < 3; i++) {
		snprintf(params, sizeof(params), "name=heapprov keep=%d", i + 1);
		is(use(params), 0, "%s", what[i]);
		is(unload(), -EAGAIN, "%s holds it", what[i]);
		is(unuse(), 0, "%s is given back", what[i]);
	}
	is(unload(), 0, "it goes");
	is(use("name=heapprov expect=-19"), 0, "and is not found any more");
	is(unuse(), 0, "by nobody");

	load("fail=-28");
	is(use("name=heapprov expect=-28"), 0, "what a provider says is told");
	is(unuse(), 0, "to its user");
	is(unload(), 0, "it goes");
}

int main(void)
{
	const char *driver = getenv("PP_DRIVER") ?: "ours";
	bool node;

	load("");
	node = !access(NODE, F_OK);
	if (unload())
		bail("heapprov does not go");
	if (node) {
		test_open();
		test_in_flight();
	}
	if (node && strcmp(driver, "none"))
		test_gpu();
	test_kernel();
	return done();
}

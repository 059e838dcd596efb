// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Lifetime of heaps: user space opens, allocates, dups, imports and closes, kernel
 * code does the same (tests/glue/heaptorture.c), while the carve-out's device is
 * taken away and put back and modules that provide heaps are loaded and unloaded.
 * At the end nothing is in use, nothing is lost, and everything can be unloaded.
 *
 *	t_heaptorture [SECONDS]
 *
 * Needs shim and carve-out, and nobody else who uses heaps. Where heaps of the shim
 * have no device (a kernel with heaps of its own) user space has the kernel's.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "gpu.h"
#include "kmod.h"
#include "pfix.h"
#include "soak.h"
#include "sysfs.h"

#define USERS	3
#define HEAPS	3
#define BUFS	4
#define CARVEOUT "panthor-protm-carveout"
#define USED	"/sys/kernel/debug/" CARVEOUT "/protected/used"

static const char *const nodes[] = {
	"protected", "heapprov", "torture0", "torture1", "torture2", "torture3", "system",
};

/* What has been done, by all. */
static struct {
	u32 opens, allocs, dups, imports, gone, unbinds, unloads, carveout_unloads;
} did;

#define count(what)	__atomic_fetch_add(&did.what, 1, __ATOMIC_RELAXED)

/* While it is calm, nobody keeps a buffer for long. */
static volatile bool over, calm;
static u32 wrong;
static bool has_gpu;

/* A thread and what it has; -1 where there is nothing. */
struct user {
	pthread_t thread;
	u64 seed;
	int heap[HEAPS], buf[BUFS];
	struct gpu gpu;
	struct gpu_vm vm;
	u64 va;
	u32 handle;
};

static void complain(const char *what, int ret)
{
	if (__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED) < 10)
		diag("%s: %s", what, strerror(-ret));
}

/* --- what users do --- */

static void user_open(struct user *u)
{
	int *heap = &u->heap[soak_random(&u->seed) % HEAPS];
	char path[64];

	if (*heap >= 0)
		close(*heap);
	snprintf(path, sizeof(path), "/dev/dma_heap/%s",
		 nodes[soak_random(&u->seed) % (sizeof(nodes) / sizeof(nodes[0]))]);
	*heap = open(path, O_RDONLY | O_CLOEXEC);
	if (*heap >= 0)
		count(opens);
	else if (errno != ENOENT && errno != ENXIO && errno != ENODEV)
		complain("open", -errno);
}

static void user_alloc(struct user *u)
{
	int heap = u->heap[soak_random(&u->seed) % HEAPS];
	int *buf = &u->buf[soak_random(&u->seed) % BUFS];
	struct dma_heap_allocation_data data = {
		.len = SZ_4K << soak_random(&u->seed) % 5,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};

	if (heap < 0 || *buf >= 0)
		return;
	if (!ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data)) {
		*buf = data.fd;
		count(allocs);
	} else if (errno == ENODEV) {
		count(gone);
	} else if (errno != ENOMEM) {
		complain("allocate", -errno);
	}
}

/* Another descriptor for what is there, which is closed. */
static void user_dup(struct user *u)
{
	u32 i = soak_random(&u->seed) % (HEAPS + BUFS);
	int *fd = i < HEAPS ? &u->heap[i] : &u->buf[i - HEAPS], other;

	if (*fd < 0)
		return;
	other = fcntl(*fd, F_DUPFD_CLOEXEC, 0);
	if (other < 0)
		return complain("dup", -errno);
	close(*fd);
	*fd = other;
	count(dups);
}

/* Each buffer has a length and a lock, whatever became of its heap. */
static void user_look(struct user *u)
{
	int buf = u->buf[soak_random(&u->seed) % BUFS];
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ };

	if (buf < 0)
		return;
	if (lseek(buf, 0, SEEK_END) < (off_t)SZ_4K)
		complain("length", -errno);
	if (ioctl(buf, DMA_BUF_IOCTL_SYNC, &sync) && errno != EPERM)
		complain("sync", -errno);
	sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ;
	if (ioctl(buf, DMA_BUF_IOCTL_SYNC, &sync) && errno != EPERM)
		complain("sync", -errno);
}

static void user_close(struct user *u)
{
	int *buf = &u->buf[soak_random(&u->seed) % BUFS];

	if (*buf >= 0)
		close(*buf);
	*buf = -1;
}

static void user_unimport(struct user *u)
{
	if (!u->handle)
		return;
	if (drm_gem_close(u->gpu.fd, u->handle) || gpu_unmap(&u->vm, u->va, SZ_4K))
		complain("GPU", -EINVAL);
	u->handle = 0;
}

/* Imported and mapped, or no longer so. */
static void user_import(struct user *u)
{
	int buf = u->buf[soak_random(&u->seed) % BUFS], ret;

	if (!has_gpu || buf < 0)
		return;
	if (u->handle)
		return user_unimport(u);
	ret = drm_fd_to_handle(u->gpu.fd, buf, &u->handle);
	if (ret) {
		u->handle = 0;
		return complain("import", ret);
	}
	ret = gpu_map(&u->vm, u->handle, 0, u->va, SZ_4K);
	if (ret)
		complain("map", ret);
	count(imports);
}

static void drop_all(struct user *u)
{
	u32 i;

	user_unimport(u);
	for (i = 0; i < BUFS; i++) {
		if (u->buf[i] >= 0)
			close(u->buf[i]);
		u->buf[i] = -1;
	}
}

static void (*const steps[])(struct user *) = {
	user_open, user_alloc, user_alloc, user_alloc, user_dup, user_look, user_close, user_import,
};

static void *user_thread(void *arg)
{
	struct user *u = arg;

	while (!over) {
		steps[soak_random(&u->seed) % (sizeof(steps) / sizeof(steps[0]))](u);
		if (calm)
			drop_all(u);
		/* So that others get their turn. */
		if (calm || !(soak_random(&u->seed) % 16))
			sleep_ms(soak_random(&u->seed) % 8);
	}
	drop_all(u);
	return NULL;
}

static void user_start(struct user *u, u64 seed)
{
	*u = (struct user){ .seed = seed };
	memset(u->heap, -1, sizeof(u->heap));
	memset(u->buf, -1, sizeof(u->buf));
	if (has_gpu) {
		gpu_open(&u->gpu);
		gpu_vm_init(&u->gpu, &u->vm);
		u->va = gpu_vm_reserve(&u->vm, SZ_2M, SZ_2M);
	}
	if (pthread_create(&u->thread, NULL, user_thread, u))
		bail("no thread");
}

static void user_end(struct user *u)
{
	u32 i;

	pthread_join(u->thread, NULL);
	for (i = 0; i < HEAPS; i++)
		if (u->heap[i] >= 0)
			close(u->heap[i]);
	if (has_gpu) {
		gpu_vm_fini(&u->vm);
		gpu_close(&u->gpu);
	}
}

/* --- who takes heaps away --- */

static void *binder_thread(void *arg)
{
	u64 seed = (uintptr_t)arg;

	while (!over) {
		/* EBUSY: buffers are out. The others: the module is not loaded. */
		int ret = heap_provider(false);

		if (!ret)
			count(unbinds);
		else if (ret != -ENODEV && ret != -ENOENT)
			complain("unbind", ret);
		sleep_ms(soak_random(&seed) % 30);
		ret = heap_provider(true);
		if (ret && ret != -EBUSY && ret != -ENODEV && ret != -ENOENT)
			complain("bind", ret);
		sleep_ms(soak_random(&seed) % 60);
	}
	return NULL;
}

static bool unload(const char *name)
{
	int ret = kmod_unload(name);

	if (ret && ret != -EAGAIN)
		complain(name, ret);
	return !ret;
}

static void reload(const char *name, u32 *unloads)
{
	int ret;

	if (!unload(name))
		return;
	__atomic_fetch_add(unloads, 1, __ATOMIC_RELAXED);
	ret = kmod_load(name, "");
	if (ret)
		complain(name, ret);
}

/* Until it has been done: buffers, which hold their provider, are soon given back. */
static void reload_at_last(const char *name, u32 *unloads)
{
	u32 i, before = *unloads;

	for (i = 0; i < 200 && *unloads == before; i++) {
		reload(name, unloads);
		sleep_ms(2);
	}
}

static void set_calm(bool on)
{
	kmod_set_param("heaptorture", "calm", on ? "1" : "0");
	calm = on;
}

static void *loader_thread(void *arg)
{
	u64 seed = (uintptr_t)arg;
	u32 turn = 0;

	while (!over) {
		reload("heapprov", &did.unloads);
		reload(CARVEOUT, &did.carveout_unloads);
		if (++turn % 8 == 0) {
			set_calm(true);
			reload_at_last("heapprov", &did.unloads);
			reload_at_last(CARVEOUT, &did.carveout_unloads);
			set_calm(false);
		}
		sleep_ms(soak_random(&seed) % 20);
	}
	return NULL;
}

/* --- the whole --- */

static const char *const kernel_counts[] = {
	"finds", "registers", "allocs", "maps", "looks", "gone",
};

#define KERNEL_COUNTS (sizeof(kernel_counts) / sizeof(kernel_counts[0]))

/* Everything has been done at least once: on a busy machine that may take longer. */
static bool all_done(void)
{
	u32 i;

	for (i = 0; i < KERNEL_COUNTS; i++)
		if (!kmod_param("heaptorture", kernel_counts[i]))
			return false;
	return did.opens && did.allocs && did.dups && (did.imports || !has_gpu) && did.unbinds &&
	       did.unloads && did.carveout_unloads;
}

static void torture(u32 seconds)
{
	pthread_t binder, loader;
	struct user user[USERS];
	u32 i;

	if (kmod_load("heapprov", "") || kmod_load("heaptorture", ""))
		bail("the modules cannot be loaded");
	over = calm = false;
	for (i = 0; i < USERS; i++)
		user_start(&user[i], i + 1);
	if (pthread_create(&binder, NULL, binder_thread, (void *)7) ||
	    pthread_create(&loader, NULL, loader_thread, (void *)8))
		bail("no thread");
	sleep_ms(seconds * 1000);
	for (i = 0; i < 1200 && !all_done(); i++)
		sleep_ms(100);
	over = true;
	pthread_join(loader, NULL);
	pthread_join(binder, NULL);
	for (i = 0; i < USERS; i++)
		user_end(&user[i]);
}

/* How often kernel code did what. */
static void report(void)
{
	u32 i;

	for (i = 0; i < KERNEL_COUNTS; i++)
		ok(kmod_param("heaptorture", kernel_counts[i]) > 0, "kernel code, %s: %lld",
		   kernel_counts[i], (long long)kmod_param("heaptorture", kernel_counts[i]));
	is(kmod_param("heaptorture", "wrong"), 0, "kernel code: nothing unexpected");
}

/* Until the module goes; its workers may be about to give back their last buffer. */
static int unload_at_last(const char *name)
{
	int i, ret = -EAGAIN;

	for (i = 0; i < 3000 && ret == -EAGAIN; i++) {
		ret = kmod_unload(name);
		if (ret)
			sleep_ms(10);
	}
	return ret;
}

static void clean_up(void)
{
	char text[32];
	int i;

	set_calm(true);
	is(unload_at_last("heaptorture"), 0, "kernel code goes");
	is(unload_at_last("heapprov"), 0, "the provider goes");
	if (sysfs_read("/sys/module/panthor_protm_carveout/refcnt", text, sizeof(text)))
		kmod_load(CARVEOUT, "");
	for (i = 0; i < 3000 && sysfs_read(USED, text, sizeof(text)); i++) {
		heap_provider(true);
		sleep_ms(10);
	}
	for (i = 0; i < 3000 && heap_used(); i++)
		sleep_ms(10);
	is(heap_used(), 0, "no memory of the carve-out is in use");
}

static u32 descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	u32 n = 0;

	if (!dir)
		bail("/proc/self/fd");
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* dma-bufs of the whole system. */
static int dma_bufs(void)
{
	FILE *file = fopen("/sys/kernel/debug/dma_buf/bufinfo", "re");
	char line[256];
	int n = -1;

	if (!file)
		bail("no list of dma-bufs");
	while (fgets(line, sizeof(line), file))
		sscanf(line, "Total %d objects", &n);
	fclose(file);
	return n;
}

int main(int argc, char **argv)
{
	u32 seconds = argc > 1 ? atoi(argv[1]) : 5, fds;
	struct soak_levels before, after;
	int fd = drm_open();

	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	has_gpu = fd >= 0;
	if (has_gpu)
		close(fd);
	/* What the first time costs may stay. */
	torture(1);
	clean_up();
	fds = descriptors();
	memset(&did, 0, sizeof(did));
	soak_measure(&before);

	torture(seconds);
	report();
	clean_up();
	soak_measure(&after);
	ok(did.opens && did.allocs && did.dups, "user space: %u opens, %u allocations, %u dups",
	   did.opens, did.allocs, did.dups);
	ok(did.imports || !has_gpu, "user space: %u imports by the GPU's driver", did.imports);
	ok(did.unbinds && did.unloads && did.carveout_unloads,
	   "%u unbinds; %u unloads of a provider, %u of the carve-out", did.unbinds, did.unloads,
	   did.carveout_unloads);
	diag("user space, told that its heap is gone: %u", did.gone);
	is(wrong, 0, "user space: nothing unexpected");
	is(descriptors(), fds, "no descriptor is left");
	is(dma_bufs(), 0, "no dma-buf is left");
	soak_compare(&before, &after);
	return done();
}

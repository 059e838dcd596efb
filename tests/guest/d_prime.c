// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Differential suite: buffers shared with other files, and their dma-bufs. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "diff.h"

static struct {
	struct gpu *gpu;
	struct gpu_vm vm;
	u32 plain, exclusive, no_mmap, wb;
	int dmabuf;
} t;

static void run_export(void *ctx, void *arg, struct diff_out *out)
{
	struct drm_prime_handle *p = arg;
	int ret = drm_ioctl(t.gpu->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, p);

	(void)ctx;
	diff_add(out, "%s", diff_error(ret));
	if (ret)
		return;
	diff_add(out, ",cloexec=%d,access=%d,size=%lld", fcntl(p->fd, F_GETFD) & FD_CLOEXEC,
		 fcntl(p->fd, F_GETFL) & O_ACCMODE, (long long)lseek(p->fd, 0, SEEK_END));
	close(p->fd);
}

static void exports(void)
{
#define F(field, v)	DIFF_FIELD(struct drm_prime_handle, field, v)
	const struct drm_prime_handle base = { .handle = t.plain, .flags = DRM_CLOEXEC | DRM_RDWR };
	const struct diff_row rows[] = {
		{ "plain" }, { "again" },
		{ "no_flags", { F(flags, 0) } },
		{ "cloexec", { F(flags, DRM_CLOEXEC) } },
		{ "rdwr", { F(flags, DRM_RDWR) } },
		{ "flags_all", { F(flags, ~0u) } },
		{ "fd_in", { F(fd, 77) } },
		{ "exclusive", { F(handle, t.exclusive) } },
		{ "no_mmap", { F(handle, t.no_mmap) } },
		{ "wb", { F(handle, t.wb) }, 7 },
		{ "handle_0", { F(handle, 0) } },
		{ "handle_bad", { F(handle, 12345) } },
	};
	const struct diff_table table = { "prime_export", &base, sizeof(base), run_export, NULL };

	diff_rows(&table, rows, ARRAY_SIZE(rows));
}

static void run_import(void *ctx, void *arg, struct diff_out *out)
{
	struct drm_prime_handle *p = arg;
	int ret = drm_ioctl(t.gpu->fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, p);

	(void)ctx;
	diff_add(out, "%s,same=%d", diff_error(ret), p->handle == t.plain);
}

static void imports(void)
{
	int null = open("/dev/null", O_RDWR);
	const struct drm_prime_handle base = { .fd = t.dmabuf };
	const struct diff_row rows[] = {
		{ "plain" },
		{ "flags", { F(flags, DRM_RDWR) } },
		{ "flags_all", { F(flags, ~0u) } },
		{ "handle_in", { F(handle, 99) } },
		{ "fd_bad", { F(fd, 500) } },
		{ "fd_minus_1", { F(fd, ~0u) } },
		{ "fd_of_null", { F(fd, null) } },
		{ "fd_of_device", { F(fd, t.gpu->fd) } },
	};
	const struct diff_table table = { "prime_import", &base, sizeof(base), run_import, NULL };

	diff_rows(&table, rows, ARRAY_SIZE(rows));
	close(null);
#undef F
}

/* The buffer in another file: what it says, what can be done with it, who holds it. */
static void elsewhere(void)
{
	struct drm_panthor_bo_query_info info = { 0 };
	struct drm_panthor_bo_sync_op op = { .size = SZ_4K };
	struct drm_panthor_bo_sync sync = { .ops = DRM_PANTHOR_OBJ_ARRAY(1, &op) };
	struct gpu other;
	struct gpu_vm vm;
	u32 handle, again;
	u64 offset;
	char *cpu;

	gpu_open(&other);
	gpu_vm_init(&other, &vm);
	diff_ret(0, drm_fd_to_handle(other.fd, t.dmabuf, &handle), "prime_other/import");
	diff_ret(0, drm_fd_to_handle(other.fd, t.dmabuf, &again), "prime_other/again");
	diff_case(0, "prime_other/same", "%d", handle == again);
	info.handle = op.handle = handle;
	diff_ret(7, gpu_call(&other, BO_QUERY_INFO, &info), "prime_other/info");
	diff_case(7, "prime_other/info_flags", "%#x,%#x", info.extra_flags, info.create_flags);
	diff_ret(7, gpu_call(&other, BO_SYNC, &sync), "prime_other/sync");
	diff_ret(0, gpu_map(&vm, handle, 0, SZ_2M, SZ_64K), "prime_other/bind");
	diff_ret(0, gpu_bo_mmap_offset(&other, handle, &offset), "prime_other/offset");
	cpu = mmap(NULL, SZ_64K, PROT_READ | PROT_WRITE, MAP_SHARED, other.fd, offset);
	diff_ret(0, cpu == MAP_FAILED ? -errno : 0, "prime_other/mmap");
	diff_ret(0, drm_gem_close(t.gpu->fd, handle == t.plain ? 0 : 4711), "prime_other/close_bad");
	diff_ret(0, drm_gem_close(other.fd, handle), "prime_other/close");
	diff_ret(0, drm_gem_close(other.fd, handle), "prime_other/close_again");
	/* Two imports are one handle, and one close ends it. */
	diff_ret(0, gpu_map(&vm, handle, 0, 2 * SZ_2M, SZ_64K), "prime_other/bind_closed");
	diff_ret(0, gpu_unmap(&vm, SZ_2M, SZ_64K), "prime_other/unbind");
	if (cpu != MAP_FAILED)
		munmap(cpu, SZ_64K);
	gpu_close(&other);
}

static void one_mmap(int fd, const char *name, u64 size, int prot, int flags, u64 offset)
{
	char *cpu = mmap(NULL, size, prot, flags, fd, offset);

	diff_ret(0, cpu == MAP_FAILED ? -errno : 0, "dmabuf_mmap/%s", name);
	if (cpu == MAP_FAILED)
		return;
	if (prot & PROT_WRITE)
		cpu[size - 1] = 5;
	munmap(cpu, size);
}

static void dmabuf_mmaps(void)
{
	const int rw = PROT_READ | PROT_WRITE;
	struct drm_prime_handle ro = { .handle = t.plain }, no = { .handle = t.no_mmap, .flags = DRM_RDWR };

	one_mmap(t.dmabuf, "plain", SZ_64K, rw, MAP_SHARED, 0);
	one_mmap(t.dmabuf, "private", SZ_64K, rw, MAP_PRIVATE, 0);
	one_mmap(t.dmabuf, "private_read", SZ_64K, PROT_READ, MAP_PRIVATE, 0);
	one_mmap(t.dmabuf, "part", SZ_4K, rw, MAP_SHARED, 3 * SZ_4K);
	one_mmap(t.dmabuf, "last", SZ_4K, rw, MAP_SHARED, SZ_64K - SZ_4K);
	one_mmap(t.dmabuf, "over", 2 * SZ_4K, rw, MAP_SHARED, SZ_64K - SZ_4K);
	one_mmap(t.dmabuf, "beyond", SZ_4K, rw, MAP_SHARED, SZ_64K);
	one_mmap(t.dmabuf, "large", SZ_64K + SZ_4K, rw, MAP_SHARED, 0);
	if (!drm_ioctl(t.gpu->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &ro)) {
		one_mmap(ro.fd, "readonly_fd", SZ_64K, PROT_READ, MAP_SHARED, 0);
		one_mmap(ro.fd, "readonly_fd_write", SZ_64K, rw, MAP_SHARED, 0);
	}
	if (!drm_ioctl(t.gpu->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &no))
		one_mmap(no.fd, "no_mmap", SZ_64K, rw, MAP_SHARED, 0);
}

static int dmabuf_sync(u64 flags)
{
	struct dma_buf_sync s = { .flags = flags };

	return ioctl(t.dmabuf, DMA_BUF_IOCTL_SYNC, &s) ? -errno : 0;
}

static void dmabuf_calls(void)
{
	struct pollfd p = { .fd = t.dmabuf, .events = POLLIN | POLLOUT };
	struct dma_buf_export_sync_file e = { .flags = DMA_BUF_SYNC_RW };
	struct dma_buf_import_sync_file i = { .flags = DMA_BUF_SYNC_WRITE };
	char byte;
	u64 flags;

	for (flags = 0; flags < 16; flags++)
		diff_ret(0, dmabuf_sync(flags), "dmabuf_sync/%llu", (unsigned long long)flags);
	diff_case(0, "dmabuf/poll", "%d,%#x", poll(&p, 1, 0), p.revents);
	diff_ret(0, lseek(t.dmabuf, 0, SEEK_SET) < 0 ? -errno : 0, "dmabuf/seek_start");
	diff_ret(0, lseek(t.dmabuf, 1, SEEK_SET) < 0 ? -errno : 0, "dmabuf/seek_1");
	diff_ret(0, read(t.dmabuf, &byte, 1) < 0 ? -errno : 0, "dmabuf/read");
	diff_ret(0, write(t.dmabuf, &byte, 1) < 0 ? -errno : 0, "dmabuf/write");
	diff_ret(0, ioctl(t.dmabuf, DMA_BUF_SET_NAME_B, "name") ? -errno : 0, "dmabuf/name");
	diff_ret(0, ioctl(t.dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &e) ? -errno : 0, "dmabuf/export_fence");
	i.fd = e.fd;
	diff_ret(0, ioctl(t.dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &i) ? -errno : 0, "dmabuf/import_fence");
}

/* A job whose VM the buffer is mapped in: does the dma-buf say that it is busy? */
static void implicit(void)
{
	struct pollfd p = { .fd = t.dmabuf, .events = POLLIN | POLLOUT };
	struct gpu_group g;
	struct gpu_bo code;
	struct cs cs;
	int busy;

	gpu_bo_init(&t.vm, &code, SZ_64K);
	gpu_group_init(&t.vm, &g, 1);
	diff_ret(0, gpu_map(&t.vm, t.plain, 0, 64 * SZ_2M, SZ_64K), "implicit/bind");
	cs = gpu_cs(&code, 0, SZ_4K);
	cs_spin(&cs, 0, 0x7fffffff);
	diff_ret(0, gpu_submit(&g, 0, &cs), "implicit/submit");
	poll(&p, 1, 0);
	busy = p.revents;
	diff_case(0, "implicit/while_it_runs", "%#x,status=%d", busy, drm_sync_status(t.gpu->fd, g.sync[0]));
	gpu_group_fini(&g);
	poll(&p, 1, JOB_MS);
	diff_case(0, "implicit/afterwards", "%#x", p.revents);
	gpu_unmap(&t.vm, 64 * SZ_2M, SZ_64K);
	gpu_bo_fini(&code);
}

/* Global names are for the primary node. */
static void names(void)
{
	struct drm_gem_flink f = { .handle = t.plain };
	struct drm_gem_open o = { .name = 1 };
	int card = open("/dev/dri/card0", O_RDWR);

	diff_ret(0, drm_ioctl(t.gpu->fd, DRM_IOCTL_GEM_FLINK, &f), "name/flink_render");
	diff_ret(0, drm_ioctl(t.gpu->fd, DRM_IOCTL_GEM_OPEN, &o), "name/open_render");
	f.handle = 1;
	diff_ret(0, drm_ioctl(card, DRM_IOCTL_GEM_FLINK, &f), "name/flink_card");
	diff_ret(0, drm_ioctl(card, DRM_IOCTL_GEM_OPEN, &o), "name/open_card");
	close(card);
}

int main(void)
{
	struct gpu gpu;

	diff_open(&gpu);
	t.gpu = &gpu;
	gpu_vm_init(&gpu, &t.vm);
	gpu_bo_create(&gpu, SZ_64K, 0, 0, &t.plain);
	gpu_bo_create(&gpu, SZ_64K, 0, t.vm.id, &t.exclusive);
	gpu_bo_create(&gpu, SZ_64K, DRM_PANTHOR_BO_NO_MMAP, 0, &t.no_mmap);
	gpu_bo_create(&gpu, SZ_64K, gpu.id.minor >= 7 ? DRM_PANTHOR_BO_WB_MMAP : 0, 0, &t.wb);
	t.dmabuf = drm_handle_to_fd(gpu.fd, t.plain);
	if (t.dmabuf < 0)
		bail("PRIME export: %s", strerror(-t.dmabuf));
	exports();
	imports();
	elsewhere();
	dmabuf_mmaps();
	dmabuf_calls();
	implicit();
	names();
	gpu_close(&gpu);
	return 0;
}

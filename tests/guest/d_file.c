// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Differential suite: open files. Shared, inherited, read-only, closed while something runs. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "diff.h"

static int vm_state(struct gpu *gpu, u32 id)
{
	struct drm_panthor_vm_get_state s = { .vm_id = id };

	return gpu_call(gpu, VM_GET_STATE, &s);
}

static void duplicates(struct gpu *gpu)
{
	struct gpu copy = *gpu, other;
	struct gpu_vm vm;

	gpu_open(&other);
	gpu_vm_init(&other, &vm);
	copy.fd = dup(other.fd);
	diff_ret(0, vm_state(&copy, vm.id), "file/dup");
	gpu_close(&other);
	diff_ret(0, vm_state(&copy, vm.id), "file/dup_after_close");
	diff_ret(0, vm_state(gpu, vm.id), "file/other_has_it");
	gpu_close(&copy);
	diff_ret(0, vm_state(&copy, vm.id), "file/closed");
}

static sigjmp_buf escape;

static void on_fault(int sig)
{
	siglongjmp(escape, sig);
}

static const char *look(volatile u32 *at)
{
	int sig = sigsetjmp(escape, 1);

	if (sig)
		return sig == SIGBUS ? "sigbus" : "sigsegv";
	(void)*at;
	return "ok";
}

static struct {
	struct gpu_vm vm;
	struct gpu_bo bo;
	u32 *flush;
} inherited;

static void child(struct gpu *gpu)
{
	struct drm_panthor_vm_destroy d = { .id = inherited.vm.id };
	u32 *cpu = inherited.bo.cpu;

	diff_ret(0, vm_state(gpu, inherited.vm.id), "fork/vm");
	diff_case(0, "fork/bo", "%s", look(cpu));
	diff_case(0, "fork/flush_id", "%s", look(inherited.flush));
	if (!strcmp(look(cpu), "ok"))
		*cpu = 0x1234;
	diff_ret(0, gpu_call(gpu, VM_DESTROY, &d), "fork/destroy");
	gpu_close(gpu);
}

static void forks(struct gpu *gpu)
{
	gpu_vm_init(gpu, &inherited.vm);
	gpu_bo_init(&inherited.vm, &inherited.bo, SZ_64K);
	inherited.flush = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, gpu->fd, 1ull << 56);
	diff_child(child, gpu);
	diff_ret(0, vm_state(gpu, inherited.vm.id), "fork/vm_afterwards");
	diff_case(0, "fork/bo_afterwards", "%#x", *(u32 *)inherited.bo.cpu);
	munmap(inherited.flush, SZ_4K);
	munmap(inherited.bo.cpu, SZ_64K);
}

static void try_mmap(int fd, const char *name, int prot, u64 offset)
{
	char *cpu = mmap(NULL, SZ_4K, prot, MAP_SHARED, fd, offset);

	diff_ret(0, cpu == MAP_FAILED ? -errno : 0, "readonly/%s", name);
	if (cpu != MAP_FAILED)
		munmap(cpu, SZ_4K);
}

/* Opened for reading only. */
static void readonly(void)
{
	struct gpu gpu = { .fd = open("/dev/dri/renderD128", O_RDONLY | O_CLOEXEC) };
	struct pollfd p = { .fd = gpu.fd, .events = POLLIN };
	struct gpu_vm vm;
	u64 offset;
	char byte;
	u32 bo;

	gpu_vm_init(&gpu, &vm);
	diff_ret(0, gpu_bo_create(&gpu, SZ_4K, 0, 0, &bo), "readonly/create");
	diff_ret(0, gpu_bo_mmap_offset(&gpu, bo, &offset), "readonly/offset");
	try_mmap(gpu.fd, "mmap_read", PROT_READ, offset);
	try_mmap(gpu.fd, "mmap_write", PROT_READ | PROT_WRITE, offset);
	try_mmap(gpu.fd, "mmio_read", PROT_READ, 1ull << 56);
	diff_ret(0, gpu_map(&vm, bo, 0, 0, SZ_4K), "readonly/bind");
	diff_case(0, "readonly/poll", "%d,%#x", poll(&p, 1, 0), p.revents);
	fcntl(gpu.fd, F_SETFL, O_NONBLOCK);
	diff_ret(0, read(gpu.fd, &byte, 1) < 0 ? -errno : 0, "readonly/read");
	diff_ret(0, write(gpu.fd, &byte, 1) < 0 ? -errno : 0, "readonly/write_call");
	diff_ret(0, lseek(gpu.fd, 1, SEEK_SET) < 0 ? -errno : 0, "readonly/seek");
	gpu_close(&gpu);
}

static void nobody(struct gpu *gpu)
{
	struct gpu_group g;
	struct gpu_vm vm;
	u32 bo;

	if (diff_drop_root())
		bail("cannot drop root");
	gpu_vm_init(gpu, &vm);
	diff_ret(0, gpu_bo_create(gpu, SZ_4K, 0, 0, &bo), "nobody/bo");
	diff_ret(0, gpu_map(&vm, bo, 0, 0, SZ_4K), "nobody/bind");
	diff_ret(0, gpu_group_try(&vm, &g, 1, SZ_64K, PANTHOR_GROUP_PRIORITY_MEDIUM, 0), "nobody/group");
	diff_ret(0, drm_handle_to_fd(gpu->fd, bo) < 0 ? -1 : 0, "nobody/export");
}

/* What a client that goes leaves behind it: nothing that keeps others from working. */
static void closing(struct gpu *gpu, const char *what, u32 spin, bool fault, bool waits)
{
	struct drm_panthor_sync_op syncs[2] = { { .flags = 0 }, { .flags = DRM_PANTHOR_SYNC_OP_SIGNAL } };
	struct gpu other;
	struct gpu_vm vm;
	struct gpu_group g[2];
	struct gpu_bo code;
	struct cs cs;
	u32 out;

	gpu_open(&other);
	gpu_vm_init(&other, &vm);
	gpu_bo_init(&vm, &code, SZ_64K);
	gpu_group_init(&vm, &g[0], 1);
	gpu_group_init(&vm, &g[1], 1);
	cs = gpu_cs(&code, 0, SZ_4K);
	if (fault)
		cs_invalid(&cs);
	cs_spin(&cs, 0, spin);
	diff_ret(0, gpu_submit(&g[0], 0, &cs), "close/%s", what);
	if (waits) {
		drm_sync_create(other.fd, &out);
		syncs[0].handle = g[0].sync[0];
		syncs[1].handle = out;
		diff_ret(0, gpu_submit_raw(&g[1], 0, 0, 0, 2, syncs), "close/%s_waits", what);
	}
	gpu_close(&other);
	munmap(code.cpu, code.size);

	gpu_vm_init(gpu, &vm);
	gpu_bo_init(&vm, &code, SZ_64K);
	gpu_group_init(&vm, &g[0], 1);
	cs = gpu_cs(&code, 0, SZ_4K);
	cs_nop(&cs);
	diff_ret(0, gpu_run(&g[0], 0, &cs), "close/%s_next", what);
	gpu_group_fini(&g[0]);
	gpu_bo_fini(&code);
	gpu_vm_fini(&vm);
}

/* A process that is killed in mid-submit. */
static void killed(struct gpu *gpu)
{
	struct gpu_group g;
	struct gpu_vm vm;
	struct gpu other;
	int status, go[2];
	char byte = 0;
	pid_t pid;

	fflush(stdout);
	if (pipe(go))
		bail("pipe: %s", strerror(errno));
	pid = fork();
	if (!pid) {
		gpu_open(&other);
		gpu_vm_init(&other, &vm);
		gpu_group_init(&vm, &g, 1);
		for (;;) {
			gpu_submit_raw(&g, 0, 0, 0, 0, NULL);
			if (!byte++ && write(go[1], &byte, 1) != 1)
				_exit(1);
		}
	}
	if (read(go[0], &byte, 1) != 1)
		bail("the child has not begun");
	sleep_ms(20);
	kill(pid, SIGKILL);
	diff_case(0, "close/killed", "%d,%d", waitpid(pid, &status, 0) == pid, WIFSIGNALED(status));
	gpu_vm_init(gpu, &vm);
	gpu_group_init(&vm, &g, 1);
	diff_ret(0, gpu_run(&g, 0, &(struct cs){ 0 }), "close/killed_next");
	gpu_group_fini(&g);
	gpu_vm_fini(&vm);
}

/* Which lines the file's fdinfo has. Stock of 6.12 does without. */
static void fdinfo(struct gpu *gpu)
{
	static const char * const keys[] = {
		"drm-driver:", "drm-client-id:", "drm-pdev:", "drm-engine-panthor:", "drm-cycles-panthor:",
		"drm-maxfreq-panthor:", "drm-curfreq-panthor:", "drm-total-memory:", "drm-shared-memory:",
		"drm-active-memory:", "drm-resident-memory:", "drm-purgeable-memory:",
		"panthor-resident-memory:", "panthor-active-memory:", "drm-client-name:",
	};
	char path[64], text[8192], name[64];
	ssize_t n;
	int fd;
	u32 i;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", gpu->fd);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	close(fd);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		snprintf(name, sizeof(name), "fdinfo/%.*s", (int)strlen(keys[i]) - 1, keys[i]);
		diff_case(2, name, "%s", strstr(text, keys[i]) ? "there" : "not-there");
	}
}

int main(void)
{
	struct sigaction act = { .sa_handler = on_fault };
	struct gpu gpu;

	sigaction(SIGBUS, &act, NULL);
	sigaction(SIGSEGV, &act, NULL);
	diff_open(&gpu);
	fdinfo(&gpu);
	duplicates(&gpu);
	forks(&gpu);
	readonly();
	diff_child(nobody, &gpu);
	closing(&gpu, "endless", 0x7fffffff, false, false);
	closing(&gpu, "endless_and_waiter", 0x7fffffff, false, true);
	closing(&gpu, "short", 10, false, true);
	closing(&gpu, "fault", 10, true, true);
	killed(&gpu);
	gpu_close(&gpu);
	return 0;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The driver taken away and given back, again and again, from several clients
 * that are busy: more groups than slots, mappings that wait, a protected session.
 * Nobody waits for ever, and nothing is left. Argument: how often, by default 5.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bound.h"
#include "pfix.h"
#include "sysfs.h"
#include "vgpu.h"

#define CLIENTS		3
#define GROUPS		4
#define FENCES		(GROUPS + 1)

struct client {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code, data;
	struct gpu_group g[GROUPS];
	struct protm_bo secret;
	int file[FENCES];
};

static int bind_behind(struct client *c, u32 sync, u32 out)
{
	struct drm_panthor_sync_op s[2] = {
		{ .handle = sync },
		{ .flags = DRM_PANTHOR_SYNC_OP_SIGNAL, .handle = out },
	};
	struct drm_panthor_vm_bind_op op = {
		.flags = DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP,
		.va = c->data.va,
		.size = SZ_64K,
		.syncs = DRM_PANTHOR_OBJ_ARRAY(2, s),
	};
	struct drm_panthor_vm_bind b = {
		.vm_id = c->vm.id,
		.flags = DRM_PANTHOR_VM_BIND_ASYNC,
		.ops = DRM_PANTHOR_OBJ_ARRAY(1, &op),
	};

	return gpu_call(&c->gpu, VM_BIND, &b);
}

/* Groups with jobs without end, and a mapping behind one of them. Returns how much of it failed. */
static int client_start(struct client *c, bool protected)
{
	int bad = 0, i;
	struct cs cs;
	u32 out;

	gpu_open(&c->gpu);
	gpu_vm_init(&c->gpu, &c->vm);
	gpu_bo_init(&c->vm, &c->code, SZ_64K);
	gpu_bo_init(&c->vm, &c->data, SZ_2M);
	if (protected)
		protm_bo_init(&c->vm, &c->secret, SZ_64K);
	for (i = 0; i < GROUPS; i++) {
		cs = gpu_cs(&c->code, i * SZ_4K, SZ_4K);
		if (protected && !i) {
			protm_group_init(&c->vm, &c->g[i], 1);
			cs_wait(&cs, CS_ALL_SB);
			cs_prot_region(&cs, 3);
		} else {
			gpu_group_init(&c->vm, &c->g[i], 1);
		}
		cs_spin(&cs, 0, 0x7fffffff);
		bad += gpu_submit(&c->g[i], 0, &cs) != 0;
		c->file[i] = sync_file_get(c->gpu.fd, c->g[i].sync[0]);
	}
	drm_sync_create(c->gpu.fd, &out);
	bad += bind_behind(c, c->g[1].sync[0], out) != 0;
	c->file[GROUPS] = sync_file_get(c->gpu.fd, out);
	return bad;
}

/* What an open file of a device that is gone may do: nothing, and nobody waits for ever. */
static int client_check(struct client *c)
{
	struct drm_panthor_vm_create v = { 0 };
	struct gpu_group g;
	int bad = 0, i;
	u32 handle;

	for (i = 0; i < FENCES; i++) {
		int ret = sync_file_wait(c->file[i], JOB_MS);

		if (ret == -ETIME || (ret >= 0 && i < GROUPS)) {
			diag("fence %d: %d", i, ret);
			bad++;
		}
		close(c->file[i]);
	}
	bad += gpu_call(&c->gpu, VM_CREATE, &v) != -ENODEV;
	bad += gpu_bo_create(&c->gpu, SZ_4K, 0, 0, &handle) != -ENODEV;
	bad += gpu_group_try(&c->vm, &g, 1, SZ_64K, 1, 0) != -ENODEV;
	bad += gpu_unmap(&c->vm, c->data.va, SZ_64K) != -ENODEV;
	/* Memory or SIGBUS, nothing worse. */
	readable(c->code.cpu);
	readable((u8 *)c->data.cpu + SZ_2M - 1);
	return bad;
}

static void client_end(struct client *c)
{
	munmap(c->code.cpu, c->code.size);
	munmap(c->data.cpu, c->data.size);
	gpu_close(&c->gpu);
}

/*
 * Objects of a slab cache that are in use. What CPUs have set aside counts as used
 * until the cache is shrunk.
 */
static long slab(const char *name)
{
	char line[256], word[64];
	long n = 0, used;
	FILE *info;

	snprintf(line, sizeof(line), "/sys/kernel/slab/%s/shrink", name);
	if (sysfs_write(line, "1"))
		bail("%s cannot be shrunk", name);
	info = fopen("/proc/slabinfo", "r");
	while (info && fgets(line, sizeof(line), info)) {
		if (sscanf(line, "%63s %ld", word, &used) == 2 && !strcmp(word, name))
			n = used;
	}
	if (info)
		fclose(info);
	return n;
}

static bool round_trip(const struct bound *b, bool protected)
{
	struct client c[CLIENTS];
	int bad = 0, i;

	for (i = 0; i < CLIENTS; i++)
		bad += client_start(&c[i], protected);
	sleep_ms(30);
	if (bad || bound_unbind(b))
		return false;
	for (i = 0; i < CLIENTS; i++)
		bad += client_check(&c[i]);
	/* One client goes while there is no driver, the others when there is one again. */
	client_end(&c[0]);
	if (bound_bind(b))
		return false;
	for (i = 1; i < CLIENTS; i++)
		client_end(&c[i]);
	return !bad;
}

/*
 * A session that no firmware ends: the driver gives up on it after some seconds. A
 * mapping operation that waits for its end must not reach the MMU before the GPU
 * is stopped; the model would see that.
 */
static void test_stuck_session(const struct bound *b)
{
	struct client c = { 0 };
	struct cs cs;
	int ret, status;
	pid_t pid;

	gpu_open(&c.gpu);
	gpu_vm_init(&c.gpu, &c.vm);
	gpu_bo_init(&c.vm, &c.code, SZ_64K);
	gpu_bo_init(&c.vm, &c.data, SZ_64K);
	protm_group_init(&c.vm, &c.g[0], 1);
	cs = gpu_cs(&c.code, 0, SZ_4K);
	cs_wait(&cs, CS_ALL_SB);
	cs_prot_region(&cs, 3);
	cs_spin(&cs, 0, 0x7fffffff);
	vgpu_inject("hang-protm", 1, "");
	is(gpu_submit(&c.g[0], 0, &cs), 0, "a session that does not end");
	c.file[0] = sync_file_get(c.gpu.fd, c.g[0].sync[0]);
	pfix_until(&c.gpu, "active");
	pid = fork();
	if (!pid) {
		ret = gpu_unmap(&c.vm, c.data.va, SZ_64K);
		_exit(ret && ret != -ENODEV);
	}
	sleep_ms(20);
	is(bound_unbind(b), 0, "unbind, while an unmapping waits for its end");
	is(waitpid(pid, &status, 0), pid, "which goes on");
	is(status, 0, "and is no worse for it");
	ret = sync_file_wait(c.file[0], JOB_MS);
	ok(ret < 0 && ret != -ETIME, "the fence signals with an error (%d)", ret);
	close(c.file[0]);
	is(bound_bind(b), 0, "bind");
	client_end(&c);
	is(vgpu_violations(), 0, "no violations");
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 5, i;
	long inodes = 0;
	struct bound b;
	struct gpu gpu;
	bool protected;

	gpu_open(&gpu);
	bound_init(&b, gpu.fd);
	protected = gpu.ours;
	gpu_close(&gpu);

	for (i = 0; i < rounds; i++) {
		/* What the first round leaves are caches that fill. */
		if (i == 1)
			inodes = slab("shmem_inode_cache");
		ok(round_trip(&b, protected), "round %d", i + 1);
	}
	/* Each buffer object has an inode; a round makes more than eighty. They are freed by works. */
	for (i = 0; i < 60 && slab("shmem_inode_cache") - inodes > 60; i++)
		sleep_ms(500);
	between(slab("shmem_inode_cache") - inodes, -1000, 60, "objects left behind");

	if (protected)
		test_stuck_session(&b);
	gpu_open(&gpu);
	gpu_close(&gpu);
	return done();
}

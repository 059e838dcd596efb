// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/dma-heap.h>

#include "protm.h"

#define R_WORDS	0	/* PROTM_WORDS registers */
#define R_DST	40
#define R_SRC	42

int heap_alloc(const char *heap, u64 size)
{
	struct dma_heap_allocation_data a = { .len = size, .fd_flags = O_RDWR | O_CLOEXEC };
	char path[64];
	int fd, ret;

	/* On kernels with heaps of their own it has another name. */
	if (!strcmp(heap, "protected") && getenv("PP_HEAP"))
		heap = getenv("PP_HEAP");
	snprintf(path, sizeof(path), "/dev/dma_heap/%s", heap);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = drm_ioctl(fd, DMA_HEAP_IOCTL_ALLOC, &a);
	close(fd);
	return ret ? ret : (int)a.fd;
}

void protm_bo_init(struct gpu_vm *vm, struct protm_bo *bo, u64 size)
{
	int ret;

	*bo = (struct protm_bo){ .vm = vm, .size = size };
	bo->dmabuf = heap_alloc("protected", size);
	if (bo->dmabuf < 0)
		bail("protected heap: %s", strerror(-bo->dmabuf));
	ret = drm_fd_to_handle(vm->gpu->fd, bo->dmabuf, &bo->handle);
	if (ret)
		bail("import of a protected buffer: %s", strerror(-ret));
	bo->va = gpu_vm_reserve(vm, size, SZ_64K);
	ret = gpu_bind(vm, DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC, bo->handle, 0, bo->va, size);
	if (ret)
		bail("VM_BIND of a protected buffer: %s", strerror(-ret));
}

void protm_bo_fini(struct protm_bo *bo)
{
	gpu_unmap(bo->vm, bo->va, bo->size);
	drm_gem_close(bo->vm->gpu->fd, bo->handle);
	close(bo->dmabuf);
}

void protm_group_init(struct gpu_vm *vm, struct gpu_group *group, u32 queues)
{
	int ret = gpu_group_try(vm, group, queues, SZ_64K, PANTHOR_GROUP_PRIORITY_MEDIUM,
				DRM_PANTHOR_GROUP_FEATURE_PROTM);

	if (ret)
		bail("GROUP_CREATE for protected mode: %s", strerror(-ret));
}

static s32 value(u32 seed, u32 i)
{
	return (seed + i) * 2654435761u;
}

void protm_fill(struct cs *cs, u64 va, u32 seed)
{
	u32 i;

	cs_move48(cs, R_DST, va);
	for (i = 0; i < PROTM_WORDS; i++)
		cs_move32(cs, R_WORDS + i, value(seed, i));
	cs_wait(cs, CS_ALL_SB);
	cs_prot_region(cs, 2);
	cs_store(cs, R_WORDS, 0xffff, R_DST, 0);
	cs_wait(cs, CS_ALL_SB);
}

void protm_copy(struct cs *cs, u64 dst, u64 src, bool region)
{
	cs_move48(cs, R_DST, dst);
	cs_move48(cs, R_SRC, src);
	cs_wait(cs, CS_ALL_SB);
	if (region)
		cs_prot_region(cs, 4);
	cs_load(cs, R_WORDS, 0xffff, R_SRC, 0);
	cs_wait(cs, CS_ALL_SB);
	cs_store(cs, R_WORDS, 0xffff, R_DST, 0);
	cs_wait(cs, CS_ALL_SB);
}

/*
 * No branch is taken as long as all is well, so that it does not matter
 * whether a region ends by count or by address.
 */
void protm_compare(struct cs *cs, u64 va, u32 seed)
{
	const u32 n = 2 + 2 * PROTM_WORDS;
	u32 end, i;

	cs_move48(cs, R_SRC, va);
	cs_wait(cs, CS_ALL_SB);
	cs_prot_region(cs, n);
	end = cs->n + n;
	cs_load(cs, R_WORDS, 0xffff, R_SRC, 0);
	cs_wait(cs, CS_ALL_SB);
	for (i = 0; i < PROTM_WORDS; i++) {
		cs_add32(cs, R_WORDS + i, R_WORDS + i, -value(seed, i));
		cs_branch(cs, CS_NE, R_WORDS + i, end + 1 - (cs->n + 1));
	}
	assert(cs->n == end);
	cs_branch(cs, CS_ALWAYS, 0, 1);
	cs_invalid(cs);
}

void protm_linger(struct cs *cs, u64 va, u32 n)
{
	u32 i;

	assert(n >= 3 && n <= 0xffff);
	cs_move48(cs, R_SRC, va);
	cs_wait(cs, CS_ALL_SB);
	cs_prot_region(cs, n);
	for (i = 0; i < n - 2; i++)
		cs_nop(cs);
	cs_load(cs, R_WORDS, 1, R_SRC, 0);
	cs_wait(cs, CS_ALL_SB);
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Tiler heaps (facts: csf.md 4.5).
 *
 * All heaps of a VM have their contexts, which belong to firmware, in one buffer.
 * A chunk begins with a header that links it to the next one. What firmware does
 * with a chunk after that is its own business: the driver frees them all when the
 * heap goes.
 */
#include <linux/err.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "mem/bo.h"
#include "mem/tiler_heap.h"
#include "mmu/mmu.h"

#define HEAPS_MAX	128	/* in one VM */
#define CONTEXT_SIZE	32	/* bytes, but no two in one cache line of the GPU's L2 */

/* What firmware expects at the start of a chunk. */
struct heap_chunk_header {
	__le64 next;
	__le32 zero[14];
};

static_assert(sizeof(struct heap_chunk_header) == 64);

struct heap_chunk {
	struct list_head node;
	struct pp_kbo *kbo;
};

/**
 * struct heap - one heap
 * @chunks: &struct heap_chunk, the youngest first
 * @count: how many
 * @max: how many there may be
 * @chunk_size: bytes of each
 * @target_in_flight: render passes beyond which it does not grow
 */
struct heap {
	struct list_head chunks;
	u32 count, max, chunk_size, target_in_flight;
};

/**
 * struct pp_heap_pool - the heaps of one VM
 * @refs: the VM's pointer, and whoever is in a function of this file
 * @pp: the device
 * @lock: guards all that follows
 * @dead: the VM's handle is gone
 * @heaps: id -> &struct heap
 * @contexts: the contexts of all heaps, by id
 */
struct pp_heap_pool {
	struct kref refs;
	struct pp_device *pp;
	struct mutex lock;
	bool dead;
	struct xarray heaps;
	struct pp_kbo *contexts;
};

static u32 context_stride(struct pp_device *pp)
{
	return ALIGN(CONTEXT_SIZE, 1u << (pp->info.l2_features & 0xff));
}

/* How firmware is told of a chunk. */
static u64 chunk_link(u64 va, u32 size)
{
	return (va & GENMASK_ULL(63, 12)) | size >> 12;
}

static void pool_free(struct kref *refs)
{
	struct pp_heap_pool *pool = container_of(refs, struct pp_heap_pool, refs);

	xa_destroy(&pool->heaps);
	mutex_destroy(&pool->lock);
	kfree(pool);
}

static void pool_put(struct pp_heap_pool *pool)
{
	kref_put(&pool->refs, pool_free);
}

static struct pp_heap_pool *pool_get(struct pp_vm *vm)
{
	struct pp_heap_pool **place, *pool;
	struct mutex *lock;

	place = pp_vm_heaps(vm, &lock);
	mutex_lock(lock);
	pool = *place;
	if (pool)
		kref_get(&pool->refs);
	mutex_unlock(lock);
	return pool;
}

static struct pp_heap_pool *pool_alloc(struct pp_device *pp, struct pp_vm *vm)
{
	struct pp_heap_pool *pool;

	pool = kzalloc(sizeof(*pool), GFP_KERNEL);
	if (!pool)
		return ERR_PTR(-ENOMEM);
	kref_init(&pool->refs);
	pool->pp = pp;
	mutex_init(&pool->lock);
	xa_init_flags(&pool->heaps, XA_FLAGS_ALLOC);
	pool->contexts = pp_kbo_create(pp, vm, HEAPS_MAX * context_stride(pp), PP_VM_MAP_NOEXEC,
				       PP_VM_VA_AUTO, true);
	if (IS_ERR(pool->contexts)) {
		int ret = PTR_ERR(pool->contexts);

		pool_put(pool);
		return ERR_PTR(ret);
	}
	return pool;
}

static struct pp_heap_pool *pool_get_or_create(struct pp_device *pp, struct pp_vm *vm)
{
	struct pp_heap_pool *pool = pool_get(vm), **place, *spare;
	struct mutex *lock;

	if (pool)
		return pool;
	spare = pool_alloc(pp, vm);
	if (IS_ERR(spare))
		return spare;

	place = pp_vm_heaps(vm, &lock);
	mutex_lock(lock);
	/* A pool holds its VM, so nobody would ever free that of a VM without a handle. */
	if (!*place && !pp_vm_dead(vm))
		swap(*place, spare);
	pool = *place;
	if (pool)
		kref_get(&pool->refs);
	mutex_unlock(lock);

	if (spare) {
		pp_kbo_destroy(spare->contexts);
		pool_put(spare);
	}
	return pool ?: ERR_PTR(-EINVAL);
}

static void heap_free(struct heap *heap)
{
	struct heap_chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, &heap->chunks, node) {
		pp_kbo_destroy(chunk->kbo);
		kfree(chunk);
	}
	kfree(heap);
}

static int chunk_init(struct pp_kbo *kbo, u64 next)
{
	struct heap_chunk_header *header;
	void *vaddr;
	int ret;

	ret = pp_bo_vmap(kbo->bo, &vaddr);
	if (ret)
		return ret;
	header = vaddr;
	/* The rest of a new buffer is zero. */
	header->next = cpu_to_le64(next);
	pp_bo_vunmap(kbo->bo);
	return 0;
}

/* One more chunk, in front of the others; @link: let it point to the one that was there. */
static int heap_add_chunk(struct pp_device *pp, struct pp_vm *vm, struct heap *heap, bool link)
{
	struct heap_chunk *chunk, *old;
	u64 next = 0;
	int ret;

	chunk = kzalloc(sizeof(*chunk), GFP_KERNEL);
	if (!chunk)
		return -ENOMEM;
	chunk->kbo = pp_kbo_create(pp, vm, heap->chunk_size, PP_VM_MAP_NOEXEC, PP_VM_VA_AUTO,
				   false);
	if (IS_ERR(chunk->kbo)) {
		ret = PTR_ERR(chunk->kbo);
		goto err_free;
	}
	old = list_first_entry_or_null(&heap->chunks, struct heap_chunk, node);
	if (link && old)
		next = chunk_link(pp_kbo_va(old->kbo), heap->chunk_size);
	ret = chunk_init(chunk->kbo, next);
	if (ret)
		goto err_kbo;
	list_add(&chunk->node, &heap->chunks);
	heap->count++;
	return 0;

err_kbo:
	pp_kbo_destroy(chunk->kbo);
err_free:
	kfree(chunk);
	return ret;
}

static struct heap *heap_alloc(struct pp_device *pp, struct pp_vm *vm,
			       const struct pp_tiler_heap_args *args)
{
	struct heap *heap;
	int ret = 0;
	u32 i;

	heap = kzalloc(sizeof(*heap), GFP_KERNEL);
	if (!heap)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&heap->chunks);
	heap->max = args->max_chunks;
	heap->chunk_size = args->chunk_size;
	heap->target_in_flight = args->target_in_flight;

	for (i = 0; i < args->initial_chunks && !ret; i++)
		ret = heap_add_chunk(pp, vm, heap, true);
	if (ret) {
		heap_free(heap);
		return ERR_PTR(ret);
	}
	return heap;
}

static u64 heap_first_chunk(const struct heap *heap)
{
	return pp_kbo_va(list_first_entry(&heap->chunks, struct heap_chunk, node)->kbo);
}

/* Give the heap an id, and that id's context. */
static int pool_add(struct pp_heap_pool *pool, struct heap *heap, u64 *ctx_va)
{
	u32 stride = context_stride(pool->pp), id;
	int ret;

	mutex_lock(&pool->lock);
	ret = pool->dead ? -EINVAL :
	      xa_alloc(&pool->heaps, &id, heap, XA_LIMIT(0, HEAPS_MAX - 1), GFP_KERNEL);
	if (!ret) {
		memset(pool->contexts->kmap + id * stride, 0, stride);
		*ctx_va = pp_kbo_va(pool->contexts) + id * stride;
		ret = id;
	}
	mutex_unlock(&pool->lock);
	return ret;
}

/**
 * pp_tiler_heap_create() - make a heap
 * @pp: the device
 * @vm: VM to put it in
 * @args: sizes
 * @ctx_va: out: GPU address of its context
 * @first_chunk_va: out: GPU address of its first chunk
 *
 * Context: May sleep and allocates; may wait for the end of a session.
 * Return: its id in the VM; or -EINVAL, -ENOMEM, -EBUSY: the VM has 128 heaps.
 */
int pp_tiler_heap_create(struct pp_device *pp, struct pp_vm *vm,
			 const struct pp_tiler_heap_args *args, u64 *ctx_va, u64 *first_chunk_va)
{
	struct pp_heap_pool *pool;
	struct heap *heap;
	int ret;

	if (!args->initial_chunks || args->initial_chunks > args->max_chunks)
		return -EINVAL;
	if (!PAGE_ALIGNED(args->chunk_size) || args->chunk_size < SZ_128K ||
	    args->chunk_size > SZ_8M)
		return -EINVAL;

	pool = pool_get_or_create(pp, vm);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	heap = heap_alloc(pp, vm, args);
	if (IS_ERR(heap)) {
		ret = PTR_ERR(heap);
		goto out;
	}
	*first_chunk_va = heap_first_chunk(heap);
	ret = pool_add(pool, heap, ctx_va);
	if (ret < 0)
		heap_free(heap);
out:
	pool_put(pool);
	return ret;
}

/**
 * pp_tiler_heap_destroy() - free a heap
 * @vm: its VM
 * @id: from pp_tiler_heap_create()
 *
 * Context: May sleep, also until a session is over.
 * Return: 0; -EINVAL: there is no such heap; -ENOENT: nor ever was one in this VM.
 */
int pp_tiler_heap_destroy(struct pp_vm *vm, u32 id)
{
	struct pp_heap_pool *pool = pool_get(vm);
	struct heap *heap;

	if (!pool)
		return -ENOENT;
	mutex_lock(&pool->lock);
	heap = xa_erase(&pool->heaps, id);
	mutex_unlock(&pool->lock);
	if (heap)
		heap_free(heap);
	pool_put(pool);
	return heap ? 0 : -EINVAL;
}

/**
 * pp_tiler_heap_pool_destroy() - the handle of a VM is gone
 * @vm: the VM
 *
 * Its heaps hold references to it, so they have to go with the handle.
 *
 * Context: May sleep, also until a session is over.
 */
void pp_tiler_heap_pool_destroy(struct pp_vm *vm)
{
	struct pp_heap_pool **place, *pool;
	struct mutex *lock;
	struct heap *heap;
	unsigned long id;

	place = pp_vm_heaps(vm, &lock);
	mutex_lock(lock);
	pool = *place;
	*place = NULL;
	mutex_unlock(lock);
	if (!pool)
		return;

	mutex_lock(&pool->lock);
	pool->dead = true;
	xa_for_each(&pool->heaps, id, heap)
		heap_free(xa_erase(&pool->heaps, id));
	pp_kbo_destroy(pool->contexts);
	pool->contexts = NULL;
	mutex_unlock(&pool->lock);
	pool_put(pool);
}

static struct heap *pool_find(struct pp_heap_pool *pool, u64 ctx_va)
{
	u64 offset;

	lockdep_assert_held(&pool->lock);
	if (pool->dead || ctx_va < pp_kbo_va(pool->contexts))
		return NULL;
	offset = ctx_va - pp_kbo_va(pool->contexts);
	if (offset >= pool->contexts->bo->base.size)
		return NULL;
	return xa_load(&pool->heaps, offset / context_stride(pool->pp));
}

/**
 * pp_tiler_heap_grow() - firmware ran out of a heap
 * @vm: VM of the group
 * @ctx_va: GPU address of the heap's context, as firmware tells it
 * @in_flight: render passes that have begun and not ended
 * @pending_frags: of them, those whose fragment job has begun
 * @chunk: out: what to tell firmware
 *
 * Context: May sleep and allocates; may wait for the end of a session.
 * Return: 0; -ENOMEM: tell firmware 0, it waits or calls user space's handler;
 * -EINVAL: there is no such heap.
 */
int pp_tiler_heap_grow(struct pp_vm *vm, u64 ctx_va, u32 in_flight, u32 pending_frags, u64 *chunk)
{
	struct pp_heap_pool *pool = pool_get(vm);
	struct heap *heap;
	int ret = -EINVAL;

	if (!pool)
		return -EINVAL;
	mutex_lock(&pool->lock);
	heap = pool_find(pool, ctx_va);
	if (!heap)
		goto out;
	/* Ending a pass frees memory as well, so with enough of them waiting is better. */
	if (in_flight > heap->target_in_flight || heap->count >= heap->max) {
		ret = -ENOMEM;
		goto out;
	}
	ret = heap_add_chunk(pool->pp, vm, heap, false);
	if (!ret)
		*chunk = chunk_link(heap_first_chunk(heap), heap->chunk_size);
out:
	mutex_unlock(&pool->lock);
	pool_put(pool);
	return ret;
}

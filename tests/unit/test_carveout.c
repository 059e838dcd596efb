// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * unit-sources: src/carveout/buffer.c tests/unit/kfake.c
 * unit-threads: also under TSan
 *
 * The carve-out's allocator and its dma-bufs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include <fcntl.h>
#include <linux/module.h>

#include <panthor-protm/heap.h>

#include "carveout/carveout.h"

#define BASE	0x8000000000ull
#define SIZE	(16 * SZ_1M)
#define MAX	64
#define THREADS	4

/* The heap is as good as its pointer here. */
void *pp_heap_priv(const struct pp_heap *heap)
{
	return (void *)heap;
}

static struct dma_buf *take(struct pp_carveout *co, size_t len)
{
	return pp_carveout_heap_ops.allocate((struct pp_heap *)co, len, O_RDWR, 0);
}

static struct pp_carveout *make(u64 base, u64 size, unsigned int order, unsigned long align)
{
	struct pp_carveout *co = pp_carveout_create(base, size, order, align);

	assert_false(IS_ERR(co));
	return co;
}

/* Where a buffer lies, as an importer sees it. */
static u64 address_of(struct dma_buf *buf)
{
	struct device dev = { .max_seg = UINT_MAX };
	struct dma_buf_attachment attach = { .dmabuf = buf, .dev = &dev };
	struct sg_table *sgt = buf->ops->map_dma_buf(&attach, DMA_BIDIRECTIONAL);
	u64 addr;

	assert_false(IS_ERR(sgt));
	assert_int_equal(sgt->nents, 1);
	addr = sgt->sgl->dma_address;
	buf->ops->unmap_dma_buf(&attach, sgt, DMA_BIDIRECTIONAL);
	assert_int_equal(dev.mapped, 0);
	return addr;
}

#define assert_err(ptr, err) assert_int_equal(PTR_ERR(ptr), err)

static void ranges(void **state)
{
	struct pp_carveout *co, *next;

	assert_err(pp_carveout_create(0, SIZE, PAGE_SHIFT, 0), -EINVAL);
	assert_err(pp_carveout_create(BASE, 0, PAGE_SHIFT, 0), -EINVAL);
	assert_err(pp_carveout_create(BASE + 1, PAGE_SIZE, PAGE_SHIFT, 0), -EINVAL);
	assert_err(pp_carveout_create(BASE, SZ_1M, 21, 0), -EINVAL);

	/* Whole blocks of it. */
	co = make(BASE + 1, SIZE, 16, 0);
	assert_int_equal(co->base, BASE + SZ_64K);
	assert_int_equal(co->size, SIZE - SZ_64K);
	assert_err(pp_carveout_create(BASE, SIZE, PAGE_SHIFT, 0), -EBUSY);
	assert_err(pp_carveout_create(co->base + co->size - PAGE_SIZE, SIZE, PAGE_SHIFT, 0), -EBUSY);
	next = make(co->base + co->size, SZ_1M, PAGE_SHIFT, 0);
	pp_carveout_put(next);
	next = make(BASE, SZ_64K, PAGE_SHIFT, 0);
	pp_carveout_put(next);
	pp_carveout_put(co);
	co = make(BASE, SIZE, PAGE_SHIFT, 0);
	pp_carveout_put(co);
}

static void alignment(void **state)
{
	struct pp_carveout *co = make(BASE + SZ_1M, SIZE, PAGE_SHIFT, 0);
	struct dma_buf *small = take(co, PAGE_SIZE), *big = take(co, SZ_2M), *odd = take(co, SZ_2M + PAGE_SIZE);

	assert_int_equal(address_of(small), BASE + SZ_1M);
	assert_true(IS_ALIGNED(address_of(big), SZ_2M));
	assert_true(IS_ALIGNED(address_of(odd), SZ_2M));
	dma_buf_put(odd);
	dma_buf_put(big);
	dma_buf_put(small);
	pp_carveout_put(co);

	co = make(BASE, SIZE, 14, SZ_64K);
	small = take(co, PAGE_SIZE);
	odd = take(co, PAGE_SIZE);
	assert_int_equal(small->size, SZ_16K);
	assert_int_equal(co->used, 2 * SZ_16K);
	assert_int_equal(address_of(odd), BASE + SZ_64K);
	dma_buf_put(odd);
	dma_buf_put(small);
	pp_carveout_put(co);
}

/* Random sizes; nothing overlaps, and the counters are right. */
static void no_overlap(void **state)
{
	struct pp_carveout *co = make(BASE, SIZE, PAGE_SHIFT, 0);
	struct dma_buf *bufs[MAX] = { NULL };
	u64 at[MAX], used = 0, high = 0;
	int i, j, n, full = 0;

	srand(1);
	for (n = 0; n < 20000; n++) {
		i = rand() % MAX;
		if (bufs[i]) {
			used -= bufs[i]->size;
			dma_buf_put(bufs[i]);
			bufs[i] = NULL;
			continue;
		}
		bufs[i] = take(co, PAGE_SIZE << rand() % 10);
		if (IS_ERR(bufs[i])) {
			assert_err(bufs[i], -ENOMEM);
			bufs[i] = NULL;
			full++;
			continue;
		}
		at[i] = address_of(bufs[i]);
		used += bufs[i]->size;
		high = max(high, used);
		assert_in_range(at[i], BASE, BASE + SIZE - bufs[i]->size);
		for (j = 0; j < MAX; j++)
			assert_true(j == i || !bufs[j] || at[i] + bufs[i]->size <= at[j] ||
				    at[j] + bufs[j]->size <= at[i]);
		assert_int_equal(co->used, used);
		assert_int_equal(co->high_water, high);
	}
	assert_true(full > 0);
	for (i = 0; i < MAX; i++)
		if (bufs[i])
			dma_buf_put(bufs[i]);
	assert_int_equal(co->used, 0);
	pp_carveout_put(co);
}

static void exhaustion(void **state)
{
	struct pp_carveout *co = make(BASE, SIZE, PAGE_SHIFT, 0);
	struct dma_buf *all;

	assert_err(take(co, SIZE + PAGE_SIZE), -ENOMEM);
	assert_err(take(co, SIZE_MAX & ~(PAGE_SIZE - 1)), -ENOMEM);
	all = take(co, SIZE);
	assert_false(IS_ERR(all));
	assert_err(take(co, PAGE_SIZE), -ENOMEM);
	dma_buf_put(all);
	assert_int_equal(co->used, 0);
	assert_int_equal(kfake_this_module.refs, 0);
	pp_carveout_put(co);
}

/* The device goes; its buffers hold the range until the last one is back. */
static void device_goes(void **state)
{
	struct pp_carveout *co = make(BASE, SIZE, PAGE_SHIFT, 0);
	struct dma_buf *a = take(co, SZ_1M), *b = take(co, SZ_1M);

	pp_carveout_put(co);
	assert_int_equal(address_of(b), BASE + SZ_1M);
	assert_err(pp_carveout_create(BASE, SIZE, PAGE_SHIFT, 0), -EBUSY);
	dma_buf_put(a);
	assert_err(pp_carveout_create(BASE, SIZE, PAGE_SHIFT, 0), -EBUSY);
	dma_buf_put(b);
	pp_carveout_put(make(BASE, SIZE, PAGE_SHIFT, 0));
}

/* Addresses are the device's own, in pieces that it can have, without pages. */
static void importers(void **state)
{
	static const size_t max[] = { UINT_MAX, SZ_1M, SZ_64K, 100000, 4095, 1 };
	struct pp_carveout *co = make(BASE, SIZE, PAGE_SHIFT, 0);
	struct dma_buf *buf = take(co, 5 * SZ_1M + PAGE_SIZE);
	struct device dev = { .offset = 0x1000000 };
	struct dma_buf_attachment attach = { .dmabuf = buf, .dev = &dev };
	struct scatterlist *sg;
	struct sg_table *sgt;
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(max); i++) {
		u64 next = BASE + dev.offset;

		dev.max_seg = max[i];
		sgt = buf->ops->map_dma_buf(&attach, DMA_BIDIRECTIONAL);
		assert_false(IS_ERR(sgt));
		assert_int_equal(dev.mapped, buf->size);
		for_each_sgtable_dma_sg(sgt, sg, n) {
			assert_int_equal(sg->dma_address, next);
			assert_in_range(sg->dma_length, PAGE_SIZE, max(max[i], (size_t)PAGE_SIZE));
			assert_null(sg->page);
			next += sg->dma_length;
		}
		assert_int_equal(next, BASE + dev.offset + buf->size);
		buf->ops->unmap_dma_buf(&attach, sgt, DMA_BIDIRECTIONAL);
		assert_int_equal(dev.mapped, 0);
	}
	dma_buf_put(buf);
	pp_carveout_put(co);
}

static void refusals(void **state)
{
	static const struct dma_buf_attach_ops moving;
	struct pp_carveout *co = make(BASE, SIZE, PAGE_SHIFT, 0);
	struct dma_buf *buf = take(co, PAGE_SIZE);
	struct device dev = { .max_seg = SZ_64K, .fails = true };
	struct dma_buf_attachment attach = { .dmabuf = buf, .dev = &dev };

	assert_int_equal(buf->ops->attach(buf, &attach), 0);
	attach.importer_ops = &moving;
	assert_int_equal(buf->ops->attach(buf, &attach), -EOPNOTSUPP);
	attach.peer2peer = true;
	assert_int_equal(buf->ops->attach(buf, &attach), 0);
	assert_err(buf->ops->map_dma_buf(&attach, DMA_BIDIRECTIONAL), -ENOMEM);
	assert_int_equal(buf->ops->begin_cpu_access(buf, DMA_BIDIRECTIONAL), -EPERM);
	assert_int_equal(buf->ops->end_cpu_access(buf, DMA_BIDIRECTIONAL), -EPERM);
	assert_int_equal(buf->ops->mmap(buf, NULL), -EPERM);
	dma_buf_put(buf);
	pp_carveout_put(co);
}

/* Every allocation fails once. */
static void no_memory(void **state)
{
	struct device dev = { .max_seg = SZ_64K };
	struct dma_buf_attachment attach = { .dev = &dev };
	struct pp_carveout *co = NULL;
	int i;

	for (i = 1; i <= 3; i++) {
		kfake_fail = i;
		assert_err(pp_carveout_create(BASE, SIZE, PAGE_SHIFT, 0), -ENOMEM);
	}
	co = make(BASE, SIZE, PAGE_SHIFT, 0);
	for (i = 1; i <= 2; i++) {
		kfake_fail = i;
		assert_err(take(co, SZ_1M), -ENOMEM);
		assert_int_equal(co->used, 0);
		assert_int_equal(kfake_this_module.refs, 0);
	}
	attach.dmabuf = take(co, SZ_1M);
	for (i = 1; i <= 2; i++) {
		kfake_fail = i;
		assert_err(attach.dmabuf->ops->map_dma_buf(&attach, DMA_BIDIRECTIONAL), -ENOMEM);
		assert_int_equal(dev.mapped, 0);
	}
	dma_buf_put(attach.dmabuf);
	pp_carveout_put(co);
}

/* --- threads --- */

static atomic_int busy;

static void *thread(void *arg)
{
	unsigned int seed = (uintptr_t)arg;
	struct dma_buf *bufs[8];
	struct pp_carveout *co;
	int i, n;

	for (n = 0; n < 300; n++) {
		co = pp_carveout_create(BASE + rand_r(&seed) % 3 * SZ_1M, 2 * SZ_1M, PAGE_SHIFT, 0);
		if (IS_ERR(co)) {
			assert_err(co, -EBUSY);
			busy++;
			sched_yield();
			continue;
		}
		for (i = 0; i < 8; i++)
			bufs[i] = take(co, PAGE_SIZE << rand_r(&seed) % 8);
		pp_carveout_put(co);
		for (i = 0; i < 8; i++) {
			sched_yield();
			if (!IS_ERR(bufs[i]))
				dma_buf_put(bufs[i]);
		}
	}
	return NULL;
}

static struct pp_carveout *shared;

static void *sharer(void *arg)
{
	unsigned int seed = (uintptr_t)arg;
	int n;

	for (n = 0; n < 3000; n++) {
		struct dma_buf *buf = take(shared, PAGE_SIZE << rand_r(&seed) % 12);

		if (!IS_ERR(buf))
			dma_buf_put(buf);
	}
	return NULL;
}

static void run(void *(*fn)(void *))
{
	pthread_t threads[THREADS];
	uintptr_t i;

	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, fn, (void *)(i + 1)), 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void at_once(void **state)
{
	run(thread);
	assert_true(busy > 0);
	shared = make(BASE, SIZE, PAGE_SHIFT, 0);
	run(sharer);
	assert_int_equal(shared->used, 0);
	assert_in_range(shared->high_water, 1, SIZE);
	pp_carveout_put(shared);
	assert_int_equal(kfake_this_module.refs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges),
		cmocka_unit_test(alignment),
		cmocka_unit_test(no_overlap),
		cmocka_unit_test(exhaustion),
		cmocka_unit_test(device_goes),
		cmocka_unit_test(importers),
		cmocka_unit_test(refusals),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

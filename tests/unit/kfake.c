// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "kfake.h"

atomic_int kfake_messages, kfake_fail;
struct module kfake_this_module;

struct gen_pool *gen_pool_create(int min_order, int node)
{
	struct gen_pool *pool = kzalloc(sizeof(*pool), GFP_KERNEL);

	if (!pool)
		return NULL;
	pthread_mutex_init(&pool->lock, NULL);
	pool->min_alloc_order = min_order;
	return pool;
}

int gen_pool_add(struct gen_pool *pool, unsigned long start, size_t size, int node)
{
	pool->start = start;
	pool->blocks = size >> pool->min_alloc_order;
	pool->taken = kzalloc(pool->blocks, GFP_KERNEL);
	return pool->taken ? 0 : -ENOMEM;
}

static bool is_free(const struct gen_pool *pool, size_t at, size_t blocks)
{
	return at + blocks <= pool->blocks && !memchr(pool->taken + at, 1, blocks);
}

/* Addresses are aligned, not the blocks' numbers. */
unsigned long gen_pool_alloc_algo(struct gen_pool *pool, size_t size, void *algo, void *data)
{
	size_t block = 1ul << pool->min_alloc_order, blocks = DIV_ROUND_UP(size, block), at;
	size_t align = DIV_ROUND_UP((size_t)((struct genpool_data_align *)data)->align, block);
	size_t off = pool->start & (align * block - 1);
	unsigned long found = 0;

	pthread_mutex_lock(&pool->lock);
	for (at = (align - off / block) & (align - 1); at < pool->blocks && !found; at += align) {
		if (!is_free(pool, at, blocks))
			continue;
		memset(pool->taken + at, 1, blocks);
		found = pool->start + at * block;
	}
	pthread_mutex_unlock(&pool->lock);
	return found;
}

void gen_pool_free(struct gen_pool *pool, unsigned long addr, size_t size)
{
	size_t at = (addr - pool->start) >> pool->min_alloc_order;
	size_t blocks = DIV_ROUND_UP(size, 1ul << pool->min_alloc_order), i;

	pthread_mutex_lock(&pool->lock);
	for (i = 0; i < blocks; i++) {
		if (at + i >= pool->blocks || !pool->taken[at + i])
			abort();
		pool->taken[at + i] = 0;
	}
	pthread_mutex_unlock(&pool->lock);
}

void gen_pool_destroy(struct gen_pool *pool)
{
	if (pool->taken && memchr(pool->taken, 1, pool->blocks))
		abort();
	free(pool->taken);
	free(pool);
}

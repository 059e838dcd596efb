/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * As much of the kernel as the heap shim's registry and the carve-out's allocator
 * use, over pthreads: locks that ASan and TSan know, memory that they watch, modules
 * and dma-bufs that count their users. The Makefile makes linux/mutex.h and the like,
 * which include this.
 */
#ifndef UNIT_KFAKE_H
#define UNIT_KFAKE_H

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libc has one, too. */
#define ffs kernel_ffs

#include <linux/align.h>
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/types.h>

typedef u64 dma_addr_t;
typedef u64 phys_addr_t;

/* --- messages --- */

/* How many have been logged. */
extern atomic_int kfake_messages;

/* The text goes nowhere, but is made, so that the sanitizers see its arguments. */
static inline void pr_err(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	atomic_fetch_add(&kfake_messages, 1);
}

#define pr_err_ratelimited pr_err

/* --- memory --- */

#define GFP_KERNEL	0
#define NUMA_NO_NODE	(-1)
#define PAGE_SHIFT	12
#define PAGE_SIZE	4096ul
#define PAGE_ALIGN(x)	ALIGN(x, PAGE_SIZE)

/* The next allocation that fails; 0: none does. */
extern atomic_int kfake_fail;

static inline void *kzalloc(size_t size, int gfp)
{
	if (atomic_load(&kfake_fail) > 0 && atomic_fetch_sub(&kfake_fail, 1) == 1)
		return NULL;
	return calloc(1, size);
}

static inline void kfree(const void *p)
{
	free((void *)p);
}

/* --- strings --- */

#ifndef isascii
#define isascii(c) (((unsigned char)(c)) <= 0x7f)
#endif

static inline void strscpy(char *to, const char *from, size_t size)
{
	snprintf(to, size, "%s", from);
}

/* --- locks: whoever lets go of one often lets others go first, so that gaps are found --- */

static inline void kfake_pause(void)
{
	static __thread unsigned int n;

	if (++n % 3 == 0)
		sched_yield();
}

struct mutex { pthread_mutex_t lock; };
#define DEFINE_MUTEX(name) struct mutex name = { PTHREAD_MUTEX_INITIALIZER }
#define mutex_lock(m) pthread_mutex_lock(&(m)->lock)
#define mutex_unlock(m) (pthread_mutex_unlock(&(m)->lock), kfake_pause())
#define lockdep_assert_held(m) ((void)(m))

typedef struct { pthread_mutex_t lock; } spinlock_t;
#define spin_lock_init(s) pthread_mutex_init(&(s)->lock, NULL)
#define spin_lock(s) pthread_mutex_lock(&(s)->lock)
#define spin_unlock(s) pthread_mutex_unlock(&(s)->lock)

struct completion {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool done;
};

static inline void init_completion(struct completion *c)
{
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->cond, NULL);
	c->done = false;
}

static inline void complete(struct completion *c)
{
	pthread_mutex_lock(&c->lock);
	c->done = true;
	pthread_cond_signal(&c->cond);
	pthread_mutex_unlock(&c->lock);
}

static inline void wait_for_completion(struct completion *c)
{
	pthread_mutex_lock(&c->lock);
	while (!c->done)
		pthread_cond_wait(&c->cond, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), v, __ATOMIC_RELAXED)

/* --- references --- */

struct kref { atomic_int n; };

static inline void kref_init(struct kref *ref)
{
	atomic_init(&ref->n, 1);
}

/* One that nobody holds any more is not taken. */
static inline void kref_get(struct kref *ref)
{
	if (atomic_fetch_add_explicit(&ref->n, 1, memory_order_relaxed) < 1)
		abort();
}

static inline void kref_put(struct kref *ref, void (*release)(struct kref *ref))
{
	int was = atomic_fetch_sub_explicit(&ref->n, 1, memory_order_acq_rel);

	if (was < 1)
		abort();
	if (was == 1)
		release(ref);
}

typedef struct { atomic_int n; } refcount_t;

static inline void refcount_set(refcount_t *ref, int n)
{
	atomic_init(&ref->n, n);
}

static inline bool refcount_inc_not_zero(refcount_t *ref)
{
	int n = atomic_load(&ref->n);

	kfake_pause();
	while (n && !atomic_compare_exchange_weak(&ref->n, &n, n + 1))
		;
	return n;
}

static inline bool refcount_dec_and_test(refcount_t *ref)
{
	return atomic_fetch_sub_explicit(&ref->n, 1, memory_order_acq_rel) == 1;
}

/* --- lists --- */

struct list_head { struct list_head *next, *prev; };
#define LIST_HEAD(name) struct list_head name = { &(name), &(name) }

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline void list_add_tail(struct list_head *entry, struct list_head *list)
{
	entry->prev = list->prev;
	entry->next = list;
	list->prev->next = entry;
	list->prev = entry;
}

static inline void list_add(struct list_head *entry, struct list_head *list)
{
	list_add_tail(entry, list->next);
}

static inline void list_del(struct list_head *entry)
{
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
}

static inline void list_del_init(struct list_head *entry)
{
	list_del(entry);
	INIT_LIST_HEAD(entry);
}

#define list_for_each_entry(pos, head, member)					\
	for (pos = container_of((head)->next, __typeof__(*pos), member);	\
	     &pos->member != (head);						\
	     pos = container_of(pos->member.next, __typeof__(*pos), member))

/* --- modules --- */

struct module {
	atomic_int refs;
	atomic_bool going;
};

extern struct module kfake_this_module;

#define THIS_MODULE (&kfake_this_module)
#define EXPORT_SYMBOL_NS_GPL(sym, ns) extern typeof(sym) sym
#define module_name(m) ((m) == THIS_MODULE ? "this" : "another")

static inline bool try_module_get(struct module *module)
{
	if (module && atomic_load(&module->going))
		return false;
	if (module)
		atomic_fetch_add(&module->refs, 1);
	return true;
}

static inline void module_put(struct module *module)
{
	if (module && atomic_fetch_sub(&module->refs, 1) < 1)
		abort();
}

/* --- seq_file --- */

struct seq_file {
	char text[4096];
	size_t len;
};

#define seq_printf(m, ...) \
	((m)->len += snprintf((m)->text + (m)->len, sizeof((m)->text) - (m)->len, __VA_ARGS__))

/* --- scatterlists: each entry an address and a length --- */

struct scatterlist {
	void *page;
	unsigned int length;
	dma_addr_t dma_address;
	unsigned int dma_length;
};

struct sg_table {
	struct scatterlist *sgl;
	unsigned int nents;
};

#define sg_dma_address(sg) ((sg)->dma_address)
#define sg_dma_len(sg) ((sg)->dma_length)
#define for_each_sgtable_dma_sg(sgt, sg, i) \
	for ((i) = 0, (sg) = (sgt)->sgl; (i) < (sgt)->nents; (i)++, (sg)++)

static inline void sg_set_page(struct scatterlist *sg, void *page, unsigned int len, unsigned int offset)
{
	sg->page = page;
	sg->length = len;
}

static inline int sg_alloc_table(struct sg_table *sgt, unsigned int n, int gfp)
{
	sgt->sgl = kzalloc(n * sizeof(*sgt->sgl), gfp);
	sgt->nents = n;
	return sgt->sgl ? 0 : -ENOMEM;
}

static inline void sg_free_table(struct sg_table *sgt)
{
	kfree(sgt->sgl);
}

/* --- DMA: addresses are bus addresses plus the device's offset, its IOMMU --- */

enum dma_data_direction { DMA_BIDIRECTIONAL };

struct device {
	size_t max_seg;
	u64 offset;
	atomic_llong mapped;
	bool fails;
};

#define DMA_ATTR_SKIP_CPU_SYNC 0
#define dma_get_max_seg_size(dev) ((dev)->max_seg)
#define dma_mapping_error(dev, addr) ((addr) == ~0ull)

static inline dma_addr_t dma_map_resource(struct device *dev, phys_addr_t base, size_t len,
					  enum dma_data_direction dir, unsigned long attrs)
{
	if (dev->fails)
		return ~0ull;
	atomic_fetch_add(&dev->mapped, len);
	return base + dev->offset;
}

static inline void dma_unmap_resource(struct device *dev, dma_addr_t addr, size_t len,
				      enum dma_data_direction dir, unsigned long attrs)
{
	atomic_fetch_sub(&dev->mapped, len);
}

/* --- dma-bufs --- */

struct vm_area_struct;
struct dma_buf;

struct dma_buf_attach_ops { int unused; };

struct dma_buf_attachment {
	struct dma_buf *dmabuf;
	struct device *dev;
	const struct dma_buf_attach_ops *importer_ops;
	bool peer2peer;
};

struct dma_buf_ops {
	int (*attach)(struct dma_buf *buf, struct dma_buf_attachment *attach);
	struct sg_table *(*map_dma_buf)(struct dma_buf_attachment *attach, enum dma_data_direction dir);
	void (*unmap_dma_buf)(struct dma_buf_attachment *attach, struct sg_table *sgt,
			      enum dma_data_direction dir);
	int (*begin_cpu_access)(struct dma_buf *buf, enum dma_data_direction dir);
	int (*end_cpu_access)(struct dma_buf *buf, enum dma_data_direction dir);
	int (*mmap)(struct dma_buf *buf, struct vm_area_struct *vma);
	void (*release)(struct dma_buf *buf);
};

struct dma_buf_export_info {
	const struct dma_buf_ops *ops;
	struct module *owner;
	size_t size;
	int flags;
	void *priv;
};

#define DEFINE_DMA_BUF_EXPORT_INFO(name) struct dma_buf_export_info name = { .owner = THIS_MODULE }

struct dma_buf {
	const struct dma_buf_ops *ops;
	struct module *owner;
	size_t size;
	void *priv;
};

static inline struct dma_buf *dma_buf_export(const struct dma_buf_export_info *info)
{
	struct dma_buf *buf;

	if (!try_module_get(info->owner))
		return ERR_PTR(-ENOENT);
	buf = kzalloc(sizeof(*buf), GFP_KERNEL);
	if (!buf) {
		module_put(info->owner);
		return ERR_PTR(-ENOMEM);
	}
	*buf = (struct dma_buf){ info->ops, info->owner, info->size, info->priv };
	return buf;
}

/* The tests' buffers have one holder. */
static inline void dma_buf_put(struct dma_buf *buf)
{
	buf->ops->release(buf);
	module_put(buf->owner);
	free(buf);
}

/* --- genalloc: first fit over one range, a byte for each block (kfake.c) --- */

struct gen_pool {
	pthread_mutex_t lock;
	int min_alloc_order;
	unsigned long start;
	size_t blocks;
	u8 *taken;
};

struct genpool_data_align { int align; };

#define gen_pool_first_fit_align NULL

struct gen_pool *gen_pool_create(int min_order, int node);
int gen_pool_add(struct gen_pool *pool, unsigned long start, size_t size, int node);
unsigned long gen_pool_alloc_algo(struct gen_pool *pool, size_t size, void *algo, void *data);
void gen_pool_free(struct gen_pool *pool, unsigned long addr, size_t size);
/* Like the kernel's, it is a bug if anything is still taken. */
void gen_pool_destroy(struct gen_pool *pool);

#endif

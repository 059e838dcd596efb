// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The registry of heaps and the API for kernel code.
 */
#define pr_fmt(fmt) "panthor-protm-heap: " fmt

#include <linux/compiler.h>
#include <linux/completion.h>
#include <linux/ctype.h>
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/refcount.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <uapi/linux/dma-heap.h>

#include "backend.h"
#include "compat/compat.h"

/**
 * struct pp_heap - a heap
 */
struct pp_heap {
	/** @ref: finders, open files, the registry */
	struct kref ref;
	/** @link: in the list of heaps while it is registered */
	struct list_head link;
	/** @ops: the provider's; not to be called once @removed is set */
	const struct pp_heap_ops *ops;
	/** @priv: the provider's */
	void *priv;
	/** @owner: the provider's module */
	struct module *owner;
	/** @node: what the backend made of it, NULL if nothing */
	struct pp_heap_node *node;
	/** @calls: of the provider, and one until it unregisters */
	refcount_t calls;
	/** @idle: there are none left */
	struct completion idle;
	/** @release: gives @priv back with the last reference, or NULL */
	void (*release)(void *priv);
	/** @removed: the provider goes; no new calls */
	bool removed;
	/** @name: as registered */
	char name[];
};

static LIST_HEAD(heaps);
static DEFINE_MUTEX(heaps_lock);

/* What is wrong with a heap's name, or NULL. It becomes a device node. */
static const char *name_fault(const char *name)
{
	const char *p;

	if (!name || !*name)
		return "is empty";
	if (strnlen(name, PP_HEAP_NAME_MAX + 1) > PP_HEAP_NAME_MAX)
		return "is too long";
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return "is no file name";
	for (p = name; *p; p++)
		if (!isascii(*p) || !isgraph(*p) || *p == '/')
			return "has a character that no heap's name has";
	return NULL;
}

/* Whole-name match; heaps_lock held. */
static struct pp_heap *lookup(const char *name)
{
	struct pp_heap *heap;

	lockdep_assert_held(&heaps_lock);
	list_for_each_entry(heap, &heaps, link)
		if (!strcmp(heap->name, name))
			return heap;
	return NULL;
}

static void heap_release(struct kref *ref)
{
	struct pp_heap *heap = container_of(ref, struct pp_heap, ref);

	if (heap->release)
		heap->release(heap->priv);
	kfree(heap);
}

/*
 * Calls of a provider are counted, not locked: one that has its memory from another
 * heap would look to lockdep like one that takes its lock twice.
 */
static bool heap_enter(struct pp_heap *heap)
{
	return !READ_ONCE(heap->removed) && refcount_inc_not_zero(&heap->calls);
}

static void heap_leave(struct pp_heap *heap)
{
	if (refcount_dec_and_test(&heap->calls))
		complete(&heap->idle);
}

static struct pp_heap *heap_create(const struct pp_heap_desc *desc)
{
	size_t len = strlen(desc->name) + 1;
	struct pp_heap *heap;

	heap = kzalloc(struct_size(heap, name, len), GFP_KERNEL);
	if (!heap)
		return ERR_PTR(-ENOMEM);

	kref_init(&heap->ref);
	INIT_LIST_HEAD(&heap->link);
	refcount_set(&heap->calls, 1);
	init_completion(&heap->idle);
	heap->ops = desc->ops;
	heap->priv = desc->priv;
	heap->owner = desc->owner;
	strscpy(heap->name, desc->name, len);
	return heap;
}

/**
 * pp_heap_wrap() - make a heap of one that is not registered here
 * @desc: what it is called and how to allocate from it
 * @release: gives @desc->priv back with the last reference; any context
 *
 * Context: May sleep.
 * Return: the heap with one reference, or ERR_PTR(-ENOMEM): @desc->priv is
 * still the caller's then.
 */
struct pp_heap *pp_heap_wrap(const struct pp_heap_desc *desc,
			     void (*release)(void *priv))
{
	struct pp_heap *heap = heap_create(desc);

	if (!IS_ERR(heap))
		heap->release = release;
	return heap;
}

/* Into the list and out to user space; heaps_lock held. */
static int heap_enlist(struct pp_heap *heap)
{
	struct pp_heap_node *node = NULL;

	if (lookup(heap->name))
		return -EEXIST;

	if (pp_heap_backend->publish) {
		node = pp_heap_backend->publish(heap);
		if (IS_ERR(node))
			return PTR_ERR(node);
	}

	heap->node = node;
	list_add_tail(&heap->link, &heaps);
	return 0;
}

/**
 * pp_heap_register() - offer a heap
 * @desc: what is offered; not kept, see struct pp_heap_desc for its parts
 *
 * The heap can be found, and allocated from, before this returns. Where the
 * kernel has no dma-buf heaps, user space gets /dev/dma_heap/NAME. Drivers that
 * deferred their probe until a heap comes are tried again.
 *
 * Context: May sleep. Must not be called from an allocate operation.
 * Return:
 * * the heap, for pp_heap_unregister()
 * * ERR_PTR(-EINVAL) if the description is no good
 * * ERR_PTR(-EEXIST) if there is a heap of that name
 * * ERR_PTR(-ENOSPC) if there are as many device nodes as there can be
 * * ERR_PTR(-ENOMEM)
 */
struct pp_heap *pp_heap_register(const struct pp_heap_desc *desc)
{
	const char *fault = name_fault(desc->name);
	struct pp_heap *heap;
	int ret;

	if (fault) {
		pr_err("the name of a heap %s\n", fault);
		return ERR_PTR(-EINVAL);
	}
	if (!desc->ops || !desc->ops->allocate)
		return ERR_PTR(-EINVAL);

	heap = heap_create(desc);
	if (IS_ERR(heap))
		return heap;

	mutex_lock(&heaps_lock);
	ret = heap_enlist(heap);
	mutex_unlock(&heaps_lock);
	if (ret) {
		pr_err("heap \"%s\" cannot be registered: %pe\n", heap->name,
		       ERR_PTR(ret));
		pp_heap_put(heap);
		return ERR_PTR(ret);
	}

	pp_heap_arrival_announce();
	return heap;
}
PP_EXPORT_SYMBOL_NS_GPL(pp_heap_register, PANTHOR_PROTM_HEAP);

/**
 * pp_heap_unregister() - take a heap back
 * @heap: what pp_heap_register() returned, NULL or an ERR_PTR
 *
 * Waits for allocations in flight; after it, none of the heap's operations is
 * called again. Files that are open and references that were found answer
 * -ENODEV from here on. Buffers stay valid.
 *
 * Context: May sleep. Must not be called from an allocate operation.
 */
void pp_heap_unregister(struct pp_heap *heap)
{
	if (IS_ERR_OR_NULL(heap))
		return;

	mutex_lock(&heaps_lock);
	list_del_init(&heap->link);
	if (heap->node)
		pp_heap_backend->withdraw(heap->node);
	heap->node = NULL;
	mutex_unlock(&heaps_lock);

	WRITE_ONCE(heap->removed, true);
	heap_leave(heap);
	wait_for_completion(&heap->idle);
	pp_heap_put(heap);
}
PP_EXPORT_SYMBOL_NS_GPL(pp_heap_unregister, PANTHOR_PROTM_HEAP);

/**
 * pp_heap_priv() - the provider's pointer
 * @heap: a heap that the caller registered
 *
 * Return: struct pp_heap_desc.priv of its registration.
 */
void *pp_heap_priv(const struct pp_heap *heap)
{
	return heap->priv;
}
PP_EXPORT_SYMBOL_NS_GPL(pp_heap_priv, PANTHOR_PROTM_HEAP);

/**
 * pp_heap_find() - look a heap up
 * @name: its whole name
 *
 * What is registered here comes first; where the kernel has heaps of its own,
 * these are looked at next.
 *
 * Context: May sleep. Any task, kernel threads and work items included.
 * Return:
 * * a reference to the heap, given back by pp_heap_put()
 * * ERR_PTR(-ENODEV) if there is none of that name
 * * ERR_PTR(-EOPNOTSUPP) if there is one, which cannot be reached safely; the log
 *   says why
 * * ERR_PTR(-ENOMEM)
 * * ERR_PTR(-EINVAL) if no heap can have that name; the log says why
 */
struct pp_heap *pp_heap_find(const char *name)
{
	const char *fault = name_fault(name);
	struct pp_heap *heap;

	if (fault) {
		pr_err_ratelimited("the name of a heap %s\n", fault);
		return ERR_PTR(-EINVAL);
	}

	mutex_lock(&heaps_lock);
	heap = lookup(name);
	if (heap)
		kref_get(&heap->ref);
	mutex_unlock(&heaps_lock);

	if (!heap && pp_heap_backend->find)
		return pp_heap_backend->find(name);
	return heap ?: ERR_PTR(-ENODEV);
}
PP_EXPORT_SYMBOL_NS_GPL(pp_heap_find, PANTHOR_PROTM_HEAP);

/**
 * pp_heap_get() - one more reference
 * @heap: a heap to which the caller has a reference
 *
 * Context: Any.
 * Return: @heap.
 */
struct pp_heap *pp_heap_get(struct pp_heap *heap)
{
	kref_get(&heap->ref);
	return heap;
}
PP_EXPORT_SYMBOL_NS_GPL(pp_heap_get, PANTHOR_PROTM_HEAP);

/**
 * pp_heap_put() - give a reference back
 * @heap: the heap, NULL or an ERR_PTR
 *
 * Buffers do not depend on it.
 *
 * Context: Any.
 */
void pp_heap_put(struct pp_heap *heap)
{
	if (!IS_ERR_OR_NULL(heap))
		kref_put(&heap->ref, heap_release);
}
PP_EXPORT_SYMBOL_NS_GPL(pp_heap_put, PANTHOR_PROTM_HEAP);

/**
 * pp_heap_name() - what a heap is called
 * @heap: a heap to which the caller has a reference
 *
 * Context: Any.
 * Return: its name, valid as long as the reference.
 */
const char *pp_heap_name(const struct pp_heap *heap)
{
	return heap->name;
}
PP_EXPORT_SYMBOL_NS_GPL(pp_heap_name, PANTHOR_PROTM_HEAP);

/**
 * pp_heap_alloc() - allocate a buffer
 * @heap: a heap to which the caller has a reference
 * @len: bytes; rounded up to whole pages
 * @fd_flags: O_CLOEXEC and an access mode, as for DMA_HEAP_IOCTL_ALLOC
 * @heap_flags: DMA_HEAP_VALID_HEAP_FLAGS, of which there are none so far
 *
 * Context: May sleep, for as long as the provider does. Hold no lock that the
 * provider, or whoever unregisters it, could want.
 * Return:
 * * the buffer, given back by dma_buf_put()
 * * ERR_PTR(-EINVAL) for a flag that is not known, or a length of 0 or one that
 *   no page count can express
 * * ERR_PTR(-ENODEV) if the provider is gone
 * * ERR_PTR(-ENOMEM) if the heap is exhausted, or what else the provider says
 */
struct dma_buf *pp_heap_alloc(struct pp_heap *heap, size_t len, u32 fd_flags,
			      u64 heap_flags)
{
	struct dma_buf *buf;

	if (fd_flags & ~DMA_HEAP_VALID_FD_FLAGS ||
	    heap_flags & ~DMA_HEAP_VALID_HEAP_FLAGS)
		return ERR_PTR(-EINVAL);
	len = PAGE_ALIGN(len);
	if (!len)
		return ERR_PTR(-EINVAL);

	if (!heap_enter(heap))
		return ERR_PTR(-ENODEV);
	/* A module on its way out exports nothing any more. */
	if (try_module_get(heap->owner)) {
		buf = heap->ops->allocate(heap, len, fd_flags, heap_flags);
		module_put(heap->owner);
	} else {
		buf = ERR_PTR(-ENODEV);
	}
	heap_leave(heap);
	return buf;
}
PP_EXPORT_SYMBOL_NS_GPL(pp_heap_alloc, PANTHOR_PROTM_HEAP);

/**
 * pp_heap_show_all() - list the registered heaps, for debugfs
 * @m: where to
 *
 * Context: May sleep.
 */
void pp_heap_show_all(struct seq_file *m)
{
	struct pp_heap *heap;

	mutex_lock(&heaps_lock);
	list_for_each_entry(heap, &heaps, link)
		seq_printf(m, "%s\t%s\n", heap->name,
			   heap->owner ? module_name(heap->owner) : "-");
	mutex_unlock(&heaps_lock);
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Protected memory: its heap, by name.
 *
 * Heaps hide how a platform locks memory (a carve-out, a call to a TEE), so
 * nothing of that is assumed here.
 */
#include <linux/cleanup.h>
#include <linux/dma-buf.h>
#include <linux/fcntl.h>
#include <linux/mutex.h>
#include <linux/property.h>

#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include <panthor-protm/heap.h>

#include "compat/compat.h"
#include "mem/protmem.h"

PP_IMPORT_NS(PANTHOR_PROTM_HEAP);

/**
 * struct pp_protmem - where protected memory comes from
 * @name: name of the heap, or NULL
 * @lock: guards @heap; allocations run outside of it, on a reference of their own
 * @heap: reference to the heap, NULL as long as nobody has found it
 */
struct pp_protmem {
	const char *name;
	struct mutex lock;
	struct pp_heap *heap;
};

static void protmem_release(struct drm_device *drm, void *data)
{
	struct pp_protmem *pm = data;

	if (pm->heap)
		pp_heap_put(pm->heap);
	mutex_destroy(&pm->lock);
}

/**
 * pp_protmem_init() - learn the heap's name
 * @pp: the device
 *
 * The heap itself is looked for by pp_protmem_find(), so that one which comes
 * later than the GPU is found too.
 *
 * Context: May sleep and allocates. Undone when the DRM device is released.
 * Return: 0 or -ENOMEM.
 */
int pp_protmem_init(struct pp_device *pp)
{
	struct pp_protmem *pm;
	const char *name = pp_param_protected_heap_name;

	pm = drmm_kzalloc(&pp->drm, sizeof(*pm), GFP_KERNEL);
	if (!pm)
		return -ENOMEM;
	mutex_init(&pm->lock);

	if (!name || !*name) {
		name = NULL;
		device_property_read_string(pp->drm.dev, "protected-heap-name", &name);
	}
	if (name && *name) {
		pm->name = drmm_kstrdup(&pp->drm, name, GFP_KERNEL);
		if (!pm->name)
			return -ENOMEM;
	}
	pp->protmem = pm;
	return drmm_add_action_or_reset(&pp->drm, protmem_release, pm);
}

/**
 * pp_protmem_name() - name of the configured heap
 * @pp: the device
 *
 * Context: Any.
 * Return: the name, or NULL if none is configured.
 */
const char *pp_protmem_name(struct pp_device *pp)
{
	return pp->protmem->name;
}

/* A reference to the heap. */
static struct pp_heap *protmem_get(struct pp_protmem *pm)
{
	struct pp_heap *heap;

	if (!pm->name)
		return ERR_PTR(-ENODEV);
	guard(mutex)(&pm->lock);
	if (!pm->heap) {
		heap = pp_heap_find(pm->name);
		if (IS_ERR(heap))
			return heap == ERR_PTR(-ENOMEM) ? heap : ERR_PTR(-ENODEV);
		pm->heap = heap;
	}
	return pp_heap_get(pm->heap);
}

/* Its provider is gone; the next one of that name is another heap. */
static void protmem_forget(struct pp_protmem *pm, struct pp_heap *heap)
{
	guard(mutex)(&pm->lock);
	if (pm->heap == heap) {
		pp_heap_put(heap);
		pm->heap = NULL;
	}
}

/**
 * pp_protmem_find() - look for the heap, unless that has been done
 * @pp: the device
 *
 * Context: May sleep.
 * Return: 0; -ENODEV: no name is configured, or there is no such heap; -ENOMEM.
 */
int pp_protmem_find(struct pp_device *pp)
{
	struct pp_heap *heap = protmem_get(pp->protmem);

	if (IS_ERR(heap))
		return PTR_ERR(heap);
	pp_heap_put(heap);
	return 0;
}

/**
 * pp_protmem_alloc() - allocate protected memory
 * @pp: the device
 * @size: bytes
 *
 * Context: May sleep and allocates.
 * Return: a buffer, whose reference the caller puts as soon as the import took
 * its own; or ERR_PTR(): -ENODEV without a heap, else the heap's error.
 */
struct dma_buf *pp_protmem_alloc(struct pp_device *pp, size_t size)
{
	struct pp_protmem *pm = pp->protmem;
	struct dma_buf *buf;
	struct pp_heap *heap;
	int tries = 2;

	do {
		heap = protmem_get(pm);
		if (IS_ERR(heap))
			return ERR_CAST(heap);
		buf = pp_heap_alloc(heap, size, O_RDWR | O_CLOEXEC, 0);
		if (buf == ERR_PTR(-ENODEV))
			protmem_forget(pm, heap);
		pp_heap_put(heap);
	} while (buf == ERR_PTR(-ENODEV) && --tries);

	return buf;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A heap of the kernel's own, "kheap", in a module that can be unloaded: what a
 * vendor's provider is. Its memory comes from the heap "protected" of the shim,
 * so that the virtual GPU takes it for protected. The kernel has no way to take
 * a heap back; whoever opens the device after the module is gone, dies.
 *
 * dma_heap_add() is exported since 7.0 only, so its address is asked of a kprobe.
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/dma-heap.h>
#include <linux/err.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#include <panthor-protm/heap.h>

#include "compat/compat.h"

/* Milliseconds that unloading takes. */
static unsigned int linger;
module_param(linger, uint, 0600);

/* Beside it a device "ghost" of the class, of which no heap knows. */
static bool ghost;
module_param(ghost, bool, 0);
static struct device *ghost_dev;

static struct pp_heap *source;

static struct dma_buf *kheap_allocate(struct dma_heap *heap, unsigned long len,
				      u32 fd_flags, u64 heap_flags)
{
	return pp_heap_alloc(source, len, fd_flags, heap_flags);
}

static const struct dma_heap_ops kheap_ops = { .allocate = kheap_allocate };

static int make_ghost(void)
{
	struct kset *devices = platform_bus.kobj.kset;
	const struct class *class = NULL;
	struct kobject *kobj;
	dev_t devt;

	spin_lock(&devices->list_lock);
	list_for_each_entry(kobj, &devices->list, entry) {
		const struct device *dev = kobj_to_dev(kobj);

		if (get_ktype(kobj) == get_ktype(&platform_bus.kobj) &&
		    !strcmp(dev_name(dev), "kheap")) {
			class = dev->class;
			devt = MKDEV(MAJOR(dev->devt), 127);
		}
	}
	spin_unlock(&devices->list_lock);
	if (!class)
		return -ENODEV;
	ghost_dev = device_create(class, NULL, devt, NULL, "ghost");
	return PTR_ERR_OR_ZERO(ghost_dev);
}

static int __init kheap_init(void)
{
	static const struct dma_heap_export_info info = {
		.name = "kheap",
		.ops = &kheap_ops,
	};
	struct kprobe probe = { .symbol_name = "dma_heap_add" };
	typeof(&dma_heap_add) add;
	struct dma_heap *heap;
	int ret;

	source = pp_heap_find("protected");
	if (IS_ERR(source))
		return PTR_ERR(source);
	ret = register_kprobe(&probe);
	if (ret) {
		pp_heap_put(source);
		return ret;
	}
	add = (void *)probe.addr;
	unregister_kprobe(&probe);

	heap = add(&info);
	ret = PTR_ERR_OR_ZERO(heap);
	if (ret)
		pp_heap_put(source);
	else if (ghost && make_ghost())
		pr_warn("kheap: no ghost\n");
	return ret;
}

static void __exit kheap_exit(void)
{
	msleep(linger);
	if (!IS_ERR_OR_NULL(ghost_dev))
		device_unregister(ghost_dev);
	pp_heap_put(source);
}

module_init(kheap_init);
module_exit(kheap_exit);

MODULE_DESCRIPTION("A heap of the kernel's in a module, for tests");
MODULE_AUTHOR("The panthor-protm authors");
MODULE_LICENSE("Dual MIT/GPL");
PP_IMPORT_NS(PANTHOR_PROTM_HEAP);

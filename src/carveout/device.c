// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * panthor-protm-carveout: the device whose region becomes a heap. It is a memory
 * resource, or comes as platform data.
 */
#define pr_fmt(fmt) "panthor-protm-carveout: " fmt

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <panthor-protm/heap.h>
#include <panthor-protm/version.h>

#include "carveout/carveout.h"
#include "compat/compat.h"

static char *name = "protected";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "Name of a heap that has none in a device tree node (default: protected)");

static unsigned int min_order = PAGE_SHIFT;
module_param(min_order, uint, 0444);
MODULE_PARM_DESC(min_order, "Buffers are multiples of 1 << min_order bytes (default: a page)");

static unsigned long align;
module_param(align, ulong, 0444);
MODULE_PARM_DESC(align, "Least alignment of a buffer in bytes, a power of two up to 1 GiB (default: 2 MiB for buffers that large, else a page)");

/* Larger than any board's carve-out. */
#define MAX_ORDER_BITS 34
/* What the allocator's int holds. */
#define MAX_ALIGN SZ_1G

/**
 * struct carveout_dev - a bound device
 */
struct carveout_dev {
	/** @co: its range */
	struct pp_carveout *co;
	/** @heap: what it is known as */
	struct pp_heap *heap;
	/** @debugfs: its folder */
	struct dentry *debugfs;
};

static struct dentry *debugfs_root;

static void carveout_debugfs(struct carveout_dev *cd)
{
	struct dentry *dir;

	dir = debugfs_create_dir(pp_heap_name(cd->heap), debugfs_root);
	debugfs_create_u64("size", 0400, dir, &cd->co->size);
	debugfs_create_u64("used", 0400, dir, &cd->co->used);
	debugfs_create_u64("high_water", 0400, dir, &cd->co->high_water);
	cd->debugfs = dir;
}

/* The device's region, which is nobody else's from then on. */
static int carveout_region(struct platform_device *pdev, struct resource *region)
{
	const struct pp_carveout_range *range = dev_get_platdata(&pdev->dev);
	struct device *dev = &pdev->dev;
	struct resource *res;

	res = platform_get_resource(pdev, IORESOURCE_MEM, 0);
	if (res)
		*region = DEFINE_RES_MEM(res->start, resource_size(res));
	else if (range)
		*region = DEFINE_RES_MEM(range->base, range->size);
	else
		return dev_err_probe(dev, -ENODEV, "no memory resource\n");

	/* It would be a fault at the kernel's next step, if the region is locked. */
	if (region_intersects(region->start, resource_size(region), IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) != REGION_DISJOINT)
		return dev_err_probe(dev, -EBUSY, "%pR is the kernel's memory, not set aside as no-map\n",
				     region);
	if (!devm_request_mem_region(dev, region->start, resource_size(region), dev_name(dev)))
		return dev_err_probe(dev, -EBUSY, "%pR is in use\n", region);
	return 0;
}

static int carveout_probe(struct platform_device *pdev)
{
	struct pp_heap_desc desc = {
		.name = name,
		.ops = &pp_carveout_heap_ops,
		.owner = THIS_MODULE,
	};
	struct device *dev = &pdev->dev;
	struct carveout_dev *cd;
	struct resource res;
	int ret;

	ret = carveout_region(pdev, &res);
	if (ret)
		return ret;

	cd = devm_kzalloc(dev, sizeof(*cd), GFP_KERNEL);
	if (!cd)
		return -ENOMEM;
	cd->co = pp_carveout_create(res.start, resource_size(&res), min_order,
				    align);
	if (IS_ERR(cd->co))
		return dev_err_probe(dev, PTR_ERR(cd->co), "%pR %s\n", &res,
				     PTR_ERR(cd->co) == -EBUSY ?
				     "has buffers out since an earlier binding" :
				     "cannot be managed");

	device_property_read_string(dev, "protected-heap-name", &desc.name);
	desc.priv = cd->co;
	cd->heap = pp_heap_register(&desc);
	if (IS_ERR(cd->heap)) {
		pp_carveout_put(cd->co);
		return dev_err_probe(dev, PTR_ERR(cd->heap),
				     "no heap \"%s\"\n", desc.name);
	}

	carveout_debugfs(cd);
	platform_set_drvdata(pdev, cd);
	dev_info(dev, "protected heap \"%s\": %llu KiB, never mapped for the CPU\n",
		 desc.name, cd->co->size / SZ_1K);
	return 0;
}

static void carveout_remove(struct platform_device *pdev)
{
	struct carveout_dev *cd = platform_get_drvdata(pdev);

	debugfs_remove(cd->debugfs);
	pp_heap_unregister(cd->heap);
	pp_carveout_put(cd->co);
}

static struct platform_driver carveout_driver = {
	.probe = carveout_probe,
	.remove = carveout_remove,
	.driver = {
		.name = PP_CARVEOUT_DEVICE,
		/* A region that the parameters name is there, or loading fails. */
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
	},
};

static int __init carveout_init(void)
{
	int ret;

	if (min_order < PAGE_SHIFT || min_order > MAX_ORDER_BITS ||
	    (align && (!is_power_of_2(align) || align > MAX_ALIGN))) {
		pr_err("min_order must be %u to %u, align a power of two up to 1 GiB\n",
		       PAGE_SHIFT, MAX_ORDER_BITS);
		return -EINVAL;
	}

	debugfs_root = debugfs_create_dir("panthor-protm-carveout", NULL);
	ret = platform_driver_register(&carveout_driver);
	if (ret)
		goto err_debugfs;
	ret = pp_carveout_add_sources();
	if (ret)
		goto err_driver;
	return 0;

err_driver:
	platform_driver_unregister(&carveout_driver);
err_debugfs:
	debugfs_remove(debugfs_root);
	return ret;
}

static void __exit carveout_exit(void)
{
	pp_carveout_remove_sources();
	platform_driver_unregister(&carveout_driver);
	debugfs_remove(debugfs_root);
}

module_init(carveout_init);
module_exit(carveout_exit);

MODULE_DESCRIPTION("dma-buf heap over memory that only protected mode can reach");
MODULE_AUTHOR("The panthor-protm authors");
MODULE_LICENSE("Dual MIT/GPL");
MODULE_VERSION(PANTHOR_PROTM_VERSION);
MODULE_ALIAS("platform:" PP_CARVEOUT_DEVICE);
PP_IMPORT_NS(DMA_BUF);
PP_IMPORT_NS(PANTHOR_PROTM_HEAP);

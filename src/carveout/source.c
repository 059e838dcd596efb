// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Carve-outs that nobody makes a device of: reserved-memory nodes, for which Linux
 * makes none unless it knows their compatible string, and the module's parameters,
 * for boards whose device tree cannot be changed.
 */
#define pr_fmt(fmt) "panthor-protm-carveout: " fmt

#include <linux/err.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "carveout/carveout.h"

static unsigned long long base;
module_param(base, ullong, 0444);
MODULE_PARM_DESC(base, "First byte of a region that no device tree node describes, with size");

static unsigned long long size;
module_param(size, ullong, 0444);
MODULE_PARM_DESC(size, "Bytes of that region");

/* A child of /reserved-memory. */
#define NODE_COMPATIBLE "panthor-protm,carveout"

/**
 * struct source - a device that was made here
 */
struct source {
	/** @node: in @sources */
	struct list_head node;
	/** @pdev: the device */
	struct platform_device *pdev;
};

/* Used by the module's init and exit alone: no lock. */
static LIST_HEAD(sources);

/*
 * The range goes as platform data: a resource would be put into the tree above the
 * entry that the region has there, which would be lost with the device.
 */
static struct platform_device *source_add(phys_addr_t start, u64 len,
					  struct device_node *np)
{
	struct pp_carveout_range range = { .base = start, .size = len };
	struct platform_device_info info = {
		.fwnode = of_fwnode_handle(np),
		.of_node_reused = true,
		.name = PP_CARVEOUT_DEVICE,
		.id = PLATFORM_DEVID_AUTO,
		.data = &range,
		.size_data = sizeof(range),
	};
	struct source *source;

	source = kzalloc(sizeof(*source), GFP_KERNEL);
	if (!source)
		return ERR_PTR(-ENOMEM);
	source->pdev = platform_device_register_full(&info);
	if (IS_ERR(source->pdev)) {
		struct platform_device *err = source->pdev;

		kfree(source);
		return err;
	}
	list_add(&source->node, &sources);
	return source->pdev;
}

/* A node that is no good costs its own heap only. */
static void add_nodes(void)
{
	struct device_node *np;
	struct resource res;

	for_each_compatible_node(np, NULL, NODE_COMPATIBLE) {
		struct platform_device *pdev;
		int ret;

		if (!of_device_is_available(np))
			continue;
		ret = of_address_to_resource(np, 0, &res);
		if (!ret) {
			pdev = source_add(res.start, resource_size(&res), np);
			ret = PTR_ERR_OR_ZERO(pdev);
		}
		if (ret)
			pr_err("no region of %pOF: %pe\n", np, ERR_PTR(ret));
	}
}

static int add_parameters(void)
{
	struct platform_device *pdev;

	if (!base && !size)
		return 0;
	if (!base || !size || !PAGE_ALIGNED(base) || !PAGE_ALIGNED(size) ||
	    base + size < base || base + size - 1 > PHYS_ADDR_MAX) {
		pr_err("base and size go together, in whole pages\n");
		return -EINVAL;
	}
	pdev = source_add(base, size, NULL);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	/* Whoever names a region wants to know; the probe has said why. */
	return device_is_bound(&pdev->dev) ? 0 : -ENODEV;
}

/**
 * pp_carveout_add_sources() - make devices for the regions that have none
 *
 * The driver is registered and probes them before this returns.
 *
 * Context: The module's init.
 * Return:
 * * 0; a device tree node that is no good is logged, and is no error
 * * -EINVAL if the parameters make no range
 * * -ENODEV if they name a range that cannot be had
 * * -ENOMEM
 */
int pp_carveout_add_sources(void)
{
	int ret;

	add_nodes();
	ret = add_parameters();
	if (ret)
		pp_carveout_remove_sources();
	return ret;
}

/**
 * pp_carveout_remove_sources() - take these devices away
 *
 * Context: The module's init and exit.
 */
void pp_carveout_remove_sources(void)
{
	struct source *source, *next;

	list_for_each_entry_safe(source, next, &sources, node) {
		platform_device_unregister(source->pdev);
		list_del(&source->node);
		kfree(source);
	}
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The module: parameters and the platform driver. */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_platform.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/pm_runtime.h>

#include "compat/compat.h"
#include "core/device.h"
#include "core/driver.h"
#include "mmu/mmu.h"
#include "sched/sched.h"
#include "uapi/ioctl.h"

char *pp_param_protected_heap_name;
module_param_named(protected_heap_name, pp_param_protected_heap_name, charp, 0444);
MODULE_PARM_DESC(protected_heap_name,
		 "Name of the dma-heap that protected memory comes from (default: the device tree's protected-heap-name, else none)");

bool pp_param_protected_heap_wait;
module_param_named(protected_heap_wait, pp_param_protected_heap_wait, bool, 0444);
MODULE_PARM_DESC(protected_heap_wait,
		 "Wait up to 30 s for that heap when the GPU is probed, instead of attaching it at first use (default: no)");

unsigned int pp_param_protm_slice_ms = 10;
module_param_named(protm_slice_ms, pp_param_protm_slice_ms, uint, 0644);
MODULE_PARM_DESC(protm_slice_ms,
		 "How long a protected session may run while a group of equal priority waits, in ms (default: 10)");

unsigned int pp_param_protm_grace_us = 2000;
module_param_named(protm_grace_us, pp_param_protm_grace_us, uint, 0644);
MODULE_PARM_DESC(protm_grace_us,
		 "How long a mapping operation lets a protected session end by itself, in us (default: 2000)");

unsigned int pp_param_protm_progress_ms = 25000;
module_param_named(protm_progress_ms, pp_param_protm_progress_ms, uint, 0644);
MODULE_PARM_DESC(protm_progress_ms,
		 "How long a protected session may last at all, in ms (default: 25000)");

bool pp_param_series_uapi;
module_param_named(series_uapi, pp_param_series_uapi, bool, 0444);
MODULE_PARM_DESC(series_uapi,
		 "Offer protected mode as the public patch series did, as query 5 of version 1.10, for programs that were written for it (default: no)");

static const struct pp_soc_data pp_soc_mt8196 = {
	.asn_hash_enable = true,
	.asn_hash = { 0xb, 0xe, 0x0 },
};

bool pp_param_transparent_hugepage = true;
module_param_named(transparent_hugepage, pp_param_transparent_hugepage, bool, 0400);
MODULE_PARM_DESC(transparent_hugepage,
		 "Give buffers huge pages, where the kernel has them for drivers (default: yes)");

static const struct of_device_id pp_of_match[] = {
	{ .compatible = "rockchip,rk3588-mali" },
	{ .compatible = "mediatek,mt8196-mali", .data = &pp_soc_mt8196 },
	{ .compatible = "arm,mali-valhall-csf" },
	{}
};
MODULE_DEVICE_TABLE(of, pp_of_match);

static const struct dev_pm_ops pp_pm_ops = {
	RUNTIME_PM_OPS(pp_device_suspend, pp_device_resume, NULL)
	SYSTEM_SLEEP_PM_OPS(pm_runtime_force_suspend, pp_device_wake)
};

/*
 * Not called "panthor": the stock driver has that name, and two platform drivers
 * of one name cannot both be registered.
 */
static struct platform_driver pp_platform_driver = {
	.probe = pp_platform_probe,
	.remove = pp_platform_remove,
	.shutdown = pp_platform_remove,
	.driver = {
		.name = "panthor-protm",
		.of_match_table = pp_of_match,
		.dev_groups = pp_device_groups,
		.pm = pm_ptr(&pp_pm_ops),
	},
};

/*
 * A GPU goes to whichever driver finds it first, and both drivers may be loaded.
 * Somebody who loads this one and gets the other should not have to guess; the
 * lock is the one that registering the driver has just taken as well.
 */
static void __init pp_report_other_drivers(void)
{
	struct device_node *node;

	for_each_matching_node(node, pp_of_match) {
		struct platform_device *pdev = of_find_device_by_node(node);

		if (!pdev)
			continue;
		device_lock(&pdev->dev);
		if (pdev->dev.driver && pdev->dev.driver != &pp_platform_driver.driver)
			pr_notice("panthor-protm: GPU %s stays with driver \"%s\" until it is unbound from it\n",
				  dev_name(&pdev->dev), pdev->dev.driver->name);
		device_unlock(&pdev->dev);
		platform_device_put(pdev);
	}
}

static int __init pp_module_init(void)
{
	int ret = pp_mmu_module_init();

	/* A parameter that cannot change: before any device is there to ask for it. */
	if (pp_param_series_uapi)
		pp_drm_driver.minor = DRM_PANTHOR_SERIES_VERSION_MINOR;
	if (ret)
		return ret;
	ret = pp_sched_module_init();
	if (ret)
		goto err_mmu;
	ret = platform_driver_register(&pp_platform_driver);
	if (ret)
		goto err_sched;
	pp_report_other_drivers();
	return 0;

err_sched:
	pp_sched_module_exit();
err_mmu:
	pp_mmu_module_exit();
	return ret;
}
module_init(pp_module_init);

static void __exit pp_module_exit(void)
{
	platform_driver_unregister(&pp_platform_driver);
	pp_platform_exit();
	pp_sched_module_exit();
	pp_mmu_module_exit();
}
module_exit(pp_module_exit);

MODULE_AUTHOR("panthor-protm developers");
MODULE_DESCRIPTION("DRM driver for Arm Mali CSF GPUs with protected mode");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("Dual MIT/GPL");
MODULE_FIRMWARE("arm/mali/arch10.8/mali_csffw.bin");
MODULE_FIRMWARE("arm/mali/arch10.10/mali_csffw.bin");
MODULE_FIRMWARE("arm/mali/arch10.12/mali_csffw.bin");
MODULE_FIRMWARE("arm/mali/arch11.8/mali_csffw.bin");
MODULE_FIRMWARE("arm/mali/arch12.8/mali_csffw.bin");
MODULE_FIRMWARE("arm/mali/arch13.8/mali_csffw.bin");
MODULE_FIRMWARE("arm/mali/arch14.8/mali_csffw.bin");

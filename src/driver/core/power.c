// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Power domains and clocks. The clocks' rates are devfreq's business (core/devfreq.c). */
#include <linux/clk.h>
#include <linux/pm_domain.h>

#include <drm/drm_print.h>

#include "core/device.h"

/**
 * pp_device_domains_init() - attach the device to all of its power domains
 * @pp: device
 *
 * The bus attaches a device that has one domain, and leaves those with several to
 * their drivers. From here on they all follow the device's runtime PM state.
 *
 * Context: May sleep.
 * Return: 0, -EPROBE_DEFER while a domain's provider is missing, or another error.
 */
int pp_device_domains_init(struct pp_device *pp)
{
	struct dev_pm_domain_list *domains;
	struct device *dev = pp->drm.dev;
	int ret;

	if (dev->pm_domain)
		return 0;

	ret = devm_pm_domain_attach_list(dev, NULL, &domains);
	return ret < 0 ? dev_err_probe(dev, ret, "power domains\n") : 0;
}

/**
 * pp_device_clk_init() - look the clocks up
 * @pp: device
 *
 * The first one is the core clock, whatever the device tree calls it; "stacks"
 * and "coregroup" exist on some SoCs only.
 *
 * Context: May sleep.
 * Return: 0, -EPROBE_DEFER, or another error of clk_get().
 */
int pp_device_clk_init(struct pp_device *pp)
{
	struct device *dev = pp->drm.dev;

	pp->clks.core = devm_clk_get(dev, NULL);
	if (IS_ERR(pp->clks.core))
		return dev_err_probe(dev, PTR_ERR(pp->clks.core), "core clock\n");

	pp->clks.stacks = devm_clk_get_optional(dev, "stacks");
	if (IS_ERR(pp->clks.stacks))
		return dev_err_probe(dev, PTR_ERR(pp->clks.stacks), "stacks clock\n");

	pp->clks.coregroup = devm_clk_get_optional(dev, "coregroup");
	if (IS_ERR(pp->clks.coregroup))
		return dev_err_probe(dev, PTR_ERR(pp->clks.coregroup), "coregroup clock\n");

	return 0;
}

/**
 * pp_device_clk_enable() - start all clocks
 * @pp: device
 *
 * Context: May sleep.
 * Return: 0, or an error: then none runs.
 */
int pp_device_clk_enable(struct pp_device *pp)
{
	int ret;

	ret = clk_prepare_enable(pp->clks.core);
	if (ret)
		return ret;

	ret = clk_prepare_enable(pp->clks.stacks);
	if (ret)
		goto err_core;

	ret = clk_prepare_enable(pp->clks.coregroup);
	if (ret)
		goto err_stacks;

	return 0;

err_stacks:
	clk_disable_unprepare(pp->clks.stacks);
err_core:
	clk_disable_unprepare(pp->clks.core);
	return ret;
}

/**
 * pp_device_clk_disable() - stop all clocks
 * @pp: device whose registers nobody touches
 *
 * Context: May sleep.
 */
void pp_device_clk_disable(struct pp_device *pp)
{
	clk_disable_unprepare(pp->clks.coregroup);
	clk_disable_unprepare(pp->clks.stacks);
	clk_disable_unprepare(pp->clks.core);
}

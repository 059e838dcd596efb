// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Clocks. Their rates are devfreq's business (core/devfreq.c). */
#include <linux/clk.h>

#include <drm/drm_print.h>

#include "core/device.h"

/**
 * pp_device_clk_init() - look the clocks up
 * @pp: device
 *
 * "core" is required; "stacks" and "coregroup" exist on some SoCs only.
 *
 * Context: May sleep.
 * Return: 0, -EPROBE_DEFER, or another error of clk_get().
 */
int pp_device_clk_init(struct pp_device *pp)
{
	struct device *dev = pp->drm.dev;

	pp->clks.core = devm_clk_get(dev, "core");
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

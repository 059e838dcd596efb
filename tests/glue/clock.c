// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A clock whose rate can be set, for the device tree variant "opps": node
 * /pp-clock becomes "panthor-protm,test-clock". It drives nothing.
 */
#include <linux/clk-provider.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/of.h>

#include "soc.h"

#define CLOCK_COMPATIBLE "panthor-protm,test-clock"
#define CLOCK_MIN_HZ 100000000ul
#define CLOCK_MAX_HZ 1000000000ul

static unsigned long clock_hz = CLOCK_MAX_HZ;
static struct clk_hw clock_hw;
static struct device_node *clock_node;

static unsigned long clock_recalc_rate(struct clk_hw *hw, unsigned long parent_rate)
{
	return clock_hz;
}

static int clock_determine_rate(struct clk_hw *hw, struct clk_rate_request *req)
{
	req->rate = clamp(req->rate, CLOCK_MIN_HZ, CLOCK_MAX_HZ);
	return 0;
}

static int clock_set_rate(struct clk_hw *hw, unsigned long rate, unsigned long parent_rate)
{
	clock_hz = rate;
	return 0;
}

static const struct clk_ops clock_ops = {
	.recalc_rate = clock_recalc_rate,
	.determine_rate = clock_determine_rate,
	.set_rate = clock_set_rate,
};

/**
 * clock_add() - make the clock if the device tree has a node for it
 * @dev: who owns it
 *
 * Return: 0 or a negative error.
 */
int clock_add(struct device *dev)
{
	static const struct clk_init_data init = { .name = "pp-clock", .ops = &clock_ops };
	int ret;

	clock_node = of_find_compatible_node(NULL, NULL, CLOCK_COMPATIBLE);
	if (!clock_node)
		return 0;
	clock_hw.init = &init;
	ret = clk_hw_register(dev, &clock_hw);
	if (ret)
		goto err_node;
	ret = of_clk_add_hw_provider(clock_node, of_clk_hw_simple_get, &clock_hw);
	if (ret)
		goto err_clock;
	return 0;

err_clock:
	clk_hw_unregister(&clock_hw);
err_node:
	of_node_put(clock_node);
	clock_node = NULL;
	return ret;
}

/**
 * clock_remove() - the opposite; nobody uses it any more
 */
void clock_remove(void)
{
	if (!clock_node)
		return;
	of_clk_del_provider(clock_node);
	clk_hw_unregister(&clock_hw);
	of_node_put(clock_node);
	clock_node = NULL;
}

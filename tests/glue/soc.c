// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What some SoCs have around their GPU, as the device tree variants of the rig
 * ask for it: fuses (node /pp-fuses, an nvmem device whose eight bytes are the
 * node's property "value") and power domains (node /pp-domains). Of a device
 * tree without these nodes nothing is made.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/nvmem-provider.h>
#include <linux/of.h>
#include <linux/pm_domain.h>

#include "soc.h"

static struct nvmem_device *fuses;
static __le64 fuse_value;

static struct generic_pm_domain domains[] = {
	{ .name = "pp-domain-0" },
	{ .name = "pp-domain-1" },
};

static struct generic_pm_domain *domain_list[] = { &domains[0], &domains[1] };
static struct genpd_onecell_data domain_data = {
	.domains = domain_list,
	.num_domains = ARRAY_SIZE(domain_list),
};

static struct device_node *domain_node;

static int fuse_read(void *priv, unsigned int offset, void *val, size_t bytes)
{
	memcpy(val, (u8 *)&fuse_value + offset, bytes);
	return 0;
}

static int fuses_add(struct device *dev, struct device_node *node)
{
	struct nvmem_config config = {
		.dev = dev,
		.name = "pp-fuses",
		.id = NVMEM_DEVID_NONE,
		.of_node = node,
		.add_legacy_fixed_of_cells = true,
		.read_only = true,
		.word_size = 1,
		.stride = 1,
		.size = sizeof(fuse_value),
		.reg_read = fuse_read,
	};
	u64 value;
	int ret;

	ret = of_property_read_u64(node, "value", &value);
	if (ret)
		return ret;
	fuse_value = cpu_to_le64(value);
	fuses = nvmem_register(&config);
	ret = PTR_ERR_OR_ZERO(fuses);
	if (ret)
		fuses = NULL;
	return ret;
}

static void domains_drop(unsigned int count)
{
	while (count--)
		pm_genpd_remove(&domains[count]);
}

static int domain_on(struct generic_pm_domain *domain)
{
	pr_info("%s: on\n", domain->name);
	return 0;
}

static int domain_off(struct generic_pm_domain *domain)
{
	pr_info("%s: off\n", domain->name);
	return 0;
}

static int domains_add(struct device_node *node)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(domains); i++) {
		domains[i].power_on = domain_on;
		domains[i].power_off = domain_off;
		ret = pm_genpd_init(&domains[i], NULL, true);
		if (ret)
			goto err_drop;
	}

	ret = of_genpd_add_provider_onecell(node, &domain_data);
	if (ret)
		goto err_drop;
	domain_node = of_node_get(node);
	return 0;

err_drop:
	domains_drop(i);
	return ret;
}

/**
 * soc_add() - make what the device tree has nodes for
 * @dev: parent
 *
 * Return: 0 or a negative error.
 */
int soc_add(struct device *dev)
{
	struct device_node *node;
	int ret;

	ret = clock_add(dev);
	if (ret)
		return ret;

	node = of_find_node_by_path("/pp-fuses");
	if (node)
		ret = fuses_add(dev, node);
	of_node_put(node);
	if (ret) {
		clock_remove();
		return ret;
	}

	node = of_find_node_by_path("/pp-domains");
	if (node)
		ret = domains_add(node);
	of_node_put(node);
	if (ret)
		soc_remove();
	return ret;
}

/**
 * soc_remove() - the opposite; nobody uses them any more
 */
void soc_remove(void)
{
	clock_remove();
	if (fuses)
		nvmem_unregister(fuses);
	fuses = NULL;
	if (!domain_node)
		return;
	of_genpd_del_provider(domain_node);
	domains_drop(ARRAY_SIZE(domains));
	of_node_put(domain_node);
	domain_node = NULL;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Names of GPUs. Pure, see hw/product.h. */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/types.h>

#include "hw/product.h"
#include "hw/regs.h"

/*
 * The first line that fits is taken: one design is sold under several names, by
 * the number of its cores and whether they trace rays.
 */
static const struct {
	u8 arch, product;
	u8 min_cores;
	bool ray_tracing;
	const char *name;
} pp_products[] = {
	{ 10, 2, 0, false, "Mali-G710" },
	{ 10, 3, 0, false, "Mali-G510" },
	{ 10, 4, 0, false, "Mali-G310" },
	{ 10, 7, 0, false, "Mali-G610" },
	{ 11, 2, 10, true, "Immortalis-G715" },
	{ 11, 2, 7, false, "Mali-G715" },
	{ 11, 2, 0, false, "Mali-G615" },
	{ 11, 3, 0, false, "Mali-G615" },
	{ 12, 0, 10, true, "Immortalis-G720" },
	{ 12, 0, 6, false, "Mali-G720" },
	{ 12, 0, 0, false, "Mali-G620" },
	{ 12, 1, 0, false, "Mali-G620" },
	{ 13, 0, 10, true, "Immortalis-G925" },
	{ 13, 0, 6, false, "Mali-G725" },
	{ 13, 0, 0, false, "Mali-G625" },
	{ 13, 1, 0, false, "Mali-G625" },
	{ 14, 0, 0, false, "Mali-G1-Ultra" },
	{ 14, 1, 0, false, "Mali-G1-Premium" },
	{ 14, 3, 0, false, "Mali-G1-Pro" },
};

/**
 * pp_hw_product_name() - what a GPU is sold as
 * @gpu_id: GPU_ID
 * @cores: number of shader cores
 * @ray_tracing: GPU_FEATURES says that they can
 *
 * Only for people who read logs. Names: kernel-api.md 3.
 *
 * Context: Any; pure.
 * Return: a constant string, also for products that are not known.
 */
const char *pp_hw_product_name(u32 gpu_id, unsigned int cores, bool ray_tracing)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(pp_products); i++) {
		if (pp_products[i].arch == PP_GPU_ID_ARCH_MAJOR(gpu_id) &&
		    pp_products[i].product == PP_GPU_ID_PROD_MAJOR(gpu_id) &&
		    cores >= pp_products[i].min_cores &&
		    (ray_tracing || !pp_products[i].ray_tracing))
			return pp_products[i].name;
	}
	return "Mali of unknown name";
}

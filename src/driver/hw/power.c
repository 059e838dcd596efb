// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The L2: how it is set up, and its power up to arch 13. Firmware powers shader
 * cores and tiler by itself; the host only has to keep the L2 on while the MCU
 * runs.
 */
#include <linux/iopoll.h>

#include <drm/drm_print.h>

#include "hw/priv.h"

/* Power transitions take microseconds; a register read is not cheaper than a sleep. */
#define PP_POWER_POLL_US	50
#define PP_POWER_TIMEOUT_US	20000
#define PP_RESET_TIMEOUT_MS	100

/* The L2 of core group 0: the only one that the GPUs in question have. */
#define PP_L2_CORE		BIT(0)

/*
 * Since arch 12 the register holds other settings beside the protocol, which keep
 * what the hardware chose. From 14.10 on it is not the driver's. (Arm's own driver
 * knows it as AMBA_ENABLE.)
 */
static void pp_hw_set_coherency(struct pp_device *pp)
{
	u32 id = pp->info.gpu_id, val = pp->info.selected_coherency;

	if (PP_GPU_ID_ARCH_MAJOR(id) >= 14 && PP_GPU_ID_ARCH_MINOR(id) >= 10)
		return;

	if (PP_GPU_ID_ARCH_MAJOR(id) >= 12)
		val |= pp_reg_read(pp, PP_GPU_COHERENCY_PROTOCOL) &
		       ~PP_GPU_COHERENCY_PROTOCOL_MASK;
	pp_reg_write(pp, PP_GPU_COHERENCY_PROTOCOL, val);
}

/* How addresses spread over the slices of the L2, where the SoC has an opinion. */
static void pp_hw_set_asn_hash(struct pp_device *pp)
{
	const struct pp_soc_data *soc = pp->soc;

	static_assert(ARRAY_SIZE(soc->asn_hash) == PP_GPU_ASN_HASH_COUNT);

	if (!soc || !soc->asn_hash_enable)
		return;
	if (PP_GPU_ID_ARCH_MAJOR(pp->info.gpu_id) < 11) {
		drm_warn_once(&pp->drm, "this GPU has no ASN hash to set\n");
		return;
	}

	for (int i = 0; i < PP_GPU_ASN_HASH_COUNT; i++)
		pp_reg_write(pp, PP_GPU_ASN_HASH(i), soc->asn_hash[i]);
	pp_reg_write(pp, PP_GPU_L2_CONFIG,
		     pp_reg_read(pp, PP_GPU_L2_CONFIG) | PP_GPU_L2_CONFIG_ASN_HASH);
}

/**
 * pp_hw_power_on() - set the L2 up and power it
 * @pp: device with clocks running
 *
 * All of it is lost by a soft reset. The settings may only change while the L2 is
 * off.
 *
 * Context: May sleep.
 * Return: 0, -ETIMEDOUT, or -EPERM if the GPU does not let us.
 */
int pp_hw_power_on(struct pp_device *pp)
{
	int ret;

	pp_hw_set_coherency(pp);
	pp_hw_set_asn_hash(pp);

	ret = pp->hw->ops->power_on(pp);
	if (ret)
		drm_err(&pp->drm, "L2 does not power up: %pe\n", ERR_PTR(ret));
	return ret;
}

/**
 * pp_hw_power_off() - power the L2 off
 * @pp: device whose MCU is stopped and whose address spaces are disabled
 *
 * A failure is logged only: what follows is a reset or the end of the clocks.
 *
 * Context: May sleep.
 */
void pp_hw_power_off(struct pp_device *pp)
{
	pp->hw->ops->power_off(pp);
}

/* --- arch 10 to 13 --- */

static int v10_wait_l2(struct pp_device *pp, u32 reg, bool on)
{
	u32 val;

	return read_poll_timeout(pp_reg_read, val, !!(val & PP_L2_CORE) == on,
				 PP_POWER_POLL_US, PP_POWER_TIMEOUT_US, false,
				 pp, reg);
}

static int v10_power_on(struct pp_device *pp)
{
	int ret = v10_wait_l2(pp, PP_GPU_L2_PWRTRANS, false);

	if (ret)
		return ret;
	pp_reg_write64(pp, PP_GPU_L2_PWRON, PP_L2_CORE);
	return v10_wait_l2(pp, PP_GPU_L2_READY, true);
}

static void v10_power_off(struct pp_device *pp)
{
	int ret = v10_wait_l2(pp, PP_GPU_L2_PWRTRANS, false);

	if (!ret) {
		pp_reg_write64(pp, PP_GPU_L2_PWROFF, PP_L2_CORE);
		ret = v10_wait_l2(pp, PP_GPU_L2_READY, false);
	}
	if (ret)
		drm_err(&pp->drm, "L2 does not power down\n");
}

static int v10_reset(struct pp_device *pp)
{
	pp_reg_write(pp, PP_GPU_COMMAND, PP_GPU_CMD_SOFT_RESET);
	return 0;
}

const struct pp_hw_ops pp_hw_ops_v10 = {
	.present = { PP_GPU_SHADER_PRESENT, PP_GPU_TILER_PRESENT, PP_GPU_L2_PRESENT },
	.ready = { PP_GPU_SHADER_READY, PP_GPU_TILER_READY, PP_GPU_L2_READY },
	.power_block = PP_IRQ_GPU,
	.power_changed = PP_GPU_IRQ_POWER_CHANGED,
	.reset_completed = PP_GPU_IRQ_RESET_COMPLETED,
	.reset_ms = PP_RESET_TIMEOUT_MS,
	.reset = v10_reset,
	.power_on = v10_power_on,
	.power_off = v10_power_off,
};

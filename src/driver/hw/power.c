// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * L2 and coherency. Firmware powers shader cores and tiler by itself; the host
 * only has to keep the L2 on while the MCU runs.
 */
#include <linux/iopoll.h>

#include <drm/drm_print.h>

#include "hw/priv.h"

/* Power transitions take microseconds; a register read is not cheaper than a sleep. */
#define PP_POWER_POLL_US	50
#define PP_POWER_TIMEOUT_US	20000

/* The L2 of core group 0: the only one that the GPUs in question have. */
#define PP_L2_CORE		BIT(0)

static int pp_hw_wait_l2(struct pp_device *pp, u32 reg, bool on)
{
	u32 val;

	return read_poll_timeout(pp_reg_read, val, !!(val & PP_L2_CORE) == on,
				 PP_POWER_POLL_US, PP_POWER_TIMEOUT_US, false,
				 pp, reg);
}

/**
 * pp_hw_power_on() - choose the coherency protocol and power the L2
 * @pp: device with clocks running
 *
 * Both are lost by a soft reset. The protocol may only change while the L2 is off.
 *
 * Context: May sleep, at most 40 ms.
 * Return: 0, or -ETIMEDOUT.
 */
int pp_hw_power_on(struct pp_device *pp)
{
	int ret;

	pp_reg_write(pp, PP_GPU_COHERENCY_PROTOCOL, pp->info.selected_coherency);

	ret = pp_hw_wait_l2(pp, PP_GPU_L2_PWRTRANS, false);
	if (!ret) {
		pp_reg_write64(pp, PP_GPU_L2_PWRON, PP_L2_CORE);
		ret = pp_hw_wait_l2(pp, PP_GPU_L2_READY, true);
	}
	if (ret)
		drm_err(&pp->drm, "L2 does not power up\n");
	return ret;
}

/**
 * pp_hw_power_off() - power the L2 off
 * @pp: device whose MCU is stopped and whose address spaces are disabled
 *
 * A failure is logged only: what follows is a reset or the end of the clocks.
 *
 * Context: May sleep, at most 40 ms.
 */
void pp_hw_power_off(struct pp_device *pp)
{
	int ret;

	ret = pp_hw_wait_l2(pp, PP_GPU_L2_PWRTRANS, false);
	if (!ret) {
		pp_reg_write64(pp, PP_GPU_L2_PWROFF, PP_L2_CORE);
		ret = pp_hw_wait_l2(pp, PP_GPU_L2_READY, false);
	}
	if (ret)
		drm_err(&pp->drm, "L2 does not power down\n");
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The power control block of arch 14 (facts: csf.md 1.4).
 *
 * Power comes in domains, and each belongs either to the host or, "delegated", to
 * the MCU; commands of the other side are refused. The L2 stays ours. Shader cores
 * and tiler go to firmware, which knows what its jobs need. We take them back only
 * to power off what a firmware that hangs has left on.
 */
#include <linux/iopoll.h>

#include <drm/drm_print.h>

#include "hw/priv.h"

#define PP_PWR_POLL_US		50
#define PP_PWR_TIMEOUT_US	2000000		/* firmware may have a say in it */
#define PP_PWR_RETRACT_US	2000		/* a retraction under way */
#define PP_PWR_RESET_MS		500

struct pwr_domain {
	const char *name;
	u32 nr;
	u32 regs;
};

static const struct pwr_domain pwr_l2 = { "L2", PP_PWR_L2, PP_PWR_L2_REGS };
static const struct pwr_domain pwr_tiler = { "tiler", PP_PWR_TILER, PP_PWR_TILER_REGS };
static const struct pwr_domain pwr_shader = { "shader", PP_PWR_SHADER, PP_PWR_SHADER_REGS };

static u64 pwr_status(struct pp_device *pp)
{
	return pp_reg_read64(pp, PP_PWR_STATUS);
}

/* Until the bits of @mask in a register are @want. */
static int pwr_wait(struct pp_device *pp, u32 reg, u64 mask, u64 want, u64 timeout_us)
{
	u64 val;

	return read_poll_timeout(pp_reg_read64, val, (val & mask) == want, PP_PWR_POLL_US,
				 timeout_us, false, pp, reg);
}

static void pwr_command(struct pp_device *pp, const struct pwr_domain *d, u32 command)
{
	pp_reg_write(pp, PP_PWR_COMMAND, command | PP_PWR_COMMAND_DOMAIN(d->nr));
}

/* Power the parts @mask of a domain that is ours. */
static int pwr_switch(struct pp_device *pp, const struct pwr_domain *d, u64 mask, bool on)
{
	u32 command = on ? PP_PWR_COMMAND_UP : PP_PWR_COMMAND_DOWN;
	u64 want = on ? mask : 0;
	int ret;

	ret = pwr_wait(pp, d->regs + PP_PWR_TRANS, ~0ull, 0, PP_PWR_TIMEOUT_US);
	if (ret)
		return ret;
	if ((pp_reg_read64(pp, d->regs + PP_PWR_READY) & mask) == want)
		return 0;

	if (d == &pwr_shader && (pp->info.gpu_features & PP_GPU_FEATURES_RAY_TRAVERSAL))
		command |= PP_PWR_COMMAND_RTU;
	pp_reg_write64(pp, PP_PWR_CMDARG, mask);
	pwr_command(pp, d, command);
	return pwr_wait(pp, d->regs + PP_PWR_READY, mask, want, PP_PWR_TIMEOUT_US);
}

static int pwr_delegate(struct pp_device *pp, const struct pwr_domain *d)
{
	u64 delegated = PP_PWR_STATUS_DELEGATED(d->nr), allowed = PP_PWR_STATUS_ALLOWED(d->nr);
	u64 status = pwr_status(pp);
	int ret;

	if (status & delegated)
		return 0;
	if (!(status & allowed))
		return -EPERM;

	ret = pwr_wait(pp, d->regs + PP_PWR_TRANS, ~0ull, 0, PP_PWR_TIMEOUT_US);
	if (ret)
		return ret;
	pwr_command(pp, d, PP_PWR_COMMAND_DELEGATE);
	return pwr_wait(pp, PP_PWR_STATUS, delegated | allowed, delegated, PP_PWR_TIMEOUT_US);
}

static int pwr_retract(struct pp_device *pp, const struct pwr_domain *d)
{
	u64 delegated = PP_PWR_STATUS_DELEGATED(d->nr), allowed = PP_PWR_STATUS_ALLOWED(d->nr);
	int ret;

	ret = pwr_wait(pp, PP_PWR_STATUS, PP_PWR_STATUS_RETRACT_PENDING, 0, PP_PWR_RETRACT_US);
	if (ret)
		return ret;
	if (!(pwr_status(pp) & delegated))
		return 0;

	pwr_command(pp, d, PP_PWR_COMMAND_RETRACT);
	return pwr_wait(pp, PP_PWR_STATUS, delegated | allowed, allowed, PP_PWR_TIMEOUT_US);
}

/* Firmware that halts powers its domains down itself; one that hangs does not. */
static int pwr_force_off(struct pp_device *pp, const struct pwr_domain *d)
{
	u64 ready = pp_reg_read64(pp, d->regs + PP_PWR_READY);
	int ret;

	if (!ready)
		return 0;
	ret = pwr_retract(pp, d);
	return ret ?: pwr_switch(pp, d, ready, false);
}

static int v14_power_on(struct pp_device *pp)
{
	int ret;

	if (!(pwr_status(pp) & PP_PWR_STATUS_ALLOWED(PP_PWR_L2)))
		return -EPERM;
	ret = pwr_switch(pp, &pwr_l2, pp->info.l2_present, true);
	if (ret)
		return ret;

	ret = pwr_delegate(pp, &pwr_shader);
	if (ret)
		return ret;
	ret = pwr_delegate(pp, &pwr_tiler);
	if (ret)
		pwr_retract(pp, &pwr_shader);
	return ret;
}

static void v14_power_off(struct pp_device *pp)
{
	const struct pwr_domain *d = &pwr_l2;
	int ret = -EPERM;

	/* The L2 last: the others cannot stay up without. */
	if (pwr_status(pp) & PP_PWR_STATUS_ALLOWED(PP_PWR_L2)) {
		d = &pwr_tiler;
		ret = pwr_force_off(pp, d);
	}
	if (!ret) {
		d = &pwr_shader;
		ret = pwr_force_off(pp, d);
	}
	if (!ret) {
		d = &pwr_l2;
		ret = pwr_switch(pp, d, pp->info.l2_present, false);
	}
	if (ret)
		drm_err(&pp->drm, "%s domain does not power down: %pe, state 0x%016llx\n",
			d->name, ERR_PTR(ret), pwr_status(pp));
}

static int v14_reset(struct pp_device *pp)
{
	if (!(pwr_status(pp) & PP_PWR_STATUS_SOFT_RESET_ALLOWED))
		return -EPERM;

	pp_reg_write(pp, PP_PWR_COMMAND, PP_PWR_COMMAND_SOFT_RESET);
	return 0;
}

const struct pp_hw_ops pp_hw_ops_v14 = {
	.present = { PP_PWR_SHADER_REGS + PP_PWR_PRESENT, PP_PWR_TILER_REGS + PP_PWR_PRESENT,
		     PP_PWR_L2_REGS + PP_PWR_PRESENT },
	.ready = { PP_PWR_SHADER_REGS + PP_PWR_READY, PP_PWR_TILER_REGS + PP_PWR_READY,
		   PP_PWR_L2_REGS + PP_PWR_READY },
	.power_block = PP_IRQ_PWR,
	.power_changed = PP_PWR_IRQ_POWER_CHANGED,
	.reset_completed = PP_PWR_IRQ_RESET_COMPLETED,
	.reset_ms = PP_PWR_RESET_MS,
	.reset = v14_reset,
	.power_on = v14_power_on,
	.power_off = v14_power_off,
};

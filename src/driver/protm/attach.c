// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Attaching protected memory.
 *
 * Firmware prepares its protected structures only when it boots with memory for
 * its PROT sections, so memory that comes later takes a full reset. Everything
 * that can fail for want of memory is done before: the reset allocates nothing.
 * Groups that run are suspended first and lose nothing.
 */
#include <drm/drm_drv.h>
#include <drm/drm_print.h>

#include "fw/fw.h"
#include "mem/protmem.h"
#include "protm/priv.h"

/*
 * All that the reset will need, and nobody on the GPU. In a section of its own: what
 * is used here goes at unplug, and the reset itself may have to unplug.
 */
static int attach_prepare(struct pp_protm *protm)
{
	const struct pp_protm_hooks *hooks = protm->hooks;
	struct pp_device *pp = protm->pp;
	int cookie, ret;

	if (!drm_dev_enter(&pp->drm, &cookie))
		return -ENODEV;
	ret = pp_fw_prot_prepare(pp);
	if (!ret && hooks) {
		ret = hooks->quiesce(pp);
		if (ret)
			pp_fw_prot_release(pp);
	}
	drm_dev_exit(cookie);
	return ret;
}

static int attach_by_reset(struct pp_protm *protm)
{
	struct pp_device *pp = protm->pp;
	int ret;

	ret = attach_prepare(protm);
	if (ret)
		return ret;

	ret = pp_device_reset_and_wait(pp, PP_RESET_ATTACH, true);
	if (ret || pp_fw_info(pp)->prot_loaded)
		return ret;
	/* It would fail again, and each time everybody pays with a reset. */
	WRITE_ONCE(protm->attach_failed, true);
	return -EIO;
}

static int attach_locked(struct pp_protm *protm)
{
	struct pp_device *pp = protm->pp;
	int ret;

	lockdep_assert_held(&protm->attach_lock);
	if (pp_protm_state(protm) != PP_PROTM_DISABLED)
		return 0;
	if (protm->attach_failed)
		return -EIO;
	if (!pp_fw_info(pp)->has_prot_section)
		return -ENODEV;
	ret = pp_protmem_find(pp);
	if (ret)
		return ret;

	pp_protm_event(protm, PP_PROTM_EV_ATTACH, PP_EXIT_DONE);
	ret = attach_by_reset(protm);
	pp_protm_event(protm, ret ? PP_PROTM_EV_DETACHED : PP_PROTM_EV_ATTACHED, PP_EXIT_DONE);
	if (!ret)
		drm_info(&pp->drm, "protected mode: firmware has memory of heap %s\n",
			 pp_protmem_name(pp));
	return ret;
}

/**
 * pp_protm_attach() - make sure that protected mode can be used
 * @pp: device; the caller holds a runtime PM reference, no lock, and is in no
 *	drm_dev_enter() section
 *
 * The first protected GROUP_CREATE does the work, others that come meanwhile wait
 * for its outcome.
 *
 * Context: Sleeps.
 * Return: 0; -ENODEV: no heap is configured or it is not there, or firmware has
 * no protected section, or the GPU is gone; -ENOMEM: the heap has not enough;
 * -EBUSY: a running group could not be suspended; -EIO: firmware does not boot
 * with protected memory, which is not tried again before the driver is bound anew.
 * The GPU goes on without in each of these cases.
 */
int pp_protm_attach(struct pp_device *pp)
{
	struct pp_protm *protm = pp->protm;
	unsigned int seen = READ_ONCE(protm->attach_count);
	int ret;

	if (pp_protm_ready(pp))
		return 0;

	mutex_lock(&protm->attach_lock);
	/* One that was under way when we came is ours as well. */
	if (seen == protm->attach_count) {
		protm->attach_ret = attach_locked(protm);
		WRITE_ONCE(protm->attach_count, seen + 1);
	}
	ret = protm->attach_ret;
	mutex_unlock(&protm->attach_lock);
	return ret;
}

/**
 * pp_protm_refused() - is it known that there can be no protected mode?
 * @pp: device
 *
 * Context: Any.
 * Return: true if firmware has no protected section, or does not boot with memory for it.
 */
bool pp_protm_refused(struct pp_device *pp)
{
	return !pp_fw_info(pp)->has_prot_section || READ_ONCE(pp->protm->attach_failed);
}

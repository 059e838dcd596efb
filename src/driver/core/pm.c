// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Runtime PM and system sleep, and the FLUSH_ID page that programs map.
 *
 * That page is a register page, which must not be read while the GPU has no
 * clock. Programs then see a page of memory instead, which says 1: not 0, which
 * means "always flush", and older than any real value.
 */
#include <linux/mm.h>
#include <linux/pm_runtime.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>
#include <drm/panthor_protm.h>

#include "core/devfreq.h"
#include "core/device.h"
#include "fw/fw.h"
#include "hw/hw.h"
#include "mmu/mmu.h"
#include "protm/protm.h"
#include "sched/sched.h"

#define PP_AUTOSUSPEND_MS	50
/* Resumes that fail one after the other before the GPU is given up. */
#define PP_PM_FAILURES		3
#define PP_FLUSH_ID_PGOFF	(DRM_PANTHOR_USER_MMIO_OFFSET_64BIT >> PAGE_SHIFT)

/* Switch the state; whoever looks at the FLUSH_ID page next gets the right one. */
static void pp_pm_set_state(struct pp_device *pp, enum pp_pm_state state)
{
	mutex_lock(&pp->pm.mmio_lock);
	atomic_set(&pp->pm.state, state);
	unmap_mapping_range(pp->drm.anon_inode->i_mapping,
			    DRM_PANTHOR_USER_MMIO_OFFSET_64BIT, 0, 1);
	mutex_unlock(&pp->pm.mmio_lock);
}

static vm_fault_t pp_mmio_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct pp_device *pp = vma->vm_private_data;
	pgprot_t prot = vma->vm_page_prot;
	unsigned long pfn;
	vm_fault_t ret;

	if (vmf->pgoff != PP_FLUSH_ID_PGOFF)
		return VM_FAULT_SIGBUS;

	mutex_lock(&pp->pm.mmio_lock);
	if (pp_device_active(pp)) {
		pfn = PHYS_PFN(pp->phys + PP_USER_PAGE);
		prot = pgprot_noncached(prot);
	} else {
		pfn = page_to_pfn(pp->pm.dummy_flush_page);
	}
	ret = vmf_insert_pfn_prot(vma, vmf->address, pfn, prot);
	mutex_unlock(&pp->pm.mmio_lock);
	return ret;
}

static const struct vm_operations_struct pp_mmio_vm_ops = {
	.fault = pp_mmio_fault,
};

/**
 * pp_device_mmap_io() - map the FLUSH_ID page
 * @pp: device
 * @vma: mapping; vm_pgoff as the program gave it, from either MMIO offset
 *
 * Context: mmap_lock held.
 * Return: 0, or -EINVAL: not one page, not shared, not read-only, or no such register page.
 */
int pp_device_mmap_io(struct pp_device *pp, struct vm_area_struct *vma)
{
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT;

	if (offset != DRM_PANTHOR_USER_MMIO_OFFSET_32BIT &&
	    offset != DRM_PANTHOR_USER_MMIO_OFFSET_64BIT)
		return -EINVAL;
	if (vma->vm_end - vma->vm_start != PAGE_SIZE || !(vma->vm_flags & VM_SHARED) ||
	    (vma->vm_flags & (VM_WRITE | VM_EXEC)))
		return -EINVAL;

	/* One offset for all, so that one unmap reaches all. */
	vma->vm_pgoff = PP_FLUSH_ID_PGOFF;
	vm_flags_mod(vma, VM_IO | VM_DONTCOPY | VM_DONTEXPAND | VM_NORESERVE |
		     VM_DONTDUMP | VM_PFNMAP, VM_MAYWRITE | VM_MAYEXEC);
	vma->vm_private_data = pp;
	vma->vm_ops = &pp_mmio_vm_ops;
	return 0;
}

/* Rooms, top to bottom. The next boot is a full one after a reset if this fails. */
static void pp_pm_suspend_rooms(struct pp_device *pp)
{
	pp_sched_suspend(pp);

	if (pp_reset_pending(pp)) {
		pp_fw_pre_reset(pp, true);
	} else if (pp_fw_suspend(pp)) {
		atomic_cmpxchg(&pp->reset.cause, PP_RESET_NONE, PP_RESET_FW_TIMEOUT);
		atomic_set(&pp->reset.pending, 1);
	}

	/* As in a reset: commands end, then the gate opens; memory stays until power is off. */
	pp_mmu_pre_reset(pp);
	if (pp_reset_pending(pp))
		pp_protm_pre_reset(pp);
	pp_hw_power_off(pp);
	pp_mmu_suspend(pp);
	pp_hw_irq_suspend(pp);
	pp_sched_gpu_stopped(pp);
}

/* On failure everything is off again. */
static int pp_pm_resume_rooms(struct pp_device *pp, bool reset)
{
	int ret = 0;

	if (pp_hw_gone(pp))
		return -ENODEV;

	pp_hw_irq_resume(pp);
	if (reset)
		ret = pp_hw_soft_reset(pp);
	if (!ret)
		ret = pp_hw_power_on(pp);
	if (ret)
		goto err_irq;

	pp_mmu_resume(pp);
	ret = reset ? pp_fw_post_reset(pp, true) : pp_fw_resume(pp);
	if (!ret)
		return 0;

	pp_mmu_suspend(pp);
	pp_hw_power_off(pp);
err_irq:
	pp_hw_irq_suspend(pp);
	return ret;
}

/**
 * pp_device_suspend() - runtime suspend and system sleep
 * @dev: platform device
 *
 * Context: Sleeps.
 * Return: 0.
 */
int pp_device_suspend(struct device *dev)
{
	struct pp_device *pp = dev_get_drvdata(dev);
	int cookie;

	/* A running reset ends first, and none starts until we are active again. */
	mutex_lock(&pp->reset.run_lock);
	pp_pm_set_state(pp, PP_PM_SUSPENDING);
	mutex_unlock(&pp->reset.run_lock);

	if (drm_dev_enter(&pp->drm, &cookie)) {
		pp_pm_suspend_rooms(pp);
		drm_dev_exit(cookie);
	}

	pp_devfreq_suspend(pp);
	pp_device_clk_disable(pp);
	pp_pm_set_state(pp, PP_PM_SUSPENDED);
	return 0;
}

/* A GPU that never comes back must not cost everybody seconds for ever. */
static void pp_pm_count_failure(struct pp_device *pp, int error)
{
	pp->pm.failures = error ? pp->pm.failures + 1 : 0;
	if (!error)
		return;

	atomic_set(&pp->pm.recover, 1);
	if (error == -ENODEV || pp->pm.failures >= PP_PM_FAILURES)
		pp_device_give_up(pp);
}

/**
 * pp_device_resume() - runtime resume and system wake-up
 * @dev: platform device
 *
 * Does what a pending reset would have done. If the fast way fails, a reset and
 * a full boot are tried.
 *
 * Context: Sleeps.
 * Return: 0, -ENODEV after unplug, or a negative error: then it is suspended.
 */
int pp_device_resume(struct device *dev)
{
	struct pp_device *pp = dev_get_drvdata(dev);
	bool reset = pp_reset_pending(pp);
	int ret, cookie;

	if (!drm_dev_enter(&pp->drm, &cookie))
		return -ENODEV;

	pp_pm_set_state(pp, PP_PM_RESUMING);
	ret = pp_device_clk_enable(pp);
	if (ret)
		goto out_state;
	pp_devfreq_resume(pp);

	ret = pp_pm_resume_rooms(pp, reset);
	if (ret && ret != -ENODEV && !reset) {
		drm_warn(&pp->drm, "resume failed (%pe), trying a reset\n", ERR_PTR(ret));
		reset = true;
		ret = pp_pm_resume_rooms(pp, reset);
	}
	if (ret) {
		drm_err(&pp->drm, "resume failed: %pe\n", ERR_PTR(ret));
		pp_devfreq_suspend(pp);
		pp_device_clk_disable(pp);
		goto out_state;
	}

	if (reset) {
		pp_protm_post_reset(pp, false);
		atomic_set(&pp->reset.cause, PP_RESET_NONE);
		atomic_set(&pp->reset.full, 0);
		pp_reset_finish(pp);
	}
out_state:
	pp_pm_set_state(pp, ret ? PP_PM_SUSPENDED : PP_PM_ACTIVE);
	pp_pm_count_failure(pp, ret);
	if (!ret) {
		pp_sched_resume(pp);
		/* One that was asked for while we were not active found nobody. */
		if (pp_reset_pending(pp))
			queue_work(pp->reset.wq, &pp->reset.work);
	}
	drm_dev_exit(cookie);
	return ret;
}

/**
 * pp_device_get() - the GPU is to be awake until pp_device_put()
 * @pp: device
 *
 * Runtime PM remembers an error and answers with it for ever; here the next caller
 * tries again.
 *
 * Context: Sleeps, in the worst case for some seconds.
 * Return: 0, or a negative error: then no reference is held.
 */
int pp_device_get(struct pp_device *pp)
{
	struct device *dev = pp->drm.dev;
	int ret = pm_runtime_resume_and_get(dev);

	if (ret && atomic_xchg(&pp->pm.recover, 0))
		pm_runtime_set_suspended(dev);
	return ret;
}

/**
 * pp_device_put() - the GPU may go to sleep, after a while
 * @pp: device, after pp_device_get()
 *
 * Context: Any.
 */
void pp_device_put(struct pp_device *pp)
{
	pm_runtime_mark_last_busy(pp->drm.dev);
	pm_runtime_put_autosuspend(pp->drm.dev);
}

/**
 * pp_device_wake() - the system wakes up
 * @dev: platform device
 *
 * Jobs that were on the GPU go on. With those it would never be resumed again if it
 * failed now, since nobody but runtime PM's users does that, so it is tried until
 * the GPU is there or has been given up.
 *
 * Context: Sleeps, in the worst case for some seconds.
 * Return: 0, or a negative error.
 */
int pp_device_wake(struct device *dev)
{
	struct pp_device *pp = dev_get_drvdata(dev);
	int ret = pm_runtime_force_resume(dev);

	while (ret && !READ_ONCE(pp->reset.give_up)) {
		ret = pp_device_get(pp);
		if (!ret)
			pp_device_put(pp);
	}
	return ret;
}

static void pp_pm_free_page(struct drm_device *drm, void *page)
{
	__free_page(page);
}

/**
 * pp_pm_init() - before any room
 * @pp: device
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int pp_pm_init(struct pp_device *pp)
{
	struct page *page;
	int ret;

	ret = drmm_mutex_init(&pp->drm, &pp->pm.mmio_lock);
	if (ret)
		return ret;

	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return -ENOMEM;

	*(u32 *)page_address(page) = 1;
	pp->pm.dummy_flush_page = page;
	return drmm_add_action_or_reset(&pp->drm, pp_pm_free_page, page);
}

/**
 * pp_pm_start() - the clocks run: tell runtime PM, and hold a reference
 * @pp: device
 *
 * Powers all power domains.
 *
 * Context: May sleep.
 * Return: 0, or the error of a domain: then no register may be touched.
 */
int pp_pm_start(struct pp_device *pp)
{
	struct device *dev = pp->drm.dev;
	int ret;

	ret = pm_runtime_set_active(dev);
	if (ret)
		return dev_err_probe(dev, ret, "no power\n");

	atomic_set(&pp->pm.state, PP_PM_ACTIVE);
	pm_runtime_get_noresume(dev);
	pm_runtime_set_autosuspend_delay(dev, PP_AUTOSUSPEND_MS);
	pm_runtime_use_autosuspend(dev);
	pm_runtime_enable(dev);
	return 0;
}

/**
 * pp_pm_stop() - the device goes away
 * @pp: device that is active and on which the caller holds a reference, which is
 *	dropped
 *
 * Context: Sleeps.
 */
void pp_pm_stop(struct pp_device *pp)
{
	struct device *dev = pp->drm.dev;

	pp_pm_set_state(pp, PP_PM_SUSPENDED);
	pm_runtime_dont_use_autosuspend(dev);
	pm_runtime_disable(dev);
	pm_runtime_set_suspended(dev);
	pm_runtime_put_noidle(dev);
	pp_devfreq_suspend(pp);
	pp_device_clk_disable(pp);
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The MMU of a device: init, power, reset, the end. */
#include <linux/workqueue.h>

#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "hw/hw.h"
#include "mmu/vm.h"

/*
 * These belong to the module, not to a device. What runs on them can drop the last
 * reference to a device, and that must not destroy the queue which it is on.
 */
struct workqueue_struct *pp_mmu_wq, *pp_bind_wq;

/**
 * pp_mmu_module_init() - make what all devices share
 *
 * Return: 0 or -ENOMEM.
 */
int pp_mmu_module_init(void)
{
	/* Resets flush the first, fences that reclaim may wait for come from the second. */
	pp_mmu_wq = alloc_workqueue("pp-mmu", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	pp_bind_wq = alloc_workqueue("pp-bind", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (pp_mmu_wq && pp_bind_wq)
		return 0;
	pp_mmu_module_exit();
	return -ENOMEM;
}

/**
 * pp_mmu_module_exit() - no device is left, or only for a last piece of work
 *
 * Context: May sleep.
 */
void pp_mmu_module_exit(void)
{
	/* Jobs first: they hand over to the other queue. */
	if (pp_bind_wq)
		destroy_workqueue(pp_bind_wq);
	if (pp_mmu_wq)
		destroy_workqueue(pp_mmu_wq);
}

static void mmu_garbage_work(struct work_struct *work)
{
	struct pp_mmu *mmu = container_of(work, struct pp_mmu, garbage_work);
	struct pp_vm_garbage garbage;

	pp_vm_garbage_init(&garbage);
	mutex_lock(&mmu->as_lock);
	if (mmu->state != PP_MMU_RESET)
		pp_vm_garbage_move(&mmu->deferred, &garbage);
	mutex_unlock(&mmu->as_lock);
	pp_vm_garbage_free(&garbage);
}

static void mmu_release(struct drm_device *drm, void *data)
{
	struct pp_mmu *mmu = data;

	mutex_destroy(&mmu->as_lock);
}

/**
 * pp_mmu_init() - set the MMU up
 * @pp: the device, with power
 *
 * Context: May sleep and allocates. Memory is undone when the DRM device is
 * released, the hardware by pp_mmu_unplug().
 * Return: 0, -ENOMEM, -EINVAL if the GPU has no slot for users, or the error of
 * the interrupt.
 */
int pp_mmu_init(struct pp_device *pp)
{
	struct pp_mmu *mmu;
	int ret;

	mmu = drmm_kzalloc(&pp->drm, sizeof(*mmu), GFP_KERNEL);
	if (!mmu)
		return -ENOMEM;
	mmu->pp = pp;
	mmu->va_bits = PP_GPU_MMU_VA_BITS(pp->info.mmu_features);
	mmu->pa_bits = PP_GPU_MMU_PA_BITS(pp->info.mmu_features);
	mmu->as_present = pp->info.as_present & GENMASK(PP_MMU_SLOTS - 1, 0);
	if (!(mmu->as_present & BIT(0)) || mmu->as_present == BIT(0) || mmu->va_bits < 33) {
		drm_err(&pp->drm, "MMU with slots 0x%x and %u address bits is of no use\n",
			mmu->as_present, mmu->va_bits);
		return -EINVAL;
	}
	mutex_init(&mmu->as_lock);
	INIT_LIST_HEAD(&mmu->lru);
	init_waitqueue_head(&mmu->idle);
	pp_vm_garbage_init(&mmu->deferred);
	INIT_WORK(&mmu->garbage_work, mmu_garbage_work);

	ret = drmm_add_action_or_reset(&pp->drm, mmu_release, mmu);
	if (ret)
		return ret;
	pp->mmu = mmu;
	mmu->state = PP_MMU_UP;
	return pp_irq_request(pp, PP_IRQ_MMU, 0, pp_mmu_irq);
}

/**
 * pp_mmu_set_hooks() - register what the rooms above want to be told
 * @pp: the device
 * @hooks: kept; must outlive the MMU
 */
void pp_mmu_set_hooks(struct pp_device *pp, const struct pp_mmu_hooks *hooks)
{
	WRITE_ONCE(pp->mmu->hooks, hooks);
}

/* No command from here on; @state says why. Those under way end first. */
static void mmu_stop(struct pp_mmu *mmu, enum pp_mmu_state state)
{
	mutex_lock(&mmu->as_lock);
	if (mmu->state != PP_MMU_DOWN || state == PP_MMU_DOWN)
		mmu->state = state;
	mutex_unlock(&mmu->as_lock);

	/* Bounded: they are past the gate, and each of their steps has a limit. */
	wait_event(mmu->idle, !READ_ONCE(mmu->busy));
}

static void mmu_start(struct pp_mmu *mmu)
{
	mutex_lock(&mmu->as_lock);
	mmu->state = PP_MMU_UP;
	mutex_unlock(&mmu->as_lock);
	queue_work(pp_mmu_wq, &mmu->garbage_work);
}

/**
 * pp_mmu_suspend() - the GPU does not use memory any more
 * @pp: the device; no group is on a slot, the MCU is stopped and the L2 is off, or
 *	about to be
 *
 * Context: May sleep.
 */
void pp_mmu_suspend(struct pp_device *pp)
{
	mmu_stop(pp->mmu, PP_MMU_DOWN);
	pp_as_drop_all(pp->mmu);
	pp_irq_suspend(pp, PP_IRQ_MMU);
	queue_work(pp_mmu_wq, &pp->mmu->garbage_work);
}

/**
 * pp_mmu_resume() - the GPU has power again
 * @pp: the device
 *
 * Context: May sleep.
 */
void pp_mmu_resume(struct pp_device *pp)
{
	pp_irq_resume(pp, PP_IRQ_MMU);
	mmu_start(pp->mmu);
}

/**
 * pp_mmu_pre_reset() - the GPU is about to be reset, or switched off
 * @pp: the device; the MCU is stopped. Again without pp_mmu_post_reset(): harmless
 *
 * Operations go on without AS commands, as soon as the gate lets them; what they
 * release stays until pp_mmu_post_reset() or pp_mmu_suspend().
 *
 * Context: May sleep.
 */
void pp_mmu_pre_reset(struct pp_device *pp)
{
	mmu_stop(pp->mmu, PP_MMU_RESET);
	pp_as_drop_all(pp->mmu);
	pp_irq_suspend(pp, PP_IRQ_MMU);
}

/**
 * pp_mmu_post_reset() - the GPU has been reset
 * @pp: the device
 *
 * All slots are free: users call pp_vm_as_get() again.
 *
 * Context: May sleep.
 */
void pp_mmu_post_reset(struct pp_device *pp)
{
	pp_irq_resume(pp, PP_IRQ_MMU);
	mmu_start(pp->mmu);
}

/**
 * pp_mmu_unplug() - the device is gone
 * @pp: the device; sched, protm and fw are unplugged
 *
 * Context: May sleep.
 */
void pp_mmu_unplug(struct pp_device *pp)
{
	struct pp_mmu *mmu = pp->mmu;

	mmu_stop(mmu, PP_MMU_DOWN);
	pp_as_drop_all(mmu);
	pp_irq_suspend(pp, PP_IRQ_MMU);
	queue_work(pp_mmu_wq, &mmu->garbage_work);
	flush_workqueue(pp_mmu_wq);
}

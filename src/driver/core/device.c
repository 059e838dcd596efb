// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Probe, unplug, and the order in which rooms come and go. */
#include <linux/dma-mapping.h>
#include <linux/platform_device.h>
#include <linux/pm_runtime.h>
#include <linux/property.h>
#include <linux/workqueue.h>

#include <drm/drm_drv.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include <panthor-protm/heap.h>

#include "core/devfreq.h"
#include "core/device.h"
#include "core/driver.h"
#include "fw/fw.h"
#include "hw/hw.h"
#include "mem/bo.h"
#include "mem/protmem.h"
#include "mmu/mmu.h"
#include "protm/protm.h"
#include "sched/sched.h"
#include "uapi/ioctl.h"

#define PP_HEAP_WAIT_MS		30000

static int pp_device_dma_init(struct pp_device *pp)
{
	struct device *dev = pp->drm.dev;

	/* Page tables take any length. */
	dma_set_max_seg_size(dev, UINT_MAX);
	return dma_set_mask_and_coherent(dev,
			DMA_BIT_MASK(PP_GPU_MMU_PA_BITS(pp->info.mmu_features)));
}

/*
 * No group is on a slot that could be taken off it in order. What still runs is
 * stopped by a reset: after it nothing writes to memory, fences may signal and
 * mapping operations, which waited for the end of a session, may go on. Those
 * send no AS commands from here on.
 */
static void pp_device_stop_gpu(struct pp_device *pp)
{
	pp_fw_pre_reset(pp, true);
	pp_mmu_pre_reset(pp);
	pp_protm_pre_reset(pp);
	pp_hw_soft_reset(pp);
}

/* The rooms, lowest first; they go in reverse. */
static const struct {
	int (*init)(struct pp_device *pp);
	void (*unplug)(struct pp_device *pp);
} pp_rooms[] = {
	{ pp_hw_init, pp_hw_unplug },
	{ pp_device_dma_init, NULL },
	{ pp_hw_power_on, pp_hw_power_off },
	{ pp_mmu_init, pp_mmu_unplug },
	{ pp_mem_init, pp_mem_unplug },
	{ pp_fw_init, pp_fw_unplug },
	{ pp_protm_init, pp_protm_unplug },
	{ NULL, pp_sched_cancel },
	{ NULL, pp_device_stop_gpu },
	{ pp_sched_init, pp_sched_unplug },
};

/* Take the first @count rooms down. */
static void pp_rooms_unplug(struct pp_device *pp, size_t count)
{
	while (count--)
		if (pp_rooms[count].unplug)
			pp_rooms[count].unplug(pp);
}

static int pp_rooms_init(struct pp_device *pp)
{
	for (size_t i = 0; i < ARRAY_SIZE(pp_rooms); i++) {
		int ret = pp_rooms[i].init ? pp_rooms[i].init(pp) : 0;

		if (ret) {
			pp_rooms_unplug(pp, i);
			return ret;
		}
	}
	return 0;
}

/*
 * Waiting for a heap: the probe is deferred, and tried again whenever a heap
 * appears (the heap module sees to that) and once more when time is up.
 */
static unsigned long pp_heap_deadline;

static void pp_heap_wait_work(struct work_struct *work)
{
	pp_heap_retry_probes();
}

static DECLARE_DELAYED_WORK(pp_heap_wait, pp_heap_wait_work);

static int pp_device_wait_for_heap(struct pp_device *pp)
{
	unsigned long wait = msecs_to_jiffies(PP_HEAP_WAIT_MS);

	if (!pp_param_protected_heap_wait || !pp_protmem_name(pp))
		return 0;
	if (!pp_protmem_find(pp)) {
		/* Should it go, waiting for the next one starts anew. */
		pp_heap_deadline = 0;
		return 0;
	}

	if (!pp_heap_deadline) {
		pp_heap_deadline = jiffies + wait;
		/* A little later, so that this work finds the deadline passed. */
		cancel_delayed_work(&pp_heap_wait);
		schedule_delayed_work(&pp_heap_wait, wait + HZ / 10);
	}
	if (time_after_eq(jiffies, pp_heap_deadline)) {
		drm_warn(&pp->drm, "heap %s did not appear, going on without\n",
			 pp_protmem_name(pp));
		return 0;
	}

	drm_dbg(&pp->drm, "waiting for heap %s\n", pp_protmem_name(pp));
	return -EPROBE_DEFER;
}

static int pp_device_map_registers(struct pp_device *pp)
{
	struct resource *res;

	pp->iomem = devm_platform_get_and_ioremap_resource(to_platform_device(pp->drm.dev),
							   0, &res);
	if (IS_ERR(pp->iomem))
		return PTR_ERR(pp->iomem);

	pp->phys = res->start;
	pp->iomem_size = resource_size(res);
	/* At least the kernel's doorbell and one for a user queue. */
	if (pp->iomem_size < PP_DOORBELL(2)) {
		drm_err(&pp->drm, "register window of %pa bytes is too small\n",
			&pp->iomem_size);
		return -EINVAL;
	}
	return 0;
}

/* What needs no powered GPU, and may defer the probe. */
static int pp_device_prepare(struct pp_device *pp)
{
	int ret;

	ret = drmm_mutex_init(&pp->drm, &pp->unplug_lock);
	if (!ret)
		ret = pp_reset_init(pp);
	if (!ret)
		ret = pp_pm_init(pp);
	if (!ret)
		ret = pp_device_map_registers(pp);
	if (!ret)
		ret = pp_device_domains_init(pp);
	if (!ret)
		ret = pp_device_clk_init(pp);
	if (!ret)
		ret = pp_devfreq_init(pp);
	if (!ret)
		ret = pp_protmem_init(pp);
	if (!ret)
		ret = pp_device_wait_for_heap(pp);
	return ret;
}

/**
 * pp_device_init() - from an allocated to a registered DRM device
 * @pp: device, zeroed but for its DRM base
 *
 * Context: May sleep; probe.
 * Return: 0, -EPROBE_DEFER while something that it needs is missing, or another
 * error: then nothing is left behind.
 */
int pp_device_init(struct pp_device *pp)
{
	int ret;

	ret = pp_device_prepare(pp);
	if (ret)
		return ret;

	ret = pp_device_clk_enable(pp);
	if (ret)
		return ret;
	ret = pp_pm_start(pp);
	if (ret) {
		pp_device_clk_disable(pp);
		return ret;
	}

	ret = pp_rooms_init(pp);
	if (ret)
		goto err_pm;

	ret = drm_dev_register(&pp->drm, 0);
	if (ret)
		goto err_rooms;

	pm_runtime_mark_last_busy(pp->drm.dev);
	pm_runtime_put_autosuspend(pp->drm.dev);
	return 0;

err_rooms:
	pp_rooms_unplug(pp, ARRAY_SIZE(pp_rooms));
err_pm:
	pp_reset_stop(pp);
	pp_pm_stop(pp);
	return ret;
}

/**
 * pp_device_unplug() - the GPU is gone for programs and for us
 * @pp: registered device
 *
 * From the end of this on all ioctls answer -ENODEV and no register is touched;
 * memory stays until the last file is closed. Called when the device is unbound,
 * and by the reset work when a reset fails. Further calls wait for the first.
 *
 * Context: Sleeps. Neither in a drm_dev_enter() section nor in a PM callback.
 */
void pp_device_unplug(struct pp_device *pp)
{
	mutex_lock(&pp->unplug_lock);
	if (drm_dev_is_unplugged(&pp->drm))
		goto out;

	/* Rooms need registers to stop what runs; a clock is enough for those. */
	if (READ_ONCE(pp->reset.give_up))
		pm_runtime_get_noresume(pp->drm.dev);
	else
		pm_runtime_get_sync(pp->drm.dev);
	pm_runtime_barrier(pp->drm.dev);
	if (!pp_device_active(pp) && pp_device_clk_enable(pp))
		drm_err(&pp->drm, "no clock to stop the GPU with\n");

	drm_dev_unplug(&pp->drm);
	pp_reset_stop(pp);
	pp_rooms_unplug(pp, ARRAY_SIZE(pp_rooms));
	pp_pm_stop(pp);
out:
	mutex_unlock(&pp->unplug_lock);
}

/**
 * pp_platform_probe() - a GPU was found
 * @pdev: its platform device
 *
 * Return: 0 or a negative error.
 */
int pp_platform_probe(struct platform_device *pdev)
{
	struct pp_device *pp;

	pp = devm_drm_dev_alloc(&pdev->dev, &pp_drm_driver, struct pp_device, drm);
	if (IS_ERR(pp))
		return PTR_ERR(pp);

	platform_set_drvdata(pdev, pp);
	pp->soc = device_get_match_data(&pdev->dev);
	return pp_device_init(pp);
}

/**
 * pp_platform_remove() - unbind, or shutdown of the machine
 * @pdev: platform device
 */
void pp_platform_remove(struct platform_device *pdev)
{
	pp_device_unplug(platform_get_drvdata(pdev));
}

/**
 * pp_platform_exit() - the module goes away; no device is bound
 */
void pp_platform_exit(void)
{
	cancel_delayed_work_sync(&pp_heap_wait);
}

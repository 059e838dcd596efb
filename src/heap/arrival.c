// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A heap has come: have deferred probes tried again.
 *
 * A driver that waits for a heap answers -EPROBE_DEFER, and the driver core
 * tries it again whenever some device was bound. Registering a heap binds none,
 * and module initialisation of a provider may be the last thing that happens
 * for hours. So a device without any function is made, bound and removed, which
 * is all that the driver core offers to a module.
 */
#define pr_fmt(fmt) "panthor-protm-heap: " fmt

#include <linux/err.h>
#include <linux/platform_device.h>
#include <linux/workqueue.h>

#include <panthor-protm/heap.h>

#include "backend.h"
#include "compat/compat.h"

#define ARRIVAL_NAME "panthor-protm-heap-arrival"

static int arrival_probe(struct platform_device *pdev)
{
	return 0;
}

static struct platform_driver arrival_driver = {
	.probe = arrival_probe,
	.driver = {
		.name = ARRIVAL_NAME,
		/* It must be bound by the time that registering it returns. */
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
		.suppress_bind_attrs = true,
	},
};

static void arrival_work_fn(struct work_struct *work)
{
	struct platform_device *pdev;

	pdev = platform_device_register_simple(ARRIVAL_NAME, PLATFORM_DEVID_AUTO,
					       NULL, 0);
	if (IS_ERR(pdev)) {
		pr_warn("deferred probes are not tried again: %pe\n", pdev);
		return;
	}
	platform_device_unregister(pdev);
}

static DECLARE_WORK(arrival_work, arrival_work_fn);

/**
 * pp_heap_arrival_announce() - try deferred probes again, soon
 *
 * From a work item, since a provider may register from a probe of its own, with
 * locks of the driver core held.
 *
 * Context: Any.
 */
void pp_heap_arrival_announce(void)
{
	schedule_work(&arrival_work);
}

/**
 * pp_heap_retry_probes() - try deferred probes again, soon
 *
 * For a driver that deferred its probe for want of a heap and is not going to wait
 * any longer. Looking for unbound devices on the whole bus would do as well, but
 * also bind those that somebody has unbound.
 *
 * Context: Any.
 */
void pp_heap_retry_probes(void)
{
	pp_heap_arrival_announce();
}
PP_EXPORT_SYMBOL_NS_GPL(pp_heap_retry_probes, PANTHOR_PROTM_HEAP);

/**
 * pp_heap_arrival_init() - make announcements possible
 *
 * Context: Module initialisation.
 * Return: 0, or the error of platform_driver_register().
 */
int pp_heap_arrival_init(void)
{
	return platform_driver_register(&arrival_driver);
}

/**
 * pp_heap_arrival_exit() - no more announcements
 *
 * Context: May sleep. No heap can be registered any more.
 */
void pp_heap_arrival_exit(void)
{
	cancel_work_sync(&arrival_work);
	platform_driver_unregister(&arrival_driver);
}

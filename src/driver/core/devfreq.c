// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Frequency and voltage.
 *
 * The GPU counts as busy while a group with work is on a slot: the scheduler
 * knows that without asking the GPU. devfreq's governor compares busy with idle
 * time and picks an operating point; the OPP core sets clock and voltage.
 *
 * A protected session makes no difference: nothing here talks to firmware.
 */
#include <linux/clk.h>
#include <linux/devfreq.h>
#include <linux/devfreq_cooling.h>
#include <linux/ktime.h>
#include <linux/pm_opp.h>
#include <linux/property.h>
#include <linux/regulator/consumer.h>
#include <linux/spinlock.h>

#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "core/devfreq.h"
#include "core/device.h"

/* A look at the load every three frames; up at 45 %, down below 40 %. As stock has it. */
#define PP_DEVFREQ_POLL_MS	50
#define PP_DEVFREQ_UP_PERCENT	45
#define PP_DEVFREQ_DOWN_PERCENT	5

/**
 * struct pp_devfreq - frequency and load of a GPU
 * @devfreq: NULL without operating points
 * @profile: what devfreq calls
 * @gov: thresholds of the governor
 * @cur_hz: frequency that was set last
 * @max_hz: that of the fastest operating point
 * @lock: guards everything below
 * @busy: a group with work is on a slot
 * @since: when @busy_time and @idle_time were brought up to date
 * @busy_time: since devfreq asked last
 * @idle_time: since devfreq asked last
 */
struct pp_devfreq {
	struct devfreq *devfreq;
	struct devfreq_dev_profile profile;
	struct devfreq_simple_ondemand_data gov;
	unsigned long cur_hz, max_hz;

	spinlock_t lock;
	bool busy;
	ktime_t since;
	ktime_t busy_time, idle_time;
};

static void devfreq_account(struct pp_devfreq *df)
{
	ktime_t now = ktime_get(), passed = ktime_sub(now, df->since);

	lockdep_assert_held(&df->lock);
	if (df->busy)
		df->busy_time = ktime_add(df->busy_time, passed);
	else
		df->idle_time = ktime_add(df->idle_time, passed);
	df->since = now;
}

static void devfreq_restart(struct pp_devfreq *df)
{
	lockdep_assert_held(&df->lock);
	df->busy_time = 0;
	df->idle_time = 0;
	df->since = ktime_get();
}

static int devfreq_target(struct device *dev, unsigned long *freq, u32 flags)
{
	struct pp_device *pp = dev_get_drvdata(dev);
	struct dev_pm_opp *opp;
	int ret;

	/* Rounds to an operating point that is allowed now. */
	opp = devfreq_recommended_opp(dev, freq, flags);
	if (IS_ERR(opp))
		return PTR_ERR(opp);
	dev_pm_opp_put(opp);

	ret = dev_pm_opp_set_rate(dev, *freq);
	if (!ret)
		WRITE_ONCE(pp->devfreq->cur_hz, *freq);
	return ret;
}

static int devfreq_status(struct device *dev, struct devfreq_dev_status *status)
{
	struct pp_device *pp = dev_get_drvdata(dev);
	struct pp_devfreq *df = pp->devfreq;

	status->current_frequency = READ_ONCE(df->cur_hz);
	spin_lock(&df->lock);
	devfreq_account(df);
	status->busy_time = ktime_to_ns(df->busy_time);
	status->total_time = ktime_to_ns(ktime_add(df->busy_time, df->idle_time));
	devfreq_restart(df);
	spin_unlock(&df->lock);
	return 0;
}

static int devfreq_cur_freq(struct device *dev, unsigned long *freq)
{
	struct pp_device *pp = dev_get_drvdata(dev);

	*freq = READ_ONCE(pp->devfreq->cur_hz);
	return 0;
}

/**
 * pp_devfreq_set_busy() - work began, or all work ended
 * @pp: device
 * @busy: is a group with work on a slot?
 *
 * Context: May be called in the fence-signalling path and with sched->lock held;
 * not in interrupts.
 */
void pp_devfreq_set_busy(struct pp_device *pp, bool busy)
{
	struct pp_devfreq *df = pp->devfreq;

	if (!df->devfreq || READ_ONCE(df->busy) == busy)
		return;

	spin_lock(&df->lock);
	devfreq_account(df);
	WRITE_ONCE(df->busy, busy);
	spin_unlock(&df->lock);
}

/**
 * pp_devfreq_suspend() - the clocks are about to stop
 * @pp: device
 *
 * Context: Sleeps; waits for a change of frequency that is under way.
 */
void pp_devfreq_suspend(struct pp_device *pp)
{
	struct pp_devfreq *df = pp->devfreq;

	if (df->devfreq && devfreq_suspend_device(df->devfreq))
		drm_warn(&pp->drm, "devfreq does not stop\n");
}

/**
 * pp_devfreq_resume() - the clocks run again
 * @pp: device
 *
 * The time without clocks counts neither as busy nor as idle.
 *
 * Context: Sleeps.
 */
void pp_devfreq_resume(struct pp_device *pp)
{
	struct pp_devfreq *df = pp->devfreq;

	if (!df->devfreq)
		return;

	spin_lock(&df->lock);
	devfreq_restart(df);
	spin_unlock(&df->lock);
	if (devfreq_resume_device(df->devfreq))
		drm_warn(&pp->drm, "devfreq does not start\n");
}

/**
 * pp_devfreq_cur_hz() - how fast the GPU runs
 * @pp: device
 *
 * Context: Any, unplugged or not. Asks no hardware.
 * Return: Hz, as set last; without operating points: as found at probe.
 */
unsigned long pp_devfreq_cur_hz(struct pp_device *pp)
{
	return READ_ONCE(pp->devfreq->cur_hz);
}

/**
 * pp_devfreq_max_hz() - how fast the GPU can run
 * @pp: device
 *
 * Context: Any, unplugged or not.
 * Return: Hz, of the fastest operating point; without any: as found at probe.
 */
unsigned long pp_devfreq_max_hz(struct pp_device *pp)
{
	return pp->devfreq->max_hz;
}

static void devfreq_uncool(void *cooling)
{
	devfreq_cooling_unregister(cooling);
}

/* Where the device tree lets the thermal core slow the GPU down. Optional. */
static void devfreq_cool(struct pp_device *pp)
{
	struct thermal_cooling_device *cooling;
	struct device *dev = pp->drm.dev;

	cooling = devfreq_cooling_em_register(pp->devfreq->devfreq, NULL);
	if (IS_ERR(cooling))
		drm_info(&pp->drm, "no cooling device: %pe\n", cooling);
	else if (devm_add_action_or_reset(dev, devfreq_uncool, cooling))
		drm_info(&pp->drm, "no cooling device\n");
}

/*
 * Operating points come from the device tree, unless the power domain brought
 * them. Two supplies feed some GPUs: the OPP core sets "mali", and "sram" is
 * coupled with that, but somebody has to switch it on.
 *
 * Returns -ENODEV where there are none.
 */
static int devfreq_init_opps(struct pp_device *pp)
{
	static const char * const supplies[] = { "mali", NULL };
	struct device *dev = pp->drm.dev;
	int ret;

	ret = devm_regulator_get_enable_optional(dev, "sram");
	if (ret && ret != -ENODEV)
		return dev_err_probe(dev, ret, "sram supply\n");

	if (dev_pm_opp_get_opp_count(dev) > 0)
		return 0;
	if (!device_property_present(dev, "operating-points-v2"))
		return -ENODEV;

	/* Tells -ENODEV where the kernel has no regulators at all. */
	ret = devm_pm_opp_set_regulators(dev, supplies);
	if (ret && ret != -ENODEV)
		return dev_err_probe(dev, ret, "mali supply\n");

	ret = devm_pm_opp_of_add_table(dev);
	if (ret)
		return dev_err_probe(dev, ret, "operating points\n");
	return 0;
}

/*
 * Boot loaders leave the clock at some rate and the regulator at some voltage
 * that need not belong together. Setting a point also holds on to the regulator,
 * which the kernel switches off otherwise.
 */
static int devfreq_init_rate(struct pp_device *pp)
{
	struct pp_devfreq *df = pp->devfreq;
	struct device *dev = pp->drm.dev;
	unsigned long max = ULONG_MAX;
	struct dev_pm_opp *opp;
	int ret;

	opp = devfreq_recommended_opp(dev, &df->cur_hz, 0);
	if (IS_ERR(opp))
		return dev_err_probe(dev, PTR_ERR(opp), "no operating point\n");
	ret = dev_pm_opp_set_opp(dev, opp);
	dev_pm_opp_put(opp);
	if (ret)
		return dev_err_probe(dev, ret, "operating point %lu Hz\n", df->cur_hz);

	opp = dev_pm_opp_find_freq_floor(dev, &max);
	if (IS_ERR(opp))
		return dev_err_probe(dev, PTR_ERR(opp), "no operating point\n");
	dev_pm_opp_put(opp);
	df->max_hz = max;
	return 0;
}

/**
 * pp_devfreq_init() - take the operating points into use
 * @pp: device with clocks looked up
 *
 * A kernel without devfreq leaves the GPU at the point nearest to the rate it was
 * found at.
 *
 * Context: May sleep; probe.
 * Return: 0, -EPROBE_DEFER while a supply is missing, or another error.
 */
int pp_devfreq_init(struct pp_device *pp)
{
	struct device *dev = pp->drm.dev;
	struct devfreq *devfreq;
	struct pp_devfreq *df;
	int ret;

	df = drmm_kzalloc(&pp->drm, sizeof(*df), GFP_KERNEL);
	if (!df)
		return -ENOMEM;
	pp->devfreq = df;
	spin_lock_init(&df->lock);
	df->since = ktime_get();
	df->cur_hz = clk_get_rate(pp->clks.core);
	df->max_hz = df->cur_hz;

	ret = devfreq_init_opps(pp);
	if (ret)
		return ret == -ENODEV ? 0 : ret;
	ret = devfreq_init_rate(pp);
	if (ret)
		return ret;

	df->gov.upthreshold = PP_DEVFREQ_UP_PERCENT;
	df->gov.downdifferential = PP_DEVFREQ_DOWN_PERCENT;
	df->profile = (struct devfreq_dev_profile) {
		.timer = DEVFREQ_TIMER_DELAYED,
		.polling_ms = PP_DEVFREQ_POLL_MS,
		.initial_freq = df->cur_hz,
		.target = devfreq_target,
		.get_dev_status = devfreq_status,
		.get_cur_freq = devfreq_cur_freq,
	};
	devfreq = devm_devfreq_add_device(dev, &df->profile, DEVFREQ_GOV_SIMPLE_ONDEMAND,
					  &df->gov);
	if (devfreq == ERR_PTR(-EPROBE_DEFER))
		return -EPROBE_DEFER;
	if (IS_ERR(devfreq)) {
		drm_warn(&pp->drm, "the frequency stays at %lu Hz: %pe\n", df->cur_hz, devfreq);
		return 0;
	}
	df->devfreq = devfreq;
	devfreq_cool(pp);
	return 0;
}

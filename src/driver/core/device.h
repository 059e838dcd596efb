/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Room core: module, platform device, DRM device, reset and runtime PM.
 *
 * Owns: struct pp_device, the reset work and who is told about a reset, module
 * parameters. May call every room below it (hw, fw, mmu, mem, sched, protm);
 * rooms below call back only through what they registered or through
 * pp_device_schedule_reset().
 *
 * Reset order, all in pp_reset_work (see core/reset.c):
 *   pp_sched_pre_reset -> pp_fw_pre_reset (MCU stopped) -> pp_mmu_pre_reset (no AS
 *   commands) -> pp_protm_pre_reset (session over, gate open) -> pp_hw_soft_reset ->
 *   pp_hw_power_on -> pp_mmu_post_reset -> pp_fw_post_reset ->
 *   pp_protm_post_reset -> pp_sched_post_reset.
 * If a step after the soft reset fails, all of them from there are tried once
 * more, with all sections loaded anew; then the device is unplugged. So it is when
 * it is off the bus, and when one resume after the other fails.
 */
#ifndef PP_CORE_DEVICE_H
#define PP_CORE_DEVICE_H

#include <linux/atomic.h>
#include <linux/io.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include <drm/drm_device.h>

struct clk;
struct pp_devfreq;
struct pp_fw;
struct pp_hw;
struct pp_mmu;
struct pp_protm;
struct pp_protmem;
struct pp_reclaim;
struct pp_sched;

/* Why a reset was asked for; printed once in its log line. */
enum pp_reset_cause {
	PP_RESET_NONE,
	PP_RESET_FW_TIMEOUT,	/* firmware did not answer a request */
	PP_RESET_FW_FATAL,	/* firmware said so */
	PP_RESET_AS_TIMEOUT,	/* an AS command never completed */
	PP_RESET_PROTM_FAULT,	/* GPU_IRQ PROTECTED_FAULT */
	PP_RESET_PROTM_TIMEOUT,	/* ENTER, PROTM_ACTIVE or EXIT limit passed */
	PP_RESET_ATTACH,	/* protected memory attached: full boot wanted */
	PP_RESET_USER,		/* debugfs, tests */
	PP_RESET_GONE,		/* registers read as ones */
};

/* What was read once at probe; constant afterwards. */
struct pp_gpu_info {
	u32 gpu_id, gpu_rev, csf_id, l2_features, core_features, tiler_features;
	u32 mem_features, mmu_features, as_present, thread_features;
	u32 max_threads, max_workgroup_size, max_barrier_size;
	u32 coherency_features, selected_coherency, texture_features[4];
	u64 shader_present, tiler_present, l2_present, gpu_features;
};

/**
 * struct pp_soc_data - what a system on chip wants beyond the device tree
 * @asn_hash_enable: how addresses spread over the L2's slices is set by @asn_hash
 * @asn_hash: values of the ASN_HASH registers (arch 11 and later)
 */
struct pp_soc_data {
	bool asn_hash_enable;
	u32 asn_hash[3];
};

/**
 * struct pp_device - one GPU
 * @drm: DRM base; embedded, so that container_of() works
 * @iomem: BAR/reg window, valid from probe to the last put of the DRM device
 * @phys: bus address of @iomem (FLUSH_ID page for user space)
 * @info: identification, constant after pp_hw_init()
 * @coherent: device snoops CPU caches (DT dma-coherent)
 * @profiling: PP_PROFILE_*: what is counted for jobs that are submitted from now on
 * @soc: of the compatible string, or NULL
 */
struct pp_device {
	struct drm_device drm;
	void __iomem *iomem;
	phys_addr_t phys;
	resource_size_t iomem_size;
	struct pp_gpu_info info;
	bool coherent;
	u32 profiling;
	const struct pp_soc_data *soc;

	struct pp_devfreq *devfreq;
	struct pp_hw *hw;
	struct pp_mmu *mmu;
	struct pp_fw *fw;
	struct pp_protmem *protmem;
	struct pp_reclaim *reclaim;
	struct pp_protm *protm;
	struct pp_sched *sched;

	struct {
		struct clk *core, *stacks, *coregroup;
	} clks;

	/** @unplug_lock: lets one caller take the device apart, the others wait for it */
	struct mutex unplug_lock;

	/**
	 * @reset: @wq is ordered: resets, and all that must not overlap one,
	 * run there. @pending is set from schedule to the end of the work.
	 */
	struct {
		struct workqueue_struct *wq;
		struct work_struct work;
		atomic_t pending;
		atomic_t cause;		/* enum pp_reset_cause of the first asker */
		atomic_t full;		/* the next reset reloads all firmware sections */
		bool give_up;		/* no reset can help: the work unplugs */
		struct mutex lock;	/* one pp_device_reset_and_wait() at a time */
		struct mutex run_lock;	/* held for a reset, and to leave PP_PM_ACTIVE */
		u32 count;		/* resets done; written by the work only */
	} reset;

	/** @pm: runtime PM state. PP_PM_ACTIVE means that registers may be touched. */
	struct {
		atomic_t state;
		struct mutex mmio_lock;	/* guards the switch between real and dummy FLUSH_ID page */
		struct page *dummy_flush_page;
		atomic_t recover;	/* a resume failed: runtime PM refuses until told */
		unsigned int failures;	/* resumes that failed in a row; PM callbacks only */
	} pm;
};

enum pp_pm_state { PP_PM_SUSPENDED, PP_PM_RESUMING, PP_PM_ACTIVE, PP_PM_SUSPENDING };

static inline struct pp_device *to_pp_device(struct drm_device *drm)
{
	return container_of(drm, struct pp_device, drm);
}

static inline bool pp_device_active(struct pp_device *pp)
{
	return atomic_read(&pp->pm.state) == PP_PM_ACTIVE;
}

static inline bool pp_reset_pending(struct pp_device *pp)
{
	return atomic_read(&pp->reset.pending);
}

/* Module parameters (core/module.c). */
extern char *pp_param_protected_heap_name;
extern bool pp_param_protected_heap_wait;
extern bool pp_param_series_uapi;
extern unsigned int pp_param_protm_slice_ms;
extern unsigned int pp_param_protm_grace_us;
extern unsigned int pp_param_protm_progress_ms;
extern bool pp_param_transparent_hugepage;

int pp_device_init(struct pp_device *pp);
void pp_device_unplug(struct pp_device *pp);
void pp_device_schedule_reset(struct pp_device *pp, enum pp_reset_cause cause, bool full);
int pp_device_reset_and_wait(struct pp_device *pp, enum pp_reset_cause cause, bool full);
int pp_reset_init(struct pp_device *pp);
void pp_reset_stop(struct pp_device *pp);
void pp_reset_finish(struct pp_device *pp);
int pp_pm_init(struct pp_device *pp);
int pp_pm_start(struct pp_device *pp);
void pp_pm_stop(struct pp_device *pp);
int pp_device_domains_init(struct pp_device *pp);
int pp_device_clk_init(struct pp_device *pp);
int pp_device_clk_enable(struct pp_device *pp);
void pp_device_clk_disable(struct pp_device *pp);
int pp_device_get(struct pp_device *pp);
void pp_device_put(struct pp_device *pp);
void pp_device_give_up(struct pp_device *pp);
int pp_device_suspend(struct device *dev);
int pp_device_resume(struct device *dev);
int pp_device_wake(struct device *dev);
int pp_device_mmap_io(struct pp_device *pp, struct vm_area_struct *vma);

#endif

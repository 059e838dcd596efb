# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# What the target kernel's headers offer, asked of the headers themselves:
# stable trees and distributions backport interfaces, so a version number
# answers a different question. Each probe is one line; src/compat/*.h turns
# the answers into one form that every call site uses.
#
# Read by src/Kbuild with $(srctree) naming the target's sources (Debian splits
# its headers, and there it is the -common half). The expressions hold neither
# commas nor unbalanced parentheses, since make would read those as its own,
# and match declarations, not comments.

# $(call pp-probe,MACRO,HEADER,REGEX)
pp-probe = $(shell grep -qsE '$(3)' $(srctree)/include/$(2) && echo -D$(1))

# $(call pp-symbol,MACRO,SYMBOL): whether modules may use it.
pp-symbol = $(shell grep -qsE '[[:space:]]$(2)[[:space:]]' $(objtree)/Module.symvers && echo -D$(1))

pp-probes := $(strip \
	$(call pp-symbol,PP_HAVE_HEAP_ACCESSORS,dma_heap_find) \
	$(call pp-symbol,PP_HAVE_HEAP_GETTERS,dma_heap_get_name) \
	$(call pp-probe,PP_HAVE_NS_TOKEN,linux/module.h,^.define MODULE_IMPORT_NS.*__stringify) \
	$(call pp-probe,PP_HAVE_SCHED_INIT_ARGS,drm/gpu_scheduler.h,^struct drm_sched_init_args) \
	$(call pp-probe,PP_HAVE_SCHED_CLIENT_ID,drm/gpu_scheduler.h,^[[:space:]]*u64 drm_client_id) \
	$(call pp-probe,PP_HAVE_SCHED_START_ERRNO,drm/gpu_scheduler.h,^void drm_sched_start.*int errno) \
	$(call pp-probe,PP_HAVE_SCHED_STAT_RESET,drm/gpu_scheduler.h,^[[:space:]]*DRM_GPU_SCHED_STAT_RESET) \
	$(call pp-probe,PP_HAVE_GPUVM_IMMEDIATE,drm/drm_gpuvm.h,^[[:space:]]*DRM_GPUVM_IMMEDIATE_MODE) \
	$(call pp-probe,PP_HAVE_DRIVER_GEM_GPUVA,drm/drm_drv.h,^[[:space:]]*DRIVER_GEM_GPUVA) \
	$(call pp-probe,PP_HAVE_HUGE_MNT,drm/drm_gem.h,^int drm_gem_huge_mnt_create) \
	$(call pp-probe,PP_HAVE_PMD_PFN_T,linux/huge_mm.h,vmf_insert_pfn_pmd.*pfn_t pfn) \
	$(call pp-probe,PP_HAVE_FENCE_OPS_RCU,linux/dma-fence.h,^[[:space:]]*const struct dma_fence_ops __rcu) \
	$(call pp-probe,PP_HAVE_WEDGED_EVENT,drm/drm_drv.h,^int drm_dev_wedged_event) \
	$(call pp-probe,PP_HAVE_WEDGED_TASK,drm/drm_device.h,^struct drm_wedge_task_info) \
	$(call pp-probe,PP_HAVE_GPUVM_MAP_REQ,drm/drm_gpuvm.h,^struct drm_gpuvm_map_req))

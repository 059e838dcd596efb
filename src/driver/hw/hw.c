// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Identification, soft reset, cache flushes, and the GPU block's interrupts.
 */
#include <linux/bitops.h>
#include <linux/device.h>
#include <linux/iopoll.h>
#include <linux/nvmem-consumer.h>
#include <linux/property.h>

#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "hw/priv.h"
#include "hw/product.h"

#define PP_FLUSH_TIMEOUT_MS	100
#define PP_FLUSH_SPIN_US	50

#define PP_GPU_EVENTS							\
	(PP_GPU_IRQ_FAULT | PP_GPU_IRQ_PROTECTED_FAULT |		\
	 PP_GPU_IRQ_RESET_COMPLETED)
#define PP_PWR_EVENTS							\
	(PP_PWR_IRQ_RESET_COMPLETED | PP_PWR_IRQ_NOT_ALLOWED | PP_PWR_IRQ_INVALID)

/* Firmware powers shader cores and tiler; which registers the host has for the rest. */
static const struct {
	u8 first, last;		/* arch major */
	const struct pp_hw_ops *ops;
} pp_hw_archs[] = {
	{ 10, 13, &pp_hw_ops_v10 },
	{ 14, 14, &pp_hw_ops_v14 },
};

/**
 * pp_reg_read64() - read a register pair that does not change under us
 * @pp: device
 * @off: offset of its low half
 *
 * Return: the value.
 */
u64 pp_reg_read64(struct pp_device *pp, u32 off)
{
	u32 lo = pp_reg_read(pp, off);

	return lo | (u64)pp_reg_read(pp, off + 4) << 32;
}

/**
 * pp_reg_write64() - write a register pair, low half first
 * @pp: device
 * @off: offset of its low half
 * @val: value
 */
void pp_reg_write64(struct pp_device *pp, u32 off, u64 val)
{
	pp_reg_write(pp, off, lower_32_bits(val));
	pp_reg_write(pp, off + 4, upper_32_bits(val));
}

/**
 * pp_reg_read_counter() - read a running counter
 * @pp: device
 * @off: offset of its low half
 *
 * The high half is read again until the low half cannot have wrapped between.
 *
 * Return: the value.
 */
u64 pp_reg_read_counter(struct pp_device *pp, u32 off)
{
	u32 hi, lo, again = pp_reg_read(pp, off + 4);

	do {
		hi = again;
		lo = pp_reg_read(pp, off);
		again = pp_reg_read(pp, off + 4);
	} while (hi != again);

	return lo | (u64)hi << 32;
}

static const struct pp_hw_ops *pp_hw_find_ops(u32 gpu_id)
{
	u32 arch = PP_GPU_ID_ARCH_MAJOR(gpu_id);

	for (unsigned int i = 0; i < ARRAY_SIZE(pp_hw_archs); i++)
		if (arch >= pp_hw_archs[i].first && arch <= pp_hw_archs[i].last)
			return pp_hw_archs[i].ops;
	return NULL;
}

static void pp_hw_read_info(struct pp_device *pp)
{
	const struct pp_hw_ops *ops = pp->hw->ops;
	struct pp_gpu_info *info = &pp->info;

	info->csf_id = pp_reg_read(pp, PP_GPU_CSF_ID);
	info->gpu_rev = pp_reg_read(pp, PP_GPU_REVID);
	info->core_features = pp_reg_read(pp, PP_GPU_CORE_FEATURES);
	info->l2_features = pp_reg_read(pp, PP_GPU_L2_FEATURES);
	info->tiler_features = pp_reg_read(pp, PP_GPU_TILER_FEATURES);
	info->mem_features = pp_reg_read(pp, PP_GPU_MEM_FEATURES);
	info->mmu_features = pp_reg_read(pp, PP_GPU_MMU_FEATURES);
	info->thread_features = pp_reg_read(pp, PP_GPU_THREAD_FEATURES);
	info->max_threads = pp_reg_read(pp, PP_GPU_THREAD_MAX_THREADS);
	info->max_workgroup_size = pp_reg_read(pp, PP_GPU_THREAD_MAX_WORKGROUP);
	info->max_barrier_size = pp_reg_read(pp, PP_GPU_THREAD_MAX_BARRIER);
	info->coherency_features = pp_reg_read(pp, PP_GPU_COHERENCY_FEATURES);
	for (int i = 0; i < 4; i++)
		info->texture_features[i] = pp_reg_read(pp, PP_GPU_TEXTURE_FEATURES(i));
	info->as_present = pp_reg_read(pp, PP_GPU_AS_PRESENT);
	info->shader_present = pp_reg_read64(pp, ops->present[0]);
	info->tiler_present = pp_reg_read64(pp, ops->present[1]);
	info->l2_present = pp_reg_read64(pp, ops->present[2]);
	/* The register came with arch 11. */
	if (PP_GPU_ID_ARCH_MAJOR(info->gpu_id) >= 11)
		info->gpu_features = pp_reg_read64(pp, PP_GPU_FEATURES);
}

/*
 * Some SoCs leave cores out that the register still shows; fuses then tell which
 * ones are there.
 */
static int pp_hw_read_fuses(struct pp_device *pp)
{
	struct device *dev = pp->drm.dev;
	u64 cores;
	int ret;

	ret = nvmem_cell_read_variable_le_u64(dev, "shader-present", &cores);
	/* No such cell, or a kernel without nvmem. */
	if (ret == -ENOENT || ret == -EOPNOTSUPP)
		return 0;
	if (ret)
		return dev_err_probe(dev, ret, "nvmem cell shader-present\n");

	if (cores)
		pp->info.shader_present = cores;
	else
		drm_warn(&pp->drm, "nvmem cell shader-present knows no core: not believed\n");
	return 0;
}

static void pp_hw_hello(struct pp_device *pp)
{
	const struct pp_gpu_info *info = &pp->info;
	u32 id = info->gpu_id;

	drm_info(&pp->drm, "%s, arch %u.%u.%u product %u r%up%u, shader cores 0x%llx, %s\n",
		 pp_hw_product_name(id, hweight64(info->shader_present),
				    info->gpu_features & PP_GPU_FEATURES_RAY_INTERSECTION),
		 PP_GPU_ID_ARCH_MAJOR(id), PP_GPU_ID_ARCH_MINOR(id), PP_GPU_ID_ARCH_REV(id),
		 PP_GPU_ID_PROD_MAJOR(id), PP_GPU_ID_VER_MAJOR(id), PP_GPU_ID_VER_MINOR(id),
		 info->shader_present, pp->coherent ? "coherent" : "not coherent");
}

/* The device tree says how the GPU is wired, the GPU what it can do. */
static int pp_hw_init_coherency(struct pp_device *pp)
{
	pp->coherent = device_get_dma_attr(pp->drm.dev) == DEV_DMA_COHERENT;
	pp->info.selected_coherency = PP_GPU_COHERENCY_NONE;
	if (!pp->coherent)
		return 0;

	if (!(pp->info.coherency_features & BIT(PP_GPU_COHERENCY_ACE_LITE))) {
		drm_err(&pp->drm, "described as coherent, but lacks ACE-Lite\n");
		return -EINVAL;
	}

	pp->info.selected_coherency = PP_GPU_COHERENCY_ACE_LITE;
	return 0;
}

/* Only since arch 14. */
static void pp_hw_pwr_irq(struct pp_device *pp, u32 status)
{
	pp_hw_trace_power(pp, status);
	if (status & PP_PWR_IRQ_RESET_COMPLETED)
		complete(&pp->hw->reset_done);

	/* Who sent it notices by itself: what it waits for does not happen. */
	if (status & (PP_PWR_IRQ_NOT_ALLOWED | PP_PWR_IRQ_INVALID))
		drm_err(&pp->drm, "power command refused (0x%08x), state 0x%016llx\n", status,
			pp_reg_read64(pp, PP_PWR_STATUS));
}

static void pp_hw_gpu_irq(struct pp_device *pp, u32 status)
{
	struct pp_hw *hw = pp->hw;
	void (*protm_fault)(struct pp_device *pp);

	if (hw->ops->power_block == PP_IRQ_GPU)
		pp_hw_trace_power(pp, status);

	if (status & PP_GPU_IRQ_CLEAN_CACHES_COMPLETED)
		complete(&hw->flush_done);

	if (status & PP_GPU_IRQ_RESET_COMPLETED)
		complete(&hw->reset_done);

	if (status & PP_GPU_IRQ_FAULT)
		drm_warn(&pp->drm, "GPU fault 0x%08x at 0x%016llx\n",
			 pp_reg_read(pp, PP_GPU_FAULT_STATUS),
			 pp_reg_read64(pp, PP_GPU_FAULT_ADDRESS));

	/* No fault register is read here: they are not ours in protected mode. */
	if (status & PP_GPU_IRQ_PROTECTED_FAULT) {
		protm_fault = READ_ONCE(hw->protm_fault);
		if (protm_fault)
			protm_fault(pp);
	}
}

static int pp_hw_identify(struct pp_device *pp)
{
	u32 id = pp_reg_read(pp, PP_GPU_ID);
	int ret;

	pp->info.gpu_id = id;
	if (!id)
		return -ENXIO;
	pp->hw->ops = pp_hw_find_ops(id);
	if (!pp->hw->ops) {
		drm_err(&pp->drm, "GPU id 0x%08x: architecture %u is not supported\n",
			id, PP_GPU_ID_ARCH_MAJOR(id));
		return -EOPNOTSUPP;
	}

	pp_hw_read_info(pp);
	ret = pp_hw_read_fuses(pp);
	if (!ret)
		ret = pp_hw_init_coherency(pp);
	if (!ret)
		pp_hw_hello(pp);
	return ret;
}

/**
 * pp_hw_init() - identify the GPU and take its GPU line into use
 * @pp: device with registers mapped and clocks running
 *
 * Context: May sleep; probe.
 * Return:
 *  * 0: fine
 *  * -ENXIO: no GPU there
 *  * -EOPNOTSUPP: one of another architecture
 *  * -EINVAL: the device tree contradicts the hardware
 *  * other: memory, fuses or interrupt line not available
 */
int pp_hw_init(struct pp_device *pp)
{
	int ret;

	pp->hw = drmm_kzalloc(&pp->drm, sizeof(*pp->hw), GFP_KERNEL);
	if (!pp->hw)
		return -ENOMEM;

	init_completion(&pp->hw->flush_done);
	init_completion(&pp->hw->reset_done);
	INIT_LIST_HEAD(&pp->hw->trace_node);
	pp_irq_init(pp);
	ret = drmm_mutex_init(&pp->drm, &pp->hw->flush_lock);
	if (!ret)
		ret = pp_hw_identify(pp);
	if (!ret)
		ret = pp_irq_request(pp, PP_IRQ_GPU, PP_GPU_EVENTS, pp_hw_gpu_irq);
	if (!ret && pp->hw->ops->power_block == PP_IRQ_PWR)
		ret = pp_irq_request(pp, PP_IRQ_PWR, PP_PWR_EVENTS, pp_hw_pwr_irq);
	if (ret)
		pp_hw_irq_suspend(pp);
	else
		pp_hw_trace_add(pp->hw);
	return ret;
}

/**
 * pp_hw_irq_suspend() - silence the GPU line
 * @pp: device that is still powered
 *
 * Context: May sleep.
 */
void pp_hw_irq_suspend(struct pp_device *pp)
{
	pp_irq_suspend(pp, PP_IRQ_GPU);
	pp_irq_suspend(pp, PP_IRQ_PWR);
}

/**
 * pp_hw_irq_resume() - listen to the GPU line again
 * @pp: device, powered
 *
 * Context: May sleep.
 */
void pp_hw_irq_resume(struct pp_device *pp)
{
	if (pp->hw->ops->power_block == PP_IRQ_PWR)
		pp_irq_resume(pp, PP_IRQ_PWR);
	pp_irq_resume(pp, PP_IRQ_GPU);
}

/**
 * pp_hw_unplug() - no GPU interrupt from here on
 * @pp: device that is still powered
 *
 * Context: May sleep.
 */
void pp_hw_unplug(struct pp_device *pp)
{
	pp_hw_trace_del(pp->hw);
	pp_hw_irq_suspend(pp);
}

/**
 * pp_hw_gone() - has the GPU left the bus?
 * @pp: device after pp_hw_init()
 *
 * A device that is off the bus, or has no power behind our back, reads as ones.
 * One read of GPU_ID.
 *
 * Context: Any. The device is, or should be, powered.
 * Return: true if no register can be believed.
 */
bool pp_hw_gone(struct pp_device *pp)
{
	return pp_reg_read(pp, PP_GPU_ID) != pp->info.gpu_id;
}

/**
 * pp_hw_soft_reset() - reset the GPU
 * @pp: device whose MCU is stopped
 *
 * Everything but the register window's identity is lost: power, address spaces,
 * protected mode. A protected fault is over as well, so its interrupt is wanted
 * again.
 *
 * Context: May sleep, at most 500 ms.
 * Return: 0, -ENODEV if the GPU is off the bus, -ETIMEDOUT, or -EPERM if the GPU
 * does not allow it.
 */
int pp_hw_soft_reset(struct pp_device *pp)
{
	const struct pp_hw_ops *ops = pp->hw->ops;
	int ret;

	/* What reads as ones would seem to complete anything. */
	if (pp_hw_gone(pp))
		return -ENODEV;

	reinit_completion(&pp->hw->reset_done);
	pp_hw_irq_resume(pp);
	ret = ops->reset(pp);
	if (ret) {
		drm_err(&pp->drm, "soft reset is not allowed\n");
		return ret;
	}

	if (!wait_for_completion_timeout(&pp->hw->reset_done,
					 msecs_to_jiffies(ops->reset_ms)) &&
	    !pp_irq_take_raw(pp, ops->power_block, ops->reset_completed)) {
		drm_err(&pp->drm, "soft reset does not complete\n");
		return -ETIMEDOUT;
	}

	/* The mask register went with the rest, and a fault was left uncleared. */
	pp_hw_irq_suspend(pp);
	pp_irq_enable_events(pp, PP_IRQ_GPU, PP_GPU_EVENTS);
	pp_hw_irq_resume(pp);
	return 0;
}

/* Most flushes are over before an interrupt would be served, which takes twice the accesses. */
static bool pp_hw_flush_spin(struct pp_device *pp)
{
	u32 raw, reg = PP_GPU_IRQ_BASE + PP_IRQ_RAWSTAT;

	if (read_poll_timeout_atomic(pp_reg_read, raw, raw & PP_GPU_IRQ_CLEAN_CACHES_COMPLETED, 1,
				     PP_FLUSH_SPIN_US, false, pp, reg))
		return false;
	pp_reg_write(pp, PP_GPU_IRQ_BASE + PP_IRQ_CLEAR, PP_GPU_IRQ_CLEAN_CACHES_COMPLETED);
	return true;
}

/* The event is unmasked for long flushes only; one that is there already interrupts at once. */
static bool pp_hw_flush_sleep(struct pp_device *pp)
{
	bool done;

	reinit_completion(&pp->hw->flush_done);
	pp_irq_enable_events(pp, PP_IRQ_GPU, PP_GPU_IRQ_CLEAN_CACHES_COMPLETED);
	done = wait_for_completion_timeout(&pp->hw->flush_done,
					   msecs_to_jiffies(PP_FLUSH_TIMEOUT_MS));
	pp_irq_disable_events(pp, PP_IRQ_GPU, PP_GPU_IRQ_CLEAN_CACHES_COMPLETED);
	return done || pp_irq_take_raw(pp, PP_IRQ_GPU, PP_GPU_IRQ_CLEAN_CACHES_COMPLETED);
}

/**
 * pp_hw_flush_caches() - clean and invalidate what the GPU caches
 * @pp: device
 *
 * GPU_COMMAND FLUSH_CACHES: cleans and invalidates L2 and load/store caches,
 * invalidates the others.
 *
 * Context: Sleeps, at most 100 ms once it is its turn; fine in the fence-signalling
 * path.
 * Return: 0, or -ETIMEDOUT (the caller asks for a reset).
 */
int pp_hw_flush_caches(struct pp_device *pp)
{
	struct pp_hw *hw = pp->hw;
	int ret = 0;

	mutex_lock(&hw->flush_lock);
	/* One that was given up may have ended since, and must not be taken for this one. */
	if (hw->flush_lost)
		pp_reg_write(pp, PP_GPU_IRQ_BASE + PP_IRQ_CLEAR,
			     PP_GPU_IRQ_CLEAN_CACHES_COMPLETED);
	hw->flush_lost = false;
	pp_reg_write(pp, PP_GPU_COMMAND, PP_GPU_CMD_FLUSH_CACHES_ALL);
	if (!pp_hw_flush_spin(pp) && !pp_hw_flush_sleep(pp)) {
		drm_err(&pp->drm, "cache flush does not complete\n");
		hw->flush_lost = true;
		ret = -ETIMEDOUT;
	}
	mutex_unlock(&hw->flush_lock);
	return ret;
}

/**
 * pp_hw_protm_active() - is the GPU in protected mode now?
 * @pp: device
 *
 * One read of GPU_STATUS.
 *
 * Context: Any. The device is powered.
 * Return: GPU_STATUS.PROTECTED_MODE_ACTIVE.
 */
bool pp_hw_protm_active(struct pp_device *pp)
{
	return pp_reg_read(pp, PP_GPU_STATUS) & PP_GPU_STATUS_PROTM_ACTIVE;
}

/**
 * pp_hw_set_protm_fault_handler() - who is told about PROTECTED_FAULT
 * @pp: device
 * @fn: called in the GPU interrupt's thread; the event is masked by then and
 *	stays uncleared until a reset. NULL: nobody
 */
void pp_hw_set_protm_fault_handler(struct pp_device *pp,
				   void (*fn)(struct pp_device *pp))
{
	WRITE_ONCE(pp->hw->protm_fault, fn);
}

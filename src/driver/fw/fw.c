// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Firmware: loading its sections, starting and stopping the MCU, its interrupt.
 *
 * A boot is fast or full. A fast one follows an orderly halt: memory is as
 * firmware left it. A full one loads every section from the pristine image
 * again, except protected ones, which the CPU can neither read nor write:
 * firmware prepares those by itself at each full boot.
 */
#include <linux/firmware.h>
#include <linux/iopoll.h>

#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "fw/priv.h"
#include "hw/hw.h"
#include "hw/hw_trace.h"
#include "mem/bo.h"
#include "mem/protmem.h"
#include "mmu/mmu.h"

#define PP_FW_BOOT_TIMEOUT_MS	1000
/* Whether it has booted is also looked at this often: the interrupt may have got lost. */
#define PP_FW_LOOK_MS		100
#define PP_FW_HALT_TIMEOUT_US	1000000
#define PP_FW_STOP_TIMEOUT_US	100000
/* Firmware answers within microseconds, or is busy, or dead: look often, then seldom. */
#define PP_FW_POLL_US		100
#define PP_FW_POLL_LONG_US	2000
#define PP_FW_POLL_LIMIT_US	5000

/* The MCU has a fixed address space. */
#define PP_FW_AS		0

static bool pp_fw_is_prot(const struct pp_fw_section *s)
{
	return s->flags & PP_FW_SECTION_PROT;
}

static u32 pp_fw_section_map_flags(const struct pp_fw_section *s)
{
	u32 flags = 0;

	if (!(s->flags & PP_FW_SECTION_WR))
		flags |= PP_VM_MAP_READONLY;
	if (!(s->flags & PP_FW_SECTION_EX))
		flags |= PP_VM_MAP_NOEXEC;
	/* The coherent modes are for memory that we use too: keep caches out. */
	if (PP_FW_SECTION_CACHE(s->flags) != PP_FW_SECTION_CACHE_CACHED)
		flags |= PP_VM_MAP_UNCACHED;
	return flags;
}

static void pp_fw_load_section(struct pp_fw *fw, unsigned int i)
{
	const struct pp_fw_section *s = &fw->image.sections[i];
	void *mem = fw->kbos[i]->kmap;

	memcpy(mem, fw->file->data + s->data, s->data_size);
	if (s->flags & PP_FW_SECTION_ZERO)
		memset(mem + s->data_size, 0, s->size - s->data_size);
}

/* Everything that the CPU may touch. */
static void pp_fw_load(struct pp_fw *fw)
{
	for (unsigned int i = 0; i < fw->image.section_count; i++)
		if (!pp_fw_is_prot(&fw->image.sections[i]))
			pp_fw_load_section(fw, i);
}

/* Memory for every section but the protected ones. */
static int pp_fw_create_sections(struct pp_fw *fw)
{
	for (unsigned int i = 0; i < fw->image.section_count; i++) {
		const struct pp_fw_section *s = &fw->image.sections[i];
		struct pp_kbo *kbo;

		if (pp_fw_is_prot(s))
			continue;
		kbo = pp_kbo_create(fw->pp, fw->vm, s->size,
				    pp_fw_section_map_flags(s), s->va, true);
		if (IS_ERR(kbo)) {
			drm_err(&fw->pp->drm, "no memory for firmware at 0x%08x: %pe\n",
				s->va, kbo);
			return PTR_ERR(kbo);
		}
		fw->kbos[i] = kbo;
	}
	return 0;
}

static bool pp_fw_prot_complete(const struct pp_fw *fw)
{
	for (unsigned int i = 0; i < fw->image.section_count; i++)
		if (pp_fw_is_prot(&fw->image.sections[i]) && !fw->kbos[i])
			return false;
	return fw->image.has_prot;
}

/* Groups n at bits n, the global interface at bit 31. */
static void pp_fw_job_events(struct pp_device *pp, u32 status)
{
	const struct pp_fw_hooks *hooks;
	struct pp_fw *fw = pp->fw;
	u32 csgs = status & ~PP_JOB_IRQ_GLOBAL;

	if (!READ_ONCE(fw->live)) {
		if (status & PP_JOB_IRQ_GLOBAL) {
			WRITE_ONCE(fw->booted, true);
			wake_up_all(&fw->wait);
		}
		return;
	}

	hooks = READ_ONCE(fw->hooks);

	/*
	 * Groups first. An interrupt may carry the end of a protected session
	 * (global) together with what its streams did last (groups): a fault, or
	 * a new request for protected mode. Taken in this order, those belong to
	 * the session that is ending; the other way round, the exit would open
	 * the gate and let the next entry be decided on stale pending bits.
	 */
	if (csgs && hooks)
		hooks->csg_events(pp, csgs);

	if (status & PP_JOB_IRQ_GLOBAL) {
		pp_fw_glb_check_fatal(fw);
		wake_up_all(&fw->wait);
		if (hooks)
			hooks->glb_events(pp);
	}
}

/* JOB interrupt thread. The time is taken only if somebody wants to know. */
static void pp_fw_job_irq(struct pp_device *pp, u32 status)
{
	u64 start = trace_gpu_job_irq_enabled() ? ktime_get_ns() : 0;

	pp_fw_job_events(pp, status);
	if (start)
		trace_gpu_job_irq(pp->drm.dev, status, ktime_get_ns() - start);
}

static bool pp_fw_wait_booted(struct pp_fw *fw)
{
	unsigned int ms;

	for (ms = 0; ms < PP_FW_BOOT_TIMEOUT_MS; ms += PP_FW_LOOK_MS)
		if (wait_event_timeout(fw->wait, READ_ONCE(fw->booted),
				       msecs_to_jiffies(PP_FW_LOOK_MS)) ||
		    pp_irq_take_raw(fw->pp, PP_IRQ_JOB, PP_JOB_IRQ_GLOBAL))
			return true;
	return false;
}

/*
 * MCU_CONTROL AUTO lets the MCU come back in normal mode by itself if it leaves
 * protected mode by a fast reset.
 */
static int pp_fw_boot(struct pp_fw *fw)
{
	struct pp_device *pp = fw->pp;
	int as;

	/* Power off and reset take the slot away, so each boot asks for it. */
	as = pp_vm_as_get(fw->vm);
	if (as < 0)
		return as;
	fw->resident = true;
	if (drm_WARN_ON(&pp->drm, as != PP_FW_AS))
		return -EIO;

	WRITE_ONCE(fw->booted, false);
	pp_irq_resume(pp, PP_IRQ_JOB);
	pp_reg_write(pp, PP_MCU_CONTROL, PP_MCU_CONTROL_AUTO);

	if (pp_fw_wait_booted(fw))
		return 0;

	drm_err(&pp->drm, "firmware does not boot: MCU status %u\n",
		pp_reg_read(pp, PP_MCU_STATUS));
	return -ETIMEDOUT;
}

static bool pp_fw_mcu_is(struct pp_fw *fw, u32 status)
{
	if (pp_reg_read(fw->pp, PP_MCU_STATUS) != status)
		return false;

	return status != PP_MCU_STATUS_HALT || pp_fw_glb_halted(fw);
}

static int pp_fw_wait_mcu(struct pp_fw *fw, u32 status, u32 timeout_us)
{
	bool done;
	int ret;

	ret = read_poll_timeout(pp_fw_mcu_is, done, done, PP_FW_POLL_US,
				PP_FW_POLL_LIMIT_US, false, fw, status);
	if (ret)
		ret = read_poll_timeout(pp_fw_mcu_is, done, done, PP_FW_POLL_LONG_US,
					timeout_us, false, fw, status);
	return ret;
}

static void pp_fw_stop(struct pp_fw *fw)
{
	struct pp_device *pp = fw->pp;

	pp_irq_suspend(pp, PP_IRQ_JOB);
	/* It is not started without, so it has been stopped before. */
	if (!fw->resident)
		return;

	pp_reg_write(pp, PP_MCU_CONTROL, PP_MCU_CONTROL_DISABLE);
	if (pp_fw_wait_mcu(fw, PP_MCU_STATUS_DISABLED, PP_FW_STOP_TIMEOUT_US))
		drm_err(&pp->drm, "the MCU does not stop\n");

	pp_vm_as_put(fw->vm);
	fw->resident = false;
}

/* Let firmware put its affairs in order, so that the next boot can be a fast one. */
static int pp_fw_halt(struct pp_fw *fw)
{
	int ret;

	pp_fw_glb_set_state(fw, true);
	pp_fw_ring_glb(fw->pp);
	ret = pp_fw_wait_mcu(fw, PP_MCU_STATUS_HALT, PP_FW_HALT_TIMEOUT_US);
	if (ret)
		drm_err(&fw->pp->drm, "the MCU does not halt: status %u\n",
			pp_reg_read(fw->pp, PP_MCU_STATUS));
	return ret;
}

/*
 * Boot and make the interfaces usable. On failure the MCU is stopped, and only
 * a full boot after a soft reset can follow.
 */
static int pp_fw_start(struct pp_fw *fw, bool full)
{
	int ret;

	if (full)
		pp_fw_load(fw);
	else
		pp_fw_glb_set_state(fw, false);
	fw->halted = false;

	ret = pp_fw_boot(fw);
	if (!ret)
		ret = pp_fw_iface_init(fw);
	if (ret)
		goto err_stop;

	WRITE_ONCE(fw->live, true);
	ret = pp_fw_glb_start(fw);
	if (ret)
		goto err_stop;

	if (full)
		fw->info.prot_loaded = pp_fw_prot_complete(fw);
	pp_fw_ping_resume(fw->pp);
	return 0;

err_stop:
	WRITE_ONCE(fw->live, false);
	pp_fw_stop(fw);
	return ret;
}

/* Orderly if @halt and firmware plays along. */
static int pp_fw_end(struct pp_fw *fw, bool halt)
{
	int ret = -ECANCELED;

	WRITE_ONCE(fw->live, false);
	pp_fw_ping_stop(fw, false);
	if (halt && fw->resident)
		ret = pp_fw_halt(fw);
	pp_fw_stop(fw);
	fw->halted = !ret;
	return ret;
}

/*
 * A VM holds a reference to the device, so it cannot wait for the device's
 * release. The shared section can: its contents may be read until then.
 */
static void pp_fw_destroy_sections(struct pp_fw *fw)
{
	struct pp_kbo *shared;
	void *kmap;

	if (!fw->vm)
		return;

	shared = fw->kbos[fw->image.shared];
	if (shared && !pp_bo_vmap(shared->bo, &kmap)) {
		drm_gem_object_get(&shared->bo->base);
		fw->shared_bo = shared->bo;
	}

	for (unsigned int i = 0; i < fw->image.section_count; i++) {
		pp_kbo_destroy(fw->kbos[i]);
		fw->kbos[i] = NULL;
	}
	pp_vm_put(fw->vm);
	fw->vm = NULL;
}

static void pp_fw_fini(struct drm_device *drm, void *data)
{
	struct pp_fw *fw = data;

	if (fw->shared_bo) {
		pp_bo_vunmap(fw->shared_bo);
		pp_bo_put(fw->shared_bo);
	}
	release_firmware(fw->file);
}

static int pp_fw_request(struct pp_fw *fw)
{
	struct drm_device *drm = &fw->pp->drm;
	u32 id = fw->pp->info.gpu_id;
	const char *why;
	char name[48];
	int ret;

	snprintf(name, sizeof(name), "arm/mali/arch%u.%u/mali_csffw.bin",
		 PP_GPU_ID_ARCH_MAJOR(id), PP_GPU_ID_ARCH_MINOR(id));
	ret = request_firmware(&fw->file, name, drm->dev);
	if (ret) {
		drm_err(drm, "firmware %s: %pe\n", name, ERR_PTR(ret));
		return ret;
	}

	ret = pp_fw_image_parse(fw->file->data, fw->file->size, PP_FW_SHARED_VA,
				&fw->image, &why);
	if (ret)
		drm_err(drm, "firmware %s: %s\n", name, why);

	fw->info.has_prot_section = fw->image.has_prot;
	return ret;
}

static int pp_fw_create_vm(struct pp_fw *fw)
{
	fw->vm = pp_vm_create_mcu(fw->pp, PP_FW_SHARED_VA,
				  PP_FW_SHARED_END - PP_FW_SHARED_VA);
	if (IS_ERR(fw->vm)) {
		int ret = PTR_ERR(fw->vm);

		fw->vm = NULL;
		return ret;
	}

	return pp_fw_create_sections(fw);
}

static void pp_fw_hello(struct pp_fw *fw)
{
	const struct pp_fw_info *info = &fw->info;

	const char *prot = "none";

	if (info->has_prot_section)
		prot = info->prot_loaded ? "loaded" : "waiting for memory";

	drm_info(&fw->pp->drm,
		 "firmware interface %u.%u.%u, %u groups of %u streams, protected section: %s%s%s\n",
		 PP_FW_VERSION_MAJOR(info->version), PP_FW_VERSION_MINOR(info->version),
		 PP_FW_VERSION_PATCH(info->version), info->csg_count, info->cs_count, prot,
		 fw->image.build_info[0] ? ", " : "", fw->image.build_info);
}

/* Once more from the beginning. */
static int pp_fw_start_over(struct pp_fw *fw)
{
	struct pp_device *pp = fw->pp;
	int ret;

	ret = pp_hw_soft_reset(pp);
	if (!ret)
		ret = pp_hw_power_on(pp);
	if (ret)
		return ret;
	pp_mmu_post_reset(pp);
	return pp_fw_start(fw, true);
}

static int pp_fw_first_start(struct pp_fw *fw)
{
	struct pp_device *pp = fw->pp;
	int ret;

	if (pp_param_protected_heap_wait && pp_protmem_name(pp) && fw->image.has_prot) {
		ret = pp_fw_prot_prepare(pp);
		if (ret)
			drm_warn(&pp->drm, "no protected memory for firmware yet: %pe\n",
				 ERR_PTR(ret));
	}

	ret = pp_fw_start(fw, true);
	return ret && pp_fw_prot_give_up(pp) ? pp_fw_start_over(fw) : ret;
}

/**
 * pp_fw_init() - load firmware and boot it
 * @pp: device with L2 powered and the MMU initialised
 *
 * Where the heap of protected memory is there already, the first boot includes
 * the protected section; otherwise pp_fw_prot_prepare() and a full reset do it later.
 *
 * Context: May sleep.
 * Return: 0, or a negative error (logged).
 */
int pp_fw_init(struct pp_device *pp)
{
	struct pp_fw *fw;
	int ret;

	fw = drmm_kzalloc(&pp->drm, sizeof(*fw), GFP_KERNEL);
	if (!fw)
		return -ENOMEM;
	fw->pp = pp;
	pp->fw = fw;
	init_waitqueue_head(&fw->wait);
	pp_fw_glb_setup(fw);
	ret = drmm_add_action_or_reset(&pp->drm, pp_fw_fini, fw);
	if (ret)
		return ret;

	ret = pp_fw_request(fw);
	if (!ret)
		ret = pp_fw_create_vm(fw);
	if (!ret)
		ret = pp_irq_request(pp, PP_IRQ_JOB, ~0, pp_fw_job_irq);
	if (ret)
		goto err_unplug;

	ret = pp_fw_first_start(fw);
	if (ret)
		goto err_unplug;

	pp_fw_hello(fw);
	pp_fw_debugfs_init(fw);
	return 0;

err_unplug:
	pp_fw_unplug(pp);
	return ret;
}

/**
 * pp_fw_unplug() - stop firmware for good
 * @pp: device that is still powered
 *
 * Sections and VM go; interfaces stay readable until the last reference to the
 * device is gone.
 *
 * Context: May sleep.
 */
void pp_fw_unplug(struct pp_device *pp)
{
	struct pp_fw *fw = pp->fw;

	if (!fw)
		return;

	WRITE_ONCE(fw->live, false);
	pp_fw_ping_stop(fw, true);
	pp_fw_stop(fw);
	WRITE_ONCE(fw->hooks, NULL);
	pp_fw_destroy_sections(fw);
}

/**
 * pp_fw_set_hooks() - who is told about events
 * @pp: device after pp_fw_init()
 * @hooks: functions; must stay there until pp_fw_unplug()
 */
void pp_fw_set_hooks(struct pp_device *pp, const struct pp_fw_hooks *hooks)
{
	WRITE_ONCE(pp->fw->hooks, hooks);
}

/**
 * pp_fw_info() - what firmware offers
 * @pp: device after pp_fw_init()
 *
 * Return: it; @prot_loaded changes with a full reset, the rest does not.
 */
const struct pp_fw_info *pp_fw_info(struct pp_device *pp)
{
	return &pp->fw->info;
}

/**
 * pp_fw_vm() - the VM of the MCU
 * @pp: device after pp_fw_init()
 *
 * Return: the VM; no reference is taken. NULL after pp_fw_unplug().
 */
struct pp_vm *pp_fw_vm(struct pp_device *pp)
{
	return pp->fw->vm;
}

/**
 * pp_fw_suspend() - halt the MCU before power goes
 * @pp: device; no group is on a slot
 *
 * Context: Sleeps, at most 1.2 s.
 * Return: 0, or -ETIMEDOUT if firmware did not halt. It is stopped all the same,
 * and the GPU needs a soft reset before the next, full boot.
 */
int pp_fw_suspend(struct pp_device *pp)
{
	return pp_fw_end(pp->fw, true);
}

/**
 * pp_fw_resume() - boot again after pp_fw_suspend()
 * @pp: device with L2 powered and the MMU running
 *
 * Context: Sleeps, at most 1.1 s.
 * Return: 0, or a negative error: then the MCU is stopped.
 */
int pp_fw_resume(struct pp_device *pp)
{
	return pp_fw_start(pp->fw, !pp->fw->halted);
}

/**
 * pp_fw_pre_reset() - stop the MCU before a reset
 * @pp: device
 * @on_hang: firmware is not expected to answer: do not ask it to halt
 *
 * Context: Sleeps, at most 1.2 s.
 */
void pp_fw_pre_reset(struct pp_device *pp, bool on_hang)
{
	pp_fw_end(pp->fw, !on_hang);
}

/**
 * pp_fw_post_reset() - boot after a reset
 * @pp: device with L2 powered and the MMU running
 * @full: load all sections again even if the MCU was halted in order
 *
 * Context: Sleeps, at most 1.1 s.
 * Return: 0, or a negative error: then the MCU is stopped.
 */
int pp_fw_post_reset(struct pp_device *pp, bool full)
{
	return pp_fw_start(pp->fw, full || !pp->fw->halted);
}

/**
 * pp_fw_prot_prepare() - give the protected sections memory
 * @pp: device after pp_fw_init()
 *
 * Firmware learns of it by the next full boot. What has memory already keeps it.
 *
 * Context: May sleep; maps into the MCU's VM.
 * Return:
 *  * 0: all protected sections have memory
 *  * -ENODEV: the image has none, there is no heap, or the device is unplugged
 *  * other: allocation or mapping failed; nothing was kept
 */
int pp_fw_prot_prepare(struct pp_device *pp)
{
	struct pp_fw *fw = pp->fw;

	if (!fw->image.has_prot || !fw->vm)
		return -ENODEV;

	for (unsigned int i = 0; i < fw->image.section_count; i++) {
		const struct pp_fw_section *s = &fw->image.sections[i];
		struct pp_kbo *kbo;

		if (!pp_fw_is_prot(s) || fw->kbos[i])
			continue;
		kbo = pp_kbo_create_protected(pp, fw->vm, s->size,
					      pp_fw_section_map_flags(s), s->va);
		if (IS_ERR(kbo)) {
			pp_fw_prot_release(pp);
			return PTR_ERR(kbo);
		}
		fw->kbos[i] = kbo;
	}
	return 0;
}

/**
 * pp_fw_prot_release() - take the protected sections' memory away
 * @pp: device whose firmware does not use it: booted without, or stopped
 *
 * Context: May sleep; unmaps from the MCU's VM.
 */
void pp_fw_prot_release(struct pp_device *pp)
{
	struct pp_fw *fw = pp->fw;

	for (unsigned int i = 0; i < fw->image.section_count; i++) {
		if (!pp_fw_is_prot(&fw->image.sections[i]))
			continue;
		pp_kbo_destroy(fw->kbos[i]);
		fw->kbos[i] = NULL;
	}
	fw->info.prot_loaded = false;
}

/**
 * pp_fw_prot_give_up() - firmware did not boot: is protected memory the reason, maybe?
 * @pp: device whose MCU is stopped
 *
 * Better without protected mode than without a GPU: memory that no boot was successful
 * with is taken away.
 *
 * Context: The reset work, or initialisation; may sleep.
 * Return: whether there was such memory. Then it is worth trying again, after a reset:
 *   the address spaces are left as by pp_mmu_pre_reset().
 */
bool pp_fw_prot_give_up(struct pp_device *pp)
{
	if (pp->fw->info.prot_loaded || !pp_fw_prot_complete(pp->fw))
		return false;

	drm_err(&pp->drm, "firmware does not boot with protected memory\n");
	pp_mmu_pre_reset(pp);
	pp_fw_prot_release(pp);
	return true;
}

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Address-space slots: who is in them, region locks, faults.
 *
 * DOC: operations, slots and sessions
 *
 * A VM operation must not send AS commands, nor have a region locked, while a
 * protected session is being entered or runs; the gate (hooks->op_begin and
 * op_end) sees to that. An operation on a VM without a slot has nothing to send,
 * so it does not wait at the gate. What if the VM is given a slot meanwhile?
 * The GPU would walk tables that are being edited, with no region locked. So
 * an operation notes under as_lock that it is editing, in the same critical
 * section in which it looks at the slot, and pp_vm_as_get() refuses to give a
 * slot to a VM that is being edited (-EBUSY, and hooks->as_retry when the edit is
 * over). An operation that saw a slot goes to the gate first and takes as_lock
 * again: the VM may have lost the slot by then, or even have got another; both
 * are fine behind the gate, and from then on as.editing keeps it where it is.
 *
 * The order is therefore op_lock -> gate -> as_lock. as_lock is held for single AS
 * commands only (at most two polls of 100 ms), never for a wait at the gate, so
 * the tick may take it.
 *
 * mmu->busy counts operations between lock and unlock of a region: suspend and
 * reset stop new commands by mmu->state and then wait for those few to end.
 */
#include <linux/iopoll.h>
#include <linux/log2.h>

#include <drm/drm_print.h>

#include "hw/hw.h"
#include "mmu/as_regs.h"
#include "mmu/attrs.h"
#include "mmu/vm.h"

/* Facts: csf.md 1.6. */
#define AS_TIMEOUT_US		(100 * USEC_PER_MSEC)
#define AS_SPIN_US		50
#define AS_REGION_MIN_BITS	15

static int as_wait_ready(struct pp_mmu *mmu, int as)
{
	struct pp_device *pp = mmu->pp;
	u32 status;
	int ret;

	lockdep_assert_held(&mmu->as_lock);
	/* Commands are quick as a rule; as_lock is a mutex, so the rare wait can sleep. */
	ret = read_poll_timeout_atomic(pp_reg_read, status, !(status & PP_AS_STATUS_ACTIVE), 1,
				       AS_SPIN_US, false, pp, PP_AS_STATUS(as));
	if (ret)
		ret = read_poll_timeout(pp_reg_read, status, !(status & PP_AS_STATUS_ACTIVE), 100,
					AS_TIMEOUT_US, false, pp, PP_AS_STATUS(as));
	if (ret) {
		mmu->as_ready &= ~BIT(as);
		drm_err(&pp->drm, "address space %d: command does not end\n", as);
		pp_device_schedule_reset(pp, PP_RESET_AS_TIMEOUT, false);
	} else {
		mmu->as_ready |= BIT(as);
	}
	return ret;
}

/*
 * Each command is waited for, and nobody else sends any: only an AS that was not
 * used since the last power up, or that got stuck, has to be asked.
 */
static int as_make_ready(struct pp_mmu *mmu, int as)
{
	return mmu->as_ready & BIT(as) ? 0 : as_wait_ready(mmu, as);
}

static int as_command(struct pp_mmu *mmu, int as, u32 command)
{
	int ret = as_make_ready(mmu, as);

	if (ret)
		return ret;
	pp_reg_write(mmu->pp, PP_AS_COMMAND(as), command);
	return as_wait_ready(mmu, as);
}

static int as_program(struct pp_mmu *mmu, int as, u64 transtab, u64 memattr, u64 transcfg)
{
	struct pp_device *pp = mmu->pp;

	pp_reg_write64(pp, PP_AS_TRANSTAB(as), transtab);
	pp_reg_write64(pp, PP_AS_MEMATTR(as), memattr);
	pp_reg_write64(pp, PP_AS_TRANSCFG(as), transcfg);
	return as_command(mmu, as, PP_AS_COMMAND_UPDATE);
}

static int as_enable(struct pp_mmu *mmu, int as, struct pp_vm *vm)
{
	const struct io_pgtable_cfg *cfg = &io_pgtable_ops_to_pgtable(vm->pt.ops)->cfg;
	bool coherent = mmu->pp->coherent;
	u64 transcfg;
	int ret;

	transcfg = PP_TRANSCFG_AARCH64_4K | PP_TRANSCFG_INA_BITS(mmu->va_bits) |
		   PP_TRANSCFG_PTW_WB | PP_TRANSCFG_PTW_RA;
	if (coherent)
		transcfg |= PP_TRANSCFG_PTW_SH_OS;

	/* A late fault of whoever had the slot before is not this VM's. */
	pp_reg_write(mmu->pp, PP_MMU_IRQ_BASE + PP_IRQ_CLEAR, BIT(as));
	ret = as_program(mmu, as, cfg->arm_lpae_s1_cfg.ttbr,
			 pp_memattr(cfg->arm_lpae_s1_cfg.mair, coherent), transcfg);
	if (!ret)
		pp_irq_enable_events(mmu->pp, PP_IRQ_MMU, BIT(as));
	return ret;
}

/* Nothing that the GPU cached through this AS may outlive it. */
static int as_disable(struct pp_mmu *mmu, int as)
{
	int ret, ret2;

	pp_irq_disable_events(mmu->pp, PP_IRQ_MMU, BIT(as));
	ret = pp_hw_flush_caches(mmu->pp);
	ret2 = as_program(mmu, as, 0, 0, PP_TRANSCFG_UNMAPPED);
	return ret ?: ret2;
}

/* The VM leaves its slot; what the hardware knows is the caller's business. */
static void as_unassign(struct pp_mmu *mmu, struct pp_vm *vm)
{
	lockdep_assert_held(&mmu->as_lock);
	mmu->slots[vm->as.nr] = NULL;
	vm->as.nr = -1;
	vm->as.lock_start = 0;
	vm->as.lock_end = 0;
	list_del_init(&vm->as.lru_node);
}

static const struct pp_mmu_hooks *mmu_hooks(struct pp_mmu *mmu)
{
	return READ_ONCE(mmu->hooks);
}

static void gate_enter(struct pp_vm *vm)
{
	const struct pp_mmu_hooks *hooks = mmu_hooks(vm->pp->mmu);

	if (hooks && hooks->op_begin)
		hooks->op_begin(vm->pp, vm);
}

static void gate_leave(struct pp_vm *vm)
{
	const struct pp_mmu_hooks *hooks = mmu_hooks(vm->pp->mmu);

	if (hooks && hooks->op_end)
		hooks->op_end(vm->pp, vm);
}

/* --- around an edit --- */

/**
 * pp_as_edit_begin() - the tables of a VM are about to change
 * @vm: the VM, with its op_lock held
 *
 * Context: May sleep, also until a session is over. Fence-signalling path.
 * Return: true if the gate was passed, for pp_as_edit_end().
 */
bool pp_as_edit_begin(struct pp_vm *vm)
{
	struct pp_mmu *mmu = vm->pp->mmu;
	bool resident;

	lockdep_assert_held(&vm->op_lock);
	mutex_lock(&mmu->as_lock);
	resident = vm->as.nr >= 0;
	if (!resident)
		vm->as.editing = true;
	mutex_unlock(&mmu->as_lock);
	if (!resident)
		return false;

	gate_enter(vm);
	mutex_lock(&mmu->as_lock);
	vm->as.editing = true;
	mutex_unlock(&mmu->as_lock);
	return true;
}

/**
 * pp_as_edit_try_begin() - pp_as_edit_begin() for reclaim
 * @vm: the VM, with its op_lock held
 * @gated: out: whether the gate was passed, for pp_as_edit_end()
 *
 * Context: Does not wait for a session; takes mmu->as_lock.
 * Return: 0, or -EBUSY: a session is in the way.
 */
int pp_as_edit_try_begin(struct pp_vm *vm, bool *gated)
{
	struct pp_mmu *mmu = vm->pp->mmu;
	const struct pp_mmu_hooks *hooks = mmu_hooks(mmu);

	lockdep_assert_held(&vm->op_lock);
	mutex_lock(&mmu->as_lock);
	*gated = vm->as.nr >= 0;
	if (!*gated)
		vm->as.editing = true;
	mutex_unlock(&mmu->as_lock);
	if (!*gated)
		return 0;

	if (hooks && hooks->op_try_begin && !hooks->op_try_begin(vm->pp, vm))
		return -EBUSY;
	mutex_lock(&mmu->as_lock);
	vm->as.editing = true;
	mutex_unlock(&mmu->as_lock);
	return 0;
}

/* With as_lock held: a command may have failed, or could not be sent. */
static bool as_settled_locked(struct pp_mmu *mmu)
{
	lockdep_assert_held(&mmu->as_lock);
	return mmu->state != PP_MMU_RESET &&
	       !(mmu->state == PP_MMU_UP && pp_reset_pending(mmu->pp));
}

/**
 * pp_as_settled() - does the GPU know no more than what is in the tables?
 * @vm: the VM, within an edit
 *
 * Context: May sleep. Takes mmu->as_lock.
 * Return: false if only a reset will make it forget.
 */
bool pp_as_settled(struct pp_vm *vm)
{
	struct pp_mmu *mmu = vm->pp->mmu;
	bool settled;

	mutex_lock(&mmu->as_lock);
	settled = as_settled_locked(mmu);
	mutex_unlock(&mmu->as_lock);
	return settled;
}

/**
 * pp_as_edit_end() - the tables of a VM are whole again
 * @vm: the VM, with its op_lock held
 * @gated: what pp_as_edit_begin() returned
 * @garbage: what the edit released; taken over in a reset, when the GPU may still
 *	know it
 *
 * Context: May sleep. Fence-signalling path.
 */
void pp_as_edit_end(struct pp_vm *vm, bool gated, struct pp_vm_garbage *garbage)
{
	struct pp_mmu *mmu = vm->pp->mmu;
	const struct pp_mmu_hooks *hooks = mmu_hooks(mmu);
	bool retry;

	mutex_lock(&mmu->as_lock);
	vm->as.editing = false;
	retry = mmu->retry;
	mmu->retry = false;
	/* Otherwise the GPU may still know the old tables. */
	if (as_settled_locked(mmu))
		pp_vm_garbage_move(&mmu->deferred, garbage);
	else
		pp_vm_garbage_move(garbage, &mmu->deferred);
	mutex_unlock(&mmu->as_lock);

	if (gated)
		gate_leave(vm);
	if (retry && hooks && hooks->as_retry)
		hooks->as_retry(vm->pp);
}

/* --- region lock --- */

/*
 * A region is a naturally aligned power of two of at least 32 KiB: LOCKADDR holds
 * its base and log2(size) - 1.
 */
static u64 region_lockaddr(u64 start, u64 end)
{
	unsigned int bits = max_t(unsigned int, fls64(start ^ (end - 1)), AS_REGION_MIN_BITS);

	return (start & GENMASK_ULL(63, bits)) | (bits - 1);
}

/* Lock [start, end), which replaces a smaller region that is locked. */
static void region_lock_locked(struct pp_vm *vm, u64 start, u64 end)
{
	struct pp_mmu *mmu = vm->pp->mmu;
	int as = vm->as.nr;

	lockdep_assert_held(&mmu->as_lock);
	vm->as.lock_start = start;
	vm->as.lock_end = end;
	if (as_make_ready(mmu, as))
		return;
	pp_reg_write64(vm->pp, PP_AS_LOCKADDR(as), region_lockaddr(start, end));
	as_command(mmu, as, PP_AS_COMMAND_LOCK);
}

/**
 * pp_as_region_lock() - keep the GPU out of a range
 * @vm: the VM, between pp_as_edit_begin() and pp_as_edit_end()
 * @start: first GPU address
 * @size: bytes
 *
 * Accesses stall until pp_as_region_unlock(), which must follow. Nothing to do
 * for a VM without a slot, or while commands are off. A command that does not end
 * has asked for a reset, after which the GPU knows nothing of the old tables, so
 * the edit goes on.
 *
 * Context: May sleep. Fence-signalling path.
 */
void pp_as_region_lock(struct pp_vm *vm, u64 start, u64 size)
{
	struct pp_mmu *mmu = vm->pp->mmu;

	mutex_lock(&mmu->as_lock);
	if (vm->as.nr >= 0 && mmu->state == PP_MMU_UP) {
		mmu->busy++;
		region_lock_locked(vm, start, start + size);
	}
	mutex_unlock(&mmu->as_lock);
}

/**
 * pp_as_region_expand() - keep the GPU out of some more
 * @vm: the VM, with a region locked by pp_as_region_lock()
 * @start: first GPU address
 * @size: bytes
 *
 * Context: May sleep. Fence-signalling path.
 */
void pp_as_region_expand(struct pp_vm *vm, u64 start, u64 size)
{
	struct pp_mmu *mmu = vm->pp->mmu;
	u64 end = start + size;

	mutex_lock(&mmu->as_lock);
	if (vm->as.lock_end && (start < vm->as.lock_start || end > vm->as.lock_end))
		region_lock_locked(vm, min(start, vm->as.lock_start), max(end, vm->as.lock_end));
	mutex_unlock(&mmu->as_lock);
}

/**
 * pp_as_region_unlock() - make the GPU see the new tables, and let it in again
 * @vm: the VM
 *
 * Flushes what the GPU cached through the old tables. Counterpart of
 * pp_as_region_lock(), also when that had nothing to do.
 *
 * Context: May sleep, some 100 ms at worst. Fence-signalling path.
 */
void pp_as_region_unlock(struct pp_vm *vm)
{
	struct pp_device *pp = vm->pp;
	struct pp_mmu *mmu = pp->mmu;
	bool locked;

	mutex_lock(&mmu->as_lock);
	locked = vm->as.lock_end;
	mutex_unlock(&mmu->as_lock);
	if (!locked)
		return;

	if (pp_hw_flush_caches(pp))
		pp_device_schedule_reset(pp, PP_RESET_AS_TIMEOUT, false);

	mutex_lock(&mmu->as_lock);
	as_command(mmu, vm->as.nr, PP_AS_COMMAND_UNLOCK);
	vm->as.lock_start = 0;
	vm->as.lock_end = 0;
	if (!--mmu->busy)
		wake_up_all(&mmu->idle);
	mutex_unlock(&mmu->as_lock);
}

/* --- slots --- */

/* A slot for @vm: a free one, or one whose VM nobody uses. */
static int as_find_slot(struct pp_mmu *mmu, struct pp_vm *vm)
{
	struct pp_vm *victim;
	int as, ret;

	/* The MCU's interface takes AS 0 for granted (csf.md 1.6). */
	if (vm->mcu)
		return 0;
	for (as = 1; as < PP_MMU_SLOTS; as++)
		if ((mmu->as_present & BIT(as)) && !mmu->slots[as])
			return as;

	list_for_each_entry(victim, &mmu->lru, as.lru_node) {
		/* Its operation may have a region locked. */
		if (victim->as.editing) {
			mmu->retry = true;
			continue;
		}
		as = victim->as.nr;
		ret = as_disable(mmu, as);
		as_unassign(mmu, victim);
		return ret ? -EIO : as;
	}
	return -EBUSY;
}

static int as_assign(struct pp_mmu *mmu, struct pp_vm *vm)
{
	const struct pp_mmu_hooks *hooks = mmu_hooks(mmu);
	int as = vm->as.nr;

	if (hooks && hooks->in_session && hooks->in_session(mmu->pp))
		return -EAGAIN;
	if (vm->as.editing) {
		mmu->retry = true;
		return -EBUSY;
	}
	if (as < 0)
		as = as_find_slot(mmu, vm);
	if (as < 0)
		return as;
	if (as_enable(mmu, as, vm))
		return -EIO;

	mmu->slots[as] = vm;
	vm->as.nr = as;
	/* Whoever faulted has left; the tables are what they are. */
	WRITE_ONCE(vm->faulted, false);
	return as;
}

/**
 * pp_vm_as_get() - make a VM resident
 * @vm: the VM
 *
 * Context: The tick, with sched's lock held; room fw for AS 0. The device has
 * power. Waits for AS commands only, never for a session or an operation.
 * Return: the number of its AS, until pp_vm_as_put();
 * -EAGAIN: a session is in the way, the caller forces the exit and tries again;
 * -EBUSY: all slots are in use, or an operation is in the way (hooks->as_retry
 * follows then);
 * -EIO: faulted and still in use, or the MMU does not answer or is off.
 */
int pp_vm_as_get(struct pp_vm *vm)
{
	struct pp_mmu *mmu = vm->pp->mmu;
	int as;

	/*
	 * Firmware boots outside of sessions, so its VM's operations do not wait,
	 * and a boot must not fail because of one.
	 */
	if (vm->mcu)
		mutex_lock(&vm->op_lock);
	mutex_lock(&mmu->as_lock);
	if (mmu->state != PP_MMU_UP || (vm->faulted && vm->as.users)) {
		as = -EIO;
		goto out;
	}
	as = vm->as.nr;
	if (as < 0 || vm->faulted)
		as = as_assign(mmu, vm);
	if (as >= 0) {
		vm->as.users++;
		list_del_init(&vm->as.lru_node);
	}
out:
	mutex_unlock(&mmu->as_lock);
	if (vm->mcu)
		mutex_unlock(&vm->op_lock);
	return as;
}

/**
 * pp_vm_as_put() - a VM need not be resident any more
 * @vm: the VM
 *
 * It stays in its slot until another VM needs that.
 *
 * Context: May sleep. Takes mmu->as_lock.
 */
void pp_vm_as_put(struct pp_vm *vm)
{
	struct pp_mmu *mmu = vm->pp->mmu;

	mutex_lock(&mmu->as_lock);
	if (drm_WARN_ON(&vm->pp->drm, !vm->as.users))
		goto out;
	/* Nobody else can use the firmware's slot. */
	if (!--vm->as.users && vm->as.nr >= 0 && !vm->mcu)
		list_add_tail(&vm->as.lru_node, &mmu->lru);
out:
	mutex_unlock(&mmu->as_lock);
}

/**
 * pp_as_release() - take a VM that nobody uses any more off the hardware
 * @vm: the VM
 *
 * Context: May sleep, also until a session is over.
 */
void pp_as_release(struct pp_vm *vm)
{
	struct pp_mmu *mmu = vm->pp->mmu;
	bool gated = false;

	mutex_lock(&mmu->as_lock);
	if (vm->as.nr >= 0 && mmu->state == PP_MMU_UP) {
		mutex_unlock(&mmu->as_lock);
		gate_enter(vm);
		gated = true;
		mutex_lock(&mmu->as_lock);
	}
	if (vm->as.nr >= 0) {
		if (mmu->state == PP_MMU_UP)
			as_disable(mmu, vm->as.nr);
		as_unassign(mmu, vm);
	}
	mutex_unlock(&mmu->as_lock);
	if (gated)
		gate_leave(vm);
}

/**
 * pp_as_disable_faulted() - the AS of a VM that faulted lets nothing through
 * @vm: the VM; it keeps its slot, until its last user leaves
 *
 * Context: May sleep, also until a session is over.
 */
void pp_as_disable_faulted(struct pp_vm *vm)
{
	struct pp_mmu *mmu = vm->pp->mmu;

	gate_enter(vm);
	mutex_lock(&mmu->as_lock);
	/* It may have been reset, or be resident again, by now. */
	if (vm->faulted && vm->as.nr >= 0 && mmu->state == PP_MMU_UP)
		as_disable(mmu, vm->as.nr);
	mutex_unlock(&mmu->as_lock);
	gate_leave(vm);
}

/**
 * pp_as_drop_all() - nobody is in a slot any more
 * @mmu: the MMU; the registers are lost, or about to be
 *
 * Context: May sleep. Takes mmu->as_lock.
 */
void pp_as_drop_all(struct pp_mmu *mmu)
{
	int as;

	mutex_lock(&mmu->as_lock);
	for (as = 0; as < PP_MMU_SLOTS; as++) {
		if (!mmu->slots[as])
			continue;
		pp_irq_disable_events(mmu->pp, PP_IRQ_MMU, BIT(as));
		as_unassign(mmu, mmu->slots[as]);
	}
	mmu->as_ready = 0;
	mutex_unlock(&mmu->as_lock);
}

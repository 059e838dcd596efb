// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * MMU faults: say what happened, tell the rooms above, disable the AS.
 *
 * A fault is the end of what uses the VM: nothing is paged in on demand. The
 * access hangs until the AS is reprogrammed, so disabling it is what lets
 * firmware get rid of the group. That is an AS command, which waits at the gate
 * like any other, and an interrupt thread must not: work does it.
 */
#include <drm/drm_print.h>

#include "hw/hw.h"
#include "mmu/as_regs.h"
#include "mmu/vm.h"

/* Facts: csf.md 1.6. */
static const struct {
	u8 first, last;
	const char *name;
} fault_names[] = {
	{ 0x80, 0x80, "bus fault" },
	{ 0x88, 0x88, "GPU shareability fault" },
	{ 0x89, 0x89, "system shareability fault" },
	{ 0x8a, 0x8a, "cacheability fault" },
	{ 0xc0, 0xc4, "translation fault" },
	{ 0xc8, 0xcb, "permission fault" },
	{ 0xd8, 0xdb, "access flag fault" },
	{ 0xe0, 0xe0, "input address too large" },
	{ 0xe4, 0xe7, "output address too large" },
	{ 0xe8, 0xeb, "memory attribute fault" },
};

static const char *fault_name(u8 type)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fault_names); i++)
		if (type >= fault_names[i].first && type <= fault_names[i].last)
			return fault_names[i].name;
	return "unknown fault";
}

static void fault_report(struct pp_device *pp, const struct pp_vm *vm, int as)
{
	static const char * const access[] = { "atomic", "execute", "read", "write" };
	u32 status = pp_reg_read(pp, PP_AS_FAULTSTATUS(as));
	u64 addr = pp_reg_read64(pp, PP_AS_FAULTADDRESS(as));
	u8 type = PP_AS_FAULTSTATUS_TYPE(status);

	drm_err(&pp->drm, "VM %d (AS %d): %s at 0x%llx: %s (0x%02x), source 0x%x\n",
		vm ? (int)vm->id : -1, as, access[PP_AS_FAULTSTATUS_ACCESS(status)], addr,
		fault_name(type), type, PP_AS_FAULTSTATUS_SOURCE(status));
}

static void fault_one(struct pp_mmu *mmu, int as)
{
	const struct pp_mmu_hooks *hooks = READ_ONCE(mmu->hooks);
	struct pp_device *pp = mmu->pp;
	struct pp_vm *vm;

	/* It stays raised until the AS is disabled. */
	pp_irq_disable_events(pp, PP_IRQ_MMU, BIT(as));

	mutex_lock(&mmu->as_lock);
	vm = mmu->slots[as];
	fault_report(pp, vm, as);
	if (vm) {
		WRITE_ONCE(vm->faulted, true);
		/* A VM on its way out takes itself off the hardware. */
		if (!kref_get_unless_zero(&vm->refs))
			vm = NULL;
	}
	mutex_unlock(&mmu->as_lock);
	if (!vm)
		return;

	if (vm->mcu) {
		/* Firmware cannot go on without its memory. */
		pp_device_schedule_reset(pp, PP_RESET_FW_FATAL, true);
	} else if (hooks && hooks->vm_fault) {
		hooks->vm_fault(pp, vm);
	}
	/* The work takes over our reference, unless it is under way with one. */
	if (!queue_work(pp_mmu_wq, &vm->fault_work))
		pp_vm_put(vm);
}

/**
 * pp_mmu_irq() - handler of the MMU block
 * @pp: the device
 * @status: one bit for each AS that faulted
 *
 * Context: IRQ thread.
 */
void pp_mmu_irq(struct pp_device *pp, u32 status)
{
	unsigned long bits = status & pp->mmu->as_present;
	int as;

	for_each_set_bit(as, &bits, PP_MMU_SLOTS)
		fault_one(pp->mmu, as);
}

/**
 * pp_as_fault_work() - disable the AS of a VM that faulted
 * @work: &struct pp_vm.fault_work; owns a reference to the VM
 *
 * Context: Work. May sleep until a session is over, which the gate ends without
 * grace for a VM that has faulted (rule 6).
 */
void pp_as_fault_work(struct work_struct *work)
{
	struct pp_vm *vm = container_of(work, struct pp_vm, fault_work);

	if (pp_vm_faulted(vm))
		pp_as_disable_faulted(vm);
	pp_vm_put(vm);
}

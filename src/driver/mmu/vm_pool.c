// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Handles of VMs, one pool per file. */
#include <linux/slab.h>
#include <linux/xarray.h>

#include "mmu/vm.h"

/* As in stock (kernel-api.md 2.4): ids from 1 on. */
#define POOL_LIMIT	XA_LIMIT(1, 32)

/**
 * struct pp_vm_pool - handles
 * @xa: id -> &struct pp_vm, each with a reference; its lock makes looking up and
 *	taking a reference one step
 */
struct pp_vm_pool {
	struct xarray xa;
};

/**
 * pp_vm_pool_create() - an empty pool
 *
 * Context: May sleep and allocates.
 * Return: the pool, or NULL.
 */
struct pp_vm_pool *pp_vm_pool_create(void)
{
	struct pp_vm_pool *pool = kzalloc(sizeof(*pool), GFP_KERNEL);

	if (pool)
		xa_init_flags(&pool->xa, XA_FLAGS_ALLOC1);
	return pool;
}

/**
 * pp_vm_pool_destroy() - the file is gone
 * @pp: the device
 * @pool: its VMs, and the pool itself; no VM may have tiler heaps left
 *
 * Context: May sleep, also until a session is over.
 */
void pp_vm_pool_destroy(struct pp_device *pp, struct pp_vm_pool *pool)
{
	struct pp_vm *vm;
	unsigned long id;

	xa_for_each(&pool->xa, id, vm)
		pp_vm_destroy(vm);
	xa_destroy(&pool->xa);
	kfree(pool);
}

/**
 * pp_vm_pool_for_each() - call a function for each VM
 * @pool: the pool, which nobody else uses meanwhile
 * @fn: the function
 *
 * Context: That of @fn.
 */
void pp_vm_pool_for_each(struct pp_vm_pool *pool, void (*fn)(struct pp_vm *vm))
{
	struct pp_vm *vm;
	unsigned long id;

	xa_for_each(&pool->xa, id, vm)
		fn(vm);
}

/**
 * pp_vm_pool_internal_size() - memory of the driver's own objects in user's VMs
 * @pool: the pool
 * @resident: out: bytes
 * @active: out: of these, bytes in VMs that are in an AS slot now
 *
 * Context: Takes the pool's spinlock.
 */
void pp_vm_pool_internal_size(struct pp_vm_pool *pool, u64 *resident, u64 *active)
{
	struct pp_vm *vm;
	unsigned long id;
	u64 bytes;

	*resident = 0;
	*active = 0;
	xa_lock(&pool->xa);
	xa_for_each(&pool->xa, id, vm) {
		bytes = atomic64_read(&vm->internal_bytes);
		*resident += bytes;
		if (READ_ONCE(vm->as.nr) >= 0)
			*active += bytes;
	}
	xa_unlock(&pool->xa);
}

/**
 * pp_vm_pool_add() - give a VM a handle
 * @pool: the pool
 * @vm: the VM, whose reference goes to the handle
 * @id: out: the handle
 *
 * Context: May sleep and allocates.
 * Return: 0, -EBUSY if there are 32 VMs already, or -ENOMEM.
 */
int pp_vm_pool_add(struct pp_vm_pool *pool, struct pp_vm *vm, u32 *id)
{
	return xa_alloc(&pool->xa, id, vm, POOL_LIMIT, GFP_KERNEL);
}

/**
 * pp_vm_pool_get() - VM of a handle
 * @pool: the pool
 * @id: the handle
 *
 * Context: Any that may take the pool's spinlock.
 * Return: the VM with a reference, or NULL.
 */
struct pp_vm *pp_vm_pool_get(struct pp_vm_pool *pool, u32 id)
{
	struct pp_vm *vm;

	xa_lock(&pool->xa);
	vm = xa_load(&pool->xa, id);
	if (vm)
		pp_vm_get(vm);
	xa_unlock(&pool->xa);
	return vm;
}

/**
 * pp_vm_pool_remove() - take a handle away
 * @pool: the pool
 * @id: the handle
 *
 * Context: May sleep.
 * Return: the VM with the handle's reference, for pp_vm_destroy(), or NULL.
 */
struct pp_vm *pp_vm_pool_remove(struct pp_vm_pool *pool, u32 id)
{
	return xa_erase(&pool->xa, id);
}

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * drm_gpuvm under one lock scheme on all supported kernels.
 *
 * The list of a GEM object's mappings is changed in the fence-signalling path,
 * so the object's dma-resv cannot protect it. Up to 6.17 a driver brings a
 * mutex of its own; from 7.0 on the object has one, which is used when the VM
 * is in "immediate mode". struct pp_compat_gpuva_lock stands for either, and
 * every function below takes it, so that the order of locks is the same
 * everywhere:
 *
 *	reservation of the VM -> struct pp_compat_gpuva_lock
 *
 * Rules that keep this true, for the callers:
 *  - pass PP_COMPAT_GPUVM_FLAGS to drm_gpuvm_init();
 *  - set neither vm_bo_alloc nor vm_bo_free in struct drm_gpuvm_ops: older
 *    kernels call the latter under both locks, newer ones may not;
 *  - take and drop references to a struct drm_gpuvm_bo here only.
 */
#ifndef PP_COMPAT_GPUVM_H
#define PP_COMPAT_GPUVM_H

#include <linux/dma-resv.h>
#include <linux/err.h>
#include <linux/mutex.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/drm_gpuvm.h>

/* Flags of every VM: see above, and DRM_GPUVM_IMMEDIATE_MODE came with 7.0 */
#ifdef PP_HAVE_GPUVM_IMMEDIATE
#define PP_COMPAT_GPUVM_FLAGS \
	(DRM_GPUVM_RESV_PROTECTED | DRM_GPUVM_IMMEDIATE_MODE)
#else
#define PP_COMPAT_GPUVM_FLAGS DRM_GPUVM_RESV_PROTECTED
#endif

/*
 * A feature bit of struct drm_driver: up to 7.2 a GEM object's list of mappings
 * is only initialised for drivers that set it, 7.3 does it for all.
 */
#ifdef PP_HAVE_DRIVER_GEM_GPUVA
#define PP_COMPAT_DRIVER_GEM_GPUVA DRIVER_GEM_GPUVA
#else
#define PP_COMPAT_DRIVER_GEM_GPUVA 0
#endif

/**
 * struct pp_compat_gpuva_lock - protects the mappings of one GEM object
 *
 * Embed one in each buffer object. It is taken in the fence-signalling path:
 * nothing that allocates may run under it.
 */
struct pp_compat_gpuva_lock {
	/** @lock: the mutex in force */
	struct mutex *lock;
#ifndef PP_HAVE_GPUVM_IMMEDIATE
	/** @own: the mutex, where the GEM object has none */
	struct mutex own;
#endif
};

/**
 * pp_compat_gpuva_lock_init() - tie a lock to its object
 * @l: the lock
 * @obj: its object, after drm_gem_object_init() or
 *	drm_gem_private_object_init()
 */
static inline void pp_compat_gpuva_lock_init(struct pp_compat_gpuva_lock *l,
					     struct drm_gem_object *obj)
{
#ifdef PP_HAVE_GPUVM_IMMEDIATE
	l->lock = &obj->gpuva.lock;
#else
	mutex_init(&l->own);
	l->lock = &l->own;
	/* Only so that lockdep accepts it: a no-op elsewhere. */
	drm_gem_gpuva_set_lock(obj, &l->own);
#endif
}

/**
 * pp_compat_gpuva_lock_fini() - the object goes away
 * @l: the lock
 *
 * Call it before drm_gem_object_release().
 */
static inline void pp_compat_gpuva_lock_fini(struct pp_compat_gpuva_lock *l)
{
#ifndef PP_HAVE_GPUVM_IMMEDIATE
	mutex_destroy(&l->own);
#endif
}

/**
 * pp_compat_vm_bo_obtain() - the connection of an object to a VM
 * @gpuvm: the VM
 * @obj: the object; the caller holds a reference
 * @l: the object's lock
 *
 * Makes the connection if there is none.
 *
 * drm_gpuvm_bo_obtain_prealloc() kept its signature and changed its locking:
 * up to 6.17 the caller holds the VM's reservation and the lock of the
 * mappings, from 7.0 on the function takes what it needs.
 *
 * Context: May sleep and allocates. Neither the VM's reservation nor @l held.
 * Return: a reference, given back by pp_compat_vm_bo_put(), or ERR_PTR(-ENOMEM).
 */
static inline struct drm_gpuvm_bo *
pp_compat_vm_bo_obtain(struct drm_gpuvm *gpuvm, struct drm_gem_object *obj,
		       struct pp_compat_gpuva_lock *l)
{
	struct drm_gpuvm_bo *vm_bo;

	vm_bo = drm_gpuvm_bo_create(gpuvm, obj);
	if (!vm_bo)
		return ERR_PTR(-ENOMEM);

#ifdef PP_HAVE_GPUVM_IMMEDIATE
	return drm_gpuvm_bo_obtain_prealloc(vm_bo);
#else
	dma_resv_lock(drm_gpuvm_resv(gpuvm), NULL);
	mutex_lock(l->lock);
	vm_bo = drm_gpuvm_bo_obtain_prealloc(vm_bo);
	mutex_unlock(l->lock);
	dma_resv_unlock(drm_gpuvm_resv(gpuvm));
	return vm_bo;
#endif
}

/**
 * pp_compat_vm_bo_put() - drop a reference to a connection
 * @vm_bo: the connection, or NULL
 * @l: the lock of its object
 *
 * May drop the last reference to the VM and to the object, so a caller who
 * goes on using either holds one of its own.
 *
 * 7.0 brought deferred variants for drivers that put in the fence-signalling
 * path. We never do: pp_compat_gpuva_unlink() hands its reference out, and it
 * is put later, on every kernel.
 *
 * Context: May sleep. Not in the fence-signalling path; neither the VM's
 * reservation nor @l held.
 */
static inline void pp_compat_vm_bo_put(struct drm_gpuvm_bo *vm_bo,
				       struct pp_compat_gpuva_lock *l)
{
	struct drm_gem_object *obj;
	struct drm_gpuvm *gpuvm;

	if (!vm_bo)
		return;

	/* The connection holds both, and their locks must outlive it. */
	obj = vm_bo->obj;
	gpuvm = drm_gpuvm_get(vm_bo->vm);
	drm_gem_object_get(obj);

	dma_resv_lock(drm_gpuvm_resv(gpuvm), NULL);
	mutex_lock(l->lock);
	drm_gpuvm_bo_put(vm_bo);
	mutex_unlock(l->lock);
	dma_resv_unlock(drm_gpuvm_resv(gpuvm));

	drm_gem_object_put(obj);
	drm_gpuvm_put(gpuvm);
}

/**
 * pp_compat_gpuva_link() - list a mapping with its object
 * @va: the mapping
 * @vm_bo: connection to the object; the mapping takes a reference of its own
 * @l: the lock of the object
 *
 * Context: Takes @l. May run in the fence-signalling path.
 */
static inline void pp_compat_gpuva_link(struct drm_gpuva *va,
					struct drm_gpuvm_bo *vm_bo,
					struct pp_compat_gpuva_lock *l)
{
	mutex_lock(l->lock);
	drm_gpuva_link(va, vm_bo);
	mutex_unlock(l->lock);
}

/**
 * pp_compat_gpuva_unlink() - take a mapping off its object's list
 * @va: the mapping; NULL is returned if it has no object
 * @l: the lock of the object
 *
 * The mapping's reference to the connection goes to the caller, because
 * dropping the last one is not for the fence-signalling path.
 *
 * Context: Takes @l. May run in the fence-signalling path.
 * Return: the connection, given back by pp_compat_vm_bo_put(), or NULL.
 */
static inline struct drm_gpuvm_bo *
pp_compat_gpuva_unlink(struct drm_gpuva *va, struct pp_compat_gpuva_lock *l)
{
	struct drm_gpuvm_bo *vm_bo = va->vm_bo;

	if (!vm_bo)
		return NULL;

	drm_gpuvm_bo_get(vm_bo);
	mutex_lock(l->lock);
	drm_gpuva_unlink(va);
	mutex_unlock(l->lock);
	return vm_bo;
}

/**
 * pp_compat_gpuvm_sm_map() - drm_gpuvm_sm_map()
 * @gpuvm: the VM
 * @priv: argument of the step callbacks
 * @addr: start of the new mapping, bytes
 * @range: its length, bytes
 * @obj: object to map, or NULL for a sparse mapping
 * @offset: where in @obj, bytes
 *
 * From 7.0 on the request is a structure.
 *
 * Return: 0, or the error of a step.
 */
static inline int pp_compat_gpuvm_sm_map(struct drm_gpuvm *gpuvm, void *priv,
					 u64 addr, u64 range,
					 struct drm_gem_object *obj, u64 offset)
{
#ifdef PP_HAVE_GPUVM_MAP_REQ
	const struct drm_gpuvm_map_req req = {
		.map.va.addr = addr,
		.map.va.range = range,
		.map.gem.obj = obj,
		.map.gem.offset = offset,
	};

	return drm_gpuvm_sm_map(gpuvm, priv, &req);
#else
	return drm_gpuvm_sm_map(gpuvm, priv, addr, range, obj, offset);
#endif
}

#endif

// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The steps that drm_gpuvm cuts an operation into: page tables and trees.
 *
 * All of this runs inside of pp_vm_op_execute(), under its rules.
 */
#include <linux/sizes.h>

#include "mmu/vm.h"

static struct pp_vma *op_take_spare(struct pp_vm_op *op, u32 flags)
{
	struct pp_vma *vma = NULL;
	unsigned int i;

	for (i = 0; i < PP_VM_OP_SPARES && !vma; i++)
		swap(vma, op->spare[i]);
	if (!WARN_ON_ONCE(!vma))
		vma->flags = flags;
	return vma;
}

/* The memory of a part of an existing mapping. */
static int vma_source(struct pp_vm *vm, struct pp_vma *vma, u64 va, struct pp_pt_source *src)
{
	memset(src, 0, sizeof(*src));
	if (vma->flags & PP_VM_MAP_SPARSE)
		return pp_vm_fill_source(vm, src, false);

	/* Pages stay as long as the mapping is not evicted. */
	src->sgt = to_pp_bo(vma->base.gem.obj)->sgt;
	src->offset = vma->base.gem.offset + (va - vma->base.va.addr);
	return 0;
}

static void vma_link(struct pp_vma *vma, struct drm_gpuvm_bo *vm_bo)
{
	if (vm_bo)
		pp_compat_gpuva_link(&vma->base, vm_bo, &to_pp_bo(vm_bo->obj)->gpuva_lock);
}

/* Off its object's list; it must be off the tree already. */
static void vma_discard(struct pp_vm_op *op, struct pp_vma *vma)
{
	if (vma->base.gem.obj)
		vma->vm_bo = pp_compat_gpuva_unlink(&vma->base,
						    &to_pp_bo(vma->base.gem.obj)->gpuva_lock);
	list_add_tail(&vma->node, &op->garbage.vmas);
}

static int step_map(struct drm_gpuva_op *gop, void *priv)
{
	struct pp_vm_op *op = priv;
	struct pp_vma *vma = op_take_spare(op, op->bind.flags);
	struct pp_vm *vm = op->vm;
	int ret;

	if (!vma)
		return -EINVAL;
	ret = pp_pgtable_map(&vm->pt, gop->map.va.addr, gop->map.va.range, &op->src,
			     op->bind.flags);
	if (ret) {
		op->spare[0] = vma;
		return ret;
	}
	drm_gpuva_map(&vm->base, &vma->base, &gop->map);
	vma_link(vma, op->vm_bo);
	return 0;
}

static int step_unmap(struct drm_gpuva_op *gop, void *priv)
{
	struct pp_vm_op *op = priv;
	struct pp_vma *vma = to_pp_vma(gop->unmap.va);

	if (!vma->evicted)
		pp_pgtable_unmap(&op->vm->pt, vma->base.va.addr, vma->base.va.range);
	drm_gpuva_unmap(&gop->unmap);
	vma_discard(op, vma);
	return 0;
}

/*
 * Does a cut at @cut go through a block of the mapping @old? *block is where.
 * A block never reaches beyond the mapping that it was made for.
 */
static bool cuts_block(struct pp_vm *vm, const struct drm_gpuva *old, u64 cut, u64 *block)
{
	u64 start = ALIGN_DOWN(cut, SZ_2M);

	if (start == cut || start < old->va.addr ||
	    start + SZ_2M > old->va.addr + old->va.range)
		return false;
	*block = start;
	return pp_pgtable_maybe_block(&vm->pt, start);
}

/* Map again what had to go with a block, [start, end) of the mapping @old. */
static int map_again(struct pp_vm *vm, struct pp_vma *old, u64 start, u64 end)
{
	struct pp_pt_source src;
	int ret;

	if (start >= end)
		return 0;
	ret = vma_source(vm, old, start, &src);
	return ret ?: pp_pgtable_map(&vm->pt, start, end - start, &src, old->flags);
}

/* Take [start, end) out of the mapping @old; blocks that it cuts go as a whole. */
static int unmap_part(struct pp_vm *vm, struct pp_vma *old, u64 start, u64 end)
{
	u64 first = start, last = end, block;
	int ret;

	if (cuts_block(vm, &old->base, start, &block))
		first = block;
	if (cuts_block(vm, &old->base, end, &block))
		last = block + SZ_2M;

	pp_as_region_expand(vm, first, last - first);
	pp_pgtable_unmap(&vm->pt, first, last - first);
	ret = map_again(vm, old, first, start);
	return ret ?: map_again(vm, old, end, last);
}

static int step_remap(struct drm_gpuva_op *gop, void *priv)
{
	struct pp_vm_op *op = priv;
	struct pp_vma *old = to_pp_vma(gop->remap.unmap->va), *prev = NULL, *next = NULL;
	struct drm_gpuvm_bo *vm_bo = old->base.vm_bo;
	u64 start, range;
	int ret;

	if (gop->remap.prev)
		prev = op_take_spare(op, old->flags);
	if (gop->remap.next)
		next = op_take_spare(op, old->flags);
	if ((gop->remap.prev && !prev) || (gop->remap.next && !next))
		return -EINVAL;

	drm_gpuva_op_remap_to_unmap_range(&gop->remap, &start, &range);
	ret = old->evicted ? 0 : unmap_part(op->vm, old, start, start + range);
	if (prev)
		prev->evicted = old->evicted;
	if (next)
		next->evicted = old->evicted;

	/* The trees follow even then: the VM is unusable, but must come apart. */
	drm_gpuva_remap(prev ? &prev->base : NULL, next ? &next->base : NULL, &gop->remap);
	if (prev)
		vma_link(prev, vm_bo);
	if (next)
		vma_link(next, vm_bo);
	vma_discard(op, old);
	return ret;
}

const struct drm_gpuvm_ops pp_vm_gpuvm_ops = {
	.vm_free = pp_vm_free_gpuvm,
	.vm_bo_validate = pp_vm_bo_validate,
	.sm_step_map = step_map,
	.sm_step_remap = step_remap,
	.sm_step_unmap = step_unmap,
};

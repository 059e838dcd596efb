/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Owns: putting the units together and taking them apart. */
#ifndef VGPU_MODEL_H
#define VGPU_MODEL_H

struct vgpu;
struct profile;

/* A GPU in its power-on state, not connected to anything. NULL: out of memory. */
struct vgpu *model_new(const struct profile *profile);
void model_free(struct vgpu *v);

#endif

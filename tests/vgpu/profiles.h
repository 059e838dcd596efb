/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Owns: the table of GPUs that the model can be. */
#ifndef VGPU_PROFILES_H
#define VGPU_PROFILES_H

struct profile;

/* NULL when there is none of that name. */
const struct profile *profile_find(const char *name);
/* Name of the n-th profile, NULL past the end. */
const char *profile_name(unsigned int n);

#endif

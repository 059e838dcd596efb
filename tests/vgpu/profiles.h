/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Owns: the table of GPUs that the model can be. */
#ifndef VGPU_PROFILES_H
#define VGPU_PROFILES_H

#include <stdbool.h>

struct profile;

/* GPU_FEATURES: cores have a ray-traversal unit, a power sub-domain of its own. */
#define PROFILE_RTU	(1ull << 5)

/* NULL when there is none of that name. */
const struct profile *profile_find(const char *name);
/* Name of the n-th profile, NULL past the end. */
const char *profile_name(unsigned int n);
/* Major architecture, 10 to 14: what the GPU does follows it, whatever the knob gpu_id says. */
unsigned int profile_arch(const struct profile *p);
/* Are power domains and resets in the PWR_CONTROL block? */
bool profile_has_pwr(const struct profile *p);

#endif

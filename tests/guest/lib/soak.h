/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The soak's clients, and what it measures. */
#ifndef PP_GUEST_SOAK_H
#define PP_GUEST_SOAK_H

#include "gpu.h"

/* Exit status of a client: an error was reported to it; it was told a lie. */
#define SOAK_ERROR	1
#define SOAK_WRONG	3

struct soak_kind {
	const char *name;
	/* Once around, for as long as the client lives. */
	void (*round)(struct gpu_vm *vm, u64 *seed);
};

extern const struct soak_kind soak_kinds[];
extern u32 soak_kind_count;

/* Which kinds this driver can run. */
void soak_find_kinds(bool ours);

/* xorshift: the same seed, the same sequence. */
u32 soak_random(u64 *state);

/* A client's whole life in a process of its own. Returns its exit status. */
int soak_client(const struct soak_kind *kind, u64 seed, s64 end);

#define SOAK_SLABS	32

struct soak_levels {
	s64 available_kb, unreclaimable_kb, shmem_kb, carveout, clients, references;
	u32 slabs;
	struct { char name[40]; s64 objects, per_slab; } slab[SOAK_SLABS];
};

void soak_measure(struct soak_levels *levels);

/* Test points: back to where it was. */
void soak_compare(const struct soak_levels *before, const struct soak_levels *after);

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Owns: translation of one address by AArch64 4 KiB tables. Keeps no state. */
#ifndef VGPU_AS_WALK_H
#define VGPU_AS_WALK_H

#include <stdbool.h>
#include <stdint.h>

struct gmem;

/* Exception codes of AS_FAULTSTATUS; + level for all but the first two (csf.md 1.6) */
#define EXC_BUS_FAULT		0x80
#define EXC_ADDR_SIZE_IN	0xe0
#define EXC_TRANSLATION		0xc0
#define EXC_PERMISSION		0xc8
#define EXC_ACCESS_FLAG		0xd8
#define EXC_ADDR_SIZE_OUT	0xe4
#define EXC_MEMATTR		0xe8

#define TRANSCFG_MODE_MASK	0xfu
#define TRANSCFG_UNMAPPED	1u
#define TRANSCFG_IDENTITY	2u
#define TRANSCFG_AARCH64_4K	6u

/* What UPDATE latches. */
struct as_config {
	uint64_t transtab, memattr, transcfg;
};

struct walk {
	uint64_t gpa;
	unsigned int level;	/* of the leaf */
	bool readable, writable, executable;
};

/* 0 and *w filled in, or an exception code. pa_bits: from MMU_FEATURES. */
uint8_t as_walk(struct gmem *mem, const struct as_config *cfg, unsigned int pa_bits,
		uint64_t va, struct walk *w);

#endif

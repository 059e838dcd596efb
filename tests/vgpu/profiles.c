// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "profiles.h"

#include <stdlib.h>
#include <string.h>

#include "vgpu.h"

#define FEATURE_RAY_INTERSECTION	(1ull << 2)

/*
 * What was read from a G610 on a board, but for COHERENCY_FEATURES: guest memory
 * is coherent here, and the driver believes the device tree's dma-coherent only
 * when ACE-Lite is offered. No dump of another GPU was at hand: assumed to be the
 * same where a profile below says nothing else.
 */
#define VALHALL								\
	.csf_id = 0x040a0412,						\
	.l2_features = 0x07120306,					\
	.tiler_features = 0x809,					\
	.mem_features = 0x301,						\
	.thread_features = 0x04010000,					\
	.max_threads = 2048,						\
	.max_workgroup = 1024,						\
	.max_barrier = 1024,						\
	.texture_features = { 0xc1ffff9e, 0x003fff87, 0xffffffff, 0x3 },	\
	.coherency_features = 1,					\
	.tiler_present = 1,						\
	.l2_present = 1,						\
	.cs_slots = 8

/* Arch 10: 8 scoreboard entries, 96 registers, interface 1.1. */
#define ARCH10								\
	VALHALL,							\
	.mmu_features = 0x2830,						\
	.csg_slots = 8,							\
	.cs_regs = 96,							\
	.scoreboards = 8,						\
	.fw_version = 0x01010000

#define G610								\
	ARCH10,								\
	.gpu_id = 0xa8670005,						\
	.shader_present = 0x50005

/*
 * GPU_IDs: architecture and product are known (csf.md 1.8), architecture revisions
 * of all but G610 and G310 are not. Assumed as well: core masks, numbers of
 * address spaces and slots (chosen to differ), 128 registers from arch 12 on, and
 * which interface version goes with which architecture.
 */
static const struct profile profiles[] = {
	{ .name = "g610", .as_present = 0xff, G610 },
	{ .name = "g610-as16", .as_present = 0xffff, G610 },
	{
		/* The only one that is known to use another minor architecture. */
		.name = "g310", .gpu_id = 0xac740000, .core_features = 2,
		.shader_present = 0x3, .as_present = 0xff, ARCH10,
	}, {
		.name = "g710", .gpu_id = 0xa8620000,
		.shader_present = 0x550555, .as_present = 0xffff, ARCH10,
	}, {
		.name = "g715", .gpu_id = 0xb8620000,
		.shader_present = 0x70077, .as_present = 0xff, .mmu_features = 0x2830,
		.csg_slots = 8, .cs_regs = 96, .scoreboards = 16, .fw_version = 0x03000000,
		VALHALL,
	}, {
		.name = "g720", .gpu_id = 0xc8700000, .core_features = 4,
		.shader_present = 0x70077, .as_present = 0xffff, .mmu_features = 0x2830,
		.csg_slots = 16, .cs_regs = 128, .scoreboards = 16, .fw_version = 0x03010000,
		VALHALL,
	}, {
		.name = "g725", .gpu_id = 0xd8700000, .core_features = 4,
		.gpu_features = FEATURE_RAY_INTERSECTION,
		.shader_present = 0x770777, .as_present = 0xffff, .mmu_features = 0x2830,
		.csg_slots = 12, .cs_regs = 128, .scoreboards = 16, .fw_version = 0x04000000,
		VALHALL,
	}, {
		/* 48 bits of physical address: assumed, and unlike all others. */
		.name = "g1", .gpu_id = 0xe8300000, .core_features = 4,
		.gpu_features = FEATURE_RAY_INTERSECTION | PROFILE_RTU,
		.shader_present = 0x330333, .as_present = 0xffff, .mmu_features = 0x3030,
		.csg_slots = 16, .cs_regs = 128, .scoreboards = 16, .fw_version = 0x04010000,
		VALHALL,
	},
};

const struct profile *profile_find(const char *name)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (!strcmp(profiles[i].name, name))
			return &profiles[i];
	return NULL;
}

const char *profile_name(unsigned int n)
{
	return n < sizeof(profiles) / sizeof(profiles[0]) ? profiles[n].name : NULL;
}

unsigned int profile_arch(const struct profile *p)
{
	return p->gpu_id >> 28;
}

bool profile_has_pwr(const struct profile *p)
{
	return profile_arch(p) >= 14;
}

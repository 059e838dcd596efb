// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "profiles.h"

#include <stdlib.h>
#include <string.h>

#include "vgpu.h"

/*
 * Values of a G610 as a board shows them, but for COHERENCY_FEATURES: guest
 * memory is coherent here, and the driver believes the device tree's
 * dma-coherent only when ACE-Lite is offered.
 */
#define G610_COMMON							\
	.gpu_id = 0xa8670005,						\
	.csf_id = 0x040a0412,						\
	.l2_features = 0x07120306,					\
	.core_features = 0,						\
	.tiler_features = 0x809,					\
	.mem_features = 0x301,						\
	.mmu_features = 0x2830,						\
	.thread_features = 0x04010000,					\
	.max_threads = 2048,						\
	.max_workgroup = 1024,						\
	.max_barrier = 1024,						\
	.texture_features = { 0xc1ffff9e, 0x003fff87, 0xffffffff, 0x3 },	\
	.coherency_features = 1,					\
	.shader_present = 0x50005,					\
	.tiler_present = 1,						\
	.l2_present = 1,						\
	.csg_slots = 8,							\
	.cs_slots = 8,							\
	.cs_regs = 96,							\
	.scoreboards = 8,						\
	.fw_version = 0x01010000

static const struct profile profiles[] = {
	{ .name = "g610", .as_present = 0xff, G610_COMMON },
	{ .name = "g610-as16", .as_present = 0xffff, G610_COMMON },
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

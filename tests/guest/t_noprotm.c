// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* A device without protected memory: says so, refuses, and is a normal GPU otherwise. */
#include <errno.h>

#include "gpu.h"
#include "vgpu.h"

#define R_ADDR	60
#define R_DATA	62

static void test_uapi(struct gpu_vm *vm)
{
	struct drm_panthor_protected_info info = { ~0u };
	struct drm_panthor_dev_query q = {
		.type = vm->gpu->protected_query,
		.size = sizeof(info),
		.pointer = (uintptr_t)&info,
	};
	struct gpu_group g;
	int i;

	is(gpu_call(vm->gpu, DEV_QUERY, &q), 0, "PROTECTED_INFO");
	is(info.features, 0, "no features");
	for (i = 0; i < 2; i++)
		is(gpu_group_try(vm, &g, 1, SZ_4K, PANTHOR_GROUP_PRIORITY_MEDIUM,
				 DRM_PANTHOR_GROUP_FEATURE_PROTM), -ENODEV,
		   "GROUP_CREATE for protected mode");
	is(gpu_group_try(vm, &g, 1, SZ_4K, PANTHOR_GROUP_PRIORITY_MEDIUM, 2), -EINVAL,
	   "GROUP_CREATE: unknown flag");
}

static void test_jobs(struct gpu_vm *vm)
{
	s64 resets = vgpu_counter("soft_resets"), sessions = vgpu_counter("protm_sessions"), start;
	struct gpu_bo code, data;
	struct gpu_group g, bad;
	struct cs cs;
	int ret;

	gpu_bo_init(vm, &code, SZ_64K);
	gpu_bo_init(vm, &data, SZ_64K);
	gpu_group_init(vm, &g, 1);
	gpu_group_init(vm, &bad, 1);
	cs = gpu_cs(&code, 0, SZ_4K);
	cs_prot_region(&cs, 1);
	cs_nop(&cs);
	start = now_ns();
	ret = gpu_run(&bad, 0, &cs);
	ok(ret < 0 && ret != -ETIME, "a protected region: error (%d)", ret);
	between((now_ns() - start) / NSEC_PER_MSEC, 0, 4500, "not by its time limit of 5 s (in ms)");
	is(gpu_group_state(&bad), DRM_PANTHOR_GROUP_STATE_FATAL_FAULT, "fatal fault");

	cs = gpu_cs(&code, SZ_4K, SZ_4K);
	cs_store_word(&cs, R_ADDR, R_DATA, data.va, 5);
	is(gpu_run(&g, 0, &cs), 0, "a normal job of another group works");
	is(*(u32 *)data.cpu, 5, "and stores");
	is(vgpu_counter("protm_sessions"), sessions, "no session");
	is(vgpu_counter("soft_resets"), resets, "no reset");
	gpu_group_fini(&bad);
	gpu_group_fini(&g);
	gpu_bo_fini(&data);
	gpu_bo_fini(&code);
}

int main(void)
{
	struct gpu gpu;
	struct gpu_vm vm;

	gpu_open(&gpu);
	gpu_vm_init(&gpu, &vm);
	test_uapi(&vm);
	test_jobs(&vm);
	gpu_vm_fini(&vm);
	gpu_close(&gpu);
	return done();
}

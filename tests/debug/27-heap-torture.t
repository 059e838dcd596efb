#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Five minutes of everything at once on the shim's own device nodes, with our driver as the importer; a minute each where heaps
# are the kernel's. PP_TORTURE_SECONDS is for trying something.
# shellcheck source=../t/lib.sh
. "$(dirname "$0")/../t/lib.sh"

script='
modprobe vgpu-glue
modprobe panthor-protm-carveout
t_heapunload
t_heaptorture'

while read -r kernel _; do
	guest_tap "torture $kernel" --kernel "$kernel" --timeout 1200 --params protected_heap_name=protected \
		-- "$script ${PP_TORTURE_SECONDS:-300}" "$driver_goes" 'rmmod panthor_protm_carveout panthor_protm_heap'
done < <(test_kernels)
for kernel in ${PP_TEST_HEAP_KERNELS:-}; do
	guest_tap "torture $kernel" --kernel "$kernel" --driver none \
		-- "$script ${PP_TORTURE_SECONDS:-60}" 'rmmod panthor_protm_carveout panthor_protm_heap'
done
done_testing

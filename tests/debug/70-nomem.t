#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Each allocation of each call fails once; then the driver goes, and with it its slabs, which have to be empty. DMA-API debugging
# gives up for good when it gets no memory itself, so it is off here.
# shellcheck disable=SC2016 # for the guest's shell
# shellcheck source=../t/lib.sh
. "$(dirname "$0")/../t/lib.sh"

while read -r kernel _; do
	guest_tap "no memory $kernel" --kernel "$kernel" --params protected_heap_name=protected --append dma_debug=off -- \
		't_nomem; t_job; t_protm; rmmod panthor_protm panthor_protm_carveout panthor_protm_heap'
done < <(test_kernels)

done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# protected_heap_wait=1 and a heap that does not come: the GPU is there after 30 s all the same.
# shellcheck source=../t/lib.sh
. "$(dirname "$0")/../t/lib.sh"

for kernel in 6.12 7.3; do
	guest_tap "$kernel: waiting for a heap" --kernel "$kernel" \
		--params 'protected_heap_name=protected protected_heap_wait=1' -- 't_heapwait long'
done
done_testing

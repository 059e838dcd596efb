#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Whatever goes wrong, in each state of protected mode, sooner and later: who pays for it, and that nothing is left.
# shellcheck source=../t/lib.sh
. "$(dirname "$0")/../t/lib.sh"

while read -r kernel _; do
	guest_tap "faults $kernel" --kernel "$kernel" --params protected_heap_name=protected --timeout 1200 -- 't_fault_matrix all'
	run_ok "faults $kernel: 200 cases and more" awk '/^# [0-9]+ cases/ { n = $2 } END { exit n < 200 }' "$guest_out"
done < <("$rig" kernels)

done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Ten seconds of each mixture of protected and normal groups: equals get equal shares of execution. Seconds in which
# the host was busy do not count, so that it takes longer there.
# shellcheck source=../t/lib.sh
. "$(dirname "$0")/../t/lib.sh"

while read -r kernel _; do
	guest_tap "fairness $kernel" --kernel "$kernel" --timeout 900 --params protected_heap_name=protected -- 't_fairness 10'
done < <("$rig" kernels)

done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# What tests/t/30-ours-*.t, 31-mesa-*.t and 35-hardware-ours.t run, on a kernel that looks for bugs. But for MT8196: these kernels
# have no power domains.
# shellcheck source=../t/suites.sh
. "$(dirname "$0")/../t/suites.sh"

declare -A mesa=([6.12]=25 [7.3]=26)

while read -r kernel _; do
	ours_suite "$kernel"
	profiles_suite "$kernel" ours
	noncoherent_suite "$kernel" ours
	mesa_suite "$kernel" ours "${mesa[${kernel%%-*}]}"
done < <(test_kernels)
done_testing

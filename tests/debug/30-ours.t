#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# What tests/t/30-ours-*.t and 35-hardware-ours.t run, on a kernel that looks for bugs.
# shellcheck source=../t/suites.sh
. "$(dirname "$0")/../t/suites.sh"

while read -r kernel _; do
	ours_suite "$kernel"
	noncoherent_suite "$kernel" ours
done < <(test_kernels)
done_testing

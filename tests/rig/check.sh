#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Inside of the root: build everything, then all tests under prove, whose last lines count them.
# Arguments: test programs, default all of tests/t and the unit tests; --full: tests/full as well.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
rig=$top/tests/rig/rig

cd "$top"
folders=(tests/t)
if [ "${1:-}" = --full ]; then
	folders+=(tests/full)
	shift
fi
tests=("$@")
# The first tests boot guests without our modules, so these are built meanwhile; whoever needs one waits at its lock.
for kernel in ${PP_TEST_KERNELS:-$("$rig" kernels | cut -d' ' -f1)}; do
	"$rig" modules --kernel "$kernel" || :
	"$rig" modules --kernel "$kernel" --glue || :
done >/dev/null 2>&1 &
echo "building the virtual GPU and the guest programs"
"$rig" vgpu >/dev/null
"$rig" guest >/dev/null
"$rig" fw >/dev/null

if [ "${#tests[@]}" = 0 ]; then
	echo "building the unit tests"
	units=$("$rig" unit)
	mapfile -t tests < <(printf '%s\n' "$units" && find "${folders[@]}" -name '*.t' | sort)
fi
export CMOCKA_MESSAGE_OUTPUT=TAP
exec prove --timer --failures -e '' "${tests[@]}"

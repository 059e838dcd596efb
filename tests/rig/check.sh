#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Inside of the root: build everything, then all tests under prove, whose last lines count them.
# Arguments: test programs, default all.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
rig=$top/tests/rig/rig

cd "$top"
tests=("$@")
echo "building the virtual GPU and the guest programs"
"$rig" vgpu >/dev/null
"$rig" guest >/dev/null
"$rig" fw >/dev/null

if [ "${#tests[@]}" = 0 ]; then
	echo "building the unit tests"
	units=$("$rig" unit)
	mapfile -t tests < <(printf '%s\n' "$units" && find tests/t -name '*.t' | sort)
fi
export CMOCKA_MESSAGE_OUTPUT=TAP
exec prove --timer -e '' "${tests[@]}"

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Inside of the root: build everything, then all tests under prove, whose last lines count them.
# Arguments: .t files, default all and the unit tests.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
rig=$top/tests/rig/rig
build=$PANTHOR_PROTM_CACHE/build

cd "$top"
tests=("$@")
echo "building the virtual GPU and the guest programs"
"$rig" vgpu >/dev/null
"$rig" guest >/dev/null
"$rig" fw >/dev/null

if [ "${#tests[@]}" = 0 ]; then
	echo "building the unit tests"
	make -s -C tests/unit O="$build/unit" "-j$(nproc)" all
	mapfile -t tests < <(make -s -C tests/unit O="$build/unit" list)
	while read -r unit; do
		make -s -C tests/vgpu O="$build/vgpu" "$build/vgpu/$unit"
		tests+=("$build/vgpu/$unit")
	done < <(find tests/vgpu -name 'test_*.c' -printf '%f\n' | sed 's/\.c$//' | sort)
	mapfile -t -O "${#tests[@]}" tests < <(find tests/t -name '*.t' | sort)
fi
export CMOCKA_MESSAGE_OUTPUT=TAP
exec prove --timer -e '' "${tests[@]}"

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# What "make check" runs on ours, and the differential suite, on the debug kernels of one line. The kernels are made first if they
# are not there. Arguments: LINE (6.12 or 7.3), and test programs if it shall not be all of them.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
rig=$top/tests/rig/rig
line=$1
shift
tests=("$@")
[ "${#tests[@]}" -gt 0 ] || tests=(tests/debug/*.t tests/t/25-heap.t tests/t/40-diff.t tests/t/45-coexist.t)

cd "$top"
for flavour in debug heaps native; do
	"$rig" kernel "$line-$flavour" >/dev/null
done
PP_TEST_KERNELS=$line-debug PP_TEST_HEAP_KERNELS="$line-heaps $line-native" exec "$rig" run tests/rig/check.sh "${tests[@]}"

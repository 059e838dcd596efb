#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Measurements on the optimised virtual GPU, then a table for each part: how long dkms takes, ours against stock, what
# protected mode costs, and heaps by name against heaps by device. "make bench" calls it.
#
#	BENCH='build stock protm heap'	parts; heap by itself: its kernels are not everybody's
#	BENCH_BUILDS=3		part build: rounds; "rig bench" has measured them before it calls this
#	BENCH_BOOTS=9		boots (stock: of each driver)
#	BENCH_KERNEL=7.3
#	BENCH_ONLY='b_bind b_submit'	programs of part stock, default all
#	BENCH_LOADS=20		part protm: how often the modules with and without a heap are loaded in a boot
# Raw results of every boot stay in the folders that are named at the end.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
rig=$here/../rig/rig
boots=${BENCH_BOOTS:-9} kernel=${BENCH_KERNEL:-7.3}
# shellcheck source=stock.sh
. "$here/stock.sh"
# shellcheck source=protm.sh
. "$here/protm.sh"
# shellcheck source=heap.sh
. "$here/heap.sh"

for part in ${BENCH:-build stock protm}; do
	case $part in build | stock | protm | heap) ;; *) echo "no part $part; there are: build stock protm heap" >&2; exit 2 ;; esac
done

"$rig" guest >/dev/null
PP_RIG_VGPU=$("$rig" vgpu --fast)
export PP_RIG_VGPU
modules=$("$rig" modules --kernel "$kernel")
results=$(dirname "$PP_RIG_VGPU")/../bench

# boot OUT NAME RIG-OPTIONS...: a guest whose output becomes OUT/NAME.
boot() {
	local out=$1 name=$2 status=0
	shift 2
	"$rig" boot --kernel "$kernel" --mem 2G --timeout 600 --log "$out/log-$name" "$@" >"$out/$name" || status=$?
	[ "$status" = 0 ] || {
		echo "boot $name failed ($status); logs: $out/log-$name" >&2
		exit "$status"
	}
	printf 'boot %s of %s: %s\n' "${name%%-*}" "$boots" "${name#*-}" >&2
}

# bench_build OUT: measured already, see tests/rig/lib/bench.sh.
bench_build() { cp "$results"/build/*-ours "$1/"; }

for part in ${BENCH:-build stock protm}; do
	out=$results/$kernel-$part
	rm -rf "$out"
	mkdir -p "$out"
	out=$(cd "$out" && pwd)
	"bench_$part" "$out"
	"$here/compare.pl" "$here/$part.goals" "$out" | tee "$out/table.md"
	echo "raw results: $out" >&2
done

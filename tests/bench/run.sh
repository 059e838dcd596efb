#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Ours against stock: interleaved boots of both on the optimised virtual GPU, then a table of ratios.
#
#	BENCH_BOOTS=9	boots of each driver
#	BENCH_KERNEL=7.3
#	BENCH_ONLY='b_bind b_submit'	programs, default all
# Raw results of every boot stay in the folder that is named at the end.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
rig=$here/../rig/rig
boots=${BENCH_BOOTS:-9} kernel=${BENCH_KERNEL:-7.3}
programs=${BENCH_ONLY:-$(find "$here" -name 'b_*.c' -printf '%f\n' | sed 's/\.c$//' | sort)}

"$rig" guest >/dev/null
PP_RIG_VGPU=$("$rig" vgpu --fast)
export PP_RIG_VGPU
modules=$("$rig" modules --kernel "$kernel")
out=$(dirname "$PP_RIG_VGPU")/../bench/$kernel
rm -rf "$out"
mkdir -p "$out"
out=$(cd "$out" && pwd)

# boot DRIVER ROUND
boot() {
	local status=0
	"$rig" boot --kernel "$kernel" --driver "$1" --modules "$modules" --mem 2G --timeout 600 \
		--log "$out/log-$2-$1" -- "for p in ${programs//$'\n'/ }; do \$p; done" >"$out/$2-$1" || status=$?
	[ "$status" = 0 ] || {
		echo "boot $2 of $1 failed ($status); logs: $out/log-$2-$1" >&2
		exit "$status"
	}
	printf 'boot %s of %s: %s\n' "$2" "$boots" "$1" >&2
}

for ((round = 1; round <= boots; round++)); do
	# Who goes first takes turns, so that a machine that slows down or speeds up favours nobody.
	if [ $((round % 2)) = 1 ]; then order=(stock ours); else order=(ours stock); fi
	for driver in "${order[@]}"; do
		boot "$driver" "$round"
	done
done

# text_size FILE: bytes of code.
text_size() {
	readelf -SW "$1" | perl -ne '$n += hex $1 if /\sPROGBITS\s+\S+\s+\S+\s+(\S+)\s+\S+\s+\S*X/; END { print $n }'
}

find "/var/lib/panthor-protm/kernels/$kernel/tree" -name panthor.ko.xz -exec xz -dc {} \; >"$out/panthor.ko"
printf 'count module_text %s\n' "$(text_size "$out/panthor.ko")" >"$out/text-stock"
printf 'count module_text %s\n' "$(text_size "$modules/panthor-protm.ko")" >"$out/text-ours"

"$here/compare.pl" "$here/goals" "$out" | tee "$out/table.md"
echo "raw results: $out" >&2

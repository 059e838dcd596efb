# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # run.sh's variables
# Part "stock": interleaved boots of stock and ours, which run the same programs b_*.

# text_size FILE: bytes of code.
text_size() {
	readelf -SW "$1" | perl -ne '$n += hex $1 if /\sPROGBITS\s+\S+\s+\S+\s+(\S+)\s+\S+\s+\S*X/; END { print $n }'
}

# bench_stock OUT
bench_stock() {
	local out=$1 round driver order programs
	programs=${BENCH_ONLY:-$(find "$here" -name 'b_*.c' -printf '%f\n' | sed 's/\.c$//' | sort)}
	for ((round = 1; round <= boots; round++)); do
		# Who goes first takes turns, so that a machine that slows down or speeds up favours nobody.
		if [ $((round % 2)) = 1 ]; then order=(stock ours); else order=(ours stock); fi
		for driver in "${order[@]}"; do
			boot "$out" "$round-$driver" --driver "$driver" --modules "$modules" \
				-- "for p in ${programs//$'\n'/ }; do \$p; done"
		done
	done

	find "/var/lib/panthor-protm/kernels/$kernel/tree" -name panthor.ko.xz -exec xz -dc {} \; >"$out/panthor.ko"
	printf 'count module_text %s\n' "$(text_size "$out/panthor.ko")" >"$out/text-stock"
	printf 'count module_text %s\n' "$(text_size "$modules/panthor-protm.ko")" >"$out/text-ours"
}

# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # run.sh's variables
# Part "heap": a heap by name, for kernel code, against its device, for programs, through each of the shim's backends. Bridge and
# native need kernels of the rig's own, with heaps: without detectors, which would be most of what is measured.

# bench_heap OUT
bench_heap() {
	local out=$1 round backend label heap
	for ((round = 1; round <= boots; round++)); do
		for backend in own bridge native; do
			case $backend in
			own) label=$kernel heap=protected ;;
			bridge) label=$kernel-fast-heaps heap=system ;;
			native) label=$kernel-fast-native heap=system ;;
			esac
			boot "$out" "$round-$backend-ours" --kernel "$label" --driver none --modules "$("$rig" modules --kernel "$label")" \
				-- "modprobe vgpu-glue; modprobe panthor-protm-carveout; p_heap $backend $heap"
		done
	done
	printf 'count shim_text %s\n' "$(text_size "$modules/panthor-protm-heap.ko")" >"$out/text-ours"
}

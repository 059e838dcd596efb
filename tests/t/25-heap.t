#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# The heap shim and the carve-out on both kernels, from user space and from kernel code, with stock panthor as the importer
# that we did not write; then everything unloaded and loaded again. Then where carve-outs come from.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

script='
modprobe panthor-protm-carveout
modprobe heaptest
modprobe heapuse name=protected len=303104
rmmod heapuse
modprobe heapuse name=protecte expect=-19
rmmod heapuse
t_heapunload
t_heaptorture 5
t_heap
rmmod heaptest panthor panthor_protm_carveout panthor_protm_heap vgpu_glue
[ ! -e /sys/class/dma_heap ] && [ ! -e /dev/dma_heap ]
modprobe vgpu-glue
modprobe panthor-protm-carveout
modprobe panthor
modprobe heaptest
'

while read -r kernel _; do
	# Boots of stock drivers are not given our modules unless asked.
	modules=$("$rig" modules --kernel "$kernel" 2>/dev/null) || bail_out "the modules do not build for $kernel"
	guest_tap "heap $kernel" --kernel "$kernel" --driver stock --modules "$modules" -- "$script"
	guest_tap "carve-outs $kernel" --kernel "$kernel" --driver none --dt carveout --modules "$modules" -- t_carveout
done < <(test_kernels)

done_testing

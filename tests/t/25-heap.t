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

# The locked region is what the virtual GPU's firewall guards; its size is of no importance.
# shellcheck disable=SC2016,SC2154 # for the guest's shell, lib.sh's
provider='
modprobe fixed
modprobe vgpu-glue
base=$(sed -n "s/^ *\([0-9a-f]*\)-.* : panthor-protm-aperture.*/0x\1/p" /proc/iomem)
if modprobe my-heap 2>/dev/null; then echo "# no region, and it loads"; exit 1; fi
modprobe my-heap base=$base size=0x2000000
modprobe panthor-protm protected_heap_name=my-heap
'"$gpu_comes"'
panthor-protm-status | grep -q my-heap
export PP_DRIVER=ours PP_HEAP=my-heap
t_protm
if rmmod my_heap 2>/dev/null; then echo "# in use, and it goes"; exit 1; fi
'"$driver_goes"'
rmmod my_heap panthor_protm_heap
'

while read -r kernel _; do
	# Boots of stock drivers are not given our modules unless asked.
	modules=$("$rig" modules --kernel "$kernel" 2>/dev/null) || bail_out "the modules do not build for $kernel"
	guest_tap "heap $kernel" --kernel "$kernel" --driver stock --modules "$modules" -- "$script"
	guest_tap "carve-outs $kernel" --kernel "$kernel" --driver none --dt carveout --modules "$modules" -- t_carveout

	# The example of a provider, as README has it built, but for the folders.
	rm -rf "$t_work/my-heap" "$t_work/modules"
	cp -r "$top/src/examples/my-heap" "$t_work/my-heap"
	sed -i "s:-idirafter /usr/include:-idirafter $top/include:" "$t_work/my-heap/Kbuild"
	echo "KBUILD_EXTRA_SYMBOLS := $modules/../src/Module.symvers" >>"$t_work/my-heap/Kbuild"
	run_ok "provider $kernel: it builds" "$rig" modules --kernel "$kernel" --src "$t_work/my-heap" --out "$t_work/modules" --werror
	cp "$modules"/*.ko "$t_work/modules/"
	guest_tap "provider $kernel" --kernel "$kernel" --driver none --modules "$t_work/modules" -- "$provider"
done < <(test_kernels)

done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Each allocation of each call fails once; then the driver goes, and with it its slabs, which have to be empty. DMA-API debugging
# gives up for good when it gets no memory itself, so it is off here. First a driver that does not clean up: all of it is noticed.
# Then t_nomem_probe, with works.patch, by which the allocations of the shim's work items count as those of whoever waits for them.
# shellcheck disable=SC2016 # for the guest's shell
# shellcheck source=../t/lib.sh
. "$(dirname "$0")/../t/lib.sh"

# Binding the driver takes a second or more: in full only after some of the failures, unless PP_FULL asks for all.
stride=15
[ -z "${PP_FULL:-}" ] || stride=1
rest_goes='rmmod panthor_protm_carveout panthor_protm_heap'
args=(--params protected_heap_name=protected --append dma_debug=off)

# change FILE SED: in the copy of the sources; one that changes nothing is no control.
change() {
	sed -i.was "$2" "$t_work/tree/$1"
	! cmp -s "$t_work/tree/$1" "$t_work/tree/$1.was" || bail_out "nothing to break in $1"
}

# Neither the buffer nor the structure around it is freed, nor the error translated.
mkdir -p "$t_work/tree/tests"
cp -r "$top/src" "$top/include" "$t_work/tree/"
cp -r "$top/tests/glue" "$t_work/tree/tests/"
change src/driver/mem/kbo.c '/^err_kbo:/,/^}/{/kfree(kbo);/d;/pp_bo_put(bo);/d}'
change src/driver/mem/bo.c 's/ret == -ENOSPC ? -ENOMEM : ret/ret/'

# works KERNEL: modules whose works fail as their callers do, in $t_work/works.
works() {
	rm -rf "$t_work/works-tree" "$t_work/works"
	mkdir -p "$t_work/works-tree/tests"
	cp -r "$top/src" "$top/include" "$t_work/works-tree/"
	cp -r "$top/tests/glue" "$t_work/works-tree/tests/"
	patch -s -p1 -d "$t_work/works-tree" -i "$top/tests/debug/works.patch" >/dev/null || bail_out "works.patch does not apply"
	"$rig" modules --kernel "$1" --src "$t_work/works-tree" --out "$t_work/works" >/dev/null 2>&1 ||
		bail_out "the driver with works.patch does not build for $1"
}

while read -r kernel _; do
	"$rig" modules --kernel "$kernel" --src "$t_work/tree" --out "$t_work/ko" >/dev/null 2>&1 ||
		bail_out "the broken driver does not build for $kernel"
	boot_guest --kernel "$kernel" "${args[@]}" --modules "$t_work/ko" -- 't_nomem "GROUP_CREATE, protected"'
	for what in 'and says ENOMEM' 'no buffer is left' 'no protected memory is in use'; do
		run_ok "$kernel: a broken driver fails \"$what\"" grep -a "^not ok .*$what" "$guest_out"
	done
	run_ok "$kernel: and loses memory, says kmemleak" grep -a 'unreferenced object' "$guest_log/kernel-errors"

	guest_tap "no memory $kernel" --kernel "$kernel" "${args[@]}" -- \
		't_nomem; t_job; t_protm' "$driver_goes" "$rest_goes"
	works "$kernel"
	guest_tap "no memory $kernel, once" --kernel "$kernel" "${args[@]}" --modules "$t_work/works" -- \
		"export PP_NOMEM_STRIDE=$stride; t_nomem_probe; t_protm" "$driver_goes" "$rest_goes"
done < <(test_kernels)

# Heaps of the kernel's: what finds them, and protected memory that comes from one.
for kernel in ${PP_TEST_HEAP_KERNELS:-}; do
	works "$kernel"
	guest_tap "no memory $kernel" --kernel "$kernel" --driver none --append dma_debug=off --modules "$t_work/works" -- '
modprobe fixed; modprobe vgpu-glue; modprobe panthor-protm-carveout; modprobe kheap
t_nomem_probe find system
t_nomem_probe find kheap
modprobe panthor-protm protected_heap_name=kheap
'"$gpu_comes"'
export PP_DRIVER=ours PP_HEAP=kheap
t_nomem attach'
done

done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Positive controls: each detector of the debug kernels finds a bug that is planted for it, and finds none where there is none.
# shellcheck source=../t/lib.sh
. "$(dirname "$0")/../t/lib.sh"

# What to plant, and what the kernel says of it. The one that switches lockdep off comes after those that need it, KASAN's
# come last.
bugs=(
	'ubsan|UBSAN: shift-out-of-bounds'
	'object|ODEBUG: free active'
	'list|list_del corruption'
	'dma|device driver tries to free DMA memory'
	'atomic|BUG: sleeping function called from invalid context'
	'rcu|suspicious RCU usage'
	'abba|possible circular locking dependency'
	'oob|KASAN: slab-out-of-bounds'
	'uaf|KASAN: slab-use-after-free'
	'vmalloc|KASAN: vmalloc-out-of-bounds'
	'leak|unreferenced object'
)

while read -r kernel _; do
	modules=$("$rig" modules --kernel "$kernel" --src "$top/tests/debug/plant" 2>/dev/null) ||
		bail_out "the module that plants bugs does not build for $kernel"
	boot_guest --kernel "$kernel" --driver none --no-vgpu --add "$modules/plant.ko" -- 'insmod /plant.ko what=nothing || :'
	is "$boot_status" 0 "$kernel: nothing planted, nothing found"
	[ "$boot_status" = 0 ] || diag <"$guest_log/kernel-errors"

	# shellcheck disable=SC2016 # for the guest's shell
	boot_guest --kernel "$kernel" --driver none --no-vgpu --add "$modules/plant.ko" -- \
		"for bug in ${bugs[*]%%|*}; do"' insmod /plant.ko what=$bug 2>/dev/null || :; done'
	is "$boot_status" 125 "$kernel: bugs fail a boot"
	for bug in "${bugs[@]}"; do
		run_ok "$kernel: ${bug%%|*} is found" grep -aF "${bug#*|}" "$guest_log/dmesg.log"
		run_ok "$kernel: and counts as an error" grep -aF "${bug#*|}" "$guest_log/kernel-errors"
	done
	run_ok "$kernel: a detector that is off is noticed" grep -aF 'rig: detector lockdep is off' "$guest_log/kernel-errors"
done < <(test_kernels)

done_testing

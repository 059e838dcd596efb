#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# 32-bit programs on the same kernels: structures, pointers, and the offset of user MMIO.
# shellcheck source=../t/suites.sh
. "$(dirname "$0")/../t/suites.sh"

bin=$("$rig" guest32 2>"$t_work/rig.err") || { diag <"$t_work/rig.err"; bail_out "32-bit programs do not build"; }

# suite32 KERNEL DRIVER PROGRAM...
suite32() {
	local kernel=$1 driver=$2 program add=()
	shift 2
	for program in "$@"; do
		add+=(--add "$bin/$program:/bin32/$program")
	done
	# A kernel without support for them says so by not running any.
	guest_tap "32 bit, $driver $kernel" --kernel "$kernel" --driver "$driver" --params protected_heap_name=protected \
		--timeout 300 "${add[@]}" -- 'PATH=/bin32:$PATH' "$(programs "$@")"
}

while read -r kernel _; do
	set -- t_query t_vm t_job t_bind t_tiler t_groups t_fault
	suite32 "$kernel" stock "$@"
	suite32 "$kernel" ours "$@" t_protm t_order t_fdinfo
done < <("$rig" kernels)

done_testing

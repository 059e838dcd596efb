#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# make soak: random clients and random trouble in one long boot of each kernel; prints TAP.
# SOAK_MINUTES (60) are shared by SOAK_KERNELS (all); SOAK_SEED repeats a run, SOAK_DRIVER=stock soaks the referee.
# shellcheck source=../t/lib.sh
. "$(dirname "$0")/../t/lib.sh"

minutes=${SOAK_MINUTES:-60}
seed=${SOAK_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
driver=${SOAK_DRIVER:-ours}
kernels=${SOAK_KERNELS:-$("$rig" kernels | cut -d' ' -f1 | tr '\n' ' ')}
read -ra list <<<"$kernels"
seconds=$((minutes * 60 / ${#list[@]}))
params=() module=panthor
if [ "$driver" = ours ]; then
	params=(protected_heap_name=protected)
	module=panthor-protm
fi

printf '# SOAK_SEED=%s SOAK_MINUTES=%s SOAK_KERNELS="%s" SOAK_DRIVER=%s\n' "$seed" "$minutes" "${list[*]}" "$driver"
for kernel in "${list[@]}"; do
	# Unmerged slabs have the names of what is in them.
	guest_tap "soak $driver $kernel" --kernel "$kernel" --driver "$driver" --params "${params[*]}" \
		--append slab_nomerge --mem 2G --timeout $((seconds + 300)) -- "soak $seed $seconds $module ${params[*]}"
done
done_testing

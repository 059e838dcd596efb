#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# The whole PanVK matrix: each kernel, each Mesa, stock and ours. What Mesa makes of our driver is what it makes of stock's;
# clients that are killed leave nothing.
# shellcheck source=../t/lib.sh
. "$(dirname "$0")/../t/lib.sh"
# shellcheck source=../rig/root.conf
. "$top/tests/rig/root.conf"

# shellcheck disable=SC2016 # for the guest's shell
script='
bad=0 n=0
is() { n=$((n + 1)); if [ "$1" = "$2" ]; then echo "ok $n - $3"; else bad=1; echo "not ok $n - $3"; echo "# got $1, wanted $2"; fi; }
users() { cat /sys/module/panthor*/refcnt | tr "\n" " "; }
# Jobs of the dead let go of what they hold some time after them.
settled() { i=0; until [ "$(users)" = "$1" ] || [ $i = 100 ]; do i=$((i + 1)); usleep 50000; done; users; }
clients() { grep -vc command /sys/kernel/debug/dri/128/clients; }
# In use: allocated, and not merely kept for the next one in a slab or in lists of a CPU, which grow to some 10 MiB.
echo 1000000 >/proc/sys/vm/percpu_pagelist_high_fraction
unused() { echo 3 >/proc/sys/vm/drop_caches; awk "/^MemAvailable:/ { print \$2 }" /proc/meminfo; }
t=/sys/bus/platform/devices/vgpu-mali/power/runtime_status
idle() { i=0; until [ "$(cat $t)" = suspended ] || [ $i = 100 ]; do i=$((i + 1)); usleep 50000; done; cat $t; }
vulkaninfo >/tmp/info 2>/tmp/err || bad=1
sed "s/^/@@@ /" /tmp/info
vk_smoke || bad=1
before=$(users)
vk_many || bad=1
is "$(settled "$before")" "$before" "no reference to a module is left"
is "$(clients)" 0 "no client is left"
is "$(idle)" suspended "the GPU is idle and suspends"
# Free memory comes and goes by some MiB for other reasons; what leaks goes with each round and never comes back.
memory=$(unused) round=0
until [ $round = 5 ]; do
	round=$((round + 1))
	vk_many >/dev/null || bad=1
	settled "$before" >/dev/null
	idle >/dev/null
	lost=$((memory - $(unused)))
	echo "# $lost kB lost after round $round"
	[ $lost -gt 1024 ] || break
done
is "$((lost > 1024))" 0 "no memory is gone"
rmmod $module
is $? 0 "the module can be removed"
is "$(ls /dev/dri 2>/dev/null)" "" "and no device is left"
echo "1..$n"; exit $bad
'

# missing_features OF IN: features that are true and extensions that one has and the other lacks; status 1 if there are any.
missing_features() {
	comm -23 <(offers "$1") <(offers "$2") | tee "$t_work/missing"
	[ -s "$1" ] && [ ! -s "$t_work/missing" ]
}

offers() { grep -E '= true$|VK_[A-Z]+_[a-z0-9_]+ ' "$1" | sed 's/[[:space:]]\+/ /g' | sort -u; }

while read -r kernel _; do
	for mesa in $(printf '%s\n' "${!MESA_SUITE[@]}" | sort); do
		for driver in stock ours; do
			module=panthor
			[ "$driver" = stock ] || module=panthor_protm
			name="$driver $kernel, Mesa $mesa"
			guest_tap "$name" --kernel "$kernel" --driver "$driver" --mesa "$mesa" --timeout 300 \
				-- "module=$module; set +e" "$script" >"$t_work/tap"
			grep -v '^# @@@ ' "$t_work/tap"
			# The heap's size follows the guest's memory, less the modules that are loaded.
			sed -n -e '/^@@@[[:space:]]*size *= /d' -e 's/^@@@ //p' "$guest_out" >"$t_work/info-$driver"
			run_ok "$name: vulkaninfo names the Mali-G610" grep -E 'deviceName *= Mali-G610' "$t_work/info-$driver"
		done
		# An older stock driver has less to offer than ours; what it has must be there.
		if [ "$kernel" = 7.3 ]; then
			run_ok "$kernel, Mesa $mesa: vulkaninfo says the same of ours as of stock" \
				diff -u "$t_work/info-stock" "$t_work/info-ours"
		else
			run_ok "$kernel, Mesa $mesa: ours has every extension and feature that stock has" \
				missing_features "$t_work/info-stock" "$t_work/info-ours"
		fi
	done
done < <("$rig" kernels)

done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Stock panthor and panthor-protm on one machine, loaded in either order: one of them has the GPU, the log says which, and
# the GPU can be handed from one to the other and back.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Arguments in the guest: FIRST SECOND, names as modprobe and the platform bus have them.
# shellcheck disable=SC2016 # for the guest's shell
script='
set +e
n=0 bad=0
ok() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else bad=1; echo "not ok $n - $2"; fi; }
is() { if [ "$1" = "$2" ]; then ok 0 "$3"; else ok 1 "$3"; echo "# got $1, wanted $2"; fi; }
drivers=/sys/bus/platform/drivers
gpu=/sys/bus/platform/devices/vgpu-mali
holder() { basename "$(readlink $gpu/driver 2>/dev/null || echo nobody)"; }
nodes() { ls /dev/dri 2>/dev/null | grep -c renderD; }
until_node() { i=0; until [ -e /dev/dri/renderD128 ] || [ $i = 1200 ]; do i=$((i + 1)); usleep 50000; done; }
works() {
	# The programs ask the environment whose version numbers they have to see. Stock is not unbound under load here:
	# the time limits of the jobs that it had then still run when its module is gone, and the kernel dies of it.
	case $(holder) in
	panthor) export PP_DRIVER=stock; t_query >/tmp/out 2>&1 ;;
	*) export PP_DRIVER=ours; t_query >/tmp/out 2>&1 && t_unbind >>/tmp/out 2>&1 ;;
	esac
	ok $? "$1: programs run"
	grep "^not ok" /tmp/out | sed "s/^/# /"
}
# On 6.12 a fence that is done holds its driver until RCU is through with it.
goes() { i=0; until rmmod $1; do i=$((i + 1)); [ $i -lt 100 ] || return 1; usleep 100000; done 2>/dev/null; }
has() { is "$(holder):$(nodes)" "$1:1" "$2: $1 has the GPU, and there is one render node"; }
says() { dmesg | grep -c "panthor-protm: GPU vgpu-mali stays with driver \"panthor\""; }

modprobe fixed; modprobe vgpu-glue
modprobe panthor-protm-carveout
modprobe $first; ok $? "$first loads"
until_node
has $first "$first alone"
modprobe $second; ok $? "$second loads beside it"
has $first "with both"
[ $first = panthor ] && want=1 || want=0
is "$(says)" $want "ours says once that stock has the GPU, or nothing"
works "$first, with both"
echo vgpu-mali >$drivers/$second/bind 2>/dev/null; is $? 1 "$second cannot bind what $first has"
has $first "after that"

for to in $second $first $second; do
	from=$(holder)
	echo vgpu-mali >$drivers/$from/unbind; ok $? "unbind from $from"
	is "$(holder):$(ls $gpu/drm 2>/dev/null)" nobody: "nobody has the GPU, no DRM device is left"
	echo vgpu-mali >$drivers/$to/bind; ok $? "bind to $to"
	until_node
	has $to "handed over"
	works $to
done

goes $first; ok $? "rmmod of $first, which has nothing"
has $second "after that"
modprobe $first; ok $? "and load it again"
goes $second; ok $? "rmmod of $second, which has the GPU"
is "$(holder):$(nodes)" nobody:0 "nobody has it then"
echo vgpu-mali >$drivers/$first/bind; ok $? "bind to $first"
until_node
has $first "alone again"
works "$first alone again"
goes $first; ok $? "rmmod of $first, the last"
# Stock leaves the name of a merged slab behind; ours has names of its own.
is "$(ls -d /sys/kernel/slab/*panthor-protm* /sys/kernel/slab/pp-* /sys/kernel/debug/dri/128 $drivers/*panthor /sys/kernel/tracing/events/panthor* 2>/dev/null)" "" \
	"no slab, debugfs folder, driver or event is left"
echo "1..$n"; exit $bad
'

while read -r kernel _; do
	for first in panthor panthor-protm; do
		second=panthor-protm
		[ "$first" = panthor ] || second=panthor
		guest_tap "coexist $kernel, $first first" --kernel "$kernel" --driver none \
			-- "first=$first second=$second" "$script"
	done
done < <(test_kernels)

done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# make demo: a normal job, a protected job, preemption, a mapping during a session and
# a fault on the virtual GPU, each step shown. KERNEL=6.12 takes the older kernel; OUT=FILE names the timeline.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
rig=$here/../rig/rig
kernel=${KERNEL:-7.3}
out=${OUT:-protm-timeline.svg}
work=$(mktemp -d "${TMPDIR:-/tmp}/panthor-protm-demo.XXXXXX")
trap 'rm -rf "$work"' EXIT

say() { printf '\n=== %s\n' "$*"; }

# What runs in the guest; the trace comes last, behind a line of its own.
guest_script() {
	cat <<'GUEST'
echo "    modules, as DKMS would install them:"
for m in panthor_protm_heap panthor_protm_carveout panthor_protm; do
	printf '      %-24s version %s\n' "$m" "$(cat /sys/module/$m/version)"
done
echo "    heap:     $(ls /dev/dma_heap)   (/dev/dma_heap; the carve-out over the GPU's protected aperture)"
echo "    firmware, as the kernel reports it:"
dmesg | grep -i -E 'panthor.*(firmware|protected)' | sed 's/^/      | /'
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null || :
echo 1 >/sys/kernel/tracing/events/panthor_protm/enable
status=0
demo || status=$?
echo 0 >/sys/kernel/tracing/events/panthor_protm/enable
echo "@@@ trace"
cat /sys/kernel/tracing/trace
exit $status
GUEST
}

say "Setting up (the first time takes some minutes)"
"$rig" setup

say "Booting Debian's stock kernel $("$rig" kernels | sed -n "s/^$kernel //p") with a virtual Mali-G610"
status=0
"$rig" boot --kernel "$kernel" --driver ours --params 'protected_heap_name=protected' \
	--log "$work/log" -- "$(guest_script)" >"$work/out" || status=$?
sed '/^@@@ trace$/,$d' "$work/out"
if [ "$status" != 0 ]; then
	say "The demo failed (status $status); the end of the console:"
	tail -n 30 "$work/log/console.log" 2>/dev/null || :
	exit "$status"
fi

sed '1,/^@@@ trace$/d' "$work/out" >"$work/trace"
say "Protected mode as the driver traced it"
# part NAME LINES: the last events of a part; each begins with a line that the guest wrote.
part() {
	printf '    %s:\n' "$1"
	awk -v name="tracing_mark_write: $1" '/tracing_mark_write: / { on = substr($0, length($0) - length(name) + 1) == name } on' "$work/trace" |
		grep -E 'pp_protm_|pp_job_|pp_vm_' | sed -E 's/^.*\] [^ ]+ +/      /' | tail -n "$2" || :
}
part 'protected job' 16
part preemption 12
part VM_BIND 8
part fault 14
say "Timeline"
"$rig" run perl "$here/timeline.pl" "$work/trace" "$work/timeline.svg"
cp "$work/timeline.svg" "$out"
printf '      drawn to %s\n' "$out"
say "Done: the protected job's fence was signalled without error"

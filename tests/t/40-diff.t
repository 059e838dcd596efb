#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# The differential suite: the same ioctls on stock panthor and on ours, result by result.
#
# Ours is compared with stock of the same kernel. We offer panthor 1.9 on every kernel, though: what stock of a kernel
# does not have yet (a case whose name ends in @N, N greater than that stock's minor version) is compared with what
# the newest kernel's stock answers to the same input. Differences are defects, or stand with their reason in
# tests/guest/DIFFERENCES.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

kernels='6.12 7.3' newest=7.3
# Other kernels have to be of these two lines.
if [ -n "${PP_TEST_KERNELS:-}" ]; then
	kernels=$PP_TEST_KERNELS
	for kernel in $kernels; do
		case $kernel in 7.3*) newest=$kernel ;; esac
	done
fi
programs='d_query d_vm d_bo d_bind d_group d_heap d_submit d_sync d_prime d_file d_race'

# run KERNEL DRIVER ARGS...: all cases of one driver, in $t_work/KERNEL.DRIVER
run() {
	local kernel=$1 driver=$2 script='' program
	shift 2
	for program in $programs; do
		script="$script$program; "
	done
	if [ "$driver" = ours ]; then
		guest_run "ours $kernel: all cases run" --kernel "$kernel" "$@" -- "$script"
	else
		# What stock's own code complains about in the log is not ours to judge.
		boot_guest --kernel "$kernel" --driver stock "$@" -- "$script"
		is "$(result script)" 0 "stock $kernel: all cases run"
	fi
	tr -d '\r' <"$guest_out" >"$t_work/$kernel.$driver"
}

compare() {
	local kernel=$1
	awk -v kernel="${kernel%%-*}" -v first=$((t_count + 1)) -f "$t_dir/diff-compare.awk" "$top/tests/guest/DIFFERENCES" \
		"$t_work/$kernel.stock" "$t_work/$kernel.ours" "$t_work/$newest.stock" >"$t_work/tap"
	sed "s/^\(not ok\|ok\) \([0-9]*\) - /&$kernel: /" "$t_work/tap"
	t_count=$((t_count + $(grep -c '^ok\|^not ok' "$t_work/tap" || :)))
	t_failed=$((t_failed + $(grep -c '^not ok' "$t_work/tap" || :)))
}

# judged DIFFERENCES STOCK OURS NEWEST: what the comparison finds wrong with these contents
judged() {
	local i
	for i in 1 2 3 4; do
		printf '%b' "${!i}" >"$t_work/judged.$i"
	done
	awk -v kernel=6.12 -v first=1 -f "$t_dir/diff-compare.awk" "$t_work"/judged.[1-4] |
		sed -n 's/^not ok [0-9]* - //p' | tr '\n' ';'
}

is "$(judged '#\n' 'minor 0\ncase a ok\ncase b@7 x\n' 'case a ok\ncase b@7 ok\n' 'case b@7 ok\n')" '' \
	"equal results are equal, and the newest stock counts for what is newer"
is "$(judged '#\n' 'minor 7\ncase a ok\ncase b@7 x\n' 'case a EIO\ncase b@7 ok\n' 'case b@7 ok\n')" 'a;b@7;' \
	"differences are seen"
is "$(judged 'a* 6.12 ok E* why not\n' 'case a1 ok\ncase a2 ok\n' 'case a1 EIO\ncase a2 no\n' '#\n')" 'a2;' \
	"a line of DIFFERENCES excuses exactly what it says"
is "$(judged 'a * x ok why not\nb 7.3 x y z\n' 'case a ok\ncase c ok\n' 'case a ok\n' '#\n')" \
	'c: missing on ours;DIFFERENCES: line 1 is not used;' "lines that nothing uses and cases that are missing are seen"
is "$(judged 'a 6.12? x ok why not\nb 6.12? x y z\nc 7.3? x ok why\n' 'case a x\ncase c x\n' 'case a ok\ncase c ok\n' '#\n')" 'c;' \
	"but for lines of some updates of a kernel"

case " $kernels " in *" $newest "*) ;; *) run "$newest" stock ;; esac
for kernel in $kernels; do
	run "$kernel" stock
	run "$kernel" ours --params protected_heap_name=protected
done
for kernel in $kernels; do
	compare "$kernel"
done
done_testing

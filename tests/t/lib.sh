# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# What a .t file needs: test points, and guests whose TAP becomes ours.
#
#	. "$(dirname "$0")/lib.sh"
#	guest_tap 'stock 7.3' --kernel 7.3 --driver stock -- 't_query; t_job'
#	done_testing
#
# guest_tap NAME BOOT-OPTIONS -- SCRIPT	the guest's test points, and three of its own; stock may need two attempts
# guest_run NAME BOOT-OPTIONS -- SCRIPT	one test point for the script's status, and two more; output in $guest_out
# run_ok NAME CMD...			one test point for a command
# test_kernels				lines "LABEL RELEASE" of the kernels to test on: Debian's, or those of $PP_TEST_KERNELS
# $driver_goes, $gpu_comes		for scripts: ours is unloaded, any driver has the GPU; a script ends with an error if not
# ok STATUS NAME, is GOT WANTED NAME	one test point
# Logs of the last boot are in $guest_log.
set -euo pipefail

t_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for the .t files
top=$(cd "$t_dir/../.." && pwd)
rig=$t_dir/../rig/rig
# In the rig's root /run goes away with the processes.
t_parent=/tmp
[ -z "${PP_RIG_INSIDE:-}" ] || t_parent=/run
t_work=$(mktemp -d "$t_parent/pp-t.XXXXXX")
trap 'rm -rf "$t_work"' EXIT
# shellcheck disable=SC2034 # for the .t files
guest_log='' guest_out='' boot_status=0
t_count=0 t_failed=0 t_boots=0

# Pieces of guest scripts. On 6.12 a fence that is done holds the driver until RCU is through with it.
# shellcheck disable=SC2016,SC2034 # for the guest's shell, for the .t files
driver_goes='i=0; until rmmod panthor_protm 2>/dev/null; do i=$((i + 1)); [ $i -lt 100 ]; usleep 100000; done'
# shellcheck disable=SC2016,SC2034
gpu_comes='i=0; until [ -e /dev/dri/renderD128 ]; do i=$((i + 1)); [ $i -lt 200 ]; usleep 100000; done'

test_kernels() {
	# shellcheck disable=SC2086 # a list of words
	if [ -n "${PP_TEST_KERNELS:-}" ]; then printf '%s\n' $PP_TEST_KERNELS; else "$rig" kernels; fi
}

# Why something failed: on stderr, which prove shows.
diag() { sed 's/^/# /' >&2; }

ok() {
	local status=$1
	shift
	t_count=$((t_count + 1))
	if [ "$status" = 0 ]; then
		printf 'ok %d - %s\n' "$t_count" "$*"
	else
		t_failed=$((t_failed + 1))
		printf 'not ok %d - %s\n' "$t_count" "$*"
	fi
}

is() {
	if [ "$1" = "$2" ]; then
		ok 0 "$3"
	else
		ok 1 "$3"
		printf 'got:    %s\nwanted: %s\n' "$1" "$2" | diag
	fi
}

run_ok() {
	local name=$1 status=0
	shift
	"$@" >"$t_work/run.out" 2>&1 || status=$?
	ok "$status" "$name"
	[ "$status" = 0 ] || tail -n 60 "$t_work/run.out" | diag
}

bail_out() {
	printf 'Bail out! %s\n' "$*"
	exit 1
}

done_testing() {
	printf '1..%d\n' "$t_count"
	[ "$t_failed" = 0 ]
}

result() { sed -n "s/^$1=//p" "$guest_log/result" 2>/dev/null || :; }

# boot_guest ARGS...: run it; the guest's output in $guest_out, the rig's words as comments.
boot_guest() {
	t_boots=$((t_boots + 1))
	guest_log=$t_work/$t_boots
	guest_out=$guest_log/out.log
	# shellcheck disable=SC2034 # for the .t files
	boot_status=0
	# The limit is for guests that hang: on a busy machine one takes several times as long as on an idle one.
	# shellcheck disable=SC2034 # for the .t files
	"$rig" boot --timeout 600 --log "$guest_log" "$@" >/dev/null 2>"$t_work/rig.err" </dev/null || boot_status=$?
	[ -s "$guest_log/result" ] || {
		diag <"$t_work/rig.err"
		bail_out "the rig cannot boot guests"
	}
}

# boot_stock_again ARGS...: after boot_guest. Stock calls a group lost that firmware has not suspended after 100 ms, as can be on
# a busy machine, so its programs may fail once, or itself may warn. A model that is wrong is so both times; ours is not given a
# second chance.
boot_stock_again() {
	case " $* " in
	*' --modules '*) return 0 ;;
	*' --driver stock '*) ;;
	*) return 0 ;;
	esac
	case $(result script):$(result kernel_errors):$(result violations) in
	0:0:* | *:*:[!0]*) return 0 ;;
	esac
	{ grep -E -A 3 '^(not ok|Bail out)' "$guest_out" || :; cat "$guest_log/kernel-errors" 2>/dev/null || :; } |
		tr -d '\r' | head -n 20 | sed 's/^/# first attempt: /'
	boot_guest "$@"
}

# Two points that every boot has to pass, whatever its script is about.
judge_guest() {
	ok "$(result kernel_errors)" "$1: nothing bad in the kernel's log"
	[ "$(result kernel_errors)" = 0 ] || head -n 20 "$guest_log/kernel-errors" | diag
	ok "$(result violations)" "$1: no violations on the virtual GPU"
	[ "$(result violations)" = 0 ] || head -n 20 "$guest_log/violations" | diag
}

guest_run() {
	local name=$1
	shift
	boot_guest "$@"
	is "$(result script)" 0 "$name"
	[ "$(result script)" = 0 ] || { tail -n 40 "$guest_out"; cat "$t_work/rig.err"; } | diag
	judge_guest "$name"
}

guest_tap() {
	local name=$1 line planned=0 seen=0 failed='' said=()
	shift
	boot_guest "$@"
	boot_stock_again "$@"
	while IFS= read -r line; do
		case $line in
		1..[0-9]*)
			line=${line#1..}
			planned=$((planned + ${line%%[!0-9]*}))
			;;
		'ok '*)
			seen=$((seen + 1))
			ok 0 "$name: ${line#* - }"
			said=() failed=
			;;
		'not ok '*)
			seen=$((seen + 1))
			ok 1 "$name: ${line#* - }"
			[ "${#said[@]}" = 0 ] || printf '%s\n' "${said[@]}" | tail -n 20 | diag
			said=() failed=1
			;;
		'TAP version'* | '') ;;
		*)
			line=${line#\# }
			# What belongs to a point may stand before it or after it.
			if [ -n "$failed" ] || [[ $line = 'Bail out!'* ]]; then
				printf '%s\n' "$line" | diag
			else
				said+=("$line")
				printf '# %s\n' "$line"
			fi
			;;
		esac
	done < <(tr -d '\r' <"$guest_out")
	if [ "$planned" != "$seen" ] || [ "$seen" = 0 ] || [ "$(result script)" != 0 ]; then
		ok 1 "$name: the guest's script came to its end"
		printf '%s of %s tests run, status of the script %s\n' "$seen" "$planned" "$(result script)" | diag
		diag <"$t_work/rig.err"
	else
		ok 0 "$name: the guest's script came to its end"
	fi
	judge_guest "$name"
}

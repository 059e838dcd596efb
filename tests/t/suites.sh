# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# What each kernel's .t file runs: guest programs on stock panthor, on ours, and Mesa on both.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Unbinding comes last: what it leaves behind must not matter to the others.
common_programs='t_query t_vm t_job t_bind t_bindrand t_tiler t_groups t_fault t_power t_status t_unbind'
# Queues that wait count as idle and are taken off their slots; more address spaces than groups can use.
other_firmware='sync_wait_idle=1 as_count=16'

# Stock has these since a later kernel than 6.12; ours has them everywhere.
newer_programs='t_fdinfo t_debugfs'

# What only a driver with protected mode can pass.
protected_programs='t_protm t_protm_edge t_protm_rules t_protm_time t_order t_sched'

# Load, sleep, and a driver that goes away under load.
power_programs='t_devfreq t_unbind_load t_sleep t_fence'

# programs NAME...: a guest script that runs each of them, whatever became of the one before.
programs() {
	# shellcheck disable=SC2016 # for the guest's shell
	printf 'bad=0; for t in %s; do echo "# $t"; $t || bad=1; done; exit $bad' "$*"
}

# each PROGRAM...: the same within a script that begins with bad=0 and ends with "exit $bad".
each() {
	printf 'for t in'
	printf ' "%s"' "$@"
	# shellcheck disable=SC2016 # for the guest's shell
	printf '; do echo "# $t"; $t || bad=1; done\n'
}

# again PARAMS: ours goes, and comes back with other parameters.
# shellcheck disable=SC2154 # lib.sh's
again() { printf '%s\nmodprobe panthor-protm %s\n%s\n' "$driver_goes" "$1" "$gpu_comes"; }

# Debian's own panthor.ko: if a driver that we did not write is content, the model is right.
stock_suite() {
	local kernel=$1
	boot() {
		local name=$1
		shift
		guest_tap "stock $kernel: $name" --kernel "$kernel" --driver stock "$@"
	}
	local programs="$common_programs"
	[ "${kernel%%-*}" = 6.12 ] || programs="$newer_programs $programs"
	# shellcheck disable=SC2086 # a list of words
	boot 'all programs' -- "$(programs $programs)"
	boot 'other firmware' --vgpu "$other_firmware" --dt opps -- "$(programs t_job t_groups t_devfreq)"
	# Not t_sleep: stock loses jobs over a system sleep (tests/README.md).
	# Arm's own image: its sections, its PROT section among them, must arrive where it says.
	boot "Arm's firmware" --fw arm -- "$(programs t_query t_job t_power)"
}

# panthor-protm: what stock passes, and protected mode.
ours_suite() {
	local kernel=$1 heap='protected_heap_name=protected'
	local slow='enter_ack_ns=3000000 enter_active_ns=3000000 exit_ns=5000000 suspend_ns=5000000'
	local quick='enter_ack_ns=0 enter_active_ns=0 exit_ns=0 suspend_ns=0 as_stall_in_protm=0'
	boot() {
		local name=$1
		shift
		guest_tap "ours $kernel: $name" --kernel "$kernel" "$@"
	}
	# shellcheck disable=SC2086 # a list of words
	boot 'all programs' --params "$heap" -- "$(programs $newer_programs $common_programs)"
	# shellcheck disable=SC2086
	boot 'protected mode' --params "$heap" -- "$(programs $protected_programs)"
	boot 'fairness, faults' --params "$heap" -- "$(programs t_fairness t_fault_matrix)"
	# t_fence removes the module: last.
	# shellcheck disable=SC2086
	boot 'frequencies, sleep, unbinding' --params "$heap" --dt opps -- "$(programs $power_programs)"
	# Stock has no good end for all of this.
	boot 'a GPU that dies' --params "$heap" -- t_dead
	boot 'a heap that the device tree names' --dt heap -- t_attach
	# The series' uAPI; protected mode from firmware's first boot; no heap; a heap that is not there.
	# shellcheck disable=SC2016 # for the guest's shell
	boot 'other parameters' --params "$heap series_uapi=1" -- "bad=0
$(each 't_query series' t_protm t_status)
$(again "$heap protected_heap_wait=1")
$(each t_protm t_heapwait)
$(again '')
$(each t_noprotm t_status)
$(again protected_heap_name=nosuch)
$(each t_noprotm t_status)"'
exit $bad'
	boot 'slow firmware' --params "$heap" --vgpu "$slow" -- t_protm
	boot 'quick firmware' --params "$heap" --vgpu "$quick" -- t_protm
	boot 'other firmware' --params "$heap" --vgpu "$other_firmware" -- "$(programs t_job t_groups t_protm t_protm_edge t_reclaim)"
	boot "Arm's firmware" --params "$heap" --fw arm -- "$(programs t_query t_job t_protm)"
	boot 'firmware without a protected section' --params "$heap" --fw noprot -- "$(programs t_noprotm t_status)"
}

# Mesa's PanVK, a client that we did not write; tests/full has the whole matrix. mesa_suite KERNEL DRIVER MESA
mesa_suite() {
	local name="$2 $1, Mesa $3"
	guest_tap "$name" --kernel "$1" --driver "$2" --mesa "$3" -- 'vulkaninfo --summary 2>&1; vk_smoke'
	# shellcheck disable=SC2154 # guest_out is lib.sh's
	run_ok "$name: vulkaninfo names the Mali-G610" grep -E 'deviceName *= Mali-G610' "$guest_out"
}

# Every other GPU that the model plays, with Arm's own image where Debian has one: what it is called, jobs, mappings, and
# on ours a protected job. Unless PP_FULL asks for all, one with the firmware interface of arch 12 and one with power
# control. profiles_suite KERNEL DRIVER
profiles_suite() {
	local profile name fw args=() programs='t_query t_job t_vm'
	if [ "$2" = ours ]; then
		args=(--params protected_heap_name=protected)
		programs+=' t_protm t_status'
	fi
	while read -r profile fw name; do
		case ${PP_FULL:-}$profile in 1* | g720 | g1) ;; *) continue ;; esac
		# shellcheck disable=SC2086 # a list of words
		guest_tap "$2 $1, $profile" --kernel "$1" --driver "$2" --fw "$fw" --vgpu "profile=$profile" "${args[@]}" \
			-- "$(programs $programs)"
		# Stock puts the words of some names in another order.
		run_ok "$2 $1, $profile: the driver knows its name" grep -E "(Mali|Immortalis)-$name|$name " "$guest_log/dmesg.log"
	done <<-'END'
		g310 arm G310
		g710 arm G710
		g715 arm G715
		g720 arm G720
		g725 arm G925
		g1 synth G1-Ultra
	END
}

# A GPU that sees memory past the CPUs' caches. noncoherent_suite KERNEL DRIVER
noncoherent_suite() {
	local args=() programs='t_query t_job t_bind t_tiler'
	[ "${1%%-*} $2" = '6.12 stock' ] || programs="t_coherent $programs"
	if [ "$2" = ours ]; then
		args=(--params protected_heap_name=protected)
		programs+=' t_protm'
	fi
	# shellcheck disable=SC2086
	guest_tap "$2 $1, not coherent" --kernel "$1" --driver "$2" --dt noncoherent "${args[@]}" -- "$(programs $programs)"
}

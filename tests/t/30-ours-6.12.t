#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# panthor-protm on 6.12: what stock passes, and protected mode.
# shellcheck source=referee.sh
. "$(dirname "$0")/referee.sh"

heap='protected_heap_name=protected'

boot() {
	local name=$1
	shift
	guest_tap "ours 6.12: $name" --kernel 6.12 "$@"
}

# shellcheck disable=SC2086 # a list of words
boot 'all programs' --params "$heap" -- "$(programs $common_programs)"
boot 'protected mode' --params "$heap" -- t_protm
boot 'protected mode from the first boot of the firmware' --params "$heap protected_heap_wait=1" -- t_protm
boot 'slow firmware' --params "$heap" \
	--vgpu 'enter_ack_ns=3000000 enter_active_ns=3000000 exit_ns=5000000 suspend_ns=5000000' -- t_protm
boot 'quick firmware' --params "$heap" \
	--vgpu 'enter_ack_ns=0 enter_active_ns=0 exit_ns=0 suspend_ns=0 as_stall_in_protm=0' -- t_protm
boot 'other firmware' --params "$heap" --vgpu 'sync_wait_idle=1 as_count=16' -- "$(programs t_job t_groups t_protm t_protm_edge)"
boot "Arm's firmware" --params "$heap" --fw arm -- "$(programs t_query t_job t_protm)"
boot 'no heap' -- t_noprotm
boot 'a heap that is not there' --params protected_heap_name=nosuch -- t_noprotm
boot 'firmware without a protected section' --params "$heap" --fw noprot -- t_noprotm

done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# panthor-protm on 6.12: what stock passes, and protected mode.
# shellcheck source=referee.sh
. "$(dirname "$0")/referee.sh"

heap='protected_heap_name=protected'

guest_tap 'ours 6.12: protected mode' --kernel 6.12 --params "$heap" -- "$(programs t_query t_protm)"
# shellcheck disable=SC2086 # a list of words
guest_tap 'ours 6.12' --kernel 6.12 --params "$heap" -- "$(programs $common_programs)"
guest_tap 'ours 6.12, other firmware' --kernel 6.12 --params "$heap" --vgpu 'sync_wait_idle=1 as_count=16' -- "$(programs t_job t_groups t_protm)"
guest_tap "ours 6.12, Arm's firmware" --kernel 6.12 --params "$heap" --fw arm -- "$(programs t_query t_job t_protm)"

done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# panthor-protm on other GPUs than the G610, where memory is not coherent, on mt8196, and on what it does not know.
# shellcheck source=suites.sh
. "$(dirname "$0")/suites.sh"

profiles_suite 7.3 ours
noncoherent_suite 7.3 ours
[ -z "${PP_FULL:-}" ] || noncoherent_suite 6.12 ours
# shellcheck disable=SC2154 # guest_log is lib.sh's
guest_run 'mt8196: fuses and power domains' --kernel 6.12 --dt mt8196 --append fw_devlink=off --vgpu profile=g725 \
	-- 't_job && t_power && sleep 1 && grep -q off /sys/kernel/debug/pm_genpd/pp-domain-1/current_state'
run_ok 'mt8196: the fuses say which cores there are' grep 'shader cores 0x1,' "$guest_log/dmesg.log"
run_ok 'mt8196: all power domains come up with the GPU' grep 'pp-domain-1: on' "$guest_log/dmesg.log"
guest_run 'an architecture that is not known' --kernel 7.3 --vgpu gpu_id=0xf0000000 --no-wait -- 'test ! -e /dev/dri/renderD128'
run_ok 'and why' grep 'architecture 15 is not supported' "$guest_log/dmesg.log"
done_testing

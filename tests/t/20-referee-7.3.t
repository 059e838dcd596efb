#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Debian's own panthor.ko of 7.3 on the virtual GPU: if a driver that we did not write is content, the model is right.
# shellcheck source=referee.sh
. "$(dirname "$0")/referee.sh"

# shellcheck disable=SC2086 # a list of words
guest_tap 'stock 7.3' --kernel 7.3 --driver stock -- "$(programs $common_programs)"
# Queues that wait count as idle and are taken off their slots; more address spaces than groups can use.
guest_tap 'stock 7.3, other firmware' --kernel 7.3 --driver stock --vgpu 'sync_wait_idle=1 as_count=16' -- "$(programs t_job t_groups)"
# Arm's own image: its sections, its PROT section among them, must arrive where it says.
guest_tap "stock 7.3, Arm's firmware" --kernel 7.3 --driver stock --fw arm -- "$(programs t_query t_job t_power)"

done_testing

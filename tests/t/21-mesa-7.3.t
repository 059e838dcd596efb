#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Mesa's PanVK on stock panthor 7.3: the model must carry a client that we did not write either.
# shellcheck source=referee.sh
. "$(dirname "$0")/referee.sh"

guest_run 'stock 7.3: vulkaninfo' --kernel 7.3 --driver stock --mesa 25 -- 'vulkaninfo --summary'
run_ok 'stock 7.3: vulkaninfo names the Mali-G610' grep -E 'deviceName *= Mali-G610' "$guest_out"
guest_tap 'stock 7.3: PanVK' --kernel 7.3 --driver stock --mesa 25 -- vk_smoke

done_testing

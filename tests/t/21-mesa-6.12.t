#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Mesa's PanVK on stock panthor 6.12: the model must carry a client that we did not write either.
# shellcheck source=referee.sh
. "$(dirname "$0")/referee.sh"

for mesa in 25 26; do
	guest_tap "stock 6.12, Mesa $mesa" --kernel 6.12 --driver stock --mesa "$mesa" -- 'vulkaninfo --summary 2>&1; vk_smoke'
	run_ok "stock 6.12, Mesa $mesa: vulkaninfo names the Mali-G610" grep -E 'deviceName *= Mali-G610' "$guest_out"
done

done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# panthor-protm on 7.3: the programs that stock passes, and protected mode.
# shellcheck source=suites.sh
. "$(dirname "$0")/suites.sh"

ours_suite 7.3
done_testing

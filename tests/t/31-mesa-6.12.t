#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Mesa on panthor-protm 6.12: a client of stock panthor sees no difference.
# shellcheck source=suites.sh
. "$(dirname "$0")/suites.sh"

mesa_suite 6.12 ours 25
done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Mesa on panthor-protm 7.3: a client of stock panthor sees no difference.
# shellcheck source=suites.sh
. "$(dirname "$0")/suites.sh"

mesa_suite 7.3 ours 26
done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Mesa on stock panthor 6.12: the model carries a client that we did not write.
# shellcheck source=suites.sh
. "$(dirname "$0")/suites.sh"

mesa_suite 6.12 stock 25
done_testing

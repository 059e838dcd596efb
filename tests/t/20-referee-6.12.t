#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Stock panthor 6.12 on the virtual GPU: the referee of the model and of the guest programs.
# shellcheck source=suites.sh
. "$(dirname "$0")/suites.sh"

stock_suite 6.12
done_testing

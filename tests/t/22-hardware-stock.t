#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Stock panthor 7.3 on other GPUs than the G610, and where memory is not coherent.
# shellcheck source=suites.sh
. "$(dirname "$0")/suites.sh"

profiles_suite 7.3 stock
noncoherent_suite 7.3 stock
[ -z "${PP_FULL:-}" ] || noncoherent_suite 6.12 stock
done_testing

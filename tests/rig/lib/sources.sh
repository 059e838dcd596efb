#!/bin/sh
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# From mmdebstrap's line for SUITE make the lines for its firmware component and for the suite NEWER.
# Arguments: SOURCES.LIST SUITE NEWER
set -eu
line=$(grep -E "^deb .* $2 main" "$1" | head -n 1)
printf '%s\n' "$line" | sed "s/ $2 main.*/ $2 main non-free-firmware/" >"$1.new"
printf '%s\n' "$line" | sed "s/ $2 main.*/ $3 main/" >>"$1.new"
mv "$1.new" "$1"

#!/bin/sh
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Stands in for the script of that name that kbuild asks and Debian's headers lack.
# Arguments: the checker and its options. Prints 1 if it understands what the headers are written in.
probe=$(mktemp) || exit 1
trap 'rm -f "$probe"' EXIT
printf 'extern const int value;\nstatic inline __typeof_unqual__(value) copy(void) { return value; }\n' >"$probe"
case $("$@" "$probe" 2>&1) in
*error* | *'not found'*) echo 0 ;;
*) echo 1 ;;
esac

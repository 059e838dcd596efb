#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# Apply each mutant to a copy of src/, build, run the test that it names, and
# demand that the test notices. Prints TAP. Arguments: patches, default all.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
rig=$top/tests/rig/rig
kernel=${MUTANT_KERNEL:-7.3}

field() { sed -n "s/^$2: *//p" "$1" | head -n 1; }

# Build the mutated tree in $1; its modules land in $1/ko.
build() {
	mkdir -p "$1/tree"
	cp -r "$top/src" "$top/include" "$1/tree/"
	mkdir -p "$1/tree/tests" && cp -r "$top/tests/glue" "$1/tree/tests/"
	patch -s -p1 -d "$1/tree" <"$2" &&
		"$rig" modules --kernel "$kernel" --src "$1/tree" --out "$1/ko" >"$1/build.log" 2>&1
}

# seen EVIDENCE OUT LOG: "not ok: TEXT" means that the test point with that text failed.
seen() {
	case $1 in
	'not ok: '*) grep -F -- "${1#not ok: }" "$2" | grep -q '^not ok ' ;;
	*) grep -qrF -- "$1" "$2" "$3" ;;
	esac
}

# 0 when the mutant in patch $1 was noticed; explains itself on stdout otherwise.
kill_mutant() {
	local work=$2 program evidence status=0

	program=$(field "$1" Program)
	evidence=$(field "$1" Evidence)
	if [ -z "$program" ] || [ -z "$evidence" ]; then
		echo "# $1: no Program or Evidence line"
		return 1
	fi
	if ! build "$work" "$1"; then
		echo "# does not apply or does not build"
		tail -n 5 "$work/build.log" 2>/dev/null | sed 's/^/# /'
		return 1
	fi
	# A mutant may well hang: what it did by then tells.
	"$rig" boot --kernel "$kernel" --driver ours --modules "$work/ko" \
		--params "protected_heap_name=protected" --log "$work/log" --timeout 150 \
		-- "$program" >"$work/out" 2>&1 || status=$?
	if [ "$status" = 0 ]; then
		echo "# survived: $program passed"
		return 1
	fi
	if [ "$status" = 127 ]; then
		echo "# the rig failed, not the test"
		tail -n 5 "$work/out" | sed 's/^/# /'
		return 1
	fi
	if ! seen "$evidence" "$work/out" "$work/log"; then
		echo "# $program failed (status $status), but without a sign of: $evidence"
		grep '^not ok' "$work/out" | head -n 5 | sed 's/^/# /'
		return 1
	fi
}

main() {
	local patches=("$@") n=0 failed=0 tmp

	[ ${#patches[@]} -gt 0 ] || patches=("$here"/*.patch)
	tmp=$(mktemp -d "${TMPDIR:-/tmp}/mutants.XXXXXX")
	# shellcheck disable=SC2064
	trap "rm -rf '$tmp'" EXIT
	echo "1..${#patches[@]}"
	for p in "${patches[@]}"; do
		n=$((n + 1))
		if why=$(kill_mutant "$p" "$tmp/$n"); then
			echo "ok $n - $(field "$p" Mutant)"
		else
			failed=1
			echo "not ok $n - $(field "$p" Mutant)"
			echo "$why"
		fi
		rm -rf "$tmp/$n/tree"
	done
	return $failed
}

main "$@"

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Inside of the arm64 root: dkms add, and dkms build for each kernel of /kernels. Prints TAP.
set -euo pipefail

# shellcheck source=/dev/null
value() { (set +u; . /src/dkms.conf; printf "%s" "${!1}"); }

count=0 failed=0
ok() {
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		printf 'ok %d - %s\n' "$count" "$2"
	else
		failed=1
		printf 'not ok %d - %s\n' "$count" "$2"
	fi
}

# run NAME CMD...: one test point; what it said only if it failed.
run() {
	local name=$1 status=0
	shift
	"$@" >/tmp/out 2>&1 || status=$?
	ok "$status" "$name"
	[ "$status" = 0 ] || { tail -n 30 /tmp/out; grep -vE '^ +[A-Z]+ (\[M\])? ' "$build/make.log" 2>/dev/null | tail -n 30 || :; } | sed 's/^/# /'
}

name=$(value PACKAGE_NAME) version=$(value PACKAGE_VERSION)
build=/var/lib/dkms/$name/$version/build
printf '# %s %s, dkms %s on %s\n' "$name" "$version" "$(dkms --version | sed 's/^dkms-//')" "$(uname -m)"
rm -rf "/var/lib/dkms/$name" "/usr/src/$name-$version"

run "dkms add" dkms add /src
while read -r label release; do
	run "dkms build for $label ($release)" dkms build "$name/$version" -k "$release" -a aarch64
	for module in panthor-protm-heap panthor-protm-carveout panthor-protm; do
		file=$(find "/var/lib/dkms/$name/$version/$release" -name "$module.ko*" 2>/dev/null | head -n 1)
		vermagic=$(modinfo -F vermagic "${file:-/none}" 2>/dev/null || :)
		[ "${vermagic%% *}" = "$release" ] && status=0 || status=1
		ok "$status" "$module for $release is made"
	done
done </kernels
printf '1..%d\n' "$count"
exit "$failed"

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

# A provider of heaps, as README has it built.
read -r label release </kernels
rm -rf /usr/src/my-heap-1.0 /var/lib/dkms/my-heap /lib/modules/*/updates
run "the headers and the example" make -s -C /src/src/system install-headers
run "dkms install for $label" dkms install "$name/$version" -k "$release" -a aarch64 --no-depmod
cp -r /usr/share/doc/panthor-protm-dev/examples/my-heap /usr/src/my-heap-1.0
run "dkms install of a module that uses ours" dkms install my-heap/1.0 -k "$release" -a aarch64
depmod "$release" 2>/dev/null
loads=$(modprobe -S "$release" -n -v my-heap 2>&1) || :
case $loads in *panthor-protm-heap.ko*my-heap.ko*) status=0 ;; *) status=1 ;; esac
ok "$status" "ours is loaded before it"
# Beside each symbol that a module takes from another is the digest that it had there.
needs() { modprobe -S "$release" --dump-modversions "$(modinfo -k "$release" -n "$1")" 2>/dev/null | grep 'pp_heap_register$' || :; }
wanted=$(needs my-heap)
[ -n "$wanted" ] && [ "$wanted" = "$(needs panthor-protm-carveout)" ] && status=0 || status=1
ok "$status" "it was linked against the symbols of ours, with their versions"
run "dkms remove" dkms remove "$name/$version" --all
[ ! -e "/var/lib/dkms/$name" ] && status=0 || status=1
ok "$status" "leaves nothing of ours"
printf '1..%d\n' "$count"
exit "$failed"

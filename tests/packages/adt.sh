#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Inside of the arm64 root: what Debian's CI does with a DKMS package (autopkgtest-pkg-dkms), with the packages in /given.
# Prints TAP. Arguments: OLDER NEWER, the kernels' releases.
set -uo pipefail

older=$1 newer=$2
# shellcheck source=points.sh
. "${BASH_SOURCE[0]%/*}/points.sh"

rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
printf 'deb [trusted=yes] file:%s ./\n' /given /pool >/etc/apt/sources.list
run "apt reads the local repositories" apt-get update
run "headers of a second kernel, and the tools" apt-get -y -o Dpkg::Use-Pty=0 install "linux-headers-$newer" panthor-protm-tools=0.1.0-1

cd /tmp || exit 1
# shellcheck disable=SC2317,SC2329 # run calls it
adt() { /usr/lib/dkms/dkms-autopkgtest "/given/panthor-protm-dkms_$1_all.deb"; }
run "autopkgtest-pkg-dkms" adt 0.1.0-1
says "dependency problems prevent removal of dkms" "the package depends on dkms"
for release in "$older" "$newer"; do
	says "I: PASS panthor-protm/0.1.0 $release" "built and installed for $release"
done
is "$(status_of)" "$(installed 0.1.0 "$older"; installed 0.1.0 "$newer")" "dkms says so, too"
run "load-order" /given/tests/load-order

# src/pre-build.sh has dkms pass over a kernel like that, so that test does not see it; the package's own does.
run "a driver that does not compile: autopkgtest-pkg-dkms passes over the kernel" adt 0.3.0-1
says "I: SKIP panthor-protm/0.3.0 $older" "and says so"
! /given/tests/load-order >/tmp/said 2>&1
ok $? "load-order fails"
says "FAIL: $older: no panthor-protm-heap" "and says why"

printf '1..%d\n' "$count"
exit "$failed"

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# In the root for packages, beside a copy of the arm64 root in /board: this machine's dnf installs the .rpm packages of /given
# there. Scriptlets and dkms are arm64 programs of that root, and build modules for its kernel. Prints TAP. Argument: RELEASE
# dnf calls a transaction complete whose scriptlets have failed: what dkms and modprobe say counts.
set -uo pipefail

release=$1
# shellcheck source=points.sh
. "${BASH_SOURCE[0]%/*}/points.sh"

board() { chroot /board "$@"; }
# shellcheck disable=SC2317,SC2329 # run calls it
dnf() {
	command dnf -y --installroot=/board --releasever=1 '--disablerepo=*' --repofrompath=local,file:///given --nogpgcheck \
		--setopt=reposdir=/dev/null "$@"
}

# step NAME VERSION DNF-COMMAND...
step() {
	local name=$1 version=$2
	shift 2
	run "$name" dnf "$@"
	! grep -iE 'scriptlet.*fail|warning: %|error:' /tmp/said
	ok $? "$name: no scriptlet complains"
	is "$(rpm --root /board -q panthor-protm-dkms)" "panthor-protm-dkms-$version.noarch" "$name: $version is installed"
}
built() {
	step "$@"
	is "$(status_of)" "$(installed "${2%-*}" "$release")" "$1: dkms has built it, and has no other version"
	ours "${2%-*}" "$release" "$1"
}

built install 0.1.0-1 install panthor-protm-dkms-0.1.0-1
[ ! -e /board/var/lib/dkms/mok.key ]
ok $? "no private key stays in the image"
built "a new release of the version" 0.1.0-2 upgrade panthor-protm-dkms-0.1.0-2
# At its end the kernel's package calls dkms, before ours does or after.
built "upgrade, with a kernel in one transaction" 0.2.0-1 install panthor-protm-dkms-0.2.0-1 kernel-stub-1
step "upgrade to one that does not compile" 0.3.0-1 upgrade panthor-protm-dkms-0.3.0-1 kernel-stub-2
says "panthor-protm: not built for $release, where stock panthor keeps the GPU" "build failure: one line says so"
stock "$release" "build failure"
built downgrade 0.1.0-1 downgrade panthor-protm-dkms-0.1.0-1
mv "/board/lib/modules/$release/build" /tmp/build
step "reinstallation without headers" 0.1.0-1 reinstall panthor-protm-dkms
says "panthor-protm: not built for $release, where stock panthor keeps the GPU: its headers are not installed" "missing headers: one line says so"
stock "$release" "missing headers"
mv /tmp/build "/board/lib/modules/$release/build"
run remove dnf remove panthor-protm-dkms
is "$(status_of)" '' "removed: dkms knows nothing of it"
stock "$release" removed
is "$(find /board/usr/lib/modules /board/usr/src /board/etc /board/var/lib/dkms -name '*panthor-protm*')" '' "removed: nothing is left"

printf '1..%d\n' "$count"
exit "$failed"

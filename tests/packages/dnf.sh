#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# In the root for packages, in a copy that is thrown away: what dnf, rpm's scriptlets and dkms make of each other. No kernel
# of this root may have the modules, so dkms has them added, no more. Prints TAP. Argument: REPOSITORY
# dnf calls a transaction complete whose scriptlets have failed: what dkms says counts.
set -uo pipefail

repo=$1
work=/run/dnf-test
copy=$work/root

# shellcheck source=tap.sh
. "${BASH_SOURCE[0]%/*}/tap.sh"
why() { tail -n 20 "$work/log" | sed 's/^/# /'; }

in_copy() { chroot "$copy" "$@"; }
dnf() {
	in_copy dnf -y --installroot=/ --releasever=1 '--disablerepo=*' --repofrompath=local,file:///repo --nogpgcheck \
		--setopt=reposdir=/dev/null "$@" >"$work/log" 2>&1
}
no_complaint() {
	! grep -iE 'scriptlet.*fail|warning: %|error' "$work/log"
	ok $? "$1: no scriptlet complains"
}
status_of() { in_copy dkms status -m panthor-protm | tr '\n' ' '; }
step() {
	local name=$1 version=$2
	shift 2
	dnf "$@"
	ok $? "$name"
	no_complaint "$name"
	is "$(in_copy rpm -q panthor-protm-dkms)" "panthor-protm-dkms-$version.noarch" "$name: $version is installed"
	is "$(status_of)" "panthor-protm/${version%-*}: added " "$name: dkms has that version, and no other"
	is "$(cd "$copy/usr/src" && echo panthor-protm-*)" "panthor-protm-${version%-*}" "$name: its sources are there, and no others"
	is "$(tail -n 1 "$copy/etc/modprobe.d/panthor-protm.conf")" "$own" "$name: the parameters are kept"
}

mkdir -p "$work"
mount -t tmpfs tmpfs "$work"
mkdir -p "$work/upper" "$work/work" "$copy"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$copy" 2>/dev/null ||
	mount -t overlay overlay -o "userxattr,lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$copy" || exit 1
mount --rbind /proc "$copy/proc"
mount --rbind /dev "$copy/dev"
mount -t tmpfs tmpfs "$copy/tmp"
mount -t tmpfs tmpfs "$copy/run"
mkdir -p "$copy/repo"
mount --bind "$repo" "$copy/repo"
traces() { (cd "$copy" && find etc usr/src usr/libexec usr/lib/modprobe.d usr/lib/udev usr/share/man usr/sbin var/lib/dkms | grep -e panthor-protm -e mok | grep -v -e panthor-protm-rig | sort); }

own=$(tail -n 1 "$(dirname "$0")/../../src/system/panthor-protm.conf")
step install 0.1.0-1 install panthor-protm-dkms-0.1.0-1 panthor-protm-devel-0.1.0-1
[ -x "$copy/usr/libexec/panthor-protm/refresh-initramfs" ] && [ -e "$copy/usr/lib/modprobe.d/panthor-protm-prefer.conf" ] &&
	[ -e "$copy/usr/include/panthor-protm/heap.h" ]
ok $? "files are where they belong"
own='options panthor-protm protm_slice_ms=7'
echo "$own" >>"$copy/etc/modprobe.d/panthor-protm.conf"
# As a file, as in README.
step reinstallation 0.1.0-1 reinstall /repo/panthor-protm-dkms-0.1.0-1.noarch.rpm
step "a new release of the version" 0.1.0-2 upgrade panthor-protm-dkms-0.1.0-2
# The file that tells so is %ghost to rpm.
in_copy panthor-protm-switch stock >/dev/null
step upgrade 0.2.0-1 upgrade panthor-protm-dkms-0.2.0-1
is "$(in_copy panthor-protm-switch)" stock "upgrade: what was switched to stock stays so"
step downgrade 0.1.0-1 downgrade panthor-protm-dkms-0.1.0-1
is "$(in_copy panthor-protm-switch)" stock "downgrade: what was switched to stock stays so"
dnf remove panthor-protm-dkms panthor-protm-devel
ok $? "remove"
no_complaint "remove"
is "$(status_of)" '' "removed: dkms knows nothing of it"
is "$(traces | tr '\n' ' ')" 'etc/modprobe.d/panthor-protm.conf.rpmnew etc/modprobe.d/panthor-protm.conf.rpmsave ' \
	"removed: only the changed parameters are kept, and the package's"

umount -R "$copy"
printf '1..%d\n' "$count"
exit "$failed"

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# First process of the namespaces in which dkms builds; prints TAP. Arguments: ROOT CHECKOUT
set -euo pipefail

root=$1 checkout=$2
# ELF, 64 bits, little endian, AArch64; the masks leave out the ABI and let ET_DYN pass with ET_EXEC.
magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'

die() {
	printf 'Bail out! %s\n' "$*"
	exit 127
}

trap 'exit 143' TERM
trap 'exit 130' INT HUP

mount -t proc proc "$root/proc" || die "cannot mount proc"
mount --rbind /dev "$root/dev"
mount --bind "$checkout" "$root/src"
mount -t tmpfs tmpfs "$root/tmp"
# F opens QEMU now, so that it need not be found in the root; P keeps the programs' own names.
if mount -t binfmt_misc binfmt_misc "$root/proc/sys/fs/binfmt_misc" 2>/dev/null; then
	printf '%s\n' ":pp-aarch64:M::$magic:$mask:$root/qemu/usr/bin/qemu-aarch64:PF" \
		>"$root/proc/sys/fs/binfmt_misc/register" || die "cannot register QEMU in binfmt_misc"
fi
chroot "$root" /bin/true 2>/dev/null ||
	die "arm64 programs do not run here: needs Linux 6.7, or qemu-user registered in binfmt_misc"

cp "${BASH_SOURCE[0]%/*}/dkms-build.sh" "$root/tmp/build"
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C chroot "$root" /bin/bash /tmp/build <&0 &
status=0
wait $! || status=$?
exit "$status"

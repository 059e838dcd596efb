#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# In the namespaces of in_arm64: a script in a throw-away copy of an arm64 root, where GIVEN is /given. With --from it runs
# in a copy of that root of this machine's architecture, where the other is /board.
# Arguments: [--from ROOT] ROOT WORK RIGROOT GIVEN SCRIPT ARG...
set -euo pipefail

from=
if [ "$1" = --from ]; then
	from=$2
	shift 2
fi
root=$1 work=$2 rigroot=$3 given=$4 script=$5
shift 5
board=$work/board

# copy ROOT NAME: mounted below work.
copy() {
	mkdir -p "$work/$2.upper" "$work/$2.work" "$work/$2"
	mount -t overlay overlay -o "userxattr,lowerdir=$1,upperdir=$work/$2.upper,workdir=$work/$2.work" "$work/$2"
	mount -t proc proc "$work/$2/proc"
	mount --rbind /dev "$work/$2/dev"
	mount -t tmpfs tmpfs "$work/$2/tmp"
}
# bind WHAT ROOT/WHERE
bind() {
	mkdir -p "$2"
	mount --rbind "$1" "$2"
}

rm -rf "$work"
copy "$root" board
bind "$given" "$board/given"
bind "${script%/*}" "$board/scripts"

# What takes long under QEMU this machine does itself, by the same versions of the same programs; none of them tells what
# machine it is on.
if [ "$(uname -m)" != aarch64 ]; then
	bind "$rigroot" "$board/rig"
	ln -s /rig/usr/lib/x86_64-linux-gnu "$board/usr/lib/x86_64-linux-gnu"
	[ -e "$board/lib64" ] || ln -s /rig/usr/lib64 "$board/lib64"
	for tool in gcc-14 ld ld.bfd as nm objcopy objdump strip ar readelf; do
		ln -sf "/rig/usr/bin/aarch64-linux-gnu-$tool" "$board/usr/bin/aarch64-linux-gnu-$tool"
	done
	mapfile -t tools < <(sed -n 's,^/usr/bin/,,p' "$rigroot/var/lib/dpkg/info/coreutils.list" | grep -vx -e uname -e arch)
	for tool in "${tools[@]}" kmod pahole xz zstd gzip tar dpkg-deb openssl bash dash make sed grep mawk find xargs; do
		[ ! -e "$rigroot/usr/bin/$tool" ] || ln -sf "/rig/usr/bin/$tool" "$board/usr/bin/$tool"
	done
fi

start=$board
if [ -n "$from" ]; then
	start=$work/from
	copy "$from" from
	bind "$board" "$start/board"
	bind "$given" "$start/given"
	bind "${script%/*}" "$start/scripts"
fi

status=0
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive \
	chroot "$start" /bin/bash "/scripts/${script##*/}" "$@" </dev/null || status=$?
umount -R "$start" "$board" 2>/dev/null || :
exit "$status"

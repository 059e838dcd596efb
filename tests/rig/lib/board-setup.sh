#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Called by mmdebstrap: the older kernel into the root, packages of the newer one into its /pool. Arguments: ROOT NEWER-SUITE RELEASE...
set -euo pipefail

root=$1 newer=$2
shift 2
install=() fetch=()
for release in "$@"; do
	if [ "${#install[@]}" = 0 ]; then
		install=("linux-image-$release" "linux-headers-$release")
	else
		fetch+=("linux-image-$release" "linux-headers-$release")
	fi
done

in_root() { chroot "$root" env DEBIAN_FRONTEND=noninteractive "$@"; }

mkdir -p "$root/stub/DEBIAN" "$root/pool"
cat >"$root/stub/DEBIAN/control" <<'END'
Package: pp-no-initramfs
Version: 1
Architecture: all
Maintainer: none <none@localhost>
Provides: linux-initramfs-tool
Description: stands for what makes an initramfs
END
in_root dpkg-deb --build /stub /pool/pp-no-initramfs.deb
rm -r "$root/stub"
# depmod takes minutes under QEMU, and any does.
if command -v depmod >/dev/null; then
	ln -sf /bin/true "$root/usr/sbin/depmod"
fi
in_root apt-get -qq -o Dpkg::Use-Pty=0 install -y /pool/pp-no-initramfs.deb "${install[@]}"
ln -sf ../bin/kmod "$root/usr/sbin/depmod"
if command -v depmod >/dev/null; then
	depmod -b "$root" "${install[0]#linux-image-}"
fi
in_root apt-get -qq clean
in_root apt-get -qq -o Dpkg::Use-Pty=0 install -y -t "$newer" --download-only "${fetch[@]}"
mv "$root"/var/cache/apt/archives/*.deb "$root/pool/"

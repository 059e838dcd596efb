#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# In the root for packages: the package's rule puts panthor-protm into an initramfs just where stock panthor is: what
# makes it heeds softdep. Prints TAP. Only names and places are looked at, so this machine's programs do, in a copy that is thrown away.
# Arguments: RELEASE KERNEL-TREE OUR-MODULES DEB
set -uo pipefail

release=$1 tree=$2 modules=$3 deb=$4
work=/run/initramfs-test
copy=$work/root

# shellcheck source=tap.sh
. "${BASH_SOURCE[0]%/*}/tap.sh"
why() { tail -n 30 "$work/log" | sed 's/^/# /'; }

in_copy() { chroot "$copy" "$@" >"$work/log" 2>&1; }

# holds FILE WANTED NAME: which drivers of the GPU are in the image.
holds() {
	local got
	chroot "$copy" lsinitramfs "$1" >"$work/list" 2>"$work/log"
	got=$(sed -nE 's/.*\/(panthor[-_a-z]*)\.ko.*/\1/p' "$work/list" | sort | tr '\n' ' ')
	echo "got $got" >>"$work/log"
	[ -s "$work/list" ] && [ "$got" = "$2" ]
	ok $? "$3"
}
file_in() { grep -qx "$1" "$work/list"; ok $? "$2"; }

mkdir -p "$work"
mount -t tmpfs tmpfs "$work"
mkdir -p "$work/upper" "$work/work" "$copy"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$copy" 2>/dev/null ||
	mount -t overlay overlay -o "userxattr,lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$copy" || exit 1
mount --rbind /proc "$copy/proc"
mount --rbind /dev "$copy/dev"
mount -t tmpfs tmpfs "$copy/tmp"
mount -t tmpfs tmpfs "$copy/run"
dpkg -x "$deb" "$work/package"
cp -r "$work/package/." "$copy/"
mkdir -p "$copy/usr/lib/modules" "$copy/boot"
cp -r "$tree/usr/lib/modules/$release" "$copy/usr/lib/modules/"
printf 'CONFIG_%s=y\n' BLK_DEV_INITRD RD_GZIP >"$copy/boot/config-$release"
install -D -t "$copy/usr/lib/modules/$release/updates/dkms" "$modules"/panthor-protm*.ko
depmod -b "$copy" "$release" 2>/dev/null
# What else would be in it only costs time.
sed -i "s/^MODULES=.*/MODULES=list/; s/^COMPRESS=.*/COMPRESS=gzip/; s/^# COMPRESSLEVEL=.*/COMPRESSLEVEL=1/" "$copy/etc/initramfs-tools/initramfs.conf"
both='panthor panthor-protm panthor-protm-heap '
dracut=(dracut --force --hostonly --no-compress --kver "$release" --modules "base udev-rules kernel-modules")

in_copy mkinitramfs -o /tmp/plain "$release"
ok $? "initramfs-tools: an image without a driver for the GPU"
holds /tmp/plain '' "initramfs-tools: ours is not put where stock is not"

echo panthor >>"$copy/etc/initramfs-tools/modules"
in_copy mkinitramfs -o /tmp/stock "$release"
ok $? "initramfs-tools: an image with stock panthor"
holds /tmp/stock "$both" "initramfs-tools: ours is where stock is"
file_in usr/lib/modprobe.d/panthor-protm-prefer.conf "initramfs-tools: the rule is there"
file_in etc/modprobe.d/panthor-protm.conf "initramfs-tools: the parameters are there"

# Only hooks know of these, as of a splash screen's.
sed -i '/^panthor$/d' "$copy/etc/initramfs-tools/modules"
# shellcheck disable=SC2016 # for the hook's shell
printf '#!/bin/sh\n[ "$1" = prereqs ] && exit\n. /usr/share/initramfs-tools/hook-functions\nmanual_add_modules panthor\n' \
	>"$copy/etc/initramfs-tools/hooks/zz-other"
chmod 755 "$copy/etc/initramfs-tools/hooks/zz-other"
in_copy mkinitramfs -o /tmp/hook "$release"
holds /tmp/hook "$both" "initramfs-tools: also where another hook asked for stock"

# A kernel that ours could not be built for.
mkdir "$work/away"
mv "$copy/usr/lib/modules/$release/updates/dkms"/* "$work/away/"
depmod -b "$copy" "$release" 2>/dev/null
in_copy mkinitramfs -o /tmp/without "$release"
ok $? "initramfs-tools: an image for a kernel without ours"
holds /tmp/without 'panthor ' "initramfs-tools: stock alone, where ours is missing"
in_copy "${dracut[@]}" --add-drivers panthor /tmp/d-without
ok $? "dracut: an image for a kernel without ours"
holds /tmp/d-without 'panthor ' "dracut: stock alone, where ours is missing"

mv "$work/away"/* "$copy/usr/lib/modules/$release/updates/dkms/"
depmod -b "$copy" "$release" 2>/dev/null
in_copy "${dracut[@]}" /tmp/d-plain
ok $? "dracut: an image without a driver for the GPU"
holds /tmp/d-plain '' "dracut: ours is not put where stock is not"
in_copy "${dracut[@]}" --add-drivers panthor /tmp/d-stock
ok $? "dracut: an image with stock panthor"
holds /tmp/d-stock "$both" "dracut: ours is where stock is"
file_in usr/lib/modprobe.d/panthor-protm-prefer.conf "dracut: the rule is there"
file_in etc/modprobe.d/panthor-protm.conf "dracut: the parameters are there"

# What packages' scripts and the switch call: it looks into images, and makes those anew that hold the driver.
cp "$copy/tmp/plain" "$copy/boot/initrd.img-$release"
printf '#!/bin/sh\necho "$@" >>/tmp/refreshed\n' >"$copy/usr/sbin/update-initramfs"
chmod 755 "$copy/usr/sbin/update-initramfs"
in_copy /usr/libexec/panthor-protm/refresh-initramfs
[ ! -e "$copy/tmp/refreshed" ]
ok $? "refresh: an image without a driver for the GPU is left alone"
cp "$copy/tmp/stock" "$copy/boot/initrd.img-$release"
in_copy /etc/kernel/header_postinst.d/panthor-protm "$release"
[ "$(cat "$copy/tmp/refreshed" 2>/dev/null)" = "-u -k $release" ]
ok $? "refresh: an image with stock is made anew, also when headers come after the kernel"
rm -f "$copy/tmp/refreshed"
in_copy /etc/kernel/header_postinst.d/panthor-protm 1.2.3-other
[ ! -e "$copy/tmp/refreshed" ]
ok $? "refresh: other kernels' images are left alone"
in_copy panthor-protm-switch stock
[ "$(cat "$copy/tmp/refreshed" 2>/dev/null)" = "-u -k $release" ]
ok $? "switch: the image is made anew"

printf '1..%d\n' "$count"
exit "$failed"

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Inside of the arm64 root: what apt and dkms make of the packages in /given. Prints TAP. Arguments: OLDER NEWER, the
# kernels' releases.
set -uo pipefail

older=$1 newer=$2
first=0.1.0-1 revision=0.1.0-2 second=0.2.0-1 broken=0.3.0-1
package=panthor-protm-dkms
# shellcheck source=points.sh
. "${BASH_SOURCE[0]%/*}/points.sh"

apt() { apt-get -y -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef "$@"; }

# configured: nothing is half-installed, and no dependency is broken.
configured() {
	is "$(dpkg --audit)$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' | grep -v '^ii ' | grep -v '^rc ')" '' \
		"$1: dpkg has everything configured"
}
version() { dpkg-query -W -f '${db:Status-Abbrev}${Version}' "$package" 2>/dev/null; }

# What packages, dkms and their scripts may leave behind; of the newer kernel, which comes meanwhile, nothing.
traces() {
	find /etc /boot /usr/src /usr/share /usr/sbin /usr/bin /usr/include /var/lib/dkms \
		/usr/libexec /usr/lib/{modprobe.d,modules-load.d,udev,modules} 2>/dev/null |
		grep -vF -e "${newer%-arm64}" -e ld.so.cache -e /usr/share/doc/linux- -e /usr/share/kernel -e /usr/share/bug -e /usr/share/lintian | sort
}

rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
printf 'deb [trusted=yes] file:%s ./\n' /given /pool >/etc/apt/sources.list
printf '# dkms %s, apt %s\n' "$(dkms --version | sed 's/^dkms-//')" "$(dpkg-query -W -f '${Version}' apt)"
run "apt reads the local repositories" apt update
traces >/tmp/before

run "install" apt install "$package=$first" "panthor-protm-tools=$first" "panthor-protm-dev=$first"
! grep -i deprecated /tmp/said
ok $? "dkms calls nothing in dkms.conf deprecated"
configured "after the installation"
is "$(version)" "ii $first" "the package is installed"
is "$(status_of)" "$(installed 0.1.0 "$older")" "dkms has built it for the kernel that is there"
ours 0.1.0 "$older" "installed"
[ ! -e /var/lib/dkms/mok.key ]
ok $? "no private key stays in the image"
panthor-protm-status --version >/tmp/said 2>&1
ok $? "the status tool runs"
is "$(panthor-protm-switch)" protm "the switch stands at ours"
run "switch to stock" panthor-protm-switch stock
# Of ours only what it depends on is loaded, before modprobe knows that it may not be.
is "$(load "$older" "$gpu")" 'panthor-protm-heap panthor' "switched: the GPU gets stock panthor on $older"
run "and back" panthor-protm-switch protm
ours 0.1.0 "$older" "switched back"
echo 'options panthor-protm protected_heap_name=protected protm_slice_ms=7' >>/etc/modprobe.d/panthor-protm.conf
modprobe -S "$older" -n -v panthor 2>/dev/null | grep -q 'panthor-protm\.ko.* protected_heap_name=protected protm_slice_ms=7'
ok $? "parameters of /etc/modprobe.d arrive, also when stock is asked for"

run "a newer kernel with its headers" apt install "linux-image-$newer" "linux-headers-$newer"
configured "after the newer kernel"
is "$(status_of)" "$(installed 0.1.0 "$older"; installed 0.1.0 "$newer")" "dkms has built it for both kernels by itself"
ours 0.1.0 "$newer" "newer kernel"
run "what autopkgtest would run, for both kernels" /given/tests/load-order
is "$(grep -c 'goes before stock panthor' /tmp/said)" 2 "it has looked at both"

# signed RELEASE...: by the key that could be enrolled now, and what is signed is the module as it is found. Length of the
# signature: the 4 bytes before the 28 that end the file.
signed() {
	local release module file size length work=/tmp/signed
	rm -rf "$work"
	mkdir "$work"
	openssl x509 -inform DER -in /var/lib/dkms/mok.pub -out "$work/pub" || return 1
	for release in "$@"; do
		for module in $modules; do
			file=$(modinfo -k "$release" -n "$module") || return 1
			case $file in
			*.xz) xz -dc "$file" >"$work/ko" ;;
			*) cp "$file" "$work/ko" ;;
			esac
			[ "$(tail -c 28 "$work/ko")" = '~Module signature appended~' ] || { echo "$file is not signed"; return 1; }
			length=$((16#$(tail -c 32 "$work/ko" | head -c 4 | od -An -tx1 | tr -d ' ')))
			size=$(($(stat -c %s "$work/ko") - length - 40))
			head -c "$size" "$work/ko" >"$work/content"
			tail -c +$((size + 1)) "$work/ko" | head -c "$length" >"$work/signature"
			openssl cms -verify -binary -inform DER -in "$work/signature" -content "$work/content" -certfile "$work/pub" \
				-nointern -noverify -out /dev/null || { echo "$file: the key is another"; return 1; }
		done
	done
}
# dkms, called for the kernel, has made itself a key, which is not the one that was not left in the image.
[ "$(modinfo -k "$older" -F signer panthor-protm)" = "DKMS module signing key" ] && ! signed "$older" >/tmp/said 2>&1
ok $? "modules from an image are signed by a key that nobody has"
run "those made later are signed by the key that can be enrolled" signed "$newer"

both() { installed "$1" "$older"; installed "$1" "$newer"; }
change() {
	local name=$1 deb=$2 upstream=${2%-*}
	shift 2
	run "$name" apt install "$@" "$package=$deb"
	configured "$name"
	is "$(version)" "ii $deb" "$name: $deb is installed"
	is "$(status_of)" "$(both "$upstream")" "$name: dkms has it for both kernels, and no other version"
	ours "$upstream" "$newer" "$name"
	ours "$upstream" "$older" "$name"
	is "$(ls -d /usr/src/panthor-protm-*)" "/usr/src/panthor-protm-$upstream" "$name: no other sources"
	tail -n 1 /etc/modprobe.d/panthor-protm.conf | grep -q protm_slice_ms=7
	ok $? "$name: the parameters are kept"
}
change reinstallation "$first" --reinstall
run "reinstalled: all are signed by the key that can be enrolled" signed "$older" "$newer"
change "upgrade, same upstream version" "$revision"
# The kernel's hooks call dkms while the old version is gone and the new one not there yet.
change "upgrade, with a kernel in one go" "$second" --reinstall "linux-image-$newer" "linux-headers-$newer"
change downgrade "$first" --allow-downgrades

panthor-protm-switch stock >/dev/null
run "upgrade to one that does not compile" apt install "$package=$broken"
configured "build failure"
says "not built for $newer, where stock panthor keeps the GPU: it does not compile" "build failure: one line says so"
is "$(panthor-protm-switch)" stock "upgrade: what was switched to stock stays so"
panthor-protm-switch protm >/dev/null
stock "$older" "build failure"
stock "$newer" "build failure"
run "kernel packages can still be installed" apt install --reinstall "linux-headers-$newer" "linux-image-$newer"
configured "kernel packages beside a build failure"

run "remove" apt remove "$package" panthor-protm-tools panthor-protm-dev
configured "removed"
stock "$newer" "removed"
stock "$older" "removed"
is "$(find /etc -name '*panthor-protm*' | sort | tr '\n' ' ')" \
	'/etc/kernel/header_postinst.d/panthor-protm /etc/modprobe.d/panthor-protm.conf /etc/modprobe.d/panthor-protm.conf.dpkg-dist /etc/modules-load.d/panthor-protm.conf ' \
	"removed: the conffiles stay, with the package's where the user's differs, and nothing else of /etc"
is "$(status_of)" '' "removed: dkms knows nothing of it"
# As if it had stood at stock.
touch /etc/modprobe.d/panthor-protm-off.conf
run "purge" apt purge "$package" panthor-protm-tools panthor-protm-dev
# dkms makes itself a key whenever it is called for a kernel, and it is not ours to remove.
rm -f /var/lib/dkms/mok.*
traces >/tmp/after
is "$(diff /tmp/before /tmp/after)" '' "purged: no trace is left"

# Three kernels, three obstacles.
mv "/lib/modules/$newer/build" /tmp/build
run "install without headers of the newer kernel" apt install "$package=$first"
configured "missing headers"
says "not built for $newer, where stock panthor keeps the GPU: its headers are not installed (linux-headers-$newer)" "missing headers: one line says so"
stock "$newer" "missing headers"
ours 0.1.0 "$older" "missing headers of the other"
apt purge "$package" >/dev/null 2>&1
mv /tmp/build "/lib/modules/$newer/build"

sed -i '/CONFIG_DRM_GPUVM/d' "/usr/src/linux-headers-$newer/.config" "/usr/src/linux-headers-$newer/include/config/auto.conf"
tool=$(readlink -f "/lib/modules/$older/build/scripts/basic/fixdep")
# A program of a machine that nobody has here.
printf '\177ELF\002\002\001\0\0\0\0\0\0\0\0\0\0\002\0\026\0\0\0\001' >"$tool.s390"
chmod 755 "$tool.s390"
mv "$tool.s390" "$tool"
mkdir -p /lib/modules/6.6.0-1-arm64/build/include
cp "/usr/src/linux-headers-$older/.config" /lib/modules/6.6.0-1-arm64/build/
run "install for kernels that cannot have it" apt install "$package=$first"
configured "kernels that cannot have it"
says "not built for $older, where stock panthor keeps the GPU: its headers have build tools of another architecture" "headers with foreign tools: one line says so"
says "not built for $newer, where stock" "a kernel without CONFIG_DRM_GPUVM: one line says so"
says "not built for 6.6.0-1-arm64, where stock" "an older kernel: one line says so"
stock "$newer" "without CONFIG_DRM_GPUVM"
stock "$older" "with foreign tools"

printf '1..%d\n' "$count"
exit "$failed"

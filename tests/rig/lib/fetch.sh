# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# Inside of a new root: kernels, headers, busybox and firmware for the guests, as apt has them.
# The packages are unpacked, not installed: their dependencies pull in whole arm64 systems.

KERNELS=/var/lib/panthor-protm/kernels
GUEST_FILES=/var/lib/panthor-protm/guest

# deb_field PACKAGE VERSION-PREFIX FIELD: of the newest version that starts so.
deb_field() {
	apt-cache show "$1" | awk -v prefix="$2" -v field="$3:" '
		/^Version:/ { ours = index($2, prefix) == 1 }
		$1 == field && ours { sub(/^[^ ]* /, ""); print; exit }
		/^$/ { ours = 0 }'
}

# image_of LABEL: name of the newest linux-image package of that kernel line.
image_of() {
	apt-cache show linux-image-arm64:arm64 | awk -v label="$1." '
		/^Version:/ { ours = index($2, label) == 1 }
		/^Depends:/ && ours && match($0, /linux-image-[^ ,]+/) { print substr($0, RSTART, RLENGTH); exit }'
}

# unpack DIR PACKAGE...: download and extract below DIR.
unpack() {
	local dir=$1 deb tmp
	shift
	tmp=$(mktemp -d /tmp/pp-fetch.XXXXXX)
	(cd "$tmp" && apt-get -qq download "$@" >&2) || die "apt cannot download: $*"
	mkdir -p "$dir"
	for deb in "$tmp"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -C "$dir" --keep-directory-symlink --no-same-owner -xf -
	done
	rm -rf "$tmp"
}

# unpack_once DIR PACKAGE...: the same, whole or not at all, unless it is there.
unpack_once() {
	local dir=$1
	shift
	[ ! -e "$dir" ] || return 0
	rm -rf "$dir.tmp"
	apt-get -qq update >&2
	unpack "$dir.tmp" "$@"
	mv "$dir.tmp" "$dir"
}

# Packages that make up image IMAGE: newer kernels put binary and modules into packages of their own.
image_parts() {
	printf '%s\n' "$1:arm64"
	apt-cache depends --no-recommends --no-suggests "$1:arm64" |
		sed -nE 's/^ *Depends: <?(linux-(binary|modules)-[^:> ]+).*/\1:arm64/p'
}

# header_parts RELEASE ARCH: packages with the build tree: headers of the flavour, the common ones, kbuild for ARCH.
header_parts() {
	local headers=linux-headers-$1
	printf '%s\n' "$headers:arm64"
	apt-cache depends --no-recommends --no-suggests "$headers:arm64" |
		sed -nE 's/^ *Depends: <?(linux-headers-[^:> ]+-common(-rt)?|linux-kbuild-[^:> ]+).*/\1/p' |
		sed "/^linux-kbuild/s/\$/:$2/"
}

fetch_kernel() {
	local label=$1 image uname dir=$KERNELS/$1 parts
	image=$(image_of "$label")
	[ -n "$image" ] || die "apt knows no arm64 kernel $label"
	uname=${image#linux-image-}
	uname=${uname%-unsigned}
	note "kernel $label: $uname"
	mapfile -t parts < <(image_parts "$image")
	unpack "$dir/tree" "${parts[@]}"
	mapfile -t parts < <(header_parts "$uname" "$(native_arch)")
	unpack / "${parts[@]}"
	[ -d "$dir/tree/usr/lib/modules" ] || { mkdir -p "$dir/tree/usr" && mv "$dir/tree/lib" "$dir/tree/usr/lib"; }
	[ -e "$dir/tree/lib" ] || ln -s usr/lib "$dir/tree/lib"
	find "$dir/tree" -name "vmlinuz*" -type f -exec mv {} "$dir/vmlinuz" \;
	[ -s "$dir/vmlinuz" ] || die "no vmlinuz in the packages of $uname"
	# It complains of lists that some of the packages leave out and nobody needs here.
	depmod -b "$dir/tree" "$uname" 2>/dev/null
	printf '%s\n' "$uname" >"$dir/uname"
}

# Arm's firmware images: a folder of arm/mali/archX.Y/mali_csffw.bin, of all architectures that Debian has them for.
# From ROOT_NEWER: trixie's package knows arch10.8 only. Beside the root, because roots without it are in use.
firmware_images() { printf '%s/firmware-%s\n' "$CACHE" "$(root_key)"; }

# download DIR SUITE COMPONENT PACKAGE: what the suite has now; the root's own package lists stay as they are.
download() {
	local dir=$1 apt
	mkdir -p "$dir/lists/partial"
	sed -n "s/ $ROOT_SUITE main.*/ $2 $3/p" /etc/apt/sources.list | head -n 1 >"$dir/sources.list"
	apt=(apt-get -qq -o "Dir::Etc::SourceList=$dir/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$dir/lists"
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
	"${apt[@]}" update >&2
	(cd "$dir" && "${apt[@]}" download "$4" >&2) || die "apt cannot download $4"
}

# cmd__firmware DIR: inside of the root.
cmd__firmware() {
	local tmp path
	inside_root || die "_firmware is for the inside of the root"
	tmp=$(mktemp -d /tmp/pp-fetch.XXXXXX)
	mkdir "$tmp/tree"
	download "$tmp" "$ROOT_NEWER" non-free-firmware firmware-misc-nonfree
	dpkg-deb --fsys-tarfile "$tmp"/*.deb | tar -C "$tmp/tree" --no-same-owner --wildcards -xf - './usr/lib/firmware/arm/mali/*'
	for path in "$tmp"/tree/usr/lib/firmware/arm/mali/*/mali_csffw.bin; do
		# Architectures that share an image have links.
		install -D -m 644 "$path" "$1/arm/mali/$(basename "$(dirname "$path")")/mali_csffw.bin"
	done
	rm -rf "$tmp"
	[ -e "$1/arm/mali/arch10.8/mali_csffw.bin" ] || die "no arch10.8 firmware in firmware-misc-nonfree"
}

fetch_busybox() {
	local tmp
	tmp=$(mktemp -d /tmp/pp-fetch.XXXXXX)
	unpack "$tmp" busybox-static:arm64
	install -D -m 755 "$tmp/usr/bin/busybox" "$GUEST_FILES/busybox"
	rm -rf "$tmp"
}

cmd__fetch() {
	local label
	inside_root || die "_fetch is for the inside of the root"
	apt-get -qq update >&2
	for label in "${!KERNEL_SUITE[@]}"; do
		fetch_kernel "$label"
	done
	fetch_busybox
	apt-get clean
}

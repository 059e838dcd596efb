# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# Mesa's PanVK in guests: an image with vulkaninfo, the panfrost driver and the libraries that they need.

# Looked up by the loader at run time, so nothing names them as needed.
MESA_ROOTS=(usr/bin/vulkaninfo usr/lib/aarch64-linux-gnu/libvulkan_panfrost.so usr/lib/aarch64-linux-gnu/libvulkan.so.1
	usr/lib/aarch64-linux-gnu/libdl.so.2 usr/lib/aarch64-linux-gnu/libpthread.so.0 usr/lib/aarch64-linux-gnu/libm.so.6)

mesa_image() { printf '%s/mesa-%s-%s.cpio\n' "$CACHE" "$1" "$(root_key)"; }

mesa_env() {
	printf 'export VK_DRIVER_FILES=%s LD_LIBRARY_PATH=%s\n' \
		/usr/share/vulkan/icd.d/panfrost_icd.json /usr/lib/aarch64-linux-gnu
}

mesa_cpio() {
	[ -n "${MESA_SUITE[$1]:-}" ] || die "boot: no Mesa $1; there are: ${!MESA_SUITE[*]}"
	mesa_image "$1"
}

# needed FILE: names of the libraries that FILE wants.
needed() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }

# keep_closure TREE OUT: copy MESA_ROOTS and all that they need, a quarter of what the packages hold.
keep_closure() {
	local tree=$1 out=$2 todo=("${MESA_ROOTS[@]}") file name
	while [ "${#todo[@]}" -gt 0 ]; do
		file=${todo[0]}
		todo=("${todo[@]:1}")
		[ ! -e "$out/$file" ] || continue
		mkdir -p "$out/$(dirname "$file")"
		cp -L "$tree/$file" "$out/$file" || die "Mesa's packages lack $file"
		while read -r name; do
			todo+=("usr/lib/aarch64-linux-gnu/$name")
		done < <(needed "$out/$file")
	done
	cp -L "$tree/usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1" "$out/usr/lib/"
	mkdir -p "$out/usr/share/vulkan/icd.d"
	cp "$tree"/usr/share/vulkan/icd.d/panfrost_icd* "$out/usr/share/vulkan/icd.d/panfrost_icd.json"
}

# cmd__mesa TARFILE OUT: from what mmdebstrap unpacked to a part of an initramfs.
cmd__mesa() {
	local tmp
	inside_root || die "_mesa is for the inside of the root"
	tmp=$(mktemp -d)
	mkdir "$tmp/tree" "$tmp/out"
	tar -C "$tmp/tree" --no-same-owner --exclude='./dev/*' -xf "$1"
	keep_closure "$tmp/tree" "$tmp/out"
	pack "$tmp/out" "$2"
	rm -rf "$tmp"
}

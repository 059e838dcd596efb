# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# The guest programs as 32-bit ones, which the same kernels run: the compiler is fetched when it is asked for, and kept
# beside the root. It is unpacked only, and finds its parts by where it lies.

arm32_dir() { printf '%s/arm32-%s\n' "$CACHE" "$(root_key)"; }

fetch_arm32() {
	local dir tool version
	dir=$(arm32_dir)
	[ ! -e "$dir" ] || return 0
	note "fetching a compiler for 32-bit programs"
	version=$("${CROSS}gcc" -dumpversion)
	apt-get -qq update >&2
	rm -rf "$dir.tmp"
	unpack "$dir.tmp" binutils-arm-linux-gnueabihf "cpp-$version-arm-linux-gnueabihf" "gcc-$version-arm-linux-gnueabihf" \
		"libgcc-$version-dev-armhf-cross" libc6-armhf-cross libc6-dev-armhf-cross linux-libc-dev-armhf-cross
	for tool in gcc gcc-ar; do
		ln -sf "arm-linux-gnueabihf-$tool-$version" "$dir.tmp/usr/bin/arm-linux-gnueabihf-$tool"
	done
	mv "$dir.tmp" "$dir"
}

# cmd_guest32: prints the folder of the programs.
cmd_guest32() {
	local dir out=$BUILD/guest32
	with_lock arm32 fetch_arm32
	dir=$(arm32_dir)
	# Times and offsets of files as on 64 bits, as Mesa is built.
	LD_LIBRARY_PATH=$dir/usr/lib/$(gcc -print-multiarch) \
		make_dir "$CHECKOUT/tests/guest" "$out" CROSS_COMPILE="$dir/usr/bin/arm-linux-gnueabihf-" \
		CFLAGS='-O2 -g -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64' programs || die "32-bit guest programs do not build"
	printf '%s\n' "$out/bin"
}

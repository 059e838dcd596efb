# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# "rig packages": everything about packages, in TAP. Its parts speak TAP of their own, which becomes one stream.

pkg_count=0 pkg_failed=0

# pkg_part NAME CMD...: renumber the part's test points; a part that does not come to its plan is one more, failed.
pkg_part() {
	local name=$1 line planned=none seen=0 bad=0 status=0
	shift
	# The part is a process of its own, which no signal to us reaches.
	trap 'kill "$!" 2>/dev/null; exit 143' TERM INT HUP
	while IFS= read -r line; do
		case $line in
		'ok '* | 'not ok '*)
			seen=$((seen + 1))
			pkg_count=$((pkg_count + 1))
			case $line in
			not*)
				bad=1
				printf 'not ok %d - %s: %s\n' "$pkg_count" "$name" "${line#* - }"
				;;
			*) printf 'ok %d - %s: %s\n' "$pkg_count" "$name" "${line#* - }" ;;
			esac
			;;
		1..[0-9]*) planned=${line#1..} ;;
		'#'*) printf '%s\n' "$line" ;;
		esac
	done < <("$@")
	wait $! || status=$?
	trap - TERM INT HUP
	pkg_count=$((pkg_count + 1))
	[ "$bad" = 0 ] || pkg_failed=1
	if [ "$planned" = "$seen" ] && [ "$seen" != 0 ] && { [ "$status" = 0 ] || [ "$bad" = 1 ]; }; then
		printf 'ok %d - %s: came to its end\n' "$pkg_count" "$name"
	else
		pkg_failed=1
		printf 'not ok %d - %s: came to its end\n# %s of %s, status %s\n' "$pkg_count" "$name" "$seen" "$planned" "$status"
	fi
}

# pkg_point STATUS NAME: one test point of a part.
pkg_points=0
pkg_point() {
	pkg_points=$((pkg_points + 1))
	if [ "$1" = 0 ]; then printf 'ok %d - %s\n' "$pkg_points" "$2"; else printf 'not ok %d - %s\n' "$pkg_points" "$2"; fi
}

# cmd__packages_check: inside of the root for packages: what can be said of the files alone.
cmd__packages_check() {
	local tree=$BUILD/packages/tree deb=$BUILD/packages/deb again=$BUILD/packages/again suppress differ said tarball work file status=0
	pkg_points=0
	suppress=$(sed -nE 's/^([a-z][^\t]*)\t.*/\1/p' "$RIG_DIR/lib/lintian-tags" | paste -sd,)
	said=$(lintian --allow-root -EvIL +pedantic --suppress-tags "$suppress" "$deb"/*.changes 2>&1) || status=$?
	said=$(grep -E '^[EWIPX]: ' <<<"$said" || :)
	[ -z "$said" ] || status=1
	pkg_point "$status" "lintian finds nothing, but for what $(basename lintian-tags) gives a reason for"
	[ -z "$said" ] || sed 's/^/# /' <<<"$said"

	work=$(mktemp -d /tmp/pp-dev.XXXXXX)
	dpkg-deb -x "$deb"/panthor-protm-dev_*.deb "$work"
	status=0
	CC=${CROSS}gcc CPPFLAGS="-I$work/usr/include" "$tree/debian/tests/headers" >"$work/log" 2>&1 || status=$?
	pkg_point "$status" "programs compile with the headers of panthor-protm-dev"
	[ "$status" = 0 ] || sed 's/^/# /' "$work/log"
	rm -rf "$work"

	status=0
	said=$(for file in "$deb"/*.deb; do dpkg-deb -f "$file" Depends Breaks Conflicts; done)
	! grep -E 'linux-(image|headers)' <<<"$said" || status=1
	pkg_point "$status" "no package depends on a kernel, or conflicts with one"
	status=0
	dpkg-deb -f "$deb"/panthor-protm-dkms_*.deb Depends | grep -qw openssl || status=1
	pkg_point "$status" "the package depends on what dkms signs modules with"
	dpkg-deb -x "$deb"/panthor-protm-dkms_*.deb "$work"
	status=0
	grep -q '^#panthor-protm-carveout$' "$work/etc/modules-load.d/panthor-protm.conf" || status=1
	! grep -E '^[^#]' "$work"/etc/mod*/panthor-protm.conf || status=1
	pkg_point "$status" "modules-load.d knows the carve-out, and loads nothing; no parameter is set"
	rm -rf "$work"

	build_deb "$tree" "$again"
	# A buildinfo tells of the machine and the hour.
	differ=$(cd "$deb" && for file in *.deb *.dsc *.tar.xz; do cmp "$file" "$again/$file" 2>&1 || :; done)
	pkg_point $((${#differ} > 0)) "a second build makes the same files"
	[ -z "$differ" ] || sed 's/^/# /' <<<"$differ"
	rm -rf "$again"

	tarball=$(cmd__dkms_tarball)
	cp "$tarball" "$tarball.first"
	cmd__dkms_tarball >/dev/null
	status=0
	cmp "$tarball" "$tarball.first" || status=$?
	pkg_point "$status" "a second dkms-tarball is the same"
	rm -f "$tarball.first"
	work=$(mktemp -d /tmp/pp-dkms.XXXXXX)
	status=0
	mkdir "$work/tree" "$work/src"
	dkms ldtarball "$tarball" --dkmstree "$work/tree" --sourcetree "$work/src" >"$work/log" 2>&1 || status=$?
	[ -x "$work/src/panthor-protm-$(source_version "$tree")/src/pre-build.sh" ] || status=1
	pkg_point "$status" "dkms takes it"
	[ "$status" = 0 ] || sed 's/^/# /' "$work/log"
	rm -rf "$work"
	printf '1..%d\n' "$pkg_points"
}

# What runs in a guest that comes up with the package: Debian's udev and kmod; mokutil.
UDEV_PACKAGES=(udev kmod libc6 libkmod2 libudev1 libsystemd-shared libblkid1 libacl1 libcap2 libcap-ng0 libselinux1 libmount1
	libseccomp2 libzstd1 liblzma5 libssl3t64 libpcre2-8-0 zlib1g libaudit1 libcrypt1 libpam0g libapparmor1 libgcc-s1
	mokutil libefivar1t64 libkeyutils1)

udev_tree() { printf '%s/udev-%s\n' "$CACHE" "$(pkg_key "${UDEV_PACKAGES[@]}")"; }

fetch_udev() { unpack_once "$(udev_tree)" "${UDEV_PACKAGES[@]/%/:arm64}"; }

# cmd__packages_guest DEB: inside of the rig's root. What the guest of tests/packages/vm.t gets besides the modules: udev and
# kmod with the libraries that they need, and the package's own files.
cmd__packages_guest() {
	local tree out=$BUILD/packages/guest name file dir found todo=(usr/bin/kmod usr/bin/udevadm usr/bin/mokutil)
	local libs=(usr/lib/aarch64-linux-gnu usr/lib/aarch64-linux-gnu/systemd)
	# udev looks this one up at run time.
	todo+=(usr/lib/aarch64-linux-gnu/libkmod.so.2)
	with_lock udev fetch_udev
	tree=$(udev_tree)
	rm -rf "$out"
	mkdir -p "$out"
	dpkg-deb -x "$1" "$out/package"
	while [ "${#todo[@]}" -gt 0 ]; do
		file=${todo[0]}
		todo=("${todo[@]:1}")
		[ ! -e "$out/$file" ] || continue
		install -D -m 755 "$tree/$file" "$out/$file"
		while read -r name; do
			found=''
			for dir in "${libs[@]}"; do
				if [ -z "$found" ] && [ -e "$tree/$dir/$name" ]; then found=$dir/$name; fi
			done
			[ -n "$found" ] || [ "$name" = ld-linux-aarch64.so.1 ] || die "the packages lack $name"
			[ -z "$found" ] || todo+=("$found")
		done < <(needed "$tree/$file")
	done
	cp -L "$tree/usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1" "$out/usr/lib/"
	for name in modprobe depmod rmmod; do
		cp "$out/usr/bin/kmod" "$out/usr/bin/$name"
	done
	cp "$out/package/usr/sbin/panthor-protm-switch" "$out/usr/bin/"
	install -D "$out/usr/bin/udevadm" "$out/usr/lib/systemd/systemd-udevd"
	mkdir -p "$out/usr/lib/udev/rules.d" "$out/etc"
	cp "$tree"/usr/lib/udev/rules.d/{50-udev-default,80-drivers}.rules "$out/usr/lib/udev/rules.d/"
	cp "$out"/package/usr/lib/udev/rules.d/* "$out/usr/lib/udev/rules.d/"
	cp -r "$out/package/usr/lib/modprobe.d" "$out/usr/lib/"
	cp -r "$out/package/etc/modprobe.d" "$out/etc/"
	printf '%s\n' "$out"
}

part_deb() { pkg_part deb enter_root "$(deb_root)" "$RIG_DIR/rig" _packages_check; }

# rpm_repo: prints the folder of the .rpm packages and what they are upgraded to.
rpm_repo() {
	in_deb_root _rpm >/dev/null || die "make rpm failed"
	enter_root "$(deb_root)" "$RIG_DIR/rig" _rpm_repo || die "cannot make a repository for dnf"
}

part_rpm() {
	local repo
	repo=$(rpm_repo) || exit "$EXIT_RIG"
	pkg_part rpm enter_root "$(deb_root)" "$RIG_DIR/rig" _rpm_check
	pkg_part dnf enter_root "$(deb_root)" bash "$CHECKOUT/tests/packages/dnf.sh" "$repo"
}

part_initramfs() {
	local label=$1 release=$2 modules
	modules=$(enter_root "$(root_dir)" "$RIG_DIR/rig" modules --kernel "$label") || die "the modules do not build"
	pkg_part initramfs enter_root "$(deb_root)" bash "$CHECKOUT/tests/packages/initramfs.sh" \
		"$release" "$(root_dir)$KERNELS/$label/tree" "$modules" "$BUILD"/packages/deb/panthor-protm-dkms_*_all.deb
}

# part_of_guest NAME TEST
part_of_guest() {
	local guest
	guest=$(enter_root "$(root_dir)" "$RIG_DIR/rig" _packages_guest "$BUILD"/packages/deb/panthor-protm-dkms_*_all.deb) ||
		die "cannot gather what the guest needs"
	pkg_part "$1" enter_root "$(root_dir)" "$CHECKOUT/tests/packages/$2" "$guest"
}
part_guest() { part_of_guest guest vm.t; }
part_secureboot() { part_of_guest secureboot secureboot.t; }

# cmd_packages [PART...]: by default those that compile nothing in the arm64 root.
cmd_packages() {
	local kernels newest releases part parts=("$@")
	[ "$#" -gt 0 ] || parts=(deb rpm initramfs guest secureboot)
	kernels=$(enter_root "$(root_dir)" "$RIG_DIR/rig" kernels) || die "no root"
	newest=$(tail -n 1 <<<"$kernels")
	mapfile -t releases < <(cut -d' ' -f2 <<<"$kernels")
	in_deb_root _deb >/dev/null || die "make deb failed"
	for part in "${parts[@]}"; do
		case $part in
		deb | rpm | guest | secureboot) "part_$part" ;;
		initramfs) part_initramfs "${newest% *}" "${newest#* }" ;;
		apt | adt) "part_$part" "${releases[@]}" ;;
		dnf-board) part_dnf_board "${releases[0]}" ;;
		*) die "packages: no part $part" ;;
		esac
	done
	printf '1..%d\n' "$pkg_count"
	return "$pkg_failed"
}

# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# An arm64 Debian with apt, dkms and the older of the guests' kernels, as a board has it, on which packages are tried. Its
# programs run under QEMU's user mode, but for the compiler: compiling under it would take most of an hour.

# A stub stands for what makes an initramfs: that takes minutes under QEMU, and is tried elsewhere.
BOARD_PACKAGES=(dkms gcc make patch kmod xz-utils zstd openssl udev systemd-standalone-sysusers)

board_root() { printf '%s/board-%s\n' "$CACHE" "$(pkg_key "${BOARD_PACKAGES[@]}" "$(cat "$RIG_DIR/lib/board-setup.sh")")"; }

# QEMU's user mode is a part of the root for "rig dkms".
board_qemu() { printf '%s/qemu/usr/bin/qemu-aarch64\n' "$(dkms_root)"; }

# in_arm64 CMD...: on the host, in namespaces where arm64 programs run and in which we are root, with all users' ids.
in_arm64() {
	local ns=(unshare --mount --pid --fork --kill-child=KILL)
	if [ "$(id -u)" = 0 ]; then
		ns=(perl "$RIG_DIR/lib/userns.pl" setpriv --pdeathsig KILL -- "${ns[@]}")
	else
		ns+=(--user --map-root-user --map-auto)
	fi
	supervise "${ns[@]}" -- bash "$RIG_DIR/lib/emulate.sh" "$(board_qemu)" "$@"
}

# Called by rig itself, inside of in_arm64.
cmd__board_root() {
	local root=$1 tar=$1.tar
	shift
	[ "$#" -gt 1 ] || die "_board_root: no kernels"
	bootstrap "$tar" --variant=apt --architectures=arm64 --include="$(comma_list "${BOARD_PACKAGES[@]}")" \
		--customize-hook="bash $RIG_DIR/lib/board-setup.sh \"\$1\" $ROOT_NEWER $*"
	mkdir -p "$root"
	tar -C "$root" --numeric-owner --exclude='./dev/*' -xf "$tar" || die "cannot unpack the root"
	rm -f "$tar"
}

setup_board_root() {
	local root releases
	root=$(board_root)
	[ ! -e "$root/.complete" ] || return 0
	note "making an arm64 root for packages; this takes some ten minutes once"
	[ ! -e "$root" ] || in_arm64 rm -rf --one-file-system -- "$root"
	[ -e "$(dkms_root)/.complete" ] || with_lock setup setup_dkms_root
	mapfile -t releases < <(enter_root "$(root_dir)" "$RIG_DIR/rig" kernels | cut -d' ' -f2)
	in_arm64 "$RIG_DIR/rig" _board_root "$root" "${releases[@]}" || die "cannot make the arm64 root"
	touch "$root/.complete"
}

# Inside of the root for packages: the checkout's packages, and what they are upgraded to. Argument: the pool of kernels
cmd__packages_repo() {
	local tree=$BUILD/packages/tree repo=$BUILD/packages/repo work=$BUILD/packages/variant version
	rm -rf "$repo" "$work"
	mkdir -p "$repo"
	cp "$BUILD"/packages/deb/*.deb "$repo/"
	cp -r "$tree/debian/tests" "$repo/tests"
	for version in 0.1.0-2 0.2.0-1 0.3.0-1; do
		variant "$tree" "$version" "$work"
		[ "$version" != 0.3.0-1 ] || break_variant "$work"
		build_deb "$work" "$BUILD/packages/deb-$version" --build=all
		mv "$BUILD/packages/deb-$version"/*.deb "$repo/"
		rm -rf "$work"
	done
	# What panthor-protm-dev needs is not tried here.
	mkdir -p "$work/DEBIAN"
	printf '%s\n' 'Package: libdrm-dev' 'Version: 99' 'Architecture: all' 'Maintainer: none <none@localhost>' 'Description: stub' \
		>"$work/DEBIAN/control"
	dpkg-deb --build "$work" "$repo/libdrm-dev.deb" >/dev/null
	rm -rf "$work"
	(cd "$repo" && dpkg-scanpackages --multiversion . >Packages 2>/dev/null)
	(cd "$1" && dpkg-scanpackages --multiversion . >Packages 2>/dev/null)
}

# part_of_board NAME RELEASE...: tests/packages/NAME.sh in that root, with a repository of .deb packages.
part_of_board() {
	local name=$1
	shift
	[ -e "$(board_root)/.complete" ] || with_lock board setup_board_root
	enter_root "$(deb_root)" "$RIG_DIR/rig" _packages_repo "$(board_root)/pool" || die "cannot make the repository"
	pkg_part "$name" in_arm64 bash "$RIG_DIR/lib/board-init.sh" "$(board_root)" "$BUILD/packages/work" "$(root_dir)" \
		"$BUILD/packages/repo" "$CHECKOUT/tests/packages/$name.sh" "$@"
}
part_apt() { part_of_board apt "$@"; }
part_adt() { part_of_board adt "$@"; }

# part_dnf_board RELEASE: this machine's dnf, the arm64 root's kernel and dkms.
part_dnf_board() {
	local repo
	[ -e "$(board_root)/.complete" ] || with_lock board setup_board_root
	repo=$(rpm_repo) || exit "$EXIT_RIG"
	pkg_part dnf-board in_arm64 bash "$RIG_DIR/lib/board-init.sh" --from "$(deb_root)" "$(board_root)" "$BUILD/packages/work" \
		"$(root_dir)" "$repo" "$CHECKOUT/tests/packages/dnf-board.sh" "$1"
}

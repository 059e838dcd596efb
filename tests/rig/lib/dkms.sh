# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# dkms builds the checkout in an arm64 root, as it would on a board: arm64 programs run under QEMU's user mode,
# registered in a binfmt_misc of the namespace's own, so that nothing changes on the host.

DKMS_PACKAGES=(dkms gcc make kmod libc6-dev linux-libc-dev mawk sed grep coreutils findutils diffutils
	dash bash tar gzip xz-utils zstd patch openssl perl-base bc libelf1t64 libssl3t64 pahole)

dkms_root() { printf '%s/dkms-%s\n' "$CACHE" "$({ root_key; printf '%s' "${DKMS_PACKAGES[*]}"; } | sha256sum | cut -c1-12)"; }

# Inside of the rig's root: QEMU's user mode and the kernels' headers for an arm64 machine, into ROOT.
cmd__dkms_fetch() {
	local root=$1 label release parts
	apt-get -qq update >&2
	unpack "$root/qemu" "qemu-user/$ROOT_NEWER"
	for label in "${!KERNEL_SUITE[@]}"; do
		release=$(kernel_release "$label")
		mapfile -t parts < <(header_parts "$release" arm64)
		unpack "$root" "${parts[@]}"
	done
	cmd_kernels >"$root/kernels"
}

# Packages are unpacked only; these are the few things that their scripts would have done.
configure_dkms_root() {
	local root=$1
	ln -sf mawk "$root/usr/bin/awk"
	printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
	printf 'root:x:0:\n' >"$root/etc/group"
	mkdir -p "$root/src" "$root/root" "$root/var/lib/dkms"
}

setup_dkms_root() {
	local root flags
	root=$(dkms_root)
	[ ! -e "$root/.complete" ] || return 0
	note "making an arm64 root with dkms"
	[ ! -e "$root" ] || remove_tree "$root"
	bootstrap "$root.tar" --variant=extract --architectures=arm64 --include="$(comma_list "${DKMS_PACKAGES[@]}")"
	mkdir -p "$root"
	mapfile -t flags < <(ns_flags)
	unshare "${flags[@]}" -- tar -C "$root" --no-same-owner --exclude='./dev/*' -xf "$root.tar" || die "cannot unpack the root"
	rm -f "$root.tar"
	configure_dkms_root "$root"
	enter_root "$(root_dir)" /src/tests/rig/rig _dkms_fetch "$root" || die "cannot fetch headers for dkms"
	touch "$root/.complete"
}

cmd_dkms() {
	local flags
	inside_root && die "dkms: call this outside of the rig's root"
	cmd_setup
	[ -e "$(dkms_root)/.complete" ] || with_lock setup setup_dkms_root
	mapfile -t flags < <(ns_flags)
	# binfmt_misc is per user namespace, so root needs one too; all files of that root are root's.
	[ "$(id -u)" != 0 ] || flags+=(--user --map-root-user)
	supervise unshare "${flags[@]}" -- bash "$RIG_DIR/lib/dkms-init.sh" "$(dkms_root)" "$CHECKOUT"
}

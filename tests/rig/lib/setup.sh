# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# Making the root on the host. Each part is built aside and renamed when whole: what has its name is complete.

# The host gets nothing but these, and only where they are missing.
host_packages() {
	local want=() sudo=()
	command -v mmdebstrap >/dev/null || want+=(mmdebstrap)
	[ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || want+=(debian-archive-keyring)
	if [ "$(id -u)" != 0 ]; then
		command -v newuidmap >/dev/null || want+=(uidmap)
		sudo=(sudo)
	fi
	[ "${#want[@]}" -gt 0 ] || return 0
	command -v apt-get >/dev/null || die "please install: ${want[*]}"
	[ "$(id -u)" = 0 ] || command -v sudo >/dev/null || die "no sudo here; please install: ${want[*]}"
	note "installing on this host: ${want[*]}"
	DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get -o DPkg::Lock::Timeout=300 \
		install -y --no-install-recommends "${want[@]}" >&2 ||
		die "could not install ${want[*]} (is \"apt-get update\" due?)"
}

# The mirror that a Debian host uses itself is the nearest one; empty leaves the choice to mmdebstrap.
host_mirror() {
	local id
	if [ -n "${PANTHOR_PROTM_MIRROR:-}" ]; then
		printf '%s\n' "$PANTHOR_PROTM_MIRROR"
		return
	fi
	# shellcheck source=/dev/null
	id=$(. /etc/os-release && printf '%s' "$ID")
	[ "$id" = debian ] || return 0
	# shellcheck disable=SC2016 # apt's own placeholders
	apt-get indextargets --format '$(CREATED_BY) $(COMPONENT) $(REPO_URI)' 2>/dev/null |
		awk '$1 == "Packages" && $2 == "main" && $3 !~ /security|file:/ { print $3; exit }'
}

# Proxies and date checks of the host's apt hold inside of the root too.
host_apt_options() {
	apt-config dump 2>/dev/null | grep -Ei '^Acquire::(https?::|Check-|Retries|ForceIPv)[^ ]* "..*";$' || :
	printf '%s\n' 'APT::Install-Recommends "false";' 'APT::Sandbox::User "root";' 'Acquire::Languages "none";'
}

# bootstrap TARFILE ARGS...: mmdebstrap of ROOT_SUITE with ROOT_NEWER beside it.
# It writes one line for the suite, with the keyring option where that is needed; sources.sh derives the others.
bootstrap() {
	local tar=$1 mirror sources=()
	shift
	mirror=$(host_mirror)
	[ -z "$mirror" ] || sources=("deb $mirror $ROOT_SUITE main")
	host_apt_options >"$tar.apt.conf"
	mmdebstrap --quiet --aptopt="$tar.apt.conf" \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
		--setup-hook="sh $RIG_DIR/lib/sources.sh \"\$1/etc/apt/sources.list\" $ROOT_SUITE $ROOT_NEWER" \
		"$@" "$ROOT_SUITE" "$tar" "${sources[@]}" >&2 || die "mmdebstrap failed"
	rm -f "$tar.apt.conf"
}

comma_list() {
	local IFS=,
	printf '%s' "$*"
}

# unpack_root TAR DIR: a root of the rig's from what bootstrap made, which goes.
unpack_root() {
	local tar=$1 dir=$2 flags
	mkdir -p "$dir"
	mapfile -t flags < <(ns_flags)
	unshare "${flags[@]}" -- tar -C "$dir" --numeric-owner --exclude='./dev/*' -xf "$tar" || die "cannot unpack the root"
	rm -f "$tar"
	mkdir -p "$dir/src" "$dir/cache"
	root_key >"$dir/etc/panthor-protm-rig"
}

# make_root DIR: bootstrap into DIR (which must not exist).
make_root() {
	local dir=$1 arches tar=$1.tar
	arches=$(native_arch)
	[ "$arches" = arm64 ] || arches+=,arm64
	note "making the root ($ROOT_SUITE, $arches); this takes some minutes once"
	bootstrap "$tar" --variant=apt --architectures="$arches" --include="$(comma_list "${ROOT_PACKAGES[@]}")" \
		--customize-hook="chroot \"\$1\" apt-get -qq -o Dpkg::Use-Pty=0 install -y -t $ROOT_NEWER \
			${ROOT_PACKAGES_NEWER[*]} >/dev/null"
	unpack_root "$tar" "$dir"
	cp -L /etc/resolv.conf "$dir/etc/resolv.conf" 2>/dev/null || :
}

# The guests' Vulkan: unpacked only, so that no arm64 program has to run here.
setup_mesa() {
	local version=$1 suite=$2 out
	out=$(mesa_image "$version")
	[ ! -e "$out" ] || return 0
	note "making the guest image with Mesa $version"
	bootstrap "$out.tmp.tar" --variant=extract --architectures=arm64 \
		--include="$(comma_list "${MESA_PACKAGES[@]}")" --aptopt="APT::Default-Release \"$suite\""
	enter_root "$(root_dir)" /src/tests/rig/rig _mesa "$out.tmp.tar" "$out.tmp"
	rm -f "$out.tmp.tar"
	mv "$out.tmp" "$out"
}

# Arm's firmware images for guests.
setup_firmware() {
	local out
	out=$(firmware_images)
	[ ! -e "$out" ] || return 0
	note "fetching Arm's firmware images"
	rm -rf "$out.tmp"
	enter_root "$(root_dir)" /src/tests/rig/rig _firmware "$out.tmp"
	mv "$out.tmp" "$out"
}

# remove_tree DIR...: as a user, files of mapped ids can only be removed inside of the namespace.
remove_tree() {
	local flags
	mapfile -t flags < <(ns_flags)
	unshare "${flags[@]}" -- rm -rf --one-file-system -- "$@"
}

setup_root() {
	local root tmp
	root=$(root_dir)
	[ -e "$root/.complete" ] && return
	host_packages
	check_namespaces
	rm -f "$CACHE"/root-*.tmp.*
	for tmp in "$CACHE"/root-*.tmp "$root"; do
		[ ! -e "$tmp" ] || { note "removing a half-made $tmp"; remove_tree "$tmp"; }
	done
	make_root "$root.tmp"
	enter_root "$root.tmp" /src/tests/rig/rig _fetch
	touch "$root.tmp/.complete"
	mv "$root.tmp" "$root"
}

setup_all() {
	local version
	setup_root
	for version in "${!MESA_SUITE[@]}"; do
		setup_mesa "$version" "${MESA_SUITE[$version]}"
	done
	setup_firmware
}

setup_done() {
	local version
	[ -e "$(root_dir)/.complete" ] || return
	for version in "${!MESA_SUITE[@]}"; do
		[ -e "$(mesa_image "$version")" ] || return
	done
	[ -e "$(firmware_images)" ]
}

# What was built for a checkout that is gone serves nobody.
drop_stale_builds() {
	local dir name
	mkdir -p "$BUILD"
	# In one step: whoever finds the file empty would take the folder for a stale one.
	if [ ! -s "$BUILD/checkout" ]; then
		printf '%s\n' "$CHECKOUT" >"$BUILD/checkout.$$"
		mv "$BUILD/checkout.$$" "$BUILD/checkout"
	fi
	for dir in "$CACHE"/build/*/; do
		name=$(cat "$dir/checkout" 2>/dev/null) || continue
		[ -z "$name" ] || [ -e "$name/tests/rig/rig" ] || rm -rf "$dir"
	done
}

# cmd_setup: everything that a boot needs and that does not change with the checkout.
cmd_setup() {
	inside_root && return
	mkdir -p "$CACHE"
	drop_stale_builds
	setup_done || with_lock setup setup_all
}

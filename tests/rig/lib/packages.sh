# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# Packages are made in a root of their own, of this machine's architecture, which is made at its first use.

PKG_BUILD_PACKAGES=(build-essential debhelper dh-dkms lintian rsync kmod xz-utils initramfs-tools-core dracut-core cpio zstd)
# Where this machine is not arm64.
PKG_CROSS_PACKAGES=(crossbuild-essential-arm64 libdrm-dev:arm64)
PKG_RPM_PACKAGES=(rpm rpmlint createrepo-c dnf dkms)

# pkg_key WORD...: digest of what a root consists of.
pkg_key() { { root_key; printf '%s ' "$@"; } | sha256sum | cut -c1-12; }

deb_root() { printf '%s/deb-%s\n' "$CACHE" "$(pkg_key "${PKG_BUILD_PACKAGES[@]}" "${PKG_CROSS_PACKAGES[@]}" "${PKG_RPM_PACKAGES[@]}")"; }

setup_deb_root() {
	local root tar arches cross=("${PKG_CROSS_PACKAGES[@]}")
	root=$(deb_root)
	[ ! -e "$root/.complete" ] || return 0
	note "making a root for packages"
	[ ! -e "$root" ] || remove_tree "$root"
	arches=$(native_arch)
	if [ "$arches" = arm64 ]; then cross=(libdrm-dev); else arches+=,arm64; fi
	tar=$root.tar
	bootstrap "$tar" --variant=apt --architectures="$arches" \
		--include="$(comma_list "${PKG_BUILD_PACKAGES[@]}" "${cross[@]}" "${PKG_RPM_PACKAGES[@]}")"
	unpack_root "$tar" "$root"
	touch "$root/.complete"
}

# export_sources DIR: what belongs to the project, none of what was built in place.
export_sources() {
	local list=$BUILD/packages/list
	rm -rf "${1:?}"
	mkdir -p "$1" "$BUILD/packages"
	if git -C "$CHECKOUT" ls-files -z >"$list" 2>/dev/null && [ -s "$list" ]; then
		:
	else
		(cd "$CHECKOUT" && find . -name .git -prune -o -type f ! -name '*.o' ! -name '*.ko' ! -name '*.mod*' ! -name '*.cmd' -print0) >"$list"
	fi
	tar -C "$CHECKOUT" --null --verbatim-files-from -T "$list" --ignore-failed-read -cf - 2>/dev/null | tar -C "$1" -xf -
	[ -e "$1/dkms.conf" ] || die "cannot copy the sources"
	chmod -R u=rwX,go=rX "$1"
}

make_in_deb_root() {
	export_sources "$BUILD/packages/tree"
	enter_root "$(deb_root)" "$RIG_DIR/rig" "$@"
}

# in_deb_root VERB ARGS...: with the sources exported, one at a time.
in_deb_root() {
	inside_root && die "call this outside of the rig's root"
	cmd_setup
	[ -e "$(deb_root)/.complete" ] || with_lock packages setup_deb_root
	with_lock "packages-$(basename "$BUILD")" make_in_deb_root "$@"
}

# source_version TREE, changelog_version TREE
source_version() { sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$1/dkms.conf"; }
changelog_version() { dpkg-parsechangelog -l "$1/debian/changelog" -S Version; }

# orig_tarball TREE OUT: everything but debian/; same bytes wherever and whenever it is made.
orig_tarball() {
	local version
	version=$(source_version "$1")
	tar -C "$1" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
		--format=gnu --exclude=./debian --transform="s,^\.,panthor-protm-$version," -cf - . | xz -T1 -6 >"$2"
}

# build_deb TREE OUT [OPTIONS OF dpkg-buildpackage...]
build_deb() {
	local tree=$1 out=$2 version work host=()
	shift 2
	version=$(changelog_version "$tree")
	[ "${version%-*}" = "$(source_version "$tree")" ] || die "debian/changelog and dkms.conf differ in their version"
	SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -l "$tree/debian/changelog" -S Timestamp)
	export SOURCE_DATE_EPOCH
	[ "$(native_arch)" = arm64 ] || host=(-aarm64 -Pcross)
	work=$(mktemp -d /tmp/pp-deb.XXXXXX)
	orig_tarball "$tree" "$work/panthor-protm_${version%-*}.orig.tar.xz"
	cp -r "$tree" "$work/panthor-protm-${version%-*}"
	(cd "$work/panthor-protm-${version%-*}" && dpkg-buildpackage -us -uc "${host[@]}" "$@") >"$out.log" 2>&1 || {
		tail -n 40 "$out.log" >&2
		rm -rf "$work"
		die "the package does not build"
	}
	mkdir -p "$out"
	rm -f "$out"/*
	find "$work" -maxdepth 1 -type f -exec mv -t "$out" {} +
	rm -rf "$work"
}

cmd__deb() {
	local out=$BUILD/packages/deb
	build_deb "$BUILD/packages/tree" "$out"
	find "$out" -type f | sort
}

cmd_deb() { in_deb_root _deb; }

# variant TREE VERSION WORK: a copy of the sources that calls itself VERSION, to upgrade to.
variant() {
	local tree=$1 version=$2 work=$3
	cp -r "$tree" "$work"
	sed -i "s/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"${version%-*}\"/" "$work/dkms.conf"
	sed -i "s/\"[0-9.]*\"/\"${version%-*}\"/" "$work/include/panthor-protm/version.h"
	sed -i "s/MODULE_VERSION(\"[0-9.]*\")/MODULE_VERSION(\"${version%-*}\")/" "$work"/src/*/*.c "$work"/src/*/*/*.c
	sed -i "1s/([^)]*)/($version)/" "$work/debian/changelog"
	# A user's changes have to outlive ours.
	echo "# Of $version." >>"$work/src/system/panthor-protm.conf"
}

# break_variant WORK: does not compile.
break_variant() { echo '#error "does not compile"' >>"$1/src/heap/module.c"; }

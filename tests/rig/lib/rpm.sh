# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# .rpm packages and the DKMS tarball, made in the root for packages.

# source_tarball TREE OUT: all of the project, for rpmbuild.
source_tarball() {
	local version
	version=$(source_version "$1")
	tar -C "$1" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
		--format=gnu --transform="s,^\.,panthor-protm-$version," -cf - . | xz -T1 -6 >"$2"
}

# build_rpm TREE OUT: for aarch64; in a folder that has always the same name.
build_rpm() {
	local tree=$1 out=$2 work=/run/rpmbuild args=()
	[ "$(sed -n 's/^Version: *//p' "$tree/rpm/panthor-protm.spec")" = "$(source_version "$tree")" ] ||
		die "the spec and dkms.conf differ in their version"
	SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -l "$tree/debian/changelog" -S Timestamp)
	export SOURCE_DATE_EPOCH
	rm -rf "$work"
	mkdir -p "$work/SOURCES"
	source_tarball "$tree" "$work/SOURCES/panthor-protm-$(source_version "$tree").tar.xz"
	# Debian's rpm knows nothing of what Debian's dpkg has installed, hence --nodeps.
	args=(--nodeps --define "_topdir $work" --define 'debug_package %{nil}' --define 'build_ldflags -s')
	[ "$(native_arch)" = arm64 ] || args+=(--target aarch64 --define "__cc ${CROSS}gcc" --define '_build_id_links none')
	rpmbuild -ba "${args[@]}" "$tree/rpm/panthor-protm.spec" >"$out.log" 2>&1 || {
		tail -n 40 "$out.log" >&2
		die "the .rpm does not build"
	}
	mkdir -p "$out"
	rm -f "$out"/*
	find "$work/RPMS" "$work/SRPMS" -name '*.rpm' -exec mv -t "$out" {} +
	rm -rf "$work"
}

cmd__rpm() {
	build_rpm "$BUILD/packages/tree" "$BUILD/packages/rpm"
	find "$BUILD/packages/rpm" -type f | sort
}

cmd_rpm() { in_deb_root _rpm; }

# What "dkms ldtarball" takes: the sources of the modules, and dkms.conf.
cmd__dkms_tarball() {
	local tree=$BUILD/packages/tree version stage out
	version=$(source_version "$tree")
	stage=$(mktemp -d /tmp/pp-tarball.XXXXXX)
	out=$BUILD/packages/panthor-protm-$version.dkms.tar.gz
	make -s -C "$tree/src/system" install-source DESTDIR="$stage" PREFIX=
	install -m 644 "$tree/dkms.conf" "$tree/LICENSE" "$stage/src/panthor-protm-$version/"
	tar -C "$stage/src" --sort=name --mtime="@$(dpkg-parsechangelog -l "$tree/debian/changelog" -S Timestamp)" --owner=0 --group=0 \
		--numeric-owner --mode=u=rwX,go=rX --format=gnu -cf - "panthor-protm-$version" | gzip -9n >"$out"
	rm -rf "$stage"
	printf '%s\n' "$out"
}

cmd_dkms_tarball() { in_deb_root _dkms_tarball; }

# cmd__rpm_repo: inside of the root for packages. A repository with the checkout's packages, and what they are upgraded to;
# prints its folder.
cmd__rpm_repo() {
	local repo=$BUILD/packages/rpm-repo work=$BUILD/packages/variant version
	rm -rf "$repo" "$work"
	mkdir -p "$repo"
	cp "$BUILD"/packages/rpm/*.noarch.rpm "$repo/"
	for version in 0.1.0-2 0.2.0-1 0.3.0-1; do
		variant "$BUILD/packages/tree" "$version" "$work"
		[ "$version" != 0.3.0-1 ] || break_variant "$work"
		sed -i "s/^Version: .*/Version: ${version%-*}/; s/^Release: .*/Release: ${version#*-}/" "$work/rpm/panthor-protm.spec"
		build_rpm "$work" "$BUILD/packages/rpm-$version"
		mv "$BUILD/packages/rpm-$version"/*.noarch.rpm "$repo/"
		rm -rf "$work" "$BUILD/packages/rpm-$version"
	done
	# What Debian has, rpm does not know of.
	cat >"$repo/stub.spec" <<-'END'
		Name: stub
		Version: 1
		Release: 1
		Summary: stands for what the system has
		License: none
		BuildArch: noarch
		Provides: /bin/sh, /usr/bin/sh, dkms = 3.2.2, openssl, libdrm-devel
		%description
		None.
		%files
	END
	rpmbuild -bb --define "_topdir /run/rpmbuild-stub" --define "_rpmdir $repo" --define '_rpmfilename %%{NAME}.rpm' \
		"$repo/stub.spec" >"$repo.log" 2>&1 || die "no stub: $(tail -n 5 "$repo.log")"
	# A kernel, as far as dkms is concerned.
	cat >"$repo/kernel.spec" <<-'END'
		Name: kernel-stub
		Version: %{version}
		Release: 1
		Summary: stands for a kernel
		License: none
		BuildArch: noarch
		%description
		None.
		%posttrans
		for headers in /lib/modules/*/build; do
			kernel=${headers%%/build}
			dkms autoinstall --kernelver "${kernel##*/}" || exit 1
		done
		%files
	END
	for version in 1 2; do
		rpmbuild -bb --define "_topdir /run/rpmbuild-stub" --define "_rpmdir $repo" --define '_rpmfilename %%{NAME}-%%{VERSION}.rpm' \
			--define "version $version" "$repo/kernel.spec" >"$repo.log" 2>&1 || die "no kernel: $(tail -n 5 "$repo.log")"
	done
	createrepo_c -q "$repo" >>"$repo.log" 2>&1 || die "createrepo_c failed"
	printf '%s\n' "$repo"
}

# cmd__rpm_check: what can be said of the files alone.
cmd__rpm_check() {
	local dir=$BUILD/packages/rpm again=$BUILD/packages/rpm-again said differ status=0
	pkg_points=0
	said=$(rpmlint --config "$CHECKOUT/rpm/rpmlint.toml" "$dir"/*.rpm 2>&1) || status=$?
	# Of warnings its status says nothing.
	! grep -qE ': [EW]: ' <<<"$said" || status=1
	pkg_point "$status" "rpmlint finds nothing, but for what rpmlint.toml gives a reason for"
	grep -E ': [EW]: |badness' <<<"$said" | sed 's/^/# /' || :
	# dnf would remove ours for the next kernel's sake.
	status=0
	! rpm -qp --requires --conflicts "$dir"/*.rpm 2>/dev/null | grep kernel || status=1
	pkg_point "$status" "no package requires a kernel, or conflicts with one"
	status=0
	rpm -qp --requires "$dir"/panthor-protm-dkms-*.rpm 2>/dev/null | grep -qx openssl || status=1
	pkg_point "$status" "the package requires what dkms signs modules with"
	build_rpm "$BUILD/packages/tree" "$again"
	differ=$(cd "$dir" && for file in *.rpm; do cmp "$file" "$again/$file" 2>&1 || :; done)
	pkg_point $((${#differ} > 0)) "a second build makes the same files"
	[ -z "$differ" ] || sed 's/^/# /' <<<"$differ"
	rm -rf "$again"
	printf '1..%d\n' "$pkg_points"
}

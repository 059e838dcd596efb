# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# The header matrix: the modules compile for every arm64 kernel of these lines that apt offers in any of these suites,
# with the compiler that the headers ask for. The trees lie in a root of their own, under the paths that they have on a
# machine; what apt offers is asked at each call.

HEADER_SUITES=(trixie trixie-backports forky sid)
HEADER_LINES=(6.12 7.2 7.3)
# The suite of the root itself: its compilers and its sparse know what the newest headers use.
HEADER_ROOT_SUITE=forky
HEADER_PACKAGES=(ca-certificates debian-archive-keyring make sparse kmod bc perl rsync xz-utils pahole libelf1t64 libssl3t64)
# Without any of these a kernel cannot have the driver, and is told so in one line.
HEADER_REFUSALS=(DRM_GPUVM DRM_EXEC DRM_SCHED)

HEADER_STATE=/var/lib/panthor-protm/headers

headers_root() {
	printf '%s/headers-%s\n' "$CACHE" \
		"$({ root_key; printf '%s ' "${HEADER_SUITES[@]}" "$HEADER_ROOT_SUITE" "${HEADER_PACKAGES[@]}"; } | sha256sum | cut -c1-12)"
}

setup_headers_root() {
	local root tar suite line arches
	root=$(headers_root)
	[ ! -e "$root/.complete" ] || return 0
	note "making a root for header trees ($HEADER_ROOT_SUITE)"
	[ ! -e "$root" ] || remove_tree "$root"
	arches=$(native_arch)
	[ "$arches" = arm64 ] || arches+=,arm64
	tar=$root.tar
	ROOT_SUITE=$HEADER_ROOT_SUITE bootstrap "$tar" --variant=apt --architectures="$arches" \
		--include="$(comma_list "${HEADER_PACKAGES[@]}")"
	unpack_root "$tar" "$root"
	line=$(grep -m 1 -E "^deb .* $HEADER_ROOT_SUITE main" "$root/etc/apt/sources.list")
	for suite in "${HEADER_SUITES[@]}"; do
		printf '%s\n' "${line% "$HEADER_ROOT_SUITE" main*} $suite main"
	done >"$root/etc/apt/sources.list"
	mkdir -p "$root$HEADER_STATE"
	cp -L /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || :
	touch "$root/.complete"
}

# header_releases: what "uname -r" says on the kernels that apt has headers of; those of other lines on fd 3.
header_releases() {
	local release line
	apt-cache pkgnames linux-headers- | sed -n 's/^linux-headers-\([0-9].*arm64.*\)$/\1/p' | sort -V |
		while read -r release; do
			line=$(cut -d. -f1,2 <<<"$release")
			case " ${HEADER_LINES[*]} " in
			*" $line "*) printf '%s\n' "$release" ;;
			*) printf '%s\n' "$release" >&3 ;;
			esac
		done
}

# header_compiler RELEASE: the compiler's package for this machine.
header_compiler() {
	apt-cache show "linux-headers-$1:arm64" | sed -nE '/^Depends:/s/.*(gcc-[0-9]+).*/\1-aarch64-linux-gnu/p' | head -n 1
}

# common_tree RELEASE: what the flavours share.
common_tree() { sed -n 's/^include \(.*\)\/Makefile$/\1/p' "/usr/src/linux-headers-$1/Makefile"; }

# Newer headers ask whether sparse is recent enough by a script that Debian leaves out; without an answer
# kbuild checks nothing. Ours asks sparse itself.
add_checker_probe() {
	local common
	common=$(common_tree "$1")
	if grep -q checker-valid.sh "$common/Makefile" && [ ! -e "$common/scripts/checker-valid.sh" ]; then
		install -m 755 "$RIG_DIR/lib/checker-valid.sh" "$common/scripts/checker-valid.sh"
	fi
}

# fetch_headers RELEASE...: the trees and compilers that are not here yet.
fetch_headers() {
	local release package parts=() missing=() compilers=()
	for release in "$@"; do
		[ ! -e "$HEADER_STATE/$release" ] || continue
		mapfile -t -O "${#parts[@]}" parts < <(header_parts "$release" "$(native_arch)")
		compilers+=("$(header_compiler "$release")")
	done
	[ "${#parts[@]}" -gt 0 ] || return 0
	for package in $(printf '%s\n' "${parts[@]}" | sort -u); do
		[ -e "/usr/src/${package%%:*}" ] || missing+=("$package")
	done
	note "fetching ${#missing[@]} packages of headers"
	DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install -y \
		"${compilers[@]}" >/dev/null || die "cannot install ${compilers[*]}"
	[ "${#missing[@]}" = 0 ] || unpack / "${missing[@]}"
	for release in "$@"; do
		if [ ! -e "/usr/src/linux-headers-$release/include/config/auto.conf" ] || [ ! -e "$(common_tree "$release")/Makefile" ]; then
			die "headers of $release are not whole"
		fi
		add_checker_probe "$release"
		touch "$HEADER_STATE/$release"
	done
}

# Digest of the contents of all that is compiled: a checkout that was only touched is still the one that passed.
sources_digest() {
	(cd "$CHECKOUT" && find src include -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-40)
}

# header_build BUILD-TREE WORK MAKE-ARGS...: compile a fresh copy of the sources; log in WORK/log.
header_build() {
	local tree=$1 work=$2
	shift 2
	rm -rf "$work"
	sync_sources "$CHECKOUT" "$work" src
	make --no-print-directory -C "$tree" M="$work/src" "$(jobs_flag)" \
		ARCH=arm64 CROSS_COMPILE="$CROSS" CONFIG_DEBUG_INFO_BTF_MODULES= W=1 KCFLAGS='-Werror -g0' "$@" modules \
		>"$work/log" 2>&1
}

# quiet_log LOG: what kbuild said that is more than progress.
quiet_log() {
	build_log "$1" | grep -vE '^  +[A-Z]+ |^make(\[[0-9]+\])?: ' || :
}

# check_tree RELEASE: one test point. The plain flavours pass sparse as well.
check_tree() {
	local release=$1 work=$HEADER_WORK/$1 stamp args=() what="builds at W=1, warnings being errors" status=0
	if [[ $release =~ [0-9a-z]-arm64$ ]] && [[ ! $release =~ -(rt|cloud)-arm64$ ]]; then
		args=(C=1 CF=-Wsparse-error)
		what+=", and passes sparse"
	fi
	# Debian's cloud flavour has no DRM at all.
	if ! grep -q '^CONFIG_DRM=' "/usr/src/linux-headers-$release/.config"; then
		refused "/usr/src/linux-headers-$release" "$release" 'CONFIG_DRM .*' "$release: has no DRM, refused in one line"
		return
	fi
	stamp=$HEADER_WORK/passed/$release
	if [ "$(cat "$stamp" 2>/dev/null)" = "$HEADER_DIGEST ${args[*]}" ]; then
		point 0 "$release: $what (unchanged since it did)"
		return
	fi
	header_build "/usr/src/linux-headers-$release" "$work" "${args[@]}" || status=$?
	if [ "${#args[@]}" -gt 0 ] && ! grep -qE '^ +CHECK ' "$work/log"; then
		echo "sparse has not run" >>"$work/log"
		status=1
	fi
	# What modpost warns of does not fail it.
	if quiet_log "$work/log" | grep -qE 'warning:|WARNING:'; then status=1; fi
	point "$status" "$release: $what"
	if [ "$status" = 0 ]; then
		printf '%s\n' "$HEADER_DIGEST ${args[*]}" >"$stamp"
	else
		quiet_log "$work/log" | head -n 30 | sed 's/^/# /'
	fi
	rm -rf "${work:?}"
}

# doctored_tree RELEASE SYMBOL DIR: the headers of a kernel that was configured without SYMBOL.
doctored_tree() {
	local from=/usr/src/linux-headers-$1 file
	rm -rf "$3"
	mkdir -p "$3"
	cp -rs "$from/." "$3/"
	for file in include/config/auto.conf include/generated/autoconf.h; do
		rm "$3/$file"
		grep -vE "[ _]?CONFIG_$2(_MODULE)?[ =]" "$from/$file" >"$3/$file"
		! cmp -s "$from/$file" "$3/$file" || die "$1 has no CONFIG_$2 to take away"
	done
	rm "$3/Makefile"
	sed "s|=$from\$|=$3|" "$from/Makefile" >"$3/Makefile"
	grep -q '^KBUILD_OUTPUT=' "$3/Makefile" || sed -i "1iKBUILD_OUTPUT=$3" "$3/Makefile"
}

# refused TREE RELEASE LACKS NAME: one line says what is missing, nothing is compiled.
refused() {
	local work=$HEADER_WORK/refused status=0 said
	header_build "$1" "$work" || status=$?
	said=$(quiet_log "$work/log")
	if [ "$status" != 0 ] && [ "$(wc -l <<<"$said")" = 1 ] &&
		grep -qE "panthor-protm cannot be built for ${2//+/\\+}: it lacks $3\.( |\$)" <<<"$said"; then
		point 0 "$4"
	else
		point 1 "$4"
		printf 'status %s\n%s\n' "$status" "$said" | head -n 20 | sed 's/^/# /'
	fi
	rm -rf "${work:?}"
}

check_refusal() {
	local tree=$HEADER_WORK/without
	doctored_tree "$1" "$2" "$tree"
	refused "$tree" "$1" "CONFIG_$2" "$1 without $2: refused in one line"
	rm -rf "${tree:?}"
}

# point STATUS NAME: one line of TAP.
header_count=0 header_failed=0
point() {
	header_count=$((header_count + 1))
	if [ "$1" = 0 ]; then
		printf 'ok %d - %s\n' "$header_count" "$2"
	else
		header_failed=1
		printf 'not ok %d - %s\n' "$header_count" "$2"
	fi
}

# cmd__headers [REGEX]: all of it, inside of the headers' root.
cmd__headers() {
	local release releases line symbol
	HEADER_WORK=$BUILD/headers
	HEADER_DIGEST=$({ sources_digest; cat "$RIG_DIR/lib/headers.sh"; } | sha256sum | cut -c1-40)
	mkdir -p "$HEADER_WORK/passed"
	apt-get -qq update >&2 || die "apt-get update failed"
	mapfile -t releases < <(header_releases 3>"$HEADER_WORK/others" | grep -E -- "${1:-.}")
	[ "${#releases[@]}" -gt 0 ] || die "apt has no headers like ${1:-that}"
	sed 's/^/# of another line, not checked: /' "$HEADER_WORK/others"
	fetch_headers "${releases[@]}"
	for release in "${releases[@]}"; do
		check_tree "$release"
	done
	for line in "${HEADER_LINES[@]}"; do
		release=$(printf '%s\n' "${releases[@]}" | grep -E "^${line/./\\.}\..*[0-9]-arm64\$" | tail -n 1 || :)
		[ -n "$release" ] || continue
		for symbol in "${HEADER_REFUSALS[@]}"; do
			check_refusal "$release" "$symbol"
		done
	done
	printf '1..%d\n' "$header_count"
	return "$header_failed"
}

cmd_headers() {
	inside_root && die "headers: call this outside of the rig's root"
	cmd_setup
	with_lock headers setup_headers_root
	enter_root "$(headers_root)" "$RIG_DIR/rig" _headers "$@"
}

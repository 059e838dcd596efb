# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# Kernels that the rig builds itself, from Debian's linux-source: LINE-FLAVOUR, for example 7.3-debug. They are made when they are
# asked for the first time, in a root of their own, and lie in the cache under a digest of all that they are made from.
#
#	debug	Debian's choice of drivers with every detector of kernel/debug.fragment
#	heaps	that, and the kernel's own dma-buf heaps (kernel/heaps.fragment)
#	native	that, and accessors to them for modules (kernel/accessors.c)
#	fast-heaps, fast-native	the same without detectors, for figures
#
# The flavours of a line share one tree of sources and objects: from the first to the next takes a minute.

KERNEL_FLAVOURS=(debug heaps native fast-heaps fast-native)
KERNEL_PACKAGES=(ca-certificates debian-archive-keyring gcc libc6-dev make gcc-aarch64-linux-gnu flex bison bc perl
	libssl-dev libelf-dev kmod rsync xz-utils cpio patch diffutils file)
# Another number throws away what was built before.
KERNEL_FORMAT=1

# A guest under these detectors is slower than its time limits think, by about this factor, and wants more memory.
# shellcheck disable=SC2034 # read by boot.sh
KERNEL_DEBUG_SLOWDOWN=6
# shellcheck disable=SC2034
KERNEL_DEBUG_MEM=1536M

# kernel_flavour LABEL: what comes after the line, nothing for Debian's own.
kernel_flavour() {
	case $1 in *-*) printf '%s\n' "${1#*-}" ;; esac
}

# flavour_fragment LABEL: what its configuration is made from.
flavour_fragment() {
	local flavour
	flavour=$(kernel_flavour "$1")
	case $flavour in
	fast-*) sed '/^# What it is for/,$d' "$RIG_DIR/kernel/debug.fragment" ;;
	*) cat "$RIG_DIR/kernel/debug.fragment" ;;
	esac
	case ${flavour#fast-} in heaps | native) cat "$RIG_DIR/kernel/heaps.fragment" ;; esac
}

flavour_key() {
	{
		root_key
		printf '%s\n' "$KERNEL_FORMAT"
		flavour_fragment "$1"
		case $(kernel_flavour "$1") in *native) cat "$RIG_DIR"/kernel/accessors.[ch] ;; esac
	} | sha256sum | cut -c1-12
}

# kernel_dir LABEL: holds vmlinuz, uname and tree/, the modules.
kernel_dir() {
	if [ -n "$(kernel_flavour "$1")" ]; then
		printf '%s/kernel-%s-%s\n' "$CACHE" "$1" "$(flavour_key "$1")"
	else
		printf '%s/%s\n' "$KERNELS" "$1"
	fi
}

# kernel_headers LABEL: what modules are built against.
kernel_headers() {
	if [ -n "$(kernel_flavour "$1")" ]; then
		printf '%s/build\n' "$(kernel_dir "$1")"
	else
		printf '/usr/src/linux-headers-%s\n' "$(kernel_release "$1")"
	fi
}

kernels_root() {
	printf '%s/kernels-%s\n' "$CACHE" "$({ root_key; printf '%s ' "${KERNEL_PACKAGES[@]}"; } | sha256sum | cut -c1-12)"
}

setup_kernels_root() {
	local root tar
	root=$(kernels_root)
	[ ! -e "$root/.complete" ] || return 0
	note "making a root that builds kernels"
	[ ! -e "$root" ] || remove_tree "$root"
	tar=$root.tar
	bootstrap "$tar" --variant=apt --include="$(comma_list "${KERNEL_PACKAGES[@]}")"
	unpack_root "$tar" "$root"
	cp -L /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || :
	touch "$root/.complete"
}

# check_flavour LABEL
check_flavour() {
	local flavour
	flavour=$(kernel_flavour "$1")
	case " ${KERNEL_FLAVOURS[*]} " in *" $flavour "*) ;; *) die "no flavour $flavour; there are: ${KERNEL_FLAVOURS[*]}" ;; esac
	[ -n "${KERNEL_SUITE[${1%%-*}]:-}" ] || die "no kernel ${1%%-*}; there are: ${!KERNEL_SUITE[*]}"
}

setup_kernel() {
	[ ! -e "$(kernel_dir "$1")/.complete" ] || return 0
	setup_kernels_root
	enter_root "$(kernels_root)" "$RIG_DIR/rig" _kernel "$1"
}

# need_kernels ARGS...: make the kernels that these arguments name. Outside of the root only: it takes another one.
need_kernels() {
	local word before='' lock
	for word in "$@"; do
		[ "$word" != -- ] || break
		if [ "$before" = --kernel ] && [ -n "$(kernel_flavour "$word")" ] && [ ! -e "$(kernel_dir "$word")/.complete" ]; then
			check_flavour "$word"
			# Not with_lock: its subshell would go on building when we are ended.
			mkdir -p "$CACHE/locks"
			exec {lock}>"$CACHE/locks/kernels"
			flock "$lock"
			setup_kernel "$word"
			exec {lock}>&-
		fi
		before=$word
	done
}

# cmd_kernel LABEL: prints its folder.
cmd_kernel() {
	[ "$#" = 1 ] || die "kernel: which one? For example 7.3-debug"
	[ -n "$(kernel_flavour "$1")" ] || die "kernel: $1 is not one that is built here"
	inside_root || cmd_setup
	if inside_root; then
		[ -e "$(kernel_dir "$1")/.complete" ] || die "kernel: call this outside of the rig's root first"
	else
		need_kernels --kernel "$1"
	fi
	kernel_dir "$1"
}

# Inside of the kernels' root from here on.

# kernel_source LINE DIR: the tree of sources.
kernel_source() {
	local line=$1 dir=$2 tmp
	[ ! -e "$dir/.unpacked" ] || return 0
	note "fetching the sources of $line"
	rm -rf "$dir"
	mkdir -p "$dir"
	tmp=$(mktemp -d /tmp/pp-fetch.XXXXXX)
	download "$tmp" "${KERNEL_SUITE[$line]}" main "linux-source-$line"
	dpkg-deb --fsys-tarfile "$tmp"/*.deb | tar -xO --wildcards -f - './usr/src/*.tar.xz' >"$tmp/source.tar.xz"
	# The documentation's texts and one driver's headers are a third of it.
	tar -C "$dir" --strip-components=1 --no-same-owner -xf "$tmp/source.tar.xz" \
		--exclude='*/Documentation/*/*' --exclude='*/drivers/gpu/drm/amd/include/*' --exclude='*/tools/testing/selftests/*'
	rm -rf "$tmp"
	touch "$dir/.unpacked"
}

kernel_make() {
	make --no-print-directory "$(jobs_flag)" ARCH=arm64 CROSS_COMPILE="$CROSS" \
		KBUILD_BUILD_USER=rig KBUILD_BUILD_HOST=rig KBUILD_BUILD_TIMESTAMP='2026-01-01' "$@"
}

# kernel_configure LABEL: in the source tree. A line that does not come out as written is an error: a detector
# whose dependency went away in a new version would be gone without a word.
kernel_configure() {
	local line missing=()
	flavour_fragment "$1" >pp.fragment
	# The pieces of a flavour must be told apart, those of two builds of it need not.
	printf 'CONFIG_LOCALVERSION="-pp-%s"\n' "$(kernel_flavour "$1")" >>pp.fragment
	KCONFIG_ALLCONFIG=pp.fragment kernel_make allnoconfig >pp.log 2>&1 || { tail -n 30 pp.log >&2; die "allnoconfig failed"; }
	while read -r line; do
		case $line in CONFIG_*) grep -qxF "$line" .config || missing+=("$line") ;; esac
	done <pp.fragment
	[ "${#missing[@]}" = 0 ] || die "$1 does not take ${missing[*]}"
}

# kernel_tree DIR RELEASE: what modules need of the tree, by the kernel's own script. It would compile its host programs
# for the target; these are for us.
kernel_tree() {
	srctree=. SRCARCH=arm64 CC=same HOSTCC=same MAKE=false sh scripts/package/install-extmod-build "$1/build" >>pp.log 2>&1 ||
		die "no tree for modules of $2"
}

# kernel_accessors LABEL: add them to the sources, or take them away again; what does not change keeps its time.
kernel_accessors() {
	local file kept
	for file in drivers/dma-buf/dma-heap.c include/linux/dma-heap.h; do
		kept=$file.debian
		[ -e "$kept" ] || cp "$file" "$kept"
		# Some versions have a function of that name for themselves.
		sed 's/\bdma_heap_buffer_alloc\b/dma_heap_fd_alloc/' "$kept" >pp.file
		case $(kernel_flavour "$1") in
		*native) cat "$RIG_DIR/kernel/accessors.${file##*.}" >>pp.file ;;
		*) cp "$kept" pp.file ;;
		esac
		cmp -s pp.file "$file" || cp pp.file "$file"
	done
}

# kernel_build LABEL: in the source tree.
kernel_build() {
	local label=$1 dir release
	dir=$(kernel_dir "$label")
	kernel_accessors "$label"
	kernel_configure "$label"
	note "building $label; this takes ten minutes or more, once"
	kernel_make Image modules >pp.log 2>&1 || { grep -aE -B2 -A20 'error:|Error [0-9]' pp.log | tail -n 60 >&2; die "$label does not build"; }
	release=$(cat include/config/kernel.release)
	rm -rf "$dir"
	mkdir -p "$dir/tree/usr"
	kernel_make INSTALL_MOD_PATH="$dir/tree/usr" modules_install >>pp.log 2>&1 || die "$label does not install"
	rm -f "$dir/tree/usr/lib/modules/$release"/{build,source}
	ln -s usr/lib "$dir/tree/lib"
	kernel_tree "$dir" "$release"
	cp arch/arm64/boot/Image "$dir/vmlinuz"
	cp .config "$dir/config"
	printf '%s\n' "$release" >"$dir/uname"
	touch "$dir/.complete"
}

# cmd__kernel LABEL
cmd__kernel() {
	local line=${1%%-*} dir
	inside_root || die "_kernel is for the inside of the kernels' root"
	dir=$CACHE/kernel-source-$line-$(root_key)
	kernel_source "$line" "$dir"
	cd "$dir" || die "no sources of $line"
	kernel_build "$1"
}

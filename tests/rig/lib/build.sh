# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# Building the project's parts inside of the root: modules, guest programs, the virtual GPU, firmware.

# Each checkout has its own: what was made for one names its files, and another may be gone or differ.
BUILD=$CACHE/build/$(printf '%s' "$CHECKOUT" | sha256sum | cut -c1-12)
CROSS=aarch64-linux-gnu-

cmd_kernels() {
	local dir
	for dir in "$KERNELS"/*/; do
		printf '%s %s\n' "$(basename "$dir")" "$(cat "$dir/uname")"
	done | sort -V
}

# kernel_release LABEL: its uname -r.
kernel_release() {
	local dir
	dir=$(kernel_dir "$1")
	if [ ! -e "$dir/uname" ]; then
		[ -z "$(kernel_flavour "$1")" ] || die "no kernel $1 yet; \"rig kernel $1\", outside of the rig's root, makes it"
		die "no kernel $1; there are: $(cmd_kernels | cut -d' ' -f1 | tr '\n' ' ')"
	fi
	cat "$dir/uname"
}

jobs_flag() { printf -- '-j%s' "$(nproc)"; }

# kbuild LABEL DIR [MAKE-ARGS]: the same call as DKMS makes. BTF of modules costs most of the time and nobody reads it here.
kbuild() {
	local headers dir=$2
	headers=$(kernel_headers "$1")
	shift 2
	make --no-print-directory -C "$headers" M="$dir" "$(jobs_flag)" \
		ARCH=arm64 CROSS_COMPILE="$CROSS" CONFIG_DEBUG_INFO_BTF_MODULES= W=1 "$@" modules
}

# module_dirs TREE [DIR...]: folders that hold modules: a whole checkout's, or any one folder with a Kbuild file.
module_dirs() {
	local dir found='' among=("${@:2}")
	[ "${#among[@]}" -gt 0 ] || among=(src tests/glue)
	for dir in "${among[@]}"; do
		if [ -e "$1/$dir/Kbuild" ]; then
			printf '%s\n' "$dir"
			found=1
		fi
	done
	if [ -z "$found" ]; then
		[ -e "$1/Kbuild" ] || [ -e "$1/Makefile" ] || die "nothing to build in $1"
		printf '.\n'
	fi
}

# sync_sources SRC WORK: copy what the modules are made of, so that make rebuilds only what changed. What differs gets the
# time of now: a file that changed during the last build is older than the object made from what it was before.
sync_sources() {
	local dir dirs=("${@:3}")
	mkdir -p "$2"
	if [ "${dirs[0]}" = . ]; then
		rsync -a --no-times --checksum --exclude=.git "$1/" "$2/"
		return
	fi
	for dir in include "${dirs[@]}"; do
		[ -d "$1/$dir" ] || continue
		mkdir -p "$2/$dir"
		# Made files stay, sources that are gone go.
		rsync -a --no-times --checksum --delete --filter='P *.o' --filter='P *.ko' --filter='P *.mod*' --filter='P .*' \
			--filter='P Module.symvers' --filter='P modules.order' "$1/$dir/" "$2/$dir/"
	done
}

# build_log LOG: what kbuild said, but for its remark on another pahole than the kernel's, which does not matter here.
build_log() { sed '/^warning: pahole version differs/,+2d' "$1"; }

# build_modules LABEL SRC WORK OUT MAKE-ARGS...; the caller's "only" names folders, none means all.
build_modules() {
	local label=$1 src=$2 work=$3 out=$4 digest dir dirs
	shift 4
	mapfile -t dirs < <(module_dirs "$src" "${only[@]}")
	[ "${#dirs[@]}" -gt 0 ] || return "$EXIT_RIG"
	digest="$(kernel_headers "$label") $* $(for dir in include "${dirs[@]}"; do tree_digest "$src/$dir"; done | tr '\n' ' ')"
	[ "$(cat "$out/.digest" 2>/dev/null)" != "$digest" ] || return 0
	# What warned must be compiled anew, or the warning is lost.
	[ ! -s "$out/.warnings" ] || rm -rf "$work"
	rm -f "$out/.digest"
	sync_sources "$src" "$work" "${dirs[@]}"
	mkdir -p "$out"
	rm -f "$out"/*.ko
	: >"$out/.warnings"
	for dir in "${dirs[@]}"; do
		kbuild "$label" "$work/$dir" "$@" >"$work/log" 2>&1 || {
			grep -vE '^ +[A-Z]+ (\[M\])? ' "$work/log" >&2
			note "build of $dir for $label failed"
			return 1
		}
		# Debian's 7.3 headers lack a script that kbuild asks about sparse, and then it only shrugs.
		if grep -q 'specified, but sparse is not available' "$work/log"; then
			note "sparse cannot check anything with the headers of $label"
			return 1
		fi
		# Said even on success: a warning must not pass unseen. Kept for those who find all built.
		build_log "$work/log" | grep -E -A4 'warning:|WARNING:' | tee -a "$out/.warnings" >&2 || :
		find "$work/$dir" -name '*.ko' -exec cp -t "$out" {} +
	done
	printf '%s\n' "$digest" >"$out/.digest"
}

cmd_modules() {
	local label='' out='' src=$CHECKOUT extra=() only=() werror='' work key
	while [ "$#" -gt 0 ]; do
		case $1 in
		--kernel) need_value "$@"; label=$2; shift 2 ;;
		--out) need_value "$@"; mkdir -p "$2"; out=$(realpath "$2"); shift 2 ;;
		--src) need_value "$@"; src=$(realpath "$2"); shift 2 ;;
		--glue) only=(tests/glue); shift ;;
		--sparse) extra+=(C=2 CHECK="sparse"); shift ;;
		--werror) werror=1; shift ;;
		*) die "modules: unknown option $1" ;;
		esac
	done
	[ -n "$label" ] || die "modules: --kernel is missing"
	kernel_release "$label" >/dev/null
	key=$label-$(printf '%s %s' "$src" "${extra[*]}${only[*]}" | sha256sum | cut -c1-8)
	work=$BUILD/modules-$key
	out=${out:-$work/out}
	with_lock "modules-$key" build_modules "$label" "$src" "$work" "$out" "${extra[@]}" || exit 1
	if [ -n "$werror" ] && [ -s "$out/.warnings" ]; then
		cat "$out/.warnings" >&2
		note "warnings count as errors"
		exit 1
	fi
	printf '%s\n' "$out"
}

# make_dir DIR OUT ARGS...: one of the project's own Makefiles.
make_dir() {
	local dir=$1 out=$2
	shift 2
	mkdir -p "$out"
	with_lock "$(basename "$out")" make --no-print-directory -s "$(jobs_flag)" -C "$dir" O="$out" "$@" >&2
}

cmd_guest() {
	local out=$BUILD/guest
	mkdir -p "$out/bin"
	[ ! -e "$CHECKOUT/tests/guest/Makefile" ] || [ -n "${PP_RIG_STALE:-}" ] ||
		make_dir "$CHECKOUT/tests/guest" "$out" CROSS_COMPILE="$CROSS" || die "guest programs do not build"
	[ ! -e "$CHECKOUT/src/tools/Makefile" ] || [ -n "${PP_RIG_STALE:-}" ] ||
		make_dir "$CHECKOUT/src/tools" "$out" CROSS_COMPILE="$CROSS" CFLAGS='-O2 -g -Werror' LDFLAGS=-static ||
		die "the tools do not build"
	printf '%s\n' "$out/bin"
}

cmd_vgpu() {
	local out=$BUILD/vgpu flavour=()
	case ${1:-} in
	'') ;;
	--fast) out=$BUILD/vgpu-fast flavour=(SAN= CFLAGS='-g -O2') ;;
	*) die "vgpu: unknown option $1" ;;
	esac
	[ -e "$CHECKOUT/tests/vgpu/Makefile" ] || die "no tests/vgpu in this checkout"
	[ -n "${PP_RIG_STALE:-}" ] && [ -x "$out/vgpu" ] ||
		make_dir "$CHECKOUT/tests/vgpu" "$out" "${flavour[@]}" || die "the virtual GPU does not build"
	printf '%s\n' "$out/vgpu"
}

# Unit tests of the driver's pure files and of the model: prints the programs, each of which speaks TAP.
cmd_unit() {
	local name programs=()
	make_dir "$CHECKOUT/tests/unit" "$BUILD/unit" all || die "the unit tests do not build"
	make --no-print-directory -s -C "$CHECKOUT/tests/unit" O="$BUILD/unit" list
	for name in "$CHECKOUT"/tests/vgpu/test_*.c; do
		[ ! -e "$name" ] || programs+=("$BUILD/vgpu/$(basename "$name" .c)")
	done
	[ "${#programs[@]}" -gt 0 ] || return 0
	make_dir "$CHECKOUT/tests/vgpu" "$BUILD/vgpu" "${programs[@]}" || die "the model's unit tests do not build"
	printf '%s\n' "${programs[@]}"
}

cmd_fw() {
	local out=$BUILD/fw args=() name=synth.bin
	case ${1:-} in
	'') ;;
	--no-prot) args=(--no-prot) name=noprot.bin ;;
	*) die "fw: unknown option $1" ;;
	esac
	mkdir -p "$out"
	[ -n "${PP_RIG_STALE:-}" ] && [ -x "$BUILD/vgpu/mkfw" ] ||
		make_dir "$CHECKOUT/tests/vgpu" "$BUILD/vgpu" "$BUILD/vgpu/mkfw" || die "mkfw does not build"
	"$BUILD/vgpu/mkfw" "${args[@]}" "$out/$name.$$" >&2 || die "mkfw failed"
	mv "$out/$name.$$" "$out/$name"
	printf '%s\n' "$out/$name"
}

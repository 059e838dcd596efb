# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# What a guest boots into: busybox, our init, the modules it needs and the test programs, as uncompressed cpio.

# Modules by driver, in the order of loading; what they depend on comes before them by itself.
# The fixed regulator feeds the GPU's supply, the glue turns the PCI function into the platform device.
modules_for() {
	case $1 in
	stock) printf '%s\n' fixed vgpu_glue panthor ;;
	ours) printf '%s\n' fixed vgpu_glue panthor-protm-heap panthor-protm-carveout panthor-protm ;;
	none) ;;
	esac
}

# same_module A B: the kernel takes - and _ in names for the same.
same_module() { [ "${1//-/_}" = "${2//-/_}" ]; }

# our_module NAME DIR: path of our build of it, if it is ours.
our_module() {
	local file
	for file in "$2"/*.ko; do
		[ -e "$file" ] || continue
		if same_module "$(basename "$file" .ko)" "$1"; then
			printf '%s\n' "$file"
			return
		fi
	done
}

# add_module NAME RELEASE TREE OURS STAGE: it and what it needs into STAGE, their paths in order to STAGE/rig/order.
add_module() {
	local name=$1 release=$2 tree=$3 ours=$4 stage=$5 file dep target deps chain
	file=$(our_module "$name" "$ours")
	if [ -n "$file" ]; then
		mapfile -t deps < <(modinfo -F depends "$file" | tr ',' '\n' | grep . || :)
		for dep in "${deps[@]}"; do
			add_module "$dep" "$release" "$tree" "$ours" "$stage" || return
		done
		target=usr/lib/modules/$release/updates/dkms/$(basename "$file")
		place_module "$file" "$target" "$stage"
		return
	fi
	chain=$(modprobe -S "$release" -d "$tree" --show-depends "$name") || { note "no module $name"; return 1; }
	while read -r _ file; do
		target=usr/lib/modules/$release/${file#*"/$release/"}
		place_module "$file" "${target%.xz}" "$stage"
	done < <(grep '^insmod' <<<"$chain")
}

# place_module FILE TARGET STAGE: unpacked, without the debug information, once.
place_module() {
	local to=$3/$2
	if [ ! -e "$to" ]; then
		mkdir -p "$(dirname "$to")"
		case $1 in
		*.xz) xz -dc "$1" >"$to" ;;
		*) "${CROSS}strip" --strip-debug -o "$to" "$1" ;;
		esac
		printf '/%s\n' "$2" >>"$3/rig/order"
	fi
}

# stage_modules KERNEL DRIVER OURS STAGE: files, module lists for modprobe, and STAGE/rig/order.
# Every driver's modules are there, whichever is loaded: a script may change drivers.
stage_modules() {
	local kernel=$1 driver=$2 ours=$3 stage=$4 release tree name file
	release=$(kernel_release "$kernel")
	tree=$(kernel_dir "$kernel")/tree
	mkdir -p "$stage/rig"
	: >"$stage/rig/order"
	for name in $(modules_for "$driver"); do
		add_module "$name" "$release" "$tree" "$ours" "$stage" || die "cannot load $driver"
	done
	mv "$stage/rig/order" "$stage/rig/modules"
	: >"$stage/rig/order"
	add_module fixed "$release" "$tree" "$ours" "$stage"
	add_module panthor "$release" "$tree" "$ours" "$stage"
	# Swap, for tests of reclaim; they load it themselves.
	add_module zram "$release" "$tree" "$ours" "$stage"
	for file in "$ours"/*.ko; do
		[ ! -e "$file" ] || add_module "$(basename "$file" .ko)" "$release" "$tree" "$ours" "$stage"
	done
	rm "$stage/rig/order"
	ln -sfn usr/lib "$stage/lib"
	depmod -b "$stage" "$release" 2>/dev/null
}

# pack STAGE FILE: owner root whoever we are; the times do not matter.
pack() {
	(cd "$1" && find . -mindepth 1 -printf '%P\0' | LC_ALL=C sort -z | cpio --quiet -0 -o -H newc -R +0:+0) >"$2"
}

# modules_cpio KERNEL DRIVER OURS: prints a cached archive.
modules_cpio() {
	local key out stage
	key=$1-$2-$({ tree_digest "$3"; kernel_dir "$1"; cat "$(kernel_dir "$1")/uname" "$RIG_DIR/lib/initramfs.sh"; } |
		sha256sum | cut -c1-12)
	out=$BUILD/initramfs/$key.cpio
	if [ ! -e "$out" ]; then
		mkdir -p "$BUILD/initramfs"
		stage=$(mktemp -d "$BUILD/initramfs/tmp.XXXXXX")
		stage_modules "$1" "$2" "$3" "$stage"
		pack "$stage" "$out.$$"
		rm -rf "$stage"
		# Mutants and work in progress leave one each.
		find "$BUILD/initramfs" -name '*.cpio' -mmin +600 -delete
		mv "$out.$$" "$out"
	fi
	printf '%s\n' "$out"
}

# base_stage STAGE: what every guest has.
base_stage() {
	local file bin=$1/usr/bin
	mkdir -p "$bin" "$1/usr/sbin" "$1/usr/lib" "$1/rig"
	ln -sn usr/bin "$1/bin"
	ln -sn usr/sbin "$1/sbin"
	ln -sn usr/lib "$1/lib"
	cp "$GUEST_FILES/busybox" "$bin/busybox"
	install -m 755 "$RIG_DIR/guest/init" "$1/init"
	for file in "$BUILD/guest/bin"/*; do
		[ ! -f "$file" ] || "${CROSS}strip" -o "$bin/$(basename "$file")" "$file"
	done
}

# add_file HOSTFILE[:GUESTPATH] STAGE
add_file() {
	local from=${1%%:*} to=/${1##*/}
	case $1 in *:*) to=${1#*:} ;; esac
	[ -e "$from" ] || die "--add: no file $from (it must lie in the checkout, the cache or /tmp)"
	# The links of the base must stay links.
	case $to in /bin/* | /sbin/* | /lib/*) to=/usr$to ;; esac
	mkdir -p "$2$(dirname "$to")"
	cp -rL "$from" "$2$to"
}

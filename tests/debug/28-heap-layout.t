#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# A kernel whose heaps are laid out in another way than the bridge thinks, for each offset that it believes in: such a heap is
# refused, the log says why, nothing is called and nothing oopses. It is the shim that is changed here, since a kernel takes
# longer to build: to it, the kernel's structure is as wrong as the other way round.
# shellcheck disable=SC2016 # for the guest's shell
# shellcheck source=../t/lib.sh
. "$(dirname "$0")/../t/lib.sh"

another="this kernel's heaps are laid out in another way"
name='its name is not where it should be'
# NAME|SED|what the log says. A kernel that tells a heap's name (since 7.0) is asked about a fake one first; "told" takes the
# wrong answer for the right one, so that the next check has to notice.
variants=(
	"cdev|s/^\(#define HEAP_CDEV.\)48/\156/|$another"
	"name|s/^\(#define HEAP_NAME.\)0/\116/|$another"
	"told|s/^\(#define HEAP_NAME.\)0/\116/;s/sentinel) == sentinel;/sentinel) != sentinel;/|$name"
	"devt|s/^\(#define HEAP_DEVT.\)24/\128/|its device number is not where it should be"
	"ops|s/^\(#define HEAP_OPS.\)8/\124/|its operations are not where they should be"
	"string|s/^\(#define HEAP_OPS.\)8/\10/|its allocate operation is no function"
	"middle|s/)s->found->allocate;/)s->found->allocate + 4;/|its allocate operation is no function"
)

mkdir -p "$t_work/tree"
cp -r "$top/src" "$top/include" "$t_work/tree/"
sed -i 's,^obj-y += heap/.*,obj-y += heap/,' "$t_work/tree/src/Kbuild"

# build KERNEL VARIANT SED
build() {
	local file=$t_work/tree/src/heap/bridge.c
	sed "$3" "$top/src/heap/bridge.c" >"$file"
	[ -z "$3" ] || ! cmp -s "$file" "$top/src/heap/bridge.c" || bail_out "$2: nothing to change"
	"$rig" modules --kernel "$1" --src "$t_work/tree" --out "$t_work/$2" >"$t_work/build.log" 2>&1 ||
		{ diag <"$t_work/build.log"; bail_out "$2: the shim does not build"; }
	args+=(--add "$t_work/$2/panthor-protm-heap.ko:/$2.ko")
}

for kernel in ${PP_TEST_HEAP_KERNELS:-}; do
	case $kernel in *-heaps) ;; *) continue ;; esac
	args=()
	build "$kernel" right ''
	script='set +e
try() { insmod /$1.ko; dmesg -c >/dev/null; insmod $use name=system expect=$2 && echo "loaded $1"; dmesg | grep -F panthor-protm-heap:
	rmmod heapuse; rmmod panthor_protm_heap; }
use=$(find /lib/modules/ -name heapuse.ko); try right 0; '
	for variant in "${variants[@]}"; do
		build "$kernel" "${variant%%|*}" "$(cut -d'|' -f2 <<<"$variant")"
		script+="echo variant ${variant%%|*}; try ${variant%%|*} -95; "
	done
	guest_run "$kernel: shims that expect another layout" --kernel "$kernel" --driver none "${args[@]}" -- "$script echo variant end"
	run_ok "$kernel: the layout that is there" grep -a '^loaded right' "$guest_out"
	for variant in "${variants[@]}"; do
		says=${variant##*|}
		case ${kernel%%-*}-${variant%%|*} in
		6.12-name) says=$name ;;
		6.12-told) says=$another ;;
		esac
		sed -n "/^variant ${variant%%|*}/,/^variant/p" "$guest_out" >"$t_work/said"
		run_ok "$kernel: ${variant%%|*}: refused" grep -a '^loaded' "$t_work/said"
		run_ok "$kernel: ${variant%%|*}: $says" grep -aF "heap \"system\" of this kernel is not used: $says" "$t_work/said"
		is "$(grep -ac panthor-protm-heap: "$t_work/said")" 1 "$kernel: ${variant%%|*}: and nothing else"
	done
done
done_testing

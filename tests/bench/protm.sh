# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # run.sh's variables
# Part "protm": what protected mode costs, and how VM operations wait for it. One boot measures all that is compared, so
# that what differs between boots (a fifth, where nothing else does) is in both. Modules are loaded in turn:
#
#	ours	protected mode on, its firmware section loaded
#	series	the same, but VM operations wait as in the public series (series.patch)
#	off	ours without a heap, as by default

# The module of the series' way: a copy of the sources with the patch. Prints the file.
series_module() {
	local work=$results/series
	rm -rf "$work/tree"
	mkdir -p "$work/tree/tests"
	cp -r "$here/../../src" "$here/../../include" "$work/tree/"
	cp -r "$here/../glue" "$work/tree/tests/"
	patch -s -p1 -d "$work/tree" <"$here/series.patch"
	"$rig" modules --kernel "$kernel" --src "$work/tree" --out "$work/ko" >/dev/null
	aarch64-linux-gnu-strip --strip-debug -o "$work/series.ko" "$work/ko/panthor-protm.ko"
	printf '%s\n' "$work/series.ko"
}

# protm_script ROUND: what the guest runs. Who goes first takes turns.
protm_script() {
	printf 'round=%s loads=%s\n' "$1" "${BENCH_LOADS:-20}"
	cat <<'GUEST'
heap="protected_heap_name=protected protected_heap_wait=1"
load() {
	case $1 in
	ours) file=/usr/lib/modules/$(uname -r)/updates/dkms/panthor-protm.ko params=$heap ;;
	off) file=/usr/lib/modules/$(uname -r)/updates/dkms/panthor-protm.ko params= ;;
	series) file=/series.ko params=$heap ;;
	esac
	tries=0
	# What is freed late still needs the module.
	until rmmod panthor_protm; do
		tries=$((tries + 1))
		[ $tries -lt 50 ]
		usleep 100000
	done
	insmod $file $params
	until [ -e /dev/dri/renderD128 ]; do usleep 20000; done
}
binds="ours series" a=ours b=off
[ $((round % 2)) = 1 ] || { binds="series ours"; a=off; b=ours; }
load ours
p_job
for way in $binds; do
	load $way
	p_bind $way
done
for turn in $(seq $loads); do
	for way in $a $b; do
		load $way
		b_submit jobs_$way 30
	done
	swap=$a a=$b b=$swap
done
GUEST
}

# bench_protm OUT
bench_protm() {
	local out=$1 round series
	series=$(series_module)
	for ((round = 1; round <= boots; round++)); do
		boot "$out" "$round-ours" --driver ours --modules "$modules" --params protected_heap_name=protected \
			--add "$series:/series.ko" -- "$(protm_script "$round")"
	done
}

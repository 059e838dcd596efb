# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# "rig bench": tests/bench/run.sh in the root, and before it what cannot be measured there.

# bench_build: part "build", how long dkms takes. Results are where run.sh has its own.
bench_build() {
	local out=$BUILD/bench/build rounds=${BENCH_BUILDS:-3} round cores=()
	[ "$(nproc)" -le 2 ] || cores=(taskset --cpu-list 0-1)
	[ -e "$(dkms_root)/.complete" ] || with_lock setup setup_dkms_root
	rm -rf "$out"
	mkdir -p "$out"
	for ((round = 1; round <= rounds; round++)); do
		in_arm64 "${cores[@]}" bash "$RIG_DIR/lib/board-init.sh" "$(dkms_root)" "$out/work" "$(root_dir)" "$CHECKOUT" \
			"$CHECKOUT/tests/bench/dkms-build.sh" >"$out/$round-ours" || die "dkms does not build"
		printf 'build %s of %s\n' "$round" "$rounds" >&2
	done
	in_arm64 rm -rf --one-file-system "$out/work"
}

cmd_bench() {
	inside_root && die "bench: call this outside of the rig's root"
	cmd_setup
	case " ${BENCH:-build stock protm} " in
	*" build "*) bench_build ;;
	esac
	case " ${BENCH:-} " in
	*" heap "*) need_kernels --kernel "${BENCH_KERNEL:-7.3}-heaps" --kernel "${BENCH_KERNEL:-7.3}-native" ;;
	esac
	enter_root "$(root_dir)" "$CHECKOUT/tests/bench/run.sh"
}

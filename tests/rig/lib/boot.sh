# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# Booting a guest on the virtual GPU, and judging the run.

boot_usage() {
	cat <<'TEXT'
usage: rig boot --kernel K [OPTIONS] -- 'guest shell script'
  --driver stock|ours|none   which driver to load (default ours); none loads nothing
  --fw synth|noprot|arm      firmware image of the guest (default synth)
  --params 'a=b ...'         module parameters of panthor-protm
  --vgpu 'knob=value ...'    knobs of the model, profile=g720 for another GPU;  --no-vgpu: a guest without the device
  --mesa 25|26               add Mesa's PanVK and vulkan-tools
  --dt 'noncoherent mt8196 opps heap carveout'  variants of the GPU's device tree node
  --modules DIR              take our modules from DIR instead of building them
  --add FILE[:PATH]          add a file to the guest (default path /NAME); may be repeated
  --timeout S (120; debug kernels have six times as long)  --smp N (2)  --mem M (1G)
  --append 'kernel parameters'  --no-wait
  --uefi FILE                boot by firmware with Secure Boot on, whose variables FILE keeps (made if it is missing);
                             keys that the last guest asked to be enrolled (password: "rig") are
  --log DIR                  keep console.log, dmesg.log, out.log, vgpu.log, vgpu-report.json and result there
The exit status is the script's; 124 time limit, 125 kernel error, 126 model violation, 127 trouble of the rig.
TEXT
}

# One boot's settings; the options of the command line fill them in.
declare -A opt=([driver]=ours [fw]=synth [timeout]=120 [smp]=2 [wait]=1 [vgpu]=1 [cpu]=cortex-a53)
opt_knobs=() opt_add=() opt_script=() opt_shell=

parse_boot() {
	local word words
	while [ "$#" -gt 0 ]; do
		case $1 in
		--kernel | --driver | --fw | --params | --mesa | --modules | --timeout | --smp | --mem | --append | --log | --cpu | --dt | --uefi)
			need_value "$@"
			opt[${1#--}]=$2
			shift 2
			;;
		--vgpu)
			need_value "$@"
			read -ra words <<<"$2"
			opt_knobs+=("${words[@]}")
			shift 2
			;;
		--add) need_value "$@"; opt_add+=("$2"); shift 2 ;;
		--no-vgpu) opt[vgpu]=''; shift ;;
		--no-wait) opt[wait]=''; shift ;;
		--help) boot_usage; exit 0 ;;
		--) shift; opt_script=("$@"); break ;;
		*) boot_usage >&2; die "boot: unknown option $1" ;;
		esac
	done
	[ -n "${opt[kernel]:-}" ] || die "boot: --kernel is missing"
	kernel_release "${opt[kernel]}" >/dev/null
	[ -z "$(kernel_flavour "${opt[kernel]}")" ] || debug_boot
	opt[mem]=${opt[mem]:-1G}
	case ${opt[driver]} in stock | ours | none) ;; *) die "boot: no driver ${opt[driver]}" ;; esac
	for word in ${opt[dt]:-}; do
		case $word in noncoherent | mt8196 | opps | heap | carveout) ;; *) die "boot: no device tree variant $word" ;; esac
	done
	[ -n "$opt_shell" ] || [ "${#opt_script[@]}" -gt 0 ] || die "boot: nothing to run"
	[ -z "$opt_shell" ] || [ -z "${opt[uefi]:-}" ] || die "shell: not with --uefi, whose console is taken"
	if [ "${opt[driver]}" = none ] || [ -z "${opt[vgpu]}" ]; then opt[wait]=''; fi
}

# Settings of a kernel that looks for bugs. The first of KASAN's reports is often not the most telling one. Slabs without
# checks have sheaves on 7.0 and later, arrays whose used entries go on naming what was allocated: kmemleak finds them there,
# and with them all that was lost. Checks keep sheaves away.
debug_boot() {
	opt[timeout]=$((opt[timeout] * KERNEL_DEBUG_SLOWDOWN))
	opt[mem]=${opt[mem]:-$KERNEL_DEBUG_MEM}
	opt[append]="kasan_multi_shot slab_debug=F ${opt[append]:-}"
}

# Children of this boot and their folder; gone with it, however it ends.
boot_dir='' model_pid='' qemu_pid='' tee_pid='' limit_pid='' operator_pid=''

# shellcheck disable=SC2317,SC2329 # called by a trap
boot_cleanup() {
	local pid
	for pid in $qemu_pid $model_pid $tee_pid $limit_pid $operator_pid; do
		kill -KILL "$pid" 2>/dev/null || :
	done
	[ -z "$boot_dir" ] || rm -rf "$boot_dir"
}

model_sets() {
	local knob
	for knob in "${opt_knobs[@]}"; do
		printf '%s\n' --set "$knob"
	done
}

# firmware_arch: archX.Y, where the driver of this boot's GPU looks for its firmware.
firmware_arch() {
	local model sets
	model=${PP_RIG_VGPU:-$(cmd_vgpu)}
	mapfile -t sets < <(model_sets)
	"$model" "${sets[@]}" --print-firmware
}

# firmware_file ARCH
firmware_file() {
	case ${opt[fw]} in
	synth) cmd_fw ;;
	noprot) cmd_fw --no-prot ;;
	arm) printf '%s\n' "$(firmware_images)/arm/mali/$1/mali_csffw.bin" ;;
	*) [ -e "${opt[fw]}" ] || die "boot: no firmware ${opt[fw]}"; printf '%s\n' "${opt[fw]}" ;;
	esac
}

# our_modules: folder with the modules of this checkout, empty when the boot does not want them.
our_modules() {
	if [ -n "${opt[modules]:-}" ]; then
		printf '%s\n' "${opt[modules]}"
	elif [ "${opt[driver]}" = stock ]; then
		# The referee must not depend on whether our driver builds.
		cmd_modules --kernel "${opt[kernel]}" --glue
	else
		cmd_modules --kernel "${opt[kernel]}"
	fi
}

# boot_stage STAGE: this boot's own files.
boot_stage() {
	local stage=$1 file firmware arch
	base_stage "$stage"
	if [ -n "${opt[vgpu]}" ]; then
		arch=$(firmware_arch)
		firmware=$(firmware_file "$arch")
		install -D -m 644 "$firmware" "$stage/usr/lib/firmware/arm/mali/$arch/mali_csffw.bin"
	fi
	for file in "${opt_add[@]}"; do
		add_file "$file" "$stage"
	done
	printf '%s\n' "${opt_script[@]}" >"$stage/rig/script"
	{
		printf 'export PP_DRIVER=%s PP_KERNEL=%s PP_FLAVOUR=%s\n' "${opt[driver]}" "${opt[kernel]%%-*}" \
			"$(kernel_flavour "${opt[kernel]}")"
		printf 'PP_WAIT=%s PP_SHELL=%s\n' "${opt[wait]}" "$opt_shell"
		[ -z "${opt[mesa]:-}" ] || mesa_env
	} >"$stage/rig/env"
}

# make_initrd FILE
make_initrd() {
	local modules=$boot_dir/no-modules archive stage=$boot_dir/stage parts=()
	cmd_guest >/dev/null
	mkdir -p "$stage" "$modules"
	[ -z "${opt[vgpu]}" ] || modules=$(our_modules)
	boot_stage "$stage"
	if [ -n "${opt[vgpu]}" ]; then
		archive=$(modules_cpio "${opt[kernel]}" "${opt[driver]}" "$modules")
		parts+=("$archive")
		# Parameters differ from boot to boot, the archive does not: the list in this boot's part wins.
		cpio --quiet -i --to-stdout rig/modules <"$archive" |
			sed "s|/panthor-protm\.ko\$|& ${opt[params]:-}|" >"$stage/rig/modules"
	else
		: >"$stage/rig/modules"
	fi
	[ -z "${opt[mesa]:-}" ] || parts+=("$(mesa_cpio "${opt[mesa]}")")
	pack "$stage" "$boot_dir/own.cpio"
	cat "${parts[@]}" "$boot_dir/own.cpio" >"$1"
	rm -rf "$stage"
}

# The machine; also used to ask QEMU for its device tree, which must be of the same machine.
machine_args() {
	local machine=virt,gic-version=3,memory-backend=mem reboot=(-no-reboot)
	# Firmware is to pass the device tree on, and reboots once a key is enrolled.
	[ -z "${opt[uefi]:-}" ] || { machine+=,acpi=off && reboot=(); }
	printf '%s\n' -nodefaults -nographic "${reboot[@]}" -accel tcg,thread=multi \
		-cpu "${opt[cpu]}" -smp "${opt[smp]}" -m "${opt[mem]}" \
		-object "memory-backend-memfd,id=mem,size=${opt[mem]},share=on" \
		-machine "$machine"
}

make_dtb() {
	local machine variant
	mapfile -t machine < <(machine_args)
	qemu-system-aarch64 "${machine[@]}" -machine dumpdtb="$boot_dir/virt.dtb" >"$boot_dir/dtb.log" 2>&1 ||
		die "QEMU gives no device tree: $(cat "$boot_dir/dtb.log")"
	dtc -q -O dtb -o "$boot_dir/gpu.dtbo" "$RIG_DIR/guest/gpu.dtso"
	fdtoverlay -i "$boot_dir/virt.dtb" -o "$1" "$boot_dir/gpu.dtbo"
	for variant in ${opt[dt]:-}; do
		case $variant in
		noncoherent)
			# An overlay can only add. The machine as a whole is coherent, hence the second property.
			fdtput -d "$1" /pp-gpu dma-coherent
			fdtput "$1" /pp-gpu dma-noncoherent
			;;
		*)
			dtc -q -@ -O dtb -o "$boot_dir/$variant.dtbo" "$RIG_DIR/guest/$variant.dtso"
			fdtoverlay -i "$1" -o "$1.new" "$boot_dir/$variant.dtbo"
			mv "$1.new" "$1"
			;;
		esac
	done
}

# start_model LOGDIR: returns when it listens.
start_model() {
	local model sets line=''
	model=${PP_RIG_VGPU:-$(cmd_vgpu)}
	mapfile -t sets < <(model_sets)
	mkfifo "$boot_dir/ready"
	"$model" --socket "$boot_dir/vgpu.sock" --ctl "$boot_dir/ctl.sock" --log "$1/vgpu.log" \
		--report "$1/vgpu-report.json" "${sets[@]}" >"$boot_dir/ready" 2>"$1/vgpu.err" </dev/null &
	model_pid=$!
	exec 8<>"$boot_dir/ready"
	while [ "$line" != ready ]; do
		read -r -t 60 line <&8 || die "the virtual GPU does not start: $(cat "$1/vgpu.err")"
		kill -0 "$model_pid" 2>/dev/null || die "the virtual GPU ended: $(cat "$1/vgpu.err")"
	done
}

kernel_args() {
	printf '%s' "console=ttyAMA0 quiet panic=-1 oops=panic cryptomgr.notests ${opt[append]:-}"
}

# run_qemu LOGDIR: until the guest is off or its time is over; status of QEMU, 124 for the latter.
run_qemu() {
	local args device uefi status=0
	mapfile -t args < <(machine_args)
	args+=(-dtb "$boot_dir/guest.dtb" -device 'pci-serial-2x,chardev1=out,chardev2=ctl')
	args+=(-chardev "file,id=ctl,path=$boot_dir/ctl")
	if [ -n "${opt[uefi]:-}" ]; then
		prepare_uefi
		mapfile -t uefi < <(uefi_args)
		perl "$RIG_DIR/lib/operator.pl" "$boot_dir/console" "$1/console.log" rig 7>&- &
		operator_pid=$!
		args+=("${uefi[@]}" -chardev "file,id=out,path=$boot_dir/out")
	else
		args+=(-kernel "$(kernel_dir "${opt[kernel]}")/vmlinuz" -initrd "$boot_dir/initrd" -append "$(kernel_args)")
		if [ -n "$opt_shell" ]; then
			args+=(-serial mon:stdio -chardev 'null,id=out')
		else
			args+=(-serial "file:$1/console.log" -monitor none -chardev "file,id=out,path=$boot_dir/out")
		fi
	fi
	if [ -n "${opt[vgpu]}" ]; then
		# A model under sanitizers on a busy machine may be slow; after its time-out QEMU never recovers.
		device='{"driver":"vfio-user-pci","x-msg-timeout":60000,"socket":{"path":"SOCKET","type":"unix"}}'
		args+=(-device "${device/SOCKET/$boot_dir/vgpu.sock}")
	fi
	if [ -n "$opt_shell" ]; then
		qemu-system-aarch64 "${args[@]}"
		return
	fi
	qemu-system-aarch64 "${args[@]}" >"$1/qemu.log" 2>&1 </dev/null &
	qemu_pid=$!
	wait_qemu || status=$?
	[ -z "$operator_pid" ] || kill "$operator_pid"
	operator_pid=''
	return "$status"
}

# Until QEMU ends, by itself, at the time limit, or because the model died under it.
wait_qemu() {
	local ended status code=0
	sleep "${opt[timeout]}" &
	limit_pid=$!
	while :; do
		status=0
		# shellcheck disable=SC2086 # there may be no model
		wait -n -p ended "$qemu_pid" "$limit_pid" $model_pid || status=$?
		case $ended in
		"$qemu_pid") break ;;
		"$limit_pid")
			code=$EXIT_TIMEOUT
			kill -KILL "$qemu_pid" 2>/dev/null || :
			;;
		"$model_pid")
			# On the way down QEMU may be the last to go.
			model_status=$status model_pid=''
			[ "$status" = 0 ] || kill -KILL "$qemu_pid" 2>/dev/null || :
			;;
		esac
	done
	kill "$limit_pid" 2>/dev/null || :
	qemu_pid='' limit_pid=''
	[ "$code" != 0 ] || code=$status
	return "$code"
}

# It ends when QEMU disconnects, and writes its report then.
model_status=0
wait_model() {
	local tries=0
	[ -n "$model_pid" ] || return 0
	while kill -0 "$model_pid" 2>/dev/null; do
		tries=$((tries + 1))
		if [ "$tries" -gt 600 ]; then
			note "the virtual GPU does not end"
			kill -KILL "$model_pid"
		fi
		sleep 0.1
	done
	wait "$model_pid" || model_status=$?
	model_pid=''
}

# judge LOGDIR QEMU-STATUS: prints what is wrong to stderr; returns the exit status of rig.
judge() {
	local log=$1 status='' kernel=0 model=0 code
	sed '/^PP-STATUS /,$d' "$boot_dir/ctl" 2>/dev/null | tr -d '\r' >"$log/dmesg.log" || :
	status=$(sed -n 's/^PP-STATUS \([0-9]*\).*/\1/p' "$boot_dir/ctl" 2>/dev/null | tail -n 1 || :)
	if kernel_errors "$log/console.log" "$log/dmesg.log" >"$log/kernel-errors"; then kernel=1; fi
	: >"$log/violations"
	if [ -n "${opt[vgpu]}" ]; then
		model_violations "$log/vgpu-report.json" >"$log/violations" 2>/dev/null || model=$?
		# 0: there are some; 1: none; else: no report.
		case $model in 0) model=1 ;; 1) model=0 ;; *) model=2 ;; esac
	fi
	if [ "$2" = 124 ]; then
		code=$EXIT_TIMEOUT
		note "time limit of ${opt[timeout]} s; last lines of the console:"
		tail -n 15 "$log/console.log" >&2 || :
	elif [ "$kernel" = 1 ]; then
		code=$EXIT_KERNEL
		note "the guest's kernel complains:"
		head -n 20 "$log/kernel-errors" >&2
	elif [ "$model" = 2 ] || [ "$model_status" != 0 ]; then
		code=$EXIT_RIG
		note "the virtual GPU failed (status $model_status):"
		tail -n 40 "$log/vgpu.err" >&2
	elif [ -z "$status" ]; then
		code=$EXIT_RIG
		note "the guest ended without a result (QEMU's status $2):"
		tail -n 15 "$log/qemu.log" "$log/console.log" >&2 || :
	elif [ "$model" = 1 ]; then
		code=$EXIT_MODEL
		note "violations that the model recorded:"
		head -n 20 "$log/violations" >&2
	else
		code=$status
	fi
	printf 'exit=%s\nscript=%s\nkernel_errors=%s\nviolations=%s\n' "$code" "${status:-none}" \
		"$(wc -l <"$log/kernel-errors")" "$(wc -l <"$log/violations")" >"$log/result"
	[ "$code" = 0 ] || note "status $code; logs: $log"
	return "$code"
}

# Logs that nobody asked for are kept for a while all the same: the last forty boots.
default_log() {
	local logs=$BUILD/logs
	mkdir -p "$logs"
	find "$logs" -mindepth 1 -maxdepth 1 -printf '%T@ %p\n' | sort -rn | tail -n +40 | cut -d' ' -f2- | xargs -r rm -rf
	mktemp -d "$logs/$(date +%H%M%S)-${opt[kernel]}-${opt[driver]}.XXX"
}

cmd_boot() {
	local log qemu_status=0 code=0
	parse_boot "$@"
	log=${opt[log]:-$(default_log)}
	mkdir -p "$log"
	rm -f "$log"/{console,dmesg,out,vgpu,qemu}.log "$log"/{vgpu-report.json,vgpu.err,result,violations,kernel-errors}
	boot_dir=$(mktemp -d /run/pp-boot.XXXXXX)
	trap boot_cleanup EXIT
	trap 'exit 143' TERM INT HUP
	make_initrd "$boot_dir/initrd"
	make_dtb "$boot_dir/guest.dtb"
	if [ -n "${PP_VM_LOCK:-}" ]; then
		exec 6<>"$PP_VM_LOCK"
		flock 6
	fi
	[ -z "${opt[vgpu]}" ] || start_model "$log"
	mkfifo "$boot_dir/out"
	if [ -z "$opt_shell" ]; then
		tee "$log/out.log" <"$boot_dir/out" &
		tee_pid=$!
	fi
	# Held open for writing until the end, so that tee waits for a QEMU that is yet to open it.
	exec 7<>"$boot_dir/out"
	run_qemu "$log" || qemu_status=$?
	exec 7>&-
	wait_model
	if [ -n "$tee_pid" ]; then
		wait "$tee_pid" || :
		tee_pid=''
	fi
	judge "$log" "$qemu_status" || code=$?
	exit "$code"
}

cmd_shell() {
	# shellcheck disable=SC2034 # read by parse_boot
	opt_shell=1
	cmd_boot "$@"
}

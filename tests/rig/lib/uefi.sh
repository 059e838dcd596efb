# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # boot.sh sets boot_dir and opt
# Boots with Secure Boot on: Debian's firmware with Microsoft's keys, shim, GRUB, and a kernel that they take for Debian's.

UEFI_PACKAGES=(qemu-efi-aarch64 shim-signed:arm64 shim-helpers-arm64-signed:arm64 grub-efi-arm64-signed:arm64)

uefi_tree() { printf '%s/uefi-%s\n' "$CACHE" "$({ root_key; printf '%s ' "${UEFI_PACKAGES[@]}"; } | sha256sum | cut -c1-12)"; }

fetch_uefi() { unpack_once "$(uefi_tree)" "${UEFI_PACKAGES[@]}"; }

# prepare_uefi: what the machine boots from; the firmware's variables, shim's keys among them, where there are none yet.
prepare_uefi() {
	local tree esp=$boot_dir/esp
	with_lock uefi fetch_uefi
	tree=$(uefi_tree)
	[ -e "${opt[uefi]}" ] || cp "$tree/usr/share/AAVMF/AAVMF_VARS.ms.fd" "${opt[uefi]}"
	mkdir -p "$esp/EFI/BOOT" "$esp/EFI/debian"
	cp "$tree/usr/lib/shim/shimaa64.efi.signed" "$esp/EFI/BOOT/BOOTAA64.EFI"
	cp "$tree/usr/lib/shim/mmaa64.efi.signed" "$esp/EFI/BOOT/mmaa64.efi"
	cp "$tree/usr/lib/grub/arm64-efi-signed/grubaa64.efi.signed" "$esp/EFI/BOOT/grubaa64.efi"
	cp "$(kernel_dir "${opt[kernel]}")/vmlinuz" "$esp/vmlinuz"
	mv "$boot_dir/initrd" "$esp/initrd"
	printf 'linux /vmlinuz %s\ninitrd /initrd\nboot\n' "$(kernel_args)" >"$esp/EFI/debian/grub.cfg"
	mkfifo "$boot_dir/console.in" "$boot_dir/console.out"
}

# uefi_args: of QEMU, in place of a kernel.
uefi_args() {
	printf '%s\n' -drive "if=pflash,unit=0,format=raw,readonly=on,file=$(uefi_tree)/usr/share/AAVMF/AAVMF_CODE.secboot.fd" \
		-drive "if=pflash,unit=1,format=raw,file=${opt[uefi]}" \
		-drive "if=none,id=esp,format=raw,readonly=on,file=fat:$boot_dir/esp" -device virtio-blk-pci,drive=esp \
		-chardev "pipe,id=console,path=$boot_dir/console" -serial chardev:console -monitor none
}

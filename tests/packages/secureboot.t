#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Secure Boot, as the README has it: firmware, shim, GRUB and kernel check one another's signatures. Ours is refused, and stock
# has the GPU; mokutil asks for dkms' key, somebody at the console enrolls it, and from then on ours has the GPU.
# Argument: a folder with udev, kmod, mokutil and the package's files, as "rig packages" makes it.
# shellcheck source=../t/lib.sh
. "$(dirname "$0")/../t/lib.sh"
# shellcheck source=guest.sh
. "$(dirname "$0")/guest.sh"

# What is there before any key: lockdown, and neither ours nor the virtual GPU's glue may be loaded.
# shellcheck disable=SC2016,SC2034 # for the guest's shell; named below
first='
mount -t securityfs securityfs /sys/kernel/security
grep -q "\[integrity\]" /sys/kernel/security/lockdown; ok $? "Secure Boot has locked the kernel down"
modprobe panthor-protm 2>/tmp/said; is $? 1 "ours is refused"
grep -q "Key was rejected" /tmp/said; ok $? "modprobe says why"
cat /tmp/said | sed "s/^/# /"
modprobe panthor; ok $? "stock is loaded all the same"
is "$(grep -c ^panthor_protm /proc/modules)" 0 "without ours"
insmod /efivarfs.ko && mount -t efivarfs efivarfs /sys/firmware/efi/efivars
printf "rig\nrig\n" | mokutil --import /rig.der >/tmp/said 2>&1; ok $? "the key of the rig, which has signed the glue, is to be enrolled"
[ $bad = 0 ] || sed "s/^/# /" /tmp/said
echo "1..$n"; exit $bad
'

# shellcheck disable=SC2016,SC2034 # for the guest's shell; named below
second='
echo "options panthor-protm protected_heap_name=protected" >>/etc/modprobe.d/panthor-protm.conf
insmod /efivarfs.ko && mount -t efivarfs efivarfs /sys/firmware/efi/efivars
mokutil --sb-state | grep -q "SecureBoot enabled"; ok $? "Secure Boot is on"
modprobe fixed && modprobe vgpu-glue; ok $? "the glue may be loaded"
start_udev
coldplug
has panthor "dkms has signed ours with a key that is not enrolled: stock has the GPU"
dmesg | grep -q "Loading of module with unavailable key is rejected"; ok $? "and the log says why"
dmesg | grep -i "rejected" | sed "s/^/# /"
# But for asking the model itself, which lockdown forbids.
PP_DRIVER=stock t_query 2>&1 | grep -v "mailbox cannot be mapped" >/tmp/out
grep -q "^ok" /tmp/out && ! grep "^not ok" /tmp/out; ok $? "programs run on stock"
mokutil --test-key /var/lib/dkms/mok.pub | grep -q "is not enrolled"; ok $? "mokutil knows that the key is not enrolled"
printf "rig\nrig\n" | mokutil --import /var/lib/dkms/mok.pub >/tmp/said 2>&1; ok $? "mokutil --import /var/lib/dkms/mok.pub"
echo "1..$n"; exit $bad
'

# shellcheck disable=SC2016,SC2034 # for the guest's shell; named below
third='
echo "options panthor-protm protected_heap_name=protected" >>/etc/modprobe.d/panthor-protm.conf
insmod /efivarfs.ko && mount -t efivarfs efivarfs /sys/firmware/efi/efivars
mokutil --sb-state | grep -q "SecureBoot enabled"; ok $? "Secure Boot is on"
mokutil --test-key /var/lib/dkms/mok.pub | grep -q "is already enrolled"; ok $? "the key is enrolled"
modprobe fixed; modprobe vgpu-glue
start_udev
coldplug
has panthor-protm "ours has the GPU"
panthor-protm-status --self-test >/tmp/out 2>&1; ok $? "a protected job runs"
sed "s/^/# /" /tmp/out
! insmod /unsigned.ko 2>/dev/null; ok $? "without its signature a module of ours is still refused"
dmesg | grep -q "Loading of unsigned module is rejected"; ok $? "and the log says why"
echo "1..$n"; exit $bad
'

# key NAME SUBJECT: as dkms makes it: NAME.key, NAME.der
key() {
	openssl req -new -x509 -nodes -days 36500 -subj "/CN=$2/" -newkey rsa:2048 -keyout "$t_work/$1.key" \
		-addext "extendedKeyUsage=codeSigning" -outform DER -out "$t_work/$1.der" 2>/dev/null
}

guest_parts "$1"
key dkms "DKMS module signing key"
key rig "key of the rig"
add+=(--add "$t_work/rig.der:/rig.der" --add "$t_work/dkms.der:/var/lib/dkms/mok.pub")

while read -r kernel release; do
	modules=$("$rig" modules --kernel "$kernel") || bail_out "the modules do not build"
	rm -rf "$t_work/signed"
	mkdir "$t_work/signed"
	signed=()
	# Into the place of those that the guest has unsigned.
	for file in "$modules"/*.ko; do
		name=$(basename "$file")
		case $name in panthor-protm*) signer=dkms ;; *) signer=rig ;; esac
		aarch64-linux-gnu-strip --strip-debug -o "$t_work/signed/$name" "$file"
		[ "$name" != panthor-protm-carveout.ko ] || cp "$t_work/signed/$name" "$t_work/unsigned.ko"
		"/usr/lib/linux-kbuild-${release%-arm64}/scripts/sign-file" sha256 "$t_work/$signer.key" "$t_work/$signer.der" "$t_work/signed/$name"
		signed+=(--add "$t_work/signed/$name:/usr/lib/modules/$release/updates/dkms/$name")
	done
	xz -dc "/var/lib/panthor-protm/kernels/$kernel/tree/usr/lib/modules/$release/kernel/fs/efivarfs/efivarfs.ko.xz" >"$t_work/efivarfs.ko"
	rm -f "$t_work/vars"
	for boot in first second third; do
		guest_tap "Secure Boot, $kernel, $boot boot" --kernel "$kernel" --driver none --uefi "$t_work/vars" \
			"${add[@]}" "${signed[@]}" --add "$t_work/unsigned.ko:/unsigned.ko" --add "$t_work/efivarfs.ko:/efivarfs.ko" -- "$guest_common${!boot}"
	done
# Only Debian's own are signed.
done < <("$rig" kernels)

done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# A machine on which the package was installed comes up: Debian's udev and kmod, the package's rules and parameters, our
# modules where dkms puts them. Who has the GPU, and who if ours is missing, is switched off or fails?
# Argument: a folder with udev, kmod and the package's files, as "rig packages" makes it.
# shellcheck source=../t/lib.sh
. "$(dirname "$0")/../t/lib.sh"
# shellcheck source=guest.sh
. "$(dirname "$0")/guest.sh"

guest_parts "$1"

# shellcheck disable=SC2016 # for the guest's shell
script='
value() { cat /sys/module/panthor_protm/parameters/$1 2>/dev/null; }
unload() {
	for m in panthor panthor_protm panthor_protm_carveout panthor_protm_heap; do
		[ ! -d /sys/module/$m ] || rmmod $m || ok 1 "rmmod $m"
	done
	dmesg -c >/dev/null
}
# The udev of a machine that comes up has read no configuration yet; one that runs does not see each change. It goes before the
# modules do: a device that loses its driver is an event by which udev loads them again.
again() { udevadm control --exit; unload; start_udev; coldplug; }

echo "options panthor-protm protected_heap_name=protected protm_slice_ms=7" >>/etc/modprobe.d/panthor-protm.conf
modprobe fixed; modprobe vgpu-glue
has nobody "no driver yet"
start_udev; ok $? "udev starts"
coldplug
has panthor-protm "cold boot: ours has the GPU"
is "$(grep -c "^panthor " /proc/modules)" 1 "stock is loaded after it"
is "$(value protected_heap_name) $(value protm_slice_ms)" "protected 7" "parameters of /etc/modprobe.d arrive"
is "$(stat -c "%a %G" /dev/dma_heap/protected)" "660 video" "the heap is for group video"
panthor-protm-status --self-test >/tmp/out 2>&1; ok $? "a protected job runs"
[ $bad = 0 ] || sed "s/^/# /" /tmp/out

unload
inject no-boot 1
coldplug
has panthor "a probe of ours that fails: stock has the GPU"
is "$(dmesg | grep -c "panthor-protm.*firmware does not boot")" 1 "and ours has said why not"
PP_DRIVER=stock t_query >/tmp/out 2>&1; ok $? "programs run on stock"

panthor-protm-switch stock >/dev/null
again
has panthor "switched to stock"
is "$(grep -c "^panthor_protm " /proc/modules)" 0 "ours is not even loaded"
panthor-protm-switch protm >/dev/null
again
has panthor-protm "switched back to ours"

echo "options panthor-protm protected_heap_name=later protected_heap_wait=1" >>/etc/modprobe.d/panthor-protm.conf
again
is "$(value protected_heap_wait)" Y "what is changed there is read by the next boot"
has panthor "ours waits for a heap: stock has the GPU meanwhile"
sed -i "s/heap_name=later/heap_name=protected/" /etc/modprobe.d/panthor-protm.conf
echo "softdep panthor-protm pre: panthor-protm-carveout" >>/etc/modprobe.d/panthor-protm.conf
again
has panthor-protm "its module is loaded before ours: no wait, ours has the GPU"

# As with Secure Boot; there is no way back from it.
echo 1 >/sys/module/module/parameters/sig_enforce
again
has panthor "a kernel that demands signatures refuses ours: stock has the GPU"
dmesg | grep -q "Loading of unsigned module is rejected"; ok $? "and the log says why"

unload
rm -f /lib/modules/$(uname -r)/updates/dkms/panthor-protm*; depmod
coldplug
has panthor "modules of ours are gone (no headers, a failed build, a removed package): stock has the GPU"
rm /usr/lib/modprobe.d/panthor-protm-prefer.conf
again
has panthor "so it has without the rule"
echo "1..$n"; exit $bad
'

while read -r kernel _; do
	guest_tap "packages, $kernel" --kernel "$kernel" --driver none --timeout 240 "${add[@]}" -- "$guest_common$script"
done < <("$rig" kernels)

done_testing

# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # used by the scripts
# For tests of guests that come up by Debian's udev and kmod with the package's rules.

# guest_parts PARTS: sets add, options of "rig boot" that give the guest what "rig packages" has put into the folder.
guest_parts() {
	local path
	add=()
	for path in usr/bin:usr/local/bin usr/lib/systemd usr/lib/udev usr/lib/modprobe.d etc/modprobe.d usr/lib/aarch64-linux-gnu; do
		add+=(--add "$1/${path%:*}:/${path#*:}")
	done
	add+=(--add "$1/usr/lib/ld-linux-aarch64.so.1:/usr/lib/ld-linux-aarch64.so.1")
}

# What the guests' scripts begin with.
# shellcheck disable=SC2016 # for the guest's shell
guest_common='
set +e
n=0 bad=0
ok() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else bad=1; echo "not ok $n - $2"; fi; }
is() { if [ "$1" = "$2" ]; then ok 0 "$3"; else ok 1 "$3"; echo "# got $1, wanted $2"; fi; }
gpu=/sys/bus/platform/devices/vgpu-mali
holder() { basename "$(readlink $gpu/driver 2>/dev/null || echo nobody)"; }
# has DRIVER NAME: it has the GPU; if not, what the modules said.
has() {
	is "$(holder)" "$1" "$2"
	[ "$(holder)" = "$1" ] || { grep "^panthor" /proc/modules; dmesg | grep -i panthor | tail -n 12; } | sed "s/^/# /"
}
# What udev does for every device when the machine comes up.
coldplug() { udevadm trigger --action=add --subsystem-match=platform; udevadm settle --timeout=60; }
start_udev() { /usr/lib/systemd/systemd-udevd --daemon --resolve-names=early; }
export LD_LIBRARY_PATH=/usr/lib/aarch64-linux-gnu
printf "root:x:0:0::/:/bin/sh\n" >/etc/passwd
printf "root:x:0:\nvideo:x:44:\nrender:x:992:\n" >/etc/group
mkdir -p /etc/modprobe.d
'

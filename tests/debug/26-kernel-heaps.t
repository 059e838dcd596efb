#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Heaps of the kernel's own, reached through the shim by bridge and by native: from each context, what is refused and why, a
# provider in a module, and a protected job with such a heap.
# shellcheck disable=SC2016,SC2034 # for the guest's shell; used by name
# shellcheck source=../t/lib.sh
. "$(dirname "$0")/../t/lib.sh"

# In the guest. uses NAME PARAMETERS: a module that uses the heap is content; says TEXT: the kernel's log does.
script='
set +e
n=0 bad=0
ok() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else bad=1; echo "not ok $n - $2"; dmesg | grep heap | tail -n 3 | sed "s/^/# /"; fi; }
uses() { modprobe heapuse name=$1 $2 2>/dev/null; ok $? "$1 $2 $3"; rmmod heapuse 2>/dev/null; }
logs() { dmesg | grep -qF "$1"; ok $? "$1"; }
says() { dmesg | grep -qF "heap \"$1\" of this kernel is not used: $2"; ok $? "$1: $2"; }
dir=/dev/dma_heap

dmesg | grep -q "panthor-protm-heap: version .*, backend $backend"; ok $? "the log names the backend, $backend"
grep -q "^backend.$backend" /sys/kernel/debug/panthor-protm-heap/heaps; ok $? "and so does debugfs"
# What is looked for the first time; a heap that is built in is known from then on.
unshare -m sh -c "mount -t tmpfs tmpfs /dev && modprobe heapuse name=system"; ok $? "from a mount namespace that has no devices"
rmmod heapuse
for heap in $(ls $dir); do
	uses $heap cpu=1
	uses $heap "cpu=1 thread=1"
	uses $heap "cpu=1 len=303104"
done
[ -e $dir/system ]; ok $? "the system heap is there"

ENODEV=-19 EOPNOTSUPP=-95 EINVAL=-22
uses nosuch expect=$ENODEV
uses syste expect=$ENODEV "a name that another one begins with"
uses systemd expect=$ENODEV "a name that begins with another one"
long=$(head -c 300 /dev/zero | tr "\0" x)
uses $long expect=$EINVAL; logs "the name of a heap is too long"
uses "" expect=$EINVAL; logs "the name of a heap is empty"
uses ../null expect=$EINVAL; logs "the name of a heap has a character that no heap"
uses .. expect=$EINVAL; logs "the name of a heap is no file name"
uses protected "" "a heap that is registered with the shim"
modprobe kheap ghost=1; ok $? "a provider in a module"
uses kheap
'
# Accessors hold no file, and it is up to them whether a provider can go.
native='
[ "$(cat /sys/module/dma_heap/parameters/refs)" = 0 ]; ok $? "every reference was given back"
'
bridge='
null="c 1 3"
mknod $dir/fake $null
uses fake expect=$EOPNOTSUPP; says fake "there is a device node, but no heap"
mkfifo $dir/fifo
uses fifo expect=$EOPNOTSUPP; says fifo "its device node is no character device"
ln -s system $dir/link
uses link expect=$EOPNOTSUPP; says link "its device node is a symbolic link"
mv $dir/kheap $dir/kept
uses kheap expect=$ENODEV "without its node"
mknod $dir/kheap $null
uses kheap expect=$EOPNOTSUPP; says kheap "its device node is another device'"'"'s"
rm $dir/kheap
mv $dir/kept $dir/kheap
uses kheap
mv $dir/system $dir/kept
uses system "" "one that is built in, and known, needs no node any more"
mv $dir/kept $dir/system
uses ghost expect=$EOPNOTSUPP "a device of the class that is no heap"; says ghost "its device node cannot be opened"

modprobe heapuse name=kheap; ok $? "a user of it stays"
rmmod kheap 2>/dev/null; [ $? != 0 ]; ok $? "and keeps the provider from being unloaded"
rmmod heapuse
echo 5000 >/sys/module/kheap/parameters/linger
rmmod kheap & until grep -q "^kheap .* Unloading" /proc/modules; do usleep 10000; done
uses kheap expect=$EOPNOTSUPP "a provider on its way out"; says kheap "the module that provides it is going away"
wait $!; ok $? "which is possible once nobody uses it"
uses kheap expect=$EOPNOTSUPP "a provider that is gone"; says kheap "its name is not where it should be"
'

for kernel in ${PP_TEST_HEAP_KERNELS:-}; do
	case $kernel in *-native) backend=native ;; *) backend=bridge ;; esac
	guest_tap "heaps $kernel" --kernel "$kernel" --driver none \
		-- "modprobe vgpu-glue; modprobe panthor-protm-carveout; backend=$backend; $script" "${!backend}" 'echo "1..$n"; exit $bad'
	guest_tap "heaps $kernel, protected jobs" --kernel "$kernel" --driver none -- '
modprobe fixed; modprobe vgpu-glue; modprobe panthor-protm-carveout; modprobe kheap
modprobe panthor-protm protected_heap_name=kheap
'"$gpu_comes"'
export PP_DRIVER=ours PP_HEAP=kheap
t_protm'
done
done_testing

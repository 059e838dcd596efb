#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# First process of namespaces in which arm64 programs run. Arguments: QEMU CMD...
set -euo pipefail

qemu=$1
shift
# ELF, 64 bits, little endian, AArch64; the masks leave out the ABI and let ET_DYN pass with ET_EXEC.
magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'

trap 'exit 143' TERM
trap 'exit 130' INT HUP

mount -t proc proc /proc
if [ "$(uname -m)" != aarch64 ]; then
	mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
	# F opens QEMU now, so that it need not be found in a root; P keeps the programs' own names. mmdebstrap knows this name.
	printf '%s\n' ":qemu-aarch64:M::$magic:$mask:$qemu:PF" >/proc/sys/fs/binfmt_misc/register
fi
"$@" <&0 &
status=0
wait $! || status=$?
exit "$status"

#!/bin/sh
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# dkms runs this before its own make (PRE_BUILD): it compiles everything, so that a kernel for which that fails is passed
# over (status 77) as one without a needed option is. A failing make would fail the installation of the kernel's packages,
# while all that has happened is that stock panthor keeps the GPU on that kernel. Before 3.1.8 dkms does not heed the
# status, and sees its own make fail.
# Arguments: HEADERS RELEASE
set -u
headers=$1 release=$2

refuse() {
	echo "panthor-protm cannot be built for $release: $*"
	exit 77
}

# Some boards' headers were made on a PC. The tool wants arguments; 126 and 127 are the shell's.
tool=$headers/scripts/basic/fixdep
if [ -e "$tool" ]; then
	"$tool" >/dev/null 2>&1
	case $? in
	126 | 127) refuse "its headers have build tools of another architecture ($tool does not run)" ;;
	esac
fi

llvm=
if grep -qs '^CONFIG_CC_IS_CLANG=y' "$headers/.config" "$headers/include/config/auto.conf"; then
	llvm=LLVM=1
fi
# shellcheck disable=SC2086 # empty, or one word
make -j"$(nproc)" -C "$headers" M="$PWD/src" KERNELRELEASE="$release" $llvm modules ||
	refuse "it does not compile, see above; stock panthor keeps the GPU on that kernel"

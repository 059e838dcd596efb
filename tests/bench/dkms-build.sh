#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Inside of the arm64 root: how long "dkms build" takes for each kernel of /kernels, in a line that compare.pl reads.
set -euo pipefail

# shellcheck source=/dev/null
value() { (set +u; . /given/dkms.conf; printf "%s" "${!1}"); }

name=$(value PACKAGE_NAME) version=$(value PACKAGE_VERSION)
rm -rf "/var/lib/dkms/$name" "/usr/src/$name-$version"
# A machine does this once.
dkms generate_mok >/dev/null
dkms add /given >/dev/null
while read -r label release; do
	start=$(date +%s%N)
	dkms build "$name/$version" -k "$release" -a aarch64 >/tmp/out 2>&1 || {
		tail -n 30 /tmp/out >&2
		exit 1
	}
	printf 'time dkms_build_%s %s\n' "${label//./_}" $(($(date +%s%N) - start))
done </kernels

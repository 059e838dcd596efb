# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # used by the scripts
# For scripts that try packages on the arm64 root: test points, and who would get the GPU.

# shellcheck source=tap.sh
. "${BASH_SOURCE[0]%/*}/tap.sh"

# board CMD...: in the arm64 root; for those who are not in it to define anew.
board() { "$@"; }

modules='panthor-protm-heap panthor-protm-carveout panthor-protm'
# What udev asks for when it sees the GPU.
gpu='of:NgpuT(null)Carm,mali-valhall-csf'

# run NAME CMD...: one test point; what it said in /tmp/said.
run() {
	local name=$1 status=0
	shift
	"$@" >/tmp/said 2>&1 || status=$?
	ok "$status" "$name"
	[ "$status" = 0 ] || tail -n 40 /tmp/said | sed 's/^/# /'
}
# says WORDS NAME: the last command did.
says() { grep -qF -- "$1" /tmp/said; ok $? "$2"; }

# load RELEASE NAME: file names of the modules that modprobe would load for it, in order.
load() {
	board modprobe -S "$1" -n -v "$2" 2>/dev/null | sed -nE 's/^insmod .*\/([^/ ]+)\.ko[^ ]*.*/\1/p' |
		grep -E '^panthor' | tr '\n' ' ' | sed 's/ $//'
}

# ours VERSION RELEASE WHEN: the modules of that version are there, and preferred.
ours() {
	local module
	for module in $modules; do
		is "$(board modinfo -k "$2" -F version "$module" 2>/dev/null)" "$1" "$3: $module $1 is found for $2"
	done
	is "$(load "$2" panthor)" 'panthor-protm-heap panthor-protm panthor' "$3: stock panthor of $2 is loaded after ours"
	is "$(load "$2" "$gpu" | tr ' ' '\n' | awk '!seen[$0]++' | tr '\n' ' ')" 'panthor-protm-heap panthor-protm panthor ' \
		"$3: the GPU gets ours first on $2"
}

# stock RELEASE WHEN: graphics by the kernel's own driver.
stock() {
	is "$(load "$1" "$gpu")" panthor "$2: the GPU gets stock panthor on $1"
	is "$(load "$1" panthor)" panthor "$2: stock panthor of $1 is loaded alone"
}

status_of() { board dkms status -m panthor-protm 2>/dev/null | sort; }
installed() { printf 'panthor-protm/%s, %s, aarch64: installed\n' "$1" "$2"; }

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# First process of the rig's namespaces: mounts, then the command; when it ends, all that was started ends.
# Arguments: ROOT CHECKOUT CACHE CWD CMD...
set -euo pipefail

root=$1 checkout=$2 cache=$3 cwd=$4
shift 4

bind() {
	mkdir -p "$root$2"
	mount --bind "$1" "$root$2"
}

# A container may forbid a fresh proc; the host's is good enough then.
mount -t proc proc "$root/proc" 2>/dev/null || mount --rbind /proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
bind /tmp /tmp
# For what must not outlive us, even if we are killed.
mount -t tmpfs tmpfs "$root/run"
bind "$checkout" "$checkout"
bind "$cache" "$cache"
bind "$checkout" /src
bind "$cache" /cache

# Process 1 of a namespace ignores signals that it has no handler for.
trap 'exit 143' TERM
trap 'exit 130' INT HUP

# shellcheck disable=SC2016 # expanded by the inner shell
# A jobserver of a make outside is out of reach; its variables would only cause warnings.
env -u TMPDIR -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u MAKEOVERRIDES -u XDG_CACHE_HOME \
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
	PP_RIG_INSIDE=1 PANTHOR_PROTM_CACHE="$cache" MAKE_TMPDIR=/run \
	chroot "$root" /bin/bash -c 'cd "$1" 2>/dev/null || cd /src; shift; exec "$@"' rig "$cwd" "$@" <&0 &
status=0
wait $! || status=$?
exit "$status"

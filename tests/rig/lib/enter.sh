# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# Running commands inside a root, in namespaces of their own that die with the caller.

# ns_flags: options of unshare(1) for the caller's rights.
ns_flags() {
	printf '%s\n' --mount --pid --fork --kill-child=KILL
	[ "$(id -u)" = 0 ] || printf '%s\n' --user --map-root-user --map-auto
}

# supervise CMD...: run CMD so that no signal to us leaves it behind.
# unshare(1) blocks TERM and INT while it waits, hence KILL, which --kill-child passes on.
supervise() {
	local pid status=0
	setpriv --pdeathsig KILL -- "$@" <&0 &
	pid=$!
	# shellcheck disable=SC2064 # the pid of now
	trap "kill -KILL $pid 2>/dev/null || :; exit 143" TERM INT HUP
	wait "$pid" || status=$?
	trap - TERM INT HUP
	return "$status"
}

# Only what lies in one of these is seen under its own name inside of the root.
visible() {
	case $1/ in
	"$CHECKOUT"/* | "$CACHE"/* | /tmp/*) return 0 ;;
	*) return 1 ;;
	esac
}

# enter_root ROOT CMD...: run CMD as root of ROOT; checkout, cache and /tmp keep their names.
enter_root() {
	local root=$1 cwd=$PWD flags
	shift
	if inside_root; then
		"$@"
		return
	fi
	visible "$cwd" || cwd=/src
	mapfile -t flags < <(ns_flags)
	supervise unshare "${flags[@]}" -- bash "$RIG_DIR/lib/ns-init.sh" \
		"$root" "$CHECKOUT" "$CACHE" "$cwd" "$@"
}

# Can this user make the namespaces at all? Say what is missing rather than fail later.
check_namespaces() {
	local flags
	[ "$(id -u)" = 0 ] && return
	mapfile -t flags < <(ns_flags)
	unshare "${flags[@]}" -- true 2>/dev/null && return
	die "this user cannot make user namespaces: needs util-linux >= 2.38, the package uidmap, lines for" \
		"$(id -un) in /etc/subuid and /etc/subgid, and a kernel that allows it" \
		"(sysctl kernel.apparmor_restrict_unprivileged_userns=0 on Ubuntu); or run as root"
}

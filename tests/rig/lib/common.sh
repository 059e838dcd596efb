# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# Paths, messages and small helpers that every part of the rig uses.

RIG_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034 # used by the other parts
CHECKOUT=$(cd "$RIG_DIR/../.." && pwd)
CACHE=${PANTHOR_PROTM_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/panthor-protm}

# shellcheck source-path=SCRIPTDIR/.. source=root.conf
. "$RIG_DIR/root.conf"

# Exit codes of "rig boot"; the guest script's own status is passed through otherwise.
# shellcheck disable=SC2034 # used by boot.sh
EXIT_TIMEOUT=124 EXIT_KERNEL=125 EXIT_MODEL=126
EXIT_RIG=127

note() { printf 'rig: %s\n' "$*" >&2; }

die() {
	note "$*"
	exit "$EXIT_RIG"
}

need_value() { [ "$#" -ge 2 ] || die "option $1 needs a value"; }

inside_root() { [ -n "${PP_RIG_INSIDE:-}" ] && [ -e /etc/panthor-protm-rig ]; }

# The root's name holds a digest of its recipe, so that an old one is never taken for a new one.
root_key() { sha256sum <"$RIG_DIR/root.conf" | cut -c1-12; }
root_dir() { printf '%s/root-%s\n' "$CACHE" "$(root_key)"; }

native_arch() { dpkg --print-architecture; }

# with_lock NAME CMD...: one at a time, over all processes that share the cache.
with_lock() {
	local name=$1
	shift
	mkdir -p "$CACHE/locks"
	(
		flock 9
		"$@" 9>&-
	) 9>"$CACHE/locks/$name"
}

# Digest of the names, sizes and times below the given folders: has anything changed since the last build?
tree_digest() {
	find "$@" -type f -printf '%P %s %T@\n' 2>/dev/null | LC_ALL=C sort | sha256sum | cut -c1-40
}

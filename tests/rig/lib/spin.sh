# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# The model checker, for make check-model only: fetched when it is asked for, kept beside the root.

spin_dir() { printf '%s/spin-%s\n' "$CACHE" "$(root_key)"; }

fetch_spin() {
	local dir tmp
	dir=$(spin_dir)
	[ ! -e "$dir" ] || return 0
	note "fetching spin"
	tmp=$(mktemp -d /tmp/pp-fetch.XXXXXX)
	download "$tmp" "$ROOT_SUITE" main spin
	rm -rf "$dir.tmp"
	mkdir "$dir.tmp"
	dpkg-deb --fsys-tarfile "$tmp"/*.deb | tar -C "$dir.tmp" --no-same-owner -xf -
	rm -rf "$tmp"
	"$dir.tmp/usr/bin/spin" -V >/dev/null || die "spin does not run"
	mv "$dir.tmp" "$dir"
}

# cmd_spin: prints the program.
cmd_spin() {
	with_lock spin fetch_spin
	printf '%s/usr/bin/spin\n' "$(spin_dir)"
}

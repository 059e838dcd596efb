#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# The rig itself: what it reports must be true, or no other test means anything.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

bare() { boot_guest --kernel 7.3 --driver none --no-vgpu "$@"; }

SECONDS=0
bare -- 'echo to stdout; echo to stderr >&2; exit 7'
is "$boot_status" 7 "the script's status is the rig's"
# Long enough for another boot, on a machine as slow as it is now.
limit=$((5 + 3 * SECONDS))
[ "$limit" -le 100 ] || limit=100
is "$(cat "$guest_out")" $'to stdout\nto stderr' "the script's output arrives, and nothing else with it"

bare -- 'false; echo not reached'
is "$boot_status" 1 "the script stops at the first command that fails"
is "$(cat "$guest_out")" '' "and prints nothing after it"

bare -- 'head -c 300000 /dev/zero | tr "\0" x; echo; printf "tab\there\n"'
is "$boot_status:$(wc -c <"$guest_out")" 0:300010 "300 kB of output arrive whole"

bare --timeout "$limit" -- 'echo waiting; sleep 1000'
is "$boot_status:$(cat "$guest_out")" 124:waiting "a guest that hangs is ended at its time limit"

bare -- 'echo "BUG: made up by a test" >/dev/kmsg'
is "$boot_status" 125 "a BUG line in the kernel's log fails a script that succeeded"

bare -- 'echo c >/proc/sysrq-trigger'
is "$boot_status" 125 "a crash fails the boot"

echo 'from the host' >"$t_work/note"
# shellcheck disable=SC2016 # expanded in the guest
bare --add "$t_work/note:/etc/note" -- 'cat /etc/note; echo $PP_DRIVER $PP_KERNEL'
is "$(cat "$guest_out")" $'from the host\nnone 7.3' "files and settings reach the guest"

# QEMU's command line names the log, which lies in our folder.
strays() {
	local file
	for file in /proc/[0-9]*/cmdline; do
		if { tr '\0' ' ' <"$file" || :; } 2>/dev/null | grep -q "^qemu.*$t_work"; then
			printf '%s\n' "$file"
		fi
	done
}

is "$(strays)" '' "no QEMU is left behind by boots that ended"

# It need not wait for its turn: it ends as soon as it is seen.
env -u PP_VM_LOCK "$rig" boot --log "$t_work/killed" --kernel 7.3 --driver none --no-vgpu -- 'sleep 1000' 2>/dev/null &
victim=$!
tries=0
while [ "$tries" -lt 600 ] && [ -z "$(strays)" ]; do
	tries=$((tries + 1))
	sleep 0.2
done
seen=$(strays)
kill -TERM "$victim"
wait "$victim" || :
run_ok "a boot in progress was seen" test -n "$seen"
# The kernel kills what is left in its PID namespace, which takes a moment.
tries=0
while [ "$tries" -lt 600 ] && [ -n "$(strays)" ]; do
	tries=$((tries + 1))
	sleep 0.1
done
is "$(strays)" '' "and no QEMU by one that was killed"

# Two checkouts with one cache: the second must not lean on what the first one left there.
for name in first second; do
	checkout=$t_work/$name
	mkdir -p "$checkout/tests/guest"
	cp -r "$top/include" "$checkout"
	cp -r "$top/tests/rig" "$checkout/tests"
	cp -r "$top/tests/guest/Makefile" "$top/tests/guest/lib" "$top/tests/guest/t_query.c" "$checkout/tests/guest"
	run_ok "guest programs build in the $name checkout" "$checkout/tests/rig/rig" guest
	programs=$(tail -n 1 "$t_work/run.out")
	run_ok "and are there" test -x "$programs/t_query"
	rm -rf "$checkout"
done

# A rig whose guests fail for the first time: fails_once SCRIPT KERNEL-ERRORS VIOLATIONS BOOT-OPTIONS prints how much was not ok,
# and how often one was booted.
cat >"$t_work/once" <<-'END'
	#!/usr/bin/env bash
	while [ "$1" != --log ]; do shift; done
	mkdir -p "$2"
	echo >>"$BOOTS"
	[ "$(wc -l <"$BOOTS")" = 1 ] || RESULT='0 0 0'
	printf 'script=%s\nkernel_errors=%s\nviolations=%s\n' $RESULT >"$2/result"
	[ "${RESULT%% *}" = 0 ] && not= || not='not '
	touch "$2/violations" "$2/kernel-errors"
	printf '# well\nok 1 - this\n# before\n%sok 2 - it\n# after\n1..2\n' "$not" >"$2/out.log"
END
chmod +x "$t_work/once"
fails_once() {
	rm -f "$t_work/boots"
	(
		export BOOTS=$t_work/boots RESULT="$1 $2 $3"
		rig=$t_work/once
		guest_tap it "${@:4}" -- x
	) 2>"$t_work/why" | grep -c '^not ok' || :
	wc -l <"$t_work/boots"
}
is "$(fails_once 1 0 0 --driver stock | paste -s)" $'0\t2' 'stock that fails is booted once more'
is "$(fails_once 0 1 0 --driver stock | paste -s)" $'0\t2' 'and stock that warns'
is "$(fails_once 1 0 1 --driver stock | paste -s)" $'3\t1' 'but not if the model saw a violation'
is "$(fails_once 0 0 1 --driver stock | paste -s)" $'1\t1' 'nor if that is all there is'
is "$(fails_once 1 0 0 --driver stock --modules x | paste -s)" $'2\t1' 'nor with modules of ours'
is "$(fails_once 1 0 0 --driver ours | paste -s)" $'2\t1' 'nor ours'
is "$(sed -n 's/^# //p' "$t_work/why" | head -n 2 | paste -s)" $'before\tafter' 'what a guest says of a point that fails is shown by prove'

done_testing

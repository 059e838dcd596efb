#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# Checks the model of protected mode (protm.pml) with the driver's machine.c and session.c in it, and that the
# check notices when any of the three is broken. Inside of the rig's root; prints TAP.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)

# Small worlds, each of which is searched whole. NAME [ltl] DEFINES: what can happen in it is said in protm.pml.
worlds() {
	cat <<'LIST'
operations         -DOPS_0=1 -DOPS_1=1 -DREGIONS_1=1 -DREGIONS_2=1 -DPINGS=0 -DSLICES=0
watchdog           -DOPS_0=1 -DOPS_1=0 -DREGIONS_1=1 -DREGIONS_2=1 -DPINGS=2 -DSLICES=1
operations-in-row  -DOPS_0=3 -DOPS_1=1 -DREGIONS_1=1 -DREGIONS_2=0 -DPINGS=0 -DSLICES=0
reclaim            -DRECLAIM -DOPS_0=1 -DOPS_1=0 -DREGIONS_1=1 -DREGIONS_2=1 -DPINGS=0 -DSLICES=0
trouble-operation  -DTROUBLES=1 -DOPS_0=1 -DOPS_1=0 -DREGIONS_1=1 -DREGIONS_2=1 -DPINGS=0 -DSLICES=0
trouble-rotation   -DTROUBLES=1 -DOPS_0=0 -DOPS_1=0 -DREGIONS_1=1 -DREGIONS_2=1 -DPINGS=1 -DSLICES=1
trouble-twice      -DTROUBLES=2 -DOPS_0=1 -DOPS_1=0 -DREGIONS_1=1 -DREGIONS_2=0 -DPINGS=0 -DSLICES=0
sleep              -DSLEEP -DTROUBLES=1 -DOPS_0=1 -DOPS_1=0 -DREGIONS_1=1 -DREGIONS_2=0 -DPINGS=0 -DSLICES=0
unplug             -DUNPLUG -DTROUBLES=1 -DOPS_0=1 -DOPS_1=0 -DREGIONS_1=1 -DREGIONS_2=0 -DPINGS=0 -DSLICES=0
attach             -DATTACH -DTROUBLES=1 -DOPS_0=1 -DOPS_1=0 -DREGIONS_1=1 -DREGIONS_2=0 -DPINGS=0 -DSLICES=0
rest               ltl -DOPS_0=1 -DOPS_1=0 -DREGIONS_1=1 -DREGIONS_2=1 -DPINGS=1 -DSLICES=1
rest-after-trouble ltl -DTROUBLES=1 -DOPS_0=1 -DOPS_1=0 -DREGIONS_1=1 -DREGIONS_2=0 -DPINGS=0 -DSLICES=0
LIST
}

# What has to be found. NAME WORLD EDIT: a number is SABOTAGE in protm.pml, anything else a sed script for the
# driver's sources, which has to change something.
sabotages() {
	cat <<'LIST'
the gate opens before AS commands are off|trouble-operation|1
an entry looks before it says that it was refused|operations|2
operations that wait do not go first|operations-in-row|3
the gate is closed outside of the lock|operations|4
the tick changes slots in a session|watchdog|5
an operation is counted out before it lets go of the lock|operations|6
the last operation out does not call the tick|operations-in-row|7
reclaim in the way of an entry does not call the tick|reclaim|8
what was lost is judged before the MCU is stopped|trouble-rotation|9
a stopped MCU does not end an entry|sleep|/^\t\[S(ENTERING)\]/,/^\t}/s/FAULTED, NONE, CUT/FAULTED, NONE, 0/
a stopped MCU does not end a session that was lost|trouble-operation|/^\t\[S(FAULTED)\]/,/^\t}/s/FAULTED, NONE, CUT/FAULTED, NONE, 0/
a fault opens the gate|trouble-operation|s/^\(#define LOSE.*DO(FATAL)\)/\1 \| DO(END)/
a fault does not lead to a reset|trouble-operation|s/^\(#define LOSE.*DO(FATAL)\) | DO(RESET)/\1/
an early wish to end is not kept|watchdog|s/LATER(ENTERING)/STAY(ENTERING)/;s/LATER(CONFIRMING)/STAY(CONFIRMING)/
an early wish to end is a PING at once|watchdog|s/LATER(ENTERING)/GO(EXITING, EXIT, DO(PING))/
the watchdog's ping is not resumed|watchdog|/^#define OVER/s/ | DO(RESUME_PING)//
an exit is not acknowledged|rest|/^#define OVER/s/DO(ACK_EXIT) | //
an exit does not open the gate|watchdog|/^#define OVER/s/ | DO(END)//
a short region is not taken for one|watchdog|/^\t\[S(CONFIRMING)\]/,/^\t}/s/GO(NORMAL, NONE, OVER)/STAY(CONFIRMING)/
who does not leave is not given up|trouble-operation|/^\t\[S(EXITING)\]/,/^\t}/s/\(EV_LIMIT\] = \)LOSE(0)/\1STAY(EXITING)/
a region that does not end is not cut|trouble-rotation|/^\t\[S(ACTIVE)\]/,/^\t}/s/\(EV_LIMIT\] = \)GO(EXITING, EXIT, DO(PING))/\1STAY(ACTIVE)/
a wish to end outlives its session|rest|s/m->forced = false;/m->forced \|= false;/
a reset does not allow the fault interrupt again|trouble-rotation|/^\t\[S(FAULTED)\]/,/^\t}/s/GO(NORMAL, NONE, DO(FAULT_IRQ))/GO(NORMAL, NONE, 0)/
a fault while leaving is forgotten|trouble-rotation|/^\t\[S(NORMAL)\]/,/^\t}/s/GO(FAULTED, NONE, DO(RESET))/STAY(NORMAL)/
protected memory that is lost at a reset is not noticed|attach|s/GO(DISABLED, NONE, 0)/GO(NORMAL, NONE, 0)/
the session is asked for before the CSs are acknowledged|watchdog|s/^\tpp_fw_glb_toggle(pp, PP_GLB_PROTM_ENTER);/&pp_fw_cs_ack(pp, protm->csg, 0, 1);/
a session is asked for with a ping under way|watchdog|s/if (pp_fw_glb_pending(pp, PP_GLB_PING | .*/if (0) {/
the ping is not paused|watchdog|s/pp_fw_ping_pause(pp);/;/
a limit does not look for an interrupt that got lost|trouble-operation|/^static void limit_work/,/^}/s/take_words(.*);/;/
an exit after a fault does not count|trouble-rotation|s/ && !protm->left &&/ \&\&/;s/^\t\t    !pp_fw_glb_pending(pp, PP_GLB_PROTM_EXIT);/\t\t    true;/
the end of a session does not call the tick|watchdog|s/hooks->session_over(.*);/;/
an entry that waits for a ping is not tried again|watchdog|/^static void look_work/,/^}/s/if (kick)/if (0)/
the end of a session does not open the gate|watchdog|/^static void do_end/,/^}/s/pp_protm_gate_open(.*);/;/
LIST
}

# engine FILE [SED]: the driver's files in one, without their #include lines; env.h and bind.h stand for the rest.
engine() {
	local file part
	{
		echo '#include "env.h"'
		for file in machine.h machine.c count.h protm.h priv.h session.c; do
			if [ "$file" = count.h ]; then
				echo '#include "count.h"'
				continue
			fi
			part=$top/src/driver/protm/$file
			sed '/^#include/d;/^#define CREATE_TRACE_POINTS/d' "$part"
		done
		echo '#include "bind.h"'
	} >"$1.whole"
	sed "${2:-}" "$1.whole" >"$1"
	[ -z "${2:-}" ] || ! cmp -s "$1.whole" "$1"
}

# build DIR MODE SED DEFINES...: a verifier for one world.
build() {
	local dir=$1 mode=$2 edit=$3 flags=(-DSAFETY -DNOCLAIM)
	shift 3
	[ "$mode" != ltl ] || flags=(-DNFAIR=4)
	mkdir -p "$dir"
	cp "$here"/*.h "$here/protm.pml" "$dir"
	engine "$dir/engine.c" "$edit" || { echo "broken: the edit changes nothing" && return 1; }
	(
		cd "$dir"
		"$spin" "$@" -a protm.pml >/dev/null
		gcc -O2 -w -DCOLLAPSE -DVECTORSZ=256 -DMEMLIM=2000 "${flags[@]}" -I. -I"$top/tests/unit/include" -o pan pan.c
	) >"$dir/build" 2>&1 || { echo "broken: it does not build" && head -n 20 "$dir/build" && return 1; }
}

# search DIR MODE: depth first, to the first error.
search() {
	local args=(-m20000)
	[ "$2" != ltl ] || args+=(-a -f)
	(cd "$1" && timeout 600 ./pan "${args[@]}") >"$1/out" 2>&1 || echo "broken: the verifier's status is $?"
}

# the last steps that lead to an error, in short.
trail() {
	(cd "$1" && ./pan -r -v 2>/dev/null) | grep -aE '^ *[0-9]+:|model: broken' |
		sed -E 's/\(state [0-9]+\)//;s/trans \{[0-9,]+\}//;s/protm.pml:/line /;s/[ \t]+/ /g' | tail -n 40 | cut -c 1-140
}

# world NAME EDIT: options of that world and the edit; sets mode and defines.
world() {
	local line
	line=$(worlds | grep "^$1 ")
	read -r -a defines <<<"${line#"$1"}"
	mode=safety
	if [ "${defines[0]}" = ltl ]; then
		mode=ltl
		defines=("${defines[@]:1}")
	fi
	edit=
	case $2 in
	'') ;;
	[0-9]*) defines+=("-DSABOTAGE=$2") ;;
	*) edit=$2 ;;
	esac
}

# one DIR WORLD EDIT: writes DIR/result, empty when all is as it should be.
one() {
	local mode defines edit
	world "$2" "$3"
	mkdir -p "$1"
	{
		if build "$1" "$mode" "$edit" "${defines[@]}"; then
			search "$1" "$mode"
			if [ -z "$3" ]; then
				if ! grep -q 'errors: 0' "$1/out" || grep -qE 'not completed|too small|out of memory' "$1/out"; then
					grep -aE '^pan|model: broken|not completed|too small|memory' "$1/out"
					trail "$1"
				fi
			else
				grep -qE '^pan:1: (assertion violated|invalid end state|acceptance cycle)' "$1/out" || echo "nothing was found"
			fi
		fi
	} >"$1/result.tmp" 2>&1
	grep -aE '^(met|not met): ' "$1/out" 2>/dev/null | sort -u >"$1/pairs" || :
	grep -aE 'states, stored|elapsed' "$1/out" >"$1/size" 2>/dev/null || :
	rm -f "$1"/pan*
	mv "$1/result.tmp" "$1/result"
}

n=0 failed=0
# point RESULT-FILE NAME
point() {
	n=$((n + 1))
	if [ -s "$1" ]; then
		failed=1
		printf 'not ok %d - %s\n' "$n" "$2"
		sed 's/^/# /' "$1"
	else
		printf 'ok %d - %s\n' "$n" "$2"
	fi
}

# Every pair of state and event is met in some world, or stands in the list with the reason why it is not.
check_pairs() {
	local dir=$1
	cat "$dir"/world-*/pairs | sort -u >"$dir/all"
	sed -n 's/^met: //p' "$dir/all" | sort -u >"$dir/met"
	sed -n 's/^not met: //p' "$dir/all" | sort -u | comm -23 - "$dir/met" >"$dir/unmet"
	sed '/^#/d' "$here/unmet" | awk -F ': *' '{ n = split($2, ev, " "); for (i = 1; i <= n; i++) print $1, ev[i] }' |
		sort >"$dir/listed"
	comm -3 "$dir/unmet" "$dir/listed" | sed -E 's/^\t(.*)/\1: met, and listed as one that cannot be/;t;s/$/: never met, and not listed/' \
		>"$dir/pairs-result"
	printf '# %d of %d pairs of state and event met\n' "$(wc -l <"$dir/met")" \
		"$(sed 's/^not //' "$dir/all" | sort -u | wc -l)"
	point "$dir/pairs-result" "every pair of state and event is met, or known not to happen"
}

main() {
	local dir name in edit i=0 list=()
	spin=$("$top/tests/rig/rig" spin)
	dir=$(mktemp -d "${TMPDIR:-/tmp}/model.XXXXXX")
	# shellcheck disable=SC2064 # the folder of now
	trap "rm -rf '$dir'" EXIT
	while read -r name _; do
		list+=("$dir/world-$name" "$name" '')
	done < <(worlds)
	while IFS='|' read -r name in edit; do
		i=$((i + 1))
		list+=("$dir/sabotage-$i" "$in" "$edit")
	done < <(sabotages | sed 's/ | /\x01/g')
	export -f one world worlds build engine search trail
	export spin here top
	printf '%s\0' "${list[@]//$'\x01'/ | }" | xargs -0 -n 3 -P "$(nproc)" bash -c 'set -euo pipefail; one "$@"' one

	while read -r name _; do
		sed 's/^ */# /' "$dir/world-$name/size"
		point "$dir/world-$name/result" "$name: nothing that must not happen"
	done < <(worlds)
	check_pairs "$dir"
	i=0
	while IFS='|' read -r name _; do
		i=$((i + 1))
		point "$dir/sabotage-$i/result" "found: $name"
	done < <(sabotages)
	printf '1..%d\n' "$n"
	return "$failed"
}

main "$@"

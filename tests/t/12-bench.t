#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# What "make bench" is made of, apart from its measurements: the table, and the way of waiting that only it builds.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

bench=$top/tests/bench

mkdir -p "$t_work/tree" "$t_work/runs"
cp -r "$top/src" "$t_work/tree/"
run_ok "the series' way of waiting can be put into the driver" patch -s -p1 -d "$t_work/tree" -i "$bench/series.patch"

# Three rounds: x of ours is 0.8 of stock's, y takes ours 2000 us and a hundredth of its samples 9000.
for round in 1 2 3; do
	for driver in stock ours; do
		[ "$driver" = ours ] && x=800 || x=1000
		{
			perl -e "print 'sample x ', $x + $round, \"\n\" for 1 .. 500"
			[ "$driver" = stock ] || perl -e 'print "sample y ", $_ % 50 ? 2000000 : 9000000, "\n" for 1 .. 500'
			[ "$driver" = stock ] || printf 'count n 1\ncount n 1\ncount n 2\ncount p 1000\ncount q %s\n' $((999 + round % 2 * 2))
			[ "$driver" = stock ] || printf 'count r %s\n' $((975 + (round - 1) * (round - 1) * 9 / 2))
			[ "$driver" = stock ] || printf 'time z %s000000000\n' $((60 + round))
		} >"$t_work/runs/$round-$driver"
	done
done
goal() {
	printf '%s\t%s\tit\n' "$1" "$2" >"$t_work/goals"
	perl "$bench/compare.pl" "$t_work/goals" "$t_work/runs" | sed -n 's/^| it | *//p'
}
is "$(goal x 0.9)" '1.0 us | 0.8 us | 0.800 | 0.800 to 0.801 | <= 0.9 | yes |' 'ours against stock'
is "$(goal x 0.8)" '1.0 us | 0.8 us | 0.800 | 0.800 to 0.801 | <= 0.8 | no |' 'the upper end of the interval decides'
is "$(goal y '< 2500 us')" '| 2.00 ms |  | 2.00 ms to 2.00 ms | <= 2500 us | yes |' 'a bound in time'
is "$(goal y@99 '< 2500 us')" '| 9.00 ms |  | 9.00 ms to 9.00 ms | <= 2500 us | no |' 'a percentile'
is "$(goal 'y@99 : y' 4)" '2.00 ms | 9.00 ms | 4.500 | 4.500 to 4.500 | <= 4 | no |' 'a case against another'
is "$(goal n '= 1')" '| 1 |  | 1 to 1 | = 1 | yes |' 'a count, by the median'
is "$(goal n '= 2')" '| 1 |  | 1 to 1 | = 2 | no |' 'another count'
is "$(goal n '< 2 bytes')" '| 1 |  | 1 to 1 | <= 2 | yes |' 'a bound of a count'
is "$(goal n '< 0 bytes')" '| 1 |  | 1 to 1 | <= 0 | no |' 'and more than that'
is "$(goal 'q : p' '1 +- 0.03' | cut -d'|' -f3,5-)" ' 1.000 | 1 +- 0.03 | yes |' 'a ratio of 1'
is "$(goal 'q : p' '1 +- 0.002' | cut -d'|' -f3,5-)" ' 1.000 | 1 +- 0.002 | no |' 'an interval that is too wide'
is "$(goal 'r : p' '1 +- 0.03' | cut -d'|' -f3-)" ' 0.982 | 0.959 to 1.006 | 1 +- 0.03 | yes |' 'its width is counted from the ratio'
is "$(goal 'x : p' '1 +- 9' | cut -d'|' -f5-)" ' 1 +- 9 | no |' 'an interval that 1 is not in'
is "$(goal z '< 90 s')" '| 62.0 s |  | 59.6 s to 64.5 s | <= 90 s | yes |' 'what is done but once in a round'
is "$(goal z '< 64 s')" '| 62.0 s |  | 59.6 s to 64.5 s | <= 64 s | no |' 'and takes too long'
is "$(perl "$bench/compare.pl" "$t_work/goals" "$t_work/runs" 2>&1 >/dev/null | grep -c ' of z')" 0 'one of these is enough'
is "$(goal nosuch 1)" '| | not measured | | | |' 'a case that no boot had'

done_testing

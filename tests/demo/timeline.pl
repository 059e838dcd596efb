#!/usr/bin/env perl
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# Draw a timeline of normal and protected execution as an SVG file.
# usage: timeline.pl TRACE OUT.svg
#
# TRACE is the text of tracefs' "trace" file with the events of the system
# panthor_protm: jobs from pp_job_run to pp_job_done make the upper lanes (one
# for each group), sessions from pp_protm_enter over pp_protm_active to
# pp_protm_exit the lowest one, pp_protm_pending a tick mark. If somebody wrote
# "side by side" to trace_marker, the drawing begins there.

use strict;
use warnings;

my ($in, $out) = @ARGV;
die "usage: $0 TRACE OUT.svg\n" unless defined $out;

my (%jobs, @bars, @sessions, @marks, %open);
my ($first, $last);

sub fields {
	my ($text) = @_;
	return { $text =~ /(\w+)=(\S+)/g };
}

# A protected region runs inside a job; the session shows when.
sub note {
	my ($t, $event, $f) = @_;

	$first //= $t;
	$last = $t;
	if ($event eq 'pp_job_run') {
		$jobs{"$f->{group}/$f->{queue}/$f->{seqno}"} = $t;
	} elsif ($event eq 'pp_job_done') {
		my $begin = delete $jobs{"$f->{group}/$f->{queue}/$f->{seqno}"};
		push @bars, [$f->{group}, $begin, $t, $f->{error} // 0] if defined $begin;
	} elsif ($event eq 'pp_protm_pending') {
		push @marks, $t;
	} elsif ($event eq 'pp_protm_enter') {
		%open = (enter => $t, group => $f->{group});
	} elsif ($event eq 'pp_protm_active') {
		$open{active} = $t;
	} elsif ($event eq 'pp_protm_exit' && %open) {
		push @sessions, { %open, exit => $t, cause => $f->{cause} // '' };
		%open = ();
	}
}

open(my $fh, '<', $in) or die "$in: $!\n";
while (my $line = <$fh>) {
	if ($line =~ /tracing_mark_write: side by side/) {
		(%jobs, %open) = ();
		(@bars, @sessions, @marks) = ();
		undef $first;
		next;
	}
	next unless $line =~ /\s(\d+\.\d+):\s+(pp_\w+):\s*(.*)$/;
	note($1, $2, fields($3));
}
close($fh);
die "$in: no events of panthor_protm in it\n" unless defined $first;

my ($left, $width, $lane, $top) = (150, 1000, 34, 60);
my $span = $last - $first;
$span = 1e-6 if $span <= 0;
my %lane_of;
$lane_of{$_->[0]} = 0 for @bars;
my $n = 0;
$lane_of{$_} = $n++ for sort { $a <=> $b } keys %lane_of;
my $height = $top + ($n + 1) * $lane + 70;
my @svg;

sub x { return sprintf('%.1f', $left + ($_[0] - $first) / $span * $width) }
sub ms { return sprintf('%.2f ms', $_[0] * 1e3) }

sub bar {
	my ($row, $from, $to, $colour, $tip) = @_;
	my $w = x($to) - x($from);
	$w = 1.5 if $w < 1.5;
	push @svg, sprintf('<rect x="%s" y="%d" width="%.1f" height="%d" fill="%s"><title>%s</title></rect>',
			   x($from), $top + $row * $lane, $w, $lane - 10, $colour, $tip);
}

sub text {
	my ($x, $y, $s, $anchor) = @_;
	push @svg, sprintf('<text x="%s" y="%d" text-anchor="%s">%s</text>', $x, $y, $anchor // 'start', $s);
}

text(20, 24, 'panthor-protm: normal and protected execution');
for my $group (sort { $a <=> $b } keys %lane_of) {
	text($left - 10, $top + $lane_of{$group} * $lane + 17, "group $group: jobs", 'end');
}
text($left - 10, $top + $n * $lane + 17, 'protected mode', 'end');
for my $b (@bars) {
	my ($group, $from, $to, $error) = @$b;
	bar($lane_of{$group}, $from, $to, $error ? '#c0392b' : '#5d8aa8',
	    'job, ' . ms($to - $from) . ($error ? ", failed ($error)" : ''));
}
for my $s (@sessions) {
	my $active = $s->{active} // $s->{exit};
	bar($n, $s->{enter}, $active, '#f0c36d', 'entering, ' . ms($active - $s->{enter}));
	bar($n, $active, $s->{exit}, '#8e44ad', 'protected, ' . ms($s->{exit} - $active) . ", ended: $s->{cause}");
}
for my $t (@marks) {
	push @svg, sprintf('<path d="M %s %d v 6" stroke="#c0392b"/>', x($t), $top + $n * $lane - 8);
}
my $axis = $top + ($n + 1) * $lane + 10;
for my $i (0 .. 5) {
	my $t = $first + $span * $i / 5;
	push @svg, sprintf('<path d="M %s %d v 6" stroke="#333"/>', x($t), $axis);
	text(x($t), $axis + 20, ms($t - $first), 'middle');
}
text($left, $axis + 44, 'blue: job   yellow: entering   purple: protected   red mark: region reached (PROTM_PEND)   red bar: job failed');

open(my $o, '>', $out) or die "$out: $!\n";
printf $o '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">' . "\n",
	$left + $width + 60, $height;
print $o qq(<rect width="100%" height="100%" fill="white"/>\n);
print $o "$_\n" for @svg;
print $o "</svg>\n";
close($o) or die "$out: $!\n";
printf "%d jobs, %d sessions, %s\n", scalar @bars, scalar @sessions, ms($span);

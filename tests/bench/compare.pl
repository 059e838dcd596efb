#!/usr/bin/env perl
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# compare.pl GOALS DIR: a table of what DIR/ROUND-DRIVER, the output of boots, says.
#
# A row is of one of these: a case of stock and ours, ours / stock; "a/b", two cases of one driver, how much bigger a is;
# "a : b", a case of ours against another one of ours; or a case of ours alone.
# "case@99" is the 99th percentile. Boots print "sample CASE NS" many times, "count CASE N", or "time CASE NS" for what
# takes too long to be done often.
#
# A boot counts once, by the median (or percentile) of its samples: samples of one boot are not independent. The ratio of
# a round is that of its two boots, or of the two cases in one; the interval is Student's over the logarithms of the
# rounds' ratios. A goal, which is an upper bound, is met when the upper end of the interval is.
use strict;
use warnings;

# Two-sided 95 % quantiles of Student's distribution for 1 to 30 degrees of freedom.
my @t95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
	   2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
	   2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042);

sub quantile {
	my ($percent, @v) = @_;
	@v = sort { $a <=> $b } @v;
	my $at = $#v * $percent / 100;
	my $low = int $at;
	return $v[$low] + ($at - $low) * ($v[$low < $#v ? $low + 1 : $low] - $v[$low]);
}

sub mean {
	my $sum = 0;
	$sum += $_ for @_;
	return $sum / @_;
}

# ($mean, $low, $high) of numbers; a count may be zero.
sub interval {
	my @logs = map { log($_ || 1e-6) } @_;
	my $mean = mean(@logs);
	return (exp $mean) x 3 if @logs < 2;
	my $var = 0;
	$var += ($_ - $mean) ** 2 for @logs;
	my $half = ($t95[$#logs - 1] // 1.96) * sqrt($var / $#logs / @logs);
	return map { exp } $mean, $mean - $half, $mean + $half;
}

# Samples of one case that a boot gives at least.
my $least = 500;

my ($goals, $dir) = @ARGV;
my (%goal, %title, @order, %samples, %rounds, %timed, %named);

open(my $in, '<', $goals) or die "$goals: $!\n";
while (<$in>) {
	next if /^#|^\s*$/;
	chomp;
	my ($name, $limit, $title) = split /\t/, $_, 3;
	push @order, $name;
	$goal{$name} = $limit if length $limit;
	$title{$name} = $title;
	$named{$_} = 1 for $name =~ /\w+/g;
}
close $in;

for my $file (glob "$dir/*-stock $dir/*-ours") {
	next unless -f $file;
	my ($round, $driver) = $file =~ m{([^/]+)-(stock|ours)$} or next;
	my %seen;
	open(my $in, '<', $file) or die "$file: $!\n";
	while (<$in>) {
		next unless /^(sample|count|time) (\S+) ([\d.]+)\s*$/;
		push @{$seen{$2}}, $3;
		$timed{$2} = $1 if $1 ne 'count';
	}
	close $in;
	for my $name (sort keys %seen) {
		warn "$file: only ", scalar @{$seen{$name}}, " samples of $name\n"
			if ($timed{$name} // '') eq 'sample' && @{$seen{$name}} < $least;
		$samples{$name}{$driver}{$round} = $seen{$name};
		$rounds{$round} = 1;
		push @order, $name unless $named{$name}++;
	}
}

# What a boot says of "case" or "case@99", or undef.
sub value {
	my ($name, $driver, $round) = @_;
	my ($case, $percent) = split /@/, $name;
	my $v = $samples{$case}{$driver}{$round};
	return $v && quantile($percent // 50, @$v);
}

# [$reference, $value] of each round that has both; without a reference, [1, $value].
sub pairs {
	my ($ref, $ref_driver, $name, $driver) = @_;
	my @pairs;
	for my $round (sort keys %rounds) {
		my $is = value($name, $driver, $round);
		my $was = defined $ref ? value($ref, $ref_driver, $round) : 1;
		push @pairs, [$was, $is] if $was && defined $is;
	}
	return @pairs;
}

sub ratios { return map { ($_->[1] || 1e-6) / $_->[0] } @_ }

sub show {
	my ($name, $v) = @_;
	return sprintf('%.4g', $v) unless $timed{$name =~ s/@.*//r};
	return sprintf('%.1f s', $v / 1e9) if $v >= 1e9;
	return $v >= 1e6 ? sprintf('%.2f ms', $v / 1e6) : sprintf('%.1f us', $v / 1e3);
}

# How the goal reads, and whether it is met: (goal, yes or no) of the numbers of the rounds.
sub judge {
	my ($limit, @v) = @_;
	my ($mid, $low, $high) = interval(@v);
	my ($met, $text);
	return ('', '') unless defined $limit;
	if ($limit =~ /^1 \+- ([\d.]+)$/) {
		($text, $met) = ($limit, $low <= 1 && $high >= 1 && $mid - $low <= $1 && $high - $mid <= $1);
	} elsif ($limit =~ /^< ([\d.]+) us$/) {
		($text, $met) = ("<= $1 us", $high <= 1000 * $1);
	} elsif ($limit =~ /^< ([\d.]+) s$/) {
		($text, $met) = ("<= $1 s", $high <= 1e9 * $1);
	} elsif ($limit =~ /^< (\d+) bytes$/) {
		($text, $met) = ("<= $1", $high <= $1);
	} elsif ($limit =~ /^= ([\d.]+)$/) {
		($text, $met) = ($limit, !grep { $_ != $1 } @v);
	} else {
		($text, $met) = ("<= $limit", $high <= $limit);
	}
	return ($text, $met ? 'yes' : 'no');
}

# row(NAME, FORMAT, REFERENCE, OURS, NUMBERS): the numbers are ratios, or with a format for them, what they are.
sub row {
	my ($name, $format, $ref, $ours, @v) = @_;
	my ($mid, $low, $high) = interval(@v);
	my $number = $format // sub { sprintf '%.3f', $_[0] };
	printf "| %s | %s | %s | %s | %s | %s | %s |\n", $title{$name} // $name, $ref, $ours, $format ? '' : $number->($mid),
		@v > 1 ? $number->($low) . ' to ' . $number->($high) : '', judge($goal{$name}, @v);
}

sub middle { my ($i, @pairs) = @_; return quantile(50, map { $_->[$i] } @pairs) }

# a / b of ours; what it is on stock is for comparison.
sub growth_row {
	my ($name) = @_;
	my ($case, $ref) = split m{/}, $name;
	my @ours = ratios(pairs($ref, 'ours', $case, 'ours'));
	my @stock = ratios(pairs($ref, 'stock', $case, 'stock'));
	return 0 unless @ours;
	row($name, undef, @stock ? sprintf('%.2fx', (interval(@stock))[0]) : '', sprintf('%.2fx', (interval(@ours))[0]), @ours);
	return 1;
}

# A case against stock's or another of ours, or alone.
sub case_row {
	my ($name) = @_;
	my ($case, $other) = split / : /, $name;
	my @pairs = $other ? pairs($other, 'ours', $case, 'ours') : pairs($case, 'stock', $case, 'ours');
	my $alone = !$other && ($goal{$name} // '') =~ /^[<=] /;
	if (@pairs && !$alone) {
		row($name, undef, show($other // $case, middle(0, @pairs)), show($case, middle(1, @pairs)), ratios(@pairs));
		return 1;
	}
	@pairs = $other ? () : pairs(undef, undef, $case, 'ours');
	row($name, sub { show($case, $_[0]) }, '', show($case, middle(1, @pairs)), map { $_->[1] } @pairs) if @pairs;
	return @pairs > 0;
}

my $against = %samples && (grep { $_->{stock} } values %samples) ? 'stock' : 'against';
print "| case | $against | ours | ratio | 95 % interval | goal | met |\n|---|---|---|---|---|---|---|\n";
for my $name (@order) {
	my $done = $name =~ m{/} ? growth_row($name) : case_row($name);
	printf "| %s | | | not measured | | | |\n", $title{$name} // $name unless $done;
}

#!/usr/bin/env perl
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# compare.pl GOALS DIR: a table of ours / stock from DIR/ROUND-DRIVER, the output of interleaved boots.
#
# A boot counts once, by the median of its samples: samples of one boot are not independent. The ratio of a round is
# that of its two boots; the interval is Student's over the logarithms of the rounds' ratios. A goal is met when the
# upper end of the interval is.
use strict;
use warnings;

# Two-sided 95 % quantiles of Student's distribution for 1 to 30 degrees of freedom.
my @t95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
	   2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
	   2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042);

sub median {
	my @v = sort { $a <=> $b } @_;
	return ($v[$#v / 2] + $v[@v / 2]) / 2;
}

sub mean {
	my $sum = 0;
	$sum += $_ for @_;
	return $sum / @_;
}

# ($ratio, $low, $high) of pairs [stock, ours].
sub interval {
	# A count of ours may be zero.
	my @logs = map { log(($_->[1] || 1e-6) / $_->[0]) } @_;
	my $mean = mean(@logs);
	return (exp $mean, exp $mean, exp $mean) if @logs < 2;
	my $var = 0;
	$var += ($_ - $mean) ** 2 for @logs;
	my $half = ($t95[$#logs - 1] // 1.96) * sqrt($var / $#logs / @logs);
	return (exp $mean, exp($mean - $half), exp($mean + $half));
}

# Samples of one case that a boot gives at least.
my $least = 500;

my ($goals, $dir) = @ARGV;
my (%goal, %title, @order, %value, %timed);

open(my $in, '<', $goals) or die "$goals: $!\n";
while (<$in>) {
	next if /^#|^\s*$/;
	chomp;
	my ($name, $limit, $title) = split /\t/, $_, 3;
	push @order, $name;
	$goal{$name} = $limit if length $limit;
	$title{$name} = $title;
}
close $in;

for my $file (glob "$dir/*-stock $dir/*-ours") {
	next unless -f $file;
	my ($round, $driver) = $file =~ m{([^/]+)-(stock|ours)$} or next;
	my %seen;
	open(my $in, '<', $file) or die "$file: $!\n";
	while (<$in>) {
		next unless /^(sample|count) (\S+) ([\d.]+)\s*$/;
		push @{$seen{$2}}, $3;
		$timed{$2} = 1 if $1 eq 'sample';
	}
	close $in;
	for my $name (keys %seen) {
		warn "$file: only ", scalar @{$seen{$name}}, " samples of $name\n" if $timed{$name} && @{$seen{$name}} < $least;
		$value{$name}{$round}{$driver} = median(@{$seen{$name}});
		push @order, $name unless grep { $_ eq $name } @order;
	}
}

sub show {
	my ($name, $v) = @_;
	return sprintf('%.4g', $v) unless $timed{$name};
	return $v >= 1e6 ? sprintf('%.2f ms', $v / 1e6) : sprintf('%.1f us', $v / 1e3);
}

# The pairs [stock, ours] of a case, a round each.
sub pairs {
	return map { [ $_->{stock}, $_->{ours} ] } grep { $_->{stock} && defined $_->{ours} } values %{$value{$_[0]}};
}

# The same for "a/b": [b, a] of one driver.
sub growth {
	my ($name, $driver) = @_;
	my ($a, $b) = split m{/}, $name;
	return map { [ $value{$b}{$_}{$driver}, $value{$a}{$_}{$driver} ] }
		grep { $value{$b}{$_}{$driver} && $value{$a}{$_}{$driver} } keys %{$value{$a}};
}

sub row {
	my ($name, $stock, $ours, @pairs) = @_;
	my ($ratio, $low, $high) = interval(@pairs);
	my $limit = $goal{$name};
	printf "| %s | %s | %s | %.3f | %s | %s | %s |\n", $title{$name} // $name, $stock, $ours, $ratio,
		@pairs > 1 ? sprintf('%.3f to %.3f', $low, $high) : '',
		defined $limit ? "<= $limit" : '', !defined $limit ? '' : $high <= $limit ? 'yes' : 'no';
}

print "| case | stock | ours | ratio | 95 % interval | goal | met |\n|---|---|---|---|---|---|---|\n";
for my $name (@order) {
	my @pairs = $name =~ m{/} ? growth($name, 'ours') : pairs($name);
	if (!@pairs) {
		printf "| %s | | | not measured | | | |\n", $title{$name} // $name;
	} elsif ($name =~ m{/}) {
		my @stock = growth($name, 'stock');
		row($name, @stock ? sprintf('%.2fx', (interval(@stock))[0]) : '', sprintf('%.2fx', (interval(@pairs))[0]), @pairs);
	} else {
		row($name, show($name, median(map { $_->[0] } @pairs)), show($name, median(map { $_->[1] } @pairs)), @pairs);
	}
}

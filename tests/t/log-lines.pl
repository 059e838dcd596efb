#!/usr/bin/env perl
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# log-lines.pl README SOURCE...: the README's table of log lines and the sources tell of the same lines.
# A line stands there as in the source, with "…" for whatever is filled in. Debug messages are not asked for.
use strict;
use warnings;
use utf8;
use open qw(:std :encoding(UTF-8));
use Encode qw(decode);
@ARGV = map { decode('UTF-8', $_) } @ARGV;

my ($readme, @sources) = @ARGV;
my (%logged, %told, $bad);

sub slurp {
	open(my $in, '<', $_[0]) or die "$_[0]: $!\n";
	local $/;
	return <$in>;
}

# "text %u more\n" -> "text … more"
sub plain {
	my $text = join('', map { /^"(.*)"$/s ? $1 : '…' } $_[0] =~ /"(?:[^"\\]|\\.)*"|[A-Z]\w+/g);
	$text =~ s/\\n$//;
	$text =~ s/\\"/"/g;
	$text =~ s/%%/\0/g;
	$text =~ s/%[-0-9#.*]*(?:ll|l|z)?[a-zA-Z](?:(?<=p)[a-zA-Z]{1,2}\b)?/…/g;
	$text =~ s/\0/%/g;
	$text =~ s/…(?:\.?…)+/…/g;
	return $text;
}

for my $file (@sources) {
	my $code = slurp($file);
	while ($code =~ /\b(?:drm_(?:err|warn|info|notice)|dev_(?:err|warn|info)|dev_err_probe|pr_(?:err|warn|notice|info))(?:_once|_ratelimited)?\(([^"();]*(?:\([^"()]*\)[^"();]*)*)((?:"(?:[^"\\]|\\.)*"\s*|[A-Z][A-Z_]+\s+(?="))+)/g) {
		my $text = plain($2);
		# A line made of nothing but what is filled in cannot be looked for.
		$logged{$text} //= $file if $text =~ /[a-z]{2}/;
	}
}
die "no log line found\n" unless %logged;

my $table = slurp($readme);
$table =~ s/.*^## What the log says$//ms or die "$readme: no section \"What the log says\"\n";
$table =~ s/^## .*//ms;
for my $row ($table =~ /^\| (`.*?) \|/mg) {
	$told{$1} = 1 while $row =~ /`([^`]+)`/g;
}

for my $text (sort keys %logged) {
	next if $told{$text};
	print "$logged{$text}: not in $readme: $text\n";
	$bad = 1;
}
for my $text (sort keys %told) {
	next if $logged{$text} || $text =~ /^… …/;
	print "$readme: no source logs: $text\n";
	$bad = 1;
}
exit($bad ? 1 : 0);

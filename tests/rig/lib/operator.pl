#!/usr/bin/env perl
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Sits at the console of a machine with UEFI: writes down what it shows and, where shim asks whether a key is to be enrolled,
# does what a user does. Arguments: CONSOLE LOG PASSWORD, the first without ".in" and ".out".
use strict;
use warnings;
use IO::Handle;

my ($console, $log, $password) = @ARGV;
# Both ends, so that neither open nor read depends on who was first.
open(my $in, '+<', "$console.out") or die "$console.out: $!";
open(my $out, '+>', "$console.in") or die "$console.in: $!";
open(my $record, '>', $log) or die "$log: $!";
$_->autoflush(1) for ($out, $record);

my ($down, $enter) = ("\e[B", "\r");
my @steps = (
	[qr/Press any key to perform MOK management/, ' '],
	[qr/Continue boot.*Enroll MOK/s, $down . $enter],
	[qr/View key 0.*Continue/s, $down . $enter],
	[qr/Enroll the key\(s\)\?.*Yes/s, $down . $enter],
	[qr/Password:/, $password . $enter],
	[qr/Reboot/, $enter],
);
my ($step, $seen) = (0, '');
while (sysread($in, my $text, 4096)) {
	print $record $text;
	$seen .= $text;
	next if $step == @steps || $seen !~ $steps[$step][0];
	# The menu is drawn before it is listened to.
	sleep 1;
	for my $key ($steps[$step][1] =~ /\e\[.|./gs) {
		print $out $key;
		select(undef, undef, undef, 0.3);
	}
	$seen = '';
	$step++;
}

#!/usr/bin/perl
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# userns.pl CMD...: as root, run CMD in a user namespace that has the first 65536 ids of this one, which unshare(1) cannot
# arrange without entries in /etc/subuid. binfmt_misc belongs to the user namespace; dpkg needs more ids than root's.
use strict;
use warnings;
use POSIX ();

my %unshare = (x86_64 => 272, aarch64 => 97);
my $clone_newuser = 0x10000000;
my $call = $unshare{(POSIX::uname())[4]} // die "userns: unknown machine\n";

pipe(my $ready, my $unshared) or die "userns: pipe: $!\n";
my $parent = $$;
my $writer = fork() // die "userns: fork: $!\n";
if ($writer == 0) {
	close($unshared);
	# End of file comes with the parent's end, too; the files are not there then.
	sysread($ready, my $byte, 1);
	for my $map (qw(uid_map gid_map)) {
		open(my $file, '>', "/proc/$parent/$map") or die "userns: $map: $!\n";
		syswrite($file, "0 0 65536\n") or die "userns: $map: $!\n";
		close($file);
	}
	POSIX::_exit(0);
}
close($ready);
syscall($call, $clone_newuser) == 0 or die "userns: unshare: $!\n";
syswrite($unshared, '.');
close($unshared);
waitpid($writer, 0);
$? == 0 or die "userns: no map of ids\n";
exec(@ARGV) or die "userns: $ARGV[0]: $!\n";

#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Scores messages with the installed SpamAssassin: local tests, no Bayes, no history of senders.
# usage: spamassassin.pl server|fresh RULES... < files, one per line
# One JSON object per line on stdout: file, score, hits (rules that show), subrules (name => value).
# "server" is one process for all messages, "fresh" forks for each, so that each is the first of its
# process. They differ for rules with %{NAME}, whose patterns keep what they were first compiled with:
# in a server that is text of a message long gone, and here of one that no other has.
use strict;
use warnings;
use JSON::PP;
use POSIX ();
use Mail::SpamAssassin;

my ($mode, @rules) = @ARGV;
die "usage: spamassassin.pl server|fresh RULES... < list\n" unless @rules;

# The state directory is where it would keep what it learns; nothing is written there.
my $sa = Mail::SpamAssassin->new({
	rules_filename => $rules[0],
	site_rules_filename => $rules[1] // '/nonexistent',
	userprefs_filename => '/dev/null',
	userstate_dir => $ENV{PARITY_STATE} // '/nonexistent',
	local_tests_only => 1,
	dont_copy_prefs => 1,
	post_config_text => "use_bayes 0\nuse_auto_welcomelist 0\ntime_limit 0\n",
});
$sa->compile_now(0, 1);
my $json = JSON::PP->new->canonical->latin1;

sub result {
	my ($file, $raw) = @_;
	my $mail = $sa->parse($raw, 0);
	my $status = $sa->check($mail);
	my $values = $status->{tests_already_hit};
	my %sub = map { $_ => 0 + $values->{$_} } grep { /^__/ && $values->{$_} } keys %$values;
	my $hits = $status->get_names_of_tests_hit_with_scores_hash;
	$_ = 0 + $_ for values %$hits;
	my $line = $json->encode({ file => $file, score => 0 + sprintf('%.3f', $status->get_score),
		hits => $hits, subrules => \%sub });
	$status->finish;
	$mail->finish;
	return $line;
}

sub read_file {
	open my $handle, '<:raw', $_[0] or return;
	local $/;
	return scalar <$handle>;
}

# The child's line comes through a pipe; undef where it died.
sub result_of_child {
	my ($file, $raw) = @_;
	my $pid = open(my $from, '-|') // die "fork: $!";
	if ($pid == 0) {
		binmode STDOUT;
		print result($file, $raw), "\n";
		STDOUT->flush;
		POSIX::_exit(0);
	}
	binmode $from;
	my $line = <$from>;
	close $from;
	chomp $line if defined $line;
	return $line;
}

binmode STDOUT;
$| = 1;
result('', "From: parity\@parity.invalid\nTo: parity\@parity.invalid\nSubject: parity.invalid\n\n" .
	"parity.invalid: http://parity.invalid/parity\n") if $mode eq 'server';
while (my $file = <STDIN>) {
	chomp $file;
	my $raw = read_file($file);
	my $line = defined $raw ? ($mode eq 'fresh' ? result_of_child($file, $raw) : result($file, $raw)) : undef;
	print $line // $json->encode({ file => $file, error => defined $raw ? 'died' : "$!" }), "\n";
}

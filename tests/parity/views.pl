#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# What rules of the installed SpamAssassin see of messages: views.pl REQUESTS < files, one per line.
# A process of its own for each message. One JSON object per line on stdout; see views.py.
use strict;
use warnings;
use JSON::PP;
use POSIX ();
use Mail::SpamAssassin;
use Mail::SpamAssassin::PerMsgStatus;

my ($requests) = @ARGV;
die "usage: views.pl REQUESTS < files, one per line\n" unless defined $requests;

my $sa = Mail::SpamAssassin->new({
	rules_filename => '/usr/share/spamassassin',
	site_rules_filename => '/etc/spamassassin',
	userprefs_filename => '/dev/null',
	userstate_dir => $ENV{PARITY_STATE} // '/nonexistent',
	local_tests_only => 1,
	dont_copy_prefs => 1,
	post_config_text => "use_bayes 0\ntime_limit 0\n",
});
$sa->compile_now(0, 1);
my $json = JSON::PP->new->canonical->latin1;
open my $list, '<', $requests or die "$requests: $!\n";
chomp(my @requests = <$list>);

sub bytes {
	my @texts = @_;
	utf8::is_utf8($_) && utf8::encode($_) for @texts;
	return \@texts;
}

sub views {
	my ($file, $raw) = @_;
	my $mail = $sa->parse($raw, 0);
	my $status = Mail::SpamAssassin::PerMsgStatus->new($sa, $mail);
	my %views = (file => $file);
	$status->extract_message_metadata;
	$views{body} = bytes(@{ $status->get_decoded_stripped_body_text_array });
	$views{rawbody} = bytes(@{ $status->get_decoded_body_text_array });
	$views{uri} = bytes($status->get_uri_list);
	$views{$_} = bytes($status->get($_, undef)) for @requests;
	return $json->encode(\%views);
}

sub read_file {
	open my $handle, '<:raw', $_[0] or return '';
	local $/;
	return scalar <$handle>;
}

binmode STDOUT;
$| = 1;
while (my $file = <STDIN>) {
	chomp $file;
	my $raw = read_file($file);
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		print views($file, $raw), "\n";
		STDOUT->flush;
		POSIX::_exit(0);
	}
	waitpid $pid, 0;
}

# What a script does with Mail::IMAPClient: `perl mail-imapclient.pl STEP HOST PORT CA USER PASSWORD [WORDS]`, what it saw as
# JSON on standard output.

use strict;
use warnings;
use utf8;
use IO::Socket::SSL;
use JSON::PP;
use Mail::IMAPClient;

my ($step, $host, $port, $ca, $user, $password, @words) = @ARGV;

sub connected {
    my $imap = Mail::IMAPClient->new(
        Server => $host, Port => $port, User => $user, Password => $password, Uid => 1, Peek => 1, Timeout => 30,
        Ssl => [SSL_ca_file => $ca, SSL_verify_mode => SSL_VERIFY_PEER], @_,
    ) or die "connect: $@";
    return $imap;
}

# The answer of a method, or the end.
sub ok {
    my ($imap, $method, @arguments) = @_;
    my @answer = $imap->$method(@arguments);
    die "$method(@arguments): " . $imap->LastError . "\n" if !@answer || !defined $answer[0];
    return wantarray ? @answer : $answer[0];
}

# The numbers in it, as numbers.
sub numbers { return [map { $_ + 0 } @_] }

my %steps = (
    reads => sub {
        my $imap = shift;
        ok($imap, select => 'INBOX');
        my @uids = ok($imap, 'messages');
        my $envelope = ok($imap, get_envelope => $uids[0]);
        my $structure = ok($imap, get_bodystructure => $uids[-1]);
        return {
            folders => [sort(ok($imap, 'folders'))], uids => numbers(@uids), unseen => $imap->unseen_count + 0,
            messages => [map { unpack 'H*', ok($imap, message_string => $_) } @uids],
            subjects => [map { ok($imap, subject => $_) } @uids], sizes => numbers(map { ok($imap, size => $_) } @uids),
            envelope => [$envelope->subject, ($envelope->from_addresses)[0], $envelope->messageid],
            structure => [$structure->bodytype, $structure->bodysubtype],
            body => ok($imap, bodypart_string => $uids[0], 1),
            counts => [$imap->message_count('INBOX') + 0, $imap->uidnext('INBOX') + 0],
        };
    },
    flags => sub {
        my $imap = shift;
        ok($imap, select => 'INBOX');
        ok($imap, see => 1);
        ok($imap, mark => 2);
        ok($imap, set_flag => 'Answered', 1);
        ok($imap, unmark => 2);
        ok($imap, deny_seeing => 3);
        ok($imap, store => 3, '+FLAGS', '(plan)');
        my $flags = $imap->flags([1, 2, 3]);
        return { flags => [map { [sort @{ $flags->{$_} }] } 1 .. 3], seen => numbers($imap->seen), unseen => numbers($imap->unseen) };
    },
    moves => sub {
        my $imap = shift;
        ok($imap, select => 'INBOX');
        my $copied = ok($imap, copy => 'Archive', 2);
        my $moved = ok($imap, move => 'Archive', 1);
        ok($imap, 'expunge');
        ok($imap, delete_message => 3);
        ok($imap, uidexpunge => 3);
        my $appended = ok($imap, append_string => 'Drafts', "Subject: draft\r\n\r\nSoon.\r\n", '\Draft', '21-Nov-2025 19:00:00 +0000');
        return { copied => $copied + 0, moved => $moved + 0, appended => $appended + 0 };
    },
    searches => sub {
        my $imap = shift;
        ok($imap, select => 'INBOX');
        return [map { numbers($imap->search($_)) } @words];
    },
    sorts => sub {
        my $imap = shift;
        ok($imap, select => 'INBOX');
        return { capable => ($imap->has_capability('SORT') ? JSON::PP::true : JSON::PP::false) } if !$imap->has_capability('SORT');
        return { capable => JSON::PP::true, sorted => numbers($imap->sort('SUBJECT', 'UTF-8', 'ALL')), threads => $imap->thread('REFERENCES') };
    },
    folders => sub {
        my $imap = shift;
        ok($imap, create => 'Work/Plans');
        ok($imap, subscribe => 'Work/Plans');
        my @subscribed = sort(ok($imap, 'subscribed'));
        ok($imap, rename => 'Work', 'Garden');
        my $there = $imap->exists('Garden/Plans') ? 1 : 0;
        ok($imap, delete => 'Garden/Plans');
        return { separator => $imap->separator, subscribed => \@subscribed, there => $there, left => [sort(ok($imap, 'folders'))] };
    },
    idles => sub {
        my $imap = shift;
        my $other = connected();
        ok($imap, select => 'INBOX');
        my $idle = ok($imap, 'idle');
        ok($other, append_string => 'INBOX', "Subject: new\r\n\r\nYes.\r\n");
        my $told = $imap->idle_data(10) or die 'nothing told';
        ok($imap, done => $idle);
        return [grep { /EXISTS/ } map { s/\s+$//r } @$told];
    },
    compresses => sub {
        my $imap = shift;
        return { capable => JSON::PP::false } if !$imap->has_capability('COMPRESS=DEFLATE');
        ok($imap, 'compress');
        ok($imap, select => 'INBOX');
        return { capable => JSON::PP::true, messages => [map { unpack 'H*', ok($imap, message_string => $_) } ok($imap, 'messages')] };
    },
);

my $imap = connected();
my $seen = $steps{$step}->($imap);
$imap->logout;
print JSON::PP->new->ascii->encode($seen);

"""A group of people on a running server: mail to its address, read by each of them, answered in its name."""

import smtplib
from collections.abc import Iterator, Sequence

import pytest

from person import EVENING, PATIENCE, Person, done, less_trace, quoted
from pillarbox.testing.served import Served
from raw import Raw, imap

ANSWER = b"From: The team <%b>\r\nTo: %b\r\nSubject: Re: evening\r\n\r\nGladly.\r\n"


class Team:
    """A group of two, and one who is not of it."""

    def __init__(self, server: Served, people: Sequence[Person]) -> None:
        self.address = f"team-of-{people[0].address}"
        self.inbox = f"Shared/{self.address}/INBOX"
        self.first, self.second, self.stranger = people
        members = (word for person in people[:2] for word in ("--member", person.address))
        server.run("group", "add", self.address, *members)

    def hears(self, *messages: bytes) -> None:
        Person(self.first.server, self.address).deliver(*messages)


@pytest.fixture
def team(server: Served, unused: Iterator[str]) -> Team:
    return Team(server, [Person(server, next(unused)) for _ in range(3)])


def submit(person: Person, sender: str, to: str, message: bytes) -> None:
    """As a mail program would. Raises smtplib.SMTPException where it is refused."""
    context = person.server.client_context()
    with smtplib.SMTP_SSL("localhost", person.server.ports["submissions"], context=context, timeout=PATIENCE) as client:
        client.login(person.address, person.password)
        client.sendmail(sender, [to], message)


def test_mail_to_a_group_is_seen_by_all_who_belong_to_it_each_with_their_own_flags(team: Team) -> None:
    team.hears(EVENING)
    assert [less_trace(message) for message in team.first.messages(team.inbox)] == [EVENING]
    assert [less_trace(message) for message in team.second.messages(team.inbox)] == [EVENING]
    with team.first.imap(team.inbox) as client:
        done(client.store("1", "+FLAGS", r"(\Seen)"))
    assert (team.first.flags(team.inbox), team.second.flags(team.inbox)) == ([{rb"\Seen"}], [set()])
    with team.second.imap(team.inbox) as client:
        done(client.store("1", "+FLAGS", r"(\Flagged)"))
    assert rb"\Flagged" in team.first.flags(team.inbox)[0]
    with team.stranger.imap() as client:
        assert client.select(quoted(team.inbox))[0] == "NO"
    assert not any("Shared" in name for name in team.stranger.mailboxes())


def test_who_belongs_to_a_group_writes_in_its_name_and_nobody_else_does(team: Team) -> None:
    answer = ANSWER % (team.address.encode(), team.stranger.address.encode())
    submit(team.first, team.address, team.stranger.address, answer)
    (heard,) = team.stranger.messages()
    assert b"From: The team <%b>\r\n" % team.address.encode() in heard
    with pytest.raises(smtplib.SMTPException):
        submit(team.stranger, team.address, team.first.address, answer)
    assert team.first.messages() == []


def test_whoever_waits_is_told_of_a_mailbox_that_is_shared_on_any_worker(team: Team) -> None:
    port, owner, other = team.first.server.ports["imap"], team.first, team.stranger
    name = b"Other Users/%b/Plans" % owner.address.encode()
    listening = [imap(port, other.address, other.password) for _ in range(4)]
    for client in listening:
        client.ask(b'n NOTIFY SET (subtree "Other Users" (MailboxName))', b"n OK")
    with Raw(port) as acting:
        acting.until(b"* OK")
        acting.ask(b"l LOGIN %b %b" % (owner.address.encode(), owner.password.encode()), b"l OK")
        acting.ask(b"c CREATE Plans", b"c OK")
        acting.ask(b"a SETACL Plans %b lr" % other.address.encode(), b"a OK")
    for client in listening:
        assert b"LIST (\\HasNoChildren)" in client.until(name)
        client.close()


def test_whoever_leaves_a_group_sees_no_more_of_it(team: Team) -> None:
    team.hears(EVENING)
    port = team.second.server.ports["imap"]
    with imap(port, team.second.address, team.second.password, quoted(team.inbox).encode()) as client:
        client.ask(b"f FETCH 1 (UID)", b"f OK")
        team.first.server.run("group", "member", "remove", team.address, team.second.address)
        client.ask(b"g UID FETCH 1:* (UID)", b"g NO [NONEXISTENT]")
    assert len(team.first.messages(team.inbox)) == 1

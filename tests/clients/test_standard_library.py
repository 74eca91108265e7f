"""imaplib, poplib and smtplib: what every Python program speaks."""

import imaplib
import poplib
import smtplib
from email.message import EmailMessage

import pytest

from person import DOTS, EVENING, LETTERS, PATIENCE, Person, done, less_trace

pytestmark = pytest.mark.client


def test_imaplib_writes_finds_changes_and_moves(person: Person) -> None:
    person.append(*LETTERS)
    with person.imap() as client:
        assert done(client.search(None, "SUBJECT", "evening")) == [b"1"]
        assert done(client.uid("search", "BODY", "looks")) == [b"2"]
        done(client.store("1", "+FLAGS", r"(\Seen keyword)"))
        assert done(client.search(None, "KEYWORD", "keyword")) == [b"1"]
        done(client.create("Plans"))
        done(client.copy("1:2", "Plans"))
        done(client.uid("move", "3", "Plans"))
    assert person.messages("Plans") == list(LETTERS[:3])
    assert person.messages() == [LETTERS[0], LETTERS[1], LETTERS[3]]
    assert person.flags("Plans")[0] == {rb"\Seen", b"keyword"}


def test_imaplib_fetches_parts_of_messages(person: Person) -> None:
    person.append(DOTS)
    with person.imap() as client:
        (_, header), *_ = done(client.fetch("1", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
        (_, middle), *_ = done(client.fetch("1", "(BODY.PEEK[TEXT]<3.4>)"))
        (size,) = done(client.fetch("1", "(RFC822.SIZE)"))
    assert header == b"Subject: dots\r\n\r\n"
    assert middle == DOTS.partition(b"\r\n\r\n")[2][3:7]
    assert b"RFC822.SIZE %d" % len(DOTS) in size


def test_imaplib_upgrades_to_tls_and_logs_in(person: Person) -> None:
    with imaplib.IMAP4("localhost", person.server.ports["imap"], timeout=PATIENCE) as client:
        client.starttls(person.server.client_context())
        client.authenticate("PLAIN", lambda _: f"\0{person.address}\0{person.password}".encode())
        done(client.select())


def test_imaplib_waits_for_no_wrong_password(person: Person) -> None:
    with (
        imaplib.IMAP4_SSL("localhost", person.server.ports["imaps"], ssl_context=person.server.client_context()) as client,
        pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"),
    ):
        client.login(person.address, "wrong")


def test_poplib_reads_and_deletes(person: Person) -> None:
    person.append(*LETTERS)
    with person.pop3() as client:
        assert client.stat() == (4, sum(map(len, LETTERS)))
        for number, letter in enumerate(LETTERS, 1):
            assert b"\r\n".join([*client.retr(number)[1], b""]) == letter
        uids = [line.split()[1] for line in client.uidl()[1]]
        assert len(set(uids)) == 4
        assert client.top(1, 0)[1][-1] == b""
        client.dele(2)
        client.quit()
    assert person.messages() == [LETTERS[0], *LETTERS[2:]]
    with person.pop3() as client:
        assert [line.split()[1] for line in client.uidl()[1]] == [uids[0], *uids[2:]]


def test_a_dropped_poplib_session_deletes_nothing(person: Person) -> None:
    person.append(*LETTERS)
    with person.pop3() as client:
        client.dele(1)
    assert person.messages() == list(LETTERS)


def test_poplib_upgrades_to_tls(person: Person) -> None:
    client = poplib.POP3("localhost", person.server.ports["pop3"], timeout=PATIENCE)
    client.stls(person.server.client_context())
    client.user(person.address)
    client.pass_(person.password)
    assert client.stat() == (0, 0)
    client.quit()


def test_smtplib_submits_to_several(people: list[Person]) -> None:
    sender, recipient = people
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender.address, recipient.address, "minutes"
    message.set_content("Agreed.\n")
    message.add_attachment(b"\0\1\2" * 1000, maintype="application", subtype="octet-stream", filename="blob")
    message.set_boundary("=-=-=")
    with smtplib.SMTP("localhost", sender.server.ports["submission"], timeout=PATIENCE) as client:
        client.starttls(context=sender.server.client_context())
        client.login(sender.address, sender.password)
        assert client.send_message(message, to_addrs=[sender.address, recipient.address]) == {}
    for one in people:
        (kept,) = one.messages()
        assert message.as_bytes().replace(b"\n", b"\r\n") in kept


def test_smtplib_is_told_of_unknown_people(person: Person) -> None:
    with smtplib.SMTP("localhost", person.server.ports["smtp"], timeout=PATIENCE) as client:
        refused = client.sendmail("ann@example.net", [person.address, "nobody@example.org"], EVENING)
    assert refused["nobody@example.org"][0] == 550
    assert [less_trace(message) for message in person.messages()] == [EVENING]


def test_smtplib_sends_as_nobody_else(people: list[Person]) -> None:
    sender, other = people
    with smtplib.SMTP_SSL(
        "localhost", sender.server.ports["submissions"], context=sender.server.client_context(), timeout=PATIENCE
    ) as client:
        client.login(sender.address, sender.password)
        with pytest.raises(smtplib.SMTPSenderRefused, match=r"5\.7\.1"):
            client.sendmail(other.address, [other.address], EVENING)

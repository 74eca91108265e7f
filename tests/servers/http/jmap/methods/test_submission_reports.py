"""What comes back of what was sent: notifications and receipts, and what they are worth (RFC 8621 §7, RFC 3464, RFC 8098)."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jmapping import ALICE, BOB, Person, persons
from outbound import StillClock
from pillarbox.limits import JmapLimits, Limits
from pillarbox.mail.delivery import Accepted, Addressed, Envelope
from pillarbox.mail.inspection import JUNK
from pillarbox.mail.office import Office
from pillarbox.mail.spool import Received
from pillarbox.message import headers
from pillarbox.message.heading import Heading
from pillarbox.mta.bounce import Bounces, Fate
from pillarbox.store.queued import LOCAL, Claimed, Result, State
from submitting import FOREIGN, Writer, envelope, queued, work_off

MODE = {"actionMode": "manual-action", "sendingMode": "mdn-sent-manually", "type": "displayed"}


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[Mapping[str, Person]]:
    async with persons(tmp_path, replace(Limits(), jmap=JmapLimits(reports=3)), StillClock()) as found:
        yield found


@pytest.fixture
async def alice(people: Mapping[str, Person]) -> Writer:
    writer = Writer(people[ALICE])
    await writer.learn()
    return writer


@pytest.fixture
def office(alice: Writer) -> Office:
    return alice.person.office


# Reports as others write them.


def notification(about: str, *told: tuple[str, str], envid: str = "", original: str = "", returned: str = "") -> bytes:
    """Of (recipient, action) each. `returned` is what kind the message's header comes back as; "": as text/rfc822-headers."""
    groups = "".join(
        f"\r\nFinal-Recipient: rfc822; {to}\r\n"
        + (f"Original-Recipient: rfc822;{original}\r\n" if original else "")
        + f"Action: {action}\r\nStatus: {'2.0.0' if action == 'delivered' else '5.1.1'}\r\n"
        for to, action in told
    )
    first = f"Reporting-MTA: dns; mx.example.com\r\n{f'Original-Envelope-Id: {envid}{chr(13)}{chr(10)}' if envid else ''}"
    header = f"Message-ID: <{about}>\r\nSubject: Hello\r\n" if about else "Subject: Hello\r\n"
    return _report("delivery-status", first + groups, header + "\r\nText\r\n", returned)


def receipt(about: str, who: str = FOREIGN, kind: str = "displayed", original: str = "", returned: str = "") -> bytes:
    said = f"Final-Recipient: rfc822; {who}\r\nDisposition: manual-action/MDN-sent-manually; {kind}\r\n"
    said += f"Original-Recipient: rfc822;{original}\r\n" if original else ""
    if returned:
        return _report("disposition-notification", said, f"Message-ID: <{about}>\r\n\r\n", returned)
    return _report("disposition-notification", said + f"Original-Message-ID: <{about}>\r\n", "", "")


def _report(kind: str, said: str, header: str, returned: str) -> bytes:
    parts = ["Content-Type: text/plain\r\n\r\nSo it is.\r\n", f"Content-Type: message/{kind}\r\n\r\n{said}"]
    parts += [f"Content-Type: {returned or 'text/rfc822-headers'}\r\n\r\n{header}"] if header else []
    body = "".join(f"--b\r\n{part}\r\n" for part in parts)
    return (
        f"From: postmaster@example.com\r\nTo: {ALICE}\r\nSubject: about {kind} {said[:40]!r}\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: Multipart/Report; Report-Type={kind}; boundary="b"\r\n\r\n{body}--b--\r\n'
    ).encode()


async def arrives(office: Office, data: bytes, to: str = ALICE, special_use: str | None = None) -> None:
    addressed = Addressed(to, await office.directory.resolve(*to.rsplit("@", 1)))
    accepted = Accepted(id="in", received=Received.of(data), skip=0, envelope=Envelope(), heading=Heading(headers.read(data)))
    (outcome,) = await office.delivery.deliver(accepted, [addressed], special_use=special_use)
    assert outcome.error is None


async def handed_on(alice: Writer, *to: str, **asked: str) -> tuple[str, str]:
    """A submission that another server has taken, and its Message-ID."""
    email = await alice.draft(*to or (FOREIGN,))
    made = await alice.submitted(email, envelope(*to or (FOREIGN,), **asked))
    await work_off(alice.person.office)
    return made["id"], (await alice.email(email, "messageId"))["messageId"][0]


async def status(alice: Writer, name: str, email: str = FOREIGN) -> tuple[str, str]:
    """(delivered, displayed)"""
    found = (await alice.submission(name))["deliveryStatus"][email]
    return found["delivered"], found["displayed"]


async def blobs(alice: Writer, name: str) -> tuple[int, int]:
    found = await alice.submission(name)
    return len(found["dsnBlobIds"]), len(found["mdnBlobIds"])


# What is told.


@pytest.mark.parametrize("returned", ["", "message/rfc822", "message/global-headers"])
@pytest.mark.parametrize(
    ("action", "delivered"), [("delivered", "yes"), ("failed", "no"), ("delayed", "unknown"), ("relayed", "unknown")]
)
async def test_a_notification_of_another_server_tells_of_what_it_was_handed(
    alice: Writer, office: Office, action: str, delivered: str, returned: str
) -> None:
    name, message_id = await handed_on(alice)
    state = (await alice.ask("EmailSubmission/get", ids=[]))["state"]
    await arrives(office, notification(message_id, (FOREIGN.upper(), action), returned=returned))
    told = await alice.ask("EmailSubmission/changes", sinceState=state)
    assert (told["created"], told["updated"]) == ([], [name])
    assert await status(alice, name) == (delivered, "unknown")
    (blob,) = (await alice.submission(name))["dsnBlobIds"]
    (email,) = await alice.found({"inMailbox": alice.boxes["inbox"]})
    assert (await alice.email(email, "blobId"))["blobId"] == blob, "it is an email as well"
    assert b"Action: " in (await alice.person.download(blob)).content


@pytest.mark.parametrize("returned", ["", "text/rfc822-headers"])
@pytest.mark.parametrize(("kind", "displayed"), [("displayed", "yes"), ("deleted", "unknown"), ("processed", "unknown")])
async def test_a_receipt_tells_that_it_was_displayed(
    alice: Writer, office: Office, kind: str, displayed: str, returned: str
) -> None:
    name, message_id = await handed_on(alice)
    await arrives(office, receipt(message_id, kind=kind, returned=returned))
    assert await status(alice, name) == ("unknown", displayed)
    assert await blobs(alice, name) == (0, 1)


async def test_a_receipt_of_somebody_here_is_one(alice: Writer, people: Mapping[str, Person]) -> None:
    bob = Writer(people[BOB])
    await bob.learn()
    made = await alice.submitted(await alice.draft(BOB, **{"header:Disposition-Notification-To": f" {ALICE}"}))
    (got,) = await bob.found()
    (said, sent), *_ = await bob.person.ask(
        ("MDN/send", {"identityId": await bob.identity(), "send": {"one": {"forEmailId": got, "disposition": MODE}}})
    )
    assert sent["notSent"] is None, said
    assert await status(alice, made["id"], BOB) == ("yes", "yes")
    assert await blobs(alice, made["id"]) == (0, 1)


async def test_a_notification_of_ours_names_the_submission_by_its_envelope(alice: Writer, office: Office) -> None:
    """By nothing else: the header that comes back with it has no Message-ID in this test."""
    made = await alice.submitted(await alice.draft(FOREIGN))
    (waiting,) = await queued(office)
    assert waiting.message.envid == made["id"]
    fates = [Fate(address=FOREIGN, action="failed", code="5.1.1", said="550 5.1.1 nobody")]
    bounce = Bounces(hostname=office.hostname, lifetime=60).compose(
        waiting.message, fates, b"Subject: Hello\r\n\r\n", now=waiting.message.created_at, id="b1", destination=LOCAL
    )
    assert bounce
    await office.kept.queue().add(bounce)
    await work_off(office, said="550 5.1.1 nobody")
    assert await status(alice, made["id"]) == ("no", "unknown")
    assert await blobs(alice, made["id"]) == (1, 0)


async def test_each_recipient_has_what_was_said_of_it_by_whatever_name_it_was_known(alice: Writer, office: Office) -> None:
    many = [f"{name}@example.com" for name in "abcd"]
    name, message_id = await handed_on(alice, *many)
    await arrives(office, notification(message_id, ("a@example.com", "delivered"), ("stranger@example.net", "failed")))
    await arrives(office, notification(message_id, ("elsewhere@example.net", "failed"), original="b@example.com"))
    await arrives(office, receipt(message_id, "other@example.net", original="C@example.com"))
    shown = (await alice.submission(name))["deliveryStatus"]
    assert {each: (one["delivered"], one["displayed"]) for each, one in shown.items()} == {
        "a@example.com": ("yes", "unknown"),
        "b@example.com": ("no", "unknown"),
        "c@example.com": ("unknown", "yes"),
        "d@example.com": ("unknown", "unknown"),
    }
    await arrives(office, notification(message_id, ("b@example.com", "delivered")))
    assert (await status(alice, name, "b@example.com"))[0] == "no", "of what an address leads to, one did not get it"


async def test_of_two_that_are_the_same_message_the_envelope_tells_them_apart(alice: Writer, office: Office) -> None:
    email = await alice.draft(FOREIGN)
    names = [(await alice.submitted(email, given))["id"] for given in (None, envelope(FOREIGN, ENVID="mine"), None)]
    await work_off(office)
    message_id = (await alice.email(email, "messageId"))["messageId"][0]
    for envid in (names[0], "mine", "unknown"):
        await arrives(office, notification(message_id, (FOREIGN, "delayed"), envid=envid))
    assert [await blobs(alice, name) for name in names] == [(1, 0), (0, 0), (2, 0)], "by Message-ID: the last"
    await arrives(office, notification("", (FOREIGN, "delivered"), envid="mine"))
    assert await blobs(alice, names[1]) == (1, 0)


# What is not.


async def test_what_the_queue_knows_is_never_unsaid(alice: Writer, office: Office) -> None:
    """Anybody can write a report."""
    email = await alice.draft(BOB, FOREIGN)
    made = (await alice.submitted(email))["id"]
    message_id = (await alice.email(email, "messageId"))["messageId"][0]
    await arrives(office, notification(message_id, (BOB, "failed"), (FOREIGN, "delivered")))
    assert (await status(alice, made, BOB), await status(alice, made)) == (("yes", "unknown"), ("queued", "unknown"))
    await work_off(office, said="550 5.1.1 nobody")
    assert await status(alice, made) == ("no", "unknown")


async def test_what_is_in_anothers_mailbox_in_junk_or_about_nothing_sent_tells_nothing(alice: Writer, office: Office) -> None:
    name, message_id = await handed_on(alice)
    state = (await alice.ask("EmailSubmission/get", ids=[]))["state"]
    said = notification(message_id, (FOREIGN, "failed"), envid=name)
    await arrives(office, said, to=BOB)
    await arrives(office, said, special_use=JUNK)
    await arrives(office, notification("other@example.com", (FOREIGN, "failed"), envid="other"))
    await arrives(office, notification("", (FOREIGN, "failed")))
    await arrives(office, receipt("other@example.com"))
    await arrives(office, said.replace(b"Multipart/Report", b"Multipart/Mixed"))
    await arrives(office, said.replace(b"message/delivery-status", b"message/something"))
    await alice.put(said, "inbox")
    assert (await alice.ask("EmailSubmission/get", ids=[]))["state"] == state
    assert await blobs(alice, name) == (0, 0)


async def test_so_many_are_kept_of_each_kind_and_each_once(alice: Writer, office: Office) -> None:
    name, message_id = await handed_on(alice)
    first = notification(message_id, (FOREIGN, "delayed"))
    for number in range(3):
        await arrives(office, first)
        assert await blobs(alice, name) == (1, 0), number
    for number in range(5):
        await arrives(office, notification(message_id, (f"p{number}@example.com", "delayed")))
        await arrives(office, receipt(message_id, f"p{number}@example.com"))
    assert await blobs(alice, name) == (3, 3)
    await arrives(office, notification(message_id, (FOREIGN, "failed")))
    assert await status(alice, name) == ("unknown", "unknown"), "a fourth says nothing"


# At the same time.


async def test_what_comes_before_the_submission_is_kept_is_heard_all_the_same(
    alice: Writer, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may have returned it before this one has written down that it was sent."""
    given = envelope(FOREIGN, "ann@example.net", ENVID="early")
    submit = type(office.submission).submit

    async def submit_and_return(self: Any, *arguments: Any, **more: Any) -> Any:
        outcomes = await submit(self, *arguments, **more)
        accepted = arguments[1]
        for data in (
            notification("", (FOREIGN, "failed"), envid="early"),
            notification(accepted.heading.message_id, ("ann@example.net", "failed")),
            notification("other@x", ("ann@example.net", "failed"), envid="other"),
        ):
            await arrives(office, data)
        return outcomes

    monkeypatch.setattr(type(office.submission), "submit", submit_and_return)
    made = await alice.submitted(await alice.draft(FOREIGN), given)
    assert len(made["dsnBlobIds"]) == 2
    assert await blobs(alice, made["id"]) == (2, 0)


async def test_reports_and_the_queue_speak_at_once_and_nothing_is_lost(alice: Writer, office: Office) -> None:
    email = await alice.draft("a@example.com", "b@example.com", "c@example.com")
    made = (await alice.submitted(email))["id"]
    message_id = (await alice.email(email, "messageId"))["messageId"][0]
    queue = office.kept.queue()
    owner = await queue.enlist()
    (pair,) = await queue.claim(owner, int(office.clock.now().timestamp()), 100)
    reports = [notification(message_id, (f"{each}@example.com", "delivered")) for each in "abc"]
    await asyncio.gather(
        work_off_pair(office, pair),
        *(arrives(office, data) for data in reports),
        *(alice.submission(made) for _ in range(3)),
    )
    await queue.resign(owner)
    assert await blobs(alice, made) == (3, 0)
    assert {(await status(alice, made, f"{each}@example.com"))[0] for each in "abc"} == {"yes"}


async def work_off_pair(office: Office, pair: Claimed) -> None:
    for one in pair.recipients:
        await office.kept.queue().settle(
            [Result(id=pair.message.id, n=one.n, state=State.DELIVERED, host="mx", code="2.0.0", said="250 2.0.0 thanks")]
        )
        await office.moved(pair.message.account, pair.message.id)

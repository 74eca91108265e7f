from dataclasses import replace
from hashlib import sha256

import pytest

from pillarbox.limits import MessageLimits
from pillarbox.message import headers, structure
from pillarbox.message.report import read_status
from pillarbox.message.status import Action
from pillarbox.mta.bounce import Bounces, Fate, fate_of, is_due
from pillarbox.store.models import Content
from pillarbox.store.queued import LOCAL, NewQueued, NewRecipient, QueuedRecipient, State

NOW = 1_795_264_200
LIFETIME = 5 * 86400
ORIGINAL = b"From: alice@example.org\r\nSubject: Lunch\r\nMessage-ID: <lunch@example.org>\r\n\r\nAt noon?\r\n"
FAILED = Fate(
    address="bob@example.net", action="failed", code="5.1.1", said="550 5.1.1 no", host="mx.example.net [192.0.2.1]:25"
)
BOUNCES = Bounces(
    hostname="mail.example.org",
    lifetime=LIFETIME,
    limits=MessageLimits(returned=200, returned_full=400),
)


def content(data: bytes = ORIGINAL) -> Content:
    return Content(blob=sha256(data).digest(), size=len(data))  # type: ignore[arg-type]


def queued(**changes: object) -> NewQueued:
    message = NewQueued(
        id="orig1",
        kind="submission",
        sender="alice@example.org",
        recipients=[NewRecipient(address="bob@example.net", destination="example.net")],
        content=content(),
        created_at=NOW - 60,
        expires_at=NOW + 1000,
        envid="QQ1",
    )
    return replace(message, **changes)  # type: ignore[arg-type]


def recipient(**changes: object) -> QueuedRecipient:
    found = QueuedRecipient(
        n=0, address="bob@example.net", destination="example.net", notify="", orcpt="rfc822;b@x", state=State.IN_HAND, at=0,
        attempts=1, warned=False, host="", code="", said="", updated_at=0,
    )  # fmt: skip
    return replace(found, **changes)  # type: ignore[arg-type]


def bounce(message: NewQueued, *fates: Fate, original: bytes = ORIGINAL) -> NewQueued | None:
    needed = BOUNCES.bytes_needed(message, fates)
    return BOUNCES.compose(message, fates, original[:needed], now=NOW, id="bounce1", destination=LOCAL)


def returned_as(found: NewQueued | None) -> str:
    assert found is not None
    assert found.content.data is not None
    return structure.parse(found.content.data).children[2].content_type


@pytest.mark.parametrize(
    ("notify", "action", "told"),
    [
        ("", "failed", True),
        ("", "delayed", True),
        ("", "delivered", False),
        ("", "relayed", False),
        ("", "expanded", False),
        ("NEVER", "failed", False),
        ("NEVER", "delayed", False),
        ("NEVER", "delivered", False),
        ("FAILURE", "failed", True),
        ("FAILURE", "delayed", False),
        ("FAILURE", "delivered", False),
        ("DELAY", "failed", False),
        ("DELAY", "delayed", True),
        ("SUCCESS", "failed", False),
        ("SUCCESS", "delayed", False),
        ("SUCCESS", "delivered", True),
        ("SUCCESS", "relayed", True),
        ("SUCCESS", "expanded", True),
        ("SUCCESS,FAILURE", "failed", True),
        ("success,failure,delay", "delayed", True),
    ],
)
def test_the_sender_is_told_what_was_asked_for(notify: str, action: Action, told: bool) -> None:
    fate = replace(FAILED, action=action, notify=notify)
    assert is_due(queued(), fate) is told
    assert (bounce(queued(), fate) is not None) is told
    assert (BOUNCES.bytes_needed(queued(), [fate]) > 0) is told


@pytest.mark.parametrize("changes", [{"sender": ""}, {"accountable": False}])
@pytest.mark.parametrize("action", ["failed", "delayed", "delivered"])
def test_nobody_is_told_who_did_not_write(changes: dict[str, object], action: Action) -> None:
    fate = replace(FAILED, action=action, notify="SUCCESS,FAILURE,DELAY")
    assert bounce(queued(**changes), fate) is None
    assert BOUNCES.bytes_needed(queued(**changes), [fate]) == 0


@pytest.mark.parametrize(
    ("state", "destination", "relayed", "warned", "action"),
    [
        (State.FAILED, "example.net", False, False, "failed"),
        (State.FAILED, LOCAL, False, True, "failed"),
        (State.WAITING, "example.net", False, False, None),
        (State.WAITING, "example.net", False, True, "delayed"),
        (State.DELIVERED, LOCAL, False, False, "delivered"),
        (State.DELIVERED, "example.net", True, False, "relayed"),
        (State.DELIVERED, "example.net", False, False, None),
        (State.DROPPED, "example.net", False, False, None),
        (State.HELD, "example.net", False, True, None),
    ],
)
def test_what_came_of_a_recipient_has_a_name_or_is_nothing_to_tell(
    state: State, destination: str, relayed: bool, warned: bool, action: Action | None
) -> None:
    found = fate_of(recipient(destination=destination), state, "2.0.0", "250 ok", "mx", relayed=relayed, warned=warned)
    assert (found.action if found else None) == action
    assert found is None or (found.address, found.orcpt, found.said, found.host) == (
        "bob@example.net",
        "rfc822;b@x",
        "250 ok",
        "mx",
    )


def test_a_bounce_goes_to_the_sender_from_nobody() -> None:
    found = bounce(queued(), FAILED)
    assert found is not None
    assert (found.kind, found.sender, found.accountable, found.account) == ("bounce", "", False, None)
    assert found.recipients == [NewRecipient(address="alice@example.org", destination=LOCAL, notify="NEVER", at=NOW)]
    assert (found.created_at, found.expires_at) == (NOW, NOW + LIFETIME)
    assert (found.id, found.message_id, found.subject) == ("bounce1", "bounce1@mail.example.org", "Undelivered: Lunch")
    assert (found.body, found.smtputf8) == ("7BIT", False)
    data = found.content.data
    assert data is not None
    assert (found.content.size, found.content.blob) == (len(data), sha256(data).digest())
    assert headers.read(data).first(b"from") == b"Mail Delivery System <postmaster@mail.example.org>"


def test_a_bounce_gives_rise_to_no_other() -> None:
    first = bounce(queued(), FAILED)
    assert first is not None
    assert bounce(first, FAILED) is None


def test_several_recipients_are_told_of_in_one_and_those_not_asked_for_in_none() -> None:
    found = bounce(
        queued(),
        FAILED,
        replace(FAILED, address="carol@example.com", action="delayed", code="4.4.1", said="nobody answers", host=""),
        replace(FAILED, address="dave@example.com", notify="NEVER"),
    )
    assert found is not None
    assert found.content.data is not None
    status = read_status(found.content.data, structure.parse(found.content.data))
    assert status is not None
    assert (status.reporting_mta, status.envid) == ("mail.example.org", "QQ1")
    assert [(each.address, each.action, each.remote_mta) for each in status.recipients] == [
        ("bob@example.net", "failed", "mx.example.net"),
        ("carol@example.com", "delayed", ""),
    ]
    retry = status.recipients[1].will_retry_until
    assert retry is not None
    assert retry.timestamp() == NOW + 1000
    assert status.recipients[0].will_retry_until is None


WHOLE, HEADER = "message/rfc822", "text/rfc822-headers"


@pytest.mark.parametrize(
    ("size", "ret", "action", "expected"),
    [
        (200, "", "failed", WHOLE),
        (201, "", "failed", HEADER),
        (200, "HDRS", "failed", HEADER),
        (201, "FULL", "failed", WHOLE),
        (400, "FULL", "failed", WHOLE),
        (401, "FULL", "failed", HEADER),
        (200, "FULL", "delayed", HEADER),
    ],
)
def test_the_message_goes_back_if_it_is_small_and_something_failed(size: int, ret: str, action: Action, expected: str) -> None:
    original = ORIGINAL.ljust(size, b"x")
    message = queued(ret=ret, content=content(original))
    fate = replace(FAILED, action=action)
    assert returned_as(bounce(message, fate, original=original)) == expected
    assert BOUNCES.bytes_needed(message, [fate]) == (size if expected == WHOLE else min(size, 201))


def test_what_goes_over_the_wire_is_what_counts() -> None:
    message = queued(content=content(b"y" * 50 + ORIGINAL), prefix=b"Received: x\r\n", skip=50)
    assert BOUNCES.bytes_needed(message, [FAILED]) == len(b"Received: x\r\n" + ORIGINAL)


def test_what_must_stay_encrypted_stays_so_and_is_not_repeated() -> None:
    found = bounce(queued(require_tls=True, ret="FULL"), FAILED)
    assert found is not None
    assert found.require_tls
    assert returned_as(found) == HEADER


def test_less_than_the_whole_message_is_never_sent_as_whole() -> None:
    found = BOUNCES.compose(queued(), [FAILED], ORIGINAL[:-3], now=NOW, id="b", destination=LOCAL)
    assert returned_as(found) == HEADER


@pytest.mark.parametrize(
    ("sender", "original", "body", "smtputf8"),
    [
        ("alice@example.org", ORIGINAL + "é\r\n".encode(), "8BITMIME", False),
        ("ålice@example.org", ORIGINAL, "8BITMIME", True),
        ("alice@example.org", "Subject: é\r\n\r\n".encode(), "7BIT", False),
    ],
)
def test_no_more_is_asked_of_the_next_server_than_needed(sender: str, original: bytes, body: str, smtputf8: bool) -> None:
    found = bounce(queued(sender=sender, content=content(original)), FAILED, original=original)
    assert found is not None
    assert (found.body, found.smtputf8) == (body, smtputf8)

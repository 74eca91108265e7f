"""Where mail goes, and where it cannot: dead and null domains, loops, backups, smart hosts; and what a person does about it."""

import json

import pytest

from hosts import sink
from pillarbox.proto.smtp.replies import Reply
from pillarbox.store.queued import State
from pillarbox.testing.neighbourhood import Neighbourhood
from pillarbox.testing.served import PASSWORD
from street import LATER, PICKY, SINK, field, letter, meanwhile, parsed, said, told, waits, way

ALICE, BOB = "alice@here.example", "bob@there.example"


@pytest.mark.parametrize(
    ("domain", "status", "words"),
    [
        ("null.example", "5.1.10", "takes no mail"),
        ("loop.example", "5.4.6", "loops back"),
        ("no.such.example", "5.1.2", "no domain"),
    ],
)
def test_where_nobody_will_ever_take_it_its_sender_is_told_at_once(
    street: Neighbourhood, domain: str, status: str, words: str
) -> None:
    token, message = letter(ALICE, f"someone@{domain}")
    street.here.submit([f"someone@{domain}"], message)
    got = told(street.here, token)
    assert (got["Action"], got["Status"]) == ("failed", status)
    assert words in " ".join(got.words.split())


def test_where_nobody_is_at_home_it_waits_and_says_why(street: Neighbourhood) -> None:
    to = "silent@dead.example"
    token, message = letter(ALICE, to)
    street.here.submit([to], message)
    name, recipient = waits(street.here, to, tried=True)
    assert recipient.code == "4.4.1"
    assert "refused" in recipient.said
    listed = json.loads(street.here.served.run("queue", "list", "--recipient", to, "--json"))
    assert [(one["id"], one["state"], one["code"]) for one in listed] == [(name, "waiting", "4.4.1")]
    assert to in street.here.served.run("queue", "show", name)
    assert token in street.here.served.run("queue", "show", name, "--message")


def test_a_dead_destination_delays_no_other(street: Neighbourhood) -> None:
    _, stuck = letter(ALICE, "first@dead.example")
    street.here.submit([f"n{number}@dead.example" for number in range(20)], stuck)
    token, message = letter(ALICE, BOB)
    street.here.submit([BOB], message)
    street.there.awaits(token.encode(), within=30)


def test_what_waits_can_be_held_released_and_returned(street: Neighbourhood) -> None:
    to = "handled@dead.example"
    token, message = letter(ALICE, to)
    street.here.submit([to], message)
    name, _ = waits(street.here, to, tried=True)
    for verb, state in (("hold", State.HELD), ("release", State.WAITING), ("retry", State.WAITING)):
        street.here.served.run("queue", verb, name)
        assert waits(street.here, to, state)[0] == name
    street.here.served.run("queue", "bounce", "--recipient", to)
    got = told(street.here, token)
    assert (got["Final-Recipient"], got["Action"]) == (f"rfc822; {to}", "failed")
    assert waits(street.here, to, State.FAILED)[0] == name


async def test_nothing_that_demands_tls_goes_where_there_is_none(street: Neighbourhood) -> None:
    to = "someone@sink.example"
    _, message = letter(ALICE, to, "secret")
    async with sink(address=SINK, port=street.port) as host:
        await meanwhile(street.here.submit, [to], message, ["REQUIRETLS"])
        _, recipient = await meanwhile(waits, street.here, to, tried=True)
    assert (recipient.code, host.taken) == ("4.7.5", [])


async def test_some_recipients_are_taken_others_returned_and_others_wait(street: Neighbourhood) -> None:
    token, message = letter(ALICE, "yes@picky.example")
    to = [f"{name}@picky.example" for name in ("yes", "no", "later")]

    def picky(what: str) -> Reply | None:
        answers = {"no": Reply(550, "5.1.1", "no"), "later": Reply(450, "4.2.1", "later")}
        return next((reply for name, reply in answers.items() if what == f"RCPT {name}@picky.example"), None)

    async with sink(picky, address=PICKY, port=street.port) as host:
        await meanwhile(street.here.submit, to, message)
        got = await meanwhile(told, street.here, token)
    assert [one["Final-Recipient"] for one in got.recipients] == ["rfc822; no@picky.example"]
    assert host.recipients == ["yes@picky.example"]
    _, later = await meanwhile(waits, street.here, "later@picky.example", tried=True)
    assert later.code == "4.2.1"


async def test_a_backup_keeps_mail_until_its_server_is_back(street: Neighbourhood) -> None:
    to = "someone@later.example"
    street.here.served.run("domain", "add", "later.example", "--backup")
    token, message = letter(BOB, to)
    await meanwhile(street.there.submit, [to], message)
    name, _ = await meanwhile(waits, street.here, to, tried=True)
    async with sink(address=LATER, port=street.port) as host:
        await meanwhile(street.here.served.run, "queue", "retry", name)
        await meanwhile(way, street.here, token)
        (taken,) = host.taken
    assert (taken.sender, taken.recipients) == ("bob@there.example", ["someone@later.example"])
    assert taken.content.endswith(message)
    assert b"DKIM-Signature" in taken.content
    assert "by mx.here.example" in field(taken.content, "Received")


def test_a_smart_host_is_logged_in_to_and_proved_to_be_the_right_one(street: Neighbourhood) -> None:
    carol = "carol@via.example"
    street.here.served.run("domain", "add", "via.example")
    street.here.served.add_accounts([carol])
    where = f"mx.there.example:{street.there.served.ports['submission']}"
    log_in = (f"smart_host_user={BOB}", f"smart_host_password={PASSWORD}")
    street.here.served.run("domain", "set", "via.example", f"smart_host={where}", "smart_host_tls=verify", *log_in)
    street.there.served.run("domain", "add", "via.example")
    street.there.served.run("alias", "add", carol, BOB)
    token, message = letter(carol, BOB)
    street.here.submit([BOB], message, sender=carol, user=carol)
    got = street.there.awaits(token.encode())
    assert "with ESMTPSA (TLSv1.3 " in field(got, "Received")
    words = said(street.here, way(street.here, token)[0].id)
    assert "a right certificate" in words
    assert PASSWORD not in words
    assert parsed(got)["DKIM-Signature"]


def test_a_smart_host_that_proves_nothing_is_given_nothing(street: Neighbourhood) -> None:
    dave = "dave@wary.example"
    street.here.served.run("domain", "add", "wary.example")
    street.here.served.add_accounts([dave])
    where = f"127.0.0.3:{street.there.served.ports['submission']}"  # no name its certificate could have
    street.here.served.run("domain", "set", "wary.example", f"smart_host={where}", "smart_host_tls=verify")
    _, message = letter(dave, BOB)
    street.here.submit([BOB], message, sender=dave, user=dave)
    name, recipient = waits(street.here, BOB, tried=True)
    assert recipient.code == "4.7.5"
    street.here.served.run("queue", "drop", name)

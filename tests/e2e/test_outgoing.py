"""Mail between two Pillarboxes: who sent it is known, nothing travels in the clear, and whoever asked is told."""

import json
import smtplib

import pytest

from pillarbox.store.queued import State
from pillarbox.testing.neighbourhood import Neighbourhood
from street import field, letter, parsed, queued, said, told, waits, way

ALICE, BOB, NOBODY = "alice@here.example", "bob@there.example", "nobody@there.example"


def test_what_arrives_is_proved_by_spf_dkim_and_dmarc_and_came_by_tls(street: Neighbourhood) -> None:
    token, message = letter(ALICE, BOB)
    street.here.submit([BOB], message)
    got = street.there.awaits(token.encode())
    results = field(got, "Authentication-Results")
    for proof in (
        "mx.there.example; iprev=pass",
        "spf=pass smtp.mailfrom=alice@here.example",
        "dkim=pass header.d=here.example",
        "header.a=rsa-sha256",
        "header.a=ed25519-sha256",
        "dmarc=pass",
    ):
        assert proof in results
    assert "by mx.there.example with ESMTPS (TLSv1.3 " in field(got, "Received")
    assert got.endswith(message)


def test_both_sides_can_tell_the_whole_way(street: Neighbourhood) -> None:
    token, message = letter(ALICE, BOB)
    street.here.submit([BOB], message)
    way(street.here, token)
    events = json.loads(street.here.served.run("trace", f"{token}@here.example", "--json"))
    assert {one["event"] for one in events} == {"received", "queued", "said", "delivered"}
    (words,) = [one["said"] for one in events if one["event"] == "said"]
    assert "C: RCPT TO:<bob@there.example>" in words
    assert any("TLSv1.3 with " in line and line.endswith("the certificate of its TLSA records") for line in words)
    (checked,) = [one.facts for one in way(street.there, token, "filed") if "dmarc" in one.facts]
    assert (checked["dmarc"], checked["spf"]) == ("pass", "pass")


def test_an_answer_finds_its_way_back(street: Neighbourhood) -> None:
    token, message = letter(BOB, ALICE)
    street.there.submit([ALICE], message)
    assert "dmarc=pass" in field(street.here.awaits(token.encode()), "Authentication-Results")


EIGHT_BITS = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"


def test_eight_bits_arrive_as_they_were_and_signed(street: Neighbourhood) -> None:
    token, message = letter(ALICE, BOB, "Äpfel, 梨, 🍎", fields=EIGHT_BITS)
    street.here.submit([BOB], message, ["BODY=8BITMIME"])
    got = street.there.awaits(token.encode())
    assert got.endswith(message)
    assert "dkim=pass" in field(got, "Authentication-Results")


@pytest.mark.parametrize("way", ["there", "back"])
def test_names_beyond_ascii_go_both_ways(street: Neighbourhood, way: str) -> None:
    first, second = (street.here, street.there) if way == "there" else (street.there, street.here)
    alias = f"grüße@{second.domain}"
    if alias not in second.served.run("alias", "list"):
        second.served.run("alias", "add", alias, second.person)
    token, message = letter(first.person, alias, "Köln", fields=EIGHT_BITS)
    with smtplib.SMTP(first.host, first.served.ports["submission"], timeout=90) as client:
        client.starttls()
        client.login(first.person, "sesame")
        client.ehlo()
        client.docmd(f"MAIL FROM:<{first.person}> SMTPUTF8 BODY=8BITMIME")
        client.command_encoding = "utf-8"
        assert client.docmd(f"RCPT TO:<{alias}>")[0] == 250
        client.data(message)
    got = second.awaits(token.encode())
    assert alias in field(got, "To")
    assert "with UTF8SMTPS" in field(got, "Received")
    assert "dkim=pass" in field(got, "Authentication-Results")


# What the sender is told.


def test_who_writes_to_nobody_is_told_so(street: Neighbourhood) -> None:
    token, message = letter(ALICE, NOBODY)
    street.here.submit([NOBODY], message, ["ENVID=my+2Bname", "RET=FULL"], ["ORCPT=rfc822;old+40there.example"])
    got = told(street.here, token)
    assert field(got.raw, "Return-Path") == "<>"
    assert got.message["Reporting-MTA"] == "dns; mx.here.example"
    assert got.message["Original-Envelope-Id"] == "my+name"
    assert (got["Final-Recipient"], got["Action"], got["Status"]) == (f"rfc822; {NOBODY}", "failed", "5.1.1")
    assert got["Original-Recipient"] == "rfc822; old@there.example"
    assert got["Diagnostic-Code"].startswith("smtp; 550 5.1.1 ")
    assert got["Remote-MTA"] == "dns; mx.there.example"
    assert "There is no such mailbox" in got.words
    assert "How are you?" in got.original.as_string()


def test_only_the_header_goes_back_where_no_more_is_wanted(street: Neighbourhood) -> None:
    token, message = letter(ALICE, NOBODY, "between us")
    street.here.submit([NOBODY], message, ["RET=HDRS"])
    got = told(street.here, token)
    assert got.original.get_content_type() == "text/rfc822-headers"
    assert b"between us" not in got.raw


def test_who_asks_hears_of_the_delivery_from_where_it_happened(street: Neighbourhood) -> None:
    token, message = letter(ALICE, BOB)
    street.here.submit([BOB], message, ["ENVID=kept", "RET=HDRS"], ["NOTIFY=SUCCESS,FAILURE"])
    got = told(street.here, token)
    assert got.message["Reporting-MTA"] == "dns; mx.there.example"
    assert got.message["Original-Envelope-Id"] == "kept"
    assert (got["Final-Recipient"], got["Action"]) == (f"rfc822; {BOB}", "delivered")
    assert got["Status"].startswith("2.")
    assert "dmarc=pass" in field(got.raw, "Authentication-Results")
    assert street.there.awaits(token.encode()).endswith(message)


def test_a_notice_is_signed_and_can_be_answered(street: Neighbourhood) -> None:
    token, message = letter(ALICE, BOB)
    street.here.submit([BOB], message, ["RET=HDRS"], ["NOTIFY=SUCCESS"])
    got = told(street.here, token)
    assert "dkim=pass header.d=there.example" in field(got.raw, "Authentication-Results")
    token, message = letter(ALICE, author := parsed(got.raw)["From"].addresses[0].addr_spec)
    street.here.submit([author], message)
    assert street.there.awaits(token.encode())


@pytest.mark.parametrize(("sender", "notify"), [(ALICE, ["NOTIFY=NEVER"]), ("<>", [])])
def test_who_wants_to_hear_nothing_or_is_nobody_is_told_nothing(street: Neighbourhood, sender: str, notify: list[str]) -> None:
    token, message = letter(ALICE, NOBODY)
    street.here.submit([NOBODY], message, (), notify, sender=sender)
    assert way(street.here, token, "failed")[-1].facts["code"] == "5.1.1"
    later, message = letter(ALICE, NOBODY)
    street.here.submit([NOBODY], message)
    told(street.here, later)  # by then the other would have come
    assert not any(token.encode() in one for one in street.here.mailbox())


# TLS that is demanded, and time that is.


def test_a_message_that_demands_tls_goes_where_it_is_proved(street: Neighbourhood) -> None:
    token, message = letter(ALICE, BOB)
    street.here.submit([BOB], message, ["REQUIRETLS"])
    street.there.awaits(token.encode())
    words = said(street.here, way(street.here, token)[0].id).split("\n")
    assert any("TLSv1.3 with " in line and line.endswith("the certificate of its TLSA records") for line in words)
    assert any(line.startswith("C: MAIL FROM:") and "REQUIRETLS" in line for line in words)


def test_a_message_is_held_until_it_may_go(street: Neighbourhood) -> None:
    token, message = letter(ALICE, BOB)
    street.here.submit([BOB], message, ["HOLDFOR=3"])
    street.there.awaits(token.encode())
    at = {one.name: one.at for one in way(street.here, token)}
    assert at["delivered"] - at["received"] >= 2


def test_what_is_held_can_be_taken_back(street: Neighbourhood) -> None:
    to = "regretted@there.example"
    _, message = letter(ALICE, to)
    street.here.submit([to], message, ["HOLDFOR=86400"])
    name, recipient = waits(street.here, to)
    assert not recipient.attempts
    street.here.served.run("queue", "drop", name)
    assert [one.state for _, one in queued(street.here, to)] == [State.DROPPED]


def test_two_addresses_of_one_person_get_one_copy_as_it_was_written(street: Neighbourhood) -> None:
    token, message = letter(ALICE, BOB, "one\r\n.\r\n..two\r\n" + "x" * 5000)
    street.here.submit([BOB, "postmaster@there.example"], message)
    got = street.there.awaits(token.encode())
    assert got.endswith(message)
    assert parsed(got)["Message-ID"] == f"<{token}@here.example>"
    assert sum(token.encode() in one for one in street.there.mailbox()) == 1

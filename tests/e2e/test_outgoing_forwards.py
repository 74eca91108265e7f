"""Mail that only passes through: forwarded by an alias, its signatures whole, its bounces sent back where it came from."""

import pytest

from pillarbox.testing.neighbourhood import Neighbourhood
from street import field, letter, told, way

ALICE, BOB = "alice@here.example", "bob@there.example"


@pytest.fixture(scope="module")
def aliases(street: Neighbourhood) -> None:
    street.there.served.run("alias", "add", "both@there.example", ALICE, BOB)
    street.there.served.run("alias", "add", "lost@there.example", "nobody@here.example")


@pytest.mark.usefixtures("aliases")
def test_forwarded_mail_still_proves_its_author_and_its_forwarder(street: Neighbourhood) -> None:
    token, message = letter(ALICE, "both@there.example", "Äpfel", fields="Content-Type: text/plain; charset=utf-8\r\n")
    street.here.submit(["both@there.example"], message, ["BODY=8BITMIME"])
    got = street.here.awaits(token.encode())
    path = field(got, "Return-Path")
    assert path.startswith("<SRS0=")
    assert path.endswith("=here.example=alice@there.example>")
    results = field(got, "Authentication-Results").split("\n")[0]
    assert "mx.here.example; iprev=pass" in results
    assert "spf=pass smtp.mailfrom=SRS0=" in results
    assert "dkim=pass header.d=here.example" in results
    assert "dmarc=pass header.from=here.example" in results
    assert got.endswith(message)
    assert street.there.awaits(token.encode()).endswith(message)


@pytest.mark.usefixtures("aliases")
def test_what_cannot_be_forwarded_comes_back_to_its_author(street: Neighbourhood) -> None:
    token, message = letter(ALICE, "lost@there.example")
    street.here.submit(["lost@there.example"], message)
    got = told(street.here, token)
    assert got.message["Reporting-MTA"] == "dns; mx.there.example"
    assert (got["Final-Recipient"], got["Action"], got["Status"]) == ("rfc822; nobody@here.example", "failed", "5.1.1")
    assert got["Original-Recipient"] == "rfc822; lost@there.example"
    assert field(got.raw, "Return-Path") == "<>"
    assert way(street.there, token, "queued")[0].name == "received"


@pytest.mark.usefixtures("aliases")
def test_who_asks_hears_of_a_delivery_behind_an_alias_too(street: Neighbourhood) -> None:
    """RFC 3461 §5.2.7.1: to one address elsewhere, what was asked for goes along."""
    street.there.served.run("alias", "add", "on@there.example", ALICE)
    token, message = letter(ALICE, "on@there.example")
    street.here.submit(["on@there.example"], message, ["ENVID=along"], ["NOTIFY=SUCCESS"])
    got = told(street.here, token)
    assert got.message["Original-Envelope-Id"] == "along"
    assert got["Action"] == "delivered"
    assert got["Original-Recipient"] == "rfc822; on@there.example"

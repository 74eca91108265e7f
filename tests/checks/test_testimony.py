"""Who vouches for an author: by what we found ourselves, and by nothing that a stranger could have written."""

import pytest

from pillarbox.checks import testimony
from pillarbox.message.headers import Header, read

US = "mail.example.org"
CAME = f"Received: from x ([192.0.2.1]) by {US} with ESMTPS id 1 for <a@example.org>; Sun, 22 Nov 2026 09:00:00 +0000\n"
SUBMITTED = f"Received: from pc ([192.0.2.1])\n by {US} with ESMTPSA (TLSv1.3) id 1; Sun, 22 Nov 2026 09:00:00 +0000\n"
FROM = "From: News <news@sender.example>\n"
DKIM = "dkim=pass header.d=sender.example header.b=AbCdEfGh"
PASSED = f"Authentication-Results: {US}; {DKIM}; dmarc=pass header.from=sender.example\n"
FAILED = f"Authentication-Results: {US}; dkim=none; dmarc=fail header.from=sender.example\n"
NO_POLICY = f"Authentication-Results: {US}; %s; dmarc=none header.from=sender.example\n"


def header(*fields: str) -> Header:
    return read("".join(fields).replace("\n", "\r\n").encode() + b"\r\n")


@pytest.mark.parametrize(
    ("fields", "verdict", "why"),
    [
        ((PASSED, CAME, FROM), "verified", ("dmarc-pass", "dkim-aligned")),
        ((FAILED, CAME, FROM), "failed", ("dmarc-fail",)),
        ((NO_POLICY % "dkim=pass header.d=sender.example", CAME, FROM), "verified", ("dkim-aligned",)),
        ((NO_POLICY % "dkim=pass header.d=mail.sender.example", CAME, FROM), "unverified", ("no-proof",)),
        ((NO_POLICY % "dkim=pass header.d=example", CAME, FROM), "unverified", ("no-proof",)),
        ((PASSED.replace("header.d=sender", "header.d=mail.sender"), CAME, FROM), "verified", ("dmarc-pass",)),
        ((NO_POLICY % "spf=pass smtp.mailfrom=x@sender.example", CAME, FROM), "verified", ("spf-aligned",)),
        ((NO_POLICY % "spf=pass smtp.mailfrom=x@other.example", CAME, FROM), "unverified", ("no-proof",)),
        ((NO_POLICY % "spf=fail smtp.mailfrom=x@sender.example", CAME, FROM), "unverified", ("no-proof",)),
        ((PASSED, CAME, "From: a@other.example\n"), "unverified", ("no-proof",)),
        ((CAME, PASSED, FROM), "unknown", ("not-checked",)),
        ((PASSED.replace(US, "mx.other.example"), CAME, FROM), "unknown", ("not-checked",)),
        ((PASSED, FROM), "unknown", ("not-checked",)),
        ((PASSED, CAME.replace(US, "mx.other.example"), CAME, FROM), "unknown", ("not-checked",)),
        ((PASSED.replace(US, US.upper()), CAME, FROM), "verified", ("dmarc-pass", "dkim-aligned")),
        ((CAME, FROM), "unknown", ("not-checked",)),
        ((FROM,), "unknown", ("not-checked",)),
        ((SUBMITTED, FROM), "unverified", ("submitted-here",)),
        ((SUBMITTED.replace(US, "mail.other.example"), FROM), "unknown", ("not-checked",)),
        ((PASSED, CAME, FROM, FROM), "unverified", ("several-authors",)),
        ((PASSED, CAME, "From: a@sender.example, b@other.example\n"), "unverified", ("several-authors",)),
        ((PASSED, CAME), "unverified", ("no-author",)),
        ((PASSED, CAME, "From: nobody\n"), "unverified", ("no-author",)),
    ],
)
def test_a_stranger_s_verdict(fields: tuple[str, ...], verdict: str, why: tuple[str, ...]) -> None:
    found = testimony.sender(header(*fields), US, is_own=False, is_local=False, is_delivered=True)
    assert (found.verdict, found.why) == (verdict, why)


@pytest.mark.parametrize("fields", [(PASSED, CAME, FROM), (FAILED, CAME, FROM), (SUBMITTED, FROM)])
@pytest.mark.parametrize("is_own", [False, True])
def test_what_came_by_no_door_of_ours_says_nothing_of_its_coming(fields: tuple[str, ...], is_own: bool) -> None:
    found = testimony.sender(header(*fields), US, is_own=is_own, is_local=True, is_delivered=False)
    assert (found.verdict, found.why) == ("unknown", ("not-checked",))


@pytest.mark.parametrize(
    ("fields", "is_own", "verdict"),
    [
        ((SUBMITTED, FROM), True, "own"),
        ((SUBMITTED, FROM), False, "verified"),
        ((FROM,), True, "own"),
        ((FROM,), False, "unknown"),
        ((CAME, FROM), True, "unknown"),
        ((FAILED, CAME, FROM), True, "failed"),
        ((CAME.replace("([192.0.2.1])", "with ESMTPSA"), FROM), True, "unknown"),
        ((CAME.replace("a@example.org", '" with ESMTPSA "@example.org'), FROM), True, "unknown"),
    ],
)
def test_one_s_own_and_a_colleague_s(fields: tuple[str, ...], is_own: bool, verdict: str) -> None:
    found = testimony.sender(header(*fields), US, is_own=is_own, is_local=True, is_delivered=True)
    assert found.verdict == verdict


def signature(
    domain: str = "sender.example", begin: str = "AbCdEfGhIj", names: str = "from:list-unsubscribe:list-unsubscribe-post"
) -> str:
    return f"DKIM-Signature: v=1; a=rsa-sha256; d={domain}; s=s; h={names};\n bh=x; b={begin[:4]}\n {begin[4:]}klm\n"


@pytest.mark.parametrize(
    ("fields", "covered"),
    [
        ((signature(),), True),
        ((signature(names="from:List-Unsubscribe : LIST-UNSUBSCRIBE-POST"),), True),
        ((signature(names="from:list-unsubscribe"),), False),
        ((signature(domain="other.example"),), False),
        ((signature(begin="XbCdEfGhIj"),), False),
        ((signature(begin="XbCdEfGhIj"), signature()), True),
        (("DKIM-Signature: rubbish\n", signature()), True),
        ((), False),
    ],
)
def test_a_signature_covers_what_it_names_where_it_is_the_one_that_passed(fields: tuple[str, ...], covered: bool) -> None:
    found = header(PASSED, CAME, *fields, FROM)
    results = testimony.ours(found, US)
    assert results is not None
    assert testimony.covers(found, results, ("list-unsubscribe", "list-unsubscribe-post")) is covered


def test_a_signature_that_failed_covers_nothing() -> None:
    found = header(PASSED.replace("dkim=pass", "dkim=fail"), CAME, signature(), FROM)
    results = testimony.ours(found, US)
    assert results is not None
    assert not testimony.covers(found, results, ("list-unsubscribe",))

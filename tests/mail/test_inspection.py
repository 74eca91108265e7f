"""Mail from outside: what is found out about it, and what is done."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pillarbox.checks import dkim_sign, keys
from pillarbox.checks.bimi import BimiResult
from pillarbox.checks.bimi import Result as Picture
from pillarbox.checks.questions import Fetch
from pillarbox.mail.inspection import HOUR, indicator_name
from pillarbox.mail.office import Office
from pillarbox.mail.vacation import ID, Response
from pillarbox.settings import Checks, Settings
from pillarbox.store.queued import QueueFilter
from pillarbox.testing.fake_dns import Zone
from pillarbox.testing.house import house
from servers.smtp.talk import conversation, messages_of

KEY = keys.generate("ed25519")
ZONE = f"""
    192.0.2.7                     PTR  mx.good.example
    mx.good.example               A    192.0.2.7
    good.example                  TXT  "v=spf1 a:mx.good.example -all"
    _dmarc.good.example           TXT  "v=DMARC1; p=reject; rua=mailto:r@good.example"
    k._domainkey.good.example     TXT  "{keys.record(KEY)}"
    strict.example                TXT  "v=spf1 -all"
    _dmarc.strict.example         TXT  "v=DMARC1; p=reject"
    soft.example                  TXT  "v=spf1 -all"
    _dmarc.soft.example           TXT  "v=DMARC1; p=quarantine"
    _dmarc.watching.example       TXT  "v=DMARC1; p=none"
    sick.example                  TRY_LATER
    _dmarc.sick.example           TRY_LATER
"""


@asynccontextmanager
async def office_with(folder: Path, checks: Checks = Checks()) -> AsyncIterator[Office]:
    settings = Settings(hostname="mail.example.org", checks=checks)
    async with house(folder, settings, answers=Zone(ZONE)) as made:
        yield made


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with office_with(tmp_path) as made:
        yield made


def message(author: str, more: str = "") -> bytes:
    return f"From: {author}\r\nTo: alice@example.org\r\nSubject: hello\r\n{more}\r\nHow are you?\r\n".encode()


async def sent(office: Office, raw: bytes, sender: str, peer: str = "192.0.2.7") -> str:
    async with conversation(office, peer=peer) as client:
        return await client.send_mail(raw, "alice@example.org", sender=sender)


async def results_of(office: Office, mailbox: str = "INBOX") -> str:
    """Our Authentication-Results of the one message there, in one line."""
    (kept,) = await messages_of(office, "alice@example.org", mailbox)
    header = kept.partition(b"\r\n\r\n")[0].decode().replace("\r\n\t", " ").replace("\r\n ", " ")
    (found,) = [line for line in header.split("\r\n") if line.lower().startswith("authentication-results: mail.example.org")]
    return found


async def test_what_was_found_out_is_written_on_top(office: Office) -> None:
    raw = message("eve@good.example")
    signed = dkim_sign.sign(raw, dkim_sign.SigningKey.load("good.example", "k", KEY), now=1_700_000_000) + raw
    assert (await sent(office, signed, "eve@good.example")).startswith("250")
    found = await results_of(office)
    for part in ("iprev=pass", "spf=pass smtp.mailfrom=eve@good.example", "dkim=pass header.d=good.example", "dmarc=pass"):
        assert part in found
    (kept,) = await messages_of(office, "alice@example.org")
    assert kept.index(b"Return-Path:") < kept.index(b"Authentication-Results:") < kept.index(b"Received:")
    assert b"(mx.good.example [192.0.2.7])" in kept


@pytest.mark.parametrize(
    ("policy", "author", "code", "mailbox"),
    [
        ("reject", "eve@strict.example", "550 5.7.1", ""),
        ("quarantine", "eve@strict.example", "250 2.0.0", "Junk"),
        ("none", "eve@strict.example", "250 2.0.0", "INBOX"),
        ("reject", "eve@soft.example", "250 2.0.0", "Junk"),
        ("none", "eve@soft.example", "250 2.0.0", "INBOX"),
        ("reject", "eve@sick.example", "250 2.0.0", "INBOX"),
        ("reject", "eve@nothing.example", "250 2.0.0", "INBOX"),
        ("reject", "eve@good.example", "550 5.7.1", ""),
    ],
)
async def test_what_an_authors_domain_asks_for_is_done_as_far_as_the_settings_go(
    tmp_path: Path, policy: str, author: str, code: str, mailbox: str
) -> None:
    async with office_with(tmp_path, Checks(dmarc=policy)) as office:
        assert (await sent(office, message(author), "eve@elsewhere.example", "198.51.100.9"))[:9] == code
        for name in ("INBOX", "Junk"):
            assert len(await messages_of(office, "alice@example.org", name)) == (name == mailbox)


async def test_a_mailing_list_that_breaks_signatures_goes_to_junk_at_worst(office: Office) -> None:
    """RFC 9989 asks receivers not to reject for p=reject alone: a list may have had it."""
    raw = message("eve@strict.example", "List-Id: <talk.lists.example>\r\n")
    assert (await sent(office, raw, "talk-bounces@lists.example", "198.51.100.9")).startswith("250")
    assert "dmarc=fail" in await results_of(office, "Junk")


@pytest.mark.parametrize(
    ("forged", "code", "mailbox"), [("reject", "550", ""), ("quarantine", "250", "Junk"), ("none", "250", "INBOX")]
)
async def test_a_stranger_who_says_he_is_one_of_us_is_judged_as_forged(
    tmp_path: Path, forged: str, code: str, mailbox: str
) -> None:
    async with office_with(tmp_path, Checks(forged=forged)) as office:
        assert (await sent(office, message("Bob <bob@example.org>"), "bob@example.org"))[:3] == code
        for name in ("INBOX", "Junk"):
            assert len(await messages_of(office, "alice@example.org", name)) == (name == mailbox)


async def test_what_this_very_machine_sends_is_not_from_outside(office: Office) -> None:
    assert (await sent(office, message("cron@example.org"), "cron@example.org", "127.0.0.1"))[:3] == "250"
    assert len(await messages_of(office, "alice@example.org")) == 1


async def test_two_from_fields_are_refused(office: Office) -> None:
    said = await sent(office, message("a@good.example", "From: b@soft.example\r\n"), "a@good.example")
    assert said[:9] == "550 5.7.1"
    assert not await messages_of(office, "alice@example.org")


async def test_results_in_our_name_that_others_wrote_are_removed(office: Office) -> None:
    lies = "Authentication-Results: MAIL.example.org; dmarc=pass\r\nAuthentication-Results: other.example; dkim=pass\r\n"
    await sent(office, message("a@good.example", lies), "a@good.example")
    (kept,) = await messages_of(office, "alice@example.org")
    assert kept.count(b"uthentication-Results:") == 2
    assert b"MAIL.example.org" not in kept
    assert b"Authentication-Results: other.example; dkim=pass\r\n" in kept


async def test_a_trusted_sealer_may_speak_for_what_it_changed(tmp_path: Path) -> None:
    checks = Checks(trusted_sealers=["good.example"])
    async with office_with(tmp_path, checks) as office:
        raw = message("eve@strict.example", "ARC-Seal: i=1; not one at all\r\n")
        assert (await sent(office, raw, "x@good.example"))[:3] == "550"


async def test_outcomes_are_counted_for_the_report_to_the_authors_domain(office: Office) -> None:
    await sent(office, message("eve@good.example"), "eve@good.example")
    await sent(office, message("eve@good.example"), "eve@good.example")
    day = office.clock.now().strftime("%Y-%m-%d")
    (row,) = await office.kept.journal().dmarc_counts(day)
    assert (row.policy_domain, row.count, row.spf, row.dkim, row.disposition) == ("good.example", 2, "pass", "fail", "none")


LOGO = "https://img.good.example/logo.svg"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps"><title>G</title><path d="M0 0"/></svg>'
INDICATOR = indicator_name(BimiResult(Picture.PASS, "good.example"))


@dataclass
class Shown:
    """An office in a world where good.example has a picture."""

    office: Office
    zone: Zone

    async def mail(self, author: str = "eve@good.example", peer: str = "192.0.2.7", code: str = "250") -> None:
        """One message taken in or not, and what goes on behind it over."""
        assert (await sent(self.office, message(author), "eve@good.example", peer))[:3] == code
        await asyncio.gather(*self.office.inspection._fetching.values())

    @property
    def fetched(self) -> int:
        return sum(isinstance(question, Fetch) for question in self.zone.asked)

    async def kept(self) -> bytes | None:
        return await self.office.kept.queue().recall(INDICATOR, int(self.office.clock.now().timestamp()))


@pytest.fixture
async def shown(tmp_path: Path) -> AsyncIterator[Shown]:
    zone = Zone(ZONE + f'default._bimi.good.example TXT "v=BIMI1; l={LOGO}"')
    zone.document(LOGO, SVG, content_type="image/svg+xml")
    settings = Settings(hostname="mail.example.org")
    async with house(tmp_path, settings, answers=zone) as office:
        yield Shown(office, zone)


async def test_the_picture_of_an_author_s_domain_is_kept_and_fetched_once(shown: Shown) -> None:
    await shown.mail()
    assert await shown.kept() == SVG
    assert f'policy.indicator-uri="{LOGO}"' in await results_of(shown.office)
    await shown.mail()
    assert shown.fetched == 1


@pytest.mark.parametrize("body", [SVG.replace(b"<path", b"<script/><path"), b"GIF89a", SVG + b" " * 40_000])
async def test_a_picture_that_is_none_is_remembered_as_nothing(shown: Shown, body: bytes) -> None:
    shown.zone.document(LOGO, body)
    await shown.mail()
    await shown.mail()
    assert await shown.kept() == b""
    assert shown.fetched == 1


async def test_a_picture_that_cannot_be_had_is_asked_for_again_an_hour_later(shown: Shown) -> None:
    shown.zone.document(LOGO, b"", status=503)
    await shown.mail()
    now = int(shown.office.clock.now().timestamp())
    assert await shown.office.kept.queue().recall(INDICATOR, now + HOUR - 60) == b""
    assert await shown.office.kept.queue().recall(INDICATOR, now + HOUR + 60) is None


@pytest.mark.parametrize(
    ("author", "peer", "code"),
    [
        ("eve@good.example", "198.51.100.9", "550"),
        ("eve@soft.example", "192.0.2.7", "250"),
        ("eve@nothing.example", "192.0.2.7", "250"),
    ],
)
async def test_nothing_is_fetched_for_mail_that_nobody_vouches_for(shown: Shown, author: str, peer: str, code: str) -> None:
    await shown.mail(author, peer, code)
    assert (shown.fetched, await shown.kept()) == (0, None)


async def test_messages_that_come_together_fetch_a_picture_once(shown: Shown) -> None:
    async def at_once() -> None:
        await sent(shown.office, message("eve@good.example"), "eve@good.example")

    await asyncio.gather(*(at_once() for _ in range(5)))
    await asyncio.gather(*shown.office.inspection._fetching.values())
    assert shown.fetched == 1


async def test_whoever_is_not_who_he_says_gets_no_bounce(office: Office) -> None:
    await office.accounts.add_alias("away@example.org", ["carol@example.com"])
    for peer in ("192.0.2.7", "198.51.100.9"):
        async with conversation(office, peer=peer) as client:
            await client.send_mail(message("x@nothing.example"), "away@example.org", sender="eve@good.example")
    queued = await office.kept.queue().listed(QueueFilter())
    assert sorted(one.message.accountable for one in queued) == [False, True]


async def test_a_settings_change_is_heeded_without_a_restart(office: Office) -> None:
    office.reload(replace(office.settings, checks=Checks(dmarc="none")))
    assert (await sent(office, message("eve@strict.example"), "x@elsewhere.example", "198.51.100.9"))[:3] == "250"
    assert len(await messages_of(office, "alice@example.org")) == 1


UNREADABLE = [
    "eve@good.example, boss@strict.example", "eve@good.example; boss@strict.example", "boss@=?utf-8?q?strict.example?=",
    "boss@strict.example\udcff", "eve@good.example boss@strict.example", '"x <boss@strict.example>', "",
]  # fmt: skip


@pytest.mark.parametrize("author", UNREADABLE)
@pytest.mark.parametrize(("policy", "mailbox"), [("reject", "Junk"), ("none", "INBOX")])
async def test_an_author_whom_nobody_can_vouch_for_goes_to_junk(tmp_path: Path, author: str, policy: str, mailbox: str) -> None:
    async with office_with(tmp_path, Checks(dmarc=policy)) as office:
        raw = f"From: {author}\r\nSubject: hello\r\n\r\nHow are you?\r\n".encode("utf-8", "surrogateescape")
        assert (await sent(office, raw, "eve@good.example"))[:9] == "250 2.0.0"
        assert len(await messages_of(office, "alice@example.org", mailbox)) == 1


async def test_from_inside_an_author_may_be_unreadable(office: Office) -> None:
    assert (await sent(office, message("the scanner"), "eve@good.example", "127.0.0.1"))[:9] == "250 2.0.0"
    assert len(await messages_of(office, "alice@example.org")) == 1


@pytest.mark.parametrize("exempt", [True, False])
async def test_a_server_of_ours_is_believed(tmp_path: Path, exempt: bool) -> None:
    async with office_with(tmp_path, Checks(exempt=["198.51.100.0/24"] if exempt else [])) as office:
        said = await sent(office, message("eve@strict.example"), "eve@strict.example", "198.51.100.9")
        assert said[:3] == ("250" if exempt else "550")
        for kept in await messages_of(office, "alice@example.org"):
            assert b"Authentication-Results" not in kept


async def test_who_is_away_answers_nobody_whose_domain_disowns_them(office: Office) -> None:
    account = await office.kept.account("alice@example.org")
    assert account
    await office.vacation.of(account.id).change({ID: Response(is_enabled=True)})
    for sender, author in (
        ("eve@good.example", "x@nothing.example"),
        ("eva@nothing.example", "x@watching.example"),
        ("eve@nothing.example", "x@nothing.example"),
    ):
        async with conversation(office, peer="198.51.100.9") as client:
            await client.send_mail(message(author), "alice@example.org", sender=sender)
    (answer,) = await office.kept.queue().listed(QueueFilter())
    assert [one.address for one in answer.recipients] == ["eve@nothing.example"]

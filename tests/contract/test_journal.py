"""What happened to mail: the same in every backend."""

from dataclasses import replace

from pillarbox.store.api import Journal
from pillarbox.store.queued import DmarcCount, Event, ReceivedReport, TlsCount

DAY = "2026-11-21"
DMARC = DmarcCount(
    day=DAY,
    policy_domain="example.org",
    policy="v=DMARC1; p=none",
    source="192.0.2.1",
    disposition="none",
    dkim="pass",
    spf="fail",
    header_from="example.org",
    envelope_from="b.example.org",
    auth="[]",
)
TLS = TlsCount(day=DAY, policy_domain="example.org", policy_type="sts", policy="[]", mx="mx.example.org", result="")
REPORT = ReceivedReport("dmarc", "1", "there", "example.org", 100, 200, 1000, "[]")


async def test_a_message_is_traced_by_its_name_and_by_its_message_id(journal: Journal) -> None:
    first = Event(5.0, "one", "received", {"message_id": "1@example.org", "from": "\ud800 me"})
    then = Event(6.25, "one", "queued")
    await journal.note([Event(4.0, "two", "received", {"message_id": "2@example.org"}), first])
    await journal.note([Event(7.0, "three", "received", {"message_id": "1@example.org"}), then])
    await journal.note([Event(5.5, "three", "seen")])
    assert await journal.trace("one") == [first, then]
    assert [event.id for event in await journal.trace("1@example.org")] == ["one", "three", "one", "three"]
    assert [event.name for event in await journal.trace("2@example.org")] == ["received"]
    assert await journal.trace("none") == []


async def test_many_events_are_all_kept_in_order(journal: Journal) -> None:
    for n in range(1234):
        await journal.note([Event(float(n), "one" if n % 2 else "two", str(n))])
    assert [event.name for event in await journal.trace("one")] == [str(n) for n in range(1, 1234, 2)]


async def test_counts_that_are_alike_add_up(journal: Journal) -> None:
    other = replace(DMARC, source="192.0.2.2", count=5)
    await journal.count_dmarc([DMARC, other, DMARC])
    await journal.count_dmarc(
        [replace(DMARC, count=4), replace(DMARC, day="2026-11-22"), replace(DMARC, policy_domain="a.example")]
    )
    found = await journal.dmarc_counts(DAY)
    assert found[0] == replace(DMARC, policy_domain="a.example")
    assert set(found[1:]) == {replace(DMARC, count=6), other}
    assert await journal.dmarc_counts("2026-11-20") == []


async def test_tls_sessions_that_are_alike_add_up(journal: Journal) -> None:
    failed = replace(TLS, result="certificate-expired", detail="since yesterday")
    await journal.count_tls([TLS, failed])
    await journal.count_tls([TLS, replace(failed, day="2026-11-22")])
    assert set(await journal.tls_counts(DAY)) == {replace(TLS, count=2), failed}


async def test_a_report_is_sent_once(journal: Journal) -> None:
    assert not await journal.is_reported("dmarc", "example.org", DAY)
    await journal.reported("dmarc", "example.org", DAY)
    await journal.reported("dmarc", "example.org", DAY)
    assert await journal.is_reported("dmarc", "example.org", DAY)
    assert not await journal.is_reported("tls", "example.org", DAY)
    assert not await journal.is_reported("dmarc", "example.org", "2026-11-22")


async def test_a_report_received_twice_is_kept_once(journal: Journal) -> None:
    assert await journal.keep_report(REPORT)
    assert not await journal.keep_report(REPORT)
    assert not await journal.keep_report(replace(REPORT, rows="[1]"))
    early = replace(REPORT, id="2", begins_at=50)
    tls = replace(REPORT, kind="tls", domain="example.net", begins_at=150)
    for report in (tls, early):
        assert await journal.keep_report(report)
    assert await journal.received_reports(None, None, 0) == [early, REPORT, tls]
    assert await journal.received_reports("dmarc", None, 0) == [early, REPORT]
    assert await journal.received_reports(None, "example.net", 0) == [tls]
    assert await journal.received_reports("tls", "example.org", 0) == []
    assert await journal.received_reports(None, None, 100) == [REPORT, tls]


async def test_what_is_old_is_forgotten(journal: Journal) -> None:
    noon = 1_795_262_400  # of that day
    await journal.note([Event(noon - 1.0, "old", "x"), Event(noon + 1.0, "new", "x"), Event(noon - 2.0, "old", "y")])
    await journal.count_dmarc([DMARC, replace(DMARC, day="2026-11-20")])
    await journal.count_tls([TLS, replace(TLS, day="2026-11-20")])
    await journal.reported("tls", "example.org", "2026-11-20")
    await journal.reported("tls", "example.org", DAY)
    await journal.keep_report(replace(REPORT, received_at=noon - 1))
    await journal.keep_report(replace(REPORT, id="new", received_at=noon))
    await journal.forget(noon)
    assert await journal.trace("old") == []
    assert len(await journal.trace("new")) == 1
    assert [len(await journal.dmarc_counts(day)) for day in ("2026-11-20", DAY)] == [0, 1]
    assert [len(await journal.tls_counts(day)) for day in ("2026-11-20", DAY)] == [0, 1]
    assert [await journal.is_reported("tls", "example.org", day) for day in ("2026-11-20", DAY)] == [False, True]
    assert [report.id for report in await journal.received_reports(None, None, 0)] == ["new"]

"""Messages copied and moved between accounts, and flags as far as one may change them."""

import pytest

from pillarbox.errors import MailError, NotPermitted
from pillarbox.mail import permitted
from pillarbox.mail.messages import Draft
from pillarbox.mail.office import Office
from pillarbox.mail.rights import parsed
from pillarbox.mail.spool import Received
from pillarbox.store.models import Flag, FlagAction, FlagChange
from pillarbox.store.query import Header
from sharers import EVERY, OWNER, WORK, opened, put

SEEN_TOO = Flag.SEEN | Flag.ANSWERED | Flag.DELETED


async def test_messages_move_between_accounts_once_and_whole(office: Office) -> None:
    writer, alice = await opened(office, "writer@example.org"), await opened(office, OWNER)
    await put(writer, "Drafts", 120)
    await put(writer, "Drafts", 1, size=100_000)
    source, to = await writer.mailboxes.find("Drafts"), await writer.mailboxes.find(WORK)
    await permitted.change_flags(source, [(1, 2)], FlagChange(FlagAction.ADD, Flag.SEEN | Flag.FLAGGED, ["word"]))
    done = await permitted.move(source, EVERY, to)
    assert (list(done.sources), list(done.destinations)) == (list(range(1, 122)), list(range(4, 125)))
    assert done.uidvalidity == to.mailbox.uidvalidity
    assert await writer.mail.uids(source.id) == type(await writer.mail.uids(source.id))("I")
    assert await to.mail.rows(to.id, [(4, 6)], ("flags", "keywords")) == [(5, "word"), (5, "word"), (0, "")]
    assert await alice.mail.rows(to.id, [(4, 4)], ("flags", "size")) == [(4, len(b"Subject: Drafts 1\r\n\r\nhello"))]
    (blob,) = (await alice.mail.rows(to.id, [(124, 124)], ("blob",)))[0]
    assert len(await alice.mail.read(blob)) == 100_000
    assert list(await alice.messages.search(to.id, Header("subject", "drafts 120"))) == [123]


async def test_what_does_not_fit_is_copied_not_at_all(office: Office) -> None:
    writer, alice = await opened(office, "writer@example.org"), await opened(office, OWNER)
    await office.kept.change_account(type(alice.account)(alice.account.id, alice.account.address, {"quota_messages": "50"}))
    await put(writer, "Drafts", 60)
    source, to = await writer.mailboxes.find("Drafts"), await writer.mailboxes.find(WORK)
    for doing in (permitted.copy(source, EVERY, to), permitted.move(source, EVERY, to)):
        with pytest.raises(MailError, match="full"):
            await doing
    assert (await alice.mailboxes.find("Work")).mailbox.messages == 3
    assert len(await writer.mail.uids(source.id)) == 60


async def test_a_later_page_that_fails_takes_the_earlier_ones_back(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, alice = await opened(office, "writer@example.org"), await opened(office, OWNER)
    await put(writer, "Drafts", permitted.PAGE + 1)
    source, to = await writer.mailboxes.find("Drafts"), await writer.mailboxes.find(WORK)
    carried = type(source.mail).carried
    asked: list[object] = []

    async def gone_at_last(mail: object, box: object, uids: object) -> object:
        asked.append(uids)
        return await carried(mail, box, uids) if len(asked) == 1 else ()  # type: ignore[arg-type]

    monkeypatch.setattr(type(source.mail), "carried", gone_at_last)
    with pytest.raises(MailError, match="try again"):
        await permitted.copy(source, EVERY, to)
    assert (await alice.mailboxes.find("Work")).mailbox.messages == 3


async def test_a_message_that_goes_while_others_are_carried_is_left_out(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = await opened(office, "writer@example.org")
    await put(writer, "Drafts", 3)
    source, to = await writer.mailboxes.find("Drafts"), await writer.mailboxes.find(WORK)
    carried = type(source.mail).carried

    async def as_one_goes(mail: object, box: object, uids: object) -> object:
        await writer.messages.expunge(source.id, [(2, 2)], only_deleted=False)
        return await carried(mail, box, uids)  # type: ignore[arg-type]

    monkeypatch.setattr(type(source.mail), "carried", as_one_goes)
    done = await permitted.copy(source, EVERY, to)
    assert (list(done.sources), list(done.destinations)) == ([1, 3], [4, 5])


@pytest.mark.parametrize(
    ("granted", "flags", "keywords"),
    [("lri", 0, ""), ("lris", Flag.SEEN, ""), ("lrit", Flag.DELETED, ""), ("lriw", Flag.FLAGGED, "word")],
)
async def test_flags_one_may_not_set_do_not_come_along(office: Office, granted: str, flags: int, keywords: str) -> None:
    alice, bob = await opened(office, OWNER), await opened(office, "bob@example.org")
    await alice.grants.set("Work", "bob@example.org", parsed(granted))
    to = await bob.mailboxes.find(WORK)
    every = Flag.SEEN | Flag.DELETED | Flag.FLAGGED
    await permitted.append(to, [Draft(Received.of(b"\r\n"), flags=every, keywords=["word"])])
    await put(bob, "Drafts", 1)
    source = await bob.mailboxes.find("Drafts")
    await permitted.change_flags(source, EVERY, FlagChange(FlagAction.ADD, every, ["word"]))
    await permitted.copy(source, EVERY, to)
    assert await to.mail.rows(to.id, [(4, 9)], ("flags", "keywords")) == [(flags, keywords)] * 2


# Flags, as far as one may.


@pytest.mark.parametrize(
    ("granted", "change", "becomes"),
    [
        ("lrs", FlagChange(FlagAction.REPLACE, Flag.SEEN | Flag.FLAGGED, ["new"]), (SEEN_TOO, "old")),
        ("lrt", FlagChange(FlagAction.REPLACE), (Flag.ANSWERED, "old")),
        ("lrw", FlagChange(FlagAction.REPLACE, Flag.FLAGGED, ["new"]), (Flag.FLAGGED | Flag.DELETED, "new")),
        ("lrwt", FlagChange(FlagAction.REPLACE, Flag.SEEN), None),
        ("lrw", FlagChange(FlagAction.REMOVE, Flag.ANSWERED | Flag.DELETED, ["old"]), (Flag.DELETED, "")),
        ("lrs", FlagChange(FlagAction.ADD, Flag.SEEN | Flag.FLAGGED, ["new"]), (SEEN_TOO, "old")),
        ("lrs", FlagChange(FlagAction.ADD, Flag.FLAGGED), None),
        ("lrs", FlagChange(FlagAction.REPLACE, Flag.FLAGGED), None),
        ("lrie", FlagChange(FlagAction.REPLACE), None),
    ],
)  # fmt: skip
async def test_only_flags_one_may_change_change(
    office: Office, granted: str, change: FlagChange, becomes: tuple[int, str] | None
) -> None:
    alice, bob = await opened(office, OWNER), await opened(office, "bob@example.org")
    await alice.grants.set("Work", "bob@example.org", parsed(granted))
    own = await alice.mailboxes.find("Work")
    await permitted.change_flags(own, EVERY, FlagChange(FlagAction.ADD, Flag.ANSWERED | Flag.DELETED, ["old"]))
    box = await bob.mailboxes.find(WORK)
    if becomes is None:
        with pytest.raises(NotPermitted):
            await permitted.change_flags(box, EVERY, change)
        return
    since = await alice.mail.modseq()
    done = await permitted.change_flags(box, EVERY, change, unchanged_since=since)
    assert [(flags, words) for _, flags, words, _ in done.rows] == [becomes] * 3
    assert (done.modseq, done.changed, list(done.refused)) == (since + 1, True, [])
    assert await box.mail.rows(box.id, EVERY, ("flags", "keywords")) == [becomes] * 3
    refused = await permitted.change_flags(box, EVERY, change, unchanged_since=since)
    assert (refused.rows, list(refused.refused)) == ([], [1, 2, 3])

"""Mail goes out into files and comes back: bytes, folders, flags, dates, unique-ids."""

import mailbox as library
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from pillarbox.errors import OperatorError
from pillarbox.mail import folder_names, sources
from pillarbox.mail.exporting import Form, export_mail
from pillarbox.mail.importing import Report, import_mail
from pillarbox.mail.messages import Draft
from pillarbox.mail.office import Office, OpenAccount
from pillarbox.mail.spool import Received
from pillarbox.store.models import Flag
from pillarbox.testing.house import house

PLAIN = b"Subject: one\r\n\r\nFrom the start\r\n>From quoted\r\n\r\nFrom here on 12:00 in 1999\r\n"
NO_END = b"Subject: two\r\n\r\nno end of line"
EMPTY_END = b"Subject: three\r\n\r\nempty lines at the end\r\n\r\n\r\n"
EIGHT_BIT = b"Subject: \xc3\xa9\r\nX: \xff\r\n\r\n\x00\xff bare \r return\r\n"
LARGE = b"Subject: large\r\n\r\n" + b"From line to line\r\n" * 60_000
MESSAGES = (PLAIN, NO_END, EMPTY_END, EIGHT_BIT, LARGE, PLAIN)
WHEN = datetime(2001, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=-5)))
FORMS: list[Form] = ["maildir", "mbox", "eml"]


async def opened(office: Office, address: str) -> OpenAccount:
    account = await office.kept.account(address)
    assert account
    return office.open(account)


async def fill(account: OpenAccount) -> None:
    for name in ("INBOX", "Archive/2001", "Ärger & 100/.hidden/cur", "l" * 300):
        if name != "INBOX":
            await account.mailboxes.create(name)
        box = await account.mailboxes.find(name)
        drafts = [
            Draft(Received.of(data), Flag.SEEN if number % 2 else Flag.FLAGGED, ["$Label", "two"], WHEN, f"uidl-{number}")
            for number, data in enumerate(MESSAGES)
        ]
        await account.messages.append(box.id, drafts)


async def contents(account: OpenAccount) -> dict[str, list[tuple[object, ...]]]:
    found = {}
    for box in await account.mail.mailboxes():
        rows = await account.mail.rows(
            box.id, [(1, 2**32 - 1)], ("flags", "keywords", "received_at", "received_zone", "uidl", "blob")
        )
        if rows:
            found[box.name] = [(*row[:-1], await account.mail.read(row[-1])) for row in rows]
    return found


@pytest.mark.parametrize("form", FORMS)
async def test_all_of_an_account_goes_out_and_comes_back(tmp_path: Path, form: Form) -> None:
    async with house(tmp_path / "data") as office:
        alice, bob = await opened(office, "alice@example.org"), await opened(office, "bob@example.org")
        await fill(alice)
        out = await export_mail(alice, tmp_path / "out", form)
        assert (out.written, out.present) == (4 * len(MESSAGES), 0)
        report = await import_mail(office, bob, sources.read(tmp_path / "out"))
        assert (report.added, report.present, report.failed) == (4 * len(MESSAGES), 0, [])
        theirs, ours = await contents(bob), await contents(alice)
        assert {name: sorted(rows) for name, rows in theirs.items()} == {name: sorted(rows) for name, rows in ours.items()}


@pytest.mark.parametrize("form", FORMS)
async def test_nothing_is_brought_or_written_twice(tmp_path: Path, form: Form) -> None:
    async with house(tmp_path / "data") as office:
        alice, bob = await opened(office, "alice@example.org"), await opened(office, "bob@example.org")
        await fill(alice)
        await export_mail(alice, tmp_path / "out", form)
        before = files(tmp_path / "out")
        again = await export_mail(alice, tmp_path / "out", form)
        assert (again.written, again.present) == (0, 4 * len(MESSAGES))
        assert files(tmp_path / "out") == before
        for expected in (Report(added=24), Report(present=24)):
            assert await import_mail(office, bob, sources.read(tmp_path / "out")) == expected


def files(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("form", FORMS)
async def test_an_export_that_was_broken_off_is_completed(tmp_path: Path, form: Form) -> None:
    class BrokenOff(Exception):
        pass

    def stop(count: int) -> None:
        raise BrokenOff

    async with house(tmp_path / "data") as office:
        alice, bob = await opened(office, "alice@example.org"), await opened(office, "bob@example.org")
        await fill(alice)
        with pytest.raises(BrokenOff):
            await export_mail(alice, tmp_path / "out", form, stop)
        await export_mail(alice, tmp_path / "out", form)
        await import_mail(office, bob, sources.read(tmp_path / "out"))
        assert (await contents(bob)).keys() == (await contents(alice)).keys()
        assert sum(map(len, (await contents(bob)).values())) == 4 * len(MESSAGES)


async def test_other_programs_read_what_is_exported(tmp_path: Path) -> None:
    async with house(tmp_path / "data") as office:
        alice = await opened(office, "alice@example.org")
        box = await alice.mailboxes.find("INBOX")
        await alice.messages.append(
            box.id, [Draft(Received.of(EIGHT_BIT), Flag.SEEN | Flag.ANSWERED), Draft(Received.of(EMPTY_END))]
        )
        await export_mail(alice, tmp_path / "maildir", "maildir")
        await export_mail(alice, tmp_path / "mbox", "mbox")
    maildir = library.Maildir(tmp_path / "maildir" / "INBOX", create=False)
    assert sorted(maildir.get_bytes(key) for key in maildir.keys()) == sorted([EIGHT_BIT, EMPTY_END])  # noqa: SIM118
    assert sorted(message.get_flags() for message in maildir) == ["", "RS"]
    mbox = library.mbox(tmp_path / "mbox" / "INBOX.mbox", create=False)
    assert [mbox.get_bytes(key) for key in mbox.keys()] == [EIGHT_BIT, EMPTY_END]  # noqa: SIM118


async def test_a_flag_that_changed_after_an_export_renames_the_file_of_a_maildir(tmp_path: Path) -> None:
    async with house(tmp_path / "data") as office:
        alice = await opened(office, "alice@example.org")
        box = await alice.mailboxes.find("INBOX")
        await alice.messages.append(box.id, [Draft(Received.of(PLAIN))])
        await export_mail(alice, tmp_path / "out", "maildir")
        (path,) = (tmp_path / "out" / "INBOX" / "cur").iterdir()
        path.rename(path.with_name(path.name + "ST"))
        again = await export_mail(alice, tmp_path / "out", "maildir")
        assert again.present == 1
        assert [each.name[-3:] for each in (tmp_path / "out" / "INBOX" / "cur").iterdir()] == [":2,"]


async def taken(tmp_path: Path, path: Path, into: str = "INBOX") -> dict[str, list[tuple[object, ...]]]:
    async with house(tmp_path / "data") as office:
        bob = await opened(office, "bob@example.org")
        report = await import_mail(office, bob, sources.read(path, into))
        assert report.failed == []
        return await contents(bob)


async def test_an_mbox_of_another_program_keeps_status_and_dates(tmp_path: Path) -> None:
    path = tmp_path / "old.mbox"
    path.write_bytes(
        b"From a@example.org Sat Jan  3 01:05:34 1998\nSubject: a\nStatus: RO\nX-Status: AF\n\n>From quoted\n>>From twice\n\n"
        b"From here is a sentence\n\nFrom b@example.org Sat Jan  3 01:05:35 1998 +0100\nSubject: b\n\nlast\n"
    )
    (first, second) = (await taken(tmp_path, path, "Old"))["Old"]
    at = int(datetime(1998, 1, 3, 1, 5, 34, tzinfo=UTC).timestamp())
    assert first[0] == Flag.SEEN | Flag.ANSWERED | Flag.FLAGGED
    assert first[2] == at
    assert first[-1] == (
        b"Subject: a\r\nStatus: RO\r\nX-Status: AF\r\n\r\nFrom quoted\r\n>From twice\r\n\r\nFrom here is a sentence\r\n"
    )
    assert (second[2], second[-1]) == (at + 1, b"Subject: b\r\n\r\nlast\r\n")


async def test_a_maildir_of_another_program_keeps_folders_flags_and_keywords(tmp_path: Path) -> None:
    root = tmp_path / "Maildir"
    for folder in ("", ".Archive.2001", ".Entw&APw-rfe"):
        for sub in ("cur", "new", "tmp"):
            (root / folder / sub).mkdir(parents=True)
    (root / "cur" / "1.host:2,FSab").write_bytes(b"Subject: a\n\nx\n")
    (root / "dovecot-keywords").write_text("0 $Label1\n1 work\n")
    (root / "new" / "2.host").write_bytes(b"Subject: b\n\nx\n")
    (root / "tmp" / "3.host").write_bytes(b"half")
    (root / ".Archive.2001" / "cur" / "4.host:2,").write_bytes(b"Subject: c\n\nx\n")
    (root / ".Entw&APw-rfe" / "cur" / "5.host:2,D").write_bytes(b"Subject: d\n\nx\n")
    os.utime(root / "new" / "2.host", (1_000_000_000, 1_000_000_000))
    found = await taken(tmp_path, root)
    assert {name: len(rows) for name, rows in found.items()} == {"INBOX": 2, "Archive/2001": 1, "Entwürfe": 1}
    first, second = found["INBOX"]
    assert first[:2] == (Flag.FLAGGED | Flag.SEEN, "$Label1 work")
    assert second[:3] == (0, "", 1_000_000_000)


async def test_folders_of_eml_files_and_of_thunderbird(tmp_path: Path) -> None:
    root = tmp_path / "mail"
    (root / "Work" / "2020").mkdir(parents=True)
    (root / "Local.sbd").mkdir()
    (root / "a.eml").write_bytes(b"Subject: a\r\nDate: Tue, 1 Jul 2003 10:52:37 +0200\r\n\r\nx\r\n")
    (root / "Work" / "2020" / "b.eml").write_bytes(b"Subject: b\r\n\r\nx\r\n")
    (root / "Local.sbd" / "Letters").write_bytes(b"From - Sat Jan  3 01:05:34 1998\nSubject: c\n\nx\n")
    (root / "Local.sbd" / "Letters.msf").write_bytes(b"not mail")
    (root / "00001.abc").write_bytes(b"From x@example.org Sat Jan  3 01:05:34 1998\nSubject: d\n\nx\n")
    found = await taken(tmp_path, root)
    assert {name: len(rows) for name, rows in found.items()} == {"INBOX": 2, "Work/2020": 1, "Local/Letters": 1}
    assert found["INBOX"][1][2] == int(datetime(2003, 7, 1, 8, 52, 37, tzinfo=UTC).timestamp())


async def test_a_message_that_cannot_be_taken_is_named_and_the_others_are_taken(tmp_path: Path) -> None:
    def items() -> Iterator[sources.Item]:
        def unreadable() -> bytes:
            raise PermissionError("not for you")

        yield sources.Item("INBOX", "first", 10, lambda: PLAIN)
        yield sources.Item("INBOX", "second", 10, unreadable)
        yield sources.Item("INBOX", "third", 1 << 40, lambda: PLAIN)
        yield sources.Item("no * name", "fourth", 10, lambda: PLAIN)
        yield sources.Item("INBOX", "fifth", 10, lambda: NO_END)

    async with house(tmp_path / "data") as office:
        report = await import_mail(office, await opened(office, "bob@example.org"), items())
        assert report.added == 2
        assert [line.partition(":")[0] for line in report.failed] == ["second", "third", "fourth"]


async def test_a_mailbox_that_lacks_one_of_two_gets_one(tmp_path: Path) -> None:
    def items(count: int) -> Iterator[sources.Item]:
        for number in range(count):
            yield sources.Item("INBOX", str(number), len(PLAIN), lambda: PLAIN)

    async with house(tmp_path / "data") as office:
        bob = await opened(office, "bob@example.org")
        assert (await import_mail(office, bob, items(1))).added == 1
        report = await import_mail(office, bob, items(2))
        assert (report.added, report.present) == (1, 1)


async def test_a_path_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(OperatorError):
        list(sources.read(tmp_path / "missing"))


@pytest.mark.parametrize("name", ["INBOX", "a/b", ".hidden/../x", "cur/new/tmp", "100%/%2F", "\x7f", "Ärger"])
def test_a_mailbox_name_is_a_path_and_comes_back(name: str) -> None:
    path = folder_names.to_path(name)
    parts = path.split("/")
    assert not any(part.startswith(".") or part in ("cur", "new", "tmp", "") for part in parts)
    assert "/".join(map(folder_names.from_component, parts)) == name

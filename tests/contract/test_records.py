"""Records beside the mail: the same in every backend."""

import pytest

from pillarbox.errors import ChangesForgotten, InUse
from pillarbox.ids import ModSeq
from pillarbox.store.api import Accounts, Mail
from pillarbox.store.changes import Kind
from pillarbox.store.record_history import REMEMBERED
from pillarbox.store.records import RecordKind

KIND, OTHER = RecordKind.IDENTITY, RecordKind.VACATION
NEVER = ModSeq(0)


async def there(mail: Mail, kind: RecordKind = KIND) -> dict[str, bytes]:
    return {one.id: one.value for one in await mail.records(kind)}


async def told(mail: Mail, since: ModSeq, most: int = 100) -> tuple[list[str], list[str], list[str]]:
    changes = await mail.record_changes(KIND, since, most)
    assert not changes.more
    assert changes.modseq == await mail.records_modseq(KIND)
    return sorted(changes.created), sorted(changes.updated), sorted(changes.destroyed)


async def test_what_is_put_is_there_oldest_first_and_of_its_kind_only(mail: Mail) -> None:
    assert await mail.records_modseq(KIND) == NEVER
    first = await mail.change_records(KIND, {"b": b"1"})
    second = await mail.change_records(KIND, {"c": b"2", "a": b"\0\xff"})
    assert NEVER < first < second == await mail.records_modseq(KIND) == await mail.modseq()
    assert list(await there(mail)) == ["b", "a", "c"]
    assert await there(mail) == {"b": b"1", "a": b"\0\xff", "c": b"2"}
    assert [one.id for one in await mail.records(KIND, ["c", "nobody", "b"])] == ["b", "c"]
    assert await there(mail, OTHER) == {}
    assert await mail.records_modseq(OTHER) == NEVER


async def test_what_changes_keeps_its_making_and_what_stays_the_same_is_no_change(mail: Mail) -> None:
    made = await mail.change_records(KIND, {"a": b"1", "b": b"1"})
    assert await mail.change_records(KIND, {"a": b"1"}, ["nobody"]) == made
    changed = await mail.change_records(KIND, {"a": b"2"})
    a, b = await mail.records(KIND)
    assert (a.value, a.created, a.modseq) == (b"2", made, changed)
    assert (b.created, b.modseq) == (made, made)


async def test_history_tells_what_was_made_changed_and_removed(mail: Mail) -> None:
    first = await mail.change_records(KIND, {"a": b"1", "b": b"1"})
    second = await mail.change_records(KIND, {"b": b"2", "c": b"1"})
    third = await mail.change_records(KIND, {}, ["a", "c"])
    assert await told(mail, NEVER) == (["b"], [], [])
    assert await told(mail, first) == ([], ["b"], ["a"])
    assert await told(mail, second) == ([], [], ["a", "c"])
    assert await told(mail, third) == ([], [], [])
    await mail.change_records(KIND, {"a": b"again"})
    assert await told(mail, third) == (["a"], [], [])
    assert (await mail.records(KIND, ["a"]))[0].created > third


async def test_history_comes_in_parts_that_end_where_a_change_did(mail: Mail) -> None:
    first = await mail.change_records(KIND, {"a": b"1"})
    second = await mail.change_records(KIND, {"b": b"1", "c": b"1"})
    part = await mail.record_changes(KIND, NEVER, 2)
    assert (list(part.created), part.more, part.modseq) == (["a"], True, first)
    rest = await mail.record_changes(KIND, part.modseq, 2)
    assert (sorted(rest.created), rest.more, rest.modseq) == (["b", "c"], False, second)
    with pytest.raises(ChangesForgotten):
        await mail.record_changes(KIND, first, 1)


async def test_a_state_to_come_is_nobodys(mail: Mail) -> None:
    now = await mail.change_records(KIND, {"a": b"1"})
    with pytest.raises(ChangesForgotten):
        await mail.record_changes(KIND, ModSeq(now + 1), 10)


async def test_of_two_who_expect_the_same_state_one_is_too_late(mail: Mail) -> None:
    made = await mail.change_records(KIND, {"a": b"1"}, expect=NEVER)
    with pytest.raises(InUse):
        await mail.change_records(KIND, {"b": b"1"}, expect=NEVER)
    assert list(await there(mail)) == ["a"]
    await mail.change_records(KIND, {"b": b"1"}, expect=made)


async def test_what_went_long_ago_is_forgotten_and_the_state_stays(mail: Mail) -> None:
    names = [f"n{number}" for number in range(REMEMBERED + 5)]
    made = await mail.change_records(KIND, dict.fromkeys(names, b"1"))
    first = await mail.change_records(KIND, {}, names[:5])
    now = await mail.change_records(KIND, {}, names[5:])
    with pytest.raises(ChangesForgotten):
        await mail.record_changes(KIND, made, 10_000)
    assert len((await mail.record_changes(KIND, first, 10_000)).destroyed) == REMEMBERED
    assert await mail.records_modseq(KIND) == now


async def test_the_change_log_names_the_kind(accounts: Accounts, mail: Mail) -> None:
    before = await mail.modseq()
    await mail.change_records(OTHER, {"a": b"1"})
    (row,) = await mail.log(before, 10)
    assert (row.kind, row.mailbox, row.first, row.last) == (Kind.RECORDS_CHANGED, None, OTHER, OTHER)

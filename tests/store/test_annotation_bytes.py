"""Annotations are no disk for nothing: there is a bound to all of them together (RFC 5464 §4.3)."""

from pathlib import Path

import pytest

from pillarbox.errors import TooMany
from pillarbox.limits import StoreLimits
from pillarbox.store.models import Domain
from pillarbox.store.sqlite.accounts import SqliteAccounts


async def test_all_annotations_together_have_a_bound_for_everybody_and_for_each_person(tmp_path: Path) -> None:
    accounts = SqliteAccounts(tmp_path, limits=StoreLimits(annotation_bytes=100))
    try:
        await accounts.add_domain(Domain("example.org", {}))
        alice = await accounts.add_account("alice@example.org", [], {}, [("INBOX", None), ("Work", None)])
        bob = await accounts.add_account("bob@example.org", [], {}, [("INBOX", None)])
        mail, his = accounts.mail(alice.id), accounts.mail(alice.id, bob.id)
        inbox, work = [(await mail.mailbox(name)).id for name in ("INBOX", "Work")]
        await mail.annotate(inbox, {"/private/a": bytes(60), "/shared/a": bytes(60)}, 10)
        await mail.annotate(work, {"/private/a": bytes(40)}, 10)
        for box in (inbox, work, None):
            with pytest.raises(TooMany):
                await mail.annotate(box, {"/private/b": b"x"}, 10)
        await his.annotate(work, {"/private/a": bytes(100)}, 10)
        with pytest.raises(TooMany):
            await his.annotate(inbox, {"/private/a": b"x"}, 10)
        await his.annotate(inbox, {"/shared/b": bytes(40)}, 10)
        with pytest.raises(TooMany):
            await his.annotate(work, {"/shared/c": b"x"}, 10)
        await mail.annotate(inbox, {"/private/a": None}, 10)
        await mail.annotate(None, {"/private/b": bytes(60)}, 10)
    finally:
        await accounts.close()

"""Keywords where there are many of them."""

import pytest

from contract.letters import letter
from pillarbox.errors import MailboxNotFound
from pillarbox.ids import MailboxId
from pillarbox.store import keywords
from pillarbox.store.models import FlagAction
from pillarbox.store.sqlite import SqliteMail
from pillarbox.store.sqlite import mail as verbs

WORDS = [f"word{number:04}" for number in range(200)]


@pytest.mark.parametrize("few", [0, 3, 4, 5])
async def test_those_of_a_mailbox_are_the_same_wherever_they_are_looked_for(
    mail: SqliteMail, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verbs, "FEW_KEYWORDS", few)
    box = (await mail.mailbox("INBOX")).id
    assert await mail.keywords(box) == frozenset()
    for number, words in enumerate((["a"], ["a", "b"], ["B", "c"], ["A"])):
        await mail.add(box, [letter(f"{number}", keywords=words)])
    assert {word.lower() for word in await mail.keywords(box)} == {"a", "b", "c"}
    with pytest.raises(MailboxNotFound):
        await mail.keywords(MailboxId(99))


@pytest.mark.parametrize(
    ("action", "change", "wanted"),
    [
        (FlagAction.ADD, "other WORD0000", ["other", *WORDS]),
        (FlagAction.REMOVE, "WORD0000 nothing", WORDS[1:]),
        (FlagAction.REPLACE, "new WORD0007", ["new", "word0007"]),
    ],
)
def test_many_change_as_few_do(action: FlagAction, change: str, wanted: list[str]) -> None:
    kept = keywords.joined(WORDS)
    assert len(kept) > keywords.LONG
    for _ in range(2):
        assert keywords.changed(kept, action, keywords.joined(change.split())) == " ".join(wanted)

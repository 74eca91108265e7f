"""What messages are sorted and threaded by is kept as it was given."""

from contract.letters import ALL, letter
from contract.verbs import inbox
from pillarbox.store.api import Mail
from pillarbox.store.models import Column

COLUMNS: tuple[Column, ...] = (
    "uid", "message_id", "refs", "subject", "base_subject", "sort_from", "sort_to", "sort_cc", "display_from", "display_to",
)  # fmt: skip


async def test_all_that_messages_are_sorted_by_can_be_listed(mail: Mail) -> None:
    box = await inbox(mail)
    known = letter(
        "Re: Ä", message_id="2@x", references=["0@x", "1@x"], base_subject="ä", sort_from="ann", sort_to="bob", sort_cc="carl",
        display_from="Ann", display_to="",
    )  # fmt: skip
    await mail.add(box, [known, letter("plain")])
    assert await mail.rows(box, ALL, COLUMNS) == [
        (1, "2@x", "0@x\n1@x", "Re: Ä", "ä", "ann", "bob", "carl", "Ann", ""),
        (2, "", "", "plain", "", "", "", "", None, None),
    ]


async def test_names_that_were_not_known_are_kept_later(mail: Mail) -> None:
    box = await inbox(mail)
    await mail.add(box, [letter("one"), letter("two")])
    (first,), (second,) = await mail.rows(box, ALL, ("email",))
    await mail.name_shown({first: ("Ann", "Bob"), 999: ("nobody", "there is")})
    assert await mail.rows(box, ALL, ("email", "display_from", "display_to")) == [(first, "Ann", "Bob"), (second, None, None)]


async def test_names_go_along_with_a_message_that_is_carried_away(mail: Mail) -> None:
    box = await inbox(mail)
    await mail.add(box, [letter("one", display_from="Ann", display_to="Bob"), letter("two")])
    carried = await mail.carried(box, ALL)
    assert [(each.display_from, each.display_to) for each in carried] == [("Ann", "Bob"), (None, None)]

import pytest

from pillarbox.errors import Invalid
from pillarbox.mail.mailboxes import canonical, check


@pytest.mark.parametrize(
    ("given", "kept"),
    [("inbox", "INBOX"), ("InBox/Work", "INBOX/Work"), ("inboxes", "inboxes"), ("Work/", "Work"), ("Cafe\u0301", "Caf\u00e9")],
)
def test_a_name_has_one_spelling(given: str, kept: str) -> None:
    assert check(given) == kept == canonical(given)


@pytest.mark.parametrize("given", ["", "/", "a//b", "/a", "a*", "a%b", "a\nb", "a\x7fb", "a\u2028b", "x" * 1025, "\ud800"])
def test_a_name_no_mailbox_may_have_is_invalid(given: str) -> None:
    with pytest.raises(Invalid):
        check(given)

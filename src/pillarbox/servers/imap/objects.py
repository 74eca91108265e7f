"""Ids that last, of mailboxes, emails and threads (RFC 8474): a letter and a number of the account's, and before the number of
others' mailboxes that of their owner, so that no two of all that one person sees are the same."""

from ...mail.mailboxes import OpenMailbox

MAILBOX, EMAIL, THREAD = "F", "M", "T"
_MOST_DIGITS = 18


def mailbox_id(box: OpenMailbox) -> str:
    return f"{prefix(box, MAILBOX)}{box.id}"


def prefix(box: OpenMailbox, kind: str) -> str:
    """What stands before the number of a mailbox, or of anything in it."""
    return kind if box.is_own else f"{kind}{box.owner}-"


def number_in(box: OpenMailbox, object_id: str, kind: str) -> int:
    """The number in an id of something in this mailbox; 0 in any other."""
    before = prefix(box, kind)
    digits = object_id.removeprefix(before)
    is_ours = object_id.startswith(before) and digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS
    return int(digits) if is_ours else 0

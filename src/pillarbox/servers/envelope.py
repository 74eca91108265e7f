"""What an envelope in SMTP's words means for the mail, whatever door it came in by."""

from collections.abc import Sequence
from datetime import datetime

from ..mail.directory import Reached
from ..mail.outgoing import Addressed
from ..proto.smtp.commands import Mail, Path, Rcpt


def plain(path: Path) -> str:
    """An address of the envelope as it is looked up and compared; "" is the null path."""
    return f"{path.local}@{path.domain}" if path.domain else path.local


def not_before(mail: Mail, now: datetime) -> int:
    """When it may go out (RFC 4865 §5); 0: at once."""
    if mail.hold_until is not None:
        return int(mail.hold_until.timestamp())
    if mail.hold_for is not None:
        return int(now.timestamp()) + mail.hold_for
    return 0


def addressed(rcpt: Rcpt, reached: Sequence[Reached]) -> Addressed:
    """A recipient with what was asked for about it (RFC 3461 §4)."""
    return Addressed(
        plain(rcpt.forward_path),
        reached,
        ",".join(sorted(kind.value for kind in rcpt.notify)) if rcpt.notify else "",
        f"{rcpt.orcpt.kind};{rcpt.orcpt.address}" if rcpt.orcpt else "",
    )

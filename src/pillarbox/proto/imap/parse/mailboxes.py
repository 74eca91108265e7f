"""CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE NAMESPACE STATUS (RFC 9051 §6.3)."""

from collections.abc import Callable, Sequence

from pillarbox.proto.imap import commands
from pillarbox.proto.imap.commands import Command, StatusItem

from . import lexis
from .production import Production, bare
from .scanner import Scanner, SyntaxProblem

SPECIAL_USES = {
    use.upper(): use for use in ("\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Junk", "\\Sent", "\\Trash", "\\Important")
}
STATUS_ITEMS = {item.value: item for item in StatusItem}


def create(tag: bytes, scan: Scanner) -> commands.Create:
    """create = "CREATE" SP mailbox [SP "(" "USE" SP "(" [use-attr *(SP use-attr)] ")" ")"] (RFC 6154 §6)"""
    scan.space()
    mailbox = lexis.mailbox(scan)
    uses: list[str] = []
    if scan.has_more():
        scan.space()
        for _ in scan.items():
            if lexis.keyword(scan, "USE") != b"USE":
                raise SyntaxProblem("unknown parameter of CREATE")
            scan.space()
            uses += [use_attr(scan) for _ in scan.items()]
    return commands.Create(tag, mailbox, tuple(dict.fromkeys(uses)))


def use_attr(scan: Scanner) -> str:
    """use-attr = "\\All" / "\\Archive" / … / use-attr-ext ; use-attr-ext = "\\" atom"""
    scan.expect(b"\\")
    name = "\\" + lexis.atom(scan, "a special use").decode("ascii")
    return SPECIAL_USES.get(name.upper(), name)


def rename(tag: bytes, scan: Scanner) -> commands.Rename:
    """rename = "RENAME" SP mailbox SP mailbox"""
    scan.space()
    mailbox = lexis.mailbox(scan)
    scan.space()
    return commands.Rename(tag, mailbox, lexis.mailbox(scan))


def status(tag: bytes, scan: Scanner) -> commands.Status:
    """status = "STATUS" SP mailbox SP status-items"""
    scan.space()
    mailbox = lexis.mailbox(scan)
    scan.space()
    return commands.Status(tag, mailbox, status_items(scan))


def status_items(scan: Scanner) -> Sequence[StatusItem]:
    """status-items = "(" status-att *(SP status-att) ")" """
    items = [_status_item(scan) for _ in scan.items()]
    if not items:
        raise SyntaxProblem("expected a status item")
    return tuple(dict.fromkeys(items))


def _status_item(scan: Scanner) -> StatusItem:
    item = STATUS_ITEMS.get(lexis.keyword(scan, "a status item"))
    if item is None:
        raise SyntaxProblem("unknown status item")
    return item


def _named(command: Callable[[bytes, str], Command]) -> Callable[[bytes, Scanner], Command]:
    """The parser of a command whose one argument is: SP mailbox"""

    def parse(tag: bytes, scan: Scanner) -> Command:
        scan.space()
        return command(tag, lexis.mailbox(scan))

    return parse


COMMANDS = {
    b"CREATE": Production(commands.Create, create),
    b"DELETE": Production(commands.Delete, _named(commands.Delete)),
    b"RENAME": Production(commands.Rename, rename),
    b"SUBSCRIBE": Production(commands.Subscribe, _named(commands.Subscribe)),
    b"UNSUBSCRIBE": Production(commands.Unsubscribe, _named(commands.Unsubscribe)),
    b"NAMESPACE": Production(commands.Namespace, bare(commands.Namespace)),
    b"STATUS": Production(commands.Status, status),
}

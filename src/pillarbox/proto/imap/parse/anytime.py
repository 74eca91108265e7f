"""Commands of any state, and those that change how we talk: CAPABILITY NOOP LOGOUT ID ENABLE IDLE COMPRESS."""

from pillarbox.proto.imap import commands

from . import lexis
from .production import Production, bare
from .scanner import Scanner, SyntaxProblem


def id_(tag: bytes, scan: Scanner) -> commands.Id:
    """id = "ID" SP ("(" *(string SP nstring) ")" / nil) (RFC 2971 §4)"""
    scan.space()
    if not scan.sees(b"("):
        if lexis.keyword(scan, "a list or NIL") != b"NIL":
            raise SyntaxProblem("expected a list or NIL")
        return commands.Id(tag, None)
    pairs: list[tuple[str, str | None]] = []
    for _ in scan.items():
        if len(pairs) == scan.limits.id_pairs:
            raise SyntaxProblem("too many fields")
        pairs.append(_pair(scan))
    return commands.Id(tag, tuple(pairs))


def _pair(scan: Scanner) -> tuple[str, str | None]:
    """string SP nstring ; what is not UTF-8 is shown as well as it can be, since it is only for people"""
    name = lexis.string(scan)
    if name is None:
        raise SyntaxProblem("expected a string")
    scan.space()
    value = lexis.nstring(scan)
    return name.decode("utf-8", "replace"), None if value is None else value.decode("utf-8", "replace")


def enable(tag: bytes, scan: Scanner) -> commands.Enable:
    """enable = "ENABLE" 1*(SP capability) ; as many as a list of patterns may have"""
    names: list[str] = []
    while not names or scan.has_more():
        scan.space()
        names.append(lexis.keyword(scan, "a capability").decode("ascii"))
        if len(names) > scan.limits.patterns:
            raise SyntaxProblem("too many capabilities")
    return commands.Enable(tag, tuple(names))


def compress(tag: bytes, scan: Scanner) -> commands.Compress:
    """compress = "COMPRESS" SP algorithm (RFC 4978 §5)"""
    scan.space()
    return commands.Compress(tag, lexis.keyword(scan, "a mechanism").decode("ascii"))


COMMANDS = {
    b"CAPABILITY": Production(commands.Capability, bare(commands.Capability)),
    b"NOOP": Production(commands.Noop, bare(commands.Noop)),
    b"LOGOUT": Production(commands.Logout, bare(commands.Logout)),
    b"ID": Production(commands.Id, id_),
    b"ENABLE": Production(commands.Enable, enable),
    b"IDLE": Production(commands.Idle, bare(commands.Idle)),
    b"GETJMAPACCESS": Production(commands.GetJmapAccess, bare(commands.GetJmapAccess)),
    b"COMPRESS": Production(commands.Compress, compress),
}

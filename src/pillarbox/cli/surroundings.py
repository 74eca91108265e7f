"""What `pillarbox doctor` asks others: the name system, other mail servers, the time, and our own door as a stranger."""

import asyncio
import socket
import struct
import time
from collections.abc import Sequence
from typing import Final

from ..checks.questions import Address, Answer, Asking, IPAddress, Mx, Ns, Ptr, Status
from ..net.dns import Resolver
from ..settings import Outgoing, Settings
from .signs import BAD, UNSURE, WELL, Sign

WITHIN: Final = 10.0
"""Seconds a server has to answer."""
LINE: Final = 2048
WELL_KNOWN: Sequence[str] = ("gmail.com", "outlook.com", "fastmail.com")
"""Domains whose servers take mail from anyone, to see whether port 25 is let out of here; nothing is sent to them."""
TIME: tuple[str, int] = ("pool.ntp.org", 123)
FROM_1900_TO_1970: Final = 2_208_988_800
WRONG: Final = 5.0
"""Seconds by which a clock may be off."""
SIGNED_ZONE: Final = "org"
"""One that DNSSEC proves."""
STRANGERS: Final = ("<relay@example.invalid>", "<@example.com:relay@example.invalid>")
"""Recipients that nobody may send to by us; the second as an old source route (RFC 5321 §F.2)."""


async def resolver(asked: Resolver, settings: Settings) -> Sign:
    answer = await asked.ask(Ns(SIGNED_ZONE))
    if answer.status is Status.TRY_LATER:
        return Sign("resolver", BAD, f"does not answer: {answer.reason}", "name one that does: [dns] servers")
    if settings.dns.validating and not answer.secure:
        says = "answers, but proves nothing (DNSSEC), though [dns] validating says so"
        return Sign("resolver", UNSURE, says, "name one that validates, or take that setting away")
    return Sign("resolver", WELL, "answers, and proves what it says" if answer.secure else "answers")


def host_name(name: str) -> Asking[Sign]:
    """Whether others find us by the name that we give."""
    four: Answer = yield Address(name, 4)
    six: Answer = yield Address(name, 6)
    found = four.records + six.records
    if found:
        return Sign("host name", WELL, f"{name} is {', '.join(map(str, found))}")
    if Status.TRY_LATER in (four.status, six.status):
        return Sign("host name", UNSURE, f"nobody can say whether {name} has an address", "see that the resolver answers")
    hint = "publish its A or AAAA record, or set `hostname` to a name that has one"
    return Sign("host name", BAD, f"{name} has no address", hint)


def reverse_name(name: str, address: IPAddress) -> Asking[Sign]:
    """Many servers take nothing from an address whose name does not lead back to it."""
    answer: Answer = yield Ptr(address)
    if name in answer.records:
        return Sign("reverse name", WELL, f"{address} is {name}")
    if answer.status is Status.TRY_LATER:
        return Sign("reverse name", UNSURE, f"nobody can say what {address} is called", "see that the resolver answers")
    found = ", ".join(answer.records) or "nothing"
    return Sign("reverse name", BAD, f"{address} is {found}, not {name}", "ask whoever gave you the address for a PTR record")


async def port_25(asked: Resolver, outgoing: Outgoing) -> Sign:
    """Whether other servers can be reached at all; all are tried at once, one is enough."""
    if outgoing.smart_host:
        return Sign("port 25", WELL, f"not needed: mail goes out by {outgoing.smart_host}")
    trials = [asyncio.ensure_future(_is_greeted(asked, domain, outgoing.port)) for domain in WELL_KNOWN]
    try:
        for trial in asyncio.as_completed(trials):
            if await trial:
                return Sign("port 25", WELL, "is let out")
    finally:
        for one in trials:
            one.cancel()
    hint = "your provider may block it: ask them, or set [outgoing] smart_host"
    return Sign("port 25", BAD, f"no server of {', '.join(WELL_KNOWN)} greets us", hint)


async def _is_greeted(asked: Resolver, domain: str, port: int) -> bool:
    for mx in sorted((await asked.ask(Mx(domain))).records)[:2]:
        for address in (await asked.addresses(mx.host))[:4]:
            if (await _conversation(str(address), port, [])).startswith("220"):
                return True
    return False


async def clock(asked: Resolver) -> Sign:
    """Signatures and codes need the right time; SNTP (RFC 4330 §5) says how right ours is."""
    hint = "see that the machine keeps its time by NTP"
    for address in (await asked.addresses(TIME[0]))[:4]:
        wrong = await asyncio.to_thread(_error, str(address), TIME[1])
        if wrong is not None:
            return Sign("clock", WELL if abs(wrong) < WRONG else BAD, f"{wrong:+.1f} seconds", hint)
    return Sign("clock", UNSURE, "nobody told us the time", hint)


def _error(host: str, port: int) -> float | None:
    """By how many seconds our clock is before a server's; None where it does not say."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.settimeout(3.0)
            sock.connect((host, port))
            asked = time.time()
            sock.send(b"\x23" + bytes(47))
            reply = sock.recv(48)
        now = (asked + time.time()) / 2
        seconds, fraction = struct.unpack("!II", reply[40:48])
    except (OSError, struct.error):
        return None
    return now - (seconds - FROM_1900_TO_1970 + fraction / 2**32) if seconds else None


async def relaying(door: tuple[str, int]) -> Sign:
    """Whether a stranger may send to strangers by us; no message is sent."""
    name = f"{door[0]}:{door[1]}"
    for stranger in STRANGERS:
        said = await _conversation(*door, ["EHLO doctor.invalid", "MAIL FROM:<>", f"RCPT TO:{stranger}"])
        if not said:
            return Sign("open relay", UNSURE, f"nobody answers at {name}", "start the server, and ask again")
        if said.startswith("2"):
            return Sign("open relay", BAD, f"{name} takes mail for {stranger}: {said}", "is it Pillarbox that listens there?")
        if not said.startswith("5"):
            return Sign("open relay", UNSURE, f"{name} does not say: {said}", "ask again later")
    return Sign("open relay", WELL, f"{name} sends nothing on for strangers: {said}")


async def _conversation(host: str, port: int, lines: Sequence[str]) -> str:
    """The last line of the reply to the last of these; "" where there is none in time."""
    try:
        async with asyncio.timeout(WITHIN):
            reader, writer = await asyncio.open_connection(host, port, limit=LINE)
            try:
                said = await _reply(reader)
                for line in lines:
                    writer.write(line.encode("ascii") + b"\r\n")
                    said = await _reply(reader)
                writer.write(b"QUIT\r\n")
            finally:
                writer.close()
    except (OSError, EOFError, asyncio.LimitOverrunError):
        return ""
    return said


async def _reply(reader: asyncio.StreamReader) -> str:
    while True:
        line = (await reader.readuntil(b"\n")).decode("ascii", "replace").rstrip()
        if line[3:4] != "-":
            return line

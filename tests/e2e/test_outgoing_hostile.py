"""Hosts that are broken or worse, all at once: what becomes of each message, what it costs, and that others' mail goes on."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from listening import listening
from pillarbox.limits import MiB
from pillarbox.store.queued import QueuedRecipient, State
from pillarbox.testing.neighbourhood import Neighbourhood
from street import HOSTILE, letter, meanwhile, queued, waits

Script = Sequence[bytes | str]
"""Bytes to say; or LINE, TEXT (up to its end) and FEW (bytes) to read, ENDLESS, and SILENCE."""
LINE, TEXT, FEW, ENDLESS, SILENCE = "line", "text", "few", "endless", "silence"
HELLO: Script = (b"220 host\r\n", LINE, b"250-host\r\n250 HELP\r\n")
SECURE: Script = (b"220 host\r\n", LINE, b"250-host\r\n250 STARTTLS\r\n", LINE)
MAIL: Script = (*HELLO, LINE, b"250 ok\r\n")
RCPT: Script = (*MAIL, LINE, b"250 ok\r\n")
DATA: Script = (*RCPT, LINE, b"354 go on\r\n")
SENT: Script = (*DATA, TEXT)
WHOLE: Script = (*SENT, b"250 ok\r\n", LINE)
CASES: dict[str, tuple[Sequence[Script], State, str]] = {
    "a greeting that is none": ([(b"SSH-2.0-OpenSSH_9.2\r\n",)], State.WAITING, "4."),
    "a greeting of bytes": ([(b"\x00\xff\x16\x03\x01" * 100,)], State.WAITING, "4."),
    "no greeting": ([()], State.WAITING, "4."),
    "a refusal for a greeting": ([(b"554 go away\r\n",)], State.WAITING, "4."),
    "421 for a greeting": ([(b"421 busy\r\n",)], State.WAITING, "4."),
    "an endless greeting": ([(ENDLESS,)], State.WAITING, "4."),
    "a line of 10 MB": ([(b"220 " + b"x" * 10 * MiB,)], State.WAITING, "4."),
    "the end after EHLO": ([(b"220 host\r\n", LINE)], State.WAITING, "4."),
    "421 to EHLO": ([(b"220 host\r\n", LINE, b"421 bye\r\n")], State.WAITING, "4."),
    "an endless answer to EHLO": ([(b"220 host\r\n", LINE, ENDLESS)], State.WAITING, "4."),
    "answers ahead of questions": (
        [(*HELLO[:2], b"250 host\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n", LINE)],
        State.WAITING,
        "4.",
    ),
    "the end after MAIL": ([(*HELLO, LINE)], State.WAITING, "4."),
    "421 to MAIL": ([(*HELLO, LINE, b"421 4.3.2 bye\r\n")], State.WAITING, "4."),
    "150 to MAIL": ([(*HELLO, LINE, b"150 hm\r\n")], State.WAITING, "4."),
    "the end after RCPT": ([(*MAIL, LINE)], State.WAITING, "4."),
    "421 to RCPT": ([(*MAIL, LINE, b"421 4.3.2 bye\r\n")], State.WAITING, "4."),
    "251 to RCPT": ([(*MAIL, LINE, b"251 elsewhere\r\n", *DATA[-2:], TEXT, b"250 ok\r\n")], State.DELIVERED, "2."),
    "252 to RCPT": ([(*MAIL, LINE, b"252 maybe\r\n", *DATA[-2:], TEXT, b"250 ok\r\n")], State.DELIVERED, "2."),
    "551 to RCPT": ([(*MAIL, LINE, b"551 try <x@y>\r\n", LINE, b"250 ok\r\n")], State.FAILED, "5."),
    "354 for nobody": (
        [(b"220 host\r\n", LINE, b"250-host\r\n250 PIPELINING\r\n", LINE, LINE, LINE, b"250 ok\r\n550 no\r\n354 go\r\n", LINE)],
        State.FAILED,
        "5.",
    ),
    "the end after DATA": ([(*RCPT, LINE)], State.WAITING, "4."),
    "the end after 354": ([DATA], State.WAITING, "4."),
    "the end after the message": ([SENT], State.WAITING, "4."),
    "421 to the message": ([(*SENT, b"421 4.3.2 bye\r\n")], State.WAITING, "4.3.2"),
    "554 to the message": ([(*SENT, b"554 5.6.0 no\r\n", LINE)], State.FAILED, "5.6.0"),
    "354 to the message": ([(*SENT, b"354 more\r\n", LINE)], State.WAITING, "4."),
    "answers beyond ASCII": ([(*SENT, "250 für später\r\n".encode(), LINE)], State.DELIVERED, "2."),
    "answers that are no text": ([(*SENT, b"250 \xff\xfe\x00\x1b[2J\r\n", LINE)], State.DELIVERED, "2."),
    "plaintext behind STARTTLS": (
        [(*SECURE, b"220 go\r\n250-host\r\n250 HELP\r\n", LINE, b"250 ok\r\n"), HELLO],
        State.WAITING,
        "4.",
    ),
    "no TLS behind STARTTLS, then no STARTTLS": ([(*SECURE, b"220 go\r\n", FEW, b"no TLS\r\n"), WHOLE], State.DELIVERED, "2."),
    "the end behind STARTTLS, then no STARTTLS": ([(*SECURE, b"220 go\r\n"), WHOLE], State.DELIVERED, "2."),
}
TEMPERATE = 48 * MiB
"""What a process may grow by while it is told all that."""


@contextlib.asynccontextmanager
async def playing(address: str, port: int, scripts: Sequence[Script]) -> AsyncIterator[None]:
    """A host that plays a script a connection, the last one again and again."""
    calls = 0

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        script = scripts[min(calls, len(scripts) - 1)]
        calls += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            for step in script:
                await _played(step, reader, writer)
        writer.close()

    async with listening(converse, address, port):
        yield


async def _played(step: bytes | str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    match step:
        case bytes():
            writer.write(step)
            await writer.drain()
        case "line":
            await reader.readuntil(b"\r\n")
        case "text":
            await reader.readuntil(b"\r\n.\r\n")
        case "few":
            await reader.readexactly(5)
        case "silence":
            await reader.read()
        case "endless":
            while not writer.transport.is_closing():
                writer.write(b"250-and so on\r\n" * 1000)
                await writer.drain()


def memory(street: Neighbourhood) -> dict[int, int]:
    """The most that each worker has ever had."""
    found = {}
    for pid in street.here.served.workers():
        status = Path(f"/proc/{pid}/status").read_text()
        found[pid] = int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024
    return found


async def test_each_gets_what_it_deserves_and_nobody_else_waits(street: Neighbourhood) -> None:
    before = memory(street)
    addresses = dict(zip(CASES, HOSTILE, strict=False))
    assert len(addresses) == len(CASES)
    async with contextlib.AsyncExitStack() as stack:
        for name, (scripts, _, _) in CASES.items():
            await stack.enter_async_context(playing(addresses[name].address, street.port, scripts))
        await stack.enter_async_context(playing(HOSTILE[-1].address, street.port, [(SILENCE,)]))
        for host in (HOSTILE[-1], *addresses.values()):
            to = f"someone@{host.domain}"
            await meanwhile(street.here.submit, [to], letter("alice@here.example", to)[1])
        token, message = letter("alice@here.example", "bob@there.example")
        await meanwhile(street.here.submit, ["bob@there.example"], message)
        await meanwhile(street.there.awaits, token.encode(), within=30.0)
        found = {name: await meanwhile(_fate, street, addresses[name].domain) for name in CASES}
        ((_, silent),) = await meanwhile(queued, street.here, f"someone@{HOSTILE[-1].domain}")
    assert {name: (one.state, one.code[: len(CASES[name][2])]) for name, one in found.items()} == {
        name: (state, code) for name, (_, state, code) in CASES.items()
    }
    assert "may have arrived" in found["the end after the message"].said
    assert all(one.said.isprintable() for one in found.values())
    assert silent.state is State.IN_HAND
    after = memory(street)
    assert after.keys() == before.keys()
    assert all(after[pid] - before[pid] < TEMPERATE for pid in before)


def _fate(street: Neighbourhood, domain: str) -> QueuedRecipient:
    expected = next(state for host, (_, state, _) in zip(HOSTILE, CASES.values(), strict=False) if host.domain == domain)
    try:
        return waits(street.here, f"someone@{domain}", expected, tried=True)[1]
    except TimeoutError:
        return queued(street.here, f"someone@{domain}")[0][1]

"""What ours answers where Dovecot answers otherwise: each case of `make compare`, with the reason beside it.

A case is a message (`.eml`), what is asked and answered (`.expect`: lines of `C:` and `S:`, their CR LF written out), and why
that is right (`.why`).
"""

from pathlib import Path

import pytest

from servers.imap.parley import Clients

CASES = Path(__file__).parents[2] / "cases" / "imap"
ALL = sorted(path.stem for path in CASES.glob("*.why"))


@pytest.mark.parametrize("case", ALL)
async def test_ours_is_as_the_case_says(clients: Clients, case: str) -> None:
    await clients.put([(CASES / f"{case}.eml").read_bytes()])
    client = await clients.one("INBOX")
    expected = (CASES / f"{case}.expect").read_text("utf-8").split("\n")
    heard: list[str] = []
    for line in expected:
        if line.startswith("C: "):
            said = [_shown(each) for each in await client.ok(line[3:].replace("\\r\\n", "\r\n"))]
            heard += [line, *(f"S: {each}" for each in said[:-1])]
    assert heard == expected[:-1]


def _shown(line: bytes) -> str:
    return line.decode("latin-1").replace("\r\n", "\\r\\n")


def test_every_case_has_its_files() -> None:
    for case in ALL:
        assert (CASES / f"{case}.eml").exists()
        assert (CASES / f"{case}.expect").exists()
    assert len(ALL) >= 20

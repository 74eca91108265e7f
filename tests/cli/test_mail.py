"""Import, export, verify and reindex, from the command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
Ask = Callable[..., Any]


@pytest.fixture
def alice(run: Run, tmp_path: Path) -> Path:
    """Alice, and a folder of messages."""
    run("domain", "add", "example.org")
    run("account", "add", "alice@example.org", "--generate")
    folder = tmp_path / "mail"
    (folder / "Work").mkdir(parents=True)
    for number in range(5):
        (folder / "Work" / f"{number}.eml").write_bytes(b"Subject: %d\r\n\r\nHello\r\n" % number)
    (folder / "one.eml").write_bytes(b"Subject: one\n\nbare\n")
    return folder


def test_mail_comes_in_and_goes_out(run: Run, ask: Ask, alice: Path, tmp_path: Path) -> None:
    assert ask("import", "alice@example.org", alice) == {"added": 6, "present": 0, "failed": []}
    assert ask("import", "alice@example.org", alice) == {"added": 0, "present": 6, "failed": []}
    assert ask("export", "alice@example.org", tmp_path / "out", "--format", "eml") == {"written": 6, "present": 0}
    (found,) = (tmp_path / "out" / "INBOX").glob("*.eml")
    assert found.read_bytes() == b"Subject: one\r\n\r\nbare\r\n"
    assert ask("export", "alice@example.org", tmp_path / "out", "--format", "eml") == {"written": 0, "present": 6}


def test_one_file_goes_where_it_is_told(run: Run, ask: Ask, alice: Path) -> None:
    assert run("import", "alice@example.org", alice / "one.eml", "--into", "Letters/2026").exit_code == 0
    boxes = {box["mailbox"]: box["messages"] for box in ask("account", "show", "alice@example.org")["mailboxes"]}
    assert boxes["Letters/2026"] == 1


def test_messages_that_fail_are_named_and_the_status_says_so(run: Run, alice: Path, settings: Path) -> None:
    settings.write_text(settings.read_text() + "[mail]\nmessage_size = 65536\n")
    (alice / "big.eml").write_bytes(b"Subject: big\r\n\r\n" + bytes(70_000))
    done = run("import", "alice@example.org", alice)
    assert done.exit_code == 1
    assert "big.eml" in done.stderr
    assert "6 added" in done.stderr


def test_what_was_kept_is_found_to_be_in_order_and_rendered_again(run: Run, ask: Ask, alice: Path, tmp_path: Path) -> None:
    run("import", "alice@example.org", alice)
    done = run("reindex")
    assert done.exit_code == 0, done.output
    assert "alice@example.org: 6 messages" in done.stderr
    assert list(tmp_path.glob("**/accounts/*/*/index.db"))
    assert ask("reindex", "alice@example.org") == [{"address": "alice@example.org", "messages": 6}]
    assert ask("verify") == []

"""Log lines: JSON for machines, a sentence for people, and the connection they belong to."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from pillarbox.ops import log


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    yield io.StringIO()
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_an_event_is_one_line_with_its_fields_and_its_connection(written: io.StringIO) -> None:
    log.configure("info", "json", file=written, worker=3)
    structlog.contextvars.bind_contextvars(cid="abc")
    structlog.get_logger("x").info("logged in", account=17, odd=b"\xff\nline")
    line = json.loads(written.getvalue())
    assert list(line)[:3] == ["timestamp", "level", "event"]
    assert (line["event"], line["account"], line["cid"], line["worker"]) == ("logged in", 17, "abc", 3)
    assert written.getvalue().count("\n") == 1


def test_what_is_below_the_level_is_not_written(written: io.StringIO) -> None:
    log.configure("warning", "json", file=written)
    structlog.get_logger("x").info("nothing")
    assert written.getvalue() == ""


def test_the_standard_librarys_log_goes_the_same_way(written: io.StringIO) -> None:
    log.configure("info", "json", file=written)
    logging.getLogger("a.library").error("slow %s", "callback")
    assert json.loads(written.getvalue())["event"] == "slow callback"


def test_a_line_for_people_has_no_json(written: io.StringIO) -> None:
    log.configure("info", "console", file=written)
    structlog.get_logger("x").info("logged in", account=17)
    assert "logged in" in written.getvalue()
    assert "{" not in written.getvalue()


def test_a_line_break_in_a_value_breaks_no_line(written: io.StringIO) -> None:
    log.configure("info", "json", file=written)
    structlog.get_logger("x").info("odd", name="a\r\nfake: line")
    assert written.getvalue().count("\n") == 1


def test_no_value_steers_the_terminal_it_is_shown_on(written: io.StringIO) -> None:
    log.configure("info", "console", file=written)
    structlog.get_logger("x").info("message received", sender="a\x1b]0;b\x07@c\u202e.example", size=1)
    assert "a?]0;b?@c?.example" in written.getvalue()

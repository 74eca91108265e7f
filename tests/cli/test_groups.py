"""Groups, from the command line."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
Ask = Callable[..., Any]
TEAM = "team@example.org"


@pytest.fixture
def people(run: Run) -> None:
    run("domain", "add", "example.org")
    run("account", "add", "alice@example.org", "bob@example.org", "--password-stdin", given="sesame\n")


@pytest.mark.usefixtures("people")
def test_a_group_comes_and_goes_and_so_do_its_members(run: Run, ask: Ask) -> None:
    assert run("group", "add", "Team@example.org", "--member", "alice@example.org").exit_code == 0
    assert ask("group", "list") == [{"address": TEAM, "members": ["alice@example.org"]}]
    run("group", "member", "add", TEAM, "bob@example.org", "ALICE@example.org")
    shown = ask("group", "show", TEAM)
    assert (shown["members"], shown["messages"]) == (["alice@example.org", "bob@example.org"], 0)
    run("group", "member", "remove", TEAM, "alice@example.org")
    assert ask("group", "list", "example.org") == [{"address": TEAM, "members": ["bob@example.org"]}]
    assert [each["address"] for each in ask("account", "list")] == ["alice@example.org", "bob@example.org"]
    run("group", "remove", TEAM, "--yes")
    assert ask("group", "list") == []


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    "words",
    [
        ["group", "add", "alice@example.org"],
        ["group", "add", "team@example.com"],
        ["group", "add", TEAM, "--member", "carol@example.org"],
        ["group", "add", "team"],
        ["group", "show", "alice@example.org"],
        ["group", "remove", TEAM],
        ["group", "member", "add", TEAM, "alice@example.org"],
        ["group", "list", "example.com"],
    ],
)
def test_what_cannot_be_is_said_with_what_to_do(run: Run, ask: Ask, words: list[str]) -> None:
    result = run(*words)
    assert result.exit_code != 0
    assert result.exception is not None
    assert getattr(result.exception, "hint", "")
    assert ask("group", "list") == []


@pytest.mark.usefixtures("people")
def test_a_member_who_is_none_cannot_leave(run: Run, ask: Ask) -> None:
    run("group", "add", TEAM, "--member", "bob@example.org")
    for words in (["member", "remove", TEAM, "alice@example.org"], ["member", "add", TEAM, TEAM]):
        assert run("group", *words).exit_code != 0
    assert ask("group", "list") == [{"address": TEAM, "members": ["bob@example.org"]}]

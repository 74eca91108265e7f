"""Every command explains itself, with an example, and takes --config."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from pillarbox.cli import COMMANDS, program


def commands(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*words, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))


ALL = list(commands(program))


@pytest.mark.parametrize("words", [(), *ALL], ids=lambda words: " ".join(words) or "pillarbox")
def test_the_help_of_a_command_has_an_example(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(program, [*words, "--help"], prog_name="pillarbox")
    assert shown.exit_code == 0
    assert "\n  Example" in shown.output, "and not further in: then the docstring is indented as it stands in the source"
    assert f"pillarbox {' '.join(words)}".strip() in shown.output.partition("Example")[2]


@pytest.mark.parametrize("words", [words for words in ALL if words[0] != "try"], ids=" ".join)
def test_every_command_that_does_something_takes_a_settings_file(words: tuple[str, ...]) -> None:
    context = click.Context(program)
    command: click.Command | None = program
    for word in words:
        assert isinstance(command, click.Group)
        command = command.get_command(context, word)
    assert command is not None
    assert isinstance(command, click.Group) or any("--config" in option.opts for option in command.params)


def test_the_list_of_commands_is_what_there_is() -> None:
    assert {words[0] for words in ALL} == set(COMMANDS)

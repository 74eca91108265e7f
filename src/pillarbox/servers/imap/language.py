"""LANGUAGE: what people read of our answers in their language (RFC 5255 §3)."""

from collections.abc import Sequence

from ...proto.imap import commands, responses
from ...proto.imap.catalogue import DEFAULT, LANGUAGES
from .errors import Refused
from .session import Ok, Session, handles


@handles(commands.Language)
async def language(session: Session, command: commands.Language) -> Ok:
    """Say which there are, or speak the first of those wanted that there is."""
    if not command.wanted:
        session.say(responses.Language(list(LANGUAGES)))
        return Ok("LANGUAGE completed")
    found = first_of(command.wanted)
    if found is None:
        raise Refused("that language is not spoken here")
    session.say(responses.Language([found]))
    session.connection.language = found
    return Ok("LANGUAGE completed")


def first_of(wanted: Sequence[str]) -> str | None:
    """The first language of a list of ranges that there is: of each range what it says, then with less and less of its end
    (RFC 4647 §3.4)."""
    there = {tag.upper(): tag for tag in LANGUAGES}
    for text in wanted:
        words = text.upper().split("-", 8)
        if words in (["DEFAULT"], ["*"]):
            return DEFAULT
        for length in range(len(words), 0, -1):
            if found := there.get("-".join(words[:length])):
                return found
    return None

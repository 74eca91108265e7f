"""What JMAP says for each thing that can go wrong: one table, and it is whole."""

from collections.abc import Iterator

import pytest

from pillarbox import errors
from pillarbox.proto.jmap.errors import SAID, MethodRefused, RequestRefused, SetError, refusal_of, set_error_of

METHOD_ERRORS = {
    "serverUnavailable", "serverFail", "invalidArguments", "forbidden", "accountReadOnly", "requestTooLarge",
    "cannotCalculateChanges",
}  # fmt: skip
SET_ERRORS = {"forbidden", "overQuota", "tooLarge", "rateLimit", "notFound", "invalidProperties", "alreadyExists"}


def kinds(kind: type[errors.MailError] = errors.MailError) -> Iterator[type[errors.MailError]]:
    yield kind
    for below in kind.__subclasses__():
        if below.__module__.startswith("pillarbox."):
            yield from kinds(below)


@pytest.mark.parametrize("kind", [kind for kind in kinds() if kind.__module__ == "pillarbox.errors"])
def test_every_error_has_its_two_names(kind: type[errors.MailError]) -> None:
    assert kind in SAID
    assert refusal_of(kind("why")).type in METHOD_ERRORS
    assert set_error_of(kind("why")).to_json()["type"] in SET_ERRORS
    assert refusal_of(kind("why")).to_json()["description"] == "why"


def test_an_error_of_a_kind_below_goes_by_the_one_above() -> None:
    class Narrower(errors.OverQuota):
        pass

    assert set_error_of(Narrower("full")).type == "overQuota"


def test_errors_say_only_what_there_is_to_say() -> None:
    assert MethodRefused("unknownMethod").to_json() == {"type": "unknownMethod"}
    assert RequestRefused("notJSON").to_json() == {"type": "urn:ietf:params:jmap:error:notJSON", "status": 400, "detail": ""}
    assert SetError("invalidProperties", properties=["a"], more={"b": 1}).to_json() == {
        "type": "invalidProperties",
        "properties": ["a"],
        "b": 1,
    }

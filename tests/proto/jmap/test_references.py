"""References to what earlier calls answered (RFC 8620 §3.7, RFC 6901)."""

import pytest

from pace import within
from pillarbox.proto.jmap import references
from pillarbox.proto.jmap.errors import MethodRefused
from pillarbox.proto.jmap.ijson import encode
from pillarbox.proto.jmap.invocation import Invocation

LIST = {"list": [{"id": "F1", "to": [{"email": "a"}, {"email": "b"}]}, {"id": "F2", "to": []}], "a/b": {"c~d": 7}, "*": 8}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("", LIST),
        ("/list/0/id", "F1"),
        ("/list/1", {"id": "F2", "to": []}),
        ("/list/*/id", ["F1", "F2"]),
        ("/list/*/to", [{"email": "a"}, {"email": "b"}]),
        ("/list/*/to/*/email", ["a", "b"]),
        ("/list/0/to/*/email", ["a", "b"]),
        ("/list/1/to/*/email", []),
        ("/a~1b/c~0d", 7),
        ("/*", 8),
    ],
)
def test_a_pointer_leads_to_what_the_rfc_says(path: str, value: object) -> None:
    assert references.pointed(LIST, path) == value  # type: ignore[arg-type]


def test_a_pointer_to_one_of_a_list_takes_it_of_every_list() -> None:
    assert references.pointed({"list": [{"to": ["a", "b"]}, {"to": ["c"]}]}, "/list/*/to/0") == ["a", "c"]


@pytest.mark.parametrize(
    "path",
    ["list", "/", "/nothing", "/list/2", "/list/-", "/list/01", "/list/-1", "/list/ 1", "/list/" + "9" * 5000, "/list/id",
     "/list/*/nothing", "/list/*/id/*", "/list/*/to/0/email"],
)  # fmt: skip
def test_a_pointer_that_leads_nowhere_is_refused(path: str) -> None:
    done = [Invocation("Foo/get", LIST, "c1")]  # type: ignore[arg-type]
    with pytest.raises(MethodRefused) as caught:
        references.resolve({"#ids": {"resultOf": "c1", "name": "Foo/get", "path": path}}, done)
    assert caught.value.type == "invalidResultReference"


def reference(of: str = "c1", name: str = "Foo/query", path: str = "/ids") -> dict[str, str]:
    return {"resultOf": of, "name": name, "path": path}


def test_a_reference_takes_the_place_of_the_argument() -> None:
    done = [Invocation("Foo/query", {"ids": ["F1"]}, "c1"), Invocation("Foo/query", {"ids": ["F2"]}, "c1")]
    assert references.resolve({"accountId": "A1", "#ids": reference()}, done) == {"accountId": "A1", "ids": ["F1"]}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"#ids": reference("c2")}, "invalidResultReference"),
        ({"#ids": reference(name="Foo/get")}, "invalidResultReference"),
        ({"#ids": reference(), "ids": []}, "invalidArguments"),
        ({"#ids": None}, "invalidArguments"),
        ({"#ids": {"resultOf": "c1"}}, "invalidArguments"),
        ({"#ids": {**reference(), "path": 1}}, "invalidArguments"),
    ],
)
def test_a_reference_that_is_none_is_refused(given: dict[str, object], kind: str) -> None:
    with pytest.raises(MethodRefused) as caught:
        references.resolve(given, [Invocation("Foo/query", {"ids": ["F1"]}, "c1")])  # type: ignore[arg-type]
    assert caught.value.type == kind


def test_an_answer_that_was_an_error_can_only_be_referred_to_as_one() -> None:
    done = [Invocation("error", {"type": "serverFail"}, "c1")]
    with pytest.raises(MethodRefused):
        references.resolve({"#ids": reference()}, done)  # type: ignore[dict-item]


def test_references_that_double_what_was_said_come_to_an_end() -> None:
    """A few calls that each say twice what the one before said would fill any memory."""
    known = references.References(room=100_000)
    said: dict[str, object] = {"a": "x" * 1000}
    twice = {f"#{name}": reference("c", "Core/echo", "") for name in "ab"}
    with pytest.raises(MethodRefused, match="requestTooLarge"):  # noqa: PT012 – which of them is the last is what is asked
        for _ in range(32):
            known.done[:] = [Invocation("Core/echo", said, "c")]  # type: ignore[arg-type]
            said = dict(known.resolve(twice))  # type: ignore[arg-type]
    assert len(encode(said)) < 200_000


@pytest.mark.parametrize("path", ["/list/*" + "/x" * 5_000_000, "/*" * 5_000_000, "/" * 10_000_000])
def test_a_path_that_goes_on_and_on_is_refused_at_once(path: str) -> None:
    with within(1), pytest.raises(LookupError):
        references.pointed({"list": []}, path)


def test_so_many_references_are_followed_and_no_more() -> None:
    done = [Invocation("Foo/query", {"ids": []}, "c1")]
    many = {f"#n{number}": reference() for number in range(references.MOST_REFERENCES)}
    assert len(references.resolve(many, done)) == references.MOST_REFERENCES  # type: ignore[arg-type]
    with pytest.raises(MethodRefused):
        references.resolve({**many, "#ids": reference()}, done)  # type: ignore[dict-item]


@pytest.mark.parametrize("path", ["/list/*", "/list/*/*", "/list/*/nothing"])
def test_many_walks_through_a_long_list_come_to_an_end(path: str) -> None:
    known = references.References(room=1_000_000)
    known.done.append(Invocation("Core/echo", {"list": [[]] * 900_000}, "c"))
    many = {f"#n{number}": reference("c", "Core/echo", path) for number in range(references.MOST_REFERENCES)}
    with within(5):
        for _ in range(32):
            with pytest.raises(MethodRefused):
                known.resolve(many)  # type: ignore[arg-type]

"""Requests, by HTTP (RFC 8620 §3)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from jmapping import ALICE, BOB, CORE, Person, persons
from pillarbox import errors
from pillarbox.limits import JmapLimits, Limits
from pillarbox.mail.accounts import Entry
from pillarbox.mail.office import Office
from pillarbox.proto.jmap import ijson
from pillarbox.proto.jmap.arguments import Arguments
from pillarbox.proto.jmap.errors import MethodRefused, RequestRefused
from pillarbox.proto.jmap.invocation import Invocation
from pillarbox.servers.http.jmap.api import Api
from pillarbox.servers.http.jmap.call import Call, Method, MethodRow
from pillarbox.servers.http.jmap.methods import TABLE
from pillarbox.servers.http.jmap.session import Sessions
from pillarbox.testing.house import house

LIMITS = Limits(jmap=replace(JmapLimits(), requests=2, request=2000))


@pytest.fixture
async def alice(tmp_path: Path) -> AsyncIterator[Person]:
    async with persons(tmp_path, LIMITS) as found:
        yield found[ALICE]


async def test_an_echo_comes_back(alice: Person) -> None:
    answer = await alice.request(("Core/echo", {"hello": True, "high": 5}))
    assert answer["methodResponses"] == [["Core/echo", {"hello": True, "high": 5}, "c0"]]
    assert "createdIds" not in answer


async def test_created_ids_come_back_where_they_were_brought(alice: Person) -> None:
    assert (await alice.request(("Core/echo", {}), createdIds={"k": "F1"}))["createdIds"] == {"k": "F1"}


async def test_an_answer_may_be_referred_to(alice: Person) -> None:
    reference = {"resultOf": "c0", "name": "Core/echo", "path": "/list/*/id"}
    answers = await alice.ask(("Core/echo", {"list": [{"id": "a"}, {"id": "b"}]}), ("Core/echo", {"#ids": reference}))
    assert answers[1] == ("Core/echo", {"ids": ["a", "b"]})


async def test_what_was_called_by_its_creation_id_is_answered_by_its_id(alice: Person) -> None:
    """RFC 8620 §5.3: `updated` and `destroyed` are of ids."""
    create, update = {"k": {"name": "New"}}, {"#k": {"name": "Newer"}, "#none": {"name": "x"}}
    made, gone = await alice.ask(("Mailbox/set", {"create": create, "update": update}), ("Mailbox/set", {"destroy": ["#k"]}))
    number = made[1]["created"]["k"]["id"]
    assert (list(made[1]["updated"]), list(made[1]["notUpdated"])) == ([number], ["#none"])
    assert gone[1]["destroyed"] == [number]


@pytest.mark.parametrize(("name", "value"), [("limit", -5), ("position", "1"), ("anchor", "not an id"), ("nonsense", 1)])
async def test_an_argument_that_is_wrong_is_named(alice: Person, name: str, value: Any) -> None:
    ((_, said),) = await alice.ask(("Quota/query", {name: value}))
    assert (said["type"], said["arguments"]) == ("invalidArguments", [name])


async def test_a_call_that_fails_leaves_the_others_alone(alice: Person) -> None:
    bad = {"#ids": {"resultOf": "c0", "name": "Core/echo", "path": "/none"}}
    answers = await alice.ask(("Core/echo", {"a": 1}), ("Core/echo", bad), ("Nothing/get", {}), ("Core/echo", {"b": 2}))
    assert [name for name, _ in answers] == ["Core/echo", "error", "error", "Core/echo"]
    assert [answers[1][1]["type"], answers[2][1]["type"]] == ["invalidResultReference", "unknownMethod"]


async def test_a_method_whose_capability_is_not_used_is_not_there(alice: Person) -> None:
    answers = await alice.ask(("Quota/get", {}), using=[CORE])
    assert answers == [("error", {"type": "unknownMethod"})]
    assert (await alice.ask(("Core/echo", {}), using=[]))[0][1]["type"] == "unknownMethod"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"{", {"type": "urn:ietf:params:jmap:error:notJSON"}),
        ({"using": []}, {"type": "urn:ietf:params:jmap:error:notRequest"}),
        ({"using": ["urn:x"], "methodCalls": []}, {"type": "urn:ietf:params:jmap:error:unknownCapability"}),
        (b" " * 2001, {"type": "urn:ietf:params:jmap:error:limit", "limit": "maxSizeRequest"}),
        (
            {"using": [CORE], "methodCalls": [["Core/echo", {}, "c"]] * 33},
            {"type": "urn:ietf:params:jmap:error:limit", "limit": "maxCallsInRequest"},
        ),
    ],
)
async def test_a_request_that_is_refused_is_told_why_as_a_problem(alice: Person, sent: Any, said: dict[str, Any]) -> None:
    response = await alice.post(sent)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert said.items() <= response.json().items()
    assert response.json()["status"] == 400


async def test_as_many_bytes_as_are_announced_are_taken(alice: Person) -> None:
    data = b'{"using": [], "methodCalls": []}'
    assert (await alice.post(data.ljust(2000))).status_code == 200
    assert (await alice.post(data.ljust(2001))).status_code == 400


@pytest.mark.parametrize("kind", ["text/plain", "", "application/jsonp", "multipart/form-data"])
async def test_what_does_not_say_that_it_is_json_is_none(alice: Person, kind: str) -> None:
    response = await alice.http.post("/jmap/api", content=b'{"using": [], "methodCalls": []}', headers={"Content-Type": kind})
    assert response.json()["type"] == "urn:ietf:params:jmap:error:notJSON"


async def test_json_may_say_its_charset(alice: Person) -> None:
    kind = "Application/JSON; charset=utf-8"
    response = await alice.http.post("/jmap/api", content=b'{"using": [], "methodCalls": []}', headers={"Content-Type": kind})
    assert response.status_code == 200


@pytest.mark.parametrize("account", ["A9999", "A0", "nonsense", "M1"])
async def test_an_account_that_is_not_there_is_told_so(alice: Person, account: str) -> None:
    assert await alice.ask(("Quota/get", {"accountId": account})) == [("error", {"type": "accountNotFound"})]


async def test_somebody_elses_account_is_not_there_either(tmp_path: Path) -> None:
    async with persons(tmp_path) as people:
        asked = {"accountId": people[BOB].account}
        assert await people[ALICE].ask(("Quota/get", asked)) == [("error", {"type": "accountNotFound"})]


# Methods that do not exist, put into the place of those that do.


class Desk:
    """An API with methods of the test's own."""

    def __init__(self, office: Office, entry: Entry, **methods: Method) -> None:
        table = {**TABLE, **{f"Test/{name}": MethodRow(CORE, function) for name, function in methods.items()}}
        self.api = Api(office, Sessions(office), table)
        self.entry = entry

    async def ask(self, *names: str) -> Any:
        calls = [[name, {"accountId": "A1"}, f"c{number}"] for number, name in enumerate(names)]
        answer = await self.api.answer(self.entry, ijson.encode({"using": [CORE], "methodCalls": calls}))
        return ijson.decode(answer.data)["methodResponses"]  # type: ignore[index,call-overload]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with house(tmp_path, limits=LIMITS) as made:
        yield made


async def entry(office: Office) -> Entry:
    account = await office.kept.account(ALICE)
    assert account
    return Entry(account)


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (MethodRefused("stateMismatch"), "stateMismatch"),
        (errors.OverQuota("full"), "forbidden"),
        (errors.ChangesForgotten("gone"), "cannotCalculateChanges"),
        (errors.Unavailable("later"), "serverUnavailable"),
        (ZeroDivisionError("secret"), "serverFail"),
    ],
)
async def test_whatever_a_method_raises_is_answered_and_the_next_call_made(
    office: Office, raised: Exception, kind: str
) -> None:
    async def fails(call: Call, arguments: Arguments) -> dict[str, Any]:
        raise raised

    with capture_logs() as logs:
        answers = await Desk(office, await entry(office), fails=fails).ask("Test/fails", "Core/echo")
    assert (answers[0][0], answers[0][1]["type"]) == ("error", kind)
    assert answers[1][0] == "Core/echo"
    assert "secret" not in str(answers)
    assert [log["event"] for log in logs] == (["method failed"] if kind == "serverFail" else [])


async def test_an_answer_that_has_no_json_is_that_calls_misfortune(office: Office) -> None:
    async def lone(call: Call, arguments: Arguments) -> dict[str, Any]:
        return {"text": "\ud800"}

    with capture_logs():
        answers = await Desk(office, await entry(office), lone=lone).ask("Test/lone", "Core/echo")
    assert [(name, said.get("type")) for name, said, _ in answers] == [("error", "serverFail"), ("Core/echo", None)]


async def test_a_call_that_follows_from_another_is_answered_under_its_id(office: Office) -> None:
    async def implies(call: Call, arguments: Arguments) -> dict[str, Any]:
        call.more.append(Invocation("Core/echo", {"implied": True}, ""))
        return {}

    answers = await Desk(office, await entry(office), implies=implies).ask("Test/implies", "Core/echo")
    assert [(name, call_id) for name, _, call_id in answers] == [
        ("Test/implies", "c0"),
        ("Core/echo", "c0"),
        ("Core/echo", "c1"),
    ]


async def test_so_many_requests_at_a_time_are_taken_and_no_more(office: Office) -> None:
    waiting, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def waits(call: Call, arguments: Arguments) -> dict[str, Any]:
        waiting.release()
        await go_on.wait()
        return {}

    desk = Desk(office, await entry(office), waits=waits)
    under_way = [asyncio.ensure_future(desk.ask("Test/waits")) for _ in range(2)]
    for _ in under_way:
        await waiting.acquire()
    with pytest.raises(RequestRefused) as caught:
        await desk.ask("Core/echo")
    assert caught.value.limit == "maxConcurrentRequests"
    go_on.set()
    await asyncio.gather(*under_way)
    assert await desk.ask("Core/echo")


async def test_answers_end_where_one_response_holds_no_more(tmp_path: Path) -> None:
    async def much(call: Call, arguments: Arguments) -> dict[str, Any]:
        return {"text": "x" * 600}

    async with house(tmp_path, limits=Limits(jmap=replace(JmapLimits(), response=1000))) as office:
        answers = await Desk(office, await entry(office), much=much).ask("Test/much", "Test/much", "Test/much")
    assert [said.get("type") for _, said, _ in answers] == [None, None, "requestTooLarge"]

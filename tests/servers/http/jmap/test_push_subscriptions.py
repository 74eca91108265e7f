"""PushSubscription/get and /set, and what is sent (RFC 8620 §7.2)."""

import asyncio
import json
from collections.abc import AsyncIterator, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from jmapping import ALICE, BOB, Person, persons
from pillarbox.checks.questions import Answer, Fetched, Post, Status
from pillarbox.limits import JmapLimits, Limits, StoreLimits
from pillarbox.proto.jmap import webpush
from pillarbox.servers.http.jmap import pusher
from pillarbox.servers.http.jmap.pusher import Pusher
from pillarbox.store.models import PushSubscription
from sharers import opened, put

LIMITS = Limits(jmap=replace(JmapLimits(), push_apart=0.0, push_asked_apart=0.0))
URL = "https://push.example/abc"


@pytest.fixture
async def alice(tmp_path: Path) -> AsyncIterator[Person]:
    async with persons(tmp_path, LIMITS) as found:
        yield found[ALICE]


async def call(person: Person, name: str, **arguments: Any) -> Any:
    answer = (await person.post({"using": ["urn:ietf:params:jmap:core"], "methodCalls": [[name, arguments, "c"]]})).json()
    return answer["methodResponses"][0][1]


async def create(person: Person, **more: Any) -> Any:
    given = {"deviceClientId": "phone", "url": URL, **more}
    return await call(person, "PushSubscription/set", create={"k": given})


async def test_a_subscription_is_made_told_changed_and_removed(alice: Person) -> None:
    made = (await create(alice, types=["Email"], expires="2999-01-01T00:00:00Z"))["created"]["k"]
    assert made["expires"] < "2999"
    found = await call(alice, "PushSubscription/get", ids=None)
    assert found == {
        "list": [
            {
                "id": made["id"],
                "deviceClientId": "phone",
                "verificationCode": None,
                "expires": made["expires"],
                "types": ["Email"],
            }
        ],
        "notFound": [],
    }
    changed = await call(alice, "PushSubscription/set", update={made["id"]: {"types": None, "expires": None}})
    assert list(changed["updated"]) == [made["id"]]
    found = await call(alice, "PushSubscription/get", ids=[made["id"], "S99"], properties=["types"])
    assert found == {"list": [{"id": made["id"], "types": None}], "notFound": ["S99"]}
    assert (await call(alice, "PushSubscription/set", destroy=[made["id"], "S99"])) == {
        "created": None, "notCreated": None, "updated": None, "notUpdated": None,
        "destroyed": [made["id"]], "notDestroyed": {"S99": {"type": "notFound"}},
    }  # fmt: skip


async def test_of_a_new_one_only_what_was_left_out_is_told(alice: Person) -> None:
    keys = {"p256dh": webpush.safe(webpush.raw(ec.generate_private_key(ec.SECP256R1()).public_key())), "auth": "a" * 22}
    assert (await create(alice))["created"]["k"].keys() == {"id", "keys", "types", "expires"}
    assert (await create(alice, keys=keys, types=["Email"]))["created"]["k"].keys() == {"id", "expires"}


async def test_what_stays_as_it_is_may_be_said_again_and_not_otherwise(alice: Person) -> None:
    made = (await create(alice))["created"]["k"]["id"]
    for name, value in (("id", made), ("deviceClientId", "phone"), ("url", URL)):
        for said, refused in ((value, None), ("S1000", {"type": "invalidProperties", "properties": [name]})):
            changed = await call(alice, "PushSubscription/set", update={made: {name: said, "types": ["Email"]}})
            assert changed["updated"] == ({made: None} if refused is None else None)
            if refused is not None:
                assert refused.items() <= changed["notUpdated"][made].items()


async def test_an_account_that_is_named_for_nothing_is_borne_with(alice: Person) -> None:
    assert (await call(alice, "PushSubscription/get", accountId=alice.account))["list"] == []
    assert "destroyed" in await call(alice, "PushSubscription/set", accountId=alice.account)
    assert (await call(alice, "PushSubscription/set", ifInState="0"))["type"] == "invalidArguments"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"url": "http://push.example/"}, "url"),
        ({"url": "https://user@push.example/"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://push.example/ x"}, "url"),
        ({"url": "https://push.example/\n"}, "url"),
        ({"url": "https://push.example:x/"}, "url"),
        ({"url": "https://push.example/" + "x" * 2000}, "url"),
        ({"deviceClientId": ""}, "deviceClientId"),
        ({"deviceClientId": 1}, "deviceClientId"),
        ({"colour": "red"}, "colour"),
        ({"deviceClientId": "x" * 256}, "deviceClientId"),
        ({"keys": {"p256dh": "x", "auth": "y"}}, "keys"),
        ({"keys": {"p256dh": "x"}}, "keys"),
        ({"verificationCode": "guessed"}, "verificationCode"),
        ({"expires": "1999-01-01T00:00:00Z"}, "expires"),
        ({"expires": "soon"}, "expires"),
        ({"types": "Email"}, "types"),
        ({"types": ["a,b"]}, "types"),
    ],
)
async def test_what_is_wrong_of_one_is_named(alice: Person, given: dict[str, Any], name: str) -> None:
    refused = (await create(alice, **given))["notCreated"]["k"]
    assert (refused["type"], refused["properties"]) == ("invalidProperties", [name])


async def test_where_it_leads_is_never_told(alice: Person) -> None:
    await create(alice)
    for name in ("url", "keys"):
        assert (await call(alice, "PushSubscription/get", properties=[name]))["type"] == "forbidden"


async def test_what_one_log_in_made_is_there_for_no_other(tmp_path: Path) -> None:
    async with persons(tmp_path) as people:
        made = (await create(people[ALICE]))["created"]["k"]["id"]
        assert (await call(people[BOB], "PushSubscription/get"))["list"] == []
        assert (await call(people[BOB], "PushSubscription/set", destroy=[made]))["notDestroyed"]
        assert (await call(people[BOB], "PushSubscription/set", update={made: {"types": None}}))["notUpdated"]
        account = await people[ALICE].office.kept.account(ALICE)
        assert account
        _, secret = await people[ALICE].office.accounts.app_passwords.add(account, "phone")
        people[ALICE].http.auth = (ALICE, secret)
        assert (await call(people[ALICE], "PushSubscription/get"))["list"] == []


async def test_there_are_so_many_and_no_more(alice: Person) -> None:
    owner = (await opened(alice.office, ALICE)).account.id
    for _ in range(StoreLimits().push_subscriptions):
        await alice.office.kept.add_push_subscription(PushSubscription(owner, 0, None, "d", URL, expires_at=2**40))
    assert (await create(alice))["notCreated"]["k"]["type"] == "rateLimit"


class Service:
    """A push service that takes what it is told to take."""

    def __init__(self, status: int = 201) -> None:
        self.status = status
        self.posts: asyncio.Queue[Post] = asyncio.Queue()

    async def answer(self, check: Generator[Any, Any, Any]) -> Any:
        post = next(check)
        assert isinstance(post, Post)
        self.posts.put_nowait(post)
        with pytest.raises(StopIteration) as ended:
            check.send(Answer(Status.FOUND, (Fetched(self.status, "", b""),)))
        return ended.value.value


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pusher, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(pusher, "_PAUSE", 0.0)


async def test_the_code_is_sent_and_changes_follow_when_it_has_come_back(alice: Person, hurry: None) -> None:
    theirs = ec.generate_private_key(ec.SECP256R1())
    keys = {"p256dh": webpush.safe(webpush.raw(theirs.public_key())), "auth": webpush.safe(b"a" * 16)}
    locked = (await create(alice, keys=keys))["created"]["k"]["id"]
    plain = (await create(alice, types=["Mailbox"]))["created"]["k"]["id"]
    service = Service()
    running = asyncio.ensure_future(Pusher(alice.office, service).run())
    try:
        first, second = [await asyncio.wait_for(service.posts.get(), 60) for _ in range(2)]
        assert ("Content-Encoding", "aes128gcm") in first.fields
        assert ("Content-Encoding", "aes128gcm") not in second.fields
        assert {first.content_type, second.content_type} == {"application/json"}
        assert all(
            dict(post.fields)["Authorization"].startswith("vapid t=") and dict(post.fields)["TTL"] for post in (first, second)
        )
        said = json.loads(second.body)
        assert (said["@type"], said["pushSubscriptionId"]) == ("PushVerification", plain)
        wrong = await call(alice, "PushSubscription/set", update={plain: {"verificationCode": "wrong"}})
        assert wrong["notUpdated"][plain]["properties"] == ["verificationCode"]
        right = await call(alice, "PushSubscription/set", update={plain: {"verificationCode": said["verificationCode"]}})
        assert list(right["updated"]) == [plain]
        assert (await call(alice, "PushSubscription/get", ids=[plain]))["list"][0]["verificationCode"] == said[
            "verificationCode"
        ]
        while not running.done() and not alice.office.notify._watches:
            await asyncio.sleep(0)
        owner = await opened(alice.office, ALICE)
        await put(owner, "INBOX", 1)
        told = json.loads((await asyncio.wait_for(service.posts.get(), 60)).body)
        assert told["@type"] == "StateChange"
        assert list(told["changed"][alice.account]) == ["Mailbox"]
        assert locked != plain
        assert service.posts.empty(), "nothing goes to where no code has come back from"
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(
    ("status", "attempts", "stays"), [(410, 1, False), (404, 1, False), (400, 1, True), (500, 3, True), (429, 3, True)]
)
async def test_what_is_not_taken_is_tried_again_or_given_up(
    alice: Person, hurry: None, status: int, attempts: int, stays: bool
) -> None:
    await create(alice)
    service = Service(status)
    work = Pusher(alice.office, service)
    await work._ask((await opened(alice.office, ALICE)).account.id)
    assert service.posts.qsize() == attempts
    assert bool(await alice.office.kept.push_subscriptions()) is stays


async def test_what_is_too_much_for_one_message_goes_in_several(alice: Person, hurry: None) -> None:
    owner = (await opened(alice.office, ALICE)).account.id
    key = ec.generate_private_key(ec.SECP256R1())
    locked = webpush.safe(webpush.raw(key.public_key())), webpush.safe(b"a" * 16)
    kept = PushSubscription(owner, 0, None, "d", URL, *locked, is_asked=True, is_verified=True, expires_at=2**40)
    await alice.office.kept.add_push_subscription(kept)
    changed = {f"A{number}": {"Email": "1" * 20, "Mailbox": "2" * 20} for number in range(100)}
    service = Service()
    await Pusher(alice.office, service)._tell(owner, changed)
    sizes = [len(service.posts.get_nowait().body) for _ in range(service.posts.qsize())]
    assert len(sizes) == 2
    assert all(size <= 4096 for size in sizes)
    halves: Any = pusher._messages(changed)
    assert [each for half in halves for each in half["changed"]] == list(changed)


async def test_one_that_is_over_is_forgotten(alice: Person) -> None:
    owner = (await opened(alice.office, ALICE)).account.id
    for expires in (1, 2**40):
        kept = PushSubscription(owner, 0, None, "d", URL, is_asked=True, is_verified=True, expires_at=expires)
        await alice.office.kept.add_push_subscription(kept)
    work = Pusher(alice.office, Service())
    try:
        await work._look()
        assert [each.expires_at for each in await alice.office.kept.push_subscriptions()] == [2**40]
    finally:
        for task in work._watching.values():
            task.cancel()
        await asyncio.gather(*work._watching.values(), return_exceptions=True)

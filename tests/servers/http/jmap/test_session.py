"""The session object (RFC 8620 §2)."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from jmapping import ALICE, BOB, Person, persons
from pillarbox.limits import JmapLimits
from pillarbox.mail.rights import parsed
from pillarbox.message.composition import base64_body
from sharers import opened


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[Mapping[str, Person]]:
    async with persons(tmp_path) as found:
        yield found


@pytest.mark.parametrize("path", ["/.well-known/jmap", "/jmap/session"])
async def test_a_session_says_what_there_is_and_where(people: Mapping[str, Person], path: str) -> None:
    alice = people[ALICE]
    response = await alice.http.get(path)
    found = response.json()
    assert response.headers["cache-control"] == "no-cache, no-store, must-revalidate"
    assert found["username"] == ALICE
    assert found["apiUrl"] == "https://mail.example.org/jmap/api"
    assert found["downloadUrl"] == "https://mail.example.org/jmap/download/{accountId}/{blobId}/{name}?accept={type}"
    assert found["uploadUrl"] == "https://mail.example.org/jmap/upload/{accountId}/"
    assert found["eventSourceUrl"].endswith("/jmap/eventsource?types={types}&closeafter={closeafter}&ping={ping}")
    assert found["capabilities"]["urn:ietf:params:jmap:websocket"] == {
        "url": "wss://mail.example.org/jmap/ws",
        "supportsPush": True,
    }
    account = found["accounts"][alice.account]
    assert (account["name"], account["isPersonal"], account["isReadOnly"]) == (ALICE, True, False)
    assert set(found["primaryAccounts"].values()) == {alice.account}
    able = account["accountCapabilities"].keys() - {"urn:ietf:params:jmap:principals:owner"}
    assert found["primaryAccounts"].keys() == able <= found["capabilities"].keys()


async def test_limits_are_announced_as_they_are_kept(people: Mapping[str, Person]) -> None:
    core = (await people[ALICE].http.get("/jmap/session")).json()["capabilities"]["urn:ietf:params:jmap:core"]
    limits = JmapLimits()
    assert core["maxSizeUpload"] == limits.upload
    assert core["maxConcurrentUpload"] == limits.uploads
    assert core["maxSizeRequest"] == limits.request
    assert core["maxConcurrentRequests"] == limits.requests
    assert core["maxCallsInRequest"] == limits.calls
    assert core["maxObjectsInGet"] == limits.get_objects
    assert core["maxObjectsInSet"] == limits.set_objects
    assert "i;ascii-casemap" in core["collationAlgorithms"]


async def test_nobody_is_told_anything_without_a_log_in(people: Mapping[str, Person]) -> None:
    for path in ("/.well-known/jmap", "/jmap/session", "/jmap/eventsource"):
        response = await people[ALICE].http.get(path, auth=("alice@example.org", "wrong"))
        assert response.status_code == 401
        assert "basic" in response.headers["www-authenticate"].lower()
        assert response.headers["content-type"] == "application/problem+json"
        assert (response.json()["type"], response.json()["status"]) == ("about:blank", 401)


async def test_an_account_is_there_for_those_it_is_shared_with_and_the_state_tells_so(people: Mapping[str, Person]) -> None:
    alice, bob = people[ALICE], people[BOB]
    before = (await bob.http.get("/jmap/session")).json()
    assert list(before["accounts"]) == [bob.account]
    assert (await bob.request(("Core/echo", {})))["sessionState"] == before["state"]
    owner = await opened(alice.office, ALICE)
    await owner.grants.set("Archive", BOB, parsed("lr"))
    after = (await bob.http.get("/jmap/session")).json()
    assert after["accounts"][alice.account] | {"accountCapabilities": {}} == {
        "name": ALICE,
        "isPersonal": False,
        "isReadOnly": True,
        "accountCapabilities": {},
    }
    assert set(after["primaryAccounts"].values()) == {bob.account}
    assert after["state"] != before["state"]
    assert (await bob.request(("Core/echo", {})))["sessionState"] == after["state"]
    await owner.grants.set("Archive", BOB, parsed("lrs"))
    assert not (await bob.http.get("/jmap/session")).json()["accounts"][alice.account]["isReadOnly"]
    await owner.grants.remove("Archive", BOB)
    assert (await bob.http.get("/jmap/session")).json()["state"] == before["state"]


async def test_what_may_only_be_known_of_is_no_account(people: Mapping[str, Person]) -> None:
    owner = await opened(people[ALICE].office, ALICE)
    await owner.grants.set("Archive", BOB, parsed("l"))
    assert list((await people[BOB].http.get("/jmap/session")).json()["accounts"]) == [people[BOB].account]


@pytest.mark.parametrize(
    ("host", "root"),
    [
        ("mail.example.org:8443", "https://mail.example.org:8443"),
        ("[::1]:443", "https://[::1]:443"),
        ('evil"></a>', "https://mail.example.org"),
        ("a b", "https://mail.example.org"),
        ("user@host", "https://mail.example.org"),
        ("host/path", "https://mail.example.org"),
    ],
)
async def test_urls_begin_with_the_name_we_were_asked_by_if_it_is_one(
    people: Mapping[str, Person], host: str, root: str
) -> None:
    response = await people[ALICE].http.get("/jmap/session", headers={"Host": host})
    assert response.json()["apiUrl"] == f"{root}/jmap/api"


async def test_what_may_be_attached_fits_in_a_message(people: Mapping[str, Person]) -> None:
    alice = people[ALICE]
    most = alice.office.settings.mail.message_size
    able = (await alice.http.get("/jmap/session")).json()["accounts"][alice.account]["accountCapabilities"]
    attached = able["urn:ietf:params:jmap:mail"]["maxSizeAttachmentsPerEmail"]
    assert len(base64_body(bytes(attached))) < most * 0.95
    assert able["urn:ietf:params:jmap:submission"]["submissionExtensions"]["SIZE"] == [str(most)]

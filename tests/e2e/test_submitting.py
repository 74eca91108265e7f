"""Mail submitted by JMAP through a real server: held, called back, delivered, and answered for somebody who is away."""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import httpx2
import pytest

from pillarbox.testing.served import HOST, PASSWORD, Served, served

ALICE, BOB = "alice@example.org", "bob@example.org"
USING = [f"urn:ietf:params:jmap:{name}" for name in ("core", "mail", "submission", "vacationresponse")]
WITHIN = 60.0
LONG = "3600"
T = TypeVar("T")
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("submitting"), accounts=[ALICE, BOB], web=True) as running:
        yield running


class Somebody:
    """One person with a JMAP client."""

    def __init__(self, server: Served, address: str) -> None:
        root = f"http://{HOST}:{server.ports['http']}"
        self.address = address
        self.http = httpx2.Client(base_url=root, auth=(address, PASSWORD), timeout=WITHIN, verify=False)
        session = self.http.get("/.well-known/jmap", follow_redirects=True).json()
        self.can = session["accounts"]
        self.account = session["primaryAccounts"]["urn:ietf:params:jmap:submission"]
        listed = self.ask("Mailbox/get", ids=None)["list"]
        self.boxes = {each["role"]: each["id"] for each in listed}

    def calls(self, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
        wanted = [[name, {"accountId": self.account, **given}, str(n)] for n, (name, given) in enumerate(calls)]
        answer = self.http.post("/jmap/api", json={"using": USING, "methodCalls": wanted})
        assert answer.status_code == 200, answer.text
        return [given for name, given, _ in answer.json()["methodResponses"]]

    def ask(self, name: str, **given: Any) -> Any:
        (answer,) = self.calls((name, given))
        return answer

    def send(self, subject: str, *to: str, hold: str | None = None) -> str:
        """Written, submitted and moved to Sent in one request; the submission's id."""
        identity = self.ask("Identity/get", ids=None)["list"][0]["id"]
        email = {
            "mailboxIds": {self.boxes["drafts"]: True},
            "keywords": {"$draft": True},
            "from": [{"email": self.address}],
            "to": [{"email": each} for each in to],
            "subject": subject,
            "textBody": [{"partId": "t", "type": "text/plain"}],
            "bodyValues": {"t": {"value": "Text"}},
        }
        new: dict[str, Any] = {"identityId": identity, "emailId": "#mail"}
        if hold is not None:
            sender = {"email": self.address, "parameters": {"HOLDFOR": hold}}
            new["envelope"] = {"mailFrom": sender, "rcptTo": [{"email": each} for each in to]}
        sent = {f"mailboxIds/{self.boxes['drafts']}": None, f"mailboxIds/{self.boxes['sent']}": True, "keywords/$draft": None}
        _, made, moved = self.calls(
            ("Email/set", {"create": {"mail": email}}),
            ("EmailSubmission/set", {"create": {"new": new}, "onSuccessUpdateEmail": {"#new": sent}}),
        )
        assert made["notCreated"] is None, made
        assert moved["notUpdated"] is None, moved
        return str(made["created"]["new"]["id"])

    def submission(self, name: str) -> Any:
        (found,) = self.ask("EmailSubmission/get", ids=[name])["list"]
        return found

    def subjects(self, role: str = "inbox") -> list[str]:
        found = self.ask("Email/query", filter={"inMailbox": self.boxes[role]}, sort=[{"property": "receivedAt"}])["ids"]
        return [each["subject"] for each in self.ask("Email/get", ids=found, properties=["subject"])["list"]]


@pytest.fixture
def alice(server: Served) -> Iterator[Somebody]:
    somebody = Somebody(server, ALICE)
    yield somebody
    somebody.http.close()


@pytest.fixture
def bob(server: Served) -> Iterator[Somebody]:
    somebody = Somebody(server, BOB)
    yield somebody
    somebody.http.close()


def subject() -> str:
    return f"letter {next(numbers)}"


def awaited(look: Callable[[], T], wanted: Callable[[T], bool]) -> T:
    end = time.monotonic() + WITHIN
    while not wanted(found := look()):
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return found


def test_one_of_two_letters_is_called_back_and_the_other_arrives(alice: Somebody, bob: Somebody) -> None:
    first, second = subject(), subject()
    undone = alice.send(first, BOB, hold=LONG)
    kept = alice.send(second, BOB, hold="2")
    assert alice.submission(undone)["undoStatus"] == "pending"
    answer = alice.ask("EmailSubmission/set", update={undone: {"undoStatus": "canceled"}})
    assert answer["updated"] == {undone: None}
    assert second in awaited(bob.subjects, lambda found: second in found)
    shown = awaited(lambda: alice.submission(kept), lambda each: each["undoStatus"] == "final")
    shown = awaited(lambda: alice.submission(kept), lambda each: each["deliveryStatus"][BOB]["delivered"] != "queued")
    assert shown["deliveryStatus"][BOB]["delivered"] == "yes"
    assert first not in bob.subjects()
    assert alice.submission(undone)["undoStatus"] == "canceled"
    assert {first, second} <= set(alice.subjects("sent"))
    late = alice.ask("EmailSubmission/set", update={kept: {"undoStatus": "canceled"}})
    assert late["notUpdated"][kept]["type"] == "cannotUnsend"


def test_somebody_who_is_away_says_so_once(alice: Somebody, bob: Somebody) -> None:
    away = {"isEnabled": True, "subject": "Back in December", "textBody": "I am in the mountains."}
    assert bob.ask("VacationResponse/set", update={"singleton": away})["updated"] == {"singleton": None}
    first, second = subject(), subject()
    alice.send(first, BOB)
    told = awaited(alice.subjects, lambda found: "Back in December" in found)
    alice.send(second, BOB)
    awaited(bob.subjects, lambda found: {first, second} <= set(found))
    off = bob.ask("VacationResponse/set", update={"singleton": {"isEnabled": False}})
    assert off["notUpdated"] is None
    third = subject()
    alice.send(third, ALICE)
    awaited(alice.subjects, lambda found: third in found)
    assert alice.subjects().count("Back in December") == told.count("Back in December") == 1


def test_a_submission_that_moves_on_is_pushed(server: Served, alice: Somebody) -> None:
    query = "types=EmailSubmission,Identity,VacationResponse&closeafter=no&ping=0"
    with alice.http.stream("GET", f"/jmap/eventsource?{query}") as stream:
        lines = (line for line in stream.iter_lines() if line.startswith("data: "))
        name = alice.send(subject(), BOB, hold="1")
        said = json.loads(next(lines).removeprefix("data: "))["changed"][alice.account]
        assert set(said) <= {"EmailSubmission", "Identity"}
        told = {"EmailSubmission": ""}
        while alice.submission(name)["deliveryStatus"][BOB]["delivered"] == "queued":
            told = json.loads(next(lines).removeprefix("data: "))["changed"][alice.account]
        assert set(told) <= {"EmailSubmission", "Identity"}
    state = alice.ask("EmailSubmission/get", ids=[])["state"]
    alice.ask("EmailSubmission/changes", sinceState=state)

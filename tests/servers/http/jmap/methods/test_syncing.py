"""The law of syncing: whoever follows /changes and /queryChanges has what the server has (RFC 8620 §5.2, §5.6)."""

from random import Random
from typing import Any

import pytest

from postbag import Postbag, message

STEPS, ROUND = 36, 4
QUERIES: list[dict[str, Any]] = [
    {"filter": None, "sort": [{"property": "receivedAt"}]},
    {"filter": {"hasKeyword": "$seen"}, "sort": [{"property": "subject"}]},
    {"filter": {"someInThreadHaveKeyword": "$flagged"}, "sort": [{"property": "receivedAt"}], "collapseThreads": True},
    {"filter": None, "sort": [{"property": "allInThreadHaveKeyword", "keyword": "$seen"}], "collapseThreads": True},
]


class Client:
    """Everything of an account, kept up to date by what is told of it, a few changes at a time."""

    def __init__(self, mail: Postbag) -> None:
        self.mail = mail
        self.kept: dict[str, dict[str, Any]] = {"Email": {}, "Thread": {}, "Mailbox": {}}
        self.states: dict[str, str] = {}
        self.lists: list[tuple[str, list[str]]] = []

    async def begin(self) -> None:
        for kind in self.kept:
            answer = await self.mail.ask(f"{kind}/get", ids=[])
            self.states[kind] = answer["state"]
            self.kept[kind] = await self.now(kind)
        for query in QUERIES:
            answer = await self.mail.ask("Email/query", **query)
            self.lists.append((answer["queryState"], answer["ids"]))

    async def now(self, kind: str) -> dict[str, Any]:
        """All there is of a kind, as the server has it."""
        if kind == "Thread":
            emails = (await self.mail.ask("Email/get", ids=None, properties=["threadId"]))["list"]
            ids: Any = list({each["threadId"] for each in emails})
        else:
            ids = None
        return await self.get(kind, ids)

    async def get(self, kind: str, ids: Any) -> dict[str, Any]:
        properties = ["keywords", "mailboxIds", "threadId"] if kind == "Email" else None
        answer = await self.mail.ask(f"{kind}/get", ids=ids, properties=properties)
        return {each["id"]: each for each in answer["list"]}

    async def sync(self) -> None:
        for kind, kept in self.kept.items():
            more = True
            while more:
                told = await self.mail.ask(f"{kind}/changes", sinceState=self.states[kind], maxChanges=3)
                assert len({*told["created"], *told["updated"], *told["destroyed"]}) <= 3
                for which in told["destroyed"]:
                    kept.pop(which, None)
                kept.update(await self.get(kind, [*told["created"], *told["updated"]]))
                self.states[kind], more = told["newState"], told["hasMoreChanges"]
        for place, (state, ids) in enumerate(self.lists):
            told = await self.mail.ask("Email/queryChanges", **QUERIES[place], sinceQueryState=state, calculateTotal=True)
            ids = [each for each in ids if each not in told["removed"]]
            for each in told["added"]:
                ids.insert(each["index"], each["id"])
            assert told["total"] == len(ids)
            self.lists[place] = told["newQueryState"], ids

    async def check(self) -> None:
        for kind, kept in self.kept.items():
            assert kept == await self.now(kind), kind
        for query, (_, ids) in zip(QUERIES, self.lists, strict=True):
            assert ids == await self.mail.found(
                query["filter"], query["sort"], collapseThreads=query.get("collapseThreads", False)
            )


async def step(mail: Postbag, random: Random, number: int) -> None:
    """Something happens."""
    emails = await mail.found()
    boxes = [mail.boxes[name] for name in ("inbox", "archive", "trash")]
    which = random.choice(emails) if emails else ""
    match random.choice(["add", "add", "reply", "flag", "flag", "move", "both", "destroy", "box", "drop"]) if which else "add":
        case "add":
            await mail.put(message(f"m{number}"), random.choice(["inbox", "archive"]))
        case "reply":
            parent = (await mail.email(which, "messageId"))["messageId"][0]
            await mail.put(message(f"m{number}", Subject="Re: m", In_Reply_To=f"<{parent}>"), keywords={"$seen": True})
        case "flag":
            name = random.choice(["$seen", "$flagged", "word"])
            await mail.patch(which, {f"keywords/{name}": random.choice([True, None])})
        case "move":
            await mail.patch(which, {"mailboxIds": {random.choice(boxes): True}})
        case "both":
            await mail.patch(which, {f"mailboxIds/{random.choice(boxes)}": True})
        case "destroy":
            await mail.ask("Email/set", destroy=[which])
        case "box":
            await mail.ask("Mailbox/set", create={"new": {"name": f"box{number}"}})
        case _:
            listed = (await mail.ask("Mailbox/query", filter={"hasAnyRole": False}))["ids"]
            await mail.ask("Mailbox/set", destroy=listed[:1], onDestroyRemoveEmails=True)


@pytest.mark.parametrize("seed", range(3))
async def test_whoever_follows_the_changes_has_what_the_server_has(mail: Postbag, seed: int) -> None:
    random, client = Random(seed), Client(mail)
    await mail.put(message("first"))
    await client.begin()
    for number in range(STEPS):
        await step(mail, random, number)
        if number % ROUND == ROUND - 1:
            await client.sync()
            await client.check()

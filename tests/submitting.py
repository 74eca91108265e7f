"""Mail submitted by JMAP in a house without a queue runner: what waits is worked off when a test says so."""

from collections.abc import Sequence
from typing import Any

from pillarbox.mail.office import Office
from pillarbox.store.queued import LOCAL, Claimed, Queued, QueueFilter, Result, State
from postbag import Postbag

BODY = {"textBody": [{"partId": "t", "type": "text/plain"}], "bodyValues": {"t": {"value": "Text"}}}
FOREIGN = "ann@example.com"


class Writer(Postbag):
    """Somebody who writes and sends."""

    async def identity(self) -> str:
        """The id of their first."""
        return str((await self.ask("Identity/get", ids=None))["list"][0]["id"])

    async def draft(self, *to: str, **more: Any) -> str:
        """An email of theirs in the drafts; its id."""
        given = {
            "from": [{"email": self.person.address, "name": "Alice"}],
            "to": [{"email": address} for address in to or ("bob@example.org",)],
            "subject": "Hello",
            "keywords": {"$draft": True},
            **BODY,
            **more,
        }
        return str((await self.made(**given))["id"])

    async def submitting(self, email: str, envelope: Any = None, **more: Any) -> dict[str, Any]:
        """The answer to submitting an email as "new"."""
        wanted: dict[str, Any] = {"identityId": await self.identity(), "emailId": email}
        if envelope is not None:
            wanted["envelope"] = envelope
        return await self.ask("EmailSubmission/set", create={"new": wanted}, **more)

    async def submitted(self, email: str, envelope: Any = None) -> dict[str, Any]:
        """What is said of a submission that was made."""
        answer = await self.submitting(email, envelope)
        assert answer["notCreated"] is None, answer
        made = answer["created"]["new"]
        assert isinstance(made, dict)
        return made

    async def not_submitted(self, email: str, envelope: Any = None) -> dict[str, Any]:
        """Why a submission was not made."""
        answer = await self.submitting(email, envelope)
        assert answer["created"] is None
        error = answer["notCreated"]["new"]
        assert isinstance(error, dict)
        return error

    async def submission(self, name: str) -> dict[str, Any]:
        (found,) = (await self.ask("EmailSubmission/get", ids=[name]))["list"]
        assert isinstance(found, dict)
        return found

    async def subjects(self) -> list[str]:
        """Of all in the inbox, the oldest first."""
        found = await self.found({"inMailbox": self.boxes["inbox"]}, [{"property": "receivedAt"}])
        listed = (await self.ask("Email/get", ids=found, properties=["subject"]))["list"]
        return [each["subject"] for each in listed]


def envelope(*to: str, sender: str = "alice@example.org", **parameters: str | None) -> dict[str, Any]:
    """With parameters of the sender."""
    return {
        "mailFrom": {"email": sender, "parameters": parameters or None},
        "rcptTo": [{"email": address} for address in to or ("bob@example.org",)],
    }


async def queued(office: Office, name: str = "") -> Sequence[Queued]:
    """What waits, or all of that name."""
    return await office.kept.queue().listed(QueueFilter(name=name))


async def work_off(office: Office, said: str = "250 2.0.0 thanks") -> int:
    """What is due is filed, if it is ours, and else taken by a host that says so (or refuses); how many pairs it was."""
    queue = office.kept.queue()
    owner = await queue.enlist()
    pairs = await queue.claim(owner, int(office.clock.now().timestamp()), 100)
    for pair in pairs:
        await queue.settle(await _results(office, pair, said))
        if pair.message.account is not None:
            await office.moved(pair.message.account, pair.message.id)
    await queue.resign(owner)
    return len(pairs)


async def _results(office: Office, pair: Claimed, said: str) -> list[Result]:
    name = pair.message.id
    if pair.destination == LOCAL:
        data = await office.kept.queue().read(name)
        outcomes = await office.delivery.deliver_queued(pair, data)
        assert all(outcome.error is None for outcome in outcomes)
        return [Result(id=name, n=one.n, state=State.DELIVERED, code="2.0.0", said="filed") for one in pair.recipients]
    state = State.DELIVERED if said.startswith("2") else State.FAILED
    return [Result(id=name, n=one.n, state=state, host="mx", code=said[4:9], said=said) for one in pair.recipients]

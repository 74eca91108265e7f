"""Somebody's mail by JMAP, as tests hold it: mailboxes by role or name, messages put into them."""

from collections.abc import Mapping
from typing import Any

from jmapping import Person
from pillarbox.mail.spool import Received
from pillarbox.proto.jmap import ids


class Postbag:
    """One person's mail, or that of somebody else as this person sees it."""

    def __init__(self, person: Person, account: str = "") -> None:
        self.person = person
        self.account = account or person.account
        self.boxes: dict[str, str] = {}

    async def ask(self, name: str, **arguments: Any) -> dict[str, Any]:
        """The answer to one call, which must be none of an error."""
        [(said, answer)] = await self.person.ask((name, {"accountId": self.account, **arguments}))
        assert said == name, answer
        assert isinstance(answer, dict)
        return answer

    async def refused(self, name: str, **arguments: Any) -> str:
        """The type of the error that one call is answered by."""
        [(said, answer)] = await self.person.ask((name, {"accountId": self.account, **arguments}))
        assert said == "error", answer
        return str(answer["type"])

    async def learn(self) -> "Postbag":
        """What its mailboxes are."""
        listed = (await self.ask("Mailbox/get", ids=None))["list"]
        self.boxes = {each["role"] or each["name"]: each["id"] for each in listed}
        return self

    async def put(
        self,
        data: bytes,
        *boxes: str,
        keywords: Mapping[str, bool] | None = None,
        at: str | None = None,
    ) -> str:
        """A message in mailboxes (the inbox); its email's id."""
        uploaded = await self.person.upload(data, "message/rfc822", self.account)
        assert uploaded.status_code == 201, uploaded.text
        wanted = {
            "blobId": uploaded.json()["blobId"],
            "mailboxIds": {self.boxes[name]: True for name in boxes or ("inbox",)},
            "keywords": keywords or {},
            "receivedAt": at,
        }
        answer = await self.ask("Email/import", emails={"new": wanted})
        assert answer["notCreated"] is None, answer
        return str(answer["created"]["new"]["id"])

    async def receive(self, data: bytes) -> str:
        """A message as it is filed once a door has taken it in, with our fields on top; its email's id."""
        office, now = self.person.office, self.person.office.clock.now()
        account = await office.kept.account(self.person.address)
        assert account is not None
        received = Received.of(data)
        message = await office.reading.new_message(received, received_at=now, saved_at=now, is_delivered=True)
        added = await office.kept.mail(account.id).add("INBOX", [message])
        return ids.email_id(added.emails[0])

    async def email(self, which: str, *properties: str, **arguments: Any) -> dict[str, Any]:
        """One email, with these properties."""
        answer = await self.ask("Email/get", ids=[which], properties=list(properties) or None, **arguments)
        assert len(answer["list"]) == 1, answer
        found = answer["list"][0]
        assert isinstance(found, dict)
        return found

    async def made(self, **given: Any) -> dict[str, Any]:
        """What is said of an email that is made in the drafts."""
        wanted = {"mailboxIds": {self.boxes["drafts"]: True}, **given}
        answer = await self.ask("Email/set", create={"new": wanted})
        assert answer["notCreated"] is None, answer
        made = answer["created"]["new"]
        assert isinstance(made, dict)
        return made

    async def not_made(self, **given: Any) -> dict[str, Any]:
        """Why an email is not made."""
        wanted = {"mailboxIds": {self.boxes["drafts"]: True}, **given}
        answer = await self.ask("Email/set", create={"new": wanted})
        assert answer["created"] is None
        error = answer["notCreated"]["new"]
        assert isinstance(error, dict)
        return error

    async def change(self, which: str, **patch: Any) -> dict[str, Any] | None:
        """Why an email was not changed; None: it was. In names of the patch `__` stands for a slash."""
        return await self.patch(which, {name.replace("__", "/"): value for name, value in patch.items()})

    async def patch(self, which: str, patch: Mapping[str, Any]) -> dict[str, Any] | None:
        """The same by paths."""
        answer = await self.ask("Email/set", update={which: dict(patch)})
        if answer["notUpdated"] is None:
            assert answer["updated"] == {which: None}
            return None
        error = answer["notUpdated"][which]
        assert isinstance(error, dict)
        return error

    async def found(self, filter: Any = None, sort: Any = None, **more: Any) -> list[str]:  # noqa: A002
        """The ids a query finds."""
        return list((await self.ask("Email/query", filter=filter, sort=sort or [], **more))["ids"])

    async def state(self) -> str:
        return str((await self.ask("Email/get", ids=[]))["state"])


def message(subject: str = "Hello", body: str = "Text\r\n", **fields: str) -> bytes:
    """A message; in names of fields `_` stands for a hyphen."""
    given = {
        "From": "Ann <ann@example.com>",
        "To": "alice@example.org",
        "Subject": subject,
        "Message-ID": f"<{subject.split()[0]}@x>",
    }
    given |= {name.replace("_", "-"): value for name, value in fields.items()}
    return "".join(f"{name}: {value}\r\n" for name, value in given.items() if value).encode() + b"\r\n" + body.encode()


async def one(mail: Postbag, which: str) -> dict[str, Any]:
    """A mailbox, by its id."""
    return dict((await mail.ask("Mailbox/get", ids=[which]))["list"][0])


async def make(mail: Postbag, **given: Any) -> str:
    """A mailbox; its id."""
    answer = await mail.ask("Mailbox/set", create={"new": given})
    assert answer["notCreated"] is None, answer
    return str(answer["created"]["new"]["id"])


async def refusal(mail: Postbag, **arguments: Any) -> dict[str, Any]:
    """The one error of a Mailbox/set."""
    answer = await mail.ask("Mailbox/set", **arguments)
    [error] = [error for name in ("notCreated", "notUpdated", "notDestroyed") for error in (answer[name] or {}).values()]
    return dict(error)

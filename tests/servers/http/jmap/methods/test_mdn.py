"""Read receipts (RFC 9007)."""

from typing import Any

import pytest

from jmapping import ALICE, BOB
from pillarbox.mail.office import Office
from postbag import Postbag, message
from submitting import FOREIGN, Writer, queued

MODE = {"actionMode": "manual-action", "sendingMode": "mdn-sent-manually", "type": "displayed"}


@pytest.fixture
async def alice(mail: Postbag) -> Writer:
    writer = Writer(mail.person)
    await writer.learn()
    return writer


@pytest.fixture
async def bob(bobs: Postbag) -> Writer:
    writer = Writer(bobs.person)
    await writer.learn()
    return writer


@pytest.fixture
def office(alice: Writer) -> Office:
    return alice.person.office


async def asking(alice: Writer, who: str = BOB, **fields: str) -> str:
    """An email in the inbox whose sender wants to know."""
    return await alice.put(message(Disposition_Notification_To=who, **fields))


async def send(alice: Writer, email: str, then: Any = None, **more: Any) -> tuple[dict[str, Any], list[Any]]:
    """What is said of a notification, and the answers that follow."""
    arguments = {"identityId": await alice.identity(), "send": {"one": {"forEmailId": email, "disposition": MODE, **more}}}
    if then is not None:
        arguments["onSuccessUpdateEmail"] = {"#one": then}
    (said, answer), *rest = await alice.person.ask(("MDN/send", arguments))
    assert said == "MDN/send", answer
    return answer, rest


async def test_who_wants_to_know_is_told_once(alice: Writer, bob: Writer) -> None:
    email = await asking(alice)
    answer, ((then, changed),) = await send(alice, email, {"keywords/$mdnsent": True}, textBody="Seen.", subject="Read")
    assert answer["notSent"] is None
    assert answer["sent"]["one"] == {"finalRecipient": f"rfc822; {ALICE}", "originalMessageId": "<Hello@x>"}
    assert (then, changed["updated"]) == ("Email/set", {email: None})
    (told,) = await bob.found()
    shown = await bob.email(told, "blobId", "subject", "header:Return-Path", "from")
    assert shown["subject"] == "Read"
    assert shown["header:Return-Path"].strip() == "<>"
    assert [each["email"] for each in shown["from"]] == [ALICE]
    again, rest = await send(alice, email)
    assert (again["notSent"]["one"]["type"], rest) == ("mdnAlreadySent", [])
    assert len(await bob.found()) == 1


async def test_that_it_was_sent_is_remembered_though_nobody_asks_for_that(alice: Writer) -> None:
    email = await asking(alice)
    await send(alice, email)
    assert (await alice.email(email, "keywords"))["keywords"] == {"$mdnsent": True}
    other = await asking(alice, subject="Other")
    await send(alice, other, {"keywords/$flagged": True})
    assert (await alice.email(other, "keywords"))["keywords"] == {"$mdnsent": True, "$flagged": True}


async def test_what_is_told_reads_back_and_names_the_email_it_is_about(alice: Writer, bob: Writer) -> None:
    written = await bob.draft(ALICE, **{"header:Disposition-Notification-To": f" {BOB}"})
    message_id = (await bob.email(written, "messageId"))["messageId"][0]
    await bob.submitted(written)
    (got,) = await alice.found()
    await send(alice, got, reportingUA="here; ours", includeOriginalMessage=True, extensionFields={"X-More": "y"})
    told = next(each for each in await bob.found() if each != written)
    blob = (await bob.email(told, "blobId"))["blobId"]
    answer = await bob.ask("MDN/parse", blobIds=[blob, "Gnone", (await bob.email(written, "blobId"))["blobId"]])
    parsed = answer["parsed"][blob]
    assert parsed["forEmailId"] == written
    assert parsed["disposition"] == MODE
    assert parsed["originalMessageId"] == f"<{message_id}>"
    assert parsed["finalRecipient"] == f"rfc822; {ALICE}"
    assert (parsed["reportingUA"], parsed["extensionFields"]) == ("here; ours", {"x-more": "y"})
    assert parsed["includeOriginalMessage"] is True
    assert answer["notFound"] == ["Gnone"]
    assert answer["notParsable"] == [(await bob.email(written, "blobId"))["blobId"]]


async def test_elsewhere_it_goes_through_the_queue_with_the_null_path(alice: Writer, office: Office) -> None:
    await send(alice, await asking(alice, FOREIGN))
    (waiting,) = await queued(office)
    assert (waiting.message.sender, [one.address for one in waiting.recipients]) == ("", [FOREIGN])
    assert (await alice.ask("EmailSubmission/get", ids=None))["list"] == [], "no submission of theirs"


async def test_where_nobody_asks_nobody_is_told(alice: Writer) -> None:
    for email in (await alice.put(message()), await asking(alice, "yes please", subject="Other"), "M999"):
        answer, rest = await send(alice, email)
        assert (answer["notSent"]["one"]["type"], rest) == ("notFound", [])


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"forEmailId": None}, ["forEmailId"]),
        ({"disposition": {**MODE, "type": "burnt"}}, ["disposition"]),
        ({"disposition": None}, ["disposition"]),
        ({"subject": "a\nb"}, ["subject"]),
        ({"mdnGateway": "x"}, ["mdnGateway"]),
        ({"extensionFields": {"Disposition": "x"}}, ["extensionFields"]),
        ({"extensionFields": {"a b": "x"}}, ["extensionFields"]),
        ({"extensionFields": ["x"]}, ["extensionFields"]),
        ({"includeOriginalMessage": 1, "textBody": 1}, ["includeOriginalMessage", "textBody"]),
    ],
)
async def test_wrong_properties_are_named(alice: Writer, bob: Writer, more: dict[str, Any], wrong: list[str]) -> None:
    answer, _ = await send(alice, await asking(alice), **more)
    error = answer["notSent"]["one"]
    assert (error["type"], sorted(error["properties"])) == ("invalidProperties", wrong)
    assert await bob.found() == []


async def test_an_identity_that_is_none_is_an_argument_that_is_wrong(alice: Writer) -> None:
    assert await alice.refused("MDN/send", identityId="I9", send={}) == "invalidArguments"
    assert await alice.refused("MDN/send", identityId=await alice.identity()) == "invalidArguments"
    assert await alice.refused("MDN/parse") == "invalidArguments"
    assert await alice.refused("MDN/parse", blobIds=[f"G{number}" for number in range(101)]) == "requestTooLarge"


async def test_nobody_is_told_twice_in_one_call(alice: Writer, bob: Writer) -> None:
    one = {"forEmailId": await asking(alice), "disposition": MODE}
    arguments = {"identityId": await alice.identity(), "send": {"a": one, "b": one}}
    (_, answer), (_, changed) = await alice.person.ask(("MDN/send", arguments))
    assert list(changed["updated"]) == [one["forEmailId"]]
    assert (list(answer["sent"]), answer["notSent"]["b"]["type"]) == (["a"], "mdnAlreadySent")
    assert len(await bob.found()) == 1

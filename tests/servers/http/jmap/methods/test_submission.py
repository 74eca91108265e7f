"""Email submissions (RFC 8621 §7)."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jmapping import ALICE, BOB, CORE, Person, persons
from outbound import StillClock
from pillarbox.limits import JmapLimits, Limits
from pillarbox.mail.delivery import Delivery
from pillarbox.mail.office import Office
from pillarbox.mail.rights import parsed
from pillarbox.store.queued import QueueFilter
from postbag import message
from submitting import BODY, FOREIGN, Writer, envelope, queued, work_off

LIMITS = replace(Limits(), jmap=JmapLimits(submissions=3))


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
async def people(tmp_path: Path, clock: StillClock) -> AsyncIterator[Mapping[str, Person]]:
    async with persons(tmp_path, LIMITS, clock) as found:
        yield found


@pytest.fixture
async def alice(people: Mapping[str, Person]) -> Writer:
    writer = Writer(people[ALICE])
    await writer.learn()
    return writer


@pytest.fixture
async def bob(people: Mapping[str, Person]) -> Writer:
    writer = Writer(people[BOB])
    await writer.learn()
    return writer


@pytest.fixture
def office(alice: Writer) -> Office:
    return alice.person.office


# Made.


async def test_an_email_to_somebody_here_is_theirs_when_the_answer_comes(alice: Writer, bob: Writer) -> None:
    email = await alice.draft("Bob@example.org", cc=[{"email": "bob@Example.ORG"}])
    made = await alice.submitted(email)
    assert await bob.subjects() == ["Hello"]
    assert made["undoStatus"] == "final"
    assert made["threadId"] == (await alice.email(email, "threadId"))["threadId"]
    assert made["envelope"]["mailFrom"] == {"email": ALICE, "parameters": None}
    assert [each["email"] for each in made["envelope"]["rcptTo"]] == ["Bob@example.org"]
    assert made["deliveryStatus"] == {
        "Bob@example.org": {"smtpReply": "250 2.0.0 filed", "delivered": "yes", "displayed": "unknown"}
    }
    shown = await alice.submission(made["id"])
    assert shown == {**made, "identityId": await alice.identity(), "emailId": email}
    assert (shown["dsnBlobIds"], shown["mdnBlobIds"]) == ([], [])


async def test_what_arrives_is_what_was_written_with_our_trace_and_without_blind_copies(alice: Writer, bob: Writer) -> None:
    await alice.submitted(await alice.draft(BOB, bcc=[{"email": "bob+blind@example.org"}]))
    inbox = await bob.found()
    assert len(inbox) == 2, "one by name, one blind: a detail is a copy of its own"
    for each in inbox:
        shown = await bob.email(each, "header:Received", "header:Return-Path", "bcc", "messageId")
        assert "by mail.example.org with HTTP id" in " ".join(shown["header:Received"].split())
        assert shown["header:Return-Path"].strip() == f"<{ALICE}>"
        assert shown["bcc"] is None
        assert shown["messageId"]


async def test_the_copy_that_its_author_has_is_the_only_one(alice: Writer, office: Office) -> None:
    account = await office.kept.account(ALICE)
    assert account
    await office.kept.change_account(replace(account, settings={"save_sent": "true"}))
    await alice.submitted(await alice.draft())
    assert await alice.found({"inMailbox": alice.boxes["sent"]}) == []


async def test_mail_to_elsewhere_waits_in_the_queue_and_its_fate_is_told(alice: Writer, office: Office) -> None:
    made = await alice.submitted(await alice.draft(FOREIGN))
    (waiting,) = await queued(office)
    assert (waiting.message.id, waiting.message.sender, waiting.message.kind) == (made["id"], ALICE, "submission")
    assert (await alice.submission(made["id"]))["deliveryStatus"][FOREIGN]["delivered"] == "queued"
    await work_off(office)
    shown = (await alice.submission(made["id"]))["deliveryStatus"][FOREIGN]
    assert shown == {"smtpReply": "250 2.0.0 thanks", "delivered": "unknown", "displayed": "unknown"}


async def test_a_refusal_is_told_in_the_hosts_words(alice: Writer, office: Office) -> None:
    made = await alice.submitted(await alice.draft(FOREIGN))
    await work_off(office, said="550 5.1.1 nobody of that name")
    shown = (await alice.submission(made["id"]))["deliveryStatus"][FOREIGN]
    assert (shown["smtpReply"], shown["delivered"]) == ("550 5.1.1 nobody of that name", "no")


async def test_an_envelope_may_be_given_with_what_dsn_asks_for(alice: Writer, office: Office) -> None:
    given = envelope(FOREIGN, RET="HDRS", ENVID="a+b c"[:3])
    given["rcptTo"][0]["parameters"] = {"NOTIFY": "SUCCESS,FAILURE", "ORCPT": "rfc822;x+y@z"}
    made = await alice.submitted(await alice.draft("someone@else.example"), given)
    (waiting,) = await queued(office)
    assert (waiting.message.ret, waiting.message.envid) == ("HDRS", "a+b")
    (recipient,) = waiting.recipients
    assert (recipient.address, recipient.notify, recipient.orcpt) == (FOREIGN, "FAILURE,SUCCESS", "rfc822;x+y@z")
    assert "envelope" not in made, "it is as it was given"
    assert (await alice.submission(made["id"]))["envelope"]["rcptTo"] == given["rcptTo"]


async def test_an_address_beyond_ascii_asks_for_smtputf8_by_itself(alice: Writer, office: Office) -> None:
    await alice.submitted(await alice.draft("jörg@example.com"))
    (waiting,) = await queued(office)
    assert waiting.message.smtputf8
    assert [one.address for one in waiting.recipients] == ["jörg@example.com"]


async def test_a_large_message_arrives_byte_for_byte_here_and_leaves_so(alice: Writer, bob: Writer, office: Office) -> None:
    body = "".join(f"{number:06} {'x' * (number % 70)}\r\n" for number in range(60_000))
    email = await alice.put(message(From=ALICE, To=f"{BOB}, {FOREIGN}", body=body), "drafts")
    made = await alice.submitted(email)
    (inbox,) = await bob.found({"inMailbox": bob.boxes["inbox"]})
    blob = (await bob.email(inbox, "blobId"))["blobId"]
    assert (await bob.person.download(blob)).content.endswith(body.encode())
    assert (await office.kept.queue().read(made["id"])).endswith(body.encode())
    await work_off(office)


# Why not.


async def refused(alice: Writer, given: Any = None, **draft: Any) -> dict[str, Any]:
    return await alice.not_submitted(await alice.draft(**draft), given)


async def test_it_goes_to_somebody(alice: Writer) -> None:
    assert (await refused(alice, to=[]))["type"] == "noRecipients"
    assert (await refused(alice, {**envelope(), "rcptTo": []}))["type"] == "noRecipients"


async def test_it_goes_to_no_more_than_one_transaction_takes(alice: Writer, office: Office) -> None:
    most = office.limits.smtp.recipients
    many = [f"p{number}@example.com" for number in range(most + 1)]
    error = await refused(alice, envelope(*many))
    assert (error["type"], error["maxRecipients"]) == ("tooManyRecipients", most)
    made = await alice.submitted(await alice.draft(), envelope(*many[:most]))
    assert len((await alice.submission(made["id"]))["deliveryStatus"]) == most


async def test_whom_it_cannot_reach_is_named(alice: Writer, office: Office) -> None:
    wrong = ["nobody@example.org", "no address", "a@b@c d", "x@-.-", "with space@example.com"]
    error = await refused(alice, envelope(BOB, *wrong, FOREIGN))
    assert error["type"] == "invalidRecipients"
    assert sorted(error["invalidRecipients"]) == sorted(wrong)
    assert not await queued(office)


@pytest.mark.parametrize(
    ("sender", "parameters", "error"),
    [
        (BOB, {}, "forbiddenMailFrom"),
        ("ann@example.com", {}, "forbiddenMailFrom"),
        ("no address", {}, "invalidProperties"),
        (ALICE, {"HOLDFOR": "soon"}, "invalidProperties"),
        (ALICE, {"HOLDFOR": "99999999999"}, "invalidProperties"),
        (ALICE, {"HOLDUNTIL": "2040-01-01T00:00:00Z"}, "invalidProperties"),
        (ALICE, {"HOLDFOR": "10", "HOLDUNTIL": "2026-11-23T00:00:00Z"}, "invalidProperties"),
        (ALICE, {"RET": "FULL ENVID=x"}, "invalidProperties"),
        (ALICE, {"RET": "FULL\r\nRCPT"}, "invalidProperties"),
        (ALICE, {"AUTH": "<>"}, "invalidProperties"),
        (ALICE, {"X-MORE": None}, "invalidProperties"),
        (ALICE, {"A B": None}, "invalidProperties"),
    ],
)
async def test_a_sender_is_ones_own_and_asks_for_what_there_is(
    alice: Writer, office: Office, sender: str, parameters: dict[str, str | None], error: str
) -> None:
    assert (await refused(alice, envelope(sender=sender, **parameters)))["type"] == error
    assert not await queued(office)


@pytest.mark.parametrize("name", ["from", "sender"])
async def test_nobody_writes_in_a_colleagues_name(alice: Writer, bob: Writer, name: str) -> None:
    error = await refused(alice, envelope(), **{name: [{"email": BOB}]})
    assert error["type"] == "forbiddenFrom"
    assert await bob.subjects() == []


async def test_whose_from_is_not_theirs_sends_as_their_identity(alice: Writer, bob: Writer) -> None:
    """RFC 8621 §7: what is found in the header and not allowed gives way to the identity's address."""
    made = await alice.submitted(await alice.draft(**{"from": [{"email": "alice@elsewhere.example"}]}))
    assert made["envelope"]["mailFrom"]["email"] == ALICE
    assert await bob.subjects() == ["Hello"]


@pytest.mark.parametrize(
    "data",
    [
        message(From=""),
        message(From="a@example.org, alice@example.org"),
        message(body="bare\nlines\n"),
        b"Subject: x\nFrom: alice@example.org\nTo: bob@example.org\n\nx\n",
    ],
)
async def test_an_email_that_cannot_be_read_in_one_way_only_is_not_sent(alice: Writer, data: bytes) -> None:
    assert (await alice.not_submitted(await alice.put(data, "drafts")))["type"] == "invalidEmail"


async def test_an_email_that_is_too_big_is_not_sent(alice: Writer, office: Office) -> None:
    email = await alice.draft()
    size = (await alice.email(email, "size"))["size"]
    office.settings = replace(office.settings, mail=replace(office.settings.mail, message_size=size - 1))
    error = await alice.not_submitted(email)
    assert (error["type"], error["maxSize"]) == ("tooLarge", size - 1)
    office.settings = replace(office.settings, mail=replace(office.settings.mail, message_size=size))
    await alice.submitted(email)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"identityId": "I9"}, ["identityId"]),
        ({"emailId": "M999"}, ["emailId"]),
        ({"emailId": None}, ["emailId"]),
        ({"sendAt": "2026-11-22T00:00:00Z"}, ["sendAt"]),
        ({"undoStatus": "pending"}, ["undoStatus"]),
        ({"envelope": {"mailFrom": "x", "rcptTo": []}}, ["envelope"]),
        ({"envelope": {"mailFrom": {"email": "x"}, "rcptTo": [{"email": 1}]}}, ["envelope"]),
        ({"envelope": {"mailFrom": {"email": "x", "parameters": {"RET": 1}}, "rcptTo": []}}, ["envelope"]),
    ],
)
async def test_wrong_properties_are_named(alice: Writer, change: dict[str, Any], wrong: list[str]) -> None:
    given = {"identityId": await alice.identity(), "emailId": await alice.draft(), **change}
    error = (await alice.ask("EmailSubmission/set", create={"new": given}))["notCreated"]["new"]
    assert (error["type"], error["properties"]) == ("invalidProperties", wrong)


async def test_what_goes_round_in_circles_is_not_sent(alice: Writer, office: Office) -> None:
    await office.accounts.add_alias("round@example.org", ["ann@example.com"])
    data = message(From=ALICE, To="round@example.org", Delivered_To="round@example.org")
    assert (await alice.not_submitted(await alice.put(data, "drafts")))["type"] == "forbiddenToSend"


async def test_a_delivery_that_fails_leaves_no_submission(
    alice: Writer, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = await alice.draft()

    async def fails(self: Delivery, *given: object, **more: object) -> object:
        raise OSError("no disk")

    monkeypatch.setattr(Delivery, "_file", fails)
    assert (await alice.not_submitted(email))["type"] == "forbidden"
    assert (await alice.ask("EmailSubmission/get", ids=None))["list"] == []


# Held.


async def test_what_is_held_waits_and_arrives_at_its_time(
    alice: Writer, bob: Writer, office: Office, clock: StillClock
) -> None:
    made = await alice.submitted(await alice.draft(), envelope(BOB, FOREIGN, HOLDFOR="60"))
    assert made["undoStatus"] == "pending"
    assert await work_off(office) == 0
    clock.move(59)
    assert await work_off(office) == 0
    assert (await alice.submission(made["id"]))["undoStatus"] == "pending"
    assert await bob.subjects() == []
    clock.move(1)
    assert await work_off(office) == 2
    shown = await alice.submission(made["id"])
    assert shown["undoStatus"] == "final"
    assert {email: fate["delivered"] for email, fate in shown["deliveryStatus"].items()} == {BOB: "yes", FOREIGN: "unknown"}
    assert await bob.subjects() == ["Hello"]


async def test_a_time_may_be_named_up_to_the_longest_hold_announced(alice: Writer, office: Office) -> None:
    longest = office.limits.smtp.hold
    for seconds, is_taken in ((longest, True), (longest + 1, False)):
        given = envelope(HOLDFOR=str(seconds))
        answer = await alice.submitting(await alice.draft(), given)
        assert (answer["notCreated"] is None) == is_taken
    made = await alice.submitted(await alice.draft(), envelope(HOLDUNTIL="2026-11-23T08:00:00Z"))
    assert made["sendAt"] == "2026-11-23T08:00:00Z"


async def test_what_is_held_can_be_called_back_once(alice: Writer, bob: Writer, office: Office, clock: StillClock) -> None:
    made = await alice.submitted(await alice.draft(), envelope(BOB, FOREIGN, HOLDFOR="60"))
    change = {made["id"]: {"undoStatus": "canceled"}}
    answer = await alice.ask("EmailSubmission/set", update=change)
    assert answer["updated"] == {made["id"]: None}
    assert (await alice.submission(made["id"]))["undoStatus"] == "canceled"
    clock.move(3600)
    assert await work_off(office) == 0
    assert await bob.subjects() == []
    again = await alice.ask("EmailSubmission/set", update=change)
    assert again["updated"] == {made["id"]: None}, "it is canceled"
    shown = await alice.submission(made["id"])
    assert {fate["delivered"] for fate in shown["deliveryStatus"].values()} == {"no"}


async def test_what_has_left_cannot_be_called_back(alice: Writer, office: Office, clock: StillClock) -> None:
    made = await alice.submitted(await alice.draft(), envelope(BOB, FOREIGN, HOLDFOR="60"))
    clock.move(60)
    queue = office.kept.queue()
    owner = await queue.enlist()
    await queue.claim(owner, clock.seconds, 1)
    for name in (made["id"], (await alice.submitted(await alice.draft()))["id"]):
        answer = await alice.ask("EmailSubmission/set", update={name: {"undoStatus": "canceled"}})
        assert answer["notUpdated"][name]["type"] == "cannotUnsend"
    assert (await alice.submission(made["id"]))["undoStatus"] == "final"
    await queue.resign(owner)


@pytest.mark.parametrize("change", [{"sendAt": "2027-01-01T00:00:00Z"}, {"undoStatus": "final"}, {"emailId": "M99"}, {"x": 1}])
async def test_nothing_else_of_a_submission_changes(alice: Writer, change: dict[str, Any]) -> None:
    made = await alice.submitted(await alice.draft(), envelope(HOLDFOR="60"))
    answer = await alice.ask("EmailSubmission/set", update={made["id"]: change})
    assert answer["notUpdated"][made["id"]]["type"] == "invalidProperties"


async def test_what_is_destroyed_arrives_all_the_same(alice: Writer, bob: Writer, office: Office, clock: StillClock) -> None:
    made = await alice.submitted(await alice.draft(), envelope(HOLDFOR="60"))
    answer = await alice.ask("EmailSubmission/set", destroy=[made["id"], "nobody"])
    assert answer["destroyed"] == [made["id"]]
    assert answer["notDestroyed"]["nobody"]["type"] == "notFound"
    clock.move(60)
    assert await work_off(office) == 1
    assert await bob.subjects() == ["Hello"]
    assert (await alice.ask("EmailSubmission/get", ids=None))["list"] == []


# What is done to the email.


async def test_a_success_changes_the_email_in_the_same_breath(alice: Writer) -> None:
    email = await alice.draft()
    drafts, sent = alice.boxes["drafts"], alice.boxes["sent"]
    patch = {f"mailboxIds/{drafts}": None, f"mailboxIds/{sent}": True, "keywords/$draft": None, "keywords/$seen": True}
    given = {"identityId": await alice.identity(), "emailId": email}
    (said, answer), (then, changed) = await alice.person.ask(
        ("EmailSubmission/set", {"create": {"new": given}, "onSuccessUpdateEmail": {"#new": patch}})
    )
    assert (said, then) == ("EmailSubmission/set", "Email/set")
    assert changed["updated"] == {email: None}
    shown = await alice.email(email, "mailboxIds", "keywords")
    assert shown == {"id": email, "mailboxIds": {sent: True}, "keywords": {"$seen": True}}
    assert answer["created"]["new"]["id"]


async def test_an_undo_puts_the_email_back_and_a_failure_leaves_it_alone(alice: Writer) -> None:
    email = await alice.draft()
    patch = {"keywords/$flagged": True}
    failed = await alice.person.ask(
        (
            "EmailSubmission/set",
            {"create": {"new": {"identityId": "I9", "emailId": email}}, "onSuccessUpdateEmail": {"#new": patch}},
        )
    )
    assert len(failed) == 1
    made = await alice.submitted(email, envelope(HOLDFOR="60"))
    _, (_, changed) = await alice.person.ask(
        (
            "EmailSubmission/set",
            {"update": {made["id"]: {"undoStatus": "canceled"}}, "onSuccessUpdateEmail": {made["id"]: patch}},
        )
    )
    assert changed["updated"] == {email: None}


async def test_an_email_may_be_destroyed_once_it_is_sent(alice: Writer, bob: Writer) -> None:
    email = await alice.draft()
    given = {"identityId": await alice.identity(), "emailId": email}
    _, (_, changed) = await alice.person.ask(
        ("EmailSubmission/set", {"create": {"new": given}, "onSuccessDestroyEmail": ["#new"]})
    )
    assert changed["destroyed"] == [email]
    assert await bob.subjects() == ["Hello"]


async def test_nothing_is_sent_whose_email_could_not_be_changed_afterwards(alice: Writer, bob: Writer) -> None:
    given = {"identityId": await alice.identity(), "emailId": await alice.draft()}
    for then in ({"onSuccessDestroyEmail": ["#new"]}, {"onSuccessUpdateEmail": {"#new": {"keywords/$draft": None}}}):
        ((said, answer),) = await alice.person.ask(
            ("EmailSubmission/set", {"create": {"new": given}, **then}), using=(CORE, "urn:ietf:params:jmap:submission")
        )
        assert (said, answer["type"]) == ("error", "invalidArguments")
    assert await bob.subjects() == []


async def test_an_email_is_written_and_sent_in_one_request(alice: Writer, bob: Writer) -> None:
    box = {alice.boxes["drafts"]: True}
    wanted = {"mailboxIds": box, "from": [{"email": ALICE}], "to": [{"email": BOB}], "subject": "At once", **BODY}
    await alice.person.ask(
        ("Email/set", {"create": {"mail": wanted}}),
        ("EmailSubmission/set", {"create": {"new": {"identityId": await alice.identity(), "emailId": "#mail"}}}),
    )
    assert await bob.subjects() == ["At once"]


# Found.


async def test_states_tell_what_was_made_changed_and_destroyed(alice: Writer, office: Office) -> None:
    state = (await alice.ask("EmailSubmission/get", ids=[]))["state"]
    made = (await alice.submitted(await alice.draft(FOREIGN)))["id"]
    told = await alice.ask("EmailSubmission/changes", sinceState=state)
    assert (told["created"], told["updated"], told["destroyed"], told["hasMoreChanges"]) == ([made], [], [], False)
    await work_off(office)
    told = await alice.ask("EmailSubmission/changes", sinceState=told["newState"])
    assert (told["created"], told["updated"]) == ([], [made])
    await alice.ask("EmailSubmission/set", destroy=[made])
    gone = await alice.ask("EmailSubmission/changes", sinceState=told["newState"])
    assert gone["destroyed"] == [made]
    for foreign in ("x", "-1", "1.5", "9" * 30, "99999"):
        assert await alice.refused("EmailSubmission/changes", sinceState=foreign) == "cannotCalculateChanges"
    assert await alice.refused("EmailSubmission/set", ifInState=state, destroy=[]) == "stateMismatch"


async def test_they_are_found_and_sorted(alice: Writer, clock: StillClock) -> None:
    first_email, second_email = await alice.draft(), await alice.draft()
    first = await alice.submitted(first_email)
    clock.move(100)
    second = await alice.submitted(second_email, envelope(HOLDFOR="60"))

    async def found(filter: Any = None, sort: Any = None) -> list[str]:  # noqa: A002
        return list((await alice.ask("EmailSubmission/query", filter=filter, sort=sort))["ids"])

    assert await found() == [second["id"], first["id"]]
    assert await found({"emailIds": [first_email]}) == [first["id"]]
    assert await found({"threadIds": [second["threadId"]], "undoStatus": "pending"}) == [second["id"]]
    assert await found({"identityIds": ["I9"]}) == []
    assert await found({"before": second["sendAt"]}) == [first["id"]]
    assert await found({"after": second["sendAt"]}) == [second["id"]]
    either = {"operator": "OR", "conditions": [{"undoStatus": "final"}, {"undoStatus": "pending"}]}
    assert len(await found(either)) == 2
    assert await found({"operator": "NOT", "conditions": [either]}) == []
    assert await found(sort=[{"property": "emailId"}]) == [first["id"], second["id"]]
    assert await found(sort=[{"property": "sentAt", "isAscending": False}]) == [second["id"], first["id"]]
    for wrong, error in (
        ({"x": 1}, "unsupportedFilter"),
        ({"undoStatus": "x"}, "invalidArguments"),
        ({"before": "x"}, "invalidArguments"),
    ):
        assert await alice.refused("EmailSubmission/query", filter=wrong) == error
    assert await alice.refused("EmailSubmission/query", sort=[{"property": "x"}]) == "unsupportedSort"


async def test_changes_of_a_query_lead_from_what_was_to_what_is(alice: Writer, clock: StillClock) -> None:
    held = (await alice.submitted(await alice.draft(), envelope(HOLDFOR="60")))["id"]
    asked = {"filter": {"undoStatus": "pending"}, "sort": [{"property": "sentAt"}]}
    before = await alice.ask("EmailSubmission/query", **asked)
    await alice.ask("EmailSubmission/set", update={held: {"undoStatus": "canceled"}})
    clock.move(1)
    other = (await alice.submitted(await alice.draft(), envelope(HOLDFOR="60")))["id"]
    told = await alice.ask("EmailSubmission/queryChanges", sinceQueryState=before["queryState"], calculateTotal=True, **asked)
    assert held in told["removed"]
    assert told["added"] == [{"id": other, "index": 0}]
    assert told["total"] == 1
    await alice.ask("EmailSubmission/set", destroy=[held])
    assert await alice.refused("EmailSubmission/queryChanges", sinceQueryState="x", **asked) == "cannotCalculateChanges"


# Kept.


async def test_more_than_are_kept_push_out_what_is_over_and_nothing_that_waits(alice: Writer) -> None:
    over = (await alice.submitted(await alice.draft()))["id"]
    waiting = [(await alice.submitted(await alice.draft(), envelope(HOLDFOR="60")))["id"] for _ in range(2)]
    waiting.append((await alice.submitted(await alice.draft(), envelope(HOLDFOR="60")))["id"])
    kept = {each["id"] for each in (await alice.ask("EmailSubmission/get", ids=None))["list"]}
    assert kept == set(waiting)
    assert over not in kept
    assert (await alice.not_submitted(await alice.draft()))["type"] == "rateLimit"


async def test_what_is_long_over_is_forgotten_and_what_waits_is_not(alice: Writer, office: Office, clock: StillClock) -> None:
    await alice.submitted(await alice.draft())
    held = (await alice.submitted(await alice.draft(), envelope(HOLDFOR=str(office.limits.smtp.hold))))["id"]
    clock.move(office.settings.outgoing.keep_finished + 1)
    new = (await alice.submitted(await alice.draft()))["id"]
    kept = {each["id"] for each in (await alice.ask("EmailSubmission/get", ids=None))["list"]}
    assert kept == {held, new}


async def test_a_queue_that_has_forgotten_leaves_nothing_in_doubt_for_ever(
    alice: Writer, office: Office, clock: StillClock
) -> None:
    made = await alice.submitted(await alice.draft(FOREIGN))
    queue = office.kept.queue()
    await queue.withdraw(QueueFilter(name=made["id"]), clock.seconds)
    await queue.forget(clock.seconds + 1)
    fate = (await alice.submission(made["id"]))["deliveryStatus"][FOREIGN]
    assert fate["delivered"] == "unknown"


async def test_submissions_are_of_ones_own_account_only(alice: Writer, bob: Writer, office: Office) -> None:
    methods = ("EmailSubmission/get", "Identity/get", "VacationResponse/get", "Forwarding/get")
    for method in methods:
        [(_, answer)] = await alice.person.ask((method, {"accountId": bob.account, "ids": None}))
        assert answer["type"] == "accountNotFound"
    account = await office.kept.account(BOB)
    assert account
    await office.open(account).grants.set("INBOX", ALICE, parsed("lrs"))
    for method in methods:
        [(_, answer)] = await alice.person.ask((method, {"accountId": bob.account, "ids": None}))
        assert answer["type"] == "accountNotSupportedByMethod"


# How much.


async def test_who_has_sent_to_as_many_as_they_may_is_told_by_every_door(alice: Writer, bob: Writer, office: Office) -> None:
    account = await office.kept.account(ALICE)
    assert account
    await office.kept.change_account(replace(account, settings={"send_hour": "3", "send_day": "9"}))
    refused = await alice.not_submitted(await alice.draft(BOB), envelope(*[f"p{n}@far.example" for n in range(4)]))
    assert (refused["type"], refused["maxRecipients"]) == ("tooManyRecipients", 3)
    await alice.submitted(await alice.draft(BOB), envelope(BOB, FOREIGN))
    refused = await alice.not_submitted(await alice.draft(BOB), envelope(BOB, FOREIGN))
    assert refused["type"] == "rateLimit"
    await alice.submitted(await alice.draft(BOB))
    await bob.submitted(await bob.draft(BOB))
    assert len(await bob.subjects()) == 3

"""EmailSubmission/get, /changes, /query, /queryChanges and /set (RFC 8621 §7)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from pillarbox.errors import MailError, NotPermitted, TooBig, TooMany
from pillarbox.ids import BlobId, EmailId, ThreadId
from pillarbox.mail.identities import Identity
from pillarbox.mail.sending import CANCELED, FINAL, PENDING, QUICK, Draft, Party, Sending, Sent
from pillarbox.message import headers, sendable
from pillarbox.message.heading import Heading
from pillarbox.proto.jmap import ids, patch
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused, SetError, SetRefused, set_error_of
from pillarbox.proto.jmap.invocation import Invocation
from pillarbox.proto.jmap.mail import dates, submission
from pillarbox.proto.jmap.mail.submission import Facts, GivenParty, NewSubmission
from pillarbox.proto.jmap.standard import Changes, Get, Query, QueryChanges, Set, difference

from .. import answers, own
from ..answers import Done, Object, refusing
from ..call import Call, MethodRow, OpenedFor
from ..capabilities import MAIL, SUBMISSION
from ..mail import envelopes

_NOT_FOUND = SetError("notFound", "there is no such submission")


async def get(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §7.1"""
    asked = Get.parse(arguments, call.limits)
    arguments.finish()
    told = answers.checked(asked.properties, submission.PROPERTIES)
    sending = await _sending(call, asked.account)
    every = {name: _to_json(name, sent) for name, sent in (await sending.follow()).items()}
    return own.found(call, asked, await sending.collection.state(), every, told)


async def changes(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §7.2"""
    asked = Changes.parse(arguments, call.limits)
    arguments.finish()
    sending = await _sending(call, asked.account)
    await sending.follow()
    return await own.changes(asked, sending.collection)


async def query(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §7.3"""
    asked = Query.parse(arguments, call.limits)
    arguments.finish()
    sending = await _sending(call, asked.account)
    found = await _found(sending, asked)
    return answers.paged(call, asked, await sending.collection.state(), found)


async def query_changes(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §7.4"""
    asked = QueryChanges.parse(arguments, call.limits)
    arguments.finish()
    sending = await _sending(call, asked.account)
    found = await _found(sending, asked)
    told = await sending.collection.changes(asked.since_state, call.limits.changes)
    changed = {*told.created, *told.updated, *told.destroyed}
    between = difference(found, sorted(changed), changed, most=asked.max_changes)
    return answers.query_changed(asked, told.state, between, len(found))


async def _found(sending: Sending, asked: Query | QueryChanges) -> list[str]:
    """All ids that match, in order. Raises MethodRefused."""
    is_wanted = submission.wanted(asked.filter)
    every = (_facts(name, sent) for name, sent in (await sending.follow()).items())
    return [facts.id for facts in submission.in_order(filter(is_wanted, every), asked.sort)]


async def set_(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §7.5"""
    asked = Set.parse(arguments, call.limits)
    then = _Then(arguments.objects("onSuccessUpdateEmail") or {}, arguments.ids("onSuccessDestroyEmail") or ())
    arguments.finish()
    if then and MAIL not in call.using:  # said before anything leaves: the Email/set that follows would be no method
        raise MethodRefused("invalidArguments", f"emails are changed by who is using {MAIL}")
    opened = await own.account(call, asked.account)
    work = _Work(call, opened, Done(), then)
    old = await own.expect(work.sending.collection, asked.if_in_state)
    for name, given in asked.create.items():
        await work.create(name, given)
    for name, change in asked.update.items():
        await work.update(name, change)
    for name in asked.destroy:
        await work.destroy(name)
    if (implied := then.call(call, asked.account)) is not None:
        call.more.append(implied)
    return work.done.answer(asked.account, old, await work.sending.collection.state())


class _Then:
    """What is to become of the emails of submissions that succeed."""

    def __init__(self, update: Mapping[str, Mapping[str, Json]], destroy: Sequence[str]) -> None:
        self._update = update
        self._destroy = destroy
        self._emails: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._update or self._destroy)

    def succeeded(self, name: str, email: int) -> None:
        self._emails[name] = ids.email_id(EmailId(email))

    def call(self, call: Call, account: str) -> Invocation | None:
        """The Email/set that follows, if one does."""
        update: dict[str, Json] = {}
        for name, change in self._update.items():
            if (email := self._emails.get(call.resolve_id(name))) is not None:
                update[email] = dict(change)
        destroy: list[Json] = [
            email for name in self._destroy if (email := self._emails.get(call.resolve_id(name))) is not None
        ]
        if not update and not destroy:
            return None
        return Invocation("Email/set", {"accountId": account, "update": update or None, "destroy": destroy or None}, "")


class _Work:
    """One call under way."""

    def __init__(self, call: Call, opened: OpenedFor, done: Done, then: _Then) -> None:
        self._call = call
        self._office = call.office
        self._opened = opened
        self._then = then
        self.done = done
        self.sending = call.office.sending(opened.account)

    # Made.

    async def create(self, key: str, given: Mapping[str, Json]) -> None:
        with refusing(self.done.not_created, key, _error_of):
            name, sent = await self._create(given)
            self._call.created[key] = name
            self._then.succeeded(name, sent.email)
            self.done.created[key] = {k: value for k, value in _to_json(name, sent).items() if k not in given}

    async def _create(self, given: Mapping[str, Json]) -> tuple[str, Sent]:
        """Raises SetRefused, MailError."""
        new = NewSubmission.parse(given)
        identity = await self._identity(new)
        email, thread, data = await self._email(new)
        heading = self._heading(data) if len(data) <= QUICK else await self._opened.apart(partial(self._heading, data))
        account = self._opened.account
        wanted = new.envelope or await envelopes.derived(self._office, account, heading, identity)
        found = await envelopes.addressing(self._office, account, wanted, len(data))
        try:
            await self._office.submission.check_author(account, heading)
        except NotPermitted as error:
            raise SetRefused(SetError("forbiddenFrom", str(error))) from None
        now = int(self._office.clock.now().timestamp())
        await self.sending.make_room(self._call.limits.submissions, now - self._office.settings.outgoing.keep_finished)
        is_ascii = heading.header.data[: heading.header.body_start].isascii()
        envelope = replace(
            found.envelope,
            body="7BIT" if data.isascii() else "8BITMIME",
            smtputf8=found.envelope.smtputf8 or not is_ascii,
        )
        name, message_id = await self.sending.send(Draft(data=data, heading=heading, envelope=envelope, to=found.to))
        waits = envelope.not_before > now
        sent = Sent(
            identity=self._call.resolve_id(new.identity),
            email=email,
            thread=thread,
            sender=_party(wanted.sender),
            recipients=[_party(one) for one in wanted.recipients],
            send_at=envelope.not_before if waits else now,
            undo=PENDING if waits else FINAL,
            message_id=message_id,
        )
        return name, await self.sending.keep(name, sent, found.to)

    async def _identity(self, new: NewSubmission) -> Identity:
        found = await self._office.identities(self._opened.account).get(self._call.resolve_id(new.identity))
        if found is None:
            raise SetRefused(SetError("invalidProperties", "there is no such identity", ("identityId",)))
        return found

    async def _email(self, new: NewSubmission) -> tuple[EmailId, ThreadId, bytes]:
        number = ids.read_email(self._call.resolve_id(new.email))
        rows = [] if number is None else await self._opened.emails.get([number], ("thread", "size"))
        if number is None or not rows:
            raise SetRefused(SetError("invalidProperties", "there is no such email", ("emailId",)))
        thread, size = rows[0]
        most = self._office.settings.mail.message_size
        if size > most:
            raise SetRefused(SetError("tooLarge", f"a message may have {most} bytes", more={"maxSize": most}))
        return number, ThreadId(thread), await self._opened.emails.read(number)

    def _heading(self, data: bytes) -> Heading:
        heading = Heading(headers.read(data, limits=self._office.limits.message))
        if flaw := sendable.flaw(data, heading.header):
            raise SetRefused(SetError("invalidEmail", flaw))
        if not heading.authors:
            raise SetRefused(SetError("invalidEmail", "it has no author", ("from",)))
        return heading

    # Called back, and forgotten.

    async def update(self, name: str, change: Mapping[str, Json]) -> None:
        number = self._call.resolve_id(name)
        with refusing(self.done.not_updated, name, _error_of):
            sent = await self._one(number)
            await self._cancel(number, sent, change)
            self._then.succeeded(number, sent.email)
            self.done.updated[name] = None

    async def _cancel(self, name: str, sent: Sent, change: Mapping[str, Json]) -> None:
        """Raises SetRefused, MailError."""
        now = _to_json(name, sent)
        then = patch.apply(now, change)
        differing = patch.differing(now, then)
        if not differing:
            return
        if differing != {"undoStatus": CANCELED}:
            raise SetRefused(SetError("invalidProperties", "all one can do is to cancel it", tuple(sorted(differing))))
        if not await self.sending.cancel(name):
            raise SetRefused(SetError("cannotUnsend", "it has left, or is leaving just now"))

    async def destroy(self, name: str) -> None:
        number = self._call.resolve_id(name)
        with refusing(self.done.not_destroyed, name, _error_of):
            sent = await self._one(number)
            await self.sending.collection.change({}, [number])
            self._then.succeeded(number, sent.email)
            self.done.destroyed.append(name)

    async def _one(self, name: str) -> Sent:
        """Raises SetRefused."""
        found = await self.sending.collection.get(name)
        if found is None:
            raise SetRefused(_NOT_FOUND)
        return found


async def _sending(call: Call, account: str) -> Sending:
    return call.office.sending((await own.account(call, account)).account)


def _error_of(error: MailError) -> SetError:
    if isinstance(error, NotPermitted):
        return SetError("forbiddenToSend", str(error))
    if isinstance(error, TooBig):
        return SetError("tooLarge", str(error))
    return SetError("rateLimit", str(error)) if isinstance(error, TooMany) else set_error_of(error)


def _party(given: GivenParty) -> Party:
    return Party(given.email, given.parameters)


def _facts(name: str, sent: Sent) -> Facts:
    email, thread = ids.email_id(EmailId(sent.email)), ids.thread_id(ThreadId(sent.thread))
    return Facts(name, sent.identity, email, thread, sent.undo, datetime.fromtimestamp(sent.send_at, UTC))


def _to_json(name: str, sent: Sent) -> Object:
    return {
        "id": name,
        "identityId": sent.identity,
        "emailId": ids.email_id(EmailId(sent.email)),
        "threadId": ids.thread_id(ThreadId(sent.thread)),
        "envelope": {"mailFrom": _address(sent.sender), "rcptTo": [_address(each) for each in sent.recipients]},
        "sendAt": dates.utc(sent.send_at),
        "undoStatus": sent.undo,
        "deliveryStatus": {
            email: {
                "smtpReply": fate.reply,
                "delivered": sent.delivered(email),
                "displayed": "yes" if email in sent.displayed else "unknown",
            }
            for email, fate in sent.fates.items()
        },
        "dsnBlobIds": _blobs(sent.notifications),  # they are emails too: whoever looks into the inbox finds them
        "mdnBlobIds": _blobs(sent.receipts),
    }


def _blobs(contents: Sequence[str]) -> list[Json]:
    return [ids.blob_id(BlobId(bytes.fromhex(each))) for each in contents]


def _address(party: Party) -> Json:
    return GivenParty(party.email, party.parameters).to_json()


METHODS: Mapping[str, MethodRow] = {
    "EmailSubmission/get": MethodRow(SUBMISSION, get),
    "EmailSubmission/changes": MethodRow(SUBMISSION, changes),
    "EmailSubmission/query": MethodRow(SUBMISSION, query),
    "EmailSubmission/queryChanges": MethodRow(SUBMISSION, query_changes),
    "EmailSubmission/set": MethodRow(SUBMISSION, set_),
}

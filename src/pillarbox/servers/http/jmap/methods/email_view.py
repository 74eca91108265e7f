"""EmailView/get and EmailView/unsubscribe: emails as the webmail shows them (urn:x-pillarbox:webmail)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from pillarbox.checks import testimony
from pillarbox.checks.questions import Answer, Asking, Fetched, Post, Status
from pillarbox.checks.testimony import Sender
from pillarbox.errors import NotFound
from pillarbox.ids import EmailId
from pillarbox.mail.personal import Personal
from pillarbox.message import unsubscribing
from pillarbox.message.headers import Header
from pillarbox.message.heading import Heading
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused

from ...pictures import Signer
from .. import answers
from ..answers import Object
from ..call import Call, MethodRow, OpenedFor
from ..capabilities import WEBMAIL
from ..mail import view
from ..mail.emails import QUICK
from ..mail.view import Document, Source


async def get(call: Call, arguments: Arguments) -> Object:
    """`pictures` says that those from elsewhere are to be shown; else they are for those senders only whom the reader trusts,
    and who are who they say."""
    account, names, wants_pictures = arguments.id("accountId"), arguments.ids("ids"), arguments.flag("pictures")
    arguments.finish()
    most = call.office.limits.webmail.views
    if names is None or len(names) > most:
        raise MethodRefused("requestTooLarge", f"say which emails, {most} at most")
    opened = await call.account(account)
    state = await opened.emails.state()
    desk = _Desk(call, opened, await Signer.of(call.office, call.entry.account.id), wants_pictures)
    room = answers.Room(call.limits)
    listed: dict[str, Json] = {}
    for name in names:
        number = ids.read_email(call.resolve_id(name))
        if name not in listed and number is not None and (found := await desk.view(number)) is not None:
            listed[name] = {"id": ids.email_id(number), **found}
            room.take(listed[name])
    return answers.found(account, state, names, listed)


async def unsubscribe(call: Call, arguments: Arguments) -> Object:
    """One click (RFC 8058 §3.2): a POST without any word of who asks; what the list answers is told, not followed."""
    account, name = arguments.id("accountId"), arguments.id("id")
    arguments.finish()
    opened = await call.account(account)
    number = ids.read_email(call.resolve_id(name))
    source = None if number is None else await _source(call, opened, number)
    if source is None:
        raise MethodRefused("invalidArguments", "there is no such email")
    way = await opened.apart(partial(source.unsubscribe, call.office.hostname))
    if way is None or not way.one_click or way.url is None:
        raise MethodRefused("forbidden", "this email does not ask you to leave by one click")
    if call.office.answers is None:
        raise MethodRefused("serverUnavailable", "nothing is sent from here")
    answer = await call.office.answers.answer(_handing_in(Post(way.url, unsubscribing.KIND, unsubscribing.BODY)))
    found: Fetched | None = answer.records[0] if answer.status is Status.FOUND else None
    is_done = found is not None and 200 <= found.status < 300
    return {"accountId": account, "id": name, "done": is_done, "status": found.status if found else None}


def _handing_in(post: Post) -> Asking[Answer]:
    answer: Answer = yield post
    return answer


async def _may_leave(call: Call, opened: OpenedFor) -> bool:
    """Whether whoever asks may leave the lists that write to this account: as they may write in its name."""
    return await call.office.directory.may_send_as(call.entry.account, *opened.account.address.rsplit("@", 1))


async def _source(call: Call, opened: OpenedFor, number: EmailId) -> Source | None:
    """None: there is no such email, for whoever asks."""
    rows = await opened.emails.get([number], ("is_delivered",))
    try:
        data = await opened.emails.read(number, 0, None)
    except NotFound:
        return None
    facts = {"is_delivered": bool(rows and rows[0][0]), "may_leave": await _may_leave(call, opened)}
    read = partial(Source, data, opened.id, number, call.office.limits.message, **facts)
    return read() if len(data) <= QUICK else await opened.apart(read)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where the views of one call are made."""

    call: Call
    opened: OpenedFor
    signer: Signer
    wants_pictures: bool

    async def view(self, number: EmailId) -> Object | None:
        source = await _source(self.call, self.opened, number)
        if source is None:
            return None
        sender = await self._sender(source)
        signer = self.signer if self.wants_pictures or await self._trusts(source.header, sender) else None
        document = await self.opened.apart(partial(_document, source, signer))
        return await self.opened.apart(partial(view.shown, source, document, sender, self.call.office.hostname))

    async def _sender(self, source: Source) -> Sender:
        office, authors = self.call.office, Heading(source.header).authors
        is_own = is_local = False
        if len(authors) == 1:
            is_own = await office.directory.may_send_as(self.opened.account, *authors[0])
            is_local = await office.directory.is_local_domain(authors[0][1])
        return testimony.sender(
            source.header, office.hostname, is_own=is_own, is_local=is_local, is_delivered=source.is_delivered
        )

    async def _trusts(self, header: Header, sender: Sender) -> bool:
        authors = Heading(header).authors
        if sender.verdict not in ("verified", "own") or len(authors) != 1:
            return False
        mine = self.call.office.open(self.call.entry.account)
        personal = Personal(mine.mail, self.call.office.limits.imap)
        return await personal.shows_pictures_from("@".join(authors[0]))


def _document(source: Source, signer: Signer | None) -> Document:
    return source.document((lambda url: None) if signer is None else signer.url)


METHODS: Mapping[str, MethodRow] = {
    "EmailView/get": MethodRow(WEBMAIL, get),
    "EmailView/unsubscribe": MethodRow(WEBMAIL, unsubscribe),
}

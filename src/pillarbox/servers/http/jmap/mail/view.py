"""One email as people see it: its HTML made harmless, its text, who sent it, and what it asks for. Nothing here waits."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo, available_timezones

from pillarbox.checks import testimony
from pillarbox.checks.testimony import Sender
from pillarbox.ids import EmailId
from pillarbox.limits import MessageLimits
from pillarbox.message import flowed, invitation, marks, rasters, readable, safe_html, structure, text, unsubscribing
from pillarbox.message.headers import Header
from pillarbox.message.invitation import Invitation
from pillarbox.message.markup import escaped
from pillarbox.message.structure import Part
from pillarbox.message.unsubscribing import Way
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.mail import body
from pillarbox.proto.jmap.mail.body import BodyPart

from ..answers import Object
from ..session import DOWNLOAD
from . import parts

MOST_TEXT: Final = 1024 * 1024
"""Characters of a message's text."""
MOST_PARTS: Final = 100
"""That are shown one after the other."""
MOST_CALENDARS: Final = 5
_CALENDARS: Final = frozenset(("text/calendar", "application/ics"))
_CID = re.compile(r"[^\s<>\"]{1,500}\Z")


@dataclass(slots=True)
class Document:
    """What is shown of a message's body."""

    html: str | None = None
    """None: it has no HTML."""
    text: str = ""
    held: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)
    trackers: set[str] = field(default_factory=set)


class Source:
    """A message that is to be shown."""

    def __init__(
        self, data: bytes, account: str, email: EmailId, limits: MessageLimits, *, is_delivered: bool, may_leave: bool
    ) -> None:
        """`is_delivered`: it came by a door of ours; `may_leave`: whoever reads it may leave the list that sent it."""
        self._data = data
        self._account = account
        self._email = email
        self.is_delivered = is_delivered
        self._may_leave = may_leave
        self._root = structure.parse(data, limits)
        self._leaves: dict[str, Part] = {}
        self._top = self._described()
        self._found = body.arranged(self._top)
        pictures = [part for part in self._top.walk() if part.cid and part.type in rasters.TYPES]
        self._by_cid = {part.cid: part for part in reversed(pictures)}
        self._characters_left = self._tags_left = self._lines_left = 0
        """What may still be read of its HTML, in all its parts together."""

    @property
    def header(self) -> Header:
        return self._root.header

    def document(self, picture: safe_html.Picture) -> Document:
        """Its text in both forms; `picture` says where a picture from elsewhere is to be had, if at all."""
        made = Document()
        self._characters_left, self._tags_left, self._lines_left = safe_html.LONGEST, safe_html.MOST_TAGS, readable.LONGEST
        pieces = []
        has_html = any(part.type == "text/html" for part in self._found.html)
        for part in self._found.html[:MOST_PARTS] if has_html else ():
            pieces.append(self._html(part, made, picture))
        if has_html:
            made.html = "".join(pieces)
        written = "\n\n".join(filter(None, map(self._text, self._found.text[:MOST_PARTS])))[:MOST_TEXT]
        made.text = marks.thinned(written)
        return made

    def invitations(self) -> Sequence[Invitation]:
        """Of its first calendar with an event in it."""
        calendars = [part for part in self._top.walk() if part.type in _CALENDARS and part.part_id]
        for part in calendars[:MOST_CALENDARS]:
            if found := invitation.read(self._characters(part), zone):
                return found
        return []

    def unsubscribe(self, hostname: str) -> Way | None:
        """How one leaves the list that sent it. One click is only for those whose wish to have it so is signed, wherever we
        know what is (RFC 8058 §4). Who reads somebody else's mail does not leave for them."""
        way = unsubscribing.way_out(self.header) if self._may_leave else None
        if way is None or not way.one_click:
            return way
        results = testimony.ours(self.header, hostname) if self.is_delivered else None
        is_covered = results is None or testimony.covers(self.header, results, unsubscribing.FIELDS)
        return way._replace(one_click=is_covered)

    # Parts.

    def _described(self) -> BodyPart:
        """The tree that JMAP arranges, without what only attachments need."""
        return parts.tree(self._root, self._part)

    def _part(self, part: Part, path: str) -> BodyPart:
        disposition, is_leaf = part.disposition, not part.children
        if is_leaf:
            self._leaves[path] = part
        return BodyPart(
            part_id=path if is_leaf else None,
            blob_id=ids.part_id(self._email, path) if is_leaf else None,
            size=0,
            name=part.file_name or None,
            type=part.content_type,
            charset=None,
            disposition=disposition[0] if disposition else None,
            cid=part.id.strip(b" \t<>").decode("utf-8", "replace") if part.id else None,
            language=None,
            location=None,
        )

    def _characters(self, part: BodyPart) -> str:
        return text.text_of(self._data, self._leaves[part.part_id or ""])

    # HTML.

    def _html(self, part: BodyPart, made: Document, picture: safe_html.Picture) -> str:
        if part.type in rasters.TYPES:
            return f'<div class="mail"><img src="{escaped(self._url(part))}" alt="{escaped(part.name or "")}"></div>'
        if part.type != "text/html":
            written = self._text(part) if part.type == "text/plain" else ""
            return f'<div class="mail"><pre class="plain">{escaped(marks.thinned(written))}</pre></div>' if written else ""
        source = self._characters(part)[: self._characters_left]
        cleaned = safe_html.clean(source, picture, self._enclosed, most_tags=self._tags_left)
        self._characters_left -= len(source)
        self._tags_left = max(0, self._tags_left - cleaned.tags)
        made.held |= cleaned.held
        made.shown |= cleaned.shown
        made.trackers |= cleaned.trackers
        return cleaned.html

    def _enclosed(self, cid: str) -> str | None:
        """Where a picture within the message is to be had."""
        if not _CID.match(cid):
            return None
        found = self._by_cid.get(cid)
        return None if found is None else self._url(found)

    def _url(self, part: BodyPart) -> str:
        path = DOWNLOAD.replace("{accountId}", self._account).replace("{blobId}", part.blob_id or "")
        return f"{path.replace('{name}', quote((part.name or 'picture')[:100], safe=''))}?accept={quote(part.type)}"

    # Text.

    def _text(self, part: BodyPart) -> str:
        if part.type == "text/html":
            source = self._characters(part)[: self._lines_left]
            self._lines_left -= len(source)
            return readable.lines(source)
        if part.type != "text/plain":
            return ""
        written = self._characters(part).replace("\r\n", "\n").replace("\0", "")
        leaf = self._leaves[part.part_id or ""]
        if (leaf.param("format") or "").lower() == "flowed":
            written = flowed.unfolded(written, deletes_space=(leaf.param("delsp") or "").lower() == "yes")
        return written.strip("\n")


@lru_cache(1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def zone(name: str) -> ZoneInfo | None:
    """By its name in the time zone database: nothing else is opened."""
    return ZoneInfo(name) if name in _zones() else None


def shown(source: Source, document: Document, sender: Sender, hostname: str) -> Object:
    """An EmailView, but for its id."""
    way = source.unsubscribe(hostname)
    left: Json = None if way is None else {"oneClick": way.one_click, "url": way.url, "mailto": way.mailto}
    return {
        "html": document.html,
        "text": document.text,
        "pictures": {"held": len(document.held), "shown": len(document.shown), "trackers": len(document.trackers)},
        "sender": {"verdict": sender.verdict, "domain": sender.domain, "why": list(sender.why)},
        "unsubscribe": left,
        "invitations": [_invitation(each) for each in source.invitations()],
    }


def _invitation(one: Invitation) -> Json:
    people: list[Json] = [{"name": each.name, "email": each.email, "status": each.status} for each in one.attendees]
    organizer: Json = None if one.organizer is None else {"name": one.organizer.name, "email": one.organizer.email}
    return {
        "method": one.method,
        "uid": one.uid,
        "summary": one.summary,
        "description": one.description,
        "location": one.location,
        "start": one.start or None,
        "end": one.end or None,
        "allDay": one.all_day,
        "organizer": organizer,
        "attendees": people,
        "recurs": one.recurs,
    }

"""Which door is which protocol's, and how it says that it is busy."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

from ..mail.office import Office
from ..net.listener import Door, Serve
from ..net.stream import Stream

_SMTP_BUSY = b"421 4.7.0 too many connections, try again later\r\n"
_IMAP_BUSY = b"* BYE too many connections, try again later\r\n"
_POP3_BUSY = b"-ERR [SYS/TEMP] too many connections, try again later\r\n"
_HTTP_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Entrance:
    door: Door
    protocol: str
    """The package of `pillarbox.servers` that serves it."""

    def load(self) -> ModuleType:
        """What is behind the door: a protocol that nobody asks for is never loaded."""
        return importlib.import_module(f"{__package__}.{self.protocol}.serve")

    def serve(self, office: Office) -> Serve:
        """The conversation behind the door."""
        module = self.load()

        async def converse(stream: Stream, door: Door) -> None:
            await module.serve(stream, door, office)

        return converse


ENTRANCES: Mapping[str, Entrance] = {
    entrance.door.name: entrance
    for entrance in (
        Entrance(Door("smtp", busy=_SMTP_BUSY), "smtp"),
        Entrance(Door("submission", people=True, busy=_SMTP_BUSY), "smtp"),
        Entrance(Door("submissions", implicit_tls=True, can_start_tls=False, people=True), "smtp"),
        Entrance(Door("lmtp", busy=_SMTP_BUSY), "smtp"),
        Entrance(Door("imap", people=True, busy=_IMAP_BUSY), "imap"),
        Entrance(Door("imaps", implicit_tls=True, can_start_tls=False, people=True), "imap"),
        Entrance(Door("pop3", people=True, busy=_POP3_BUSY), "pop3"),
        Entrance(Door("pop3s", implicit_tls=True, can_start_tls=False, people=True), "pop3"),
        Entrance(Door("http", can_start_tls=False, web=True, busy=_HTTP_BUSY), "http"),
        Entrance(Door("https", implicit_tls=True, can_start_tls=False, web=True), "http"),
    )
}

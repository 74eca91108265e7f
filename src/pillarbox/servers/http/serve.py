"""Behind the doors http and https: one app a worker, on every connection."""

from weakref import WeakKeyDictionary

from pillarbox.mail.office import Office
from pillarbox.net.http_server import WebServer
from pillarbox.net.listener import Door
from pillarbox.net.stream import Stream

from .app import application

_SERVERS: "WeakKeyDictionary[Office, WebServer]" = WeakKeyDictionary()


async def serve(stream: Stream, door: Door, office: Office) -> None:
    """Hold one conversation, from its first request to its end."""
    server = _SERVERS.get(office)
    if server is None:
        server = _SERVERS[office] = WebServer(application(office), office.limits.http, office.limits.connection)
    await server.converse(stream)

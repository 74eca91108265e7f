"""One engine and one stream, speaking to one client: the only code that knows both."""

from collections.abc import Awaitable, Callable

from ...limits import ConnectionLimits
from ...net.stream import Stream
from ...proto.imap.events import Event, LineReceived, PeerClosed
from ...proto.imap.responses import Response
from ...proto.imap.server import ServerConnection
from .errors import Gone


class Dialogue:
    """What the client says next, and a way to answer. Raises TimeoutError and ConnectionError where that takes too long."""

    __slots__ = ("_clock", "_deadline", "connection", "limits", "stream")

    def __init__(
        self, stream: Stream, connection: ServerConnection, limits: ConnectionLimits, clock: Callable[[], float]
    ) -> None:
        self.stream = stream
        self.connection = connection
        self.limits = limits
        self._clock = clock
        self._deadline: float | None = clock() + limits.before_login

    def logged_in(self) -> None:
        """From now on every command has its own time."""
        self._deadline = None

    def logged_out(self) -> None:
        """Logging in again has its time, too."""
        self._deadline = self._clock() + self.limits.before_login

    def within(self) -> float:
        """How long the client may take for its next word. Raises TimeoutError where its time is over, however much it says."""
        if self._deadline is None:
            return self.limits.imap_idle
        left = self._deadline - self._clock()
        if left <= 0:
            raise TimeoutError("too slow to log in")
        return min(left, self.limits.imap_idle)

    async def event(self, woken: Callable[[], Awaitable[None]] | None = None) -> Event | None:
        """The next thing the client did; None: the connection is over.

        `woken` is called whenever the stream's `wake` was, while no command is in hand.
        """
        connection = self.connection
        while True:
            event = connection.next_event()
            if event is not None:
                return event
            if data := connection.data_to_send():
                await self.stream.send(data, self.limits.send)
            if connection.phase is connection.phase.CLOSED:
                return None
            if not await self._receive(wakeable=woken is not None and connection.phase is connection.phase.COMMAND) and woken:
                await woken()

    async def line(self, *, wakeable: bool = False) -> bytes | None:
        """The client's answer to a Continue; with `wakeable` None once the stream's `wake` was called. Raises Gone."""
        while True:
            match self.connection.next_event():
                case LineReceived(line):
                    return line
                case PeerClosed():
                    raise Gone
                case None:
                    await self.flush()
                    if not await self._receive(wakeable=wakeable):
                        return None

    async def _receive(self, *, wakeable: bool = False) -> bool:
        """Take what comes; False: nothing came, the stream was woken."""
        data = await self.stream.receive(self.within(), wakeable=wakeable)
        if data:
            self.connection.receive_data(data)
        elif data is None:
            return False
        else:
            self.connection.receive_eof()
        return True

    async def send(self, response: Response) -> None:
        """Send now, and wait while the client is slow to take it."""
        self.connection.send(response)
        await self.flush()

    async def write(self, data: bytes) -> None:
        """Send bytes made elsewhere, after what waits."""
        await self.flush()
        await self.stream.send(data, self.limits.send)

    async def flush(self) -> None:
        if data := self.connection.data_to_send():
            await self.stream.send(data, self.limits.send)

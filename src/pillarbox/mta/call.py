"""One connection with one host, over which messages go one after another: who drives the engine with the stream.

Each answer has the time its command is given (`ClientConnection.timeout`), however it drips in, and each message an
hour in all.
"""

import asyncio
from collections.abc import Sequence

from ..limits import SmtpClientLimits
from ..net.stream import Stream
from ..proto.smtp import client_events as events
from ..proto.smtp.client import ClientConnection, Phase
from ..proto.smtp.commands import Mail, Rcpt
from ..proto.smtp.extensions import Extensions
from . import verdict
from .transcript import Transcript
from .verdict import Verdict, waiting


class Lost(Exception):
    """The connection is of no more use; what was not answered waits, with this verdict."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.said)
        self.verdict = verdict


class Call:
    """A connection, from its begin on; `mta.calling` brings it to where messages can go."""

    def __init__(
        self, stream: Stream, engine: ClientConnection, host: str, limits: SmtpClientLimits, transcript: Transcript
    ) -> None:
        """`host`: "mx.example.org [192.0.2.1]:25"."""
        self.stream = stream
        self.engine = engine
        self.host = host
        self.transcript = transcript
        self.secured = "in the clear"
        """What TLS it has, and how far that proves whose host it is."""
        self.messages = 0
        """Handed over, or refused, so far."""
        self.has_answered = False
        """Whether anything came since the message in hand was begun."""
        self.sent = 0
        """Bytes of it handed over."""
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._by = self._loop.time() + limits.conversation

    @property
    def extensions(self) -> Extensions:
        return self.engine.extensions

    @property
    def is_used(self) -> bool:
        """Whether it was good for a message before this one."""
        return self.messages > 0

    @property
    def is_over(self) -> bool:
        return self.engine.phase is Phase.CLOSED or self.stream.closed

    @property
    def is_ready(self) -> bool:
        """Whether one more message may go over it."""
        return self.messages < self._limits.messages and not self.is_over and not self.stream.has_news

    def begin(self, mail: Mail, rcpts: Sequence[Rcpt], size: int) -> None:
        """A message begins."""
        self.has_answered = False
        self.sent = 0
        self._by = self._loop.time() + self._limits.conversation
        self.engine.begin(mail, rcpts, size=size)

    def transacted(self) -> None:
        """A message is over, and the connection ready for the next."""
        self.messages += 1

    def unsaid(self) -> Verdict:
        """What to say where nothing was told."""
        return waiting("4.5.0", f"{self.host} left it without an answer")

    async def event(self) -> events.Event:
        """The next thing the server does. Raises Lost."""
        by = 0.0
        while (event := self.engine.next_event()) is None:
            if self.engine.phase is Phase.CLOSED:
                raise self._ended(self.unsaid())
            await self._flush()
            now = self._loop.time()
            by = by or min(now + self.engine.timeout, self._by)
            try:
                data = await self.stream.receive(max(0.0, by - now))
            except TimeoutError:
                raise self._lost("no answer in time") from None
            self._received(data or b"")
        match event:
            case events.PeerClosed(reply=None):
                raise self._lost("the connection was lost")
            case events.PeerClosed(reply) if reply is not None:
                raise self._ended(verdict.of(reply))
            case events.ProtocolBroken(reason):
                raise self._ended(waiting("4.5.0", f"{self.host} does not speak SMTP: {reason}"))
        self.has_answered = True
        return event

    async def content(self, piece: bytes, *, last: bool) -> None:
        """More of the message. Raises Lost where the server takes nothing for too long."""
        if self.engine.phase is Phase.CLOSED:
            return
        if piece:
            self.engine.content(piece)
        if last:
            self.engine.end_content()
        await self._send(self.engine.data_to_send(), self._limits.data_block)
        self.sent += len(piece)
        if last:
            self.transcript.note(f"the message, {self.sent} bytes")

    async def end(self) -> None:
        """Say goodbye, if there is anyone left to say it to."""
        if self.engine.phase is not Phase.READY:
            self.abort()
            return
        self.engine.quit()
        try:
            await self._flush()
            await self.stream.close()
        except Lost:
            pass
        finally:
            self.abort()

    def abort(self) -> None:
        self.stream.abort()

    def _received(self, data: bytes) -> None:
        if data:
            self.transcript.received(data)
            self.engine.receive_data(data)
        else:
            self.engine.receive_eof()

    async def _flush(self) -> None:
        if data := self.engine.data_to_send():
            self.transcript.sent(data)
            await self._send(data, self._limits.command)

    async def _send(self, data: bytes, within: float) -> None:
        """What a host that has hung up said before it did is still to be read."""
        try:
            await self.stream.send(data, min(within, max(0.0, self._by - self._loop.time())))
        except TimeoutError:
            raise self._lost("the host takes nothing any more") from None
        except ConnectionError:
            pass

    def _lost(self, what: str) -> Lost:
        return self._ended(waiting("4.4.2", f"{self.host}: {what}"))

    def _ended(self, verdict: Verdict) -> Lost:
        self.transcript.note(verdict.said)
        self.stream.abort()
        return Lost(verdict)

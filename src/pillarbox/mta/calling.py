"""A host called: connection, greeting, EHLO, TLS as the route demands it, log-in; up to where messages can go.

How strong the TLS must be is for the route to say (`mta.hop.Requirement`). Where any will do and it fails, the host is called
again without; where a domain only tests its MTA-STS policy, it is first called as if the policy were in force. What came of it
is told once a call, for TLS reports (RFC 8460).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ..checks import dane
from ..checks.questions import IPAddress
from ..clock import Clock
from ..ids import new_token
from ..limits import Limits
from ..net.client_tls import ClientTls, TlsFailed
from ..net.dial import dial
from ..net.stream import Stream
from ..proto.sasl import client as sasl
from ..proto.smtp.client import ClientConnection
from ..proto.smtp.client_events import (
    AuthDone,
    AuthRefused,
    Greeted,
    HelloDone,
    HelloRefused,
    TlsAgreed,
    TlsRefused,
)
from . import verdict
from .call import Call, Lost
from .hop import Hop, Level, Login, Requirement
from .tls_counts import TlsCounts
from .transcript import Transcript
from .verdict import Verdict, waiting

NOT_OFFERED: Final = "starttls-not-supported"
"""RFC 8460 §4.3.1"""


class Unreached(Exception):
    """This host cannot be given anything now."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.said)
        self.verdict = verdict


class NoTls(Exception):
    """There is no TLS, or none as strong as it has to be."""

    def __init__(self, result: str, detail: str) -> None:
        super().__init__(f"{result}: {detail}")
        self.result = result
        self.detail = detail


class Caller:
    """Whoever calls, and in whose name."""

    def __init__(
        self,
        tls: ClientTls,
        clock: Clock,
        hostname: str,
        *,
        limits: Limits,
        sources: Sequence[IPAddress],
        counts: TlsCounts,
        dismiss: Callable[[Call], None],
    ) -> None:
        """`sources`: addresses of ours to call from, of each version at most one. `dismiss` sees a call to its end."""
        self._tls = tls
        self._clock = clock
        self._hostname = hostname
        self._limits = limits
        self._sources = {source.version: source for source in sources}
        self._counts = counts
        self._dismiss = dismiss

    async def call(self, hop: Hop, address: IPAddress, transcript: Transcript) -> Call:
        """A connection that is ready for messages. Raises Unreached."""
        host = f"{hop.name} [{address}]:{hop.port}"
        trouble: NoTls | None = None
        for level in _levels(hop.tls):
            transcript.note(host)
            try:
                call, missing = await self._called(hop, address, host, level, transcript)
            except NoTls as found:
                transcript.note(str(found))
                trouble = trouble or found
                continue
            trouble = trouble or missing
            await self._tell(hop, address, trouble, call.stream.local[0])
            return call
        await self._tell(hop, address, trouble, "")
        raise Unreached(waiting("4.7.5", f"{host}: no TLS as it has to be ({trouble})"))

    async def _tell(self, hop: Hop, address: IPAddress, trouble: NoTls | None, ours: str) -> None:
        if hop.tls.level is not Level.NONE:
            await self._counts.session(hop, address, trouble.result if trouble else "", trouble.detail if trouble else "", ours)

    async def _called(
        self, hop: Hop, address: IPAddress, host: str, level: Level, transcript: Transcript
    ) -> tuple[Call, NoTls | None]:
        """With that much TLS; where it need not be any, why there is none. Raises Unreached, NoTls."""
        stream = await self._dialled(hop, address, host, level, transcript)
        try:
            if hop.tls.implicit:
                await self._secure(stream, hop, level)
            engine = ClientConnection(self._limits.client, self._hostname)
            call = Call(stream, engine, host, self._limits.client, transcript)
            if hop.tls.implicit:
                self._note_tls(call, level)
            await self._introduce(call)
            missing = None
            if not hop.tls.implicit and level is not Level.NONE:
                missing = await self._start_tls(call, hop, level)
            if hop.login is not None:
                await self._log_in(call, hop, hop.login)
        except Lost as lost:
            raise Unreached(lost.verdict) from lost
        except Unreached:
            raise  # and the call is being ended
        except BaseException:
            stream.abort()
            raise
        return call, missing

    async def _dialled(self, hop: Hop, address: IPAddress, host: str, level: Level, transcript: Transcript) -> Stream:
        try:
            return await dial(
                address,
                hop.port,
                within=self._limits.client.connect,
                limits=self._limits.connection,
                source=self._sources.get(address.version),
                upgrade=self._tls.upgrade(hop.tls.server_name or hop.name, verify=level is Level.VERIFIED),
            )
        except (ConnectionError, TimeoutError) as error:
            transcript.note(str(error))
            raise Unreached(waiting("4.4.1", f"{host}: {error}")) from error

    async def _introduce(self, call: Call) -> None:
        """The greeting, and EHLO. A host that will not have us is not the only one, and may think otherwise tomorrow."""
        greeted = await call.event()
        if isinstance(greeted, Greeted) and greeted.reply.is_positive:
            await self._hello(call)
            return
        raise self._unwelcome(call, verdict.of(greeted.reply) if isinstance(greeted, Greeted) else call.unsaid())

    async def _hello(self, call: Call) -> None:
        call.engine.hello()
        match await call.event():
            case HelloDone():
                return
            case HelloRefused(reply):
                raise self._unwelcome(call, verdict.of(reply))
            case _:
                raise self._unwelcome(call, call.unsaid())

    def _unwelcome(self, call: Call, why: Verdict) -> Unreached:
        self._dismiss(call)
        return Unreached(why.softened())

    # TLS.

    async def _start_tls(self, call: Call, hop: Hop, level: Level) -> NoTls | None:
        """Raises NoTls, or where mail goes without just as well, returns it."""
        missing = await self._ask_for_tls(call)
        if missing is None:
            await self._secure(call.stream, hop, level)
            self._note_tls(call, level)
            call.engine.tls_started()
            await self._hello(call)
            return None
        if level is not Level.OPPORTUNISTIC:
            raise missing
        return missing

    @staticmethod
    def _note_tls(call: Call, level: Level) -> None:
        call.secured = _described(call.stream, level)
        call.transcript.note(call.secured)

    async def _ask_for_tls(self, call: Call) -> NoTls | None:
        if "STARTTLS" not in call.extensions:
            return NoTls(NOT_OFFERED, "STARTTLS is not offered")
        call.engine.start_tls()
        match await call.event():
            case TlsAgreed():
                return None
            case TlsRefused(reply):
                return NoTls(NOT_OFFERED, verdict.said(reply))
            case _:
                raise self._unwelcome(call, call.unsaid())

    async def _secure(self, stream: Stream, hop: Hop, level: Level) -> None:
        """The handshake, and whether it shows whom the route says. Raises NoTls."""
        try:
            await stream.start_tls()
        except TlsFailed as failure:
            raise NoTls(failure.kind, failure.detail) from failure
        except ConnectionError as error:
            raise NoTls("validation-failure", str(error)) from error
        if level is Level.DANE:
            assert stream.tls is not None
            found = dane.judge(hop.tls.records, stream.tls.certificate, stream.tls.chain, hop.tls.names, self._clock.now())
            if not found.matched:
                raise NoTls(found.result, found.detail)

    # Log-in.

    async def _log_in(self, call: Call, hop: Hop, login: Login) -> None:
        """A password is shown to nobody but the host it is for. Raises Unreached."""
        stream, offered = call.stream, call.extensions.get("AUTH", ())
        if not ((stream.tls is not None and hop.tls.is_authenticated) or stream.peer.is_local):
            raise self._unwelcome(call, waiting("4.7.11", f"{call.host}: no log-in without TLS that proves whose it is"))
        mechanism = sasl.choose(offered, private=True)
        if mechanism is None:
            raise self._unwelcome(call, waiting("4.7.4", f"{call.host}: offers no way to log in that we know"))
        call.transcript.hides = True
        call.engine.auth(mechanism, sasl.begin(mechanism, login.user, login.password, nonce=new_token(18), offered=offered))
        match await call.event():
            case AuthDone():
                call.transcript.hides = False
            case AuthRefused(reply):
                raise self._unwelcome(call, verdict.of(reply))
            case _:
                raise self._unwelcome(call, call.unsaid())


def _levels(tls: Requirement) -> Iterator[Level]:
    """How to call, in turn, until one succeeds."""
    if tls.level is not Level.OPPORTUNISTIC:
        yield tls.level
        return
    if tls.testing:
        yield Level.VERIFIED
    yield Level.OPPORTUNISTIC
    if not tls.implicit:
        yield Level.NONE


def _described(stream: Stream, level: Level) -> str:
    assert stream.tls is not None
    whose = {Level.VERIFIED: "a right certificate", Level.DANE: "the certificate of its TLSA records"}
    return f"{stream.tls.version} with {stream.tls.cipher}, {whose.get(level, 'whoever it is')}"

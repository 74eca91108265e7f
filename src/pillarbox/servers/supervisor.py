"""The supervisor: opens the ports, gives up its privileges, starts the workers and keeps them running.

It serves nothing itself. Workers split off from it once all they need is loaded, and inherit the listening sockets, and the
reading end of a pipe whose other end dies with the supervisor, however that happens. SIGTERM and SIGINT drain and stop, a
second one stops at once; SIGHUP reloads.
"""

import asyncio
import contextlib
import gc
import os
import resource
import signal
import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from ..errors import OperatorError
from ..mail.tokens import read_keys
from ..net import authority
from ..net.sockets import listen, name_of
from ..net.tls import ServerTls
from ..ops import log as logs
from ..ops.readiness import notify
from ..settings import NOT_SERVED, Listen, Settings, address
from ..settings_file import load
from ..store.sqlite.accounts import SqliteAccounts
from . import places, privileges, worker
from .doors import ENTRANCES
from .endings import MISCONFIGURED
from .process import Process, split_off

log = structlog.get_logger(__name__)

_LONG_ENOUGH: Final = 10.0
"""Seconds after which a worker that dies is no sign of a fault that comes back at once."""
_BACK_OFF: Final = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0)
_GRACE: Final = 10.0
"""Seconds beyond the drain that a worker has to end by itself."""
_CERTIFICATE_EVERY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A socket that listens for a door."""

    door: str
    socket: socket.socket

    def __str__(self) -> str:
        return name_of(self.socket.getsockname())


class Supervisor:
    """One server on one data folder, from start to stop."""

    def __init__(self, config: Path, ready: Callable[[Sequence[Opened]], None] = lambda opened: None) -> None:
        """`ready` is called once, when every worker serves. Raises OperatorError."""
        self._config = config.resolve()
        self._settings = load(config)
        self._ready = ready
        self._opened: list[Opened] = []
        self._workers: dict[int, Process] = {}
        self._starting: set[int] = set()
        self._outdated: set[int] = set()
        """Workers that may have read the settings before they changed, and cannot be told yet."""
        self._stopping = asyncio.Event()
        self._failed: OperatorError | None = None

    async def run(self) -> None:
        """Serve until told to stop. Raises OperatorError where that cannot be."""
        settings = self._settings
        logs.configure(settings.log.level, settings.log.form)
        with contextlib.ExitStack() as stack:
            self._prepare(stack)
            running = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                running.add_signal_handler(number, self._stop)
            running.add_signal_handler(signal.SIGHUP, self._reload)
            await self._open_store()
            self._load()
            await self._supervise()
        if self._failed:
            raise self._failed

    def _prepare(self, stack: contextlib.ExitStack) -> None:
        settings = self._settings
        privileges.own(settings.data_dir, settings.user)
        for name in ENTRANCES:
            for text in getattr(settings.listen, name):
                sock = stack.enter_context(listen(address(text)))
                self._opened.append(Opened(name, sock))
        for name in NOT_SERVED:
            if getattr(settings.listen, name):
                log.warning("this door is not served by this release, and stays closed", door=name)
        if not self._opened:
            doors = ", ".join(name for name in Listen.__dataclass_fields__ if name in ENTRANCES)
            raise OperatorError("no address to listen at", f"name one or more under [listen] in {self._config}: {doors}")
        privileges.drop(settings.user)
        if os.geteuid() == 0:
            log.warning("serving as root: better name a `user` in the settings")
        stack.enter_context(places.claim(settings))
        self._alive, alive_writer = os.pipe()
        stack.callback(os.close, alive_writer)
        stack.callback(os.close, self._alive)
        _allow_many_descriptors()
        self._ensure_certificate()
        # whatever is wrong with these is better said here than by every worker
        ServerTls(*places.certificate(settings), client_authorities=places.client_authorities(settings))
        if settings.oauth.keys:
            read_keys(Path(settings.oauth.keys))

    def _ensure_certificate(self) -> bool:
        """Make or renew a certificate of our own, where none is set; whether that was done."""
        settings = self._settings
        if settings.tls.certificate:
            return False
        own = authority.ensure(places.tls(settings), settings.hostname, datetime.now(UTC))
        if own.made:
            log.info("made a TLS certificate of our own", hostname=settings.hostname, trust=str(own.authority))
        return own.made

    async def _open_store(self) -> None:
        """Make or migrate the store before any worker does. Raises OperatorError."""
        kept = SqliteAccounts(self._settings.data_dir)
        await kept.domains()
        await kept.close()

    def _load(self) -> None:
        """What workers need, once for all of them, as it will stay: none copies what none changes."""
        worker.load({opened.door for opened in self._opened})
        gc.collect()
        gc.freeze()

    async def _supervise(self) -> None:
        count = self._settings.workers or len(os.sched_getaffinity(0))
        started = [asyncio.Event() for _ in range(count)]
        keepers = [asyncio.ensure_future(self._keep_running(number, event)) for number, event in enumerate(started)]
        renewing = asyncio.ensure_future(self._renew_certificate())
        announcing = asyncio.ensure_future(self._announce(started))
        await self._stopping.wait()
        notify("STOPPING=1")
        for opened in self._opened:
            opened.socket.close()  # so that who comes now is refused, and does not wait while the workers drain
        for task in (announcing, renewing):
            task.cancel()
        await self._end_workers(keepers)
        log.info("stopped")

    async def _announce(self, started: Sequence[asyncio.Event]) -> None:
        for event in started:
            await event.wait()
        for opened in self._opened:
            log.info("listening", door=opened.door, address=str(opened))
        log.info("ready", workers=len(started))
        notify("READY=1")
        self._ready(self._opened)

    async def _keep_running(self, number: int, started: asyncio.Event) -> None:
        """One worker after another, the next as soon as one has died."""
        failures = 0
        clock = asyncio.get_running_loop().time
        while not self._stopping.is_set():
            since = clock()
            status = await self._run_worker(number, started)
            if self._stopping.is_set():
                return
            failures = 0 if clock() - since > _LONG_ENOUGH else failures + 1
            if not started.is_set() and (status == MISCONFIGURED or failures >= len(_BACK_OFF)):
                self._fail(OperatorError("the workers cannot start", "the log above says why"))
                return
            pause = _BACK_OFF[min(failures, len(_BACK_OFF)) - 1] if failures else 0.0
            log.error("a worker died, another is started", worker=number, status=status, after=pause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _run_worker(self, number: int, started: asyncio.Event) -> int:
        """Start a worker and wait for its end; its exit status."""
        sockets = [(opened.door, opened.socket.fileno()) for opened in self._opened]
        work = partial(worker.work, self._config, number, sockets, self._alive)
        process = await split_off(work, keep=[self._alive, *(fd for _, fd in sockets)])
        self._workers[number] = process
        self._starting.add(number)
        try:
            if await process.is_ready():
                self._is_ready(number)
                started.set()
            return await process.wait()
        finally:
            self._starting.discard(number)
            del self._workers[number]

    def _is_ready(self, number: int) -> None:
        self._starting.discard(number)
        if number in self._outdated:
            self._outdated.discard(number)
            with contextlib.suppress(ProcessLookupError):
                self._workers[number].send_signal(signal.SIGHUP)

    async def _end_workers(self, keepers: Sequence["asyncio.Future[None]"]) -> None:
        self._signal(signal.SIGTERM)
        done, waiting = await asyncio.wait(keepers, timeout=self._settings.connections.drain + _GRACE)
        if waiting:
            log.error("workers that did not end are killed", workers=len(waiting))
            self._signal(signal.SIGKILL)
            await asyncio.wait(waiting)
        for keeper in done:
            keeper.exception()

    async def _renew_certificate(self) -> None:
        while True:
            await asyncio.sleep(_CERTIFICATE_EVERY)
            if self._ensure_certificate():
                self._reload_workers()

    def _stop(self) -> None:
        if self._stopping.is_set():
            self._signal(signal.SIGKILL)
        self._stopping.set()

    def _reload(self) -> None:
        try:
            settings = load(self._config)
        except OperatorError as error:
            log.error("not reloaded", problem=error.problem, hint=error.hint)
            return
        if _needs_restart(settings) != _needs_restart(self._settings):
            log.warning("hostname, data_dir, workers, user, [listen] and [connections] change with a restart only")
        logs.configure(settings.log.level, settings.log.form)
        self._reload_workers()

    def _reload_workers(self) -> None:
        self._outdated |= self._starting
        self._signal(signal.SIGHUP, but=self._starting)

    def _fail(self, error: OperatorError) -> None:
        self._failed = error
        self._stopping.set()

    def _signal(self, number: signal.Signals, but: Collection[int] = ()) -> None:
        for each, process in self._workers.items():
            if each not in but:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(number)


def _needs_restart(settings: Settings) -> object:
    return settings.hostname, settings.data_dir, settings.workers, settings.user, settings.listen, settings.connections


def _allow_many_descriptors() -> None:
    """Connections are descriptors: take as many as the system lets us."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

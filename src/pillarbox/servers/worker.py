"""A worker process: every protocol on one loop, on sockets its supervisor opened.

It is ready when it has written to the descriptor `ready`, and stops when it is told to (SIGTERM), or when the descriptor
`alive` ends because its supervisor is gone. SIGHUP has it read settings and certificates again.
"""

import asyncio
import contextlib
import ctypes
import fcntl
import gc
import importlib
import os
import signal
import socket
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

import structlog

from ..errors import OperatorError
from ..ids import AccountId
from ..limits import KiB, Limits
from ..mail.office import Office
from ..net import loop
from ..net.bounds import Bounds
from ..net.hints import Hints
from ..net.listener import Listener, Premises
from ..net.tls import ServerTls
from ..ops import log as logs
from ..settings import Settings, networks
from ..settings_file import load as load_settings
from ..store.api import StoreFailed
from ..store.sqlite.accounts import SqliteAccounts
from . import outgoing, places
from .doors import ENTRANCES
from .endings import MISCONFIGURED, STORE_FAILED
from .imap.forms import FORMS

log = structlog.get_logger(__name__)

HOUSEKEEPING_EVERY: Final = 600.0
_LEASE_EVERY: Final = 30.0
"""Seconds after which a worker looks whether whoever keeps house is gone."""
_M_MMAP_THRESHOLD: Final = -3
"""mallopt(3)"""
_TURN: Final = 0.001
"""Seconds that the loop waits for the interpreter while a thread computes; Python's own 0.005 would add up, several a turn."""


class Worker:
    """Made on the loop it serves on."""

    def __init__(self, config: Path, settings: Settings, number: int) -> None:
        self._config = config
        self._number = number
        self._settings = settings
        self._limits = Limits()
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._errands: set[asyncio.Future[int]] = set()
        self._listeners: list[Listener] = []
        self._tls = ServerTls(
            *places.certificate(settings), self._limits.connection, client_authorities=places.client_authorities(settings)
        )
        kept = SqliteAccounts(settings.data_dir)
        self._answers = outgoing.resolver(settings, self._limits)
        self._office = Office(
            settings,
            kept,
            FORMS,
            limits=self._limits,
            tell_others=self._tell,
            tell_log_ins=self._tell_log_in,
            answers=self._answers,
        )
        self._office.accounts.tokens.load(settings.oauth)
        self._post = outgoing.Post(self._office, self._answers, outgoing.own_places(settings))
        self._hints = Hints(
            places.run(settings),
            self._office.notify.heard,
            system_changed=self._look_over,
            log_in_ended=self._office.accounts.throttle.heard,
            queue_changed=lambda: self._post.runner.wake(afresh=True),
        )

    async def run(self, sockets: Sequence[tuple[str, int]], alive: int, ready: int) -> None:
        """Serve until told to stop."""
        self._watch(alive)
        premises = self._premises()
        for name, fd in sockets:
            entrance = ENTRANCES[name]
            sock = socket.socket(fileno=fd)
            self._listeners.append(Listener(sock, entrance.door, entrance.serve(self._office), premises))
        for listener in self._listeners:
            listener.start()
        self._start_tasks()
        os.write(ready, b"\n")
        await self._stop.wait()
        await self._close()

    def _premises(self) -> Premises:
        connections, limits = self._settings.connections, self._limits.connection
        bounds = Bounds(limits.a_worker, connections.an_address, networks(connections.exempt))
        proxies = networks(self._settings.listen.proxy_from)
        return Premises(bounds=bounds, tls=self._tls, limits=limits, proxies=proxies, fatal=self._fatal)

    def _watch(self, alive: int) -> None:
        running = asyncio.get_running_loop()
        running.add_signal_handler(signal.SIGTERM, self._stop.set)
        running.add_signal_handler(signal.SIGHUP, self._reload)
        running.add_reader(alive, self._supervisor_gone, alive)
        running.set_exception_handler(self._unhandled)

    def _start_tasks(self) -> None:
        self._office.notify.overheard = self._office.indexing.changed
        look, index = self._office.notify.look_for_lost_hints(), self._office.indexing.run()
        for errand in (look, index, self._office.presence.keep_watch(), self._keep_house(), self._send()):
            self._tasks.append(asyncio.ensure_future(errand))

    async def _send(self) -> None:
        """Mail on its way out; without it there is no point in going on."""
        try:
            await self._post.runner.run()
        except StoreFailed as error:
            self._fatal(error)
        except Exception:
            log.exception("the queue is worked on no more; this worker stops")
            self._stop.set()

    async def _push(self) -> None:
        """Changes to programs that are not connected; what is needed for that is loaded where it is."""
        from .http.jmap.pusher import Pusher

        await Pusher(self._office, self._answers).run()

    def _tell(self, account: AccountId) -> None:
        self._hints.send(account)

    def _tell_log_in(self, word: bytes) -> None:
        self._hints.send_log_in(word)

    def _look_over(self) -> None:
        """Accounts have changed: whoever may no longer be logged in is not."""
        self._errands.add(errand := asyncio.ensure_future(self._office.presence.look_over()))
        errand.add_done_callback(self._errands.discard)

    def _supervisor_gone(self, alive: int) -> None:
        asyncio.get_running_loop().remove_reader(alive)
        log.error("the supervisor is gone, so this worker stops")
        self._stop.set()

    def _reload(self) -> None:
        try:
            settings = load_settings(self._config)
            self._tls.load()
            self._office.reload(settings)
        except OperatorError as error:
            log.error("not reloaded", problem=error.problem, hint=error.hint)
            return
        logs.configure(settings.log.level, settings.log.form, worker=self._number)
        self._settings = settings
        log.info("reloaded")

    def _fatal(self, error: BaseException) -> None:
        """Nothing may be acknowledged any more: end here and now, and let a new process find out what the disk has."""
        log.critical("the store failed; this worker ends", problem=str(error), kind=type(error).__name__)
        os._exit(STORE_FAILED)

    def _unhandled(self, running: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, StoreFailed):
            self._fatal(error)
        log.error(context.get("message", "unhandled"), exc_info=error)

    async def _keep_house(self) -> None:
        """What one worker at a time does for all: whoever holds the lease, until it dies."""
        with (places.run(self._settings) / "housekeeping").open("a") as lease:
            while not _took(lease.fileno()):  # noqa: ASYNC110 – a lock that tells nobody when it is free
                await asyncio.sleep(_LEASE_EVERY)
            self._tasks.append(asyncio.ensure_future(self._post.reporting.run()))
            self._tasks.append(asyncio.ensure_future(self._office.indexing.catch_up()))
            self._tasks.append(asyncio.ensure_future(self._office.snoozing.run()))
            if self._settings.listen.http or self._settings.listen.https:
                self._tasks.append(asyncio.ensure_future(self._push()))
            while True:
                try:
                    await self._office.keep_house()
                except Exception:
                    log.exception("housekeeping failed")
                await asyncio.sleep(HOUSEKEEPING_EVERY)

    async def _close(self) -> None:
        for listener in self._listeners:
            listener.close()
        for task in self._tasks:  # the queue drains by itself, at the same time
            task.cancel()
        drain = float(self._settings.connections.drain)
        await asyncio.gather(*(listener.drain(drain) for listener in self._listeners))
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._hints.close()
        await self._answers.close()
        await self._office.close()


def _took(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


async def _serve(config: Path, number: int, sockets: Sequence[tuple[str, int]], alive: int, ready: int) -> None:
    settings = load_settings(config)
    logs.configure(settings.log.level, settings.log.form, worker=number)
    worker = Worker(config, settings, number)
    sys.setswitchinterval(_TURN)
    gc.collect()
    gc.freeze()  # what is there from the start stays: looking through it again and again would hold up everybody
    await worker.run(sockets, alive, ready)


def load(doors: Collection[str]) -> None:
    """All that serving at these doors needs, so that whoever splits off has it."""
    for door in doors:
        ENTRANCES[door].load()
    if any(ENTRANCES[door].door.web for door in doors):
        importlib.import_module(f"{__package__}.http.jmap.pusher")


def work(config: Path, number: int, sockets: Sequence[tuple[str, int]], alive: int, ready: int) -> int:
    """A worker process from its beginning to its end; its exit status. Of `sockets`, each is a door's name and a descriptor."""
    os.umask(0o077)
    _keep_buffers_apart()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            loop.run(_serve(config, number, sockets, alive, ready))
    except OperatorError as error:
        log.critical("this worker cannot start", problem=error.problem, hint=error.hint)
        return MISCONFIGURED
    except StoreFailed as error:
        log.critical("the store failed; this worker ends", problem=str(error))
        return STORE_FAILED
    return 0


def _keep_buffers_apart() -> None:
    """Keep glibc's own beginning: where its bound grows, each TLS connection's buffers come out of used heap, 80 KiB more."""
    with contextlib.suppress(AttributeError):  # another library
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 128 * KiB)

"""Where things are in the data folder, and one process's claim to serve it."""

import fcntl
from pathlib import Path
from typing import IO

from ..errors import OperatorError
from ..settings import Settings


def run(settings: Settings) -> Path:
    """Sockets and locks of running processes; nothing in it outlives them."""
    return settings.data_dir / "run"


def tls(settings: Settings) -> Path:
    """Our own authority and certificate."""
    return settings.data_dir / "tls"


def certificate(settings: Settings) -> tuple[Path, Path]:
    """The certificate to show and its key: the settings', else our own."""
    if settings.tls.certificate:
        return Path(settings.tls.certificate), Path(settings.tls.key)
    return tls(settings) / "server.pem", tls(settings) / "server.key"


def client_authorities(settings: Settings) -> Path | None:
    """Whose certificates people may log in with."""
    return Path(settings.tls.client_authorities) if settings.tls.client_authorities else None


def claim(settings: Settings) -> IO[str]:
    """Hold what is returned while serving this folder. Raises OperatorError where another process does already."""
    run(settings).mkdir(parents=True, exist_ok=True)
    lock = (run(settings) / "supervisor").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise OperatorError(
            f"another server serves {settings.data_dir} already", "stop it first, or name another data_dir in the settings"
        ) from error
    return lock

"""Root for the ports, and for nothing after them."""

import os
import pwd
from pathlib import Path

from ..errors import OperatorError


def own(folder: Path, user: str) -> None:
    """Have the data folder, and have it belong to `user` when started as root. Raises OperatorError."""
    try:
        new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if new and user and os.geteuid() == 0:
            entry = _entry(user)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
    except OSError as error:
        raise OperatorError(
            f"the data folder {folder} cannot be made: {error}", "make it, and have it belong to the server's user"
        ) from error


def drop(user: str) -> None:
    """Become `user` for good, when started as root and one is named. Raises OperatorError."""
    if not user or os.geteuid() != 0:
        return
    entry = _entry(user)
    os.initgroups(user, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    os.environ["HOME"] = entry.pw_dir


def _entry(user: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(user)
    except KeyError as error:
        raise OperatorError(f"there is no user {user!r} on this machine", "make one, or name another as `user`") from error

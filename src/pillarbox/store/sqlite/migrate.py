"""Schema versions: numbered files, each run in one transaction with the number it leads to, so that any may be interrupted.

A new database has nothing to lose: it gets all of them in one.
"""

from functools import cache
from importlib import resources
from typing import Literal

import apsw

from ...errors import OperatorError

Kind = Literal["system", "mail", "queue", "journal", "index"]


@cache
def steps(kind: Kind) -> tuple[str, ...]:
    """The schema files of a kind of database, first to last: step n leads from version n to n + 1."""
    folder = resources.files(__package__) / "schema"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.startswith(f"{kind}-"))
    return tuple((folder / name).read_text("utf-8") for name in names)


def migrate(connection: apsw.Connection, kind: Kind) -> None:
    """Bring a database to the newest version. Raises OperatorError where it is of a newer one than is known here."""
    known = len(steps(kind))
    version = _version(connection)
    if version > known:
        raise OperatorError(
            f"{connection.filename} has schema version {version}, newer than this Pillarbox knows ({known})",
            "start the Pillarbox that wrote it, or a newer one",
        )
    while version < known:
        version = _step(connection, kind)


def _step(connection: apsw.Connection, kind: Kind) -> int:
    """Do what is next, which another process may have done meanwhile; the version then."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)
        if due := steps(kind)[version : version + 1 if version else None]:
            for step in due:
                connection.execute(step)
            version += len(due)
            connection.pragma("user_version", version)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return version


def _version(connection: apsw.Connection) -> int:
    return int(connection.pragma("user_version"))

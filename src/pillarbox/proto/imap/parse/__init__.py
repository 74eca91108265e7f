"""Command lines to commands, a file a family: one function a production, its ABNF in its docstring (RFC 9051 §9).

An extension's commands are a file with a table `COMMANDS` of its own, joined to the others here.
"""

from collections.abc import Mapping

from . import (
    access,
    anytime,
    append,
    auth,
    copy,
    fetch,
    listing,
    localizing,
    mailboxes,
    metadata,
    multisearch,
    notifying,
    quota,
    search,
    select,
    sort,
    store,
    uidbatches,
)
from .production import Production

COMMANDS: Mapping[bytes, Production] = {
    **anytime.COMMANDS,
    **auth.COMMANDS,
    **mailboxes.COMMANDS,
    **listing.COMMANDS,
    **select.COMMANDS,
    **append.COMMANDS,
    **fetch.COMMANDS,
    **store.COMMANDS,
    **search.COMMANDS,
    **sort.COMMANDS,
    **multisearch.COMMANDS,
    **localizing.COMMANDS,
    **copy.COMMANDS,
    **notifying.COMMANDS,
    **uidbatches.COMMANDS,
    **access.COMMANDS,
    **quota.COMMANDS,
    **metadata.COMMANDS,
}
"""By name in capitals; those under UID have it before their own, with one space."""

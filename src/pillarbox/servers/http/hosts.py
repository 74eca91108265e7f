"""Under which names we are asked. What Host says is believed only where it is a name of ours."""

from starlette.datastructures import Headers
from starlette.types import Scope

from pillarbox.errors import Invalid
from pillarbox.mail import addresses
from pillarbox.mail.directory import BACKUP
from pillarbox.mail.office import Office
from pillarbox.store.models import Domain


def asked(scope: Scope) -> str:
    """The name a request is for, without its port, in small letters; "" where it has none."""
    host = Headers(scope=scope).get("host", "").lower()
    name, separator, port = host.rpartition(":")
    return (name if separator and port.isascii() and port.isdigit() else host).rstrip(".")


async def domain_named(office: Office, name: str) -> Domain | None:
    """The domain of ours of that name, where its mail is kept here."""
    try:
        domain = await office.kept.domain(addresses.canonical_domain(name))
    except Invalid:
        return None
    return None if domain is None or BACKUP in domain.settings else domain


async def domain_of(office: Office, scope: Scope, *labels: str) -> Domain | None:
    """The domain of ours that a request is for, by its Host with one of these labels before it; "" stands for none."""
    name = asked(scope)
    for label in labels:
        fits = not label or name.startswith(f"{label}.")
        if fits and (found := await domain_named(office, name[len(label) + 1 :] if label else name)):
            return found
    return None

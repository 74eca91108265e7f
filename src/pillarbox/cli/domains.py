"""What the commands about domains share."""

from collections.abc import Mapping

from ..errors import AlreadyExists, Invalid, MailError, NotFound, NotPermitted, OperatorError
from ..mail import addresses
from ..mail.directory import BACKUP
from ..mail.keyring import Keyring
from ..mail.office import Office
from ..settings import address
from ..store.models import Domain
from .desk import about

HINTS: Mapping[type[MailError], str] = {
    AlreadyExists: "see `pillarbox domain list`",
    NotFound: "see `pillarbox domain list`",
    NotPermitted: "`pillarbox domain show` names them; remove them first",
    Invalid: "a domain looks like example.org",
}


async def added(office: Office, name: str, settings: Mapping[str, str] | None = None, *, keys: bool = True) -> Domain:
    """A new domain, with the keys that its mail is signed with unless others keep its mail. Raises AlreadyExists, Invalid."""
    domain = await office.accounts.add_domain(name, settings)
    if keys and BACKUP not in domain.settings:
        await Keyring(office.kept, domain.name, office.clock).make("active")
    return domain


async def domain_of(office: Office, name: str) -> Domain:
    """Also one whose mail others keep. Raises OperatorError where it is none of ours."""
    with about(name, HINTS):
        domain = await office.kept.domain(addresses.canonical_domain(name))
    if domain is None:
        raise OperatorError(f"there is no domain {name}", "see `pillarbox domain list`")
    return domain


def host_and_port(text: str) -> str:
    """The text itself. Raises OperatorError where it is not host:port."""
    try:
        place = address(text)
    except ValueError:
        place = ""
    if isinstance(place, str) or not place[0] or not place[1]:
        raise OperatorError(f"{text!r} is no address with a port", "for example: smtp.example.net:587")
    return text

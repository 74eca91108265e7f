"""GETJMAPACCESS: that the same mail is to be had by JMAP, by the same names and passwords (RFC 9698)."""

from ...proto.imap import commands, responses
from ..http.origin import is_served, url
from .errors import Refused
from .session import Ok, Session, handles


@handles(commands.GetJmapAccess)
async def get_jmap_access(session: Session, command: commands.GetJmapAccess) -> Ok:
    """Say where the session object is."""
    settings = session.office.settings
    if not is_served(settings):
        raise Refused("JMAP is not served here")
    session.say(responses.JmapAccess(f"{url(settings)}/.well-known/jmap"))
    return Ok("GETJMAPACCESS completed")

"""The form that is to become a standard: user-agent-configuration.json (draft-ietf-mailmaint-pacc), and its digest for the DNS.

It names hosts and no ports: what is not at the usual one under TLS from the first byte cannot be said in it.
"""

import base64
import hashlib
import json
from typing import Final

from .description import Description, Tls

MEDIA_TYPE: Final = "application/json"
PATH: Final = "/.well-known/user-agent-configuration.json"
LABEL: Final = "ua-auto-config"
"""Before a domain's name, where it is asked for."""


def render(description: Description) -> bytes:
    """The same bytes for the same description: their digest is published."""
    protocols: dict[str, dict[str, str]] = {"jmap": {"url": description.jmap}} if description.jmap else {}
    for service in description.services:
        if service.tls is Tls.IMPLICIT and service.is_usual:
            protocols[service.protocol] = {"host": service.host}
    authentication: dict[str, object] = {"password": True}
    if description.issuer:
        authentication["oauth-public"] = {"issuer": description.issuer}
    info: dict[str, object] = {"provider": {"name": description.domain, "shortName": description.domain[:20]}}
    if description.help:
        info["help"] = {"documentation": description.help}
    found = {"protocols": protocols, "authentication": authentication, "info": info}
    return json.dumps(found, indent=2, sort_keys=True).encode("ascii") + b"\n"


def record(description: Description) -> str:
    """The text of the record by which the document is known to be the domain's own."""
    digest = base64.b64encode(hashlib.sha256(render(description)).digest()).decode("ascii")
    return f"v=UAAC1; a=sha256; d={digest}"

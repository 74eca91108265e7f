"""Thunderbird's form, which most programs read by now: config-v1.1.xml (draft-ietf-mailmaint-autoconfig)."""

from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from .description import Description, Service, Tls

MEDIA_TYPE: Final = "text/xml; charset=utf-8"
_SOCKETS: Final = {Tls.IMPLICIT: "SSL", Tls.STARTTLS: "STARTTLS"}
_HELP: Final = (("en", "How to set up a mail program"), ("de", "So wird ein E-Mail-Programm eingerichtet"))


def render(description: Description) -> bytes:
    """The program puts the address in for %EMAILADDRESS%: nothing here depends on who asks."""
    root = Element("clientConfig", version="1.1")
    provider = SubElement(root, "emailProvider", id=description.domain)
    for name in ("domain", "displayName", "displayShortName"):
        SubElement(provider, name).text = description.domain
    for service in description.services:
        if service.protocol != "smtp":
            _server(SubElement(provider, "incomingServer", type=service.protocol), service)
    if description.jmap:  # behind those that every program knows: some end at the first they don't
        server = SubElement(provider, "incomingServer", type="jmap")
        SubElement(server, "url").text = description.jmap
        _log_in(server, "http-basic")
    for service in description.services:
        if service.protocol == "smtp":
            _server(SubElement(provider, "outgoingServer", type="smtp"), service)
    if description.help:
        page = SubElement(provider, "documentation", url=description.help)
        for language, text in _HELP:
            SubElement(page, "descr", lang=language).text = text
    indent(root)
    return bytes(tostring(root, "utf-8", xml_declaration=True)) + b"\n"


def _server(element: Element, service: Service) -> None:
    SubElement(element, "hostname").text = service.host
    SubElement(element, "port").text = str(service.port)
    SubElement(element, "socketType").text = _SOCKETS[service.tls]
    _log_in(element, "password-cleartext")


def _log_in(element: Element, how: str) -> None:
    SubElement(element, "username").text = "%EMAILADDRESS%"
    SubElement(element, "authentication").text = how

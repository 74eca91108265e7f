"""Outlook's forms: Autodiscover POX ([MS-OXDSCLI]) by POST, and the JSON of version 2 that leads to it.

What is asked is XML of strangers': no document type, so no entities; bounded depth and texts; who reads it bounds the whole.
"""

import json
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring
from xml.parsers import expat

from .description import Description, Service, Tls

MEDIA_TYPE: Final = "text/xml; charset=utf-8"
V1: Final = "AutodiscoverV1"
OUTLOOK: Final = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
_ENVELOPE: Final = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
_DEPTH: Final = 8
_TEXT: Final = 1000
_NAMES: Final = {"imap": "IMAP", "pop3": "POP3", "smtp": "SMTP"}
_ENCRYPTION: Final = {Tls.IMPLICIT: "SSL", Tls.STARTTLS: "TLS"}
_ERRORS: Final = {500: "The e-mail address cannot be found", 600: "Invalid Request", 601: "Provider is not available"}


@dataclass(frozen=True, slots=True)
class Asked:
    address: str
    schema: str
    """The form of the answer that is wanted."""


class NotXml(ValueError):
    """Nothing that one could ask."""


def read(body: bytes) -> Asked:
    """What a program asks. Raises NotXml."""
    path: list[str] = []
    found = {"emailaddress": "", "acceptableresponseschema": ""}

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append(name.rpartition(":")[2].lower())
        if len(path) > _DEPTH:
            raise NotXml("nested too deep")

    def text(data: str) -> None:
        name = path[-1] if path else ""
        if name in found and len(found[name]) + len(data) <= _TEXT:
            found[name] += data

    def refuse(*_: object) -> None:
        raise NotXml("a document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    parser.EndElementHandler = lambda name: path.pop()
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, UnicodeError, LookupError, ValueError) as error:
        raise NotXml(str(error)) from None
    return Asked(found["emailaddress"].strip(), found["acceptableresponseschema"].strip())


def render(description: Description, address: str) -> bytes:
    """The settings, for whoever asked under that address."""
    root = Element("Autodiscover", xmlns=_ENVELOPE)
    response = SubElement(root, "Response", xmlns=OUTLOOK)
    SubElement(SubElement(response, "User"), "DisplayName").text = address
    account = SubElement(response, "Account")
    SubElement(account, "AccountType").text = "email"
    SubElement(account, "Action").text = "settings"
    for protocol in _NAMES:
        if service := description.best(protocol):
            _protocol(SubElement(account, "Protocol"), service, address)
    return _written(root)


def refusal(code: int, now: str) -> bytes:
    """An error of [MS-OXDSCLI] §2.2.4.1.1.1, in the one form it has."""
    root = Element("Autodiscover", xmlns=_ENVELOPE)
    error = SubElement(SubElement(root, "Response"), "Error", Time=now, Id="1")
    SubElement(error, "ErrorCode").text = str(code)
    SubElement(error, "Message").text = _ERRORS[code]
    SubElement(error, "DebugData")
    return _written(root)


def version_2(protocol: str, url: str) -> tuple[int, bytes]:
    """Status and JSON: where `protocol` is to be had, of which there is one."""
    if protocol.lower() == V1.lower():
        return 200, json.dumps({"Protocol": V1, "Url": f"{url}/autodiscover/autodiscover.xml"}).encode()
    if not protocol:
        return _problem("MandatoryParameterMissing", "a value for the query parameter 'Protocol' is wanted")
    return _problem("InvalidProtocol", f"there is no such protocol here; there is {V1}")


def _problem(code: str, says: str) -> tuple[int, bytes]:
    return 400, json.dumps({"ErrorCode": code, "ErrorMessage": says}).encode()


def _protocol(element: Element, service: Service, address: str) -> None:
    texts = {
        "Type": _NAMES[service.protocol],
        "Server": service.host,
        "Port": str(service.port),
        "DomainRequired": "off",
        "LoginName": address,
        "SPA": "off",
        "SSL": "on",
        "Encryption": _ENCRYPTION[service.tls],
        "AuthRequired": "on",
    }
    if service.protocol == "smtp":
        texts |= {"UsePOPAuth": "on", "SMTPLast": "off"}
    for name, text in texts.items():
        SubElement(element, name).text = text


def _written(root: Element) -> bytes:
    indent(root)
    return bytes(tostring(root, "utf-8", xml_declaration=True)) + b"\n"

"""Every form of the one description, read back as the programs read it that ask for it."""

import asyncio
import base64
import hashlib
import json
import plistlib
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import httpx2
import pytest
import trustme

from pillarbox.mail.office import Office
from pillarbox.servers.http.devices import apple, autodiscover, language, pacc
from pillarbox.servers.http.devices.description import Description, Service, Tls, describe
from pillarbox.settings import Http, Listen, Settings, TlsFiles
from pillarbox.testing.house import house
from visitor import visiting

LISTEN = Listen(
    imap=["0.0.0.0:143"],
    imaps=["0.0.0.0:993", "[::]:993"],
    pop3s=["0.0.0.0:995"],
    submission=["0.0.0.0:587"],
    submissions=["127.0.0.1:1465", "0.0.0.0:465"],
    https=["0.0.0.0:443"],
)
SETTINGS = Settings(hostname="mail.example.org", listen=LISTEN)
ALICE = "alice@example.org"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with house(tmp_path, SETTINGS) as found:
        yield found


def spoken(listen: Listen) -> list[tuple[str, int, str]]:
    found = describe(replace(SETTINGS, listen=listen), "example.org")
    return [(each.protocol, each.port, each.tls.value) for each in found.services]


# The description.


def test_what_listens_is_described_the_better_first() -> None:
    assert spoken(LISTEN) == [
        ("imap", 993, "implicit"),
        ("imap", 143, "starttls"),
        ("pop3", 995, "implicit"),
        ("smtp", 465, "implicit"),
        ("smtp", 587, "starttls"),
    ]


@pytest.mark.parametrize(
    ("places", "wanted"),
    [
        (["127.0.0.1:2993"], [("imap", 2993, "implicit")]),
        (["127.0.0.1:2993", "0.0.0.0:4993"], [("imap", 4993, "implicit")]),
        (["localhost:993", "192.0.2.1:4993"], [("imap", 4993, "implicit")]),
        (["0.0.0.0:4993", "0.0.0.0:993"], [("imap", 993, "implicit")]),
        (["unix:/run/imaps"], []),
        ([], []),
    ],
)
def test_the_port_is_one_by_which_the_world_comes_in(places: list[str], wanted: list[tuple[str, int, str]]) -> None:
    assert spoken(Listen(imaps=places)) == wanted


def test_jmap_is_described_where_there_is_https() -> None:
    assert describe(SETTINGS, "example.org").jmap == "https://mail.example.org/.well-known/jmap"
    assert describe(replace(SETTINGS, listen=Listen(imaps=["0.0.0.0:993"])), "example.org").jmap == ""
    behind = replace(SETTINGS, listen=Listen(http=["127.0.0.1:80"]), http=Http(url="https://post.example.org"))
    assert describe(behind, "example.org").jmap == "https://post.example.org/.well-known/jmap"


# Thunderbird.

SOCKETS = {"SSL", "STARTTLS", "plain"}
LOG_INS = {"password-cleartext", "password-encrypted", "OAuth2", "NTLM", "GSSAPI", "client-IP-address", "none"}


def as_thunderbird(data: bytes, address: str) -> list[tuple[str, str, int, str, str]]:
    """(type, host, port, socket, user) by the rules of its reader: a server that breaks one is passed over, and without one of
    each kind there is nothing to set up."""
    root = ElementTree.fromstring(data)
    assert root.tag == "clientConfig"
    (provider,) = root.findall("emailProvider")
    assert address.partition("@")[2] in [each.text for each in provider.findall("domain")]
    found = []
    for kind, allowed in (("incomingServer", {"imap", "pop3"}), ("outgoingServer", {"smtp"})):
        servers = [server for server in provider.findall(kind) if server.get("type") in allowed]
        assert servers
        for server in servers:
            port = int(server.findtext("port") or "")
            assert 0 < port < 65536
            assert server.findtext("socketType") in SOCKETS
            assert {each.text for each in server.findall("authentication")} <= LOG_INS
            user = (server.findtext("username") or "").replace("%EMAILADDRESS%", address)
            found.append(
                (server.attrib["type"], server.findtext("hostname") or "", port, server.findtext("socketType") or "", user)
            )
    return found


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("autoconfig.example.org", "/mail/config-v1.1.xml?emailaddress=alice%40example.org"),
        ("autoconfig.example.org", "/mail/config-v1.1.xml"),
        ("example.org", "/.well-known/autoconfig/mail/config-v1.1.xml"),
        ("mail.example.org", "/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=nobody%40example.org"),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_thunderbird_reads_what_it_is_told(office: Office, scheme: str, host: str, path: str) -> None:
    async with visiting(office, scheme=scheme, host=host) as client:
        response = await client.get(path)
    assert response.headers["content-type"] == "text/xml; charset=utf-8"
    assert as_thunderbird(response.content, ALICE) == [
        ("imap", "mail.example.org", 993, "SSL", ALICE),
        ("imap", "mail.example.org", 143, "STARTTLS", ALICE),
        ("pop3", "mail.example.org", 995, "SSL", ALICE),
        ("smtp", "mail.example.org", 465, "SSL", ALICE),
        ("smtp", "mail.example.org", 587, "STARTTLS", ALICE),
    ]


async def test_programs_that_know_jmap_are_told_of_it_behind_all_others(office: Office) -> None:
    async with visiting(office, host="autoconfig.example.org") as client:
        root = ElementTree.fromstring((await client.get("/mail/config-v1.1.xml")).content)
    *_, last = root.findall("emailProvider/incomingServer")
    assert last.get("type") == "jmap"
    assert last.findtext("url") == "https://mail.example.org/.well-known/jmap"


@pytest.mark.parametrize("host", ["autoconfig.other.test", "other.test", "mail.example.org", "autoconfig.", "192.0.2.1"])
@pytest.mark.parametrize("query", ["", "?emailaddress=bob%40other.test", "?emailaddress=%40", "?emailaddress=" + "x" * 5000])
async def test_nothing_is_said_of_domains_that_are_not_ours(office: Office, host: str, query: str) -> None:
    async with visiting(office, host=host) as client:
        assert (await client.get(f"/mail/config-v1.1.xml{query}")).status_code == 404


@pytest.mark.parametrize("path", ["/mail/config-v1.1.xml?emailaddress={}", "/setup/profile.mobileconfig?email={}"])
async def test_whoever_exists_looks_like_whoever_does_not(office: Office, path: str) -> None:
    async with visiting(office) as client:
        found = [await client.get(path.format(f"{name}%40example.org")) for name in ("alice", "abbey")]
    assert [each.status_code for each in found] == [200, 200]
    alike = [each.content.replace(b"alice", b"abbey") for each in found]
    if b"clientConfig" in alike[0]:
        assert alike[0] == alike[1]


# Outlook.

REQUEST = """<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006">
  <Request>
    <EMailAddress>{}</EMailAddress>
    <AcceptableResponseSchema>{}</AcceptableResponseSchema>
  </Request>
</Autodiscover>
"""
ANSWER = "{http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a}"
REFUSAL = "{http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006}"


async def asked_by_outlook(office: Office, body: bytes, path: str = "/autodiscover/autodiscover.xml") -> httpx2.Response:
    async with visiting(office, host="autodiscover.example.org") as client:
        response = await client.post(path, content=body, headers={"content-type": "text/xml"})
    assert response.headers["content-type"] == "text/xml; charset=utf-8"
    return response


@pytest.mark.parametrize("path", ["/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml"])
async def test_outlook_reads_what_it_is_told(office: Office, path: str) -> None:
    response = await asked_by_outlook(office, REQUEST.format(ALICE, autodiscover.OUTLOOK).encode(), path)
    root = ElementTree.fromstring(response.content)
    account = root.find(f"{ANSWER}Response/{ANSWER}Account")
    assert account is not None
    assert (account.findtext(f"{ANSWER}AccountType"), account.findtext(f"{ANSWER}Action")) == ("email", "settings")
    fields = ("Type", "Server", "Port", "LoginName", "SSL", "Encryption", "SPA", "AuthRequired")
    assert [[each.findtext(ANSWER + name) for name in fields] for each in account.findall(f"{ANSWER}Protocol")] == [
        ["IMAP", "mail.example.org", "993", ALICE, "on", "SSL", "off", "on"],
        ["POP3", "mail.example.org", "995", ALICE, "on", "SSL", "off", "on"],
        ["SMTP", "mail.example.org", "465", ALICE, "on", "SSL", "off", "on"],
    ]


BILLION = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "xxxxxxxxxx">'
    + b"".join(b'<!ENTITY x%d "%b">' % (at, b"&x%d;" % (at - 1) * 10 if at else b"&x;" * 10) for at in range(9))
    + b"]><Autodiscover><Request><EMailAddress>&x8;</EMailAddress></Request></Autodiscover>"
)
FILE = b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a><EMailAddress>&f;@example.org</EMailAddress></a>'
NOT_ASKED = {
    "nothing": (b"", 600),
    "no XML": (b"hello", 600),
    "half of it": (REQUEST.encode()[:200], 600),
    "entities in entities": (BILLION, 600),
    "a file of ours": (FILE, 600),
    "nested without end": (b"<a>" * 20_000, 600),
    "an unknown encoding": (b'<?xml version="1.0" encoding="x-none"?><a/>', 600),
    "another's address": (REQUEST.format("bob@other.test", autodiscover.OUTLOOK).encode(), 500),
    "no address": (REQUEST.format("", autodiscover.OUTLOOK).encode(), 500),
    "no address at all": (b"<Autodiscover/>", 500),
    "an address without an end": (REQUEST.format("x" * 50_000, autodiscover.OUTLOOK).encode(), 500),
    "a phone": (REQUEST.format(ALICE, autodiscover.OUTLOOK.replace("outlook", "mobilesync")).encode(), 601),
}


@pytest.mark.parametrize("name", NOT_ASKED)
async def test_what_outlook_cannot_have_it_is_told_in_its_own_form(office: Office, name: str) -> None:
    body, code = NOT_ASKED[name]
    root = ElementTree.fromstring((await asked_by_outlook(office, body)).content)
    error = root.find(f"{REFUSAL}Response/{REFUSAL}Error")
    assert error is not None
    assert error.findtext(f"{REFUSAL}ErrorCode") == str(code)


@pytest.mark.parametrize("more", [0, 1])
async def test_what_outlook_sends_is_bounded(office: Office, more: int) -> None:
    size = office.limits.http.page + more
    async with visiting(office) as client:
        found = await client.post("/autodiscover/autodiscover.xml", content=b" " * size)
    assert found.status_code == (413 if more else 200)


@pytest.mark.parametrize(
    ("path", "status", "wanted"),
    [
        ("?Email=alice%40example.org&Protocol=AutodiscoverV1", 200, "AutodiscoverV1"),
        ("?Email=alice%40example.org&Protocol=autodiscoverv1", 200, "AutodiscoverV1"),
        ("/v1.0/alice%40example.org?Protocol=AutodiscoverV1", 200, "AutodiscoverV1"),
        ("/v1.0/nobody%40example.org?Protocol=AutodiscoverV1", 200, "AutodiscoverV1"),
        ("/v1.0/alice%40example.org?Protocol=ActiveSync", 400, "InvalidProtocol"),
        ("/v1.0/alice%40example.org", 400, "MandatoryParameterMissing"),
    ],
)
async def test_outlooks_newer_form_leads_to_the_older_one(office: Office, path: str, status: int, wanted: str) -> None:
    async with visiting(office) as client:
        response = await client.get(f"/autodiscover/autodiscover.json{path}")
    found = response.json()
    assert response.status_code == status
    assert wanted in (found.get("Protocol"), found.get("ErrorCode"))
    if status == 200:
        assert found["Url"] == "https://mail.example.org/autodiscover/autodiscover.xml"


# Apple.


def profile_of(data: bytes) -> tuple[dict[str, object], dict[str, object]]:
    profile = plistlib.loads(data)
    (mail,) = profile["PayloadContent"]
    return profile, mail


async def test_a_profile_for_devices_of_apples_sets_up_mail(office: Office) -> None:
    async with visiting(office) as client:
        response = await client.get("/setup/profile.mobileconfig?email=Alice%40example.org")
    assert response.headers["content-type"] == "application/x-apple-aspen-config"
    assert response.headers["content-disposition"] == 'attachment; filename="example.org.mobileconfig"'
    profile, mail = profile_of(response.content)
    assert (profile["PayloadType"], profile["PayloadVersion"]) == ("Configuration", 1)
    assert (mail["PayloadType"], mail["EmailAccountType"]) == ("com.apple.mail.managed", "EmailTypeIMAP")
    assert mail["EmailAddress"] == mail["IncomingMailServerUsername"] == mail["OutgoingMailServerUsername"] == ALICE
    assert (mail["IncomingMailServerHostName"], mail["IncomingMailServerPortNumber"]) == ("mail.example.org", 993)
    assert (mail["OutgoingMailServerHostName"], mail["OutgoingMailServerPortNumber"]) == ("mail.example.org", 465)
    assert mail["IncomingMailServerUseSSL"] is mail["OutgoingMailServerUseSSL"] is True
    assert mail["IncomingMailServerAuthentication"] == "EmailAuthPassword"
    assert "IncomingPassword" not in mail
    identifiers = {profile["PayloadUUID"], mail["PayloadUUID"]}
    assert len(identifiers) == 2


def test_a_profile_may_bring_the_app_password_that_was_made_for_the_device() -> None:
    _, mail = profile_of(apple.render(describe(SETTINGS, "example.org"), ALICE, "abcd-efgh"))
    assert mail["IncomingPassword"] == "abcd-efgh"
    assert mail["OutgoingPasswordSameAsIncomingPassword"] is True


def test_a_profile_takes_the_place_of_the_one_before() -> None:
    one, two = (profile_of(apple.render(describe(SETTINGS, "example.org"), ALICE, word))[0] for word in ("", "abcd"))
    other = profile_of(apple.render(describe(SETTINGS, "example.org"), "bob@example.org"))[0]
    assert one["PayloadIdentifier"] == two["PayloadIdentifier"] != other["PayloadIdentifier"]


@pytest.mark.parametrize(
    ("listen", "kind"),
    [
        (Listen(pop3s=["0.0.0.0:995"], submission=["0.0.0.0:587"]), "EmailTypePOP"),
        (Listen(imaps=["0.0.0.0:993"]), None),
        (Listen(submission=["0.0.0.0:587"]), None),
    ],
)
async def test_a_profile_has_what_there_is_or_there_is_none(office: Office, listen: Listen, kind: str | None) -> None:
    office.settings = replace(office.settings, listen=listen)
    async with visiting(office) as client:
        found = await client.get("/setup/profile.mobileconfig?email=alice%40example.org")
    if kind is None:
        assert found.status_code == 404
    else:
        assert profile_of(found.content)[1]["EmailAccountType"] == kind


@pytest.mark.parametrize("address", ["", "alice", "alice@other.test", "@", "a@b@example.org@", "x" * 5000])
async def test_there_is_no_profile_for_others(office: Office, address: str) -> None:
    async with visiting(office) as client:
        assert (await client.get("/setup/profile.mobileconfig", params={"email": address})).status_code == 404


def certified(folder: Path, kind: trustme.KeyType) -> tuple[TlsFiles, Path]:
    """A certificate of an authority's, and the authority."""
    authority = trustme.CA(key_type=kind)
    made = authority.issue_cert("mail.example.org", key_type=kind)
    files = {"cert.pem": b"".join(each.bytes() for each in made.cert_chain_pems), "key.pem": made.private_key_pem.bytes()}
    for name, data in (files | {"ca.pem": authority.cert_pem.bytes()}).items():
        (folder / name).write_bytes(data)
    return TlsFiles(certificate=str(folder / "cert.pem"), key=str(folder / "key.pem")), folder / "ca.pem"


def verified(signed: bytes, authority: Path) -> bytes:
    """What a device makes of it. Raises CalledProcessError where it does not believe it."""
    command = ["openssl", "cms", "-verify", "-inform", "DER", "-binary", "-purpose", "any", "-CAfile", str(authority)]
    return subprocess.run(command, input=signed, capture_output=True, check=True).stdout


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
@pytest.mark.parametrize("kind", [trustme.KeyType.RSA, trustme.KeyType.ECDSA])
async def test_a_profile_is_signed_by_a_certificate_that_devices_believe(
    office: Office, tmp_path: Path, kind: trustme.KeyType
) -> None:
    files, authority = certified(tmp_path, kind)
    office.settings = replace(office.settings, tls=files)
    async with visiting(office) as client:
        found = await client.get("/setup/profile.mobileconfig?email=alice%40example.org")
    assert profile_of(await asyncio.to_thread(verified, found.content, authority))[1]["EmailAddress"] == ALICE


async def test_a_profile_that_cannot_be_signed_is_given_as_it_is(office: Office, tmp_path: Path) -> None:
    office.settings = replace(office.settings, tls=TlsFiles(certificate=str(tmp_path / "no"), key=str(tmp_path / "no")))
    async with visiting(office) as client:
        found = await client.get("/setup/profile.mobileconfig?email=alice%40example.org")
    assert profile_of(found.content)


# PACC.


async def test_the_form_that_is_to_become_a_standard_is_vouched_for_by_its_digest(office: Office) -> None:
    async with visiting(office, host="ua-auto-config.example.org") as client:
        response = await client.get("/.well-known/user-agent-configuration.json")
    assert response.headers["content-type"] == "application/json"
    found = json.loads(response.content)
    assert found["protocols"] == {
        "imap": {"host": "mail.example.org"},
        "pop3": {"host": "mail.example.org"},
        "smtp": {"host": "mail.example.org"},
        "jmap": {"url": "https://mail.example.org/.well-known/jmap"},
    }
    assert found["authentication"] == {"password": True, "oauth-public": {"issuer": "https://mail.example.org"}}
    assert found["info"]["provider"]["name"] == "example.org"
    digest = base64.b64encode(hashlib.sha256(response.content).digest()).decode()
    assert pacc.record(describe(SETTINGS, "example.org")) == f"v=UAAC1; a=sha256; d={digest}"


async def test_the_issuer_it_names_calls_itself_the_same(office: Office) -> None:
    """RFC 8414 §3.3"""
    issuer = describe(office.settings, "example.org").issuer
    async with visiting(office, host="mail.example.org") as client:
        said = (await client.get("/.well-known/oauth-authorization-server")).json()
    assert said["issuer"] == issuer


async def test_it_is_at_its_own_name_only(office: Office) -> None:
    for host in ("example.org", "mail.example.org", "ua-auto-config.other.test"):
        async with visiting(office, host=host) as client:
            assert (await client.get("/.well-known/user-agent-configuration.json")).status_code == 404


def test_what_it_cannot_say_it_leaves_out() -> None:
    odd = Service("imap", "mail.example.org", 4993, Tls.IMPLICIT, False)
    late = Service("smtp", "mail.example.org", 587, Tls.STARTTLS, True)
    found = json.loads(pacc.render(Description("example.org", (odd, late))))
    assert found["protocols"] == {}
    assert found["authentication"] == {"password": True}


# The page for people.


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(("wish", "title"), [("", "Set up this device"), ("de-AT,en;q=0.5", "Dieses Gerät einrichten")])
async def test_people_are_told_what_to_enter(office: Office, wish: str, title: str) -> None:
    async with visiting(office) as client:
        response = await client.get("/setup", headers={"accept-language": wish})
    page = Page(response.text)
    assert title in page.text
    for word in ("mail.example.org", "993", "995", "465", "SSL/TLS", "name@example.org"):
        assert word in page.text
    assert response.headers["vary"] == "Accept-Language"
    assert dict(page.tags)["html"]["lang"] == response.headers["content-language"]


async def test_the_page_needs_no_more_than_its_policy_lets_it(office: Office) -> None:
    async with visiting(office) as client:
        response = await client.get("/setup")
        page = Page(response.text)
        (style,) = [attributes["href"] for tag, attributes in page.tags if tag == "link"]
        assert style
        assert (await client.get(style)).headers["content-type"].startswith("text/css")
        (form,) = [attributes for tag, attributes in page.tags if tag == "form"]
        assert form["action"]
        assert (await client.get(form["action"], params={"email": ALICE})).status_code == 200
    assert "script" not in [tag for tag, _ in page.tags]
    assert not [name for _, attributes in page.tags for name in attributes if name == "style" or name.startswith("on")]
    policy = dict(part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == policy["form-action"] == "'self'"


def test_every_language_says_all_there_is_to_say() -> None:
    assert len({frozenset(texts) for texts in language.TEXTS.values()}) == 1
    assert all(text for texts in language.TEXTS.values() for text in texts.values())


@pytest.mark.parametrize(
    ("wishes", "wanted"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE-ch", "de"),
        ("fr, de;q=0.4, en;q=0.2", "de"),
        ("de;q=0.4, en;q=0.8", "en"),
        ("de;q=0", "en"),
        ("de;q=x, de;q=9999999, de;q=-1, de;q=0.00001", "en"),
        ("de;q=²", "en"),
        ("*", "en"),
        (",;=,de" * 10_000, "de"),
        ("x," * 10_000 + "de", "en"),
    ],
)
def test_a_wish_for_a_language_is_weighed(wishes: str, wanted: str) -> None:
    assert language.chosen(wishes) == wanted

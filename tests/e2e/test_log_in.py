"""Logging in over TLS to a running server: app passwords, tokens and certificates, by every protocol and door."""

import base64
import imaplib
import poplib
import signal
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from identity import Issuer, People
from pillarbox.proto.sasl.client import scram_sha_256
from pillarbox.testing.served import DOMAIN, HOST, Served, served

ALICE, BOB = f"alice@{DOMAIN}", f"bob@{DOMAIN}"
CONFIGURATION = "https://login.example.org/.well-known/openid-configuration"
SETTINGS = f"""
[oauth]
keys = "jwks.json"
issuer = "https://login.example.org"
audience = "pillarbox"
configuration = "{CONFIGURATION}"
[tls]
client_authorities = "people.pem"
"""
REFUSAL = b'{"status":"invalid_token","openid-configuration":"%b"}' % CONFIGURATION.encode()


@dataclass
class Site:
    server: Served
    issuer: Issuer
    people: People

    def context(self, *addresses: str) -> ssl.SSLContext:
        context = self.server.client_context()
        return self.people.show(context, *addresses) if addresses else context

    def app_password(self, *options: str) -> str:
        return self.server.run("account", "app-password", "add", ALICE, "phone", *options).strip()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("served")
    issuer, people = Issuer(), People(folder)
    issuer.write(folder / "jwks.json")
    with served(folder, 2, SETTINGS, [ALICE, BOB]) as server:
        yield Site(server, issuer, people)
        assert server.stop() == 0
        server.run("verify")


# A connection of each protocol, by the door that has TLS at once and by the one that begins it later.


Message = bytes | Callable[[bytes], bytes | None]


def _next(waiting: list[Message], said: list[bytes]) -> bytes:
    message = waiting.pop(0)
    return message if isinstance(message, bytes) else message(said[-1]) or b""


class Talk:
    """One connection under TLS: what AUTH comes to, and what the server says can be had."""

    offers: str

    def authenticate(self, mechanism: str, *messages: Message, initial: bool = True) -> tuple[bool, list[bytes]]:
        """Whether it let us in, and its challenges; `messages` as they are, or made of the challenge each answers."""
        raise NotImplementedError

    def log_in(self, name: str, password: str) -> bool:
        """With a command of the protocol's own, or PLAIN."""
        raise NotImplementedError

    def is_open(self) -> bool:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class Imap(Talk):
    def __init__(self, server: Served, context: ssl.SSLContext, later: bool) -> None:
        if later:
            self.it = imaplib.IMAP4(HOST, server.ports["imap"])
            self.it.starttls(context)
        else:
            self.it = imaplib.IMAP4_SSL(HOST, server.ports["imaps"], ssl_context=context)
        self.offers = " ".join(self.it.capabilities)

    def authenticate(self, mechanism: str, *messages: Message, initial: bool = True) -> tuple[bool, list[bytes]]:
        said, waiting = [], list(messages)
        tag = self.it._new_tag()
        first = b" " + (base64.b64encode(_next(waiting, said)) or b"=") if initial else b""
        self.it.send(b"%b AUTHENTICATE %b%b\r\n" % (tag, mechanism.encode(), first))
        while (line := self.it.readline()).startswith(b"+"):
            said.append(base64.b64decode(line[2:]))
            self.it.send(base64.b64encode(_next(waiting, said)) + b"\r\n")
        while not line.startswith(tag):
            line = self.it.readline()
        if line.startswith(tag + b" NO"):
            assert line.startswith(tag + b" NO [AUTHENTICATIONFAILED] wrong name or password"), line
        return line.startswith(tag + b" OK"), said

    def log_in(self, name: str, password: str) -> bool:
        try:
            return self.it.login(name, password)[0] == "OK"
        except imaplib.IMAP4.error:
            return False

    def is_open(self) -> bool:
        try:
            return self.it.noop()[0] == "OK"
        except (imaplib.IMAP4.abort, OSError):
            return False

    def close(self) -> None:
        self.it.shutdown()


class Pop3(Talk):
    def __init__(self, server: Served, context: ssl.SSLContext, later: bool) -> None:
        if later:
            self.it = poplib.POP3(HOST, server.ports["pop3"])
            self.it.stls(context)
        else:
            self.it = poplib.POP3_SSL(HOST, server.ports["pop3s"], context=context)
        self.offers = " ".join(f"AUTH={name}" for name in self.it.capa().get("SASL", ()))

    def authenticate(self, mechanism: str, *messages: Message, initial: bool = True) -> tuple[bool, list[bytes]]:
        said, waiting = [], list(messages)
        first = b" " + (base64.b64encode(_next(waiting, said)) or b"=") if initial else b""
        self.it.sock.sendall(b"AUTH %b%b\r\n" % (mechanism.encode(), first))
        while (line := self.it.file.readline()).startswith(b"+ "):
            said.append(base64.b64decode(line[2:]))
            self.it.sock.sendall(base64.b64encode(_next(waiting, said)) + b"\r\n")
        if line.startswith(b"-ERR"):
            assert line.startswith(b"-ERR [AUTH] wrong name or password"), line
        return line.startswith(b"+OK"), said

    def log_in(self, name: str, password: str) -> bool:
        try:
            self.it.user(name)
            self.it.pass_(password)
        except poplib.error_proto:
            return False
        return True

    def is_open(self) -> bool:
        try:
            return self.it.noop().startswith(b"+OK")
        except (poplib.error_proto, OSError):
            return False

    def close(self) -> None:
        self.it.quit()  # the next finds the maildrop free


class Smtp(Talk):
    def __init__(self, server: Served, context: ssl.SSLContext, later: bool) -> None:
        if later:
            self.it = smtplib.SMTP(HOST, server.ports["submission"])
            self.it.starttls(context=context)
        else:
            self.it = smtplib.SMTP_SSL(HOST, server.ports["submissions"], context=context)
        self.it.ehlo()
        self.offers = " ".join(f"AUTH={name}" for name in self.it.esmtp_features["auth"].split())

    def authenticate(self, mechanism: str, *messages: Message, initial: bool = True) -> tuple[bool, list[bytes]]:
        said, waiting = [], list(messages)
        first = " " + (base64.b64encode(_next(waiting, said)).decode() or "=") if initial else ""
        code, text = self.it.docmd(f"AUTH {mechanism}{first}")
        while code == 334:
            said.append(base64.b64decode(text))
            code, text = self.it.docmd(base64.b64encode(_next(waiting, said)).decode())
        assert (code, text[:5]) in ((235, b"2.7.0"), (535, b"5.7.8")), (code, text)
        return code == 235, said

    def log_in(self, name: str, password: str) -> bool:
        try:
            self.it.login(name, password)
        except smtplib.SMTPAuthenticationError:
            return False
        return True

    def is_open(self) -> bool:
        try:
            return self.it.noop()[0] == 250
        except (smtplib.SMTPServerDisconnected, OSError):
            return False

    def close(self) -> None:
        self.it.close()


DOORS = [(kind, later) for kind in (Imap, Pop3, Smtp) for later in (False, True)]
Kind = Callable[[Served, ssl.SSLContext, bool], Talk]
NAMES = [f"{kind.__name__} {'later' if later else 'at once'}" for kind, later in DOORS]
each_door = pytest.mark.parametrize(("kind", "later"), DOORS, ids=NAMES)
each_protocol = pytest.mark.parametrize("kind", [Imap, Pop3, Smtp])


@contextmanager
def talking(kind: Kind, site: Site, *addresses: str, later: bool = False) -> Iterator[Talk]:
    talk = kind(site.server, site.context(*addresses), later)
    try:
        yield talk
    finally:
        talk.close()


def bearer(token: str, header: str = "n,,") -> bytes:
    return f"{header}\1auth=Bearer {token}\1\1".encode()


@each_door
def test_a_token_lets_in(site: Site, kind: Kind, later: bool) -> None:
    """RFC 7628 §3.1"""
    for initial in (True, False):
        for message in (bearer(site.issuer.token()), bearer(site.issuer.token(), f"n,a={ALICE},")):
            with talking(kind, site, later=later) as talk:
                assert "AUTH=OAUTHBEARER" in talk.offers
                let_in, said = talk.authenticate("OAUTHBEARER", message, initial=initial)
                assert (let_in, said) == (True, [] if initial else [b""])
                assert talk.is_open()
    with talking(kind, site, later=later) as talk:
        assert "AUTH=XOAUTH2" in talk.offers
        assert talk.authenticate("XOAUTH2", f"user={ALICE}\1auth=Bearer {site.issuer.token()}\1\1".encode()) == (True, [])


@each_protocol
def test_a_token_that_is_not_good_is_told_so_before_the_end(site: Site, kind: Kind) -> None:
    """RFC 7628 §3.2.2, §3.2.3"""
    ended = site.issuer.token(exp=int(time.time()) - 3600)
    with talking(kind, site) as talk:
        assert talk.authenticate("OAUTHBEARER", bearer(ended), b"\1") == (False, [REFUSAL])
        assert talk.authenticate("OAUTHBEARER", bearer(site.issuer.token(), f"n,a={BOB},"), b"\1") == (False, [REFUSAL])
        assert talk.authenticate("XOAUTH2", f"user={ALICE}\1auth=Bearer {ended}\1\1".encode(), b"") == (
            False,
            [b'{"status":"400","schemes":"Bearer"}'],
        )
        assert talk.authenticate("OAUTHBEARER", bearer(site.issuer.token())) == (True, []), "and then another is tried"


@each_door
def test_a_certificate_lets_in(site: Site, kind: Kind, later: bool) -> None:
    """RFC 4422 Appendix A"""
    for initial in (True, False):
        for authorization in ("", ALICE):
            with talking(kind, site, ALICE, later=later) as talk:
                assert "AUTH=EXTERNAL" in talk.offers
                let_in, said = talk.authenticate("EXTERNAL", authorization.encode(), initial=initial)
                assert (let_in, said) == (True, [] if initial else [b""])
                assert talk.is_open()
    with talking(kind, site, ALICE, later=later) as talk:
        assert talk.authenticate("EXTERNAL", BOB.encode()) == (False, [])
    with talking(kind, site, ALICE, BOB, later=later) as talk:
        assert talk.authenticate("EXTERNAL", b"") == (False, []), "of two it is nobody's"
    with talking(kind, site, f"stranger@{DOMAIN}", later=later) as talk:
        assert talk.authenticate("EXTERNAL", b"") == (False, [])
        assert talk.log_in(ALICE, "sesame"), "whoever shows one may still use a password"


@each_door
def test_external_is_not_announced_to_whoever_has_no_certificate(site: Site, kind: Kind, later: bool) -> None:
    with talking(kind, site, later=later) as talk:
        assert "AUTH=PLAIN" in talk.offers
        assert "EXTERNAL" not in talk.offers


@each_door
def test_an_app_password_lets_in_where_it_may(site: Site, kind: Kind, later: bool) -> None:
    name = kind.__name__.lower()  # type: ignore[attr-defined]
    good = site.app_password("--for", name)
    bad = site.app_password("--for", ",".join({"imap", "pop3", "smtp"} - {name}))
    with talking(kind, site, later=later) as talk:
        assert not talk.log_in(ALICE, bad)
        assert talk.log_in(ALICE, good.upper())
    with talking(kind, site, later=later) as talk:
        assert talk.authenticate("PLAIN", f"\0{ALICE}\0{good}".encode()) == (True, [])
    with talking(kind, site, later=later) as talk:
        let_in, _ = talk.authenticate("LOGIN", ALICE.encode(), good.replace("-", "").encode(), initial=False)
        assert let_in


@each_door
def test_passwords_are_proved_without_being_sent(site: Site, kind: Kind, later: bool) -> None:
    """RFC 5802 §5, §6, RFC 9266 §3"""
    name = kind.__name__.lower()  # type: ignore[attr-defined]
    good = site.app_password("--for", name)
    bad = site.app_password("--for", ",".join({"imap", "pop3", "smtp"} - {name}))
    for password, flag, is_good in ((good, "n", True), ("sesame", "y", True), (bad, "n", False), ("wrong", "n", False)):
        with talking(kind, site, later=later) as talk:
            assert "SCRAM-SHA-256" in talk.offers
            assert "PLUS" not in talk.offers, "this is TLS 1.3"
            peer = scram_sha_256(ALICE, password, "fyko+d2lbbFgONRv", flag=flag)
            let_in, said = talk.authenticate("SCRAM-SHA-256", next(peer) or b"", peer.send, peer.send)
            assert (let_in, len(said)) == (is_good, 1 + is_good)


@each_protocol
def test_under_tls_1_2_a_proof_is_bound_to_the_channel(site: Site, kind: Kind) -> None:
    """RFC 5929 §3, RFC 7677 §4"""
    words, context = site.app_password(), site.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    for password in ("sesame", words):
        talk = kind(site.server, context, False)
        assert "SCRAM-SHA-256-PLUS" in talk.offers
        unique = talk.it.sock.get_channel_binding("tls-unique")  # type: ignore[attr-defined]
        peer = scram_sha_256(ALICE, password, "fyko+d2lbbFgONRv", ("tls-unique", unique))
        assert talk.authenticate("SCRAM-SHA-256-PLUS", next(peer) or b"", peer.send, peer.send)[0]
        talk.close()


def test_one_that_is_taken_back_ends_what_it_opened_within_seconds(site: Site) -> None:
    words, staying = site.app_password("--json"), site.app_password()
    import json

    made = json.loads(words)
    with (
        talking(Imap, site) as imap,
        talking(Smtp, site) as smtp,
        talking(Imap, site) as other,
        talking(Imap, site) as main,
    ):
        assert imap.log_in(ALICE, made["password"])
        assert smtp.log_in(ALICE, made["password"])
        assert other.log_in(ALICE, staying)
        assert main.log_in(ALICE, "sesame")
        site.server.run("account", "app-password", "remove", ALICE, str(made["id"]))
        began = time.monotonic()
        while (imap.is_open() or smtp.is_open()) and time.monotonic() < began + 60:
            time.sleep(0.02)
        assert not imap.is_open()
        assert not smtp.is_open()
        assert other.is_open()
        assert main.is_open()
    with talking(Imap, site) as imap:
        assert not imap.log_in(ALICE, made["password"])


def test_the_last_use_and_its_address_are_shown(site: Site) -> None:
    import json

    made = json.loads(site.app_password("--json"))
    with talking(Pop3, site) as talk:
        assert talk.log_in(ALICE, made["password"])
    began = time.monotonic()
    while True:
        shown = {each["id"]: each for each in json.loads(site.server.run("account", "app-password", "list", ALICE, "--json"))}
        found = shown[made["id"]]
        if found["last_used"] or time.monotonic() > began + 60:
            break
    assert found["last_address"] == "127.0.0.1"
    assert found["last_used"].startswith("20")
    assert "password" not in found


@each_protocol
def test_the_own_password_is_barred_where_the_account_says(site: Site, kind: Kind) -> None:
    name = kind.__name__.lower()  # type: ignore[attr-defined]
    site.server.run("account", "set", BOB, "password_protocols=none")
    with talking(kind, site) as talk:
        assert not talk.log_in(BOB, "sesame")
        site.server.run("account", "set", BOB, f"password_protocols={name}")
        assert talk.log_in(BOB, "sesame")
    site.server.run("account", "set", BOB, "password_protocols=")


def test_keys_are_read_again_at_reload_and_stay_where_they_are_none(site: Site) -> None:
    path = Path(site.server.folder) / "jwks.json"
    old, new = site.issuer, Issuer()

    def is_taken(issuer: Issuer) -> bool:
        with talking(Imap, site) as talk:
            return talk.authenticate("OAUTHBEARER", bearer(issuer.token()), b"\1")[0]

    def reload_until(issuer: Issuer) -> bool:
        assert site.server.process
        site.server.process.send_signal(signal.SIGHUP)
        by = time.monotonic() + 60
        while not (all(is_taken(issuer) for _ in range(6))):
            if time.monotonic() > by:
                return False
        return True

    assert is_taken(old)
    new.write(path)
    assert reload_until(new)
    assert not is_taken(old)
    path.write_text("{}")
    assert reload_until(new)
    old.write(path)
    assert reload_until(old)


def test_no_secret_is_in_the_log(site: Site) -> None:
    token, words = site.issuer.token(exp=1), site.app_password()
    good = site.issuer.token()
    with talking(Imap, site) as talk:
        talk.authenticate("OAUTHBEARER", bearer(token), b"\1")
        talk.log_in(BOB, words)
        assert talk.authenticate("OAUTHBEARER", bearer(good)) == (True, [])
    said = site.server.log.read_text()
    for secret in (token, good, words, words.replace("-", "")):
        assert secret not in said
    failed = [line for line in said.splitlines() if "log-in failed" in line]
    assert any("OAUTHBEARER" in line and "127.0.0.1" in line for line in failed)

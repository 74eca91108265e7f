"""Two whole Pillarboxes and a name system of their own on loopback, to see mail go from one to the other.

Each has an address of its own (127.0.0.2, 127.0.0.3), and all listen on one port in the place of 25. `python -m
pillarbox.testing.neighbourhood` shows a person what happens to a few messages.
"""

import contextlib
import imaplib
import json
import shutil
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from ..checks.keys import zone_strings
from ..net import authority
from .served import PASSWORD, Served, free_ports, stop

T = TypeVar("T")
HERE, THERE = "here.example", "there.example"
WITHIN = 90.0


@dataclass(frozen=True)
class House:
    """One of the two."""

    domain: str
    person: str
    served: Served

    @property
    def host(self) -> str:
        return self.served.host

    def submit(
        self,
        to: Sequence[str],
        message: bytes,
        options: Sequence[str] = (),
        rcpt: Sequence[str] = (),
        *,
        sender: str = "",
        user: str = "",
    ) -> None:
        """As its person would, or `user`, by submission under TLS; the options are of MAIL and of RCPT."""
        with smtplib.SMTP(self.host, self.served.ports["submission"], timeout=WITHIN) as client:
            client.starttls()
            client.login(user or self.person, PASSWORD)
            client.sendmail(sender or self.person, list(to), message, mail_options=list(options), rcpt_options=list(rcpt))

    def mailbox(self, name: str = "INBOX") -> list[bytes]:
        """Every message in a mailbox of its person's."""
        with self._opened(name) as client:
            return _fetched(client, "1:*")

    def awaits(self, wanted: bytes, name: str = "INBOX", within: float = WITHIN) -> bytes:
        """The first message in a mailbox that has this in it, as soon as it is there. Raises TimeoutError."""
        with self._opened(name) as client:

            def look() -> bytes | None:
                client.noop()
                _, told = client.response("EXISTS")
                return next((one for one in _fetched(client, "1:*") if wanted in one), None) if any(told) else None

            return eventually(look, f"{wanted!r} in {name} of {self.person}", within)

    @contextlib.contextmanager
    def _opened(self, name: str) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4(self.host, self.served.ports["imap"], timeout=WITHIN) as client:
            client.login(self.person, PASSWORD)
            client.select(name, readonly=True)
            yield client


@dataclass(frozen=True)
class Neighbourhood:
    here: House
    there: House
    folder: Path
    port: int
    """Of everyone's smtp door."""
    dns: int
    """The port of the name server, on 127.0.0.1."""


@contextlib.contextmanager
def neighbourhood(folder: Path, *, zone: str = "", secure: bool = True, settings: str = "") -> Iterator[Neighbourhood]:
    """Both running, their records published; stopped at the end whatever happens.

    `zone` has more lines for the zone, with "{port}" for that of everyone's smtp door; `settings` more for [outgoing]. With
    `secure` the zone is proved by DNSSEC, so that mail between them goes by DANE.
    """
    port, dns = free_ports(2)
    people = {HERE: (f"alice@{HERE}", "127.0.0.2"), THERE: (f"bob@{THERE}", "127.0.0.3")}
    settings = f"port = {port}\n{_proofs(folder, people)}{settings}"
    here, there = [_house(folder, domain, *people[domain], port, dns, settings) for domain in people]
    with contextlib.ExitStack() as stack:
        lines = [line for house in (here, there) for line in _published(house, port)]
        (folder / "zone").write_text("\n".join([*lines, zone.replace("{port}", str(port)), ""]))
        stack.callback(stop, _name_server(folder / "zone", dns, secure))
        for house in (here, there):
            house.served.start()
            stack.callback(_stopped, house.served)
        yield Neighbourhood(here, there, folder, port, dns)


def eventually(look: Callable[[], T | None], what: str, within: float = WITHIN) -> T:
    """What `look` finds as soon as it finds something. Raises TimeoutError."""
    deadline = time.monotonic() + within
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {within:.0f} seconds")
        time.sleep(0.05)
    return found


def _fetched(client: imaplib.IMAP4, which: str) -> list[bytes]:
    _, found = client.fetch(which, "(BODY.PEEK[])")
    return [part[1] for part in found if isinstance(part, tuple)]


def _proofs(folder: Path, domains: Iterable[str]) -> str:
    """A certificate for each, and whom all of them believe: a line of [outgoing]."""
    made = [authority.ensure(folder / f"tls-{domain}", f"mx.{domain}", datetime.now(UTC)) for domain in domains]
    (folder / "authorities.pem").write_bytes(b"".join(one.authority.read_bytes() for one in made))
    return f'trusted_certificates = "{folder}/authorities.pem"\n'


def _house(folder: Path, domain: str, person: str, host: str, port: int, dns: int, settings: str) -> House:
    served = Served(
        folder / domain,
        settings=f'[dns]\nservers = ["127.0.0.1:{dns}"]\nvalidating = true\n[checks]\ninside = []\n'
        f'[tls]\ncertificate = "{folder}/tls-{domain}/server.pem"\nkey = "{folder}/tls-{domain}/server.key"\n'
        f'[outgoing]\nsend_from = ["{host}"]\nipv6 = false\n{settings}\n',
        host=host,
        hostname=f"mx.{domain}",
        ports={"smtp": port},
    )
    served.run("domain", "add", domain)
    served.add_accounts([person])
    return House(domain, person, served)


def _published(house: House, port: int) -> Iterator[str]:
    """What its owner would put into the zone."""
    records = json.loads(house.served.run("domain", "records", house.domain, "--json"))
    for record in records:
        value = record["value"] if record["type"] != "TXT" else " ".join(f'"{part}"' for part in zone_strings(record["value"]))
        name = record["name"].replace("_25._tcp.", f"_{port}._tcp.")
        if record["type"] not in ("CNAME", "A", "AAAA", "CAA"):
            yield f"{name} {record['type']} {value}"
    yield f"mx.{house.domain} A {house.host}"
    yield f"{house.host} PTR mx.{house.domain}"


def _name_server(zone: Path, port: int, secure: bool) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-m", "pillarbox.testing.dns_server", str(zone), "--port", str(port)]
    process = subprocess.Popen([*words, *(["--secure"] if secure else [])], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def _stopped(served: Served) -> None:
    if served.process:
        served.stop()


# For a person to see.


def main() -> None:
    """Send a few messages, and say what became of them."""
    folder = Path(tempfile.mkdtemp(prefix="pillarbox-outgoing-"))
    print("Two Pillarboxes, here.example and there.example, and a name server for them.")
    try:
        with neighbourhood(folder) as street:
            _show(street)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _show(street: Neighbourhood) -> None:
    here, there = street.here, street.there
    print(f"\n1. {here.person} writes to {there.person}.")
    here.submit([there.person], _letter(here.person, there.person, "Hello over there", "first"))
    got = there.awaits(b"Hello over there")
    _print_fields(got, (b"received", b"authentication-results", b"dkim-signature", b"from", b"subject"))
    print("\n2. The whole way of that message, as `pillarbox trace` tells it:")
    print(_indented(eventually(lambda: _way(here, f"first@{HERE}"), "the journal")))
    print(f"\n3. {here.person} writes to nobody@{THERE}, and is told.")
    here.submit([f"nobody@{THERE}"], _letter(here.person, f"nobody@{THERE}", "Is anybody there?", "second"))
    print(_indented(here.awaits(b"could not").decode("utf-8", "replace")))
    print("\n4. Someone who is not from here.example says he is.")
    with smtplib.SMTP(there.host, street.port, timeout=WITHIN) as client, contextlib.suppress(smtplib.SMTPException):
        client.sendmail("eve@elsewhere.example", [there.person], _letter(here.person, there.person, "Trust me", "third"))
    print(f"   It went to Junk: {any(b'Trust me' in one for one in there.mailbox('Junk'))}")
    print("\n5. Are the records right? (`pillarbox domain check`)")
    with contextlib.suppress(RuntimeError):
        print(_indented(here.served.run("domain", "check", HERE)))
    print(f"\n6. What waits here: {here.served.run('queue', 'list', '--json').strip()}")


def _way(house: House, message: str) -> str:
    """The whole way of a message that has arrived; "" while the journal, which is a second behind, has not all of it."""
    try:
        told = house.served.run("trace", message)
    except RuntimeError:
        return ""
    return told if "  delivered" in told else ""


def _letter(sender: str, to: str, subject: str, name: str) -> bytes:
    fields = f"From: <{sender}>\r\nTo: <{to}>\r\nSubject: {subject}\r\nMessage-ID: <{name}@{HERE}>\r\n"
    return (fields + "\r\nHow are you?\r\n").encode()


def _print_fields(message: bytes, names: Sequence[bytes]) -> None:
    header = message.partition(b"\r\n\r\n")[0].replace(b"\r\n\t", b" ").replace(b"\r\n ", b" ")
    for line in header.split(b"\r\n"):
        if line.partition(b":")[0].lower() in names:
            print(f"   {line.decode('utf-8', 'replace')[:200]}")


def _indented(text: str) -> str:
    return "\n".join(f"   {line}" for line in text.rstrip().split("\n"))


if __name__ == "__main__":
    main()

"""Each sign of a machine that is not well, made up; nothing leaves loopback."""

import asyncio
import json
import shutil
import socket
import struct
import threading
import time
from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from click.testing import Result

from pillarbox.cli import premises, surroundings
from pillarbox.errors import OperatorError
from pillarbox.net import authority
from pillarbox.settings import Listen, Settings
from pillarbox.testing.fake_dns import Zone
from pillarbox.testing.served import served

Run = Callable[..., Result]
Beside = Callable[..., Any]
HOST = "mail.example.org"
INSIDE = ("doctor", "--no-outside")
Space = namedtuple("Space", "total used free")


def signs(run: Run, *words: str) -> dict[str, list[tuple[str, str]]]:
    """(state, sentence) by what they are about."""
    done = run(*(words or INSIDE), "--json")
    found: dict[str, list[tuple[str, str]]] = {}
    for sign in json.loads(done.stdout):
        found.setdefault(sign["about"], []).append((sign["state"], sign["says"]))
        assert sign["hint"] or sign["state"] == "ok"
    bad = {about for about, said in found.items() if any(state == "BAD" for state, _ in said)}
    assert isinstance(done.exception, OperatorError) == bool(bad)
    return found


def sign(run: Run, about: str, *words: str) -> tuple[str, str]:
    (found,) = signs(run, *words)[about]
    return found


@pytest.fixture
def well(run: Run, settings: Path, names: Zone) -> Zone:
    """A machine that has nothing but a certificate of its own to complain of."""
    run("domain", "add", "example.org")
    authority.ensure(settings.parent / "data" / "tls", HOST, datetime.now(UTC))
    settings.parent.joinpath("data").chmod(0o700)
    names.add(HOST, "A", "192.0.2.1")
    names.add(HOST, "AAAA", "2001:db8::1")
    names.add("192.0.2.1", "PTR", f"{HOST}.")
    names.add("2001:db8::1", "PTR", f"{HOST}.")
    return names


def test_a_machine_that_is_well(run: Run, well: Zone) -> None:
    assert {about: {state for state, _ in said} for about, said in signs(run).items()} == {
        "disk": {"ok"},
        "permissions": {"ok"},
        "certificate": {"?"},
        "resolver": {"ok"},
        "host name": {"ok"},
        "reverse name": {"ok"},
    }


def test_people_are_told_what_to_do(run: Run, well: Zone) -> None:
    well.remove("192.0.2.1")
    done = run(*INSIDE)
    assert isinstance(done.exception, OperatorError)
    assert done.exception.problem == "not well: reverse name"
    assert f"BAD reverse name 192.0.2.1 is nothing, not {HOST}\n                 ask whoever gave you" in done.stdout
    assert "ok  disk" in done.stdout


def test_a_full_disk(run: Run, well: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Space(10**12, 10**12, 10**8))
    state, says = sign(run, "disk")
    assert state == "BAD"
    assert says.startswith("100.0 MB free")


@pytest.mark.parametrize("name", ["", "system.db", "tls/server.key"])
def test_what_others_may_read(run: Run, well: Zone, settings: Path, name: str) -> None:
    path = settings.parent / "data" / name
    path.chmod(path.stat().st_mode | 0o004)
    state, says = sign(run, "permissions")
    assert state == "BAD"
    assert str(path) in says


def test_a_password_that_others_may_read(run: Run, well: Zone, settings: Path) -> None:
    secret = settings.parent / "smart.password"
    secret.write_text("sesame")
    secret.chmod(0o644)
    lines = 'smart_host = "smtp.example.net:587"\nsmart_host_user = "me"\nsmart_host_password_file = "smart.password"\n'
    settings.write_text(f"{settings.read_text()}[outgoing]\n{lines}")
    assert sign(run, "permissions")[0] == "BAD"
    secret.chmod(0o600)
    assert sign(run, "permissions")[0] == "ok"


# Certificates.


def certified(settings: Path, *names: str, until: datetime | None = None) -> trustme.CA:
    """Have a certificate for these names in the settings, and its authority believed."""
    ca = trustme.CA()
    leaf = ca.issue_cert(*names, not_after=until)
    folder = settings.parent
    leaf.private_key_pem.write_to_path(folder / "key.pem")
    folder.joinpath("key.pem").chmod(0o600)
    folder.joinpath("cert.pem").write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    ca.cert_pem.write_to_path(folder / "ca.pem")
    settings.write_text(f'{settings.read_text()}[tls]\ncertificate = "cert.pem"\nkey = "key.pem"\n')
    return ca


def trusting(settings: Path) -> None:
    settings.write_text(f'{settings.read_text()}[outgoing]\ntrusted_certificates = "ca.pem"\n')


@pytest.mark.parametrize("name", [HOST, "*.example.org"])
def test_a_certificate_that_all_believe(run: Run, well: Zone, settings: Path, name: str) -> None:
    certified(settings, "example.org", name)
    trusting(settings)
    state, says = sign(run, "certificate")
    assert (state, says.split(",")[0]) == ("ok", f"for {HOST}")


def test_a_certificate_that_nobody_believes(run: Run, well: Zone, settings: Path) -> None:
    certified(settings, HOST)
    state, says = sign(run, "certificate")
    assert state == "?"
    assert "not trusted here" in says


def test_a_certificate_for_another_name(run: Run, well: Zone, settings: Path) -> None:
    certified(settings, "www.example.org", "*.mail.example.org")
    trusting(settings)
    assert sign(run, "certificate") == ("BAD", f"is not for {HOST} but for www.example.org, *.mail.example.org")


@pytest.mark.parametrize(("days", "says"), [(-2, "ended on"), (3, "ends in")])
def test_a_certificate_at_its_end(run: Run, well: Zone, settings: Path, days: int, says: str) -> None:
    certified(settings, HOST, until=datetime.now(UTC) + timedelta(days=days, hours=1))
    trusting(settings)
    state, said = sign(run, "certificate")
    assert state == "BAD"
    assert said.startswith(says)


def test_a_certificate_with_another_key(run: Run, well: Zone, settings: Path) -> None:
    certified(settings, HOST)
    trustme.CA().issue_cert(HOST).private_key_pem.write_to_path(settings.parent / "key.pem")
    assert sign(run, "certificate")[0] == "BAD"


def test_a_file_that_is_no_certificate(run: Run, well: Zone, settings: Path) -> None:
    certified(settings, HOST)
    settings.parent.joinpath("cert.pem").write_text("nothing of the kind")
    assert sign(run, "certificate")[0] == "BAD"


def test_no_certificate_yet(run: Run, settings: Path, names: Zone) -> None:
    assert sign(run, "certificate") == ("?", "there is none yet")


# Names.


def test_a_resolver_that_is_silent(run: Run, settings: Path) -> None:
    found = signs(run)
    assert found["resolver"][0][0] == "BAD"
    assert found["host name"][0][0] == "?"


def test_a_resolver_that_should_prove_what_it_says_and_does_not(run: Run, well: Zone, settings: Path) -> None:
    settings.write_text(settings.read_text() + "validating = true\n")
    assert sign(run, "resolver")[0] == "?"
    well.secure = True
    assert sign(run, "resolver") == ("ok", "answers, and proves what it says")


def test_a_host_that_nobody_finds(run: Run, well: Zone) -> None:
    well.remove(HOST)
    assert sign(run, "host name") == ("BAD", f"{HOST} has no address")


def test_each_address_must_be_called_by_our_name(run: Run, well: Zone) -> None:
    well.remove("2001:db8::1")
    well.add("2001:db8::1", "PTR", "customer-1.provider.example.")
    said = signs(run)["reverse name"]
    assert said == [("ok", f"192.0.2.1 is {HOST}"), ("BAD", f"2001:db8::1 is customer-1.provider.example, not {HOST}")]


def test_the_addresses_that_mail_leaves_from_are_those_that_count(run: Run, well: Zone, settings: Path) -> None:
    settings.write_text(f'{settings.read_text()}[outgoing]\nsend_from = ["192.0.2.7"]\n')
    assert signs(run)["reverse name"] == [("BAD", f"192.0.2.7 is nothing, not {HOST}")]


def test_what_nobody_can_say_is_not_said_to_be_bad(run: Run, well: Zone) -> None:
    well.remove("192.0.2.1")
    well.fails("192.0.2.1")
    assert signs(run)["reverse name"][0][0] == "?"


# Others, played by servers of our own.


@contextmanager
def playing(beside: Beside, replies: Sequence[bytes]) -> Iterator[int]:
    """A mail server that says these, one after the other, whatever it is told; its port."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in replies:
            writer.write(reply)
            if not await reader.readline():
                break
        writer.close()

    server = beside(asyncio.start_server(converse, "127.0.0.1", 0))
    yield server.sockets[0].getsockname()[1]

    async def close() -> None:
        server.close()

    beside(close())


OUTSIDE = ("doctor",)


@pytest.fixture
def nobody_knows_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "TIME", ("nowhere.invalid", 9))


def neighbours(names: Zone, settings: Path, port: int) -> None:
    """Everyone's mail server is at this port of ours."""
    for domain in surroundings.WELL_KNOWN:
        names.add(domain, "MX", f"10 mx.{domain}.")
        names.add(f"mx.{domain}", "A", "127.0.0.1")
    settings.write_text(f"{settings.read_text()}[outgoing]\nport = {port}\n")


@pytest.mark.usefixtures("nobody_knows_the_time")
def test_port_25_is_let_out(run: Run, well: Zone, settings: Path, beside: Beside) -> None:
    with playing(beside, [b"220-welcome\r\n220 to mx.example\r\n"]) as port:
        neighbours(well, settings, port)
        assert sign(run, "port 25", *OUTSIDE) == ("ok", "is let out")


@pytest.mark.usefixtures("nobody_knows_the_time")
@pytest.mark.parametrize("greeting", [b"554 not you\r\n", b"2" * 5000])
def test_port_25_is_not_let_out(run: Run, well: Zone, settings: Path, beside: Beside, greeting: bytes) -> None:
    with playing(beside, [greeting]) as port:
        neighbours(well, settings, port)
        assert sign(run, "port 25", *OUTSIDE)[0] == "BAD"


@pytest.mark.usefixtures("nobody_knows_the_time")
def test_port_25_is_not_needed_with_a_smart_host(run: Run, well: Zone, settings: Path) -> None:
    settings.write_text(f'{settings.read_text()}[outgoing]\nsmart_host = "smtp.example.net:587"\n')
    found = signs(run, *OUTSIDE)
    assert found["port 25"][0][0] == "ok"
    assert found["clock"] == [("?", "nobody told us the time")]


@contextmanager
def clock(ahead: float) -> Iterator[int]:
    """A time server whose clock is so far ahead; its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(60)

        def answer() -> None:
            _, asked_by = sock.recvfrom(48)
            seconds = int(time.time() + ahead) + surroundings.FROM_1900_TO_1970
            sock.sendto(b"\x24\x02" + bytes(38) + struct.pack("!II", seconds, 0), asked_by)

        thread = threading.Thread(target=answer)
        thread.start()
        yield sock.getsockname()[1]
        thread.join()


@pytest.mark.parametrize(("ahead", "state"), [(0, "ok"), (3600, "BAD"), (-60, "BAD")])
def test_the_clock(run: Run, well: Zone, settings: Path, monkeypatch: pytest.MonkeyPatch, ahead: float, state: str) -> None:
    settings.write_text(f'{settings.read_text()}[outgoing]\nsmart_host = "smtp.example.net:587"\n')
    well.add("time.example", "A", "127.0.0.1")
    with clock(ahead) as port:
        monkeypatch.setattr(surroundings, "TIME", ("time.example", port))
        found = sign(run, "clock", *OUTSIDE)
    assert found[0] == state
    assert abs(float(found[1].split()[0]) + ahead) < 2


def opened(settings: Path, port: int) -> None:
    settings.write_text(settings.read_text().replace("[listen]\n", f'[listen]\nsmtp = ["127.0.0.1:{port}"]\n'))


RELAY = [b"220 hi\r\n", b"250-me\r\n250 OK\r\n", b"250 OK\r\n"]


@pytest.mark.parametrize(
    ("last", "state"), [(b"250 OK\r\n", "BAD"), (b"554 5.7.1 no\r\n", "ok"), (b"451 4.7.1 greylisted\r\n", "?")]
)
def test_a_door_that_may_relay(run: Run, well: Zone, settings: Path, beside: Beside, last: bytes, state: str) -> None:
    with playing(beside, [*RELAY, last]) as port:
        opened(settings, port)
        assert sign(run, "open relay")[0] == state


@pytest.mark.parametrize("replies", [RELAY[:1], [b"220-\r\n" * 1000]])
def test_a_door_that_does_not_come_to_an_end(
    run: Run, well: Zone, settings: Path, beside: Beside, monkeypatch: pytest.MonkeyPatch, replies: list[bytes]
) -> None:
    monkeypatch.setattr(surroundings, "WITHIN", 0.2)
    with playing(beside, replies) as port:
        opened(settings, port)
        assert sign(run, "open relay")[0] == "?"


def test_a_door_that_nobody_has_opened(run: Run, well: Zone, settings: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    opened(settings, port)
    assert sign(run, "open relay")[0] == "?"


@pytest.mark.parametrize(
    ("listed", "reached"), [("0.0.0.0:25", "127.0.0.1"), ("[::]:25", "::1"), ("192.0.2.1:25", "192.0.2.1")]
)
def test_a_door_is_asked_where_this_machine_reaches_it(listed: str, reached: str) -> None:
    settings = Settings(listen=Listen(smtp=[listed, "unix:/run/smtp"]))
    assert list(premises.smtp_doors(settings)) == [(reached, 25)]


def test_our_own_door_relays_for_nobody(tmp_path: Path) -> None:
    with served(tmp_path, workers=1, accounts=["alice@example.org"]) as server, pytest.raises(RuntimeError) as failed:
        server.run("doctor", "--no-outside")  # no resolver answers here, so it fails
    assert "sends nothing on for strangers: 5" in str(failed.value)

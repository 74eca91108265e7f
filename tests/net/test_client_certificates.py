"""People who show a certificate of theirs, and those who do not."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from identity import People
from net.test_listener import HIDDEN, PLAIN, connect, premises, serving
from pillarbox.errors import OperatorError
from pillarbox.net import authority
from pillarbox.net.listener import Door
from pillarbox.net.stream import Stream
from pillarbox.net.tls import ServerTls, addresses_of

ALICE = "alice@example.org"
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


class Place:
    """A server that asks for certificates, and a client that trusts it."""

    def __init__(self, folder: Path) -> None:
        self.made = authority.ensure(folder, "localhost", datetime.now(UTC))
        self.people = People(folder)
        self.tls = ServerTls(self.made.certificate, self.made.key, client_authorities=self.people.path)

    def client(self, *addresses: str, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.made.authority))
        context.maximum_version = version
        return self.people.show(context, *addresses) if addresses else context


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


async def tell(stream: Stream, door: Door) -> None:
    """Say whose certificate was shown."""
    if not door.implicit_tls:
        await stream.receive(5)
        await stream.send(b"go\r\n", 1)
        await stream.start_tls()
    assert stream.tls is not None
    await stream.send(f"{addresses_of(stream.tls.certificate) if stream.tls.certificate else None}\r\n".encode(), 1)
    await stream.receive(5)


@asynccontextmanager
async def told(place: Place, door: Door, context: ssl.SSLContext) -> AsyncIterator[str]:
    async with serving(door, tell, premises(tls=place.tls)) as (_, port):
        if door.implicit_tls:
            reader, writer = await connect(port, ssl=context, server_hostname="localhost")
        else:
            reader, writer = await connect(port)
            writer.write(b"STARTTLS\r\n")
            await reader.readline()
            await writer.start_tls(context, server_hostname="localhost")
        yield (await reader.readline()).decode().strip()
        writer.close()


@pytest.mark.parametrize("door", [PLAIN, HIDDEN], ids=["later", "at once"])
@pytest.mark.parametrize("version", VERSIONS)
async def test_whoever_shows_one_is_known_and_whoever_does_not_is_served(
    place: Place, door: Door, version: ssl.TLSVersion
) -> None:
    door = replace(door, people=True)
    async with told(place, door, place.client(ALICE, version=version)) as heard:
        assert heard == f"['{ALICE}']"
    async with told(place, door, place.client(version=version)) as heard:
        assert heard == "None"


@pytest.mark.parametrize("door", [PLAIN, HIDDEN], ids=["later", "at once"])
async def test_other_servers_are_not_asked(place: Place, door: Door) -> None:
    async with told(place, door, place.client(ALICE)) as heard:
        assert heard == "None"


async def is_refused(place: Place, context: ssl.SSLContext) -> bool:
    """With TLS 1.3 the client learns of it by what it reads."""
    try:
        async with told(place, replace(HIDDEN, people=True), context) as heard:
            return not heard
    except (ConnectionError, ssl.SSLError):
        return True


async def test_one_that_is_not_good_ends_the_handshake(place: Place, tmp_path: Path) -> None:
    (tmp_path / "others").mkdir()
    stranger = People(tmp_path / "others").show(place.client(), ALICE)
    assert await is_refused(place, stranger)
    assert await is_refused(place, place.people.show(place.client(), ALICE, ends=datetime.now(UTC) - timedelta(days=1)))
    assert not await is_refused(place, place.client(ALICE))


async def test_one_that_was_taken_back_is_not_good(place: Place) -> None:
    bob, alice = place.client("bob@example.org"), place.client(ALICE)
    place.people.take_back(place.people.last)
    assert not await is_refused(place, alice), "the list is read when the server is told to"
    place.tls.load()
    assert await is_refused(place, alice)
    assert not await is_refused(place, bob)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_resumed_session_has_the_certificate_of_the_first(place: Place, version: ssl.TLSVersion) -> None:
    """RFC 8446 §2.2: who resumes shows nothing again. By threads, as asyncio's clients resume nothing."""
    context = place.client(ALICE, version=version)

    def ask(port: int, session: ssl.SSLSession | None) -> tuple[str, bool, ssl.SSLSession]:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=60) as sock,
            context.wrap_socket(sock, server_hostname="localhost", session=session) as tls,
        ):
            heard = tls.recv(1000).decode().strip()
            assert tls.session is not None
            return heard, bool(tls.session_reused), tls.session

    async with serving(replace(HIDDEN, people=True), tell, premises(tls=place.tls)) as (_, port):
        first, reused, session = await asyncio.to_thread(ask, port, None)
        assert (first, reused) == (f"['{ALICE}']", False)
        again, reused, _ = await asyncio.to_thread(ask, port, session)
        assert (again, reused) == (f"['{ALICE}']", True)
        place.tls.load()
        later, reused, _ = await asyncio.to_thread(ask, port, session)
        assert (later, reused) == (f"['{ALICE}']", False), "what was believed before is looked at again"


def der(authority: trustme.CA, *addresses: str, name: str | None = None) -> bytes:
    made = authority.issue_cert(*addresses, common_name=name)
    return x509.load_pem_x509_certificate(made.cert_chain_pems[0].bytes()).public_bytes(serialization.Encoding.DER)


def in_subject(*addresses: str, beside: str = "") -> bytes:
    """As older authorities wrote them."""
    key = serialization.load_pem_private_key(trustme.CA().private_key_pem.bytes(), None)
    name = x509.Name([x509.NameAttribute(x509.NameOID.EMAIL_ADDRESS, each) for each in addresses])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))  # type: ignore[arg-type]
    if beside:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(beside)]), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)  # type: ignore[arg-type]


def test_the_addresses_are_the_names_for_mail_and_only_without_those_the_subjects() -> None:
    people = trustme.CA()
    assert addresses_of(der(people, ALICE, "a@example.net", "www.example.org")) == [ALICE, "a@example.net"]
    assert addresses_of(der(people, "www.example.org", name=ALICE)) == []
    assert addresses_of(in_subject(ALICE)) == [ALICE]
    assert addresses_of(in_subject("a@example.org", "b@example.org")) == ["a@example.org", "b@example.org"]
    assert addresses_of(in_subject("a@example.org", beside="b@example.org")) == ["b@example.org"]
    for noise in (b"", b"noise", der(people, ALICE)[:-100]):
        assert addresses_of(noise) == []


@pytest.mark.parametrize("content", [None, b"", b"noise", "leaf"])
def test_authorities_that_are_none_are_said_so(tmp_path: Path, content: bytes | str | None) -> None:
    made = authority.ensure(tmp_path, "localhost", datetime.now(UTC))
    path = tmp_path / "people.pem"
    if content is not None:
        path.write_bytes(made.certificate.read_bytes().split(b"\n\n")[0] if isinstance(content, str) else content)
    if content == "leaf":
        leaf = x509.load_pem_x509_certificates(made.certificate.read_bytes())[0]
        path.write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    with pytest.raises(OperatorError) as problem:
        ServerTls(made.certificate, made.key, client_authorities=path)
    assert "client_authorities" in problem.value.hint

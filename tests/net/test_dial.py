"""Connections to other servers: made, refused, and put under the TLS that was asked for."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from pillarbox.errors import OperatorError
from pillarbox.limits import ConnectionLimits
from pillarbox.net.client_tls import ClientTls, TlsFailed
from pillarbox.net.dial import dial
from pillarbox.net.stream import PlaintextBehindTls, Stream

HERE = ip_address("127.0.0.1")
AUTHORITY = trustme.CA()
STRANGER = trustme.CA()
HOST = "mx.example.org"
LONG_AGO = datetime.now(UTC) - timedelta(days=30)


class Server:
    """Greets, takes STARTTLS, and echoes what it hears under TLS."""

    def __init__(self, context: ssl.SSLContext | None = None, *, implicit: bool = False, behind: bytes = b"") -> None:
        self.context = context
        self.implicit = implicit
        self.behind = behind
        """Sent in the clear, behind the answer to STARTTLS."""
        self.server_names: list[str | None] = []
        self.peers: list[Any] = []
        self._talks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def serving(self, host: str = "127.0.0.1") -> AsyncIterator[int]:
        if self.context is not None:
            self.context.sni_callback = lambda _, name, __: self.server_names.append(name)
        server = await asyncio.start_server(self._talk, host, 0, ssl=self.context if self.implicit else None)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for talk in self._talks:
                talk.cancel()
            await asyncio.gather(*self._talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        self.peers.append(writer.get_extra_info("peername"))
        try:
            writer.write(b"220 hello\r\n")
            if self.context is not None and not self.implicit:
                await reader.readuntil(b"STARTTLS\r\n")
                writer.write(b"220 go ahead\r\n" + self.behind)
                await writer.drain()
                await writer.start_tls(self.context)
            while data := await reader.read(1000):
                writer.write(data)
        except (OSError, EOFError):
            pass
        finally:
            writer.close()


def certified(*names: str, authority: trustme.CA = AUTHORITY, **more: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **more).configure_cert(context)
    return context


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    AUTHORITY.cert_pem.write_to_path(path)
    return path


async def started(port: int, upgrade: Any) -> Stream:
    """A connection that has been told to go ahead with TLS, and has done so."""
    stream = await dial(HERE, port, within=60, upgrade=upgrade)
    try:
        await stream.receive(5)
        await stream.send(b"STARTTLS\r\n", 5)
        assert (await stream.receive(5) or b"").startswith(b"220 go")
        await stream.start_tls()
    except BaseException:
        stream.abort()
        raise
    return stream


async def echoed(stream: Stream, data: bytes) -> bytes:
    await stream.send(data, 5)
    got = b""
    while len(got) < len(data):
        got += await stream.receive(5) or b"<end>"
    return got


# Connections.


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_connection_is_made(host: str) -> None:
    async with Server().serving(host) as port:
        stream = await dial(ip_address(host), port, within=60)
        assert await stream.receive(5) == b"220 hello\r\n"
        assert await echoed(stream, b"abc") == b"abc"
        assert (str(stream.peer), stream.peer.port, stream.local[0]) == (host, port, host)
        assert stream.local[1] > 0
        await stream.close()


async def test_it_comes_from_the_address_that_was_wanted() -> None:
    server = Server()
    async with server.serving() as port:
        stream = await dial(HERE, port, within=60, source=ip_address("127.0.0.9"))
        await stream.receive(5)
        assert server.peers[0][0] == stream.local[0] == "127.0.0.9"
        await stream.close()


async def test_where_nobody_listens_the_reason_is_plain() -> None:
    async with Server().serving() as port:
        pass
    with pytest.raises(ConnectionError, match=r"^connection refused$"):
        await dial(HERE, port, within=60)


async def test_an_address_that_is_not_ours_cannot_be_where_it_comes_from() -> None:
    async with Server().serving() as port:
        with pytest.raises(ConnectionError):
            await dial(HERE, port, within=60, source=ip_address("192.0.2.1"))


async def test_who_does_not_answer_is_not_waited_for() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        with pytest.raises(TimeoutError, match=r"no connection within 0\.05 s"):
            await dial(HERE, address[1], within=0.05)
        for each in waiting:
            each.close()


# TLS.


@pytest.mark.parametrize("verify", [False, True])
async def test_tls_is_started(trusted: Path, verify: bool) -> None:
    server = Server(certified(HOST))
    async with server.serving() as port:
        stream = await started(port, ClientTls(trusted).upgrade(HOST, verify=verify))
        assert stream.tls is not None
        assert stream.tls.version == "TLSv1.3"
        assert stream.tls.cipher
        assert await echoed(stream, b"x" * 100_000) == b"x" * 100_000
        assert server.server_names == [HOST]
        await stream.close()


async def test_tls_from_the_first_byte(trusted: Path) -> None:
    server = Server(certified(HOST), implicit=True)
    async with server.serving() as port:
        stream = await dial(HERE, port, within=60, upgrade=ClientTls(trusted).upgrade(HOST, verify=True))
        await stream.start_tls()
        assert await stream.receive(5) == b"220 hello\r\n"
        assert await echoed(stream, b"abc") == b"abc"
        await stream.close()


async def test_what_the_server_showed_is_there_to_be_compared(trusted: Path) -> None:
    middle = AUTHORITY.create_child_ca()
    leaf = middle.issue_cert(HOST)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    shown = tuple(ssl.PEM_cert_to_DER_cert(pem.bytes().decode()) for pem in leaf.cert_chain_pems)
    assert len(shown) > 1
    async with Server(context).serving() as port:
        for verify in (False, True):
            stream = await started(port, ClientTls(trusted).upgrade(HOST, verify=verify))
            assert stream.tls is not None
            assert stream.tls.certificate == shown[0]
            assert stream.tls.chain == shown
            assert "certificate" not in repr(stream.tls)
            await stream.close()


async def test_tls_1_2_is_good_enough_and_1_1_is_not(trusted: Path) -> None:
    context = certified(HOST)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with Server(context).serving() as port:
        stream = await started(port, ClientTls(trusted).upgrade(HOST, verify=False))
        assert stream.tls is not None
        assert stream.tls.version == "TLSv1.2"
        await stream.close()
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with Server(context).serving() as port:
        with pytest.raises(TlsFailed) as failed:
            await started(port, ClientTls(trusted).upgrade(HOST, verify=False))
        assert failed.value.kind == "validation-failure"


def unfit(kind: str) -> ssl.SSLContext:
    match kind:
        case "expired":
            return certified(HOST, not_before=LONG_AGO, not_after=LONG_AGO + timedelta(days=1))
        case "not yet":
            return certified(HOST, not_before=datetime.now(UTC) + timedelta(days=1))
        case "another name":
            return certified("mx.example.net", "*.mx.example.org")
        case "common name only":
            return certified("mx.example.net", common_name=HOST)
        case "an address":
            return certified("127.0.0.1")
        case "a stranger's":
            return certified(HOST, authority=STRANGER)
    raise ValueError(kind)


@pytest.mark.parametrize(
    ("certificate", "kind"),
    [
        ("expired", "certificate-expired"),
        ("not yet", "validation-failure"),
        ("another name", "certificate-host-mismatch"),
        ("common name only", "certificate-host-mismatch"),
        ("an address", "certificate-host-mismatch"),
        ("a stranger's", "certificate-not-trusted"),
    ],
)
async def test_a_certificate_that_is_not_right_is_refused_where_it_matters(trusted: Path, certificate: str, kind: str) -> None:
    async with Server(unfit(certificate)).serving() as port:
        with pytest.raises(TlsFailed) as failed:
            await started(port, ClientTls(trusted).upgrade(HOST, verify=True))
        assert failed.value.kind == kind
        assert failed.value.detail
        stream = await started(port, ClientTls(trusted).upgrade(HOST, verify=False))
        assert await echoed(stream, b"abc") == b"abc"
        await stream.close()


async def test_a_host_that_is_an_address_is_verified_as_one(trusted: Path) -> None:
    server = Server(certified("127.0.0.1"))
    async with server.serving() as port:
        stream = await started(port, ClientTls(trusted).upgrade("127.0.0.1", verify=True))
        assert server.server_names == [None]
        await stream.close()


NO_NAMES = ["", ".", ".example", "a..example", "a" * 64 + ".example", "mx\0.example", "mx example", "bücher.example"]


@pytest.mark.parametrize("name", NO_NAMES)
async def test_a_name_that_cannot_be_one_is_no_host_s(trusted: Path, name: str) -> None:
    async with Server(certified(HOST)).serving() as port:
        with pytest.raises(TlsFailed, match="certificate-host-mismatch"):
            await started(port, ClientTls(trusted).upgrade(name, verify=True))


@pytest.mark.parametrize("name", NO_NAMES)
async def test_where_names_do_not_matter_one_that_cannot_be_one_is_not_said(trusted: Path, name: str) -> None:
    server = Server(certified(HOST))
    async with server.serving() as port:
        await (await started(port, ClientTls(trusted).upgrade(name, verify=False))).close()
        assert server.server_names == [None]


async def test_a_last_dot_is_no_part_of_a_name(trusted: Path) -> None:
    async with Server(certified(HOST)).serving() as port:
        await (await started(port, ClientTls(trusted).upgrade(f"{HOST}.", verify=True))).close()


async def test_a_weak_key_is_better_than_none_and_not_good_enough_where_it_matters(tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 1024)
    context = self_signed(tmp_path, key)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    async with Server(context).serving() as port:
        await (await started(port, ClientTls().upgrade(HOST, verify=False))).close()
        with pytest.raises(TlsFailed):
            await started(port, ClientTls(tmp_path / "cert.pem").upgrade(HOST, verify=True))


async def test_a_common_name_is_no_name_of_a_host(tmp_path: Path) -> None:
    context = self_signed(tmp_path, ec.generate_private_key(ec.SECP256R1()), named=False)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    async with Server(context).serving() as port:
        with pytest.raises(TlsFailed, match="certificate-host-mismatch"):
            await started(port, ClientTls(tmp_path / "cert.pem").upgrade(HOST, verify=True))


async def test_nobody_believes_the_authority_of_another() -> None:
    async with Server(certified(HOST)).serving() as port:
        with pytest.raises(TlsFailed, match="certificate-not-trusted"):
            await started(port, ClientTls().upgrade(HOST, verify=True))


@pytest.mark.parametrize("behind", [b"250 injected\r\n", b"\x16"])
async def test_nothing_said_in_the_clear_behind_starttls_is_heard_under_tls(trusted: Path, behind: bytes) -> None:
    async with Server(certified(HOST), behind=behind).serving() as port:
        stream = await dial(HERE, port, within=60, upgrade=ClientTls(trusted).upgrade(HOST, verify=False))
        await stream.receive(5)
        await stream.send(b"STARTTLS\r\n", 5)
        heard = await stream.receive(5)
        # What came in one piece with the answer is the engine's to refuse; what the stream still has, it refuses itself.
        assert heard == b"220 go ahead\r\n" + behind
        stream.abort()


async def test_plaintext_the_stream_still_has_ends_the_connection(trusted: Path) -> None:
    async with Server(certified(HOST)).serving() as port:
        stream = await dial(HERE, port, within=60, upgrade=ClientTls(trusted).upgrade(HOST, verify=False))
        await stream.receive(5)
        stream.data_received(b"250 injected\r\n")
        with pytest.raises(PlaintextBehindTls):
            await stream.start_tls()
        assert stream.closed


async def test_a_server_that_speaks_no_tls_after_all_has_none(trusted: Path) -> None:
    async with Server().serving() as port:
        stream = await dial(HERE, port, within=60, upgrade=ClientTls(trusted).upgrade(HOST, verify=False))
        await stream.receive(5)
        with pytest.raises(TlsFailed) as failed:  # it echoes our hello
            await stream.start_tls()
        assert failed.value.kind == "validation-failure"
        assert stream.closed


async def test_a_server_that_hangs_up_in_the_handshake_has_no_tls(trusted: Path) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    stream = await dial(
        HERE, server.sockets[0].getsockname()[1], within=60, upgrade=ClientTls(trusted).upgrade(HOST, verify=False)
    )
    with pytest.raises(TlsFailed):
        await stream.start_tls()
    server.close()


async def test_a_handshake_that_does_not_go_on_is_given_up(trusted: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        limits = ConnectionLimits(tls_handshake=0.05)
        upgrade = ClientTls(trusted, limits).upgrade(HOST, verify=False)
        stream = await dial(HERE, silent.getsockname()[1], within=60, upgrade=upgrade)
        with pytest.raises(TlsFailed):
            await stream.start_tls()


@pytest.mark.parametrize("text", ["no certificate", None])
def test_a_file_of_no_certificates_is_refused_at_the_start(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "ca.pem"
    if text is not None:
        path.write_text(text)
    with pytest.raises(OperatorError, match=r"ca\.pem"):
        ClientTls(path)


def self_signed(folder: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, *, named: bool = True) -> ssl.SSLContext:
    """Its files, in which it stands by its alternative name only where it is `named`; a context for them."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(LONG_AGO)
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
    )
    if named:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    encoding = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(encoding))
    (folder / "key.pem").write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

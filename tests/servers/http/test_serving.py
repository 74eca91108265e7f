"""The doors http and https of a real server: TLS, limits shared with the other protocols, log-ins taken back, stopping."""

import base64
import contextlib
import http.client
import json
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pillarbox.testing.served import Served, served

ALICE, BOB = "alice@example.org", "bob@example.org"
WITHIN = 90.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """It stops though connections are kept for the next request, or have never asked anything."""
    with served(tmp_path_factory.mktemp("web"), 2, accounts=(ALICE, BOB), web=True) as found:
        yield found
        kept = https(found)
        kept.request("GET", "/healthz")
        assert kept.getresponse().read() == b"alive\n"
        silent = socket.create_connection(("127.0.0.1", found.ports["http"]), timeout=WITHIN)
        assert found.stop() == 0
        assert kept.sock.recv(1) == silent.recv(1) == b""
        silent.close()
        kept.close()


def basic(identity: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{identity}:{password}".encode()).decode()


def https(server: Served) -> http.client.HTTPSConnection:
    return http.client.HTTPSConnection("localhost", server.ports["https"], timeout=WITHIN, context=server.client_context())


def test_both_doors_are_open_and_lead_to_jmap(server: Served) -> None:
    connection = https(server)
    for _ in range(3):  # on one connection
        connection.request("GET", "/jmap/session", headers={"Authorization": basic(ALICE, "sesame")})
        answer = connection.getresponse()
        assert answer.status == 200
        assert json.loads(answer.read())["username"] == ALICE
    connection.close()
    plain = http.client.HTTPConnection("127.0.0.1", server.ports["http"], timeout=WITHIN)
    plain.request("GET", "/readyz")
    assert plain.getresponse().status == 200
    plain.close()


def test_http_1_1_is_agreed_on_here_and_nothing_where_mail_is_spoken(server: Served) -> None:
    """RFC 7301 §3.1"""
    for door, wanted in (("https", "http/1.1"), ("imaps", None)):
        context = server.client_context()
        context.set_alpn_protocols(["h2", "http/1.1"])
        with (
            socket.create_connection(("127.0.0.1", server.ports[door]), timeout=WITHIN) as sock,
            context.wrap_socket(sock, server_hostname="localhost") as tls,
        ):
            assert tls.selected_alpn_protocol() == wanted


def test_what_is_asked_bears_the_name_of_its_connection_in_the_log(server: Served) -> None:
    connection = https(server)
    connection.request("GET", "/known-by-its-name?secret=xyzzy", headers={"Authorization": basic(ALICE, "wr0ng-word")})
    assert connection.getresponse().status == 404
    connection.close()
    (event,) = [json.loads(line) for line in _log(server, "/known-by-its-name").splitlines() if "known-by-its-name" in line]
    assert (event["event"], event["door"], event["peer"], event["status"]) == ("request", "https", "127.0.0.1", 404)
    assert re.fullmatch("[a-z2-7]{8}", event["cid"])
    assert "xyzzy" not in server.log.read_text()
    assert "wr0ng-word" not in server.log.read_text()


def _log(server: Served, word: str) -> str:
    """The log, once the word is in it."""
    deadline = time.monotonic() + WITHIN
    while word not in (text := server.log.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return text


def test_an_event_source_ends_when_the_password_that_opened_it_is_taken_back(server: Served) -> None:
    made = json.loads(server.run("account", "app-password", "add", BOB, "tablet", "--json"))
    words, number = made["password"], made["id"]
    connection = https(server)
    query = "types=*&closeafter=no&ping=0"
    connection.request("GET", f"/jmap/eventsource?{query}", headers={"Authorization": basic(BOB, words)})
    answer = connection.getresponse()
    assert answer.status == 200
    server.run("account", "app-password", "remove", BOB, str(number))
    with contextlib.suppress(ConnectionError, ssl.SSLError, http.client.IncompleteRead):
        answer.read()  # until it ends, however it does: else it takes longer than its connection may
    connection.close()


HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "jmap",
}


@pytest.mark.parametrize(("password", "status"), [("sesame", 101), ("wr0ng-word", 401), (None, 401)])
def test_a_websocket_is_opened_to_whoever_logs_in(server: Served, password: str | None, status: int) -> None:
    connection = https(server)
    given = {"Authorization": basic(ALICE, password)} if password else {}
    connection.request("GET", "/jmap/ws", headers=HANDSHAKE | given)
    answer = connection.getresponse()
    assert answer.status == status
    assert ("basic" in (answer.getheader("WWW-Authenticate") or "").lower()) is (status == 401)
    connection.close()


def test_a_browser_that_is_signed_out_is_put_out_of_every_connection(server: Served) -> None:
    origin = f"https://localhost:{server.ports['https']}"
    connection = https(server)
    given = json.dumps({"address": BOB, "password": "sesame"})
    connection.request("POST", "/sign-in", given, {"Content-Type": "application/json", "Origin": origin})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    answer.read()
    for said, status in ((origin, 101), ("https://evil.example", 403), (None, 403)):
        socket_ = https(server)
        headers = HANDSHAKE | {"Cookie": cookie} | ({"Origin": said} if said else {})
        socket_.request("GET", "/jmap/ws", headers=headers)
        assert socket_.getresponse().status == status
        socket_.close()
    events = https(server)
    events.request("GET", "/jmap/eventsource?types=*&closeafter=no&ping=0", headers={"Cookie": cookie, "Origin": origin})
    answer = events.getresponse()
    assert answer.status == 200
    (shown,) = json.loads(server.run("account", "sign-in", "list", BOB, "--json"))
    server.run("account", "sign-in", "end", BOB, str(shown["id"]))
    with contextlib.suppress(ConnectionError, ssl.SSLError, http.client.IncompleteRead):
        answer.read()  # until it ends, however it does
    connection.request("GET", "/jmap/session", headers={"Cookie": cookie})
    assert connection.getresponse().status == 401
    events.close()
    connection.close()
    assert cookie.partition("=")[2] not in server.log.read_text()


def test_curl_is_told_to_come_by_https_and_does(server: Served, tmp_path: Path) -> None:
    command = ["curl", "--silent", "--show-error", "--fail", "--location", "--max-time", "90", "--cacert", str(server.ca)]
    where = f"https://localhost:{server.ports['https']}"
    for body in ("small", "x" * 2_000_000):  # curl waits for 100 Continue before the longer one
        upload = tmp_path / "upload"
        upload.write_text(body)
        session = json.loads(subprocess.check_output([*command, "--user", f"{ALICE}:sesame", f"{where}/.well-known/jmap"]))
        url = session["uploadUrl"].replace("{accountId}", session["primaryAccounts"]["urn:ietf:params:jmap:mail"])
        answer = subprocess.check_output([*command, "--user", f"{ALICE}:sesame", "--data-binary", f"@{upload}", url])
        assert json.loads(answer)["size"] == len(body)

"""Programs register themselves (RFC 7591)."""

import base64
from typing import Any

import pytest

from allowing import APP, HERE, PAGE, Program, registered
from pillarbox.mail.office import Office
from pillarbox.servers.http.oauth import redirection, scopes


async def test_a_program_registers_and_nothing_is_kept_of_it(program: Program, office: Office) -> None:
    before = await office.kept.version()
    response = await registered(program.browser)
    assert response.status_code == 201
    said = response.json()
    assert said["token_endpoint_auth_method"] == "none"
    assert "client_secret" not in said
    assert said["redirect_uris"] == [HERE, PAGE, APP]
    assert said["client_id"] == program.id, "the same, and so the same id"
    assert await office.kept.version() == before


async def test_no_client_id_can_be_made_up(program: Program) -> None:
    raw = base64.urlsafe_b64decode(program.id + "=" * (-len(program.id) % 4))
    forged = raw.replace(b"reader.example", b"thieve.example")
    for data in (forged, raw[:-1], raw + b"x", b"", b"x" * 16, raw[:-16] + b"0" * 16):
        id_ = base64.urlsafe_b64encode(data).decode().rstrip("=")
        assert (await program.page(client_id=id_)).status_code == 400
    for id_ in (program.id + "=", program.id + "A", "é", program.id.lower()):
        assert (await program.page(client_id=id_)).status_code == 400


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"redirect_uris": None}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": "https://x.example/"}, "invalid_redirect_uri"),
        ({"redirect_uris": [5]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://x.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [HERE] * 9}, "invalid_redirect_uri"),
        ({"redirect_uris": [HERE, "javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"client_name": 5}, "invalid_client_metadata"),
        ({"client_name": "x" * 101}, "invalid_client_metadata"),
        ({"client_name": "x\ny"}, "invalid_client_metadata"),
        ({"client_name": "Bank\u202egnihsihp"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "invalid_client_metadata"),
        ({"grant_types": ["password"]}, "invalid_client_metadata"),
        ({"grant_types": 5}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
    ],
)
async def test_what_is_no_program_does_not_register(program: Program, changed: dict[str, Any], error: str) -> None:
    response = await registered(program.browser, **changed)
    assert (response.status_code, response.json()["error"]) == (400, error)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b"[" * 30_000])
async def test_noise_does_not_register(program: Program, data: bytes) -> None:
    assert (await program.http.post("/oauth/register", content=data)).json()["error"] == "invalid_client_metadata"


@pytest.mark.parametrize(
    ("uri", "is_safe"),
    [
        ("https://a.example", True),
        ("https://a.example/", True),
        ("https://a.example:8443/x?y=z", True),
        ("https://a.example/x#y", False),
        ("https://a@b.example/", False),
        ("https:///x", False),
        ("https://a.example\\@b.example/", False),
        ("https://a.example/ x", False),
        ("https://a.example/\u00e9", False),
        ("http://a.example/", False),
        ("http://127.0.0.1:5000/x", True),
        ("http://[::1]:5000/x", True),
        ("http://localhost", True),
        ("http://127.0.0.2/", False),
        ("http://localhost.evil.example/", False),
        ("com.example.app:/x", True),
        ("com.example.app://x", True),
        ("app:/x", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("urn:ietf:wg:oauth:2.0:oob", False),
        ("", False),
        ("https://a.example/" + "x" * 500, False),
    ],
)
def test_an_answer_goes_only_where_the_program_alone_can_be(uri: str, is_safe: bool) -> None:
    assert redirection.is_safe(uri) is is_safe


def test_a_port_of_this_machine_is_free_and_nothing_else_is() -> None:
    assert redirection.fits("http://127.0.0.1:51234/callback", [HERE])
    assert redirection.fits("http://[::1]:51234/callback", ["http://[::1]/callback"])
    assert not redirection.fits("http://127.0.0.1:51234/other", [HERE])
    assert not redirection.fits("https://reader.example:8443/callback?x=1", [PAGE])


def test_scopes_are_protocols() -> None:
    assert scopes.protocols("") == {"jmap"}
    assert scopes.protocols("urn:ietf:params:oauth:scope:mail offline_access") == {"imap", "pop3", "smtp", "jmap"}
    assert scopes.protocols("smtp imap") == {"imap", "smtp"}
    assert scopes.protocols("openid profile") == frozenset()
    assert scopes.written(("smtp", "imap")) == "imap smtp"
    assert scopes.written(scopes.TABLE[scopes.MAIL]).startswith(scopes.MAIL)

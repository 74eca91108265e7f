"""A program that asks a person for their mail, and the browser it sends on its way."""

import base64
import hashlib
import html
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2

from browsing import Browser

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
HERE = "http://127.0.0.1/callback"
PAGE = "https://reader.example/callback?x=1"
APP = "example.reader.app:/callback"


class Program:
    """One that has registered, and a person whose browser it sends on its way."""

    def __init__(self, browser: Browser, id_: str) -> None:
        self.browser = browser
        self.http = browser.http
        self.id = id_

    def request(self, **changed: str | None) -> str:
        asked = {
            "response_type": "code", "client_id": self.id, "redirect_uri": HERE, "state": "st&te", "scope": "jmap",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256", **changed,
        }  # fmt: skip
        return urlencode({name: value for name, value in asked.items() if value is not None})

    async def page(self, **changed: str | None) -> httpx2.Response:
        return await self.browser.get(f"/oauth/authorize?{self.request(**changed)}", sec_fetch_site="none")

    async def answer(self, page: httpx2.Response, said: str = "allow", **headers: str | None) -> httpx2.Response:
        return await self.form("/oauth/authorize", {**fields(page), "answer": said}, **headers)

    async def form(self, path: str, value: Mapping[str, str], **headers: str | None) -> httpx2.Response:
        said = self.browser.headers(x_pillarbox_token=None, **headers)
        return await self.http.post(path, data=dict(value), headers=said)

    async def code(self, **changed: str | None) -> str:
        response = await self.answer(await self.page(**changed))
        assert response.status_code == 303, response.text
        return str(answered(response)["code"])

    async def token(self, **given: str | None) -> httpx2.Response:
        form = {"client_id": self.id, **given}
        return await self.http.post("/oauth/token", data={name: value for name, value in form.items() if value is not None})

    async def redeem(self, code: str, **changed: str | None) -> httpx2.Response:
        given: dict[str, str | None] = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": HERE, "code_verifier": VERIFIER, **changed,
        }  # fmt: skip
        return await self.token(**given)

    async def refresh(self, token: str, **changed: str | None) -> httpx2.Response:
        return await self.token(**{"grant_type": "refresh_token", "refresh_token": token, **changed})

    async def allowed(self, **changed: str | None) -> dict[str, Any]:
        return dict((await self.redeem(await self.code(**changed))).json())

    async def mail(self, token: str) -> httpx2.Response:
        return await self.http.get("/jmap/session", headers={"authorization": f"Bearer {token}"})


def fields(page: httpx2.Response) -> dict[str, str]:
    """Of the page's first form."""
    form = page.text.partition("<form")[2].partition("</form>")[0]
    return {name: html.unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)}


def answered(response: httpx2.Response) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(response.headers["location"]).query))


async def registered(browser: Browser, **changed: Any) -> httpx2.Response:
    given = {"client_name": "Reader", "redirect_uris": [HERE, PAGE, APP], **changed}
    return await browser.http.post("/oauth/register", json=given, headers={"origin": "https://reader.example"})

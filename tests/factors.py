"""People, and what they show beside a password: a code app, a passkey."""

from typing import Any

import pyotp

from authenticator import Authenticator
from browsing import ALICE, Browser
from pillarbox.mail.office import Office
from pillarbox.store.models import Account


async def account(office: Office, address: str = ALICE) -> Account:
    found = await office.kept.account(address)
    assert found is not None
    return found


async def with_codes(browser: Browser) -> tuple[pyotp.TOTP, list[str]]:
    """Whoever is signed in sets up a code app."""
    begun = await browser.one("SecondFactor/begin")
    app = pyotp.parse_uri(begun["uri"])
    assert isinstance(app, pyotp.TOTP)
    assert app.secret == begun["secret"]
    codes = (await browser.one("SecondFactor/confirm", code=code(browser, app)))["recoveryCodes"]
    return app, codes


def code(browser: Browser, app: pyotp.TOTP, steps: int = 0) -> str:
    now = int(browser.office.clock.now().timestamp())
    return app.at(now, counter_offset=steps)


async def with_passkey(browser: Browser, key: Authenticator | None = None, name: str = "laptop") -> Authenticator:
    key = key or Authenticator()
    options = (await browser.one("Passkey/options"))["publicKey"]
    answer = await browser.one("Passkey/set", create={"k": {"name": name, "credential": key.create(options)}})
    assert answer["created"], answer
    return key


async def by_passkey(browser: Browser, key: Authenticator, **changed: Any) -> Any:
    options = (await browser.post("/sign-in/passkey/options")).json()["publicKey"]
    return await browser.post("/sign-in/passkey", {"credential": key.get(options, **changed)})

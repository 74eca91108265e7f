"""Signing in with a code of an app beside the password, or a recovery code."""

import asyncio
import base64
from datetime import timedelta

import pyotp
import pytest

from browsing import ALICE, Browser, Clock, browsing
from factors import account, code, with_codes
from pillarbox.errors import AuthenticationFailed
from pillarbox.mail.office import Office
from pillarbox.mail.second_factors import TooManyCodes
from pillarbox.store.factors import Totp
from pillarbox.testing.house import PASSWORD


async def test_with_a_code_app_the_password_alone_is_not_enough(alice: Browser, office: Office, clock: Clock) -> None:
    await alice.sign_in()
    app, codes = await with_codes(alice)
    assert len(codes) == len(set(codes)) == 10
    async with browsing(office) as other:
        clock.ahead = timedelta(minutes=5)
        response = await other.sign_in()
        assert (response.status_code, response.json()) == (401, {"error": "code-needed", "methods": ["totp", "recovery"]})
        assert "set-cookie" not in response.headers
        assert (await other.sign_in(code="000000")).json() == {"error": "wrong", "methods": ["totp", "recovery"]}
        right = code(other, app)
        assert (await other.sign_in(password="wrong", code=right)).json() == {"error": "wrong"}
        assert (await other.sign_in(code=right)).status_code == 200


async def test_a_code_app_is_set_up_once_however_often_that_is_asked_at_a_time(alice: Browser) -> None:
    await alice.sign_in()
    app = pyotp.parse_uri((await alice.one("SecondFactor/begin"))["uri"])
    assert isinstance(app, pyotp.TOTP)
    shown = [code(alice, app, steps) for steps in (-1, 0, 1, 0)]
    answers = await asyncio.gather(*(alice.jmap(("SecondFactor/confirm", {"code": each})) for each in shown))
    right = [answer for [(name, answer)] in answers if name != "error"]
    assert len(right) == 1
    recovery = right[0]["recoveryCodes"]
    alice.http.cookies.clear()
    assert (await alice.sign_in(recovery=recovery[0])).status_code == 200


async def test_a_code_of_one_app_does_not_confirm_another_begun_meanwhile(
    alice: Browser, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.sign_in()
    factors, me = office.accounts.second_factors, await account(office)
    first = pyotp.TOTP((await factors.begin(me, "here")).secret)
    step_of = factors._step_of

    async def slowly(kept: Totp, given: str) -> int | None:
        await factors.begin(me, "there")
        return await step_of(kept, given)

    monkeypatch.setattr(factors, "_step_of", slowly)
    with pytest.raises(AuthenticationFailed):
        await factors.confirm(me, code(alice, first))
    assert not await factors.are_asked(me.id)


async def test_the_first_recovery_codes_are_shown_to_one_and_are_good(office: Office) -> None:
    """A passkey and a code app may be set up at a time."""
    factors, me = office.accounts.second_factors, await account(office)
    shown = [codes for codes in await asyncio.gather(*(factors.first_recovery_codes(me) for _ in range(3))) if codes]
    assert len(shown) == 1
    assert await factors.takes_recovery_code(me, shown[0][0])


async def test_the_code_that_set_it_up_signs_nobody_in(alice: Browser) -> None:
    """RFC 6238 §5.2"""
    await alice.sign_in()
    app, _ = await with_codes(alice)
    assert (await alice.sign_in(code=code(alice, app))).json()["error"] == "wrong"
    assert (await alice.sign_in(code=code(alice, app, 1))).status_code == 200


async def test_a_code_is_good_once_and_for_a_clock_that_is_a_little_off(alice: Browser, office: Office, clock: Clock) -> None:
    await alice.sign_in()
    app, _ = await with_codes(alice)
    assert (await alice.sign_in(code=code(alice, app))).status_code == 401, "it has set up the app"
    for minutes, steps, is_taken in ((10, -2, False), (20, -1, True), (30, 0, True), (40, 1, True), (50, 2, False)):
        clock.ahead = timedelta(minutes=minutes)
        shown = code(alice, app, steps)
        assert (await alice.sign_in(code=shown)).status_code == (200 if is_taken else 401), steps
        assert (await alice.sign_in(code=shown)).status_code == 401, "a second time"
    clock.ahead = timedelta(minutes=60)
    assert (await alice.sign_in(code=code(alice, app, 1))).status_code == 200
    assert (await alice.sign_in(code=code(alice, app))).status_code == 401, "one before it"


@pytest.mark.parametrize("shown", ["0", "12345", "1234567", "１２３４５６", "abcdef", " ", "\x00" * 6, "9" * 4000])
async def test_what_is_no_code_is_wrong(alice: Browser, shown: str) -> None:
    await alice.sign_in()
    await with_codes(alice)
    for name in ("code", "recovery"):
        assert (await alice.sign_in(**{name: shown})).json() == {"error": "wrong", "methods": ["totp", "recovery"]}


async def test_a_recovery_code_is_good_once_in_any_spelling(alice: Browser) -> None:
    await alice.sign_in()
    _, codes = await with_codes(alice)
    assert (await alice.sign_in(recovery=codes[0])).status_code == 200
    assert (await alice.sign_in(recovery=codes[0])).status_code == 401
    assert (await alice.sign_in(recovery=codes[1].replace("-", " ").upper())).status_code == 200
    assert (await alice.one("SecondFactor/get"))["list"] == [
        {"id": "singleton", "totp": True, "passkeys": 0, "recoveryCodes": 8}
    ]


async def test_wrong_codes_are_counted_whoever_sends_them_and_how_many_at_a_time(
    alice: Browser, office: Office, clock: Clock
) -> None:
    await alice.sign_in()
    app, _ = await with_codes(alice)
    clock.ahead = timedelta(minutes=2)
    alice_account = await account(office)
    factors = office.accounts.second_factors
    at_once = (factors.takes_code(alice_account, f"{number}") for number in range(30))
    found = await asyncio.gather(*at_once, return_exceptions=True)
    assert found[:10] == [False] * 10
    assert all(isinstance(each, TooManyCodes) for each in found[10:])
    answer = await alice.sign_in(code=code(alice, app))
    assert (answer.status_code, answer.json()) == (429, {"error": "locked", "retryAfter": 900})
    assert answer.headers["retry-after"] == "900"
    assert (await alice.one("Password/set", current=PASSWORD, new="sesame sesame"))["ended"] == 0
    answer = await alice.sign_in(password="sesame sesame", code=code(alice, app))
    assert answer.status_code == 429, "the password alone forgives nothing"


async def test_a_guarded_account_takes_no_password_by_any_other_door(alice: Browser, office: Office) -> None:
    from pillarbox.errors import AuthenticationFailed
    from pillarbox.mail.accounts import Origin
    from proving import proves

    await alice.sign_in()
    basic = "Basic " + base64.b64encode(f"{ALICE}:{PASSWORD}".encode()).decode()
    assert (await alice.http.get("/jmap/session", headers={"authorization": basic})).status_code == 200
    assert await proves(office, ALICE, PASSWORD)
    _, words = await office.accounts.app_passwords.add(await account(office), "phone")
    await with_codes(alice)
    alice.http.cookies.clear()
    assert (await alice.http.get("/jmap/session", headers={"authorization": basic})).status_code == 401
    for service in ("imap", "pop3", "submission", "jmap"):
        origin = Origin("", service, "PLAIN")
        with pytest.raises(AuthenticationFailed, match=r"^wrong name or password$"):
            await office.accounts.log_in(ALICE, PASSWORD, origin)
        assert (await office.accounts.log_in(ALICE, words, origin)).app_password
        if service != "jmap":
            assert not await proves(office, ALICE, PASSWORD, service)
            assert await proves(office, ALICE, words, service)


async def test_removing_the_code_app_makes_the_password_enough_again(alice: Browser) -> None:
    await alice.sign_in()
    _, codes = await with_codes(alice)
    await alice.one("SecondFactor/remove")
    assert (await alice.one("SecondFactor/get"))["list"][0]["recoveryCodes"] == 0
    assert (await alice.sign_in(recovery=codes[0])).status_code == 200, "nothing is asked for beside the password"

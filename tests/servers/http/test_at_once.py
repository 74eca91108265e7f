"""What is good once, shown twice at the same time."""

import asyncio

import pytest

from allowing import Program
from browsing import Browser, browsing
from factors import code, with_codes
from pillarbox.mail.office import Office


@pytest.mark.parametrize("kind", ["code", "recovery"])
async def test_what_is_shown_beside_a_password_lets_one_in(alice: Browser, office: Office, kind: str) -> None:
    await alice.sign_in()
    app, recovery = await with_codes(alice)
    shown = {"code": code(alice, app, 1), "recovery": recovery[0]}[kind]
    async with browsing(office) as one, browsing(office, "192.0.2.8") as another:
        answers = await asyncio.gather(*(each.sign_in(**{kind: shown}) for each in (one, another)))
    assert sorted(each.status_code for each in answers) == [200, 401]


async def test_a_refresh_token_is_exchanged_for_one_other_and_then_all_is_over(program: Program) -> None:
    issued = await program.allowed()
    answers = await asyncio.gather(*(program.refresh(issued["refresh_token"]) for _ in range(3)))
    good = [each.json() for each in answers if each.status_code == 200]
    assert len(good) <= 1
    for tokens in (issued, *good):
        assert (await program.mail(tokens["access_token"])).status_code == 401
        assert (await program.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"

"""The authorization endpoint (RFC 6749 §3.1): a person is asked, signed in where need be, and sent back with the answer."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pillarbox.errors import AuthenticationFailed, Unavailable
from pillarbox.mail.office import Office
from pillarbox.mail.persons import CodeNeeded, Shown
from pillarbox.mail.second_factors import TooManyCodes
from pillarbox.store.models import Account
from pillarbox.store.sign_ins import SignIn

from .. import body, same_origin
from ..sign_in import pages, proof
from . import asked, consent, redirection
from .asked import Asked, Unanswerable, Wrong
from .metadata import AUTHORIZE

_DIGITS = 6


class Authorization:
    """Of one worker."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def ask(self, request: Request) -> Response:
        """GET, from a program's hands."""
        try:
            wanted = await asked.read(self._office, request.url.query)
        except Wrong as wrong:
            return self._told(request, wrong)
        if same_origin.is_others(request.scope, self._office.settings):
            return consent.detour(wanted.query, _languages(request))
        found = await self._signed_in(request)
        if found is None:
            return consent.sign_in(wanted, _languages(request))
        account, sign_in = found
        return consent.consent(wanted, account, await proof.of(self._office, sign_in), _languages(request))

    async def answer(self, request: Request) -> Response:
        """POST, from our own page."""
        form = await self._form(request)
        wanted = await self._again(form)
        found = await self._signed_in(request)
        if found is None:
            return consent.sign_in(wanted, _languages(request))
        account, sign_in = found
        if not await proof.is_right(self._office, sign_in, form.get("token", "")):
            raise Unanswerable("that was not said on our page")
        if form.get("answer") != "allow":
            return self._sent(request, wanted.uri, wanted.answer(error="access_denied"))
        code = await self._office.accounts.programs.allow(
            account, wanted.client.id, _name(wanted), wanted.protocols, wanted.bound,
            pages.address_of(request), request.headers.get("user-agent", ""),
        )  # fmt: skip
        return self._sent(request, wanted.uri, wanted.answer(code=code))

    async def who(self, request: Request) -> Response:
        """GET: as somebody else."""
        return consent.sign_in(await self._again(asked.fields(request.url.query)), _languages(request))

    async def sign_in(self, request: Request) -> Response:
        """POST, from our own page."""
        form = await self._form(request)
        wanted = await self._again(form)
        address, problem = form.get("address", ""), "wrong"
        try:
            account = await self._office.persons.by_password(
                address, form.get("password", ""), _shown(form.get("code", "")), pages.origin_of(request, "PASSWORD")
            )
        except TooManyCodes:
            problem = "locked"
        except (AuthenticationFailed, CodeNeeded):
            pass
        else:
            _, cookie = await pages.settled(self._office, request, account, stays=False)
            return RedirectResponse(f"{AUTHORIZE}?{wanted.query}", 303, {"set-cookie": cookie})
        return consent.sign_in(wanted, _languages(request), problem, address[: asked.HINT], 401)

    async def _form(self, request: Request) -> Mapping[str, str]:
        if not same_origin.is_ours(request.scope, self._office.settings):
            raise Unanswerable("that was not said on our page")
        data = await body.read(request.scope, request.receive, self._office.limits.http.page)
        return asked.fields(data.decode("ascii", "replace"))

    async def _again(self, form: Mapping[str, str]) -> Asked:
        """The program's request, as our own page has brought it along."""
        try:
            return await asked.read(self._office, form.get("request", ""))
        except Wrong:
            raise Unanswerable("the request cannot be read") from None

    async def _signed_in(self, request: Request) -> tuple[Account, SignIn] | None:
        """Whoever has shown lately who they are: a program that is allowed is let in for long."""
        sign_in = await pages.signed_in(self._office, request)
        account = await self._office.kept.account_by_id(sign_in.account) if sign_in else None
        if account is None or sign_in is None:
            return None
        now = self._office.accounts.sign_ins.now()
        return (account, sign_in) if now - sign_in.confirmed_at <= self._office.limits.sign_in.recent else None

    def _told(self, request: Request, wrong: Wrong) -> Response:
        """RFC 9700 §4.11.2: everybody may register, so that a link to us would lead to any page there is, unless the person
        who has followed it is shown where it leads."""
        if redirection.is_page(wrong.uri):
            return consent.wrong(self._answered(request, wrong.uri, wrong.answer), _languages(request))
        return self._sent(request, wrong.uri, wrong.answer)

    def _answered(self, request: Request, uri: str, answer: Mapping[str, str]) -> str:
        """RFC 9207 §2: by whom it is answered, too."""
        issuer = same_origin.root(request.scope, self._office.settings)
        return redirection.answered(uri, {**answer, "iss": issuer})

    def _sent(self, request: Request, uri: str, answer: Mapping[str, str]) -> Response:
        """RFC 9700 §4.12: 303, so that no browser brings a form along."""
        target = self._answered(request, uri, answer)
        # not by RedirectResponse, which would write the URI otherwise than it was registered
        return Response(status_code=303, headers={"location": target, "referrer-policy": "no-referrer"})


def told(request: Request, error: Exception) -> Response:
    """Whatever cannot be answered, to the person who looks."""
    if isinstance(error, Unavailable):
        return consent.failure(str(error), _languages(request), 503)
    return consent.failure(str(error), _languages(request))


def _shown(code: str) -> Shown:
    """There is one field for both."""
    plain = code.strip().replace(" ", "")
    return Shown(code=plain) if len(plain) <= _DIGITS else Shown(recovery=plain)


def _name(wanted: Asked) -> str:
    return wanted.client.name or redirection.place(wanted.uri) or "?"


def _languages(request: Request) -> str:
    return Headers(scope=request.scope).get("accept-language", "")

"""The pages a person sees: sign in, and say yes or no. They work without a script; by one of ours a passkey may be used."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Final

from starlette.responses import HTMLResponse

from pillarbox.store.models import Account

from ..devices import language
from . import redirection
from .asked import Asked
from .metadata import AUTHORIZE, PASSKEY, SIGN_IN

STYLE: Final = "/setup.css"
_OUR_SCRIPT: Final = "script-src 'self'; connect-src 'self'; "
_ENGLISH: Final = {
    "title": "Allow access to your mail",
    "asks": "{name} asks for access to the mail of {address}.",
    "unnamed": "A program without a name",
    "answer": "Its answer goes to {place}.",
    "here": "It runs on this computer or phone.",
    "unchecked": "Nobody has checked what it calls itself: say yes only if you have just asked it to do this.",
    "may": "It may, until you take that back:",
    "jmap": "read, change and delete all of your mail, and write in your name (JMAP)",
    "imap": "read, change and delete all of your mail (IMAP)",
    "pop3": "read and delete what is in your inbox (POP3)",
    "smtp": "write in your name (SMTP)",
    "may_not": "It is not told your password, and cannot change it.",
    "allow": "Allow",
    "deny": "Do not allow",
    "another": "That is not you?",
    "sign_in": "Sign in",
    "sign_in_first": "{name} asks for access to your mail. Sign in first.",
    "address": "E-mail address",
    "password": "Password",
    "code": "Code of your app, or a recovery code, if you have set that up",
    "by_passkey": "Sign in with a passkey",
    "wrong": "That is not right. Try again.",
    "locked": "Too many wrong codes. Try again in a quarter of an hour.",
    "failed": "This does not work",
    "wrongly": "The program has asked for something that is not to be had here.",
    "go_on": "Go on",
}  # fmt: skip
_GERMAN: Final = {
    "title": "Zugriff auf Ihre E-Mails erlauben",
    "asks": "{name} bittet um Zugriff auf die E-Mails von {address}.",
    "unnamed": "Ein Programm ohne Namen",
    "answer": "Die Antwort geht an {place}.",
    "here": "Es läuft auf diesem Rechner oder Telefon.",
    "unchecked": "Wie es sich nennt, hat niemand geprüft: Stimmen Sie nur zu, wenn Sie es gerade selbst darum gebeten haben.",
    "may": "Es darf, bis Sie es widerrufen:",
    "jmap": "alle Ihre E-Mails lesen, ändern und löschen und in Ihrem Namen schreiben (JMAP)",
    "imap": "alle Ihre E-Mails lesen, ändern und löschen (IMAP)",
    "pop3": "lesen und löschen, was in Ihrem Posteingang ist (POP3)",
    "smtp": "in Ihrem Namen schreiben (SMTP)",
    "may_not": "Ihr Passwort erfährt es nicht, und ändern kann es das auch nicht.",
    "allow": "Erlauben",
    "deny": "Nicht erlauben",
    "another": "Das sind nicht Sie?",
    "sign_in": "Anmelden",
    "sign_in_first": "{name} bittet um Zugriff auf Ihre E-Mails. Melden Sie sich zuerst an.",
    "address": "E-Mail-Adresse",
    "password": "Passwort",
    "code": "Code Ihrer App oder ein Wiederherstellungscode, falls Sie das eingerichtet haben",
    "by_passkey": "Mit Passkey anmelden",
    "wrong": "Das stimmt nicht. Versuchen Sie es noch einmal.",
    "locked": "Zu viele falsche Codes. Versuchen Sie es in einer Viertelstunde noch einmal.",
    "failed": "So geht es nicht",
    "wrongly": "Das Programm hat um etwas gebeten, das es hier nicht gibt.",
    "go_on": "Weiter",
}  # fmt: skip
TEXTS: Final[Mapping[str, Mapping[str, str]]] = {"en": _ENGLISH, "de": _GERMAN}


def consent(asked: Asked, account: Account, token: str, accepted: str) -> HTMLResponse:
    """Whether a program may."""
    texts = _texts(accepted)

    def body() -> Iterator[str]:
        yield _said(texts["asks"], name=_name(asked, texts), address=account.address)
        place = redirection.place(asked.uri)
        yield _said(texts["answer"], place=place) if place else _said(texts["here"])
        yield _said(texts["unchecked"])
        yield f"<p>{escape(texts['may'])}</p>\n<ul>"
        yield from (f"<li>{escape(texts[protocol])}</li>" for protocol in sorted(asked.protocols))
        yield "</ul>"
        yield _said(texts["may_not"])
        yield f'<form method="post" action="{AUTHORIZE}">'
        yield _hidden("request", asked.query) + _hidden("token", token)
        yield f'<button type="submit" name="answer" value="allow">{escape(texts["allow"])}</button>'
        yield f'<button type="submit" name="answer" value="deny">{escape(texts["deny"])}</button>\n</form>'
        yield f'<p>{escape(texts["another"])}</p>\n<form method="get" action="{SIGN_IN}">'
        yield _hidden("request", asked.query) + f'<button type="submit">{escape(texts["sign_in"])}</button>\n</form>'

    return _page(texts["title"], body(), accepted, form=redirection.source(asked.uri))


def sign_in(asked: Asked, accepted: str, problem: str = "", address: str = "", status: int = 200) -> HTMLResponse:
    """Who is it?"""
    texts = _texts(accepted)

    def body() -> Iterator[str]:
        yield _said(texts["sign_in_first"], name=_name(asked, texts))
        if problem:
            yield f'<p role="alert">{escape(texts[problem])}</p>'
        yield f'<form method="post" action="{SIGN_IN}">{_hidden("request", asked.query)}'
        yield _field("address", texts, "email", "username", address or asked.hint, required=True)
        yield _field("password", texts, "password", "current-password", required=True)
        yield _field("code", texts, "text", "one-time-code")
        yield f'<p><button type="submit">{escape(texts["sign_in"])}</button></p>\n</form>'
        following = escape(f"{AUTHORIZE}?{asked.query}")
        yield f'<p id="problem" role="alert" hidden>{escape(texts["wrong"])}</p>'
        yield f'<p><button type="button" id="passkey" data-next="{following}" hidden>{escape(texts["by_passkey"])}</button></p>'

    script = f'<script src="{PASSKEY}" defer></script>\n'
    source = redirection.source(asked.uri)
    return _page(texts["sign_in"], body(), accepted, form=source, head=script, status=status, more=_OUR_SCRIPT)


def detour(query: str, accepted: str) -> HTMLResponse:
    """Whoever comes by another site's link comes without the cookie: once more, from a page of ours."""
    texts = _texts(accepted)
    target = escape(f"{AUTHORIZE}?{query}")
    link = f'<p><a href="{target}">{escape(texts["go_on"])}</a></p>'
    return _page(texts["title"], iter((link,)), accepted, head=f'<meta http-equiv="refresh" content="0;url={target}">\n')


def wrong(target: str, accepted: str) -> HTMLResponse:
    """A program has asked for what cannot be had, and is told so, at its page, by who wants to go there."""
    texts = _texts(accepted)
    link = f'<p><a href="{escape(target)}" rel="noreferrer">{escape(texts["go_on"])}</a></p>'
    body = iter((_said(texts["wrongly"]), _said(texts["answer"], place=redirection.place(target)), link))
    return _page(texts["failed"], body, accepted, status=400)


def failure(problem: str, accepted: str, status: int = 400) -> HTMLResponse:
    return _page(_texts(accepted)["failed"], iter((_said(problem),)), accepted, status=status)


def _page(
    title: str,
    body: Iterator[str],
    accepted: str,
    *,
    form: str = "",
    head: str = "",
    more: str = "",
    status: int = 200,
) -> HTMLResponse:
    chosen = language.chosen(accepted)
    text = "\n".join(body)
    html = f"""<!doctype html>
<html lang="{chosen}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{head}<title>{escape(title)}</title>
<link rel="stylesheet" href="{STYLE}">
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{text}
</main>
</body>
</html>
"""
    # browsers hold the answer to a form to form-action too, wherever it leads
    policy = f"default-src 'none'; {more}style-src 'self'; form-action 'self' {form}; base-uri 'none'; frame-ancestors 'none'"
    headers = {
        "content-security-policy": policy.replace(" ;", ";"),
        # with none at all a form would come from "null", and so from nobody we know
        "referrer-policy": "same-origin",
        "content-language": chosen,
        "vary": "Accept-Language",
    }
    return HTMLResponse(html, status, headers)


def _texts(accepted: str) -> Mapping[str, str]:
    return TEXTS[language.chosen(accepted)]


def _name(asked: Asked, texts: Mapping[str, str]) -> str:
    return asked.client.name or texts["unnamed"]


def _said(text: str, **values: str) -> str:
    return f"<p>{escape(text.format(**values) if values else text)}</p>"


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def _field(
    name: str, texts: Mapping[str, str], kind: str, autocomplete: str, value: str = "", *, required: bool = False
) -> str:
    more = " required" if required else ""
    filled = f' value="{escape(value)}"' if value else ""
    return (
        f'<p><label for="{name}">{escape(texts[name])}</label>\n'
        f'<input type="{kind}" id="{name}" name="{name}" autocomplete="{autocomplete}"{filled}{more}></p>'
    )

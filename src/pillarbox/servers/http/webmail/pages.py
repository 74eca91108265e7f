"""The webmail at /mail/: its files, its page for every path that is a place in it, and the frame that it shows mail in."""

from collections.abc import Iterator
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from . import policies
from .files import ASKED_AGAIN, PAGE, File, Files

ROOT: Final = "/mail/"
READER: Final = "/mail/reader"
_FRAME: Final = b'<!doctype html><html><head><meta charset="utf-8"><title>Message</title></head><body></body></html>\n'
_UNBUILT: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Pillarbox</title></head><body>
<h1>The webmail is not built here</h1>
<p>This Pillarbox runs from a source tree. Everything else is served: IMAP, POP3, SMTP, JMAP, and
<a href="/setup">how to set up a mail program</a>.</p>
<p>To build the webmail, with <a href="https://nodejs.org/">Node.js</a> 20 or later:</p>
<pre>make web</pre>
<p>Then load this page again; nothing has to be restarted. Released packages have the webmail in them and need no Node.js.</p>
</body></html>
"""


def routes(files: Files | None = None) -> Iterator[BaseRoute]:
    kept = files or Files()

    async def home(request: Request) -> Response:
        return RedirectResponse(ROOT, 302)

    async def reader(request: Request) -> Response:
        headers = {**policies.READER_HEADERS, "cache-control": ASKED_AGAIN}
        return Response(_FRAME, 200, headers, "text/html; charset=utf-8")

    async def page(request: Request) -> Response:
        path = request.path_params["path"]
        if not kept.is_built():
            return HTMLResponse(_UNBUILT, 503)
        file = kept.get(path)
        if file is None and not path.startswith("assets/"):  # a place in the webmail; a file of an older build is gone
            file = kept.get(PAGE)
        if file is None:
            raise HTTPException(404, "there is no such file; load the page again")
        return answer(file, request)

    yield Route("/", home)
    yield Route(ROOT.removesuffix("/"), home)
    yield Route(READER, reader)
    yield Route(ROOT + "{path:path}", page)


def answer(file: File, request: Request) -> Response:
    """A file in the form that a browser takes, or 304 where it has it (RFC 9110 §13.1.2)."""
    coding, data = file.form(request.headers.get("accept-encoding", ""))
    tag = file.tag_of(coding)
    headers = {
        "cache-control": file.keep,
        "content-security-policy": policies.PAGE,
        "etag": tag,
        "vary": "accept-encoding",
    }
    if coding:
        headers["content-encoding"] = coding
    if _has(request.headers.get("if-none-match", ""), tag):
        headers.pop("content-encoding", None)
        return Response(None, 304, headers)
    return Response(data, 200, headers, file.kind)


def _has(known: str, tag: str) -> bool:
    """Whether a browser has it already; a proxy may have weakened the tag."""
    return known.strip() == "*" or tag in (each.strip().removeprefix("W/") for each in known[:4000].split(","))

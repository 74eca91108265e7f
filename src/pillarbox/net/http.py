"""Fetching a document by HTTPS, or handing one in, wherever a stranger's records point to (RFC 8461 §3.3, RFC 8460 §3).

The host's addresses are looked up by us, judged (`outside`), and one of them is connected to by number: so nothing that is
answered later leads into our own network. The certificate must be right for the host's name. There are no cookies, proxies or
encodings, nothing is taken from the environment, and each document has a connection of its own. Redirects are followed only for
those who ask for that, and each is judged as the first address was.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urljoin, urlsplit

from ..checks.questions import Answer, Fetch, Fetched, IPAddress, Post, Status
from ..limits import DnsLimits
from .outside import Inside, is_public, named

if TYPE_CHECKING:
    import httpx2  # 0.1 s to import, and most processes never fetch anything

Addresses = Callable[[str], Awaitable[Sequence[IPAddress]]]
"""A host's name → its addresses; none where there are none, or nobody can say."""

PORT: Final = 443
PORTS: Final = {"https": PORT, "http": 80}
TRIED: Final = 4
"""Addresses of a host that are tried."""
_PIECES: Final = 1000
"""Of a body: more of them have to be of `_PIECE` bytes on the average, for each costs as much as a thousand bytes."""
_PIECE: Final = 16
_HEADERS: Final = {"User-Agent": "Pillarbox", "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}


class _Trouble(Exception):
    """Why there is no document; its text begins with the kind, as `checks.questions.Fetch` has them."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a document is."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: str, *, plain: bool = False) -> "_Place":
        """`plain`: also by HTTP, and at the usual ports only. Raises _Trouble where the URL is none we follow."""
        try:
            parts = urlsplit(url)
            port = PORTS.get(parts.scheme, PORT) if parts.port is None else parts.port
        except ValueError as error:
            raise _Trouble(f"http: no URL: {error}") from error
        host = (parts.hostname or "").removesuffix(".")
        schemes = PORTS if plain else ("https",)
        if parts.scheme not in schemes or not host or not url.isascii() or not url.isprintable() or " " in url:
            raise _Trouble("http: no URL of a document by HTTPS")
        if parts.username is not None or not port:
            raise _Trouble("http: a URL with a user's name, or without a port")
        if plain and port not in PORTS.values():
            raise _Trouble("http: an unusual port")
        return cls(parts.scheme, host, port, _path(parts))

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class _Redirect:
    """Another place to look."""

    status: int
    to: str


class Fetcher:
    """Fetches documents and hands them in, a few at a time."""

    def __init__(
        self,
        limits: DnsLimits = DnsLimits(),
        *,
        verify: ssl.SSLContext | None = None,
        private: bool = False,
        places: Mapping[str, tuple[str, int]] | None = None,
    ) -> None:
        """`verify`: whom to believe, by default whom the system does. For tests: `private` goes to private addresses too,
        `places` says where a host is, whatever its name or URL says.
        """
        self._limits = limits
        self._verify = verify
        self._private = private
        self._places = places or {}
        self._slots = asyncio.Semaphore(limits.fetches)

    async def fetch(self, question: Fetch | Post, addresses: Addresses | None = None) -> Answer:
        """The document, whatever its status but a redirect beyond those asked for; TRY_LATER with a `reason` where there is
        none. Of what is said to a Post the status is all that is read.

        `addresses` looks a host up; without it the system does. Raises nothing but CancelledError.
        """
        try:
            async with self._slots, asyncio.timeout(self._limits.fetch):
                found = await self._fetch(question, addresses or of_system)
        except _Trouble as trouble:
            return Answer(Status.TRY_LATER, reason=str(trouble))
        except TimeoutError:
            return Answer(Status.TRY_LATER, reason=f"timeout: not within {self._limits.fetch:g} s")
        return Answer(Status.FOUND, (found,))

    async def _fetch(self, question: Fetch | Post, addresses: Addresses) -> Fetched:
        url, plain, redirects = question.url, False, 0
        if isinstance(question, Fetch):
            plain, redirects = question.plain, question.redirects
        for left in range(redirects, -1, -1):
            found = await self._fetch_one(question, _Place.of(url, plain=plain), addresses)
            if isinstance(found, Fetched):
                return found
            if not left:
                raise _Trouble(f"http: redirected ({found.status}), which is not followed")
            url = _joined(url, found.to)
        raise AssertionError("the last one is returned or raised")

    async def _fetch_one(self, question: Fetch | Post, place: _Place, addresses: Addresses) -> "Fetched | _Redirect":
        wheres = await self._wheres(place, addresses)
        trouble = _Trouble("connect: the host has no address")
        for address, port in wheres:
            try:
                return await self._fetch_from(address, port, place, question, self._limits.fetch / (len(wheres) + 1))
            except _Trouble as error:
                trouble = error
                if not str(error).startswith("connect:"):
                    break
        raise trouble

    async def _wheres(self, place: _Place, addresses: Addresses) -> Sequence[tuple[IPAddress, int]]:
        """Where to connect to. Raises _Trouble where nothing is left of what there is."""
        if place.host in self._places:
            host, port = self._places[place.host]
            return [(ip_address(host), port)]
        try:
            literal = named(place.host)
        except Inside as error:
            if not self._private:
                raise _Trouble(f"connect: {error}") from None
            literal = None
        found: Sequence[IPAddress] = await addresses(place.host) if literal is None else [literal]
        if not found:
            raise _Trouble("connect: the host has no address, or nobody can say")
        allowed = [address for address in found if self._private or is_public(address)]
        if not allowed:
            raise _Trouble("connect: the host is in a private network")
        return [(address, place.port) for address in allowed[:TRIED]]

    async def _fetch_from(
        self, address: IPAddress, port: int, place: _Place, question: Fetch | Post, connect: float
    ) -> "Fetched | _Redirect":
        import httpx2

        host = f"[{address}]" if address.version == 6 else str(address)
        request = httpx2.Request(
            "GET" if isinstance(question, Fetch) else "POST",
            f"{place.scheme}://{host}:{port}{place.path}",
            headers={"Host": place.authority, **_HEADERS, **_about(question)},
            content=None if isinstance(question, Fetch) else question.body,
            extensions={"sni_hostname": place.host, "timeout": {"connect": connect}},
        )
        try:
            async with httpx2.AsyncHTTPTransport(verify=self._context(), trust_env=False) as transport:
                response = await transport.handle_async_request(request)
                try:
                    return await _document(response, question)
                finally:
                    await response.aclose()
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise _Trouble(_reason(error)) from error

    def _context(self) -> ssl.SSLContext:
        if self._verify is None:
            self._verify = ssl.create_default_context()
        return self._verify


async def of_system(host: str) -> Sequence[IPAddress]:
    """A host's addresses, as this machine looks names up."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except (OSError, UnicodeError):
        return []
    return [ip_address(each) for each in dict.fromkeys(str(name[0]).partition("%")[0] for *_, name in found)]


def _about(question: Fetch | Post) -> Mapping[str, str]:
    """The fields on what is handed in."""
    if isinstance(question, Fetch):
        return {}
    return {**dict(question.fields), "Content-Type": question.content_type, "Content-Length": str(len(question.body))}


async def _document(response: "httpx2.Response", question: Fetch | Post) -> Fetched | _Redirect:
    """Read no more than was asked for. Raises _Trouble."""
    if response.is_redirect or response.has_redirect_location:
        return _Redirect(response.status_code, response.headers.get("location", ""))
    content_type = response.headers.get("content-type", "")
    if isinstance(question, Post):
        return Fetched(response.status_code, content_type, b"")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise _Trouble("http: encoded, which was not asked for")
    body, pieces = bytearray(), 0
    async for chunk in response.stream:  # type: ignore[union-attr]
        body += chunk
        pieces += 1
        if len(body) > question.most:
            raise _Trouble(f"size: more than {question.most} bytes")
        if pieces > _PIECES and len(body) < pieces * _PIECE:
            raise _Trouble("http: a body in crumbs")
    return Fetched(response.status_code, content_type, bytes(body))


def _joined(url: str, to: str) -> str:
    """Where a redirect leads. Raises _Trouble."""
    try:
        return urljoin(url, to)
    except ValueError as error:
        raise _Trouble(f"http: redirected to no URL: {error}") from error


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _reason(error: BaseException) -> str:
    """What went wrong, by the first of its causes that says what it is."""
    import httpx2

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"tls: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"tls: {cause.reason or cause}"
        cause = cause.__cause__ or cause.__context__
    said = str(error) or type(error).__name__
    if isinstance(error, httpx2.TimeoutException):
        return f"connect: no connection in time ({said})" if isinstance(error, httpx2.ConnectTimeout) else f"timeout: {said}"
    return f"connect: {said}" if isinstance(error, httpx2.NetworkError | OSError) else f"http: {said}"

"""What a page of ours sends with every request that changes anything, beside the cookie that the browser adds by itself.

It is made of the sign-in, not of the cookie: so it stays while the cookie changes, and one that belongs to another sign-in is
good for nothing here.
"""

import hmac
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

from pillarbox.mail.office import Office
from pillarbox.store.sign_ins import SignIn

HEADER: Final = "x-pillarbox-token"


async def of(office: Office, sign_in: SignIn) -> str:
    key = await office.kept.secret("page")
    return hmac.digest(key, f"sign-in {sign_in.id}".encode("ascii"), "sha256").hex()


async def is_in_header(office: Office, sign_in: SignIn, scope: Scope) -> bool:
    given = Headers(scope=scope).getlist(HEADER)
    return len(given) == 1 and await is_right(office, sign_in, given[0])


async def is_right(office: Office, sign_in: SignIn, given: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), (await of(office, sign_in)).encode("ascii"))

"""Making and checking verifiers of passwords: Argon2id (RFC 9106) and SCRAM keys (RFC 5802 §3)."""

import asyncio
import base64
import binascii
import functools
import hashlib
import hmac
import os
import secrets
import stringprep
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from ..errors import AuthenticationFailed, Unavailable
from ..store.models import Credential

ARGON2 = "argon2"
SCRAM = "scram-sha-256"
_WAITING = 200  # log-ins that may wait for a hash; the next is told to come back
_REMEMBERED = 10_000
_REMEMBERED_FOR = 600.0


class Salting(NamedTuple):
    """By what all SCRAM keys of an account are made."""

    salt: bytes
    iterations: int


class ScramKeys(NamedTuple):
    """What SCRAM needs to know of a password (RFC 5802 §3)."""

    salt: bytes
    iterations: int
    stored_key: bytes
    server_key: bytes

    @property
    def salting(self) -> Salting:
        return Salting(self.salt, self.iterations)


def prepared(password: str, longest: int = 1024) -> bytes:
    """The password as it is hashed (RFC 4013 without its prohibitions). Raises AuthenticationFailed where it is too long.

    The length is bounded before anything is normalised: combining marks by the hundred thousand cost seconds.
    """
    raw = password.encode("utf-8", "surrogatepass")
    if len(raw) > longest:
        raise AuthenticationFailed("wrong name or password")
    if password.isascii():
        return raw
    mapped = "".join(" " if stringprep.in_table_c12(char) else char for char in password if not stringprep.in_table_b1(char))
    return unicodedata.normalize("NFKC", mapped).encode("utf-8", "surrogatepass")


def scram_keys(password: str, salting: Salting) -> ScramKeys:
    salted = hashlib.pbkdf2_hmac("sha256", prepared(password), salting.salt, salting.iterations)
    client = hmac.digest(salted, b"Client Key", "sha256")
    return ScramKeys(
        salting.salt, salting.iterations, hashlib.sha256(client).digest(), hmac.digest(salted, b"Server Key", "sha256")
    )


def scram_written(keys: ScramKeys) -> str:
    """As they are kept."""
    words = (base64.b64encode(part).decode("ascii") for part in (keys.salt, keys.stored_key, keys.server_key))
    return ":".join((str(keys.iterations), *words))


@functools.lru_cache(4096)
def scram_read(kept: str) -> ScramKeys | None:
    """None where there are none, or they cannot be read."""
    try:
        iterations, salt, stored, server = kept.split(":")
        return ScramKeys(_base64(salt), int(iterations), _base64(stored), _base64(server))
    except ValueError:
        return None


def scram_of(credentials: Sequence[Credential]) -> ScramKeys | None:
    """The SCRAM keys among an account's credentials: those of its own password."""
    return next((scram_read(one.data) for one in credentials if one.kind == SCRAM), None)


def _base64(text: str) -> bytes:
    return binascii.a2b_base64(text, strict_mode=True)


def generated() -> str:
    """A password nobody chose: 26 letters and digits, 128 bits."""
    return "-".join(secrets.token_hex(4) for _ in range(4))


class Passwords:
    """Hashes in a few threads, so that log-ins cannot take the machine; remembers for minutes what it found right.

    What is remembered is a digest, under a key that never leaves this process, of the verifier and the password together: a
    changed password is a new question.
    """

    def __init__(self, hasher: PasswordHasher | None = None, threads: int | None = None) -> None:
        self._hasher = hasher or PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._pool = ThreadPoolExecutor(threads or os.cpu_count() or 1, "argon2")
        self._waiting = 0
        self._key = os.urandom(32)
        self._right: OrderedDict[bytes, float] = OrderedDict()
        self._nobody = Credential(ARGON2, self._hasher.hash(os.urandom(16)))

    def credentials(self, password: str, salting: Salting | None) -> Sequence[Credential]:
        """The verifiers to keep for a new password; without `salting` no SCRAM keys."""
        made = [Credential(ARGON2, self._hasher.hash(prepared(password)))]
        if salting:
            made.append(Credential(SCRAM, scram_written(scram_keys(password, salting))))
        return made

    async def check(self, credentials: Sequence[Credential], password: str) -> bool:
        """Whether the password is right; as slow for an account that has none. Raises Unavailable when too many wait."""
        raw = prepared(password)
        known = next((one for one in credentials if one.kind == ARGON2), None)
        verifier = known or self._nobody
        digest = hashlib.blake2b(verifier.data.encode() + b"\0" + raw, key=self._key, digest_size=32).digest()
        until = self._right.get(digest)
        if until is not None and until > time.monotonic():
            return known is not None
        right = await self._hash(verifier, raw)
        if right and known is not None:
            self._remember(digest)
        return right and known is not None

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _hash(self, verifier: Credential, raw: bytes) -> bool:
        if self._waiting >= _WAITING:
            raise Unavailable("too many log-ins at once; try again in a minute")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._verify, verifier.data, raw)
        finally:
            self._waiting -= 1

    def _verify(self, hashed: str, raw: bytes) -> bool:
        try:
            return self._hasher.verify(hashed, raw)
        except (Argon2Error, InvalidHashError):
            return False

    def _remember(self, digest: bytes) -> None:
        self._right[digest] = time.monotonic() + _REMEMBERED_FOR
        self._right.move_to_end(digest)
        while len(self._right) > _REMEMBERED:
            self._right.popitem(last=False)

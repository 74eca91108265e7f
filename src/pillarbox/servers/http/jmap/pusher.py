"""Changes to programs that are not connected, by way of their push services (RFC 8620 §7.2, RFC 8291, RFC 8292).

One worker at a time does this for all. It watches every account that has a verified subscription as an EventSource would, and
hands each StateChange in at the addresses that want it. A new subscription is first sent its code, and nothing more before the
code has come back: nobody can have a stranger's server called but once in a while.

Addresses lead only to the internet, whatever their names say: `net.http` sees to that.
"""

import asyncio
import contextlib
import os
from collections.abc import Generator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

import structlog
from cryptography.hazmat.primitives.asymmetric import ec

from pillarbox.checks.questions import Answer, Answers, Post, Status
from pillarbox.errors import MailError
from pillarbox.ids import AccountId
from pillarbox.mail.accounts import Entry
from pillarbox.mail.office import Office
from pillarbox.proto.jmap import webpush
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.ijson import encode
from pillarbox.store.models import PushSubscription

from .push import RETRY, TYPES, Changed, Listener, state_change

log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0
"""Seconds after which new subscriptions are seen."""
_SECRET = "web push"
_TOKEN_LASTS = 12 * 3600
_TTL = 86400
_GONE = (404, 410)
_PAUSE = 5.0
"""Seconds before a second attempt; each further one waits four times as long."""


async def signing_key(office: Office) -> ec.EllipticCurvePrivateKey:
    """Ours, in every process the same."""
    return webpush.signing_key(await office.kept.secret(_SECRET))


class Pusher:
    """Runs in one worker at a time."""

    def __init__(self, office: Office, answers: Answers) -> None:
        self._office = office
        self._answers = answers
        self._limits = office.limits.jmap
        self._watching: dict[AccountId, asyncio.Task[None]] = {}
        self._asking: dict[AccountId, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until cancelled."""
        version = None
        try:
            while True:
                try:
                    if (now := await self._office.kept.version()) != version:
                        await self._look()
                        version = now
                except MailError as error:
                    log.warning("push subscriptions were not looked at", problem=str(error))
                await asyncio.sleep(LOOK_EVERY)
        finally:
            tasks = [*self._watching.values(), *self._asking.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self) -> None:
        """Begin to watch accounts whose subscriptions are new, and leave those that have none; what is over goes."""
        verified, new = set[AccountId](), set[AccountId]()
        now = self._office.clock.now().timestamp()
        for each in await self._office.kept.push_subscriptions():
            if each.expires_at <= now:
                await self._office.kept.remove_push_subscription(each.account, each.id)
            elif each.is_verified:
                verified.add(each.account)
            elif not each.is_asked:
                new.add(each.account)
        for account in self._watching.keys() - verified:
            self._watching.pop(account).cancel()
        for account in verified:
            if account not in self._watching or self._watching[account].done():
                self._watching[account] = asyncio.ensure_future(self._watch(account))
        for account in new:
            if account not in self._asking:
                self._asking[account] = asyncio.ensure_future(self._ask(account))
                self._asking[account].add_done_callback(lambda _, account=account: self._asking.pop(account, None))  # type: ignore[misc]

    async def _ask(self, account: AccountId) -> None:
        """Send the codes of an account's new subscriptions, one after another and not at once."""
        while True:
            waiting = [each for each in await self._office.kept.push_subscriptions(account) if not each.is_asked]
            if not waiting:
                return
            first = waiting[0]
            await self._office.kept.change_push_subscription(replace(first, is_asked=True))  # first this: never twice
            code: Json = {
                "@type": "PushVerification",
                "pushSubscriptionId": f"S{first.id}",
                "verificationCode": first.code,
            }
            await self._send(first, code)
            await asyncio.sleep(self._limits.push_asked_apart)

    async def _watch(self, number: AccountId) -> None:
        """Tell of an account's changes for as long as there is anybody to tell."""
        while True:
            try:
                return await self._tell_of(number)
            except MailError as error:
                log.warning("changes could not be pushed", account=number, problem=str(error))
                await asyncio.sleep(RETRY)

    async def _tell_of(self, number: AccountId) -> None:
        account = await self._office.kept.account_by_id(number)
        if account is None or not account.enabled:
            return
        listener = Listener(self._office, Entry(account), TYPES, lambda _: None)
        try:
            await listener.begin()
            while True:
                await self._tell(number, await listener.changes())
                await asyncio.sleep(self._limits.push_apart)
        finally:
            listener.close()

    async def _tell(self, account: AccountId, changed: Changed) -> None:
        now = self._office.clock.now().timestamp()
        kept = [each for each in await self._office.kept.push_subscriptions(account) if each.is_verified]
        sending = []
        for each in kept:
            told = {name: _wanted(states, each.types) for name, states in changed.items()}
            told = {name: states for name, states in told.items() if states}
            if told and each.expires_at > now:
                sending.append(self._send_each(each, _messages(told)))
        await asyncio.gather(*sending)

    async def _send_each(self, to: PushSubscription, messages: Sequence[Json]) -> None:
        for message in messages:
            await self._send(to, message)

    async def _send(self, to: PushSubscription, message: Json) -> None:
        """In so many attempts; what cannot be handed in is dropped, and an address that is gone forgotten."""
        pause = _PAUSE
        for attempt in range(self._limits.push_tries):
            if attempt:
                await asyncio.sleep(pause)
                pause *= 4
            answer = await self._answers.answer(_handing_in(await self._post(to, encode(message))))
            status = answer.records[0].status if isinstance(answer, Answer) and answer.status is Status.FOUND else 0
            if 200 <= status < 300:
                return
            log.info("push not taken", account=to.account, subscription=to.id, status=status, problem=answer.reason)
            if status in _GONE:
                with contextlib.suppress(MailError):
                    await self._office.kept.remove_push_subscription(to.account, to.id)
                return
            if 400 <= status < 500 and status != 429:
                return

    async def _post(self, to: PushSubscription, data: bytes) -> Post:
        fields = [("TTL", str(_TTL)), ("Urgency", "normal")]
        if to.public_key:
            recipient = webpush.Recipient.parse(to.public_key, to.secret)
            data = webpush.encrypted(data, recipient, ec.generate_private_key(ec.SECP256R1()), os.urandom(16))
            fields.append(("Content-Encoding", "aes128gcm"))
        fields.append(("Authorization", await self._authorization(to.url)))
        return Post(to.url, "application/json", data, tuple(fields))  # what it is once it is unlocked (RFC 8620 §7.2)

    async def _authorization(self, url: str) -> str:
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        audience = f"https://{host}" + (f":{parts.port}" if parts.port not in (None, 443) else "")
        contact = f"mailto:postmaster@{self._office.hostname}"
        expires = int(self._office.clock.now().timestamp()) + _TOKEN_LASTS
        return webpush.authorization(await signing_key(self._office), audience, contact, expires)


def _wanted(states: dict[str, str], types: frozenset[str] | None) -> dict[str, str]:
    return states if types is None else {name: state for name, state in states.items() if name in types}


def _messages(changed: Changed) -> Sequence[Json]:
    """As many as it takes for each to be one that every push service carries."""
    message: Json = state_change(changed)
    if len(changed) < 2 or len(encode(message)) <= webpush.MOST:
        return [message]
    accounts, half = list(changed.items()), len(changed) // 2
    return [*_messages(dict(accounts[:half])), *_messages(dict(accounts[half:]))]


def _handing_in(post: Post) -> Generator[Post, Answer, Answer]:
    return (yield post)

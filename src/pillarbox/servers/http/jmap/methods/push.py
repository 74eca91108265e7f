"""PushSubscription/get and /set (RFC 8620 §7.2): of no account, but of whoever is logged in, by what they logged in with."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hmac import compare_digest

from pillarbox.ids import new_token
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused, SetError, SetRefused
from pillarbox.proto.jmap.mail.dates import utc
from pillarbox.proto.jmap.push import FIXED, PROPERTIES, NewSubscription, SubscriptionChange, checked
from pillarbox.proto.jmap.standard import Get, Set
from pillarbox.store.models import PushSubscription

from ..answers import Done, refusing
from ..call import Call, MethodRow
from ..capabilities import CORE

_PREFIX = "S"


async def get(call: Call, arguments: Arguments) -> dict[str, Json]:
    """RFC 8620 §7.2.1"""
    asked = Get.parse(arguments, call.limits, account="")
    _finish(arguments)
    told = checked(asked.properties)
    mine = {_id(each): each for each in await _mine(call)}
    names = list(mine) if asked.ids is None else [call.resolve_id(name) for name in asked.ids]
    return {
        "list": [_to_json(mine[name], told) for name in names if name in mine],
        "notFound": [name for name in names if name not in mine],
    }


async def set_(call: Call, arguments: Arguments) -> dict[str, Json]:
    """RFC 8620 §7.2.2"""
    asked = Set.parse(arguments, call.limits, account="")
    _finish(arguments)
    if asked.if_in_state is not None:
        raise MethodRefused("invalidArguments", "subscriptions have no state")
    mine = {_id(each): each for each in await _mine(call)}
    done = Done()
    for name, given in asked.create.items():
        with refusing(done.not_created, name):
            made = await _create(call, given)
            done.created[name] = _made(made, given)
            call.created[name], mine[_id(made)] = _id(made), made
    for name, changes in asked.update.items():
        with refusing(done.not_updated, name):
            done.updated[name] = await _update(call, mine.get(call.resolve_id(name)), changes)
    for name in asked.destroy:
        with refusing(done.not_destroyed, name):
            await _destroy(call, mine.pop(call.resolve_id(name), None))
            done.destroyed.append(name)
    return done.outcome()


async def _mine(call: Call) -> Sequence[PushSubscription]:
    """Those made by the same log-in: what one program says is none of another's business."""
    now = call.office.clock.now().timestamp()
    kept = await call.office.kept.push_subscriptions(call.entry.account.id)
    mine = call.entry.app_password, call.entry.sign_in_id
    return [each for each in kept if (each.app_password, each.sign_in) == mine and each.expires_at > now]


async def _create(call: Call, given: Mapping[str, Json]) -> PushSubscription:
    """Raises SetRefused, MailError."""
    now = int(call.office.clock.now().timestamp())
    new = NewSubscription.parse(given, now, call.limits)
    entry = call.entry
    subscription = PushSubscription(
        entry.account.id, 0, entry.app_password, new.device, new.url, new.public_key, new.secret,
        code=new_token(), expires_at=new.expires_at, types=new.types, sign_in=entry.sign_in_id,
    )  # fmt: skip
    for old in await call.office.kept.push_subscriptions(entry.account.id):
        if old.expires_at <= now:
            await call.office.kept.remove_push_subscription(old.account, old.id)
    return await call.office.kept.add_push_subscription(subscription)


async def _update(call: Call, found: PushSubscription | None, changes: Mapping[str, Json]) -> Json:
    """What is other than was asked for, or None. Raises SetRefused, MailError."""
    if found is None:
        raise SetRefused(SetError("notFound"))
    told = {**_to_json(found, PROPERTIES), "url": found.url}
    # what nobody may change may be said again as it is (RFC 8620 §5.3)
    changes = {name: to for name, to in changes.items() if name not in FIXED or told[name] != to}
    change = SubscriptionChange.parse(changes, int(call.office.clock.now().timestamp()), call.limits)
    if change.code is not None and not compare_digest(change.code.encode(), found.code.encode()):
        raise SetRefused(SetError("invalidProperties", "that is not the code that was sent", ("verificationCode",)))
    changed = replace(
        found,
        is_verified=found.is_verified or change.code is not None,
        expires_at=found.expires_at if change.expires_at is None else change.expires_at,
        types=change.types if change.is_types else found.types,
    )
    await call.office.kept.change_push_subscription(changed)
    if change.expires_at is not None and utc(change.expires_at) != changes["expires"]:
        return {"expires": utc(change.expires_at)}
    return None


async def _destroy(call: Call, found: PushSubscription | None) -> None:
    """Raises SetRefused, MailError."""
    if found is None:
        raise SetRefused(SetError("notFound"))
    await call.office.kept.remove_push_subscription(found.account, found.id)


def _finish(arguments: Arguments) -> None:
    """These are the only methods that are of no account: a client that names one with every call is borne with."""
    arguments.anything("accountId")
    arguments.finish()


def _made(made: PushSubscription, given: Mapping[str, Json]) -> Json:
    """What a client cannot know of what it has made: what it has left out, and until when it is kept."""
    left_out: dict[str, Json] = {name: None for name in ("keys", "types") if name not in given}
    return {"id": _id(made), **left_out, "expires": utc(made.expires_at)}


def _id(subscription: PushSubscription) -> str:
    return f"{_PREFIX}{subscription.id}"


def _to_json(subscription: PushSubscription, properties: Sequence[str]) -> dict[str, Json]:
    types = subscription.types
    every: dict[str, Json] = {
        "id": _id(subscription),
        "deviceClientId": subscription.device,
        "verificationCode": subscription.code if subscription.is_verified else None,
        "expires": utc(subscription.expires_at),
        "types": None if types is None else sorted(types),  # type: ignore[dict-item]  # a list of texts is JSON
    }
    return {name: every[name] for name in properties}


METHODS: Mapping[str, MethodRow] = {
    "PushSubscription/get": MethodRow(CORE, get),
    "PushSubscription/set": MethodRow(CORE, set_),
}

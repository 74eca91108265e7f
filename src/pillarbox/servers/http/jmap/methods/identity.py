"""Identity/get, /changes and /set (RFC 8621 §6)."""

from collections.abc import Mapping, Sequence

from pillarbox.errors import Invalid, NotPermitted
from pillarbox.mail.identities import Identities, Identity, Named
from pillarbox.proto.jmap import patch
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import SetError, SetRefused
from pillarbox.proto.jmap.mail import identity
from pillarbox.proto.jmap.standard import Changes, Get, Set

from .. import answers, own
from ..answers import Done, Object, refusing
from ..call import Call, MethodRow
from ..capabilities import SUBMISSION

_NOT_FOUND = SetError("notFound", "there is no such identity")


async def get(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §6.1"""
    asked = Get.parse(arguments, call.limits)
    arguments.finish()
    told = answers.checked(asked.properties, identity.PROPERTIES)
    identities = await _identities(call, asked.account)
    every = {name: _to_json(name, one) for name, one in (await identities.all()).items()}
    return own.found(call, asked, await identities.collection.state(), every, told)


async def changes(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §6.2"""
    asked = Changes.parse(arguments, call.limits)
    arguments.finish()
    return await own.changes(asked, (await _identities(call, asked.account)).collection)


async def set_(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §6.3"""
    asked = Set.parse(arguments, call.limits)
    arguments.finish()
    identities = await _identities(call, asked.account)
    done = Done()
    async with own.expected(identities.collection, asked.if_in_state) as old:
        for name, given in asked.create.items():
            with refusing(done.not_created, name):
                made = call.created[name] = await _create(call, identities, given)
                every = _to_json(made, await _one(identities, made))
                done.created[name] = {key: value for key, value in every.items() if key not in given}
        for name, change in asked.update.items():
            with refusing(done.not_updated, name):
                if name in asked.destroy:
                    raise SetRefused(SetError("willDestroy"))
                await _update(call, identities, call.resolve_id(name), change)
                done.updated[name] = None
        for name in asked.destroy:
            with refusing(done.not_destroyed, name):
                await _destroy(identities, call.resolve_id(name))
                done.destroyed.append(name)
    return done.answer(asked.account, old, await identities.collection.state())


async def _identities(call: Call, account: str) -> Identities:
    """With the first of them made. Raises MethodRefused."""
    opened = await own.account(call, account)
    identities = call.office.identities(opened.account)
    await identities.begin()
    return identities


async def _create(call: Call, identities: Identities, given: Mapping[str, Json]) -> str:
    """Its id. Raises SetRefused, MailError."""
    identity.check(given, call.limits, is_new=True)
    if len(await identities.collection.all()) >= call.limits.identities:
        raise SetRefused(SetError("tooManyIdentities", f"there may be {call.limits.identities} identities"))
    new = _of_json({**identity.DEFAULTS, **given})
    try:
        await identities.check(new)
    except NotPermitted as error:
        raise SetRefused(SetError("forbiddenFrom", str(error))) from None
    except Invalid as error:
        raise SetRefused(SetError("invalidProperties", str(error), ("email",))) from None
    name = identities.new_id()
    await identities.collection.change({name: new})
    return name


async def _update(call: Call, identities: Identities, name: str, change: Mapping[str, Json]) -> None:
    """Raises SetRefused, MailError."""
    now = _to_json(name, await _one(identities, name))
    then = patch.apply(now, change, identity.DEFAULTS)
    identity.check(patch.differing(now, then), call.limits, is_new=False)
    await identities.collection.change({name: _of_json(then)})


async def _destroy(identities: Identities, name: str) -> None:
    """Raises SetRefused, MailError."""
    await _one(identities, name)
    if not identities.may_delete(name):
        raise SetRefused(SetError("forbidden", "the identity of the account's own address stays"))
    await identities.collection.change({}, [name])


async def _one(identities: Identities, name: str) -> Identity:
    """Raises SetRefused."""
    found = await identities.collection.get(name)
    if found is None:
        raise SetRefused(_NOT_FOUND)
    return found


def _to_json(name: str, one: Identity) -> Object:
    return {
        "id": name,
        "name": one.name,
        "email": one.email,
        "replyTo": _listed(one.reply_to),
        "bcc": _listed(one.bcc),
        "textSignature": one.text_signature,
        "htmlSignature": one.html_signature,
        "mayDelete": Identities.may_delete(name),
    }


def _listed(named: Sequence[Named] | None) -> Json:
    return None if named is None else [{"name": each.name, "email": each.email} for each in named]


def _of_json(checked: Mapping[str, Json]) -> Identity:
    """Of properties that were checked."""
    return Identity(
        email=str(checked["email"]),
        name=str(checked["name"]),
        reply_to=_named(checked["replyTo"]),
        bcc=_named(checked["bcc"]),
        text_signature=str(checked["textSignature"]),
        html_signature=str(checked["htmlSignature"]),
    )


def _named(value: Json) -> Sequence[Named] | None:
    if not isinstance(value, list):
        return None
    return [Named(str(each["email"]), each.get("name")) for each in value if isinstance(each, dict)]  # type: ignore[arg-type]


METHODS: Mapping[str, MethodRow] = {
    "Identity/get": MethodRow(SUBMISSION, get),
    "Identity/changes": MethodRow(SUBMISSION, changes),
    "Identity/set": MethodRow(SUBMISSION, set_),
}

"""Mailbox/set (RFC 8621 §2.5)."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from pillarbox.errors import AlreadyExists, Invalid, MailboxNotFound, MailError, NotEmpty
from pillarbox.ids import new_token
from pillarbox.mail.opened import OpenMailbox
from pillarbox.mail.rights import Verb
from pillarbox.proto.jmap import ids, patch
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import SetError, SetRefused, set_error_of
from pillarbox.proto.jmap.mail import mailbox
from pillarbox.proto.jmap.mail.mailbox import Wish
from pillarbox.proto.jmap.standard import Set
from pillarbox.store.models import DELIMITER

from .. import answers
from ..answers import Done, Object, refusing
from ..call import Call, MethodRow, OpenedFor
from ..capabilities import MAIL, PRINCIPALS
from ..mail.sharing import Changes, Shares
from ..mail.tree import ROLES, Node, Tree

ROUNDS = 10
_KEPT = 50
"""Letters of its name in the name that a mailbox has meanwhile."""
_ROLE = ("role",)
_NOT_FOUND = SetError("notFound", "there is no such mailbox")
_HAS_CHILD = SetError("mailboxHasChild", "there are mailboxes in it")
_HAS_EMAIL = SetError("mailboxHasEmail", "there are emails in it")


async def set_(call: Call, arguments: Arguments) -> Object:
    """Made from the top down, changed, destroyed from the bottom up; only what they are in the end must be possible (RFC 8620
    §5.3)."""
    asked = Set.parse(arguments, call.limits)
    removes_emails = arguments.flag("onDestroyRemoveEmails")
    arguments.finish()
    opened = await call.account(asked.account)
    done = Done()
    work = _Work(call, opened, done)
    async with answers.expected(opened.emails, asked.if_in_state) as old:
        await work.all(asked, removes_emails)
    return done.answer(asked.account, old, await opened.emails.state())


class _Work:
    """One call under way."""

    def __init__(self, call: Call, opened: OpenedFor, done: Done) -> None:
        self._call = call
        self._opened = opened
        self._verbs = opened.open.mailboxes
        self._done = done
        self._shares = Shares(call.office, opened) if PRINCIPALS in call.using else None
        self._known: Tree | None = None
        self._resigned: dict[str, tuple[Node, str]] = {}
        """What has no role for a while, and the use it had."""

    async def all(self, asked: Set, removes_emails: bool) -> None:
        """What is refused is tried again as long as anything is done: what stood in its way may be gone."""
        done, before = self._done, -1
        create, update, destroy = dict(asked.create), dict(asked.update), list(asked.destroy)
        aside: dict[str, tuple[Node, str]] = {}
        while (create or update or destroy) and (
            done.count != before or await self._doomed_aside(asked, removes_emails, aside)
        ):
            before = done.count
            done.forget_refused()
            await self.create(create)
            await self.update(update, frozenset(map(self._call.resolve_id, asked.destroy)))
            await self.destroy(destroy, removes_emails)
            create = {name: asked.create[name] for name in done.not_created}
            update = {name: asked.update[name] for name in done.not_updated}
            destroy = list(done.not_destroyed)
        for name in aside.keys() & done.not_destroyed.keys():
            await self._back(*aside[name])

    async def _doomed_aside(self, asked: Set, removes_emails: bool, aside: dict[str, tuple[Node, str]]) -> bool:
        """What cannot be destroyed before something is in its place, which all that is in it goes to, leaves that its name."""
        tree = await self._tree()
        wanted = {error.more.get("existingId") for error in self._done.not_created.values()}
        leaving = {self._call.resolve_id(name) for name, change in asked.update.items() if "parentId" in change}
        leaving |= {self._call.resolve_id(name) for name in asked.destroy}
        for name in [each for each in self._done.not_destroyed if each not in aside]:
            node = tree.find(self._call.resolve_id(name))
            if node is None or ids.mailbox_id(node.id) not in wanted or (node.box.mailbox.messages and not removes_emails):
                continue
            inside = {ids.mailbox_id(each.id) for each in tree if each.parent == node.id}
            if inside <= leaving and await self._steps_aside(tree, name, node, aside):
                return True
        return False

    # Made.

    async def create(self, waiting: dict[str, dict[str, Json]]) -> None:
        """Each after the one it is to lie in, where that is made here too."""
        while waiting:
            ready = [name for name, given in waiting.items() if not _waits(given.get("parentId"), waiting)]
            if not ready:
                error = SetError("invalidProperties", "each of these is to lie in the other", ("parentId",))
                self._done.not_created.update(dict.fromkeys(waiting, error))
                return
            for name in ready:
                await asyncio.sleep(0)  # others have their turn between two
                await self._create(name, waiting.pop(name))

    async def _create(self, name: str, given: Mapping[str, Json]) -> None:
        with refusing(self._done.not_created, name, _error_of):
            wish = mailbox.new(given, self._call.limits)
            if not wish.name:
                raise _invalid("a mailbox has a name", "name")
            made = await self._made(wish)
            self._call.created[name] = ids.mailbox_id(made.id)
            every = made.to_json()  # a name may have been brought into another form
            self._done.created[name] = {key: every[key] for key in every if key not in given or given[key] != every[key]}

    async def _made(self, wish: Wish) -> Node:
        """Raises SetRefused, MailError."""
        tree = await self._tree()
        use = _use(tree, wish.role) if wish.role is not None else None
        path = self._path(tree, wish.parent, wish.name)
        there = tree.at(path)
        if there is not None and there.box.mailbox.selectable:
            raise SetRefused(_taken(there.box))
        above = tree.find(self._call.resolve_id(wish.parent)) if wish.parent is not None else None
        grants = await self._granted(wish, None if above is None else above.box)  # whose rights a new one begins with
        try:
            box = await self._verbs.create(tree.prefix + path, use)
        except AlreadyExists as error:
            raise SetRefused(await self._there_is(tree.prefix + path, error)) from None
        try:
            await self._fitted(box, wish, grants)
        except MailError:  # then it is not made at all
            await self._verbs.delete(box.name)
            raise
        node = tree.made(box, await self._shared(box))
        if wish.sort_order:
            tree.changed(node, sort_order=wish.sort_order)
        if wish.is_subscribed:
            tree.subscribed(box.name, True)
        return tree.nodes[box.id]

    async def _fitted(self, box: OpenMailbox, wish: Wish, grants: Changes) -> None:
        """What is wanted of a mailbox just made. Raises MailError."""
        if grants and self._shares is not None:
            await self._shares.grant(box.name, grants)
        if wish.sort_order:
            await self._verbs.set_sort_order(box.name, wish.sort_order)
        if wish.is_subscribed:
            await self._verbs.subscribe(box.name, True)

    async def _shared(self, box: OpenMailbox) -> Mapping[str, Json] | None:
        return None if self._shares is None else {mailbox.SHARE_WITH: await self._shares.of(box)}

    async def _there_is(self, name: str, error: AlreadyExists) -> SetError:
        """Which one has come to have the name, or has it but is not to be seen."""
        try:
            return _taken(await self._verbs.find(name, Verb.LOOK))
        except MailError:
            return _error_of(error)

    async def _granted(self, wish: Wish, box: OpenMailbox | None) -> Changes:
        """Raises SetRefused."""
        if not wish.has(mailbox.SHARE_WITH):
            return ()
        if self._shares is None:
            raise _invalid("there is no such property for who is not using principals", mailbox.SHARE_WITH)
        return await self._shares.read(dict(wish.share_with or {}), box)

    def _path(self, tree: Tree, parent: str | None, name: str) -> str:
        """As the owner has it. Raises SetRefused."""
        if parent is None:
            return name
        node = tree.find(self._call.resolve_id(parent))
        if node is None:
            raise _invalid("there is no such mailbox", "parentId")
        return node.path + DELIMITER + name

    # Changed.

    async def update(self, wanted: Mapping[str, Mapping[str, Json]], doomed: frozenset[str]) -> None:
        """What stands in the way of another may go out of it meanwhile: while that helps they are tried again, from the last to
        the first, and so on, for some rounds."""
        waiting = dict(wanted)
        refused: dict[str, SetError] = {}
        aside: dict[str, tuple[Node, str]] = {}
        for _ in range(ROUNDS):
            refused = {}
            for name, change in waiting.items():
                await asyncio.sleep(0)  # others have their turn between two
                if self._call.resolve_id(name) in doomed:
                    self._done.not_updated[name] = SetError("willDestroy")
                else:
                    await self._update(name, change, refused)
            if len(refused) == len(waiting) and not await self._stepped_aside(wanted, refused, aside):
                break
            waiting = {name: waiting[name] for name in reversed(refused)}
        self._done.not_updated.update(refused)
        for name in aside.keys() & refused.keys():
            await self._back(*aside[name])
        for name in self._resigned.keys() & refused.keys():
            await self._reinstated(*self._resigned[name])

    async def _stepped_aside(
        self, wanted: Mapping[str, Mapping[str, Json]], refused: Mapping[str, SetError], aside: dict[str, tuple[Node, str]]
    ) -> bool:
        """Where each is to have the name of the next, and the last that of the first, one of them takes another for a while."""
        tree = await self._tree()
        called = {self._call.resolve_id(name): name for name in refused}
        blocked = {name: called.get(str(error.more.get("existingId"))) for name, error in refused.items()}
        for name in [each for each in refused if each not in aside]:
            node = tree.find(self._call.resolve_id(name))
            if node is not None and _is_in_ring(name, blocked) and await self._steps_aside(tree, name, node, aside):
                return True
        holders = {name: _holder(tree, error, wanted[name]) for name, error in refused.items()}
        return await self._resigns(tree, {name: called.get(holder) for name, holder in holders.items()})

    async def _resigns(self, tree: Tree, blocked: Mapping[str, str | None]) -> bool:
        """Where each is to have the role of the next, one of them has none for a while."""
        name = next((each for each in blocked if each not in self._resigned and _is_in_ring(each, blocked)), None)
        node = None if name is None else tree.find(self._call.resolve_id(name))
        use = None if node is None else node.box.mailbox.special_use
        if name is None or node is None or use is None:
            return False
        with suppress(MailError):
            await self._verbs.set_special_use(node.box.name, None)
            tree.changed(node, special_use=None)
            self._resigned[name] = (node, use)
            return True
        return False

    async def _reinstated(self, node: Node, use: str) -> None:
        tree = await self._tree()
        node = tree.nodes[node.id]
        with suppress(MailError):  # then another has it
            await self._verbs.set_special_use(node.box.name, use)
            tree.changed(node, special_use=use)

    async def _steps_aside(self, tree: Tree, name: str, node: Node, aside: dict[str, tuple[Node, str]]) -> bool:
        path = node.path
        try:
            await self._renamed(tree, node, f"{path.removesuffix(node.name)}{node.name[:_KEPT]} {new_token()}")
        except (MailError, SetRefused):
            return False
        aside[name] = (node, path)
        return True

    async def _back(self, node: Node, path: str) -> None:
        tree = await self._tree()
        with suppress(MailError, SetRefused):  # then it keeps the name it has, which says what it was called
            await self._renamed(tree, tree.nodes[node.id], path)

    async def _update(self, name: str, change: Mapping[str, Json], refused: dict[str, SetError]) -> None:
        tree = await self._tree()
        node = tree.find(self._call.resolve_id(name))
        with refusing(refused, name, _error_of):
            if node is None:
                raise SetRefused(_NOT_FOUND)
            self._done.updated[name] = await self._changed(tree, node, change)

    async def _changed(self, tree: Tree, node: Node, change: Mapping[str, Json]) -> Json:
        """What is other than was asked for, or None. Raises SetRefused, MailError."""
        now = node.to_json()
        if now.get(mailbox.SHARE_WITH, {}) is None:
            now[mailbox.SHARE_WITH] = {}  # so that a patch may begin to share it
        then = patch.apply(now, change, mailbox.DEFAULTS)
        wish = mailbox.wish(patch.differing(now, then), self._call.limits)
        use = _use(tree, wish.role) if wish.role is not None else None
        if node.is_inbox and wish.has("name", "parentId", "role"):
            raise SetRefused(SetError("forbidden", "the inbox stays what it is"))
        grants = await self._granted(wish, node.box)
        name = node.box.name
        if wish.has("name", "parentId"):
            name = await self._moved(tree, node, wish)
        if wish.has("role"):
            await self._verbs.set_special_use(name, use)
            tree.changed(tree.nodes[node.id], special_use=use)
        if wish.has("sortOrder"):
            await self._verbs.set_sort_order(name, wish.sort_order)
            tree.changed(tree.nodes[node.id], sort_order=wish.sort_order)
        if wish.has("isSubscribed"):
            await self._verbs.subscribe(name, wish.is_subscribed)
            tree.subscribed(name, wish.is_subscribed)
        if grants and self._shares is not None:
            await self._shares.grant(name, grants)
            tree.shared(tree.nodes[node.id], await self._shared(node.box))
        called = name.rpartition(DELIMITER)[2]
        return {"name": called} if wish.has("name") and called != wish.name else None

    async def _moved(self, tree: Tree, node: Node, wish: Wish) -> str:
        """Its new name, as this person has it."""
        parent = wish.parent
        if "parentId" not in wish.given and node.parent is not None:
            parent = ids.mailbox_id(node.parent)
        path = self._path(tree, parent, wish.name or node.name)
        if path.startswith(node.path + DELIMITER):
            raise _invalid("a mailbox cannot lie in itself", "parentId")
        there = tree.at(path)
        if there is not None:
            if there.id == node.id:  # in another spelling
                return node.box.name
            raise SetRefused(_taken(there.box))
        return (await self._renamed(tree, node, path)).name

    async def _renamed(self, tree: Tree, node: Node, path: str) -> OpenMailbox:
        """With whoever has subscribed to it. Raises SetRefused, MailError."""
        try:
            box = await self._verbs.rename(node.box.name, tree.prefix + path, with_subscriptions=True)
        except AlreadyExists as error:
            raise SetRefused(await self._there_is(tree.prefix + path, error)) from None
        tree.moved(node, box.mailbox.name)
        return box

    # Destroyed.

    async def destroy(self, names: Sequence[str], removes_emails: bool) -> None:
        tree = await self._tree()
        found = {name: tree.find(self._call.resolve_id(name)) for name in names}
        for name in sorted(names, key=lambda name: -_depth(found[name])):
            node = found[name]
            await asyncio.sleep(0)  # others have their turn between two
            with refusing(self._done.not_destroyed, name, _error_of):
                if node is None:
                    raise SetRefused(_NOT_FOUND)
                await self._destroy(node, removes_emails)
                self._done.destroyed.append(name)

    async def _destroy(self, node: Node, removes_emails: bool) -> None:
        """Raises SetRefused, MailError."""
        tree = await self._tree()
        now = tree.nodes.get(node.id)
        if now is None:
            raise SetRefused(_NOT_FOUND)
        if tree.has_child(now):
            raise SetRefused(_HAS_CHILD)
        try:
            await self._verbs.delete(now.box.name, spare_messages=not removes_emails, spare_below=True)
        except NotEmpty:
            box = await self._verbs.find(now.box.name, Verb.DELETE)
            raise SetRefused(_HAS_EMAIL if box.mailbox.messages and not removes_emails else _HAS_CHILD) from None
        tree.gone(now)
        if now.is_subscribed:
            await self._verbs.subscribe(now.box.name, False)
            tree.subscribed(now.box.name, False)

    async def _tree(self) -> Tree:
        """As it was when first asked for, and with what this call has done since: to read it anew for each of many would take
        its time. What others do meanwhile the verbs notice."""
        if self._known is None:
            self._known = await Tree.of(self._opened, with_shares=self._shares is not None)
        return self._known


def _holder(tree: Tree, error: SetError, change: Mapping[str, Json]) -> str:
    """The id of the mailbox that has the role another is refused; "" where it is to change in more than that, which might be
    refused as well."""
    if error.properties != _ROLE or change.keys() != {"role"}:
        return ""
    return next((ids.mailbox_id(node.id) for node in tree if node.role == change["role"]), "")


def _is_in_ring(first: str, blocked: Mapping[str, str | None]) -> bool:
    here = blocked[first]
    for _ in blocked:
        if here is None or here == first:
            break
        here = blocked[here]
    return here == first


def _depth(node: Node | None) -> int:
    return node.path.count(DELIMITER) if node is not None else 0


def _waits(parent: Json, waiting: Mapping[str, object]) -> bool:
    return isinstance(parent, str) and parent.startswith("#") and parent[1:] in waiting


def _taken(box: OpenMailbox) -> SetError:
    """Which one has the name already (RFC 8620 §5.4 names it so)."""
    return SetError("alreadyExists", "the mailbox already exists", more={"existingId": ids.mailbox_id(box.id)})


def _use(tree: Tree, role: str) -> str:
    """The special use of a role that nobody has yet. Raises SetRefused."""
    if role not in ROLES:
        raise _invalid("that role cannot be given", "role")
    if any(node.role == role for node in tree):
        raise _invalid("another mailbox has that role", "role")
    return ROLES[role]


def _invalid(what: str, *properties: str) -> SetRefused:
    return SetRefused(SetError("invalidProperties", what, properties))


def _error_of(error: MailError) -> SetError:
    if isinstance(error, MailboxNotFound):
        return _NOT_FOUND
    if isinstance(error, AlreadyExists | Invalid):
        return SetError("invalidProperties", str(error), ("name",))
    return set_error_of(error)


METHODS: Mapping[str, MethodRow] = {"Mailbox/set": MethodRow(MAIL, set_)}

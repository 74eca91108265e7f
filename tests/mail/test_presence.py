from dataclasses import replace
from pathlib import Path

from pillarbox.testing.house import house


class Guest:
    ended = False

    def abort(self) -> None:
        self.ended = True


async def test_who_is_barred_or_gone_is_put_out_and_nobody_else(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        alice, bob = [await office.kept.account(f"{name}@example.org") for name in ("alice", "bob")]
        assert alice is not None
        assert bob is not None
        guests = Guest(), Guest(), Guest()
        for guest, account in zip(guests, (alice, alice, bob), strict=True):
            office.presence.enter(guest, account.id)
        assert await office.presence.look_over() == 0
        await office.kept.change_account(replace(alice, enabled=False))
        assert await office.presence.look_over() == 2
        assert [guest.ended for guest in guests] == [True, True, False]
        await office.kept.remove_account(bob.id)
        assert await office.presence.look_over() >= 1
        assert guests[2].ended

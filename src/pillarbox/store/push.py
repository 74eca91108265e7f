"""Push subscriptions, as a store keeps them: a part of `pillarbox.store.api.Accounts`."""

from collections.abc import Sequence
from typing import Protocol

from ..ids import AccountId
from .models import PushSubscription


class PushSubscriptions(Protocol):
    async def push_subscriptions(self, account: AccountId | None = None) -> Sequence[PushSubscription]:
        """An account's, or everybody's; oldest first. They go with the account, and with the app password they were made by."""

    async def add_push_subscription(self, subscription: PushSubscription) -> PushSubscription:
        """With an id of its own, which no other will ever have. Raises NotFound (the account), and TooMany beyond
        `StoreLimits.push_subscriptions`."""

    async def change_push_subscription(self, subscription: PushSubscription) -> None:
        """Whether it is asked and verified, when it expires, and its types; the rest stays. Raises NotFound."""

    async def remove_push_subscription(self, account: AccountId, id: int) -> None:  # noqa: A002
        """Raises NotFound."""

import pytest

from pillarbox.errors import Invalid
from pillarbox.ids import AccountId
from pillarbox.mail.preferences import AccountSettings
from pillarbox.store.models import Account


def test_what_is_set_is_read() -> None:
    kept = {
        "pop3_delete": "trash",
        "pop3_expire_days": "0",
        "save_sent": "true",
        "disabled_capabilities": "move, IDLE",
        "quota_bytes": "1000",
    }
    read = AccountSettings.of(Account(AccountId(1), "a@example.org", kept))
    assert (read.pop3_delete, read.pop3_expire_days, read.save_sent, read.quota_bytes) == ("trash", 0, True, 1000)
    assert read.disabled_capabilities == {"MOVE", "IDLE"}
    assert AccountSettings.of(Account(AccountId(1), "a@example.org")) == AccountSettings()


def test_what_cannot_be_read_counts_as_not_set() -> None:
    assert (
        AccountSettings.of(Account(AccountId(1), "a@example.org", {"pop3_delete": "burn", "nonsense": "1"}))
        == AccountSettings()
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [("nonsense", "1"), ("pop3_delete", "burn"), ("save_sent", "yes"), ("quota_bytes", "-1"), ("quota_bytes", "1" * 30)],
)
def test_what_cannot_be_set_is_refused(name: str, text: str) -> None:
    with pytest.raises(Invalid):
        AccountSettings.check(name, text)

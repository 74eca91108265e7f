"""What may be set for one account, and reading it."""

from dataclasses import dataclass, field, fields
from typing import Any

from ..errors import Invalid, TooMany
from ..store.models import Account
from .app_passwords import PROTOCOLS, protocols_of
from .forwarding import MOST, addresses_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """What may be set for an account (`pillarbox account set ADDRESS name=value`)."""

    quota_bytes: int | None = field(
        default=None, metadata={"says": "bytes it may hold; 0: no bound; absent: as [mail] quota says"}
    )
    quota_messages: int = field(default=0, metadata={"says": "messages it may hold; 0: no bound"})
    pop3_delete: str = field(
        default="delete", metadata={"says": 'what a deletion by POP3 does: "delete", or "trash": move to Trash'}
    )
    pop3_expire_days: int | None = field(
        default=None, metadata={"says": "days after which collected mail leaves the server; 0: at once; absent: never"}
    )
    pop3_marks_seen: bool = field(default=False, metadata={"says": "whether mail collected by POP3 counts as read"})
    pop3_login_delay: int = field(default=0, metadata={"says": "seconds that must lie between two POP3 sessions"})
    save_sent: bool = field(default=False, metadata={"says": "whether a copy of what is submitted goes to Sent"})
    detail_folders: bool = field(
        default=False, metadata={"says": "whether name+folder@… goes to the mailbox of that name, where there is one"}
    )
    disabled_capabilities: frozenset[str] = field(
        default=frozenset(), metadata={"says": "IMAP and POP3 capabilities not announced to it, with commas between"}
    )

    send_hour: int | None = field(
        default=None,
        metadata={"says": "recipients it may send to in an hour; 0: no bound; absent: as [outgoing] account_hour says"},
    )
    send_day: int | None = field(
        default=None, metadata={"says": "the same in 24 hours; absent: as [outgoing] account_day says"}
    )
    forward_to: tuple[str, ...] = field(
        default=(), metadata={"says": f"where what comes is sent on to: addresses with commas between, {MOST} at most"}
    )
    forward_keep: bool = field(default=True, metadata={"says": "whether what is sent on is filed here too"})
    admin: bool = field(default=False, metadata={"says": "whether it may change what others may hold (IMAP SETQUOTA)"})
    password_protocols: frozenset[str] | None = field(
        default=None,
        metadata={
            "says": f"where its own password may be used: of {', '.join(PROTOCOLS)}, with commas between, or none; "
            "absent: everywhere; with a second factor nowhere. App passwords, tokens and certificates are not meant"
        },
    )

    @classmethod
    def of(cls, account: Account) -> "AccountSettings":
        """What is kept for an account; what cannot be read counts as not set."""
        if not account.settings:
            return _DEFAULTS
        values: dict[str, Any] = {}
        for item in fields(cls):
            text = account.settings.get(item.name)
            if text is not None:
                try:
                    values[item.name] = _value(item.name, text)
                except (Invalid, TooMany):
                    continue
        return cls(**values)

    @staticmethod
    def check(name: str, text: str) -> None:
        """Raises Invalid, with what to write instead."""
        if name not in {item.name for item in fields(AccountSettings)}:
            raise Invalid(
                f"there is no account setting {name}; there are {', '.join(item.name for item in fields(AccountSettings))}"
            )
        if name == "password_protocols" and text not in ("", "none"):
            protocols_of(text.split(","))
        _value(name, text)


def _value(name: str, text: str) -> Any:
    match name:
        case "pop3_delete":
            if text not in ("delete", "trash"):
                raise Invalid(f'{name} must be "delete" or "trash"')
            return text
        case "pop3_marks_seen" | "save_sent" | "detail_folders" | "admin" | "forward_keep":
            if text not in ("true", "false"):
                raise Invalid(f"{name} must be true or false")
            return text == "true"
        case "forward_to":
            return addresses_of(text)
        case "disabled_capabilities":
            return frozenset(word.strip().upper() for word in text.split(",") if word.strip())
        case "password_protocols":
            return frozenset() if text == "none" else frozenset(word.strip().lower() for word in text.split(","))
        case _:
            if not (text.isascii() and text.isdigit() and len(text) < 19):
                raise Invalid(f"{name} must be a whole number")
            return int(text)


_DEFAULTS = AccountSettings()

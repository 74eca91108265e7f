"""What JMAP can here, by the names the session object announces it by (RFC 8620 §2, §9.4)."""

from typing import Final

from pillarbox.limits import JmapLimits, SmtpLimits
from pillarbox.proto.jmap import blob
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.mail import creation
from pillarbox.proto.jmap.mail import sort as sorts

CORE: Final = "urn:ietf:params:jmap:core"
MAIL: Final = "urn:ietf:params:jmap:mail"
WEBSOCKET: Final = "urn:ietf:params:jmap:websocket"
BLOB: Final = "urn:ietf:params:jmap:blob"
QUOTA: Final = "urn:ietf:params:jmap:quota"
VAPID: Final = "urn:ietf:params:jmap:webpush-vapid"
WEBMAIL: Final = "urn:x-pillarbox:webmail"
SUBMISSION: Final = "urn:ietf:params:jmap:submission"
VACATION: Final = "urn:ietf:params:jmap:vacationresponse"
MDN: Final = "urn:ietf:params:jmap:mdn"
FORWARDING: Final = "urn:x-pillarbox:forwarding"
PEOPLE: Final = "urn:x-pillarbox:people"
"""How people, and their devices, are let in."""
PRINCIPALS: Final = "urn:ietf:params:jmap:principals"
OWNER: Final = "urn:ietf:params:jmap:principals:owner"
"""Only in what is said of an account."""

OWN: Final = (SUBMISSION, VACATION, MDN, FORWARDING, PEOPLE)
"""Of one's own account only."""
KNOWN: Final = frozenset((CORE, MAIL, WEBSOCKET, BLOB, QUOTA, VAPID, WEBMAIL, PRINCIPALS, *OWN))
"""What a request may be `using`."""
COLLATIONS: Final = ("i;ascii-casemap", "i;octet", "i;unicode-casemap")
EMAIL_SORTS: Final = sorts.OF_EMAILS
BLOB_TYPES: Final = ("Mailbox", "Thread", "Email")


def of_server(limits: JmapLimits, application_key: str) -> dict[str, Json]:
    """What the server can, whatever the account; without the WebSocket's address."""
    can: dict[str, Json] = {
        CORE: {
            "maxSizeUpload": limits.upload,
            "maxConcurrentUpload": limits.uploads,
            "maxSizeRequest": limits.request,
            "maxConcurrentRequests": limits.requests,
            "maxCallsInRequest": limits.calls,
            "maxObjectsInGet": limits.get_objects,
            "maxObjectsInSet": limits.set_objects,
            "collationAlgorithms": list(COLLATIONS),
        },
        MAIL: {},
        WEBSOCKET: {},
        BLOB: {},
        QUOTA: {},
        WEBMAIL: {},
        PRINCIPALS: {},
        **{name: {} for name in OWN},
    }
    if application_key:
        can[VAPID] = {"applicationServerKey": application_key}
    return can


def attachments(limits: SmtpLimits) -> int:
    """Bytes that one email's may have: base64 makes 78 of 57, and a little is left for its texts and its header."""
    return limits.message * 2 // 3


def of_account(limits: JmapLimits, smtp: SmtpLimits, *, is_personal: bool = True) -> dict[str, Json]:
    """What can be done with an account; `smtp` with the size of a message as the settings have it."""
    return {
        CORE: {},
        MAIL: {
            "maxMailboxesPerEmail": creation.MAILBOXES,
            "maxMailboxDepth": None,
            "maxSizeMailboxName": limits.mailbox_name,
            "maxSizeAttachmentsPerEmail": attachments(smtp),
            "emailQuerySortOptions": list(EMAIL_SORTS),
            "mayCreateTopLevelMailbox": is_personal,
        },
        BLOB: {
            "maxSizeBlobSet": limits.blob_bytes,
            "maxDataSources": limits.blob_sources,
            "supportedTypeNames": list(BLOB_TYPES),
            "supportedDigestAlgorithms": list(blob.DIGESTS),
        },
        QUOTA: {},
        WEBMAIL: {},
        **(_of_own(smtp) if is_personal else {}),
    }


def _of_own(limits: SmtpLimits) -> dict[str, Json]:
    """RFC 8621 §1.3.2: for how long a message may wait, and what an envelope may ask for."""
    extensions: dict[str, Json] = {
        "8BITMIME": [],
        "DSN": [],
        "FUTURERELEASE": [str(limits.hold)],
        "REQUIRETLS": [],
        "SIZE": [str(limits.message)],
        "SMTPUTF8": [],
    }
    can: dict[str, Json] = {name: {} for name in OWN}
    can[SUBMISSION] = {"maxDelayedSend": limits.hold, "submissionExtensions": extensions}
    return can

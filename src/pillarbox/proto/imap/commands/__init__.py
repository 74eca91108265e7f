"""What a client can ask, one frozen dataclass a command (RFC 9051 §6, RFC 3501 §6).

Mailbox names are `str`, decoded from whatever form the connection speaks, and INBOX in any case is `INBOX`.
System flags are spelt as the RFC spells them, keywords as the client did.
"""

from .access import *  # noqa: F403
from .command import *  # noqa: F403
from .mailboxes import *  # noqa: F403
from .messages import *  # noqa: F403
from .metadata import *  # noqa: F403
from .notifying import *  # noqa: F403
from .quota import *  # noqa: F403
from .searching import *  # noqa: F403
from .session import *  # noqa: F403
from .sorting import *  # noqa: F403

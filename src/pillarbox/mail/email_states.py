"""Places in an account's history, as they are handed out to whoever looks.

"1234" is all that happened up to modseq 1234; "1234.56" all before it, and of what happened under it what concerns ids to 56.
What ends in "-" and eight letters is somebody else's: those stand for the mailboxes and rights that person had, so that nothing
is told from there once these are others.
"""

from collections.abc import Sequence
from hashlib import blake2b

from ..errors import ChangesForgotten
from ..ids import ModSeq
from ..store.emails import WHOLLY, Moment
from .opened import OpenMailbox

State = str
"""A place in an account's history as one person sees it: handed out, handed back, and not to be read by anybody else."""
_DIGITS = len(str(WHOLLY))


def written(moment: Moment, scope: str) -> State:
    place = str(moment.modseq) if moment.through == WHOLLY else f"{moment.modseq}.{moment.through}"
    return f"{place}-{scope}" if scope else place


def read(state: State, scope: str) -> Moment:
    """Raises ChangesForgotten for what `written` never gave, or gave in another scope."""
    modseq, dot, through = state.partition("-")[0].partition(".")
    if _is_number(modseq) and (_is_number(through) or not dot):
        moment = Moment(ModSeq(int(modseq)), int(through) if dot else WHOLLY)
        if written(moment, scope) == state:
            return moment
    raise ChangesForgotten("that is no state of these")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS and int(text) <= WHOLLY


def scope_of(boxes: Sequence[OpenMailbox]) -> str:
    """What somebody else's mailboxes are in a state: nothing for one's own."""
    if not boxes or all(box.is_own for box in boxes):
        return ""
    seen = ",".join(f"{box.id}:{int(box.rights)}" for box in sorted(boxes, key=lambda box: box.id))
    return blake2b(seen.encode("ascii"), digest_size=4).hexdigest()

"""What queries found, for whoever asks the same again: the next page, or another window."""

from array import array
from collections import OrderedDict
from typing import NamedTuple

from ..ids import AccountId, ModSeq
from ..store.emails import EmailQuery, Within

MOST = 4_000_000
"""Ids kept a worker, eight bytes each; beyond, what was asked longest ago is forgotten."""
LEAST = 500
"""A short answer counts as one of so many: there is more to keep than its ids. A long question counts by its letters."""


class Question(NamedTuple):
    """Of which account, by whom, and among which mailboxes."""

    account: AccountId
    viewer: AccountId
    within: Within
    query: EmailQuery


class _Kept(NamedTuple):
    modseq: ModSeq
    emails: "array[int]"
    weight: int


class Remembered:
    """One a worker; each answer is good while the account's modseq is what it was."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Question, _Kept] = OrderedDict()
        self._weight = 0

    def answer(self, question: Question, modseq: ModSeq) -> "array[int] | None":
        found = self._kept.get(question)
        if found is None or found.modseq != modseq:
            return None
        self._kept.move_to_end(question)
        return found.emails

    def keep(self, question: Question, modseq: ModSeq, found: "array[int]") -> None:
        if question in self._kept:
            self._weight -= self._kept.pop(question).weight
        kept = _Kept(modseq, found, max(len(found), len(repr(question)), LEAST))
        self._kept[question] = kept
        self._weight += kept.weight
        while self._weight > self._most and self._kept:
            self._weight -= self._kept.popitem(last=False)[1].weight

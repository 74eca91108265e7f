import pytest

from pillarbox.proto.imap.attributes import Attribute
from pillarbox.proto.imap.commands import EventGroup, Notify, NotifyEvent, Scope, Source
from proto.imap.driver import is_bad, received

NEW, GONE, FLAGS = NotifyEvent.MESSAGE_NEW, NotifyEvent.MESSAGE_EXPUNGE, NotifyEvent.FLAG_CHANGE
NAME = NotifyEvent.MAILBOX_NAME
BOTH = frozenset({NEW, GONE})


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (b"NOTIFY NONE", Notify(b"t", None)),
        (b"notify set (personal none)", Notify(b"t", (EventGroup(Source(Scope.PERSONAL)),))),
        (
            b"NOTIFY SET STATUS (selected (MessageNew (uid flags) MessageExpunge)) (inboxes (mailboxname))",
            Notify(
                b"t",
                (
                    EventGroup(Source(Scope.SELECTED), BOTH, fetched=(Attribute.UID, Attribute.FLAGS)),
                    EventGroup(Source(Scope.INBOXES), frozenset({NAME})),
                ),
                status=True,
            ),
        ),
        (
            b"NOTIFY SET (SELECTED-DELAYED (MessageExpunge MessageNew FlagChange))",
            Notify(b"t", (EventGroup(Source(Scope.SELECTED), BOTH | {FLAGS}, is_delayed=True),)),
        ),
        (
            b"NOTIFY SET (subtree Lists (MailboxName)) (mailboxes (a {1+}\r\nb) (MailboxName)) (subtree-one x (MailboxName))",
            Notify(
                b"t",
                (
                    EventGroup(Source(Scope.SUBTREE, ("Lists",)), frozenset({NAME})),
                    EventGroup(Source(Scope.MAILBOXES, ("a", "b")), frozenset({NAME})),
                    EventGroup(Source(Scope.SUBTREE_ONE, ("x",)), frozenset({NAME})),
                ),
            ),
        ),
        (
            b"NOTIFY SET (subscribed (Birthday MailboxName))",
            Notify(b"t", (EventGroup(Source(Scope.SUBSCRIBED), frozenset({NAME}), unknown=(b"Birthday",)),)),
        ),
    ],
)
def test_wishes_are_understood(line: bytes, wanted: Notify) -> None:
    assert received(line) == wanted


@pytest.mark.parametrize(
    "line",
    [
        b"NOTIFY",
        b"NOTIFY NONE (personal none)",
        b"NOTIFY SET",
        b"NOTIFY SET STATUS",
        b"NOTIFY SET personal none",
        b"NOTIFY SET (personal ())",
        b"NOTIFY SET (personal)",
        b"NOTIFY SET (everywhere none)",
        b"NOTIFY SET (mailboxes none)",
        b"NOTIFY SET (mailboxes () none)",
        b"NOTIFY SET (personal (MessageNew))",
        b"NOTIFY SET (personal (MessageExpunge))",
        b"NOTIFY SET (personal (FlagChange))",
        b"NOTIFY SET (personal (AnnotationChange))",
        b"NOTIFY SET (personal (MessageNew (uid) MessageExpunge))",
        b"NOTIFY SET (selected (MailboxName))",
        b"NOTIFY SET (selected none) (selected-delayed none)",
        b"NOTIFY SET (selected (MessageNew () MessageExpunge))",
        b"NOTIFY SET (selected (MessageNew (nonsense) MessageExpunge))",
        b"NOTIFY SET (personal none)(inboxes none)",
        b"NOTIFY SET" + b" (personal none)" * 101,
    ],
)
def test_wishes_that_make_no_sense_are_refused(line: bytes) -> None:
    assert is_bad(received(line))

"""Made-up people and mail, for looking around."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from ..mail.messages import Draft
from ..mail.office import Office
from ..mail.spool import Received
from ..store.models import INBOX, Flag
from .domains import added

DOMAINS = ("example.org", "example.net")
PEOPLE = {"alice@example.org": "Alice Adams", "bob@example.org": "Bob Baker", "carol@example.net": "Carol Clark"}


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str
    hours_ago: float
    mailbox: str = INBOX
    flags: int = 0
    html: str = ""
    attachment: str = ""


LETTERS: Sequence[Letter] = (
    Letter("Welcome to Pillarbox", "This mailbox is yours to play with.\nNothing in it leaves this machine.\n", 0.1),
    Letter("Lunch on Thursday?", "The place by the canal, half past twelve?\n\nI'll bring the drawings.\n", 2),
    Letter(
        "Re: Lunch on Thursday?",
        "Yes! See you there.\n\n> The place by the canal, half past twelve?\n",
        1.5,
        flags=Flag.ANSWERED,
    ),
    Letter(
        "Grüße aus Köln – 写真もあります",
        "Schöne Grüße!\nDas Wetter ist herrlich, und der Dom steht noch.\n",
        26,
        flags=Flag.SEEN,
    ),
    Letter(
        "Your order has been sent",
        "Three blue pencils, one eraser. Arrives Friday.\n",
        30,
        html="<h1>On its way</h1><p>Three <b>blue</b> pencils, one eraser. Arrives Friday.</p>",
    ),
    Letter(
        "Minutes of the meeting",
        "Attached, with the figures.\n",
        50,
        flags=Flag.SEEN,
        attachment="who;what\nAlice;plan\nBob;draw\n",
    ),
    Letter("The roof", "The roofer can come in March. Shall we take him?\n", 75, flags=Flag.SEEN | Flag.FLAGGED),
    Letter("You have WON", "Send us your bank details at once to claim your prize.\n", 5, mailbox="Junk"),
    Letter(
        "Report for the third quarter",
        "All is well. The long version is in the archive.\n",
        2000,
        mailbox="Archive",
        flags=Flag.SEEN,
    ),
    Letter("Half a thought", "What if we\n", 20, mailbox="Drafts", flags=Flag.DRAFT | Flag.SEEN),
)


async def furnish(office: Office, passwords: dict[str, str]) -> None:
    """Make the domains and people of the demonstration, with mail, where they are missing."""
    for domain in DOMAINS:
        if await office.kept.domain(domain) is None:
            await added(office, domain)
    for number, (address, password) in enumerate(passwords.items()):
        if await office.kept.account(address) is None:
            account = await office.accounts.add(address, password)
            opened = office.open(account)
            for letter, draft in _drafts(address, number, office.clock.now()):
                mailbox = await opened.mail.mailbox(letter.mailbox)
                await opened.messages.append(mailbox.id, [draft])


def _drafts(address: str, number: int, now: datetime) -> Iterator[tuple[Letter, Draft]]:
    others = [other for other in PEOPLE if other != address]
    written: dict[str, str] = {}
    for index, letter in enumerate(sorted(LETTERS, key=lambda letter: -letter.hours_ago)):
        at = (now - timedelta(hours=letter.hours_ago)).replace(microsecond=0)
        sender, to = others[index % len(others)], address
        if letter.mailbox == "Drafts":
            sender, to = to, sender
        message_id = f"<demo.{index}.{number}@{DOMAINS[0]}>"
        data = _compose(letter, sender, to, at, message_id, written.get(letter.subject.removeprefix("Re: "), ""))
        written[letter.subject] = message_id
        yield letter, Draft(Received.of(data), letter.flags, received_at=at)


def _compose(letter: Letter, sender: str, to: str, at: datetime, message_id: str, answered: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = f"{PEOPLE[sender]} <{sender}>"
    message["To"] = f"{PEOPLE[to]} <{to}>"
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id
    if answered:
        message["In-Reply-To"] = message["References"] = answered
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    if letter.attachment:
        message.add_attachment(letter.attachment, subtype="csv", filename="figures.csv")
    return message.as_bytes()

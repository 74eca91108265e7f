"""What people read of our answers, in other languages than English (RFC 5255 §3): one table a language.

Answers are made in English, which is the key. What is in no table stays English.
"""

from collections.abc import Mapping
from dataclasses import replace

from .responses import Bye, PreAuth, Response, Tagged, Untagged

DEFAULT = "I-DEFAULT"
_DONE = " completed"

GERMAN: Mapping[str, str] = {
    "these stay": "diese bleiben",
    "UIDs are valid": "die UIDs gelten",
    "the next UID": "die nächste UID",
    "the highest": "die höchste",
    "its id": "seine Kennung",
    "moved": "verschoben",
    "still at it": "noch dabei",
    "the first message not seen": "die erste ungelesene Nachricht",
    "the mailbox before is closed": "das vorherige Postfach ist geschlossen",
    "wrong name or password": "Name oder Passwort ist falsch",
    "no password in the clear: STARTTLS comes first": "kein Passwort im Klartext: zuerst STARTTLS",
    "you were silent for too long": "zu lange kein Wort von Ihnen",
    "the server is going down": "der Server wird beendet",
    "goodbye": "auf Wiedersehen",
    "begin TLS now": "jetzt mit TLS beginnen",
    "all is compressed from here": "ab hier ist alles komprimiert",
    "the connection is compressed already": "die Verbindung ist schon komprimiert",
    "our fault; it is in our log": "unser Fehler; er steht in unserem Protokoll",
    "not possible": "nicht möglich",
    "no such mailbox": "dieses Postfach gibt es nicht",
    "there is no such mailbox": "dieses Postfach gibt es nicht",
    "no mailbox is selected": "kein Postfach ist geöffnet",
    "the mailbox already exists": "dieses Postfach gibt es schon",
    "the mailbox is full": "das Postfach ist voll",
    "the mailbox was opened read-only": "das Postfach wurde nur zum Lesen geöffnet",
    "that mailbox only has others below it": "dieses Postfach hat nur andere unter sich",
    "there are mailboxes below it": "darunter sind noch Postfächer",
    "only what is below that name can be deleted": "nur was unter diesem Namen ist, kann gelöscht werden",
    "no messages can be put there": "dort können keine Nachrichten abgelegt werden",
    "no more mailboxes can be made": "mehr Postfächer können nicht angelegt werden",
    "INBOX cannot be deleted": "INBOX kann nicht gelöscht werden",
    "a mailbox cannot go below itself": "ein Postfach kann nicht unter sich selbst liegen",
    "a mailbox has one special use": "ein Postfach hat nur einen besonderen Zweck",
    "another mailbox has that special use": "ein anderes Postfach hat diesen Zweck",
    "that special use cannot be given to a mailbox": "diesen Zweck kann kein Postfach haben",
    "a mailbox's name has no empty level": "kein Teil eines Postfachnamens ist leer",
    "that name is empty or too long for a mailbox": "dieser Name ist leer oder zu lang für ein Postfach",
    "that name has a character no mailbox may have": "dieser Name hat ein Zeichen, das kein Postfach haben darf",
    "some of the messages no longer exist": "einige der Nachrichten gibt es nicht mehr",
    "there is no message of that number": "es gibt keine Nachricht mit dieser Nummer",
    "conditional STORE failed for some": "bei einigen hat sich inzwischen etwas geändert",
    "the message is too big": "die Nachricht ist zu groß",
    "there are too many annotations": "es gibt zu viele Anmerkungen",
    "too many have rights in this mailbox": "zu viele haben Rechte an diesem Postfach",
    "that transfer encoding is unknown here": "diese Übertragungskodierung ist hier unbekannt",
    "that is not text in a character set we know": "das ist kein Text in einem Zeichensatz, den wir kennen",
    "the search is nested too deeply": "die Suche ist zu tief verschachtelt",
    "the search is too large with its filters": "die Suche ist mit ihren Filtern zu groß",
    "there is no such filter": "diesen Filter gibt es nicht",
    "there is no such comparator": "diesen Vergleich gibt es nicht",
    "those are too many mailboxes for one search": "das sind zu viele Postfächer für eine Suche",
    "too many searches are kept up to date": "zu viele Suchen werden schon auf dem Laufenden gehalten",
    "that language is not spoken here": "diese Sprache wird hier nicht gesprochen",
    "unknown command": "unbekannter Befehl",
    "unknown search key": "unbekannter Suchbegriff",
    "unknown fetch item": "unbekannter Teil einer Nachricht",
    "expected a space": "hier fehlt ein Leerzeichen",
    "expected the end of the command": "hier müsste der Befehl zu Ende sein",
    "the line is too long": "die Zeile ist zu lang",
    "too many bad commands": "zu viele falsche Befehle",
    "not while not authenticated": "erst nach der Anmeldung",
    "not while authenticated": "nicht in diesem Zustand",
    "not while selected": "nicht, solange ein Postfach geöffnet ist",
}
LANGUAGES: Mapping[str, Mapping[str, str]] = {DEFAULT: {}, "EN": {}, "DE": GERMAN}
"""By tag; the first is what is spoken to who has asked for nothing."""
_COMPLETED: Mapping[str, str] = {"DE": "{} ausgeführt"}


def localized(response: Response, language: str) -> Response:
    """The same response in a language, as far as it can be."""
    if not isinstance(response, Tagged | Untagged | Bye | PreAuth):
        return response
    text = LANGUAGES[language].get(response.text)
    if text is None and response.text.endswith(_DONE) and language in _COMPLETED:
        text = _COMPLETED[language].format(response.text.removesuffix(_DONE))
    return response if text is None else replace(response, text=text, utf8=True)

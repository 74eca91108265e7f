"""Which language a page is in, and what it says (RFC 9110 §12.5.4)."""

from collections.abc import Mapping
from typing import Final

DEFAULT: Final = "en"
_WISHES: Final = 20
"""Languages of a wish that are looked at."""

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "title": "Set up this device",
        "lead": "Most mail programs need only your address and your password. If yours asks for servers, enter this.",
        "imap": "IMAP: for several devices",
        "imap_says": "The mail stays here, and every device shows the same. Take this one unless you know better.",
        "pop3": "POP3: to collect onto one device",
        "pop3_says": "The mail is fetched onto one device and kept there; others may no longer see it.",
        "smtp": "Sending (SMTP)",
        "smtp_says": "Needed with either.",
        "jmap": "JMAP",
        "jmap_says": "For the few programs that speak it; it needs nothing else.",
        "server": "Server",
        "port": "Port",
        "security": "Security",
        "user": "User name",
        "user_says": "your whole address, like name@{domain}",
        "password": "Password",
        "password_says": "your own, or better an app password made for this device",
        "implicit": "SSL/TLS",
        "starttls": "STARTTLS",
        "url": "Address",
        "apple": "iPhone, iPad and Mac",
        "apple_says": "Enter your address to get a profile; the device asks for your password when it is installed.",
        "address": "Your address",
        "get": "Get the profile",
    },
    "de": {
        "title": "Dieses Gerät einrichten",
        "lead": "Den meisten Programmen genügen Ihre Adresse und Ihr Passwort. Fragt Ihres nach Servern, tragen Sie dies ein.",
        "imap": "IMAP: für mehrere Geräte",
        "imap_says": "Die Mail bleibt hier, und jedes Gerät zeigt dasselbe. Nehmen Sie dies, wenn nichts dagegen spricht.",
        "pop3": "POP3: zum Abholen auf ein einziges Gerät",
        "pop3_says": "Die Mail wird auf ein Gerät geholt und bleibt dort; andere sehen sie womöglich nicht mehr.",
        "smtp": "Versenden (SMTP)",
        "smtp_says": "Braucht man bei beidem.",
        "jmap": "JMAP",
        "jmap_says": "Für die wenigen Programme, die es sprechen; mehr brauchen sie nicht.",
        "server": "Server",
        "port": "Port",
        "security": "Sicherheit",
        "user": "Benutzername",
        "user_says": "Ihre ganze Adresse, etwa name@{domain}",
        "password": "Passwort",
        "password_says": "Ihr eigenes oder besser ein App-Passwort nur für dieses Gerät",
        "implicit": "SSL/TLS",
        "starttls": "STARTTLS",
        "url": "Adresse",
        "apple": "iPhone, iPad und Mac",
        "apple_says": "Für ein Profil geben Sie Ihre Adresse ein; beim Installieren fragt das Gerät nach dem Passwort.",
        "address": "Ihre Adresse",
        "get": "Profil holen",
    },
}


def chosen(wishes: str) -> str:
    """Of the languages there are, the one that Accept-Language likes best; English where it likes none."""
    best, weight = DEFAULT, 0.0
    for wish in wishes.split(",", _WISHES)[:_WISHES]:
        name, _, parameter = wish.partition(";")
        language = name.strip().lower().partition("-")[0]
        liked = _weight(parameter.strip())
        if language in TEXTS and liked > weight:
            best, weight = language, liked
    return best


def _weight(parameter: str) -> float:
    """`q=0.8`; what is not well-formed is not liked."""
    if not parameter:
        return 1.0
    name, _, value = parameter.partition("=")
    digits = value.strip().replace(".", "", 1)
    if name.strip().lower() != "q" or len(digits) > 4 or not (digits.isascii() and digits.isdigit()):
        return 0.0
    return min(float(value), 1.0)

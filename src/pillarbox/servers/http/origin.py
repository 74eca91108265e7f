"""How people reach our pages."""

from typing import Final

from pillarbox.settings import Settings, address

STANDARD: Final = 443


def is_served(settings: Settings) -> bool:
    """Whether there is a way to them: by https, here or at a proxy's."""
    return bool(settings.listen.https or settings.http.url)


def url(settings: Settings) -> str:
    """ "https://name", with its port where that is no usual one, and without a slash at its end."""
    if settings.http.url:
        return settings.http.url.rstrip("/")
    ports = [where[1] for text in settings.listen.https if isinstance(where := address(text), tuple)]
    port = f":{ports[0]}" if ports and STANDARD not in ports else ""
    return f"https://{settings.hostname}{port}"

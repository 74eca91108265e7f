"""The page for people: what to enter by hand, in words, and a profile for Apple's devices. No script, nothing from afar."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Final

from .description import Description, Service
from .language import TEXTS

POLICY: Final = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
STYLE: Final = """\
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 42rem; padding: 1.5rem; }
h1 { font-size: 1.6rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 0; }
p { margin: .25rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-block-start: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .3rem 0; text-align: start; }
th { font-weight: normal; opacity: .75; width: 9rem; }
td { overflow-wrap: anywhere; }
input, button { font: inherit; padding: .4rem .6rem; }
label { display: block; }
"""


def render(description: Description, language: str) -> str:
    """The page in one of the languages there are."""
    texts = TEXTS[language]
    body = "\n".join(_sections(description, texts))
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(texts["title"])}</title>
<link rel="stylesheet" href="/setup.css">
</head>
<body>
<main>
<h1>{escape(texts["title"])}</h1>
<p>{escape(texts["lead"])}</p>
{body}
</main>
</body>
</html>
"""


def _sections(description: Description, texts: Mapping[str, str]) -> Iterator[str]:
    for protocol in ("imap", "pop3", "smtp"):
        if service := description.best(protocol):
            yield from _heading(protocol, texts)
            yield from _table(_service_rows(service, description.domain, texts))
    if description.jmap:
        yield from _heading("jmap", texts)
        yield from _table({texts["url"]: description.jmap, **_log_in_rows(description.domain, texts)})
    if description.best("imap") and description.best("smtp"):
        yield from _heading("apple", texts)
        yield (
            '<form method="get" action="/setup/profile.mobileconfig">\n'
            f'<label for="email">{escape(texts["address"])}</label>\n'
            '<input type="email" id="email" name="email" autocomplete="email" required>\n'
            f'<button type="submit">{escape(texts["get"])}</button>\n</form>'
        )


def _heading(name: str, texts: Mapping[str, str]) -> Iterator[str]:
    yield f"<h2>{escape(texts[name])}</h2>"
    yield f"<p>{escape(texts[f'{name}_says'])}</p>"


def _service_rows(service: Service, domain: str, texts: Mapping[str, str]) -> Mapping[str, str]:
    return {
        texts["server"]: service.host,
        texts["port"]: str(service.port),
        texts["security"]: texts[service.tls.value],
        **_log_in_rows(domain, texts),
    }


def _log_in_rows(domain: str, texts: Mapping[str, str]) -> Mapping[str, str]:
    return {texts["user"]: texts["user_says"].format(domain=domain), texts["password"]: texts["password_says"]}


def _table(rows: Mapping[str, str]) -> Iterator[str]:
    yield "<table>"
    for name, value in rows.items():
        yield f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
    yield "</table>"

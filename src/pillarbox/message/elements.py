"""What HTML mail may consist of: its elements, their attributes, and the forms of their values."""

import re
from collections.abc import Mapping
from typing import Final

from .markup import words

TAGS: Final = words("""
    a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn div dl
    dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q rp rt ruby s
    samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr
""")
INLINE: Final = words(
    "a abbr b bdi bdo big cite code del dfn em font i ins kbd mark q s samp small span strike strong sub sup tt u var"
)
LETTERS: Final = words("b big code em font i s small strike strong tt u")
"""Those that only give letters a form: what is not closed goes on, until a cell of a table ends."""
CELLS: Final = words("table tbody td tfoot th thead tr caption li")
LEFT_OUT: Final = words("svg math template select datalist script style title noembed noframes")
"""Elements that go with all that is in them; of others that are not known what they hold stays."""
EVERYWHERE: Final = words("align class dir id lang style title valign")
ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = {
    "a": words("href target"),
    "img": words("src alt border hspace vspace width height"),
    "table": words("border cellpadding cellspacing bgcolor rules summary width height"),
    "tr": words("bgcolor height"),
    "td": words("bgcolor colspan rowspan nowrap abbr width height"),
    "th": words("bgcolor colspan rowspan nowrap abbr scope width height"),
    "tbody": words("bgcolor"),
    "col": words("span width"),
    "colgroup": words("span width"),
    "font": words("color face size"),
    "ol": words("start type reversed"),
    "ul": words("type"),
    "li": words("value type"),
    "hr": words("color noshade size width"),
    "div": words("bgcolor"),
    "time": words("datetime"),
    "details": words("open"),
}
FLAGS: Final = words("nowrap noshade reversed open")
COLOR: Final = re.compile(r"#?[A-Za-z0-9]{1,30}\Z")
NAME: Final = re.compile(r"[A-Za-z_-][\w-]{0,99}\Z", re.ASCII)
"""Of a class, or an id."""
NUMBER: Final = re.compile(r"[+-]?[0-9]{1,4}\Z")
LONGEST_TEXT: Final = 1000
_LENGTH = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,3})?(?:px|%)?\Z")
_WORD = re.compile(r"[A-Za-z0-9-]{1,35}\Z")
_ANYTHING = re.compile(r"")
FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    **dict.fromkeys(("width", "height"), _LENGTH),
    **dict.fromkeys(("align", "valign", "dir", "lang", "type", "scope", "rules"), _WORD),
    **dict.fromkeys(("bgcolor", "color"), COLOR),
    **dict.fromkeys(("alt", "title", "summary", "abbr"), _ANYTHING),
    "face": re.compile(r"[\w ,.'\"-]{1,200}\Z"),
    "datetime": re.compile(r"[0-9A-Za-z:+. -]{1,40}\Z"),
}
"""Of the values of attributes; those that are not here are numbers."""

CLOSES: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    "li": (words("li"), words("ul ol table")),
    "td": (words("td th"), words("table")),
    "th": (words("td th"), words("table")),
    "tr": (words("tr"), words("table")),
    "tbody": (words("tbody thead tfoot"), words("table")),
    "thead": (words("tbody thead tfoot"), words("table")),
    "tfoot": (words("tbody thead tfoot"), words("table")),
    "dt": (words("dt dd"), words("dl table")),
    "dd": (words("dt dd"), words("dl table")),
    "p": (words("p"), words("table td th li div blockquote")),
    "a": (words("a"), words("table td th")),
}
"""What ends where an element begins, and what stands in the way of that: end tags may be left out."""

QUOTES: Final = words("""
    gmail_quote yahoo_quoted protonmail_quote zmail_extra tutanota_quote qt moz-forward-container hmmessage_quote
""")
"""Classes by which mail programs mark what they quote."""
QUOTES_BELOW: Final = words("divrplyfwdmsg x_divrplyfwdmsg appendonsend mail-editor-reference-message-container")
"""Ids of what stands on top of an earlier message."""
OUTLOOK: Final = re.compile(r"border:none;border-top:solid#(?:e1e1e1|b5c4df)1\.0pt")
"""The style of the line that others draw there."""

"""What the webmail's pages may do in a browser (Content Security Policy Level 3)."""

from collections.abc import Mapping
from typing import Final


def _written(**directives: str) -> str:
    return "; ".join(f"{name.replace('_', '-')} {sources}".strip() for name, sources in directives.items())


PAGE: Final = _written(
    default_src="'none'",
    script_src="'self'",
    style_src="'self'",
    img_src="'self' data: blob:",
    font_src="'self'",
    connect_src="'self'",
    frame_src="'self'",
    worker_src="'self'",
    manifest_src="'self'",
    form_action="'self'",
    base_uri="'none'",
    frame_ancestors="'none'",
    require_trusted_types_for="'script'",
    trusted_types="pillarbox dompurify",
)
"""Of the webmail itself: its own files and its own server, and nothing that stands within the page's text. No text becomes
markup, or a program's address, but by the two named last (Trusted Types): web/src/trusted.ts, and what cleans mail."""

READER: Final = _written(
    sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox",
    default_src="'none'",
    img_src="'self' data: blob:",
    style_src="'unsafe-inline'",
    form_action="'none'",
    base_uri="'none'",
    frame_ancestors="'self'",
)
"""Of the frame that mail is shown in: no script runs, whatever got past those who clean it, and nothing is asked of others."""

READER_HEADERS: Final[Mapping[str, str]] = {"content-security-policy": READER, "x-frame-options": "SAMEORIGIN"}

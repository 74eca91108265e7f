"""What is written from the code is as the code is."""

import dataclasses

import pytest

from pillarbox.limits import Limits
from pillarbox.testing.documents import DOCUMENTS

LIMITS = [
    (f"{group.name}.{field.name}", field)
    for group in dataclasses.fields(Limits)
    for field in dataclasses.fields(group.default)  # type: ignore[arg-type]
]


def test_there_are_documents_for_make_check_to_look_at() -> None:
    assert set(DOCUMENTS) == {
        "docs/limits.md", "docs/settings.md", "docs/protocols.md", "docs/imap.md", "docs/jmap.md", "README.md",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "field"), LIMITS, ids=[name for name, _ in LIMITS])
def test_a_limit_has_a_source_says_what_happens_and_keeps_to_its_floor(name: str, field: "dataclasses.Field[float]") -> None:
    about = field.metadata
    assert about["source"]
    assert about["says"]
    assert field.default is not dataclasses.MISSING
    assert about["floor"] is None or about["floor"] <= field.default

"""Header fields as properties (RFC 8621 §4.1.2, §4.1.3)."""

import pytest

from pillarbox.proto.jmap.errors import MethodRefused
from pillarbox.proto.jmap.mail.fields import CONVENIENT, FieldProperty, Form, parsed


@pytest.mark.parametrize(
    ("key", "name", "form", "is_all"),
    [
        ("header:Subject", "Subject", Form.RAW, False),
        ("header:subject:all", "subject", Form.RAW, True),
        ("header:Subject:asText", "Subject", Form.TEXT, False),
        ("header:X-Anything:asURLs:all", "X-Anything", Form.URLS, True),
        ("header:Resent-Bcc:asGroupedAddresses", "Resent-Bcc", Form.GROUPED, False),
        ("header:List-Id:asText", "List-Id", Form.TEXT, False),
        ("header:References:asMessageIds", "References", Form.MESSAGE_IDS, False),
        ("header:Resent-Date:asDate:all", "Resent-Date", Form.DATE, True),
        ("header:Received:asRaw", "Received", Form.RAW, False),
    ],
)
def test_a_property_names_a_field_and_its_form(key: str, name: str, form: Form, is_all: bool) -> None:
    assert parsed(key) == FieldProperty(key, name, form, is_all)


@pytest.mark.parametrize(
    "key",
    [
        "header:",
        "header:a b",
        "header:Sübject",
        "header:Subject:asWords",
        "header:Subject:all:asText",
        "header:Subject:asText:asText",
        "header:Subject:asText:all:all",
        "header:Subject:",
        "header:Subject:astext",
        "header:Subject:asAddresses",
        "header:From:asText",
        "header:From:asDate",
        "header:Date:asText",
        "header:Message-ID:asText",
        "header:Received:asText",
        "header:List-Post:asText",
        "header:" + "x" * 999,
    ],
)
def test_a_field_that_cannot_be_or_not_in_that_form_is_refused(key: str) -> None:
    with pytest.raises(MethodRefused) as refused:
        parsed(key)
    assert refused.value.type == "invalidArguments"


def test_what_is_no_field_is_none() -> None:
    assert parsed("size") is None
    assert parsed("Header:Subject") is None


def test_the_convenient_ones_are_fields_in_a_form_they_may_be_read_in() -> None:
    for key, field in CONVENIENT.items():
        assert parsed(key) == field
        assert parsed(f"header:{field.name}:{field.form}") is not None

import pytest

from kinds import SHARED
from pillarbox import errors
from pillarbox.proto.imap.errors import RESPONSE_CODE


@pytest.mark.parametrize("kind", SHARED)
def test_every_error_has_a_response_code(kind: type[errors.MailError]) -> None:
    assert kind in RESPONSE_CODE


def test_every_code_is_one_atom() -> None:
    assert all(code.text.replace(b"-", b"").isalnum() and code.text.isupper() for code in RESPONSE_CODE.values())

"""Requests read strictly (RFC 8620 §3.3, §3.6.1, RFC 7493)."""

import json
from dataclasses import replace

import pytest

from pace import within
from pillarbox.limits import JmapLimits
from pillarbox.proto.jmap import ijson, invocation
from pillarbox.proto.jmap.errors import RequestRefused

LIMITS = JmapLimits()
USING = ["urn:ietf:params:jmap:core"]


def request(**given: object) -> bytes:
    return json.dumps({"using": USING, "methodCalls": [], **given}).encode()


def refusal(data: bytes, limits: JmapLimits = LIMITS) -> RequestRefused:
    with pytest.raises(RequestRefused) as caught:
        invocation.parse(data, limits)
    return caught.value


def test_a_request_is_read_whole() -> None:
    found = invocation.parse(request(methodCalls=[["Core/echo", {"hello": [1, True, None]}, "c1"]], createdIds={"k1": "F1"}))
    assert found.using == frozenset(USING)
    assert found.calls == [invocation.Invocation("Core/echo", {"hello": [1, True, None]}, "c1")]
    assert found.created_ids == {"k1": "F1"}


def test_a_request_without_created_ids_wants_none_back() -> None:
    assert invocation.parse(request()).created_ids is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"using": [],}',
        b"\xef\xbb\xbf{}",
        b'{"a": "\xff"}',
        '{"using": []}'.encode("utf-16"),
        b'{"a": 1, "a": 2}',
        b'{"b": {"a": 1, "\\u0061": 2}}',
        b'{"a": "\\ud800"}',
        b'{"a": "\\udc00\\ud800"}',
        b'{"\\uDEAD": 1}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": 01}',
        b'{"a": "\x01"}',
        b"[" * 10_000_000,
        b'{"a":' * 1_000_000,
        b"[" * 101 + b"]" * 101,
    ],
    ids=lambda data: repr(data[:24]),
)
def test_what_is_no_i_json_is_not_json(data: bytes) -> None:
    with within(2):
        assert refusal(data).type == "urn:ietf:params:jmap:error:notJSON"


def test_a_pair_of_surrogates_is_one_letter() -> None:
    assert ijson.decode(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


def test_nesting_goes_as_deep_as_the_limit() -> None:
    limits = replace(LIMITS, depth=5)
    assert ijson.decode(b"[[[[[]]]]]", limits) == [[[[[]]]]]
    with pytest.raises(RequestRefused):
        ijson.decode(b"[[[[[[]]]]]]", limits)


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"null",
        b"1",
        b"{}",
        b'{"using": [], "methodCalls": {}}',
        b'{"using": "core", "methodCalls": []}',
        b'{"using": [1], "methodCalls": []}',
        b'{"methodCalls": []}',
        request(methodCalls=[{}]),
        request(methodCalls=[["Core/echo", {}]]),
        request(methodCalls=[["Core/echo", {}, "c", "d"]]),
        request(methodCalls=[["Core/echo", [], "c"]]),
        request(methodCalls=[["Core/echo", {}, 1]]),
        request(methodCalls=[[None, {}, "c"]]),
        request(createdIds=[]),
        request(createdIds={"k": 1}),
        request(createdIds={"k": "no id"}),
    ],
)
def test_json_that_is_no_request_is_told_so(data: bytes) -> None:
    assert refusal(data).type == "urn:ietf:params:jmap:error:notRequest"


def test_as_many_calls_as_are_announced_are_taken_and_no_more() -> None:
    call = ["Core/echo", {}, "c"]
    assert len(invocation.parse(request(methodCalls=[call] * LIMITS.calls)).calls) == LIMITS.calls
    refused = refusal(request(methodCalls=[call] * (LIMITS.calls + 1)))
    assert refused.to_json()["limit"] == "maxCallsInRequest"


def test_as_many_bytes_as_are_announced_are_taken_and_no_more() -> None:
    data = request()
    assert invocation.parse(data, replace(LIMITS, request=len(data)))
    assert refusal(data, replace(LIMITS, request=len(data) - 1)).to_json() == {
        "type": "urn:ietf:params:jmap:error:limit",
        "status": 400,
        "detail": "the request is too big",
        "limit": "maxSizeRequest",
    }


def test_a_capability_nobody_knows_is_refused() -> None:
    found = invocation.parse(request())
    invocation.check_using(found, USING)
    with pytest.raises(RequestRefused) as caught:
        invocation.check_using(found, ["urn:other"])
    assert caught.value.type == "urn:ietf:params:jmap:error:unknownCapability"

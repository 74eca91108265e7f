"""The published SPF suite for RFC 7208, every case of it."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
import yaml

from checks.suite import SUITE, fetch
from pillarbox.checks.spf import SpfResult, check_host
from pillarbox.testing.fake_dns import Zone

PLACES = {"SPF": "TXT"}
DEFAULT = "DEFAULT"


def cases() -> Iterator[Any]:
    if not SUITE.exists():
        reason = f"needs the published SPF suite as {SUITE}: python tests/checks/suite.py"
        yield pytest.param({}, {}, marks=pytest.mark.skip(reason=reason), id="suite")
        return
    for scenario in yaml.load_all(SUITE.read_bytes(), yaml.CSafeLoader):
        for name, case in scenario["tests"].items():
            yield pytest.param(scenario["zonedata"], case, id=f"{scenario['description']}: {name}")


def zone_of(data: dict[str, Any]) -> Zone:
    """The suite's notation: records of type SPF stand for TXT where a name has none of its own; TIMEOUT ends what is known."""
    zone = Zone()
    for name, records in data.items():
        has_own_text = any("TXT" in record for record in records if isinstance(record, dict))
        for record in records:
            if record == "TIMEOUT":
                zone.fails(name)
                continue
            [(kind, value)] = record.items()
            if kind == "SPF" and has_own_text:
                continue
            add(zone, name, PLACES.get(kind, kind), value)
    return zone


def add(zone: Zone, name: str, kind: str, value: Any) -> None:
    if value == "TIMEOUT":
        zone.fails(name, kind)
    elif value == "NONE":
        return
    elif kind == "TXT":
        zone.add(name, kind, (value if isinstance(value, str) else "".join(value)).encode())
    elif kind == "MX":
        zone.add(name, kind, f"{value[0]} {value[1] or '.'}")
    else:
        zone.add(name, kind, value)


def run(data: dict[str, Any], case: dict[str, Any]) -> SpfResult:
    sender = case["mailfrom"] or f"postmaster@{case['helo']}"
    domain = sender.rpartition("@")[2]
    return zone_of(data).run(check_host(ip_address(case["host"]), domain, sender, helo=case["helo"], receiver="receiver"))


@pytest.mark.parametrize(("data", "case"), list(cases()))
def test_a_case_of_the_published_suite(data: dict[str, Any], case: dict[str, Any]) -> None:
    result = run(data, case)
    allowed = case["result"] if isinstance(case["result"], list) else [case["result"]]
    assert result.result in allowed, result
    if (explanation := case.get("explanation")) is not None:
        assert result.explanation == ("" if explanation == DEFAULT else explanation)


def test_the_suite_is_there_where_it_can_be_had() -> None:
    if not SUITE.exists():
        pytest.skip("needs the published SPF suite")
    assert fetch()
    assert len(list(cases())) > 190

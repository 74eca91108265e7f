"""Records printed, published, looked up again; and keys changed without a gap."""

from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import dns.name
import dns.zone
import pytest
from click.testing import Result

from pillarbox.errors import OperatorError
from pillarbox.testing.fake_dns import Zone

Run = Callable[..., Result]
Ask = Callable[..., Any]
DOMAIN = "example.org"


def publish(names: Zone, records: list[dict[str, str]]) -> None:
    """As an owner would who takes the list and puts in the server's addresses."""
    for record in records:
        if record["need"] != "optional":
            text = record["value"].encode() if record["type"] == "TXT" else record["value"]
            names.remove(record["name"], record["type"])
            names.add(record["name"], record["type"], text)
    names.add("mail.example.org", "A", "192.0.2.1")


@pytest.fixture
def published(run: Run, ask: Ask, names: Zone) -> Zone:
    """A domain with all its records."""
    run("domain", "add", DOMAIN)
    publish(names, ask("domain", "records", DOMAIN))
    return names


def wrong(run: Run) -> str:
    """What a check that fails prints."""
    done = run("domain", "check", DOMAIN)
    assert isinstance(done.exception, OperatorError), done.output
    return done.stdout


def test_a_new_domain_is_told_what_to_publish_in_a_form_that_a_name_server_reads(run: Run, ask: Ask) -> None:
    printed = run("domain", "add", DOMAIN)
    assert "added domain example.org" in printed.stderr
    assert printed.stdout == run("domain", "records", DOMAIN).stdout
    zone = dns.zone.from_text(printed.stdout, origin=dns.name.root, relativize=False, check_origin=False)
    wanted = {(record["name"], record["type"]) for record in ask("domain", "records", DOMAIN) if record["need"] != "optional"}
    assert {(name.to_text(omit_final_dot=True), data.rdtype.name) for name, _, data in zone.iterate_rdatas()} == wanted


def test_a_server_without_a_name_of_its_own_is_told_so(run: Run, settings: Path) -> None:
    assert "set `hostname`" not in run("domain", "add", DOMAIN).stderr
    settings.write_text(settings.read_text().replace("mail.example.org", "localhost"))
    assert "set `hostname`" in run("domain", "add", "example.net").stderr


def test_what_is_published_as_printed_passes(run: Run, ask: Ask, published: Zone) -> None:
    done = run("domain", "check", DOMAIN)
    assert done.exit_code == 0, done.output
    assert "missing" not in done.stdout
    assert "WRONG" not in done.stdout
    assert {row["state"] for row in ask("domain", "check", DOMAIN) if row["need"] != "optional"} == {"right"}


@pytest.mark.parametrize(
    ("name", "kind", "values", "said"),
    [
        (DOMAIN, "MX", [], "missing  MX    example.org"),
        (DOMAIN, "MX", ["10 elsewhere.example."], "does not come to mail.example.org"),
        (DOMAIN, "TXT", [], "missing  TXT   example.org"),
        (DOMAIN, "TXT", ['"v=spf1 -all"'], "does not let 192.0.2.1 send"),
        (DOMAIN, "TXT", ['"v=spf1 mx -all"', '"v=spf1 a -all"'], "there are several"),
        (f"_dmarc.{DOMAIN}", "TXT", [], "missing  TXT   _dmarc.example.org"),
        (f"_dmarc.{DOMAIN}", "TXT", ['"v=DMARC1; p=maybe"'], "no policy"),
        ("mail.example.org", "A", [], "missing  A     mail.example.org"),
    ],
)
def test_what_is_not_as_it_should_be_is_said_with_what_should_be(
    run: Run, published: Zone, monkeypatch: pytest.MonkeyPatch, name: str, kind: str, values: list[str], said: str
) -> None:
    if kind == "A":
        monkeypatch.setattr("pillarbox.cli.publication._outward", lambda: [ip_address("192.0.2.1")])
    published.remove(name, kind)
    for value in values:
        published.add(name, kind, value)
    text = wrong(run)
    assert said in text
    assert "\n         + " in text
    assert all(f"         - {value.strip(chr(34))}" in text for value in values)


def test_another_key_is_told_from_ours(run: Run, ask: Ask, published: Zone) -> None:
    key = next(key for key in ask("domain", "dkim", DOMAIN) if key["algorithm"] == "rsa")
    published.remove(key["name"])
    published.add(key["name"], "TXT", key["record"].replace("MIIB", "MIIC").encode())
    assert "WRONG" in wrong(run)
    published.remove(key["name"])
    assert f"missing  TXT   {key['name']}" in wrong(run)


def test_what_is_only_advised_may_be_missing(run: Run, published: Zone) -> None:
    published.remove(f"_smtp._tls.{DOMAIN}")
    done = run("domain", "check", DOMAIN)
    assert done.exit_code == 0
    assert "missing  TXT   _smtp._tls.example.org" in done.stdout


def test_a_resolver_that_is_silent_leaves_it_open(run: Run, ask: Ask) -> None:
    run("domain", "add", DOMAIN)
    done = run("domain", "check", DOMAIN)
    assert isinstance(done.exception, OperatorError)
    assert "no resolver answers" in done.stdout or "Connection refused" in done.stdout


def test_a_domain_without_keys_is_told_so(run: Run, ask: Ask, names: Zone) -> None:
    run("domain", "add", DOMAIN, "--no-keys")
    publish(names, ask("domain", "records", DOMAIN))
    done = run("domain", "check", DOMAIN)
    assert done.exit_code == 0
    assert "not signed" in done.stderr


def test_a_domain_we_stand_in_for_is_checked_for_its_mx_only(run: Run, names: Zone) -> None:
    run("domain", "add", "friends.example", "--backup")
    names.add("friends.example", "MX", "10 mx.friends.example.")
    assert isinstance(run("domain", "check", "friends.example").exception, OperatorError)
    names.add("friends.example", "MX", "20 mail.example.org.")
    assert run("domain", "check", "friends.example").exit_code == 0


# Keys.


def states(ask: Ask) -> list[str]:
    return sorted(key["state"] for key in ask("domain", "dkim", DOMAIN))


def test_keys_are_changed_once_the_new_ones_can_be_seen(run: Run, ask: Ask, published: Zone) -> None:
    new = [key for key in ask("domain", "dkim", DOMAIN, "rotate") if key["state"] == "pending"]
    assert len(new) == 2
    assert all(key["record"] in run("domain", "records", DOMAIN).stdout.replace('" "', "") for key in new)
    assert isinstance(run("domain", "dkim", DOMAIN, "activate").exception, OperatorError)
    assert states(ask) == ["active", "active", "pending", "pending"]
    publish(published, ask("domain", "records", DOMAIN))
    assert run("domain", "dkim", DOMAIN, "activate").exit_code == 0
    assert states(ask) == ["active", "active", "retired", "retired"]
    assert len([row for row in ask("domain", "records", DOMAIN) if "_domainkey" in row["name"]]) == 4
    run("domain", "dkim", DOMAIN, "forget")
    assert [key["selector"] for key in ask("domain", "dkim", DOMAIN)] == [key["selector"] for key in new]


def test_keys_may_be_changed_unseen_by_who_says_so(run: Run, ask: Ask) -> None:
    run("domain", "add", DOMAIN)
    run("domain", "dkim", DOMAIN, "rotate")
    assert run("domain", "dkim", DOMAIN, "activate", "--unchecked").exit_code == 0
    assert states(ask) == ["active", "active", "retired", "retired"]


def test_no_private_key_is_printed(run: Run, settings: Path) -> None:
    printed = run("domain", "add", DOMAIN).output
    for words in (("show",), ("records",), ("dkim",), ("show", "--json"), ("dkim", "--json")):
        printed += run("domain", words[0], DOMAIN, *words[1:]).output
    assert "PRIVATE" not in printed
    assert "MIIE" not in printed


def of(records: list[dict[str, str]], name: str) -> dict[str, str]:
    (found,) = [record for record in records if record["name"] == f"{name}.{DOMAIN}" and record["value"] != "0 0 0 ."]
    return found


def test_what_https_makes_true_is_published_with_it(run: Run, ask: Ask, settings: Path) -> None:
    run("domain", "add", DOMAIN)
    settings.write_text(
        settings.read_text().replace("[listen]\n", '[listen]\nhttps = ["0.0.0.0:443"]\nimaps = ["0.0.0.0:993"]\n')
    )
    records = ask("domain", "records", DOMAIN)
    assert of(records, "_jmap._tcp")["value"] == "0 1 443 mail.example.org."
    for name in ("mta-sts", "autoconfig", "autodiscover", "ua-auto-config"):
        assert of(records, name)["value"] == "mail.example.org."
    digest = of(records, "_ua-auto-config")["value"]
    assert digest.startswith("v=UAAC1; a=sha256; d=")
    settings.write_text(settings.read_text().replace("0.0.0.0:993", "0.0.0.0:4993"))
    assert of(ask("domain", "records", DOMAIN), "_ua-auto-config")["value"] != digest


def test_a_policy_that_is_changed_has_a_new_id(run: Run, ask: Ask) -> None:
    run("domain", "add", DOMAIN)
    seen = [of(ask("domain", "records", DOMAIN), "_mta-sts")["value"]]
    for mode in ("enforce", "testing"):
        run("domain", "set", DOMAIN, f"mta_sts={mode}")
        seen.append(of(ask("domain", "records", DOMAIN), "_mta-sts")["value"])
    assert seen[0] == seen[2] != seen[1]

"""What is set of a domain, domains whose mail others keep, and that secrets stay where they are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import Result

Run = Callable[..., Result]
Ask = Callable[..., Any]
SECRET = "s3cret-of-the-provider"


def test_settings_of_a_domain_are_set_and_taken_back(run: Run, ask: Ask) -> None:
    run("domain", "add", "example.org", "--postmaster", "Admin@Example.org")
    assert ask("domain", "show", "example.org")["settings"] == {"postmaster": "admin@example.org"}
    assert run("domain", "set", "example.org", "smart_host=smtp.example.net:587", "postmaster=").exit_code == 0
    assert ask("domain", "show", "example.org")["settings"] == {"smart_host": "smtp.example.net:587"}


def test_a_password_is_kept_and_never_shown(run: Run, ask: Ask) -> None:
    run("domain", "add", "example.org")
    words = ("domain", "set", "example.org", "smart_host=smtp.example.net:587", "smart_host_user=me", "--password-stdin")
    done = run(*words, given=f"{SECRET}\n")
    assert done.exit_code == 0
    assert ask("domain", "show", "example.org")["settings"]["smart_host_password"] == "(kept)"
    said = [done.output] + [
        run(*command).output
        for command in (
            ("domain", "show", "example.org"),
            ("domain", "show", "example.org", "--json"),
            ("domain", "list"),
            ("domain", "records", "example.org"),
            ("config", "show"),
            ("domain", "set", "example.org", "smart_host_tls=verify"),
        )
    ]
    assert not any(SECRET in text for text in said)


def test_the_password_file_of_the_settings_is_named_and_not_read_out(run: Run, settings: Path) -> None:
    secret = settings.parent / "password"
    secret.write_text(SECRET)
    settings.write_text(
        f'[outgoing]\nsmart_host = "smtp.example.net:587"\nsmart_host_user = "me"\nsmart_host_password_file = "{secret.name}"\n'
    )
    shown = run("config", "show").output + run("config", "show", "--json").output
    assert str(secret) in shown
    assert SECRET not in shown


def test_a_domain_whose_mail_others_keep_is_found_like_any_other(run: Run, ask: Ask) -> None:
    done = run("domain", "add", "friends.example", "--backup")
    assert "20 mail.example.org." in done.stdout
    assert "DKIM" not in done.stdout
    assert ask("domain", "show", "friends.example") == {
        "domain": "friends.example",
        "settings": {"backup": "mx"},
        "keys": [],
        "accounts": [],
        "aliases": [],
    }
    assert [record["type"] for record in ask("domain", "records", "friends.example")] == ["MX"]
    assert run("domain", "remove", "friends.example").exit_code == 0
    assert ask("domain", "list") == []


def test_a_domain_may_be_sent_on_to_a_server_that_is_named(run: Run, ask: Ask) -> None:
    run("domain", "add", "inner.example", "--send-to", "10.0.0.5:2525")
    assert ask("domain", "show", "inner.example")["settings"] == {"backup": "10.0.0.5:2525"}


def test_a_domain_goes_with_its_keys_and_comes_back_with_others(run: Run, ask: Ask) -> None:
    run("domain", "add", "example.org")
    run("domain", "remove", "example.org")
    run("domain", "add", "example.org", "--no-keys")
    assert ask("domain", "show", "example.org")["keys"] == []

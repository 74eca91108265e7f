"""Reading pillarbox.toml: which file, what is in it, and every fault of it with its place and what to write instead."""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from .errors import OperatorError
from .settings import CAPABILITY, ENVIRONMENT, PAGES, PLACES, Imap, Listen, Settings, address, disabled_for


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a settings file."""

    line: int
    """From 1; 0 where no line is to blame."""
    key: str
    problem: str
    hint: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.key}: {self.problem}"


def find(explicit: str | None = None) -> Path:
    """The settings file to use. Raises OperatorError where there is none."""
    if explicit:
        return _existing(Path(explicit), "check the path given with --config")
    if named := os.environ.get(ENVIRONMENT):
        return _existing(Path(named), f"check the path in {ENVIRONMENT}")
    for place in PLACES:
        if place.exists():
            return place
    places = " or ".join(map(str, PLACES))
    raise OperatorError(
        f"there is no settings file {places}", "name one with --config FILE, or start `pillarbox try` to look around"
    )


def load(path: Path) -> Settings:
    """The settings in a file, paths in it made absolute. Raises OperatorError that names every fault."""
    settings, faults = read(path)
    if settings is None or faults:
        said = "\n".join(f"  {fault}\n    {fault.hint}" for fault in faults)
        raise OperatorError(f"{path} cannot be used:\n{said}", "mend it, then run `pillarbox config check`")
    return settings


def read(path: Path) -> tuple[Settings | None, Sequence[Fault]]:
    """The settings, or None where they cannot be used, and every fault found."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return None, [
            Fault(0, str(path), f"cannot be read: {error}", "it must be a text file in UTF-8 that this user may read")
        ]
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))  # else it is "at end of document"
        return None, [
            Fault(
                int(found[1]) if found else text.count("\n") + 1,
                "TOML",
                str(error),
                'a setting looks like: hostname = "mail.example.org"',
            )
        ]
    reader = _Reader(text)
    settings = reader.table(Settings, raw, "")
    reader.check(settings)
    if reader.faults:
        return None, reader.faults
    settings = _anchored(settings, path.resolve().parent)
    reader.check_files(settings)
    return (None, reader.faults) if reader.faults else (settings, [])


def _existing(path: Path, hint: str) -> Path:
    if not path.exists():
        raise OperatorError(f"there is no settings file {path}", hint)
    return path


def _anchored(settings: Settings, folder: Path) -> Settings:
    tls = settings.tls
    if tls.certificate:
        tls = replace(tls, certificate=str(folder / tls.certificate), key=str(folder / tls.key))
    if tls.client_authorities:
        tls = replace(tls, client_authorities=str(folder / tls.client_authorities))
    outgoing = settings.outgoing
    if outgoing.smart_host_password_file:
        outgoing = replace(outgoing, smart_host_password_file=str(folder / outgoing.smart_host_password_file))
    if outgoing.trusted_certificates:
        outgoing = replace(outgoing, trusted_certificates=str(folder / outgoing.trusted_certificates))
    oauth = settings.oauth
    if oauth.keys:
        oauth = replace(oauth, keys=str(folder / oauth.keys))
    return replace(settings, data_dir=folder / settings.data_dir, tls=tls, outgoing=outgoing, oauth=oauth)


class _Reader:
    """Reads tables into dataclasses, and remembers what did not fit."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self.faults: list[Fault] = []

    def table(self, kind: type[Any], raw: Mapping[str, Any], prefix: str) -> Any:
        known = {item.name: item for item in fields(kind)}
        hints = get_type_hints(kind)
        values: dict[str, Any] = {}
        for name, value in raw.items():
            if name not in known:
                self._fault(prefix + name, "there is no such setting", f"the settings here are: {', '.join(sorted(known))}")
            elif is_dataclass(hints[name]):
                if isinstance(value, dict):
                    values[name] = self.table(hints[name], value, f"{prefix}{name}.")
                else:
                    self._fault(prefix + name, "must be a table", f"write [{name}] on a line of its own, its settings below")
            else:
                try:
                    values[name] = _fit(value, hints[name])
                except TypeError as error:
                    self._fault(prefix + name, str(error), f"for example: {name} = {known[name].metadata['example']}")
        return kind(**values)

    def check(self, settings: Settings) -> None:
        for name in (item.name for item in fields(Listen)):
            for text in getattr(settings.listen, name):
                self._check_listen(name, text)
        for key, texts in (
            ("listen.proxy_from", settings.listen.proxy_from),
            ("connections.exempt", settings.connections.exempt),
            ("checks.inside", settings.checks.inside),
            ("checks.exempt", settings.checks.exempt),
        ):
            for text in texts:
                try:
                    ip_network(text, strict=False)
                except ValueError:
                    self._fault(key, f"{text!r} is not a network", 'for example: "192.0.2.0/24"')
        if bool(settings.tls.certificate) != bool(settings.tls.key):
            self._fault(
                "tls", "certificate and key go together", "name both files, or leave [tls] out for a certificate of our own"
            )
        self._one_of("mail.full_mailbox", settings.mail.full_mailbox, ("defer", "reject"))
        self._one_of("checks.dmarc", settings.checks.dmarc, ("reject", "quarantine", "none"))
        self._one_of("checks.forged", settings.checks.forged, ("reject", "quarantine", "none"))
        self._one_of("outgoing.smart_host_tls", settings.outgoing.smart_host_tls, ("verify", "auto", "none"))
        self._check_outgoing(settings)
        self._check_imap(settings.imap)
        if settings.http.url and not PAGES.fullmatch(settings.http.url):
            self._fault("http.url", f"{settings.http.url!r} is no address of pages", 'for example: "https://mail.example.org"')
        self._one_of("log.level", settings.log.level, ("debug", "info", "warning", "error"))
        self._one_of("log.form", settings.log.form, ("auto", "json", "console"))
        if not re.fullmatch(
            r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*", settings.hostname
        ):
            self._fault("hostname", f"{settings.hostname!r} is not a host name", 'for example: hostname = "mail.example.org"')
        if not settings.oauth.keys and any(getattr(settings.oauth, name) for name in ("issuer", "audience", "scope")):
            self._fault("oauth.keys", "no keys are named, so no token is taken", "name the file with the issuer's public keys")
        self._at_least("workers", settings.workers, 0)
        self._at_least("mail.message_size", settings.mail.message_size, 64 * 1024)
        if settings.mail.scram_iterations:
            self._at_least("mail.scram_iterations", settings.mail.scram_iterations, 4096)

    def check_files(self, settings: Settings) -> None:
        """Files that log-ins are checked by; what is in them is looked at by whoever uses them."""
        for key, path, hint in (
            ("oauth.keys", settings.oauth.keys, "write the issuer's JWK set there, which is found at its jwks_uri"),
            ("tls.client_authorities", settings.tls.client_authorities, "write the authorities' certificates there, in PEM"),
        ):
            if path:
                try:
                    Path(path).read_bytes()
                except OSError as error:
                    self._fault(key, f"{path} cannot be read: {error.strerror}", hint)

    def _check_listen(self, name: str, text: str) -> None:
        if name == "proxy_from":
            return
        try:
            address(text)
        except ValueError:
            self._fault(f"listen.{name}", f"{text!r} is no address", f'for example: {name} = ["0.0.0.0:2525"]')

    def _check_outgoing(self, settings: Settings) -> None:
        outgoing = settings.outgoing
        for key, texts, hint in (
            ("outgoing.smart_host", [outgoing.smart_host] if outgoing.smart_host else [], '"smtp.example.net:587"'),
            ("dns.servers", settings.dns.servers, '["127.0.0.1:53"]'),
        ):
            for text in texts:
                try:
                    fits = not isinstance(address(text), str)
                except ValueError:
                    fits = False
                if not fits:
                    self._fault(key, f"{text!r} is no address with a port", f"for example: {hint}")
        for text in outgoing.send_from:
            try:
                ip_address(text)
            except ValueError:
                self._fault("outgoing.send_from", f"{text!r} is not an IP address", 'for example: ["192.0.2.1"]')
        if bool(outgoing.smart_host_user) != bool(outgoing.smart_host_password_file):
            self._fault("outgoing.smart_host_user", "a user and a password file go together", "name both, or leave both out")
        for name in ("connections", "a_destination", "give_up_after", "port"):
            self._at_least(f"outgoing.{name}", getattr(outgoing, name), 1)
        for name in ("warn_after", "keep_finished"):
            self._at_least(f"outgoing.{name}", getattr(outgoing, name), 0)

    def _check_imap(self, imap: Imap) -> None:
        for text in imap.disabled:
            if not CAPABILITY.fullmatch(text):
                self._fault("imap.disabled", f"{text!r} is no capability", 'for example: disabled = ["COMPRESS"]')
        for text in imap.disabled_for:
            try:
                disabled_for(text)
            except ValueError:
                hint = 'write a word of the client\'s name, a colon, and capabilities: "outlook: UIDONLY"'
                self._fault("imap.disabled_for", f"{text!r} cannot be read", hint)
        self._at_least("imap.message_limit", imap.message_limit, 0)

    def _one_of(self, key: str, value: str, allowed: Sequence[str]) -> None:
        if value not in allowed:
            self._fault(key, f"{value!r} is not known", f"write one of: {', '.join(repr(word) for word in allowed)}")

    def _at_least(self, key: str, value: int, floor: int) -> None:
        if value < floor:
            self._fault(key, f"{value} is too small", f"write {floor} or more")

    def _fault(self, key: str, problem: str, hint: str) -> None:
        self.faults.append(Fault(self._line_of(key), key, problem, hint))

    def _line_of(self, key: str) -> int:
        table, _, name = key.rpartition(".")
        inside = not table
        for number, line in enumerate(self._lines, 1):
            stripped = line.strip()
            if stripped.startswith("["):
                inside = stripped.strip("[] ") == table
                if inside and not name:
                    return number
            elif (inside and re.match(rf"{re.escape(name)}\s*=", stripped)) or re.match(rf"{re.escape(key)}\s*=", stripped):
                return number
        return 0


def _fit(value: Any, kind: Any) -> Any:
    """A TOML value as a setting's type. Raises TypeError with a sentence."""
    if kind is Path:
        if isinstance(value, str) and value:
            return Path(value)
        raise TypeError("must be a path in quotes")
    if get_origin(kind) is not None and get_args(kind) == (str,):
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise TypeError("must be a list of texts in quotes")
    if type(value) is not kind:
        raise TypeError({int: "must be a whole number", bool: "must be true or false", str: "must be a text in quotes"}[kind])
    return value

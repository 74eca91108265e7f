"""Makes the cases of chains anew, sealed by dkimpy. They are kept as those of signatures are.

What must come of each is said here by hand; then dkimpy is asked too, and whether it differs is told.
"""

import base64
import hashlib
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import dkim

CASES = Path(__file__).parent
sys.path.insert(0, str(CASES.parents[1]))

from checks.cases import CASES as ALL  # noqa: E402
from checks.cases import NOW, private_key, run_arc  # noqa: E402
from pillarbox.checks import keys  # noqa: E402
from pillarbox.checks.questions import Status, Txt  # noqa: E402
from pillarbox.testing.fake_dns import Zone  # noqa: E402

dkim.time = SimpleNamespace(time=lambda: NOW)
PEM = (ALL / "dkim" / "keys" / "rsa2048.pem").read_bytes()
RECORD = keys.record(private_key("rsa2048"))

MESSAGE = (
    b"From: Ada <ada@example.org>\r\nTo: list@one.example\r\nSubject: hello\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\n"
    b"Message-ID: <1@example.org>\r\n\r\nHello  all \r\n\r\n"
)


def zone(*domains: str) -> str:
    strings = " ".join(f'"{part}"' for part in keys.zone_strings(RECORD))
    return "".join(f"s._domainkey.{domain} TXT {strings}\n" for domain in domains)


ONE, TWO, THREE = "one.example", "two.example", "three.example"
NO_INSTANCE = "fail 0 a set has no instance"
ZONE = zone(ONE, TWO, THREE)


def sealed(message: bytes, domain: str, cv: str = "pass") -> bytes:
    """One set more, by a domain that says it found `cv`."""
    name = domain.encode()
    found = b"Authentication-Results: %b; spf=pass smtp.mailfrom=ada@example.org; arc=%b\r\n" % (name, cv.encode())
    made = dkim.ARC(found + message).sign(b"s", name, PEM, name, timestamp=NOW)
    return b"".join(made) + message


POLICY = dkim.CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
SIGNER = [(b"a", b"rsa-sha256"), (b"d", ONE.encode()), (b"s", b"s"), (b"b", b"0" * 60)]


def made(name: bytes, tags: list[tuple[bytes, bytes]], fields: list[tuple[bytes, bytes]], names: list[bytes]) -> bytes:
    """A field of ARC signed by dkimpy over the named ones of `fields`."""
    maker = dkim.ARC(b"")
    maker.hasher = dkim.HASH_ALGORITHMS[b"rsa-sha256"]
    maker.headers = POLICY.canonicalize_headers(fields)
    return name + b": " + maker.gen_header(tags + SIGNER, names, POLICY, name, dkim.parse_pem_private_key(PEM))


def resealed(message: bytes) -> bytes:
    """The first set, sealed anew over its other two fields, whatever they are."""
    fields, body = dkim.rfc822_parse(message)
    others = [field for field in fields if field[0].lower() != b"arc-seal"]
    chain = [field for field in others if field[0].lower().startswith(b"arc-")]
    names = [b"arc-authentication-results", b"arc-message-signature"]
    seal = made(b"ARC-Seal", [(b"i", b"1"), (b"cv", b"none")], chain, names)
    return seal + b"".join(name + b":" + value for name, value in others) + b"\r\n" + body


def with_length(length: int, *more: tuple[bytes, bytes]) -> bytes:
    """A chain of one set whose message signature says l=, or something else besides."""
    fields, body = dkim.rfc822_parse(MESSAGE)
    content = POLICY.canonicalize_body(body)[:length]
    digest = base64.b64encode(hashlib.sha256(content).digest())
    tags = [(b"i", b"1"), (b"c", b"relaxed/relaxed"), (b"l", str(length).encode()), (b"h", b"from"), (b"bh", digest), *more]
    signature = made(b"ARC-Message-Signature", tags, fields, [b"from"])
    return resealed(signature + b"ARC-Authentication-Results: i=1; one.example; spf=pass\r\n" + MESSAGE)


def cases() -> Sequence[tuple[str, str, bytes, str, str]]:
    """Name, why, message, keys, and what must come of it: verdict, oldest pass, reason."""
    one = sealed(MESSAGE, ONE, "none")
    two = sealed(one, TWO)
    three = sealed(two, THREE)
    footer = one.replace(b"Hello", b"[list] Hello")
    changed = sealed(footer, TWO)
    results = b"ARC-Authentication-Results: i=1; x; spf=pass\r\n"
    whole = "fail 0 a set is not whole"
    not_in_line = "fail 0 the instances do not follow one another"
    broken_seal = "fail 0 a seal does not verify"
    no_pass = "fail 0 a seal does not say that the chain before it holds"
    folded = re.sub(rb"(ARC-Message-Signature:) i=1; a=", rb"\1\r\n\ti = 1 ; a=", one)
    return [
        ("none", "No chain.", MESSAGE, "", "none 0"),
        ("one", "One set.", one, ZONE, "pass 0"),
        ("two", "Two sets.", two, ZONE, "pass 0"),
        ("three", "Three sets.", three, ZONE, "pass 0"),
        ("changed-on-the-way", "The second changed the message, and says so by its signature.", changed, ZONE, "pass 2"),
        ("changed-by-the-first", "It holds since the second.", sealed(changed, THREE), ZONE, "pass 2"),
        ("body-changed", "After the last.", two.replace(b"Hello", b"Bye"), ZONE, "fail 0 the body has changed"),
        (
            "field-changed",
            "After the last.",
            two.replace(b"Subject: h", b"Subject: H"),
            ZONE,
            "fail 0 the signature does not verify",
        ),
        (
            "cv-fail",
            "The second found it broken.",
            sealed(one, TWO, "fail"),
            ZONE,
            "fail 0 the last sealer found the chain broken",
        ),
        (
            "results-changed",
            "What the first found.",
            three.replace(b"Results: i=1; one", b"Results: i=1; eno"),
            ZONE,
            broken_seal,
        ),
        (
            "seal-changed",
            "The first seal, under two more.",
            three.replace(b"cv=none; a=", b"cv=none;  z=; a="),
            ZONE,
            broken_seal,
        ),
        ("no-seal", "A set of two fields.", re.sub(rb"\AARC-Seal:.*?(?=ARC-)", b"", one, flags=re.DOTALL), ZONE, whole),
        ("no-results", "A set of two fields.", one.replace(b"ARC-Authentication-Results", b"X"), ZONE, whole),
        ("results-only", "Nothing else.", results + MESSAGE, ZONE, whole),
        ("twice", "The same set twice.", one.removesuffix(MESSAGE) + one, ZONE, not_in_line),
        ("one-missing", "The second without the first.", two.replace(one, MESSAGE), ZONE, not_in_line),
        ("instance-0", "They begin with 1.", one.replace(b" i=1;", b" i=0;"), ZONE, not_in_line),
        ("instance-51", "They end with 50.", one.replace(b" i=1;", b" i=51;"), ZONE, not_in_line),
        (
            "instance-of-words",
            "No number.",
            one.replace(b"Results: i=1;", b"Results: i=one;"),
            ZONE,
            NO_INSTANCE,
        ),
        (
            "no-instance",
            "None at all.",
            one.replace(b"Results: i=1;", b"Results: "),
            ZONE,
            NO_INSTANCE,
        ),
        (
            "sets-51",
            "More than there may be.",
            one.removesuffix(MESSAGE) * 51 + MESSAGE,
            ZONE,
            "fail 0 there are too many sets",
        ),
        ("cv-pass-of-the-first", "Nothing was there to pass.", one.replace(b"cv=none", b"cv=pass"), ZONE, no_pass),
        ("cv-none-of-the-second", "Something was there.", two.replace(b"cv=pass", b"cv=none"), ZONE, no_pass),
        ("no-cv", "It must be said.", one.replace(b"cv=none", b"vc=none"), ZONE, "fail 0 cv= is missing"),
        (
            "seal-with-h",
            "A seal is over the chain only.",
            one.replace(b"cv=none;", b"cv=none; h=from;"),
            ZONE,
            "fail 0 a seal signs other fields",
        ),
        (
            "signature-of-seals",
            "A message signature is not over seals.",
            one.replace(b"h=from", b"h=arc-seal : from"),
            ZONE,
            "fail 0 a message signature signs seals",
        ),
        (
            "folded",
            "White space before the instance, sealed so.",
            resealed(folded),
            ZONE,
            "fail 0 the signature does not verify",
        ),
        ("resealed", "The helper of these cases works.", resealed(one), ZONE, "pass 0"),
        ("length-of-all", "l= that leaves nothing out.", with_length(len(b"Hello all\r\n")), ZONE, "pass 0"),
        ("length-and-more", "l= that does.", with_length(5), ZONE, "fail 0 a part of the body is not signed"),
        (
            "expired",
            "The message signature was for a time.",
            with_length(11, (b"x", str(NOW - 301).encode())),
            ZONE,
            "fail 0 the signature has expired",
        ),
        ("key-missing", "Of the last.", two, zone(ONE), "fail 0 there is no key"),
        ("key-of-the-first-missing", "All seals are verified.", two, zone(TWO), "fail 0 there is no key"),
        (
            "key-try-later",
            "Nobody can say now.",
            two,
            zone(TWO) + f"s._domainkey.{ONE} TRY_LATER\n",
            "temperror 0 the key cannot be had now",
        ),
    ]


def ask_dkimpy(message: bytes, records: str) -> str:
    names = Zone(records)

    def text(name: bytes, timeout: int = 5) -> bytes | None:
        answer = names.ask(Txt(name.decode().rstrip(".")))
        return answer.records[0] if answer.status is Status.FOUND else None

    try:
        return str(dkim.arc_verify(message, dnsfunc=text)[0])
    except IndexError as problem:
        return type(problem).__name__


def main() -> None:
    for old in CASES.glob("[0-9]*-*.*"):
        old.unlink()
    for number, (name, why, message, records, expect) in enumerate(cases(), 1):
        stem = CASES / f"{number:02}-{name}"
        found = run_arc(message, records)
        stem.with_suffix(".eml").write_bytes(message)
        stem.with_suffix(".dns").write_text(records)
        stem.with_suffix(".why").write_text(why + "\n")
        stem.with_suffix(".expect").write_text("".join(f"{line}\n" for line in found))
        theirs = ask_dkimpy(message, records)
        print(f"{number:02} {name}: {expect}")
        if " ".join(word for word in found[0].split(" | ") if word) != expect:
            print("   WE SAY", found[0])
        if ("pass" in theirs) != expect.startswith("pass"):
            print("   dkimpy says", theirs)


if __name__ == "__main__":
    main()

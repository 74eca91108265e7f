"""Makes the cases of signatures anew, with dkimpy (which wants pynacl for Ed25519) and OpenDKIM.

A case is NN-name.eml, the message; .dns, the keys; .why, why it is there; .expect, what must come of it. What must come of it
is said here by hand; then dkimpy and OpenDKIM are asked too, and whether they differ is told.
"""

import base64
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import dkim
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from dkim.canonicalization import CanonicalizationPolicy

CASES = Path(__file__).parent
KEYS = CASES / "keys"
sys.path.insert(0, str(CASES.parents[1]))

from checks.cases import NOW, private_key, run_dkim  # noqa: E402
from pillarbox.checks import dkim_sign, keys  # noqa: E402

dkim.time = SimpleNamespace(time=lambda: NOW)

MESSAGE = (
    b"Received: from a.example.org by b.example.org; Sat, 21 Nov 2026 09:59:59 +0000\r\n"
    b"From: Ada  <ada@example.org>\r\nTo: Bob <bob@example.com>,\r\n\t Carol <carol@example.com>\r\n"
    b"subject:  A test \t of   white space \r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n"
    b"X-Empty:\r\n\r\n"
    b"Hello  Bob, \r\n\t tabs\tand  spaces \t \r\n\r\n  \r\nbye\r\n\r\n\r\n"
)
# OpenDKIM tests as if it were told of the fields by a mail server, which does not tell the space after the colon
PLAIN = MESSAGE.replace(b"subject:  A", b"Subject: A").replace(b"X-Empty:\r\n", b"")
FORM = "v=1; a={a}; c={c}; d=example.org; s=s;{more} h={h}; bh={bh}; b={b}"
NAMES = "from:to:subject:date:message-id"


def pem(name: str) -> bytes:
    return (KEYS / f"{name}.pem").read_bytes()


def record(name: str = "rsa2048") -> str:
    return keys.record(private_key(name))


def zone(*records: tuple[str, str]) -> str:
    """Zone lines: names below example.org where they end in no dot, and the text of their TXT."""
    lines = []
    for name, text in records:
        name = name[:-1] if name.endswith(".") else f"{name}._domainkey.example.org"
        strings = " ".join('"{}"'.format(part.replace("\\", "\\\\").replace('"', '\\"')) for part in keys.zone_strings(text))
        lines.append(f"{name} TXT {strings}" if text != "TRY_LATER" else f"{name} TRY_LATER")
    return "".join(f"{line}\n" for line in lines)


def craft(
    message: bytes,
    key: str = "rsa2048",
    *,
    form: str = FORM,
    c: str = "relaxed/relaxed",
    h: str = NAMES,
    more: str = "",
    signed: bytes | None = None,
    length: int | None = None,
    hashed: str = "",
) -> bytes:
    """Put a signature of any form on top of `message`, made over `signed`, by dkimpy's canonical forms.

    `hashed` says the canonicalization that is used where that is not what c= says.
    """
    signed = message if signed is None else signed
    policy = CanonicalizationPolicy.from_c_value((hashed or c).encode())
    fields, body = dkim.rfc822_parse(signed)
    content = policy.canonicalize_body(body)
    content = content if length is None else content[:length]
    loaded = serialization.load_pem_private_key(pem(key), None)
    algorithm = "rsa-sha256" if isinstance(loaded, RSAPrivateKey) else "ed25519-sha256"
    blank = form.replace("{bh}", base64.b64encode(digest(content)).decode()).replace("{a}", algorithm)
    blank = blank.replace("{c}", c).replace("{h}", h).replace("{more}", more)
    own = b"DKIM-Signature: " + re.sub(r"\s*\{b\}\s*", "", blank).encode()
    canonical = policy.canonicalize_headers(fields)
    names = [name.strip().lower() for name in h.encode().split(b":")]
    chosen = dkim.select_headers(canonical, names)
    (own_name, own_value), *_ = policy.canonicalize_headers([tuple(own.split(b":", 1))])
    data = b"".join(name + b":" + value for name, value in chosen) + own_name + b":" + own_value.removesuffix(b"\r\n")
    if isinstance(loaded, RSAPrivateKey):
        made = loaded.sign(data, PKCS1v15(), hashes.SHA256())
    else:
        made = loaded.sign(digest(data))
    return b"DKIM-Signature: " + blank.replace("{b}", base64.b64encode(made).decode()).encode() + b"\r\n" + message


def digest(data: bytes) -> bytes:
    running = hashes.Hash(hashes.SHA256())
    running.update(data)
    return running.finalize()


def by_dkimpy(message: bytes, key: str, c: str, **more: object) -> bytes:
    header, body = c.encode().split(b"/")
    if key == "ed25519":
        seed = serialization.load_pem_private_key(pem(key), None).private_bytes_raw()
        more |= {"privkey": base64.b64encode(seed), "signature_algorithm": b"ed25519-sha256"}
    made = dkim.sign(
        message, b"s", b"example.org", **({"privkey": pem(key), "canonicalize": (header, body)} | more), include_headers=None
    )
    return made + message


def by_opendkim(message: bytes, key: str, c: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file, private_key, settings = Path(folder, "m.eml"), Path(folder, "key.pem"), Path(folder, "settings")
        file.write_bytes(message)
        private_key.write_bytes(pem(key))
        private_key.chmod(0o600)
        algorithm = "ed25519-sha256" if key == "ed25519" else "rsa-sha256"
        settings.write_text(
            f"Canonicalization {c}\nDomain example.org\nSelector s\nKeyFile {private_key}\nMode s\n"
            f"SignatureAlgorithm {algorithm}\nRequireSafeKeys no\n"
        )
        said = subprocess.run(
            ["opendkim", "-x", str(settings), "-F", str(NOW), "-t", str(file), "-vv"], capture_output=True, check=True
        ).stdout.decode()
    found = re.search(r"hname='DKIM-Signature' hvalue='([^']+)'", said)
    assert found, said
    return b"DKIM-Signature: " + found[1].replace("\n", "\r\n").encode() + b"\r\n" + message


def by_us(message: bytes, *names: str) -> bytes:
    """`names` are of keys, and of selectors too, or "selector=key"."""
    pairs = [name.partition("=") for name in names]
    signers = [dkim_sign.SigningKey.load("example.org", selector, private_key(key or selector)) for selector, _, key in pairs]
    return dkim_sign.sign_all(message, signers, now=NOW, expires=NOW + 86400) + message


# What others say.


def ask_dkimpy(message: bytes, dns: Callable[[str], bytes | None]) -> str:
    count = message.lower().count(b"dkim-signature:")
    said = []
    for number in range(count):
        try:
            verified = dkim.DKIM(message).verify(number, dnsfunc=lambda name, timeout=5: dns(name.decode()))
            said.append("pass" if verified else "no")
        except Exception as problem:
            said.append(f"no ({type(problem).__name__})")
    return ", ".join(said)


def ask_opendkim(message: bytes, records: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file, published, settings = Path(folder, "m.eml"), Path(folder, "keys"), Path(folder, "settings")
        file.write_bytes(message)
        lines = [line.split(" ", 2) for line in records.splitlines() if " TXT " in line]
        published.write_text("".join(f"{name} {unquoted(text)}\n" for name, _, text in lines))
        settings.write_text(f"Mode v\nTestPublicKeys {published}\nAuthservID test\nMinimumKeyBits 1024\n")
        said = subprocess.run(["opendkim", "-x", str(settings), "-t", str(file), "-vv"], capture_output=True, check=False)
    return ", ".join(re.findall(r"dkim=(\w+)", said.stdout.decode("utf-8", "replace"))) or f"nothing ({said.returncode})"


def unquoted(text: str) -> str:
    """The strings of a zone's TXT, joined."""
    return text[1:-1].replace('" "', "").replace("\\\\", "\\").replace('\\"', '"')


# The cases.

S = zone(("s", record()))
ED = zone(("s", record("ed25519")))
BODY = MESSAGE.partition(b"\r\n\r\n")[2]
PASS = ["pass"]
CHANGED = "fail the signature does not verify"
BODY_CHANGED = "fail the body has changed"
TWO_FROM = b"From: Eve <eve@evil.example>\r\n"
SHORT = MESSAGE.partition(b"\r\n\r\n")[0] + b"\r\n\r\nabc\r\n"


def rfc(name: str) -> bytes:
    return (CASES / f"{name}.eml").read_bytes()


def cases() -> Sequence[tuple[str, str, bytes, str, list[str]]]:
    """Name, why, message, keys, and a line of verdict and reason for each signature."""
    p1 = base64.b64encode(
        serialization.load_pem_private_key(pem("rsa2048"), None)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    ).decode()
    spaced = record().replace("p=", "p= ").replace("MI", "M I ")
    signed = craft(MESSAGE)
    forms = ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"]
    field_changed = MESSAGE.replace(b"A test", b"The test")
    other_signature = by_dkimpy(MESSAGE, "rsa2048", "relaxed/relaxed")
    return [
        *(
            (f"dkimpy-{c.replace('/', '-')}", f"Signed by dkimpy, {c}.", by_dkimpy(MESSAGE, "rsa2048", c), S, PASS)
            for c in forms
        ),
        *(
            (f"opendkim-{c.replace('/', '-')}", f"Signed by OpenDKIM, {c}.", by_opendkim(PLAIN, "rsa2048", c), S, PASS)
            for c in forms
        ),
        ("dkimpy-ed25519", "Ed25519, by dkimpy (RFC 8463).", by_dkimpy(MESSAGE, "ed25519", "relaxed/simple"), ED, PASS),
        ("opendkim-ed25519", "Ed25519, by OpenDKIM (RFC 8463).", by_opendkim(PLAIN, "ed25519", "relaxed/relaxed"), ED, PASS),
        (
            "our-two-keys",
            "Ours, with two keys: others verify it too.",
            by_us(MESSAGE, "rsa2048", "ed25519"),
            zone(("rsa2048", record()), ("ed25519", record("ed25519"))),
            ["pass", "pass"],
        ),
        ("body-changed", "One letter of the body.", signed.replace(b"bye", b"Bye"), S, [BODY_CHANGED]),
        ("field-changed", "One word of the Subject.", craft(field_changed, signed=MESSAGE), S, [CHANGED]),
        (
            "field-added-above",
            "Fields are taken from the bottom: one added above is not signed, and breaks nothing (RFC 6376 §5.4.2).",
            b"Subject: another\r\n" + signed,
            S,
            PASS,
        ),
        (
            "field-added-below",
            "Added below the one that was signed it is taken for it.",
            signed.replace(b"X-Empty:", b"Subject: another\r\nX-Empty:"),
            S,
            [CHANGED],
        ),
        (
            "oversigned-field-added",
            "A name once more than there are fields: nobody may add one (RFC 6376 §8.15).",
            b"Subject: another\r\n" + craft(MESSAGE, h=NAMES + ":subject"),
            S,
            [CHANGED],
        ),
        (
            "two-from",
            "The signature covers the lower From; which one is shown to people nobody knows (RFC 6376 §8.15).",
            TWO_FROM + signed,
            S,
            ["policy not every From is signed"],
        ),
        ("two-from-both-signed", "Both are signed.", craft(TWO_FROM + MESSAGE, h="from:from:to"), S, PASS),
        (
            "two-from-oversigned",
            "From was signed twice.",
            TWO_FROM + by_us(MESSAGE, "rsa2048"),
            zone(("rsa2048", record())),
            [CHANGED],
        ),
        (
            "length-and-more",
            "What was appended after l= may be anything (RFC 6376 §8.2).",
            craft(SHORT, more=" l=5;", length=5) + b"<b>buy</b>\r\n",
            S,
            ["policy a part of the body is not signed"],
        ),
        ("length-of-all", "l= that leaves nothing out.", craft(SHORT, more=" l=5;", length=5), S, PASS),
        (
            "length-zero",
            "l=0 signs no body at all.",
            craft(SHORT, more=" l=0;", length=0),
            S,
            ["policy a part of the body is not signed"],
        ),
        (
            "length-too-long",
            "The body was cut.",
            craft(SHORT, more=" l=6;"),
            S,
            ["fail the body is shorter than what was signed"],
        ),
        (
            "length-huge",
            "Digits without end are no number.",
            craft(SHORT, more=f" l={'9' * 77};"),
            S,
            ["permerror l= is not a number"],
        ),
        (
            "h-names-missing-fields",
            "A field that is not there is signed as not there.",
            craft(MESSAGE, h=NAMES + ":cc:cc:x-none"),
            S,
            PASS,
        ),
        (
            "h-missing-field-added",
            "And may not be added.",
            b"Cc: eve@evil.example\r\n" + craft(MESSAGE, h=NAMES + ":cc"),
            S,
            [CHANGED],
        ),
        (
            "h-repeated",
            "Two of a name, from the bottom up.",
            craft(b"Received: two\r\n" + MESSAGE, h="received:from:received"),
            S,
            PASS,
        ),
        (
            "h-empty-name",
            "h= with nothing between two colons.",
            craft(MESSAGE, h="from::to"),
            S,
            ["permerror h= is missing or not a list of field names"],
        ),
        (
            "h-without-from",
            "From must be signed (RFC 6376 §5.4).",
            craft(MESSAGE, h="to:subject"),
            S,
            ["permerror From is not signed"],
        ),
        (
            "h-of-odd-case",
            "Names have no case; white space may stand around them.",
            craft(MESSAGE, h="FROM : to :\r\n\tSuBject"),
            S,
            PASS,
        ),
        ("b-with-white-space", "b= folded in odd places: all of it is left out.", _spread(signed), S, PASS),
        (
            "tags-folded",
            "White space around names and values, unknown tags, and none at the end.",
            craft(
                MESSAGE, form="v = 1 ;\r\n a\t= {a}; c={c} ; zz=\r\n\t?; d= example.org ;s =s;h={h} ;\r\n bh = {bh}; b={b};  "
            ),
            S,
            PASS,
        ),
        (
            "tags-folded-simple",
            "The same with simple fields, b= in the middle.",
            craft(
                MESSAGE, c="simple/simple", form="v=1; a={a}; c={c};\r\n\td=example.org; s=s; b={b};\r\n\th={h};\r\n bh={bh};"
            ),
            S,
            PASS,
        ),
        (
            "tag-twice",
            "A tag twice is no tag-list (RFC 6376 §3.2).",
            craft(MESSAGE, more=" d=example.com;"),
            S,
            ["permerror a tag is there twice"],
        ),
        ("tag-unknown", "Unknown tags are passed over.", craft(MESSAGE, more=" zz=1; Q9_x=%;"), S, PASS),
        ("tag-without-value", "Nothing but a name.", craft(MESSAGE, more=" zz;"), S, ["permerror the tags are not name=value"]),
        ("tag-empty", "Two semicolons.", craft(MESSAGE, more=";"), S, ["permerror the tags are not name=value"]),
        (
            "tags-huge",
            "More than anybody needs.",
            craft(MESSAGE, more=f" zz={'x' * 16384};"),
            S,
            ["permerror the field is too long"],
        ),
        (
            "version-2",
            "Another version.",
            craft(MESSAGE, form="v=2; a={a}; c={c}; d=example.org; s=s; h={h}; bh={bh}; b={b}"),
            S,
            ["permerror the version is unknown"],
        ),
        (
            "no-version",
            "v= must be there.",
            craft(MESSAGE, form="a={a}; c={c}; d=example.org; s=s; h={h}; bh={bh}; b={b}"),
            S,
            ["permerror v= is missing"],
        ),
        (
            "no-domain",
            "d= must be there.",
            craft(MESSAGE, form="v=1; a={a}; c={c}; s=s; h={h}; bh={bh}; b={b}"),
            S,
            ["permerror d= is missing"],
        ),
        (
            "domain-of-one-label",
            "Nobody's domain.",
            craft(MESSAGE, form="v=1; a={a}; c={c}; d=org; s=s; h={h}; bh={bh}; b={b}"),
            zone(("s._domainkey.org.", record())),
            ["permerror d= is not a domain name"],
        ),
        (
            "domain-of-odd-case",
            "Names of domains have no case.",
            craft(MESSAGE, form="v=1; a={a}; c={c}; d=Example.ORG; s=S; h={h}; bh={bh}; b={b}"),
            S,
            PASS,
        ),
        ("body-hash-not-base64", "bh= is broken.", craft(MESSAGE).replace(b"bh=", b"bh=!"), S, ["permerror bh= is not base64"]),
        (
            "body-hash-short",
            "bh= is of some other hash.",
            craft(MESSAGE, form=FORM.replace("{bh}", "AAAA")),
            S,
            ["permerror bh= is not a SHA-256 digest"],
        ),
        (
            "body-hash-wrong",
            "bh= of another body, the rest in order.",
            craft(MESSAGE, form=FORM.replace("{bh}", "A" * 43 + "=")),
            S,
            [BODY_CHANGED],
        ),
        (
            "signature-empty",
            "b= says nothing.",
            craft(MESSAGE, form="v=1; a={a}; c={c}; d=example.org; s=s; h={h}; bh={bh}; b="),
            S,
            ["permerror b= is not base64"],
        ),
        (
            "signature-short",
            "b= is three bytes.",
            craft(MESSAGE, form="v=1; a={a}; c={c}; d=example.org; s=s; h={h}; bh={bh}; b=AAAA"),
            S,
            [CHANGED],
        ),
        (
            "expired",
            "x= is past (RFC 6376 §3.5).",
            craft(MESSAGE, more=f" t={NOW - 900}; x={NOW - 301};"),
            S,
            ["permerror the signature has expired"],
        ),
        (
            "expired-just-now",
            "Within what a clock may be wrong.",
            craft(MESSAGE, more=f" t={NOW - 900}; x={NOW - 300};"),
            S,
            PASS,
        ),
        (
            "from-the-future",
            "t= is to come.",
            craft(MESSAGE, more=f" t={NOW + 301};"),
            S,
            ["policy it was signed in the future"],
        ),
        ("from-the-near-future", "Within what a clock may be wrong.", craft(MESSAGE, more=f" t={NOW + 300};"), S, PASS),
        (
            "expired-before-made",
            "x= before t=.",
            craft(MESSAGE, more=f" t={NOW}; x={NOW};"),
            S,
            ["permerror it expired before it was made"],
        ),
        ("time-not-a-number", "t= in words.", craft(MESSAGE, more=" t=now;"), S, ["permerror t= is not a number"]),
        (
            "rsa-sha1",
            "No longer a signature (RFC 8301 §3.1).",
            dkim.sign(MESSAGE, b"s", b"example.org", pem("rsa2048"), signature_algorithm=b"rsa-sha1") + MESSAGE,
            S,
            ["permerror rsa-sha1 is no longer a signature"],
        ),
        (
            "algorithm-unknown",
            "Nobody knows it.",
            craft(MESSAGE, form="v=1; a=rsa-sha512; c={c}; d=example.org; s=s; h={h}; bh={bh}; b={b}"),
            S,
            ["permerror the algorithm is unknown"],
        ),
        (
            "canonicalization-unknown",
            "Nobody knows it.",
            craft(MESSAGE, c="relaxed/nofws", hashed="relaxed/relaxed"),
            S,
            ["permerror the canonicalization is unknown"],
        ),
        (
            "canonicalization-of-fields-only",
            "The body is simple then.",
            craft(MESSAGE, c="relaxed", hashed="relaxed/simple"),
            S,
            PASS,
        ),
        ("query-unknown", "Not from DNS.", craft(MESSAGE, more=" q=http;"), S, ["permerror the key is not to be had from DNS"]),
        ("query-one-of-two", "One way that we know.", craft(MESSAGE, more=" q=http : dns/txt;"), S, PASS),
        ("rsa-1024", "Still accepted (RFC 8301 §3.2).", craft(MESSAGE, "rsa1024"), zone(("s", record("rsa1024"))), PASS),
        (
            "rsa-1000",
            "Too small (RFC 8301 §3.2).",
            craft(MESSAGE, "rsa1000"),
            zone(("s", record("rsa1000"))),
            ["permerror the key is too small"],
        ),
        (
            "rsa-public-key-bare",
            "p= without its wrapping, RSAPublicKey (RFC 6376 §3.6.1).",
            signed,
            zone(("s", f"v=DKIM1; p={p1}")),
            PASS,
        ),
        ("key-revoked", "p= is empty.", signed, zone(("s", "v=DKIM1; p=")), ["permerror the key is revoked"]),
        ("key-missing", "No such name.", signed, zone(("other", record())), ["permerror there is no key"]),
        ("key-try-later", "Nobody can say now.", signed, zone(("s", "TRY_LATER")), ["temperror the key cannot be had now"]),
        ("key-of-another-type", "k= is not what a= needs.", signed, ED, ["permerror the key is of another type"]),
        (
            "key-type-lies",
            "k=rsa with the key of another type.",
            signed,
            zone(("s", record("ed25519").replace("k=ed25519", "k=rsa"))),
            ["permerror the key cannot be read"],
        ),
        ("key-of-another", "Someone else's key.", signed, zone(("s", record("rsa1024"))), [CHANGED]),
        (
            "key-for-sha1-only",
            "h= of the key.",
            signed,
            zone(("s", "h=sha1; " + record().replace("v=DKIM1; ", ""))),
            ["permerror the key does not allow SHA-256"],
        ),
        (
            "key-for-other-services",
            "s= of the key.",
            signed,
            zone(("s", record() + "; s=tlsrpt")),
            ["permerror the key is not for email"],
        ),
        ("key-for-email", "s= of the key, one of two.", signed, zone(("s", record() + "; s=other : email")), PASS),
        (
            "key-for-the-domain-itself",
            "t=s, and i= is below (RFC 6376 §3.6.1).",
            craft(MESSAGE, more=" i=ada@sub.example.org;"),
            zone(("s", record() + "; t=s")),
            ["permerror the key signs for the domain itself only"],
        ),
        (
            "key-for-the-domain-itself-good",
            "t=s, and i= is of it.",
            craft(MESSAGE, more=" i=ada@example.org;"),
            zone(("s", record() + "; t=y:s")),
            PASS,
        ),
        ("key-testing", "t=y is told.", signed, zone(("s", record() + "; t=y")), PASS),
        (
            "key-version-unknown",
            "Not a key of DKIM.",
            signed,
            zone(("s", record().replace("DKIM1", "DKIM2"))),
            ["permerror the key record is of an unknown version"],
        ),
        (
            "key-version-not-first",
            "v= must be first (RFC 6376 §3.6.1).",
            signed,
            zone(("s", record().replace("v=DKIM1; ", "") + "; v=DKIM1")),
            ["permerror the key record is of an unknown version"],
        ),
        (
            "key-without-version",
            "v= may be left out.",
            signed,
            zone(("s", record().replace("v=DKIM1; ", "").replace("k=rsa; ", ""))),
            PASS,
        ),
        (
            "key-with-spaces",
            "White space in the record, notes, a last semicolon.",
            signed,
            zone(("s", " " + spaced + " ; n=a note; ")),
            PASS,
        ),
        (
            "key-with-backslashes",
            "A zone file's escapes in the record itself.",
            signed,
            zone(("s", record().replace(";", "\\;"))),
            ["permerror the key record is of an unknown version"],
        ),
        (
            "key-with-quotes",
            "Quotes in the record itself.",
            signed,
            zone(("s", f'"{record()}"')),
            ["permerror the key record is malformed: the tags are not name=value"],
        ),
        ("key-not-base64", "p= is broken.", signed, zone(("s", "v=DKIM1; p=%%%")), ["permerror p= is not base64"]),
        ("key-without-p", "p= must be there.", signed, zone(("s", "v=DKIM1; k=rsa")), ["permerror p= is missing"]),
        (
            "key-records-two",
            "In the middle of a change: each may be the one.",
            signed,
            zone(("s", record("rsa1024")), ("s", record())),
            PASS,
        ),
        (
            "key-records-and-other-text",
            "Something else is published there too.",
            signed,
            zone(("s", "v=spf1 -all"), ("s", record())),
            PASS,
        ),
        ("identity-below", "i= of a domain below d=.", craft(MESSAGE, more=" i=ada@sub.example.org;"), S, PASS),
        (
            "identity-of-another",
            "i= of another domain.",
            craft(MESSAGE, more=" i=ada@example.com;"),
            S,
            ["permerror i= is not of the domain d="],
        ),
        (
            "identity-that-only-ends-so",
            "Not below: notexample.org.",
            craft(MESSAGE, more=" i=ada@notexample.org;"),
            S,
            ["permerror i= is not of the domain d="],
        ),
        (
            "identity-without-at",
            "i= must have a domain.",
            craft(MESSAGE, more=" i=example.org;"),
            S,
            ["permerror i= is not an address"],
        ),
        (
            "selector-with-dots-and-underscores",
            "Names as found in the wild.",
            craft(MESSAGE, form="v=1; a={a}; c={c}; d=example.org; s=_a.b_1; h={h}; bh={bh}; b={b}"),
            zone(("_a.b_1", record())),
            PASS,
        ),
        (
            "selector-too-long",
            "No name can be made of it.",
            craft(MESSAGE, form="v=1; a={a}; c={c}; d=example.org; s=" + "s" * 64 + "; h={h}; bh={bh}; b={b}"),
            S,
            ["permerror d= and s= are not domain names"],
        ),
        (
            "selector-with-nul",
            "A control character among the tags.",
            craft(MESSAGE).replace(b" s=s;", b" s=s\0;"),
            S,
            ["permerror there are control characters among the tags"],
        ),
        (
            "u-labels",
            "A domain in its own letters (RFC 8616 §4).",
            craft(MESSAGE, form="v=1; a={a}; c={c}; d=bücher.example; s=s; i=ü@bücher.example; h={h}; bh={bh}; b={b}"),
            zone(("s._domainkey.xn--bcher-kva.example.", record())),
            PASS,
        ),
        ("utf-8-fields", "Fields of RFC 6532.", craft(MESSAGE.replace(b"A test", "Grüße".encode())), S, PASS),
        (
            "eight-bits-in-tags",
            "Not UTF-8.",
            craft(MESSAGE).replace(b" d=example.org", b" d=ex\xffmple.org"),
            S,
            ["permerror d= and s= are not domain names"],
        ),
        ("signatures-many", "More signatures than are looked at.", _many(MESSAGE, 10), S, PASS * 8),
        (
            "signature-of-a-signature",
            "h= names another DKIM-Signature.",
            craft(other_signature, h=NAMES + ":dkim-signature"),
            S,
            ["pass", "pass"],
        ),
        (
            "signature-of-a-signature-removed",
            "Which then is gone.",
            craft(MESSAGE, signed=other_signature, h=NAMES + ":dkim-signature"),
            S,
            [CHANGED],
        ),
        ("no-signature", "Nothing to verify.", MESSAGE, "", []),
        (
            "no-body-simple",
            "An empty body is one CRLF (RFC 6376 §3.4.3).",
            craft(MESSAGE.removesuffix(BODY), c="relaxed/simple"),
            S,
            PASS,
        ),
        ("no-body-relaxed", "An empty body is nothing (RFC 6376 §3.4.4).", craft(MESSAGE.removesuffix(BODY)), S, PASS),
        (
            "empty-lines-simple",
            "Lines without anything, at the end and not.",
            craft(MESSAGE.replace(BODY, b"\r\n\r\nx\r\n\r\n\r\n"), c="simple/simple"),
            S,
            PASS,
        ),
        ("empty-lines-only", "And nothing else.", craft(MESSAGE.replace(BODY, b"\r\n\r\n \t\r\n\r\n")), S, PASS),
        ("no-last-crlf", "A CRLF is added.", craft(MESSAGE + b"x", c="simple/simple"), S, PASS),
        ("bare-lf", "A bare LF ends no line.", by_us(MESSAGE + b"x \ny\r\n \n\r\n\n", "s=rsa2048"), S, PASS),
        ("bare-cr", "A bare CR ends no line.", craft(MESSAGE + b"x \ry\r\r\n \r\r\n"), S, PASS),
        (
            "spaces-simple-changed",
            "Simple forgives nothing.",
            craft(MESSAGE, c="simple/simple").replace(b"Ada  <", b"Ada <"),
            S,
            [CHANGED],
        ),
        (
            "spaces-relaxed-changed",
            "Relaxed does.",
            craft(MESSAGE).replace(b"Ada  <", b"Ada\r\n\t<").replace(b"Hello  Bob, \r\n", b"Hello\tBob,\r\n"),
            S,
            PASS,
        ),
        (
            "name-of-odd-case",
            "The field's own name, and a space before the colon (RFC 5322 §4.5).",
            signed.replace(b"DKIM-Signature:", b"dkim-SIGNATURE :").replace(b"To:", b"TO\t:"),
            S,
            PASS,
        ),
    ]


def _spread(message: bytes) -> bytes:
    """White space between the letters of the signature."""
    before, mark, rest = message.partition(b" b=")
    value, end, after = rest.partition(b"\r\n")
    folded = b"\r\n \t".join(value[at : at + 7] for at in range(0, len(value), 7))
    return before + mark + b" \r\n\t" + folded + b" " + end + after


def _many(message: bytes, count: int) -> bytes:
    """So many signatures."""
    one = craft(message).removesuffix(message)
    return one * count + message


def write(number: int, name: str, why: str, message: bytes, records: str, expect: list[str]) -> None:
    stem = CASES / f"{number:03}-{name}"
    stem.with_suffix(".eml").write_bytes(message)
    stem.with_suffix(".dns").write_text(records)
    stem.with_suffix(".why").write_text(why + "\n")
    found = run_dkim(message, records)
    said = [line.split(" | ")[0] + (" " + line.split(" | ")[-1] if line.split(" | ")[-1] else "") for line in found]
    print(f"{number:03} {name}: {', '.join(expect) or 'none'}")
    if said != expect:
        print("   WE SAY", said)
    texts = {line.split(" ", 2)[0]: line.split(" ", 2)[2] for line in reversed(records.splitlines()) if " TXT " in line}
    others = {
        "dkimpy": ask_dkimpy(message, lambda asked: unquoted(texts.get(asked.rstrip(".").lower(), "")).encode() or None),
        "opendkim": ask_opendkim(message, records),
    }
    ours = ["pass" if line.startswith("pass") else "no" for line in expect]
    for whose, answer in others.items():
        theirs = ["pass" if word.startswith("pass") else "no" for word in answer.split(", ")] if expect else []
        if theirs[: len(ours)] != ours:
            print(f"   {whose} says {answer}")
    stem.with_suffix(".expect").write_text("".join(f"{line}\n" for line in found))


def main() -> None:
    for old in CASES.glob("[0-9]*-*.*"):
        if not old.stem.startswith(("001-", "002-")):
            old.unlink()
    for number, case in enumerate(cases(), 3):
        write(number, *case)


if __name__ == "__main__":
    main()

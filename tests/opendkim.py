"""OpenDKIM as a milter, in a throw-away folder: signs for one domain, verifies for all whose keys it is told."""

import contextlib
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from pillarbox.testing.served import free_ports, stop, wait_for_port

OPENDKIM = "/usr/sbin/opendkim"
SELECTOR = "milter"


def absence() -> str | None:
    """Why it cannot run here, or None."""
    return None if Path(OPENDKIM).exists() else "opendkim is not installed"


@contextlib.contextmanager
def running(folder: Path, domain: str, key: bytes, names: Mapping[str, str]) -> Iterator[int]:
    """On the port it gives; `key` is the domain's private one, `names` all the name system it knows: TXT by name."""
    (port,) = free_ports(1)
    (folder / "private").write_bytes(key)
    (folder / "names").write_text("".join(f"{name} {text}\n" for name, text in names.items()))
    settings = {
        "Mode": "sv",
        "Domain": domain,
        "Selector": SELECTOR,
        "KeyFile": folder / "private",
        "Canonicalization": "relaxed/simple",
        "TestDNSData": f"file:{folder}/names",
        "AuthservID": f"mx.{domain}",
        "AlwaysAddARHeader": "yes",
        "RequireSafeKeys": "no",
        "Socket": f"inet:{port}@127.0.0.1",
        "PidFile": folder / "pid",
        "UserID": "root",
    }
    (folder / "conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    process = subprocess.Popen([OPENDKIM, "-f", "-x", str(folder / "conf")], stdin=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        yield port
    finally:
        stop(process)

"""Put the published SPF suite where the tests look for it: it is other people's, and comes with the source of pyspf.

python tests/checks/suite.py

Quiet; without the suite the tests that want it say so and are skipped.
"""

import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

SUITE = Path(sys.prefix) / "share" / "spf" / "rfc7208-tests.yml"
MEMBER = "test/rfc7208-tests.yml"


def fetch(suite: Path = SUITE) -> bool:
    """Get the suite; whether it is there now."""
    if suite.exists():
        return True
    wanted = f"pyspf=={version('pyspf')}"
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run([*pip, "--no-binary", ":all:", "--dest", folder, wanted], capture_output=True, check=False)
        for archive in Path(folder).glob("*.tar.gz"):
            unpack(archive, suite)
    if not suite.exists():
        print(f"no SPF suite: {wanted} could not be downloaded as source ({done.returncode})", file=sys.stderr)
    return suite.exists()


def unpack(archive: Path, suite: Path) -> None:
    """Copy the one file that is wanted."""
    with tarfile.open(archive) as packed:
        for member in packed.getmembers():
            if member.name.endswith(f"/{MEMBER}") and (data := packed.extractfile(member)):
                suite.parent.mkdir(parents=True, exist_ok=True)
                suite.write_bytes(data.read())


if __name__ == "__main__":
    fetch()

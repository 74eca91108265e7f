"""A Dovecot of our own in a throw-away folder, for IMAP alone: nothing of the system's is read, changed or stopped."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pillarbox.testing.served import PASSWORD, free_ports, stop, wait_for_port

DOVECOT = "/usr/sbin/dovecot"
UID = 64832
"""Nobody else's, for mail kept while we are root."""

CONF = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = mdbox:~/mdbox
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
}}
"""


def absence() -> str | None:
    """Why it cannot be asked here, or None."""
    if not Path(DOVECOT).exists():
        return f"{DOVECOT} is not installed (Debian: dovecot-imapd)"
    if os.geteuid() != 0:
        return "Dovecot is started as root only"
    return None


def version() -> str:
    return subprocess.run([DOVECOT, "--version"], capture_output=True, text=True, check=True).stdout.split()[0]


@contextlib.contextmanager
def running() -> Iterator[int]:
    """Started; the port where it speaks IMAP. Stopped and swept away at the end whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="pillarbox-compare-theirs-"))
    folder.chmod(0o755)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        (folder / "mail").mkdir()
        os.chown(folder / "mail", UID, UID)
        (port,) = free_ports(1)
        config = folder / "dovecot.conf"
        config.write_text(CONF.format(folder=folder, port=port, uid=UID, gid=UID, password=PASSWORD))
        process = subprocess.Popen(
            [DOVECOT, "-F", "-c", str(config)],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TZ": "UTC"},
        )
        stack.callback(stop, process)
        wait_for_port(port)
        yield port

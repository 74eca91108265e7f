"""A real Postfix in a throw-away folder: nothing of the system's own is read, changed or stopped."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pillarbox.testing.served import stop

POSTFIX = "/usr/sbin/postfix"
MASTER = "/usr/lib/postfix/sbin/master"
SERVICES = """\
{host}:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 5 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


SETTINGS = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.{domain}
mydestination =
inet_interfaces = all
smtp_bind_address = {host}
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:all/
virtual_transport = virtual
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 1
alias_maps =
alias_database =
smtputf8_enable = yes
smtpd_peername_lookup = no
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
"""


def absence() -> str | None:
    """Why it cannot run here, or None."""
    if not Path(POSTFIX).exists() or not Path(MASTER).exists():
        return "postfix is not installed"
    return "postfix starts as root only" if os.geteuid() != 0 else None


@dataclass(frozen=True)
class Postfix:
    folder: Path
    host: str
    port: int
    pid: int

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")

    def messages(self) -> list[bytes]:
        """What has come for its domain, oldest first."""
        new = self.folder / "mail" / "all" / "new"
        return [path.read_bytes() for path in sorted(new.iterdir())] if new.is_dir() else []


@contextlib.contextmanager
def running(host: str, port: int, *, domain: str, main: str = "") -> Iterator[Postfix]:
    """Takes mail for everyone at `domain`, and from 127/8 for anyone; `main` is added to its main.cf."""
    before = os.umask(0o022)  # its processes are of several users; commands of ours that ran here may have left a stricter one
    folder = Path(tempfile.mkdtemp(prefix="pillarbox-postfix-"))
    folder.chmod(0o755)
    etc = folder / "etc"
    for name in ("etc", "queue", "data", "mail"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix", "postfix")
    shutil.chown(folder / "mail", "nobody")
    (etc / "master.cf").write_text(SERVICES.format(host=host, port=port))
    (etc / "main.cf").write_text(SETTINGS.format(folder=folder, host=host, domain=domain) + main)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.callback(os.umask, before)
        _check(folder)
        process = subprocess.Popen([MASTER, "-s", "-c", str(etc)], stdin=subprocess.DEVNULL)
        stack.callback(stop, process)
        _wait(host, port)
        yield Postfix(folder, host, port, process.pid)


def _check(folder: Path) -> None:
    """Have it make its folders. Raises RuntimeError with what it says, in its log for the most part."""
    words = [POSTFIX, "-c", str(folder / "etc"), "check"]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        log = folder / "log"
        said = log.read_text("utf-8", "replace") if log.exists() else ""
        raise RuntimeError(f"postfix check: {done.returncode}\n{done.stdout}{done.stderr}{said}")


def _wait(host: str, port: int, within: float = 90.0) -> None:
    deadline = time.monotonic() + within
    while True:
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"nobody listens on {host}:{port}")
        time.sleep(0.02)

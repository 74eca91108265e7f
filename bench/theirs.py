"""Dovecot with Postfix in front of it, in a throw-away folder: nothing of the system's own is read, changed or stopped.

Dovecot keeps mail in mdbox and takes it by LMTP over a Unix socket; its log-in and mail processes are used again and again
(the fastest of the ways its manual describes), everything else is as Debian ships it. Postfix accepts for the domain and hands
over by LMTP, and sends on what is for another domain, its settings Debian's too, less chroot. Both are children of ours and are
ended by their process ids.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.side import DOMAIN, ELSEWHERE, PASSWORD, Side
from pillarbox.testing.served import free_ports, stop, wait_for_port

DOVECOT = "/usr/sbin/dovecot"
POSTFIX = "/usr/sbin/postfix"
MASTER = "/usr/lib/postfix/sbin/master"
UID = 64831
"""Nobody else's: what a user may watch with inotify is bounded, and without it IDLE is told twice a minute only."""
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
NEW_CERTIFICATE = ("openssl", "req", "-x509", *CURVE, "-nodes", "-days", "2", "-subj", "/CN=localhost")

DOVECOT_CONF = """\
base_dir = {folder}/dovecot/run
state_dir = {folder}/dovecot/state
log_path = {folder}/dovecot.log
protocols = imap pop3 lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = mdbox:~/mdbox
mail_uid = {uid}
mail_gid = {uid}
first_valid_uid = 1
mail_max_userip_connections = 0
default_process_limit = 1000
default_client_limit = 9000
default_vsz_limit = 1G
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={uid} home={folder}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  service_count = 0
  process_min_avail = 2
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  service_count = 0
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service imap {{
  service_count = 200
  process_min_avail = 2
}}
service pop3 {{
  service_count = 200
}}
service lmtp {{
  process_min_avail = 2
  unix_listener {folder}/dovecot/lmtp {{
    mode = 0666
  }}
}}
"""

POSTFIX_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/postfix/queue
data_directory = {folder}/postfix/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.{domain}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = static:all
virtual_transport = lmtp:unix:{folder}/dovecot/lmtp
relay_domains = {elsewhere}
relay_recipient_maps =
transport_maps = inline:{{{elsewhere}=relay:[127.0.0.1]:{sink}}}
alias_maps =
alias_database =
smtputf8_enable = yes
default_process_limit = 100
"""

POSTFIX_MASTER = """\
127.0.0.1:{smtp} inet n - n - - smtpd
pickup    unix  n       -       n       60      1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
proxywrite unix -       -       n       -       1       proxymap
smtp      unix  -       -       n       -       -       smtp
relay     unix  -       -       n       -       -       smtp
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
lmtp      unix  -       -       n       -       -       lmtp
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
"""


def absence() -> str | None:
    """Why they cannot be measured here, or None."""
    missing = [path for path in (DOVECOT, POSTFIX, MASTER) if not Path(path).exists()]
    if missing:
        return f"{', '.join(missing)} not installed (Debian: dovecot-imapd dovecot-pop3d dovecot-lmtpd postfix)"
    if os.geteuid() != 0:
        return "Postfix starts as root only"
    return None


def version() -> str:
    dovecot = subprocess.run([DOVECOT, "--version"], capture_output=True, text=True, check=True).stdout.split()[0]
    postfix = subprocess.run(["/usr/sbin/postconf", "-h", "mail_version"], capture_output=True, text=True, check=True).stdout
    return f"Dovecot {dovecot} (mdbox, LMTP) behind Postfix {postfix.strip()}"


@contextlib.contextmanager
def running() -> Iterator[Side]:
    """Both, started; stopped and swept away at the end whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="pillarbox-bench-theirs-"))
    folder.chmod(0o755)
    smtp, imap, imaps, pop3, sink = free_ports(5)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        dovecot = _start_dovecot(folder, imap, imaps, pop3)
        stack.callback(stop, dovecot)
        postfix = _start_postfix(folder, smtp, sink)
        stack.callback(stop, postfix)
        for port in (smtp, imap, imaps, pop3):
            wait_for_port(port)
        queue = folder / "postfix" / "queue"
        yield Side("theirs", smtp, imap, imaps, pop3, sink, (dovecot.pid, postfix.pid), 200, 0, lambda: _wait_for_queue(queue))


def _wait_for_queue(folder: Path, within: float = 120.0) -> None:
    """Until Postfix's queue is empty: its 250 comes before Dovecot has the message."""
    deadline = time.monotonic() + within
    while any(any(files) for queue in ("incoming", "active", "deferred") for _, _, files in os.walk(folder / queue)):
        if time.monotonic() > deadline:
            raise TimeoutError("Postfix still has mail in its queue")
        time.sleep(0.02)


def _start_dovecot(folder: Path, imap: int, imaps: int, pop3: int) -> subprocess.Popen[bytes]:
    for name in ("dovecot", "mail"):
        (folder / name).mkdir()
    os.chown(folder / "mail", UID, UID)
    _write_certificate(folder)
    config = folder / "dovecot.conf"
    config.write_text(DOVECOT_CONF.format(folder=folder, password=PASSWORD, uid=UID, imap=imap, imaps=imaps, pop3=pop3))
    return subprocess.Popen([DOVECOT, "-F", "-c", str(config)], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _start_postfix(folder: Path, smtp: int, sink: int) -> subprocess.Popen[bytes]:
    config = folder / "postfix" / "etc"
    for name in ("etc", "queue", "data"):
        (folder / "postfix" / name).mkdir(parents=True)
    shutil.chown(folder / "postfix" / "data", "postfix", "postfix")
    (config / "main.cf").write_text(POSTFIX_MAIN.format(folder=folder, domain=DOMAIN, elsewhere=ELSEWHERE, sink=sink))
    (config / "master.cf").write_text(POSTFIX_MASTER.format(smtp=smtp))
    subprocess.run([POSTFIX, "-c", str(config), "check"], check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return subprocess.Popen([MASTER, "-s", "-c", str(config)], stdin=subprocess.DEVNULL)


def _write_certificate(folder: Path) -> None:
    subprocess.run(
        [*NEW_CERTIFICATE, "-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")],
        check=True,
        capture_output=True,
    )

"""What `pillarbox try` says when it is ready: where, who, and lines to paste."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ..servers.supervisor import Opened


def show(opened: Sequence[Opened], passwords: Mapping[str, str], authority: Path) -> None:
    """Print it to standard output."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(_table("Listening", ("door", "address"), [(each.door, str(each)) for each in opened]))
    console.print(_table("\nPeople", ("account", "password"), list(passwords.items())))
    ports = {each.door: each.socket.getsockname()[1] for each in opened}
    if "https" in ports and "http" in ports:
        https, http = f"https://localhost:{ports['https']}", f"http://localhost:{ports['http']}"
        console.print(f"\nIn a browser: {https}/mail/\n  or {http}/mail/, where no certificate of ours has to be believed")
        console.print(f"Devices are set up by {https}/setup\nJMAP: {https}/.well-known/jmap")
    console.print(f"\nTrust for TLS: {authority}\n\nPaste into another terminal:")
    for line in _lines(ports, passwords, authority):
        console.print(f"  {line}")
    console.print("\nCtrl-C stops.")
    console.file.flush()


def _table(title: str, columns: Sequence[str], rows: Sequence[tuple[str, str]]) -> Table:
    table = Table(*columns, box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    return table


def _lines(ports: Mapping[str, int], passwords: Mapping[str, str], authority: Path) -> Iterator[str]:
    (alice, word), (bob, _) = list(passwords.items())[:2]
    yield f"swaks --server 127.0.0.1:{ports['smtp']} --from you@example.com --to {alice}"
    yield (
        f"swaks --server localhost:{ports['submission']} --tls --tls-ca-path {authority} --auth PLAIN"
        f" --auth-user {alice} --auth-password {word} --from {alice} --to {bob}"
    )
    yield f"curl --cacert {authority} --user {alice}:{word} 'imaps://localhost:{ports['imaps']}/INBOX;MAILINDEX=1'"
    yield f"curl --cacert {authority} --user {alice}:{word} pop3s://localhost:{ports['pop3s']}/1"
    if "https" in ports:
        yield f"curl --cacert {authority} --user {alice}:{word} --location https://localhost:{ports['https']}/.well-known/jmap"

"""Thunderbird without a window, driven by Marionette: its own JavaScript (clients/thunderbird.js) does what a person would."""

import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from person import Person
from pillarbox.testing.neighbourhood import eventually

STEPS = Path(__file__).with_name("clients") / "thunderbird.js"
PATIENCE = 120.0
PREFERENCES = {
    "marionette.port": 0,
    "network.proxy.type": 0,
    "mail.biff.show_alert": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.rights.version": 1,
    "mail.server.default.autosync_offline_stores": False,  # so that what is read comes from the server
    "mail.shell.checkDefaultClient": False,
    "mailnews.confirm.moveFoldersToTrash": False,
    "mailnews.start_page.enabled": False,
    # no call to anyone but our server
    "app.donation.eoy.version.viewed": 999,
    "app.update.enabled": False,
    "browser.safebrowsing.downloads.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.enabled": False,
}
CALL = """
const settled = arguments[arguments.length - 1];
const [name, words] = arguments;
(async () => globalThis.mail[name](...words))().then(
  value => settled({ value: value ?? null }), error => settled({ error: `${error}\\n${error?.stack ?? ""}` }));
"""


class Marionette:
    """The protocol Mozilla's programs are driven by: JSON arrays, each with its length before it."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._file = self._socket.makefile("rb")
        self._number = 0
        self._read()  # the greeting

    def call(self, command: str, **parameters: Any) -> Any:
        """The result of a command. Raises RuntimeError with its error."""
        self._number += 1
        raw = json.dumps([0, self._number, command, parameters]).encode()
        self._socket.sendall(b"%d:%b" % (len(raw), raw))
        _, _, error, result = self._read()
        if error:
            raise RuntimeError(f"{command}: {error['message']}\n{error.get('stacktrace')}")
        return result

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def _read(self) -> Any:
        digits = b"".join(iter(lambda: self._file.read(1), b":"))
        return json.loads(self._file.read(int(digits)))


class Thunderbird:
    """A running one, with one account at a time."""

    def __init__(self, marionette: Marionette) -> None:
        self._marionette = marionette
        marionette.call("WebDriver:NewSession")
        marionette.call("Marionette:SetContext", value="chrome")
        self._script(STEPS.read_text() + "\narguments[0]();", "WebDriver:ExecuteAsyncScript")

    def set_up(self, person: Person) -> None:
        """The account, with our CA trusted, and its folders known."""
        raw = ssl.PEM_cert_to_DER_cert(person.server.ca.read_text())
        ports = person.server.ports
        self.do(
            "setUp",
            {
                "ca": list(raw),
                "imaps": ports["imaps"],
                "submissions": ports["submissions"],
                "user": person.address,
                "password": person.password,
            },
        )
        self.do("folders")

    def do(self, name: str, *words: Any) -> Any:
        """What a function of thunderbird.js gives. Raises RuntimeError with its error."""
        answer = self._script(CALL, "WebDriver:ExecuteAsyncScript", name, words)
        if answer is None or "error" in answer:
            raise RuntimeError(f"{name}{words}: {answer['error'] if answer else 'a dialogue opened'}")
        return answer["value"]

    def shows(self, folder: str, subjects: Sequence[str], step: str = "list") -> None:
        """Until its list of a folder is this, asked of the server or ("seen") as it stands. Raises TimeoutError."""
        eventually(lambda: [row["subject"] for row in self.do(step, folder)] == subjects, f"{subjects} in {folder}")

    def _script(self, script: str, command: str, *words: Any) -> Any:
        return self._marionette.call(command, script=script, args=list(words), sandbox="system", newSandbox=False)["value"]


@contextlib.contextmanager
def thunderbird(program: str, home: Path) -> Iterator[Thunderbird]:
    """One without a window, its profile in `home`; killed at the end."""
    profile = home / "profile"
    profile.mkdir(parents=True)
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
    (profile / "user.js").write_text("".join(lines))
    words = (program, "--headless", "--no-remote", "--marionette", "--remote-allow-system-access", "--profile", str(profile))
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "MOZ_CRASHREPORTER_DISABLE": "1"}
    with (home / "said").open("wb") as said:
        process = subprocess.Popen(words, env=environment, stdout=said, stderr=said, start_new_session=True)
    try:
        yield Thunderbird(Marionette(_port(profile / "MarionetteActivePort")))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _port(told: Path) -> int:
    return int(eventually(lambda: told.exists() and told.read_text(), "Thunderbird's port", PATIENCE))

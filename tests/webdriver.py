"""Firefox and WebKit (the engine of Safari) as Debian has them, driven as W3C WebDriver says: over HTTP where the browser has a
driver of its own, and in the same words over Marionette's socket, which is how Firefox speaks it where it has none."""

import base64
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from pillarbox.testing.served import free_ports

PATIENCE = 30.0
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
SIZE = (1280, 900)
KEYS = {
    "Backspace": "\ue003",
    "Tab": "\ue004",
    "Enter": "\ue007",
    "Shift": "\ue008",
    "Control": "\ue009",
    "Escape": "\ue00c",
    "End": "\ue010",
    "Home": "\ue011",
    "ArrowDown": "\ue015",
}
COMMANDS = {
    "NewSession": ("POST", ""),
    "DeleteSession": ("DELETE", ""),
    "SetTimeouts": ("POST", "/timeouts"),
    "Navigate": ("POST", "/url"),
    "Refresh": ("POST", "/refresh"),
    "Back": ("POST", "/back"),
    "SetWindowRect": ("POST", "/window/rect"),
    "NewWindow": ("POST", "/window/new"),
    "SwitchToWindow": ("POST", "/window"),
    "CloseWindow": ("DELETE", "/window"),
    "GetWindowHandle": ("GET", "/window"),
    "GetWindowHandles": ("GET", "/window/handles"),
    "SwitchToFrame": ("POST", "/frame"),
    "ExecuteScript": ("POST", "/execute/sync"),
    "ExecuteAsyncScript": ("POST", "/execute/async"),
    "ElementClick": ("POST", "/element/{id}/click"),
    "ElementSendKeys": ("POST", "/element/{id}/value"),
    "PerformActions": ("POST", "/actions"),
    "ReleaseActions": ("DELETE", "/actions"),
    "TakeScreenshot": ("GET", "/screenshot"),
}
"""By the names Marionette has for them: the requests of WebDriver §6.3."""
QUIET = {
    "app.normandy.enabled": False,
    "app.update.auto": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.search.update": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.push.connection.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.update.enabled": False,
    "intl.accept_languages": "en-GB",
    "marionette.port": 0,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "network.http.speculative-parallel-limit": 0,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.no_proxies_on": "localhost, 127.0.0.1",
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.proxy.type": 1,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.startup.max_resumed_crashes": -1,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "ui.prefersReducedMotion": 1,
}
"""What Firefox would do by itself is left out, and what cannot be is asked of nobody: no test asks the world for anything."""
FIND = """
const [css, text] = arguments;
const names = each => [each.getAttribute("aria-label"), each.labels?.[0]?.textContent, each.textContent, each.title];
const fits = each => each.checkVisibility({ visibilityProperty: true }) && names(each).some(name => name?.includes(text));
const found = [...document.querySelectorAll(css)].filter(fits);
return found.find(each => names(each).some(name => name?.trim() === text)) ?? found[0] ?? null;
"""
GONE = f"return (() => {{ {FIND} }}).apply(null, arguments) === null;"
CLICK = f"const found = (() => {{ {FIND} }}).apply(null, arguments); found?.click(); return found !== null;"
WAIT = """
const done = arguments[arguments.length - 1];
const look = function () { %s };
const given = [...arguments].slice(0, -1);
const again = () => {
  const found = look.apply(null, given);
  if (found) done(found); else setTimeout(again, 20);
};
again();
"""
WORK = """
const done = arguments[arguments.length - 1];
(async () => { %s })().then(value => done({ value }), error => done({ error: String(error) }));
"""

Say = Callable[[str, Mapping[str, Any]], Any]


class WebDriverError(Exception):
    """A command the browser refused: its error and what it says of it."""


class Page:
    """The window that is driven."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._is_within = False

    def do(self, command: str, **parameters: Any) -> Any:
        """The result of a command of `COMMANDS`. Raises WebDriverError."""
        return self._say(command, parameters)

    def go(self, url: str) -> None:
        self.do("Navigate", url=url)

    def run(self, script: str, *given: Any) -> Any:
        """What a function with this body returns in the page."""
        return self.do("ExecuteScript", script=script, args=given)

    def work(self, script: str, **values: Any) -> Any:
        """What an async function with this body makes of them, by these names."""
        given = "".join(f"const {name} = {json.dumps(value)};" for name, value in values.items())
        told = self.do("ExecuteAsyncScript", script=WORK % (given + script), args=[])
        if "error" in told:
            raise WebDriverError(told["error"])
        return told.get("value")

    def wait(self, script: str, *given: Any) -> Any:
        """What it returns as soon as that is anything. Raises WebDriverError where it never is."""
        try:
            return self.do("ExecuteAsyncScript", script=WAIT % script, args=given)
        except WebDriverError as error:
            raise WebDriverError(f"never, with {given}: {script}") from error

    def find(self, css: str, text: str = "") -> Any:
        """What is shown, fits, and is named so or has that in its name or text; waited for."""
        return self.wait(FIND, css, text)

    def has(self, css: str, text: str = "") -> bool:
        return self.run(FIND, css, text) is not None

    def gone(self, css: str, text: str = "") -> None:
        self.wait(GONE, css, text)

    def click(self, css: str, text: str = "") -> None:
        """Within a frame by the pointer, so that the engine does what it does for a person. Elsewhere without: now and then
        WebKit's driver clicks where nothing is, while a machine is busy."""
        if self._is_within:
            self.do("ElementClick", id=self.find(css, text)[ELEMENT])
        else:
            self.wait(CLICK, css, text)

    def fill(self, css: str, text: str) -> None:
        """In place of what is there."""
        field = self.find(css)
        self.run("arguments[0].focus(); arguments[0].select?.();", field)
        self.do("ElementSendKeys", id=field[ELEMENT], text=text)

    def press(self, *keys: str) -> None:
        """One after the other; "Control+b" holds the first."""
        for key in keys:
            held = [KEYS.get(each, each) for each in ([key] if len(key) == 1 else key.split("+"))]
            downs = [{"type": "keyDown", "value": each} for each in held]
            ups = [{"type": "keyUp", "value": each} for each in reversed(held)]
            self.do("PerformActions", actions=[{"type": "key", "id": "keys", "actions": [*downs, *ups]}])

    def write(self, text: str) -> None:
        """By the keys, wherever the focus is."""
        self.press(*text)

    @contextmanager
    def within(self, frame: Any) -> Iterator[None]:
        """A frame that is there already: where its scripts are off nothing can be waited for in it."""
        self.do("SwitchToFrame", id=frame)
        self._is_within = True
        try:
            yield
        finally:
            self._is_within = False
            self.do("SwitchToFrame", id=None)

    @contextmanager
    def another(self) -> Iterator[None]:
        """A second window of the same browser, in front for as long: WebKit leaves a second tab behind the first, and idle."""
        first = self.do("GetWindowHandle")
        handle = self.do("NewWindow", type="window")["handle"]
        self.do("SwitchToWindow", handle=handle)
        try:
            yield
        finally:
            self.do("CloseWindow")
            self.do("SwitchToWindow", handle=first)

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.do("TakeScreenshot")))


class _Marionette:
    """Firefox: JSON behind its length in decimal, `[0, number, name, parameters]` and `[1, number, error, result]`."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE * 2)
        self._stream = self._socket.makefile("rwb")
        self._number = 0
        self._hear()

    def __call__(self, command: str, given: Mapping[str, Any]) -> Any:
        self._number += 1
        text = json.dumps([0, self._number, f"WebDriver:{command}", given]).encode()
        self._stream.write(b"%d:%b" % (len(text), text))
        self._stream.flush()
        _, _, error, result = self._hear()
        if error:
            raise WebDriverError(f"{command}: {error['error']}: {error['message']}")
        return result["value"] if isinstance(result, dict) and result.keys() == {"value"} else result

    def _hear(self) -> Any:
        digits = b""
        while (byte := self._stream.read(1)) != b":":
            if not byte:
                raise WebDriverError("Firefox is gone")
            digits += byte
        return json.loads(self._stream.read(int(digits)))

    def close(self) -> None:
        self._stream.close()
        self._socket.close()


class _Http:
    """A driver in between."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE * 2)
        self._session = ""

    def __call__(self, command: str, given: Mapping[str, Any]) -> Any:
        method, path = COMMANDS[command]
        rest = {name: value for name, value in given.items() if f"{{{name}}}" not in path}
        body = json.dumps(rest) if method == "POST" else None
        self._connection.request(method, f"/session{self._session}{path.format(**given)}", body)
        answer = self._connection.getresponse()
        value = json.loads(answer.read())["value"]
        if answer.status != http.client.OK:
            raise WebDriverError(f"{command}: {value['error']}: {value['message']}")
        if command == "NewSession":
            self._session = f"/{value['sessionId']}"
        return value

    def close(self) -> None:
        self._connection.close()


@contextmanager
def firefox(folder: Path, **capabilities: Any) -> Iterator[Page]:
    """Without a window. Skips the test where it is not installed."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        pytest.skip("Firefox is not installed (apt install firefox-esr)")
    profile = folder / "profile"
    profile.mkdir(parents=True)
    (profile / "user.js").write_text("".join(f"user_pref({json.dumps(name)}, {json.dumps(QUIET[name])});\n" for name in QUIET))
    with _running([program, "--headless", "--marionette", "--no-remote", "--profile", str(profile)], folder) as process:
        where = profile / "MarionetteActivePort"
        _until(process, lambda: where.exists() and where.read_text().strip())
        speaker = _Marionette(int(where.read_text()))
        with _session(speaker, speaker.close, _wanted(capabilities)) as page:
            yield page


@contextmanager
def webkit(folder: Path, **capabilities: Any) -> Iterator[Page]:
    """In a window that nobody sees. Skips the test where something of it is not installed."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    if driver is None or screen is None:
        pytest.skip("WebKit is not installed (apt install webkit2gtk-driver xvfb)")
    with ExitStack() as stack:
        read, write = os.pipe()
        with open(read) as told:
            command = [screen, "-displayfd", str(write), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]
            try:
                stack.enter_context(_running(command, folder, pass_fds=[write]))
            finally:
                os.close(write)
            display = told.readline().strip()
        port = free_ports(1)[0]
        toolkit = folder / ".config" / "gtk-3.0" / "settings.ini"
        toolkit.parent.mkdir(parents=True)
        toolkit.write_text("[Settings]\ngtk-enable-animations=0\n")
        process = stack.enter_context(_running([driver, f"--port={port}"], folder, DISPLAY=f":{display}"))
        _until(process, lambda: _is_open(port))
        speaker = _Http(port)
        yield stack.enter_context(_session(speaker, speaker.close, {"capabilities": {"alwaysMatch": _wanted(capabilities)}}))


ENGINES = {"firefox": firefox, "webkit": webkit}


def _wanted(capabilities: Mapping[str, Any]) -> dict[str, Any]:
    return {"acceptInsecureCerts": True, "pageLoadStrategy": "normal", **capabilities}


@contextmanager
def _session(say: Say, close: Callable[[], None], wanted: Mapping[str, Any]) -> Iterator[Page]:
    try:
        say("NewSession", wanted)
        say("SetTimeouts", {"script": int(PATIENCE * 1000), "pageLoad": int(PATIENCE * 1000)})
        say("SetWindowRect", {"x": 0, "y": 0, "width": SIZE[0], "height": SIZE[1]})
        yield Page(say)
        say("DeleteSession", {})
    finally:
        close()


@contextmanager
def _running(
    command: Sequence[str], folder: Path, pass_fds: Sequence[int] = (), **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A program with a home of its own; it and whatever it began are gone at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=pass_fds,
            env={"HOME": str(folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "NO_AT_BRIDGE": "1", **environment},
            start_new_session=True,
        )
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _until(process: subprocess.Popen[bytes], look: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not look():
        assert process.poll() is None, f"{process.args!r} has ended"
        assert time.monotonic() < end, f"{process.args!r} is not ready"
        time.sleep(0.05)


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

"""Processes: workers that die and come back, a supervisor that is killed, settings read again, one server a folder."""

import os
import poplib
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import inside
from pillarbox.testing.served import HOST, Served, apart, command, served

PATIENCE = 90.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served"), workers=2, accounts=["alice@example.org"]) as running:
        yield running


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.01)


def logged(server: Served, event: str) -> int:
    return server.log.read_text().count(f'"event":"{event}"')


def is_alive(pid: int) -> bool:
    """Zombies are not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def opened(pid: int) -> set[str]:
    """What its descriptors are of: paths, and sockets and pipes by number."""
    return {os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()} - {
        os.devnull,
        "anon_inode:[eventpoll]",
    }


def greets(server: Served) -> bool:
    with socket.create_connection((HOST, server.ports["pop3"]), timeout=90) as client:
        return client.recv(100).startswith(b"+OK")


def test_a_worker_that_is_killed_is_replaced(server: Served) -> None:
    before = server.workers()
    os.kill(before[0], signal.SIGKILL)
    until(lambda: len(server.workers()) == 2 and before[0] not in server.workers())
    assert before[1] in server.workers()
    assert greets(server)


def test_nothing_is_on_a_second_thread_where_workers_split_off(server: Served) -> None:
    assert server.process
    assert len(os.listdir(f"/proc/{server.process.pid}/task")) == 1


def test_a_worker_holds_nothing_open_that_is_its_supervisor_s(server: Served) -> None:
    """Else what ends with the supervisor, its claim to the folder and the pipe that tells of it, would not."""
    assert server.process
    ours = opened(server.process.pid)
    for worker in server.workers():
        held = opened(worker)
        assert not any(path.endswith("/run/supervisor") for path in held)
        assert len(ours & held) == len(server.ports) + len({"the log", "the pipe of their end", "the pipe of its own"})


def test_reading_settings_again_drops_nobody(server: Served) -> None:
    assert server.process
    client = poplib.POP3(HOST, server.ports["pop3"], timeout=90)
    workers, reloads = server.workers(), logged(server, "reloaded")
    server.process.send_signal(signal.SIGHUP)
    until(lambda: logged(server, "reloaded") == reloads + 2)
    client.user("alice@example.org")
    client.pass_("sesame")
    client.quit()
    assert server.workers() == workers


def test_settings_that_are_wrong_are_not_taken_and_said_so(server: Served) -> None:
    assert server.process
    right, before = server.config.read_text(), logged(server, "not reloaded")
    server.config.write_text('hostname = "not a host"\n')
    server.process.send_signal(signal.SIGHUP)
    until(lambda: logged(server, "not reloaded") > before)
    server.config.write_text(right)
    assert greets(server)


def test_a_second_server_on_one_folder_is_refused(server: Served, tmp_path: Path) -> None:
    config = tmp_path / "second.toml"
    config.write_text(f'data_dir = "{server.data}"\n[listen]\npop3 = ["127.0.0.1:0"]\n')
    done = subprocess.run([*command(), "serve", "--config", str(config)], capture_output=True, text=True, timeout=90)
    assert done.returncode == 1
    assert "another server serves" in done.stderr


def test_a_command_says_the_same_in_a_process_of_its_own_and_in_that_of_a_test(server: Served) -> None:
    config = ["--config", str(server.config)]
    told = [run(["account", "list", "--json", *config], "") for run in (apart, inside.command)]
    assert told[0] == told[1] != ""
    for run in (apart, inside.command):
        with pytest.raises(RuntimeError, match=r"error: there is no account x@y\nhint: see `pillarbox account list`"):
            run(["account", "show", "x@y", *config], "")


def test_each_listener_is_logged_once(server: Served) -> None:
    assert logged(server, "listening") == len(server.ports)


def test_stopping_says_goodbye_and_leaves_nothing_running(tmp_path: Path) -> None:
    with served(tmp_path, workers=2) as server:
        workers = server.workers()
        with socket.create_connection((HOST, server.ports["smtp"]), timeout=90) as client:
            client.recv(1000)
            assert server.stop() == 0
            assert client.recv(1000).startswith(b"421 ")
        assert not any(map(is_alive, workers))
        assert list((server.data / "run").glob("*.sock")) == []


def test_who_comes_while_the_server_stops_is_refused_and_does_not_wait(tmp_path: Path) -> None:
    def refuses_while(busy: poplib.POP3) -> bool:
        busy.capa()
        try:
            socket.create_connection((HOST, server.ports["smtp"]), timeout=90).close()
        except ConnectionRefusedError:
            return True
        return False

    with served(tmp_path, workers=1) as server:
        assert server.process
        busy = poplib.POP3(HOST, server.ports["pop3"], timeout=90)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: refuses_while(busy))
        assert server.process.poll() is None
        busy.quit()
        assert server.process.wait(PATIENCE) == 0


def test_workers_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    with served(tmp_path, workers=2) as server:
        workers = server.workers()
        server.kill()
        until(lambda: not any(map(is_alive, workers)))
        server.start()
        assert greets(server)


def test_a_certificate_that_cannot_be_used_is_said_so_before_anything_starts(tmp_path: Path) -> None:
    config = tmp_path / "pillarbox.toml"
    (tmp_path / "cert.pem").write_text("no certificate")
    config.write_text('[listen]\nimaps = ["127.0.0.1:0"]\n[tls]\ncertificate = "cert.pem"\nkey = "cert.pem"\n')
    done = subprocess.run([*command(), "serve", "--config", str(config)], capture_output=True, text=True, timeout=90)
    assert done.returncode == 1
    assert "cannot be used" in done.stderr
    assert "hint: both must be PEM files" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up being root")
def test_root_becomes_the_user_named_for_good() -> None:
    from pillarbox.servers import privileges

    child = os.fork()
    if child == 0:
        status = 1
        try:
            privileges.drop("nobody")
            status = 0 if 0 not in (os.getuid(), os.geteuid(), os.getgid(), os.getegid()) else 2
            os.setuid(0)
            status = 3
        except PermissionError:
            pass
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

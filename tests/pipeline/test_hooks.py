"""Hooks, tried with a real server and real commands."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from custseg._version import __version__
from custseg.pipeline.hooks import notify, run_report
from custseg.pipeline.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

PAYLOAD = {"text": "Käse", "status": "success"}


class Server(ThreadingHTTPServer):
    """Answers each path in its own way, and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[str, dict[str, str], Any]] = []
        self.let_go = threading.Event()

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), json.loads(body)))
        kind = self.path.partition("?")[0]
        if kind == "/slow":
            self.server.let_go.wait(30)
        if kind == "/drip":
            # A byte now and then keeps a connection's own time limit from running out.
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
            while not self.server.let_go.wait(0.05):
                self.wfile.write(b"x")
                self.wfile.flush()
            return
        if kind == "/garbage":
            self.wfile.write(b"no http\r\n\r\n")
            return
        code = {"/moved": 302, "/moved-to-file": 307, "/gone": 404, "/broken": 500}.get(kind, 204)
        self.send_response(code)
        if kind == "/moved":
            self.send_header("Location", self.server.address("/elsewhere"))
        if kind == "/moved-to-file":
            self.send_header("Location", "file:///etc/hostname")
        self.end_headers()

    def do_GET(self) -> None:
        self.server.got.append((self.path, {}, None))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.let_go.set()
        server.shutdown()
        thread.join()


def python(code: str, *words: str) -> str:
    """A command that runs some Python."""
    return shlex.join([sys.executable, "-c", code, *words])


def test_an_address_gets_the_report_as_json(server):
    assert notify(server.address("/hook?token=secret"), PAYLOAD, 10) is None
    ((path, headers, body),) = server.got
    assert path == "/hook?token=secret"
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"] == f"custseg/{__version__}"
    assert body == PAYLOAD


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/gone", "the hook answered 404."),
        ("/broken", "the hook answered 500."),
        ("/moved", "the hook answered 302 (redirects are not followed)."),
        ("/moved-to-file", "the hook answered 307 (redirects are not followed)."),
        ("/garbage", "the hook's address is no valid one, or its answer no HTTP."),
    ],
)
def test_what_an_address_answers_is_told_without_its_secret(path, said, server):
    told = notify(server.address(f"{path}?token=secret"), PAYLOAD, 10)
    assert told == f"http://127.0.0.1: {said}"
    assert len(server.got) == 1


@pytest.mark.parametrize("path", ["/slow", "/drip"])
def test_an_address_that_does_not_answer_in_time_is_left(path, server):
    told = notify(server.address(f"{path}?token=secret"), PAYLOAD, 0.4)
    assert told == "http://127.0.0.1: the hook did not answer within 0.4 s."


def test_an_address_where_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told = notify(f"http://127.0.0.1:{port}/secret", PAYLOAD, 10)
    assert told == "http://127.0.0.1: the hook cannot be reached: Connection refused."


@pytest.mark.parametrize(
    "address",
    [
        "http://",
        "http://[::1/secret",
        "https://:80/secret",
        "http://host:port-secret/",
        "http://user:secret@host/",
        "HTTP://host name/secret",
    ],
)
def test_an_address_that_is_none_is_told_without_its_secret(address):
    told = notify(address, PAYLOAD, 10)
    assert told is not None
    assert "secret" not in told


def test_a_command_gets_the_report_on_standard_input_and_its_output_goes_to_stderr(capfd):
    code = "import sys; open('told', 'w').write(sys.stdin.read()); print('said', sys.argv[1])"
    assert notify(python(code, "a b; echo $HOME"), PAYLOAD, 30) is None
    assert json.loads(Path("told").read_text()) == PAYLOAD
    # No shell has read it.
    assert capfd.readouterr() == ("", "said a b; echo $HOME\n")


def test_what_a_command_prints_can_be_had_by_lines(capfd):
    printed: list[str] = []
    code = "import sys; print('one'); print('two', file=sys.stderr)"
    assert notify(python(code), PAYLOAD, 30, printed.append) is None
    assert sorted(printed) == ["one", "two"]
    assert capfd.readouterr() == ("", "")


def test_a_command_that_reads_nothing_is_no_failure():
    assert notify("true", {"text": "x" * 1_000_000}, 30) is None


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("false --token secret", "false: the hook ended with exit code 1."),
        ("/nowhere/hook secret", "hook: the hook cannot be run: No such file or directory."),
        ("/etc secret", "etc: the hook cannot be run: Permission denied."),
        ("'secret", "The hook's command cannot be split into words; check its quotes."),
        ("  ", "The hook's command cannot be split into words; check its quotes."),
        ("TOKEN=secret hook", "command: the hook cannot be run: No such file or directory."),
        ("sh -c 'kill -TERM $$'", "sh: the hook was ended by SIGTERM."),
        ("sh -c 'kill -40 $$'", "sh: the hook was ended by signal 40."),
    ],
)
def test_how_a_command_failed_is_told_without_its_secret(command, said):
    assert notify(command, PAYLOAD, 30) == said


def test_a_command_that_takes_too_long_is_killed_with_what_it_started():
    command = "sh -c 'sleep 60 & echo $! > child; echo $$ > parent; wait'"
    told = notify(command, PAYLOAD, 1)
    assert told == "sh: the hook took more than 1 s and was killed."
    for name in ("child", "parent"):
        assert not alive(int(Path(name).read_text())), name


def alive(process: int) -> bool:
    """Whether a process still runs; one that waits to be counted does not."""
    for _ in range(100):
        try:
            os.kill(process, 0)
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            return False
        if state == "Z":
            return False
        time.sleep(0.02)
    return True


def report(**more: Any) -> dict[str, Any]:
    started = datetime(2024, 1, 1, 5, tzinfo=UTC)
    given: dict[str, Any] = {
        "workspace": "shop",
        "exit_code": 0,
        "started": started,
        "finished": started + timedelta(seconds=12.34),
        "outcomes": [Outcome("clean", fresh=False, seconds=1.23456, rows={"transactions": 3})],
        "facts": {"as_of": "2024-01-01", "warnings": ["few"], "customer_key": "x"},
    }
    return run_report(**given | more)


def test_the_report_of_a_run_that_ended_well():
    assert report(published="2024-01-01") == {
        "text": "custseg: shop is segmented as of 2024-01-01 (12.3 s).",
        "status": "success",
        "exit_code": 0,
        "as_of": "2024-01-01",
        "workspace": "shop",
        "started": "2024-01-01T05:00:00+00:00",
        "finished": "2024-01-01T05:00:12+00:00",
        "seconds": 12.3,
        "stages": [{"stage": "clean", "fresh": False, "seconds": 1.235}],
        "published": "2024-01-01",
        "conditions": [],
        "error": None,
        "warnings": ["few"],
    }


def test_the_report_of_a_run_that_failed():
    told = report(exit_code=9, error=("It drifts.", ""), conditions=["drift"], facts={})
    assert told["text"] == "custseg: shop failed (exit code 9). It drifts."
    assert told["status"] == "failure"
    assert told["error"] == {"message": "It drifts.", "hint": None}
    assert (told["as_of"], told["conditions"], told["warnings"]) == (None, ["drift"], [])


def test_a_run_calls_its_hooks_and_a_hook_that_fails_changes_no_exit_code(
    custseg, undisturbed, server, monkeypatch
):
    shutil.copytree(undisturbed, "shop")
    monkeypatch.setenv("CUSTSEG_MONTHLY__ON_SUCCESS", server.address("/broken?token=secret"))
    monkeypatch.setenv("CUSTSEG_MONTHLY__ON_FAILURE", server.address("/failed?token=secret"))
    done = custseg("run-all", "-w", "shop", "--quiet")
    assert done.exit_code == 0
    assert done.stderr == "Warning: http://127.0.0.1: the hook answered 500.\n"
    missing = custseg("run-all", "nowhere.csv", "-w", "other")
    assert missing.exit_code == 5
    (_, _, good), (path, _, bad) = server.got
    assert (good["status"], good["workspace"], good["as_of"]) == ("success", "shop", "2024-01-01")
    assert good["stages"][0]["stage"] == "download"
    assert path.startswith("/failed")
    assert (bad["status"], bad["exit_code"], bad["as_of"]) == ("failure", 5, None)
    assert bad["error"]["message"].endswith("nowhere.csv: no such file.")
    everything = done.output + missing.output + Path("shop/manifest.json").read_text()
    assert "secret" not in everything


def test_a_hook_is_told_of_a_run_that_failed_midway_nothing_of_the_run_before(
    custseg, undisturbed, server, monkeypatch
):
    shutil.copytree(undisturbed, "shop")
    monkeypatch.setenv("CUSTSEG_MONTHLY__ON_FAILURE", server.address("/"))
    assert custseg("run-all", "-w", "shop", "--as-of", "1999-01-01").exit_code == 5
    ((_, _, told),) = server.got
    assert [one["stage"] for one in told["stages"]] == ["download"]
    assert told["as_of"] is None


def test_a_hook_is_told_of_an_option_that_does_not_fit(custseg, server, monkeypatch):
    monkeypatch.setenv("CUSTSEG_MONTHLY__ON_FAILURE", server.address("/"))
    assert custseg("run-all", "demo", "--fail-on", "dirft").exit_code == 3
    ((_, _, told),) = server.got
    assert (told["exit_code"], told["status"]) == (3, "failure")
    assert "dirft" in told["error"]["message"]


def test_a_hook_is_told_of_a_bug_but_not_what_data_it_names(custseg, server, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("customer 17850")

    monkeypatch.setenv("CUSTSEG_MONTHLY__ON_FAILURE", server.address("/"))
    monkeypatch.setattr("custseg.pipeline.runner.Runner.run_all", fail)
    assert custseg("run-all", "demo").exit_code == 1
    ((_, _, told),) = server.got
    assert told["exit_code"] == 1
    assert "17850" not in json.dumps(told)

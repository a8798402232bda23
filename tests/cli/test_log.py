"""Progress and errors as JSON, a line each."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from custseg.cli import main
from custseg.cli.progress import LiveProgress, PlainProgress, describe, listener
from custseg.pipeline.outcomes import Outcome
from custseg.pipeline.runner import Runner
from custseg.pipeline.stages import STAGES

MAIN = [name for name, stage in STAGES.items() if not stage.side]


def events(text: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in text.splitlines()]
    for event in found:
        assert event["time"].endswith("+00:00")
        assert event["level"] in {"info", "warning", "error"}
    return found


@pytest.mark.usefixtures("recalled", "unlooked")
def test_each_line_of_a_runs_log_is_an_object(custseg, small_shop):
    result = custseg("run-all", small_shop, "-w", "w", "--log-format", "json", "--json")
    assert json.loads(result.stdout)["status"] == "success"
    log = events(result.stderr)
    assert [e["stage"] for e in log if e["event"] == "stage_started"] == MAIN
    ended = {e["stage"]: e for e in log if e["event"] == "stage_ended"}
    assert list(ended) == MAIN
    assert ended["features"]["rows"] == {"features": 120}
    assert ended["features"]["fresh"] is False
    assert ended["features"]["seconds"] > 0


def test_a_note_of_a_stage_is_an_event(custseg, small_shop, tmp_path):
    folder = tmp_path / "orders"
    folder.mkdir()
    text = small_shop.read_bytes()
    (folder / "a.csv").write_bytes(text)
    custseg("download", folder, "-w", "w")
    (folder / "b.csv").write_bytes(text.replace(b"\n", b"\r\n"))
    log = events(custseg("download", folder, "-w", "w", "--log-format", "json").stderr)
    notes = [e for e in log if e["event"] == "note"]
    assert notes
    assert all(note["stage"] == "download" and note["message"] for note in notes)


@pytest.mark.parametrize("way", ["option", "variable", "file"])
def test_an_error_is_an_event_however_json_was_asked_for(way, custseg, monkeypatch):
    more = ["--log-format", "json"] if way == "option" else []
    if way == "variable":
        monkeypatch.setenv("CUSTSEG_RUN__LOG_FORMAT", "json")
    if way == "file":
        Path("custseg.toml").write_text('[run]\nlog_format = "json"\n')
    result = custseg("run-all", "nowhere.csv", "-w", "w", *more)
    (event,) = [e for e in events(result.stderr) if e["event"] == "error"]
    assert (event["level"], event["exit_code"], result.exit_code) == ("error", 5, 5)
    assert event["message"].endswith("nowhere.csv: no such file.")
    assert event["hint"].startswith("SOURCE is uci")
    assert "traceback" not in event


@pytest.mark.parametrize("way", ["option", "variable"])
def test_settings_that_cannot_be_read_are_told_in_the_format_asked_for(way, custseg, monkeypatch):
    Path("custseg.toml").write_text("nonsense")
    more = ["--log-format", "json"] if way == "option" else []
    if way == "variable":
        monkeypatch.setenv("CUSTSEG_RUN__LOG_FORMAT", "json")
    result = custseg("run-all", "demo", "-w", "w", *more)
    (event,) = events(result.stderr)
    assert event["exit_code"] == result.exit_code == 3


def test_settings_that_cannot_be_read_are_told_as_text_where_nothing_is_asked_for(custseg):
    Path("custseg.toml").write_text("nonsense")
    assert custseg("status").stderr.startswith("Error: custseg.toml: cannot be read as TOML")


def test_a_traceback_is_a_field(custseg, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Runner, "run_all", fail)
    more = ("--log-format", "json")
    (event,) = events(custseg("run-all", "demo", "-w", "w", *more, "--debug").stderr)
    assert event["traceback"].startswith("Traceback")
    assert event["exit_code"] == 1


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("--nope", "--log-format", "json"), {}),
        (("--log-format=json", "--k", "x"), {}),
        (("--nope",), {"CUSTSEG_RUN__LOG_FORMAT": "json"}),
        (("demo", "--url", "http://x", "--log-format", "json"), {}),
    ],
)
def test_a_wrong_command_line_is_an_event(arguments, environment, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["custseg", "run-all", *arguments])
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main()
    (event,) = events(capsys.readouterr().err)
    assert (ended.value.code, event["exit_code"], event["event"]) == (2, 2, "error")


def test_exit_codes_are_the_same_with_either_format(custseg):
    for arguments in (("status",), ("status", "--log-format", "json")):
        assert custseg(*arguments).exit_code == 0
        assert custseg(*arguments, "--config", "nowhere.toml").exit_code == 3


def test_how_a_run_waits_and_logs_makes_nothing_stale(custseg, undisturbed):
    shutil.copytree(undisturbed, "w")
    more = ("--lock-timeout", "5", "--log-format", "json")
    assert custseg("select-k", "-w", "w", "--force", *more).exit_code == 0
    assert custseg("fit", "-w", "w").exit_code == 0
    assert "lock_timeout" not in Path("w/manifest.json").read_text()
    states = json.loads(custseg("status", "-w", "w", "--json").stdout)["stages"]
    assert {s["state"] for s in states if s["stage"] in MAIN} == {"fresh"}


@pytest.mark.parametrize("value", ["-1", "soon"])
def test_a_time_to_wait_is_a_number_of_seconds(value, custseg):
    assert custseg("status", "--lock-timeout", value).exit_code == 2


def test_the_holder_is_told_in_text_on_a_terminal_and_elsewhere(capsys):
    for progress in (PlainProgress(), LiveProgress()):
        progress.waiting("process 7 on here\x1b[31m")
        progress.stop()
        assert capsys.readouterr().err == "Waits for process 7 on here [31m to end.\n"


def test_the_display_fits_what_is_asked_for():
    assert type(listener("json")).__name__ == "JsonProgress"
    assert isinstance(listener(), PlainProgress)


def test_a_run_that_fails_gives_the_terminal_its_cursor_back():
    terminal, ours = pty.openpty()
    Path("orders.csv").write_text("a,b\n1,2\n")
    with subprocess.Popen(
        [sys.executable, "-m", "custseg", "run-all", "orders.csv", "-w", "w"],
        stderr=ours,
        stdout=subprocess.DEVNULL,
    ) as process:
        os.close(ours)
        shown = b""
        while True:
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        process.wait()
    os.close(terminal)
    hidden, back = shown.rfind(b"\x1b[?25l"), shown.rfind(b"\x1b[?25h")
    assert -1 < hidden < back < shown.rfind(b"Error:")


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_a_run_whose_log_nobody_reads_any_more_goes_on(log_format, finished):
    shutil.rmtree(finished / "history")
    hook = f"{sys.executable} -c \"import sys; open('told', 'w').write(sys.stdin.read())\""
    with subprocess.Popen(
        [sys.executable, "-m", "custseg", "run-all", "-w", finished, "--json"],
        env=os.environ
        | {"CUSTSEG_MONTHLY__ON_SUCCESS": hook, "CUSTSEG_RUN__LOG_FORMAT": log_format},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        process.stderr.close()
        printed = process.stdout.read()
    assert process.returncode == 0
    assert json.loads(printed)["published"]["new"] is True
    assert json.loads(Path("told").read_text())["published"] == "2024-01-01"


@pytest.mark.parametrize(
    ("stage", "rows", "said"),
    [
        (
            "fit",
            {"segments": 3963, "segment_names": 7, "drift": 9},
            "3,963 customers in 7 segments",
        ),
        ("fit", {"segments": 12, "segment_names": 1}, "12 customers in 1 segment"),
        ("recommend", {"recommendations": 1200}, "1,200 products listed for customers"),
        ("campaign", {"campaigns": None}, "0 campaigns registered"),
        ("report", {"report": None}, "report.html, evidence.html and segments.xlsx written"),
    ],
)
def test_a_line_says_what_a_stage_made(stage, rows, said):
    assert (
        describe(Outcome(stage, fresh=False, seconds=24.51, rows=rows))
        == f"{stage}: {said} (24.5 s)"
    )
    assert describe(Outcome(stage, fresh=True, seconds=1)) == f"{stage}: fresh"

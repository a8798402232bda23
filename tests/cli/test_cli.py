"""The command line as a user meets it: what it prints, where, and how it fails."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import openpyxl
import pytest
import typer

from custseg._version import __version__
from custseg.cli import app
from custseg.cli.app import PANELS
from custseg.cli.running import next_stage
from custseg.pipeline.runner import Runner
from custseg.pipeline.source import is_gone
from custseg.pipeline.stages import STAGES
from custseg.settings.loading import load_settings
from custseg.workspace.workspace import Workspace

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def order(number: int, customer: object, *, price: str = "2.55", quantity: object = 6) -> str:
    return f"{number},85123A,MUG,{quantity},2010-12-{number % 27 + 1:02d},{price},{customer},UK\n"


def test_a_run_ends_with_a_summary_a_person_can_read(custseg, finished, small_shop):
    result = custseg("run-all", small_shop, "-w", finished)
    assert result.exit_code == 0, result.output
    for part in (
        "rows",
        "customers",
        "of revenue",
        "What to do this month",
        "custseg export --segment",
    ):
        assert part in result.stdout
    assert f"# Open {finished / 'report.html'}" in result.stdout
    assert len(result.stdout.splitlines()) <= 25
    for name, stage in STAGES.items():
        assert (f"{name}: " in result.stderr) is not stage.side


def test_json_is_one_object_on_stdout(custseg, finished, small_shop):
    result = custseg("run-all", small_shop, "-w", finished, "--json")
    content = json.loads(result.stdout)
    assert content["rows_in"] > content["rows_kept"] > 0
    assert content["k"] == len(content["segments"])
    assert sum(segment["customers"] for segment in content["segments"]) == content["customers"]
    ran = [stage["stage"] for stage in content["stages"]]
    assert ran == [name for name, stage in STAGES.items() if not stage.side]


@pytest.mark.usefixtures("thorough")
@pytest.mark.parametrize("stage", list(STAGES))
def test_every_stage_shows_its_result_as_text_and_as_json(stage, custseg, studied):
    text = custseg(stage, "-w", studied)
    assert text.exit_code == 0, text.output
    assert text.stdout.startswith("# ")
    assert f"{stage}: fresh" in text.stderr
    content = json.loads(custseg(stage, "-w", studied, "--json").stdout)
    assert content["stage"] == stage
    assert content["fresh"] is True


@pytest.mark.parametrize(
    ("stage", "following"),
    [("download", "clean"), ("features", "select-k"), ("select-k", "fit"), ("report", "")],
)
def test_the_next_stage_is_the_first_that_reads_what_one_makes(stage, following):
    assert next_stage(stage) == following


def test_movement_of_a_first_month_has_nothing_to_compare_with(custseg, finished):
    result = custseg("movement", "-w", finished)
    assert result.exit_code == 0, result.output
    assert "nothing: no snapshot is before" in result.stdout


def test_select_k_sets_the_model_beside_others(custseg, finished, monkeypatch):
    monkeypatch.setattr("custseg.segments.model.comparison._RESAMPLES", 2)
    result = custseg("select-k", "-w", finished, "--compare")
    assert result.exit_code == 0, result.output
    table = result.stdout.partition("# Beside other models")[2].splitlines()
    assert [line.partition("\t")[0] for line in table[2:7]] == [
        "custseg",
        "Gaussian mixture",
        "agglomerative (Ward)",
        "bisecting K-means",
        "K-means on raw RFM",
    ]


@pytest.mark.parametrize("opened", [True, False])
def test_the_page_is_opened_or_where_it_is_is_told(custseg, finished, monkeypatch, opened):
    asked = []
    monkeypatch.setattr("webbrowser.open", lambda address: asked.append(address) or opened)
    result = custseg("report", "-w", finished, "--open")
    assert result.exit_code == 0, result.output
    assert asked == [(finished / "report.html").resolve().as_uri()]
    assert ("No browser was found" in result.stderr) is not opened


def test_the_charts_that_are_asked_for_are_in_the_workspace(custseg, finished, monkeypatch):
    monkeypatch.setenv("CUSTSEG_REPORT__CHARTS", '["svg"]')
    result = custseg("report", "-w", finished, "--quiet")
    assert result.exit_code == 0, result.output
    drawn = list((finished / "charts").glob("*.svg"))
    assert len(drawn) > 10
    assert not list((finished / "charts").glob("*.png"))
    for path in drawn:
        assert path.read_text().startswith("<svg")
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("recalled", "unlooked")
def test_quiet_prints_nothing(custseg, small_shop, finished):
    result = custseg("run-all", small_shop, "-w", finished, "--quiet", "--k", "3")
    assert (result.exit_code, result.output) == (0, "")


def test_the_workspace_can_be_set_by_variable(custseg, small_shop, tmp_path, monkeypatch):
    monkeypatch.setenv("CUSTSEG_WORKSPACE", str(tmp_path / "mine"))
    assert custseg("download", small_shop, "-q").exit_code == 0
    assert (tmp_path / "mine/raw.parquet").exists()


def test_the_source_can_be_set_in_the_settings_file(custseg, small_shop, tmp_path):
    Path("custseg.toml").write_text(f'[source]\nlocation = "{small_shop}"\n')
    assert custseg("download", "-q").exit_code == 0
    source = Workspace(tmp_path / "custseg-workspace").manifest().source
    assert source is not None
    assert source.location == str(small_shop)


def test_another_location_in_the_settings_file_is_not_passed_over(custseg, small_shop, tmp_path):
    assert custseg("download", small_shop, "-q").exit_code == 0
    other = tmp_path / "other.csv"
    other.write_bytes(small_shop.read_bytes())
    Path("custseg.toml").write_text(f'[source]\nlocation = "{other}"\n')
    result = custseg("download")
    assert result.exit_code == 4
    assert f"not from {other}" in result.stderr
    Path("custseg.toml").write_text(f'[source]\nlocation = "{small_shop}"\n')
    assert custseg("download", "-q").exit_code == 0


@pytest.mark.usefixtures("recalled", "unlooked")
def test_a_source_that_is_gone_is_told_even_quietly(custseg, finished, small_shop, tmp_path):
    orders = tmp_path / "orders.csv"
    orders.write_bytes(small_shop.read_bytes())
    call = ("run-all", "-w", finished, "-q")
    assert custseg(*call, orders, "--replace-source").stderr == ""
    orders.unlink()
    again = custseg(*call)
    assert again.exit_code == 0
    assert "orders.csv: not there any more; this run is on what was read before." in again.stderr


def test_a_simulated_store_is_never_gone(custseg, monkeypatch, tmp_path):
    monkeypatch.setenv("CUSTSEG_DEMO__CUSTOMERS", "50")
    assert custseg("download", "demo", "-w", tmp_path / "w", "-q").stderr == ""
    source = Workspace(tmp_path / "w").manifest().source
    assert source is not None
    assert not is_gone(source)


def test_every_command_is_in_one_group_of_help():
    grouped = [name for names in PANELS.values() for name in names]
    assert sorted(grouped) == sorted(typer.main.get_command(app).commands)


def test_status_of_nothing_and_of_a_finished_run(custseg, undisturbed, tmp_path):
    before = custseg("status", "-w", tmp_path / "w")
    assert before.exit_code == 0
    assert "missing" in before.stdout
    assert not (tmp_path / "w").exists()
    shutil.copytree(undisturbed, tmp_path / "w")
    content = json.loads(custseg("status", "-w", tmp_path / "w", "--json").stdout)
    for stage in content["stages"]:
        side = STAGES[stage["stage"]].side
        assert stage["state"] == ("missing" if side else "fresh")
        assert not side or stage["reason"] == "left out ([run] thorough)"
    assert content["as_of"]


@pytest.mark.usefixtures("recalled", "unlooked")
def test_a_thorough_run_studies_its_result_and_a_later_one_does_not_quote_an_older_study(
    custseg, studied, tmp_path, monkeypatch
):
    shutil.copytree(studied, tmp_path / "w")
    monkeypatch.setenv("CUSTSEG_RUN__THOROUGH", "true")
    thorough = json.loads(custseg("run-all", "-w", tmp_path / "w", "--json").stdout)
    assert [stage["stage"] for stage in thorough["stages"]] == list(STAGES)
    studies = {"rules", "validation", "expected", "lists", "inventory", "bundles"}
    assert set(thorough["verdicts"]) == studies
    monkeypatch.setenv("CUSTSEG_RUN__THOROUGH", "false")
    k = str(thorough["k"] + 1)
    brief = json.loads(custseg("run-all", "-w", tmp_path / "w", "--json", "--k", k).stdout)
    # What a run shows does not hang on which runs there were before it.
    assert brief["verdicts"] == {}


@pytest.mark.usefixtures("unlooked")
def test_a_quick_run_leaves_out_the_studies_and_no_later_command_misses_them(
    custseg, studied, tmp_path, monkeypatch
):
    shutil.copytree(studied, tmp_path / "w")
    monkeypatch.setenv("CUSTSEG_RUN__THOROUGH", "true")
    quick = json.loads(custseg("run-all", "-w", tmp_path / "w", "--json", "--quick").stdout)
    assert {stage["stage"] for stage in quick["stages"]} == {
        name for name, stage in STAGES.items() if not stage.side
    }
    assert quick["verdicts"] == {}
    (tmp_path / "w" / "segment_value.parquet").unlink()
    assert json.loads(custseg("playbook", "-w", tmp_path / "w", "--json").stdout)["fresh"]
    # A run that isn't quick is thorough again: it goes by its own options.
    runner = Runner(Workspace(tmp_path / "w"), load_settings(None, {}))
    stale = runner.staleness.status()
    assert stale["value"] is not None
    assert stale["summarise"] is not None


@pytest.mark.usefixtures("recalled", "unlooked")
def test_the_segments_are_shown_before_the_studies_and_as_they_are_at_the_end(
    custseg, finished, small_shop
):
    result = custseg("run-all", small_shop, "-w", finished, "--k", "3")
    assert result.exit_code == 0, result.output
    first, last = (part.splitlines() for part in result.stdout.split("3 segments, ")[1:])
    assert first[0].startswith("objectives and report to follow")
    rows = [line.split("\t")[1:5] for line in first[2:5]]
    assert [line.split("\t") for line in last[2:5]] == rows
    # With JSON there is one object at the end.
    again = custseg("run-all", small_shop, "-w", finished, "--k", "4", "--json")
    assert len(json.loads(again.stdout)["segments"]) == 4
    # Where nothing is new there is nothing to show early.
    fresh = custseg("run-all", small_shop, "-w", finished, "--k", "4")
    assert "to follow" not in fresh.stdout


def test_init_writes_a_settings_file_once(custseg):
    assert custseg("init").exit_code == 0
    assert "[model]" in Path("custseg.toml").read_text()
    again = custseg("init")
    assert again.exit_code == 3
    assert "--force" in again.stderr
    assert custseg("init", "--force").exit_code == 0


def test_the_version_is_printed(custseg):
    told = custseg("--version").stdout
    assert told.startswith(f"custseg {__version__} (Python 3.")
    assert f"duckdb {version('duckdb')}" in told


def run_all(custseg, path: object, tmp_path: Path, *more: object):
    return custseg("run-all", path, "-w", tmp_path / "w", *more)


def test_no_such_file(custseg, tmp_path):
    result = run_all(custseg, "nowhere.csv", tmp_path)
    assert result.exit_code == 5
    assert "nowhere.csv: no such file." in result.stderr
    assert "Hint: SOURCE is uci, demo" in result.stderr


def test_an_empty_file(custseg, tmp_path):
    Path("orders.csv").touch()
    result = run_all(custseg, "orders.csv", tmp_path)
    assert result.exit_code == 5
    assert "orders.csv: the file is empty." in result.stderr


def test_a_directory(custseg, tmp_path):
    result = run_all(custseg, tmp_path, tmp_path)
    assert result.exit_code == 5
    assert "the folder holds no file of orders" in result.stderr


def test_a_zip_without_a_table(custseg, tmp_path):
    with zipfile.ZipFile("orders.zip", "w") as archive:
        archive.writestr("readme.pdf", "hello")
    result = run_all(custseg, "orders.zip", tmp_path)
    assert result.exit_code == 5
    assert "the zip holds no table (of 1 files)" in result.stderr


def test_a_workbook_without_the_columns(custseg, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["InvoiceNo", "Pieces"])
    book.active.append([1, 2])
    book.save("orders.xlsx")
    result = run_all(custseg, "orders.xlsx", tmp_path)
    assert result.exit_code == 5
    assert "a column for customer_id" in result.stderr
    assert 'Found: "InvoiceNo", "Pieces".' in result.stderr


def test_a_corrupt_parquet(custseg, tmp_path):
    Path("orders.parquet").write_bytes(b"PAR1" + bytes(100))
    result = run_all(custseg, "orders.parquet", tmp_path)
    assert result.exit_code == 5
    assert "orders.parquet: the Parquet file is damaged" in result.stderr


def test_text_in_a_number_column_names_the_rows(custseg, tmp_path):
    lines = [order(n, 100 + n) for n in range(20)]
    lines[16] = order(16, 116, price="n.b.")
    Path("orders.csv").write_text(HEADER + "".join(lines))
    result = run_all(custseg, "orders.csv", tmp_path)
    assert result.exit_code == 5
    assert 'column "UnitPrice": 1 of 20 values are not numbers (first: row 18 "x.x.")' in (
        result.stderr
    )
    assert "116" not in result.stderr


def test_an_unwritable_workspace(custseg, small_shop, tmp_path):
    (tmp_path / "file").touch()
    result = custseg("run-all", small_shop, "-w", tmp_path / "file" / "w")
    assert result.exit_code == 4
    assert "cannot be used as a workspace" in result.stderr


def test_a_workspace_path_that_is_a_file(custseg, small_shop, tmp_path):
    (tmp_path / "file").touch()
    result = custseg("run-all", small_shop, "-w", tmp_path / "file")
    assert result.exit_code == 4
    assert "cannot be used as a workspace" in result.stderr


def test_fewer_customers_than_k(custseg, tmp_path):
    Path("orders.csv").write_text(
        HEADER + "".join(order(n, 1 + n % 2, quantity=n + 1) for n in range(9))
    )
    result = run_all(custseg, "orders.csv", tmp_path, "--k", "6")
    assert result.exit_code == 6
    assert "6 segments were asked for, but of 2 customers only 2 differ" in result.stderr
    assert (tmp_path / "w/features.parquet").exists()


def test_all_rows_removed_by_cleaning(custseg, tmp_path):
    Path("orders.csv").write_text(HEADER + "".join(order(n, "") for n in range(9)))
    result = run_all(custseg, "orders.csv", tmp_path)
    assert result.exit_code == 5
    assert "Cleaning removed all 9 rows" in result.stderr
    assert "missing_customer" in result.stderr


def test_an_as_of_date_before_the_first_order(custseg, small_shop, tmp_path):
    result = run_all(custseg, small_shop, tmp_path, "--as-of", "2001-01-01")
    assert result.exit_code == 5
    assert "As of 2001-01-01 nothing is known: the first order is on 2023-01-01" in result.stderr


def test_an_as_of_date_that_is_none(custseg, small_shop, tmp_path):
    assert run_all(custseg, small_shop, tmp_path, "--as-of", "yesterday").exit_code == 2


def test_a_wrong_setting(custseg, small_shop, tmp_path):
    Path("custseg.toml").write_text("[model]\nkk = 3\n")
    result = run_all(custseg, small_shop, tmp_path)
    assert result.exit_code == 3
    assert "model.kk: unknown key" in result.stderr
    assert not (tmp_path / "w").exists()


def test_a_damaged_manifest(custseg, small_shop, tmp_path):
    assert custseg("download", small_shop, "-w", tmp_path / "w", "-q").exit_code == 0
    (tmp_path / "w/manifest.json").write_text("{")
    result = run_all(custseg, small_shop, tmp_path)
    assert result.exit_code == 4
    assert "damaged" in result.stderr


def test_a_locked_workspace(custseg, small_shop, tmp_path):
    with Workspace(tmp_path / "w").writing():
        result = run_all(custseg, small_shop, tmp_path)
    assert result.exit_code == 8
    assert "another custseg run" in result.stderr


def test_a_bug_is_reported_without_a_traceback_unless_asked(
    custseg, small_shop, tmp_path, monkeypatch
):
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("customer 17850")

    monkeypatch.setattr(Runner, "run_all", fail)
    result = run_all(custseg, small_shop, tmp_path)
    assert result.exit_code == 1
    assert "unexpected (ZeroDivisionError)" in result.stderr
    assert "17850" not in result.output
    assert "Traceback" not in result.output
    assert "Traceback" in run_all(custseg, small_shop, tmp_path, "--debug").stderr


@pytest.mark.usefixtures("recalled", "unlooked")
def test_ctrl_c_keeps_what_is_finished(custseg, small_shop, tmp_path, monkeypatch):
    run = Runner.run_stage

    def interrupted(self: Runner, stage, *rest, **options):
        if stage.name == "select-k":
            raise KeyboardInterrupt
        return run(self, stage, *rest, **options)

    monkeypatch.setattr(Runner, "run_stage", interrupted)
    result = run_all(custseg, small_shop, tmp_path)
    assert result.exit_code == 130
    assert "Stopped." in result.stderr
    monkeypatch.setattr(Runner, "run_stage", run)
    done = json.loads(run_all(custseg, small_shop, tmp_path, "--json").stdout)["stages"]
    assert [stage["stage"] for stage in done if stage["fresh"]][:3] == [
        "download",
        "clean",
        "features",
    ]


def test_ctrl_c_during_a_query_is_no_bug(custseg, small_shop, tmp_path, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr(Runner, "run_all", interrupted)
    assert run_all(custseg, small_shop, tmp_path).exit_code == 130


@pytest.mark.nightly
def test_validate_takes_several_dates(custseg, finished):
    dates = ("--date", "2023-07-01", "--date", "2023-06-01")
    shown = custseg("validate", "-w", finished, "--json", *dates)
    content = json.loads(shown.stdout)
    assert {row["date"] for row in content["validation"]} == {"2023-06-01", "2023-07-01"}
    assert "over 2 dates (2023-06-01 to 2023-07-01)" in content["validation_verdict"]
    assert custseg("validate", "-w", finished, "--date", "1999-01-01").exit_code == 3


def test_a_reader_that_closes_the_pipe_early_is_no_error(finished):
    command = f"{sys.executable} -m custseg run-all -w {finished} | head -1"
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("# 120 customers in ")
    assert "Traceback" not in run.stderr


def on_a_terminal(*arguments: object, columns: int) -> str:
    """What the command line shows on a terminal so wide."""
    terminal, shown = pty.openpty()
    command = [sys.executable, "-m", "custseg", *map(str, arguments)]
    env = os.environ | {"TERM": "xterm", "COLUMNS": str(columns)}
    with subprocess.Popen(command, stdout=shown, stderr=shown, env=env):
        os.close(shown)
        parts = []
        with contextlib.suppress(OSError):  # the terminal is gone once the command has ended
            while part := os.read(terminal, 65536):
                parts.append(part)
    os.close(terminal)
    written = b"".join(parts).decode()
    # What moves the cursor or sets a face takes no room.
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", written)


def test_on_a_terminal_tables_are_framed_and_fit_its_width(finished):
    Workspace(finished).path("profiles").unlink()
    shown = on_a_terminal("run-all", "-w", finished, columns=80)
    assert "✓ profile" in shown
    tables = shown.rpartition("✓ profile")[2]
    assert "─" in tables
    # The segments come first, then one line for all that follows, then the end of the run.
    first, _, rest = tables.partition("objectives and report to follow")
    assert "overview" not in first
    assert re.search(r"\d+ of 19 · report", rest)
    assert "✓" not in rest
    lines = [line.rpartition("\r")[2] for line in tables.replace("\r\n", "\n").split("\n")]
    assert "120 customers in 3 segments, from 14,822 of 19,034 rows" in lines
    # A command to copy is one line, which the terminal breaks.
    commands = [line for line in lines if line.startswith("  custseg export ")]
    assert all(" --sent " in command for command in commands)
    assert max(len(line.rstrip()) for line in {*lines[1:]} - {*commands}) <= 80


@pytest.mark.usefixtures("unlooked")
def test_no_customer_id_is_printed_or_recorded_and_json_is_strict(custseg, tmp_path):
    ids = [f"secret{n:03d}x" for n in range(60)]
    lines = [
        order(n * 10 + m, ids[n], quantity=n % 7 + 1 + m, price=f"{n % 5 + 1}.10")
        for n in range(60)
        for m in range(n % 4 + 1)
    ]
    Path("orders.csv").write_text(HEADER + "".join(lines))
    result = run_all(custseg, "orders.csv", tmp_path)
    assert result.exit_code == 0, result.output
    for stage in STAGES:
        result = custseg(stage, "-w", tmp_path / "w")
        assert "secret" not in result.output
        result = custseg(stage, "-w", tmp_path / "w", "--json")
        assert "secret" not in result.output
        # Customers with one order have features without a value.
        assert "NaN" not in result.stdout
    assert "secret" not in (tmp_path / "w/manifest.json").read_text()

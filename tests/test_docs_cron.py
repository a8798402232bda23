"""The page about runs that come back holds what works."""

from __future__ import annotations

import configparser
import inspect
import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from custseg.cli.runs import run_all
from custseg.pipeline.hooks import run_report
from custseg.settings.loading import load_settings

PAGE = (Path(__file__).resolve().parents[1] / "docs/cron.md").read_text()


def blocks(language: str) -> list[str]:
    """The page's examples in a language."""
    return re.findall(rf"```{language}\n(.+?)```", PAGE, re.DOTALL)


def test_the_settings_are_read():
    (text,) = blocks("toml")
    Path("custseg.toml").write_text(text)
    settings = load_settings()
    assert settings.monthly.fail_on == ("small-segment",)
    assert (settings.run.lock_timeout, settings.run.log_format) == (3600, "json")


def test_every_command_line_has_only_options_that_there_are():
    known = {
        name
        for parameter in inspect.signature(run_all).parameters.values()
        for info in getattr(parameter.annotation, "__metadata__", ())
        for name in (getattr(info, "default", None), *(getattr(info, "param_decls", None) or ()))
        if isinstance(name, str)
    }
    lines = re.findall(r"custseg run-all (--[^|>\"\n]+)", PAGE)
    assert len(lines) >= 4
    for line in lines:
        assert set(re.findall(r"--[a-z-]+", line)) <= known


def test_the_line_for_cron_has_five_fields_and_nothing_that_cron_takes_for_a_line_end():
    (text,) = blocks("crontab")
    line = text.strip().splitlines()[-1]
    assert re.match(r"0 5 1 \* \* cd /srv/shop && ", line)
    assert "%" not in line


def test_systemd_takes_the_units(tmp_path):
    for name, text in zip(("custseg.service", "custseg.timer"), blocks("ini"), strict=True):
        parser = configparser.ConfigParser(strict=False)
        parser.optionxform = str
        parser.read_string(text)
        assert "Description" in parser["Unit"]
        runs = text.replace("/srv/shop/.venv/bin/custseg", sys.executable)
        runs = runs.replace("User=shop", "User=root").replace("/srv/shop", str(tmp_path))
        (tmp_path / name).write_text(runs)
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    for name in ("custseg.service", "custseg.timer"):
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", tmp_path / name],
            capture_output=True,
            text=True,
            check=False,
        )
        about_these = [line for line in done.stderr.splitlines() if "custseg" in line]
        assert (done.returncode, about_these) == (0, []), done.stderr


def test_the_workflow_is_yaml_with_a_schedule():
    yaml = pytest.importorskip("yaml")
    (text,) = blocks("yaml")
    content = yaml.safe_load(text)
    # YAML 1.1 takes the key `on` for a truth value.
    assert content[True]["schedule"] == [{"cron": "0 5 1 * *"}]
    (step,) = content["jobs"]["segments"]["steps"]
    assert step["run"].startswith(".venv/bin/custseg run-all ")


def test_the_python_examples_are_python():
    airflow, prefect = blocks("python")
    for text in (airflow, prefect):
        compile(text, "cron.md", "exec")


def test_the_report_of_a_run_is_as_shown():
    (text,) = blocks("json")
    shown = json.loads(text)
    now = datetime(2024, 2, 1, tzinfo=UTC)
    made = run_report(
        workspace="shop",
        exit_code=5,
        started=now,
        finished=now,
        outcomes=[],
        facts={},
        error=(shown["error"]["message"], shown["error"]["hint"]),
    )
    assert list(shown) == list(made)
    assert shown["text"] == made["text"]

"""Stages that run side by side: how many, and that nothing comes of it but speed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from custseg.cli.progress import how_far
from custseg.pipeline import lanes
from custseg.pipeline.lanes import of_a_lane, ready
from custseg.pipeline.stages import STAGES, upstream
from custseg.report import page
from custseg.settings.loading import load_settings
from custseg.workspace.manifest import Manifest, Output, Record
from custseg.workspace.workspace import Workspace

GIGABYTE = 10**9


def of_lines(rows: int) -> Manifest:
    """A manifest of a shop with so many order lines."""
    record = Record({}, {}, {}, {}, "", "", {"raw": Output("", 0, rows)}, {})
    return Manifest(stages={"download": record})


@pytest.mark.parametrize(
    ("lines", "workers", "free", "expected"),
    [
        (500_000, 4, 16, 4),
        (500_000, 1, 16, 1),
        (1_000, 4, 16, 1),  # starting processes would take longer
        (500_000, 4, 3, 2),
        (27_000_000, 4, 20, 1),
        (500_000, 4, 1, 1),
    ],
)
def test_cores_lines_and_memory_decide_how_many_stages_run_at_once(
    lines, workers, free, expected, monkeypatch
):
    monkeypatch.setattr(lanes, "available_memory", lambda: free * GIGABYTE)
    settings = load_settings(None, {"run.workers": workers})
    assert lanes.lanes(settings, of_lines(lines)) == expected


def test_lanes_share_the_memory_that_one_engine_would_have():
    lane = of_a_lane(load_settings(None, {"engine.memory_limit": "2GiB"}), 2)
    assert (lane.engine.memory_limit, lane.run.workers) == ("1024MiB", 1)
    assert of_a_lane(load_settings(None, {"engine.memory_limit": "4GB"}), 4).engine == (
        load_settings(None, {"engine.memory_limit": "953MiB"}).engine
    )


def test_what_is_ready_needs_nothing_that_is_unfinished():
    shown = [*upstream(STAGES["profile"]), STAGES["profile"]]
    rest = [stage for stage in STAGES.values() if stage not in shown]
    names = [stage.name for stage in ready(rest, rest)]
    expected = "groups past criteria reduce movement recommend rules rfm bundles campaign"
    assert " ".join(names) == expected


def test_how_far_a_run_is_fits_in_a_line():
    assert how_far(17, 21, ["backtest"], 12.3) == "17 of 21 · backtest · about 12 s left"
    assert how_far(9, 23, ["past", "criteria"], None) == "9 of 23 · past, criteria"


def contents(path: Path) -> dict[str, bytes]:
    """Of a file, or of all files in a folder."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return {file.name: file.read_bytes() for file in files}


@pytest.mark.usefixtures("thorough")
def test_stages_side_by_side_leave_the_same_files_and_a_failure_leaves_what_was_there(
    custseg, studied, small_shop, tmp_path, monkeypatch
):
    monkeypatch.setattr(lanes, "_WORTH_LINES", 0)
    monkeypatch.setattr(page, "_WORTH_LINES", 0)
    monkeypatch.setattr(lanes, "available_memory", lambda: 16 * GIGABYTE)
    monkeypatch.setenv("CUSTSEG_RUN__WORKERS", "2")
    folder = tmp_path / "w"
    result = custseg("run-all", small_shop, "-w", "w")
    assert result.exit_code == 0, result.output
    assert re.search("^past: .* s\\)$", result.stderr, re.MULTILINE)
    for path in sorted(studied.rglob("*.parquet")):
        assert (folder / path.relative_to(studied)).read_bytes() == path.read_bytes(), path.name
    for name in ("summary.json", "charts"):
        assert contents(folder / name) == contents(studied / name), name
    assert list(Workspace(folder).manifest().stages) == list(STAGES)
    assert not (folder / ".custseg-unfinished").exists()
    before = Workspace(folder).manifest()
    # In a worker process, that a folder is in the place of a file is found out.
    (folder / "bundles.parquet").unlink()
    (folder / "bundles.parquet").mkdir()
    # Of two stages that are to run, each has a process.
    (folder / "rfm.parquet").unlink()
    failed = custseg("run-all", small_shop, "-w", "w")
    assert failed.exit_code == 4, failed.output
    assert "bundles.parquet: is a folder" in failed.stderr
    assert "Traceback" not in failed.stderr
    after = Workspace(folder).manifest()
    assert after.stages["report"] == before.stages["report"]
    assert not (folder / ".custseg-unfinished").exists()
    shutil.rmtree(folder)

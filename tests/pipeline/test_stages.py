from __future__ import annotations

import dataclasses
import inspect
import subprocess
import sys
from typing import get_type_hints

import pytest

import custseg
from custseg.artifacts import ARTIFACTS
from custseg.artifacts.table import load
from custseg.pipeline.stages import DOWNLOAD, FINDERS, STAGES, WRITERS, upstream
from custseg.report.tables.stages import VIEWS
from custseg.settings import Settings


@pytest.mark.parametrize("stage", [s for s in STAGES.values() if s is not DOWNLOAD], ids=str)
def test_a_stages_parameters_are_what_it_reads_and_uses_and_its_settings(stage):
    parameters = list(inspect.signature(stage.load()).parameters)
    more = [f"{section}_settings" for section in stage.more_settings]
    given = [*stage.reads, *stage.side_reads, *stage.uses, *stage.side_uses]
    if stage.gathers:
        assert [field.name for field in dataclasses.fields(load(stage.gathers))] == given
        given = ["results"]
    assert parameters == [
        *given,
        "settings",
        *more,
        *stage.earlier,
        *["progress"] * stage.progress,
    ]


@pytest.mark.parametrize("stage", STAGES.values(), ids=str)
def test_a_stage_returns_what_it_writes_and_finds(stage):
    function = stage.load()
    promised = function.__annotations__["return"]
    kind = getattr(inspect.getmodule(function), promised, None)
    if dataclasses.is_dataclass(kind) and (len(stage.writes) > 1 or stage.finds):
        names = [field.name for field in dataclasses.fields(kind)]
        assert names == [*stage.writes, *stage.finds]
    else:
        assert len(stage.writes) == 1
        assert not stage.finds


def test_every_artifact_has_one_writer_that_runs_before_its_readers():
    written: set[str] = set()
    for stage in STAGES.values():
        assert {*stage.reads, *stage.side_reads} <= written
        assert not set(stage.writes) & written
        written |= set(stage.writes)
    assert written == set(ARTIFACTS)


def test_every_stage_has_settings_and_a_view():
    sections = {section for stage in STAGES.values() for section in stage.sections}
    assert sections <= set(Settings.model_fields)
    assert set(VIEWS) == set(STAGES)


def test_facts_come_from_earlier_stages():
    for stage in STAGES.values():
        for fact in (*stage.uses, *stage.side_uses):
            assert FINDERS[fact] in upstream(stage)
        for artifact in (*stage.reads, *stage.side_reads):
            assert WRITERS[artifact] in upstream(stage)


def test_stages_that_a_stage_depends_on_come_in_order():
    assert [stage.name for stage in upstream(STAGES["fit"])] == [
        "download",
        "clean",
        "features",
        "select-k",
    ]


def test_the_functions_are_the_python_api():
    for stage in STAGES.values():
        name = stage.function.rpartition(":")[2]
        assert getattr(custseg, name) is stage.load()
        assert name in dir(custseg)
    with pytest.raises(AttributeError, match="no attribute 'cluster'"):
        custseg.cluster  # noqa: B018
    local = {"pd": __import__("pandas"), "Progress": object}
    assert get_type_hints(custseg.select_k, localns=local)


HEAVY = ("ibis", "pandas", "numpy", "sklearn", "pyarrow", "duckdb", "scipy", "pooch", "pydantic")


def heavy_after(*arguments: str) -> list[str]:
    """The heavy libraries that a command has imported when it ends."""
    script = (
        "import sys; from custseg.cli import app; "
        f"app({list(arguments)!r}, standalone_mode=False); "
        f"print('HEAVY', *[m for m in {HEAVY!r} if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return run.stdout.rpartition("HEAVY")[2].split()


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_imports_nothing_heavy(argument):
    assert heavy_after(argument) == []


def test_status_loads_no_engine_and_no_model(tmp_path):
    assert set(heavy_after("status", "-w", str(tmp_path))) <= {"pooch", "pydantic"}

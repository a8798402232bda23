from __future__ import annotations

import ast
import dataclasses
import inspect
import subprocess
import sys
import textwrap

import pytest

from custseg.artifacts import ARTIFACTS
from custseg.artifacts.table import load
from custseg.pipeline.stages import FINDERS, STAGES, WRITERS, upstream
from custseg.report.tables.stages import VIEWS
from custseg.settings import Settings


@pytest.mark.parametrize(
    "stage", [s for s in STAGES.values() if not s.reads_source], ids=lambda stage: stage.name
)
def test_a_stages_parameters_are_what_it_reads_and_uses_and_its_settings(stage):
    signature = inspect.signature(stage.load()).parameters
    done_without = [name for name in stage.reads if _has_default(signature.get(name))]
    more = [f"{section}_settings" for section in stage.more_settings]
    given = [*stage.reads, *stage.side_reads, *stage.uses, *stage.side_uses]
    given = [name for name in given if name not in done_without]
    if stage.gathers:
        fields = [field.name for field in dataclasses.fields(load(stage.gathers))]
        assert sorted(fields) == sorted(given)
        given = ["results"]
    assert list(signature) == [
        *given,
        *["settings"] * bool(stage.settings),
        *more,
        *stage.earlier,
        *["progress"] * stage.progress,
        *["tell"] * stage.tells,
        *["registered"] * stage.registers,
        *done_without,
    ]


def _has_default(parameter: inspect.Parameter | None) -> bool:
    return parameter is not None and parameter.default is not inspect.Parameter.empty


@pytest.mark.parametrize("stage", STAGES.values(), ids=lambda stage: stage.name)
def test_a_stage_uses_all_that_it_is_given(stage):
    (function,) = ast.parse(textwrap.dedent(inspect.getsource(stage.load()))).body
    assert isinstance(function, ast.FunctionDef)
    used = {
        node.id for part in function.body for node in ast.walk(part) if isinstance(node, ast.Name)
    }
    assert {one.arg for one in (*function.args.args, *function.args.kwonlyargs)} <= used


def test_what_the_summary_is_made_of_is_read_off_its_dataclass():
    summarise = STAGES["summarise"]
    assert summarise.reads[:3] == ("ledger", "transactions", "features")
    assert summarise.side_reads[:2] == ("k_criteria", "segment_rules")
    assert summarise.uses[:2] == ("source_name", "as_of")
    assert "compared_with" in summarise.uses
    assert summarise.side_uses[0] == "k_reason_studied"


@pytest.mark.parametrize("stage", STAGES.values(), ids=lambda stage: stage.name)
def test_a_stage_returns_what_it_writes_and_finds(stage):
    function = stage.load()
    promised = function.__annotations__["return"]
    kind = getattr(inspect.getmodule(function), promised, None)
    if dataclasses.is_dataclass(kind) and (len(stage.writes) > 1 or stage.finds):
        names = [field.name for field in dataclasses.fields(kind)]
        written = stage.writes
        if stage.splits:
            assert all(isinstance(vars(kind)[name], property) for name in written[:2])
            written = ("lines", *written[2:])
        assert names == [*written, *stage.finds]
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


def test_every_section_that_a_stage_names_is_there_and_every_stage_has_a_view():
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
        "outlook",
        "select-k",
    ]


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


def test_a_workbook_is_parsed_before_the_engine_is_imported():
    script = (
        "import sys; import custseg.sources.raw, custseg.sources.sheets.workbook; "
        f"print(*[m for m in {HEAVY!r} if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) <= {"numpy", "pyarrow", "pydantic"}

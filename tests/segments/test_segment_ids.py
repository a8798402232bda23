"""Segments' numbers are names: nothing depends on their order, their gaps or how many there are."""

from __future__ import annotations

import math
import re
import shutil
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import pytest
from openpyxl import load_workbook

from custseg.artifacts import ARTIFACTS
from custseg.artifacts.table import load
from custseg.engine.duckdb import connect, scan
from custseg.engine.parquet import read_frame
from custseg.errors import UsageError
from custseg.offers.export.selection import segments_of, select
from custseg.pipeline.stages import STAGES
from custseg.report.charts.drawing import specification
from custseg.report.page import charts, write_report
from custseg.report.summary.findings import findings
from custseg.report.summary.insights import insights
from custseg.report.tables.disclosed import Disclosed
from custseg.report.tables.stages import VIEWS
from custseg.settings import InventorySettings, PrivacySettings, ReportSettings, SummarySettings
from custseg.words.names import SEGMENT_NAMES
from custseg.workspace import storage
from custseg.workspace.workspace import Workspace
from tests.shops import run_here

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from custseg.report.charts.drawing import Drawing
    from custseg.report.page import Report
    from custseg.report.summary.whole import Summary

AFTER_FIT: Final = (
    "profile",
    "habits",
    "rules",
    "rfm",
    "past",
    "value",
    "shelves",
    "inventory",
    "playbook",
    "summarise",
)
"""The stages that read segments and write tables, in their order."""
_ONE_TEST: Final = InventorySettings(tests=1)
SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "past": {"inventory_settings": _ONE_TEST},
    "inventory": {"settings": _ONE_TEST},
    "summarise": {
        "settings": SummarySettings(colours=dict.fromkeys(SEGMENT_NAMES, "#0072b2")),
        "privacy_settings": PrivacySettings(smallest_group=0),
    },
}
"""One test at a past date is enough: it is of segments made then. A shop's own colours go by names,
ours by numbers. Segments of this small shop are of few customers."""
WITH_GAPS: Final = (9, 4, 1201, 2, 17, 5, 30)
"""New numbers of the segments 1 to 7: another order, gaps, and one of four digits."""
EMPTY: Final = 3
"""The segment that everybody has left in one of the tests."""
COMMANDS: Final = ("fit", "profile", "habits", "rfm", "shelves", "playbook", "summarise")
"""Commands that show segments, of a run without side studies."""


@dataclass(frozen=True)
class Run:
    """A run from the segments on, and the facts that it found and was given."""

    workspace: Workspace
    facts: dict[str, Any]

    def frame(self, artifact: str) -> pd.DataFrame:
        return read_frame(self.workspace.path(artifact))

    @cached_property
    def summary(self) -> Summary:
        found: Summary = storage.read(self.workspace.path("summary"), ARTIFACTS["summary"])
        return found

    @cached_property
    def report(self) -> Report:
        return write_report(self.summary, ReportSettings(charts=()))

    @cached_property
    def drawings(self) -> list[Drawing]:
        return charts(self.summary)


def run_on(
    folder: Path,
    base: Path,
    change: Callable[[pd.DataFrame], pd.DataFrame],
    stages: Sequence[str] = AFTER_FIT,
) -> Run:
    """What follows from the changed segments of a finished run, which itself stays as it is."""
    shutil.copytree(base, folder)
    workspace = Workspace(folder)
    known = workspace.manifest().facts()
    connection = connect()
    for name in ("segments", "segment_names"):
        changed = change(read_frame(workspace.path(name)))
        with workspace.path(name).open("wb") as stream:
            storage.write(changed, ARTIFACTS[name], stream)
    for name in stages:
        stage = STAGES[name]

        def table(artifact: str, *, of_engine: bool = stage.tables) -> Any:
            path = workspace.path(artifact)
            if of_engine:
                return scan(connection, path, artifact)
            return storage.read(path, ARTIFACTS[artifact])

        given: dict[str, Any] = {
            artifact: table(artifact) if workspace.path(artifact).exists() else None
            for artifact in (*stage.reads, *stage.side_reads)
        }
        given |= {fact: known.get(fact) for fact in (*stage.uses, *stage.side_uses)}
        if stage.gathers:
            given = {"results": load(stage.gathers)(**given)}
        result = stage.load()(**given, **SETTINGS.get(name, {}))
        known |= {fact: getattr(result, fact) for fact in stage.finds}
        for artifact in stage.writes:
            alone = len(stage.writes) == 1 and not stage.finds
            made = result if alone else getattr(result, artifact)
            with workspace.path(artifact).open("wb") as stream:
                storage.write(made, ARTIFACTS[artifact], stream)
    return Run(workspace, known)


@pytest.fixture(scope="module")
def base(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run without side studies."""
    folder = tmp_path_factory.mktemp("ids") / "base"
    run_here(small_shop, folder, "--k", "5", reported=False, CUSTSEG_MODEL__LEAST_CUSTOMERS="5")
    return folder


@pytest.fixture(scope="module")
def first(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run with the numbers of a first fit."""
    return run_on(tmp_path_factory.mktemp("ids") / "first", base, lambda frame: frame)


@pytest.fixture(scope="module")
def later(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The same segments under numbers that they may have some months later."""
    numbers = dict(enumerate(WITH_GAPS, 1))

    def renumbered(frame: pd.DataFrame) -> pd.DataFrame:
        columns = [name for name in ("segment", "next_segment") if name in frame]
        return frame.assign(**{name: frame[name].map(numbers) for name in columns})

    return run_on(tmp_path_factory.mktemp("ids") / "later", base, renumbered)


@pytest.fixture(scope="module")
def left(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A month in which all of a segment are in what was their next one, and that is their next."""

    def moved(frame: pd.DataFrame) -> pd.DataFrame:
        gone = frame["segment"] == EMPTY
        if "next_segment" not in frame:
            return frame[~gone]
        names = frame.drop_duplicates("segment").set_index("segment")["segment_name"]
        number = frame["segment"].mask(gone, frame["next_segment"])
        return frame.assign(
            segment=number,
            segment_name=number.map(names),
            next_segment=frame["next_segment"].mask(gone, EMPTY),
        )

    stages = [name for name in AFTER_FIT if not STAGES[name].side]
    return run_on(tmp_path_factory.mktemp("ids") / "left", base, moved, stages)


def renumbered_back(value: Any) -> Any:
    """The same with the numbers of the first fit, rows by segment in their order."""
    # 0 is the whole shop.
    numbers = {0: 0} | {new: old for old, new in enumerate(WITH_GAPS, 1)}
    if isinstance(value, dict):
        back = {key: renumbered_back(part) for key, part in value.items()}
        return back | ({"segment": numbers[back["segment"]]} if "segment" in back else {})
    if isinstance(value, tuple):
        parts = [renumbered_back(part) for part in value]
        if parts and isinstance(parts[0], dict) and "segment" in parts[0]:
            # Rows of a segment keep their order.
            parts.sort(key=lambda part: part["segment"] or math.inf)
        return tuple(parts)
    return value


def alike(one: Any, other: Any) -> bool:
    """Whether two values are the same, but for the order in which floats were summed."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return bool(one == other)


# What was segmented at past dates has numbers of its own.
@pytest.mark.parametrize(
    "artifact",
    [
        name
        for stage in AFTER_FIT
        for name in STAGES[stage].writes
        if stage not in {"past", "summarise"}
    ],
)
def test_every_table_is_the_same_but_for_the_numbers(first, later, artifact):
    one, other = first.frame(artifact), later.frame(artifact)
    assert len(one)
    if "segment" in other:
        numbers = {new: old for old, new in enumerate(WITH_GAPS, 1)}
        other["segment"] = other["segment"].map(numbers)
        other = other.sort_values(list(ARTIFACTS[artifact].key), ignore_index=True)
    pd.testing.assert_frame_equal(one, other, rtol=1e-9, atol=1e-12)


def test_the_summary_is_the_same_but_for_the_numbers(first, later):
    numbers = [segment.segment for segment in later.summary.segments]
    assert numbers == sorted(WITH_GAPS[: len(numbers)])
    one, other = asdict(first.summary), renumbered_back(asdict(later.summary))
    assert [name for name in one if not alike(one[name], other[name])] == []


def test_the_same_is_said_and_drawn(first, later):
    def said(summary: Summary) -> set[tuple[str, str]]:
        # The first sentence lists the segments by number.
        told = {(finding.basis, finding.sentence) for finding in findings(summary)[1:]}
        return told | {(insight.name, insight.sentence) for insight in insights(summary)}

    assert said(first.summary) == said(later.summary)
    drawn, again = first.drawings, later.drawings
    assert [own.title for own in drawn] == [own.title for own in again]
    for own, other in zip(drawn, again, strict=True):
        # Segments are listed by number.
        assert set(re.findall(r"\w+", own.caption)) == set(re.findall(r"\w+", other.caption))
    flow, same = (
        next(specification(own) for own in found if own.name == "k-flow")
        for found in (drawn, again)
    )
    assert flow == same
    names = {segment.segment_name for segment in first.summary.segments}
    assert names <= {
        row["name"] for rows in flow["datasets"].values() for row in rows if "name" in row
    }


def test_rows_of_charts_are_by_number_whatever_its_digits(later):
    found = {drawing.name: drawing for drawing in later.drawings}
    names = [segment.segment_name for segment in later.summary.segments]
    for name in ("fingerprint", "shares", "slipping"):
        data = specification(found[name])["datasets"].values()
        keys = {row["key"]: row["segment"] for rows in data for row in rows if "key" in row}
        assert [keys[key] for key in sorted(keys)] == names
        assert all(key[3:] == keys[key] for key in keys)


@pytest.mark.parametrize("run", ["later", "left"])
def test_the_page_has_a_card_and_a_colour_for_each_segment_and_links_to_no_other(run, request):
    run = request.getfixturevalue(run)
    page = run.report.report.decode()
    numbers = {segment.segment for segment in run.summary.segments}
    assert {int(found) for found in re.findall(r'id="segment-(\d+)"', page)} == numbers
    assert {int(found) for found in re.findall(r'href="#segment-(\d+)"', page)} == numbers
    assert {int(found) for found in re.findall(r'class="[^"]*segment-(\d+)', page)} == numbers
    for segment in run.summary.segments:
        assert f".segment-{segment.segment} {{ --segment: light-dark({segment.colour}," in page
        assert f">Segment {segment.segment}</p>" in run.report.evidence.decode()


def test_the_workbook_tells_the_same_of_each_segment(first, later):
    books = [load_workbook(BytesIO(run.report.workbook)) for run in (first, later)]
    assert sorted(books[0].sheetnames) == sorted(books[1].sheetnames)
    for sheet in ("Segments", "Recommendations"):
        one, other = (
            {column[3].value: [cell.value for cell in column[3:]] for column in book[sheet].columns}
            for book in books
        )
        assert {own.segment_name for own in first.summary.segments} <= one.keys()
        assert one == other


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_show_the_same_of_each_segment(first, later, command):
    def shown(run: Run) -> list[list[list[tuple[str, str]]]]:
        """Rows of each table as cells by header, all but the number."""
        return [
            sorted(
                sorted(cell for cell in zip(table.headers, cells, strict=True) if cell[0] != "no.")
                for cells in table.written()
            )
            for table in VIEWS[command](Disclosed(run.workspace.root))
            # It names the folder.
            if table.name != "overview"
        ]

    assert shown(first) == shown(later)


def test_a_segment_that_everybody_has_left_is_shown_nowhere(first, left):
    assert EMPTY in set(left.frame("segments")["next_segment"])
    gone = next(own.segment_name for own in first.summary.segments if own.segment == EMPTY)
    summary = left.summary
    assert [segment.segment for segment in summary.segments] == [1, 2, 4, 5]
    assert summary.chosen_k == 5
    assert "fall into 4 segments: " in findings(summary)[0].sentence
    assert sum(segment.customers for segment in summary.segments) == summary.customers
    heads = [cell.value for cell in load_workbook(BytesIO(left.report.workbook))["Segments"][4]]
    assert len(heads) == 6
    assert gone not in heads
    for command in COMMANDS:
        for table in VIEWS[command](Disclosed(left.workspace.root)):
            assert EMPTY not in {row.get("segment") for row in table.rows}
            assert f"segment_{EMPTY}" not in {column.key for column in table.columns}


def test_segments_are_selected_by_their_own_numbers(later):
    names = later.frame("segment_names")
    known = segments_of(zip(names["segment"], names["segment_name"], strict=True))
    (ninth,) = select(["9"], known)
    assert ninth.name == names.set_index("segment")["segment_name"][9]
    with pytest.raises(UsageError, match="--segment 3: no such segment"):
        select(["3"], known)


def test_what_is_measured_on_new_clusters_is_not_said_of_a_model_that_was_kept(later):
    kept = replace(later.summary, fitted_now=False)
    (told,) = (own.sentence for own in findings(kept) if own.name == "stability")
    assert told.startswith("5 segments made anew of these customers would be stable: when")
    page = write_report(kept, ReportSettings(charts=())).evidence.decode()
    assert "The model was kept from an earlier run: each customer is in the segment" in page
    assert "The number of segments is the largest that survives" not in page
    assert "The segments are stable" not in page

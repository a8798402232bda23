"""The page's tables of what has moved since the snapshot before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from custseg.report.charts.lettering import Lettering
from custseg.report.tables import movement as movement_views
from custseg.report.tables.features import written
from custseg.report.tables.model import DRIFT
from custseg.words.features import features
from custseg.words.figures import capital

if TYPE_CHECKING:
    from collections.abc import Callable

    from custseg.report.summary.whole import DriftMeasure, Summary
    from custseg.report.tables.table import Format, Table
    from custseg.segments.movement.figures import Movement
    from custseg.words.language import Wording

_MEASURES: Final = ("error", "relabelled", "refit_gain", "age")
"""What decides on a new model, or tells what one is worth; the others are of features."""
_HANDFUL: Final = 5
"""Customers below whom no spend is shown beside their number."""


@dataclass(frozen=True)
class Moves:
    """Tables of the section on what has moved."""

    sizes: Table
    revenues: Table | None
    matrix: Table
    sentence: str
    """Who stayed, moved, came and left; empty where none of it may be told."""


def moves(summary: Summary, wording: Wording) -> Moves | None:
    """Lay out what has moved; None where there is no snapshot before."""
    moved = summary.movement
    if moved is None:
        return None
    amounts = movement_views.has_amounts(moved)
    here = {segment.segment for segment in summary.segments}
    say = Lettering.of("moves", summary, wording)
    sizes = movement_views.sizes(moved, say.whole, wording)
    return Moves(
        _account(sizes, here),
        _account(movement_views.revenues(moved, _amount(say), wording), here) if amounts else None,
        _matrix(moved, wording, amounts=amounts),
        movement_views.sentence(moved, wording),
    )


def drift(summary: Summary, wording: Wording) -> Table | None:
    """The model before, held against this month's customers."""
    if not summary.drift:
        return None
    decisive = [one for name in _MEASURES for one in summary.drift if one.measure == name]
    shown = [one for one in summary.drift if one.measure == "psi"]
    rows = [_decisive(one, wording) for one in decisive] + [_feature(one, wording) for one in shown]
    return DRIFT.in_words(rows, wording)


def _amount(say: Lettering) -> Format:
    """Writes amounts of which some are below zero."""
    return lambda value: "" if value is None else say.money(value)


def _account(table: Table, here: set[int]) -> Table:
    """A segment's account with headers as the page has them; who is no more has no card."""
    columns = tuple(
        replace(column, header=capital(column.header))
        for column in table.columns
        if column.key != "segment"
    )
    rows = [
        row if row["segment"] in here else {k: v for k, v in row.items() if k != "segment"}
        for row in table.rows
    ]
    return replace(table, columns=columns, rows=rows, notes=[capital(n) for n in table.notes])


def _matrix(moved: Movement, wording: Wording, *, amounts: bool) -> Table:
    """Customers as a heat map by share of who left a segment, with their revenue.

    What a handful spent is a person's own figure, and a page is passed on.
    """
    table = movement_views.matrix(moved, wording)
    revenue = movement_views.revenue_matrix(moved, wording.money).rows
    rows = []
    for row, worth in zip(table.rows, revenue, strict=True):
        known = {key: n for key, n in row.items() if key != "from" and n}
        total = sum(known.values())
        rows.append(
            row
            | {f"{key}_heat": n / total for key, n in known.items()}
            | {
                f"{key}_beside": wording.money(worth[key])
                for key, n in known.items()
                if amounts and n >= _HANDFUL and worth[key] is not None
            }
        )
    headers = wording.texts("page.tables.moves.columns")
    columns = tuple(
        replace(column, header=headers.get(column.key, capital(column.header)))
        for column in table.columns
    )
    note = wording.render("page.tables.moves.note", {"amounts": amounts, "least": _HANDFUL})
    return replace(table, name="moves", columns=columns, rows=rows, notes=[note])


def _decisive(one: DriftMeasure, wording: Wording) -> dict[str, Any]:
    form = (
        wording.cells.percent
        if one.measure in {"relabelled", "refit_gain"}
        else _decimals(wording, 1 if one.measure == "age" else 2)
    )
    distances = one.measure in {"error", "refit_gain"}
    change = form(one.value)
    return {
        "measure": wording.render(f"page.tables.drift.rows.{one.measure}"),
        "at_fit": _decimals(wording)(one.at_fit) if one.measure == "error" else "",
        "now": _decimals(wording)(one.now) if distances else form(one.now),
        "value": f"× {change}" if one.measure == "error" else change if distances else "",
        "threshold": ("× " if one.measure == "error" else "") + form(one.threshold)
        if one.threshold is not None
        else "",
        "exceeded": one.exceeded,
    }


def _feature(one: DriftMeasure, wording: Wording) -> dict[str, Any]:
    return {
        "measure": capital(features(wording)[one.subject].name),
        "at_fit": written(one.subject, one.at_fit, wording),
        "now": written(one.subject, one.now, wording),
        "value": f"PSI {_decimals(wording)(one.value)}",
        "threshold": "",
        "exceeded": False,
    }


def _decimals(wording: Wording, places: int = 2) -> Callable[[float | None], str]:
    return lambda value: wording.cells.number(value, places, grouped=False)

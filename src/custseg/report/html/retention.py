"""The page's tables of who comes back, and of what a change of revenue is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from custseg.report.summary.revenue_tree import compared_with, explained
from custseg.report.tables import cohorts as views
from custseg.words.figures import TEXT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from custseg.report.summary.studies import Cohort, RevenueTree
    from custseg.report.summary.whole import Summary
    from custseg.report.tables.cohorts import Figure
    from custseg.report.tables.table import Format, Table
    from custseg.words.language import Wording

_BLANK: Final = "\N{NO-BREAK SPACE}"
_BOTH: Final = ("before", "now")
_TOLD_AFTER: Final = (0, 1, 2, 3, 6, 9, 12)
"""Months after which the page tells revenue: a phone has no room for more amounts."""


@dataclass(frozen=True)
class Retention:
    """What the section on who comes back shows, as far as a run knows it."""

    change: str
    """A sentence on what changed revenue."""
    tables: tuple[Table, ...]
    """What revenue is the product of, and who stayed, came and left."""
    heat_maps: tuple[Table, ...]
    """Rows against months since the first order."""


def retention(summary: Summary, wording: Wording) -> Retention | None:
    """Lay out who comes back and why revenue changed; None where neither is known."""
    tree = summary.revenue_tree
    if tree is None and not summary.cohorts:
        return None
    return Retention(
        explained(tree, wording, money=summary.money) if tree else "",
        tuple(_change(tree, summary, wording)) if tree else (),
        tuple(_matrix(one, summary, wording) for one in _heats(summary, wording) if one.cells),
    )


def _change(tree: RevenueTree, summary: Summary, wording: Wording) -> Iterator[Table]:
    found = views.factor_rows(tree, wording, money=summary.money)
    if found:
        rows = [
            row
            | {key: (wording.money if row["amount"] else wording.number)(row[key]) for key in _BOTH}
            for row in found
        ]
        table = views.FACTORS.in_words(
            rows,
            wording,
            money=summary.money,
            factors=" × ".join(row["factor"] for row in rows[:-1]),
            days=tree.now.days,
            since=compared_with(tree, wording),
        )

        def points(share: float) -> str:
            return wording.style.number(100 * share, 1)

        columns = tuple(
            replace(one, format=points) if one.key == "explains" else one for one in table.columns
        )
        yield replace(table, columns=columns)
    if tree.groups:
        total = views.group_total(tree, wording) | {"total": True}
        rows = [*views.group_rows(tree, wording), total]
        table = views.GROUPS.in_words(rows, wording, money=summary.money)
        # Either is enough, and a phone has no room for both.
        left_out = "orders_" if summary.money else "revenue_"
        kept = tuple(
            replace(one, format=_or_nothing(one.format)) if one.kind == "number" else one
            for one in table.columns
            if not one.key.startswith(left_out)
        )
        yield replace(table, columns=kept)


@dataclass(frozen=True)
class _Heat:
    """A heat map: what its cells are, and how they are written."""

    name: str
    cells: Sequence[Cohort]
    figure: Figure
    written: Callable[[float], str]
    by_segment: bool = False


def _heats(summary: Summary, wording: Wording) -> list[_Heat]:
    late, late_by_segment = (
        [one for one in cells if one.months_since]
        for cells in (summary.cohorts, summary.segment_cohorts)
    )
    paid, paid_by_segment = (
        [one for one in cells if summary.money and one.months_since in _TOLD_AFTER]
        for cells in (summary.cohorts, summary.segment_cohorts)
    )
    share: tuple[Figure, Callable[[float], str]] = ("share", _whole)
    spend: tuple[Figure, Callable[[float], str]] = ("revenue_per_customer", wording.money)
    return [
        _Heat("cohorts", late, *share),
        _Heat("cohorts_spend", paid, *spend),
        _Heat("segment_cohorts", late_by_segment, *share, by_segment=True),
        _Heat("segment_cohorts_spend", paid_by_segment, *spend, by_segment=True),
    ]


def _matrix(heat: _Heat, summary: Summary, wording: Wording) -> Table:
    """Lay a heat map out; of what isn't known yet nothing is shown."""
    found = views.rows(heat.cells, summary, heat.figure, wording)
    months = sorted({one.months_since for one in heat.cells})
    keys = [str(one) for one in months]
    most = max(row.get(key) or 0.0 for row in found for key in keys)
    rows = [
        row
        | {key: "" for key in keys if key not in row}
        | {f"{key}_heat": max(0.0, row[key]) / most for key in keys if row.get(key) and most > 0}
        | ({"total": True} if heat.by_segment and "segment" not in row else {})
        for row in found
    ]

    def shown(value: float | str | None) -> str:
        if value == "":
            return _BLANK
        return "" if value is None else heat.written(float(value))

    table = views.matrix(months, heat.figure, by_segment=heat.by_segment, page=shown)
    flattered = heat.by_segment and heat.figure == "share"
    return table.in_words(
        rows,
        wording,
        name=heat.name,
        spend=heat.figure != "share",
        by_segment=heat.by_segment,
        last=wording.month(heat.cells[0].last_month) if flattered else "",
    )


def _or_nothing(written: Format) -> Format:
    """Write what there is."""
    return lambda value: "" if value is None else written(value)


def _whole(share: float) -> str:
    return TEXT.number(100 * share)

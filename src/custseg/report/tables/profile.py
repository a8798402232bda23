"""What `custseg profile`, `groups` and `rules` show."""

from __future__ import annotations

import calendar
from collections import Counter
from itertools import groupby
from math import inf, log
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from custseg.artifacts import MODEL_FEATURES
from custseg.report.tables.definition import Definition
from custseg.report.tables.pictures import Bar, Diverging, Sparkline
from custseg.report.tables.table import (
    SEGMENT,
    Column,
    Table,
    decimals,
    money,
    of_feature,
    percent,
    text,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custseg.workspace.workspace import Workspace

FEATURES_APART: Final = Definition(
    "differences",
    (
        Column("segment", "no.", whole, page=None, workbook=None),
        Column("segment_name", "segment", page=None, workbook=None),
        Column("feature", "feature", workbook=None),
        Column(
            "standardised_difference",
            "difference",
            decimals(2),
            picture=Diverging(),
            workbook=None,
        ),
        Column("median", "median", of_feature),
        Column("q25", "lower quartile", of_feature, terminal=False, page=None),
        Column("q75", "upper quartile", of_feature, terminal=False, page=None),
        Column("overall_median", "of all", of_feature, workbook=None),
    ),
)
"""On the page a line of a segment's card; what is said of a feature beyond its medians and its
difference stands behind them. In the workbook each is a line of the segments side by side."""
GROUPS: Final = Definition(
    "groups",
    (
        Column("segment", "no.", whole),
        Column("segment_name", "segment"),
        Column("group_name", "product group"),
        Column("buyers", "buyers", whole),
        Column("revenue", "revenue", money, optional=True),
        Column("revenue_share", "of its {of}", percent),
        Column("lift", "lift", decimals(2)),
    ),
    drops=frozenset({"terminal"}),
)
RULES: Final = Definition(
    "rules",
    (
        Column("segment", "no.", whole),
        Column("segment_name", "segment"),
        Column("text", "rule"),
        Column("customers", "customers", whole),
        Column("precision", "of them in it", percent),
        Column("coverage", "of it meet the rule", percent, optional=True),
    ),
)
_SHOWN: Final = 3
"""Features and product groups shown per segment; the artifacts hold all."""
_MONTHS: Final = 24
"""The last months drawn: two years show what returns with the season."""


def profile(workspace: Workspace) -> list[Table]:
    """Who is in each segment, cut to what matters most."""
    return [_sizes(workspace), _differences(workspace)]


def habits(workspace: Workspace) -> list[Table]:
    """What each segment buys, and when, cut to what matters most."""
    return [_groups(workspace), _times(workspace)]


def _sizes(workspace: Workspace) -> Table:
    rows = {row["segment"]: row for row in workspace.rows("profiles")}
    for row in workspace.rows("profile_features"):
        rows[row["segment"]][row["feature"]] = row["median"]
    shares = Bar.of(list(rows.values()), "customer_share", "revenue_share")
    columns = (
        *SEGMENT,
        Column("customers", "customers", whole),
        Column("customer_share", "share", percent, picture=shares),
        Column("revenue", "revenue", money),
        Column("revenue_share", "share", percent, picture=shares),
        *(Column(name, name.replace("_", " "), whole, optional=True) for name in MODEL_FEATURES),
        Column("returning_share", "returned something", percent, optional=True),
        Column("misfits", "don't fit the name", whole, optional=True),
    )
    profiles = list(rows.values())
    sizes = Definition("profiles", columns, drops=frozenset({"terminal"}))
    return sizes.for_terminal("Segment profiles", profiles, ["features: medians"])


def _differences(workspace: Workspace) -> Table:
    known = [
        row
        for row in workspace.rows("profile_features")
        if row["standardised_difference"] is not None and row["median"] != row["overall_median"]
    ]
    return FEATURES_APART.for_terminal(
        "What sets each segment apart",
        _first(known, lambda row: -abs(row["standardised_difference"])),
        ["difference: segment mean - overall mean, in overall standard deviations (log scale)"],
    )


def _groups(workspace: Workspace) -> Table:
    named = [
        row
        for row in workspace.rows("profile_groups")
        if row["group"] and row["lift"] is not None and row["lift"] > 1
    ]
    money_known = any(row["revenue"] is not None for row in named)
    of = "spend" if money_known or not named else "units"
    return GROUPS.for_terminal(
        "Product groups each segment buys more of than others do",
        # Their contributions to the divergence of the segment's spend from everybody's.
        _first(named, lambda row: -row["revenue_share"] * log(row["lift"])),
        [f"lift: its share of the segment's {of} / of everybody's"],
        words={"of": of},
    )


def _times(workspace: Workspace) -> Table:
    """The weekday, hour and month in which each segment orders most; the earliest on a tie."""
    times, by_month = workspace.rows("profile_times"), workspace.rows("profile_months")
    shares = {
        "weekday": _shares(times, "weekday"),
        "hour": _shares(times, "hour"),
        "month": _shares(by_month, "month"),
    }
    rows = []
    for segment, name in {row["segment"]: row["segment_name"] for row in times}.items():
        if any(segment not in of for of in shares.values()):
            continue
        row = {"segment": segment, "segment_name": name}
        for unit, of in shares.items():
            row[unit] = most = _most(of[segment])
            row[f"{unit}_share"] = of[segment][most]
        rows.append(row | {"weekday": calendar.day_name[row["weekday"]]})
    shares = {
        unit: {row["segment"]: of[row["segment"]] for row in rows} for unit, of in shares.items()
    }
    if not times or not by_month:
        return Table("times", "When they order", SEGMENT, [])
    hours = [row["hour"] for row in times]
    open_at, close_at = min(hours), max(hours)
    known = [row["month"] for row in by_month]
    known = _months_between(min(known), max(known))[-_MONTHS:]
    as_of = workspace.manifest().facts()["as_of"]
    drawn = {
        "weekday": (range(7), "days: Monday to Sunday"),
        "hour": (range(open_at, close_at + 1), f"hours: {open_at} to {close_at} o'clock"),
        "month": (known, f"months: {known[0]} to {known[-1]}, as far as known before {as_of}"),
    }
    lines = {unit: _lines(shares[unit], values, note) for unit, (values, note) in drawn.items()}
    columns = [
        column
        for name, form in (("weekday", text), ("hour", whole), ("month", text))
        for column in (
            Column(name, f"busiest {name}", form),
            Column(f"{name}_share", "of its orders", percent, picture=lines[name]),
        )
    ]
    return Table("times", "When they order", (*SEGMENT, *columns), rows)


def rules(workspace: Workspace) -> list[Table]:
    """The rules of each segment, and how faithful they are."""
    note = workspace.manifest().facts()["fidelity_note"]
    title = "Rules that tell the segments apart"
    return [RULES.for_terminal(title, workspace.rows("segment_rules"), [note])]


def groups(workspace: Workspace) -> list[Table]:
    """Each group of products, with how many it holds."""
    counts = Counter((row["group"], row["group_name"]) for row in workspace.rows("product_groups"))
    rows = [
        {"group": number, "group_name": name, "products": products}
        for (number, name), products in sorted(counts.items(), key=lambda item: item[0][0] or inf)
    ]
    columns = (
        Column("group", "no.", whole),
        Column("group_name", "group"),
        Column("products", "products", whole),
    )
    return [Table("groups", "Product groups", columns, rows)]


def _first(
    rows: list[dict[str, Any]], order: Callable[[dict[str, Any]], float]
) -> list[dict[str, Any]]:
    """The first rows of each segment in an order."""
    return [
        row
        for _, members in groupby(rows, itemgetter("segment"))
        for row in sorted(members, key=order)[:_SHOWN]
    ]


def _shares(rows: list[dict[str, Any]], name: str) -> dict[int, dict[Any, float]]:
    """For each segment the share of its orders at each value of a column."""
    shares: dict[int, dict[Any, float]] = {}
    for row in rows:
        of_segment = shares.setdefault(row["segment"], {})
        of_segment[row[name]] = of_segment.get(row[name], 0.0) + row["order_share"]
    return shares


def _most(shares: dict[Any, float]) -> Any:  # noqa: ANN401  (a weekday, hour or month)
    return min(shares, key=lambda value: (-shares[value], value))


def _lines(
    shares: dict[int, dict[Any, float]], values: Sequence[Any], note: str
) -> Sparkline | None:
    """Lines of each segment's shares over values, 0 at those that it lacks; none over one value."""
    if len(values) == 1:
        return None
    series = [tuple(of.get(value, 0.0) for value in values) for of in shares.values()]
    return Sparkline(tuple(series), note)


def _months_between(first: str, last: str) -> list[str]:
    """Every month from one to another, both included, as they are written: 2010-12, 2011-01."""
    start, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return [f"{month // 12}-{month % 12 + 1:02}" for month in range(start, end + 1)]

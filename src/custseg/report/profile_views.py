"""What `custseg profile`, `groups` and `rules` show."""

from __future__ import annotations

import calendar
from collections import Counter
from itertools import groupby
from math import inf, log
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from custseg.artifacts import MODEL_FEATURES
from custseg.report.tables import Column, Table, decimals, money, percent, rows_of, text, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from custseg.workspace import Workspace

_SEGMENT: Final = (Column("segment", "no.", whole), Column("segment_name", "segment"))
_SHOWN: Final = 3
"""Features and product groups shown per segment; the artifacts hold all."""


def profile(workspace: Workspace) -> list[Table]:
    """Every aspect of the profiles, the longer ones cut to what matters most."""
    return [
        _sizes(workspace),
        _differences(workspace),
        _groups(workspace),
        _times(workspace),
    ]


def _sizes(workspace: Workspace) -> Table:
    rows = {row["segment"]: row for row in rows_of(workspace, "profiles")}
    for row in rows_of(workspace, "profile_features"):
        rows[row["segment"]][row["feature"]] = row["median"]
    columns = (
        *_SEGMENT,
        Column("customers", "customers", whole),
        Column("customer_share", "share", percent),
        Column("revenue", "revenue", money),
        Column("revenue_share", "share", percent),
        *(Column(name, name.replace("_", " "), whole, optional=True) for name in MODEL_FEATURES),
        Column("returning_share", "returned something", percent, optional=True),
    )
    return Table(
        "profiles", "Segment profiles", columns, list(rows.values()), ["features: medians"]
    )


def _differences(workspace: Workspace) -> Table:
    known = [
        row
        for row in rows_of(workspace, "profile_features")
        if row["standardised_difference"] is not None
    ]
    return Table(
        "differences",
        "What sets each segment apart",
        (
            *_SEGMENT,
            Column("feature", "feature"),
            Column("standardised_difference", "difference", decimals(2)),
            Column("median", "median", decimals(1)),
            Column("overall_median", "of all", decimals(1)),
        ),
        _first(known, lambda row: -abs(row["standardised_difference"])),
        ["difference: segment mean - overall mean, in overall standard deviations (log scale)"],
    )


def _groups(workspace: Workspace) -> Table:
    named = [
        row
        for row in rows_of(workspace, "profile_groups")
        if row["group"] and row["lift"] is not None and row["lift"] > 1
    ]
    return Table(
        "groups",
        "Product groups each segment buys more of than others do",
        (
            *_SEGMENT,
            Column("group_name", "product group", text),
            Column("buyers", "buyers", whole),
            Column("revenue", "revenue", money, optional=True),
            Column("revenue_share", "of its spend", percent),
            Column("lift", "lift", decimals(2)),
        ),
        # Their contributions to the divergence of the segment's spend from everybody's.
        _first(named, lambda row: -row["revenue_share"] * log(row["lift"])),
        ["lift: its share of the segment's spend / of everybody's"],
    )


def _times(workspace: Workspace) -> Table:
    """The weekday, hour and month in which each segment orders most; the earliest on a tie."""
    weekdays = _most(rows_of(workspace, "profile_times"), "weekday")
    hours = _most(rows_of(workspace, "profile_times"), "hour")
    months = _most(rows_of(workspace, "profile_months"), "month")
    rows = [
        {
            **{key: row[key] for key in ("segment", "segment_name", "weekday_share")},
            "weekday": calendar.day_name[row["weekday"]],
            **{key: hours[segment][key] for key in ("hour", "hour_share")},
            **{key: months[segment][key] for key in ("month", "month_share")},
        }
        for segment, row in weekdays.items()
    ]
    columns = [
        column
        for name, form in (("weekday", text), ("hour", whole), ("month", text))
        for column in (
            Column(name, f"busiest {name}", form),
            Column(f"{name}_share", "of its orders", percent),
        )
    ]
    return Table("times", "When they order", (*_SEGMENT, *columns), rows)


def rules(workspace: Workspace) -> list[Table]:
    """The rules of each segment, and how faithful they are."""
    columns = (
        *_SEGMENT,
        Column("text", "rule"),
        Column("customers", "customers", whole),
        Column("precision", "of them in it", percent),
        Column("coverage", "of it meet the rule", percent, optional=True),
    )
    note = workspace.manifest().facts()["fidelity_note"]
    title = "Rules that tell the segments apart"
    return [Table("rules", title, columns, rows_of(workspace, "segment_rules"), [note])]


def groups(workspace: Workspace) -> list[Table]:
    """Each group of products, with how many it holds."""
    counts = Counter(
        (row["group"], row["group_name"]) for row in rows_of(workspace, "product_groups")
    )
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


def _most(rows: list[dict[str, Any]], name: str) -> dict[int, dict[str, Any]]:
    """For each segment the value of a column with most orders, and its share of the orders."""
    found = {}
    for segment, members in groupby(rows, itemgetter("segment")):
        shares: dict[Any, float] = {}
        for row in members:
            shares[row[name]] = shares.get(row[name], 0.0) + row["order_share"]
            segment_name = row["segment_name"]
        value = min(shares, key=lambda key: (-shares[key], key))
        found[segment] = {
            "segment": segment,
            "segment_name": segment_name,
            name: value,
            f"{name}_share": shares[value],
        }
    return found

"""Each segment's part of the summary."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from custseg.offers.recommendations.shelves import BEST_SELLERS, GROUPS, OVER_BUYS
from custseg.report.summary.rows import as_kind, by_segment, rows
from custseg.report.summary.segment import (
    Busiest,
    CountryShare,
    Expected,
    FeatureFigures,
    PastBehaviour,
    Plan,
    Product,
    Rule,
    SegmentSummary,
    Slipping,
    UnitsNeeded,
)
from custseg.words.colours import segment_colour

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir
    import pandas as pd

    from custseg.report.summary.results import Results


@dataclass(frozen=True)
class Shown:
    """What was found of the customers themselves, by segment."""

    members: pd.DataFrame
    blades: Mapping[int, tuple[float, ...]]
    median_z: Mapping[tuple[int, str], float]
    slipping: Mapping[int, Slipping]
    colours: Mapping[str, str]
    """The shop's own, by naming rule."""


def segments(results: Results, shown: Shown) -> tuple[SegmentSummary, ...]:
    """Summarise every segment, by number."""
    plans = {row["segment"]: row for row in rows(results.plans, "segment")}
    names = {row["segment"]: row for row in rows(results.segment_names, "segment")}
    # Of a shop too young for a forecast nothing is expected.
    expected = {
        row["segment"]: row
        for row in rows(results.segment_value, "segment")
        if row["expected_orders"] is not None
    }
    past = _past(results)
    features = _features(results.profile_features, shown)
    products = by_segment(rows(results.profile_products, "segment", "rank"))
    lists = by_segment(rows(results.shelves, "segment", "list", "rank"))
    countries = by_segment(rows(results.profile_countries, "segment", "rank"))
    rules = by_segment(rows(results.segment_rules, "segment", "rule"))
    needed = by_segment(rows(results.inventory, "segment", "product_id"))
    busiest = _busiest(results)
    means = _means(shown.members)
    found = []
    for row in rows(results.profiles, "segment"):
        number = row["segment"]
        own, plan = {figure.feature: figure for figure in features[number]}, plans[number]
        shelf = {
            name: tuple(
                _product(entry)
                for entry in lists[number]
                # Found by counting buyers: a few are still a smaller share of the lines.
                if entry["list"] == name and (name == BEST_SELLERS or entry["lift"] > 1)
            )
            for name in (BEST_SELLERS, OVER_BUYS, GROUPS)
        }
        naming = names[number]
        known = {
            "rule": naming["rule"],
            "reason": naming["reason"],
            "claim": naming["claim"],
            "colour": segment_colour(number, naming["rule"], shown.colours),
            "recency_days": own["recency_days"].median,
            "frequency": own["frequency"].median,
            "monetary": own["monetary"].median if "monetary" in own else None,
            "objective": plan["objective"],
            "features": features[number],
            "silhouettes": shown.blades.get(number, ()),
            "top_products": tuple(_product(entry, row["customers"]) for entry in products[number]),
            "best_sellers": shelf[BEST_SELLERS],
            "over_buys": shelf[OVER_BUYS],
            "over_bought_groups": shelf[GROUPS],
            "countries": tuple(
                as_kind(entry, CountryShare)
                for entry in countries[number]
                if entry["country"] is not None
            ),
            "busiest": busiest.get(number),
            "rules": tuple(as_kind(entry, Rule) for entry in rules[number]),
            "expected": as_kind(expected[number], Expected) if number in expected else None,
            "plan": as_kind(plan, Plan),
            "units_needed": tuple(as_kind(entry, UnitsNeeded) for entry in needed[number]),
            "past": past.get(row["segment_name"]),
            "slipping": shown.slipping[number],
        }
        found.append(as_kind(row | means[number] | known, SegmentSummary))
    return tuple(found)


def _features(profile_features: ir.Table, shown: Shown) -> dict[int, tuple[FeatureFigures, ...]]:
    figures = by_segment(rows(profile_features, "segment", "feature"))
    return {
        number: tuple(
            as_kind(
                row | {"median_z": shown.median_z.get((number, row["feature"]))}, FeatureFigures
            )
            for row in own
            # Of what the orders tell nothing there is nothing to show.
            if row["overall_median"] is not None
        )
        for number, own in figures.items()
    }


def _means(members: pd.DataFrame) -> dict[int, dict[str, Any]]:
    """How compact each segment is, and where it lies in the plane of the components."""
    figures = {"silhouette": "silhouette", "ambiguous_share": "ambiguous", "pc1": "pc1"}
    if "pc2" in members:
        figures["pc2"] = "pc2"
    means = members.groupby("segment")[list(figures.values())].mean()
    return {
        int(str(number)): {"pc2": None}
        | {
            name: None if np.isnan(row[column]) else float(row[column])
            for name, column in figures.items()
        }
        for number, row in means.iterrows()
    }


def _busiest(results: Results) -> dict[int, Busiest]:
    times = by_segment(rows(results.profile_times, "segment", "weekday", "hour"))
    months = by_segment(rows(results.profile_months, "segment", "month"))
    return {
        number: Busiest(
            *_most(times[number], "weekday"),
            *_most(times[number], "hour"),
            *_most(months[number], "month"),
        )
        for number in times
    }


def _most(counts: list[dict[str, Any]], unit: str) -> tuple[Any, float]:
    """The value with most orders, the earliest on a tie, and its share of them."""
    orders: dict[Any, int] = defaultdict(int)
    for row in counts:
        orders[row[unit]] += row["orders"]
    at = min(orders, key=lambda value: (-orders[value], value))
    return at, orders[at] / sum(orders.values())


def _past(results: Results) -> dict[str, PastBehaviour]:
    """Of the segments made at the last past date."""
    found = rows(results.validation_segments, "date", "segment")
    return {
        row["segment_name"]: as_kind(row, PastBehaviour)
        for row in found
        if row["date"] == found[-1]["date"]
    }


def _product(row: dict[str, Any], customers: int = 0) -> Product:
    description = (row["description"] or "").strip() or row["product_id"] or ""
    share = row["buyers"] / customers if customers else row["buyer_share"]
    known = {"description": description, "buyer_share": share}
    return as_kind({"lift": None, "units": None, "revenue": None} | row | known, Product)

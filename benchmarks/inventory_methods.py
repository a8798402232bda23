"""Forecasts of units by several recent rates, at 18 past dates of Online Retail.

Usage: python benchmarks/inventory_methods.py online_retail.parquet
Prints the tables of docs/inventory.md.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import ibis
import pandas as pd

from custseg.engine.base import register
from custseg.engine.duckdb import connect
from custseg.offers.demand.rates import on_shelves, recent_rates, units_between
from custseg.offers.recommendations.shelves import fill_shelves
from custseg.orders.cleaning import clean
from custseg.orders.judging import judge
from custseg.orders.known import known_at
from custseg.segments.model.fit import fit
from custseg.segments.profiles.profile import group_products
from custseg.settings import InventorySettings
from custseg.sources.raw import read_orders

DATES: Final = [date(2011, 11, 10) - timedelta(days=15 * i) for i in range(18)]
STAGES_OWN: Final = (date(2011, 11, 10), date(2011, 10, 11), date(2011, 9, 11))
FOREVER: Final = 1e9
METHODS: Final = {
    "last 30 days": (FOREVER, 1.0, 30),
    "last 60 days": (FOREVER, 1.0, 60),
    "last 90 days": (FOREVER, 1.0, 90),
    "all days": (FOREVER, 1.0, None),
    "half-life 30": (30, 1.0, None),
    "half-life 60": (60, 1.0, None),
    "half-life 90": (90, 1.0, None),
    "half-life 30, cut": (30, 0.99, None),
    "half-life 60, cut": (60, 0.99, None),
    "half-life 90, cut": (90, 0.99, None),
    "half-life 60, cut at .98": (60, 0.98, None),
}
"""Half-life, quantile at which lines are cut, and days looked back."""
USED: Final = "half-life 60, cut"


def main(path: Path) -> None:
    """Print each method's error and bias, and the bias by segment."""
    ibis.set_backend(connect())
    read = read_orders(path, Path(tempfile.mkdtemp()))
    today = clean(read.raw, read.preset).transactions.cache()
    groups = register(group_products(today), today)
    tables = []
    for cut_off in DATES:
        past = known_at(judge(read.raw, read.preset), cut_off)
        known = past.transactions.cache()
        segments = fit(past.features, 7).segments[["customer_id", "segment", "segment_name"]]
        products = on_shelves(fill_shelves(register(segments, known), known, groups))
        came = units_between(today, segments, products, cut_off, 30)
        for method, (half_life, quantile, days) in METHODS.items():
            settings = InventorySettings(half_life_days=half_life, largest_quantile=quantile)
            start = cut_off - timedelta(days=days or 10_000)
            seen = known.filter(known.ordered_at >= ibis.timestamp(start.isoformat()))
            rates = recent_rates(seen, segments, products, cut_off, settings)
            expected = rates["expected"]
            tables.append(
                products.assign(method=method, date=cut_off, expected=expected, came=came)
            )
    table = pd.concat(tables, ignore_index=True)
    table["off"] = (table["expected"] - table["came"]).abs()
    for name, dates in (("18 dates", DATES), ("the stage's three", STAGES_OWN)):
        sums = table[table["date"].isin(dates)].groupby("method")[["off", "expected", "came"]].sum()
        figures = {"WAPE": sums["off"] / sums["came"], "bias": sums["expected"] / sums["came"] - 1}
        print(name, pd.DataFrame(figures).reindex(list(METHODS)).round(3), sep="\n")
    few = table[table["method"].isin([USED, "last 30 days"])]
    sums = few.groupby(["segment_name", "method"])[["expected", "came"]].sum()
    print((sums["came"] / sums["expected"]).unstack().round(2))  # noqa: PD010  (pairs are unique)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

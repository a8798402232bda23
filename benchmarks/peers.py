"""Clean and measure Online Retail lines as a notebook does.

Usage: python benchmarks/peers.py LIBRARY LINES
LIBRARY is pandas or polars, LINES a Parquet file of `copies.py`. Both do less than custseg: returns
are dropped, not matched, money is floats, and no account is kept of what is removed.
"""

from __future__ import annotations

import sys
from pathlib import Path

PRODUCT = r"^\d{5}[A-Za-z]{0,2}$"


def with_pandas(path: Path) -> int:
    """Return the number of customers."""
    import numpy as np
    import pandas as pd

    lines = pd.read_parquet(path).drop_duplicates().dropna(subset=["Customer ID"])
    lines = lines[~lines["Invoice"].str.startswith(("C", "A"))]
    lines = lines[lines["StockCode"].str.match(PRODUCT)]
    lines = lines[(lines["Quantity"] > 0) & (lines["Price"] > 0)]
    lines["Total"] = lines["Quantity"] * lines["Price"]
    as_of = lines["InvoiceDate"].max().normalize() + pd.Timedelta(days=1)
    customers = lines.groupby("Customer ID").agg(
        first=("InvoiceDate", "min"),
        last=("InvoiceDate", "max"),
        frequency=("Invoice", "nunique"),
        monetary=("Total", "sum"),
        units=("Quantity", "sum"),
        products=("StockCode", "nunique"),
    )
    customers["recency"] = (as_of - customers.pop("last")).dt.days
    customers["tenure"] = (as_of - customers.pop("first")).dt.days
    days = lines.assign(day=lines["InvoiceDate"].dt.normalize())
    days = days[["Customer ID", "day"]].drop_duplicates().sort_values(["Customer ID", "day"])
    gaps = days.groupby("Customer ID")["day"].diff().dt.days
    customers["gap"] = gaps.groupby(days["Customer ID"]).mean()
    spend = lines.groupby(["Customer ID", "StockCode"])["Total"].sum()
    share = spend / spend.groupby(level=0).transform("sum")
    customers["entropy"] = (-share * np.log(share)).groupby(level=0).sum()
    return len(customers)


def with_polars(path: Path) -> int:
    """Return the number of customers."""
    import polars as pl

    who, total = pl.col("Customer ID"), pl.col("Total")
    lines = (
        pl.scan_parquet(path)
        .unique()
        .filter(
            who.is_not_null(),
            ~pl.col("Invoice").str.contains("^[CA]"),
            pl.col("StockCode").str.contains(PRODUCT),
            pl.col("Quantity") > 0,
            pl.col("Price") > 0,
        )
        .with_columns(Total=pl.col("Quantity") * pl.col("Price"))
    )
    customers = lines.group_by(who).agg(
        first=pl.col("InvoiceDate").min(),
        last=pl.col("InvoiceDate").max(),
        frequency=pl.col("Invoice").n_unique(),
        monetary=total.sum(),
        units=pl.col("Quantity").sum(),
        products=pl.col("StockCode").n_unique(),
    )
    days = (
        lines.select(who, day=pl.col("InvoiceDate").dt.date()).unique().sort("Customer ID", "day")
    )
    gaps = days.group_by(who).agg(gap=pl.col("day").diff().dt.total_days().mean())
    spend = lines.group_by(who, "StockCode").agg(total.sum())
    share = total / total.sum().over(who)
    shares = (
        spend.with_columns(share=share)
        .group_by(who)
        .agg(entropy=(-pl.col("share") * pl.col("share").log()).sum())
    )
    joined = customers.join(gaps, on="Customer ID").join(shares, on="Customer ID")
    return len(pl.collect_all([joined])[0])


if __name__ == "__main__":
    run = {"pandas": with_pandas, "polars": with_polars}[sys.argv[1]]
    print(f"{run(Path(sys.argv[2])):,} customers")

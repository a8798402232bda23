"""The usual notebook as a script: what custseg is measured against.

Usage: python benchmarks/notebook.py "Online Retail.xlsx" (or the zip that holds it).
Prints one JSON object with the seconds each stage took.
"""

from __future__ import annotations

import json
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler


def main(path: Path) -> dict[str, float]:
    """Run the notebook's cells in order and time them."""
    seconds: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal clock
        seconds[stage] = time.perf_counter() - clock
        clock = time.perf_counter()

    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as workbook:
            orders = pd.read_excel(workbook, engine="openpyxl")
    else:
        orders = pd.read_excel(path, engine="openpyxl")
    lap("download")

    orders = orders.drop_duplicates().dropna(subset=["CustomerID"])
    orders = orders[~orders["InvoiceNo"].astype(str).str.startswith(("C", "A"))]
    orders = orders[orders["StockCode"].astype(str).str.match(r"^\d{5}[a-zA-Z]{0,2}$")]
    orders = orders[(orders["Quantity"] > 0) & (orders["UnitPrice"] > 0)]
    orders["Total"] = orders["Quantity"] * orders["UnitPrice"]
    lap("clean")

    as_of = orders["InvoiceDate"].max().normalize() + pd.Timedelta(days=1)
    customers = orders.groupby("CustomerID").agg(
        first=("InvoiceDate", "min"),
        last=("InvoiceDate", "max"),
        frequency=("InvoiceNo", "nunique"),
        monetary=("Total", "sum"),
        products=("StockCode", "nunique"),
    )
    customers["recency"] = (as_of - customers.pop("last")).dt.days
    customers["tenure"] = (as_of - customers.pop("first")).dt.days
    customers["basket"] = customers["monetary"] / customers["frequency"]
    lap("features")

    scaled = StandardScaler().fit_transform(np.log1p(customers))
    points = PCA(0.85).fit_transform(scaled)
    lap("reduce")

    for k in range(2, 13):
        labels = KMeans(k, n_init=10, random_state=42).fit_predict(points)
        silhouette_score(points, labels)
    lap("select-k")

    customers["segment"] = KMeans(5, n_init=10, random_state=42).fit_predict(points)
    lap("fit")

    customers.groupby("segment").agg(["mean", "median", "count"])
    segment = orders["CustomerID"].map(customers["segment"])
    orders.groupby([segment, "StockCode"])["Total"].sum().groupby(level=0).nlargest(10)
    lap("profile")
    return seconds


if __name__ == "__main__":
    started = time.perf_counter()
    laps = main(Path(sys.argv[1]))
    print(json.dumps(laps | {"total": time.perf_counter() - started}))

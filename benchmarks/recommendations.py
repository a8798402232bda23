"""Time and memory of the lists for 200,000 customers of a shop with 50,000 products.

    python benchmarks/recommendations.py

Simulated, in a process of its own, whose memory does not count: tastes in 40 groups, popularity by
Zipf's law, 40 products per customer in the mean.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from custseg.artifacts import ARTIFACTS
from custseg.engine.duckdb import connect, scan
from custseg.engine.parquet import write
from custseg.offers.recommendations.recommend import recommend

TASTES = 40
EVERYBODYS = 0.4
"""Share of lines that are of no taste."""


def simulate(customers: int, products: int, seed: int = 42) -> pa.Table:
    """Order lines of customers, each of one taste."""
    draw = np.random.default_rng(seed)
    lines = np.minimum(draw.lognormal(3.2, 1.0, customers).astype(int) + 1, 3000)
    who = np.repeat(np.arange(customers), lines)
    taste = draw.integers(TASTES, size=customers)[who]
    everyone = draw.random(len(who)) < EVERYBODYS
    place = draw.zipf(1.1, 2 * len(who))
    place = place[place <= products][: len(who)] - 1
    what = np.where(everyone, place, (place * TASTES + taste) % products)
    day = draw.integers(730, size=len(who))
    noon = np.datetime64("2024-01-01T12:00", "us")
    return pa.table(
        {
            "customer_id": pa.array(np.char.add("c", who.astype(str))),
            "order_id": pa.array(np.char.add(who.astype(str), np.char.add("-", day.astype(str)))),
            "product_id": pa.array(np.char.add("p", what.astype(str))),
            "quantity": pa.array(np.ones(len(who), dtype=int)),
            "ordered_at": pa.array(noon + day.astype("timedelta64[D]")),
            "rule": pa.array(["undone"] * len(who)),
        }
    )


def write_simulated(path: Path, customers: int, products: int) -> None:
    """Write the lines that are simulated."""
    pq.write_table(simulate(customers, products), path)


def main() -> None:
    """Print seconds, peak memory and rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--products", type=int, default=50_000)
    parser.add_argument("--keep", type=Path, help="Folder for the simulated lines")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        path = folder / "transactions.parquet"
        if not path.exists():
            sizes = (arguments.customers, arguments.products)
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                pool.apply(write_simulated, (path, *sizes))
        connection = connect(spill=folder)
        lines = scan(connection, path, "transactions")
        clock = time.perf_counter()
        lists = recommend(lines, lines.filter(lines.quantity < 0), "2026-01-01")
        seconds = time.perf_counter() - clock
        with (folder / "recommendations.parquet").open("wb") as sink:
            write(lists, ARTIFACTS["recommendations"], sink)
        whole = time.perf_counter() - clock
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        count = lines.count().to_pyarrow().as_py()
        print(
            f"{count:,} lines -> {lists.num_rows:,} rows in {seconds:.1f} s, "
            f"{whole:.1f} s with writing; peak {peak:.2f} GB"
        )


if __name__ == "__main__":
    main()

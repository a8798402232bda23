"""How long a large csv takes to read, and its memory: python benchmarks/big_csv.py [GIGABYTES].

Made-up order lines in a header that custseg has to propose a mapping for, with text, dates and
decimals in every row, are read by `custseg download` in a process of its own.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.csv

GIGABYTES = 1.3
BLOCK = 500_000
"""Rows made at a time."""
CUSTOMERS = 900_000
PRODUCTS = 20_000
SECONDS = 700 * 86_400
SEED = 1


def block(draw: np.random.Generator, first: int) -> pa.Table:
    """Some order lines, three to an order."""
    order = np.arange(first, first + BLOCK) // 3
    product = draw.integers(1, PRODUCTS, BLOCK)
    moment = np.datetime64("2023-01-01", "s") + draw.integers(0, SECONDS, BLOCK)[order % BLOCK]
    return pa.table(
        {
            "Order Number": order,
            "Customer ID": draw.integers(1, CUSTOMERS, BLOCK),
            "Order Date": pa.array(moment),
            "SKU": pa.array(np.char.add("P", product.astype(str))),
            "Product Name": pa.array(
                np.char.add("Product of the catalogue, no. ", product.astype(str))
            ),
            "Quantity": draw.integers(1, 9, BLOCK),
            "Price": draw.integers(100, 9_999, BLOCK) / 100,
            "Country": pa.array(np.full(BLOCK, "Germany")),
        }
    )


def main() -> None:
    """Make the file, read it and print the figures."""
    size = float(sys.argv[1]) if len(sys.argv) > 1 else GIGABYTES
    draw = np.random.default_rng(SEED)
    with TemporaryDirectory() as name:
        path = Path(name) / "orders.csv"
        rows = 0
        with path.open("wb") as stream:
            while stream.tell() < size * 1e9:
                options = pyarrow.csv.WriteOptions(include_header=not rows)
                pyarrow.csv.write_csv(block(draw, rows), stream, options)
                rows += BLOCK
        clock = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "custseg", "download", str(path), "-w", f"{name}/shop", "-q"],
            check=True,
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
        )
        seconds = time.perf_counter() - clock
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
        print(
            f"{path.stat().st_size / 1e9:.2f} GB, {rows:,} rows: {seconds:.0f} s, "
            f"peak {peak:.2f} GB"
        )


if __name__ == "__main__":
    main()

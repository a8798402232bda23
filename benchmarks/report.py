"""How long the report takes, and how large its page is: python benchmarks/report.py [CUSTOMERS].

Simulated orders of a million customers go through every stage but the side studies; the stages
`summarise` and `report` are what the report costs beyond the model.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

CUSTOMERS = 1_000_000
PRODUCTS = 2_000
EAGER = 0.1
"""Share of customers who buy ten times as often and as much."""
AT_HOME = 0.8
SEED = 1


def orders(customers: int) -> pa.Table:
    """About four lines per customer over two years; a tenth buys ten times as often and as much."""
    draw = np.random.default_rng(SEED)
    eager = draw.random(customers) < EAGER
    lines = draw.geometric(np.where(eager, 0.06, 0.4))
    owner = np.repeat(np.arange(customers), lines)
    first = draw.integers(0, 700, customers)
    day = first[owner] + (draw.random(len(owner)) * (730 - first[owner])).astype(int)
    price = np.round(np.exp(draw.normal(1.5, 0.6, PRODUCTS)), 2)
    product = (PRODUCTS * draw.random(len(owner)) ** 2).astype(int)
    quantity = draw.geometric(np.where(eager, 0.05, 0.3)[owner])
    moment = (
        np.datetime64("2022-01-01", "s") + day * 86_400 + draw.integers(30_000, 80_000, len(owner))
    )
    return pa.table(
        {
            "customer_id": pa.array(np.char.add("c", owner.astype(str))),
            "order_id": pa.array(np.char.add(np.char.add(owner.astype(str), "-"), day.astype(str))),
            "product_id": pa.array(np.char.add("p", product.astype(str))),
            "description": pa.array(np.char.add("PRODUCT ", product.astype(str))),
            "quantity": quantity,
            "unit_price": price[product],
            "ordered_at": pa.array(moment),
            "country": pa.array(np.where(draw.random(len(owner)) < AT_HOME, "Norway", "Sweden")),
        }
    )


def main() -> None:
    """Run it and print the figures."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS
    with TemporaryDirectory() as name:
        folder = Path(name)
        table = orders(customers)
        pq.write_table(table, folder / "orders.parquet")
        print(f"{customers:,} customers, {table.num_rows:,} lines")
        env = os.environ | {
            "CUSTSEG_RUN__THOROUGH": "false",
            "CUSTSEG_MODEL__ALGORITHM": "minibatch",
            "CUSTSEG_MODEL__K": "7",
        }
        done = subprocess.run(
            ["custseg", "run-all", folder / "orders.parquet", "-w", folder / "w", "--json"],
            env=env,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        for stage in json.loads(done.stdout)["stages"]:
            print(f"{stage['stage']:>10}  {stage['seconds']:7.1f} s")
        for file in ("report.html", "segments.xlsx"):
            print(f"{file} {(folder / 'w' / file).stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()

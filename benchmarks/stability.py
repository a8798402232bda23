"""The chosen k and its stability at nine past dates of Online Retail.

Usage: python benchmarks/stability.py online_retail.parquet
Prints a row per date: mean adjusted Rand index for k = 4 to 8, the choice, its smallest segment.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

from custseg.engine.base import fetch_frame
from custseg.orders.cleaning import clean
from custseg.orders.customer_features import features
from custseg.segments.model.select_k import select_k
from custseg.settings import CleanSettings, ModelSettings
from custseg.sources.raw import read_orders

DATES = (
    *(date(2011, month, 1) for month in (6, 7, 8, 9)),
    date(2011, 9, 10),
    *(date(2011, month, 1) for month in (10, 11, 12)),
    date(2011, 12, 10),
)
KS = range(4, 9)


def main(source: Path) -> None:
    """Print the table."""
    print("date      ", *(f"{k:>6}" for k in KS), "chosen  smallest")
    with tempfile.TemporaryDirectory() as scratch:
        orders = read_orders(source, Path(scratch))
        for day in DATES:
            cleaned = clean(orders.raw, orders.preset, settings=CleanSettings(as_of=day))
            table = features(cleaned.transactions, cleaned.removed, cleaned.as_of)
            selected = select_k(
                fetch_frame(table.order_by("customer_id")), ModelSettings(kmin=4, kmax=8)
            )
            scores = selected.k_scores.set_index("k")
            stability, smallest = (
                scores[name].to_dict() for name in ("stability", "smallest_share")
            )
            print(
                day,
                *(f"{stability[k]:>6.3f}" for k in KS),
                f"{selected.k:>6}  {smallest[selected.k]:>8.1%}",
                flush=True,
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]))

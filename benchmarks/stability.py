"""The chosen k and its stability at nine past dates of Online Retail.

Usage: python benchmarks/stability.py online_retail.parquet
Prints a row per date: mean adjusted Rand index for k = 4 to 8, the choice, its smallest segment.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

from custseg.orders.judging import judge
from custseg.orders.known import known_at
from custseg.segments.model.outlook_axis import learn_outlook
from custseg.segments.model.select_k import select_k
from custseg.settings import ModelSettings, RunSettings
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
            known = known_at(judge(orders.raw, orders.preset), day)
            learned = learn_outlook(
                orders.raw, known.transactions, known.measured, orders.preset, day.isoformat()
            )
            selected = select_k(
                known.features,
                ModelSettings(kmin=4, kmax=8),
                RunSettings(thorough=True),
                outlook_axis=learned.outlook_axis,
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

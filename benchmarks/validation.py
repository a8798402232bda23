"""Predictive power on Online Retail, seven segments, mean of three past dates.

Usage: python benchmarks/validation.py online_retail.parquet [date …]
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import custseg
from custseg.settings import CleanSettings, InventorySettings, ValidationSettings

DATES = ("2011-06-01", "2011-08-01", "2011-09-10")
END = "2011-12-10"
SEGMENTS = 7


def main(source: Path, dates: tuple[date, ...]) -> None:
    """Print the figures by date, their means, and the seconds."""
    with tempfile.TemporaryDirectory() as scratch:
        orders = custseg.read_orders(source, Path(scratch))
        start = time.perf_counter()
        settings = ValidationSettings(dates=dates)
        ends = CleanSettings(as_of=date.fromisoformat(END))
        past = custseg.prepare_past(
            orders.raw,
            custseg.clean(orders.raw, orders.preset, settings=ends).transactions,
            orders.preset,
            END,
            SEGMENTS,
            validation_settings=settings,
            inventory_settings=InventorySettings(tests=0),
        )
        found = custseg.validate(past.past_validation, past.not_validated_because, settings)
        seconds = time.perf_counter() - start
    print(found.validation.round(3).to_string(index=False))
    means = found.validation.groupby("method", sort=False)[["r2", "auc", "lead", "lead_se"]].mean()
    print(means.round(3).to_string())
    print(found.validation_segments.round(3).to_string(index=False))
    print(found.validation_verdict)
    # `value` and `backtest` look back from one more date.
    print(f"{seconds / (len(dates) + 1):.1f} s per date")


if __name__ == "__main__":
    main(Path(sys.argv[1]), tuple(date.fromisoformat(day) for day in sys.argv[2:] or DATES))

"""The forecasts of `custseg value` and a rival learned from the shop's past, on six past dates.

Usage: python benchmarks/value_models.py online_retail.parquet CDNOW_master.txt
Prints the table of docs/value.md.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.linear_model import PoissonRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from custseg.artifacts import ARTIFACTS
from custseg.engine.duckdb import connect
from custseg.orders.cleaning import clean
from custseg.outlook.hindsight import Hindsight, each_date
from custseg.outlook.lifetime.backtest import candidates
from custseg.outlook.past import prepare_past
from custseg.settings import CleanSettings, InventorySettings, ValueSettings
from custseg.sources.raw import read_orders

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

DAYS = 90
ONLINE_RETAIL = (date(2011, 6, 1), date(2011, 8, 1), date(2011, 9, 10))
CDNOW = (date(1997, 10, 1), date(1998, 1, 1), date(1998, 4, 1))


def cdnow(path: Path) -> ir.Table:
    """CDNOW as raw order lines: a customer's day is an order, and its amount its line total."""
    lines = pd.read_csv(path, sep=r"\s+", dtype={"customer_id": str, "date": str})
    days = lines.groupby(["customer_id", "date"], as_index=False)["dollar_value"].sum()
    raw = pd.DataFrame(
        {
            "customer_id": days["customer_id"],
            "order_id": days["customer_id"] + " " + days["date"],
            "quantity": 1.0,
            "unit_price": days["dollar_value"].round(2),
            "amount": days["dollar_value"].round(2),
            "ordered_at": pd.to_datetime(days["date"]),
            "source_file": path.name,
            "source_row": range(len(days)),
        }
    )
    schema = ARTIFACTS["raw"].schema()
    columns = [
        pa.array(raw[field.name]).cast(field.type, safe=False)
        if field.name in raw
        else pa.nulls(len(raw), field.type)
        for field in schema
    ]
    return ibis.memtable(pa.Table.from_arrays(columns, schema=schema))


def look_back(raw: ir.Table, preset: str, cut_off: date) -> Hindsight:
    """The customers known at a date, and what the 90 days after it brought."""
    end = cut_off + timedelta(days=DAYS)
    kept = clean(raw, preset, settings=CleanSettings(as_of=end)).transactions
    past = prepare_past(
        raw,
        kept,
        preset,
        end.isoformat(),
        2,
        value_settings=ValueSettings(horizon_days=DAYS),
        inventory_settings=InventorySettings(tests=0),
    )
    return next(each_date(past.past_value))


def learned(before: Hindsight, now: Hindsight) -> dict[str, NDArray[np.float64]]:
    """Poisson regressions of what the 90 days before brought, applied to the 90 days ahead."""
    forecasts = {}
    for what in ("orders", "spend"):
        came = before.customers[f"{what}_after"]
        unit = float(came.mean())
        model = make_pipeline(StandardScaler(), PoissonRegressor(alpha=1e-3, max_iter=1000))
        model.fit(logarithms(before.customers), np.maximum(came, 0) / unit)
        forecasts[what] = model.predict(logarithms(now.customers)) * unit
    return forecasts


def logarithms(features: pd.DataFrame) -> NDArray[np.float64]:
    """What the regressions see."""
    names = ["recency_days", "frequency", "active_days", "tenure_days", "average_order_value"]
    logs = np.log1p(features[names].to_numpy(np.float64))
    return np.column_stack([logs, logs[:, 0] * logs[:, 1], logs[:, 0] ** 2])


def report(raw: ir.Table, preset: str, shop: str, dates: tuple[date, ...]) -> None:
    """Print a line for each date and model."""
    for cut_off in dates:
        now = look_back(raw, preset, cut_off)
        before = look_back(raw, preset, cut_off - timedelta(days=DAYS))
        earlier = {test.model: test for test in candidates(before, "mbg-nbd", DAYS)}
        for test in candidates(now, "mbg-nbd", DAYS):
            total, cells = test.total, []
            for calibrate in ("none", "spend", "both"):
                factors = earlier[test.model].factors(calibrate)
                cells.append(
                    f"{calibrate} {factors.orders / test.ratio('orders'):.2f} "
                    f"{factors.spend / test.ratio('spend'):.2f}"
                )
            print(
                f"{shop} {cut_off} {len(now.customers):,} {test.model:8} {'; '.join(cells)}; MAE "
                f"{total['orders_error']:.3f} {total['spend_error']:.1f}; rank "
                f"{total['orders_rank_correlation']:.3f} {total['spend_rank_correlation']:.3f}"
            )
        rival = learned(before, now)
        cells = []
        for what in ("orders", "spend"):
            came, forecast = now.customers[f"{what}_after"], pd.Series(rival[what])
            cells.append(
                f"{forecast.sum() / came.sum():.2f}, MAE {(forecast - came).abs().mean():.3f}, "
                f"rank {forecast.rank().corr(came.rank()):.3f}"
            )
        print(f"{shop} {cut_off} learned: orders {cells[0]}; spend {cells[1]}")


if __name__ == "__main__":
    ibis.set_backend(connect())
    with tempfile.TemporaryDirectory() as scratch:
        orders = read_orders(Path(sys.argv[1]), Path(scratch))
        report(orders.raw, orders.preset, "Online Retail", ONLINE_RETAIL)
    report(cdnow(Path(sys.argv[2])), "none", "CDNOW", CDNOW)

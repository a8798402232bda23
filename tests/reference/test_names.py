"""Names on real shops: each is true of a customer, or the customer is marked."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from custseg.orders.judging import judge
from custseg.orders.known import known_at
from custseg.segments.model.fit import fit
from custseg.segments.model.outlook_axis import learn_outlook
from custseg.settings import DemoSettings
from custseg.sources.files.demo import simulate, write_csv
from custseg.sources.raw import read_orders
from tests.claims_by_hand import by_hand

if TYPE_CHECKING:
    from collections.abc import Callable


def hold_names(path: Path, day: str, k: int) -> set[str]:
    """Check every customer known then; returns the names."""
    with tempfile.TemporaryDirectory() as scratch:
        orders = read_orders(path, Path(scratch))
        raw = orders.raw.cache()
        known = known_at(judge(raw, orders.preset), date.fromisoformat(day))
        axis = learn_outlook(raw, known.transactions, known.measured, orders.preset, day)
    features = known.features
    fitted = fit(features, k, outlook_axis=axis.outlook_axis)
    rules = fitted.segment_names.set_index("segment")["rule"]
    true = by_hand(features, fitted.segments["segment"].map(rules))
    assert fitted.segments["fits_name"].tolist() == true
    assert (fitted.segments.groupby("segment")["fits_name"].mean() >= 0.9).all()
    return set(rules)


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("file", "day", "lasting"),
    [
        (
            "online_retail/online_retail.parquet",
            "2011-09-10",
            {"Champions", "Loyal"},
        ),
        ("cdnow/CDNOW_master.txt", "1998-04-02", {"Champions"}),
    ],
)
def test_a_name_is_true_of_a_customer_of_a_real_shop_or_they_are_marked(
    real_data: Callable[[str], Path], file: str, day: str, lasting: set[str]
) -> None:
    assert hold_names(real_data(file), day, 7) >= lasting


def test_a_name_is_true_of_a_customer_of_the_demo_store_or_they_are_marked(tmp_path: Path) -> None:
    with (tmp_path / "orders.csv").open("wb") as stream:
        write_csv(simulate(DemoSettings(customers=400)).lines, stream)
    assert "Champions" in hold_names(tmp_path / "orders.csv", "2023-10-01", 6)

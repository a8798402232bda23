"""Shops in random dialects and shapes are read to the penny, or asked about; never wrong unsaid."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from custseg.engine.base import fetch
from custseg.errors import DataError
from custseg.orders.cleaning import clean
from custseg.sources.files.places import places
from custseg.sources.raw import read_orders
from tests.sources.random_shops import Shop

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

MOST_ASKED = 0.15


def read(shop: Shop, folder: Path) -> tuple[Decimal, int, int]:
    """Revenue, orders and customers that custseg finds, told nothing."""
    raw = read_orders(places([str(shop.write(folder))]), folder)
    lines = clean(raw.raw.cache(), raw.preset, raw.rejected_rows).transactions
    found = fetch(
        lines.aggregate(
            revenue=lines.amount.sum(),
            orders=lines.order_id.nunique(),
            customers=lines.customer_id.nunique(),
        )
    )[0]
    return found["revenue"], found["orders"], found["customers"]


@pytest.mark.parametrize("shops", [4, pytest.param(1000, marks=pytest.mark.nightly)])
def test_random_shops_are_read_to_the_penny_or_asked_about(shops, tmp_path, capsys):
    asked: Counter[str] = Counter()
    wrong = {}
    for seed in range(shops):
        shop = Shop.drawn(seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        try:
            found = read(shop, folder)
        except DataError as question:
            asked[f"{shop.money}, {shop.kind}: {question.message[-90:]}"] += 1
            continue
        if found != shop.truth:
            wrong[seed] = (
                shop.language,
                shop.money,
                shop.kind,
                shop.fill_down,
                shop.summary,
                found,
            )
    with capsys.disabled():
        share = asked.total() / shops
        print(f"\n{shops - asked.total()} of {shops} shops read, {share:.1%} asked about")
    assert not wrong
    assert share <= MOST_ASKED, asked

"""Figures of a segment for tests of the playbook, from what differs from an ordinary one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from custseg.offers.playbook.figures import Figures, Group

SHOP = Group(
    customers=1000,
    recency=60,
    orders=3,
    spend=300,
    tenure=400,
    basket=100,
    gap=50,
    value=100_000,
    orders_ahead=500,
    buying=0.4,
)
OWN = replace(SHOP, customers=200, recency=20, value=20_000, orders_ahead=100)


def figures(
    name: str = "Loyal",
    *,
    shop: Group = SHOP,
    late: float = 0.3,
    brought: float = 0.2,
    **own: Any,
) -> Figures:
    """An ordinary segment of a fifth of the shop's customers and of its expected spend."""
    return Figures(
        segment=1,
        name=name,
        own=replace(OWN, **own),
        shop=shop,
        revenue_share=brought,
        overdue_share=late if shop.gap is not None else None,
        value_low=15_000,
        value_high=25_000,
        orders_low=80,
        orders_high=120,
        basis="tested",
        spread=100,
        weekday=None,
        hour=None,
        history=500,
    )

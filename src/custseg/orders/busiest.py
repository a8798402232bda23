"""One customer id with more orders than a person places stands for everybody without one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import ibis

from custseg.engine.base import fetch
from custseg.words.figures import counted, percent

if TYPE_CHECKING:
    from decimal import Decimal
    from typing import Literal

    import ibis.expr.types as ir

_LEAST: Final = 50
"""Orders below which nobody is conspicuous."""
_TIMES: Final = 10
"""As many times the orders of the customer with the next most."""
_NOTED_SHARE: Final = 0.15
_SHARE: Final = 0.4
"""Of all orders. A firm that a shop mainly lives on may well have a third of them."""
_PER_DAY: Final = 2
"""Orders a day, on the mean of the days on which there is one."""


@dataclass(frozen=True)
class Busiest:
    """The customer with the most orders, where that is far more than anybody else's."""

    customer_id: str
    orders: int
    share: float
    """Of all orders."""
    value: Decimal | None
    is_nobody: bool

    def note(self) -> str:
        """Say what was taken for nobody or for somebody, without the id."""
        money = "" if self.value is None else f" ({self.value:,.2f})"
        if self.is_nobody:
            return (
                f"One customer id holds {counted(self.orders, 'order', 'orders')}{money}, "
                f"{percent(self.share)} of all and more than a person places: it is taken for "
                "orders without a customer. If it is one customer: [clean] busiest_customer = "
                '"somebody"'
            )
        return (
            f"One customer id holds {counted(self.orders, 'order', 'orders')}{money}, "
            f"{percent(self.share)} of all. If it stands for guests: [clean] busiest_customer = "
            '"nobody"; if not: "somebody"'
        )


def busiest_customer(
    bought: ir.Table, treatment: Literal["auto", "somebody", "nobody"]
) -> Busiest | None:
    """Find a customer whose orders are far more than anybody else's.

    On "auto" it is nobody where it has at least 50 orders, ten times as many as the next, 40 % of
    all orders, and two or more a day on which it orders at all. From 15 % of all orders on it is
    told, and counts.

    Parameters
    ----------
    bought
        A tally of lines bought that count, with order ids.
    treatment
        Whether the settings say what it is.
    """
    if treatment == "somebody":
        return None
    customers = (
        bought.filter(bought.customer_id.notnull())
        .group_by("customer_id")
        .agg(
            orders=bought.order_id.nunique(),
            days=bought.day.nunique(),
            value=bought.value.sum(),
        )
        .cache()
    )
    most = fetch(customers.order_by(ibis.desc("orders"), "customer_id").limit(2))
    if not most:
        return None
    first, following = most[0], most[1]["orders"] if most[1:] else 0
    if treatment == "auto" and (first["orders"] < _LEAST or first["orders"] < _TIMES * following):
        return None
    share = first["orders"] / fetch(customers.aggregate(n=customers.orders.sum()))[0]["n"]
    unlikely = share >= _SHARE and first["orders"] >= _PER_DAY * first["days"]
    # A shop's only customer is one.
    is_nobody = treatment == "nobody" or (unlikely and following > 0)
    if not is_nobody and (share < _NOTED_SHARE or not following):
        return None
    return Busiest(first["customer_id"], first["orders"], share, first["value"], is_nobody)

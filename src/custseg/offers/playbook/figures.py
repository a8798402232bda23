"""What a plan rests on: figures of a segment beside those of the shop."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from custseg.orders.money import has_money
from custseg.outlook.lifetime.forecast import history_known

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

Basis = Literal["tested", "untested", "left_out", "too_young"]

MEDIANS: Final = {
    "recency": "recency_days",
    "orders": "frequency",
    "spend": "monetary",
    "tenure": "tenure_days",
    "basket": "average_order_value",
}
FEWEST_RETURNED: Final = 10
"""Customers who came back that a median gap between orders needs at least."""
_CLEAR_Z: Final = 3.0
"""Standard errors by which a weekday or hour has to stand out: chance makes the highest of 24
hours do so in about 3 % of segments."""
_CLEAR_RATIO: Final = 1.2
"""… and times the others' share: with 100,000 orders the least difference is certain."""


@dataclass(frozen=True)
class Group:
    """Customers in figures: a segment, or the whole shop."""

    customers: int
    recency: float
    """Median days since the last order; the next four are medians too."""
    orders: float
    spend: float
    """Net spend so far, shop currency; NaN where there are no amounts, as is the basket."""
    tenure: float
    """Days since the first order."""
    basket: float
    """Net spend per order."""
    gap: float | None
    """Median days between orders; None where fewer than 10 customers came back."""
    value: float | None
    """Net spend expected of all of them within the horizon; None where there are no amounts, or no
    forecast, as are the next two."""
    orders_ahead: float | None
    """Orders expected of all of them within the horizon."""
    buying: float | None
    """Share of them expected to order within the horizon without being asked."""

    @property
    def value_each(self) -> float | None:
        """Net spend expected of the mean customer within the horizon."""
        return None if self.value is None else self.value / self.customers

    @property
    def stake(self) -> float | None:
        """What is expected of all of them: spend, or orders where there are no amounts."""
        return self.orders_ahead if self.value is None else self.value


@dataclass(frozen=True)
class Peak:
    """A weekday (0 is Monday) or hour that has more of the segment's orders than of the others'."""

    at: int
    share: float
    others: float


@dataclass(frozen=True)
class Figures:
    """One segment's figures."""

    segment: int
    name: str
    own: Group
    shop: Group
    revenue_share: float
    """Its share of the revenue so far; without amounts, of the orders."""
    overdue_share: float | None
    """Share of it whose last order is longer ago than their own usual gap, or than the shop's
    where they have none; None where the shop has none."""
    value_low: float | None
    """Low end of an 80 % band about `own.value`; None without a back-test."""
    value_high: float | None
    basis: Basis
    """Whether the forecast was back-tested, couldn't be, was studied by nobody, or none is made."""
    orders_low: float | None
    """Low end of an 80 % band about `own.orders_ahead`; None without a back-test."""
    orders_high: float | None
    spread: float
    """Standard deviation of customers' spend over as many days as the horizon has; NaN where there
    are no amounts."""
    weekday: Peak | None
    hour: Peak | None
    history: int
    """Days since the shop's first order."""
    misfits: int = 0
    """Customers of it of whom its name is not true: lists leave them out."""

    @property
    def listed(self) -> int:
        """Customers of it whom lists hold."""
        return self.own.customers - self.misfits

    @property
    def customer_share(self) -> float:
        """Its share of the shop's customers."""
        return self.own.customers / self.shop.customers

    @property
    def money(self) -> bool:
        """Whether the orders have amounts."""
        return not math.isnan(self.shop.spend)

    @property
    def forecast(self) -> bool:
        """Whether the shop's past is long enough for a forecast."""
        return self.own.buying is not None

    @property
    def value_share(self) -> float | None:
        """Its share of the spend (without amounts, the orders) expected of the shop."""
        own, all_of_it = self.own.stake, self.shop.stake
        if own is None or all_of_it is None:
            return None
        return own / all_of_it if all_of_it > 0 else 0.0

    @property
    def wait(self) -> float | None:
        """Days after which an order is due: its own usual gap, or the shop's."""
        return self.own.gap if self.own.gap is not None else self.shop.gap


def measure(
    members: pd.DataFrame,
    times: pd.DataFrame,
    segment_value: pd.DataFrame,
    basis: Basis,
    stretch: float,
) -> Iterator[Figures]:
    """Measure each segment.

    Parameters
    ----------
    members
        Features and segment of every customer, and whether they fit its name.
    times
        Orders per segment, weekday and hour: the artifact `profile_times`.
    segment_value
        Each segment's forecast; `basis` "left_out" needs no band. Where its figures are missing,
        the shop is too young for one.
    basis
        What that forecast rests on.
    stretch
        Horizon of the forecast / days that `recent_spend` is of.
    """
    buyers = (segment_value["buying_probability"] * segment_value["customers"]).sum(skipna=False)
    everyone = _group(
        members,
        float(segment_value["expected_spend"].sum()),
        float(segment_value["expected_orders"].sum()),
        float(buyers / len(members)),
    )
    if everyone.buying is None:
        basis = "too_young"
    brought = members["monetary" if has_money(members) else "frequency"].astype(float)
    usual = members["gap_days_mean"].astype(float)
    if everyone.gap is not None:
        usual = usual.fillna(everyone.gap)
    late = members["recency_days"] > usual
    for forecast in segment_value.to_dict("records"):
        number = forecast["segment"]
        group = members[members["segment"] == number]
        tested = basis == "tested" and not math.isnan(forecast["orders_low"])
        banded = tested and has_money(members)
        own = times["segment"] == number
        spread = float(group["recent_spend"].astype(float).std(ddof=0))
        yield Figures(
            segment=int(number),
            name=str(forecast["segment_name"]),
            own=_group(
                group,
                float(forecast["expected_spend"]),
                float(forecast["expected_orders"]),
                float(forecast["buying_probability"]),
            ),
            shop=everyone,
            revenue_share=(
                float(brought[group.index].sum() / brought.sum()) if brought.sum() > 0 else 0.0
            ),
            overdue_share=None if everyone.gap is None else float(late[group.index].mean()),
            value_low=float(forecast["spend_low"]) if banded else None,
            value_high=float(forecast["spend_high"]) if banded else None,
            orders_low=float(forecast["orders_low"]) if tested else None,
            orders_high=float(forecast["orders_high"]) if tested else None,
            basis="untested" if basis == "tested" and not tested else basis,
            # Spend over twice the days varies twice as much, days being alike.
            spread=spread * stretch**0.5,
            weekday=_peak(times, own, "weekday"),
            hour=_peak(times, own, "hour"),
            history=history_known(members),
            misfits=int((~group["fits_name"]).sum()),
        )


def _group(members: pd.DataFrame, value: float, orders_ahead: float, buying: float) -> Group:
    medians = members[list(MEDIANS.values())].astype(float).median()
    gaps = members["gap_days_mean"].dropna()
    forecast = not math.isnan(buying)
    return Group(
        customers=len(members),
        **{name: float(medians[column]) for name, column in MEDIANS.items()},
        gap=float(gaps.median()) if len(gaps) >= FEWEST_RETURNED else None,
        value=value if forecast and has_money(members) else None,
        orders_ahead=orders_ahead if forecast else None,
        buying=buying if forecast else None,
    )


def _peak(times: pd.DataFrame, own: pd.Series[bool], unit: str) -> Peak | None:
    """The time at which the segment orders more than all others, if one stands out clearly."""
    counts = times.assign(own=own).pivot_table(
        index=unit, columns="own", values="orders", aggfunc="sum", fill_value=0
    )
    if counts.shape[1] == 1 or len(counts) == 1:
        return None
    sums = counts.sum()
    share, others = counts[True] / sums[True], counts[False] / sums[False]
    pooled = counts.sum(axis=1) / sums.sum()
    error = (pooled * (1 - pooled) * (1 / sums[True] + 1 / sums[False])) ** 0.5
    z = (share - others) / error
    often = share >= 1 / len(counts)
    clear = z[often & (z >= _CLEAR_Z) & (share >= _CLEAR_RATIO * others)]
    if not len(clear):
        return None
    at = int(clear.index[int(clear.argmax())])
    return Peak(at, float(share[at]), float(others[at]))

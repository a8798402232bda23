"""What moves: sales of late, regulars who slip away, products that lose their buyers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import ibis
import numpy as np
from scipy.stats import false_discovery_control, norm

from custseg.engine.base import fetch, fetch_frame, register
from custseg.orders.customer_features import days_until
from custseg.orders.lines import between, product_descriptions, products_bought, within
from custseg.report.summary.segment import Slipping
from custseg.report.summary.studies import LeavingProduct, SlippingTest, Window

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from custseg.settings import SummarySettings

YEAR: Final = 365
LATELY: Final = 30
"""Days that the first figures of the page are of."""
EVERYONE: Final = 0
"""In place of a segment."""
_MOST_LEAVING: Final = 10


def windows(transactions: ir.Table, as_of: date, days: int, first: date) -> tuple[Window, ...]:
    """Customers, orders and revenue of stretches of days.

    The last `days` days, as many before them, and as many that ended a year ago: each where the
    shop's orders go back to its start. Not by segment: who bought lately is in another segment for
    that very reason.
    """
    stretches = (window(transactions, as_of, days, ago, first) for ago in (0, days, YEAR))
    return tuple(known for known in stretches if known is not None)


def window(transactions: ir.Table, as_of: date, days: int, ago: int, first: date) -> Window | None:
    """Customers, orders and revenue of so many days that ended some days ago, if they are known."""
    end = as_of - timedelta(days=ago)
    if ago < 0 or end - timedelta(days=days) < first:
        return None
    lines = between(transactions, end - timedelta(days=days), end)
    bought = lines.filter(lines.quantity > 0)
    (sums,) = fetch(lines.agg(revenue=lines.amount.sum()))
    (counts,) = fetch(bought.agg(customers=bought.customer_id.nunique()))
    (orders,) = fetch(
        bought.select("customer_id", "order_id").distinct().agg(n=lambda t: t.count())
    )
    return Window(days, ago, counts["customers"], orders["n"], sums["revenue"] or Decimal(0))


def lately(transactions: ir.Table, as_of: date, first: date) -> tuple[Window, ...]:
    """The last 30 days and the 30 before, where the orders go back so far, with first orders."""
    found = [
        known
        for ago in (0, LATELY)
        if (known := window(transactions, as_of, LATELY, ago, first)) is not None
    ]
    if not found:
        return ()
    bought = transactions.filter(transactions.quantity > 0)
    firsts = bought.group_by("customer_id").agg(at=bought.ordered_at.min())
    counts = {}
    for one in found:
        end = as_of - timedelta(days=one.ended_days_ago)
        counts[f"n{one.ended_days_ago}"] = within(
            firsts["at"], end - timedelta(days=one.days), end
        ).sum()
    (newcomers,) = fetch(firsts.agg(**counts))
    return tuple(
        replace(one, newcomers=int(newcomers[f"n{one.ended_days_ago}"] or 0)) for one in found
    )


@dataclass(frozen=True)
class Regulars:
    """Customers with a usual wait: who of them slips."""

    table: pd.DataFrame
    """customer_id, segment, slipping and buying_probability of each."""

    @classmethod
    def among(cls, members: pd.DataFrame, settings: SummarySettings) -> Regulars:
        """Find them.

        Who has been silent for `slipping_after` times the mean gap between the days on which they
        ordered slips. (Overdue, among the features, counts the silence itself into the usual wait,
        and so can't exceed the number of these days.)
        """
        own = members[members["active_days"] >= settings.regular_days]
        # A sum of whole days, over their number.
        span = (own["gap_days_mean"] * (own["active_days"] - 1)).round()
        away = _slips(own["recency_days"], span, own["active_days"], settings)
        return cls(own[["customer_id", "segment", "buying_probability"]].assign(slipping=away))


def _slips(
    silent: pd.Series[int], span: pd.Series[int], days: pd.Series[int], settings: SummarySettings
) -> pd.Series[bool]:
    """Whether a silence is so many mean gaps long, exactly where it is just so long.

    Parameters
    ----------
    silent, span, days
        Whole days since the last order, from the first order's date to its date, and the number of
        dates with an order.
    """
    return silent * (days - 1) >= settings.slipping_after * span


def slipping(
    regulars: Regulars, transactions: ir.Table, as_of: date, segments: list[int]
) -> dict[int, Slipping]:
    """Count who slips, and what they spent in the last 365 days, by segment and for all."""
    table = regulars.table
    lines = between(transactions, as_of - timedelta(days=YEAR), as_of)
    mine = register(table[["customer_id", "segment", "slipping"]], lines)
    joined = lines.inner_join(mine, "customer_id")
    spent = fetch(joined.group_by(["segment", "slipping"]).agg(revenue=joined.amount.sum()))

    def revenue(segment: int, *, of_all: bool) -> Decimal:
        counted = (
            row["revenue"] or Decimal(0)
            for row in spent
            if segment in {EVERYONE, row["segment"]} and (of_all or row["slipping"])
        )
        return sum(counted, Decimal(0))

    found = {}
    for segment in (EVERYONE, *segments):
        own = table if segment == EVERYONE else table[table["segment"] == segment]
        away = own[own["slipping"]]
        chance = away["buying_probability"].mean()
        found[segment] = Slipping(
            regulars=len(own),
            customers=len(away),
            year_revenue=revenue(segment, of_all=False),
            regulars_year_revenue=revenue(segment, of_all=True),
            buying_probability=None if np.isnan(chance) else float(chance),
        )
    return found


def slipping_test(
    transactions: ir.Table, as_of: date, days: int, settings: SummarySettings
) -> SlippingTest | None:
    """Look what became of those who were slipping some days ago, beside the other regulars.

    The orders are those that count today: what has gone back since is no order then either.

    Returns
    -------
    SlippingTest or None
        None where nobody was slipping, or all regulars were.
    """
    cut_off = as_of - timedelta(days=days)
    midnight = ibis.timestamp(cut_off.isoformat())
    bought = transactions.filter(transactions.quantity > 0)
    when = bought.ordered_at
    known = when < midnight
    each = bought.group_by("customer_id").agg(
        first=when.min(where=known).date(),
        last=when.max(where=known),
        days=when.date().nunique(where=known),
        back=(when >= midnight).any(),
    )
    regular = each.filter(each.days >= settings.regular_days)
    frame = fetch_frame(
        regular.select(
            silent=days_until(midnight, regular["last"]),
            span=regular["last"].date().delta(regular["first"], unit="day"),
            days=regular.days,
            back=regular.back,
        )
    )
    away = _slips(frame["silent"], frame["span"], frame["days"], settings)
    if not 0 < away.sum() < len(frame):
        return None
    return SlippingTest(
        cut_off=cut_off.isoformat(),
        days=days,
        slipping=int(away.sum()),
        came_back=int(frame["back"][away].sum()),
        others=int((~away).sum()),
        others_came_back=int(frame["back"][~away].sum()),
    )


def leaving(
    regulars: Regulars, transactions: ir.Table, as_of: date, settings: SummarySettings
) -> tuple[LeavingProduct, ...]:
    """Find products whose regular buyers slip more often than the shop's others do.

    One-sided z test of two proportions (pooled) between the regulars who bought the product in the
    last 365 days and the other regulars who bought anything in them; Benjamini & Hochberg (1995)
    over all products with enough buyers. The first are those with most slipping buyers.
    """
    table = regulars.table
    lines = products_bought(between(transactions, as_of - timedelta(days=YEAR), as_of))
    joined = lines.inner_join(register(table[["customer_id", "slipping"]], lines), "customer_id")
    sums = {
        "regulars": joined.customer_id.nunique(),
        "slipping": joined.customer_id.nunique(where=joined.slipping),
    }
    counted = fetch_frame(joined.group_by("product_id").agg(**sums).order_by("product_id"))
    counted = counted[counted["regulars"] >= settings.min_buyers]
    (everyone,) = fetch(joined.agg(**sums))
    if counted.empty or not everyone["slipping"]:
        return ()
    tested = _tested(counted, everyone["regulars"], everyone["slipping"])
    kept = tested[tested["q_value"] <= settings.false_discovery_rate]
    kept = kept.sort_values(["slipping", "product_id"], ascending=[False, True])[:_MOST_LEAVING]
    if kept.empty:
        return ()
    chosen = joined.filter(joined.product_id.isin(kept["product_id"].tolist()))
    spent = {
        row["product_id"]: row["revenue"]
        for row in fetch(
            chosen.group_by("product_id").agg(revenue=chosen.amount.sum(where=chosen.slipping))
        )
    }
    names = {row["product_id"]: row["description"] for row in fetch(product_descriptions(chosen))}
    return tuple(
        LeavingProduct(
            product_id=row["product_id"],
            description=(names[row["product_id"]] or row["product_id"]).strip(),
            regulars=int(row["regulars"]),
            slipping=int(row["slipping"]),
            share=row["slipping"] / row["regulars"],
            year_revenue=spent[row["product_id"]] or Decimal(0),
            q_value=row["q_value"],
        )
        for row in kept.to_dict("records")
    )


def _tested(counted: pd.DataFrame, regulars: int, away: int) -> pd.DataFrame:
    """How surely each product's share of slipping buyers is above that of the other regulars."""
    own, lost = counted["regulars"], counted["slipping"]
    others = regulars - own
    pooled = away / regulars
    error = np.sqrt(pooled * (1 - pooled) * (1 / own + 1 / others.where(others > 0)))
    z = (lost / own - (away - lost) / others.where(others > 0)) / error.where(error > 0)
    return counted.assign(q_value=false_discovery_control(norm.sf(z.fillna(-np.inf))))

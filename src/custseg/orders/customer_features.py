"""One row of features per customer, as of a date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis
from ibis import _

from custseg.artifacts import FEATURES, MONEY
from custseg.engine.hashing import equal_hashes
from custseg.settings import FeatureSettings

if TYPE_CHECKING:
    from collections.abc import Collection

    import ibis.expr.types as ir

_SECONDS_PER_DAY: Final = 86_400
_NOON: Final = 12
_SATURDAY: Final = 5
_OF_PRODUCTS: Final = (
    "distinct_products",
    "products_per_order",
    "product_entropy",
    "top_product_share",
)
_OF_THE_CLOCK: Final = ("morning_share", "top_hour")
_NEEDS: Final = {
    "average_order_value": ("monetary",),
    "products_per_order": ("named_again",),
    "tenure_per_active_day": ("active_days",),
    "overdue": ("active_days",),
    "purchase_rate": ("active_days",),
    "lateness": ("active_days",),
    "return_rate": ("refunded", "gross", "undone", "dropped"),
    "average_unit_price": ("monetary", "net_units"),
    "recent_share": ("recent_spend", "monetary"),
    "spend_trend": ("recent_spend", "previous_spend"),
}
"""What features are made of, but for what each order tells."""
_PRIOR_ORDERS: Final = 0.5
_PRIOR_DAYS: Final = 30
"""What a rate starts from, so that one order yesterday is not an order a day. Of those with one
order, tenure / active day says the same as recency; this tells them apart."""
_RATE_DAYS: Final = 90
_EXACT: Final = "decimal(38,12)"
"""Scale in which terms of a sum of floats are added: exactly, so in any order."""


def features(
    transactions: ir.Table,
    removed: ir.Table,
    as_of: str,
    settings: FeatureSettings | None = None,
) -> ir.Table:
    """Measure each customer's purchases up to the as-of date.

    An order is one order_id of one customer; its time is its first line's. Lines with a negative
    quantity (`[clean] returns = "subtract"`) count in money and units, but are no orders.

    Parameters
    ----------
    transactions, removed
        What cleaning gave.
    as_of
        ISO date; its midnight is exclusive.
    settings
        The `[features]` settings.

    Returns
    -------
    ibis Table
        customer_id and the columns of `custseg.artifacts.FEATURES`, one row per customer. What the
        orders tell nothing of is null for everyone: money without amounts, products without names
        of any.

    Notes
    -----
    Recency, frequency and monetary value as in Fader, Hardie & Lee (2005), "RFM and CLV", but
    recency is counted back from the as-of date. Entropy as in Shannon (1948), in nats.

    Examples
    --------
    >>> measured = custseg.features(transactions, removed, as_of)
    >>> measured.count().to_pyarrow().as_py()
    120
    """
    return some_features(transactions, removed, as_of, settings)


def some_features(
    transactions: ir.Table,
    removed: ir.Table,
    as_of: str,
    settings: FeatureSettings | None = None,
    only: Collection[str] | None = None,
) -> ir.Table:
    """Measure what `features` does, but for features that are not asked for; all are by default."""
    settings = settings or FeatureSettings()
    midnight = ibis.timestamp(as_of)
    bought = transactions.filter(transactions.quantity > 0)
    names = [column.name for column in FEATURES if only is None or column.name in only]
    needed = {*names, *(base for name in names for base in _NEEDS.get(name, ()))}
    orders = bought.group_by(["customer_id", "order_id"]).agg(
        ordered_at=bought.ordered_at.min(),
        units=bought.quantity.sum(),
        country=bought.country.min(),
        named=bought.product_id.count(),
    )
    table, *parts = (
        _orders(orders, midnight),
        _spend(transactions, midnight, settings.recent_days),
        _gaps(orders),
        _products(transactions),
        _named_again(transactions),
        _gone(removed),
        _last_country(orders),
        _most_frequent(orders, orders.ordered_at.hour(), "top_hour", highest=23),
        _most_frequent(orders, orders.ordered_at.day_of_week.index(), "top_weekday", highest=6),
    )
    for part in parts:
        more = [name for name in part.columns if name in needed]
        if more:
            table = table.left_join(part, "customer_id").select(*table.columns, *more)
    if "named_again" in table.columns:
        distinct = table.named - table.named_again.fill_null(0)
        table = table.mutate(products_per_order=distinct / table.frequency)
    named = transactions.product_id.count().as_scalar() > 0
    # Where every order is at midnight, the source tells days only.
    clock = orders.ordered_at.epoch_seconds() % _SECONDS_PER_DAY
    timed = clock.max().as_scalar() > 0
    wait = _.tenure_days / _.active_days
    rate = (_.active_days + _PRIOR_ORDERS) / (_.tenure_days + _PRIOR_DAYS)
    made = {
        "average_order_value": _ratio(_.monetary, _.frequency),
        "units_per_order": _ratio(_.units, _.frequency),
        "tenure_per_active_day": wait,
        "overdue": _.recency_days / wait.nullif(0),
        "purchase_rate": _RATE_DAYS * rate,
        "lateness": _.recency_days * rate,
        "return_rate": _ratio(
            _.refunded + (_.undone + _.dropped).fill_null(0), _.gross + _.undone.fill_null(0)
        )
        .fill_null(0.0)
        .cast("float64"),
        "average_unit_price": _ratio(_.monetary, _.net_units),
        "recent_share": _ratio(_.recent_spend, _.monetary),
        "spend_trend": _ratio(_.recent_spend - _.previous_spend, _.recent_spend + _.previous_spend),
        **{name: ibis.ifelse(named, _[name], None) for name in _OF_PRODUCTS},
        **{name: ibis.ifelse(timed, _[name], None) for name in _OF_THE_CLOCK},
    }
    table = table.mutate(**{name: value for name, value in made.items() if name in names})
    return table.select("customer_id", *names)


def _ratio(above: ir.Value, below: ir.Value) -> ir.Value:
    """Divide exact numbers; the one place where they become floats. Null where below is zero."""
    return above.cast("float64") / below.cast("float64").nullif(0)


def days_until(midnight: ir.TimestampScalar, moment: ir.Value) -> ir.Value:
    """Whole days from a moment to a later midnight."""
    return (midnight.epoch_seconds() - moment.epoch_seconds()) // _SECONDS_PER_DAY


def _orders(orders: ir.Table, midnight: ir.TimestampScalar) -> ir.Table:
    count = orders.count()
    weekend = orders.ordered_at.day_of_week.index() >= _SATURDAY
    return orders.group_by("customer_id").agg(
        recency_days=days_until(midnight, orders.ordered_at.max()),
        frequency=count,
        tenure_days=days_until(midnight, orders.ordered_at.min()),
        units=orders.units.sum(),
        named=orders.named.sum(),
        weekend_share=weekend.sum() / count,
        morning_share=(orders.ordered_at.hour() < _NOON).sum() / count,
    )


def _spend(lines: ir.Table, midnight: ir.TimestampScalar, days: int) -> ir.Table:
    recent_from = midnight - ibis.interval(days=days)
    previous_from = midnight - ibis.interval(days=2 * days)
    recent = lines.ordered_at >= recent_from
    previous = (lines.ordered_at >= previous_from) & ~recent
    # No amount is not an amount of zero.
    zero = (lines.amount * 0).cast(MONEY)
    # What went back, however returns were treated; in units where the orders have no amounts.
    left = lines.amount.fill_null(lines.quantity)
    undone = lines.amount.isnull().ifelse(lines.quantity_undone, lines.amount_undone)
    purchase, none = lines.quantity > 0, ibis.literal(0).cast(MONEY)
    return lines.group_by("customer_id").agg(
        gross=purchase.ifelse(left + undone, none).cast(MONEY).sum(),
        refunded=purchase.ifelse(undone, -left).cast(MONEY).sum(),
        monetary=lines.amount.sum(),
        net_units=lines.quantity.sum(),
        recent_spend=recent.ifelse(lines.amount, zero).sum(),
        previous_spend=previous.ifelse(lines.amount, zero).sum(),
    )


def _gaps(orders: ir.Table) -> ir.Table:
    """Days between active days: their mean from 2 active days on, their deviation from 3 on."""
    days = orders.select(
        "customer_id", day=orders.ordered_at.truncate("day").epoch_seconds() // _SECONDS_PER_DAY
    ).distinct()
    before = days.day.lag().over(group_by="customer_id", order_by="day")
    gaps = days.mutate(gap=days.day - before)
    # Whole numbers until the last step: no sum depends on the order of its terms.
    sums = gaps.group_by("customer_id").agg(
        active_days=gaps.count(),
        n=gaps.gap.count(),
        s=gaps.gap.sum(),
        q=(gaps.gap**2).cast("int64").sum(),
    )
    spread = (sums.n * sums.q - sums.s * sums.s).cast("float64")
    return sums.select(
        "customer_id",
        "active_days",
        gap_days_mean=_ratio(sums.s, sums.n),
        gap_days_sd=(sums.n > 1).ifelse(_ratio(spread, sums.n * (sums.n - 1)).sqrt(), None),
    )


def _products(lines: ir.Table) -> ir.Table:
    spend = lines.group_by(["customer_id", "product_id"]).agg(
        spend=lines.amount.sum(), bought=(lines.quantity > 0).any()
    )
    positive = (spend.spend > 0).ifelse(spend.spend, None)
    exact = positive.cast("float64")
    sums = spend.group_by("customer_id").agg(
        total=positive.sum(),
        logs=(exact * exact.ln()).cast(_EXACT).sum(),
        products=positive.count(),
        top=positive.max(),
        distinct_products=spend.count(where=spend.bought & spend.product_id.notnull()),
    )
    # The sum of -share * ln(share), without computing each share.
    entropy = sums.total.cast("float64").ln() - _ratio(sums.logs, sums.total)
    return sums.select(
        "customer_id",
        "distinct_products",
        product_entropy=(sums.products > 1).ifelse(
            entropy, (sums.products == 1).ifelse(0.0, None).cast("float64")
        ),
        top_product_share=_ratio(sums.top, sums.total),
    )


def _named_again(lines: ir.Table) -> ir.Table:
    """How many lines name a product that another line of the order names before.

    Few do, and counting these takes half of the time that counting each order's products does.
    """
    each = ("customer_id", "order_id", "product_id")
    found = equal_hashes(lines, each)
    found = found.filter((found.quantity > 0) & found.product_id.notnull())
    counts = found.group_by(each).agg(n=found.count())
    return counts.group_by("customer_id").agg(named_again=(counts.n - 1).sum())


def _gone(removed: ir.Table) -> ir.Table:
    """What each customer bought that wholly went back, and returns that were dropped, in value."""
    value = removed.amount.fill_null(removed.quantity)
    zero = ibis.literal(0).cast(MONEY)
    lines = removed.filter(removed.rule.isin(("undone", "return_dropped")))
    return lines.group_by("customer_id").agg(
        undone=(removed.rule == "undone").ifelse(value, zero).sum(),
        dropped=(removed.rule == "undone").ifelse(zero, -value).sum(),
    )


def _last_country(orders: ir.Table) -> ir.Table:
    latest = ibis.row_number().over(
        group_by="customer_id", order_by=[ibis.desc("ordered_at"), ibis.desc("order_id")]
    )
    last = orders.mutate(latest=latest)
    return last.filter(last.latest == 0).select("customer_id", "country")


def _most_frequent(orders: ir.Table, value: ir.Value, name: str, highest: int) -> ir.Table:
    """The value most orders have; the lowest of those on a tie."""
    counted = orders.select("customer_id", value=value.cast("int64"))
    counts = counted.group_by(["customer_id", "value"]).agg(n=counted.count())
    base = highest + 1
    best = (counts.n * base + (highest - counts.value)).max()
    return counts.group_by("customer_id").agg(**{name: highest - best % base})

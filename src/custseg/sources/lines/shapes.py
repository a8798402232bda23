"""What a line is worth, whatever columns say it: a price, a line's total or an order's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from custseg.artifacts import MONEY, MONEY_SCALE, ORDER_LINE_NAMES
from custseg.engine.base import fetch
from custseg.errors import DataError
from custseg.sources.values.numbers import blank
from custseg.sources.values.statuses import goes_back, is_counted_refund
from custseg.sources.values.typed import ORIGIN
from custseg.words.figures import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import ibis.expr.types as ir

_OF_THE_LINE: Final = ("discount", "tax")
_OF_THE_ORDER: Final = ("order_discount", "order_tax", "order_shipping")
_OF_A_REFUND: Final = ("order_paid", "order_paid_shipping")
"""What a refund of the whole order is part of, and the shipping in it."""
_ORDER_SHARES: Final = ("order_total", *_OF_THE_ORDER, "order_refunded", *_OF_A_REFUND)
_CENTS: Final = 2
_ORDER: Final = ("source_file", "order_key")
_DAY: Final = 86_400
_LONGEST_ORDER: Final = 60
"""Days that an order's lines lie apart at most; more, and the shop numbers its orders anew."""
_NOT_CANCELLED: Final = r"^(false|no|n|0|none|never|0000-00-00.*)$"
_SMALL: Final = 100_000
"""Of two numbers below it the product is below 10^10."""
_WIDE: Final = "decimal(20,4)"
"""Too wide for 18 digits, so that products get 38."""


def refuse_differing(lines: ir.Table, mapped: Collection[str], labels: Mapping[str, str]) -> None:
    """Refuse what should be an order's and is not the same on all of its lines.

    Raises
    ------
    DataError
        Some orders have two totals, say.
    """
    wide = [name for name in _ORDER_SHARES if name in mapped]
    if "order_id" not in mapped or not wide:
        return
    known = lines.filter(lines.order_id.notnull())
    orders = known.group_by(["source_file", "order_id"]).agg(
        row=known.source_row.min(),
        days=(known.ordered_at.max().epoch_seconds() - known.ordered_at.min().epoch_seconds())
        // _DAY,
        **{name: known[name].min() != known[name].max() for name in wide},
    )
    again = fetch(orders.aggregate(n=(orders.days > _LONGEST_ORDER).sum()))[0]["n"]
    if again:
        raise DataError(
            f'Column "{labels["order_id"]}" (order_id): the lines of '
            f"{counted(again, 'order', 'orders')} lie more than {_LONGEST_ORDER} days apart: the "
            "shop seems to number its orders anew.",
            "Totals of orders need ids that don't come again: put the year before them.",
        )
    counts = fetch(orders.aggregate(**{name: orders[name].sum() for name in wide}))[0]
    for name in wide:
        if counts[name]:
            differing = orders.filter(orders[name])
            first = fetch(differing.aggregate(row=differing.row.min()))[0]["row"]
            raise DataError(
                f'Column "{labels[name]}" ({name}): '
                f"{counted(counts[name], 'order has', 'orders have')} several values "
                f"(first: the order of row {first}).",
                "What differs within an order belongs to the line: map it to amount, discount, tax "
                "or refunded.",
            )


def order_lines(lines: ir.Table, mapped: Collection[str]) -> ir.Table:
    """Make canonical lines of typed columns.

    A line's value is its `amount`, else quantity × unit price, less its discount (a rate first) and
    the tax that is contained in it. An `order_total` (less its tax and shipping) or an
    `order_discount` is shared out over the order's lines in proportion to their value, to the cent,
    so that the shares add up exactly; so is what was refunded of an order, as far as it is of goods
    (`_of_goods`).

    Parameters
    ----------
    lines
        The mapped canonical columns in their types, source_file and source_row.
    mapped
        Names of the canonical columns that the source has.

    Returns
    -------
    ibis Table
        The columns of the artifact `raw`. Without a column for money amount is null throughout.
    """
    has = set(mapped)
    quantity = lines.quantity if "quantity" in has else ibis.literal(1).cast(MONEY)
    price = lines.unit_price if "unit_price" in has else ibis.null(MONEY)
    # Of two decimals of 18 digits the engine would make one of 18, and overflow from 10^10 on. It
    # is far faster, though.
    narrow = (quantity.abs() < _SMALL) & (price.abs() < _SMALL)
    product = narrow.ifelse(
        (quantity.cast(MONEY) * price).round(MONEY_SCALE).cast(MONEY),
        (quantity.cast(_WIDE) * price).round(MONEY_SCALE).try_cast(MONEY),
    )
    if "amount" in has:
        value = lines.amount if "unit_price" not in has else lines.amount.fill_null(product)
    elif "unit_price" in has:
        value = product
    else:
        value = ibis.null(MONEY)
    table = lines.mutate(quantity=quantity.cast(MONEY), unit_price=price, amount=value.cast(MONEY))
    if "amount" in has:
        # A price of nothing beside an amount is a price that was not written.
        table = table.mutate(unit_price=(table.amount == 0).ifelse(price, price.nullif(0)))
    table = _signed(table, has)
    if "discount_rate" in has and "order_total" not in has:
        table = table.mutate(amount=_discounted(table))
    for name in _OF_THE_LINE:
        if name in has:
            taken = table[name].abs().fill_null(0)
            table = table.mutate(
                amount=(table.amount + (table.amount < 0).ifelse(taken, -taken)).cast(MONEY)
            )
    if has & set(_ORDER_SHARES):
        table = _shared(table, has)
    if {"discount_rate", "order_total"} <= has:
        table = table.mutate(amount=_discounted(table))
    refunded = [
        table[name] for name in ("refunded", "order_share_refunded") if name in table.columns
    ]
    table = table.mutate(refunded=_refund(table, refunded))
    empty = [name for name in (*ORDER_LINE_NAMES, "status") if name not in table.columns]
    table = table.mutate(**{name: ibis.null("string") for name in empty})
    if "cancelled_at" in has:
        given = blank(table.cancelled_at.strip())
        cancelled = given.notnull() & ~given.lower().re_search(_NOT_CANCELLED).fill_null(False)
        table = table.mutate(status=cancelled.ifelse("cancelled", table.status))
    return table.select(*ORDER_LINE_NAMES, "status", "refunded", *ORIGIN)


def _discounted(table: ir.Table) -> ir.Value:
    """The lines' values less their discount rates, to four decimals."""
    rest = (1 - table.discount_rate.fill_null(0)).cast("decimal(38,8)")
    return (table.amount.cast("decimal(22,8)") * rest).round(MONEY_SCALE).cast(MONEY)


def _signed(table: ir.Table, has: set[str]) -> ir.Table:
    """Let quantity and value have one sign: what went back has both below zero."""
    if not {"amount", "status", "kind"} & has:
        return table
    went_back = ibis.literal(False)
    if "status" in has:
        went_back = is_counted_refund(table.status).fill_null(False)
    if "kind" in has:
        went_back |= goes_back(table.kind).fill_null(False)
    if "order_total" in has:
        table = table.mutate(order_total=_below_zero(table.order_total, went_back))
    if "amount" in has:
        went_back |= (table.amount < 0).fill_null(False) | (table.quantity < 0).fill_null(False)
    return table.mutate(
        quantity=_below_zero(table.quantity, went_back),
        amount=_below_zero(table.amount, went_back),
    )


def _below_zero(value: ir.Value, went_back: ir.Value) -> ir.Value:
    return went_back.ifelse(-value.abs(), value).cast(MONEY)


def _shared(table: ir.Table, has: set[str]) -> ir.Table:
    """Share out what stands for a whole order over its lines."""
    # A line without order is an order of its own.
    key = ibis.literal("row ") + table.source_row.cast("string")
    if "order_id" in has:
        key = ibis.coalesce(ibis.literal("order ") + table.order_id, key)
    table = table.mutate(order_key=key)
    whole = table.group_by(_ORDER).agg(
        signed=table.amount.sum().fill_null(0),
        sizes=table.amount.abs().sum().fill_null(0),
        **{f"whole_{name}": table[name].max() for name in _ORDER_SHARES if name in has},
    )
    joined = table.left_join(whole, _ORDER).select(
        *table.columns, *(name for name in whole.columns if name not in _ORDER)
    )
    total = joined.whole_order_total if "order_total" in has else ibis.null(MONEY)
    taken = ibis.literal(0).cast(MONEY)
    for name in _OF_THE_ORDER:
        if name in has:
            taken = (taken + joined[f"whole_{name}"].abs().fill_null(0)).cast(MONEY)
    # A line that went back has a share below zero, unless the order as a whole is such a line.
    alike = (joined.signed != 0) & ((joined.signed > 0) == (total.fill_null(1) >= 0))
    worth = joined.amount.fill_null(0)
    weight = ibis.cases((alike, worth), (joined.sizes > 0, worth.abs()), else_=1)
    joined = joined.mutate(weight=weight.cast(MONEY))
    if "order_total" in has:
        goods = total + (total < 0).ifelse(taken, -taken)
        goods = (total >= 0).ifelse(goods.clip(lower=0), goods.clip(upper=0)).cast(MONEY)
        part = _part(joined, goods, has)
        joined = joined.mutate(amount=total.isnull().ifelse(joined.amount, part))
        # A refund that is an order of its own has a total below zero.
        back = (joined.amount < 0).ifelse(-joined.quantity.abs(), joined.quantity)
        joined = joined.mutate(quantity=back.cast(MONEY))
    elif has & set(_OF_THE_ORDER):
        joined = joined.mutate(amount=(joined.amount - _part(joined, taken, has)).cast(MONEY))
    if "order_refunded" in has:
        joined = joined.mutate(weight=joined.amount.fill_null(0).clip(lower=0).cast(MONEY))
        joined = joined.mutate(goods=joined.weight.sum().over(group_by=_ORDER).cast(MONEY))
        joined = joined.mutate(back=_of_goods(joined, has))
        joined = joined.mutate(order_share_refunded=_part(joined, joined.back, has))
    return joined


def _part(table: ir.Table, whole: ir.Value, has: set[str]) -> ir.Value:
    """A line's part of an order's sum: what the lines up to it make, less what those before do."""
    all_lines = ibis.window(group_by=_ORDER)
    along = ibis.window(
        group_by=_ORDER,
        order_by=[
            ibis.desc("weight"),
            *(name for name in ("product_id", "description") if name in has),
            "quantity",
            "source_row",
        ],
        preceding=None,
        following=0,
    )
    sum_of_all = table.weight.sum().over(all_lines).cast(_WIDE)
    reached = table.weight.sum().over(along).cast(_WIDE)

    def made(reached: ir.Value) -> ir.Value:
        of_all = sum_of_all.cast("float64").nullif(0)
        share = (whole.cast("float64") * reached.cast("float64")) / of_all
        rounded = share.round(_CENTS).cast(MONEY)
        return (reached == sum_of_all).ifelse(whole, rounded).fill_null(0).cast(MONEY)

    below = (reached - table.weight).cast(_WIDE)
    # Before the first line nothing is made, also of an order whose lines come to nothing.
    before = (below == 0).ifelse(0, made(below))
    return (made(reached) - before).cast(MONEY)


def _of_goods(table: ir.Table, has: set[str]) -> ir.Value:
    """What of an order's refund is for its goods, without the tax and shipping paid with them.

    A refund of exactly the shipping (with its share of the tax or without), of the tax, or of both,
    is of no goods, and one of all but that is of all of them. Any other is in proportion: goods /
    what was paid in all. Where that isn't known, all of it is.
    """
    back = table.whole_order_refunded.abs().fill_null(0).cast(MONEY)
    goods, nothing = table.goods, ibis.literal(0).cast(MONEY)
    paid = ibis.null(MONEY)
    shipping = nothing
    if "order_paid" in has:
        paid = table.whole_order_paid
        if "order_paid_shipping" in has:
            shipping = table.whole_order_paid_shipping.abs().fill_null(0).cast(MONEY)
    elif "order_total" in has:
        paid = table.whole_order_total
        if "order_shipping" in has:
            shipping = table.whole_order_shipping.abs().fill_null(0).cast(MONEY)
    share = goods.cast("float64") / paid.cast("float64").nullif(0)
    taxed = shipping.cast("float64") / (goods + shipping).cast("float64").nullif(0)
    taxed = (taxed * paid.cast("float64")).round(_CENTS).cast(MONEY)
    others = (shipping, taxed, paid - goods - shipping, paid - goods)
    no_goods = ibis.or_(*((back == other).fill_null(False) for other in others))
    all_goods = ibis.or_(*((back == paid - other).fill_null(False) for other in others))
    return ibis.cases(
        ((paid.isnull() | (paid <= goods)).fill_null(True), back),
        (no_goods, nothing),
        (all_goods, goods),
        else_=(back.cast("float64") * share).round(_CENTS).cast(MONEY),
    ).cast(MONEY)


def _refund(table: ir.Table, parts: list[ir.Value]) -> ir.Value:
    """What was given back of a purchase, at most all of it: shipping may be refunded, too."""
    if not parts:
        return ibis.null(MONEY)
    given = parts[0].abs().fill_null(0)
    for part in parts[1:]:
        given += part.abs().fill_null(0)
    return ibis.least(given, table.amount.clip(lower=0)).cast(MONEY)

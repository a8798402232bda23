"""Returns undo the customer's latest earlier purchase of the same product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis
from ibis import _

from custseg.artifacts import MONEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

PAIR: Final = ("customer_id", "product_id")
ROW: Final = ("source_file", "source_row")
ORDER: Final = (
    "ordered_at",
    "is_return",
    "order_id",
    "product_id",
    "unit_price",
    "quantity",
    "description",
    "country",
)
"""A total order that is free of row position: only lines equal in all of it tie."""


def match_returns(lines: ir.Table) -> ir.Table:
    """Net each customer's returns against their purchases.

    A return undoes the latest earlier purchase of the same product: first among those at the same
    unit price, then among what is left at any price, and never a later one. Lines undone whole and
    returns get a rule; a line undone in part keeps what was not returned.

    Parameters
    ----------
    lines
        Canonical lines with source_file, source_row, is_return, and a rule (null: still counts).

    Returns
    -------
    ibis Table
        The same rows with quantity_undone and amount_undone (of purchases), quantity_unmatched
        and amount_unmatched (of returns); quantity and amount of a line that stays are net.

    Notes
    -----
    Closed form, so that no row waits for another: with H the running height of the stack of units
    bought and not returned (a walk of +bought, -returned, reflected at zero), a purchase keeps
    clip(lowest H from it onward - H before it, 0, bought) units, and a return matches the drop
    in H. It is applied per customer, product and price, and again per customer and product.
    """
    counting = lines.filter(lines.rule.isnull())
    returned_pairs = counting.filter(counting.is_return).select(*PAIR).distinct()
    # Few pairs have a return: only their lines are sorted and walked.
    concerned = counting.semi_join(returned_pairs, PAIR)
    concerned = concerned.select(
        *ROW,
        *dict.fromkeys((*PAIR, *ORDER)),
        open=concerned.quantity.abs().cast(MONEY),
        rank=ibis.row_number().over(order_by=[*ORDER, *ROW]),
    ).cache()
    by_price = _undo(concerned, (*PAIR, "unit_price")).cache()
    by_product = _undo(by_price, PAIR).cache()
    left = by_product.select(*ROW, left=by_product.open)

    joined = lines.left_join(left, ROW).select(*lines.columns, "left")
    settled = joined.mutate(
        left=joined.left.fill_null(joined.quantity.abs().cast(MONEY)).cast(MONEY),
        counts=joined.rule.isnull(),
    )
    sold = settled.counts & ~settled.is_return
    returned = settled.counts & settled.is_return
    zero = ibis.literal(0).cast(MONEY)
    settled = settled.mutate(
        quantity_undone=sold.ifelse(settled.quantity - settled.left, zero).cast(MONEY),
        quantity_unmatched=returned.ifelse(settled.left, zero).cast(MONEY),
        rule=ibis.cases(
            (sold & (settled.left == 0), "undone"),
            (returned & (settled.left == -settled.quantity), "return_unmatched"),
            (returned, "return_matched"),
            else_=settled.rule,
        ),
    )
    settled = settled.mutate(
        amount_undone=_share(settled, settled.quantity_undone),
        amount_unmatched=_share(settled, settled.quantity_unmatched, sign=-1),
    )
    # A line undone whole leaves with its whole value; only lines that stay are netted.
    stays = settled.rule.isnull()
    return settled.mutate(
        quantity=stays.ifelse(settled.quantity - settled.quantity_undone, settled.quantity).cast(
            MONEY
        ),
        amount=stays.ifelse(settled.amount - settled.amount_undone, settled.amount).cast(MONEY),
        quantity_undone=stays.ifelse(settled.quantity_undone, zero),
        amount_undone=stays.ifelse(settled.amount_undone, zero),
    ).drop("left", "counts")


def settle_refunds(lines: ir.Table) -> ir.Table:
    """Let what was refunded of a purchase, without units that went back, lower its value.

    Parameters
    ----------
    lines
        What `match_returns` gives, with refunded: money of the line's amount that was given back.

    Returns
    -------
    ibis Table
        The same; a line refunded wholly gets the rule `refunded`, of one refunded in part the
        money is in amount_undone and no longer in amount.
    """
    zero = ibis.literal(0).cast(MONEY)
    bought = lines.rule.isnull() & ~lines.is_return
    back = bought.ifelse(ibis.least(lines.refunded.fill_null(zero), lines.amount), zero).cast(MONEY)
    lines = lines.mutate(back=back)
    whole = (lines.back > 0) & (lines.back == lines.amount)
    part = whole.ifelse(zero, lines.back)
    # A line that leaves does so with its whole value, also what returns had undone of it.
    return lines.mutate(
        rule=whole.ifelse("refunded", lines.rule),
        amount=(lines.amount - part + whole.ifelse(lines.amount_undone, zero)).cast(MONEY),
        amount_undone=(whole.ifelse(zero, lines.amount_undone) + part).cast(MONEY),
        quantity=(lines.quantity + whole.ifelse(lines.quantity_undone, zero)).cast(MONEY),
        quantity_undone=whole.ifelse(zero, lines.quantity_undone).cast(MONEY),
    ).drop("back")


def _undo(lines: ir.Table, group: Sequence[str]) -> ir.Table:
    """Walk the stack within each group once; `open` becomes what is left of each line's units."""
    past = ibis.window(group_by=group, order_by="rank", following=0)
    future = ibis.window(group_by=group, order_by="rank", preceding=0)
    walked = lines.mutate(step=_.is_return.ifelse(-_.open, _.open))
    walked = walked.mutate(level=_.step.sum().over(past))
    floor = ibis.least(walked.level.min().over(past), 0)
    walked = walked.mutate(height=walked.level - floor)
    walked = walked.mutate(before=_.height.lag(1, default=0).over(group_by=group, order_by="rank"))
    walked = walked.mutate(lowest=_.height.min().over(future))
    kept = (walked.lowest - walked.before).clip(0, walked.open)
    matched = walked.before - walked.height
    left = walked.is_return.ifelse(walked.open - matched, kept).cast(MONEY)
    return walked.mutate(open=left).select(lines.columns)


def _share(lines: ir.Table, units: ir.Value, sign: int = 1) -> ir.Value:
    """The value of so many of a line's units, in proportion."""
    # Wide: the engine keeps the product of two narrow decimals in 18 digits, 8 of them decimals.
    product = lines.amount.cast("decimal(38,4)") * units
    exact = product.cast("float64") / lines.quantity.cast("float64") * sign
    # Of a line without an amount no share has one either.
    return (units == 0).ifelse(lines.amount * 0, exact.cast(MONEY)).cast(MONEY)

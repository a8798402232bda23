"""Returns undo the customer's latest earlier purchase of the same product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis
from ibis import _

from custseg.artifacts import MONEY
from custseg.engine.base import PLACE

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
_LINE: Final = ("pair", "rank")
"""What tells concerned lines apart while they are walked: numbers take less time than names."""


def row_key(exports: int) -> tuple[str, ...]:
    """Return the columns that tell rows apart, of a source of so many exports."""
    return ROW if exports > 1 else ROW[1:]


def match_returns(counting: ir.Table) -> ir.Table:
    """Net each customer's returns against their purchases.

    A return undoes the latest earlier purchase of the same product: first among those at the same
    unit price, then among what is left at any price, and never a later one. Lines undone whole and
    returns get a rule; a line undone in part keeps what was not returned.

    Parameters
    ----------
    counting
        Canonical lines that still count, with source_file, source_row, is_return and `pair`, the
        number of their customer and product: all those of pairs of which there is a return, and
        returns of no known product, without a number.

    Returns
    -------
    ibis Table
        These lines as they have become, computed once. `amount_before` is their amount before, and
        these are new: rule; quantity_undone and amount_undone (of purchases); quantity_unmatched
        and amount_unmatched (of returns); quantity and amount, which are net of a line that stays.

    Notes
    -----
    Closed form, so that no row waits for another: with H the running height of the stack of units
    bought and not returned (a walk of +bought, -returned, reflected at zero), a purchase keeps
    clip(lowest H from it onward - H before it, 0, bought) units, and a return matches the drop
    in H. It is applied per customer, product and price, and again per customer and product.
    """
    concerned = counting.select(
        *ROW,
        *dict.fromkeys((*PAIR, *ORDER)),
        *(name for name in ("amount", "category", "refunded", PLACE) if name in counting.columns),
        "pair",
        open=counting.quantity.abs().cast(MONEY),
        rank=ibis.row_number().over(group_by="pair", order_by=[*ORDER, *ROW]),
    ).cache()
    # What names no product matches nothing.
    named = concerned.filter(concerned.pair.notnull()).select(
        *_LINE, "unit_price", "is_return", "open"
    )
    by_price = _undo(named, ("pair", "unit_price")).cache()
    left = _undo(by_price, ("pair",)).select(*_LINE, left="open")
    joined = concerned.left_join(left, _LINE).select(*concerned.columns, "left")
    return _settle(joined.mutate(left=joined.left.fill_null(joined.open).cast(MONEY))).cache()


def _settle(lines: ir.Table) -> ir.Table:
    """Give lines that count what becomes of them, by how many units are `left` of each."""
    zero = ibis.literal(0).cast(MONEY)
    lines = lines.mutate(
        quantity_undone=lines.is_return.ifelse(zero, lines.quantity - lines.left).cast(MONEY),
        quantity_unmatched=lines.is_return.ifelse(lines.left, zero).cast(MONEY),
        rule=ibis.cases(
            (~lines.is_return & (lines.left == 0), "undone"),
            (lines.is_return & (lines.left == -lines.quantity), "return_unmatched"),
            (lines.is_return, "return_matched"),
            else_=None,
        ),
    )
    lines = lines.mutate(
        amount_undone=_share(lines, lines.quantity_undone),
        amount_unmatched=_share(lines, lines.quantity_unmatched, sign=-1),
    )
    # A line undone whole leaves with its whole value; only lines that stay are netted.
    stays = lines.rule.isnull()
    net_quantity, net_amount = (
        (lines[name] - lines[f"{name}_undone"]).cast(MONEY) for name in ("quantity", "amount")
    )
    return lines.mutate(
        amount_before=lines.amount,
        quantity=stays.ifelse(net_quantity, lines.quantity).cast(MONEY),
        amount=stays.ifelse(net_amount, lines.amount).cast(MONEY),
        quantity_undone=stays.ifelse(lines.quantity_undone, zero),
        amount_undone=stays.ifelse(lines.amount_undone, zero),
    ).drop("left", "open", *_LINE)


def untouched(lines: ir.Table, *, valued: bool) -> ir.Table:
    """Add what returns undo of each line where they concern none: nothing.

    Parameters
    ----------
    valued
        Every line has an amount: of one without, nothing undone has one either.
    """
    zero = ibis.literal(0).cast(MONEY)
    nothing = zero if valued else (lines.amount * 0).cast(MONEY)
    return lines.mutate(
        quantity_undone=zero,
        amount_undone=nothing if valued else lines.rule.isnull().ifelse(nothing, zero),
        quantity_unmatched=zero,
        amount_unmatched=nothing,
    )


def settle_refunds(lines: ir.Table) -> ir.Table:
    """Let what was refunded of a purchase, without units that went back, lower its value.

    Parameters
    ----------
    lines
        As `match_returns` and `untouched` give them, with refunded: money of the line's amount that
        was given back.

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
    along = ibis.window(group_by=group, order_by="rank")
    past = ibis.window(group_by=group, order_by="rank", following=0)
    future = ibis.window(group_by=group, order_by="rank", preceding=0)
    walked = lines.mutate(level=_.is_return.ifelse(-_.open, _.open).sum().over(past))
    floor = ibis.least(walked.level.min().over(past), 0)
    walked = walked.mutate(height=walked.level - floor)
    walked = walked.mutate(
        before=walked.height.lag(1, default=0).over(along),
        lowest=walked.height.min().over(future),
    )
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

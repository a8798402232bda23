"""What removes each order line: what breaks a rule, then the returns known at a date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

import ibis

from custseg.artifacts import MONEY, ORDER_LINE_NAMES
from custseg.engine.base import fetch
from custseg.engine.patterns import found
from custseg.orders.busiest import busiest_customer
from custseg.orders.repeats import find_duplicates, mark_duplicates, mark_superseded
from custseg.orders.returns import (
    ROW,
    beside_copies,
    match_returns,
    settle_refunds,
    with_settled,
)
from custseg.orders.rules import ROW_RULES, Codes, codes_of
from custseg.orders.statuses import NOT_COUNTED, judge_statuses
from custseg.orders.tally import replace as counted_anew
from custseg.orders.tally import tally
from custseg.settings import CleanSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from typing import Literal

    import ibis.expr.types as ir

    from custseg.orders.busiest import Busiest

AFTER: Final = "after_as_of"
_BEFORE_CUSTOMER: Final = ROW_RULES[: ROW_RULES.index("missing_customer")]
_UNBROKEN: Final = (*ORDER_LINE_NAMES, *ROW, "is_return", "is_superseded", "broke", "refunded")
"""What is asked of lines that break no rule."""


@dataclass(frozen=True)
class Judged:
    """Order lines with the rules that each breaks, whatever the as-of date."""

    raw: ir.Table
    """What they were judged from."""
    lines: ir.Table
    """Canonical lines with is_return, is_superseded, verdict and the first rule each `broke`."""
    copies: ir.Table | None
    """Those that are copies of others, as `find_duplicates` gives them."""
    has: dict[str, Any]
    """What the source holds: rows, their value, exports, order ids, statuses and so on."""
    settings: CleanSettings

    @property
    def has_refunds(self) -> bool:
        """Whether money was given back without units, and counts."""
        return self.has["refunds"] > 0 and self.settings.returns != "drop"

    @cached_property
    def unbroken(self) -> Judged:
        """The lines that break no rule, computed once: they are asked for again and again."""
        judged = _judge(
            self.lines.mutate(is_after=ibis.literal(False)), self.copies, self.has["exports"]
        )
        kept = judged.filter(judged.rule.isnull()).select(*_UNBROKEN)
        return replace(self, lines=kept.cache(), copies=None)


@dataclass(frozen=True)
class Settled:
    """Order lines with what removes each as of a date, returns included."""

    judged: ir.Table
    """The lines before returns took effect."""
    lines: ir.Table
    """As they are after, with quantity_undone, amount_undone and what matched nothing."""
    counted: ir.Table
    """The tally of the latter."""
    busiest: Busiest | None


def judge(raw: ir.Table, preset: str, settings: CleanSettings | None = None) -> Judged:
    """Find which rules each order line breaks by itself, or as a copy of another.

    Parameters
    ----------
    raw
        Canonical order lines with source_file and source_row, which together name a row.
    preset
        Name of the code patterns that fit the source.
    settings
        The `[clean]` settings; their as-of date is not looked at.
    """
    settings = settings or CleanSettings()
    codes, has = codes_of(preset, settings), _contents(raw)
    marked = judge_statuses(raw, has["statuses"], settings)
    marked = mark_superseded(_row_rules(marked, codes, settings), has["exports"])
    keep = settings.duplicates == "auto" and codes.rows_are_units
    copies = find_duplicates(marked, "keep" if keep else settings.duplicates)
    if has["orders"] < has["rows"]:
        marked = _with_orders(marked)
    return Judged(raw, marked, copies, has, settings)


def settle(judged: Judged, as_of: date) -> Settled:
    """Let returns take effect as they were known at a midnight."""
    after = judged.lines.ordered_at >= ibis.timestamp(as_of.isoformat())
    return _settled(replace(judged, lines=judged.lines.mutate(is_after=after)))


def settle_before(judged: Judged, as_of: date) -> Settled:
    """Settle the lines before a midnight alone: those after it are in none of the tables."""
    before = judged.lines.filter(judged.lines.ordered_at < ibis.timestamp(as_of.isoformat()))
    return _settled(replace(judged, lines=before.mutate(is_after=ibis.literal(False))))


def _settled(judged: Judged) -> Settled:
    marked, copies, has, settings = judged.lines, judged.copies, judged.has, judged.settings
    judge_lines = partial(_judge, copies=copies, exports=has["exports"])
    # Judged anew wherever lines are asked for: that takes less time and memory than keeping them.
    counted = tally(judge_lines(marked)).cache()
    bought = counted.filter(counted.rule.isnull() & ~counted.is_return)
    busiest = busiest_customer(bought, settings.busiest_customer) if has["orders"] else None
    if busiest and busiest.is_nobody:
        judge_lines = partial(judge_lines, nobody=busiest.customer_id)
        counted = _without(counted, busiest.customer_id)
    before = judge_lines(marked)
    if settings.returns == "net":
        settled = match_returns(marked, judge_lines)
        lines = with_settled(judge_lines(marked, copies=beside_copies(settled, copies)))
        untouched = settled.mutate(
            amount=settled.amount_before, amount_undone=0, rule=ibis.null("string")
        )
        counted = counted_anew(counted, tally(untouched), tally(settled))
    else:
        lines, counted = _drop_returns(before, counted, settings.returns)
    if judged.has_refunds:
        lines = settle_refunds(lines)
        counted = tally(lines)
    return Settled(before, lines, counted, busiest)


def _contents(raw: ir.Table) -> dict[str, Any]:
    """What the source holds: rows, their value, exports, order ids, statuses and so on."""
    return fetch(
        raw.aggregate(
            rows=raw.count(),
            value=raw.amount.sum(),
            exports=raw.source_file.nunique(),
            orders=raw.order_id.count(),
            statuses=raw.status.count(),
            refunds=raw.refunded.count(),
            objections=raw.objected.sum(),
        )
    )[0]


def _is_return(raw: ir.Table, codes: Codes) -> ir.BooleanValue:
    negative = raw.quantity < 0
    return found(raw.order_id, codes.returns).fill_null(negative) if codes.returns else negative


def _with_orders(lines: ir.Table) -> ir.Table:
    """Give lines without an order id one: a customer's day is an order.

    The customer is part of it, so that it is unique in the shop; it is never shown.
    """
    day = lines.customer_id + " " + lines.ordered_at.strftime("%Y-%m-%d")
    return lines.mutate(order_id=lines.order_id.fill_null(day))


def _row_rules(lines: ir.Table, codes: Codes, settings: CleanSettings) -> ir.Table:
    """Add what each line tells by itself: is_return, and the first rule it `broke`.

    They are computed of the lines as they are read: there the engine looks at each code once, and
    after a join at every line.
    """
    lines = lines.mutate(is_return=_is_return(lines, codes))
    code = lines.product_id.strip().upper()
    not_a_product: ir.BooleanValue = lines.product_id.isnull() & ibis.literal(bool(codes.product))
    if codes.product:
        not_a_product |= ~found(code, codes.product)
    if codes.not_product:
        named = found(lines.description.strip().upper(), codes.not_product)
        not_a_product |= found(code, codes.not_product) | named.fill_null(False)
    if settings.not_products:
        not_a_product |= code.isin([name.strip().upper() for name in settings.not_products])
    # Where the source has no unit price, the line's value shows its sign; without amounts, none.
    price = lines.unit_price.fill_null(
        lines.is_return.ifelse(-lines.amount, lines.amount).cast(MONEY)
    )
    wrong_sign = lines.is_return.ifelse(lines.quantity >= 0, lines.quantity <= 0)
    rules = {
        "status": lines.verdict == NOT_COUNTED,
        "missing_customer": lines.customer_id.isnull(),
        "objected": lines.objected,
        "not_a_product": not_a_product,
        "non_positive_price": price <= 0,
        "sign_mismatch": wrong_sign,
    }
    if codes.bad_debt:
        rules["bad_debt"] = found(lines.order_id, codes.bad_debt)
    return lines.mutate(broke=_first(rules))


def _first(rules: Mapping[str, ir.BooleanValue], otherwise: ir.Value | None = None) -> ir.Value:
    """The first rule, in their order, that is broken."""
    cases = [(rules[rule].fill_null(False), rule) for rule in ROW_RULES if rule in rules]
    return ibis.cases(*cases, else_=otherwise)


def _judge(
    lines: ir.Table, copies: ir.Table | None, exports: int, nobody: str | None = None
) -> ir.Table:
    """Add the rule by which each line leaves, of those that `_row_rules` and others have marked."""
    marked = mark_duplicates(lines, copies, exports)
    rules = {
        AFTER: marked.is_after,
        "superseded": marked.is_superseded,
        "duplicate": marked.is_duplicate,
    }
    judged = marked.mutate(rule=_first(rules, marked.broke))
    return judged if nobody is None else _without(judged, nobody)


def _without(lines: ir.Table, nobody: str) -> ir.Table:
    """Let the lines of a customer id that stands for nobody be without a customer."""
    its_own = (lines.customer_id == nobody).fill_null(False)
    reached = lines.rule.isnull() | lines.rule.notin(_BEFORE_CUSTOMER)
    return lines.mutate(
        customer_id=its_own.ifelse(None, lines.customer_id),
        rule=(its_own & reached).ifelse("missing_customer", lines.rule),
    )


def _drop_returns(
    lines: ir.Table, counted: ir.Table, returns: Literal["drop", "subtract"]
) -> tuple[ir.Table, ir.Table]:
    """Let returns leave that undo nothing: all, or those of customers without a purchase.

    Returns the lines with quantity_undone, amount_undone and so on, which are zero, and their
    tally.
    """
    nothing = ibis.literal(0).cast(MONEY)
    lines = lines.mutate(
        quantity_undone=nothing,
        amount_undone=nothing,
        quantity_unmatched=nothing,
        amount_unmatched=nothing,
    )
    if returns == "drop":
        return _with_rule(lines, "return_dropped"), _with_rule(counted, "return_dropped")
    buyers = counted.filter(counted.rule.isnull() & ~counted.is_return).customer_id
    rule = "return_without_purchase"
    return _with_rule(lines, rule, buyers), _with_rule(counted, rule, buyers)


def _with_rule(lines: ir.Table, rule: str, but_of: ir.Column | None = None) -> ir.Table:
    """Let a rule remove returns that still count, but those of some customers."""
    removed = lines.rule.isnull() & lines.is_return
    if but_of is not None:
        removed &= ~lines.customer_id.isin(but_of)
    return lines.mutate(rule=removed.ifelse(rule, lines.rule))

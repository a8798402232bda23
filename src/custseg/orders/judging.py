"""What removes each order line: what breaks a rule, then the returns known at a date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

import ibis

from custseg.artifacts import MONEY, ORDER_LINE_NAMES
from custseg.engine.base import PLACE, Overlaid, fetch
from custseg.engine.duckdb import keep
from custseg.orders.busiest import busiest_customer
from custseg.orders.few import Few, find_few
from custseg.orders.repeats import mark_superseded
from custseg.orders.returns import ROW, match_returns, row_key, settle_refunds, untouched
from custseg.orders.row_rules import first_of, is_return, row_rules
from custseg.orders.rules import ROW_RULES, Codes, codes_of
from custseg.orders.statuses import judge_statuses
from custseg.orders.tally import replace as counted_anew
from custseg.orders.tally import tally
from custseg.settings import CleanSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from typing import Literal

    import ibis.expr.types as ir

    from custseg.orders.busiest import Busiest

AFTER: Final = "after_as_of"
_BEFORE_CUSTOMER: Final = ROW_RULES[: ROW_RULES.index("missing_customer")]
_UNBROKEN: Final = (*ORDER_LINE_NAMES, *ROW, "is_return", "is_superseded", "refunded")
"""What is asked of lines that break no rule."""
_SETTLED: Final = (
    *ORDER_LINE_NAMES,
    *ROW,
    "is_return",
    "refunded",
    "rule",
    "quantity_undone",
    "amount_undone",
    "quantity_unmatched",
    "amount_unmatched",
)
"""What is asked of lines that are settled."""


@dataclass(frozen=True)
class Judged:
    """Order lines with the rules that each breaks, whatever the as-of date."""

    raw: ir.Table
    """What they were judged from."""
    lines: ir.Table
    """Canonical lines with is_return, is_superseded and verdict, and `broke` where that is known:
    the first rule that each breaks by itself."""
    few: Few
    """Those of them that are copies of others, or concerned by returns."""
    has: dict[str, Any]
    """What the source holds: rows, their value, exports, order ids, statuses and so on."""
    settings: CleanSettings
    codes: Codes
    many_dates: bool = False
    """Whether it is settled at several dates: what breaks no rule is then computed once."""

    @property
    def has_refunds(self) -> bool:
        """Whether money was given back without units, and counts."""
        return self.has["refunds"] > 0 and self.settings.returns != "drop"

    def alone(self, lines: ir.Table) -> ir.Table:
        """Leave out the copies among some of the lines."""
        copies = self.few.copies
        return lines if copies is None else lines.anti_join(copies, self.row_key)

    @property
    def row_key(self) -> tuple[str, ...]:
        """The columns that tell rows apart."""
        return row_key(self.has["exports"])

    def judge(self, lines: ir.Table, nobody: str | None = None) -> ir.Table:
        """Add the rule by which each of some lines leaves, if it is no copy.

        Anew wherever lines are asked for: that takes less time and memory than keeping them.
        """
        if "broke" not in lines.columns:
            lines = lines.mutate(broke=first_of(row_rules(lines, self.codes, self.settings)))
        rules = {AFTER: lines.is_after, "superseded": lines.is_superseded}
        judged = lines.mutate(rule=first_of(rules, lines.broke))
        return judged if nobody is None else _without(judged, nobody)

    def each(self, change: Callable[[ir.Table], ir.Table]) -> Judged:
        """Change lines, and the few among them."""
        return replace(self, lines=change(self.lines), few=self.few.each(change))

    @cached_property
    def unbroken(self) -> Judged:
        """The lines that break no rule, computed once: they are asked for again and again."""

        def kept(lines: ir.Table, *more: str) -> ir.Table:
            judged = self.judge(self.alone(lines.mutate(is_after=ibis.literal(False))))
            unbroken = judged.filter(judged.rule.isnull()).select(*_UNBROKEN, *more)
            return unbroken.mutate(broke=ibis.null("string"))

        returned = self.few.returned
        few = Few(None, returned if returned is None else kept(returned, "pair").cache())
        return replace(self, lines=keep(kept(self.lines), self.has["rows"]), few=few)


@dataclass(frozen=True)
class Settled:
    """Order lines with what removes each as of a date, returns included."""

    judged: ir.Table
    """The lines, but for copies of others, before returns took effect."""
    lines: Overlaid
    """All as they are after, with quantity_undone, amount_undone and what matched nothing."""
    counted: ir.Table
    """The tally of the latter."""
    busiest: Busiest | None


def judge(
    raw: ir.Table,
    preset: str,
    settings: CleanSettings | None = None,
    *,
    many_dates: bool = False,
) -> Judged:
    """Find which rules each order line breaks by itself, or as a copy of another.

    Parameters
    ----------
    raw
        Canonical order lines with source_file and source_row, which together name a row.
    preset
        Name of the code patterns that fit the source.
    settings
        The `[clean]` settings; their as-of date is not looked at.
    many_dates
        It will be settled at several dates.
    """
    settings = settings or CleanSettings()
    codes, has = codes_of(preset, settings), _contents(raw)
    marked = judge_statuses(raw, has["statuses"], settings)
    marked = marked.mutate(is_return=is_return(marked, codes))
    marked = mark_superseded(marked, has["exports"])
    units = settings.duplicates == "auto" and codes.rows_are_units
    duplicates = "keep" if units else settings.duplicates
    few = find_few(marked, duplicates, net=settings.returns == "net")
    judged = Judged(raw, marked, few, has, settings, codes, many_dates)
    return judged.each(_with_orders) if has["orders"] < has["rows"] else judged


def settle(judged: Judged, as_of: date) -> Settled:
    """Let returns take effect as they were known at a midnight."""
    midnight = ibis.timestamp(as_of.isoformat())
    return _settled(judged.each(lambda lines: lines.mutate(is_after=lines.ordered_at >= midnight)))


def settle_before(judged: Judged, as_of: date) -> Settled:
    """Settle the lines before a midnight alone: those after it are in none of the tables.

    Nor need be those that break a rule.
    """
    midnight = ibis.timestamp(as_of.isoformat())
    given = judged.unbroken if judged.many_dates else judged
    return _settled(
        given.each(
            lambda lines: lines.filter(lines.ordered_at < midnight).mutate(
                is_after=ibis.literal(False)
            )
        )
    )


def _settled(judged: Judged) -> Settled:
    lines, few, returns = judged.lines, judged.few, judged.settings.returns
    nobody = None
    counted = _counted(judged)
    bought = counted.filter(counted.rule.isnull() & ~counted.is_return)
    treatment = judged.settings.busiest_customer
    busiest = busiest_customer(bought, treatment) if judged.has["orders"] else None
    if busiest and busiest.is_nobody:
        nobody = busiest.customer_id
        counted = _without(counted, nobody)

    def judge_alone(some: ir.Table) -> ir.Table:
        return judged.judge(judged.alone(some), nobody)

    settled: ir.Table | None = None
    valued = judged.has["valued"] == judged.has["rows"]
    finish: Callable[[ir.Table], ir.Table] = partial(untouched, valued=valued)
    if returns == "net":
        concerned = judge_alone(few.returned)
        settled = match_returns(concerned.filter(concerned.rule.isnull()))
        before = settled.mutate(
            amount=settled.amount_before, amount_undone=0, rule=ibis.null("string")
        )
        counted = counted_anew(counted, tally(before), tally(settled))
    else:
        buyers = counted.filter(counted.rule.isnull() & ~counted.is_return).customer_id
        counted = _drop_returns(counted, returns, buyers)
        finish = partial(_drop_returns, returns=returns, buyers=buyers)

    columns = [*_SETTLED, *{PLACE}.intersection(lines.columns)]
    changed = [] if settled is None else [settled.select(columns)]
    if few.copies is not None:
        changed.append(finish(judged.judge(_as_copies(few.copies), nobody)).select(columns))
    after = Overlaid(
        finish(judged.judge(lines, nobody)).select(columns),
        ibis.union(*changed) if changed else None,
        judged.row_key,
    )
    if judged.has_refunds:
        after = after.each(settle_refunds)
        counted = tally(after.whole)
    return Settled(judge_alone(lines), after, counted, busiest)


def _contents(raw: ir.Table) -> dict[str, Any]:
    """What the source holds: rows, their value, exports, order ids, statuses and so on."""
    return fetch(
        raw.aggregate(
            rows=raw.count(),
            value=raw.amount.sum(),
            valued=raw.amount.count(),
            exports=raw.source_file.nunique(),
            orders=raw.order_id.count(),
            statuses=raw.status.count(),
            refunds=raw.refunded.count(),
            objections=raw.objected.sum(),
        )
    )[0]


def _with_orders(lines: ir.Table) -> ir.Table:
    """Give lines without an order id one: a customer's day is an order.

    The customer is part of it, so that it is unique in the shop; it is never shown.
    """
    day = lines.customer_id + " " + lines.ordered_at.strftime("%Y-%m-%d")
    return lines.mutate(order_id=lines.order_id.fill_null(day))


def _as_copies(copies: ir.Table) -> ir.Table:
    """Let lines leave as copies, unless a rule before that removes them."""
    return copies.mutate(broke=ibis.literal("duplicate"))


def _counted(judged: Judged) -> ir.Table:
    """The tally of all lines before returns take effect."""
    every = judged.judge(judged.alone(judged.lines))
    if judged.few.copies is not None:
        every = every.union(judged.judge(_as_copies(judged.few.copies)))
    return tally(every).cache()


def _without(lines: ir.Table, nobody: str) -> ir.Table:
    """Let the lines of a customer id that stands for nobody be without a customer."""
    its_own = (lines.customer_id == nobody).fill_null(False)
    reached = lines.rule.isnull() | lines.rule.notin(_BEFORE_CUSTOMER)
    return lines.mutate(
        customer_id=its_own.ifelse(None, lines.customer_id),
        rule=(its_own & reached).ifelse("missing_customer", lines.rule),
    )


def _drop_returns(
    lines: ir.Table, returns: Literal["drop", "subtract"], buyers: ir.Column
) -> ir.Table:
    """Let returns leave that undo nothing: all, or those of others than some customers.

    Lines, or a tally; what is undone of each is zero.
    """
    rule, leaves = "return_dropped", lines.rule.isnull() & lines.is_return
    if returns == "subtract":
        rule, leaves = "return_without_purchase", leaves & ~lines.customer_id.isin(buyers)
    nothing = ibis.literal(0).cast(MONEY)
    return lines.mutate(
        rule=leaves.ifelse(rule, lines.rule),
        quantity_undone=nothing,
        amount_undone=nothing,
        quantity_unmatched=nothing,
        amount_unmatched=nothing,
    )

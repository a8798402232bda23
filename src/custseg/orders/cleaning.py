"""Which order lines count: rules in a fixed order, and a ledger of every row and every penny."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import ibis

from custseg.artifacts import ARTIFACTS, MONEY
from custseg.engine.base import PLACE, fetch
from custseg.engine.patterns import found
from custseg.errors import DataError
from custseg.orders.busiest import busiest_customer
from custseg.orders.ledger import account, reconcile
from custseg.orders.remarks import of_copies, of_ledger
from custseg.orders.repeats import find_duplicates, mark_duplicates, mark_superseded
from custseg.orders.returns import beside_copies, match_returns, settle_refunds, with_settled
from custseg.orders.rules import HINTS, RETURN_RULES, ROW_RULES, RULES, Codes, codes_of
from custseg.orders.statuses import NOT_COUNTED, judge_statuses, list_statuses, note_unknown
from custseg.orders.tally import replace, tally
from custseg.settings import CleanSettings
from custseg.sources.lines.ends import End, end_of
from custseg.words.figures import counted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from typing import Literal

    import ibis.expr.types as ir
    import pandas as pd


_KEPT: Final = ARTIFACTS["transactions"].column_names()
_REMOVED: Final = ARTIFACTS["removed"].column_names()
_BEFORE_STATUS: Final = ROW_RULES[: ROW_RULES.index("status")]
_BEFORE_CUSTOMER: Final = ROW_RULES[: ROW_RULES.index("missing_customer")]


@dataclass(frozen=True)
class Cleaned:
    """What cleaning gives: the lines that count, those that don't, and the account of both."""

    lines: ir.Table
    """Every line, with the rule that removed it; null where it counts."""
    ledger: pd.DataFrame
    statuses: pd.DataFrame
    """Each status of the orders, and what it means for them."""
    as_of: str
    """The date (ISO) at whose midnight the data end, exclusive."""
    cleaning_notes: tuple[str, ...]
    """What whoever started the run should know of it."""

    @property
    def transactions(self) -> ir.Table:
        """The lines that count."""
        kept = self.lines.filter(self.lines.rule.isnull())
        return kept.select(_KEPT)

    @property
    def removed(self) -> ir.Table:
        """The lines that don't."""
        gone = self.lines.filter(self.lines.rule.notnull())
        return gone.select(_REMOVED)


def clean(
    raw: ir.Table,
    preset: str = "none",
    rejected_rows: int = 0,
    settings: CleanSettings | None = None,
) -> Cleaned:
    """Separate the order lines that count from those that don't.

    Each row is removed by the first rule that it breaks, and by no other. Order lines on or after
    the as-of date do not exist, returns among them: a return known only later undoes nothing.

    Parameters
    ----------
    raw
        Canonical order lines with source_file and source_row, which together name a row.
    preset
        Name of the code patterns that fit the source.
    rejected_rows
        Rows of the source that could not be read: the ledger counts them, without value.
    settings
        The `[clean]` settings.

    Returns
    -------
    Cleaned
        transactions and removed together hold every row of `raw` once; the sum of raw.amount is
        exactly that of transactions.amount, transactions.amount_undone and removed.amount.

    Raises
    ------
    DataError
        No line is left, or none is before the as-of date.
    """
    settings = settings or CleanSettings()
    codes = codes_of(preset, settings)
    has = _contents(raw)
    end = End(settings.as_of) if settings.as_of else end_of(raw)
    marked = judge_statuses(raw, has["statuses"], settings)
    marked = mark_superseded(_row_rules(marked, codes, settings, end.as_of), has["exports"])
    keep = settings.duplicates == "auto" and codes.rows_are_units
    treatment = "keep" if keep else settings.duplicates
    copies = find_duplicates(marked, treatment)
    judge = partial(_judge, copies=copies, exports=has["exports"])
    if has["orders"] < has["rows"]:
        marked = _with_orders(marked)
    # Judged anew wherever lines are asked for: that takes less time and memory than keeping them.
    counted = tally(judge(marked)).cache()
    bought = counted.filter(counted.rule.isnull() & ~counted.is_return)
    busiest = busiest_customer(bought, settings.busiest_customer) if has["orders"] else None
    if busiest and busiest.is_nobody:
        judge = partial(judge, nobody=busiest.customer_id)
        counted = _without(counted, busiest.customer_id)
    judged = judge(marked)
    if settings.returns == "net":
        settled = match_returns(marked, judge)
        lines = with_settled(judge(marked, copies=beside_copies(settled, copies)))
        before = settled.mutate(
            amount=settled.amount_before, amount_undone=0, rule=ibis.null("string")
        )
        counted = replace(counted, tally(before), tally(settled))
    else:
        lines, counted = _drop_returns(judged, counted, settings.returns)
    refunds = has["refunds"] > 0 and settings.returns != "drop"
    if refunds:
        lines = settle_refunds(lines)
        counted = tally(lines)
    counted = counted.cache()

    absent = {
        "superseded": has["exports"] < 2,  # noqa: PLR2004  (one export cannot overlap)
        "status": not has["statuses"],
        "objected": not has["objections"],
        "refunded": not refunds,
        "undone_in_part": settings.returns == "subtract" and not refunds,
    }
    rules = (*ROW_RULES, *RETURN_RULES[settings.returns], "refunded")
    ledger = account(counted, tuple(rule for rule in rules if not absent.get(rule)), rejected_rows)
    if not ledger["rows_left"].iloc[-1]:
        raise _nothing_left(judged, ledger, end.as_of)
    told = {
        *["after_as_of"] * bool(settings.as_of),
        *["missing_customer"] * bool(busiest and busiest.is_nobody),
    }
    statuses = ARTIFACTS["statuses"].empty()
    if has["statuses"]:
        reached = judged.filter(judged.rule.isnull() | judged.rule.notin(_BEFORE_STATUS))
        statuses = list_statuses(reached.filter(reached.status.notnull()))
    reconcile(has, counted)
    return Cleaned(
        lines.select(*dict.fromkeys((*_KEPT, *_REMOVED, *{PLACE}.intersection(lines.columns)))),
        ledger,
        statuses,
        end.as_of.isoformat(),
        tuple(
            note
            for note in (
                end.note(),
                *of_ledger(ledger, told),
                of_copies(judged, has, settings),
                note_unknown(statuses),
                busiest.note() if busiest else "",
            )
            if note
        ),
    )


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


def _row_rules(lines: ir.Table, codes: Codes, settings: CleanSettings, as_of: date) -> ir.Table:
    """Add what each line tells by itself: is_return, is_after, and the first rule it `broke`.

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
    return lines.mutate(
        is_after=lines.ordered_at >= ibis.timestamp(as_of.isoformat()), broke=_first(rules)
    )


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
        "after_as_of": marked.is_after,
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


def _nothing_left(lines: ir.Table, ledger: pd.DataFrame, as_of: date) -> DataError:
    span = fetch(lines.aggregate(first=lines.ordered_at.min(), last=lines.ordered_at.max()))[0]
    if span["first"].date() >= as_of:
        return DataError(
            f"--as-of {as_of}: the first order is on {span['first']:%Y-%m-%d}, so nothing is "
            "before it.",
            f"Choose a date after it, up to {span['last'].date() + timedelta(days=1)}.",
        )
    worst = ledger.sort_values("rows_removed", kind="stable").to_dict("records")[-1]
    return DataError(
        f"Cleaning removed all {counted(ledger['rows_left'].iloc[0], 'row', 'rows')}; most of them "
        f"({worst['rows_removed']:,}) by the rule {worst['rule']}: {RULES[worst['rule']]}.",
        HINTS[worst["rule"]],
    )

"""Which order lines count: rules in a fixed order, and a ledger of every row and every penny."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from typing import TYPE_CHECKING, Final

import ibis

from custseg.artifacts import MONEY, ORDER_LINE_NAMES
from custseg.engine import fetch
from custseg.errors import DataError
from custseg.ledger import account, reconcile
from custseg.returns import match_returns
from custseg.settings import CleanSettings

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir
    import pandas as pd

ROW_RULES: Final = (
    "after_as_of",
    "duplicate",
    "bad_debt",
    "missing_customer",
    "not_a_product",
    "non_positive_price",
    "sign_mismatch",
)
RETURN_RULES: Final = {
    "net": ("return_matched", "return_unmatched", "undone", "undone_in_part"),
    "drop": ("return_dropped",),
    "subtract": ("return_without_purchase",),
}
RULES: Final = {
    "raw": "Rows in the source",
    "after_as_of": "On or after the as-of date",
    "duplicate": "Exact copy of another row",
    "bad_debt": "Bad-debt adjustment",
    "missing_customer": "No customer",
    "not_a_product": "Service code, not a product",
    "non_positive_price": "Price zero or negative",
    "sign_mismatch": "Quantity's sign against the kind of line",
    "return_matched": "Return that undoes a purchase",
    "return_unmatched": "Return that matches no earlier purchase",
    "undone": "Purchase wholly undone by returns",
    "undone_in_part": "Units undone of purchases that stay",
    "return_dropped": "Return",
    "return_without_purchase": "Return of a customer without a purchase",
}


_TELLING: Final = ("customer_id", "order_id", "product_id", "ordered_at", "amount")
"""Columns in which rows that are no copies mostly differ."""


@dataclass(frozen=True)
class Codes:
    """Patterns of a shop's codes. None: the shop has no such codes."""

    product: str | None = None
    bad_debt: str | None = None
    returns: str | None = None


PRESETS: Final = {
    "none": Codes(),
    "online-retail": Codes(product=r"^\d{5}[A-Z]{0,2}$", bad_debt="^A", returns="^C"),
}


@dataclass(frozen=True)
class Cleaned:
    """What cleaning gives: the lines that count, those that don't, and the account of both."""

    transactions: ir.Table
    removed: ir.Table
    ledger: pd.DataFrame
    as_of: str
    """The date (ISO) at whose midnight the data end, exclusive."""


def clean(raw: ir.Table, preset: str = "none", settings: CleanSettings | None = None) -> Cleaned:
    """Separate the order lines that count from those that don't.

    Each row is removed by the first rule that it breaks, and by no other. Order lines on or after
    the as-of date do not exist, returns among them: a return known only later undoes nothing.

    Parameters
    ----------
    raw
        Canonical order lines with source_file and source_row, which together name a row.
    preset
        Name of the code patterns that fit the source.
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
    codes = _codes(preset, settings)
    marked = _with_orders(_mark_duplicates(raw.mutate(is_return=_is_return(raw, codes)), settings))
    broken = _row_rules(marked, codes, settings)
    cases = [(broken[rule].fill_null(False), rule) for rule in ROW_RULES if rule in broken]
    judged = marked.mutate(rule=ibis.cases(*cases, else_=None)).cache()
    as_of = settings.as_of or _derived_as_of(judged)
    too_late = judged.ordered_at >= ibis.timestamp(as_of.isoformat())
    judged = judged.mutate(rule=too_late.ifelse("after_as_of", judged.rule))
    lines = _settle_returns(judged, settings).cache()

    ledger = account(lines, (*ROW_RULES, *RETURN_RULES[settings.returns]))
    if not ledger["rows_left"].iloc[-1]:
        raise _nothing_left(judged, ledger, as_of)
    kept = lines.filter(lines.rule.isnull())
    gone = lines.filter(lines.rule.notnull())
    cleaned = Cleaned(
        kept.select(*ORDER_LINE_NAMES, "quantity_undone", "amount_undone"),
        gone.select(
            *ORDER_LINE_NAMES,
            "source_file",
            "source_row",
            "rule",
            "quantity_unmatched",
            "amount_unmatched",
        ),
        ledger,
        as_of.isoformat(),
    )
    reconcile(raw, cleaned.transactions, cleaned.removed, ledger)
    return cleaned


def _codes(preset: str, settings: CleanSettings) -> Codes:
    base = PRESETS[preset if settings.preset == "auto" else settings.preset]
    return Codes(
        settings.product_pattern or base.product,
        settings.bad_debt_pattern or base.bad_debt,
        settings.return_pattern or base.returns,
    )


def _is_return(raw: ir.Table, codes: Codes) -> ir.BooleanValue:
    negative = raw.quantity < 0
    return raw.order_id.re_search(codes.returns).fill_null(negative) if codes.returns else negative


def _with_orders(lines: ir.Table) -> ir.Table:
    """Give lines without an order id one: a customer's day is an order.

    The customer is part of it, so that it is unique in the shop; it is never shown.
    """
    day = lines.customer_id + " " + lines.ordered_at.strftime("%Y-%m-%d")
    return lines.mutate(order_id=lines.order_id.fill_null(day))


def _row_rules(
    lines: ir.Table, codes: Codes, settings: CleanSettings
) -> dict[str, ir.BooleanValue]:
    """Whether each line breaks each rule that looks at nothing but the line."""
    code = lines.product_id.strip().upper()
    not_a_product: ir.BooleanValue = lines.product_id.isnull() & ibis.literal(bool(codes.product))
    if codes.product:
        not_a_product |= ~code.re_search(codes.product)
    if settings.not_products:
        not_a_product |= code.isin([name.strip().upper() for name in settings.not_products])
    # Where the source has no unit price, the line's value shows its sign; without amounts, none.
    price = lines.unit_price.fill_null(
        lines.is_return.ifelse(-lines.amount, lines.amount).cast(MONEY)
    )
    wrong_sign = lines.is_return.ifelse(lines.quantity >= 0, lines.quantity <= 0)
    rules = {
        "duplicate": lines.is_duplicate,
        "missing_customer": lines.customer_id.isnull(),
        "not_a_product": not_a_product,
        "non_positive_price": price <= 0,
        "sign_mismatch": wrong_sign,
    }
    if codes.bad_debt:
        rules["bad_debt"] = lines.order_id.re_search(codes.bad_debt)
    return rules


def _mark_duplicates(lines: ir.Table, settings: CleanSettings) -> ir.Table:
    """Mark all but the first of rows that are equal in every canonical column.

    On "auto" only lines with an order id and a product are: without, a shop can sell the same thing
    twice, or two things at one price.
    Hashes of some columns are grouped first: only rows whose hash occurs twice are compared whole,
    so that the memory this takes follows the duplicates, not the file.
    """
    if settings.duplicates == "keep":
        return lines.mutate(is_duplicate=ibis.literal(False))
    row = ["source_file", "source_row"]
    hashed = lines.select(*row, key=reduce(operator.xor, (lines[name].hash() for name in _TELLING)))
    hashed = hashed.cache()
    repeated = hashed.group_by("key").having(hashed.count() > 1).agg(n=hashed.count())
    suspects = lines.semi_join(hashed.semi_join(repeated, "key"), row)
    if settings.duplicates == "auto":
        suspects = suspects.filter(suspects.order_id.notnull() & suspects.product_id.notnull())
    copy = ibis.row_number().over(group_by=list(ORDER_LINE_NAMES), order_by=row)
    copies = suspects.select(*row, copy=copy).filter(ibis._.copy > 0).cache()
    joined = lines.left_join(copies, row)
    return joined.select(*lines.columns, is_duplicate=joined.copy.notnull())


def _derived_as_of(lines: ir.Table) -> date:
    """The midnight after the last line that the row rules leave."""
    counts = lines.rule.isnull()
    latest = fetch(
        lines.aggregate(counting=lines.ordered_at.max(where=counts), any=lines.ordered_at.max())
    )[0]
    day: date = (latest["counting"] or latest["any"]).date()
    return day + timedelta(days=1)


def _settle_returns(lines: ir.Table, settings: CleanSettings) -> ir.Table:
    """Let returns take effect; adds quantity_undone, amount_undone and what matched nothing."""
    if settings.returns == "net":
        return match_returns(lines)
    nothing = ibis.literal(0).cast(MONEY)
    lines = lines.mutate(
        quantity_undone=nothing,
        amount_undone=nothing,
        quantity_unmatched=nothing,
        amount_unmatched=nothing,
    )
    open_return = lines.rule.isnull() & lines.is_return
    if settings.returns == "drop":
        return lines.mutate(rule=open_return.ifelse("return_dropped", lines.rule))
    buys = (lines.rule.isnull() & ~lines.is_return).ifelse(1, 0)
    bought = buys.max().over(group_by="customer_id")
    return lines.mutate(
        rule=(open_return & (bought == 0)).ifelse("return_without_purchase", lines.rule)
    )


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
        f"Cleaning removed all {ledger['rows_left'].iloc[0]:,} rows; most of them "
        f"({worst['rows_removed']:,}) by the rule {worst['rule']}: {RULES[worst['rule']]}.",
        "Check [clean] in custseg.toml: its patterns may not fit this shop's codes.",
    )

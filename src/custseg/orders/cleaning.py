"""Which order lines count: rules in a fixed order, and a ledger of every row and every penny."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import ibis

from custseg.artifacts import MONEY, ORDER_LINE_NAMES
from custseg.engine.base import fetch
from custseg.errors import DataError
from custseg.orders.ledger import account, reconcile
from custseg.orders.repeats import mark_duplicates, mark_superseded
from custseg.orders.returns import match_returns, settle_refunds
from custseg.settings import CleanSettings
from custseg.sources.statuses import does_not_count

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir
    import pandas as pd

ROW_RULES: Final = (
    "after_as_of",
    "superseded",
    "duplicate",
    "bad_debt",
    "status",
    "missing_customer",
    "not_a_product",
    "non_positive_price",
    "sign_mismatch",
)
RETURN_RULES: Final = {
    "net": ("return_matched", "return_unmatched", "undone", "undone_in_part"),
    "drop": ("return_dropped",),
    "subtract": ("return_without_purchase", "undone_in_part"),
}
RULES: Final = {
    "raw": "Rows in the source",
    "rejected": "Row that cannot be read",
    "after_as_of": "On or after the as-of date",
    "superseded": "Older version of an order that a newer export holds",
    "duplicate": "Exact copy of another row",
    "bad_debt": "Bad-debt adjustment",
    "status": "Order cancelled, not paid or refunded",
    "missing_customer": "No customer",
    "not_a_product": "Service code, not a product",
    "non_positive_price": "Price zero or negative",
    "sign_mismatch": "Quantity's sign against the kind of line",
    "return_matched": "Return that undoes a purchase",
    "return_unmatched": "Return that matches no earlier purchase",
    "undone": "Purchase wholly undone by returns",
    "undone_in_part": "Units undone of purchases that stay",
    "refunded": "Purchase wholly refunded",
    "return_dropped": "Return",
    "return_without_purchase": "Return of a customer without a purchase",
}


@dataclass(frozen=True)
class Codes:
    """Patterns of a shop's codes. None: the shop has no such codes."""

    product: str | None = None
    not_product: str | None = None
    bad_debt: str | None = None
    returns: str | None = None
    rows_are_units: bool = False
    """Of two rows that are equal none is a copy: without quantities two units were bought, and
    where an order's total is shared out, each line has its part."""


PRESETS: Final = {
    "none": Codes(),
    "unit-rows": Codes(rows_are_units=True),
    "online-retail": Codes(product=r"^\d{5}[A-Z]{0,2}$", bad_debt="^A", returns="^C"),
    # A gift card is paid for twice: when it is bought, and when goods are bought with it.
    "shopify": Codes(rows_are_units=True, not_product=r"^(E-?)?GIFT ?(CARD|VOUCHER|CERTIFICATE)\b"),
}


@dataclass(frozen=True)
class Cleaned:
    """What cleaning gives: the lines that count, those that don't, and the account of both."""

    transactions: ir.Table
    removed: ir.Table
    ledger: pd.DataFrame
    as_of: str
    """The date (ISO) at whose midnight the data end, exclusive."""


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
    codes = _codes(preset, settings)
    has = _contents(raw)
    marked = mark_superseded(raw.mutate(is_return=_is_return(raw, codes)), has["exports"])
    keep = settings.duplicates == "auto" and codes.rows_are_units
    marked = _with_orders(mark_duplicates(marked, "keep" if keep else settings.duplicates))
    broken = _row_rules(marked, codes, settings)
    cases = [(broken[rule].fill_null(False), rule) for rule in ROW_RULES if rule in broken]
    judged = marked.mutate(rule=ibis.cases(*cases, else_=None)).cache()
    as_of = settings.as_of or _derived_as_of(judged)
    too_late = judged.ordered_at >= ibis.timestamp(as_of.isoformat())
    judged = judged.mutate(rule=too_late.ifelse("after_as_of", judged.rule))
    lines = _settle_returns(judged, settings)
    refunds = has["refunds"] > 0 and settings.returns != "drop"
    if refunds:
        lines = settle_refunds(lines)
    lines = lines.cache()

    absent = {
        "superseded": has["exports"] < 2,  # noqa: PLR2004  (one export cannot overlap)
        "status": not has["statuses"],
        "refunded": not refunds,
        "undone_in_part": settings.returns == "subtract" and not refunds,
    }
    rules = (*ROW_RULES, *RETURN_RULES[settings.returns], "refunded")
    ledger = account(lines, tuple(rule for rule in rules if not absent.get(rule)), rejected_rows)
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


def _contents(raw: ir.Table) -> dict[str, int]:
    """What the source tells: several exports, statuses, refunds that are no lines."""
    return fetch(
        raw.aggregate(
            exports=raw.source_file.nunique(),
            statuses=raw.status.count(),
            refunds=raw.refunded.count(),
        )
    )[0]


def _codes(preset: str, settings: CleanSettings) -> Codes:
    base = PRESETS[preset if settings.preset == "auto" else settings.preset]
    return Codes(
        settings.product_pattern or base.product,
        base.not_product,
        settings.bad_debt_pattern or base.bad_debt,
        settings.return_pattern or base.returns,
        base.rows_are_units,
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
    if codes.not_product:
        named = lines.description.strip().upper().re_search(codes.not_product)
        not_a_product |= code.re_search(codes.not_product) | named.fill_null(False)
    if settings.not_products:
        not_a_product |= code.isin([name.strip().upper() for name in settings.not_products])
    # Where the source has no unit price, the line's value shows its sign; without amounts, none.
    price = lines.unit_price.fill_null(
        lines.is_return.ifelse(-lines.amount, lines.amount).cast(MONEY)
    )
    wrong_sign = lines.is_return.ifelse(lines.quantity >= 0, lines.quantity <= 0)
    rules = {
        "superseded": lines.is_superseded,
        "duplicate": lines.is_duplicate,
        "status": does_not_count(lines.status, settings.statuses_not_counted),
        "missing_customer": lines.customer_id.isnull(),
        "not_a_product": not_a_product,
        "non_positive_price": price <= 0,
        "sign_mismatch": wrong_sign,
    }
    if codes.bad_debt:
        rules["bad_debt"] = lines.order_id.re_search(codes.bad_debt)
    return rules


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

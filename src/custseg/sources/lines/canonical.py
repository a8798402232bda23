"""From one table's own columns to canonical ones, and to the rows that are order lines."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

import ibis

from custseg.artifacts import MONEY
from custseg.sources.lines.dollars import DOLLARS
from custseg.sources.values.identifiers import as_text, identifier, lost_digits
from custseg.sources.values.minor_units import in_major_units
from custseg.sources.values.nobody import is_nobody

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import ibis.expr.types as ir

    from custseg.settings import SourceSettings
    from custseg.sources.columns.exports import Rules
    from custseg.sources.columns.mapping import ColumnMap

_KEPT: Final = "is_order_line"
_REFUNDED_ORDER: Final = "refunded_order"
_UNPAID: Final = "unpaid"
_PURCHASE: Final = "purchase"
_TOLD_AT: Final = "told_at"


def canonical(
    rows: ir.Table,
    columns: ColumnMap,
    fields: Iterable[str],
    name: str,
    settings: SourceSettings,
) -> ir.Table:
    """Return the mapped columns of one table under their canonical names.

    What the table lacks is null. Of several columns of a field the first counts that is not empty,
    of the customer's the first that is somebody; those of the date are joined.

    Parameters
    ----------
    fields
        The canonical columns to return, of all tables of the source.
    name
        The table's name.
    settings
        The `[source]` settings: who is nobody.

    Returns
    -------
    ibis Table
        Also `source_file` and `source_row`, and what `order_lines_only` needs.
    """
    own: dict[str, tuple[str, ...]] = dict(columns.columns.items())
    values = {field: _value(rows, own.get(field, ()), field, settings) for field in fields}
    rules = columns.rules
    values |= _of_events(rows, own, rules, values)
    if rules.customer_of_refunds:
        buyer = rows[rules.customer_of_refunds].cast("string")
        back = _below_zero(values["order_total"])
        values["customer_id"] = back.ifelse(buyer, values["customer_id"])
    if rules.refunds_name_order:
        values[_REFUNDED_ORDER] = _below_zero(values["order_total"]).ifelse(
            identifier(values["order_refunded"]), None
        )
        values["order_refunded"] = ibis.null(MONEY)
    if rules.quantity_less:
        values["quantity"] = _less(values["quantity"], rows[rules.quantity_less])
    if rules.paid:
        given = as_text(values["status"]).strip().nullif("")
        values["status"] = given.notnull().ifelse("paid", None)
    for status, meaning in rules.statuses.items():
        text = as_text(values["status"])
        same = (text.strip().lower() == status).fill_null(False)
        values["status"] = same.ifelse(meaning, text)
    for field in rules.minor_units:
        if field in own:
            currency = values.get("currency", ibis.null("string"))
            values[field] = in_major_units(
                values[field], currency, rules.minor_unit_of, strict=columns.export is None
            )
    if rules.only:
        values[_KEPT] = ibis.or_(
            *(
                ibis.and_(*(_fits(rows[column], pattern) for column, pattern in patterns.items()))
                for patterns in rules.only
            )
        )
    return rows.select(
        **values,
        source_file=ibis.literal(name),
        source_row=rows.source_row.cast("int64"),
    )


def _of_events(
    rows: ir.Table,
    own: Mapping[str, tuple[str, ...]],
    rules: Rules,
    given: Mapping[str, ir.Value],
) -> dict[str, ir.Value]:
    """What the rules on purchases in a log of events change in the values given, and add."""
    values: dict[str, ir.Value] = {}
    if rules.unset_orders:
        ids = (_set(rows[column]) for column in own.get("order_id", ()))
        values["order_id"] = ibis.coalesce(*ids, ibis.null("string"))
    if rules.first_only:
        at, order, customer = (rows[column] for column in rules.first_only)
        values[_TOLD_AT] = as_text(at)
        # Of no order, or of nobody, it is null: then nothing is told again.
        values[_PURCHASE] = _set(order) + ibis.literal("\n") + as_text(customer)
    if rules.currency_within and "currency" in own:
        text = rows[own["currency"][0]].cast("string")
        values["currency"] = text.re_extract(rules.currency_within, 1).upper().nullif("")
    if rules.price_in_dollars:
        dollars = rows[rules.price_in_dollars]
        values[DOLLARS] = dollars
        if "currency" in own:
            others = [rows[name] for name in own["unit_price"] if name != rules.price_in_dollars]
            alone = ibis.and_(*(as_text(other).strip().nullif("").isnull() for other in others))
            currency = values.get("currency", given["currency"])
            alone &= dollars.notnull() & currency.notnull()
            values["currency"] = alone.ifelse("USD", currency)
    return values


def order_lines_only(lines: ir.Table, columns: ColumnMap) -> ir.Table:
    """Leave out the rows of a known export that are no order lines, such as an order's sum.

    Parameters
    ----------
    lines
        The result of `canonical`, with what stands on an order's first line in all of them.
    """
    if columns.rules.paid:
        lines = lines.mutate(status=lines.status.fill_null(_UNPAID))
    if columns.rules.only:
        lines = lines.filter(lines[_KEPT]).drop(_KEPT)
    if columns.rules.first_only:
        lines = _first_told(lines)
    return _settle_refunds(lines) if columns.rules.refunds_name_order else lines


def _first_told(lines: ir.Table) -> ir.Table:
    """Leave out what tells of the same purchase again, such as a page that was loaded anew."""
    lines = lines.view()
    first = lines[_TOLD_AT].min().over(group_by=_PURCHASE)
    again = lines[_PURCHASE].notnull() & (lines[_TOLD_AT] > first)
    lines = lines.mutate(again=again.fill_null(False)).view()
    return lines.filter(~lines.again).drop("again", _PURCHASE, _TOLD_AT)


def _settle_refunds(lines: ir.Table) -> ir.Table:
    """Put refunds that name their order into this order; those of orders not here stay rows."""
    lines = lines.view()
    refunds = lines.filter(lines[_REFUNDED_ORDER].notnull())
    sums = refunds.group_by(order=refunds[_REFUNDED_ORDER]).agg(back=_sum_of_texts(refunds))
    orders = lines.filter(lines[_REFUNDED_ORDER].isnull())
    joined = orders.left_join(sums, orders.order_id == sums.order)
    settled = joined.select(
        *(name for name in orders.columns if name not in {"order_refunded", _REFUNDED_ORDER}),
        order_refunded=joined.back.cast(MONEY),
    )
    alone = refunds.anti_join(orders, refunds[_REFUNDED_ORDER] == orders.order_id)
    return ibis.union(settled, alone.select(*settled.columns))


def _sum_of_texts(refunds: ir.Table) -> ir.Value:
    """The sum of amounts with two decimals or none, whatever their marks are."""
    marked = refunds.order_total.cast("string").re_replace(r"[.,](\d{2})\s*$", r"d\1")
    digits = marked.re_replace(r"[^0-9d]", "").replace("d", ".")
    return digits.try_cast(MONEY).sum()


def _below_zero(amount: ir.Value) -> ir.Value:
    return as_text(amount).strip().re_search(r"^[-(\x{2212}]").fill_null(False)


def _value(
    rows: ir.Table, columns: tuple[str, ...], field: str, settings: SourceSettings
) -> ir.Value:
    sources = [rows[column] for column in columns]
    if len(sources) < 2:  # noqa: PLR2004  (there is nothing to combine)
        return sources[0] if sources else ibis.null("string")
    if field == "customer_id":
        return ibis.coalesce(*(_somebody(source, settings) for source in sources))
    if field != "ordered_at":
        return ibis.coalesce(*(as_text(source).strip().nullif("") for source in sources))
    texts = [source.cast("string").strip().nullif("") for source in sources]
    # A date that a spreadsheet holds says midnight; its time is in the next column.
    texts[0] = texts[0].re_replace(r"[ T]00:00:00(\.0+)?$", "")
    return reduce(lambda text, part: text + (ibis.literal(" ") + part).fill_null(""), texts)


def _set(order: ir.Value) -> ir.Value:
    """An order's id; null where it says that there is none."""
    text = as_text(order).strip().nullif("")
    return is_nobody(text).ifelse(None, text)


def _somebody(column: ir.Value, settings: SourceSettings) -> ir.Value:
    """Whom a column names; null where it is nobody, so that the next column may name somebody."""
    text = as_text(column).strip().nullif("")
    nobody = is_nobody(text, settings.nobody, settings.somebody).fill_null(False)
    nobody |= identifier(column).isnull() & ~lost_digits(column)
    return nobody.ifelse(None, text)


def _less(quantity: ir.Value, back: ir.Value) -> ir.Value:
    """Units less those that went back; as they were where either is no whole number."""
    text = as_text(quantity)
    left = text.strip().try_cast("int64") - as_text(back).strip().nullif("").fill_null(
        "0"
    ).try_cast("int64")
    return ibis.coalesce(left.cast("string"), text)


def _fits(column: ir.Value, pattern: str) -> ir.Value:
    return as_text(column).fill_null("").re_search(pattern)

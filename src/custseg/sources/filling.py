"""Orders whose fields stand on their first line only: the lines below are filled from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.engine.base import fetch
from custseg.sources.values.totals import any_of, is_total_text, tells_total

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import ibis.expr.types as ir

    from custseg.settings import CanonicalField
    from custseg.sources.table import SourceTable

_ORDER_WIDE: Final = (
    "customer_id",
    "ordered_at",
    "country",
    "status",
    "cancelled_at",
    "currency",
)
_ITEM: Final = ("product_id", "description")
_WORTH: Final = ("quantity", "unit_price", "amount")
FIRST_LINE_ONLY: Final = "stands on each order's first line only ([source] fill_down = true)"


def stands_on_first_lines(
    table: SourceTable, columns: Mapping[CanonicalField, tuple[str, ...]]
) -> bool:
    """Whether a table's first rows show beyond doubt that orders are told on their first line only.

    Each row without a date has an item and its quantity or price, and stands below a row of its
    order: it has that row's order id, and its customer or none; or it has neither of them. Lines of
    one order and date of which only the first has the customer are such, too.

    Parameters
    ----------
    columns
        The table's columns for each canonical one.
    """
    places = {
        field: [table.header.index(name) for name in names if name in table.header]
        for field, names in columns.items()
    }

    def value(row: tuple[str | None, ...], field: CanonicalField) -> str:
        texts = ((row[at] or "").strip() for at in places.get(field, ()) if at < len(row))
        return next((text for text in texts if text), "")

    above: tuple[str, str] | None = None
    day = ""
    continued = 0
    for row in table.sample:
        order, customer = value(row, "order_id"), value(row, "customer_id")
        if when := value(row, "ordered_at"):
            if not customer and order and above and above[1] and (order, when) == (above[0], day):
                continued += 1
            else:
                above, day = (order, customer), when
            continue
        item = value(row, "product_id") or value(row, "description")
        if not item or is_total_text(item):
            # A remark or a sum, not a line.
            continue
        worth = any(value(row, field) for field in ("quantity", "unit_price", "amount"))
        if not worth or above is None:
            return False
        if (order, customer) not in {above, (above[0], ""), ("", "")}:
            return False
        continued += 1
    return continued > 0


def is_item(lines: ir.Table, mapped: Collection[str]) -> ir.Value:
    """Whether a row has an item and its quantity or price, and does not call itself a sum."""
    return (
        any_of([_given(lines[name]) for name in _ITEM if name in mapped])
        & any_of([_given(lines[name]) for name in _WORTH if name in mapped])
        & ~any_of([tells_total(lines[name]) for name in (*_ITEM, "order_id") if name in mapped])
    )


def is_continuation(lines: ir.Table, mapped: Collection[str]) -> ir.Value:
    """Whether a row has an item and its quantity or price, and neither customer nor date."""
    heads = [_given(lines[name]) for name in ("customer_id", "ordered_at") if name in mapped]
    return is_item(lines, mapped) & ~any_of(heads)


def fill_down(lines: ir.Table, mapped: Collection[str]) -> ir.Table:
    """Give what stands on an order's first line only to all of its lines.

    A value that some lines of an order have and others lack is the order's; product, quantity and
    prices are each line's own. A line with an item and without order id, customer and date belongs
    to the order above it.
    """
    filled = [name for name in _ORDER_WIDE if name in mapped]
    if not filled:
        return lines
    lines = lines.mutate(
        **{name: _emptied(lines[name]) for name in ("order_id", *filled) if name in lines.columns}
    )
    key = "order_id"
    if "order_id" not in mapped or _any_nameless(lines, mapped):
        lines = _with_first_row(lines, mapped)
        key = "first_row"
        if "order_id" in mapped:
            lines = _filled(lines, ["order_id"], key).view()
            key = "order_id"
    return _filled(lines, filled, key).drop(
        *(["first_row"] if "first_row" in lines.columns else [])
    )


def _any_nameless(lines: ir.Table, mapped: Collection[str]) -> bool:
    nameless = is_continuation(lines, mapped) & lines.order_id.isnull()
    return bool(fetch(lines.aggregate(n=nameless.sum()))[0]["n"])


def _with_first_row(lines: ir.Table, mapped: Collection[str]) -> ir.Table:
    """Add `first_row`: the row itself, or for a continuation the last row above that is none."""
    import ibis

    continued = is_continuation(lines, mapped)
    if "order_id" in mapped:
        continued &= lines.order_id.isnull()
    lines = lines.mutate(first_row=continued.ifelse(None, lines.source_row)).view()
    above = ibis.window(group_by="source_file", order_by="source_row", preceding=None, following=0)
    return lines.mutate(first_row=lines.first_row.max().over(above)).view()


def _filled(lines: ir.Table, names: list[str], key: str) -> ir.Table:
    """Fill what lines lack from those with the same key."""
    import ibis

    known = lines.filter(lines[key].notnull())
    orders = known.group_by(["source_file", key]).agg(
        **{f"all_{name}": known[name].max() for name in names}
    )
    joined = lines.left_join(orders, ["source_file", key])
    return joined.select(
        *(name for name in lines.columns if name not in names),
        **{name: ibis.coalesce(joined[name], joined[f"all_{name}"]) for name in names},
    )


def _given(column: ir.Value) -> ir.Value:
    return _emptied(column).notnull()


def _emptied(column: ir.Value) -> ir.Value:
    """The column, null where its text is blank."""
    return column.strip().nullif("") if column.type().is_string() else column

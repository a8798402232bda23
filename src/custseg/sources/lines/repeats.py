"""Rows that repeat the sum of other rows: an order's summary, subtotals and totals of a sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis
import pyarrow as pa

from custseg.engine.base import fetch, register
from custseg.sources.values import typed as values
from custseg.sources.values.totals import any_of, is_total, tells_total

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from custseg.sources.values.typed import Typed

OF_ORDER: Final = "repeats the sum of its order's lines"
OF_ROWS: Final = "repeats the sum of other rows"
NAMED: Final = "is named a total"
_CENT: Final = 0.0051
"""Sums may be off by half a cent."""
_NEARLY_ALL: Final = 0.9
_ITEM: Final = ("product_id", "description")
_WHOLE: Final = (*_ITEM, "customer_id", "ordered_at", "quantity", "unit_price")
_SCHEMA: Final = pa.schema(
    {"source_file": pa.string(), "source_row": pa.int64(), "reason": pa.string()}
)


def find_repeated_sums(read: Typed) -> pa.Table:
    """Find the rows that are no lines, because they repeat what other rows say.

    Such a row has no item, neither a code nor a name, and its amount, its price or their product is
    the sum of

    - the other lines of its order, where nearly all orders of several lines have such a row, or
      nearly all rows without item are such;
    - the rows above it since the last such row, or of the whole table, where it lacks a date or a
      customer, or names itself a total. What names itself a total and lacks date or customer is
      none of the lines whatever its sum.

    Returns
    -------
    pyarrow Table
        source_file, source_row and reason.
    """
    has = set(read.columns)
    if has.isdisjoint(_ITEM) or not ({"amount", "unit_price"} & has):
        return _SCHEMA.empty_table()
    lines = read.lines.filter(~read.lines[values.BLANK])
    undated = lines.ordered_at.isnull()
    gaps = [lines[name].isnull() for name in _WHOLE if name in has]
    # Words are looked for only where a row lacks something, as sums do: it takes time.
    gap = any_of(gaps) if has.issuperset(_ITEM) else ibis.literal(True)
    sums = {
        # A dish may be called Dim Sum; without a date it is no line.
        name: ibis.cases(
            (~gap, False), (undated, tells_total(lines[name])), else_=is_total(lines[name])
        )
        for name in _ITEM
        if name in has
    }
    # So may what has no quantity or price, if it is the sum of its order: "Total for order 7".
    unpriced = any_of([lines[name].isnull() for name in ("quantity", "unit_price") if name in has])
    maybe = {name: unpriced.ifelse(tells_total(lines[name]), False) for name in sums}
    items = [lines[name].notnull() & ~sums[name] & ~maybe[name] for name in sums]
    lines = lines.mutate(
        item=any_of(items),
        named_item=any_of(list(sums.values())),
        perhaps_named=any_of(list(maybe.values())),
    ).view()
    # Nearly every source has none: then nothing more is looked at.
    if not fetch(lines.aggregate(n=(~lines.item).sum()))[0]["n"]:
        return _SCHEMA.empty_table()
    named = [
        tells_total(lines[name].cast("string"))
        for name in ("order_id", "customer_id", "given_ordered_at")
        if name in lines.columns
    ]
    incomplete = [lines[name].isnull() for name in ("customer_id", "ordered_at") if name in has]
    lines = lines.mutate(
        value=values.line_value(lines, read.columns),
        named=~lines.item & any_of([lines.named_item, *named]),
        incomplete=any_of(incomplete),
    ).view()
    orders = _of_orders(lines, has)
    if orders.num_rows:
        lines = lines.anti_join(register(orders, lines), list(values.ORIGIN)).view()
    return pa.concat_tables([orders, _of_rows(lines, has)])


def _equals(lines: ir.Table, has: set[str], total: ir.Value) -> ir.Value:
    """Whether a row's amount, price or their product is a sum, which is not 0."""
    said = [lines[name].cast("float64") for name in ("amount", "unit_price") if name in has]
    alike = any_of(
        [((each - total).abs() < _CENT).fill_null(False) for each in (lines.value, *said)]
    )
    return alike & (total.abs() >= _CENT).fill_null(False)


def _of_orders(lines: ir.Table, has: set[str]) -> pa.Table:
    """The rows without item that repeat the other lines of their order."""
    if "order_id" not in has:
        return _SCHEMA.empty_table()
    known = lines.filter(lines.order_id.notnull())
    orders = (
        known.group_by(["source_file", "order_id"])
        .agg(
            others=known.item.sum(),
            worth=known.value.sum(where=known.item),
            without=(~known.item).sum(),
        )
        .view()
    )
    few = orders.filter(orders.without > 0)
    loose = known.filter(~known.item).inner_join(few, ["source_file", "order_id"]).view()
    loose = loose.mutate(repeats=_equals(loose, has, loose.worth), several=loose.others > 1).cache()
    counts = fetch(
        loose.aggregate(
            rows=loose.several.sum(),
            repeats=(loose.several & loose.repeats).sum(),
            single_rows=(loose.others == 1).sum(),
            single_repeats=((loose.others == 1) & loose.repeats).sum(),
        )
    )[0]
    rows, repeats, single_rows, single_repeats = (int(n or 0) for n in counts.values())
    several = int(fetch(orders.aggregate(n=(orders.others > 1).sum()))[0]["n"] or 0)
    regular = repeats and (
        repeats >= _NEARLY_ALL * several or (repeats > 1 and repeats >= _NEARLY_ALL * rows)
    )
    # A line without item may have the amount of an order's only other line by chance.
    alone = regular and single_repeats >= _NEARLY_ALL * single_rows
    told = loose.repeats & (
        loose.named_item
        | loose.perhaps_named
        | (regular and (loose.several | ibis.literal(bool(alone))))
    )
    # With tax or shipping in it a total is more than its lines.
    larger = (loose.value >= loose.worth / 2) & (loose.others > 0) & (loose.worth > 0)
    named = loose.named_item & ~loose.repeats & larger.fill_null(False)
    return _listed(loose.filter(told | named), OF_ORDER)


def _of_rows(lines: ir.Table, has: set[str]) -> pa.Table:
    """The rows without item, and without date or customer, that repeat the rows around them."""
    lines = lines.mutate(loose=~lines.item & (lines.incomplete | lines.named)).view()
    worth = lines.loose.ifelse(0.0, lines.value).fill_null(0.0)
    lines = lines.mutate(worth=worth).view()
    above = ibis.window(group_by="source_file", order_by="source_row", preceding=None, following=0)
    whole = ibis.window(group_by="source_file")
    lines = lines.mutate(
        reached=lines.worth.sum().over(above),
        whole=lines.worth.sum().over(whole),
        passed=lines.loose.cast("int64").sum().over(above),
    ).view()
    sums = lines.filter(lines.loose).mutate(place=lines.passed).view()
    # What the sums before it had reached; a subtotal stands for what came since the last.
    before = ibis.window(group_by="source_file", order_by="source_row")
    sums = sums.mutate(since=sums.reached - sums.reached.lag(1).over(before).fill_null(0.0)).view()
    after = ibis.window(group_by="source_file", order_by="source_row")
    until = ibis.coalesce(sums.reached.lead(1).over(after), sums.whole) - sums.reached
    sums = sums.mutate(until=until).view()
    repeats = any_of(
        [_equals(sums, has, sums[name]) for name in ("since", "until", "whole", "reached")]
    )
    kept = sums.mutate(repeats=repeats)
    kept = kept.filter(kept.repeats | (kept.named & kept.incomplete))
    return _listed(kept, OF_ROWS)


def _listed(rows: ir.Table, reason: str) -> pa.Table:
    listed = rows.select(*values.ORIGIN, reason=rows.repeats.ifelse(reason, NAMED))
    found: pa.Table = listed.order_by(list(values.ORIGIN)).to_pyarrow()
    return found.cast(_SCHEMA)
